"""The tables of a snapshot as CSV: from text to checked frames, and back to the same bytes.

Numbers are written with as many digits as it takes to read the same number back. Text that a spreadsheet
would run as a formula is preceded by an apostrophe, which reading takes off again.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from builder.catalog.cells import (
    MOST_PROBLEMS,
    CellFault,
    CsvTable,
    Row,
    cell_place,
    column_problems,
    defused,
    parse_number,
    raise_problems,
    read_csv_rows,
    restored,
    shown,
)
from builder.catalog.snapshot import FAILED, MISSING, SCORED, STATES
from builder.catalog.tree import Group, Metric, MetricTree
from builder.errors import DataError, Problem
from builder.names import did_you_mean, slug

MODEL_COLUMNS = ("id", "name", "source_id")
METRIC_COLUMNS = ("id", "name", "parent", "higher_is_better", "role", "reference", "ceiling")
SCORE_COLUMNS = ("model", "metric", "score", "state", "error", "date")
PUBLISHED_COLUMNS = ("model", "group", "value")
TRUTH_COLUMNS = ("model", "factor", "value")
DIRECTIONS = {"true": True, "false": False, "": None}


@dataclass
class Reader:
    """One table being read: its cells by column name, and what is wrong with it so far."""

    where: str
    table: CsvTable
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def open(
        cls, data: bytes, where: str, required: Iterable[str], optional: Iterable[str] | None = ()
    ) -> Reader:
        """Raises DataError where the text or its header cannot be read. `optional` None admits any column."""
        raw = read_csv_rows(data, where)
        table = raw._replace(header=tuple(map(restored, raw.header)))
        if len(set(table.header)) < len(table.header):
            raise DataError(Problem(f"{where}: row 1", "names a column twice.", "Name each its own way."))
        raise_problems(column_problems(table.header, where, required=required, optional=optional), where)
        return cls(where, table)

    def texts(self, column: str) -> list[str]:
        """A column as text; empty cells where the file does not have it."""
        if column not in self.table.header:
            return [""] * len(self.table.rows)
        at = self.table.header.index(column)
        return [restored(row.cells[at].strip()) for row in self.table.rows]

    def numbers(self, column: str) -> list[float]:
        """A column of numbers, NaN where a cell is empty."""
        found = []
        for row, text in zip(self.table.rows, self.texts(column), strict=True):
            value = parse_number(text) if text else math.nan
            if isinstance(value, CellFault):
                self.problems.append(value.at(self.where, row.number, column))
                value = math.nan
            found.append(value)
        return found

    def fault(self, row: Row, column: str, what: str, remedy: str) -> None:
        """Add a problem with its place."""
        self.problems.append(Problem(cell_place(self.where, row.number, column), what, remedy))

    def known(self, column: str, ids: Sequence[str], what: str) -> list[str]:
        """A column whose cells must each be one of `ids`."""
        allowed = set(ids)
        texts = self.texts(column)
        for row, text in zip(self.table.rows, texts, strict=True):
            if text not in allowed:
                near = did_you_mean(text, list(ids) if len(self.problems) < MOST_PROBLEMS else [])
                self.fault(row, column, f"'{shown(text)}' is not {what}.", near)
        return texts

    def unique(self, columns: Sequence[str], what: str) -> None:
        """Refuse rows that repeat another in these columns."""
        first: dict[tuple[str, ...], int] = {}
        for row, key in zip(self.table.rows, zip(*map(self.texts, columns), strict=True), strict=True):
            if key in first:
                said = ", ".join(f"'{shown(part)}'" for part in key)
                self.fault(row, columns[-1], f"{said}: {what} in row {first[key]} already.", "Keep one row.")
            first.setdefault(key, row.number)

    def filled(self, column: str) -> list[str]:
        """A column of text in which no cell is empty."""
        texts = self.texts(column)
        for row, text in zip(self.table.rows, texts, strict=True):
            if not text:
                self.fault(row, column, "is empty.", "Fill it in.")
        return texts

    def done(self) -> None:
        """Raise DataError if anything is wrong."""
        raise_problems(self.problems, self.where)


def read_models(data: bytes, where: str, numeric: Sequence[str] = ()) -> pd.DataFrame:
    """models.csv: id, name, optionally source_id (else the id), and any attributes; sorted by id.

    Attributes named in `numeric`, as the file names them, are numbers, the others text. Raises DataError with
    every problem.
    """
    reader = Reader.open(data, where, MODEL_COLUMNS[:2], None)
    numbers = set(map(restored, numeric))
    ids = reader.filled("id")
    for row, text in zip(reader.table.rows, ids, strict=True):
        if text and slug(text) != text:
            remedy = f"Use '{slug(text)}', and put the name in the column 'name'."
            reader.fault(row, "id", f"'{shown(text)}' cannot stand in an address.", remedy)
    reader.unique(["id"], "stands")
    columns: dict[str, Sequence[object]] = {"id": ids, "name": reader.filled("name")}
    source_ids = reader.texts("source_id")
    columns["source_id"] = [said or own for said, own in zip(source_ids, ids, strict=True)]
    for column in reader.table.header:
        if column not in MODEL_COLUMNS:
            columns[column] = reader.numbers(column) if column in numbers else reader.texts(column)
    if not ids:
        reader.problems.append(Problem(where, "has no models.", "Give it one row a model."))
    reader.done()
    return pd.DataFrame(columns).sort_values("id", ignore_index=True)


def read_metrics(data: bytes, where: str) -> MetricTree:
    """metrics.csv: a row a node of the tree. A row without a direction is a group.

    Raises DataError with every problem.
    """
    reader = Reader.open(data, where, METRIC_COLUMNS[:4], METRIC_COLUMNS[4:])
    ids, names, parents = reader.filled("id"), reader.texts("name"), reader.texts("parent")
    directions = reader.texts("higher_is_better")
    roles, references = reader.texts("role"), reader.texts("reference")
    ceilings = reader.texts("ceiling")
    holds = set(parents)
    named: dict[str, str] = {}
    nodes: list[Group | Metric] = []
    for i, row in enumerate(reader.table.rows):
        if directions[i].lower() not in DIRECTIONS:
            what = f"'{shown(directions[i])}' is not a direction."
            reader.fault(
                row, "higher_is_better", what, "Write true or false; leave it empty for a group only."
            )
            continue
        direction = DIRECTIONS[directions[i].lower()]
        if direction is None and ids[i] not in holds:
            reader.fault(
                row, "higher_is_better", f"'{shown(ids[i])}' holds no metrics and says no direction.",
                "Write true or false for a metric; name a group as the parent of its metrics.",
            )  # fmt: skip
        name = names[i] or ids[i]
        if direction is None:
            nodes.append(Group(ids[i], name, parents[i], roles[i], references[i]))
            continue
        if roles[i]:
            reader.fault(row, "role", "is said of a metric; only groups have roles.", "Move it to a group.")
        other = named.setdefault(name, ids[i])
        if other != ids[i]:
            what = f"'{shown(name)}' is the name of '{shown(other)}' too."
            reader.fault(row, "name", what, "Give every metric its own name.")
        ceiling = parse_number(ceilings[i]) if ceilings[i] else math.nan
        if isinstance(ceiling, CellFault):
            reader.fault(row, "ceiling", ceiling.what, ceiling.remedy)
            continue
        nodes.append(Metric(ids[i], name, parents[i], direction, references[i], ceiling))
    reader.unique(["id"], "stands")
    reader.done()
    try:
        tree = MetricTree.ordered(nodes)
    except ValueError as error:
        raise DataError(Problem(where, f"{error}.", "Correct the parents.")) from None
    if not tree.metrics:
        raise DataError(Problem(where, "has no metric.", "Give it one row a metric."))
    return tree


def read_scores(data: bytes, where: str, models: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """scores.csv: a row a cell; missing cells may be left out. Sorted by model and metric.

    `models` and `metrics` are the ids that there are. Raises DataError with every problem.
    """
    reader = Reader.open(data, where, SCORE_COLUMNS[:4], SCORE_COLUMNS[4:])
    states = reader.known("state", STATES, "a cell state")
    errors, dates = reader.numbers("error"), reader.texts("date")
    columns = {
        "model": reader.known("model", models, "a model of models.csv"),
        "metric": reader.known("metric", metrics, "a metric of metrics.csv"),
        "score": reader.numbers("score"),
        "state": states,
        "error": errors,
        "date": dates,
    }
    reader.unique(["model", "metric"], "the cell stands")
    cells = zip(reader.table.rows, reader.texts("score"), states, errors, dates, strict=True)
    for row, text, state, error, date in cells:
        if state == SCORED and not text:
            what = "is empty, but the state is 'scored'."
            reader.fault(row, "score", what, "Give the score, or say 'failed' or 'missing'.")
        if state in (FAILED, MISSING) and text:
            what = f"is '{shown(text)}', but the state is '{state}'."
            reader.fault(row, "score", what, "Leave it empty, or say 'scored'.")
        if error < 0:
            reader.fault(row, "error", "is negative.", "Give the standard error, or leave it empty.")
        if date and not _is_date(date):
            reader.fault(row, "date", f"'{shown(date)}' is not a date.", "Write it like 2025-05-07.")
    reader.done()
    frame = pd.DataFrame(columns)
    run = frame[frame["state"] != MISSING]
    return run.sort_values(["model", "metric"], ignore_index=True)


def read_values(
    data: bytes, where: str, columns: tuple[str, str, str], models: Sequence[str], names: Sequence[str] | None
) -> pd.DataFrame:
    """published.csv and truth.csv: model, a name (one of `names`, or any), a number. Sorted.

    Raises DataError with every problem.
    """
    reader = Reader.open(data, where, columns)
    model, name, value = columns
    numbers = reader.numbers(value)
    for row, text in zip(reader.table.rows, reader.texts(value), strict=True):
        if not text:
            reader.fault(row, value, "is empty.", "Give the number, or leave the row out.")
    frame = pd.DataFrame(
        {
            model: reader.known(model, models, "a model of models.csv"),
            name: reader.filled(name)
            if names is None
            else reader.known(name, names, "a group of metrics.csv"),
            value: numbers,
        }
    )
    reader.unique([model, name], "the value stands")
    reader.done()
    return frame.sort_values([model, name], ignore_index=True)


def table_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as CSV: UTF-8, line feeds, the shortest digits that read back as the same number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(defused, frame.columns))
    columns = [[_written(value) for value in frame[name]] for name in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()


def tree_frame(tree: MetricTree) -> pd.DataFrame:
    """A metric tree as the rows of metrics.csv, depth first; without `ceiling` where no metric has one."""
    rows: list[tuple[str | float, ...]] = []

    def walk(parent: str) -> None:
        for child in tree.children(parent):
            if tree.is_group(child):
                group = tree.group(child)
                rows.append((child, group.name, parent, "", group.role, group.reference, ""))
                walk(child)
            else:
                metric = tree.metric(child)
                direction = "true" if metric.higher_is_better else "false"
                rows.append((child, metric.name, parent, direction, "", metric.reference, metric.ceiling))

    walk("")
    frame = pd.DataFrame(rows, columns=list(METRIC_COLUMNS))
    measured = any(not math.isnan(metric.ceiling) for metric in tree.metrics)
    return frame if measured else frame.drop(columns="ceiling")


def score_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores as the columns of scores.csv, without `error` and `date` where no cell has one."""
    kept = [*SCORE_COLUMNS[:4]]
    if scores["error"].notna().any():
        kept.append("error")
    if (scores["date"] != "").any():
        kept.append("date")
    return scores[kept]


def _written(value: object) -> str:
    if isinstance(value, str):
        return defused(value)
    number = float(value)  # type: ignore[arg-type]
    if math.isnan(number):
        return ""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text))
