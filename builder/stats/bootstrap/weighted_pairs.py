"""The schemes that compare models two by two, when metrics count a whole number of times.

As in `weighted`: a panel and `counts` of shape (draws, n_metrics) to shape (n, draws).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes import latent, majority, positions
from builder.stats.schemes.kemeny_search import SmallArray

FloatArray = NDArray[np.float64]
FloatArray32 = NDArray[np.float32]
IntArray = NDArray[np.int64]
Comparison = Callable[[FloatArray32, FloatArray32], FloatArray32]
BLOCK = 1 << 26
"""Bytes that are held at once: draws times models squared."""
CHUNK = 1 << 19
"""Numbers that are made at once on the way there: what the processor's cache holds."""
TOGETHER = 1 << 17
"""Counts, draws times models, from which models are taken together, for the same reason."""


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


def pair_blocks(ranks: FloatArray, counts: IntArray, compare: Comparison) -> Iterator[tuple[int, SmallArray]]:
    """What every two models have from all metrics together, in as many draws at a time as fit a block.

    `compare` gives whole numbers of -2 to 2 for the ranks of some models, shape (n_metrics, k, 1), and of
    all, (n_metrics, 1, n); NaN compares as neither better nor worse, which is what a hole says. The answer is
    the first draw and an array of shape (draws, n, n) of the smallest type that holds its whole numbers; the
    next block takes its place.
    """
    n, m = ranks.shape
    most = 2 * int(counts.sum(axis=1).max(initial=1))
    kind = np.min_scalar_type(-most - 1)
    by_metric = np.ascontiguousarray(ranks.T, dtype=np.float32)
    at_once = min(max(1, BLOCK // max(1, n * n * kind.itemsize)), max(1, len(counts)))
    step = max(1, CHUNK // max(1, n * max(m, at_once)))
    room: SmallArray = np.empty((at_once, n, n), dtype=kind)
    for start in range(0, len(counts), at_once):
        drawn = counts[start : start + at_once].astype(np.float32)
        found = room[: len(drawn)]
        for some in range(0, n, step):
            points = compare(by_metric[:, some : some + step, np.newaxis], by_metric[:, np.newaxis])
            chunk = found[:, some : some + step]
            chunk[...] = (drawn @ points.reshape(m, -1)).reshape(chunk.shape)
        yield start, found


def _twice_lost(mine: FloatArray32, others: FloatArray32) -> FloatArray32:
    return np.add(others < mine, others <= mine, dtype=np.float32)


def baldwin(panel: Panel, counts: IntArray) -> FloatArray:
    """As `majority.baldwin`, some draws at a time."""
    n = len(panel.ranks)
    found = np.empty((n, len(counts)))
    for start, lost in pair_blocks(panel.ranks, counts, _twice_lost):
        lost[:, np.arange(n), np.arange(n)] = 0
        step = max(1, TOGETHER // max(1, n))
        for some in range(0, len(lost), step):
            place = _eliminate(lost[some : some + step])
            found[:, start + some : start + some + len(place)] = place.T
    return found


def _eliminate(lost: SmallArray) -> FloatArray:
    """Places in which models leave, shape (draws, n), from twice what they have lost, (draws, n, n).

    Entry (draw, i, j) is of the metrics on which j is better than i.
    """
    count = lost.sum(axis=1, dtype=np.float32)
    draws = np.arange(len(lost))
    place = np.zeros(count.shape)
    left = np.full(len(lost), lost.shape[1])
    while left.any():
        first = count.argmin(axis=1)
        least = count[draws, first]
        count[draws, first] = np.inf
        going = left > 0
        shared = going & (count.min(axis=1) == least)  # whole numbers, so that equal is equal
        left -= going
        for draw in np.flatnonzero(shared):
            others = np.flatnonzero(count[draw] == least[draw])
            left[draw] -= len(others)
            place[draw, others] = left[draw] + 1
            count[draw] -= lost[draw, others].sum(axis=0, dtype=np.float32)
            count[draw, others] = np.inf
        place[draws[going], first[going]] = left[going] + 1
        count -= lost[draws, first]
    return place


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
