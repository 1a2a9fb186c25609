"""Votes as panels, a metric a ballot and a model a candidate; and orders by brute force."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from test_stats_schemes import panel_of

from builder.catalog.tree import Metric, MetricTree
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES

FloatArray = NDArray[np.float64]


def flat(n_metrics: int) -> MetricTree:
    return MetricTree.ordered([Metric(f"m{i}", f"M{i}") for i in range(n_metrics)])


def vote(ballots: Mapping[str, int], unranked_last: bool = True) -> Panel:
    """Ballots like 'A>B=C', and how many of each; who is not on one is last together, or not compared."""
    candidates = sorted({one for ballot in ballots for one in ballot.replace("=", ">").split(">")})
    columns = []
    for ballot, times in ballots.items():
        steps = [step.split("=") for step in ballot.split(">")]
        score = {one: -float(place) for place, step in enumerate(steps) for one in step}
        unranked = -float(len(steps)) if unranked_last else np.nan
        columns += [[score.get(one, unranked) for one in candidates]] * times
    return election(tuple(candidates), np.array(columns).T)


def election(candidates: tuple[str, ...], scores: FloatArray) -> Panel:
    """The panel of candidates with what each ballot gives them: shape (n_candidates, n_ballots)."""
    found = panel_of(scores, flat(scores.shape[1]))
    return Panel(candidates, found.scores, found.ranks, found.tree)


def value(scheme: str, panel: Panel) -> dict[str, float]:
    return dict(zip(panel.models, SCHEMES[scheme].aggregate(panel).tolist(), strict=True))


def against(won: FloatArray, order: tuple[int, ...]) -> float:
    """How many comparisons an order, the best first, goes against."""
    return float(sum(won[order[b], order[a]] for a in range(len(order)) for b in range(a + 1, len(order))))


def best_orders(won: FloatArray) -> list[tuple[int, ...]]:
    """Every order that goes against the fewest comparisons, by trying all."""
    cost = {order: against(won, order) for order in permutations(range(len(won)))}
    least = min(cost.values())
    return [order for order, one in cost.items() if one == least]


# Where Tennessee's capital should be: the example of several voting systems, with its published results
# (Wikipedia, "Borda count", "Copeland's method", "Minimax Condorcet method", "Kemeny-Young method").
TENNESSEE = vote({"M>N>C>K": 42, "N>C>K>M": 26, "C>K>N>M": 15, "K>C>N>M": 17})
