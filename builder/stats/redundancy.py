"""How much the metrics say the same: agreement, concordance, diversity, and the fewest that would do.

Every function takes `scores` of shape (n_models, n_metrics), higher is better, without NaN, and sees only the
order in which each metric puts the models: 1 = best, ties average. Sums of ranks are multiples of a half, so
that equal ones are equal in floating point too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ENOUGH = 0.95
"""Spearman's rho from which on a ranking is as good as that of all metrics."""


@dataclass(frozen=True)
class SmallPanel:
    """The metrics that are added one by one until their ranking is that of all metrics.

    order      shape (n_chosen,), columns as they are added
    agreement  shape (n_chosen,), Spearman's rho of the mean rank over the metrics so far with that over all;
               NaN while all models have the same mean rank; the last is at least what was asked
    """

    order: IntArray
    agreement: FloatArray


@dataclass(frozen=True)
class Diversity:
    """How much the metrics disagree about the order of the models.

    reversed_w   1 - W without a correction for ties, as Zhang and Hardt define it; 0 = all agree, 1 = the
                 mean ranks are all the same
    corrected    1 - W with the correction for ties (`kendall_w`); the same where no metric has ties
    rank_change  mean over pairs of metrics of the largest difference in a model's two ranks, over
                 n_models - 1: 0 to 1
    """

    reversed_w: float
    corrected: float
    rank_change: float


def agreement_with_rest(scores: ArrayLike) -> FloatArray:
    """Spearman's rho of each metric with the mean rank over the other metrics.

    Shape (n_metrics,), in [-1, 1], positive where the metric puts the same models first. NaN where the metric
    or that mean is the same for all models, and where there is no other metric.
    Raises ValueError if `scores` is not two-dimensional or not finite.
    """
    ranks = _ranks(scores)
    if ranks.shape[1] < 2:
        return np.full(ranks.shape[1], np.nan)
    others = ranks.sum(axis=1, keepdims=True) - ranks
    return _spearman(ranks, others)


def kendall_w(scores: ArrayLike) -> float:
    """Kendall's coefficient of concordance, corrected for ties: 0 = no agreement, 1 = all metrics agree.

    With m metrics, n models and the sum T of t^3 - t over all groups of t models that tie on a metric,
    W = 12 S / (m^2 (n^3 - n) - m T), S being the sum of squares of the models' rank sums about their mean.
    NaN without a metric, for fewer than two models, and where all models tie on every metric.
    Raises ValueError if `scores` is not two-dimensional or not finite.
    Source: Kendall and Babington Smith (1939), "The problem of m rankings"; ties as in Kendall, Rank
    Correlation Methods (1970), ch. 6.
    """
    return _concordance(_ranks(scores), corrected=True)


def smallest_panel(scores: ArrayLike, enough: float = ENOUGH) -> SmallPanel:
    """Metrics added one by one, always the best next one, until they rank as all metrics do.

    The next metric is the one with which the mean rank over the metrics so far has the highest Spearman's rho
    with the mean rank over all; of several the first column. It stops as soon as rho is at least `enough`
    (-1 to 1), which all metrics together reach. Being greedy, it need not find the fewest metrics that do.
    Raises ValueError if `scores` is not two-dimensional or not finite, if all models have the same mean rank
    over all metrics (no order to agree with), or if `enough` is not in [-1, 1].
    """
    if not -1 <= enough <= 1:
        raise ValueError(f"the agreement asked for lies between -1 and 1, not at {enough}")
    ranks = _ranks(scores)
    whole = ranks.sum(axis=1)
    if ranks.size == 0 or np.ptp(whole) == 0:
        raise ValueError("all models have the same mean rank over all metrics, so there is no order to reach")
    so_far = np.zeros_like(whole)
    left = list(range(ranks.shape[1]))
    order: list[int] = []
    agreement: list[float] = []
    while not agreement or not agreement[-1] >= enough:
        found = _spearman(so_far[:, np.newaxis] + ranks[:, left], whole[:, np.newaxis])
        best = int(np.argmax(np.nan_to_num(found, nan=-2.0)))
        agreement.append(float(found[best]))
        order.append(left.pop(best))
        so_far += ranks[:, order[-1]]
    return SmallPanel(np.array(order, dtype=np.int64), np.array(agreement))


def diversity(scores: ArrayLike) -> Diversity:
    """The diversity that Zhang and Hardt set against a benchmark's sensitivity to irrelevant changes.

    Diversity is 1 - W, Kendall's coefficient of concordance reversed: 1 - 12 S / (m^2 (n^3 - n)). Their
    formula has no correction for ties, so ties count as disagreement; it is given as they define it and with
    the correction. Ranks that average over ties stay as they are, where their program (benchbench 1.0) cuts
    them to whole numbers. `rank_change` is what that program returns beside W: the largest change of rank
    between two metrics, averaged over pairs. Of sensitivity, see `irrelevant.irrelevant_alternatives`.
    NaN where undefined: W as in `kendall_w`, rank_change for fewer than two models or metrics.
    Raises ValueError if `scores` is not two-dimensional or not finite.
    Source: Zhang and Hardt (2024), "Inherent trade-offs between diversity and stability in multi-task
    benchmarks", arXiv 2405.01719.
    """
    ranks = _ranks(scores)
    n_models, n_metrics = ranks.shape
    change = float("nan")
    if n_models > 1 and n_metrics > 1:
        largest = [np.abs(ranks[:, one + 1 :] - ranks[:, [one]]).max(axis=0) for one in range(n_metrics - 1)]
        change = float(np.concatenate(largest).mean()) / (n_models - 1)
    return Diversity(
        reversed_w=1 - _concordance(ranks, corrected=False),
        corrected=1 - _concordance(ranks, corrected=True),
        rank_change=change,
    )


def _ranks(scores: ArrayLike) -> FloatArray:
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"scores need shape (n_models, n_metrics), not {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("agreement of all metrics needs every score: none may be missing or infinite")
    return np.asarray(rankdata(-table, axis=0), dtype=np.float64) if table.size else table.copy()


def _concordance(ranks: FloatArray, *, corrected: bool) -> float:
    n, m = ranks.shape
    sums = ranks.sum(axis=1)
    most = float(m**2 * (n**3 - n))
    if corrected:
        # A group of t that ties takes (t^3 - t) / 12 from the sum of squares that n different ranks have.
        squares = float(((ranks - (n + 1) / 2) ** 2).sum())
        most = m * 12 * squares
    if most == 0:
        return float("nan")
    return float(12 * ((sums - m * (n + 1) / 2) ** 2).sum() / most)


def _spearman(one: FloatArray, other: FloatArray) -> FloatArray:
    """Spearman's rho column by column, shapes (n_models, k) and (n_models, k) or (n_models, 1) -> (k,)."""
    x, y = (2 * rankdata(side, axis=0) - (len(side) + 1) for side in (one, other))
    scale = np.sqrt((x * x).sum(axis=0) * (y * y).sum(axis=0))
    product = (x * y).sum(axis=0)
    rho = np.full(product.shape, np.nan)
    np.divide(product, scale, where=scale > 0, out=rho)
    return np.clip(rho, -1.0, 1.0)
