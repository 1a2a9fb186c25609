"""A server on the loopback interface that answers as a test says."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from builder.catalog.specs import SourceSpec

BODY = bytes(range(256)) * 400
SHA = hashlib.sha256(BODY).hexdigest()

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers each path as the test says, and notes what was asked."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            number = len([path for path, _ in server.asked if path == self.path])
            server.asked.append((self.path, dict(self.headers.items())))
        answers = server.answers.get(self.path, [missing])
        answers[min(number, len(answers) - 1)](self)

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", headers.pop("length", str(len(body))))
        self.send_header("ETag", '"one"')
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """One test's server: the answers by path, one a request, the last for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, *_: object) -> None:
        """A client that hangs up, which several tests do, is no news."""

    def source(self, *answers: Answer, path: str = "/data/scores.csv", sha256: str = SHA) -> SourceSpec:
        self.answers[path] = list(answers)
        url = f"http://127.0.0.1:{self.server_address[1]}{path}"
        return SourceSpec(url=url, sha256=sha256, retrieved=dt.date(2026, 1, 1))


def missing(handler: Handler) -> None:
    handler.send(b"no", 404)
