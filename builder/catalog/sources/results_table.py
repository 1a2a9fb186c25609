"""Tables of results as projects publish them: a row a model, metrics and what else they say in columns.

Two kinds differ in what tells models apart. Odd-one-out results (Muttenthaler et al. 2022, as pandas writes
them): `model`, and where they are there `source` and `module`, for a network counts once a layer. Human
feature alignment (Fel et al. 2022): `model`. A column that the study's tree has is a metric; every other is
kept as an attribute of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.catalog.cells import (
    CellFault,
    CsvTable,
    cell_place,
    column_problems,
    parse_score,
    raise_problems,
    read_csv_rows,
    shown,
)
from builder.catalog.snapshot import MISSING, Snapshot
from builder.catalog.sources.frames import ScoreCell, file_name, make_snapshot
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import model_ids

INDEX = "(index)"
"""What the column without a name is called that pandas writes first; it holds the numbers of the rows."""
NAME = "model"
OWN_COLUMNS = ("id", "name", "source_id")


@dataclass(frozen=True)
class _Model:
    name: str
    key: tuple[str, ...]
    """Name, then what tells models of that name apart."""


def read_odd_one_out(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of a table of odd-one-out accuracies; one source, without a `part`.

    Raises DataError with every problem: file, row, column and remedy.
    """
    return _read(study, spec, parts, ("source", "module"))


def read_feature_alignment(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of a table of accuracies and human feature alignments; one source, without a `part`.

    Raises DataError with every problem: file, row, column and remedy.
    """
    return _read(study, spec, parts, ())


def _read(study: Study, spec: SnapshotSpec, parts: dict[str, Path], telling_apart: Sequence[str]) -> Snapshot:
    where = file_name(study, spec, spec.sources[0])
    if list(parts) != [""]:
        raise DataError(Problem(where, "is read from one source without a 'part'.", "Correct the study."))
    table = _table(parts[""], where)
    metrics = study.tree.metric_ids
    problems = column_problems(table.header, where, required=(NAME, *metrics), optional=None)
    raise_problems(problems, where)
    models = _models(table, telling_apart, where, problems)
    ids = model_ids([one.name for one in models], [" ".join(one.key[1:]) for one in models])
    scores: list[ScoreCell] = []
    for model_id, row in zip(ids, table.rows, strict=True):
        for metric in metrics:
            parsed = parse_score(row.cells[table.header.index(metric)])
            if isinstance(parsed, CellFault):
                problems.append(parsed.at(where, row.number, metric))
            elif parsed[1] != MISSING:
                scores.append(ScoreCell(model_id, metric, *parsed))
    if not models:
        problems.append(Problem(where, "has no models.", "Give it one row a model."))
    raise_problems(problems, where)
    columns: dict[str, list[object]] = {
        "id": list(ids),
        "name": [one.name for one in models],
        "source_id": ["/".join(one.key) for one in models],
    }
    for at, column in enumerate(table.header):
        if column not in (NAME, INDEX, *metrics):
            # A column of theirs may have the name of one of ours.
            name = f"their {column}" if column in OWN_COLUMNS else column
            columns[name] = [row.cells[at].strip() for row in table.rows]
    return make_snapshot(study, spec, columns, scores)


def _table(path: Path, where: str) -> CsvTable:
    """The rows; a first column without a name is pandas' index."""
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise DataError(Problem(where, f"cannot be read: {error.strerror}.")) from None
    return read_csv_rows(INDEX.encode() + data if data.startswith(b",") else data, where)


def _models(
    table: CsvTable, telling_apart: Sequence[str], where: str, problems: list[Problem]
) -> list[_Model]:
    """Who each row is; a name that is empty and a model that stands twice are added to the problems."""
    columns = [NAME, *(column for column in telling_apart if column in table.header)]
    first: dict[tuple[str, ...], int] = {}
    found: list[_Model] = []
    for row in table.rows:
        key = tuple(row.cells[table.header.index(column)].strip() for column in columns)
        if not key[0]:
            problems.append(Problem(cell_place(where, row.number, NAME), "is empty.", "Fill it in."))
        elif key in first:
            said = ", ".join(f"'{shown(part)}'" for part in key)
            what = f"{said} stands in row {first[key]} already."
            problems.append(Problem(cell_place(where, row.number, NAME), what, "Keep one row."))
        first.setdefault(key, row.number)
        found.append(_Model(key[0], key))
    return found
