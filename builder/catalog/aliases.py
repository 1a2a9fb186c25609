"""aliases.csv: which models of different origins are one. Nothing is joined that does not stand there.

Columns: `source` (the name of an origin), `name` (the origin's name of the model, or its id there where
several models share the name), `model` (the id that the joined model has).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from builder.catalog.cells import (
    cell_place,
    column_problems,
    defused,
    raise_problems,
    read_csv_rows,
    restored,
    shown,
)
from builder.errors import DataError, Problem
from builder.names import did_you_mean, slug

FILE = "aliases.csv"
COLUMNS = ("source", "name", "model")


@dataclass(frozen=True)
class Alias:
    """One row: what the origin calls the model, the model's id, and the row (1 = first line of the file)."""

    name: str
    model: str
    row: int


@dataclass(frozen=True)
class Aliases:
    """The aliases of a study by origin, in the order of the file; empty where there is none."""

    where: str = FILE
    of_origin: Mapping[str, tuple[Alias, ...]] = field(default_factory=dict)
    sha256: str = ""

    def joined(self, origin: str, models: pd.DataFrame) -> dict[str, str]:
        """Id of a model in the origin's snapshot -> its joined id, for those that an alias names.

        `models` are the origin's (id, name, source_id); aliases of models that it does not have are passed
        over, for a snapshot of another date may. Raises DataError for a name that several models have, and
        where two models of the origin would become one.
        """
        problems: list[Problem] = []
        found: dict[str, str] = {}
        first: dict[str, Alias] = {}
        for alias in self.of_origin.get(origin, ()):
            place = cell_place(self.where, alias.row, "name")
            matching = models.loc[models["source_id"] == alias.name, "id"]
            if not len(matching):
                matching = models.loc[models["name"] == alias.name, "id"]
            if len(matching) > 1:
                what = f"'{shown(alias.name)}' is the name of {len(matching)} models of '{origin}'."
                ids = models.loc[models["name"] == alias.name, "source_id"]
                remedy = f"Give the id that it has there: {', '.join(map(shown, ids[:8]))}."
                problems.append(Problem(place, what, remedy))
            elif len(matching) == 1:
                other = first.setdefault(alias.model, alias)
                if other is not alias:
                    what = f"'{alias.model}' is '{shown(other.name)}' of '{origin}' too, in row {other.row}."
                    problems.append(Problem(cell_place(self.where, alias.row, "model"), what, "Keep one."))
                found[str(matching.iloc[0])] = alias.model
        raise_problems(problems, self.where)
        return found


def read_aliases(path: Path, origins: Collection[str]) -> Aliases:
    """The aliases of a file; none where it is not there. `origins` are the names that a source may have.

    Raises DataError with every problem: file, row, column and remedy.
    """
    if not path.exists():
        return Aliases(str(path))
    where = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(Problem(where, f"cannot be read: {error.strerror}.")) from None
    header, rows = read_csv_rows(data, where)
    problems = column_problems(header, where, required=COLUMNS)
    raise_problems(problems, where)
    found: dict[str, list[Alias]] = {origin: [] for origin in origins}
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        source, name, model = (restored(row.cells[header.index(column)].strip()) for column in COLUMNS)
        if source not in found:
            what = f"'{shown(source)}' is no origin of the study."
            place = cell_place(where, row.number, "source")
            problems.append(Problem(place, what, did_you_mean(source, list(origins))))
            continue
        if not name:
            problems.append(Problem(cell_place(where, row.number, "name"), "is empty.", "Fill it in."))
        if not model or slug(model) != model:
            what = f"'{shown(model)}' is no id of a model."
            remedy = f"Write '{slug(model)}'." if model else "Fill it in."
            problems.append(Problem(cell_place(where, row.number, "model"), what, remedy))
        if (source, name) in first:
            what = f"'{shown(name)}' of '{source}' stands in row {first[source, name]} already."
            problems.append(Problem(cell_place(where, row.number, "name"), what, "Keep one row."))
        first.setdefault((source, name), row.number)
        found[source].append(Alias(name, model, row.number))
    raise_problems(problems, where)
    listed = {origin: tuple(some) for origin, some in found.items()}
    return Aliases(where, listed, hashlib.sha256(data).hexdigest())


def add_aliases(path: Path, rows: Collection[tuple[str, str, str]]) -> None:
    """Append (source, name, model) rows, whole or not at all. Raises DataError where it cannot be written."""
    try:
        before = path.read_text(encoding="utf-8-sig") if path.exists() else ",".join(COLUMNS) + "\n"
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(map(defused, row) for row in rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        ended = before if before.endswith("\n") else before + "\n"
        beside.write_text(ended + text.getvalue(), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise DataError(Problem(str(path), f"cannot be written: {error.strerror}.")) from None
