"""Single trials as the model-vs-human toolbox writes them, reduced to scores of each observer.

A source is a CSV file of one observer in one experiment, its `part` the file's name without its end
("colour_subject-01_session_1", or "colour_resnet50_session-1" of a model), or one Parquet file of any number
of trials (part "trials", with a column `experiment`). CSV columns, in any case: subj, object_response,
category, condition, imagename, and session, trial and rt, which are not used.

The tree says which scores are taken. A metric is MEASURE.EXPERIMENT or MEASURE.EXPERIMENT.CONDITION: one of
`MEASURES`, of the whole experiment or of one condition. People who take part in several experiments are not
known again, so that a person is ranked once an experiment; a model is one over all of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from builder.catalog.cells import cell_place, column_problems, raise_problems, read_csv_rows, shown
from builder.catalog.snapshot import FAILED, SCORED, Snapshot, SourceRecord
from builder.catalog.sources.frames import ScoreCell, assemble, file_name, make_snapshot, with_ceilings
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import did_you_mean, model_ids
from builder.reductions.engines import ON_THIS_MACHINE, Engine
from builder.reductions.trials import COLUMNS, TrialScores, reduce_trials

PART = re.compile(r"(?P<experiment>[^_]+)_(?P<subj>.+)_session[_-]\d+")
NOT_USED = ("session", "trial", "rt")
PARQUET = "trials"
VERSION = 2
READER = f"model-vs-human-trials {VERSION}"
MEASURES = {
    "accuracy": "accuracy",
    "accuracy-difference": "accuracy_difference",
    "observed-consistency": "observed",
    "error-consistency": "kappa",
    "shape-bias": "shape_bias",
}
"""The first word of a metric's id, and the column of the scores that it is."""
OF_PEOPLE = ("observed-consistency", "error-consistency")
"""Measures of agreement with people: what people reach among themselves is the ceiling of the metric."""


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of all trials; models have the attributes `kind` (person or model) and `experiment`.

    Raises DataError with every problem of all files: file, row, column and remedy.
    """
    return read_on(ON_THIS_MACHINE, study, spec, parts)


def read_on(engine: Engine, study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """As `read`, counted on an engine. Raises EngineError too, where it cannot be had."""
    where = f"{study.id}/{spec.snapshot_id}"
    names = {source.part: file_name(study, spec, source) for source in spec.sources}
    if list(parts) == [PARQUET]:
        reduced = _reduce_parquet(parts[PARQUET], names[PARQUET], engine)
        found = _found(study, reduced, where, lambda _source: names[PARQUET])
    else:
        reduced = reduce_trials(_read_files(parts, names, where), engine=engine)
        found = _found(study, reduced, where, names.__getitem__)
    gives = {source.part: _metrics_of(study, source.part) for source in spec.sources}
    return make_snapshot(with_ceilings(study, found.ceilings), spec, found.models, found.cells, gives=gives)


def reduce_place(study: Study, place: str, date: dt.date, today: dt.date, engine: Engine) -> Snapshot:
    """The snapshot of the trials in Parquet files: a file, a folder, or an address that the engine knows.

    Of a file the SHA-256 is kept; where there are many, what was read and when. Raises DataError with every
    problem, and EngineError where the engine cannot be had.
    """
    reduced = _reduce_parquet(place, place, engine)
    found = _found(study, reduced, place, str)
    sha256, path = "", place
    if Path(place).is_file():
        with Path(place).open("rb") as file:
            sha256, path = hashlib.file_digest(file, "sha256").hexdigest(), Path(place).name
    record = SourceRecord(path, sha256, today.isoformat(), path, READER, study.tree.metric_ids)
    made = with_ceilings(study, found.ceilings)
    return assemble(made, date.isoformat(), date, found.models, found.cells, (record,))


def _reduce_parquet(place: Path | str, name: str, engine: Engine) -> TrialScores:
    try:
        return reduce_trials(place, engine=engine)
    except ValueError as error:
        wanted = f"Give Parquet files with the columns {', '.join(COLUMNS)}, as text."
        raise DataError(Problem(name, f"cannot be read: {error}.", wanted)) from None


def _read_files(parts: dict[str, Path], names: dict[str, str], where: str) -> pd.DataFrame:
    """The rows of all CSV files, with `source` (the part) and `row`."""
    problems: list[Problem] = []
    frames: list[pd.DataFrame] = []
    for part, path in parts.items():
        matched = PART.fullmatch(part)
        if matched is None:
            remedy = "Name it as the toolbox names its file: EXPERIMENT_OBSERVER_session_NUMBER."
            problems.append(
                Problem(names[part], f"'{shown(part)}' names no experiment and observer.", remedy)
            )
            continue
        try:
            frames.append(_read_file(path, names[part], part, matched["experiment"], matched["subj"]))
        except DataError as error:
            problems += error.problems
    raise_problems(problems, where)
    return pd.concat(frames, ignore_index=True)


def _read_file(path: Path, where: str, part: str, experiment: str, subj: str) -> pd.DataFrame:
    header, rows = read_csv_rows(path, where)
    columns = [name.strip().lower() for name in header]
    problems = column_problems(columns, where, required=COLUMNS[1:], optional=NOT_USED)
    problems += [
        Problem(cell_place(where, 1, name), f"stands {times} times.", "Keep one.")
        for name, times in Counter(columns).items()
        if times > 1
    ]
    raise_problems(problems, where)
    at = columns.index("subj")
    found = rows[0].cells[at].strip() if rows else ""
    # The toolbox names the file of simclr_resnet50 after simclr-resnet50.
    wanted = found if found.replace("_", "-") == subj.replace("_", "-") else subj
    for row in rows:
        if row.cells[at].strip() != wanted:
            what = f"'{shown(row.cells[at])}' is not '{shown(wanted)}', as the file's name says."
            problems.append(
                Problem(cell_place(where, row.number, "subj"), what, "Give each observer a file.")
            )
    if not rows:
        problems.append(Problem(where, "has no trials.", "Give it one row a trial."))
    raise_problems(problems, where)
    cells = {name: [row.cells[columns.index(name)].strip() for row in rows] for name in COLUMNS[1:]}
    return pd.DataFrame(
        {"source": part, "row": [row.number for row in rows], "experiment": experiment, **cells}
    )


def _faults(reduced: TrialScores, name_of: Callable[[str], str], where: str) -> list[Problem]:
    problems: list[Problem] = []
    for fault in _rows(reduced.row_faults):
        place = cell_place(name_of(fault.source), int(fault.row), fault.column_name)
        problems.append(Problem(place, "is empty.", "Fill it in."))
    for fault in _rows(reduced.faults):
        condition = f", condition '{shown(fault.condition)}'" if fault.condition else ""
        place = f"{where}: experiment '{shown(fault.experiment)}'{condition}, '{shown(fault.observer)}'"
        if fault.n_trials != fault.n_images:
            what = f"has {fault.n_trials:.0f} trials of {fault.n_images:.0f} images."
            problems.append(Problem(place, what, "Keep one trial an image."))
        if fault.n_images != fault.n_listed:
            what = f"judged {fault.n_images:.0f} of {fault.n_listed:.0f} images that others judged."
            remedy = "Errors are compared on the same images: give all, or leave the observer out."
            problems.append(Problem(place, what, remedy))
    return problems


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _long(reduced: TrialScores) -> pd.DataFrame:
    """experiment, observer, metric, score, error: one row a score that the trials give."""
    wide = reduced.scores.copy()
    wide["condition"] = wide["condition"].astype(object).where(wide["condition"].notna(), "")
    suffix = "." + wide["experiment"] + wide["condition"].map(lambda text: f".{text}" if text else "")
    kept = wide[["experiment", "observer"]]
    spread = (wide["accuracy"] * (1 - wide["accuracy"]) / wide["n_images"]) ** 0.5
    frames = []
    for measure, column in MEASURES.items():
        if column in wide:
            error = spread if measure == "accuracy" else math.nan
            frames.append(kept.assign(metric=measure + suffix, score=wide[column], error=error))
    told = reduced.decisions
    if len(told):
        n = told["n_shape"] + told["n_texture"]
        bias = (told["n_shape"] / n).where(n > 0)
        frames.append(
            told[["experiment", "observer"]].assign(
                metric="shape-bias." + told["experiment"], score=bias, error=(bias * (1 - bias) / n) ** 0.5
            )
        )
    scores = pd.concat(frames, ignore_index=True)
    # Nobody to compare with is missing; an observer that named neither shapes nor textures failed.
    return scores[scores["score"].notna() | scores["metric"].str.startswith("shape-bias.")]


def _tree_problems(study: Study, scores: pd.DataFrame, where: str) -> list[Problem]:
    given = sorted(set(scores["metric"]))
    problems = [
        Problem(f"{where}: metric '{shown(metric)}'", "is given by no trials.", did_you_mean(metric, given))
        for metric in study.tree.metric_ids
        if metric not in given
    ]
    taken = scores["metric"].isin(study.tree.metric_ids)
    for experiment in sorted(set(scores["experiment"]) - set(scores.loc[taken, "experiment"])):
        what = f"the tree has no metric of experiment '{shown(experiment)}'."
        problems.append(Problem(where, what, f"Add 'accuracy.{shown(experiment)}', or leave its files out."))
    return problems


@dataclass(frozen=True)
class _Found:
    """What a snapshot is made of: models by column, cells, and the noise ceilings by metric."""

    models: dict[str, list[str]]
    cells: list[ScoreCell]
    ceilings: dict[str, float]


def _found(study: Study, reduced: TrialScores, where: str, name_of: Callable[[str], str]) -> _Found:
    """Raises DataError where trials are wrong, or do not give what the tree has."""
    raise_problems(_faults(reduced, name_of, where), where)
    scores = _long(reduced)
    raise_problems(_tree_problems(study, scores, where), where)
    person = scores["observer"].str.startswith("subject-")
    keys = (scores["experiment"] + "/" + scores["observer"]).where(person, scores["observer"])
    listed = scores.assign(key=keys, person=person).drop_duplicates("key").sort_values("key")
    names = [f"{one.observer} ({one.experiment})" if one.person else one.observer for one in _rows(listed)]
    ids = dict(zip(listed["key"], model_ids(names, list(listed["key"])), strict=True))
    taken = scores.assign(key=keys, person=person)[scores["metric"].isin(study.tree.metric_ids)]
    cells = [
        ScoreCell(ids[one.key], one.metric, one.score, FAILED if math.isnan(one.score) else SCORED, one.error)
        for one in _rows(taken)
    ]
    of_people = taken["metric"].str.startswith(tuple(f"{measure}." for measure in OF_PEOPLE))
    among_people = taken[taken["person"] & of_people].groupby("metric")["score"].mean()
    models = {
        "id": [ids[key] for key in listed["key"]],
        "name": names,
        "source_id": list(listed["key"]),
        "kind": ["person" if one else "model" for one in listed["person"]],
        "experiment": [one.experiment if one.person else "" for one in _rows(listed)],
    }
    return _Found(models, cells, {str(metric): float(mean) for metric, mean in among_people.items()})


def _metrics_of(study: Study, part: str) -> list[str]:
    """The metrics that a file gives: those of its experiment, or all of a Parquet file."""
    matched = PART.fullmatch(part)
    metrics = list(study.tree.metric_ids)
    return [one for one in metrics if matched is None or one.split(".")[1] == matched["experiment"]]
