"""One sheet of an Excel file (.xlsx) as a table of text cells; no formula is run."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from builder.catalog.cells import CsvTable, Row, raise_problems, shown
from builder.errors import DataError, Problem
from builder.names import did_you_mean

MOST_BYTES = 256 << 20
REMEDY = "Save it as .xlsx or as CSV."
Grid = list[tuple[Any, ...]]
"""Cells by row, each its value or None."""


def spreadsheet_table(path: Path, where: str, sheet: str) -> tuple[CsvTable, str]:
    """The cells of the sheet of that name, or of the only one, and its name; rows have Excel's numbers.

    The first row that is not empty names the columns; empty rows and empty columns are passed over, hidden
    ones are read. A formula is the value that Excel last worked out, or its own text where there is none; so
    are truth values, dates and errors text, which no score is. Raises DataError for what is no Excel file,
    and for columns without a name of their own, by their cell.
    """
    values, formulas, name = _grids(path, where, sheet)
    rows = []
    for number, (row, written) in enumerate(zip_longest(values, formulas, fillvalue=()), start=1):
        cells = tuple(_text(value, formula) for value, formula in zip_longest(row, written))
        if any(cell.strip() for cell in cells):
            rows.append(Row(number, cells))
    place = f"{where}: {name}"
    if not rows:
        raise DataError(Problem(place, "is empty.", "Name the sheet of the scores with --sheet."))
    return _table(rows, place), name


def _grids(path: Path, where: str, sheet: str) -> tuple[Grid, Grid, str]:
    """A sheet's values, its formulas, and its name."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(one.file_size for one in packed.infolist())
        if size > MOST_BYTES:
            raise DataError(Problem(where, f"holds more than {MOST_BYTES} bytes.", "Save the table as CSV."))
        data = path.read_bytes()  # openpyxl goes by the end of a name, where it is given one
        books = [load_workbook(io.BytesIO(data), read_only=True, data_only=only) for only in (True, False)]
        names = [one.title for one in books[0].worksheets]
        if sheet and sheet not in names:
            raise DataError(Problem(where, f"has no sheet '{shown(sheet)}'.", did_you_mean(sheet, names)))
        if not names:
            raise DataError(Problem(where, "has no sheet.", REMEDY))
        if not sheet and len(names) > 1:
            listed = ", ".join(f"'{shown(one)}'" for one in names)
            raise DataError(Problem(where, f"has the sheets {listed}.", "Name one with --sheet."))
        name = sheet or names[0]
        values, formulas = (list(book[name].iter_rows(values_only=True)) for book in books)
    except DataError:
        raise
    except Exception as error:  # openpyxl fails in many ways on a file that is damaged
        what = f"is no Excel file that can be read ({shown(str(error))})."
        raise DataError(Problem(where, what, REMEDY)) from None
    return values, formulas, name


def _text(value: object, formula: object) -> str:
    """A cell as text; a whole number as Excel shows it, without a decimal point."""
    if value is None:
        return "" if formula is None else str(formula)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _table(rows: Sequence[Row], place: str) -> CsvTable:
    width = max(len(row.cells) for row in rows)
    padded = [row.cells + ("",) * (width - len(row.cells)) for row in rows]
    kept = [at for at in range(width) if any(cells[at].strip() for cells in padded)]
    names = [padded[0][at].strip() for at in kept]
    problems: list[Problem] = []
    for position, (at, name) in enumerate(zip(kept, names, strict=True)):
        cell = f"{place}!{get_column_letter(at + 1)}{rows[0].number}"
        if not name:
            problems.append(Problem(cell, "names no column.", "Name it, or empty the column."))
        elif name in names[:position]:
            problems.append(Problem(cell, f"'{shown(name)}' names a second column.", "Give it its own name."))
    raise_problems(problems, place)
    body = [
        Row(row.number, tuple(cells[at] for at in kept))
        for row, cells in zip(rows[1:], padded[1:], strict=True)
    ]
    return CsvTable(tuple(names), tuple(body))
