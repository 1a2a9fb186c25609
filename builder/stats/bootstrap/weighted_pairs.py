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
BLOCK = 1 << 23
"""Wins that are held at once: draws times models squared."""


def _margins(panel: Panel, counts: IntArray) -> Iterator[tuple[int, FloatArray32]]:
    """For each model how many more metrics it is better on than each other, shape (draws, n).

    Whole numbers well below 2**24, so that single precision is exact.
    """
    weights = counts.astype(np.float32)
    # NaN compares as neither, which is what a hole says.
    ranks = np.ascontiguousarray(panel.ranks.T, dtype=np.float32)
    for model in range(len(panel.ranks)):
        mine = ranks[:, [model]]
        yield model, weights @ np.subtract(ranks > mine, ranks < mine, dtype=np.float32)


def copeland(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.copeland`."""
    found = np.empty((len(panel.ranks), len(counts)))
    for model, margin in _margins(panel, counts):
        found[model] = np.sign(margin).sum(axis=1)
    return found


def minimax(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.minimax`."""
    found = np.zeros((len(panel.ranks), len(counts)))
    if len(found) > 1:
        for model, margin in _margins(panel, counts):
            margin[:, model] = np.inf
            found[model] = -margin.min(axis=1)
    return found


def wins(panel: Panel, counts: IntArray) -> FloatArray32:
    """As `majority.wins`, for each draw: shape (draws, n, n). Halves, exact in single precision."""
    n = len(panel.ranks)
    weights = counts.astype(np.float32)
    found = np.empty((len(counts), n, n), dtype=np.float32)
    ranks = np.ascontiguousarray(panel.ranks.T)
    for model in range(n):
        points = (ranks[:, [model]] < ranks) + np.float32(0.5) * (ranks[:, [model]] == ranks)
        points[:, model] = 0
        found[:, model] = weights @ points.astype(np.float32)
    return found


def baldwin(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.baldwin`, a block of draws at a time."""
    found = np.empty((len(panel.ranks), len(counts)))
    for start, stop in _blocks(panel, counts):
        found[:, start:stop] = _eliminate(wins(panel, counts[start:stop])).T
    return found


def _blocks(panel: Panel, counts: IntArray) -> Iterator[tuple[int, int]]:
    step = max(1, BLOCK // len(panel.ranks) ** 2)
    return ((start, min(start + step, len(counts))) for start in range(0, len(counts), step))


def _eliminate(won: FloatArray32) -> FloatArray:
    """Places in which models leave, shape (draws, n), from wins of shape (draws, n, n)."""
    count = won.sum(axis=2)
    against = np.ascontiguousarray(won.transpose(0, 2, 1))
    place = np.zeros(count.shape)
    left = np.full(len(won), won.shape[1])
    rows = np.arange(len(won))
    while (left > 0).any():
        least = count.min(axis=1)
        lowest = (count <= least[:, None] + 1e-9) & (left > 0)[:, None]
        place[lowest] = np.broadcast_to((left - lowest.sum(axis=1) + 1)[:, None], place.shape)[lowest]
        left = left - lowest.sum(axis=1)
        alone = lowest.argmax(axis=1)
        count = count - against[rows, alone]
        count[lowest] = np.inf
        lowest[rows, alone] = False
        for draw, model in zip(*np.nonzero(lowest), strict=True):
            count[draw] -= against[draw, model]
    return place


def kemeny(panel: Panel, counts: IntArray) -> FloatArray:
    """As `kemeny.kemeny`, each draw searched anew but not proven."""
    found = np.empty((len(panel.ranks), len(counts)))
    for start, stop in _blocks(panel, counts):
        for draw, won in enumerate(wins(panel, counts[start:stop]), start):
            found[:, draw] = kemeny_young.places_of(won.astype(np.float64), exact=False)
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
