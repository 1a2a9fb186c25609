"""Where results are kept between builds: by key, whole or not at all, and never believed unchecked.

An entry is what its SHA-256 says, or it is not there: one that was damaged or written over is a miss. What
cannot be kept (a full disk, a folder that may not be written) costs the next build time, this one nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.site.swap import link_or_copy

BUILT = "built"
"""Below the cache of fetched files: what builds keep for each other."""
KEPT = 2
"""Entries that one place holds: what is there now, and what was there before."""
_PART = ".part-"
_STALE_AFTER = 24 * 3600
"""Seconds after which what a killed build left is cleared away."""
_ENTRY, _FILES = "entry", "files"


@dataclass(frozen=True)
class Store:
    """Entries below a folder, `<place>/<key>`; one without a folder keeps nothing and has nothing.

    Values are pickles: the folder has to be trusted like the program itself.
    """

    folder: Path | None

    def value(self, place: str, key: str) -> Any | None:
        """What was kept under a key; None where nothing is."""
        if self.folder is None:
            return None
        return _unpacked(self.folder / place / key)

    def keep(self, place: str, key: str, value: object) -> None:
        """Keep a value, which is not None."""
        self._keep(place, key, lambda part: _write(part, value))

    def tree(self, place: str, key: str, target: Path) -> Any | None:
        """Put the files of a kept tree in place of `target`; what was kept with them. Without it, None.

        They are second names of the kept files where the file system has such: nobody may write into them.
        """
        if self.folder is None:
            return None
        entry = self.folder / place / key
        found = _unpacked(entry / _ENTRY)
        if found is None:
            return None
        value, sums = found
        shutil.rmtree(target, ignore_errors=True)
        try:
            for folder in {os.path.dirname(path) for path in sums}:  # noqa: PTH120 (thousands of them)
                (target / folder).mkdir(parents=True, exist_ok=True)
            kept, put = f"{entry / _FILES}{os.sep}", f"{target}{os.sep}"
            for path, sha256 in sums.items():
                if _sha256(kept + path) != sha256:
                    raise OSError(f"{path} is not what was kept")
                link_or_copy(kept + path, put + path)
        except OSError:
            shutil.rmtree(target, ignore_errors=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(entry)
        return value

    def keep_tree(self, place: str, key: str, tree: Path, value: object) -> None:
        """Keep the files below `tree`, and a value with them."""

        def write(part: Path) -> None:
            sums = {}
            for path in sorted(path for path in tree.rglob("*") if path.is_file()):
                name = path.relative_to(tree).as_posix()
                (part / _FILES / name).parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(str(path), str(part / _FILES / name))
                sums[name] = _sha256(str(path))
            _write(part / _ENTRY, (value, sums))

        self._keep(place, key, write)

    def _keep(self, place: str, key: str, write: Callable[[Path], None]) -> None:
        """Have an entry written aside, then take its place; let go of it where that fails."""
        if self.folder is None:
            return
        folder = self.folder / place
        part = folder / f"{_PART}{secrets.token_hex(8)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write(part)
            _remove(folder / key)  # damaged, or another build was faster
            part.rename(folder / key)
            _prune(folder)
        except OSError:
            pass
        finally:
            _remove(part)


def _prune(folder: Path) -> None:
    """Leave the entries that were used last, and what another build is just writing."""
    entries = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in [path for path in entries if not path.name.startswith(_PART)][KEPT:]:
        _remove(old)
    for part in [path for path in entries if path.name.startswith(_PART)]:
        if time.time() - part.stat().st_mtime > _STALE_AFTER:
            _remove(part)


def _write(path: Path, value: object) -> None:
    packed = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    path.write_bytes(hashlib.sha256(packed).digest() + packed)


def _unpacked(path: Path) -> Any | None:
    """The value of a file; None where there is none, it was damaged, or it needs what is not installed."""
    try:
        held = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    if hashlib.sha256(held[32:]).digest() != held[:32]:
        return None
    try:
        return pickle.loads(held[32:])  # noqa: S301 (ours, and as it was written)
    except (ImportError, AttributeError):  # a package that is not installed, or another version of one
        return None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _sha256(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 (thousands of them)
        return hashlib.file_digest(file, "sha256").hexdigest()
