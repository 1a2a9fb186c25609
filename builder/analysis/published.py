"""Whether a source's own inner nodes come back from the leaves, and what keeps those that do not from it.

A source prints its scores and its averages with few decimals, so that an average of the printed scores need
not be the printed average. How far the two may be apart is computed, not set: half of the last decimal of
every score, weighted as the scores are, and half of that of the average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from builder.analysis.coverage import EVERYTHING
from builder.catalog.snapshot import SCORED, Snapshot
from builder.catalog.tree import MetricTree
from builder.results import FloatArray, PublishedCheck
from builder.stats.panel import Panel
from builder.stats.schemes.means import mean_of_present, node_means
from builder.warehouse import Warehouse

SLACK = 1e-9
"""What binary fractions may add to a difference of decimal ones."""


@dataclass(frozen=True)
class Digits:
    """Decimals that numbers below 1, and those from 1 on, are given with; -1 where there are none."""

    below_one: int
    from_one: int

    def half_unit(self, values: FloatArray) -> FloatArray:
        """Half of the last decimal of each value: shape and NaN as in `values`."""
        small, large = (0.5 * 10.0 ** -max(one, 0) for one in (self.below_one, self.from_one))
        return np.where(np.isnan(values), np.nan, np.where(np.abs(values) < 1, small, large))


def digits_of(values: FloatArray) -> Digits:
    """The most decimals that any of the values has, small ones and large: those with fewer ended in 0."""
    found = np.unique(values[np.isfinite(values)])
    small = np.abs(found) < 1
    return Digits(*(max(map(_decimals, part.tolist()), default=-1) for part in (found[small], found[~small])))


def _decimals(value: float) -> int:
    return -int(Decimal(repr(value)).as_tuple().exponent)


@dataclass(frozen=True)
class _Node:
    """What is computed of one node under one policy, by model."""

    value: pd.Series
    rounding: pd.Series
    """What the rounding of the scores may have put between the value and the true one."""


def check_published(snapshot: Snapshot, warehouse: Warehouse) -> tuple[PublishedCheck, ...]:
    """What the source gives for inner nodes against the mean up the tree, under `zero` and `attempted`.

    The overall node, '', is the mean of the groups with a role, and is left out where there are none. The
    warehouse knows the selection EVERYTHING.
    """
    if snapshot.published.empty or not all(metric.higher_is_better for metric in snapshot.tree.metrics):
        return ()
    said = {
        str(group): rows.set_index("model")["value"]
        for group, rows in snapshot.published.groupby("group", sort=False)
    }
    if not snapshot.tree.role_groups:
        said.pop("", None)
    order = [group for group in ("", *(one.id for one in snapshot.tree.groups)) if group in said]
    cells = _scored(snapshot)
    leaves = {group: _leaves(snapshot.tree, group) for group in order}
    below = sorted({leaf for group in order for leaf in leaves[group]})
    of_scores = digits_of(cells[below].to_numpy())
    found = []
    for policy in ("zero", "attempted"):
        panel = warehouse.panel(EVERYTHING, policy).panel
        nodes = _nodes(panel, cells, of_scores, order)
        found += [
            _check_one(group, policy, said[group], nodes[group], cells[leaves[group]], of_scores.below_one)
            for group in order
        ]
    return tuple(found)


def _leaves(tree: MetricTree, group: str) -> list[str]:
    return [leaf for top in ([group] if group else tree.role_groups) for leaf in tree.leaves(top)]


def _scored(snapshot: Snapshot) -> pd.DataFrame:
    """The scores as models x metrics, NaN where there is none."""
    rows = snapshot.scores[snapshot.scores["state"] == SCORED]
    table = rows.pivot(index="model", columns="metric", values="score")
    return table.reindex(index=snapshot.models["id"], columns=list(snapshot.tree.metric_ids)).astype(float)


def _nodes(panel: Panel, cells: pd.DataFrame, of_scores: Digits, groups: list[str]) -> Mapping[str, _Node]:
    """Each group's mean up the tree, and the same mean of the half units of its scores."""
    given = of_scores.half_unit(cells.reindex(list(panel.models)).to_numpy())
    # A 0 that stands for a cell without a score is exact.
    units = np.where(np.isnan(panel.scores), np.nan, np.nan_to_num(given))
    values, rounding = node_means(panel.scores, panel.tree), node_means(units, panel.tree)
    roles = list(panel.tree.role_groups)
    for means in (values, rounding):
        if roles:
            means[""] = mean_of_present(np.stack([means[role] for role in roles], axis=1))
    models = list(panel.models)
    return {
        group: _Node(pd.Series(values[group], models), pd.Series(rounding[group], models)) for group in groups
    }


def _check_one(
    group: str, policy: str, said: pd.Series, node: _Node, cells: pd.DataFrame, score_decimals: int
) -> PublishedCheck:
    digits = digits_of(said.to_numpy())
    own = pd.Series(digits.half_unit(said.to_numpy()), said.index)
    difference = (said - node.value.reindex(said.index)).abs().fillna(np.inf)
    apart = difference > own + node.rounding.reindex(said.index).fillna(0) + SLACK
    silent = cells.drop(said.index)
    return PublishedCheck(
        group=group,
        policy=policy,
        n_models=len(said),
        n_equal=int((~apart).sum()),
        n_same=int((difference <= own + SLACK).sum()),
        largest=float(difference.max()),
        worst_model=str(difference.idxmax()),
        n_gaps=int(cells.loc[said.index[apart]].isna().any(axis=1).sum()),
        n_silent=len(silent),
        n_silent_scored=int(silent.notna().any(axis=1).sum()),
        decimals=digits.below_one,
        score_decimals=score_decimals,
    )
