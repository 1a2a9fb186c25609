"""A finished site takes the place of the one that stands; a directory that is not ours is left alone."""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from builder.errors import BuildError, Problem
from builder.site.assets import SHARED

MARKER = ".alignboard"
"""A site of ours holds this file: the manifest of its snapshots."""
TRUTH = "truth"
"""The page about simulated truth, which is of no study."""
FORMAT = 1
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@dataclass(frozen=True)
class FrontEntry:
    """What the pages above the snapshots say of one of them."""

    study: str
    study_title: str
    summary: str
    simulated: bool
    models_are: str
    snapshot: str
    snapshot_title: str
    date: str
    position: int
    """Among the snapshots of the study, oldest first: two may be of one date."""
    n_models: int
    n_metrics: int
    n_views: int
    selection_title: str
    n_complete: int
    n_selected: int
    mean_rho: float | None
    figure: str
    """Id of the telling figure; empty for none."""
    figure_title: str
    digest: str
    corrects: str = ""
    """Id of the snapshot that this one corrects; empty for none."""
    note: str = ""
    """What was wrong with that one."""


@dataclass(frozen=True)
class Manifest:
    """The snapshots of a site, sorted by study, newest first."""

    entries: tuple[FrontEntry, ...] = ()

    def with_entries(self, entries: Iterable[FrontEntry]) -> Manifest:
        """This manifest with entries added; one of the same study and snapshot is replaced."""
        merged = {(entry.study, entry.snapshot): entry for entry in (*self.entries, *entries)}
        newest_first = sorted(merged.values(), key=lambda entry: (entry.date, entry.position), reverse=True)
        return Manifest(tuple(sorted(newest_first, key=lambda entry: entry.study)))

    def corrections(self) -> dict[tuple[str, str], FrontEntry]:
        """(study, snapshot) -> the snapshot that corrects it."""
        return {(entry.study, entry.corrects): entry for entry in self.entries if entry.corrects}

    def by_study(self) -> dict[str, list[FrontEntry]]:
        """Study id -> its snapshots, newest first."""
        found: dict[str, list[FrontEntry]] = {}
        for entry in self.entries:
            found.setdefault(entry.study, []).append(entry)
        return found


def write_manifest(target: Path, manifest: Manifest) -> None:
    """Mark a directory as a site of ours."""
    rows = [dataclasses.asdict(entry) for entry in manifest.entries]
    text = json.dumps({"format": FORMAT, "snapshots": rows}, ensure_ascii=False, indent=1)
    (target / MARKER).write_text(text + "\n", encoding="utf-8")


def read_manifest(target: Path) -> Manifest:
    """The manifest of a site. Raises BuildError where it is damaged or of another format."""
    where = str(target / MARKER)
    try:
        held = json.loads((target / MARKER).read_text(encoding="utf-8"))
        if held["format"] != FORMAT:
            raise ValueError(f"format {held['format']}")
        return Manifest(tuple(FrontEntry(**row) for row in held["snapshots"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BuildError(
            Problem(
                where,
                f"cannot be read as the list of this site's snapshots ({error}).",
                "Build the whole site, without --study.",
            )
        ) from None


def check_target(target: Path) -> None:
    """Raise BuildError unless the target is absent, empty, or a site of ours."""
    if target.is_symlink():
        raise BuildError(
            Problem(str(target), "is a symbolic link.", "Give the directory itself, not a link to it.")
        )
    if not target.exists():
        return
    if not target.is_dir():
        raise BuildError(Problem(str(target), "is a file.", "Give --output a directory."))
    if not (target / MARKER).is_file() and any(target.iterdir()):
        raise BuildError(
            Problem(
                str(target),
                f"is not empty and is not a site of alignboard (it has no {MARKER} file).",
                "Give --output a new or empty directory; nothing was removed.",
            )
        )


def recover(target: Path) -> None:
    """Finish the swap that a killed build left: put an old site that stands aside back, or clear it away."""
    aside = _aside(target)
    if aside.exists() and (aside / MARKER).is_file():
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(target)


def adopt(target: Path, staging: Path) -> Manifest:
    """Take the snapshots of the site that stands into the new one; an empty manifest where none stands.

    By hard links: mkdocs clears the directory of a snapshot before it is written anew, so that nothing
    writes into a file that the standing site has, too. What all share is copied, for it is written over.
    """
    if not (target / MARKER).is_file():
        return Manifest()
    manifest = read_manifest(target)
    kept = []
    for entry in manifest.entries:
        part = Path(entry.study) / "v" / entry.snapshot
        if (target / part).is_dir():
            shutil.copytree(target / part, staging / part, copy_function=link_or_copy)
            kept.append(entry)
        proof = Path(entry.study) / "releases" / entry.snapshot
        if (target / proof).is_dir():
            shutil.copytree(target / proof, staging / proof)
    if (target / TRUTH / "index.html").is_file():
        shutil.copytree(target / TRUTH, staging / TRUTH)
    if (target / SHARED).is_dir():
        shutil.copytree(target / SHARED, staging / SHARED, dirs_exist_ok=True)
    return Manifest(tuple(kept))


def swap(staging: Path, target: Path) -> None:
    """The finished tree at `staging` takes the place of `target`; both must be on one file system.

    One exchange where the system can do it, so that a kill leaves the old site or the new one; two renames
    elsewhere, between which the old site stands aside whole and `recover` puts it back. Raises BuildError
    where `target` is not a site of ours.
    """
    check_target(target)
    if not target.exists():
        staging.rename(target)
    elif _exchange(staging, target):
        shutil.rmtree(staging, ignore_errors=True)
    else:
        aside = _aside(target)
        target.rename(aside)
        staging.rename(target)
        shutil.rmtree(aside, ignore_errors=True)


def link_or_copy(source: str, copy: str) -> None:
    """A second name for a file; a copy where the file system or its rules allow none."""
    try:
        os.link(source, copy)
    except OSError:
        shutil.copy2(source, copy)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two directories in one step; False where the system or the file system has no such call."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    done = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}:
        return False
    raise BuildError(Problem(str(other), f"cannot be replaced: {os.strerror(code)}."))
