"""Pairwise-complete correlation matrices of metrics over models, and their p-values.

Every function takes `scores` of shape (n_models, n_metrics), NaN where a model has no score, and gives each
pair of metrics its coefficient on the models that both have, ranked anew on those. Complete matrices are the
case without NaN. Rank sums are whole numbers small enough for floating point, so that Spearman and Kendall
are exact up to the final division and the same whatever the number of threads; Pearson uses no threaded
routine.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

FEWEST_SHARED = 3
"""On fewer shared models a pair has no coefficient: with two, every one is +1 or -1."""
TILE_BYTES = 16 << 20
"""Bound on one tile of restricted ranks, of which two are held at once."""
MOST_SIGNS = 1 << 40
"""Pairs of models times pairs of metrics, each counted both ways, for which Kendall's tau is computed."""
BLOCK_BYTES = 4 << 20
"""Bound on the signs of one block of model pairs: what the processor's cache holds."""


@dataclass(frozen=True)
class TieSums:
    """Ties of metric x (row) among the models shared with y (column), each shape (n_metrics, n_metrics).

    `pairs` is the sum of t(t-1) over x's groups of t equal scores, `triples` that of t(t-1)(t-2).
    """

    pairs: IntArray
    triples: IntArray


@dataclass(frozen=True)
class PairwiseCorrelation:
    """One coefficient for every pair of metrics.

    value  shape (n_metrics, n_metrics), symmetric, in [-1, 1], 1 on the diagonal; NaN where fewer than three
           models are shared or a metric is constant on them
    n      shape (n_metrics, n_metrics), shared models; the diagonal is the metric's own number
    """

    value: FloatArray
    n: IntArray


@dataclass(frozen=True)
class KendallCorrelation(PairwiseCorrelation):
    """Tau-b of every pair, with the ties that its p-value needs."""

    ties: TieSums


@dataclass(frozen=True)
class SortedScores:
    """Scores sorted metric by metric, unscored models last; each array has shape (n_models, n_metrics).

    order        model at each place
    first, last  places [first, last) of the models that tie with model i, itself included
    """

    observed: BoolArray
    order: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]


def spearman(scores: ArrayLike) -> PairwiseCorrelation:
    """Spearman's rho of every pair of metrics: Pearson's r of average ranks on the shared models.

    `scores` has shape (n_models, n_metrics); NaN leaves the model out of that metric's pairs.
    Raises ValueError if `scores` is not two-dimensional or holds an infinity.
    """
    table = checked_scores(scores)
    by_metric = sort_scores(table)
    n = _shared(by_metric.observed)
    if by_metric.observed.all():
        # Twice the centred average rank is a whole number, so the products below are exact.
        centred = (by_metric.first + by_metric.last - len(table)).astype(np.float64)
        product = centred.T @ centred
        spread = np.broadcast_to(np.diag(product)[:, np.newaxis], product.shape)
        return PairwiseCorrelation(coefficient_of(product, spread, n), n)
    product, square = _rank_sums(by_metric)
    expected = 4.0 * n * (n + 1) ** 2  # n (mean of four times the rank) squared
    return PairwiseCorrelation(coefficient_of(product - expected, square - expected, n), n)


def kendall(scores: ArrayLike) -> KendallCorrelation:
    """Kendall's tau-b of every pair of metrics, from the signs of all pairs of models.

    `scores` has shape (n_models, n_metrics); NaN leaves the model out of that metric's pairs. Time grows with
    the square of n_models and of n_metrics: where the product of the two squares is above `MOST_SIGNS`, no
    pair gets a tau, and every value is NaN. `ties` of the result is what `p_kendall` needs.
    Raises ValueError if `scores` is not two-dimensional or holds an infinity.
    Source: Kendall, The treatment of ties in ranking problems, Biometrika 33 (1945).
    """
    by_metric = sort_scores(checked_scores(scores))
    n = _shared(by_metric.observed)
    if by_metric.order.size**2 > MOST_SIGNS:
        return KendallCorrelation(np.full(n.shape, np.nan), n, TieSums(np.zeros_like(n), np.zeros_like(n)))
    ties = _tie_sums(by_metric)
    untied = (n * (n - 1) - ties.pairs) / 2
    return KendallCorrelation(coefficient_of(_concordance(by_metric), untied, n), n, ties)


def pearson(scores: ArrayLike) -> PairwiseCorrelation:
    """Pearson's r of every pair of metrics, each centred on the models that the pair shares.

    `scores` has shape (n_models, n_metrics); NaN leaves the model out of that metric's pairs.
    Raises ValueError if `scores` is not two-dimensional or holds an infinity.
    """
    table = checked_scores(scores)
    observed = ~np.isnan(table)
    n = _shared(observed)
    n_metrics = table.shape[1]
    # Powers of two bring every metric near 1 without rounding, so that squares neither overflow nor vanish.
    largest = np.max(np.abs(table), axis=0, where=observed, initial=0.0)
    table = np.ldexp(np.where(observed, table, 0.0), -np.frexp(largest)[1])
    value = np.full((n_metrics, n_metrics), np.nan)
    for x in range(n_metrics):
        own = observed[:, x]
        row = _pearson_row(table[own, x], table[own, x:], observed[own, x:])
        value[x, x:] = row
        value[x:, x] = row
    value[n < FEWEST_SHARED] = np.nan
    return PairwiseCorrelation(_bounded(value), n)


def p_spearman(rho: ArrayLike, n: ArrayLike) -> FloatArray:
    """Two-sided p-value of rho on n models by Student's t with n - 2 degrees of freedom, never below 2 / n!.

    Same shapes in and out; NaN where rho is NaN or n < 3. Student's t gives 0 at |rho| = 1, however few the
    models; over their n! orders, all as likely without association, the least p that there can be is 2 / n!:
    one order agrees fully and one is its reverse. Above that as `scipy.stats.spearmanr`.
    """
    rho, n = np.asarray(rho, dtype=np.float64), np.asarray(n, dtype=np.float64)
    freedom = np.where(n >= FEWEST_SHARED, n - 2, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = rho * np.sqrt(freedom / ((1 + rho) * (1 - rho)))
    return _not_below_least(2 * special.stdtr(freedom, -np.abs(t)), n)


def p_pearson(r: ArrayLike, n: ArrayLike) -> FloatArray:
    """Two-sided p-value of r on n models by its exact (beta) distribution under normal scores.

    Same shapes in and out; NaN where r is NaN or n < 3, 0 where |r| = 1. As `scipy.stats.pearsonr`.
    """
    r, n = np.asarray(r, dtype=np.float64), np.asarray(n, dtype=np.float64)
    half = np.where(n >= FEWEST_SHARED, n / 2 - 1, np.nan)
    return np.asarray(2 * special.betaincc(half, half, (np.abs(r) + 1) / 2), dtype=np.float64)


def p_kendall(tau: ArrayLike, n: ArrayLike, ties: TieSums) -> FloatArray:
    """Two-sided p-value of tau-b on n models by the normal approximation with the variance of tied ranks.

    All of shape (n_metrics, n_metrics), from one `kendall` result; NaN where tau is NaN or n < 3. Never below
    2 / n!, the least that the orders of n models can give (as `p_spearman`): on three to five models the
    approximation does go below. Above that as `scipy.stats.kendalltau(method="asymptotic")`.
    Source: Kendall, Rank Correlation Methods (1970), ch. 4.
    """
    tau, n = np.asarray(tau, dtype=np.float64), np.asarray(n, dtype=np.float64)
    n = np.where(n >= FEWEST_SHARED, n, np.nan)
    pairs, triples = ties.pairs.astype(np.float64), ties.triples.astype(np.float64)
    all_pairs = n * (n - 1)
    untied = (all_pairs - pairs) / 2
    concordance = np.rint(tau * np.sqrt(untied) * np.sqrt(untied.T))
    by_ties = 2 * triples + 9 * pairs  # the sum of t(t-1)(2t+5)
    variance = (
        (all_pairs * (2 * n + 5) - by_ties - by_ties.T) / 18
        + pairs * pairs.T / (2 * all_pairs)
        + triples * triples.T / (9 * all_pairs * (n - 2))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        z = concordance / np.sqrt(variance)
    return _not_below_least(2 * special.ndtr(-np.abs(z)), n)


def _not_below_least(p: FloatArray, n: FloatArray) -> FloatArray:
    """p, or 2 / n! where that is more; NaN stays. Of over 170 models n! overflows, and nothing changes."""
    return np.asarray(np.maximum(p, 2 / special.gamma(n + 1)), dtype=np.float64)


def checked_scores(scores: ArrayLike) -> FloatArray:
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"scores need shape (n_models, n_metrics), not {table.shape}")
    if np.isinf(table).any():
        raise ValueError("scores hold an infinity, which has no place in a correlation; use NaN for unscored")
    return table


def sort_scores(table: FloatArray) -> SortedScores:
    n_models = len(table)
    order = np.argsort(table, axis=0, kind="stable")
    by_place = np.take_along_axis(table, order, axis=0)
    starts = np.ones((n_models + 1, table.shape[1]), dtype=bool)
    starts[1:-1] = by_place[1:] != by_place[:-1]
    place = np.arange(n_models + 1)[:, np.newaxis]
    first_here = np.maximum.accumulate(np.where(starts[:-1], place[:-1], 0), axis=0)
    last_here = np.minimum.accumulate(np.where(starts[1:], place[1:], n_models)[::-1], axis=0)[::-1]
    first, last = np.empty_like(order), np.empty_like(order)
    np.put_along_axis(first, order, first_here, axis=0)
    np.put_along_axis(last, order, last_here, axis=0)
    return SortedScores(~np.isnan(table), order, first, last)


def _shared(observed: BoolArray) -> IntArray:
    counts = observed.astype(np.float64)
    return np.rint(counts.T @ counts).astype(np.int64)


def coefficient_of(product: FloatArray, spread: FloatArray, n: NDArray[Any]) -> FloatArray:
    """product / sqrt(spread of x * spread of y), NaN where undefined; spread[x, y] is that of x among y's."""
    defined = (n >= FEWEST_SHARED) & (spread > 0) & (spread.T > 0)
    scale = np.sqrt(spread * spread.T, where=defined, out=np.ones_like(product))
    return _bounded(np.where(defined, product / scale, np.nan))


def _bounded(value: FloatArray) -> FloatArray:
    value = np.clip(value, -1.0, 1.0)
    diagonal = np.diag(value)
    np.fill_diagonal(value, np.where(np.isnan(diagonal), np.nan, 1.0))
    return value


def _rank_sums(by_metric: SortedScores) -> tuple[FloatArray, FloatArray]:
    """Sums over shared models of 16 rank_x rank_y, and of 16 rank_x squared: shape (n_metrics, n_metrics)."""
    n_models, n_metrics = by_metric.order.shape
    product, square = np.empty((n_metrics, n_metrics)), np.empty((n_metrics, n_metrics))
    itemsize = _rank_type(n_models).itemsize
    width = min(n_metrics, max(8, isqrt(TILE_BYTES // (itemsize * n_models))))
    tiles = [slice(start, min(start + width, n_metrics)) for start in range(0, n_metrics, width)]
    for number, x in enumerate(tiles):
        for y in tiles[number:]:
            x_among_y = _restricted_ranks(by_metric, x, y)
            y_among_x = x_among_y if x == y else _restricted_ranks(by_metric, y, x)
            product[x, y], square[x, y], square[y, x] = _tile_sums(x_among_y, y_among_x)
            product[y, x] = product[x, y].T
    return product, square


def _rank_type(n_models: int) -> np.dtype[Any]:
    """The smallest integer that holds four times a rank."""
    return np.dtype(np.int16 if 4 * n_models <= np.iinfo(np.int16).max else np.int32)


def _restricted_ranks(by_metric: SortedScores, x: slice, y: slice) -> NDArray[Any]:
    """Four times the average rank in x among the models shared with y; 0 where x or y is not scored.

    Shape (n_models, width of x, width of y). For every x, models of y are counted in the order of x. The
    count starts at 1 and steps by 2, so that the count before a tie group and the count through it add up to
    four times the group's average rank: no sorting, and whole numbers only.
    """
    n_models = len(by_metric.order)
    of_y = by_metric.observed[:, y].astype(_rank_type(n_models))
    width_x, width_y = x.stop - x.start, of_y.shape[1]
    ranks = np.empty((n_models, width_x, width_y), dtype=of_y.dtype)
    run = isqrt(n_models + 2) + 1
    n_runs = -(-(n_models + 2) // run)
    nothing = n_models + 1  # a row of zeros for models that x has no score of
    group = min(width_x, 16)  # so many columns at once stay in the processor's cache
    for start in range(0, width_x, group):
        columns = np.arange(start, min(start + group, width_x))
        here = x.start + columns
        counts = np.zeros((n_runs * run, len(columns), width_y), dtype=of_y.dtype)
        counts[0] = 1
        np.take(2 * of_y, by_metric.order[:, here], axis=0, out=counts[1 : n_models + 1], mode="clip")
        _accumulate(counts.reshape(n_runs, run, len(columns), width_y))
        counts[nothing] = 0
        rows = counts.reshape(-1, width_y)
        own = by_metric.observed[:, here]
        across = np.arange(len(columns))
        before = np.where(own, by_metric.first[:, here], nothing) * len(columns) + across
        through = np.where(own, by_metric.last[:, here], nothing) * len(columns) + across
        four_ranks = np.take(rows, before, axis=0, mode="clip")
        four_ranks += np.take(rows, through, axis=0, mode="clip")
        four_ranks *= of_y[:, np.newaxis, :]
        ranks[:, columns] = four_ranks
    return ranks


def _accumulate(counts: NDArray[Any]) -> None:
    """Running sums in place over the first two axes taken as one.

    Runs advance side by side: NumPy's own cumulative sum goes number by number and takes five times as long.
    """
    for step in range(1, counts.shape[1]):
        counts[:, step] += counts[:, step - 1]
    for number in range(1, len(counts)):
        counts[number] += counts[number - 1, -1]


def _tile_sums(x_among_y: NDArray[Any], y_among_x: NDArray[Any]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums over models of the products and of both squares; shapes (x, y), (x, y), (y, x)."""
    n_models, width_x, width_y = x_among_y.shape
    # Products are multiples of 4, exact in single precision below 2**26; a block sums eight of them.
    block = 8
    single = block * (4 * n_models) ** 2 < 2**26
    exact: np.dtype[np.floating[Any]] = np.dtype(np.float32 if single else np.float64)
    product, square_x = np.zeros((width_x, width_y)), np.zeros((width_x, width_y))
    square_y = square_x if y_among_x is x_among_y else np.zeros((width_y, width_x))
    for start in range(0, n_models, block):
        of_x = x_among_y[start : start + block].astype(exact)
        of_y = of_x if y_among_x is x_among_y else y_among_x[start : start + block].astype(exact)
        product += (of_x * of_y.transpose(0, 2, 1)).sum(axis=0)
        square_x += np.square(of_x, out=of_x).sum(axis=0)
        if of_y is not of_x:
            square_y += np.square(of_y, out=of_y).sum(axis=0)
    return product, square_x, square_y


def _tie_sums(by_metric: SortedScores) -> TieSums:
    n_metrics = by_metric.order.shape[1]
    pairs = np.zeros((n_metrics, n_metrics), dtype=np.int64)
    triples = np.zeros_like(pairs)
    counted = by_metric.observed.astype(np.int32)
    for x in range(n_metrics):
        order = by_metric.order[: np.count_nonzero(by_metric.observed[:, x]), x]
        if len(order) == 0:
            continue
        starts = np.flatnonzero(by_metric.first[order, x] == np.arange(len(order)))
        size = np.add.reduceat(counted[order], starts, axis=0).astype(np.int64)
        ordered = size * (size - 1)
        pairs[x] = ordered.sum(axis=0)
        triples[x] = (ordered * (size - 2)).sum(axis=0)
    return TieSums(pairs, triples)


def _concordance(by_metric: SortedScores) -> FloatArray:
    """Concordant less discordant pairs of shared models: shape (n_metrics, n_metrics)."""
    n_models, n_metrics = by_metric.order.shape
    total = np.zeros((n_metrics, n_metrics))
    codes = np.ascontiguousarray(np.where(by_metric.observed, by_metric.first, 0).T, dtype=np.float32)
    observed = np.ascontiguousarray(by_metric.observed.T, dtype=np.float32)
    complete = bool(by_metric.observed.all())
    # A block holds fewer than 2**24 model pairs, so its sums of signs are exact in single precision.
    step = max(1, BLOCK_BYTES // (4 * max(1, n_metrics * n_models)))
    for start in range(0, n_models - 1, step):
        stop = min(start + step, n_models)
        signs = codes[:, start:stop, np.newaxis] - codes[:, np.newaxis, start:]
        np.clip(signs, -1, 1, out=signs)
        if not complete:
            signs *= observed[:, start:stop, np.newaxis]
            signs *= observed[:, np.newaxis, start:]
        # Within the block every pair of models comes twice, so count it once.
        signs[:, :, : stop - start] *= np.triu(np.ones((stop - start, stop - start), dtype=np.float32), 1)
        flat = signs.reshape(n_metrics, (stop - start) * (n_models - start))
        total += flat @ flat.T
    return total


def _pearson_row(own: FloatArray, others: FloatArray, shared: BoolArray) -> FloatArray:
    """Pearson's r of one metric with others: shapes (n,), (n, k) and (n, k) -> (k,).

    Two passes, means first: one pass loses digits when the shared models' mean is far from 0.
    """
    n = np.maximum(shared.sum(axis=0), 1)
    mine = np.where(shared, own[:, np.newaxis], 0.0)
    varies = np.ones(shared.shape[1], dtype=bool)
    centred = []
    for side in (mine, np.where(shared, others, 0.0)):
        high = np.max(side, axis=0, where=shared, initial=-np.inf)
        low = np.min(side, axis=0, where=shared, initial=np.inf)
        varies &= high > low
        centred.append(np.where(shared, side - side.sum(axis=0) / n, 0.0))
    x, y = centred
    scale = np.sqrt((x * x).sum(axis=0) * (y * y).sum(axis=0))  # one root: r of equal columns is 1 exactly
    varies &= scale > 0
    r = np.full(len(scale), np.nan)
    np.divide((x * y).sum(axis=0), scale, where=varies, out=r)
    return r
