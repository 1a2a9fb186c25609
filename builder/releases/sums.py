"""The SHA-256 of every file of a tree, as `sha256sum` writes and checks it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from builder.errors import DataError, Problem

FILE = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\\\x00-\x1f\x7f]+)")
Sums = Mapping[str, str]
"""Path below the root of a site -> SHA-256."""


def files_below(root: Path, folder: str) -> list[str]:
    """Paths below `root` of every file in `folder`, sorted. Raises DataError for a link or a device."""
    found = []
    for path in (root / folder).rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise DataError(Problem(str(path), "is no plain file.", "A release holds plain files only."))
        if path.is_file():
            found.append(path.relative_to(root).as_posix())
    return sorted(found)


def hashed(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of each of these files below `root`."""
    found = {}
    for path in paths:
        with (root / path).open("rb") as file:
            found[path] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def sums_text(sums: Sums) -> str:
    """The lines that `sha256sum --check` reads, sorted by path."""
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(sums.items()))


def read_sums(text: str, where: str) -> dict[str, str]:
    """The files that such lines list. Raises DataError for a line of another kind, or a file listed twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            what = f"line {number} is no line of SHA-256 and path, or lists a file again."
            raise DataError(Problem(where, what, "Have the archive anew from where it was published."))
        found[match[2]] = match[1]
    return found


def tree_digest(sums: Sums, folder: str) -> str:
    """SHA-256 of the lines of `SHA256SUMS` about the files in one folder; `folder` ends in a slash.

    `grep '  FOLDER' SHA256SUMS | sha256sum` gives it again.
    """
    inside = {path: sha256 for path, sha256 in sums.items() if path.startswith(folder)}
    return hashlib.sha256(sums_text(inside).encode()).hexdigest()
