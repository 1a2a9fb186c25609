"""Whether restored snapshots have what proves them, and are as it says."""

from __future__ import annotations

from pathlib import Path

from builder.errors import DataError, Problem
from builder.releases import sums
from builder.releases.guard import LOCK_AGAIN
from builder.releases.lock import FILE, Lock
from builder.releases.record import record_folder
from builder.releases.restore import find_releases
from builder.sitecheck.digests import RESTORE
from builder.sitecheck.held import DROPPING
from builder.sitecheck.inventory import Site


def release_problems(site: Site, hashes: dict[str, str]) -> tuple[list[Problem], int]:
    """Files of restored snapshots that are not as SHA256SUMS lists them; and how many such snapshots.

    The hashes that were taken are put into `hashes`.
    """
    problems: list[Problem] = []
    n_releases = 0
    for entry, tree in zip(site.manifest.entries, site.trees, strict=True):
        folder = record_folder(entry.study, entry.snapshot)
        path = folder + sums.FILE
        if path not in site.files:
            continue
        n_releases += 1
        try:
            listed = sums.read_sums(site.text(path), path)
        except DataError as error:
            problems += error.problems
            continue
        there = [file for file in site.files if file.startswith((tree, folder)) and file != path]
        own = sums.hashed(site.root, sorted({*there, *(listed.keys() & site.files)}))
        hashes |= own
        problems += [
            Problem(file, "is not there, though SHA256SUMS lists it.", RESTORE)
            for file in sorted(listed.keys() - own.keys())
        ]
        problems += [
            Problem(file, "is not listed in SHA256SUMS.", RESTORE)
            for file in sorted(own.keys() - listed.keys())
        ]
        problems += [
            Problem(file, "is not the file that SHA256SUMS lists.", RESTORE)
            for file in sorted(own.keys() & listed.keys())
            if own[file] != listed[file]
        ]
    return problems, n_releases


def record_problems(site: Site, locked: Lock, releases: Path | None) -> tuple[list[Problem], list[str]]:
    """Snapshots whose archive lies in `releases`, without the SHA256SUMS that comes out of it; and others.

    The others are the snapshots that links.lock locks a SHA256SUMS of, and that have none here. Pages built
    again to the bytes that were frozen are no different from restored ones, and have none: only where the
    archive is at hand is it known that a build restores them. What is wrong with an archive is told, too, and
    a SHA256SUMS of a snapshot that a links.lock, where there is one, does not freeze.
    """
    problems: list[Problem] = []
    archives: dict[tuple[str, str], str] = {}
    if releases is not None:
        try:
            archives = {one.name: one.archive.name for one in find_releases(releases, locked)}
        except DataError as error:
            problems += error.problems
    unproved = []
    for entry, tree in zip(site.manifest.entries, site.trees, strict=True):
        path = record_folder(entry.study, entry.snapshot) + sums.FILE
        if tree in site.restored:
            if locked.lines and tree not in locked.trees:
                what = f"is of a frozen snapshot, and {FILE} does not have '{tree}'."
                problems.append(Problem(path, what, f"{LOCK_AGAIN} {DROPPING}"))
            continue
        archive = archives.get((entry.study, entry.snapshot))
        if archive is not None:
            what = f"is not there, though a build restores it from {archive}."
            problems.append(Problem(path, what, RESTORE))
        elif path in locked.lines:
            unproved.append(f"{entry.study} {entry.snapshot}")
    return problems, unproved
