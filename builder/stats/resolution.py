"""How far down metrics still agree: their agreement among the best models, the worst, and as many of any."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from builder.stats.correlation import FEWEST_SHARED, spearman

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

INTERVAL = (2.5, 97.5)
"""Percentiles over the random sets between which 95 % of them lie."""


@dataclass(frozen=True)
class Resolution:
    """Mean pairwise Spearman correlation of the metrics on k models, for each k.

    Each array has shape (n_k,). Agreement is in [-1, 1], and NaN where no pair of metrics has a coefficient.

    k            models in a set
    top          agreement among the k best models
    bottom       agreement among the k worst models
    random       mean agreement over random sets of k models
    random_low   2.5th percentile over these sets
    random_high  97.5th percentile over these sets
    """

    k: IntArray
    top: FloatArray
    bottom: FloatArray
    random: FloatArray
    random_low: FloatArray
    random_high: FloatArray


def agreement_at(scores: ArrayLike, order: ArrayLike, k: Sequence[int], draws: int, seed: int) -> Resolution:
    """Mean pairwise Spearman of the metrics among the top k models, the bottom k, and random sets of k.

    `scores` has shape (n_models, n_metrics), higher is better or all the other way up, NaN where a model has
    no score; `order` holds the ranked models' rows of it, best first, each once. Models not in `order` take
    no part. A pair of metrics counts if three models or more of the set have both and neither metric is
    constant on them; the mean is over the pairs that count, and over the random sets with such a pair. Sets
    are drawn without replacement, by PCG64 with `seed`, `draws` of them for each k. They are nested: the sets
    of a smaller k are parts of those of a larger one, so that a k has the same sets whatever others are asked
    for.
    Raises ValueError if `scores` is not two-dimensional, holds an infinity or has fewer than two metrics; if
    `order` is not one-dimensional or has a position twice or one that is not of a model; if a k is below
    three or above the number of models in `order`; and for fewer than one draw. TypeError for positions that
    are not whole numbers.
    Source: Perlitz et al. (2024), "Do These LLM Benchmarks Agree? Fixing Benchmark Evaluation with
    BenchBench", arXiv 2407.13696 (benchmark agreement testing): agreement depends on how many models are
    compared and is lower among models that stand close together than among as many of any.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError(f"scores need shape (n_models, two metrics or more), not {table.shape}")
    if np.isinf(table).any():
        raise ValueError("scores hold an infinity; use NaN for unscored")
    ranked = _positions(order, len(table))
    for one in k:
        if not FEWEST_SHARED <= one <= len(ranked):
            raise ValueError(
                f"k needs to be from {FEWEST_SHARED} to the {len(ranked)} ranked models, not {one}"
            )
    if draws < 1:
        raise ValueError(f"at least one draw is needed, not {draws}")
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = np.empty((draws, len(k)))
    of_all = _mean_agreement(table[ranked]) if len(ranked) in k else math.nan
    for draw in range(draws):
        shuffled = generator.permutation(ranked)
        drawn[draw] = [of_all if one == len(ranked) else _mean_agreement(table[shuffled[:one]]) for one in k]
    low, high = (_by_set(drawn, percentile) for percentile in INTERVAL)
    return Resolution(
        k=np.array(k, dtype=np.int64),
        top=np.array([_mean_agreement(table[ranked[:one]]) for one in k], dtype=np.float64),
        bottom=np.array([_mean_agreement(table[ranked[len(ranked) - one :]]) for one in k], dtype=np.float64),
        random=np.array([_mean_of_defined(column) for column in drawn.T], dtype=np.float64),
        random_low=low,
        random_high=high,
    )


def _positions(order: ArrayLike, n_models: int) -> IntArray:
    ranked = np.asarray(order)
    if ranked.ndim != 1:
        raise ValueError(f"the order needs one dimension, not shape {ranked.shape}")
    if len(ranked) and not np.issubdtype(ranked.dtype, np.integer):
        raise TypeError(f"the order holds positions, which are whole numbers, not {ranked.dtype}")
    if len(np.unique(ranked)) < len(ranked):
        raise ValueError("the order has a model twice")
    if len(ranked) and not (ranked.min() >= 0 and ranked.max() < n_models):
        raise ValueError(f"the order has a position that is none of the {n_models} models")
    return ranked.astype(np.int64)


def _mean_agreement(scores: FloatArray) -> float:
    """Mean Spearman over the pairs of metrics that have one: shape (n_models, n_metrics)."""
    rho = spearman(scores).value
    return _mean_of_defined(rho[np.triu_indices(len(rho), 1)])


def _mean_of_defined(values: FloatArray) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _by_set(drawn: FloatArray, percentile: float) -> FloatArray:
    """Percentile over the sets that have an agreement: shape (draws, n_k) -> (n_k,)."""
    found = np.full(drawn.shape[1], np.nan)
    for column, values in enumerate(drawn.T):
        defined = values[~np.isnan(values)]
        if len(defined):
            found[column] = np.percentile(defined, percentile)
    return found
