"""Results of pytorch-image-models (timm): one CSV file a test set, one row a model and input size.

Columns, in an order that differs between commits: `model`, `img_size`, `top1` (the score, in percent),
`param_count` (millions, with thousands separators), and some that are not used. The `part` of a source is the
metric that its file gives.

Later commits test a network at several input sizes, so that `model` repeats. What is ranked is a network at
one input size: its `source_id` is `model@img_size` in every snapshot, so that snapshots can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.catalog.cells import (
    CellFault,
    Row,
    cell_place,
    column_problems,
    parse_number,
    parse_score,
    raise_problems,
    read_csv_rows,
)
from builder.catalog.snapshot import MISSING, Snapshot
from builder.catalog.sources.frames import ScoreCell, file_name, make_snapshot
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import did_you_mean, model_ids

NAME, SIZE, SCORE, PARAMETERS = "model", "img_size", "top1", "param_count"
OTHER_COLUMNS = (
    "top1_err",
    "top5",
    "top5_err",
    "crop_pct",
    "interpolation",
    "top1_diff",
    "top5_diff",
    "rank_diff",
)
Key = tuple[str, str]
"""Name and input size: what timm gives one row in each file."""


@dataclass(frozen=True)
class _File:
    """One test set: metric, score cells by model and size (missing ones left out), parameters in millions."""

    metric: str
    cells: dict[Key, tuple[float, str]]
    params_millions: dict[Key, float]


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of one commit's files; a model that a file does not have is missing on its metric.

    Models have the attributes `image_size` (text, pixels) and `params_millions` (NaN if unknown). Raises
    DataError with every problem of all files: file, row, column and remedy.
    """
    where = f"{study.id}/{spec.snapshot_id}"
    names = {source.part: file_name(study, spec, source) for source in spec.sources}
    problems = _part_problems(study, where, parts)
    raise_problems(problems, where)
    files: list[_File] = []
    for metric in study.tree.metric_ids:
        try:
            files.append(_read_file(metric, parts[metric], names[metric]))
        except DataError as error:
            problems += error.problems
    raise_problems(problems, where)
    keys = sorted({key for file in files for key in file.params_millions})
    if not keys:
        raise_problems([Problem(where, "has no models.", "Give its files one row a model.")], where)
    ids = dict(zip(keys, model_ids([name for name, _ in keys], [size for _, size in keys]), strict=True))
    params = {key: value for file in reversed(files) for key, value in file.params_millions.items()}
    models: dict[str, list[object]] = {
        "id": [ids[key] for key in keys],
        "name": [name for name, _ in keys],
        "source_id": [f"{name}@{size}" for name, size in keys],
        "image_size": [size for _, size in keys],
        "params_millions": [params[key] for key in keys],
    }
    scores: list[ScoreCell] = [
        ScoreCell(ids[key], file.metric, value, state)
        for file in files
        for key, (value, state) in file.cells.items()
    ]
    return make_snapshot(study, spec, models, scores, gives={metric: [metric] for metric in parts})


def _part_problems(study: Study, where: str, parts: dict[str, Path]) -> list[Problem]:
    metrics = list(study.tree.metric_ids)
    problems = [
        Problem(where, f"part '{part}' is no metric of the tree.", did_you_mean(part, metrics))
        for part in parts
        if part not in metrics
    ]
    problems += [
        Problem(where, f"no source has the part '{metric}'.", "Pin the file that gives this metric.")
        for metric in metrics
        if metric not in parts
    ]
    return problems


def _read_file(metric: str, path: Path, where: str) -> _File:
    header, rows = read_csv_rows(path, where)
    problems = column_problems(
        header, where, required=(NAME, SIZE, SCORE, PARAMETERS), optional=OTHER_COLUMNS
    )
    raise_problems(problems, where)
    score_at, params_at = header.index(SCORE), header.index(PARAMETERS)
    keys = _keys(header, rows, where, problems)
    found = _File(metric, {}, {})
    for key, row in zip(keys, rows, strict=True):
        parsed = parse_score(row.cells[score_at])
        if isinstance(parsed, CellFault):
            problems.append(parsed.at(where, row.number, SCORE))
        elif parsed[1] != MISSING:
            found.cells[key] = parsed
        params = _parameters(row.cells[params_at])
        if isinstance(params, CellFault):
            problems.append(params.at(where, row.number, PARAMETERS))
        else:
            found.params_millions[key] = params
    raise_problems(problems, where)
    return found


def _keys(header: Sequence[str], rows: Sequence[Row], where: str, problems: list[Problem]) -> list[Key]:
    """Name and size of every row; empty and repeated ones are added to the problems."""
    name_at, size_at = header.index(NAME), header.index(SIZE)
    first_row: dict[Key, int] = {}
    keys: list[Key] = []
    for row in rows:
        key = (row.cells[name_at].strip(), row.cells[size_at].strip())
        if not key[0]:
            problems.append(Problem(cell_place(where, row.number, NAME), "is empty.", "Fill it in."))
        if not (key[1].isascii() and key[1].isdigit()):
            what = f"'{key[1]}' is not a whole number of pixels."
            problems.append(Problem(cell_place(where, row.number, SIZE), what, "Correct it."))
        if key in first_row:
            what = f"'{key[0]}' at size {key[1]} stands in row {first_row[key]} already."
            problems.append(Problem(cell_place(where, row.number, NAME), what, "Give it one row."))
        first_row.setdefault(key, row.number)
        keys.append(key)
    return keys


def _parameters(text: str) -> float | CellFault:
    """Millions of parameters; NaN where the cell is empty."""
    bare = text.replace(",", "").strip()
    return parse_number(bare) if bare else math.nan
