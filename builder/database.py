"""DuckDB and the SQL of queries/: the only module that imports duckdb.

One thread, because sums over several are not bit-reproducible; every query has a total order.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection
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


def average_in_order(connection: Connection) -> None:
    """Go on with one thread: averages of more are not bit-reproducible."""
    connection.execute("SET threads = 1")


def parquet_view(connection: Connection, name: str, file: Path, columns: Collection[str]) -> None:
    """A view of a Parquet file's text columns, with `source` (the file's name) and `row`, from 1.

    Raises ValueError where it is no Parquet file, or has other columns.
    """
    try:
        relation = connection.read_parquet(str(file), file_row_number=True)
    except duckdb.Error as error:
        raise ValueError(str(error).splitlines()[0]) from None
    found = set(relation.columns) - {"file_row_number"}
    absent, unknown = sorted(set(columns) - found), sorted(found - set(columns))
    if absent or unknown:
        raise ValueError(f"has no column {absent[0]}" if absent else f"has an unknown column {unknown[0]}")
    listed = [f'CAST("{column}" AS VARCHAR) AS "{column}"' for column in columns]
    relation.project(", ".join([*listed, "'' AS source", "file_row_number + 1 AS row"])).create_view(name)


def write_parquet(frame: pd.DataFrame, file: Path) -> None:
    """A frame as a Parquet file, the same bytes for the same frame."""
    with connect() as connection:
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
