"""Evaluation results in the shared shape of Every Eval Ever (evaleval), schema 0.2.

A document has the results of one model. A metric of the study is an `evaluation_name`, or
DATASET/EVALUATION where the same name stands for several data sets. The tree says which results are taken;
how many it leaves is an attribute of the model. Of several results of a model on one metric the one of the
newest document counts (`retrieved_timestamp`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from builder.catalog.cells import raise_problems, shown
from builder.catalog.json_text import Bare, Filled
from builder.catalog.snapshot import FAILED, SCORED, Snapshot
from builder.catalog.sources.frames import ScoreCell, file_name, make_snapshot
from builder.catalog.sources.json_documents import json_documents, validated
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import model_ids

SCHEMA = "0.2"
UNKNOWN_LEVEL = -1
Number = Annotated[float, Strict()]


def _seconds(value: object) -> object:
    """A moment in Unix seconds, as text or as a number."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _StandardError(_Part):
    value: Number


class _Uncertainty(_Part):
    standard_error: _StandardError | Number | None = None


class _ScoreDetails(_Part):
    score: Number
    uncertainty: _Uncertainty | None = None


class _MetricConfig(_Part):
    lower_is_better: Annotated[bool, Strict()]
    has_unknown_level: Annotated[bool, Strict()] = False


class _SourceData(_Part):
    dataset_name: str = ""


class _Result(_Part):
    evaluation_name: str = Field(min_length=1)
    source_data: _SourceData | list[Any] = _SourceData()
    metric_config: _MetricConfig
    score_details: _ScoreDetails

    @property
    def qualified(self) -> str:
        """DATASET/EVALUATION."""
        dataset = self.source_data.dataset_name if isinstance(self.source_data, _SourceData) else ""
        return f"{dataset}/{self.evaluation_name}"

    @property
    def error(self) -> float:
        """The standard error; NaN where it is not said."""
        uncertainty = self.score_details.uncertainty
        said = uncertainty.standard_error if uncertainty is not None else None
        if said is None:
            return math.nan
        return said.value if isinstance(said, _StandardError) else said


class _ModelInfo(_Part):
    id: Filled
    name: Filled
    developer: Bare = ""


class _Document(_Part):
    schema_version: str
    retrieved_timestamp: Annotated[Number, BeforeValidator(_seconds)]
    model_info: _ModelInfo
    evaluation_results: tuple[_Result, ...] = Field(min_length=1)


@dataclass
class _Found:
    """What the documents say so far: per model and metric the newest result with its moment and place."""

    info: dict[str, _ModelInfo] = field(default_factory=dict)
    newest: dict[tuple[str, str], tuple[float, _Result, str]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    superseded: Counter[str] = field(default_factory=Counter)


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of all documents of all sources.

    Models have the attributes `developer`, `other_results` (results that the tree does not name) and
    `superseded_results` (older ones of the same metric). Raises DataError with every problem.
    """
    where = f"{study.id}/{spec.snapshot_id}"
    problems: list[Problem] = []
    found = _Found()
    for source in spec.sources:
        name = file_name(study, spec, source)
        try:
            for _, place, value in json_documents(parts[source.part], source.address, name):
                try:
                    problems += _take(study, validated(_Document, value, place), place, found)
                except DataError as error:
                    problems += error.problems
        except DataError as error:
            problems += error.problems
    if not found.newest and not problems:
        problems.append(Problem(where, "has no result that the tree names.", "Name evaluations in the tree."))
    raise_problems(problems, where)
    keys = sorted(found.info)
    names = [found.info[key].name for key in keys]
    ids = dict(zip(keys, model_ids(names, keys), strict=True))
    cells = [
        ScoreCell(ids[model], metric, *_score(result), result.error)
        for (model, metric), (_, result, _) in found.newest.items()
    ]
    columns: dict[str, list[Any]] = {
        "id": list(ids.values()),
        "name": names,
        "source_id": keys,
        "developer": [found.info[key].developer for key in keys],
        "other_results": [float(found.others[key]) for key in keys],
        "superseded_results": [float(found.superseded[key]) for key in keys],
    }
    return make_snapshot(study, spec, columns, cells)


def _take(study: Study, document: _Document, place: str, found: _Found) -> Iterator[Problem]:
    """Add the results of one document that the tree names; what is wrong with them."""
    if document.schema_version.split(".")[:2] != SCHEMA.split("."):
        what = f"has the schema version '{shown(document.schema_version)}', not {SCHEMA}."
        yield Problem(place, what, "Convert it with the project's own tools.")
        return
    model = document.model_info.id
    found.info.setdefault(model, document.model_info)
    for position, result in enumerate(document.evaluation_results):
        here = f"{place}: evaluation_results.{position}"
        known = [name for name in (result.qualified, result.evaluation_name) if name in study.tree.metric_ids]
        if not known:
            found.others[model] += 1
            continue
        metric = study.tree.metric(known[0])
        if not (math.isfinite(result.score_details.score) and result.error != math.inf):
            yield Problem(here, "is not a finite number.", "Leave it out where there is no score.")
            continue
        if metric.higher_is_better == result.metric_config.lower_is_better:
            better = "lower" if result.metric_config.lower_is_better else "higher"
            what = f"says that {better} is better on '{shown(metric.id)}'; the study says otherwise."
            yield Problem(here, what, "Correct 'higher_is_better' in the study.")
            continue
        moment = document.retrieved_timestamp
        before = found.newest.get((model, metric.id))
        if before is None or moment > before[0]:
            found.newest[model, metric.id] = (moment, result, here)
        elif moment == before[0] and _score(before[1])[0] != _score(result)[0]:
            what = f"gives '{shown(model)}' on '{shown(metric.id)}' a second score of the same moment."
            yield Problem(here, what, f"Keep one; the other is at {before[2]}.")
            continue
        found.superseded[model] += before is not None


def _score(result: _Result) -> tuple[float, str]:
    """Value and state; a level that is unknown is failed."""
    score = result.score_details.score
    if result.metric_config.has_unknown_level and score == UNKNOWN_LEVEL:
        return math.nan, FAILED
    return score, SCORED
