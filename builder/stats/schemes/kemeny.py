"""Kemeny-Young: the order of the models that disagrees least with the orders of the metrics.

The models fall into parts of which each beats the next by majorities, so that every best order keeps them
apart (Truchon 1998, "An extension of the Condorcet criterion and Kemeny orders"). A part of up to `EXACT`
models is solved by integer programming; of a larger one the best order found by moving single models stands,
and what any order must cost at least is the sum over its pairs of the smaller number of metrics.

Nothing depends on the speed of the machine: limits are on sizes and on steps, never on time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from builder.stats.panel import Panel
from builder.stats.schemes.majority import wins
from builder.stats.schemes.present import among_present

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
EXACT = 16
NODES = 200
"""Branches of one integer programme; where they do not do, the order is not called exact."""
PASSES = 50


@dataclass(frozen=True)
class KemenyOrder:
    """An order, best first, as positions of the panel's models; what it costs, and what any must at least.

    The cost is the number of disagreements, pair by pair and metric by metric, ties counting half. It is a
    best order where `cost` equals `bound`.
    """

    order: IntArray
    cost: float
    bound: float


@among_present
def kemeny(panel: Panel) -> FloatArray:
    """Places in the Kemeny order, 1 = best; shape (n_models,).

    Neighbours in one part that are tied by their majorities, and stand so to all others of it, share a place.
    Source: Kemeny (1959), "Mathematics without numbers"; Young and Levenglick (1978).
    """
    return places_of(wins(panel))


def places_of(won: FloatArray) -> FloatArray:
    """Kemeny places from a matrix as `majority.wins` gives it; shape (n_models,)."""
    order = kemeny_order(won).order
    place = np.empty(len(order))
    margin = won - won.T
    for position, model in enumerate(order):
        before = order[position - 1]
        others = np.delete(order, [position - 1, position]) if position else order
        alike = position > 0 and np.array_equal(margin[model, others], margin[before, others])
        place[model] = place[before] if alike and margin[model, before] == 0 else position + 1
    return place


def kemeny_order(won: FloatArray) -> KemenyOrder:
    """The best order that is found of a matrix as `majority.wins` gives it."""
    return _order(won.tobytes(), len(won))


@lru_cache(maxsize=2)
def _order(data: bytes, n: int) -> KemenyOrder:
    """The ranking and what is said of it both ask."""
    won = np.frombuffer(data).reshape(n, n)
    found: list[int] = []
    cost = bound = 0.0
    for part in _parts(won):
        inside = won[np.ix_(part, part)]
        order, least = _solve(inside)
        found += [int(part[position]) for position in order]
        cost += _cost(inside, order)
        bound += least
    order = np.array(found, dtype=np.int64)
    # Pairs of two parts stand as their majorities want, in every best order.
    across = _cost(won, order) - cost
    return KemenyOrder(order, cost + across, bound + across)


def _parts(won: FloatArray) -> list[IntArray]:
    """Strongly connected parts of "is not beaten by", best first; in each the models by Borda count."""
    _, label = connected_components(won >= won.T, directed=True, connection="strong")
    parts = [np.flatnonzero(label == one) for one in np.unique(label)]
    beaten = (won > won.T).sum(axis=1)
    parts.sort(key=lambda part: (-float(beaten[part].mean()), int(part[0])))
    points = won.sum(axis=1)
    return [part[np.lexsort((part, -points[part]))] for part in parts]


def _cost(won: FloatArray, order: IntArray) -> float:
    """For each pair the metrics that want it the other way round."""
    ordered = won[np.ix_(order, order)]
    return float(np.tril(ordered, -1).sum())


def _solve(won: FloatArray) -> tuple[IntArray, float]:
    """The order of one part, and what any order of it costs at least."""
    n = len(won)
    order = _improved(won, np.arange(n))
    least = float(np.minimum(won, won.T)[np.triu_indices(n, 1)].sum())
    if _cost(won, order) <= least or n > EXACT:
        return order, least
    return _exact(won, order, least)


def _improved(won: FloatArray, order: IntArray) -> IntArray:
    """The order after moving single models to where they cost least, until none gains."""
    held = np.array(order, dtype=np.int64)
    against = won - won.T
    costs = np.zeros(len(held) + 1)
    for _ in range(PASSES):
        moved = False
        where = np.argsort(held)
        for model in held.tolist():
            at = int(np.flatnonzero(held == model)[0]) if moved else int(where[model])
            # Behind the first k of the others: what wants them behind it, less what wants them before.
            np.cumsum(against[model, held], out=costs[1:])
            best = int(np.argmin(costs))
            if costs[best] < costs[at] - 1e-9:
                rest = np.delete(held, at)
                held = np.insert(rest, best - (best > at), model)
                moved = True
        if not moved:
            break
    return held


def _exact(won: FloatArray, order: IntArray, least: float) -> tuple[IntArray, float]:
    """By integer programming: x of a pair is 1 where its first model stands before, and no three go round."""
    n = len(won)
    index = {pair: k for k, pair in enumerate(combinations(range(n), 2))}
    gain = np.array([won[j, i] - won[i, j] for i, j in index])
    rows, columns, values = [], [], []
    for row, (i, j, k) in enumerate(combinations(range(n), 3)):
        for pair, sign in (((i, j), 1.0), ((j, k), 1.0), ((i, k), -1.0)):
            rows.append(row)
            columns.append(index[pair])
            values.append(sign)
    triples = coo_array((values, (rows, columns)), shape=(max(rows) + 1, len(index)))
    solved = milp(
        gain,
        integrality=np.ones(len(index), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(triples.tocsr(), 0, 1),
        options={"node_limit": NODES},
    )
    constant = float(won[np.triu_indices(n, 1)].sum())
    if solved.x is not None:
        before = np.zeros(n)
        for (i, j), k in index.items():
            before[j] += round(solved.x[k])
            before[i] += 1 - round(solved.x[k])
        candidate = np.argsort(before, kind="stable").astype(np.int64)
        if _cost(won, candidate) < _cost(won, order) - 1e-9:
            order = candidate
    reached = solved.mip_dual_bound if solved.mip_dual_bound is not None else -np.inf
    # Costs are halves, so that a bound may be raised to the next half.
    bound = np.ceil(2 * (constant + reached) - 1e-6) / 2
    return order, min(max(least, float(bound)), _cost(won, order))
