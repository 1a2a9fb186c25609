"""One model over all rankings, sorted by its place, and the choice that its worst places go with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from builder.stats.multiverse import crowded, relative_places

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TOP = 10
"""Places beyond this are counted as below."""


@dataclass(frozen=True)
class Level:
    """One level of a choice: how many of the model's rankings make it, and of these how many are below."""

    choice: str
    level: str
    n_rankings: int
    n_below: int


@dataclass(frozen=True)
class Specifications:
    """Where one model stands in each ranking that has it and at least one other.

    order     shape (n,), those rankings, best relative place first; equal ones in the order given
    relative  shape (n,), its relative places in that order, 0 = first, 1 = last
    n_first   rankings in which it is first
    n_below   rankings in which it is below the tenth place, or on one that is `multiverse.crowded`
    behind    the level with most more rankings below than its share of all would give, of several the first;
              None where no level has more
    """

    order: IntArray
    relative: FloatArray
    n_first: int
    n_below: int
    behind: Level | None


def specifications(places: ArrayLike, model: int, choices: Mapping[str, Sequence[str]]) -> Specifications:
    """The specification curve of one model: all its results, sorted, with what made each.

    `places` as in `multiverse.relative_places`, which raises the same errors; `model` is its row; `choices`
    maps a choice's name to its level in each ranking. The curve is that of Simonsohn, Simmons and Nelson
    (2020), "Specification curve analysis", with places for estimates; their joint test has no counterpart
    here, for places add up to the same whatever is true. `behind` is ours: the excess of n_below over
    n_rankings times the share below of all, which subgroup discovery calls weighted relative accuracy.
    """
    table = np.asarray(places)
    relative = relative_places(table)[model]
    order = np.argsort(relative, kind="stable")[: int((~np.isnan(relative)).sum())]
    place = table[model][order]
    shared = crowded(table)[model][order]
    below = (place > TOP) | shared
    return Specifications(
        order=np.asarray(order, dtype=np.int64),
        relative=relative[order],
        n_first=int(((place == 1) & ~shared).sum()),
        n_below=int(below.sum()),
        behind=_behind(below, {name: [levels[k] for k in order] for name, levels in choices.items()}),
    )


def _behind(below: NDArray[np.bool_], choices: Mapping[str, Sequence[str]]) -> Level | None:
    best, most = None, 0
    for choice, levels in choices.items():
        for level in sorted(set(levels)):
            made = np.array([one == level for one in levels])
            n, n_below = int(made.sum()), int((made & below).sum())
            # In whole numbers, so that equal ones are equal.
            excess = n_below * len(below) - n * int(below.sum())
            if excess > most:
                best, most = Level(choice, level, n, n_below), excess
    return best
