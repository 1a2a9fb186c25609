"""From a scheme's values to places and to a common scale for display."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from builder.views import rounded

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NEAR = 1.1e-11
"""More than one unit in the twelfth significant digit, relative to the number."""


def round_significant(value: ArrayLike) -> FloatArray:
    """Values rounded to 12 significant decimal digits; same shape in and out, NaN stays.

    An exact half at the thirteenth digit goes to even; JavaScript's toPrecision(12) takes that one up.
    """
    values = np.asarray(value, dtype=np.float64)
    found = [rounded(one) for one in values.ravel().tolist()]
    return np.array(found, dtype=np.float64).reshape(values.shape)


def places(value: ArrayLike, higher_is_better: bool) -> IntArray:
    """Competition ranking: 1 = best, equal values share the best of their places (1, 2, 2, 4).

    Shape (n_models,). Values are equal if they agree to 12 significant digits. A model whose value is NaN is
    not ranked: its place is 0 and it takes none from the others. Raises ValueError unless 1-D.
    """
    values = np.array(value, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"values need shape (n_models,), not {values.shape}")
    order = np.argsort(values)
    ascending = values[order]
    lower, upper = ascending[:-1], ascending[1:]
    # Only what is as near as that to its neighbour may be equal to it when rounded.
    with np.errstate(invalid="ignore"):
        near = (upper - lower <= NEAR * np.maximum(np.abs(upper), np.abs(lower))) | (upper == lower)
    place = np.zeros(len(values), dtype=np.int64)
    if not near.any():  # NaN stands last
        n = len(values) - int(np.isnan(ascending).sum())
        place[order[:n]] = np.arange(n, 0, -1) if higher_is_better else np.arange(1, n + 1)
        return place
    some = order[np.append(near, False) | np.append(False, near)]
    values[some] = round_significant(values[some])
    ranked = ~np.isnan(values)
    from_best = values[ranked] * (-1.0 if higher_is_better else 1.0)
    place[ranked] = 1 + np.searchsorted(np.sort(from_best), from_best)
    return place


def min_max(value: ArrayLike, higher_is_better: bool) -> FloatArray:
    """Values moved and stretched onto [0, 1], 1 = best, for display.

    Shape (n_models,). Where all values agree to 12 significant digits every model is best, and gets 1. NaN
    stays and is not counted. Raises ValueError unless 1-D. Source: Ahlert et al. (2024), Fig. 3.
    """
    values = _one_dimensional(value)
    ranked = ~np.isnan(values)
    if not ranked.any():
        return values
    worst, best = values[ranked].min(), values[ranked].max()
    if not higher_is_better:
        worst, best = best, worst
    if worst == best:
        return np.where(ranked, 1.0, np.nan)
    return np.asarray((values - worst) / (best - worst), dtype=np.float64)


def _one_dimensional(value: ArrayLike) -> FloatArray:
    values = round_significant(value)
    if values.ndim != 1:
        raise ValueError(f"values need shape (n_models,), not {values.shape}")
    return values
