"""What each choice changes: all rankings side by side, metrics left out, weights moved, rivals removed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import pandas as pd

from builder.catalog.tree import MetricTree
from builder.results import (
    COMPLETE,
    FEWEST_MODELS,
    Behind,
    IntArray,
    LeftOutMetrics,
    Robustness,
    Sensitivity,
    SpecificationCurve,
    View,
)
from builder.stats import multiverse, redundancy
from builder.stats.correlation import spearman
from builder.stats.correlation_intervals import permutation_p
from builder.stats.first_place import first_places
from builder.stats.irrelevant import irrelevant_alternatives
from builder.stats.leave_out import leave_out
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, Scheme
from builder.stats.schemes.fair import fair_groups
from builder.stats.schemes.means import node_means
from builder.stats.specification import specifications

FEWEST_TRIED, TRIED = 300, 150_000
"""Models for which weights on single metrics are sought: so many, or so many over the number of metrics."""
REMOVED = 20
"""Models that are removed, one at a time, spread over the panel."""
FEWEST_SETS, PAIRINGS = 4, 999
"""Sets of metrics from which on it is said whether diversity and sensitivity go together, and how many random
pairings they are held against."""
FOLLOWED = 3
"""First models of the view that the study starts from, whose places in all rankings are shown."""
CHOICES = ("selection", "policy", "scheme")


def robustness(
    views: Sequence[View],
    start: View | None,
    models: pd.DataFrame,
    sensitivity: Sensitivity | None,
    tradeoff: pd.DataFrame,
) -> Robustness | None:
    """All rankings of one snapshot side by side; None where no view ranks any model.

    `start` is the view whose first models are followed through all others.
    """
    if not views:
        return None
    table, ids = _places(views)
    found = multiverse.standings(table)
    choices = {one: [str(getattr(view, one)) for view in views] for one in CHOICES}
    moved = multiverse.explained(table, choices)
    followed = [] if start is None else start.ranking["model_id"].head(FOLLOWED).tolist()
    shared, by_chance = _together(tradeoff)
    return Robustness(
        n_rankings=len(views),
        n_distinct=len(np.unique(table, axis=1).T),
        n_first=int((found.top[1] > 0).sum()),
        standings=_standings(found, ids, _names(models)),
        by_selection=_by_selection(views, table, ids, _names(models)),
        explained=moved.shares,
        together=moved.together,
        curves=tuple(_curve(views, table, ids.index(model), model, choices) for model in followed),
        tradeoff=tradeoff,
        tradeoff_rho=shared,
        tradeoff_p=by_chance,
        sensitivity=sensitivity,
    )


def sensitivity(selection: str, panel: Panel, models: pd.DataFrame, scheme: str) -> Sensitivity | None:
    """What single metrics, weights and rivals decide; None with fewer than three models.

    `panel` is that of the selection's complete models. Metrics are left out under `scheme`, or under the
    arithmetic mean where that does not rank complete models.
    """
    if len(panel.models) < FEWEST_MODELS:
        return None
    chosen = SCHEMES[scheme] if COMPLETE in SCHEMES[scheme].policies else SCHEMES["arithmetic-mean"]
    groups, firsts = _first_by_groups(panel, _names(models))
    return Sensitivity(
        selection=selection,
        n_models=len(panel.models),
        left_out=_left_out(panel, chosen),
        groups=groups,
        first_places=firsts,
        by_metrics=_first_by_metrics(panel, _names(models)),
        irrelevant=_irrelevant(panel),
        concordance=redundancy.kendall_w(panel.scores),
        diversity=redundancy.diversity(panel.scores).reversed_w,
        small_panel=_small_panel(panel),
        with_rest=_with_rest(panel),
    )


def _names(models: pd.DataFrame) -> dict[str, str]:
    return dict(zip(models["id"], models["name"], strict=True))


def _places(views: Sequence[View]) -> tuple[IntArray, tuple[str, ...]]:
    """Places of all ranked models in all views: shape (n_models, n_views), 0 = not ranked; and the models."""
    ids = tuple(sorted({str(model) for view in views for model in view.ranking["model_id"]}))
    row = {model: position for position, model in enumerate(ids)}
    table = np.zeros((len(ids), len(views)), dtype=np.int64)
    for column, view in enumerate(views):
        rows = [row[model] for model in view.ranking["model_id"]]
        table[rows, column] = view.ranking["place"].to_numpy(np.int64)
    return table, ids


def _standings(found: multiverse.Standings, ids: tuple[str, ...], names: dict[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "model_id": ids,
            "model": [names[model] for model in ids],
            "n_rankings": found.n_rankings,
            "best": found.place.best,
            "lower_quartile": found.place.lower_quartile,
            "median": found.place.median,
            "upper_quartile": found.place.upper_quartile,
            "worst": found.place.worst,
            "relative": found.relative.median,
            **{f"top_{place}": found.top[place] for place in multiverse.TOPS},
        }
    )
    return frame.sort_values(
        ["relative", "top_1", "model_id"], ascending=[True, False, True], ignore_index=True
    )


def _together(tradeoff: pd.DataFrame) -> tuple[float, float]:
    """rho of diversity and sensitivity, and the share of random pairings that are as far from 0."""
    known = tradeoff[["diversity", "sensitivity"]].to_numpy(np.float64)
    known = known[~np.isnan(known).any(axis=1)]
    if len(known) < FEWEST_SETS:
        return math.nan, math.nan
    one, other = known.T
    return float(spearman(known).value[0, 1]), permutation_p(one, other, PAIRINGS, len(known))


def _curve(
    views: Sequence[View], table: IntArray, row: int, model: str, choices: Mapping[str, Sequence[str]]
) -> SpecificationCurve:
    found = specifications(table, row, choices)
    behind = found.behind
    rankings = pd.DataFrame(
        {
            **{name: [levels[k] for k in found.order] for name, levels in choices.items()},
            "n_models": [views[k].n_models for k in found.order],
            "place": table[row, found.order],
            "relative": found.relative,
        }
    )
    return SpecificationCurve(
        model_id=model,
        rankings=rankings,
        n_first=found.n_first,
        n_below=found.n_below,
        behind=None if behind is None else Behind(**asdict(behind)),
    )


def _by_selection(
    views: Sequence[View], table: IntArray, ids: tuple[str, ...], names: dict[str, str]
) -> pd.DataFrame:
    frames = []
    for selection in dict.fromkeys(view.selection for view in views):
        columns = [column for column, view in enumerate(views) if view.selection == selection]
        frame = _standings(multiverse.standings(table[:, columns]), ids, names)
        frame.insert(0, "selection", selection)
        frames.append(frame[frame["n_rankings"] > 0])
    return pd.concat(frames, ignore_index=True)


def _left_out(panel: Panel, scheme: Scheme) -> LeftOutMetrics | None:
    if scheme.unfit(panel) or len(panel.tree.metrics) < 2:
        return None
    sets = left_out_sets(panel.tree)
    # A source may be called like a group, so sets are told apart by their position.
    found = leave_out(panel, scheme, {str(k): one.columns for k, one in enumerate(sets)})
    rows = [
        {
            "node": left.node,
            "kind": left.kind,
            "n_metrics": one.n_metrics,
            "spearman": one.spearman,
            "left_top": one.left_top,
            "first": min((panel.models[model] for model in one.first), default=""),
            "largest_move": one.largest_move,
        }
        for left, one in zip(sets, found.values(), strict=True)
    ]
    return LeftOutMetrics(scheme.id, pd.DataFrame(rows))


class LeftOutSet(NamedTuple):
    """Metrics that are left out together: a group, a source (its reference) or a single metric."""

    node: str
    kind: str
    columns: tuple[int, ...]


def left_out_sets(tree: MetricTree) -> list[LeftOutSet]:
    """Groups in tree order, then sources by their first metric, then metrics; none has all metrics.

    A source is the metrics that share a reference, where there are two references or more. Groups and sources
    of one metric, and those with the same metrics as a group before them, are there already.
    """
    position = {metric: column for column, metric in enumerate(tree.metric_ids)}
    groups: dict[frozenset[int], LeftOutSet] = {}
    for group in tree.groups:
        columns = tuple(position[leaf] for leaf in tree.leaves(group.id))
        groups.setdefault(frozenset(columns), LeftOutSet(group.id, "group", columns))
    shared: dict[str, list[int]] = {}
    for metric in tree.metrics:
        if metric.reference:
            shared.setdefault(metric.reference, []).append(position[metric.id])
    sources = [
        LeftOutSet(reference, "source", tuple(columns))
        for reference, columns in shared.items()
        if len(shared) > 1 and frozenset(columns) not in groups
    ]
    singles = [LeftOutSet(metric, "metric", (column,)) for metric, column in position.items()]
    several = [one for one in (*groups.values(), *sources) if len(one.columns) > 1]
    return [one for one in (*several, *singles) if len(one.columns) < len(position)]


def _first_by_groups(panel: Panel, names: dict[str, str]) -> tuple[tuple[str, ...], pd.DataFrame]:
    groups = fair_groups(panel.tree)
    if len(groups) < 2:
        return (), pd.DataFrame()
    means = node_means(panel.scores, panel.tree)
    scores = np.stack([means[group] for group in groups], axis=1)
    rows = []
    for one in first_places(scores):
        if one.possible and one.weights is not None:
            model = panel.models[one.model]
            weights = dict(zip(groups, one.weights.tolist(), strict=True))
            rows.append({"model_id": model, "model": names[model], "moved": one.moved, **weights})
    return groups, pd.DataFrame(rows).sort_values(["moved", "model_id"], ignore_index=True)


def _first_by_metrics(panel: Panel, names: dict[str, str]) -> pd.DataFrame:
    """Of the best models by mean rank: the weights on the metrics nearest to equal that put each first."""
    most = max(FEWEST_TRIED, TRIED // len(panel.tree.metrics))
    order = np.lexsort((np.array(panel.models), panel.ranks.mean(axis=1)))[:most]
    rows = []
    for one in first_places(panel.scores, order.tolist()):
        model = panel.models[one.model]
        top = None if one.weights is None else int(np.argmax(one.weights))
        rows.append(
            {
                "model_id": model,
                "model": names[model],
                "moved": one.moved,
                "most": "" if top is None else panel.tree.metric_ids[top],
                "weight": math.nan if top is None or one.weights is None else float(one.weights[top]),
            }
        )
    return pd.DataFrame(rows).sort_values(["moved", "model_id"], ignore_index=True)


def _irrelevant(panel: Panel) -> pd.DataFrame:
    rows = []
    for scheme in SCHEMES.values():
        if COMPLETE not in scheme.policies or scheme.unfit(panel):
            continue
        found = irrelevant_alternatives(panel, scheme, REMOVED)
        rows.append(
            {
                "scheme": scheme.id,
                "n_removed": len(found.removed),
                "share_of_removals": found.share_of_removals,
                "share_of_pairs": found.share_of_pairs,
                "worst": "" if found.worst is None else panel.models[found.worst],
            }
        )
    return pd.DataFrame(rows)


def _small_panel(panel: Panel) -> pd.DataFrame:
    if np.ptp(panel.ranks.sum(axis=1)) == 0:
        return pd.DataFrame({"metric": [], "agreement": []})
    found = redundancy.smallest_panel(panel.scores)
    metrics = [panel.tree.metric_ids[column] for column in found.order]
    return pd.DataFrame({"metric": metrics, "agreement": found.agreement})


def _with_rest(panel: Panel) -> dict[str, float]:
    found = redundancy.agreement_with_rest(panel.scores).tolist()
    return dict(zip(panel.tree.metric_ids, found, strict=True))
