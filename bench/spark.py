"""Trials to scores in DuckDB and on Spark, on this machine: one, ten and fifty million.

On one machine Spark is not expected to win; the rows say by how much it loses, and what memory each takes.
Nothing is asked of them. Without what `requirements/spark.txt` lists it is left out with a sentence.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bench.timing import Row, run_measured
from bench.trials import MEMORY_LIMIT, write_trials
from builder.errors import EngineError
from builder.reductions.engines import Engine, OnDuckDB, OnSpark
from builder.reductions.trials import reduce_trials
from builder.spark import require_spark

Size = tuple[int, int, int, int, int]
SIZES: tuple[Size, ...] = ((5, 5, 500, 10, 70), (10, 5, 1000, 10, 190), (10, 5, 2500, 10, 390))
"""Experiments, conditions, images, people, models: everybody judges each image of each condition."""


def run(sizes: Sequence[Size] = SIZES) -> list[Row]:
    """A row a size: one run of each. Raises AssertionError unless all scores are equal to the last bit."""
    try:
        require_spark()
    except EngineError as error:
        print(f"Spark is not compared: {error}")
        return []
    return [_row(size) for size in sizes]


def _row(size: Size) -> Row:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "trials.parquet"
        write_trials(file, size)
        ours, own_time, own_memory = _run("duckdb", file)
        theirs, peer_time, peer_memory = _run("spark", file)
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    experiments, conditions, images, people, models = size
    return Row(
        what=f"Trials to scores; {own_memory:.0f} MiB at most, Spark {peer_memory:.0f} MiB",
        data=f"{experiments * conditions * images * (people + models):,} generated trials",
        ours=own_time,
        peer="Spark, local[*], with its start",
        theirs=peer_time,
        difference=float(np.abs(ours["kappa"] - theirs["kappa"]).max()),
    )


def _run(which: str, file: Path) -> tuple[pd.DataFrame, float, float]:
    """Scores, seconds without imports, and peak MiB of a process and all that it starts."""
    target = file.with_name(f"{which}.pickle")
    printed, mebibytes = run_measured([sys.executable, "-m", "bench.spark", which, str(file), str(target)])
    return pd.read_pickle(target), float(printed.split()[-1]), mebibytes  # noqa: S301 (our own file)


def _main(which: str, file: Path, target: Path) -> None:
    engine: Engine = OnDuckDB(file.with_name("spilled"), MEMORY_LIMIT) if which == "duckdb" else OnSpark()
    started = time.monotonic()
    found = reduce_trials(file, engine=engine).scores
    print(time.monotonic() - started)
    found.to_pickle(target)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
