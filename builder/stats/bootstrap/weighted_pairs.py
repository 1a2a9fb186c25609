"""The schemes that compare models two by two, when metrics count a whole number of times.

As in `weighted`: a panel and `counts` of shape (draws, n_metrics) to shape (n, draws).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes import kemeny as kemeny_young
from builder.stats.schemes import latent, majority, positions

FloatArray = NDArray[np.float64]
FloatArray32 = NDArray[np.float32]
IntArray = NDArray[np.int64]
BLOCK = 1 << 24
"""Wins that are held at once: draws times models squared."""


def _margins(panel: Panel, counts: IntArray) -> Iterator[tuple[int, FloatArray32]]:
    """On how many metrics more each model is better than each later one: shape (later models, draws).

    Whole numbers well below 2**24, so that single precision is exact.
    """
    weights = np.ascontiguousarray(counts.T, dtype=np.float32)
    # NaN compares as neither, which is what a hole says.
    ranks = panel.ranks.astype(np.float32)
    for model, mine in enumerate(ranks[:-1]):
        later = ranks[model + 1 :]
        yield model, np.subtract(later > mine, later < mine, dtype=np.float32) @ weights


def copeland(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.copeland`."""
    found = np.zeros((len(panel.ranks), len(counts)), dtype=np.float32)
    for model, margin in _margins(panel, counts):
        won = np.clip(margin, -1, 1, out=margin)
        found[model] += won.sum(axis=0)
        found[model + 1 :] -= won
    return found.astype(np.float64)


def minimax(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.minimax`."""
    n = len(panel.ranks)
    found = np.full((n, len(counts)), -np.inf if n > 1 else 0.0, dtype=np.float32)
    for model, margin in _margins(panel, counts):
        np.maximum(found[model], -margin.min(axis=0), out=found[model])
        np.maximum(found[model + 1 :], margin, out=found[model + 1 :])
    return found.astype(np.float64)


def losses(panel: Panel, counts: IntArray) -> FloatArray32:
    """`majority.wins` of each draw, turned over: (draw, i, j) is how often j is better than i.

    Shape (draws, n, n). Halves, exact in single precision.
    """
    n = len(panel.ranks)
    weights = counts.astype(np.float32)
    found = np.empty((len(counts), n, n), dtype=np.float32)
    ranks = np.ascontiguousarray(panel.ranks.T, dtype=np.float32)
    for model in range(n):
        mine = ranks[:, [model]]
        points = (ranks < mine) + np.float32(0.5) * (ranks == mine)
        points[:, model] = 0
        found[:, model] = weights @ points
    return found


def baldwin(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.baldwin`, a block of draws at a time."""
    found = np.empty((len(panel.ranks), len(counts)))
    for start, stop in _blocks(panel, counts):
        found[:, start:stop] = _eliminate(losses(panel, counts[start:stop])).T
    return found


def _blocks(panel: Panel, counts: IntArray) -> Iterator[tuple[int, int]]:
    step = max(1, BLOCK // len(panel.ranks) ** 2)
    return ((start, min(start + step, len(counts))) for start in range(0, len(counts), step))


def _eliminate(lost: FloatArray32) -> FloatArray:
    """Places in which models leave, shape (draws, n), from `losses` of shape (draws, n, n)."""
    count = lost.sum(axis=1)
    place = np.zeros(count.shape)
    left = np.full(len(lost), lost.shape[1])
    rows = np.flatnonzero(left)
    while len(rows):
        here = count[rows]
        first = here.argmin(axis=1)
        lowest = here <= here[np.arange(len(rows)), first][:, np.newaxis] + 1e-9
        n_lowest = np.count_nonzero(lowest, axis=1)
        left[rows] -= n_lowest
        here -= lost[rows, first]
        if n_lowest.max() > 1:
            lowest[np.arange(len(rows)), first] = False
            for row, model in np.argwhere(lowest):
                here[row] -= lost[rows[row], model]
                place[rows[row], model] = left[rows[row]] + 1
            here[lowest] = np.inf
        count[rows] = here
        count[rows, first] = np.inf
        place[rows, first] = left[rows] + 1
        rows = rows[left[rows] > 0]
    return place


def kemeny(panel: Panel, counts: IntArray) -> FloatArray:
    """As `kemeny.kemeny`, each draw searched anew but not proven."""
    found = np.empty((len(panel.ranks), len(counts)))
    for start, stop in _blocks(panel, counts):
        for draw, lost in enumerate(losses(panel, counts[start:stop]), start):
            found[:, draw] = kemeny_young.places_of(lost.T.astype(np.float64, order="C"), exact=False)
    return found


def bradley_terry(panel: Panel, counts: IntArray) -> FloatArray:
    """In the order of `latent.bradley_terry`.

    Where all models have a rank on every metric, every two meet equally often, and strengths stand in the
    order of Borda counts, which are given. Elsewhere one Newton step from the panel's own strengths (the
    one-step bootstrap: Davison and Hinkley 1997, Bootstrap methods and their application, section 2.7).
    """
    weights = counts.T.astype(np.float64)
    if not np.isnan(panel.ranks).any():
        return positions.borda_points(panel) @ weights
    n, m = panel.ranks.shape
    won = majority.wins(panel)
    strength = latent.fit_strengths(won, latent.PRIOR)
    chance = latent.chances(strength)
    slope = np.empty((n, m))
    for metric in range(m):
        rank = panel.ranks[:, metric]
        both = ~np.isnan(rank)[:, None] & ~np.isnan(rank)[None, :]
        np.fill_diagonal(both, False)
        better = (rank[:, None] < rank[None, :]) + 0.5 * (rank[:, None] == rank[None, :])
        slope[:, metric] = np.where(both, better - chance, 0.0).sum(axis=1)
    curve = latent.curvature(won + won.T, strength)
    # At the strengths all slopes and the prior's sum to 0; the prior's is the same in every draw.
    start = slope.sum(axis=1)
    return np.asarray(
        strength[:, None] + np.linalg.solve(curve, slope @ weights - start[:, None]), dtype=np.float64
    )
