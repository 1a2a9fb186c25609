"""Which cells there are, and whether the source's own inner nodes come back from the leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import Coverage, FloatArray, PublishedCheck, Selection
from builder.stats import contribution
from builder.warehouse import Warehouse

PUBLISHED_ROUNDING = 0.002
"""Sources publish three digits: two roundings and the children's own may add up to this."""
EVERYTHING = "*"
"""Not a selection of any study: all metrics, for what is said of the whole snapshot."""


def selected(study: Study, snapshot: Snapshot, selection: str, scored: Mapping[str, int]) -> tuple[str, ...]:
    """Metrics of a selection as it stands in a snapshot; `scored` says how many models each metric has."""
    fewest = max(study.selections[selection].min_coverage * len(snapshot.models), 1)
    present = study.selected_metrics(selection, snapshot.tree)
    return tuple(metric for metric in present if scored[metric] >= fewest)


def coverage(
    selections: Sequence[Selection], snapshot: Snapshot, of_metrics: pd.DataFrame, warehouse: Warehouse
) -> Coverage:
    tree = snapshot.tree
    of_models = warehouse.ask("coverage_of_models").rename(columns={"model": "model_id"})
    names = snapshot.models.set_index("id")["name"]
    of_models.insert(1, "model", names.loc[of_models["model_id"]].to_numpy())
    of_metrics = of_metrics.copy()
    of_metrics.insert(1, "name", [tree.metric(metric).name for metric in of_metrics["metric"]])
    of_metrics.insert(2, "group", [tree.top_group(metric) for metric in of_metrics["metric"]])
    totals = warehouse.ask("coverage_by_state").iloc[0]
    costs = [
        warehouse.ask("metric_cost", selection=selection.id).assign(selection=selection.id)
        for selection in selections
    ]
    frontier = warehouse.ask("coverage_frontier")
    return Coverage(
        by_metric=of_metrics,
        by_model=of_models,
        by_state={state: int(totals[state]) for state in ("scored", "failed", "missing")},
        states=warehouse.states(),
        frontier=frontier,
        cost=pd.concat(costs, ignore_index=True)[["selection", "metric", "regained"]],
    )


def check_published(snapshot: Snapshot, warehouse: Warehouse) -> tuple[PublishedCheck, ...]:
    """What the source gives for inner nodes against the mean up the tree, under `zero` and `attempted`.

    The warehouse knows the selection EVERYTHING.
    """
    if snapshot.published.empty or not all(metric.higher_is_better for metric in snapshot.tree.metrics):
        return ()
    groups = [group for group in snapshot.published["group"].drop_duplicates() if group]
    roles = tuple(snapshot.tree.role_groups)
    has_overall = bool(roles) and (snapshot.published["group"] == "").any()
    found = []
    for policy in ("zero", "attempted"):
        panel = warehouse.panel(EVERYTHING, policy).panel
        wanted = list(dict.fromkeys((*groups, *roles)))
        computed = dict(zip(wanted, contribution.group_scores(panel, wanted).T, strict=True))
        if has_overall:
            computed[""] = np.mean([computed[group] for group in roles], axis=0)
        for group in ([""] if has_overall else []) + groups:
            found.append(_check_one(group, policy, snapshot, panel.models, computed[group]))
    return tuple(found)


def _check_one(
    group: str, policy: str, snapshot: Snapshot, models: tuple[str, ...], computed: FloatArray
) -> PublishedCheck:
    said = snapshot.published[snapshot.published["group"] == group].set_index("model")["value"]
    ours = pd.Series(computed, index=list(models)).reindex(said.index)
    difference = (said - ours).abs().fillna(np.inf)
    return PublishedCheck(
        group=group,
        policy=policy,
        n_models=len(said),
        n_equal=int((difference <= PUBLISHED_ROUNDING).sum()),
        largest=float(difference.max()),
        worst_model=str(difference.idxmax()),
    )
