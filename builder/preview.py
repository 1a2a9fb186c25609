"""What a change of data would publish: the studies that differ, built as they were and as they would be."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from builder.cache.store import BUILT
from builder.catalog.library import Library, read_library
from builder.changes.comment import comment
from builder.changes.compare import compare_sites
from builder.changes.names import name, some
from builder.errors import BuildError
from builder.github.comment import NUMBER, TEXT
from builder.github.run import checkout
from builder.pipeline import BuildOptions, Report, build
from builder.site.swap import check_target
from builder.summary import Skipped

SITE, BEFORE, COMMENT = "site", "before", "comment"


@dataclass(frozen=True)
class Preview:
    """What was built: the sites lie in `site` and `before`, the comment in `comment` below the target."""

    studies: tuple[str, ...]
    """Those whose files differ."""
    comment: Path


def preview(
    library: Library, root: Path, revision: str, target: Path, pull_request: int | None, report: Report
) -> Preview:
    """Build the studies whose files differ from those at a revision of git, there and here; say what changes.

    Every snapshot of them must be had here; there, one that cannot be had is named in the comment. Code is
    this checkout's for both, so that what changes is the data's doing. Raises as `pipeline.build` does.
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
        if checkout(root, revision, "data", base) and (base / "data" / "studies").is_dir():
            found, _ = read_library(base, cache=library.cache, mirror=library.mirror, offline=library.offline)
            old = found
        differing = tuple(_differing(old, library))
        # A preview publishes nothing, so that neither side is held to the lock file in the project's root.
        (here / "data").symlink_to((root / "data").absolute())
        new = replace(library, snapshots_root=here / "data" / "snapshots")
        after = _build(new, differing, target / SITE, report, require=True)
        skipped: list[Skipped] = []

        def note(line: object) -> None:
            if isinstance(line, Skipped):
                skipped.append(line)

        before = _build(old, differing, target / BEFORE, note, require=False)
    text = comment(compare_sites(before, after)) + _not_compared(skipped)
    folder = target / COMMENT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TEXT).write_text(text, encoding="utf-8")
    if pull_request is not None:
        (folder / NUMBER).write_text(f"{pull_request}\n", encoding="utf-8")
    return Preview(differing, folder / TEXT)


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


def _build(
    library: Library, studies: tuple[str, ...], target: Path, report: Report, *, require: bool
) -> Path | None:
    """Those of the studies that the library has; None where it has none, or none of them can be had."""
    chosen = tuple(study for study in library.studies if study.id in studies)
    with_snapshots = tuple(study for study in chosen if require or library.snapshots(study))
    if not with_snapshots:
        return None
    required = tuple(study.id for study in with_snapshots) if require else ()
    try:
        options = BuildOptions(target, require=required, kept=library.cache / BUILT)
        build(replace(library, studies=with_snapshots), options, report)
    except BuildError:
        if require:
            raise
        return None
    return target


def _not_compared(skipped: list[Skipped]) -> str:
    if not skipped:
        return ""
    told = some([f"{name(line.study)} {name(line.snapshot)}" for line in skipped])
    return f"\nNot compared, for they could not be had as they were: {told}.\n"
