"""From one snapshot to every result of it: asks the warehouse, calls the statistics, computes nothing itself.

`analyse` is the table of contents.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from builder.analysis.agreement import agreements
from builder.analysis.contribution import contributions
from builder.analysis.coverage import check_published, coverage
from builder.analysis.ranking import ZEROED, admitted_schemes, compare, rank
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import (
    COMPLETE,
    FEWEST_MODELS,
    Agreement,
    Contribution,
    Refusal,
    SchemeComparison,
    Selection,
    SnapshotResults,
    View,
)
from builder.stats.schemes import POLICIES
from builder.warehouse import Warehouse


def analyse(study: Study, snapshot: Snapshot) -> SnapshotResults:
    """Every result of a snapshot, under all selections, policies and schemes of its study.

    Raises ValueError where the snapshot has no model or no metric.
    """
    with Warehouse(snapshot) as warehouse:
        of_metrics = warehouse.ask("coverage_of_metrics")
        resolved = [_resolve(study, snapshot, name, of_metrics, warehouse) for name in study.selections]
        selections = tuple(selection for selection in resolved if selection is not None)
        answers = [_answer(selection, snapshot, warehouse) for selection in selections]
        return SnapshotResults(
            study=study.id,
            snapshot=snapshot.id,
            selections=selections,
            agreements=tuple(one for answer in answers for one in answer.agreements),
            comparisons=tuple(one for answer in answers for one in answer.comparisons),
            contributions=tuple(one for answer in answers for one in answer.contributions),
            views=tuple(one for answer in answers for one in answer.views),
            refusals=tuple(one for answer in answers for one in answer.refusals),
            coverage=coverage(selections, snapshot, of_metrics, warehouse),
            published=check_published(snapshot, warehouse),
        )


@dataclass
class _Answer:
    """What is found of one selection, policy by policy."""

    agreements: list[Agreement] = field(default_factory=list)
    comparisons: list[SchemeComparison] = field(default_factory=list)
    contributions: list[Contribution] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def _answer(selection: Selection, snapshot: Snapshot, warehouse: Warehouse) -> _Answer:
    found = _Answer()
    counts = warehouse.ask("selection_coverage", selection=selection.id)
    for policy in (policy for policy in POLICIES.values() if policy.ranks_models):
        refused, admitted = admitted_schemes(selection, policy.id)
        found.refusals += refused
        if not admitted:
            continue
        answer = warehouse.panel(selection.id, policy.id)
        if not answer.panel.models:
            continue
        views = rank(selection, policy.id, admitted, answer, counts, snapshot.models)
        found.views += views
        if len(answer.panel.models) < FEWEST_MODELS:
            continue
        if len(views) > 1:
            found.comparisons.append(compare(selection, policy.id, views))
        if policy.id == COMPLETE or policy.id in ZEROED:
            found.contributions += contributions(
                selection, policy.id, admitted, answer.panel, snapshot.models
            )
    # This policy keeps every model that was run and fills no score in, which is what correlations want.
    found.agreements += agreements(selection, warehouse.panel(selection.id, "worst-rank").panel)
    return found


def _resolve(
    study: Study, snapshot: Snapshot, name: str, coverage: pd.DataFrame, warehouse: Warehouse
) -> Selection | None:
    """A selection as it stands in this snapshot; None where the snapshot has none of its metrics."""
    spec = study.selections[name]
    scored = dict(zip(coverage["metric"], coverage["scored"], strict=True))
    fewest = spec.min_coverage * len(snapshot.models)
    present = study.selected_metrics(name, snapshot.tree)
    metrics = tuple(metric for metric in present if scored[metric] >= max(fewest, 1))
    if not metrics:
        return None
    wanted = dict.fromkeys((*study.selected_metrics(name, study.tree), *present))
    warehouse.add_selection(name, metrics)
    counts = warehouse.ask("selection_coverage", selection=name)
    return Selection(
        id=name,
        title=spec.title,
        description=spec.description,
        metrics=metrics,
        absent=tuple(metric for metric in wanted if metric not in metrics),
        tree=snapshot.tree.restrict(metrics),
        n_models=int((counts["missing"] < len(metrics)).sum()),
        n_complete=len(warehouse.ask("complete_models", selection=name)),
    )
