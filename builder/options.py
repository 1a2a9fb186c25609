"""The command line's application, the options that several commands have, and how errors are said."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer

from builder import __version__
from builder.errors import AlignboardError
from builder.printing import err, out, print_problems
from builder.reductions.engines import Engine, OnDuckDB, OnSpark
from builder.spark import require_spark

app = typer.Typer(
    name="alignboard",
    help="Leaderboards that say how their metrics are combined: snapshots of scores in, a static site out.",
    epilog="Exit codes: 0 done, 1 wrong data, 2 wrong call, 3 a needed source or engine cannot be had, "
    "4 the site cannot be written.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Root = Annotated[
    Path, typer.Option("--root", help="The project: the directory with data/studies.", file_okay=False)
]
Mirror = Annotated[
    Path | None,
    typer.Option(
        "--mirror",
        envvar="ALIGNBOARD_MIRROR",
        help="Read pinned sources from this directory, laid out HOST/PATH as 'wget -x' makes it.",
    ),
]
Cache = Annotated[
    Path,
    typer.Option(
        "--cache",
        envvar="ALIGNBOARD_CACHE",
        help="Where fetched files are kept, by SHA-256, and what builds keep for each other.",
        file_okay=False,
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Make everything anew; take and keep nothing of earlier builds.")
]
Offline = Annotated[bool, typer.Option("--offline", help="Use the cache and the mirror only.")]
StudyName = Annotated[str, typer.Option("--study", help="Only this study.")]
SnapshotName = Annotated[str, typer.Option("--snapshot", help="Only this snapshot; needs --study.")]


class EngineName(StrEnum):
    """Where trials are counted."""

    DUCKDB = "duckdb"
    SPARK = "spark"


EngineOption = Annotated[
    EngineName, typer.Option("--engine", help="Where single trials are counted; the scores are the same.")
]
SparkMaster = Annotated[
    str,
    typer.Option(
        "--spark-master",
        metavar="URL",
        help="The cluster for --engine spark; else spark-submit's, else local[*], this machine.",
    ),
]

HERE = Path()
RELEASES = Path("releases")
"""Below the project: where archives of frozen snapshots lie unless another place is named."""
CACHE = Path(platformdirs.user_cache_dir("alignboard"))


def engine_of(name: EngineName, spark_master: str, memory_limit: str = "") -> Engine:
    """The engine that the options name. Raises EngineError where what it needs is not installed."""
    if name is EngineName.SPARK:
        if memory_limit:
            raise typer.BadParameter("is DuckDB's; Spark has --driver-memory", param_hint="--memory-limit")
        require_spark()
        return OnSpark(spark_master)
    if spark_master:
        raise typer.BadParameter("needs --engine spark", param_hint="--spark-master")
    if memory_limit and not re.fullmatch(r"\d+(\.\d+)? *[KMGT]i?B", memory_limit):
        raise typer.BadParameter("is a size such as 8GB", param_hint="--memory-limit")
    return OnDuckDB(memory_limit=memory_limit)


def speaks_plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Print our own errors without a traceback and exit with their code."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except AlignboardError as error:
            print_problems(error.problems)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            err.print("Stopped; what was there before is as it was.")
            raise typer.Exit(130) from None

    return wrapped


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        out.print(f"alignboard {__version__}")
        raise typer.Exit
