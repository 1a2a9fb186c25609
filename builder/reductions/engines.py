"""Where trials are counted: in DuckDB on this machine, or on Spark; the SQL is the same.

Counts are whole numbers, the same in any order. Averages are taken of few rows, in order and on one thread,
so that an engine changes no bit of a score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from builder.database import DuckDBTables, connect_for_counting
from builder.spark import spark_tables


@dataclass(frozen=True)
class OnDuckDB:
    """All cores of this machine. `temporary` is where DuckDB may put what does not fit into `memory_limit`
    ("2GB").
    """

    temporary: Path | None = None
    memory_limit: str = ""


@dataclass(frozen=True)
class OnSpark:
    """A Spark cluster by its master's URL; empty for spark-submit's, and without that for this machine."""

    master: str = ""


Engine = OnDuckDB | OnSpark
ON_THIS_MACHINE = OnDuckDB()


class Tables(Protocol):
    """What an engine does: see `builder.database.DuckDBTables`."""

    def hold(self, name: str, frame: pd.DataFrame) -> None: ...
    def hold_parquet(self, names: tuple[str, str], place: str, columns: Collection[str]) -> None: ...
    def make(self, query: str) -> None: ...
    def ask(self, query: str) -> pd.DataFrame: ...
    def in_order(self, *names: str) -> DuckDBTables: ...


@contextmanager
def open_tables(engine: Engine) -> Iterator[Tables]:
    """No tables yet; gone afterwards. Raises EngineError where the engine cannot be had."""
    if isinstance(engine, OnSpark):
        with spark_tables(engine.master) as tables:
            yield tables
    else:
        with connect_for_counting(engine.temporary, engine.memory_limit) as connection:
            yield DuckDBTables(connection)
