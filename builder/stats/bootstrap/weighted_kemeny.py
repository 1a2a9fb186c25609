"""Kemeny-Young orders when metrics count a whole number of times, for many draws at once.

As in `weighted`: a panel and `counts` of shape (draws, n_metrics) to shape (n, draws). Every draw is searched
anew, by moving single models by a few places at a time; nothing is proven of it. All draws
take the same step together, so that the search of one is not a loop of its own.

The start is the order by Copeland's rule, in which no model stands before one that it should be behind in
every best order (Truchon 1998); no move that gains can change that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from builder.stats.bootstrap.weighted_pairs import pair_blocks
from builder.stats.panel import Panel
from builder.stats.schemes import positions
from builder.stats.schemes.kemeny_search import improved, shared_places

FloatArray = NDArray[np.float64]
FloatArray32 = NDArray[np.float32]
IntArray = NDArray[np.int64]
NEAR, FAR = (16,), (16, 96)
"""How far models move, as `kemeny_search.REACHES`: the start is near where most comparisons are decided, and
of so many metrics that their majorities are."""
MOSTLY, MANY = 0.9, 20
SWEEPS = 5
"""Times that all models are looked at: nearly all moves are among the first."""


def kemeny(panel: Panel, counts: IntArray) -> FloatArray:
    """As `kemeny.kemeny`, each draw searched anew but not proven."""
    found = np.empty((len(panel.ranks), len(counts)))
    # Models that stand near to each other lie near to each other in memory.
    points = positions.borda_points(panel)
    near = np.argsort(-points.sum(axis=1), kind="stable")
    borda = points[near] @ counts.T
    clear = panel.ranks.shape[1] >= MANY and decided_share(panel.ranks) >= MOSTLY
    reaches = NEAR if clear else FAR
    for first, margins in pair_blocks(panel.ranks[near], counts, _margin):
        draws = np.arange(first, first + len(margins))
        beaten = np.stack([np.clip(each, -1, 1).sum(axis=0, dtype=np.int32) for each in margins], axis=1)
        start = np.lexsort((-borda[:, draws], beaten), axis=0)
        order = improved(margins, np.arange(len(margins)), start, reaches, SWEEPS)
        found[near[order], draws] = shared_places(margins, order)
    return found


def decided_share(ranks: FloatArray) -> float:
    """On how many of the comparisons of two models on one metric the one is better than the other, 0 to 1."""
    n, m = ranks.shape
    undecided = 0
    for column in ranks.T:
        _, alike = np.unique(column[~np.isnan(column)], return_counts=True)
        missing = int(np.count_nonzero(np.isnan(column)))
        undecided += int((alike * (alike - 1)).sum()) + missing * (2 * n - missing - 1)
    return float(1 - undecided / max(1, n * (n - 1) * m))


def _margin(mine: FloatArray32, others: FloatArray32) -> FloatArray32:
    return np.subtract(others > mine, others < mine, dtype=np.float32)
