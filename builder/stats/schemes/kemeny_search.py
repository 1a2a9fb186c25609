"""Orders of models that disagree less with the metrics, sought by moving single models.

Many orders are improved side by side, of one matrix of margins or of one each. A margin is on how many
metrics more the one model is better than the other: whole numbers, antisymmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SmallArray = NDArray[np.signedinteger[Any]]
REACHES = (16, 96)
"""Places by which a model moves at most in one step: so far until none gains, then as far as the next."""
SWEEPS = 50

COPIES = 8
ROUNDS, MODELS = 40, 12_000
"""Rounds of shuffling at most, and models that all of them may have together."""
PATIENCE = 6
"""Rounds without gain after which none is tried."""
SHUFFLED, LONGEST = 3, 30
"""Stretches of an order that a round shuffles, and places that one has at most."""


def improved(
    margins: SmallArray,
    which: IntArray,
    order: IntArray,
    reaches: Sequence[int] = REACHES,
    sweeps: int = SWEEPS,
) -> IntArray:
    """The orders after moving single models to where they cost least, until none gains.

    All models are looked at `sweeps` times at most for each of the `reaches`.

    `margins` has shape (n_matrices, n, n), `which` names the matrix of each order, and `order` has shape
    (k, n_orders), best first, of any k of the n models.
    """
    for reach in reaches:
        order = _improved(margins, which, order, min(reach, max(1, len(order) - 1)), sweeps)
    return order


def settled(margin: SmallArray, order: IntArray) -> IntArray:
    """The order after single moves of any length, the best first, until none gains: shape (n,).

    For an order that short moves no longer improve: every move looks at all pairs.
    """
    n = len(order)
    each = np.arange(n)
    while True:
        # What a model costs before each slot: whom it beats of those before it, less who beats it.
        costs = np.zeros((n, n + 1), dtype=np.int64)
        np.cumsum(margin[np.ix_(order, order)], axis=1, dtype=np.int64, out=costs[:, 1:])
        gains = costs[each, each][:, np.newaxis] - costs
        model, slot = np.unravel_index(int(gains.argmax()), gains.shape)
        if gains[model, slot] <= 0:
            return order
        rest = np.delete(order, model)
        order = np.insert(rest, slot - (slot > model), order[model])


def _improved(margins: SmallArray, which: IntArray, order: IntArray, reach: int, sweeps: int) -> IntArray:
    """Models as far apart as a window is wide move at once: what each of them may pass is its own."""
    n, k, width = margins.shape[-1], len(order), 2 * reach + 1
    sums = np.tri(width + 1, width, -1, dtype=np.float32)
    flat = margins.reshape(-1)
    found = order.copy()
    left = np.arange(order.shape[1])
    held = np.zeros((k + 2 * reach, len(left)), dtype=np.int64)
    held[reach : reach + k] = order
    for _ in range(sweeps):
        moved = np.zeros(len(left), dtype=np.bool_)
        for first in range(min(width, k)):
            windows = -(-(k - first) // width)
            near = held[first : first + windows * width].reshape(windows, width, -1)
            own = which[left] * (n * n) + near[:, reach] * n
            # Slot s of a window is before its place s: what stands there costs what the places before it do.
            costs = sums @ flat.take(near + own[:, np.newaxis]).astype(np.float32)
            if first < reach:
                costs[0, : reach - first] = np.inf
            costs[-1, reach + k + 1 - first - (windows - 1) * width :] = np.inf
            window, draw = np.nonzero(costs.min(axis=1) < costs[:, reach])
            if len(draw):
                moved[draw] = True
                slot = costs[window, :, draw].argmin(axis=1)
                near[window, :, draw] = _moved(near[window, :, draw], slot)
        found[:, left] = held[reach : reach + k]
        left, held = left[moved], np.ascontiguousarray(held[:, moved])
        if not len(left):
            break
    return found


def _moved(windows: IntArray, slots: IntArray) -> IntArray:
    """Each row of `windows`, shape (k, width), with what is in its middle taken to before its slot."""
    width = windows.shape[1]
    middle = width // 2
    to = (slots - (slots > middle))[:, np.newaxis]
    place = np.arange(width)
    source = place + ((place >= middle) & (place < to)) - ((place <= middle) & (place > to))
    np.put_along_axis(source, to, middle, axis=1)
    return np.take_along_axis(windows, source, axis=1)


def searched(margin: SmallArray, order: IntArray) -> IntArray:
    """The best order that is found from one: shape (n,) in and out, `margin` of shape (n, n).

    Iterated local search (Lourenço, Martin and Stützle 2003): copies of the order have stretches shuffled
    and are improved again; each keeps what costs no more, and half of them go on from the best. Steps are
    counted, never timed, and shuffles are the raw output of PCG64, so that the order is the same everywhere.
    """
    n = len(order)
    first = improved(margin[np.newaxis], np.zeros(1, dtype=np.int64), order[:, np.newaxis])[:, 0]
    held = np.repeat(settled(margin, first)[:, np.newaxis], COPIES, 1)
    cost = np.full(COPIES, disagreement(margin, held[:, 0]))
    random = np.random.PCG64(n)
    since = 0
    for _ in range(min(ROUNDS, max(2, MODELS // n))):
        least = cost.min()
        tried = improved(margin[np.newaxis], np.zeros(COPIES, dtype=np.int64), _shuffled(held, random))
        costs = np.array([disagreement(margin, one) for one in tried.T])
        kept = costs <= cost
        held[:, kept], cost[kept] = tried[:, kept], costs[kept]
        by_cost = np.argsort(cost, kind="stable")
        worse = by_cost[COPIES // 2 :]
        held[:, worse], cost[worse] = held[:, by_cost[:1]], cost[by_cost[0]]
        since = 0 if cost.min() < least else since + 1
        if since == PATIENCE:
            break
    return settled(margin, np.ascontiguousarray(held[:, int(np.argmin(cost))]))


def _shuffled(order: IntArray, random: np.random.PCG64) -> IntArray:
    """Each order, shape (n, n_orders), with some stretches shuffled."""
    n, copies = order.shape
    place = np.arange(n, dtype=np.float64)[:, np.newaxis]
    key = np.broadcast_to(place, order.shape).copy()
    length = 4 + _uniform(random, SHUFFLED, copies) * (min(LONGEST, n) - 4)
    start = _uniform(random, SHUFFLED, copies) * (n - length)
    for low, long in zip(np.floor(start), np.floor(length), strict=True):
        inside = (place >= low) & (place < low + long)
        key = np.where(inside, low + _uniform(random, n, copies) * long, key)
    return np.take_along_axis(order, np.argsort(key, axis=0, kind="stable"), axis=0)


def _uniform(random: np.random.PCG64, *shape: int) -> FloatArray:
    raw = random.random_raw(int(np.prod(shape))) >> np.uint64(11)
    return np.asarray(raw.reshape(shape) * 2.0**-53, dtype=np.float64)


def disagreement(margin: SmallArray, order: IntArray) -> float:
    """By how much an order's cost is above half of all comparisons: half the margins of who stands behind."""
    return float(np.tril(margin[np.ix_(order, order)], -1).sum(dtype=np.int64)) / 2


def shared_places(margins: SmallArray, order: IntArray) -> FloatArray:
    """Places of the models in these orders, 1 = best; neighbours that are alike to all share one.

    `margins` has shape (n_orders, n, n), `order` and the answer (n, n_orders).
    """
    n, draws = order.shape
    place = np.broadcast_to(np.arange(1.0, n + 1)[:, np.newaxis], order.shape).copy()
    each = np.arange(draws)
    row, draw = np.nonzero(margins[each, order[:-1], order[1:]] == 0)
    alike = (margins[draw, order[row, draw]] == margins[draw, order[row + 1, draw]]).all(axis=1)
    place[row[alike] + 1, draw[alike]] = 0
    np.maximum.accumulate(place, axis=0, out=place)
    return place
