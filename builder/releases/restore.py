"""Frozen snapshots come out of their archives into a site, as they were, or not at all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from builder.errors import DataError, Problem
from builder.releases import lock, record, sums
from builder.releases.archive import ANEW, END, read_archive
from builder.releases.lock import Lock
from builder.releases.record import Record


@dataclass(frozen=True)
class Release:
    """An archive whose head was read: what it is of, and the SHA-256 of every file that it has to hold."""

    archive: Path
    record: Record
    sums: sums.Sums
    listing: str
    """SHA-256 of its SHA256SUMS, which proves all of it."""

    @property
    def name(self) -> tuple[str, str]:
        """Study and snapshot."""
        return self.record.front.study, self.record.front.snapshot

    @property
    def folders(self) -> tuple[str, ...]:
        """All that it writes into a site."""
        return self.record.tree, self.record.folder, *self.record.assets


def find_releases(folder: Path, locked: Lock) -> list[Release]:
    """The releases whose archives lie in a folder, sorted by name. Only their heads are read.

    Raises DataError with all that are damaged, there twice, or not as `links.lock` has them.
    """
    if not folder.is_dir():
        raise DataError(Problem(str(folder), "is not a directory.", "Name the one that has the archives."))
    found: dict[tuple[str, str], Release] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob(f"*{END}")):
        try:
            release = read_release(path)
        except DataError as error:
            problems += error.problems
            continue
        problems += _lock_problems(release, locked)
        if release.name in found:
            what = f"is a release of {' '.join(release.name)}, as {found[release.name].archive.name} is."
            problems.append(Problem(str(path), what, "Remove the one that was not published."))
        found.setdefault(release.name, release)
    if problems:
        raise DataError(problems)
    return [found[name] for name in sorted(found)]


def read_release(path: Path) -> Release:
    """The head of an archive. Raises DataError where it is no release."""
    where = str(path)
    files = read_archive(path)
    found: dict[str, bytes] = {}
    for name, content in files:
        found[name] = content
        if len(found) == 2:
            break
    files.close()  # type: ignore[attr-defined]
    if len(found) < 2:
        raise DataError(Problem(where, "is no archive of a release: it is empty.", ANEW))
    (sums_name, listing), (record_name, text) = found.items()
    listed = sums.read_sums(listing.decode("utf-8", "replace"), f"{where}: {sums_name}")
    if listed.get(record_name) != hashlib.sha256(text).hexdigest():
        raise DataError(_not_listed(where, record_name))
    known = record.read_record(text.decode("utf-8", "replace"), f"{where}: {record_name}")
    release = Release(path, known, listed, hashlib.sha256(listing).hexdigest())
    if (sums_name, record_name) != (known.folder + sums.FILE, known.folder + record.FILE):
        raise DataError(Problem(where, f"begins with '{sums_name}', which is not of its snapshot.", ANEW))
    outside = [name for name in listed if not name.startswith(release.folders)]
    outside += [name for name in known.assets if not name.startswith("assets/")]
    if outside:
        raise DataError(Problem(where, f"holds what is not of its snapshot: {lock.named(outside)}.", ANEW))
    if sums.tree_digest(listed, known.tree) != known.tree_sha256:
        raise DataError(
            Problem(where, f"{record_name} says another digest of the pages than it lists.", ANEW)
        )
    return release


def checked_files(release: Release) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file of a release, each as SHA256SUMS lists it, and all that it lists.

    Raises DataError at the first that is not.
    """
    where = str(release.archive)
    seen: set[str] = set()
    for name, content in read_archive(release.archive):
        if not seen and name == release.record.folder + sums.FILE:
            if sums.read_sums(content.decode("utf-8", "replace"), where) != release.sums:
                raise DataError(Problem(where, "changed while it was read.", "Try again."))
        elif release.sums.get(name) != hashlib.sha256(content).hexdigest():
            raise DataError(_not_listed(where, name))
        seen.add(name)
        yield name, content
    missing = sorted(release.sums.keys() - seen)
    if missing:
        raise DataError(Problem(where, f"lacks {lock.named(missing)}.", ANEW))


def restore(release: Release, staging: Path) -> None:
    """Write a release into a site that is being built, in place of what an older site left there.

    Raises DataError where a file is not the frozen one; then the site is not to be published.
    """
    for folder in (release.record.tree, release.record.folder):
        shutil.rmtree(staging / folder, ignore_errors=True)
    for name, content in checked_files(release):
        path = staging / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)


def _lock_problems(release: Release, locked: Lock) -> list[Problem]:
    """Whether it is what was published: SHA256SUMS comes with the archive, and links.lock does not."""
    where, trees = str(release.archive), locked.trees
    problems = []
    listing = locked.lines.get(release.record.folder + sums.FILE)
    if listing not in (None, f"{lock.SUMS}:{release.listing}"):
        what = f"its {sums.FILE} is not what {lock.FILE} locks: it was changed after it was frozen."
        problems.append(Problem(where, what, ANEW))
    for folder in (release.record.tree, *release.record.assets):
        if folder not in trees:
            what = f"'{folder}' is not frozen in {lock.FILE}."
            problems.append(Problem(where, what, f"Freeze the snapshot, or take {lock.FILE} from Git."))
        elif trees[folder] != sums.tree_digest(release.sums, folder):
            what = f"'{folder}' is not what {lock.FILE} locks: it was changed after it was frozen."
            problems.append(Problem(where, what, ANEW))
    return problems


def _not_listed(where: str, name: str) -> Problem:
    return Problem(where, f"'{name}' is not the file that {sums.FILE} lists.", ANEW)
