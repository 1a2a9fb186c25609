"""Spark, and the SQL of queries/ transpiled: the only module that imports pyspark and SQLGlot, when asked.

The queries are those of DuckDB, not copies. What Spark has otherwise is said here: a table that a query makes
is a cached frame with a temporary name and without an order, for there is no catalogue to write it to. No
Python runs on the executors.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from builder.database import (
    DuckDBTables,
    frame_of_arrow,
    query_text,
    refuse_columns,
    tables_of_arrow,
)
from builder.errors import EngineError, Problem

PACKAGES = ("pyspark", "sqlglot", "pyarrow")
LOCAL = "local[*]"
ON_THIS_MACHINE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.warehouse.dir": tempfile.gettempdir(),  # else an empty folder is made where one stands
    "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
}
"""Settings of a local master: nothing listens to other machines, and there are no more parts than help."""
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error and no NULL
    # Filters against the NULLs that no column has would take each image's name apart once more.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",  # text of a folder's name stays text
}
SPELLED_ALIKE = re.compile(r"string|boolean|tinyint|smallint|int|bigint|(var)?char\(\d+\)")
"""Types whose values Spark writes as text as DuckDB does, which is not so of floating-point numbers."""


def require_spark() -> None:
    """Raises EngineError, with a remedy, where PySpark, SQLGlot or Java is not installed."""
    absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if absent:
        remedy = "Install what Spark needs: pip install --requirement requirements/spark.txt"
        raise EngineError(Problem("engine spark", f"needs {absent[0]}, which is not installed.", remedy))
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java").is_file() if home else shutil.which("java") is not None
    if not java and not _submitted():
        what = f"finds no Java in JAVA_HOME ({home})." if home else "finds no Java."
        raise EngineError(Problem("engine spark", what, "Install Java 17 or newer, or set JAVA_HOME to it."))


def _submitted() -> bool:
    """Whether spark-submit started this process, and so says where to run."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


@contextmanager
def spark_tables(master: str = "") -> Iterator[SparkTables]:
    """No tables yet, in a session of their own; one application serves the whole process.

    `master` is a URL; empty for spark-submit's, and without that for all cores of this machine. Raises
    EngineError where Spark is not installed or does not start.
    """
    require_spark()
    where = f"engine spark{f' at {master}' if master else ''}"
    with _gives_up_plainly(where, "Its log above says more."):
        session = _session(master)
    tables = SparkTables(session, where)
    try:
        yield tables
    finally:
        for frame in tables.kept:
            with suppress(Exception):  # an application that has ended keeps nothing
                frame.unpersist()


def _session(master: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of pandas, which is not used here
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.appName("alignboard").config("spark.log.level", "ERROR")
        if not master and not _submitted():
            master = LOCAL
        if master:
            builder = builder.master(master)
        for key, value in ON_THIS_MACHINE.items() if master.startswith("local") else ():
            builder = builder.config(key, value)
        session = builder.getOrCreate().newSession()
    for key, value in SETTINGS.items():
        session.conf.set(key, value)
    return session


@dataclass(frozen=True)
class SparkTables:
    """As `builder.database.DuckDBTables`, on Spark. What Spark fails at raises EngineError."""

    session: Any
    where: str
    kept: list[Any] = field(default_factory=list)
    """Frames in the memory, or on the disks, of the cluster."""

    def hold(self, name: str, frame: pd.DataFrame) -> None:
        """Have a frame as a table."""
        import pyarrow as pa

        with self._plainly():
            table = pa.Table.from_pandas(frame, preserve_index=False)
            self.session.createDataFrame(table).createOrReplaceTempView(name)

    def hold_parquet(self, names: tuple[str, str], place: str, columns: Collection[str]) -> None:
        """Have text columns of the Parquet files at a place as two tables; the second has `source` and `row`.

        Two, for Spark finds out where each row stands whether it is asked or not. The place is a file or a
        folder of this machine, or an address that the cluster knows (s3a://, hdfs://, ...). Raises ValueError
        where there is no Parquet file, or one has other columns.
        """
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import functions as sql

        try:
            frame = self.session.read.parquet(_address(place))
        except (PySparkException, Py4JError) as error:
            raise ValueError(_said(error)) from None
        types = dict(frame.dtypes)
        refuse_columns(types, columns)
        for column in columns:
            if not SPELLED_ALIKE.fullmatch(types[column]):
                raise ValueError(f"has a column {column} of type {types[column]}, which is no text")
        listed = [sql.col(column).cast("string").alias(column) for column in columns]
        source, row = sql.col("_metadata.file_path"), sql.col("_metadata.row_index") + 1
        with self._plainly():
            frame.select(*listed).createOrReplaceTempView(names[0])
            placed = frame.select(*listed, source.alias("source"), row.alias("row"))
            placed.createOrReplaceTempView(names[1])

    def make(self, query: str) -> None:
        """Make the table or view that queries/NN_<query>.sql makes."""
        made = spark_query(query)
        with self._plainly():
            frame = self.session.sql(made.select)
            if made.kind == "TABLE":
                frame = frame.persist()
                self.kept.append(frame)
            frame.createOrReplaceTempView(made.name)

    def ask(self, query: str) -> pd.DataFrame:
        """What queries/NN_<query>.sql answers."""
        with self._plainly():
            return frame_of_arrow(self.session.sql(spark_query(query).select).toArrow())

    def in_order(self, *names: str) -> DuckDBTables:
        """These tables, brought here: averages on a cluster would depend on the order in which it ends."""
        with self._plainly():
            return tables_of_arrow({name: self.session.table(name).toArrow() for name in names})

    def _plainly(self) -> Any:
        return _gives_up_plainly(self.where, "Its log above says more; what was there before is as it was.")


@dataclass(frozen=True)
class SparkQuery:
    """A query as Spark has it: what is selected, and where it makes something, its kind and name."""

    select: str
    kind: str = ""
    """"TABLE", "VIEW" or empty."""
    name: str = ""


@cache
def spark_query(query: str) -> SparkQuery:
    """queries/NN_<query>.sql in Spark's SQL. Raises SQLGlot's error where Spark has nothing like it."""
    import sqlglot

    found: Any = sqlglot.parse_one(query_text(query), read="duckdb")
    if not isinstance(found, sqlglot.exp.Create):
        return SparkQuery(_spark_sql(found))
    select = found.expression.copy()
    select.set("order", None)
    return SparkQuery(_spark_sql(select), str(found.args["kind"]), found.this.name)


def _spark_sql(found: Any) -> str:
    import sqlglot

    return str(found.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False))


def _address(place: str) -> str:
    """A place as Spark takes it: of this machine unless it says otherwise, and no pattern."""
    if "://" in place:
        return place
    return "file://" + re.sub(r"([\[\]{}*?\\])", r"\\\1", str(Path(place).resolve()))


@contextmanager
def _gives_up_plainly(where: str, remedy: str) -> Iterator[None]:
    """Turn what Spark raises into an EngineError."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise EngineError(Problem(where, f"gave up: {_said(error)}.", remedy)) from None


def _said(error: Exception) -> str:
    """The line of Spark's message that says what was wrong."""
    lines = [line.strip().removeprefix(": ") for line in str(error).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("An error occurred while calling"):
        lines = lines[1:]
    return lines[0].rstrip(".") if lines else type(error).__name__
