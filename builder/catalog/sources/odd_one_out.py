"""Odd-one-out accuracy from first principles: people's choices, and what each model holds alike.

Parts: `triplets` (three objects a row, the odd one last); `repeats`, if there are any (triplets that several
people judged, which give the noise ceiling); and for each model either `embedding/NAME`, shape (n_objects,
n_dimensions), or `similarity/NAME`, shape (n_objects, n_objects). Objects are numbered from 0, in the order
of the rows of these.

Files are .npy, Parquet or CSV; triplets may have a fourth column, the participant's number. The metrics that
a study may have are `METRICS`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.catalog.cells import raise_problems, shown
from builder.catalog.snapshot import SCORED, Snapshot
from builder.catalog.sources.arrays import read_array
from builder.catalog.sources.frames import ScoreCell, file_name, make_snapshot, with_ceilings
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import did_you_mean, model_ids
from builder.reductions.odd_one_out import hits, noise_ceiling, odd_one_out

TRIPLETS, REPEATS = "triplets", "repeats"
KINDS = ("embedding", "similarity")
METRICS = {"odd-one-out": "cosine", "odd-one-out-dot": "dot"}
"""Metric -> how the rows of an embedding are compared. A matrix of similarities gives the first as it is."""


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of all models, with standard errors, and the ceiling where there are repeats.

    Models have the attributes `kind` (embedding or similarity) and `n_objects`. Raises DataError with every
    problem: file, place and remedy.
    """
    where = f"{study.id}/{spec.snapshot_id}"
    sources = {source.part: source for source in spec.sources}
    names = {part: file_name(study, spec, source) for part, source in sources.items()}
    problems = _part_problems(parts, where) + _metric_problems(study, where)
    raise_problems(problems, where)
    choices = {
        part: _read_triplets(parts[part], sources[part].address, names[part])
        for part in (TRIPLETS, REPEATS)
        if part in parts
    }
    triplets, participants = choices[TRIPLETS]
    models = sorted(part for part in parts if part not in (TRIPLETS, REPEATS))
    ids = dict(zip(models, model_ids([_name(part) for part in models], models), strict=True))
    cells: list[ScoreCell] = []
    n_objects: dict[str, float] = {}
    for part in models:
        kind = part.partition("/")[0]
        try:
            array = read_array(parts[part], sources[part].address, names[part], (None, None))
            _check_objects(array, kind, triplets, names[part])
        except DataError as error:
            problems += error.problems
            continue
        n_objects[part] = float(len(array))
        for metric, measure in METRICS.items():
            if metric in study.tree.metric_ids and (kind == "embedding" or measure == "cosine"):
                correct = hits(triplets, array, measure if kind == "embedding" else "given")
                found = odd_one_out(correct, participants)
                cells.append(ScoreCell(ids[part], metric, found.accuracy, SCORED, found.standard_error))
    ceiling = math.nan
    if REPEATS in choices:
        try:
            ceiling = noise_ceiling(choices[REPEATS][0]).upper
        except ValueError as error:
            problems.append(Problem(names[REPEATS], f"gives no ceiling: {error}.", "Leave it out."))
    raise_problems(problems, where)
    columns: dict[str, list[Any]] = {
        "id": list(ids.values()),
        "name": [_name(part) for part in models],
        "source_id": models,
        "kind": [part.partition("/")[0] for part in models],
        "n_objects": [n_objects[part] for part in models],
    }
    return make_snapshot(with_ceilings(study, dict.fromkeys(METRICS, ceiling)), spec, columns, cells)


def _name(part: str) -> str:
    return part.partition("/")[2]


def _part_problems(parts: dict[str, Path], where: str) -> list[Problem]:
    problems = []
    if TRIPLETS not in parts:
        problems.append(Problem(where, f"no source has the part '{TRIPLETS}'.", "Pin people's choices."))
    models = [part for part in parts if part not in (TRIPLETS, REPEATS)]
    for part in models:
        kind, _, name = part.partition("/")
        if kind not in KINDS or not name.strip():
            remedy = "Name it embedding/MODEL or similarity/MODEL."
            problems.append(Problem(where, f"part '{shown(part)}' is no model.", remedy))
    if not models:
        problems.append(Problem(where, "has no models.", "Pin one embedding or similarity a model."))
    return problems


def _metric_problems(study: Study, where: str) -> list[Problem]:
    known = list(METRICS)
    return [
        Problem(f"{where}: metric '{shown(metric)}'", "is not computed here.", did_you_mean(metric, known))
        for metric in study.tree.metric_ids
        if metric not in METRICS
    ]


def _read_triplets(path: Path, address: str, where: str) -> tuple[NDArray[np.int64], NDArray[Any] | None]:
    """Triplets, shape (n, 3), and participants, shape (n,), where there is a fourth column."""
    array = read_array(path, address, where, (None, None))
    if array.shape[1] not in (3, 4):
        what = f"has {array.shape[1]} columns."
        raise DataError(Problem(where, what, "Give three objects a row, the odd one last, and who judged."))
    triplets = np.asarray(array[:, :3])
    whole = np.mod(triplets, 1) == 0
    same = (
        (triplets[:, 0] == triplets[:, 1])
        | (triplets[:, 0] == triplets[:, 2])
        | (triplets[:, 1] == triplets[:, 2])
    )
    bad = np.flatnonzero(~whole.all(axis=1) | (triplets < 0).any(axis=1) | same)
    problems = [
        Problem(
            f"{where}: entry {int(at)}",
            f"{', '.join(f'{value:g}' for value in triplets[at])} are not three objects.",
            "Give three different whole numbers, from 0.",
        )
        for at in bad[:51]
    ]
    raise_problems(problems, where)
    participants = np.asarray(array[:, 3]) if array.shape[1] == 4 else None
    return triplets.astype(np.int64), participants


def _check_objects(array: NDArray[Any], kind: str, triplets: NDArray[np.int64], where: str) -> None:
    """Every object of the triplets has a row; similarities are square and the same both ways."""
    n_objects = len(array)
    if kind == "similarity" and array.shape[1] != n_objects:
        what = f"has {n_objects} rows and {array.shape[1]} columns."
        raise DataError(Problem(where, what, "A similarity has a row and a column an object."))
    if triplets.max() >= n_objects:
        what = f"has {n_objects} objects, but the triplets name object {int(triplets.max())}."
        raise DataError(Problem(where, what, "Give every object a row; they are numbered from 0."))
    if kind == "similarity" and not np.array_equal(array, array.T):
        remedy = "Give the mean of both directions, if they were measured apart."
        raise DataError(Problem(where, "is not the same in both directions.", remedy))
