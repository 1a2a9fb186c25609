"""One file over HTTP is never without end: neither its headers, nor its bytes, nor its waits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import Handler, Server
from test_fetch import files_in, refused

from builder.catalog.download import Settings
from builder.catalog.fetch import cache_entry

GIB = 1 << 30


def dripping(line: bytes, begin: bytes) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(begin)
        for _ in range(400):
            handler.wfile.write(line)
            time.sleep(0.02)

    return answer


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\n", b""])
@pytest.mark.parametrize("line", [b"X-One: more\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"])
def test_headers_that_never_end_are_given_up(
    server: Server, tmp_path: Path, begin: bytes, line: bytes
) -> None:
    spec = server.source(dripping(line, begin))
    began = time.monotonic()
    why = refused(spec, tmp_path / "cache", Settings(silence_timeout=1, whole_timeout=0.3, retries=0))
    assert "was not done in 0.3 s" in why or "Illegal" in why or "illegal" in why
    assert time.monotonic() - began < 3
    assert files_in(tmp_path / "cache") == []


@pytest.mark.soak
@pytest.mark.parametrize("announced", [True, False])
def test_ten_gibibytes_are_bounded_and_never_kept(server: Server, tmp_path: Path, announced: bool) -> None:
    block, sent, most = os.urandom(1 << 20), 0, 0
    part = cache_entry(tmp_path / "cache", "0" * 64).with_name(f"{'0' * 64}.part")

    def ten(handler: Handler) -> None:
        nonlocal sent, most
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", str(10 * GIB))
        else:
            handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        while sent < 10 * GIB:
            handler.wfile.write(block)
            sent += len(block)
            most = max(most, part.stat().st_size if part.exists() else 0)

    why = refused(server.source(ten, sha256="0" * 64), tmp_path / "cache", Settings())
    assert "larger than 536870912 bytes" in why
    assert most <= GIB // 2
    assert sent < GIB * 0.6
    print(f"\nannounced: {announced}; {sent >> 20} MiB were sent, at most {most >> 20} MiB lay on disk")
    assert files_in(tmp_path / "cache") == []
