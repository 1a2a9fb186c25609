"""What each choice changes: all rankings side by side, metrics left out, weights moved, rivals removed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from builder.catalog.tree import MetricTree
from builder.results import (
    FEWEST_MODELS,
    FloatArray,
    IntArray,
    LeftOutMetrics,
    Robustness,
    Selection,
    View,
)
from builder.stats import multiverse, redundancy
from builder.stats.first_place import first_places
from builder.stats.irrelevant import irrelevant_alternatives
from builder.stats.leave_out import leave_out
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, Scheme
from builder.stats.schemes.fair import fair_groups
from builder.stats.schemes.means import node_means

TRIED = 40
"""Models for which weights on single metrics are sought."""
REMOVED = 20
"""Models that are removed, one at a time, spread over the panel."""
SLOW = ("kemeny", "first-component", "bradley-terry")
"""Schemes that are not ranked anew for every removed model. On complete models Bradley-Terry's order is that
of Borda counts."""
CHOICES = ("selection", "policy", "scheme")


def robustness(
    views: Sequence[View], models: pd.DataFrame, selection: Selection | None, panel: Panel | None, scheme: str
) -> Robustness | None:
    """Everything of the kind for one snapshot; None where no view ranks any model.

    `selection`, `panel` and `scheme` are those that a study starts from, the panel of complete models.
    """
    if not views:
        return None
    names = dict(zip(models["id"], models["name"], strict=True))
    table, ids = _places(views)
    found = multiverse.standings(table)
    moved = multiverse.explained(table, {one: [getattr(v, one) for v in views] for one in CHOICES})
    fits = selection is not None and panel is not None and len(panel.models) >= FEWEST_MODELS
    chosen = SCHEMES[scheme] if "complete" in SCHEMES[scheme].policies else SCHEMES["arithmetic-mean"]
    groups: tuple[str, ...] = ()
    firsts, irrelevant, small = pd.DataFrame(), pd.DataFrame(), pd.DataFrame()
    left_out, n_tried, n_possible, concordance = None, 0, 0, float("nan")
    if fits and panel is not None:
        left_out = _left_out(panel, chosen)
        groups, firsts = _first_by_groups(panel, names)
        n_tried, n_possible = _first_by_metrics(panel)
        irrelevant = _irrelevant(panel)
        concordance = redundancy.kendall_w(panel.scores)
        small = _small_panel(panel)
    return Robustness(
        n_rankings=len(views),
        n_first=int((found.top[1] > 0).sum()),
        standings=_standings(found, ids, names),
        explained=moved.shares,
        together=moved.together,
        selection=selection.id if fits and selection is not None else "",
        n_models=len(panel.models) if fits and panel is not None else 0,
        left_out=left_out,
        groups=groups,
        first_places=firsts,
        n_tried=n_tried,
        n_possible=n_possible,
        irrelevant=irrelevant,
        concordance=concordance,
        small_panel=small,
        with_rest=_with_rest(panel) if fits and panel is not None else {},
    )


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
    return frame.sort_values(["relative", "model_id"], ignore_index=True)


def _left_out(panel: Panel, scheme: Scheme) -> LeftOutMetrics | None:
    if scheme.unfit(panel) or len(panel.tree.metrics) < 2:
        return None
    position = {metric: column for column, metric in enumerate(panel.tree.metric_ids)}
    groups = [group.id for group in panel.tree.groups if len(panel.tree.leaves(group.id)) < len(position)]
    columns = {group: [position[leaf] for leaf in panel.tree.leaves(group)] for group in groups}
    columns |= {metric: [column] for metric, column in position.items()}
    rows = [
        {
            "node": node,
            "group": node in groups,
            "n_metrics": one.n_metrics,
            "spearman": one.spearman,
            "left_top": one.left_top,
            "first": min((panel.models[model] for model in one.first), default=""),
            "largest_move": one.largest_move,
        }
        for node, one in leave_out(panel, scheme, columns).items()
    ]
    return LeftOutMetrics(scheme.id, pd.DataFrame(rows))


def group_values(panel: Panel, tree: MetricTree) -> tuple[tuple[str, ...], FloatArray]:
    """The groups that are weighed, and their means up the tree: shape (n_models, n_groups)."""
    groups = fair_groups(tree)
    means = node_means(panel.scores, tree)
    return groups, np.stack([means[group] for group in groups], axis=1)


def _first_by_groups(panel: Panel, names: dict[str, str]) -> tuple[tuple[str, ...], pd.DataFrame]:
    groups, scores = group_values(panel, panel.tree)
    if len(groups) < 2:
        return (), pd.DataFrame()
    rows = []
    for one in first_places(scores):
        if one.possible and one.weights is not None:
            model = panel.models[one.model]
            weights = dict(zip(groups, one.weights.tolist(), strict=True))
            rows.append({"model_id": model, "model": names[model], "moved": one.moved, **weights})
    return groups, pd.DataFrame(rows).sort_values(["moved", "model_id"], ignore_index=True)


def _first_by_metrics(panel: Panel) -> tuple[int, int]:
    """Of the best models by mean rank: how many there are, and how many some weights put first."""
    order = np.lexsort((np.array(panel.models), panel.ranks.mean(axis=1)))[:TRIED]
    found = first_places(panel.scores, order.tolist())
    return len(found), sum(one.possible for one in found)


def _irrelevant(panel: Panel) -> pd.DataFrame:
    rows = []
    for scheme in SCHEMES.values():
        if scheme.id in SLOW or "complete" not in scheme.policies or scheme.unfit(panel):
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
