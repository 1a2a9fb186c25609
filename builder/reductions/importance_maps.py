"""Human feature alignment: does a model look where people look?

The Spearman correlation of a model's importance map with people's, image by image, averaged, and divided by
what people reach with each other (Fel, Felipe, Linsley and Serre 2022, "Harmonizing the object recognition
strategies of deep neural networks with humans", section 3; the maps of ClickMe: Linsley et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK_VALUES = 1 << 22
"""Values of one map at once, so that memory stays bounded whatever the number of images."""
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Alignment:
    """Mean correlation over images, its standard error, and on how many images it is of."""

    mean: float
    standard_error: float
    n_images: int
    n_constant: int
    """Images on which one of the two maps is the same everywhere: they count as 0, no alignment."""


def correlations(one: NDArray[Any], other: NDArray[Any]) -> FloatArray:
    """Spearman's rho of each pair of maps, with average ranks; NaN where a map is the same everywhere.

    Both have shape (n_images, height, width). Raises ValueError where the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"maps of shape {one.shape} and {other.shape}")
    n_images, n_values = len(one), int(np.prod(one.shape[1:]))
    found = np.empty(n_images)
    step = max(1, CHUNK_VALUES // max(n_values, 1))
    for start in range(0, n_images, step):
        rows = slice(start, min(start + step, n_images))
        a, b = (_centred_ranks(maps[rows].reshape(rows.stop - start, n_values)) for maps in (one, other))
        norm = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        found[rows] = np.divide((a * b).sum(axis=1), norm, out=np.full(len(norm), np.nan), where=norm > 0)
    return found


def _centred_ranks(maps: NDArray[Any]) -> FloatArray:
    from scipy import stats  # takes a second to import, and a build with nothing to do needs none of it

    ranks: FloatArray = stats.rankdata(maps, axis=1) - (maps.shape[1] + 1) / 2
    return ranks


def alignment(rho: FloatArray) -> Alignment:
    """The mean of correlations as `correlations` gives them, undefined ones as 0."""
    from scipy import stats

    constant = np.isnan(rho)
    values = np.where(constant, 0.0, rho)
    error = float(stats.sem(values)) if len(values) > 1 else float("nan")
    return Alignment(float(values.mean()), error, len(values), int(constant.sum()))
