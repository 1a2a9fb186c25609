"""A built site on this machine, as a host would serve it: with its own page where there is none."""

from __future__ import annotations

import http.server
from http import HTTPStatus
from pathlib import Path


class SiteHandler(http.server.SimpleHTTPRequestHandler):
    """Files below a folder; folders without a page are missing, not listed."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's page for a missing one, or what http.server says."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def list_directory(self, path: object) -> None:  # noqa: ARG002
        """No listing."""
        self.send_error(HTTPStatus.NOT_FOUND)
