"""The cost of analysing one snapshot, from 100 models x 10 metrics to 10,000 x 1,000, stage by stage.

Each size is one process of its own. Seconds of a stage leave out those of stages inside it; its memory is the
most that the process held while it ran, with what earlier stages left behind.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from bench.timing import Row, run_measured
from builder import analysis, warehouse
from builder.analysis import ranking
from builder.catalog.snapshot import FAILED, SCORED, Snapshot
from builder.catalog.study import Study, load_study

SIZES = ((100, 10), (300, 30), (1000, 100), (3000, 300), (10_000, 1000))
MEMORY_MIB = 4096
COMPLETE, FAILING = 0.1, 0.02
"""Share of the models that have every score, and of the others' cells that failed."""
STAGES: dict[str, tuple[tuple[object, str], ...]] = {
    "load": ((warehouse.Warehouse, "__init__"),),
    "coverage": ((analysis, "coverage"), (analysis, "profiles")),
    "panel": ((warehouse.Warehouse, "panel"),),
    "correlations": ((analysis, "agreements"),),
    "structure": ((analysis, "structure"),),
    "schemes": ((analysis, "rank"), (analysis, "compare"), (analysis, "contributions")),
    "bootstrap": ((ranking, "add_certainty"),),
    "multiverse": ((analysis, "robustness"),),
    "robustness": ((analysis, "sensitivity"),),
}
"""Stage -> where its functions are looked up."""
_STUDY = """
id = "scale"
title = "Scale"
summary = "Simulated."
tree = ["neural", "behavior"]
higher_is_better = true
[selections.all]
title = "All"
[default_view]
selection = "all"
[data]
source = "simulated"
licence = "CC0-1.0"
attribution = "nobody"
[groups.neural]
role = "neural"
children = {neural}
[groups.behavior]
role = "behavior"
children = {behavior}
"""


def run(sizes: tuple[tuple[int, int], ...] = SIZES) -> list[Row]:
    """A row a size, and the table of stages. Raises AssertionError where one takes 4 GiB or more."""
    rows: list[Row] = []
    found: list[dict[str, tuple[float, float]]] = []
    for n_models, n_metrics in sizes:
        command = [sys.executable, "-m", "bench.scale", str(n_models), str(n_metrics)]
        answer, peak = run_measured(command)
        found.append(json.loads(answer))
        if peak >= MEMORY_MIB:
            raise AssertionError(f"{n_models} x {n_metrics} took {peak:.0f} MiB; asked are {MEMORY_MIB}")
        data = f"{n_models:,} x {n_metrics:,}, simulated, peak {peak:.0f} MiB"
        seconds = sum(took for took, _ in found[-1].values())
        rows.append(Row(what="Analysis of one snapshot", data=data, ours=seconds))
    Console(width=None if sys.stdout.isatty() else 180).print(_table(sizes, found))
    return rows


def _table(sizes: tuple[tuple[int, int], ...], found: list[dict[str, tuple[float, float]]]) -> Table:
    table = Table(title="Seconds, and most MiB held, by stage")
    table.add_column("stage")
    for n_models, n_metrics in sizes:
        table.add_column(f"{n_models:,} x {n_metrics:,}", justify="right")
    for stage in (*STAGES, "rest"):
        cells = [f"{one[stage][0]:.2f} s, {one[stage][1]:.0f}" if stage in one else "-" for one in found]
        table.add_row(stage, *cells)
    return table


def simulated(n_models: int, n_metrics: int, folder: Path) -> tuple[Study, Snapshot]:
    """A study and its snapshot: two abilities, ties, a tenth of the models complete, others with holes.

    The study's file is written into `folder`.
    """
    names = {f"g{k}": [f"m{j}" for j in range(k, n_metrics, 10)] for k in range(min(10, n_metrics))}
    halves = list(names)[: len(names) // 2], list(names)[len(names) // 2 :]
    text = _STUDY.format(neural=json.dumps(halves[0]), behavior=json.dumps(halves[1]))
    text += "".join(f"[groups.{group}]\nchildren = {json.dumps(below)}\n" for group, below in names.items())
    path = folder / "scale.toml"
    path.write_text(text, encoding="utf-8")
    study = load_study(path)
    rng = np.random.default_rng(1)
    neural = np.array([study.tree.top_group(metric) == "neural" for metric in study.tree.metric_ids])
    abilities = rng.normal(size=(n_models, 2)) @ np.linalg.cholesky([[1, 0.45], [0.45, 1]]).T
    scores = 0.1 * np.where(neural, abilities[:, [0]], abilities[:, [1]])
    scores = np.round(0.5 + scores + rng.normal(0, 0.1, size=scores.shape), 3)
    share = np.where(np.arange(n_models) < COMPLETE * n_models, 0.0, rng.uniform(0.2, 0.8, n_models))
    missing = rng.random(scores.shape) < share[:, np.newaxis]
    failed = (rng.random(scores.shape) < FAILING) & (share > 0)[:, np.newaxis]
    return study, _snapshot(study, scores, missing & ~failed, failed)


def _snapshot(
    study: Study,
    scores: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    missing: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    failed: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> Snapshot:
    ids = [f"model-{row:05d}" for row in range(len(scores))]
    rows, columns = np.nonzero(~missing)
    bad = failed[rows, columns]
    cells = pd.DataFrame(
        {
            "model": np.array(ids, dtype=object)[rows],
            "metric": np.array(study.tree.metric_ids, dtype=object)[columns],
            "score": np.where(bad, np.nan, scores[rows, columns]),
            "state": np.where(bad, FAILED, SCORED).astype(object),
        }
    )
    return Snapshot(
        study=study.id,
        id="2025-01-31",
        date=dt.date(2025, 1, 31),
        title="",
        tree=study.tree,
        models=pd.DataFrame({"id": ids, "name": ids, "source_id": ids}),
        scores=cells,
        published=pd.DataFrame({"model": [], "group": [], "value": []}),
        sources=(),
    )


class _Meter:
    """Seconds and peak memory of each stage, of nested ones the innermost."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[float, float]] = {}
        self._running = ["rest"]
        self._since = time.perf_counter()

    def charge(self) -> None:
        """What was used since the last call goes to the innermost stage that runs."""
        now = time.perf_counter()
        seconds, mebibytes = self.found.get(self._running[-1], (0.0, 0.0))
        self.found[self._running[-1]] = (seconds + now - self._since, max(mebibytes, _most_held()))
        self._since = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.charge()
        self._running.append(name)
        try:
            yield
        finally:
            self.charge()
            self._running.pop()

    def watch(self, owner: object, attribute: str, name: str) -> None:
        """Count every call of a function from here on."""
        function: Callable[..., object] = getattr(owner, attribute)

        @wraps(function)
        def watched(*args: object, **kwargs: object) -> object:
            with self.stage(name):
                return function(*args, **kwargs)

        setattr(owner, attribute, watched)


def _most_held() -> float:
    """MiB that this process held at most since the last call; Linux says so and forgets when told."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    Path("/proc/self/clear_refs").write_text("5")
    return int(line.split()[1]) / 1024


def _main(n_models: int, n_metrics: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study, snapshot = simulated(n_models, n_metrics, Path(folder))
    meter = _Meter()
    for name, places in STAGES.items():
        for owner, attribute in places:
            meter.watch(owner, attribute, name)
    analysis.analyse(study, snapshot)
    meter.charge()
    print(json.dumps(meter.found))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
