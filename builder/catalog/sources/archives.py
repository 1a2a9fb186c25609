"""The files of a .zip or .tar archive, read in place: nothing is unpacked, nothing grows without bound."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from builder.catalog.cells import shown
from builder.errors import DataError, Problem

MOST_MEMBERS = 500_000
MOST_BYTES_OF_ONE = 64 << 20
MOST_BYTES = 4 << 30
REMEDY = "Pack the files again, as .zip or .tar.gz."
LESS = "Leave out what is not needed."
DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError)
Member = tuple[str, Callable[[], IO[bytes]]]


def archive_names(path: Path, where: str, wanted: Callable[[str], bool]) -> list[str]:
    """Names of the files that are `wanted`, parted by "/", in the order of the archive.

    Raises DataError for what is no archive or damaged, for a file that is a link, encrypted or there twice,
    and for too many files.
    """
    names: list[str] = []
    with _members(path, where, wanted) as members:
        for name, _ in members:
            names.append(name)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise DataError(
            Problem(f"{where}: {shown(name)}", "is in the archive twice.", "Keep one.") for name in twice[:50]
        )
    return names


def archive_files(path: Path, where: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file that is `wanted`.

    Raises DataError as `archive_names` does, and for contents that are too large.
    """
    total = 0
    with _members(path, where, wanted) as members:
        for name, opened in members:
            with opened() as file:
                # What the archive says of a size is only a claim: reading stops at the limit.
                data = file.read(MOST_BYTES_OF_ONE + 1)
            total += len(data)
            for size, most in ((len(data), MOST_BYTES_OF_ONE), (total, MOST_BYTES)):
                if size > most:
                    raise DataError(
                        Problem(f"{where}: {shown(name)}", f"makes more than {most} bytes.", LESS)
                    )
            yield name, data


@contextmanager
def _members(path: Path, where: str, wanted: Callable[[str], bool]) -> Iterator[Iterator[Member]]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as zipped:
                yield _of_zip(zipped, where, wanted)
        else:
            with tarfile.open(path, "r:*") as tarred:
                yield _of_tar(tarred, where, wanted)
    except (*DAMAGED, RuntimeError) as error:
        what = f"is no archive that can be read ({shown(str(error))})."
        raise DataError(Problem(where, what, REMEDY)) from None


def _of_zip(archive: zipfile.ZipFile, where: str, wanted: Callable[[str], bool]) -> Iterator[Member]:
    listed = archive.infolist()
    if len(listed) > MOST_MEMBERS:
        raise DataError(Problem(where, f"has more than {MOST_MEMBERS} files.", LESS))
    for one in listed:
        # `is_dir` of Python 3.11 takes a name's last letter, also of one that has none.
        if one.filename and not one.is_dir() and wanted(one.filename):
            if one.flag_bits & 1:
                raise DataError(Problem(f"{where}: {shown(one.filename)}", "is encrypted.", REMEDY))
            yield one.filename, partial(archive.open, one)


def _of_tar(archive: tarfile.TarFile, where: str, wanted: Callable[[str], bool]) -> Iterator[Member]:
    for count, one in enumerate(archive):
        if count >= MOST_MEMBERS:
            raise DataError(Problem(where, f"has more than {MOST_MEMBERS} files.", LESS))
        if one.isdir() or not wanted(one.name):
            continue
        if not one.isreg():
            raise DataError(Problem(f"{where}: {shown(one.name)}", "is a link or a device, no file.", REMEDY))
        yield one.name, partial(_extracted, archive, one)


def _extracted(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    opened = archive.extractfile(member)
    if opened is None:
        raise tarfile.ReadError(f"{member.name} cannot be read")
    return opened
