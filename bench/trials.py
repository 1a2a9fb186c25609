"""Fifty million single trials, reduced to scores of each observer: our SQL against plain pandas.

Each runs in a process of its own, so that its peak memory can be told; pandas reads one experiment after the
other, as the toolbox does, because the whole would not fit.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bench.timing import Row, run_measured

N_EXPERIMENTS, N_CONDITIONS, N_IMAGES, N_PEOPLE, N_MODELS = 10, 5, 2500, 10, 390
"""50 million trials: everybody judges each image of each condition."""
MEMORY_LIMIT = "4GB"
_GENERATE = """
COPY (
    SELECT
        'experiment' || e AS experiment,
        CASE WHEN o < $people THEN 'subject-' || LPAD(CAST(o + 1 AS VARCHAR), 2, '0')
            ELSE 'network-' || LPAD(CAST(o AS VARCHAR), 3, '0') END AS subj,
        category[CASE WHEN HASH(i, o, e) % 100 < 30 + 10 * c THEN 1
            ELSE CAST(1 + HASH(e, c, i, o) % 16 AS INTEGER) END] AS object_response,
        category[1] AS category,
        'c' || c AS condition,
        LPAD(CAST(i AS VARCHAR), 4, '0') || '_e' || e || '_s' || o || '_c' || c || '_' || category[1]
            || '_10_n0' || (3000000 + i) || '_' || (i * 7) || '.png' AS imagename
    FROM RANGE($experiments) AS experiments (e), RANGE($people + $models) AS observers (o),
        RANGE($conditions) AS conditions (c), RANGE($images) AS images (i),
        (SELECT ['knife', 'oven', 'bear', 'cat', 'dog', 'bird', 'boat', 'car', 'truck', 'clock', 'chair',
            'bottle', 'bicycle', 'keyboard', 'elephant', 'airplane'] AS category) AS named
    ORDER BY e
) TO '{file}' (FORMAT parquet)
"""


def run(sizes: tuple[int, int, int, int, int] | None = None) -> list[Row]:
    """One row: one run of each. Raises AssertionError unless all scores agree to 1e-12."""
    experiments, conditions, images, people, models = sizes or (
        N_EXPERIMENTS, N_CONDITIONS, N_IMAGES, N_PEOPLE, N_MODELS
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "trials.parquet"
        write_trials(file, (experiments, conditions, images, people, models))
        ours, own_time, own_memory = _run("sql", file, scratch)
        theirs, peer_time, peer_memory = _run("pandas", file, scratch)
    numbers = ["accuracy", "n_images", "accuracy_difference", "observed", "kappa"]
    pd.testing.assert_frame_equal(
        ours.drop(columns=numbers).fillna(""), theirs.drop(columns=numbers).fillna(""), check_dtype=False
    )
    difference = float(np.abs(ours[numbers].to_numpy(float) - theirs[numbers].to_numpy(float)).max())
    assert difference <= 1e-12, difference
    n_trials = experiments * conditions * images * (people + models)
    return [
        Row(
            what=f"Trials to scores; {own_memory:.0f} MiB at most, pandas {peer_memory:.0f} MiB",
            data=f"{n_trials:,} generated trials of {people + models} observers",
            ours=own_time,
            peer=f"pandas {pd.__version__}, an experiment at a time",
            theirs=peer_time,
            difference=difference,
            at_least=2.0,
        )
    ]


def write_trials(file: Path, size: tuple[int, int, int, int, int]) -> None:
    """Generated trials as Parquet: so many experiments, conditions, images, people and models."""
    counts = dict(zip(("experiments", "conditions", "images", "people", "models"), size, strict=True))
    duckdb.execute(_GENERATE.replace("{file}", str(file)), counts)


def _run(which: str, file: Path, scratch: str) -> tuple[pd.DataFrame, float, float]:
    """Scores, seconds of the reduction without imports, and peak MiB of a process of its own."""
    target = Path(scratch) / f"{which}.pickle"
    command = [sys.executable, "-m", "bench.trials", which, str(file), str(target)]
    seconds, mebibytes = run_measured(command)
    return pd.read_pickle(target), float(seconds), mebibytes  # noqa: S301 (our own file)


def _main(which: str, file: Path, target: Path) -> None:
    from bench.pandas_trials import reduce_with_pandas
    from builder.reductions.engines import OnDuckDB
    from builder.reductions.trials import COLUMNS, reduce_trials

    started = time.monotonic()
    if which == "sql":
        temporary = target.parent / "spilled"
        found = reduce_trials(file, engine=OnDuckDB(temporary, MEMORY_LIMIT)).scores
    else:
        names = sorted(pd.read_parquet(file, columns=["experiment"])["experiment"].unique())
        found = pd.concat(
            [
                reduce_with_pandas(
                    pd.read_parquet(file, columns=list(COLUMNS), filters=[("experiment", "==", name)]), {}, ()
                )
                for name in names
            ],
            ignore_index=True,
        )
    print(time.monotonic() - started)
    found.to_pickle(target)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
