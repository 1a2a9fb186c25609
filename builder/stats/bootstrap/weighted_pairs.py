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
KEPT = 1 << 24
"""Points, models squared times metrics, that are made once and not anew for each block."""


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


def _points(panel: Panel) -> Iterator[tuple[int, FloatArray32]]:
    """Who is better on each metric, each of some models against all.

    The first of these models, and an array of shape (n_metrics, models times n): 1 where the one of all is
    the better, 1/2 where both are as good. As many models at a time as fit a block.
    """
    n, m = panel.ranks.shape
    ranks = np.ascontiguousarray(panel.ranks.T, dtype=np.float32)
    step = max(1, BLOCK // (n * m))
    for start in range(0, n, step):
        mine = ranks[:, start : start + step, np.newaxis]
        # NaN compares as neither, which is what a hole says.
        points = np.less(ranks[:, np.newaxis], mine, dtype=bool).astype(np.float32)
        points += np.equal(ranks[:, np.newaxis], mine) * np.float32(0.5)
        own = np.arange(mine.shape[1])
        points[:, own, start + own] = 0
        yield start, points.reshape(m, -1)


def losses(panel: Panel, counts: IntArray) -> Iterator[tuple[int, FloatArray32]]:
    """`majority.wins` of each draw, turned over: (draw, i, j) is how often j is better than i.

    The first draw and an array of shape (draws, n, n), as many draws as fit a block; the next block takes its
    place. Halves, exact in single precision.
    """
    n, m = panel.ranks.shape
    weights = counts.astype(np.float32)
    step = min(max(1, BLOCK // n**2), max(1, len(weights)))
    kept = list(_points(panel)) if n * n * m <= KEPT else None
    room = np.empty((step, n * n), dtype=np.float32)
    for start in range(0, len(weights), step):
        drawn = weights[start : start + step]
        found = room[: len(drawn)]
        for model, points in _points(panel) if kept is None else kept:
            np.matmul(drawn, points, out=found[:, model * n : model * n + points.shape[1]])
        yield start, found.reshape(len(drawn), n, n)


def baldwin(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.baldwin`, a block of draws at a time."""
    found = np.empty((len(panel.ranks), len(counts)))
    for start, lost in losses(panel, counts):
        found[:, start : start + len(lost)] = _eliminate(lost).T
    return found


def _eliminate(lost: FloatArray32) -> FloatArray:
    """Places in which models leave, shape (draws, n), from `losses` of shape (draws, n, n)."""
    count = lost.sum(axis=1)
    draws = np.arange(len(lost))
    place = np.zeros(count.shape)
    left = np.full(len(lost), lost.shape[1])
    while left.any():
        first = count.argmin(axis=1)
        least = count[draws, first]
        count[draws, first] = np.inf
        going = left > 0
        shared = going & (count.min(axis=1) == least)  # halves, so that equal is equal
        left -= going
        for draw in np.flatnonzero(shared):
            others = np.flatnonzero(count[draw] == least[draw])
            left[draw] -= len(others)
            place[draw, others] = left[draw] + 1
            count[draw] -= lost[draw, others].sum(axis=0)
            count[draw, others] = np.inf
        place[draws[going], first[going]] = left[going] + 1
        count -= lost[draws, first]
    return place


def kemeny(panel: Panel, counts: IntArray) -> FloatArray:
    """As `kemeny.kemeny`, each draw searched anew but not proven."""
    found = np.empty((len(panel.ranks), len(counts)))
    for start, block in losses(panel, counts):
        for draw, lost in enumerate(block, start):
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
