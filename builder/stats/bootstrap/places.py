"""From values over many draws to how sure each place is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
PlaceArray = NDArray[np.int32]

LEVEL = 0.95
AHEAD = 16
FIRST = 20
"""Models at the head of a ranking that are compared two by two."""
_INDEX_BITS = 20
_STEPS = 2.0**40
"""Values that agree to a part in 2**40 of a draw's range are equal: rounding noise orders nothing."""


@dataclass(frozen=True)
class PlaceUncertainty:
    """How sure the places of one ranking are; arrays have shape (n_models,), in the order given.

    low, high       bounds of the middle 95 % of the places that a model has over the draws, 1 = best
    p_first         share of the draws in which it is first, a shared first place shared out
    p_above_next    share of the draws in which it stands above the model after it, a tie counting half;
                    NaN for the last
    above           shape (k, k) over the first k, at most FIRST: share of the draws in which the row's model
                    stands above the column's, a tie counting half; NaN on the diagonal
    tier            1 for the first, and one more wherever the tier's first model stands above a model in at
                    least 95 % of the draws
    draws           number of draws that rank any model
    shared          share of them in which several share the first place
    """

    low: IntArray
    high: IntArray
    p_first: FloatArray
    p_above_next: FloatArray
    above: FloatArray
    tier: IntArray
    draws: int
    shared: float

    @property
    def n_tiers(self) -> int:
        return int(self.tier.max(initial=0))

    @property
    def n_apart(self) -> int:
        """Neighbours of which one stands above the other in at least 95 % of the draws."""
        return int((self.p_above_next[:-1] >= LEVEL).sum())


def drawn_places(values: FloatArray, higher_is_better: bool) -> PlaceArray:
    """Competition places within each draw: shape (n_models, draws) in and out; 0 where a value is NaN.

    Values tie where they differ by less than 1e-12 of the draw's range, or so: places of the ranking itself
    tie at 12 significant digits. Raises ValueError for more than a million models.
    """
    n = len(values)
    if n >> _INDEX_BITS:
        raise ValueError(f"{n} models are more than {1 << _INDEX_BITS}")
    by_draw = np.ascontiguousarray(values.T)
    there = ~np.isnan(by_draw)
    low = np.min(by_draw, axis=1, where=there, initial=np.inf)[:, None]
    high = np.max(by_draw, axis=1, where=there, initial=-np.inf)[:, None]
    size = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-300)
    span = np.where(high - low > 1e-12 * size, high - low, np.inf)
    share = (high - by_draw if higher_is_better else by_draw - low) / span
    # A value and its model in one whole number, so that one sort gives both.
    level = np.where(there, np.rint(np.where(there, share, 0.0) * _STEPS), 2 * _STEPS).astype(np.int64)
    keys = np.sort((level << _INDEX_BITS) | np.arange(n), axis=1)
    order, level = keys & ((1 << _INDEX_BITS) - 1), keys >> _INDEX_BITS
    position = np.broadcast_to(np.arange(1, n + 1, dtype=np.int32), level.shape).copy()
    position[:, 1:][level[:, 1:] == level[:, :-1]] = 0
    np.maximum.accumulate(position, axis=1, out=position)
    places = np.empty_like(position)
    order += n * np.arange(len(order))[:, np.newaxis]
    places.ravel()[order.ravel()] = position.ravel()
    places[~there] = 0
    return np.ascontiguousarray(places.T)


def place_uncertainty(places: PlaceArray) -> PlaceUncertainty:
    """How sure places are, of models in the order of the ranking: `places` as `drawn_places` gives them.

    Raises ValueError where no draw ranks any model.
    """
    ranked = places > 0
    used = ranked.any(axis=0)
    if not used.any():
        raise ValueError("no draw ranks any model")
    places, ranked = places[:, used], ranked[:, used]
    n, draws = places.shape
    low, high = middle(places)
    first = places == 1
    shared = float((first.sum(axis=0) > 1).mean())
    p_first = (first / np.maximum(first.sum(axis=0), 1)).mean(axis=1)
    next_above = np.full(n, np.nan)
    next_above[:-1] = _above(places[:-1], places[1:])
    head = places[:FIRST]
    above = np.stack([_above(head[[row]], head) for row in range(len(head))])
    np.fill_diagonal(above, np.nan)
    return PlaceUncertainty(low, high, p_first, next_above, above, _tiers(places), draws, shared)


def _tiers(places: PlaceArray) -> IntArray:
    """Tier of each model, shape (n,): looks ahead a few models at a time for the first that is told apart."""
    n = len(places)
    tier = np.ones(n, dtype=np.int64)
    leader = start = 0
    while start < n - 1:
        stop = min(start + AHEAD, n - 1)
        apart = _above(places[[leader]], places[start + 1 : stop + 1]) >= LEVEL
        if apart.any():
            leader = start + 1 + int(np.argmax(apart))
            tier[leader:] += 1
            start = leader
        else:
            start = stop
    return tier


def middle(places: PlaceArray) -> tuple[IntArray, IntArray]:
    """The middle 95 % of each row's places that are not 0, as order statistics; 0 for a row without any.

    At most one draw in forty lies below, and at most one above.
    """
    ordered = np.sort(np.where(places > 0, places, np.iinfo(np.int32).max), axis=1)
    number = (places > 0).sum(axis=1)
    cut = np.floor((1 - LEVEL) / 2 * number + 1e-9).astype(np.int64)
    rows = np.arange(len(places))
    has = number > 0
    low = np.where(has, ordered[rows, np.minimum(cut, places.shape[1] - 1)], 0)
    return low, np.where(has, ordered[rows, np.maximum(number - 1 - cut, 0)], 0)


def _above(mine: PlaceArray, theirs: PlaceArray) -> FloatArray:
    """Share of the draws that rank both in which each row of the first stands above that of the second."""
    both = (mine > 0) & (theirs > 0)
    twice = 2 * ((mine < theirs) & both).sum(axis=1) + ((mine == theirs) & both).sum(axis=1)
    n = both.sum(axis=1)
    return np.where(n > 0, twice / np.maximum(2 * n, 1), np.nan)
