"""MTEB's results folders: `results/<model>/<revision>/<task>.json`, in an archive.

A metric of the study is a task, TASK@SPLIT, or TASK@SPLIT@SUBSET. The score is the mean of `main_score` over
the splits and subsets of the task, as MTEB's leaderboard has it (mteb/results/task_result.py). Its list of
splits is in MTEB's code, not in its results: TASK alone is `test` where any model has that split, else all
splits that any has. A model without one of the splits and subsets that others have has no score, as there.

Of several revisions of a model one is taken for each task, as by the leaderboard (mteb/results/
benchmark_results.py, join_revisions): one that says its version of mteb before one that does not, then one
with a revision before one without, then the latest version of mteb.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict, Field, Strict

from builder.catalog.cells import raise_problems, shown
from builder.catalog.snapshot import FAILED, SCORED, Snapshot
from builder.catalog.sources.frames import ScoreCell, file_name, make_snapshot
from builder.catalog.sources.json_documents import json_documents, validated
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import model_ids

META = "model_meta.json"
NO_REVISION = {"", "external", "no_revision_available"}
Number = Annotated[float, Strict()]
Slot = tuple[str, str]
"""Split and subset."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Scores(_Part):
    main_score: Number | None
    hf_subset: str


class _Task(_Part):
    task_name: str = Field(min_length=1)
    mteb_version: str | None = None
    scores: dict[str, tuple[_Scores, ...]]


@dataclass(frozen=True)
class _Result:
    """One task file: whose it is, and its main scores by split and subset (NaN where there is none)."""

    model: str
    revision: str
    version: Version | None
    slots: dict[Slot, float]

    @property
    def rank(self) -> tuple[bool, bool, Version, str]:
        """The larger is taken; of equal ones the one whose revision comes last."""
        known = self.revision not in NO_REVISION
        return self.version is not None, known, self.version or Version("0"), self.revision


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of all results in all sources.

    Models have the attributes `other_tasks` (files of tasks that the tree does not name),
    `other_revisions` (files of a task that another revision gives) and `incomplete_tasks` (metrics without a
    split or subset that others have). Raises DataError with every problem.
    """
    where = f"{study.id}/{spec.snapshot_id}"
    tasks = {metric.split("@")[0] for metric in study.tree.metric_ids}
    problems: list[Problem] = []
    results: dict[tuple[str, str], _Result] = {}
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in ("tasks", "revisions", "incomplete")}
    models: set[str] = set()
    for source in spec.sources:
        name = file_name(study, spec, source)
        try:
            for file, place, value in json_documents(parts[source.part], source.address, name):
                path = file.split("/")
                if path[-1] == META:
                    continue
                try:
                    task, result = _result(value, path, place)
                except DataError as error:
                    if len(path) < 3 or path[-1].removesuffix(".json") in tasks:
                        problems += error.problems
                    else:
                        counts["tasks"][_model(path)] += 1
                    continue
                models.add(result.model)
                if task not in tasks:
                    counts["tasks"][result.model] += 1
                    continue
                before = results.get((result.model, task))
                counts["revisions"][result.model] += before is not None
                results[result.model, task] = max(before or result, result, key=lambda one: one.rank)
        except DataError as error:
            problems += error.problems
    if not results and not problems:
        problems.append(Problem(where, "has no task that the tree names.", "Name tasks in the tree."))
    raise_problems(problems, where)
    cells, problems = _cells(study, results, counts["incomplete"], where)
    raise_problems(problems, where)
    keys = sorted(models)
    ids = dict(zip(keys, model_ids(keys, keys), strict=True))
    columns: dict[str, list[Any]] = {
        "id": list(ids.values()),
        "name": keys,
        "source_id": keys,
        "other_tasks": [float(counts["tasks"][key]) for key in keys],
        "other_revisions": [float(counts["revisions"][key]) for key in keys],
        "incomplete_tasks": [float(counts["incomplete"][key]) for key in keys],
    }
    named = [cell._replace(model=ids[cell.model]) for cell in cells]
    return make_snapshot(study, spec, columns, named)


def _model(path: list[str]) -> str:
    """The model that a folder is of: `org__name` is org/name."""
    return path[-3].replace("__", "/")


def _result(value: Any, path: list[str], place: str) -> tuple[str, _Result]:
    """Task and result of one file. Raises DataError for another folder or another form."""
    if len(path) < 3:
        raise DataError(Problem(place, "lies in no folder MODEL/REVISION.", "Keep the folders of results."))
    if isinstance(value, dict) and "mteb_dataset_name" in value and "scores" not in value:
        what = "has the form of mteb before 1.11, which does not say which score is the main one."
        raise DataError(Problem(place, what, "Load and save it with a newer mteb."))
    task = validated(_Task, value, place)
    problems: list[Problem] = []
    slots: dict[Slot, float] = {}
    for split, listed in task.scores.items():
        for one in listed:
            if (split, one.hf_subset) in slots:
                what = f"subset '{shown(one.hf_subset)}' of '{shown(split)}' stands twice."
                problems.append(Problem(place, what, "Keep one."))
            score = math.nan if one.main_score is None else one.main_score
            if math.isinf(score):
                problems.append(Problem(place, "main_score is not a finite number.", "Write null."))
            slots[split, one.hf_subset] = score
    if not slots:
        problems.append(Problem(place, "has no scores.", "Leave it out."))
    raise_problems(problems, place)
    return task.task_name, _Result(_model(path), path[-2], _version(task.mteb_version), slots)


def _version(text: str | None) -> Version | None:
    try:
        return Version(text or "")
    except InvalidVersion:
        return None


def _cells(
    study: Study, results: dict[tuple[str, str], _Result], incomplete: Counter[str], where: str
) -> tuple[list[ScoreCell], list[Problem]]:
    """A cell for each model and metric that has all that others have; `incomplete` counts the rest."""
    cells: list[ScoreCell] = []
    problems: list[Problem] = []
    for metric in study.tree.metric_ids:
        task, *chosen = metric.split("@")
        of_task = {model: result for (model, name), result in results.items() if name == task}
        slots = _slots(chosen, {slot for result in of_task.values() for slot in result.slots})
        if not slots:
            problems.append(Problem(f"{where}: metric '{shown(metric)}'", "is in no result.", "Correct it."))
        for model, result in of_task.items():
            if not slots <= result.slots.keys():
                incomplete[model] += 1
                continue
            score = math.fsum(result.slots[slot] for slot in slots) / max(len(slots), 1)
            cells.append(ScoreCell(model, metric, score, FAILED if math.isnan(score) else SCORED))
    return cells, problems


def _slots(chosen: list[str], given: set[Slot]) -> set[Slot]:
    """The splits and subsets that a metric is the mean of."""
    if chosen:
        return {slot for slot in given if list(slot)[: len(chosen)] == chosen}
    tested = {slot for slot in given if slot[0] == "test"}
    return tested or given
