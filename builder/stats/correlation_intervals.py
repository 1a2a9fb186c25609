"""How sure Spearman's rho is: intervals, draws of models, and the difference between two groups of models.

As in `correlation`, `scores` has shape (n_models, n_metrics), NaN where a model has no score, and each pair
of metrics is ranked anew on the models that both have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from builder.stats.correlation import FEWEST_SHARED, checked_scores, sort_scores, spearman
from builder.stats.correlation_draws import drawn_rho

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

FEWEST_FOR_Z = 4
"""On fewer models the variance of Fisher's z, which divides by n - 3, is not defined."""
ROUNDING = 1e-12
"""A correlation so near to 1 or -1 is taken to be that."""
PERMUTED_BYTES = 8 << 20
"""Bound on the keys of one block of permutations, which are held about three times over."""


@dataclass(frozen=True)
class AgreementDifference:
    """Whether metrics agree more in one group of models than in another; arrays (n_metrics, n_metrics).

    rho_a, rho_b  Spearman's rho in either group, as `correlation.spearman`
    n_a, n_b      models that the pair shares in either group
    z             difference of Fisher's z, a less b, in standard errors: positive where the metrics agree
                  more in a
    p             its two-sided p-value under the standard normal distribution

    z and p are NaN where they are undefined: on the diagonal, where a rho is NaN or is 1 or -1 (Fisher's z is
    then infinite, which on a handful of models says nothing), and where a group shares fewer than four
    models.
    """

    rho_a: FloatArray
    rho_b: FloatArray
    n_a: IntArray
    n_b: IntArray
    z: FloatArray
    p: FloatArray


def fisher_interval(rho: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Lower and upper bound of the confidence interval of Spearman's rho on n models, by Fisher's z.

    `rho` and `n` broadcast, and both bounds have their common shape; they lie in [-1, 1]. NaN where rho is
    NaN or n < 4, and where |rho| = 1: Fisher's z is infinite there, so that the method has no interval, and
    one from 1 to 1 would call certain what a handful of models can show by chance. Elsewhere atanh(rho) is
    taken as normal with variance (1 + rho^2 / 2) / (n - 3), which is good for |rho| < 0.95 and n of 10 or
    more. On normal scores that is somewhat too much at high rho: intervals at 95 % cover a rho of 0.79 on 30
    models in 96 % of samples.
    Raises ValueError if a rho is outside [-1, 1] or `level` is not between 0 and 1.
    Source: Bonett and Wright, Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations, Psychometrika 65 (2000).
    """
    _check_level(level)
    rho = np.asarray(rho, dtype=np.float64)
    if np.any(np.abs(rho) > 1):
        raise ValueError("a correlation lies between -1 and 1")
    half = special.ndtri((1 + level) / 2) * np.sqrt(_variance_of_z(rho, n))
    z = np.arctanh(np.where(np.abs(rho) < 1 - ROUNDING, rho, np.nan))
    return np.asarray(np.tanh(z - half)), np.asarray(np.tanh(z + half))


def bootstrap_spearman(scores: ArrayLike, counts: ArrayLike) -> FloatArray:
    """Spearman's rho of every pair of metrics in every draw of models: shape (draws, n_metrics, n_metrics).

    `scores` has shape (n_models, n_metrics), `counts` (draws, n_models): how often each model is in each
    draw, as `bootstrap.draw_counts` gives. A draw's matrix is `correlation.spearman` of the scores with each
    model's row repeated that often: 1 on the diagonal, NaN where a pair shares fewer than three rows (repeats
    are rows) or a metric is constant on them. Shared rows of only two models give 1 or -1.
    Raises ValueError if either array has another shape, `scores` hold an infinity, or `counts` are not whole
    numbers from 0.
    Source: Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7 (1979).
    """
    table, times = _checked_draws(scores, counts)
    values = np.empty((len(times), table.shape[1], table.shape[1]))
    for draw, rho in enumerate(drawn_rho(table, times)):
        values[draw] = rho
    return values


def percentile_interval(values: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
    """Bounds of the middle `level` of the values over axis 0, NaN left out.

    `values` has shape (draws, ...) and is in any unit; both bounds have shape (...) and the same unit. NaN
    where all values are. Between draws it interpolates linearly (as `np.nanquantile`).
    Raises ValueError if `values` has no axis or holds an infinity, or `level` is not between 0 and 1.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
    """
    _check_level(level)
    drawn = np.asarray(values, dtype=np.float64)
    if drawn.ndim == 0:
        raise ValueError("values need shape (draws, ...), not ()")
    if np.isinf(drawn).any():
        raise ValueError("values hold an infinity, between which and a number nothing lies; use NaN")
    if len(drawn) == 0:
        return np.full(drawn.shape[1:], np.nan), np.full(drawn.shape[1:], np.nan)
    ascending = np.sort(drawn, axis=0)  # NaN last
    last = np.maximum((~np.isnan(drawn)).sum(axis=0) - 1, 0)
    return _quantile(ascending, last, (1 - level) / 2), _quantile(ascending, last, (1 + level) / 2)


def permutation_p(x: ArrayLike, y: ArrayLike, draws: int, seed: int) -> float:
    """Two-sided p-value of Spearman's rho of x and y against random pairings: (1 + hits) / (1 + draws).

    `x` and `y` have shape (n_models,); models that lack either score are left out. A hit is a pairing with
    |rho| at least as large as the one given. NaN where fewer than three models are shared or a metric is
    constant on them. Permutations are made from the raw output of PCG64, whose stream NumPy guarantees, so
    that they are the same with any version; comparisons are exact.
    Raises ValueError if the shapes differ or are not one-dimensional, a score is infinite, or draws < 1.
    Source: Phipson and Smyth, Permutation p-values should never be zero, Statistical Applications in Genetics
    and Molecular Biology 9 (2010).
    """
    one, other = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"x and y need one shape (n_models,), not {one.shape} and {other.shape}")
    if draws < 1:
        raise ValueError(f"a permutation test needs at least one draw, not {draws}")
    both = checked_scores(np.stack([one, other], axis=1))
    both = both[~np.isnan(both).any(axis=1)]
    n = len(both)
    by_metric = sort_scores(both)
    rank_x, rank_y = (by_metric.first + by_metric.last - n).T.astype(np.float64)
    if n < FEWEST_SHARED or not rank_x.any() or not rank_y.any():
        return float("nan")
    given = abs(rank_x @ rank_y)
    generator = np.random.PCG64(seed)
    hits = 0
    block = max(1, PERMUTED_BYTES // (8 * n))
    for start in range(0, draws, block):
        here = min(block, draws - start)
        order = np.argsort(generator.random_raw(here * n).reshape(here, n), axis=1, kind="stable")
        hits += int(np.count_nonzero(np.abs(rank_y[order] @ rank_x) >= given))
    return (1 + hits) / (1 + draws)


def difference_between(scores_a: ArrayLike, scores_b: ArrayLike) -> AgreementDifference:
    """Test of every pair of metrics whether their Spearman's rho differs between two groups of models.

    `scores_a` has shape (models of a, n_metrics), `scores_b` (models of b, n_metrics), the same metrics in
    the same order and no model in both: the groups count as independent samples. Two columns test one pair.
    The statistic is (atanh rho_a - atanh rho_b) / sqrt(var_a + var_b), each variance as in `fisher_interval`.
    The p-values are of one test each; `multiple_testing` adjusts them for all pairs. As the intervals, they
    err on the side of no difference at high rho.
    Raises ValueError if either array is not two-dimensional or holds an infinity, or they differ in metrics.
    Source: Fisher, On the probable error of a coefficient of correlation, Metron 1 (1921); variance of Bonett
    and Wright, Psychometrika 65 (2000).
    """
    a, b = spearman(scores_a), spearman(scores_b)
    if a.value.shape != b.value.shape:
        raise ValueError(f"the groups have {len(a.value)} and {len(b.value)} metrics, not the same ones")
    # Also NaN where rho is NaN, and on the diagonal.
    rho_a, rho_b = (np.where(np.abs(side.value) < 1, side.value, np.nan) for side in (a, b))
    error = np.sqrt(_variance_of_z(rho_a, a.n) + _variance_of_z(rho_b, b.n))
    z = (np.arctanh(rho_a) - np.arctanh(rho_b)) / error
    p = np.asarray(2 * special.ndtr(-np.abs(z)), dtype=np.float64)
    return AgreementDifference(a.value, b.value, a.n, b.n, z, p)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, which {level} does not")


def _variance_of_z(rho: FloatArray, n: ArrayLike) -> FloatArray:
    n = np.asarray(n, dtype=np.float64)
    freedom = np.where(n >= FEWEST_FOR_Z, n - 3, np.nan)
    return np.asarray((1 + rho * rho / 2) / freedom, dtype=np.float64)


def _quantile(ascending: FloatArray, last: NDArray[np.intp], share: float) -> FloatArray:
    """Quantile over axis 0 of values (draws, ...) in ascending order, of which `last` (...) is the last."""
    place = share * last
    before = np.floor(place).astype(np.intp)
    low = np.take_along_axis(ascending, before[np.newaxis], axis=0)[0]
    high = np.take_along_axis(ascending, np.minimum(before + 1, last)[np.newaxis], axis=0)[0]
    return np.asarray(low + (place - before) * (high - low), dtype=np.float64)


def _checked_draws(scores: ArrayLike, counts: ArrayLike) -> tuple[FloatArray, FloatArray]:
    table, times = checked_scores(scores), np.asarray(counts, dtype=np.float64)
    if times.ndim != 2 or times.shape[1] != len(table):
        raise ValueError(f"counts of {len(table)} models need shape (draws, {len(table)}), not {times.shape}")
    if not (np.isfinite(times).all() and (times >= 0).all() and (times == np.rint(times)).all()):
        raise ValueError("counts are how often a model is drawn: whole numbers from 0")
    return table, times
