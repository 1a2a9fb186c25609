"""From one snapshot to every result of it: asks the warehouse, calls the statistics, computes nothing itself.

`analyse` is the table of contents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from builder.analysis.agreement import agreements
from builder.analysis.clusters import clustering
from builder.analysis.contribution import contributions
from builder.analysis.coverage import EVERYTHING, coverage, selected
from builder.analysis.missing import missing_cells
from builder.analysis.model_groups import attribute_values, difference_of_groups
from builder.analysis.profiles import profiles
from builder.analysis.published import check_published
from builder.analysis.ranking import ZEROED, admitted_schemes, compare, rank
from builder.analysis.resampling import Draws, draw_anew
from builder.analysis.robustness import robustness, sensitivity
from builder.analysis.structure import structure
from builder.analysis.tradeoff import tradeoff
from builder.analysis.uncertainty import errors_of
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import (
    COMPLETE,
    FEWEST_MODELS,
    Agreement,
    Contribution,
    Coverage,
    GroupDifference,
    Refusal,
    SchemeComparison,
    Selection,
    SnapshotResults,
    Structure,
    View,
    start_of,
    start_view,
)
from builder.stats.schemes import POLICIES
from builder.warehouse import Warehouse

KEEPS_EVERY_MODEL = "worst-rank"
"""The policy that keeps every model that was run and fills no score in, which is what correlations want."""


def analyse(
    study: Study, snapshot: Snapshot, tell: Callable[[SnapshotResults], None] | None = None
) -> SnapshotResults:
    """Every result of a snapshot, under all selections, policies and schemes of its study.

    `tell` is given each selection's results alone as soon as they are there, so that drawing can begin.
    Raises ValueError where the snapshot has no model or no metric.
    """
    with Warehouse(snapshot) as warehouse:
        of_metrics = warehouse.ask("coverage_of_metrics")
        resolved = [_resolve(study, snapshot, name, of_metrics, warehouse) for name in study.selections]
        selections = tuple(selection for selection in resolved if selection is not None)
        cells = coverage(selections, snapshot, of_metrics, warehouse)
        errors = errors_of(snapshot)
        attribute = attribute_values(study, snapshot)
        parts = []
        for selection in selections:
            part = _answer(selection, snapshot, cells, errors, attribute, warehouse)
            parts.append(part)
            if tell is not None:
                tell(part)
        warehouse.add_selection(EVERYTHING, snapshot.tree.metric_ids)
        views = tuple(one for part in parts for one in part.views)
        wanted = study.default_view
        start = start_of(selections, wanted.selection)
        panels = {one.id: warehouse.panel(one.id, COMPLETE).panel for one in selections if one.n_complete}
        decided = None
        if start is not None and start.id in panels:
            decided = sensitivity(start.id, panels[start.id], snapshot.models, wanted.scheme)
        first = None if start is None else start_view(views, start.id, wanted.policy, wanted.scheme)
        return SnapshotResults(
            study=study.id,
            snapshot=snapshot.id,
            selections=selections,
            agreements=tuple(one for part in parts for one in part.agreements),
            structures=tuple(one for part in parts for one in part.structures),
            comparisons=tuple(one for part in parts for one in part.comparisons),
            contributions=tuple(one for part in parts for one in part.contributions),
            views=views,
            refusals=tuple(one for part in parts for one in part.refusals),
            coverage=cells,
            published=check_published(snapshot, warehouse),
            profiles=profiles(snapshot, warehouse),
            missing=missing_cells(start, wanted.scheme, views, snapshot, warehouse),
            robustness=robustness(views, first, snapshot.models, decided, tradeoff(panels, start)),
            clusterings=tuple(one for part in parts for one in part.clusterings),
            differences=tuple(one for part in parts for one in part.differences),
        )


def _answer(
    selection: Selection,
    snapshot: Snapshot,
    cells: Coverage,
    errors: pd.DataFrame | None,
    attribute: Mapping[str, str],
    warehouse: Warehouse,
) -> SnapshotResults:
    """What is found of one selection, policy by policy."""
    comparisons: list[SchemeComparison] = []
    shares: list[Contribution] = []
    views: list[View] = []
    refusals: list[Refusal] = []
    agreed: list[Agreement] = []
    behind: list[Structure] = []
    drawn: Draws | None = None
    differing: list[GroupDifference] = []
    counts = warehouse.ask("selection_coverage", selection=selection.id)
    for policy in (policy for policy in POLICIES.values() if policy.ranks_models):
        refused, admitted = admitted_schemes(selection, policy.id)
        refusals += refused
        if not admitted:
            continue
        answer = warehouse.panel(selection.id, policy.id)
        if not answer.panel.models:
            continue
        if policy.id == COMPLETE and len(answer.panel.models) >= FEWEST_MODELS:
            drawn = draw_anew(selection, answer.panel.scores)
            if (found_behind := structure(selection, answer.panel, drawn)) is not None:
                behind.append(found_behind)
        if policy.id == KEEPS_EVERY_MODEL:
            agreed = agreements(selection, answer.panel, drawn)
            if (differs := difference_of_groups(selection, answer.panel, attribute)) is not None:
                differing.append(differs)
        found, unfit = rank(selection, policy.id, admitted, answer, counts, snapshot.models, errors)
        views += found
        refusals += unfit
        if len(answer.panel.models) < FEWEST_MODELS:
            continue
        if len(found) > 1:
            comparisons.append(compare(selection, policy.id, found))
        if policy.id == COMPLETE or policy.id in ZEROED:
            core = [scheme for scheme in admitted if scheme.core]
            shares += contributions(selection, policy.id, core, answer.panel, snapshot.models)
    clustered = clustering(selection, agreed)
    return SnapshotResults(
        study=snapshot.study,
        snapshot=snapshot.id,
        selections=(selection,),
        agreements=tuple(agreed),
        structures=tuple(behind),
        comparisons=tuple(comparisons),
        contributions=tuple(shares),
        views=tuple(views),
        refusals=tuple(refusals),
        coverage=cells,
        published=(),
        clusterings=(clustered,) if clustered is not None else (),
        differences=tuple(differing),
    )


def _resolve(
    study: Study, snapshot: Snapshot, name: str, coverage: pd.DataFrame, warehouse: Warehouse
) -> Selection | None:
    """A selection as it stands in this snapshot; None where the snapshot has none of its metrics."""
    spec = study.selections[name]
    scored = dict(zip(coverage["metric"], coverage["scored"], strict=True))
    metrics = selected(study, snapshot, name, scored)
    if not metrics:
        return None
    present = study.selected_metrics(name, snapshot.tree)
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
