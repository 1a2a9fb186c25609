"""Why a model's place changed between two snapshots: rivals, metrics, its own scores, the scores of others.

Places are taken in states between the two snapshots, in which only some of this has changed yet, and the move
is shared out by the Shapley value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from builder.catalog.tree import MetricTree
from builder.stats.panel import Panel
from builder.stats.schemes import Scheme, places, round_significant

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

PARTS = ("left", "metrics", "entered", "own", "others")
IN_ORDER = 3
"""The first parts, which are changed in this order whenever the others are."""
STAGES = OLDER, COMMON_OLDER, COMMON_NEWER, NEWER = range(IN_ORDER + 1)
"""What is ranked: the older models on the older metrics; the models of both snapshots on the older, then on
the newer metrics; the newer models on the newer metrics."""
VERSIONS = (0, 1)
"""Cells of what both snapshots have: the older, the newer ones."""
OWN_SCORES = ("mean", "trimmed", "geometric")
"""Kinds of scheme whose value of a model reads no other model's scores."""
FOLLOWED = 25
"""Models whose own changed scores are told apart from others' where each needs rankings of its own."""
OF_PAIRS, PAIRS_FOLLOWED = ("pairs", "margins"), 1e7
"""Kinds of scheme that compare every two models, and how many pairs of models they may compare for that."""
NEVER_FOLLOWED = ("kemeny", "bradley-terry", "baldwin")


@dataclass(frozen=True)
class Cells:
    """The cells of one snapshot on the metrics of one selection.

    scores  shape (n_models, n_metrics), as the source has them; NaN unless scored
    run     the same shape: whether the cell was run, that is, scored or failed
    tree    the metric tree of the selection; columns follow tree.metric_ids
    """

    models: tuple[str, ...]
    scores: FloatArray
    run: BoolArray
    tree: MetricTree


@dataclass(frozen=True)
class Moves:
    """How far models that both snapshots rank have moved, and what moved them.

    models  ids, sorted
    before  shape (n_models,): place in the older snapshot
    after   place in the newer one
    parts   for each of PARTS the places up that are due to it, negative = down, shape (n_models,); they add
            up to before - after. NaN where own and others are not told apart, and all of them where some
            state ranks the model not at all
    scores  own and others together, shape (n_models,)
    """

    models: tuple[str, ...]
    before: IntArray
    after: IntArray
    parts: dict[str, FloatArray]
    scores: FloatArray


def panel_of(cells: Cells, policy: str) -> Panel:
    """The cells under a coverage policy, as the queries `panel` and `panel_cells` have them.

    It is done here because states between two snapshots are many and none is a snapshot.
    """
    signs = np.array([1.0 if metric.higher_is_better else -1.0 for metric in cells.tree.metrics])
    scored = ~np.isnan(cells.scores)
    kept = scored.all(axis=1) if policy == "complete" else cells.run.any(axis=1)
    turned, run, scored = cells.scores[kept] * signs, cells.run[kept], scored[kept]
    zeroed = {"zero": ~scored, "attempted": run & ~scored}.get(policy)
    scores = turned if zeroed is None else np.where(zeroed, 0.0, turned)
    ranked = np.where(scored, turned, -np.inf) if policy == "worst-rank" else turned
    models = tuple(cells.models[row] for row in np.flatnonzero(kept).tolist())
    return Panel(models, scores, _ranks(ranked), cells.tree)


def _ranks(values: FloatArray) -> FloatArray:
    if not values.size:  # SciPy warns
        return values.copy()
    if np.isnan(values).any():  # which is slow
        return np.asarray(rankdata(-values, axis=0, nan_policy="omit"), dtype=np.float64)
    return np.asarray(rankdata(-values, axis=0), dtype=np.float64)


def ranking(cells: Cells, policy: str, scheme: Scheme) -> dict[str, int]:
    """Model -> place, for the models that the scheme ranks under the policy; empty where it makes no sense of
    the scores.
    """
    panel = panel_of(cells, policy)
    if not panel.models or scheme.unfit(panel):
        return {}
    found = places(scheme.aggregate(panel), scheme.higher_is_better).tolist()
    return {model: place for model, place in zip(panel.models, found, strict=True) if place}


def split_moves(older: Cells, newer: Cells, policy: str, scheme: Scheme) -> Moves:
    """Share out the move of every model that both snapshots rank.

    Five things change: models leave (`left`), the metrics, their directions and their tree become the newer
    ones (`metrics`), models enter (`entered`), and on the metrics of both the cells become the newer ones, of
    the model itself (`own`) and of all others that are in both snapshots (`others`). Any other cell is that
    of the one snapshot that has its model and its metric. In every state the policy is applied anew: a rival
    that is complete for want of a dropped metric counts for `metrics`, not for `entered`.

    A part is the mean of the places gained as its change is made, over all orders of the changes in which
    models leave before metrics change and enter after: so no state ranks a model on metrics that it was never
    run on. The orders are of those changes that move the model in any state; all other parts are 0.
    Source: Shapley (1953), A value for n-person games; with orders that are not free, Faigle and Kern (1992),
    The Shapley value for cooperative games under precedence constraints, Int. J. Game Theory 21, 249-266.

    Where the scheme reads more than a model's own scores, own and others are told apart for those models only
    that moved furthest. Models and metrics are matched by id.
    """
    between = _Between(older, newer, policy, scheme)
    before, after = between.placed(OLDER, 0), between.placed(NEWER, 1)
    models = tuple(sorted(before.keys() & after.keys()))
    grid = between.grid(models)
    joint = _shares(np.stack([grid[:, version, version] for version in VERSIONS], axis=1))
    apart = _shares(grid)
    told = ~np.isnan(apart[-1])
    parts = np.where(told, apart, np.vstack([joint[:IN_ORDER], np.full((2, len(models)), np.nan)]))
    return Moves(
        models=models,
        before=np.array([before[model] for model in models], dtype=np.int64),
        after=np.array([after[model] for model in models], dtype=np.int64),
        parts=dict(zip(PARTS, parts, strict=True)),
        scores=np.where(told, apart[IN_ORDER:].sum(axis=0), joint[IN_ORDER]),
    )


@dataclass(frozen=True)
class _State:
    """One ranking between the two snapshots. `value` is rounded as `places` does; NaN where there is none."""

    cells: Cells
    value: dict[str, float]
    place: dict[str, int]


@dataclass(frozen=True)
class _Between:
    """The states between two snapshots."""

    older: Cells
    newer: Cells
    policy: str
    scheme: Scheme

    @cached_property
    def states(self) -> dict[tuple[int, int], _State]:
        """Stage, version -> state, all models having the cells of one version."""
        both = set(self.older.models) & set(self.newer.models)
        ends = {
            (OLDER, 0): self.older,
            (OLDER, 1): _patched(self.older, self.newer),
            (NEWER, 0): _patched(self.newer, self.older),
            (NEWER, 1): self.newer,
        }
        for end, stage in ((OLDER, COMMON_OLDER), (NEWER, COMMON_NEWER)):
            ends |= {(stage, version): _only(ends[end, version], both) for version in VERSIONS}
        return {key: self._state(cells) for key, cells in ends.items()}

    def _state(self, cells: Cells) -> _State:
        panel = panel_of(cells, self.policy)
        if not panel.models or self.scheme.unfit(panel):
            return _State(cells, {}, {})
        value = round_significant(self.scheme.aggregate(panel))
        place = places(value, self.scheme.higher_is_better)
        ranked = [row for row, one in enumerate(place.tolist()) if one]
        models = panel.models
        return _State(
            cells,
            {models[row]: float(value[row]) for row in ranked},
            {models[row]: int(place[row]) for row in ranked},
        )

    def placed(self, stage: int, version: int) -> Mapping[str, int]:
        """Model -> place."""
        return self.states[stage, version].place

    def grid(self, models: tuple[str, ...]) -> FloatArray:
        """Places of models: shape (n_stages, own version, others' version, n_models).

        NaN where a state does not rank the model, or was not asked for.
        """
        found = np.full((len(STAGES), 2, 2, len(models)), np.nan)
        for stage in STAGES:
            for version in VERSIONS:
                placed = self.placed(stage, version)
                found[stage, version, version] = [placed.get(model, np.nan) for model in models]
        changed = self._changed()
        own = np.array([model in changed for model in models], dtype=bool)
        others = np.array([bool(changed - {model}) for model in models], dtype=bool)
        asked = np.flatnonzero(own & others)
        for one in VERSIONS:
            found[:, one, 1 - one] = np.where(own, found[:, one, one], found[:, 1 - one, 1 - one])
            found[:, one, 1 - one, asked] = np.nan
        self._fill(found, models, asked)
        return found

    def _changed(self) -> set[str]:
        """Models of both snapshots whose cells on metrics of both differ."""
        one, other = (self.states[COMMON_OLDER, version].cells for version in VERSIONS)
        same = (one.run == other.run) & ((one.scores == other.scores) | np.isnan(one.scores + other.scores))
        same &= np.isnan(one.scores) == np.isnan(other.scores)
        return {model for model, row in zip(one.models, same.all(axis=1).tolist(), strict=True) if not row}

    def _fill(self, found: FloatArray, models: tuple[str, ...], asked: IntArray) -> None:
        """Places where a model's own cells are of one version and all others' of the other."""
        if self.scheme.kind not in OWN_SCORES:
            moved = np.abs(found[OLDER, 0, 0] - found[NEWER, 1, 1])[asked]
            most = _most_followed(self.scheme, max(len(self.older.models), len(self.newer.models)))
            asked = asked[np.lexsort((asked, -moved))][:most]
        for stage in STAGES:
            for own in VERSIONS:
                mine, theirs = self.states[stage, own], self.states[stage, 1 - own]
                if self.scheme.kind in OWN_SCORES:
                    found[stage, own, 1 - own, asked] = self._among(models, asked, mine, theirs)
                    continue
                for position in asked.tolist():
                    model = models[position]
                    mixed = self._state(_with_row(theirs.cells, mine.cells, model))
                    found[stage, own, 1 - own, position] = mixed.place.get(model, np.nan)

    def _among(self, models: tuple[str, ...], asked: IntArray, mine: _State, theirs: _State) -> FloatArray:
        """Places of single models by their value in one state among the others' values in another."""
        sign = -1.0 if self.scheme.higher_is_better else 1.0
        rivals = np.sort([sign * value for value in theirs.value.values()])
        value = sign * np.array([mine.value.get(models[one], np.nan) for one in asked.tolist()])
        instead = sign * np.array([theirs.value.get(models[one], np.nan) for one in asked.tolist()])
        better = np.searchsorted(rivals, value) - (instead < value)
        return np.where(np.isnan(value), np.nan, 1.0 + better)


def _most_followed(scheme: Scheme, n_models: int) -> int:
    """How many models get rankings of their own: by the scheme and the number of models, never by time."""
    if scheme.id in NEVER_FOLLOWED:
        return 0
    return min(FOLLOWED, int(PAIRS_FOLLOWED / n_models**2)) if scheme.kind in OF_PAIRS else FOLLOWED


def _patched(cells: Cells, other: Cells) -> Cells:
    """The cells, with those of the other snapshot where both have the model and the metric."""
    rows, other_rows = _shared(cells.models, other.models)
    columns, other_columns = _shared(cells.tree.metric_ids, other.tree.metric_ids)
    scores, run = cells.scores.copy(), cells.run.copy()
    scores[np.ix_(rows, columns)] = other.scores[np.ix_(other_rows, other_columns)]
    run[np.ix_(rows, columns)] = other.run[np.ix_(other_rows, other_columns)]
    return replace(cells, scores=scores, run=run)


def _shared(ids: tuple[str, ...], others: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Positions of what both have, in the order of the first."""
    there = {one: position for position, one in enumerate(others)}
    rows = [position for position, one in enumerate(ids) if one in there]
    return rows, [there[ids[row]] for row in rows]


def _only(cells: Cells, models: set[str]) -> Cells:
    kept = np.array([model in models for model in cells.models], dtype=bool)
    named = tuple(model for model in cells.models if model in models)
    return Cells(named, cells.scores[kept], cells.run[kept], cells.tree)


def _with_row(cells: Cells, other: Cells, model: str) -> Cells:
    """The cells, with one model's row of another state of the same stage."""
    row = cells.models.index(model)
    scores, run = cells.scores.copy(), cells.run.copy()
    scores[row], run[row] = other.scores[row], other.run[row]
    return replace(cells, scores=scores, run=run)


def _shares(grid: FloatArray) -> FloatArray:
    """Places gained by each change: shape (IN_ORDER + n_free, n_models).

    `grid` has shape (n_stages, 2, ..., n_models): places after some of the changes that have an order, and
    with or without each of those that have none. NaN for a model where any of its places is NaN.
    """
    n_free, n_models = grid.ndim - 2, grid.shape[-1]
    found = np.zeros((IN_ORDER + n_free, n_models))
    if not n_models:
        return found
    moves = np.diff(grid, axis=0).reshape(IN_ORDER, -1, n_models) != 0
    active = [moves[step].any(axis=0) for step in range(IN_ORDER)]
    active += [(np.diff(grid, axis=1 + one) != 0).reshape(-1, n_models).any(axis=0) for one in range(n_free)]
    kinds, kind_of = np.unique(np.array(active), axis=1, return_inverse=True)
    for kind in range(kinds.shape[1]):
        some = np.flatnonzero(kind_of.ravel() == kind)
        orders = _orders(tuple(np.flatnonzero(kinds[:, kind]).tolist()))
        for order in orders:
            at = [0] * (1 + n_free)
            place = grid[tuple(at)][some]
            for change in order:
                axis = max(0, change - IN_ORDER + 1)
                at[axis] = change + 1 if axis == 0 else 1
                next_place = grid[tuple(at)][some]
                found[change, some] += place - next_place
                place = next_place
        found[:, some] /= len(orders)
    found[:, np.isnan(grid).reshape(-1, n_models).any(axis=0)] = np.nan
    return found


def _orders(changes: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The orders of some changes in which the first IN_ORDER ones keep theirs."""
    chain = [change for change in changes if change < IN_ORDER]
    return [one for one in permutations(changes) if [c for c in one if c < IN_ORDER] == chain]
