"""A table of one's own out of whatever holds it, as text cells: CSV, Excel, Parquet, JSON lines, a database.

What a file is its first bytes say, not its name. Nothing in it is run: of a formula the value is read that
Excel last worked out, and a database is opened for reading, with one query that can reach nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builder.catalog.cells import CsvTable, Row, raise_problems, read_csv_rows, shown
from builder.catalog.download import Part, Settings, download
from builder.database import duckdb_query, file_rows, sqlite_query
from builder.errors import DataError, Problem

PARQUET, SPREADSHEET, SQLITE = b"PAR1", b"PK\x03\x04", b"SQLite format 3\0"
OLD_EXCEL, DUCKDB = b"\xd0\xcf\x11\xe0", b"DUCK"
DUCKDB_AT = 8
DELIMITERS = (",", ";", "\t")
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*")
MOST_BYTES = 512 << 20
SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY 1"
DUCKDB_TABLES = "SELECT table_name FROM information_schema.tables ORDER BY 1"


@dataclass(frozen=True)
class Reading:
    """What the caller says of a file. `decimal` is "." or ","; the others are empty where nothing is said."""

    sheet: str = ""
    query: str = ""
    decimal: str = "."


@dataclass(frozen=True)
class OwnFile:
    """A file's cells, and where they are from: how messages and records name it, and what was asked of it."""

    name: str
    table: CsvTable
    sha256: str
    part: str = ""
    """The sheet, or the query."""


def read_own_file(given: str, reading: Reading) -> OwnFile:
    """The cells of a file on this machine or at an address (http, https).

    Raises DataError for a file that cannot be understood, with every problem, and SourceError for an address
    that cannot be fetched.
    """
    with _at_hand(given) as path:
        try:
            with path.open("rb") as file:
                begins = file.read(64)
                file.seek(0)
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(Problem(given, f"cannot be read: {error.strerror}.")) from None
        if begins.startswith(SQLITE) or begins[DUCKDB_AT:].startswith(DUCKDB):
            table, part = _queried(path, given, begins, reading), reading.query
        elif reading.query:
            raise DataError(Problem(given, "is no database.", "Leave --query out."))
        elif begins.startswith(SPREADSHEET):
            from builder.catalog.spreadsheets import spreadsheet_table  # half a second to import

            table, part = spreadsheet_table(path, given, reading.sheet)
        elif reading.sheet:
            raise DataError(Problem(given, "is no spreadsheet.", "Leave --sheet out."))
        else:
            table, part = _plain(path, given, begins, reading), ""
    return OwnFile(given, table, sha256, part)


@contextmanager
def _at_hand(given: str) -> Iterator[Path]:
    """The file itself, or what stands at the address, for as long as it is read."""
    if not given.startswith(("http://", "https://")):
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="alignboard-") as scratch:
        path = Path(scratch) / "fetched"
        with path.open("x+b") as file:
            download(given, Part(path, file), Settings(most_bytes=MOST_BYTES), lambda *_: None, {})
        yield path


def _plain(path: Path, where: str, begins: bytes, reading: Reading) -> CsvTable:
    if begins.startswith(OLD_EXCEL):
        raise DataError(Problem(where, "is of Excel before 2007.", "Save it as .xlsx."))
    if begins.startswith(PARQUET):
        return _parquet(path, where)
    data = path.read_bytes()
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _json_lines(data, where)
    first = data.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    bare = re.sub(r'"[^"]*"', "", first)
    delimiter = max(DELIMITERS, key=bare.count)
    table = read_csv_rows(data, where, delimiter=delimiter)
    return _pointed(table) if reading.decimal == "," else table


def _pointed(table: CsvTable) -> CsvTable:
    """Cells that are numbers with a decimal comma, with a point in its place."""
    rows = tuple(
        Row(row.number, tuple(c.replace(",", ".") if DECIMAL_COMMA.fullmatch(c) else c for c in row.cells))
        for row in table.rows
    )
    return CsvTable(table.header, rows)


def _parquet(path: Path, where: str) -> CsvTable:
    """Rows are counted from 1; no value is an empty cell."""
    try:
        header, rows = file_rows("parquet_rows", path)
    except ValueError as error:
        raise DataError(Problem(where, f"cannot be read: {error}.", "Write it again.")) from None
    return as_table(header, rows)


def as_table(header: list[str], rows: list[tuple[object, ...]]) -> CsvTable:
    """Values as text, in rows counted from 1."""
    return CsvTable(
        tuple(header), tuple(Row(number, tuple(map(_text, row))) for number, row in enumerate(rows, start=1))
    )


def _json_lines(data: bytes, where: str) -> CsvTable:
    """One object a line; a key that a line lacks is an empty cell."""
    problems: list[Problem] = []
    objects: list[tuple[int, dict[str, object]]] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(Problem(f"{where}: row {number}", f"is not JSON ({error}).", "Correct the line."))
            continue
        if isinstance(value, dict):
            objects.append((number, value))
        else:
            problems.append(Problem(f"{where}: row {number}", "is no JSON object.", "Write {...} a line."))
    raise_problems(problems, where)
    header = tuple(dict.fromkeys(key for _, one in objects for key in one))
    return CsvTable(
        header, tuple(Row(number, tuple(_text(one.get(key)) for key in header)) for number, one in objects)
    )


def _queried(path: Path, where: str, begins: bytes, reading: Reading) -> CsvTable:
    """What a database answers. Without a query its tables are named."""
    is_sqlite = begins.startswith(SQLITE)
    ask = sqlite_query if is_sqlite else duckdb_query
    if not reading.query.strip():
        try:
            _, rows = ask(path, SQLITE_TABLES if is_sqlite else DUCKDB_TABLES)
        except ValueError as error:
            raise DataError(Problem(where, f"cannot be read: {error}.", "Write it again.")) from None
        tables = ", ".join(shown(str(row[0])) for row in rows) or "none"
        remedy = f"Say what to read with --query 'SELECT ...'. Its tables: {tables}."
        raise DataError(Problem(where, "is a database.", remedy))
    try:
        header, rows = ask(path, reading.query)
    except ValueError as error:
        raise DataError(Problem(f"{where}: --query", f"failed: {error}.", "Correct it.")) from None
    return as_table(header, rows)


def _text(value: object) -> str:
    return "" if value is None else str(value)
