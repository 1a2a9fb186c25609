"""DuckDB and the SQL of queries/: the only module that imports duckdb.

One thread, because sums over several are not bit-reproducible; every query has a total order.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

QUERIES = Path(__file__).resolve().parent.parent / "queries"
Connection = duckdb.DuckDBPyConnection


@cache
def query_text(name: str) -> str:
    """The SQL of queries/NN_<name>.sql. Raises KeyError where there is none, or more than one."""
    found = sorted(QUERIES.glob(f"[0-9][0-9]_{name}.sql"))
    if len(found) != 1:
        raise KeyError(f"queries/ has {len(found)} files for '{name}'")
    return found[0].read_text(encoding="utf-8")


def connect() -> Connection:
    """A database in memory, of one thread."""
    return duckdb.connect(":memory:", config={"threads": 1})


def matrix(column: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """A column that may hold NULLs as a matrix with NaN for them."""
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan).reshape(shape)


def file_rows(name: str, file: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a file, by queries/NN_<name>.sql. Raises ValueError, saying what is wrong."""
    with connect() as connection:
        try:
            answer = connection.execute(query_text(name), {"file": str(file)})
            return [column[0] for column in answer.description or ()], answer.fetchall()
        except duckdb.Error as error:
            raise ValueError(str(error).splitlines()[0]) from None


def file_columns(name: str, file: Path) -> dict[str, Any]:
    """The columns of a file as arrays, masked where there is no value. Raises ValueError as `file_rows`."""
    with connect() as connection:
        try:
            found: dict[str, Any] = connection.execute(query_text(name), {"file": str(file)}).fetchnumpy()
        except duckdb.Error as error:
            raise ValueError(str(error).splitlines()[0]) from None
    return found


def connect_for_counting(temporary: Path | None = None, memory_limit: str = "") -> Connection:
    """A database in memory, of as many threads as there are cores: for whole numbers, which are exact.

    `memory_limit` ("2GB") sends what does not fit to the directory `temporary`.
    """
    connection = duckdb.connect(":memory:")
    if memory_limit:
        connection.execute("SET memory_limit = $limit", {"limit": memory_limit})
    if temporary is not None:
        connection.execute("SET temp_directory = $directory", {"directory": str(temporary)})
    return connection


@dataclass(frozen=True)
class DuckDBTables:
    """Tables of one database by name, and the queries of queries/ over them."""

    connection: Connection

    def hold(self, name: str, frame: pd.DataFrame) -> None:
        """Have a frame as a table."""
        self.connection.register(name, frame)

    def hold_parquet(self, names: tuple[str, str], place: str, columns: Collection[str]) -> None:
        """Have text columns of a Parquet file, or of all in a folder, as two tables, read as a stream.

        The second has `source` (the file) and `row`, from 1, too. Raises ValueError where there is no Parquet
        file, or one has other columns.
        """
        if "://" in place:
            raise ValueError("is an address, and DuckDB reads files of this machine only")
        folder = Path(place)
        files = [str(path) for path in sorted(folder.rglob("*.parquet"))] if folder.is_dir() else [place]
        if not files:
            raise ValueError("has no file named *.parquet")
        try:
            relation = self.connection.sql(query_text("parquet_files"), params={"files": files})
        except duckdb.Error as error:
            raise ValueError(str(error).splitlines()[0]) from None
        refuse_columns(set(relation.columns) - {"file_row_number", "filename"}, columns)
        listed = [f'CAST("{column}" AS VARCHAR) AS "{column}"' for column in columns]
        relation.project(", ".join(listed)).create_view(names[0])
        placed = [*listed, "filename AS source", "file_row_number + 1 AS row"]
        relation.project(", ".join(placed)).create_view(names[1])

    def make(self, query: str) -> None:
        """Make the table or view that queries/NN_<query>.sql makes."""
        self.connection.execute(query_text(query))

    def ask(self, query: str) -> pd.DataFrame:
        """What queries/NN_<query>.sql answers."""
        return self.connection.execute(query_text(query)).df()

    def in_order(self, *names: str) -> DuckDBTables:
        """These tables where averages are taken in the order of their rows: on one thread."""
        for name in names:
            self.connection.table(name)  # raises where it was not made
        self.connection.execute("SET threads = 1")
        return self


def refuse_columns(found: Collection[str], columns: Collection[str]) -> None:
    """Raises ValueError unless these are the columns."""
    absent, unknown = sorted(set(columns) - set(found)), sorted(set(found) - set(columns))
    if absent or unknown:
        raise ValueError(f"has no column {absent[0]}" if absent else f"has an unknown column {unknown[0]}")


def tables_of_arrow(tables: Mapping[str, Any]) -> DuckDBTables:
    """Arrow tables, their rows in the order of their columns, in a database of one thread."""
    connection = connect()
    for name, table in tables.items():
        by_all = ", ".join(f'"{column}"' for column in table.column_names)
        connection.from_arrow(table).order(by_all).create(name)
    return DuckDBTables(connection)


def frame_of_arrow(table: Any) -> pd.DataFrame:
    """An Arrow table as the frame that DuckDB would have answered."""
    with connect() as connection:
        frame: pd.DataFrame = connection.from_arrow(table).df()
    return frame


def write_parquet(frames: Iterable[tuple[Path, pd.DataFrame]]) -> None:
    """Each frame as the Parquet file that is named before it, the same bytes for the same frame."""
    with connect() as connection:
        for file, frame in frames:
            connection.from_df(frame).write_parquet(str(file), compression="zstd")


Answer = tuple[list[str], list[tuple[Any, ...]]]
"""Column names, and rows."""


def duckdb_query(file: Path, query: str) -> Answer:
    """What a DuckDB file answers to one SELECT, which can reach no other file and change nothing.

    Raises ValueError, saying what is wrong.
    """
    shut: dict[str, Any] = {"enable_external_access": False, "lock_configuration": True, "threads": 1}
    try:
        with duckdb.connect(str(file), read_only=True, config=shut) as connection:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise ValueError("it must be one SELECT")
            answer = connection.execute(statements[0])
            return [column[0] for column in answer.description or ()], answer.fetchall()
    except duckdb.Error as error:
        raise ValueError(str(error).splitlines()[0]) from None


def sqlite_query(file: Path, query: str) -> Answer:
    """What an SQLite file answers to one SELECT, which can reach no other file and change nothing.

    Raises ValueError, saying what is wrong.
    """
    readable = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}

    def may(action: int, *_: object) -> int:
        return sqlite3.SQLITE_OK if action in readable else sqlite3.SQLITE_DENY

    try:
        # immutable: no journal is looked for or written beside the file.
        address = f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            connection.set_authorizer(may)
            answer = connection.execute(query)
            if answer.description is None:
                raise ValueError("it must be one SELECT")
            return [column[0] for column in answer.description], answer.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise ValueError(str(error)) from None
