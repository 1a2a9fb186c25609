"""The archive of a release: a gzipped tar of plain files, the same bytes everywhere, read strictly.

tar.gz, for it is written and checked in one pass, and holds each name once. A zip has a directory at its end
besides, which readers may understand otherwise than the entries. Only ustar headers of plain files are read:
no link, device, sparse file or extended header comes as far as the file system.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from builder.errors import BuildError, DataError, Problem
from builder.github.releases import END as END

TOP = "site/"
"""In front of every path, so that an archive that is unpacked by hand stays in one folder."""
MOST_FILES, MOST_BYTES, MOST_OF_ONE = 200_000, 4 * 2**30, 256 * 2**20
ANEW = "Have the archive anew from where it was published."
_BLOCK = 512
_PART = re.compile(r"[^\x00-\x1f\x7f/\\:]+")


def write_archive(path: Path, contents: Iterable[tuple[str, bytes]], date: dt.date) -> None:
    """Write files in the order given, dated `date`, beside `path`, and rename.

    Bytes depend on names, contents and date alone, and on zlib's version. Raises BuildError where a path is
    too long for a ustar header, and for more than the limits above.
    """
    moment = int(dt.datetime.combine(date, dt.time(), dt.UTC).timestamp())
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with (
                gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
                tarfile.open(
                    fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT, encoding="utf-8"
                ) as archive,
            ):
                held = _Held()
                for name, content in contents:
                    if held.is_full_with(len(content)):
                        what = f"is more than a release may hold: {held.limits()}."
                        raise BuildError(Problem(name, what, "Publish it in parts."))
                    _add(archive, name, content, moment)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _add(archive: tarfile.TarFile, name: str, content: bytes, moment: int) -> None:
    entry = tarfile.TarInfo(TOP + name)
    entry.size, entry.mtime, entry.mode = len(content), moment, 0o644
    try:
        archive.addfile(entry, io.BytesIO(content))
    except ValueError as error:
        remedy = "Shorten the ids of the study or its selections."
        raise BuildError(Problem(name, f"cannot be archived: {error}.", remedy)) from None


def read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file, in order, to the archive's end, which is checked.

    Raises DataError for anything that `write_archive` does not write: another kind of entry, a path that
    leaves its folder, a name twice, more than the limits above, or bytes that gzip finds damaged.
    """
    where = str(path)
    seen: set[str] = set()
    held = _Held()
    try:
        with path.open("rb") as file, gzip.GzipFile(fileobj=file) as packed:
            while (header := _exactly(packed, _BLOCK)) != bytes(_BLOCK):
                name, size = _entry(header)
                if held.is_full_with(size):
                    raise _RefusedError(f"'{name}' is more than a release may hold")
                if name in seen:
                    raise _RefusedError(f"'{name}' is there twice")
                seen.add(name)
                content = _exactly(packed, size)
                if _exactly(packed, -size % _BLOCK).strip(b"\0"):
                    raise _RefusedError(f"'{name}' is followed by something else")
                yield name, content
            n_after = 0
            while rest := packed.read(2**16):
                n_after += len(rest)
                if rest.strip(b"\0") or n_after > tarfile.RECORDSIZE:
                    raise _RefusedError("something comes after its end")
    except (EOFError, zlib.error, gzip.BadGzipFile, _RefusedError) as error:
        raise DataError(Problem(where, f"is no whole archive of a release: {error}.", ANEW)) from None
    except OSError as error:
        raise DataError(Problem(where, f"cannot be read: {error.strerror}.")) from None


@dataclass
class _Held:
    """How much of an archive was written or read, against what a release may hold."""

    n_files: int = 0
    n_bytes: int = 0

    def is_full_with(self, size: int) -> bool:
        """Count one more file of that size; whether it is too many or too much."""
        self.n_files += 1
        self.n_bytes += size
        return size > MOST_OF_ONE or self.n_bytes > MOST_BYTES or self.n_files > MOST_FILES

    def limits(self) -> str:
        """In words."""
        one, all_ = (f"{size / 2**20:,.0f}".replace(",", " ") for size in (MOST_OF_ONE, MOST_BYTES))
        return f"{MOST_FILES} files, {all_} MiB, {one} MiB in one file"


class _RefusedError(Exception):
    """Why an entry is not read."""


def _exactly(file: BinaryIO | gzip.GzipFile, size: int) -> bytes:
    found = file.read(size)
    if len(found) < size:
        raise EOFError("it ends too early")
    return found


def _entry(header: bytes) -> tuple[str, int]:
    """Path below the site's root, and size, of a plain file."""
    sums = sum(header) - sum(header[148:156]) + 8 * ord(" ")
    if header[257:265] != b"ustar\x0000" or _octal(header[148:156]) != sums:
        raise _RefusedError("an entry has no ustar header")
    name = _text(header[345:500]) + "/" if header[345] else ""
    name += _text(header[:100])
    if header[156:157] != b"0" or _text(header[157:257]):
        raise _RefusedError(f"'{name}' is no plain file")
    inside = name.removeprefix(TOP)
    parts = inside.split("/")
    if inside == name or any(not _PART.fullmatch(one) or one in {".", ".."} for one in parts):
        raise _RefusedError(f"'{name}' is no path below '{TOP}'")
    return inside, _octal(header[124:136])


def _octal(field: bytes) -> int:
    digits = field.rstrip(b"\0 ")
    if not re.fullmatch(rb"[0-7]+", digits):
        raise _RefusedError("a header holds no number")
    return int(digits, 8)


def _text(field: bytes) -> str:
    try:
        return field.split(b"\0", 1)[0].decode("utf-8")
    except UnicodeDecodeError:
        raise _RefusedError("a name is not UTF-8") from None
