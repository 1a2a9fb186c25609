"""Schemes against each other, on the same models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.stats.correlation import kendall, spearman
from builder.stats.schemes import places, round_significant

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """How alike the rankings of several schemes are.

    schemes   ids, the order of every axis below
    spearman  shape (n_schemes, n_schemes), positive where both put the better models first; NaN where a
              scheme gives all models one value or there are fewer than three
    kendall   tau-b, as spearman
    places    shape (n_models, n_schemes), 1 = best, equal values share it
    moved     shape (n_models, n_schemes), the baseline's place less this one: positive = up; None without one
    n_moved   scheme -> models that moved more places than asked; empty without a baseline
    """

    schemes: tuple[str, ...]
    spearman: FloatArray
    kendall: FloatArray
    places: IntArray
    moved: IntArray | None
    n_moved: dict[str, int]


def compare_schemes(
    values: Mapping[str, FloatArray],
    higher_is_better: Mapping[str, bool],
    *,
    baseline: str | None,
    more_than: int,
) -> Comparison:
    """Rank correlations between every two schemes, and places moved against a baseline scheme.

    `values` maps scheme -> shape (n_models,), the same models in the same order; `higher_is_better` says for
    each which way up its values are. Values that agree to 12 significant digits tie. Models that moved more
    than `more_than` places either way are counted; baseline None counts none.
    Raises ValueError for no scheme, for NaN or unequal shapes, KeyError for an unknown baseline.
    """
    if not values:
        raise ValueError("there is no scheme to compare")
    unranked = [scheme for scheme, value in values.items() if np.isnan(value).any()]
    if unranked:
        raise ValueError(
            f"schemes are compared on models that all of them rank; not so {', '.join(unranked)}"
        )
    schemes = tuple(values)
    # Correlations see the same ties as places do, so noise in the last digits orders nothing in either.
    upright = np.column_stack(
        [round_significant(values[one]) * (1.0 if higher_is_better[one] else -1.0) for one in schemes]
    )
    by_scheme = np.column_stack([places(values[one], higher_is_better[one]) for one in schemes])
    moved = None
    n_moved: dict[str, int] = {}
    if baseline is not None:
        if baseline not in values:
            raise KeyError(baseline)
        moved = places_moved(by_scheme[:, [schemes.index(baseline)]], by_scheme)
        counts = count_moved(moved, more_than)
        n_moved = dict(zip(schemes, counts.tolist(), strict=True))
    return Comparison(schemes, spearman(upright).value, kendall(upright).value, by_scheme, moved, n_moved)


def places_moved(baseline: IntArray, other: IntArray) -> IntArray:
    """Places that models moved from the baseline's ranking to another: positive = up. Shapes broadcast."""
    return np.asarray(baseline - other, dtype=np.int64)


def count_moved(moved: IntArray, more_than: int) -> IntArray:
    """Models that moved more places than `more_than`, up or down: shape (n_models, k) -> (k,)."""
    return np.asarray((np.abs(moved) > more_than).sum(axis=0), dtype=np.int64)
