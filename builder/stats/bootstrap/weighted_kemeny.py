"""Kemeny-Young orders when metrics count a whole number of times, for many draws at once.

As in `weighted`: a panel and `counts` of shape (draws, n_metrics) to shape (n, draws). Every draw is searched
anew, by moving single models by at most `REACH` places at a time until none gains; nothing is proven of it.
All draws take the same step together, so that the search of one is not a loop of its own.

The start is the order by Copeland's rule, in which no model stands before one that it should be behind in
every best order (Truchon 1998); no move that gains can change that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from builder.stats.bootstrap.weighted_pairs import SmallArray, copeland, pair_blocks
from builder.stats.panel import Panel
from builder.stats.schemes import positions
from builder.stats.schemes.kemeny import PASSES

FloatArray = NDArray[np.float64]
FloatArray32 = NDArray[np.float32]
IntArray = NDArray[np.int64]
REACH = 16
"""Places by which a model moves at most in one step: farther ones take several."""
WIDTH = 2 * REACH + 1
_SUMS = np.tri(WIDTH + 1, WIDTH, -1, dtype=np.float32)


def kemeny(panel: Panel, counts: IntArray) -> FloatArray:
    """As `kemeny.kemeny`, each draw searched anew but not proven."""
    found = np.empty((len(panel.ranks), len(counts)))
    # Models that stand near to each other lie near to each other in memory.
    points = positions.borda_points(panel)
    near = np.argsort(-points.sum(axis=1), kind="stable")
    ordered = Panel(tuple(panel.models[k] for k in near), panel.scores[near], panel.ranks[near], panel.tree)
    start = np.lexsort((-points[near] @ counts.T, -copeland(ordered, counts)), axis=0)
    for first, margins in pair_blocks(ordered.ranks, counts, _margin):
        draws = np.arange(first, first + len(margins))
        order = _improved(margins, start[:, draws])
        found[near[order], draws] = _places(margins, order)
    return found


def _margin(mine: FloatArray32, others: FloatArray32) -> FloatArray32:
    return np.subtract(others > mine, others < mine, dtype=np.float32)


def _improved(margins: SmallArray, order: IntArray) -> IntArray:
    """The orders after moving single models to where they cost least, until none gains.

    Shape (n, draws) in and out, best first. Models `WIDTH` places apart move at once: what each of them may
    pass is its own.
    """
    n, draws = order.shape
    flat = margins.reshape(-1)
    found = order.copy()
    left = np.arange(draws)
    held = np.zeros((n + 2 * REACH, draws), dtype=np.int64)
    held[REACH : REACH + n] = order
    for _ in range(PASSES):
        moved = np.zeros(len(left), dtype=np.bool_)
        for first in range(min(WIDTH, n)):
            windows = -(-(n - first) // WIDTH)
            near = held[first : first + windows * WIDTH].reshape(windows, WIDTH, -1)
            own = left * (n * n) + near[:, REACH] * n
            # Slot k of a window is before its place k: what stands there costs what the places before it do.
            costs = _SUMS @ flat.take(near + own[:, np.newaxis]).astype(np.float32)
            if first < REACH:
                costs[0, : REACH - first] = np.inf
            costs[-1, REACH + n + 1 - first - (windows - 1) * WIDTH :] = np.inf
            window, draw = np.nonzero(costs.min(axis=1) < costs[:, REACH])
            if len(draw):
                moved[draw] = True
                slot = costs[window, :, draw].argmin(axis=1)
                near[window, :, draw] = _moved(near[window, :, draw], slot)
        found[:, left] = held[REACH : REACH + n]
        left, held = left[moved], np.ascontiguousarray(held[:, moved])
        if not len(left):
            break
    return found


def _moved(windows: IntArray, slots: IntArray) -> IntArray:
    """Each row of `windows`, shape (k, WIDTH), with what is in its middle taken to before its slot."""
    to = (slots - (slots > REACH))[:, np.newaxis]
    place = np.arange(WIDTH)
    source = place + ((place >= REACH) & (place < to)) - ((place <= REACH) & (place > to))
    np.put_along_axis(source, to, REACH, axis=1)
    return np.take_along_axis(windows, source, axis=1)


def _places(margins: SmallArray, order: IntArray) -> FloatArray:
    """1 = best, shape (n, draws), in the order given; neighbours that are alike to all share a place."""
    n, draws = order.shape
    place = np.broadcast_to(np.arange(1.0, n + 1)[:, np.newaxis], order.shape).copy()
    each = np.arange(draws)
    row, draw = np.nonzero(margins[each, order[:-1], order[1:]] == 0)
    alike = (margins[draw, order[row, draw]] == margins[draw, order[row + 1, draw]]).all(axis=1)
    place[row[alike] + 1, draw[alike]] = 0
    np.maximum.accumulate(place, axis=0, out=place)
    return place
