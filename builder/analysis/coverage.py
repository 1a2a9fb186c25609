"""Which cells there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import Coverage, Selection
from builder.warehouse import Warehouse

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
