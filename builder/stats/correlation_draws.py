"""Spearman's rho of every pair of metrics in many draws of models.

The bootstrap never sorts a draw: a model that is drawn w times is w tied rows, so the ranks of a draw follow
from running sums of w in the order that each metric gives the models. Which models a pair shares, and how
each of its metrics orders them, is the same in every draw, so that each step is one for many draws side by
side; pairs that share the same models share their ranks. Twice a centred average rank is a whole number, so
the sums are exact and the same whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.stats.correlation import SortedScores, coefficient_of, sort_scores

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Ranks = NDArray[np.floating[Any]]

DRAWN_BYTES = 512 << 10
"""Bound on the ranks of one metric in one block of draws: a few such arrays stay in the processor's cache."""
SUM_BYTES = 64 << 20
"""Bound on each of the three sums over the pairs of metrics in one block of draws."""
ONE_THREAD = 1 << 18
"""Bound on the multiplications of one matrix product: OpenBLAS does as many without waking a second thread,
for which a draw would wait up to a hundred times longer than it computes where other work has the cores."""
FEWEST_ROWS = 64
"""With fewer models at a time products would mostly move memory: then all are taken at once."""


def drawn_rho(table: FloatArray, times: FloatArray) -> Iterator[FloatArray]:
    """Rho of every pair of metrics in each draw in turn: shape (n_metrics, n_metrics).

    `table` has shape (n_models, n_metrics), `times` (draws, n_models): how often a draw holds each model.
    """
    by_metric = sort_scores(table)
    if by_metric.observed.all():
        yield from _complete(by_metric, times)
        return
    n_models, n_metrics = table.shape
    step = min(DRAWN_BYTES // (4 * max(1, n_models)), SUM_BYTES // (8 * max(1, n_metrics**2)))
    for start in range(0, len(times), max(1, step)):
        for product, square, n in zip(*_sums(by_metric, times[start : start + max(1, step)]), strict=True):
            yield coefficient_of(product, square, n)


def _complete(by_metric: SortedScores, times: FloatArray) -> Iterator[FloatArray]:
    """As `drawn_rho` of scores without holes, where a model's rank in a metric is one for all pairs."""
    n_models, n_metrics = by_metric.order.shape
    across = np.arange(n_metrics)
    before, through = by_metric.first * n_metrics + across, by_metric.last * n_metrics + across
    running = np.zeros((n_models + 1, n_metrics))
    step = ONE_THREAD // max(1, n_metrics * n_metrics)
    step = step if step >= FEWEST_ROWS else max(1, n_models)
    for weight in times:
        np.cumsum(weight[by_metric.order], axis=0, out=running[1:])
        drawn = np.flatnonzero(weight)
        rank = np.take(running, before[drawn])
        rank += np.take(running, through[drawn])
        rank -= weight.sum()
        weighted = rank * weight[drawn, np.newaxis]
        product = np.zeros((n_metrics, n_metrics))
        for start in range(0, len(drawn), step):
            product += weighted[start : start + step].T @ rank[start : start + step]
        square = np.broadcast_to(np.diag(product)[:, np.newaxis], product.shape)
        n = np.full(product.shape, np.rint(weight.sum()), dtype=np.int64)
        yield coefficient_of(product, square, n)


def _sums(by_metric: SortedScores, times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums over the rows shared in each draw, and their number: each (draws, n_metrics, n_metrics).

    The first sum is of the products of twice the centred ranks of x (row) and y (column), the second of the
    squares of those of x among y's.
    """
    n_metrics = by_metric.observed.shape[1]
    product, square, n = (np.zeros((n_metrics, n_metrics, len(times))) for _ in range(3))
    of_model = np.ascontiguousarray(times.T)
    for shared, pairs in _pairs_by_shared(by_metric.observed):
        weight = of_model[shared]
        total = weight.sum(axis=0)
        # The sums below are at most the total cubed over 3, and exact in single precision below 2**24.
        single = float(total.max(initial=0)) ** 3 < 3 * 2**24
        weight = weight.astype(np.float32 if single else np.float64)
        metrics = sorted({metric for pair in pairs for metric in pair})
        ranks = dict(zip(metrics, _ranks(by_metric.first[shared][:, metrics], weight), strict=True))
        weighted = {metric: weight * rank for metric, rank in ranks.items()}
        squares = {metric: np.einsum("ib,ib->b", weighted[metric], ranks[metric]) for metric in metrics}
        for x, y in pairs:
            product[x, y] = product[y, x] = np.einsum("ib,ib->b", weighted[x], ranks[y])
            square[x, y], square[y, x] = squares[x], squares[y]
            n[x, y] = n[y, x] = total
    return _draws_first(product), _draws_first(square), _draws_first(n)


def _draws_first(sums: FloatArray) -> FloatArray:
    return np.ascontiguousarray(sums.transpose(2, 0, 1))


def _pairs_by_shared(observed: BoolArray) -> Iterator[tuple[IntArray, list[tuple[int, int]]]]:
    """Every set of models that some pairs of metrics share, with those pairs."""
    pairs: dict[bytes, list[tuple[int, int]]] = {}
    packed = np.packbits(observed, axis=0).T
    for x in range(len(packed)):
        for y, shared in enumerate(packed[x:] & packed[x], start=x):
            pairs.setdefault(shared.tobytes(), []).append((x, y))
    for key, some in pairs.items():
        bits = np.unpackbits(np.frombuffer(key, dtype=np.uint8), count=len(observed))
        yield np.flatnonzero(bits), some


def _ranks(level: IntArray, weight: Ranks) -> Iterator[Ranks]:
    """Twice the centred rank of each model among the rows drawn, metric by metric: shape (n, draws) each.

    `level`, of shape (n, n_metrics), orders the models and is equal where they tie; `weight`, of shape
    (n, draws), says how often each draw holds each.
    """
    n, draws = weight.shape
    # Running sums within runs of rows and then over the runs, as products with triangles of ones: NumPy's own
    # go number by number. They start at minus half of the total, which centres the ranks.
    run = isqrt(n) + 1
    within, before = np.tri(run, dtype=weight.dtype), np.tri(run, k=-1, dtype=weight.dtype)
    rows = np.zeros((run * run, draws), dtype=weight.dtype)
    rows[0] = -weight.sum(axis=0) / 2
    for one in level.T:
        order = np.argsort(one, kind="stable")
        ascending = one[order]
        np.take(weight, order, axis=0, out=rows[1 : n + 1], mode="clip")
        running = within @ rows.reshape(run, run, draws)
        running += (before @ running[:, -1])[:, np.newaxis]
        running = running.reshape(rows.shape)
        ranks = running[np.searchsorted(ascending, one, "left")]
        ranks += running[np.searchsorted(ascending, one, "right")]
        yield ranks
