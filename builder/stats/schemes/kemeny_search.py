"""Orders of models that disagree less with the metrics, sought by moving models, alone and in blocks.

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
"""Of each stretch of an order, improved side by side."""
STRETCHES = ((60, 0.0, False), (60, 0.5, False), (100, 0.0, True), (100, 0.5, True))
"""Places that a stretch has, how far from the end of the order the outmost stands, as a share of them, and
whether that is the last end: each model is in some.
"""
WITHIN = 40
"""Places by which a model of a stretch moves at most in one step."""
ROUNDS = 6
"""In which the copies of a stretch are disturbed."""
PASSES, MODELS = 4, 1000
"""Over all stretches at most, and models that all passes may have together."""
DISTURBED, FARTHEST = 30, 20
"""Neighbours that a disturbance has at most, and places by which it moves them."""
BLOCK = 12
"""Neighbours that move together at most, in the end."""


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


def settled(margin: SmallArray, order: IntArray, block: int = 1) -> IntArray:
    """The order after moves of any length of up to `block` neighbours together, until none gains: shape (n,).

    For an order that short moves no longer improve: each look is at all pairs. Of the moves of so many
    neighbours those are made that gain most and do not meet.
    """
    n, size = len(order), 1
    sums: IntArray | None = None
    while size <= min(block, n - 1):
        if sums is None:
            # What the first models would cost before each slot: whom they beat of those before it, less who
            # beats them.
            sums = np.zeros((n + 1, n + 1), dtype=np.int64)
            ordered = margin[np.ix_(order, order)]
            np.cumsum(np.cumsum(ordered, axis=0, dtype=np.int64), axis=1, out=sums[1:, 1:])
        first = np.arange(n - size + 1)
        costs = sums[size:] - sums[: n - size + 1]
        now = costs[first, first]
        for inside in range(1, size):
            costs[first, first + inside] = now
        slot = costs.argmin(axis=1)
        gains = now - costs[first, slot]
        moves = np.flatnonzero(gains > 0)
        if len(moves):
            order = _moved_blocks(order, moves[np.argsort(-gains[moves], kind="stable")], slot, size)
            sums, size = None, 1
        else:
            size += 1
    return order


def _moved_blocks(order: IntArray, moves: IntArray, slot: IntArray, size: int) -> IntArray:
    """The order after moves of `size` neighbours to before a slot, but for those that meet earlier ones."""
    place = np.arange(len(order))
    taken = np.zeros(len(order), dtype=np.bool_)
    for first in moves.tolist():
        low, high = min(first, int(slot[first])), max(first + size, int(slot[first]))
        if not taken[low:high].any():
            taken[low:high] = True
            turn = size if low == first else first - low
            place[low:high] = np.roll(place[low:high], -turn)
    return order[place]


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

    Iterated local search (Lourenço, Martin and Stützle 2003), of all stretches of the order at once: what
    the models of one cost among themselves hangs on no other. Steps are counted, never timed, and chance is
    the raw output of PCG64, so that the order is the same everywhere.
    """
    n = len(order)
    random = np.random.PCG64(n)
    order = improved(margin[np.newaxis], np.zeros(1, dtype=np.int64), order[:, np.newaxis])[:, 0]
    for _ in range(min(PASSES, max(1, MODELS // n))):
        before = disagreement(margin, order)
        for width, begin in _stretches(n):
            order = _stretches_searched(margin, order, width, begin, random)
        order = settled(margin, order, BLOCK)
        if disagreement(margin, order) >= before:
            break
    return order


def _stretches(n: int) -> list[tuple[int, int]]:
    """Places that stretches of n models have, and where the first begins: each once."""
    found = []
    for wide, share, last in STRETCHES:
        width = min(wide, n)
        apart = int(share * min(width, n - width))
        found.append((width, (n - apart) % width if last else apart))
    return list(dict.fromkeys(found))


def _stretches_searched(
    margin: SmallArray, order: IntArray, width: int, begin: int, random: np.random.PCG64
) -> IntArray:
    """The order with each stretch of `width` models from `begin` on in the best order found of its own."""
    many = (len(order) - begin) // width
    models = order[begin : begin + many * width].reshape(many, width)
    margins = margin[models[:, :, np.newaxis], models[:, np.newaxis]]
    which = np.repeat(np.arange(many), COPIES)
    held = np.repeat(np.arange(width)[:, np.newaxis], len(which), 1)
    cost = _disagreements(margins, which, held)
    for _ in range(ROUNDS):
        tried = improved(margins, which, _disturbed(held, random), (WITHIN,))
        costs = _disagreements(margins, which, tried)
        kept = costs <= cost
        held[:, kept], cost[kept] = tried[:, kept], costs[kept]
        # The worse half of each stretch's copies goes on from its best.
        ranked = (
            np.argsort(cost.reshape(many, COPIES), axis=1, kind="stable")
            + which[::COPIES, np.newaxis] * COPIES
        )
        worse = ranked[:, COPIES // 2 :].ravel()
        best = np.repeat(ranked[:, 0], COPIES - COPIES // 2)
        held[:, worse], cost[worse] = held[:, best], cost[best]
    best = cost.reshape(many, COPIES).argmin(axis=1) + which[::COPIES] * COPIES
    found = order.copy()
    found[begin : begin + many * width] = np.take_along_axis(models, held[:, best].T, axis=1).ravel()
    return found


def _disturbed(order: IntArray, random: np.random.PCG64) -> IntArray:
    """Each order, shape (n, n_orders), with some neighbours shuffled, or moved as they are."""
    n, copies = order.shape
    place = np.arange(n, dtype=np.float64)[:, np.newaxis]
    size, start, kind = _uniform(random, 3, copies)
    size = np.floor(4 + size * (min(DISTURBED, n) - 4))
    start = np.floor(start * (n - size))
    inside = (place >= start) & (place < start + size)
    moved = place + np.floor((4 * kind - 1) * FARTHEST) + 0.5
    shuffled = start + _uniform(random, n, copies) * size
    key = np.where(inside, np.where(kind < 0.5, moved, shuffled), place)
    return np.take_along_axis(order, np.argsort(key, axis=0, kind="stable"), axis=0)


def _uniform(random: np.random.PCG64, *shape: int) -> FloatArray:
    raw = random.random_raw(int(np.prod(shape))) >> np.uint64(11)
    return np.asarray(raw.reshape(shape) * 2.0**-53, dtype=np.float64)


def _disagreements(margins: SmallArray, which: IntArray, order: IntArray) -> FloatArray:
    """As `disagreement`, of each order, shape (k, n_orders), on the matrix that `which` names."""
    ordered = margins[which, order[:, np.newaxis], order]
    return np.asarray(np.einsum("ijk,ij->k", ordered, np.tri(len(order), k=-1)) / 2, dtype=np.float64)


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
