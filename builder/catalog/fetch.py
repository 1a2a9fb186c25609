"""Pinned sources: from the cache, a mirror directory or the network, and never a file with another hash.

The cache is content-addressed, `sha256/ab/abcdef...`. A file enters it whole and checked, by one rename; it
is checked again whenever it is read.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from builder.catalog.download import Part, Progress, Settings, download
from builder.catalog.specs import SnapshotSpec, SourceSpec
from builder.errors import Problem, SourceError

__all__ = ["Progress", "Settings", "cache_entry", "fetch", "fetch_snapshot", "mirror_path"]

NOWHERE = "is in neither the cache nor a mirror."
HOW_TO_MIRROR = "Go online, or give --mirror a directory that has the file as HOST/PATH."


def cache_entry(cache: Path, sha256: str) -> Path:
    """Where the file of that hash lies in the cache, whether it is there or not."""
    return cache / "sha256" / sha256[:2] / sha256


def mirror_path(mirror: Path, url: str) -> Path:
    """Where `wget -x` puts an address below a mirror: HOST/PATH, a query string kept after '?'.

    Raises SourceError for an address whose parts cannot safely be file names.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        raise SourceError(Problem(url, "is not an address.", "Correct it in the study file.")) from None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if not steps or parts.path.endswith("/"):
        steps.append("index.html")
    if parts.query:
        # wget writes a slash inside a query as %2F, so that it makes no folder.
        steps[-1] += "?" + parts.query.replace("/", "%2F")
    for step in (host, *steps):
        if step in {"", ".", ".."} or any(c in "/\\" or not c.isprintable() for c in step):
            raise SourceError(
                Problem(
                    url, f"cannot be looked up in a mirror: '{step}' is no file name.", "Pin another address."
                )
            )
    return mirror.joinpath(host, *steps)


def fetch(
    spec: SourceSpec,
    *,
    cache: Path,
    mirror: Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    settings: Settings | None = None,
    unreachable: dict[str, str] | None = None,
    local: Path | None = None,
) -> Path:
    """The file of a pinned source, with the pinned hash: from the cache, else the mirror, else the network.

    `unreachable` (host -> reason) is filled when a host cannot be connected to, and such a host is not asked
    again. `local` is where a source that is a `file` lies. Raises SourceError, saying why and what to do,
    for a source that cannot be had or is another file.
    """
    tell = progress or _tell_nobody
    if spec.file is not None:
        return _local_file(spec, local)
    entry = cache_entry(cache, spec.sha256)
    found = entry if _is_whole(entry, spec.sha256) else None
    if found is None and mirror is not None:
        found = _from_mirror(spec, mirror, entry)
    if found is not None:
        size = found.stat().st_size
        tell(spec.address, size, size)
        return found
    if offline:
        raise SourceError(Problem(spec.address, NOWHERE, HOW_TO_MIRROR))
    host = urlsplit(spec.address).netloc
    known = {} if unreachable is None else unreachable
    if host in known:
        raise SourceError(Problem(spec.address, f"cannot be reached: {known[host]}.", HOW_TO_MIRROR))
    try:
        _from_network(spec, entry, tell, settings or Settings(), known)
    except OSError as error:
        raise SourceError(
            Problem(str(entry), f"cannot be written ({error.strerror}).", "Name another --cache.")
        ) from None
    return entry


def fetch_snapshot(
    spec: SnapshotSpec,
    *,
    cache: Path,
    mirror: Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    settings: Settings | None = None,
    unreachable: dict[str, str] | None = None,
    local: Path | None = None,
) -> dict[str, Path]:
    """The files of all sources of a snapshot, by their part. Raises SourceError at the first that fails."""
    known = {} if unreachable is None else unreachable
    return {
        source.part: fetch(
            source,
            cache=cache,
            mirror=mirror,
            offline=offline,
            progress=progress,
            settings=settings,
            unreachable=known,
            local=local,
        )
        for source in spec.sources
    }


def _local_file(spec: SourceSpec, local: Path | None) -> Path:
    """A pinned file of the project's own, below `local`."""
    path = (local or Path()) / spec.address
    try:
        got = file_sha256(path)
    except OSError as error:
        raise SourceError(
            Problem(str(path), f"cannot be read ({error.strerror}).", "Put the pinned file there.")
        ) from None
    if got != spec.sha256:
        raise _wrong_hash(str(path), spec.sha256, got)
    return path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tell_nobody(_url: str, _done: int, _total: int | None, /) -> None:
    """The progress of a caller that wants none."""


def _is_whole(entry: Path, sha256: str) -> bool:
    """Whether the cache has the file; a damaged one is removed, so that it is fetched again."""
    try:
        if file_sha256(entry) == sha256:
            return True
        entry.unlink()
    except OSError:
        return False
    return False


def _wrong_hash(where: str, sha256: str, got: str) -> SourceError:
    return SourceError(
        Problem(
            where,
            f"is not the file that was pinned: expected SHA-256 {sha256}, got {got}.",
            "If the source changed on purpose, pin the new hash in the study file; "
            "otherwise find the pinned file and give its directory with --mirror.",
        )
    )


def _from_mirror(spec: SourceSpec, mirror: Path, entry: Path) -> Path | None:
    """The mirror's file, copied into the cache; the mirror's own where the cache cannot be written."""
    path = mirror_path(mirror, spec.address)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(
            Problem(str(path), f"cannot be read ({error.strerror}).", "Mend the mirror.")
        ) from None
    got = hashlib.sha256(data).hexdigest()
    if got != spec.sha256:
        raise _wrong_hash(str(path), spec.sha256, got)
    try:
        with _private_part(entry) as part:
            part.file.write(data)
            _put(part, entry)
    except OSError:
        return path
    return entry


def _from_network(
    spec: SourceSpec, entry: Path, progress: Progress, settings: Settings, unreachable: dict[str, str]
) -> None:
    with _open_part(entry) as part:
        if _is_whole(entry, spec.sha256):
            part.clear()
            return
        for _ in range(2):
            inherited = part.size() > 0
            got = part.sha256() if inherited else ""
            if got != spec.sha256:
                download(spec.address, part, settings, progress, unreachable)
                got = part.sha256()
            if got == spec.sha256:
                _put(part, entry)
                return
            part.clear()
            if not inherited:
                break
            # The beginning came from an earlier run and may have been of another file: once more, whole.
        raise _wrong_hash(spec.address, spec.sha256, got)


def _put(part: Part, entry: Path) -> None:
    """Move a checked part to its place: on disk first, then one rename."""
    part.file.flush()
    os.fsync(part.file.fileno())
    part.path.replace(entry)
    folder = os.open(entry.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _open_part(entry: Path) -> Iterator[Part]:
    """The part file beside a cache entry, to be resumed; a file of our own while another process has that."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    path = entry.with_name(f"{entry.name}.part")
    file = _lock(path)
    if file is None:
        with _private_part(entry) as part:
            yield part
        return
    part = Part(path, file)
    try:
        yield part
    finally:
        # An empty part is nothing to resume. The lock is still held, so it is nobody else's.
        if part.size() == 0:
            path.unlink(missing_ok=True)
        file.close()


@contextmanager
def _private_part(entry: Path) -> Iterator[Part]:
    entry.parent.mkdir(parents=True, exist_ok=True)
    path = entry.with_name(f"{entry.name}.{secrets.token_hex(8)}.part")
    try:
        with path.open("x+b") as file:
            yield Part(path, file)
    finally:
        path.unlink(missing_ok=True)


def _lock(path: Path) -> BinaryIO | None:
    """The file, open and locked for us alone; None where another process holds it or locks are unknown."""
    try:
        import fcntl
    except ImportError:
        return None
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before us may have renamed or removed it after we opened it.
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except FileNotFoundError:
            pass
        except OSError:
            file.close()
            return None
        file.close()
