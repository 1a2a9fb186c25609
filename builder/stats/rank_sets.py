"""Places that errors of measurement leave open: simultaneous confidence sets for ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
DRAWS = 1000
BLOCK = 1 << 22
"""Differences that are held at once."""


def rank_sets(
    value: FloatArray, error: FloatArray, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[IntArray, IntArray]:
    """Best and worst place of each model that its and the others' errors allow, all at once at `level`.

    `value` has shape (n_models,), higher is better; `error` its standard errors, 0 or more, those of
    different models independent and normal. Two models are told apart where their difference exceeds the
    critical number of its own standard errors. That number is the `level` quantile, over `draws` of the
    errors, of the largest such ratio over all pairs, so that with this probability no pair is told apart
    wrongly. A model's best place is one more than the models surely above it, its worst the number of models
    less those surely below. Draws come from PCG64's raw output, so that they are the same with any version.
    Raises ValueError for shapes that do not fit, NaN, or a negative error.
    Source: Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for ranks with applications to mobility
    across neighbourhoods and academic achievement across countries, Review of Economic Studies 91,
    section 3.
    """
    if value.ndim != 1 or value.shape != error.shape or np.isnan(value + error).any() or (error < 0).any():
        raise ValueError("each model needs one value and one error that is not negative")
    n = len(value)
    spread = np.sqrt(error[:, None] ** 2 + error[None, :] ** 2)
    critical = _critical(error, spread, level, draws, seed)
    surely = value[None, :] - value[:, None] > critical * spread  # (i, j): j is above i
    surely &= value[None, :] > value[:, None]
    return 1 + surely.sum(axis=1), n - surely.sum(axis=0)


def _critical(error: FloatArray, spread: FloatArray, level: float, draws: int, seed: int) -> float:
    """The quantile of the largest studentised difference; 0 where no pair has an error."""
    first, second = np.triu_indices(len(error), 1)
    known = spread[first, second] > 0
    first, second = first[known], second[known]
    if not first.size:
        return 0.0
    raw = np.random.PCG64(seed).random_raw(draws * len(error)).reshape(draws, len(error))
    noise = special.ndtri(((raw >> np.uint64(11)) + 0.5) * 2.0**-53) * error
    scale = spread[first, second]
    largest = np.zeros(draws)
    step = max(1, BLOCK // first.size)
    for start in range(0, draws, step):
        drawn = noise[start : start + step]
        largest[start : start + step] = (np.abs(drawn[:, first] - drawn[:, second]) / scale).max(axis=1)
    return float(np.quantile(largest, level, method="higher"))
