"""Reading score tables from outside: CSV text into rows, and the text of one cell into a score."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from builder.catalog.snapshot import FAILED, MISSING, SCORED
from builder.errors import DataError, Problem
from builder.names import did_you_mean

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")
NOT_FINITE = {"nan", "inf", "infinity", "∞", "na", "n/a", "null", "none"}
MOST_PROBLEMS = 50
"""Problems that are listed; for further ones no near word is looked for, which takes milliseconds."""
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class CellFault:
    """Why the text of a cell is refused, and what to do about it."""

    what: str
    remedy: str

    def at(self, where: str, row: int, column: str) -> Problem:
        """The same as a problem with its place: file, row (1 = first line of the file) and column."""
        return Problem(cell_place(where, row, column), self.what, self.remedy)


class Row(NamedTuple):
    """One record of a CSV file: the line of the file on which it begins (1 = first), and its cells."""

    number: int
    cells: tuple[str, ...]


class CsvTable(NamedTuple):
    """A whole CSV file: column names, unlike each other, and rows of exactly as many cells."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def cell_place(where: str, row: int, column: str) -> str:
    """How a place in a score file is named in every message."""
    return f"{where}: row {row}, column '{shown(column)}'"


def shown(text: str) -> str:
    """Text from outside, short and on one line, fit for a message."""
    plain = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 3] + "..."


def defused(text: str) -> str:
    """Text for a cell that a person may open in a spreadsheet, which would run what begins like a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """The text that `defused` was given."""
    return text[1:] if _DEFUSED.match(text) else text


def parse_number(text: str) -> float | CellFault:
    """A finite number such as `.467`, `1.1`, `-0.2` or `1e-3`; anything else is a fault, never NaN."""
    bare = text.strip()
    if NUMBER.fullmatch(bare):
        value = float(bare)
        if math.isfinite(value):
            return value
        return CellFault(f"'{shown(bare)}' is too large for a number.", "Correct the number.")
    word = bare.lstrip("+-").lower()
    if word in NOT_FINITE:
        return CellFault(
            f"'{shown(bare)}' is not a finite number.",
            "Leave the cell empty where nothing was measured, or mark it as failed.",
        )
    return CellFault(f"'{shown(bare)}' is not a number.", _number_remedy(bare))


def parse_score(text: str, *, failed: str | None = None) -> tuple[float, str] | CellFault:
    """(value, state) of a score cell: empty is missing, the marker `failed` is failed, a number is scored.

    The value is NaN unless the state is 'scored'. `failed` is the source's own marker for a metric that was
    run and gave no number, such as 'X'; None where the source has none.
    """
    bare = text.strip()
    if not bare:
        return math.nan, MISSING
    if failed is not None and bare == failed:
        return math.nan, FAILED
    value = parse_number(bare)
    return value if isinstance(value, CellFault) else (value, SCORED)


def read_csv_rows(source: Path | bytes, where: str, *, named: bool = True, delimiter: str = ",") -> CsvTable:
    """Read a whole CSV file: UTF-8 with or without byte-order mark, any line ends, blank lines skipped.

    `where` names the file in messages. Where the columns are not `named`, they are "column 1" and so on, and
    the first line is a row. Raises DataError with every problem: an unreadable or empty file,
    bytes that are not UTF-8, NUL, a quote left open, a column without a name or named twice, a row with
    too few or too many cells.
    """
    text = _decode(_read_bytes(source, where), where)
    problems: list[Problem] = []
    records = _records(text, where, problems, delimiter)
    if not records:
        problems = problems or [Problem(where, "is empty.", "Give it a header line and one row a model.")]
        raise DataError(problems)
    header, rows = records[0].cells, records[1:]
    if not named:
        header, rows = tuple(f"column {at + 1}" for at in range(len(header))), records
    problems += _header_problems(header, where)
    width, first = len(header), "header" if named else "first row"
    for row in rows:
        if len(row.cells) != width:
            problems.append(
                Problem(
                    f"{where}: row {row.number}",
                    f"has {_cells(len(row.cells))}, but the {first} has {width}.",
                    "Quote cells that hold a comma, and give every row one cell for each column.",
                )
            )
    raise_problems(problems, where)
    return CsvTable(header, tuple(rows))


def column_problems(
    header: Sequence[str], where: str, *, required: Iterable[str], optional: Iterable[str] | None = ()
) -> list[Problem]:
    """What is wrong with the columns of a file: required ones that are absent, and unknown ones.

    `optional` None admits any other column.
    """
    wanted = list(required)
    known = [*wanted, *(optional or ())]
    absent = [name for name in wanted if name not in header]
    unknown = [name for name in header if name not in known]
    problems = [
        Problem(
            f"{where}: row 1",
            f"has no column '{shown(name)}'.",
            did_you_mean(name, unknown if at < MOST_PROBLEMS else []) or "Add it.",
        )
        for at, name in enumerate(absent)
    ]
    problems += [
        Problem(
            cell_place(where, 1, name),
            "is a column that is not known here.",
            did_you_mean(name, known if at < MOST_PROBLEMS else []) or "Remove it or correct its name.",
        )
        for at, name in enumerate(unknown)
        if optional is not None
    ]
    return problems


def raise_problems(problems: Sequence[Problem], where: str) -> None:
    """Raise DataError if there are problems: the first 50 of them, and how many more there are."""
    if not problems:
        return
    listed = list(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        listed.append(Problem(where, f"... and {len(problems) - MOST_PROBLEMS} more."))
    raise DataError(listed)


def _number_remedy(bare: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]*,[0-9]+", bare):
        return "Write the decimal point as '.'."
    if bare.endswith("%"):
        return "Give the number without the percent sign."
    if bare.startswith(("−", "–")):  # word processors put these in place of a minus
        return "Write the minus sign as '-'."
    return "Write a number with '.' as decimal point, or leave the cell empty where nothing was measured."


def _read_bytes(source: Path | bytes, where: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise DataError(Problem(where, f"cannot be read: {error.strerror}.")) from None


def _decode(data: bytes, where: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_of(data[: error.start].decode("latin-1"))
        raise DataError(
            Problem(
                f"{where}: row {line}",
                f"is not UTF-8 text (byte 0x{data[error.start]:02x}).",
                "Save the file as UTF-8.",
            )
        ) from None
    if "\0" in text:
        line = _line_of(text[: text.index("\0")])
        raise DataError(
            Problem(f"{where}: row {line}", "holds a NUL byte.", "Save the file as UTF-8 text without it.")
        )
    return text


def _line_of(before: str) -> int:
    return 1 + len(re.findall(r"\r\n|\r|\n", before))


def _records(text: str, where: str, problems: list[Problem], delimiter: str) -> list[Row]:
    """The records up to the first that cannot be read; that one is added to the problems."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    found: list[Row] = []
    begins = 1
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return found
        except csv.Error as error:
            problems.append(
                Problem(
                    f"{where}: row {begins}",
                    f"cannot be read as CSV ({error}).",
                    "Close every quote, and double a quote inside a quoted cell.",
                )
            )
            return found
        if cells:
            found.append(Row(begins, tuple(cells)))


def _header_problems(header: Sequence[str], where: str) -> list[Problem]:
    problems = [
        Problem(f"{where}: row 1", f"column {position} has no name.", "Name it or remove it.")
        for position, name in enumerate(header, start=1)
        if not name.strip()
    ]
    problems += [
        Problem(cell_place(where, 1, name), f"stands {times} times.", "Give every column its own name.")
        for name, times in Counter(header).items()
        if times > 1 and name.strip()
    ]
    return problems


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"
