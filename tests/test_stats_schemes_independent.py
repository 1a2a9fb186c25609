"""Every scheme beside a second implementation: SciPy's, or the definition by loops, from the scores alone."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from numpy.typing import NDArray
from scipy import optimize, stats
from test_stats_schemes import panel_of
from test_stats_schemes_properties import SIZES, TREE, tables

from builder.stats.schemes import SCHEMES

FloatArray = NDArray[np.float64]
Second = Callable[[FloatArray], FloatArray]
ENDS = np.cumsum(list(SIZES.values()))[:-1]


def flat(cells: FloatArray) -> FloatArray:
    return np.array([statistics.fmean(row) for row in cells.tolist()])


def up(cells: FloatArray) -> FloatArray:
    return flat(np.column_stack([flat(part) for part in np.split(cells, ENDS, axis=1)]))


def z(scores: FloatArray) -> FloatArray:
    varies = np.ptp(scores, axis=0) > 0
    found = np.zeros(scores.shape)
    found[:, varies] = stats.zscore(scores[:, varies], axis=0, ddof=0)
    return found


def ranks(scores: FloatArray) -> FloatArray:
    return np.asarray(stats.rankdata(-scores, axis=0))


def stretched(scores: FloatArray) -> FloatArray:
    ends = [(column.min(), column.max()) for column in scores.T]
    columns = [
        np.interp(column, one, (0, 1)) if one[0] < one[1] else np.full(len(column), 0.5)
        for column, one in zip(scores.T, ends, strict=True)
    ]
    return np.column_stack(columns)


def robust(scores: FloatArray) -> FloatArray:
    off = scores - np.median(scores, axis=0)
    spread = stats.median_abs_deviation(scores, axis=0, scale="normal")
    # Of a normal distribution the mean absolute deviation is the standard deviation times √(2/π).
    spread[spread == 0] = (np.abs(off).mean(axis=0) / np.sqrt(2 / np.pi))[spread == 0]
    return np.asarray(off / np.where(spread == 0, 1, spread))


def component(scores: FloatArray) -> FloatArray:
    cells = z(scores)
    _, vectors = np.linalg.eigh(cells.T @ cells)
    first = vectors[:, -1]
    return np.asarray(cells @ first * np.sign(first.sum()))


def fair(scores: FloatArray) -> FloatArray:
    """The portfolio of the highest diversification ratio, whose holdings all correlate with it alike.

    Source: Choueifaty and Coignard (2008), "Toward maximum diversification".
    """
    groups = np.column_stack([flat(part) for part in np.split(scores, ENDS, axis=1)])
    spread, cov = groups.std(axis=0), np.cov(groups.T, ddof=0)
    found = optimize.minimize(
        lambda w: np.sqrt(w @ cov @ w) / (w @ spread),
        1 / spread / (1 / spread).sum(),
        bounds=[(0, 1)] * 3,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    return np.asarray(groups @ found.x)


def compared(scores: FloatArray, i: int, k: int) -> float:
    """On how many metrics i is better than k, less those on which it is worse."""
    return sum((a > b) - (a < b) for a, b in zip(scores[i].tolist(), scores[k].tolist(), strict=True))


def by_model(value: Callable[[FloatArray, int], float]) -> Second:
    return lambda scores: np.array([value(scores, i) for i in range(len(scores))], dtype=float)


def others(scores: FloatArray, i: int) -> list[int]:
    return [k for k in range(len(scores)) if k != i]


def borda(scores: FloatArray, i: int) -> float:
    m = scores.shape[1]
    return sum((m + compared(scores, i, k)) / 2 for k in others(scores, i))


def plurality(scores: FloatArray, i: int) -> float:
    shares = [(column[i] == column.max()) / (column == column.max()).sum() for column in scores.T]
    return statistics.fmean(shares)


def dowdall(scores: FloatArray, i: int) -> float:
    """Over all ways to break the ties."""
    total = []
    for column in scores.T:
        orders = [o for o in permutations(range(len(column))) if all(np.diff(column[list(o)]) <= 0)]
        total.append(statistics.fmean(1 / (order.index(i) + 1) for order in orders))
    return statistics.fmean(total)


def threshold(scores: FloatArray) -> FloatArray:
    words = [tuple(sorted(row, reverse=True)) for row in ranks(scores).tolist()]
    return np.array([sorted(words).index(word) + 1 for word in words], dtype=float)


def baldwin(scores: FloatArray) -> FloatArray:
    """With the models that are left ranked anew each time."""
    left = list(range(len(scores)))
    place = np.zeros(len(scores))
    while left:
        total = ranks(scores[left]).sum(axis=1)
        leave = [model for model, one in zip(left, total, strict=True) if one == total.max()]
        place[leave] = len(left) - len(leave) + 1
        left = [model for model in left if model not in leave]
    return place


def copeland(scores: FloatArray, i: int) -> float:
    return float(sum(np.sign(compared(scores, i, k)) for k in others(scores, i)))


def minimax(scores: FloatArray, i: int) -> float:
    return max(compared(scores, k, i) for k in others(scores, i))


def kemeny_orders(scores: FloatArray) -> list[tuple[int, ...]]:
    """All orders whose Kendall tau distances to the metrics add up to the least."""

    def distance(order: tuple[int, ...]) -> float:
        return -sum(compared(scores, i, k) for i, k in combinations(order, 2))

    cost = {order: distance(order) for order in permutations(range(len(scores)))}
    return [order for order, one in cost.items() if one == min(cost.values())]


def kemeny(scores: FloatArray) -> FloatArray:
    orders = kemeny_orders(scores)
    assume(len(orders) == 1)
    return np.argsort(orders[0]).astype(float) + 1


def bradley_terry(scores: FloatArray) -> FloatArray:
    """Each comparison a trial of a logistic regression, and two more of each model against 0."""
    n = len(scores)
    pairs = [(i, k) for i in range(n) for k in range(n) if i != k]
    won = np.array([sum(np.sign(scores[i] - scores[k]) + 1) / 2 for i, k in pairs])
    design = np.zeros((len(pairs), n))
    for row, (i, k) in enumerate(pairs):
        design[row, i], design[row, k] = 1, -1

    def loss(b: FloatArray) -> float:
        return float(
            won @ np.logaddexp(0, -design @ b) + 0.5 * (np.logaddexp(0, b) + np.logaddexp(0, -b)).sum()
        )

    return np.asarray(optimize.minimize(loss, np.zeros(n), method="BFGS", options={"gtol": 1e-9}).x)


SECOND: dict[str, Second] = {
    "arithmetic-mean": flat,
    "hierarchical-mean": up,
    "z-mean": lambda scores: flat(z(scores)),
    "hierarchical-z-mean": lambda scores: up(z(scores)),
    "mean-rank": lambda scores: flat(ranks(scores)),
    "hierarchical-mean-rank": lambda scores: up(ranks(scores)),
    "min-max-mean": lambda scores: flat(stretched(scores)),
    "robust-z-mean": lambda scores: flat(robust(scores)),
    "trimmed-mean": lambda scores: np.asarray(stats.trim_mean(scores, 0.1, axis=1)),
    "geometric-mean": lambda scores: np.asarray(stats.gmean(scores, axis=1)),
    "first-component": component,
    "fair-contribution": fair,
    "median-rank": by_model(lambda scores, i: statistics.median(ranks(scores)[i].tolist())),
    "borda": by_model(borda),
    "plurality": by_model(plurality),
    "dowdall": by_model(dowdall),
    "threshold": threshold,
    "baldwin": baldwin,
    "mean-win-rate": by_model(lambda scores, i: borda(scores, i) / scores.shape[1] / (len(scores) - 1)),
    "copeland": by_model(copeland),
    "minimax": by_model(minimax),
    "kemeny": kemeny,
    "bradley-terry": bradley_terry,
}
CLOSE = {"bradley-terry": 1e-4, "fair-contribution": 1e-4}
"""Where the second implementation looks for its answer by steps."""


def test_no_scheme_is_left_out() -> None:
    assert SECOND.keys() == SCHEMES.keys()


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(scores=tables(5))
def test_the_scheme_gives_what_a_second_implementation_gives(scheme: str, scores: FloatArray) -> None:
    panel = panel_of(scores, TREE)
    assume(not SCHEMES[scheme].unfit(panel))
    found = SCHEMES[scheme].aggregate(panel)
    expected = SECOND[scheme](scores)
    np.testing.assert_allclose(found, expected, rtol=CLOSE.get(scheme, 1e-10), atol=CLOSE.get(scheme, 1e-10))


@settings(max_examples=30, deadline=None)
@given(scores=tables())
def test_where_all_meet_all_on_every_metric_four_schemes_are_one(scores: FloatArray) -> None:
    """Mean rank, Borda, win rate and Bradley-Terry, whose strengths rise with the wins (Zermelo 1929)."""
    orders = [
        stats.rankdata(np.round(SCHEMES[scheme].aggregate(panel_of(scores, TREE)) * sign, 8)).tolist()
        for scheme, sign in (("mean-rank", -1), ("borda", 1), ("mean-win-rate", 1), ("bradley-terry", 1))
    ]
    assert orders.count(orders[0]) == 4
