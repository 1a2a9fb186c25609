"""Adjusted p-values for many tests at once.

Each function takes p-values of shape (n_tests,) and returns adjusted ones of the same shape and order. NaN is
a test that could not be done: it stays NaN and is not counted. A test is significant where its adjusted
p-value is below the level.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def bonferroni(p: ArrayLike) -> FloatArray:
    """p times the number of tests, at most 1: bounds the chance of any false positive.

    Shape (n_tests,); NaN stays and is not counted. Raises ValueError unless 1-D with p in [0, 1].
    Source: Dunn, Multiple comparisons among means, JASA 56 (1961).
    """
    return _adjust(p, lambda ascending: ascending * len(ascending))


def holm(p: ArrayLike) -> FloatArray:
    """Holm's step-down adjustment: the same bound as Bonferroni's, and never less powerful.

    Shape (n_tests,); NaN stays and is not counted. Raises ValueError unless 1-D with p in [0, 1].
    Source: Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
    """
    return _adjust(p, lambda a: np.maximum.accumulate(a * np.arange(len(a), 0, -1)))


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """Benjamini and Hochberg's step-up adjustment: bounds the expected share of false positives.

    Shape (n_tests,); NaN stays and is not counted. Raises ValueError unless 1-D with p in [0, 1].
    Source: Benjamini and Hochberg, Controlling the false discovery rate, JRSS B 57 (1995).
    """
    return _adjust(p, lambda a: np.minimum.accumulate((a * (len(a) / np.arange(1, len(a) + 1)))[::-1])[::-1])


def _adjust(p: ArrayLike, of_ascending: Callable[[FloatArray], FloatArray]) -> FloatArray:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"p-values need shape (n_tests,), not {values.shape}")
    # NaN stands last; equal ones get the same in any order, which the quickest sort may choose.
    order = np.argsort(values)
    done = order[: len(values) - np.count_nonzero(np.isnan(values))]
    ascending = values[done]
    if len(done) and not 0 <= ascending[0] <= ascending[-1] <= 1:
        raise ValueError("p-values lie between 0 and 1")
    adjusted = np.full(len(values), np.nan)
    adjusted[done] = np.minimum(of_ascending(ascending), 1.0)
    return adjusted
