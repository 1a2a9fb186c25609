"""What a change of data would publish: the studies that differ, built as they were and as they would be."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from builder.cache.store import BUILT
from builder.catalog.library import Library, read_library
from builder.changes.comment import comment
from builder.changes.compare import StudyChanges, compare_sites
from builder.changes.locked import LockChanges, compare_locks, frozen_in_both, keep_frozen
from builder.changes.names import harmless, name, some
from builder.errors import BuildError, DataError, Problem, SourceError
from builder.github.comment import NUMBER, TEXT
from builder.github.run import checkout
from builder.pipeline import BuildOptions, Report, build
from builder.releases.lock import FILE, read_lock
from builder.site.swap import check_target
from builder.summary import Built, Skipped

SITE, BEFORE, COMMENT = "site", "before", "comment"
MOST_OF_PROBLEM = 300
"""Characters of what is wrong with a study."""


@dataclass(frozen=True)
class Preview:
    """What was built: the sites lie in `site` and `before`, the comment in `comment` below the target."""

    studies: tuple[str, ...]
    """Those whose files differ."""
    comment: Path
    lock: LockChanges


def preview(
    library: Library, root: Path, revision: str, target: Path, pull_request: int | None, report: Report
) -> Preview:
    """Build the studies whose files differ from those at a revision of git, there and here; say what changes.

    Every snapshot of them must be had here; there, what cannot be had or read is named in the comment and not
    compared. Code is this checkout's for both, so that what changes is the data's doing. Lines of links.lock
    are compared, too, and what it freezes both there and here is no change. Raises as `pipeline.build` does.
    """
    for part in (SITE, BEFORE):
        check_target(target / part)
        if (target / part).exists():
            shutil.rmtree(target / part)
    with tempfile.TemporaryDirectory(prefix="alignboard-") as scratch:
        base, here = Path(scratch, "base"), Path(scratch, "here")
        base.mkdir()
        here.mkdir()
        old = replace(library, studies=(), snapshots_root=base / "data" / "snapshots")
        problems: list[Problem] = []
        lock, frozen = _locked(root, revision, base)
        if checkout(root, revision, "data", base) and (base / "data" / "studies").is_dir():
            old, problems = read_library(
                base, cache=library.cache, mirror=library.mirror, offline=library.offline
            )
        lost = _Lost(base, _unreadable(base, old, problems))
        differing = tuple(_differing(old, library))
        # A preview publishes nothing, so that neither side is held to the lock file in the project's root.
        (here / "data").symlink_to((root / "data").absolute())
        new = replace(library, snapshots_root=here / "data" / "snapshots")
        after = _build(new, differing, target / SITE, report)
        before = _build_old(old, differing, target / BEFORE, lost)
        found = keep_frozen(lost.without(compare_sites(before, after)), frozen)
        text = comment(found, lock=lock) + lost.told()
    folder = target / COMMENT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TEXT).write_text(text, encoding="utf-8")
    if pull_request is not None:
        (folder / NUMBER).write_text(f"{pull_request}\n", encoding="utf-8")
    return Preview(differing, folder / TEXT, lock)


def _locked(root: Path, revision: str, base: Path) -> tuple[LockChanges, dict[str, set[str]]]:
    """What changes in links.lock since a revision, and the snapshots of each study that stay frozen.

    The revision's is written below `base`. Raises DataError where the one at `root` cannot be read.
    """
    new = read_lock(root)
    checkout(root, revision, FILE, base)
    try:
        old = read_lock(base)
    except DataError as error:
        return LockChanges(unread=_words(error.problems[0], base)), {}
    return compare_locks(old, new), frozen_in_both(old, new)


def _differing(old: Library, new: Library) -> Iterator[str]:
    """Ids of the studies whose files are not the same in both, or that only one has."""
    before = {study.id: _fingerprint(old, study.id) for study in old.studies}
    after = {study.id: _fingerprint(new, study.id) for study in new.studies}
    for study in sorted({*before, *after}):
        if before.get(study) != after.get(study):
            yield study


def _fingerprint(library: Library, study_id: str) -> dict[str, str]:
    """Path -> SHA-256 of every file of the project that a study is made of."""
    study = library.study(study_id)
    folders = (library.snapshots_root / study_id, library.own_files(study))
    files = [
        study.path,
        *(file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()),
    ]
    data = library.snapshots_root.parent
    return {
        file.absolute().relative_to(data.absolute()).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def _build(library: Library, studies: tuple[str, ...], target: Path, report: Report) -> Path | None:
    """Those of the studies that the library has, whole; None where it has none."""
    chosen = tuple(study for study in library.studies if study.id in studies)
    if not chosen:
        return None
    required = tuple(study.id for study in chosen)
    options = BuildOptions(target, require=required, kept=library.cache / BUILT)
    build(replace(library, studies=chosen), options, report)
    return target


def _build_old(library: Library, studies: tuple[str, ...], target: Path, lost: _Lost) -> Path | None:
    """Those of the studies that can be had, one after the other; None where none can."""
    for study in library.studies:
        if study.id not in studies:
            continue
        skipped: list[Skipped] = []

        def note(line: Built | Skipped, skipped: list[Skipped] = skipped) -> None:
            if isinstance(line, Skipped):
                skipped.append(line)

        try:
            if library.snapshots(study):
                build(library, BuildOptions(target, study=study.id, kept=library.cache / BUILT), note)
        except BuildError:
            if not skipped:  # else none of its snapshots could be had
                raise
        except (DataError, SourceError) as error:
            lost.studies[study.id] = error.problems[0]
        lost.snapshots += [(line.study, line.snapshot) for line in skipped]
    return target if target.exists() else None


def _unreadable(base: Path, old: Library, problems: list[Problem]) -> dict[str, Problem]:
    """Study -> what was wrong with its file, which is named by the study's id."""
    read = {study.id for study in old.studies}
    found = {}
    for file in sorted((base / "data" / "studies").glob("*.toml")):
        if file.stem not in read:
            of_file = (one for one in problems if one.where.startswith(str(file)))
            found[file.stem] = next(of_file, Problem(str(file), "cannot be read."))
    return found


@dataclass
class _Lost:
    """What stood at the revision and cannot be compared: nothing of it is called new."""

    base: Path
    """Where the revision was written, a path that no one else knows."""
    studies: dict[str, Problem]
    snapshots: list[tuple[str, str]] = field(default_factory=list)

    def without(self, found: Sequence[StudyChanges]) -> Iterator[StudyChanges]:
        """What was found, but for that."""
        for one in found:
            if one.study in self.studies:
                continue
            ids = {snapshot for study, snapshot in self.snapshots if study == one.study}
            steps = tuple(step for step in one.steps if step.after.snapshot not in ids)
            known = replace(one, is_new=one.is_new and not ids, steps=steps)
            if known.is_any:
                yield known

    def told(self) -> str:
        """As Markdown; empty where it is nothing."""
        if not self.studies and not self.snapshots:
            return ""
        told = [
            f"{name(study)} ({harmless(_words(problem, self.base))})"
            for study, problem in self.studies.items()
        ]
        told += [
            f"{name(study)} {name(snapshot)}"
            for study, snapshot in self.snapshots
            if study not in self.studies
        ]
        return f"\nNot compared, for they could not be had as they were: {some(told)}.\n"


def _words(problem: Problem, base: Path) -> str:
    """What is wrong, in few words that do not say where the revision was written."""
    text = f"{problem.where}: {problem.what}".replace(f"{base}/", "").rstrip(".")
    return text if len(text) <= MOST_OF_PROBLEM else f"{text[: MOST_OF_PROBLEM - 1]}\N{HORIZONTAL ELLIPSIS}"
