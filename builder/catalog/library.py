"""The studies of a project, their snapshots in order, and how each snapshot is had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from builder.catalog import package
from builder.catalog.aliases import FILE, Aliases, read_aliases
from builder.catalog.fetch import Progress, fetch_snapshot
from builder.catalog.joining import Part, join
from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study, load_study
from builder.errors import AlignboardError, DataError, Problem, SourceError
from builder.names import did_you_mean
from builder.reductions.engines import ON_THIS_MACHINE, Engine

MOST_EARLIER = 11
"""Older snapshots of its study that the history of one looks back on."""


@dataclass(frozen=True)
class SnapshotRef:
    """A snapshot that a study has, not yet read: a Data Package folder, or pinned sources."""

    study: Study
    id: str
    date: dt.date
    position: int
    """Among the study's snapshots, oldest first."""
    folder: Path | None = None
    spec: SnapshotSpec | None = None
    corrects: str = ""
    """Id of the snapshot that this one corrects; empty for none."""
    note: str = ""
    """What was wrong with that one."""


@dataclass(frozen=True)
class Earlier:
    """An older snapshot of a study; or why it cannot be had, as a sentence."""

    id: str
    snapshot: Snapshot | None
    why: str = ""


@dataclass(frozen=True)
class Library:
    """Every study under data/studies, and where their files come from.

    `cache` holds fetched files by SHA-256; `mirror` is a directory HOST/PATH or None; `offline` means that
    neither is filled from the network; `engine` is where trials are counted.
    """

    studies: tuple[Study, ...]
    snapshots_root: Path
    cache: Path
    mirror: Path | None = None
    offline: bool = False
    engine: Engine = ON_THIS_MACHINE

    @property
    def root(self) -> Path:
        """The project."""
        return self.snapshots_root.parents[1]

    def study(self, study_id: str) -> Study:
        """The study of that id. Raises DataError, naming those there are."""
        for study in self.studies:
            if study.id == study_id:
                return study
        known = [study.id for study in self.studies]
        raise DataError(
            Problem(f"study '{study_id}'", "is not in data/studies.", did_you_mean(study_id, known))
        )

    def snapshots(self, study: Study) -> list[SnapshotRef]:
        """A study's snapshots, oldest first; those of one date in the order of the study file.

        Raises DataError where two have one name, or one corrects what it cannot.
        """
        found: list[tuple[dt.date, int, str, Path | None, SnapshotSpec | None]] = [
            (spec.date, position, spec.snapshot_id, None, spec)
            for position, spec in enumerate(study.snapshots)
        ]
        pinned = {entry[2] for entry in found}
        for folder in package.list_snapshots(self.snapshots_root, study.id):
            if folder.name in pinned:
                raise DataError(
                    Problem(
                        str(folder), f"{study.path} has a pinned snapshot of that name too.", "Remove one."
                    )
                )
            found.append((_folder_date(folder), -1, folder.name, folder, None))
        found.sort(key=lambda entry: entry[:3])
        refs = []
        for index, (date, _, name, place, spec) in enumerate(found):
            corrects, note = _correction(place, spec)
            refs.append(SnapshotRef(study, name, date, index, place, spec, corrects, note))
        problems = _correction_problems(study, refs)
        if problems:
            raise DataError(problems)
        return refs

    def choose(self, study_id: str = "", snapshot_id: str = "") -> list[SnapshotRef]:
        """The snapshots of all studies, of one, or one snapshot. Raises DataError for an unknown one."""
        studies = [self.study(study_id)] if study_id else list(self.studies)
        refs = [ref for study in studies for ref in self.snapshots(study)]
        if snapshot_id:
            known = [ref.id for ref in refs]
            refs = [ref for ref in refs if ref.id == snapshot_id]
            if not refs:
                where = f"snapshot '{snapshot_id}'"
                raise DataError(Problem(where, "is not there.", did_you_mean(snapshot_id, known)))
        if not refs:
            raise DataError(
                Problem(
                    study_id or str(self.snapshots_root),
                    "has no snapshot.",
                    "Add one below data/snapshots, or pin sources in the study file.",
                )
            )
        return refs

    def load(self, ref: SnapshotRef, progress: Progress | None = None) -> Snapshot:
        """Read a snapshot, fetching its sources where it has some. Raises DataError or SourceError."""
        snapshot = self._had(ref, progress)
        problems = _attribute_problems(ref.study, snapshot)
        if problems:
            raise DataError(problems)
        return replace(snapshot, corrects=ref.corrects, note=ref.note)

    def _had(self, ref: SnapshotRef, progress: Progress | None) -> Snapshot:
        if ref.folder is not None:
            return package.read_snapshot(ref.folder, ref.study)
        if ref.spec is None:
            raise ValueError(f"snapshot '{ref.id}' has neither a folder nor sources")
        if ref.spec.origins:
            return join(ref.study, ref.spec, self.parts(ref, progress), self.aliases(ref.study))
        return self._read(ref.study, ref.spec, progress)

    def before(self, ref: SnapshotRef, most: int = MOST_EARLIER) -> list[SnapshotRef]:
        """The last `most` snapshots of its study before one, oldest first.

        One that another of them corrects is left out.
        """
        before = self.snapshots(ref.study)[: ref.position]
        corrected = {older.corrects for older in before}
        return [one for one in before if one.id not in corrected][-most:]

    def earlier(self, ref: SnapshotRef, most: int = MOST_EARLIER) -> list[Earlier]:
        """The snapshots of `before`, read; fetched where need be."""
        found = []
        for older in self.before(ref, most):
            try:
                found.append(Earlier(older.id, self.load(older)))
            except AlignboardError as error:
                found.append(Earlier(older.id, None, _public(error.problems[0])))
        return found

    def parts(self, ref: SnapshotRef, progress: Progress | None = None) -> list[Part]:
        """What each origin of a joined snapshot gives, before they are joined; none where it has no origins.

        Raises DataError with the problems of all origins, or SourceError.
        """
        found: list[Part] = []
        problems: list[Problem] = []
        for origin in ref.spec.origins if ref.spec else ():
            metrics = ref.study.given_metrics(origin)
            study = replace(ref.study, tree=ref.study.tree.restrict(metrics))
            try:
                part = self._read(study, ref.spec.of_origin(origin), progress)  # type: ignore[union-attr]
            except DataError as error:
                problems += error.problems
            else:
                found.append(Part(origin.name, part, metrics))
        if problems:
            raise DataError(problems)
        return found

    def aliases(self, study: Study) -> Aliases:
        """The study's aliases.csv. Raises DataError with every problem of it."""
        origins = {origin.name: None for spec in study.snapshots for origin in spec.origins}
        return read_aliases(self.alias_file(study), list(origins))

    def alias_file(self, study: Study) -> Path:
        """Where a study's aliases lie, whether they are there or not."""
        return self.own_files(study) / FILE

    def own_files(self, study: Study) -> Path:
        """Where files of the project's own that a study's sources name lie."""
        return self.snapshots_root.parent / "sources" / study.id

    def _read(self, study: Study, spec: SnapshotSpec, progress: Progress | None) -> Snapshot:
        adapter = ADAPTERS.get(spec.adapter)
        if adapter is None:
            known = did_you_mean(spec.adapter, list(ADAPTERS))
            where = f"{study.path}: key 'snapshots.adapter'"
            raise DataError(Problem(where, f"there is no adapter '{spec.adapter}'.", known))
        files = self._fetch(study, spec, progress)
        if adapter.read_on is not None:
            snapshot = adapter.read_on(self.engine, study, spec, files)
        else:
            snapshot = adapter.read(study, spec, files)
        by = f"{spec.adapter} {adapter.version}"
        return replace(snapshot, sources=tuple(replace(source, adapter=by) for source in snapshot.sources))

    def fetch(self, ref: SnapshotRef, progress: Progress | None = None) -> list[Path]:
        """The files of a snapshot's pinned sources; none for an embedded one. Raises SourceError."""
        if ref.spec is None:
            return []
        specs = [ref.spec.of_origin(origin) for origin in ref.spec.origins] or [ref.spec]
        return [path for spec in specs for path in self._fetch(ref.study, spec, progress).values()]

    def _fetch(self, study: Study, spec: SnapshotSpec, progress: Progress | None) -> dict[str, Path]:
        """The files of the sources of one adapter, by part."""
        return fetch_snapshot(
            spec,
            cache=self.cache,
            mirror=self.mirror,
            offline=self.offline,
            progress=progress,
            local=self.own_files(study),
        )

    def problems(self) -> tuple[list[Problem], list[tuple[SnapshotRef, str]], list[tuple[SnapshotRef, str]]]:
        """Read every snapshot: what is wrong, which are right (with their digest), which not had and why."""
        wrong: list[Problem] = []
        right: list[tuple[SnapshotRef, str]] = []
        absent: list[tuple[SnapshotRef, str]] = []
        for study in self.studies:
            try:
                refs = self.snapshots(study)
            except DataError as error:
                wrong += error.problems
                continue
            for ref in refs:
                try:
                    digest = package.data_digest(self.load(ref))
                except SourceError as error:
                    absent.append((ref, str(error)))
                except DataError as error:
                    wrong += error.problems
                else:
                    right.append((ref, digest))
        return wrong, right, absent


def open_library(root: Path, *, cache: Path, mirror: Path | None = None, offline: bool = False) -> Library:
    """The library of the project at `root`. Raises DataError with the problems of every study file."""
    library, problems = read_library(root, cache=cache, mirror=mirror, offline=offline)
    if problems:
        raise DataError(problems)
    return library


def read_library(
    root: Path, *, cache: Path, mirror: Path | None = None, offline: bool = False
) -> tuple[Library, list[Problem]]:
    """The library with the studies that can be read, and what is wrong with the others."""
    folder = root / "data" / "studies"
    if not folder.is_dir():
        raise DataError(
            Problem(
                str(folder), "is not a directory.", "Run from the project's root, or name it with --root."
            )
        )
    if mirror is not None and not mirror.is_dir():
        raise SourceError(
            Problem(str(mirror), "the mirror is not a directory.", "Name one laid out HOST/PATH.")
        )
    studies, problems = _read_studies(sorted(folder.glob("*.toml")))
    return Library(tuple(studies), root / "data" / "snapshots", cache, mirror, offline), problems


def _read_studies(paths: Iterable[Path]) -> tuple[list[Study], list[Problem]]:
    studies: list[Study] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            studies.append(load_study(path))
        except AlignboardError as error:
            problems += error.problems
    return studies, problems


def _public(problem: Problem) -> str:
    """A problem as a page may say it: without the paths of this machine."""
    if problem.where.startswith(("https://", "http://")):
        return f"{problem.where} {problem.what}"
    return "Its files cannot be read."


def _attribute_problems(study: Study, snapshot: Snapshot) -> list[Problem]:
    """Whether the models have the attribute that the study groups them by."""
    known = [str(name) for name in snapshot.models.columns if name not in {"id", "name"}]
    if study.model_groups is None or study.model_groups.by in known:
        return []
    what = f"'{study.model_groups.by}' is no attribute of the models of snapshot '{snapshot.id}'."
    remedy = did_you_mean(study.model_groups.by, known)
    return [Problem(f"{study.path}: key 'model_groups.by'", what, remedy)]


def _correction(folder: Path | None, spec: SnapshotSpec | None) -> tuple[str, str]:
    """What a snapshot corrects, and what was wrong; a folder that is not packed yet corrects nothing."""
    if spec is not None:
        return spec.corrects or "", spec.note.strip()
    if folder is None or not (folder / package.DESCRIPTOR).is_file():
        return "", ""
    try:
        return package.correction_of(folder)
    except DataError:  # said where the snapshot is read
        return "", ""


def _correction_problems(study: Study, refs: list[SnapshotRef]) -> list[Problem]:
    """A correction is of one older snapshot of its date, which no other corrects; DOIs are of snapshots."""
    problems = []
    corrected: dict[str, str] = {}
    for ref in refs:
        if not ref.corrects:
            continue
        where = f"{ref.folder or study.path}: snapshot '{ref.id}'"
        older = {one.id: one for one in refs[: ref.position]}
        if ref.corrects not in older or older[ref.corrects].date != ref.date:
            what = f"corrects '{ref.corrects}', which is no older snapshot of {ref.date}."
            known = [name for name, one in older.items() if one.date == ref.date]
            problems.append(Problem(where, what, did_you_mean(ref.corrects, known)))
        elif ref.corrects in corrected:
            what = f"corrects '{ref.corrects}', as '{corrected[ref.corrects]}' does."
            problems.append(Problem(where, what, f"Correct '{corrected[ref.corrects]}' instead."))
        corrected.setdefault(ref.corrects, ref.id)
    known = [ref.id for ref in refs]
    problems += [
        Problem(f"{study.path}: key 'dois.{name}'", "is no snapshot.", did_you_mean(name, known))
        for name in study.file.dois
        if name not in known
    ]
    return problems


def _folder_date(folder: Path) -> dt.date:
    try:
        return dt.date.fromisoformat(folder.name[:10])
    except ValueError:
        raise DataError(
            Problem(str(folder), "does not begin with a date.", "Name a snapshot like 2025-05-07.")
        ) from None
