"""Schemes that put each model's metrics in order, when metrics count a whole number of times.

As in `weighted`: a panel and `counts` of shape (draws, n_metrics) to shape (n, draws). Each draw has as many
metrics as the panel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes import scaled
from builder.stats.schemes.means import without_noise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
TOGETHER = 1 << 14
"""Models times draws that go through their metrics together: what the processor's cache holds."""


def median_rank(panel: Panel, counts: IntArray) -> FloatArray:
    """As `positions.median_rank`."""
    m = panel.ranks.shape[1]
    return _mean_between(panel.ranks, counts, (m + 1) // 2 - 1, m // 2 + 1)


def trimmed_mean(panel: Panel, counts: IntArray) -> FloatArray:
    """As `scaled.trimmed_mean`."""
    m = panel.scores.shape[1]
    cut = int(scaled.TRIMMED * m)
    return _mean_between(panel.scores, counts, cut, m - cut)


def _mean_between(values: FloatArray, counts: IntArray, low: int, high: int) -> FloatArray:
    """Mean of those of each model's values that are among the `high` least but not among the `low` least.

    `values` has shape (n, n_metrics), the answer (n, draws).
    """
    found = np.empty((len(values), len(counts)))
    by_metric = np.ascontiguousarray(counts.T, dtype=np.int32)
    step = max(1, TOGETHER // max(1, len(counts)))
    mixed = values.min(initial=0.0) < 0 < values.max(initial=0.0)
    for start in range(0, len(values), step):
        some = values[start : start + step]
        order = np.argsort(some, axis=1, kind="stable")
        ordered = np.take_along_axis(some, order, axis=1)
        seen = np.zeros((len(some), len(counts)), dtype=np.int32)
        before, total, size = np.full_like(seen, low), np.zeros(seen.shape), np.zeros(seen.shape)
        for metric, value in zip(order.T, ordered.T[..., np.newaxis], strict=True):
            seen += by_metric[metric]
            upto = np.minimum(np.maximum(seen, low), high)
            kept = upto - before
            total += value * kept
            if mixed:
                size += np.abs(value) * kept
            before = upto
        found[start : start + step] = (without_noise(total, size) if mixed else total) / (high - low)
    return found
