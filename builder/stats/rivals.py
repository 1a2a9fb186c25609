"""How far the choice of rivals can turn the order of the best models (Zhang and Hardt, 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SHARE, MOST = 5, 50
"""One in so many models is relevant, at most so many: pairs of them are looked at one by one."""


@dataclass(frozen=True)
class RivalSensitivity:
    """What the worst set of other models does to the order of the relevant ones by mean win rate.

    relevant     shape (n_relevant,), positions of the models whose order is followed
    chosen       shape (n_chosen,), positions of the others whose presence changes it most, as far as found
    distance     (1 - Kendall's tau-b) / 2 of the orders without any other and with the chosen: 0 = the same,
                 1 = turned round; NaN where either order has all models tied
    rank_change  the largest change of a relevant model's rank over n_relevant - 1: 0 to 1
    """

    relevant: IntArray
    chosen: IntArray
    distance: float
    rank_change: float


def rival_sensitivity(scores: ArrayLike) -> RivalSensitivity | None:
    """The sensitivity of a board to irrelevant models, by a search for the set that turns most.

    `scores` has shape (n_models, n_metrics), higher is better, without NaN. Theirs: models are ranked by mean
    win rate, a win being a metric on which one is strictly better than another; a set of relevant models is
    ranked among itself, then beside a subset of the others; the sensitivity is the distance of both orders at
    the worst subset, given as (1 - tau-b) / 2 and as the largest change of rank.
    Ours: the relevant models are the best fifth by mean win rate among all, at least two and at most `MOST`,
    of equal ones the first, where their program (benchbench 1.0) takes the first fifth of the rows; and the
    search. Theirs follows a gradient; ours tries, for each two relevant models, all others that favour the
    lower one, which finds whether any order can turn at all, and then adds or removes one model at a time
    for as long as that adds to the distance. Either finds a lower bound of the worst.
    None with fewer than three models or without a metric. Raises ValueError if `scores` is not
    two-dimensional or not finite.
    Source: Zhang and Hardt (2024), "Inherent trade-offs between diversity and stability in multi-task
    benchmarks", arXiv 2405.01719.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ValueError("scores need shape (n_models, n_metrics), and none may be missing or infinite")
    n = len(table)
    if n < 3 or not table.shape[1]:
        return None
    relevant = _best(table, min(max(n // SHARE, 2), MOST))
    others = np.setdiff1d(np.arange(n), relevant)
    among = _wins(table[relevant], table[relevant]).sum(axis=1)
    against = _wins(table[relevant], table[others])
    chosen = _worst_set(among, against)
    beside = among + against @ chosen
    moved = np.abs(rankdata(among) - rankdata(beside))
    return RivalSensitivity(
        relevant=relevant,
        chosen=others[chosen],
        distance=float(_distance(among, beside[np.newaxis])[0]),
        rank_change=float(moved.max()) / (len(relevant) - 1),
    )


def _best(table: FloatArray, k: int) -> IntArray:
    """Positions of the k models with the highest mean win rate among all, in the order of the table."""
    wins = np.zeros(len(table), dtype=np.int64)
    for column in table.T:
        # How many are worse: those before the first of its equals.
        wins += np.searchsorted(np.sort(column), column)
    return np.sort(np.argsort(-wins, kind="stable")[:k])


def _wins(models: FloatArray, others: FloatArray) -> FloatArray:
    """On how many metrics each is strictly better than each other: shape (n_models, n_others).

    Whole numbers, and so are their sums, which floating point adds without error and fast.
    """
    found = np.zeros((len(models), len(others)))
    for one, other in zip(models.T, others.T, strict=True):
        found += one[:, np.newaxis] > other
    return found


def _worst_set(among: FloatArray, against: FloatArray) -> BoolArray:
    """Which others to have beside the relevant models: shape (n_others,).

    A mean win rate is a sum of wins over one number for all, so that sums of wins order as they do.
    """
    n_others = against.shape[1]
    upper, lower = np.nonzero(among[:, np.newaxis] > among)
    starts = np.vstack([np.zeros((1, n_others), dtype=bool), against[lower] > against[upper]])
    distance = _distance(among, among + starts.astype(np.float64) @ against.T)
    best = int(np.argmax(np.nan_to_num(distance, nan=-1.0)))
    chosen: BoolArray = starts[best]
    reached = float(distance[best])
    for _ in range(n_others):
        sums = among + against @ chosen
        flipped = sums + np.where(chosen, -against, against).T
        distance = np.nan_to_num(_distance(among, flipped), nan=-1.0)
        flip = int(np.argmax(distance)) if n_others else 0
        if not n_others or not distance[flip] > reached:
            break
        chosen[flip] = ~chosen[flip]
        reached = float(distance[flip])
    return chosen


def _distance(first: FloatArray, others: FloatArray) -> FloatArray:
    """(1 - tau-b) / 2 of one order with each of many: shapes (n,), (k, n) -> (k,); NaN where one is flat."""
    i, j = np.triu_indices(len(first), k=1)
    one = np.sign(first[i] - first[j])
    other = np.sign(others[:, i] - others[:, j])
    both = other @ one
    scale = np.sqrt(float((one != 0).sum()) * (other != 0).sum(axis=1))
    tau: FloatArray = np.full(len(others), np.nan)
    np.divide(both, scale, where=scale > 0, out=tau)
    return np.asarray((1 - np.clip(tau, -1.0, 1.0)) / 2, dtype=np.float64)
