"""Where a build works: a directory beside the target, which no other build has."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from builder.errors import BuildError, Problem

_STALE_AFTER = 24 * 3600
"""Seconds after which what a killed build left is cleared away where no lock says that it was killed."""


@contextmanager
def open_staging(target: Path) -> Iterator[Path]:
    """A directory beside the target, so that the swap is a rename; gone afterwards whatever happens.

    It is locked while the build runs, so that what killed builds left is known and cleared. Raises BuildError
    while another build works for the same target, whose site would take this one's place or lose its own.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = _open_locked(target.parent, wait=True)  # two builds that begin at once look one after the other
    try:
        _clear_what_was_left(target)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.building-", dir=target.parent))
        held = _open_locked(staging, wait=False)
    finally:
        _close(beside)
    try:
        staging.chmod(0o755)
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        _close(held)


def _clear_what_was_left(target: Path) -> None:
    for left in target.parent.glob(f".{glob.escape(target.name)}.building-*"):
        try:
            lock = _open_locked(left, wait=False)
        except BlockingIOError:
            what = f"another build is at work on it, in {left.name}."
            raise BuildError(Problem(str(target), what, "Wait until it is done.")) from None
        if lock is not None or _is_old(left):
            shutil.rmtree(left, ignore_errors=True)
        _close(lock)


def _is_old(left: Path) -> bool:
    try:
        return time.time() - left.stat().st_mtime > _STALE_AFTER
    except OSError:
        return False


def _open_locked(folder: Path, *, wait: bool) -> int | None:
    """A descriptor of the folder that holds its lock; None where it cannot be had or locks are unknown.

    Raises BlockingIOError where another process has the lock, unless it is waited for.
    """
    try:
        import fcntl

        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(opened)
        if isinstance(error, BlockingIOError):
            raise
        return None
    return opened


def _close(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)
