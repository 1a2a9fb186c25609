"""Kemeny-Young: the order of the models that disagrees least with the orders of the metrics.

The models fall into parts of which each beats the next by majorities, so that every best order keeps them
apart (Truchon 1998, "An extension of the Condorcet criterion and Kemeny orders"). A part of up to `EXACT`
models is solved by integer programming; of a larger one the best order found by `kemeny_search` stands, and
what any order must cost at least is the sum over its pairs of the smaller number of metrics.

Nothing depends on the speed of the machine: limits are on sizes and on steps, never on time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from builder.stats.panel import Panel
from builder.stats.schemes.kemeny_search import SmallArray, improved, searched, settled, shared_places
from builder.stats.schemes.majority import wins
from builder.stats.schemes.present import among_present, only_present

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
EXACT = 16
NODES = 200
"""Branches of one integer programme; where they do not do, the order is not called exact."""
TRIED = 20
"""Models that are tried in the first one's place."""


@dataclass(frozen=True)
class KemenyOrder:
    """An order, best first, as positions of the panel's models; what it costs, and what any must at least.

    The cost is the number of disagreements, pair by pair and metric by metric, ties counting half. It is a
    best order where `cost` equals `bound`. Where it is not proven to be, `instead` are models of which
    nothing proves that they are not first in a best order: each, and how much more the best order that was
    found with it first costs. Empty, the first model is first in every best order.
    """

    order: IntArray
    cost: float
    bound: float
    instead: tuple[tuple[int, float], ...] = ()


@among_present
def kemeny(panel: Panel) -> FloatArray:
    """Places in the Kemeny order, 1 = best; shape (n_models,).

    Neighbours in one part that are tied by their majorities, and stand so to all others of it, share a place.
    Source: Kemeny (1959), "Mathematics without numbers"; Young and Levenglick (1978).
    """
    return places_of(wins(panel))


def kemeny_together(panels: Sequence[Panel]) -> list[FloatArray]:
    """As `kemeny` of each panel, by a shorter search of all of them at once: for simulations of hundreds.

    Each starts from its order by wins over losses, which keeps apart what every best order keeps apart.
    """
    found = [np.full(len(panel.models), np.nan) for panel in panels]
    by_size: dict[int, list[tuple[int, BoolArray, FloatArray]]] = {}
    for index, panel in enumerate(panels):
        present = only_present(panel)
        rows = np.isin(panel.models, present.models)
        by_size.setdefault(len(present.models), []).append((index, rows, wins(present)))
    for alike in by_size.values():
        margins = np.stack([_margins(won) for _, _, won in alike])
        beaten = np.sign(margins).sum(axis=2)
        points = np.stack([won.sum(axis=1) for _, _, won in alike])
        order = improved(margins, np.arange(len(alike)), np.lexsort((-points, -beaten), axis=1).T)
        places = shared_places(margins, order)
        for column, (index, rows, _) in enumerate(alike):
            found[index][np.flatnonzero(rows)[order[:, column]]] = places[:, column]
    return found


def kemeny_without(panel: Panel, removed: Sequence[int]) -> list[FloatArray]:
    """Places of the others, 1 = best, each of shape (n_models - 1,), when one of `removed` leaves.

    Sought from the whole's order: each part of the rest keeps it and is improved by moving single models, or
    is solved where it has up to `EXACT`. Only an order that costs the rest less turns anything.
    """
    won = wins(panel)
    margins = _margins(won)
    whole = kemeny_order(won).order
    left = [whole[whole != model] for model in removed]
    parts = [_parts(won, order) for order in left]
    starts = np.stack([np.concatenate(each) for each in parts], axis=1)
    order = improved(margins[np.newaxis], np.zeros(len(left), dtype=np.int64), starts)
    found = []
    for model, own, column in zip(removed, parts, order.T, strict=True):
        column[:] = settled(margins, column)
        first = 0
        for size in map(len, own):
            if size <= EXACT:
                part = column[first : first + size]
                column[first : first + size] = _solved(won[np.ix_(part, part)], part).order
            first += size
        others = np.delete(np.arange(len(won)), model)
        position = np.searchsorted(others, column)[:, np.newaxis]
        places = np.empty(len(others))
        places[position[:, 0]] = shared_places(margins[np.ix_(others, others)][np.newaxis], position)[:, 0]
        found.append(places)
    return found


def places_of(won: FloatArray) -> FloatArray:
    """Kemeny places from a matrix as `majority.wins` gives it; shape (n_models,)."""
    order = kemeny_order(won).order
    places = shared_places(_margins(won)[np.newaxis], order[:, np.newaxis])
    return np.asarray(places[np.argsort(order), 0], dtype=np.float64)


def kemeny_order(won: FloatArray) -> KemenyOrder:
    """The best order that is found of a matrix as `majority.wins` gives it."""
    return _order(won.tobytes(), len(won))


@lru_cache(maxsize=2)
def _order(data: bytes, n: int) -> KemenyOrder:
    """The ranking and what is said of it both ask."""
    won = np.frombuffer(data).reshape(n, n)
    points = np.argsort(-won.sum(axis=1), kind="stable")
    parts = [_solved(won[np.ix_(part, part)], part) for part in _parts(won, points)]
    # Pairs of two parts stand as their majorities want, in every best order.
    inside = sum(part.cost for part in parts)
    across = _cost(won, np.concatenate([part.order for part in parts])) - inside if parts else 0.0
    instead: tuple[tuple[int, float], ...] = ()
    if any(part.cost > part.bound for part in parts):
        parts[0], instead = _first_instead(won, parts[0])
    return KemenyOrder(
        np.array([model for part in parts for model in part.order], dtype=np.int64),
        float(sum(part.cost for part in parts)) + across,
        float(sum(part.bound for part in parts)) + across,
        instead,
    )


def _first_instead(won: FloatArray, part: KemenyOrder) -> tuple[KemenyOrder, tuple[tuple[int, float], ...]]:
    """The order of the first part, or a better one that comes up, and who else could be first at what more.

    Tried are the `TRIED` models that could be first at the lowest cost, if at no more than the part's: each
    before the best order of the others that is found from this one; the cheapest first.
    """
    own = won[np.ix_(part.order, part.order)]
    lowest = lowest_with_first(own)
    margin = _margins(own)
    order = np.arange(len(own))
    cost = part.cost
    while True:
        others = [
            model
            for model in np.argsort(lowest, kind="stable")
            if model != order[0] and lowest[model] <= cost
        ]
        if not others:
            return KemenyOrder(part.order[order], cost, part.bound), ()
        others = others[:TRIED]
        rest = np.stack([order[order != other] for other in others], axis=1)
        rest = improved(margin[np.newaxis], np.zeros(len(others), dtype=np.int64), rest)
        found = [np.concatenate([[other], below]) for other, below in zip(others, rest.T, strict=True)]
        tried = sorted(((_cost(own, one), one) for one in found), key=lambda pair: pair[0])
        if tried[0][0] >= cost:
            instead = tuple((int(part.order[one[0]]), its - cost) for its, one in tried)
            return KemenyOrder(part.order[order], cost, part.bound), instead
        order = settled(margin, tried[0][1])
        cost = _cost(own, order)


def lowest_with_first(won: FloatArray) -> FloatArray:
    """For each model what no order with it first costs less than: shape (n,).

    Of every pair the smaller number of metrics, and of the model's own pairs those that want it behind.
    """
    least = float(np.minimum(won, won.T).sum()) / 2
    return np.asarray(least + np.maximum(won - won.T, 0.0).sum(axis=0), dtype=np.float64)


def _parts(won: FloatArray, order: IntArray) -> list[IntArray]:
    """Strongly connected parts of "is not beaten by" among the models of `order`, best first, each in it."""
    own = won[np.ix_(order, order)]
    _, label = connected_components(own >= own.T, directed=True, connection="strong")
    parts = [np.flatnonzero(label == one) for one in np.unique(label)]
    beaten = (own > own.T).sum(axis=1)
    parts.sort(key=lambda part: (-float(beaten[part].mean()), int(order[part].min())))
    return [order[part] for part in parts]


def _cost(won: FloatArray, order: IntArray) -> float:
    """For each pair the metrics that want it the other way round."""
    ordered = won[np.ix_(order, order)]
    return float(np.tril(ordered, -1).sum())


def _solved(won: FloatArray, part: IntArray) -> KemenyOrder:
    """The order of the models of one part, from their matrix."""
    n = len(won)
    margin = _margins(won)
    start = np.arange(n)[:, np.newaxis]
    order = improved(margin[np.newaxis], np.zeros(1, dtype=np.int64), start)[:, 0]
    least = float(np.minimum(won, won.T)[np.triu_indices(n, 1)].sum())
    if _cost(won, order) > least:
        order, least = _exact(won, order, least) if n <= EXACT else (searched(margin, order), least)
    return KemenyOrder(part[order], _cost(won, order), least)


def _margins(won: FloatArray) -> SmallArray:
    return np.asarray(np.rint(won - won.T), dtype=np.int32)


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
