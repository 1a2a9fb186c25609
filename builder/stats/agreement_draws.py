"""Agreement when models, metrics or both are drawn anew, and when models are paired at random.

As in `correlation`, `scores` has shape (n_models, n_metrics). Pairs of metrics are those above the diagonal
of a square matrix, row by row: shape (n_pairs,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from builder.stats.correlation import FEWEST_SHARED, checked_scores, sort_scores, spearman
from builder.stats.correlation_intervals import bootstrap_spearman, percentile_interval

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_HELD = 1 << 24
"""Correlations, draws times pairs, that are held at once: beyond, pairs get no interval of their own."""
BLOCK_BYTES = 16 << 20
"""Bound on the matrices of one block of draws, and on the permuted ranks of one block of permutations."""


@dataclass(frozen=True)
class AgreementDraws:
    """Spearman's rho over draws; a mean is over the pairs of different metrics, NaN where none has a rho.

    low, high    shape (n_metrics, n_metrics): the middle of each pair's rho over the draws of models, NaN
                 where it has none and on the diagonal; everywhere if the pairs are too many to hold
    over_models  shape (draws,): mean rho when models are drawn
    over_metrics shape (draws,): when metrics are drawn, on the models as they are
    over_both    shape (draws,): when both are
    """

    low: FloatArray
    high: FloatArray
    over_models: FloatArray
    over_metrics: FloatArray
    over_both: FloatArray


def draw_agreement(scores: ArrayLike, models: IntArray, metrics: IntArray, level: float) -> AgreementDraws:
    """Agreement in draws of models, of metrics and of both.

    `models` has shape (draws, n_models) and `metrics` (draws, n_metrics): how often each is in each draw, as
    `bootstrap.draw_counts` gives. Draw b of both is draw b of models and draw b of metrics, which are drawn
    independently of one another. Raises ValueError as `bootstrap_spearman`, if the two differ in draws, or
    `level` is not between 0 and 1.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993); both at once: Owen, The pigeonhole
    bootstrap, Annals of Applied Statistics 1 (2007).
    """
    table = checked_scores(scores)
    draws, n_metrics = len(models), table.shape[1]
    if metrics.shape != (draws, n_metrics):
        raise ValueError(f"counts of metrics need shape {(draws, n_metrics)}, not {metrics.shape}")
    upper = np.triu_indices(n_metrics, 1)
    once = np.ones_like(metrics)
    as_it_is = np.broadcast_to(spearman(table).value[upper], (draws, len(upper[0])))
    held = np.empty((draws if draws * len(upper[0]) <= MOST_HELD else 0, len(upper[0])))
    over_models, over_metrics, over_both = np.empty((3, draws))
    step = max(1, BLOCK_BYTES // (8 * max(1, n_metrics * n_metrics)))
    for start in range(0, draws, step):
        some = slice(start, start + step)
        pairs = bootstrap_spearman(table, models[some])[:, *upper]
        held[some] = pairs[: len(held[some])]
        over_metrics[some] = mean_of_pairs(as_it_is[some], metrics[some])
        over_models[some] = mean_of_pairs(pairs, once[some])
        over_both[some] = mean_of_pairs(pairs, metrics[some])
    low, high = np.full((2, n_metrics, n_metrics), np.nan)
    for bound, ends in zip((low, high), percentile_interval(held, level), strict=True):
        bound[upper] = bound.T[upper] = ends
    return AgreementDraws(low, high, over_models, over_metrics, over_both)


def mean_of_pairs(pairs: FloatArray, times: IntArray) -> FloatArray:
    """Mean rho over the pairs of different metrics, each metric as often as `times` says: shape (draws,).

    `pairs` has shape (draws, n_pairs), `times` (draws, n_metrics). A pair counts once for every copy of the
    one with every copy of the other. Two copies of one metric are no pair: their rho of 1 would say that
    metrics agree where only one was drawn twice. Pairs without a rho are left out; NaN where none has one.
    Source: Snijders and Borgatti, Non-parametric standard errors and tests for network statistics,
    Connections 22 (1999), who put pairs drawn from all in the place of those of copies.
    """
    one, other = np.triu_indices(times.shape[1], 1)
    weight = (times[:, one] * times[:, other]).astype(np.float64)
    weight[np.isnan(pairs)] = 0.0
    total = weight.sum(axis=1)
    sums = (weight * np.where(weight > 0, pairs, 0.0)).sum(axis=1)
    return np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan)


def permutation_p_values(scores: ArrayLike, draws: int, seed: int) -> FloatArray:
    """`permutation_p` of every pair of metrics, with the same pairings for all: shape (n_metrics, n_metrics).

    `scores` has shape (n_models, n_metrics), without NaN, so that one matrix product gives every pair's rho
    under a pairing. NaN on the diagonal, and where `permutation_p` gives NaN.
    Raises ValueError if `scores` is not two-dimensional or holds NaN or an infinity, or draws < 1.
    """
    table = checked_scores(scores)
    if np.isnan(table).any():
        raise ValueError("all pairs have the same pairings only where every model has every score")
    if draws < 1:
        raise ValueError(f"a permutation test needs at least one draw, not {draws}")
    n_models, n_metrics = table.shape
    by_metric = sort_scores(table)
    # Twice a centred average rank is a whole number; in single precision, where sums stay below 2**24, too.
    single = n_models * (n_models**2 - 1) < 3 << 24
    ranks = (by_metric.first + by_metric.last - n_models).astype(np.float32 if single else np.float64)
    given = np.abs(ranks.T @ ranks)
    generator = np.random.PCG64(seed)
    hits = np.zeros((n_metrics, n_metrics), dtype=np.int64)
    block = max(1, BLOCK_BYTES // (8 * max(1, n_models * n_metrics, n_metrics * n_metrics)))
    for start in range(0, draws, block):
        here = min(block, draws - start)
        order = np.argsort(generator.random_raw(here * n_models).reshape(here, n_models), kind="stable")
        hits += np.count_nonzero(np.abs(ranks.T @ ranks[order]) >= given, axis=0)
    p = (1 + np.triu(hits, 1)) / (1 + draws)
    varies = ranks.any(axis=0) & (n_models >= FEWEST_SHARED)
    p[~(varies[:, np.newaxis] & varies)] = np.nan
    below = np.tril_indices(n_metrics)
    p[below] = p.T[below]
    np.fill_diagonal(p, np.nan)
    return np.asarray(p, dtype=np.float64)
