"""One file over HTTP: streamed into a part file, resumed, tried again, and never without end."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

import httpx

from builder.errors import Problem, SourceError

PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}
BLOCK = 1 << 20
RESUME_REMEDY = "Try again later; what has arrived is kept."


class Progress(Protocol):
    """What is told how far a file is: its address, the bytes that are here, all its bytes if known."""

    def __call__(self, url: str, done: int, total: int | None, /) -> None: ...


@dataclass(frozen=True)
class Settings:
    """How patient a download is. Times in seconds."""

    connect_timeout: float = 10.0
    silence_timeout: float = 30.0
    """Longest time without a byte."""
    whole_timeout: float = 1800.0
    """Longest time for one file, waits between attempts included."""
    retries: int = 3
    backoff: float = 0.5
    """Wait before the second attempt; each further wait is twice as long."""
    longest_wait: float = 30.0
    """Also of what a server asks for with Retry-After."""
    most_bytes: int = 512 * 1024 * 1024
    redirects: int = 5


@dataclass
class Part:
    """A file being filled, open for reading and writing. `validator` is the ETag or date of its bytes."""

    path: Path
    file: BinaryIO
    validator: str = ""

    def size(self) -> int:
        """Bytes that are there; the file is left at its end."""
        return self.file.seek(0, 2)

    def clear(self) -> None:
        """Forget every byte."""
        self.file.seek(0)
        self.file.truncate()
        self.validator = ""

    def sha256(self) -> str:
        """SHA-256 of the bytes that are there, in hex."""
        self.file.flush()
        self.file.seek(0)
        digest = hashlib.sha256()
        while block := self.file.read(BLOCK):
            digest.update(block)
        return digest.hexdigest()


class _PassingError(Exception):
    """Something that may be gone at the next attempt; `wait` is what the server asks for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.unreachable = unreachable


@dataclass(frozen=True)
class _Job:
    url: str
    part: Part
    settings: Settings
    progress: Progress
    deadline: float
    """On the monotonic clock."""


def download(
    url: str, part: Part, settings: Settings, progress: Progress, unreachable: dict[str, str]
) -> None:
    """Fill `part` with the file at `url`, going on where it ends. The caller checks the hash.

    A host that could not be connected to at all is noted in `unreachable` with the reason. Raises SourceError
    when the server refuses, when attempts or time run out, and for a file over the limit.
    """
    job = _Job(url, part, settings, progress, time.monotonic() + settings.whole_timeout)
    with httpx.Client(
        timeout=httpx.Timeout(settings.silence_timeout, connect=settings.connect_timeout),
        follow_redirects=True,
        max_redirects=settings.redirects,
        # The bytes themselves are hashed and resumed, so nothing may be compressed on the way.
        headers={"Accept-Encoding": "identity", "User-Agent": "alignboard"},
    ) as client:
        for attempt in range(settings.retries + 1):
            try:
                _attempt(client, job)
                return
            except _PassingError as error:
                wait = min(error.wait or settings.backoff * 2**attempt, settings.longest_wait)
                if attempt == settings.retries or time.monotonic() + wait > job.deadline:
                    if error.unreachable:
                        unreachable[urlsplit(url).netloc] = str(error)
                    tries = f"tried {attempt + 1} times" if attempt else "tried once"
                    what = f"cannot be fetched: {error} ({tries})."
                    raise SourceError(Problem(url, what, RESUME_REMEDY)) from None
                time.sleep(wait)


def _attempt(client: httpx.Client, job: _Job) -> None:
    """One request, its bytes appended to the part. Raises _PassingError where another may help."""
    done = job.part.size()
    headers = _range_headers(done, job.part.validator)
    try:
        with (
            _shut_at(job.deadline) as trace,
            client.stream("GET", job.url, headers=headers, extensions={"trace": trace}) as response,
        ):
            _stream(response, job, _begin(response, job, done))
    except httpx.TooManyRedirects:
        raise _refused(job.url, f"redirects more than {job.settings.redirects} times") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise _refused(job.url, f"leads to an address that cannot be fetched ({_reason(error)})") from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise _PassingError(f"no connection ({_reason(error)})", unreachable=True) from None
    except httpx.TimeoutException:
        raise _PassingError(f"nothing came for {job.settings.silence_timeout:g} s") from None
    except httpx.TransportError as error:
        if time.monotonic() >= job.deadline:
            raise _too_late(job) from None
        raise _PassingError(_reason(error)) from None


@contextmanager
def _shut_at(deadline: float) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """What to trace a request with, so that its connections are shut when its time is over.

    Without it a server that drips headers, or answers that say nothing yet, would hold it for days.
    """
    opened: list[socket.socket] = []

    def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            opened.append(info["return_value"].get_extra_info("socket"))
            if time.monotonic() >= deadline:
                shut()

    def shut() -> None:
        for one in opened:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), shut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()


def _stream(response: httpx.Response, job: _Job, done: int) -> None:
    length = response.headers.get("content-length", "")
    total = done + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
    job.progress(job.url, done, total)
    if total is not None and total > job.settings.most_bytes:
        raise _too_big(job)
    for block in response.iter_raw():
        done += len(block)
        if done > job.settings.most_bytes:
            raise _too_big(job)
        if time.monotonic() > job.deadline:
            raise _too_late(job)
        job.part.file.write(block)
        job.progress(job.url, done, total)


def _range_headers(done: int, validator: str) -> dict[str, str]:
    if not done:
        return {}
    # Without a validator a stale beginning is found out by the hash.
    condition = {"If-Range": validator} if validator else {}
    return {"Range": f"bytes={done}-", **condition}


def _begin(response: httpx.Response, job: _Job, done: int) -> int:
    """The offset of the first byte that comes, with the part cut to it."""
    part = job.part
    status = response.status_code
    if status in PASSING_STATUS:
        raise _PassingError(_answer(response), _retry_after(response.headers.get("retry-after", "")))
    if status == httpx.codes.OK:
        part.clear()
        part.validator = _validator(response)
        return 0
    if status == httpx.codes.PARTIAL_CONTENT and done:
        said = re.match(r"bytes ([0-9]{1,18})-", response.headers.get("content-range", ""))
        if said and int(said[1]) == done:
            return done
    if done and status in {httpx.codes.PARTIAL_CONTENT, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE}:
        part.clear()
        raise _PassingError("the transfer cannot be taken up where it ended")
    raise _refused(job.url, _answer(response))


def _validator(response: httpx.Response) -> str:
    """What If-Range may name: a strong ETag, else the date of the last change, else nothing."""
    etag: str = response.headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("last-modified", "")


def _retry_after(text: str) -> float:
    """Seconds that a Retry-After header asks for; 0 where it asks for nothing readable."""
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - dt.datetime.now(dt.UTC)).total_seconds())


def _answer(response: httpx.Response) -> str:
    return f"the server answered {response.status_code} {response.reason_phrase}".rstrip()


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _refused(url: str, what: str) -> SourceError:
    return SourceError(
        Problem(url, f"cannot be fetched: {what}.", "Check the address, or give the file with --mirror.")
    )


def _too_late(job: _Job) -> SourceError:
    what = f"was not done in {job.settings.whole_timeout:g} s."
    return SourceError(Problem(job.url, what, RESUME_REMEDY))


def _too_big(job: _Job) -> SourceError:
    job.part.clear()
    what = f"is larger than {job.settings.most_bytes} bytes."
    return SourceError(Problem(job.url, what, "Pin a smaller file, or give it with --mirror."))
