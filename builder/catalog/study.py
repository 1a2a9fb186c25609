"""A study's TOML file as a validated value."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from builder.catalog.specs import (
    DataTerms,
    MetricSpec,
    ModelGroupsSpec,
    OriginSpec,
    SelectionSpec,
    SnapshotSpec,
    SourceSpec,
    StudyFile,
    ViewSpec,
    schema_problems,
)
from builder.catalog.tree import Group, Metric, MetricTree
from builder.errors import DataError, Problem
from builder.names import STUDY_ID, did_you_mean


@dataclass(frozen=True)
class Study:
    """One leaderboard: its metric tree, selections, sources and texts.

    `tree` is the tree of today; a snapshot carries the tree of its own day.
    """

    path: Path
    file: StudyFile
    tree: MetricTree

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def title(self) -> str:
        return self.file.title

    @property
    def summary(self) -> str:
        return self.file.summary

    @property
    def authors(self) -> tuple[str, ...]:
        """Who is named as the author of its rankings."""
        return self.file.authors

    @property
    def doi(self) -> str:
        """The DOI of the published site, if it has one."""
        return self.file.doi

    def doi_of(self, snapshot_id: str) -> str:
        """The DOI of one snapshot's release; the published site's where it has none of its own."""
        return self.file.dois.get(snapshot_id) or self.doi

    @property
    def simulated(self) -> bool:
        return self.file.simulated

    @property
    def models_are(self) -> str:
        """The plural noun for what is ranked: "models", "observers", ..."""
        return self.file.models_are

    @property
    def data(self) -> DataTerms:
        return self.file.data

    @property
    def default_view(self) -> ViewSpec:
        return self.file.default_view

    @property
    def model_groups(self) -> ModelGroupsSpec | None:
        """By which attribute models are put into two groups; None where the study names none."""
        return self.file.model_groups

    @property
    def snapshots(self) -> tuple[SnapshotSpec, ...]:
        return self.file.snapshots

    @cached_property
    def selections(self) -> dict[str, SelectionSpec]:
        return self.file.selections

    def given_metrics(self, origin: OriginSpec) -> tuple[str, ...]:
        """Metric ids that an origin of a joined snapshot gives, in tree order."""
        kept = set().union(*(_matches(entry, self.tree) for entry in origin.gives))
        return tuple(metric for metric in self.tree.metric_ids if metric in kept)

    def selected_metrics(self, selection: str, tree: MetricTree) -> tuple[str, ...]:
        """Metric ids of a selection that `tree` has, in tree order, before any coverage threshold."""
        spec = self.selections[selection]
        kept: set[str] = set()
        for entry in spec.metrics:
            kept |= _matches(entry, tree)
        for entry in spec.without:
            kept -= _matches(entry, tree)
        return tuple(metric for metric in tree.metric_ids if metric in kept)


def load_study(path: Path) -> Study:
    """Read and validate one study file.

    Raises DataError with every problem found: file, key, and what to do.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(Problem(str(path), f"is not UTF-8 text ({error}).", "Save it as UTF-8.")) from None
    except ValueError as error:  # also a number of too many digits
        raise DataError(Problem(str(path), f"is not valid TOML: {error}.")) from None
    except RecursionError:
        raise DataError(Problem(str(path), "is not valid TOML: it is nested too deep.")) from None
    except OSError as error:
        raise DataError(Problem(str(path), f"cannot be read: {error.strerror}.")) from None
    try:
        file = StudyFile.model_validate(raw)
    except ValidationError as error:
        raise DataError(schema_problems(path, error)) from None
    problems = []
    if path.stem != file.id:
        what = f"is '{file.id}', but the file is '{path.name}'."
        problems.append(Problem(f"{path}: key 'id'", what, f"Name the file '{file.id}.toml'."))
    tree, faults = _build_tree(file)
    problems += [Problem(f"{path}: key '{key}'", what, remedy) for key, what, remedy in faults]
    if tree is None:
        raise DataError(problems)
    study = Study(path, file, tree)
    problems += [
        Problem(f"{path}: key '{key}'", what, remedy) for key, what, remedy in _reference_faults(study)
    ]
    if problems:
        raise DataError(problems)
    return study


def _matches(entry: str, tree: MetricTree) -> set[str]:
    if entry.startswith("group:"):
        group = entry.removeprefix("group:")
        return set(tree.leaves(group)) if tree.is_group(group) else set()
    if "*" in entry or "?" in entry:
        return {metric for metric in tree.metric_ids if fnmatch.fnmatchcase(metric, entry)}
    return {entry} & set(tree.metric_ids)


Fault = tuple[str, str, str]


def _build_tree(file: StudyFile) -> tuple[MetricTree | None, list[Fault]]:
    parent_of, faults = _parents(file)
    nodes: list[Group | Metric] = []
    for child, parent in parent_of.items():
        if child in file.groups:
            spec = file.groups[child]
            nodes.append(Group(child, spec.name or child, parent, spec.role, spec.reference))
            continue
        said = file.metrics.get(child, MetricSpec())
        direction = file.higher_is_better if said.higher_is_better is None else said.higher_is_better
        if direction is None:
            what = "is not said, and the study says none for all."
            remedy = "Add 'higher_is_better' to the metric or to the top of the file."
            faults.append((f"metrics.{child}.higher_is_better", what, remedy))
        nodes.append(Metric(child, said.name or child, parent, bool(direction), said.reference))
    metrics = [node for node in nodes if isinstance(node, Metric)]
    known = [metric.id for metric in metrics]
    faults += [
        (f"metrics.{key}", "is a metric that the metric tree does not have.", did_you_mean(key, known))
        for key in file.metrics
        if key not in known
    ]
    faults += _name_faults(metrics)
    if faults:
        return None, faults
    try:
        tree = MetricTree.ordered(nodes)
    except ValueError as error:
        return None, [("tree", f"{error}.", "Correct the children of the groups.")]
    return tree, _role_faults(tree)


def _parents(file: StudyFile) -> tuple[dict[str, str], list[Fault]]:
    """The parent of each node, in the order of the file; the first that names a node has it."""
    parent_of: dict[str, str] = {}
    again: list[tuple[str, str]] = []
    for parent, children in [("", file.tree), *((key, spec.children) for key, spec in file.groups.items())]:
        for child in children:
            if child in parent_of:
                again.append((parent, child))
            else:
                parent_of[child] = parent
    faults: list[Fault] = []
    for parent, child in again:
        place = f"groups.{parent}.children" if parent else "tree"
        what = f"names '{child}', which stands in '{parent_of[child] or 'tree'}' already."
        if child in _above(parent, parent_of):
            what = f"names '{child}', which is or holds this group: the metric tree has a cycle."
        faults.append((place, what, "Give every node one parent."))
    faults += [
        (f"groups.{key}", "is in no group's children and not in 'tree'.", "Name it in one, or remove it.")
        for key in file.groups
        if key not in parent_of
    ]
    return parent_of, faults


def _above(node: str, parent_of: dict[str, str]) -> set[str]:
    """The node and every group above it; a cycle ends the walk."""
    found: set[str] = set()
    while node and node not in found:
        found.add(node)
        node = parent_of.get(node, "")
    return found


def _name_faults(metrics: list[Metric]) -> list[Fault]:
    """Charts tell metrics apart by name, so no two may share one."""
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for metric in metrics:
        other = first.setdefault(metric.name, metric.id)
        if other != metric.id:
            what = f"'{metric.name}' is the name of '{other}' too."
            faults.append((f"metrics.{metric.id}.name", what, "Give every metric its own name."))
    return faults


def _role_faults(tree: MetricTree) -> list[Fault]:
    """The overall score is the mean of the groups with a role, so none may hold another."""
    remedy = "Give a role to one of them."
    return [
        (f"groups.{group}.role", f"has a role inside '{above}', which has one too.", remedy)
        for group in tree.role_groups
        for above in tree.path(group)[:-1]
        if above in tree.role_groups
    ]


def _reference_faults(study: Study) -> list[Fault]:
    faults: list[Fault] = []
    for name, spec in study.selections.items():
        faults += _selection_faults(name, spec, study.tree)
    selection = study.default_view.selection
    if selection not in study.selections:
        remedy = did_you_mean(selection, list(study.selections))
        faults.append(("default_view.selection", f"'{selection}' is not a selection.", remedy))
    seen: set[str] = set()
    for position, snapshot in enumerate(study.snapshots):
        faults += _snapshot_faults(position, snapshot, seen)
        faults += _origin_faults(position, snapshot, study)
        seen.add(snapshot.snapshot_id)
    return faults


def _selection_faults(name: str, spec: SelectionSpec, tree: MetricTree) -> list[Fault]:
    faults: list[Fault] = []
    if not re.fullmatch(STUDY_ID, name):
        remedy = "Use lower-case letters, digits and hyphens."
        faults.append((f"selections.{name}", "is no name for an address.", remedy))
    for key, entries in (("metrics", spec.metrics), ("without", spec.without)):
        for entry in entries:
            if _matches(entry, tree):
                continue
            bare = entry.removeprefix("group:")
            known = [g.id for g in tree.groups] if entry != bare else list(tree.metric_ids)
            what = f"selection '{name}' names '{entry}', which the metric tree does not have."
            faults.append((f"selections.{name}.{key}", what, did_you_mean(bare, known)))
    return faults


def _snapshot_faults(position: int, snapshot: SnapshotSpec, seen: set[str]) -> list[Fault]:
    faults: list[Fault] = []
    if snapshot.snapshot_id in seen:
        what = f"a second snapshot '{snapshot.snapshot_id}'."
        faults.append((f"snapshots.{position}", what, "Give one of them an 'id': its date and a word."))
    if not snapshot.snapshot_id.startswith(snapshot.date.isoformat()):
        what = f"'{snapshot.snapshot_id}' does not begin with its date."
        faults.append((f"snapshots.{position}.id", what, f"Begin it with '{snapshot.date.isoformat()}'."))
    faults += _part_faults(f"snapshots.{position}", snapshot.sources)
    return faults


def _part_faults(place: str, sources: tuple[SourceSpec, ...]) -> list[Fault]:
    parts = Counter(source.part for source in sources)
    return [
        (f"{place}.sources", f"{times} sources are the part '{part}'.", "Give every source its own part.")
        for part, times in sorted(parts.items())
        if times > 1
    ]


def _origin_faults(position: int, snapshot: SnapshotSpec, study: Study) -> list[Fault]:
    """Origins have names of their own, and each metric of the tree comes from one of them."""
    faults: list[Fault] = []
    given: dict[str, str] = {}
    for at, origin in enumerate(snapshot.origins):
        place = f"snapshots.{position}.origins.{at}"
        faults += _part_faults(place, origin.sources)
        if origin.name in [one.name for one in snapshot.origins[:at]]:
            faults.append((f"{place}.name", f"a second origin '{origin.name}'.", "Give it another name."))
        faults += [
            (f"{place}.gives", f"'{entry}' is nothing that the metric tree has.", "Correct or remove it.")
            for entry in origin.gives
            if not _matches(entry, study.tree)
        ]
        for metric in study.given_metrics(origin):
            other = given.setdefault(metric, origin.name)
            if other != origin.name:
                what = f"metric '{metric}' is given by '{other}' too."
                faults.append((f"{place}.gives", what, "Let one origin give it."))
    if snapshot.origins:
        faults += [
            (
                f"snapshots.{position}.origins",
                f"no origin gives '{metric}'.",
                "Add it to a 'gives'.",
            )
            for metric in study.tree.metric_ids
            if metric not in given
        ]
    return faults
