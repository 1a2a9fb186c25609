"""Brain-Score's whole score history: one JSON document, from which the snapshot of any date is made.

The site serves it at `/vision/compare/data/` (and `/language/...`). Of the snapshot's date are: the models
submitted by the end of that day (UTC); of each benchmark the version that was valid then; and of its scores
those of that version that were finished by then, the last one where it was run again. A score without a
number (null or "NaN") is failed, one that is not there is missing. Versions are never mixed: a benchmark of
which no version was valid is no metric of the snapshot.

The metric tree is that of the document, which grows; names, roles and references are the study's where it
knows the node. Inner nodes that are groups of the tree give `published` values.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError

from builder.catalog.cells import raise_problems, shown
from builder.catalog.json_text import Bare, Filled, parse_json
from builder.catalog.snapshot import FAILED, SCORED, Snapshot
from builder.catalog.sources.frames import (
    NothingYetError,
    PublishedCell,
    ScoreCell,
    file_name,
    make_snapshot,
)
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.catalog.tree import Group, Metric, MetricTree
from builder.errors import DataError, Problem
from builder.names import model_ids


def _utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("the moment is before the first or after the last year") from None


Moment = Annotated[dt.datetime, AfterValidator(_utc)]
"""A moment that names no zone is of UTC."""

Number = Annotated[float, Strict()]
"""Neither text that looks like a number nor a truth value."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Version(_Part):
    version: int
    identifier: str = ""
    valid_from: Moment
    valid_to: Moment | None = None


class _Benchmark(_Part):
    id: str = Field(min_length=1)
    type_id: Filled
    label: Bare = ""
    parent_id: str | None = None
    is_leaf: bool
    versions: tuple[_Version, ...]


class _Score(_Part):
    version: int
    value: Number | Literal["NaN"] | None
    error: Number | Literal["NaN"] | None = None
    timestamp: Moment


class _Model(_Part):
    id: int | Filled
    name: Filled
    submission_timestamp: Moment
    scores: dict[str, tuple[_Score, ...]]


class _Document(_Part):
    domain: str
    benchmarks: tuple[_Benchmark, ...] = Field(min_length=1)
    models: tuple[_Model, ...] = Field(min_length=1)


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot as of `spec.date`; its one source has no `part`.

    Raises DataError with every problem of the document, and where nothing had been submitted by that date.
    """
    where = file_name(study, spec, spec.sources[0])
    if list(parts) != [""]:
        raise DataError(Problem(where, "is read from one source without a 'part'.", "Correct the study."))
    document = _parse(parts[""], where)
    raise_problems(list(_inconsistencies(document, where)), where)
    until = dt.datetime.combine(spec.date + dt.timedelta(days=1), dt.time(), dt.UTC)
    valid = _valid_versions(document, until)
    models = [model for model in document.models if model.submission_timestamp < until]
    leaves = [one for one in document.benchmarks if one.is_leaf and one.type_id in valid]
    if not models or not leaves:
        what = "model had been submitted" if not models else "benchmark was valid"
        raise NothingYetError(Problem(where, f"no {what} by {spec.date}.", "Give the snapshot a later date."))
    tree = _tree(study, document, valid, where)
    ids = model_ids([model.name for model in models], [str(model.id) for model in models])
    metrics = set(tree.metric_ids)
    scores: list[ScoreCell] = []
    published: list[PublishedCell] = []
    for model_id, model in zip(ids, models, strict=True):
        for type_id, version in valid.items():
            last = _last(model.scores.get(type_id, ()), version, until)
            if last is None:
                continue
            value, state = _number(last.value)
            if type_id in metrics:
                error = _number(last.error)[0] if state == SCORED else math.nan
                date = last.timestamp.date().isoformat()
                scores.append(ScoreCell(model_id, type_id, value, state, error, date))
            elif tree.is_group(type_id) and state == SCORED:
                published.append((model_id, type_id, value))
    columns = {
        "id": ids,
        "name": [model.name for model in models],
        "source_id": [str(model.id) for model in models],
        "submitted": [model.submission_timestamp.date().isoformat() for model in models],
    }
    return make_snapshot(replace(study, tree=tree), spec, columns, scores, published)


def _parse(path: Path, where: str) -> _Document:
    try:
        raw = parse_json(path.read_bytes())
    except UnicodeDecodeError:
        raise DataError(Problem(where, "is not UTF-8 text.", "Fetch it again.")) from None
    except ValueError as error:
        raise DataError(Problem(where, f"is not JSON ({error}).", "Fetch it again.")) from None
    except OSError as error:
        raise DataError(Problem(where, f"cannot be read: {error.strerror}.")) from None
    try:
        return _Document.model_validate(raw)
    except ValidationError as error:
        problems = [
            Problem(
                f"{where}: {'.'.join(str(step) for step in one['loc']) or 'the document'}",
                f"{one['msg']}, but it is {shown(repr(one['input']))}.",
            )
            for one in error.errors()
        ]
        raise_problems(problems, where)
        raise


def _inconsistencies(document: _Document, where: str) -> Iterable[Problem]:
    kinds = Counter(one.type_id for one in document.benchmarks)
    for type_id, times in kinds.items():
        if times > 1:
            yield Problem(f"{where}: benchmarks", f"'{shown(type_id)}' stands {times} times.", "Keep one.")
    for model_id, times in Counter(str(model.id) for model in document.models).items():
        if times > 1:
            yield Problem(f"{where}: models", f"id '{shown(model_id)}' stands {times} times.", "Keep one.")
    for position, model in enumerate(document.models):
        for type_id in model.scores:
            if type_id not in kinds:
                place = f"{where}: models.{position}.scores"
                yield Problem(place, f"'{shown(type_id)}' is no benchmark of the document.", "Add it.")
        for type_id, listed in model.scores.items():
            for one in listed:
                if any(isinstance(number, float) and math.isinf(number) for number in (one.value, one.error)):
                    place = f"{where}: models.{position}.scores.{shown(type_id)}"
                    yield Problem(place, "is not a finite number.", "Write null where there is none.")


def _valid_versions(document: _Document, until: dt.datetime) -> dict[str, int]:
    """Benchmark -> the version valid at the end of the day; the newest where several are."""
    found: dict[str, int] = {}
    for benchmark in document.benchmarks:
        at = [
            version
            for version in benchmark.versions
            if version.valid_from < until and (version.valid_to is None or version.valid_to >= until)
        ]
        if at:
            found[benchmark.type_id] = max(at, key=lambda one: (one.valid_from, one.version)).version
    return found


def _last(scores: Iterable[_Score], version: int, until: dt.datetime) -> _Score | None:
    of_version = [one for one in scores if one.version == version and one.timestamp < until]
    return max(of_version, key=lambda one: one.timestamp, default=None)


def _number(value: float | str | None) -> tuple[float, str]:
    if isinstance(value, int | float) and not math.isnan(value):
        return float(value), SCORED
    return math.nan, FAILED


@dataclass(frozen=True)
class _Node:
    type_id: str
    label: str
    parent: str
    is_leaf: bool


def _tree(study: Study, document: _Document, valid: dict[str, int], where: str) -> MetricTree:
    """The document's tree on the day, without groups that had no metric yet."""
    own_id = {one.id: one.type_id for one in document.benchmarks}
    own_id |= {one.type_id: one.type_id for one in document.benchmarks}
    nodes: dict[str, _Node] = {}
    problems: list[Problem] = []
    for one in document.benchmarks:
        parent = one.parent_id or ""
        if parent and parent not in own_id:
            place = f"{where}: benchmark '{shown(one.type_id)}'"
            problems.append(Problem(place, f"names parent '{shown(parent)}', which is not there."))
        nodes[one.type_id] = _Node(one.type_id, one.label, own_id.get(parent, ""), one.is_leaf)
    direction = study.file.higher_is_better
    if direction is None:
        remedy = "Add 'higher_is_better' to the top of the study file."
        problems.append(Problem(str(study.path), "says no direction for new metrics.", remedy))
    raise_problems(problems, where)
    kept: set[str] = set()
    for node in nodes.values():
        if node.is_leaf and node.type_id in valid:
            kept |= set(_path(node.type_id, nodes))
    known_groups = {group.id: group for group in study.tree.groups}
    known_metrics = {metric.id: metric for metric in study.tree.metrics}
    new_labels = [node.label for node in nodes.values() if node.is_leaf and node.type_id not in known_metrics]
    taken = Counter([*new_labels, *(metric.name for metric in known_metrics.values())])
    listed: list[Group | Metric] = []
    for node in nodes.values():
        if node.type_id not in kept:
            continue
        if node.type_id in known_metrics and node.is_leaf:
            listed.append(replace(known_metrics[node.type_id], parent=node.parent))
        elif node.is_leaf:
            # Charts tell metrics apart by name, so a label that another has gives way to the identifier.
            name = node.label if node.label and taken[node.label] == 1 else node.type_id
            listed.append(Metric(node.type_id, name, node.parent, bool(direction)))
        else:
            group = known_groups.get(node.type_id, Group(node.type_id, node.label or node.type_id))
            listed.append(replace(group, parent=node.parent))
    try:
        return MetricTree.ordered(listed)
    except ValueError as error:
        raise DataError(Problem(f"{where}: benchmarks", f"{error}.", "Mend the document.")) from None


def _path(node_id: str, nodes: dict[str, _Node]) -> list[str]:
    """The node and all above it; a cycle ends the walk, and ordering the tree then names it."""
    found: list[str] = []
    while node_id and node_id not in found:
        found.append(node_id)
        node_id = nodes[node_id].parent
    return found
