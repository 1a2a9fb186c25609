"""The bootstrap over metrics: Borda counts against plain NumPy, and every scheme.

Plain NumPy is what a leaderboard's author writes: for each draw take the drawn columns of the ranks, sum
them, and rank the sums.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from bench.timing import Row, best_times
from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats import bootstrap
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES

BORDA_SHAPE, ALL_SHAPE, DRAWS = (332, 41), (455, 50), 1000
ALL_SECONDS = 2.0


def panel(n_models: int, n_metrics: int, seed: int = 0) -> Panel:
    """A complete panel with one factor behind the scores, in two groups."""
    rng = np.random.default_rng(seed)
    scores = np.exp(rng.normal(size=(n_models, 1)) + rng.normal(size=(n_models, n_metrics)))
    groups = [Group("a", "A"), Group("b", "B")]
    metrics = [Metric(f"m{k}", f"M{k}", "a" if k < n_metrics // 2 else "b") for k in range(n_metrics)]
    ranks = stats.rankdata(-scores, axis=0)
    return Panel(
        tuple(f"x{i}" for i in range(n_models)), scores, ranks, MetricTree.ordered([*groups, *metrics])
    )


def run(rounds: int = 5) -> list[Row]:
    """Two rows. Raises AssertionError unless places of Borda counts are the same as the peer's."""
    few = panel(*BORDA_SHAPE)
    counts = bootstrap.draw_counts([0] * BORDA_SHAPE[1], DRAWS, 1)
    columns = np.array([np.repeat(np.arange(BORDA_SHAPE[1]), times) for times in counts])

    def ours() -> bootstrap.PlaceArray:
        return bootstrap.metric_bootstrap(few, "borda", counts)[1]

    def peer() -> bootstrap.PlaceArray:
        found = np.empty((BORDA_SHAPE[0], DRAWS), dtype=np.int32)
        for draw in range(DRAWS):
            total = few.ranks[:, columns[draw]].sum(axis=1)
            ordered = np.sort(total)
            found[:, draw] = 1 + np.searchsorted(ordered, total)
        return found

    np.testing.assert_array_equal(ours(), peer())
    own_time, peer_time = best_times([ours, peer], rounds)
    return [
        Row(
            what=f"Bootstrap of Borda counts, {DRAWS} draws",
            data=f"{BORDA_SHAPE[0]} x {BORDA_SHAPE[1]}, one factor",
            ours=own_time,
            peer=f"plain NumPy {np.__version__}",
            theirs=peer_time,
            difference=0.0,
            at_least=1.0,
        ),
        *_every_scheme(rounds),
    ]


def _every_scheme(rounds: int) -> list[Row]:
    """All schemes together."""
    many = panel(*ALL_SHAPE)
    counts = bootstrap.draw_counts(bootstrap.strata(many.tree), DRAWS, 1)

    def every() -> None:
        for scheme in SCHEMES:
            bootstrap.metric_bootstrap(many, scheme, counts)

    data = f"{ALL_SHAPE[0]} x {ALL_SHAPE[1]}, one factor"
    (seconds,) = best_times([every], rounds)
    return [Row(f"Bootstrap of {len(SCHEMES)} schemes, {DRAWS} draws", data, seconds, at_most=ALL_SECONDS)]
