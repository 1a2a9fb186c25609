"""Places of the same models over many rankings, and which of the choices behind them moves the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

TOPS = (1, 3, 10)
"""Places for which the share of rankings is counted in which a model is at least as high."""
CROWDED = max(TOPS)
"""Models that may share a place at most for it to count as one of the first: beyond, as where most models tie
behind a few, it sets nobody apart."""
NOTHING = 1e-12
"""Variance below this share of what could be is that of rounding: relative places lie in [0, 1]."""


@dataclass(frozen=True)
class Spread:
    """Where each model stands over the rankings that it is in; every array has shape (n_models,).

    Lower is better, so `best` is the least. Quartiles and medians interpolate linearly (as `np.quantile`).
    NaN for a model that is in no ranking.
    """

    best: FloatArray
    lower_quartile: FloatArray
    median: FloatArray
    upper_quartile: FloatArray
    worst: FloatArray


@dataclass(frozen=True)
class Standings:
    """Each model over all rankings.

    n_rankings  shape (n_models,), rankings that the model is in
    place       of its places, 1 = best
    relative    of its relative places, 0 = first and 1 = last; rankings of one model have none
    top         place -> shape (n_models,), share of its rankings, 0 to 1, in which the model is at that place
                or above, and shares its own with at most `CROWDED` in all; NaN for a model that is in none
    """

    n_rankings: IntArray
    place: Spread
    relative: Spread
    top: dict[int, FloatArray]


@dataclass(frozen=True)
class Explained:
    """Which choice explains how much of the variance of models' relative places about their own means.

    shares     choice -> share of that variance, 0 to 1, between the means of the choice's levels, each choice
               by itself (marginal eta squared). NaN if no model moves
    together   share that all choices' main effects explain at once, 0 to 1; NaN as above
    remainder  1 - together: what only combinations of choices explain
    variance   mean squared distance of a relative place from its model's mean
    n_places   relative places that this rests on
    """

    shares: dict[str, float]
    together: float
    remainder: float
    variance: float
    n_places: int


def relative_places(places: ArrayLike) -> FloatArray:
    """(place - 1) / (ranked models - 1): 0 for the first, 1 for the last, whatever the ranking's size.

    `places` has shape (n_models, n_rankings), whole numbers, 1 = best, 0 = not ranked there. Same shape out;
    NaN for a model that is not ranked and in a ranking of a single model. Models that tie for the last place
    share a better one, so that none may have 1.
    Raises ValueError for another shape, for places that are not whole numbers, below 0 or beyond the number
    of models in their ranking.
    """
    table = _checked(places)
    ranked = table > 0
    others = np.maximum(ranked.sum(axis=0) - 1, 0)
    return np.where(ranked & (others > 0), (table - 1) / np.maximum(others, 1), np.nan)


def standings(places: ArrayLike) -> Standings:
    """Best, worst and middle places of each model over many rankings, and how often it is at the top.

    `places` as in `relative_places`, which raises the same errors. Ways to summarise a result over all
    defensible analyses are those of Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), "Increasing
    transparency through a multiverse analysis".
    """
    table = _checked(places)
    ranked = table > 0
    n_rankings = ranked.sum(axis=1)
    apart = ranked & ~crowded(table)
    top = {
        place: np.where(
            n_rankings > 0, (apart & (table <= place)).sum(axis=1) / np.maximum(n_rankings, 1), np.nan
        )
        for place in TOPS
    }
    return Standings(
        n_rankings=np.asarray(n_rankings, dtype=np.int64),
        place=_spread(np.where(ranked, table, np.nan)),
        relative=_spread(relative_places(table)),
        top=top,
    )


def crowded(places: IntArray) -> BoolArray:
    """Where more than `CROWDED` models share a place: shape (n_models, n_rankings), as `places`."""
    found = np.zeros(places.shape, dtype=np.bool_)
    for column in range(places.shape[1]):
        found[:, column] = np.bincount(places[:, column])[places[:, column]] > CROWDED
    return found & (places > 0)


def explained(places: ArrayLike, choices: Mapping[str, Sequence[str]]) -> Explained:
    """Analysis of variance of the models' relative places by the choices that make the rankings.

    `places` as in `relative_places`; `choices` maps a choice's name to its level in each ranking, n_rankings
    of them. Models have means of their own, which are taken out, since they are what rankings are for: what
    is explained is how models move about them. So a choice's effect is its interaction with the model: for
    each model and choice the sum of squares of the level means about the model's mean, each level counted as
    often as the model is ranked there; summed over models and divided by the total sum of squares.

    Each choice's share is that of the choice by itself, as if it came first in a sequential (type I)
    analysis. If every combination of levels occurs equally often for every model, shares add up to
    `together`; otherwise choices that go together share what they explain, and shares may add up to more or
    less than it, even to more than 1. `together` is that of least squares on all main effects, so the
    remainder, combinations of choices, does not depend on the choices' order in any case.
    Raises ValueError as `relative_places`, and for a choice without a level for every ranking.
    Source: Fisher (1925), Statistical Methods for Research Workers, ch. VII (eta squared).
    """
    table = relative_places(places)
    n_rankings = table.shape[1]
    levels: dict[str, BoolArray] = {}
    for name, labels in choices.items():
        if len(labels) != n_rankings:
            raise ValueError(f"'{name}' has {len(labels)} levels listed for {n_rankings} rankings")
        levels[name] = np.array([[one == level for one in labels] for level in dict.fromkeys(labels)])
    present = ~np.isnan(table)
    centred = _centred(table, present)
    n_places = int(present.sum())
    total = float((centred**2).sum())
    if total <= NOTHING * max(n_places, 1):
        nothing = float("nan")
        variance = 0.0 if n_places else nothing
        return Explained(dict.fromkeys(choices, nothing), nothing, nothing, variance, n_places)
    shares = {name: _between(centred, present, of) / total for name, of in levels.items()}
    together = _all_main_effects(centred, present, list(levels.values())) / total
    return Explained(shares, together, 1 - together, total / n_places, n_places)


def _checked(places: ArrayLike) -> IntArray:
    table = np.asarray(places)
    if table.ndim != 2:
        raise ValueError(f"places need shape (n_models, n_rankings), not {table.shape}")
    if not np.issubdtype(table.dtype, np.integer):
        raise ValueError(f"places are whole numbers, not {table.dtype}")
    if (table < 0).any():
        raise ValueError("a place is below 0; models that are not ranked have place 0")
    if (table > (table > 0).sum(axis=0)).any():
        raise ValueError("a place is beyond the number of models that its ranking has")
    return np.asarray(table, dtype=np.int64)


def _spread(values: FloatArray) -> Spread:
    """Shape (n_models, n_rankings), NaN where there is nothing."""
    found = np.full((5, len(values)), np.nan)
    some = ~np.isnan(values).all(axis=1)
    if some.any():
        found[:, some] = np.nanquantile(values[some], [0, 0.25, 0.5, 0.75, 1], axis=1)
    return Spread(*found)


def _centred(table: FloatArray, present: BoolArray) -> FloatArray:
    """Each model's values about their mean; 0 where there is none."""
    n = np.maximum(present.sum(axis=1, keepdims=True), 1)
    mean = np.where(present, table, 0.0).sum(axis=1, keepdims=True) / n
    return np.where(present, table - mean, 0.0)


def _between(centred: FloatArray, present: BoolArray, levels: BoolArray) -> float:
    """Sum of squares of each model's level means, over models; `levels` has shape (n_levels, n_rankings)."""
    n = present.astype(np.float64) @ levels.T
    sums = centred @ levels.T
    return float((sums**2 / np.maximum(n, 1)).sum())


def _all_main_effects(centred: FloatArray, present: BoolArray, levels: list[BoolArray]) -> float:
    """Sum of squares that least squares on an intercept and all levels fits, over models.

    Models that are in the same rankings have one design, whose column space gives the fit of them all.
    """
    n_rankings = centred.shape[1]
    design = np.vstack([np.ones((1, n_rankings)), *levels]).T
    patterns, pattern_of = np.unique(present, axis=0, return_inverse=True)
    fitted = 0.0
    for number, kept in enumerate(patterns):
        if not kept.any():
            continue
        directions, sizes, _ = np.linalg.svd(design[kept], full_matrices=False)
        basis = directions[:, sizes > sizes[0] * NOTHING * max(design.shape)]
        fitted += float(((centred[pattern_of == number][:, kept] @ basis) ** 2).sum())
    return fitted
