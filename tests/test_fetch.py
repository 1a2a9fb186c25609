"""Fetching, against a real server on the loopback interface."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from servers import BODY, SHA, Answer, Handler, Server, missing

from builder.catalog.download import Settings, _retry_after
from builder.catalog.fetch import cache_entry, fetch, fetch_snapshot, mirror_path
from builder.catalog.specs import SnapshotSpec, SourceSpec
from builder.errors import SourceError

QUICK = Settings(
    connect_timeout=2, silence_timeout=0.3, whole_timeout=10, retries=2, backoff=0.01, longest_wait=0.05
)


def whole(handler: Handler) -> None:
    handler.send(BODY)


def busy(handler: Handler) -> None:
    handler.send(b"busy", 503)


def cut_off(handler: Handler) -> None:
    """Promises all, sends a third and hangs up."""
    handler.send(BODY[: len(BODY) // 3], length=str(len(BODY)))
    handler.close_connection = True


def ranged(handler: Handler) -> None:
    start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
    span = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    handler.send(BODY[start:], 206, Content_Range=span)


def hang(handler: Handler) -> None:
    time.sleep(1)
    handler.close_connection = True


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def refused(spec: SourceSpec, cache: Path, settings: Settings = QUICK, mirror: Path | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        fetch(spec, cache=cache, settings=settings, mirror=mirror)
    return str(caught.value)


def test_a_file_enters_the_cache_under_its_hash_and_progress_is_told(server: Server, cache: Path) -> None:
    told: list[tuple[int, int | None]] = []
    path = fetch(
        server.source(whole), cache=cache, settings=QUICK, progress=lambda _, *sizes: told.append(sizes)
    )
    assert path == cache / "sha256" / SHA[:2] / SHA
    assert path.read_bytes() == BODY
    assert files_in(cache) == [SHA]
    assert told[0] == (0, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))


def test_a_cached_file_needs_no_network(server: Server, cache: Path) -> None:
    spec = server.source(whole)
    fetch(spec, cache=cache, settings=QUICK)
    assert fetch(spec, cache=cache, offline=True).read_bytes() == BODY
    assert len(server.asked) == 1


def test_a_damaged_cache_entry_is_fetched_again(server: Server, cache: Path) -> None:
    spec = server.source(whole)
    path = fetch(spec, cache=cache, settings=QUICK)
    path.write_bytes(BODY[:-1] + b"?")
    assert fetch(spec, cache=cache, settings=QUICK).read_bytes() == BODY
    assert len(server.asked) == 2


def test_a_transfer_that_breaks_goes_on_where_it_ended(server: Server, cache: Path) -> None:
    path = fetch(server.source(cut_off, ranged), cache=cache, settings=QUICK)
    assert path.read_bytes() == BODY
    _, headers = server.asked[1]
    assert headers["Range"] == f"bytes={len(BODY) // 3}-"
    assert headers["If-Range"] == '"one"'


def test_a_part_of_an_earlier_run_is_resumed(server: Server, cache: Path) -> None:
    spec = server.source(cut_off)
    assert "tried once" in refused(spec, cache, Settings(retries=0, silence_timeout=1))
    assert files_in(cache) == [f"{SHA}.part"]
    server.answers["/data/scores.csv"] = [ranged]
    assert fetch(spec, cache=cache, settings=QUICK).read_bytes() == BODY
    assert "Range" in server.asked[1][1]
    assert files_in(cache) == [SHA]


def test_a_stale_beginning_is_dropped_and_the_file_fetched_whole(server: Server, cache: Path) -> None:
    entry = cache_entry(cache, SHA)
    entry.parent.mkdir(parents=True)
    entry.with_name(f"{SHA}.part").write_bytes(b"of another file")
    path = fetch(server.source(ranged, whole), cache=cache, settings=QUICK)
    assert path.read_bytes() == BODY
    assert files_in(cache) == [SHA]


def test_a_server_that_ignores_the_range_is_read_from_the_start(server: Server, cache: Path) -> None:
    assert fetch(server.source(cut_off, whole), cache=cache, settings=QUICK).read_bytes() == BODY


def test_a_range_that_does_not_fit_is_asked_for_anew(server: Server, cache: Path) -> None:
    def shifted(handler: Handler) -> None:
        handler.send(BODY[5:], 206, Content_Range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}")

    assert fetch(server.source(cut_off, shifted, whole), cache=cache, settings=QUICK).read_bytes() == BODY
    assert "Range" not in server.asked[2][1]


def test_404_is_said_at_once(server: Server, cache: Path) -> None:
    spec = server.source(missing)
    assert "404 Not Found" in refused(spec, cache)
    assert len(server.asked) == 1
    assert files_in(cache) == []


def test_a_busy_server_is_asked_again_within_a_limit(server: Server, cache: Path) -> None:
    assert fetch(server.source(busy, busy, whole), cache=cache, settings=QUICK).read_bytes() == BODY
    spec = server.source(busy, path="/for-ever.csv", sha256="0" * 64)
    assert "503 Service Unavailable (tried 3 times)" in refused(spec, cache)
    assert len([path for path, _ in server.asked if path == "/for-ever.csv"]) == 3


def test_retry_after_is_honoured_up_to_a_bound(server: Server, cache: Path) -> None:
    def later(handler: Handler) -> None:
        handler.send(b"", 429, Retry_After="3600")

    begin = time.monotonic()
    settings = Settings(retries=1, backoff=0, longest_wait=0.2)
    assert fetch(server.source(later, whole), cache=cache, settings=settings).read_bytes() == BODY
    assert 0.2 <= time.monotonic() - begin < 3


def test_retry_after_reads_seconds_and_dates() -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    assert _retry_after("7") == 7
    assert 50 < _retry_after(soon.strftime("%a, %d %b %Y %H:%M:%S GMT")) <= 60
    assert _retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert _retry_after("soon") == 0


def test_a_silent_server_is_given_up(server: Server, cache: Path) -> None:
    begin = time.monotonic()
    why = refused(server.source(hang), cache, Settings(silence_timeout=0.1, retries=1, backoff=0.01))
    assert "nothing came for 0.1 s (tried 2 times)" in why
    assert time.monotonic() - begin < 2


def test_a_server_that_drips_is_given_up(server: Server, cache: Path) -> None:
    def drip(handler: Handler) -> None:
        handler.send(b"", length="1000")
        for _ in range(100):
            handler.wfile.write(b".")
            time.sleep(0.05)

    why = refused(server.source(drip), cache, Settings(silence_timeout=1, whole_timeout=0.3))
    assert "was not done in 0.3 s" in why


def test_a_redirect_is_followed_and_a_loop_is_not(server: Server, cache: Path) -> None:
    def to(place: str) -> Answer:
        return lambda handler: handler.send(b"", 302, Location=place)

    server.answers["/there.csv"] = [whole]
    assert fetch(server.source(to("/there.csv")), cache=cache, settings=QUICK).read_bytes() == BODY
    loop = server.source(to("/loop.csv"), path="/loop.csv", sha256="0" * 64)
    assert "redirects more than 5 times" in refused(loop, cache)
    away = server.source(to("ftp://127.0.0.1/scores.csv"), path="/away.csv", sha256="0" * 64)
    assert "cannot be fetched" in refused(away, cache)
    assert len([path for path, _ in server.asked if path == "/away.csv"]) == 1


def test_another_file_is_refused_and_named(server: Server, cache: Path) -> None:
    spec = server.source(whole, sha256="0" * 64)
    why = refused(spec, cache)
    assert spec.url in why
    assert f"expected SHA-256 {'0' * 64}, got {SHA}" in why
    assert "pin the new hash" in why
    assert files_in(cache) == []


def test_a_file_over_the_limit_is_refused_announced_or_not(server: Server, cache: Path) -> None:
    settings = Settings(most_bytes=1000)

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while True:
            handler.wfile.write(b"64\r\n" + b"." * 100 + b"\r\n")

    assert "larger than 1000 bytes" in refused(server.source(whole), cache, settings)
    assert "larger than 1000 bytes" in refused(server.source(endless, path="/endless.csv"), cache, settings)
    assert files_in(cache) == []


def test_a_host_that_cannot_be_reached_is_asked_no_more(server: Server, cache: Path) -> None:
    spec = server.source(whole)
    server.shutdown()
    server.server_close()
    unreachable: dict[str, str] = {}
    with pytest.raises(SourceError, match=r"no connection .*tried 3 times"):
        fetch(spec, cache=cache, settings=QUICK, unreachable=unreachable)
    assert list(unreachable) == [spec.url.split("/")[2]]
    with pytest.raises(SourceError, match=r"cannot be reached: no connection"):
        fetch(spec, cache=cache, settings=Settings(connect_timeout=60), unreachable=unreachable)


def put_in_mirror(mirror: Path, spec: SourceSpec, body: bytes) -> Path:
    path = mirror_path(mirror, spec.url)
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    return path


def test_the_mirror_is_read_before_the_network(server: Server, cache: Path, tmp_path: Path) -> None:
    spec = server.source(missing)
    put_in_mirror(tmp_path / "mirror", spec, BODY)
    path = fetch(spec, cache=cache, mirror=tmp_path / "mirror")
    assert path == cache_entry(cache, SHA)
    assert path.read_bytes() == BODY
    assert server.asked == []


def test_a_mirror_without_the_file_leads_to_the_network(server: Server, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    spec = server.source(whole)
    with pytest.raises(SourceError, match="neither the cache nor a mirror"):
        fetch(spec, cache=cache, mirror=tmp_path / "mirror", offline=True)
    assert fetch(spec, cache=cache, mirror=tmp_path / "mirror", settings=QUICK).read_bytes() == BODY


def test_another_file_in_the_mirror_is_refused(server: Server, cache: Path, tmp_path: Path) -> None:
    spec = server.source(whole)
    path = put_in_mirror(tmp_path / "mirror", spec, b"other")
    why = refused(spec, cache, mirror=tmp_path / "mirror")
    assert str(path) in why
    assert SHA in why
    assert hashlib.sha256(b"other").hexdigest() in why
    assert server.asked == []
    assert files_in(cache) == []


def test_a_cache_that_cannot_be_written_is_no_hindrance_to_a_mirror(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    spec = server.source(whole)
    path = put_in_mirror(tmp_path / "mirror", spec, BODY)
    assert fetch(spec, cache=tmp_path / "cache", mirror=tmp_path / "mirror") == path
    assert "cannot be written" in refused(spec, tmp_path / "cache")


def test_fetching_one_file_many_times_at_once_leaves_one_whole_file(server: Server, cache: Path) -> None:
    def slow(handler: Handler) -> None:
        handler.send(b"", length=str(len(BODY)))
        for start in range(0, len(BODY), 10_000):
            handler.wfile.write(BODY[start : start + 10_000])
            time.sleep(0.01)

    spec = server.source(slow)
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: fetch(spec, cache=cache, settings=QUICK), range(8)))
    assert {path.read_bytes() for path in paths} == {BODY}
    assert files_in(cache) == [SHA]


def test_a_snapshot_has_its_files_by_part(server: Server, cache: Path) -> None:
    one = server.source(whole, path="/one.csv").model_copy(update={"part": "one"})
    other = hashlib.sha256(b"2").hexdigest()
    two = server.source(lambda h: h.send(b"2"), path="/two.csv", sha256=other).model_copy(
        update={"part": "two"}
    )
    spec = SnapshotSpec(date=dt.date(2026, 1, 1), adapter="any", sources=(one, two))
    parts = fetch_snapshot(spec, cache=cache, settings=QUICK)
    assert {part: path.read_bytes() for part, path in parts.items()} == {"one": BODY, "two": b"2"}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://Example.org/a/b.csv", "example.org/a/b.csv"),
        ("https://example.org:8080/a//b.csv", "example.org:8080/a/b.csv"),
        ("https://user:word@example.org/a.csv", "example.org/a.csv"),
        ("https://example.org/a%20b.csv?v=1/2", "example.org/a b.csv?v=1%2F2"),
        ("https://example.org", "example.org/index.html"),
        ("https://example.org/folder/", "example.org/folder/index.html"),
    ],
)
def test_an_address_lies_in_a_mirror_where_wget_puts_it(url: str, path: str) -> None:
    assert mirror_path(Path("m"), url) == Path("m") / path


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/../secret",
        "https://example.org/a/%2e%2e/%2e%2e/secret",
        "https://example.org/a%2f..%2fsecret",
        "https://example.org/a\\..\\secret",
        "https://../secret",
        "https://[broken/secret",
        "https://example.org/a%00b",
    ],
)
def test_an_address_that_would_leave_the_mirror_is_refused(url: str) -> None:
    with pytest.raises(SourceError):
        mirror_path(Path("m"), url)
