"""One view a scheme, and the schemes against each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from builder.analysis.uncertainty import add_certainty, add_error_sets, counts_of
from builder.names import inside
from builder.results import MANY_PLACES, IntArray, Refusal, SchemeComparison, Selection, View
from builder.stats import comparison
from builder.stats.schemes import POLICIES, SCHEMES, Scheme, min_max, places, refusal
from builder.views import ranking_digest
from builder.warehouse import PanelAnswer

BASELINE = "arithmetic-mean"
ZEROED = ("attempted", "zero")
"""Policies that give some cells a score of 0."""
ZERO_IS_BEST = "Lower is better on “{metric}”, so a 0 for a cell without a score would be the best score."


def admitted_schemes(selection: Selection, policy: str) -> tuple[list[Refusal], list[Scheme]]:
    """The schemes that make sense under a policy for these metrics, and why the others do not."""
    turned = [metric.name for metric in selection.tree.metrics if not metric.higher_is_better]
    refused, admitted = [], []
    for scheme in SCHEMES.values():
        reason = refusal(scheme.id, policy)
        if reason is None and policy in ZEROED and turned:
            reason = ZERO_IS_BEST.format(metric=turned[0])
        if reason is None:
            admitted.append(scheme)
        else:
            refused.append(Refusal(selection.id, policy, scheme.id, reason))
    return refused, admitted


def rank(
    selection: Selection,
    policy: str,
    schemes: list[Scheme],
    answer: PanelAnswer,
    cells: pd.DataFrame,
    models: pd.DataFrame,
    errors: pd.DataFrame | None,
) -> tuple[list[View], list[Refusal]]:
    """One view a scheme, and why some make no sense of these scores.

    A model to which a scheme gives no value is not ranked.
    """
    panel = answer.panel
    table = models.set_index("id").loc[list(panel.models), ["name", "source_id"]]
    seen = cells.set_index("model").loc[list(panel.models), ["scored", "failed", "missing"]].to_numpy()
    profile = answer.rank_profile
    baseline: IntArray | None = None
    names = dict(zip(panel.models, table["name"], strict=True))
    counts = counts_of(selection.id, policy, panel)
    found: list[View] = []
    refused: list[Refusal] = []
    for scheme in schemes:
        reason = scheme.unfit(panel)
        if reason:
            refused.append(Refusal(selection.id, policy, scheme.id, reason))
            continue
        value = scheme.aggregate(panel)
        place = places(value, scheme.higher_is_better)
        if scheme.id == BASELINE:
            baseline = place
        frame = pd.DataFrame(
            {
                "place": place,
                "model": table["name"].to_numpy(),
                "model_id": panel.models,
                "source_id": table["source_id"].to_numpy(),
                "value": value,
                "display": min_max(value, scheme.higher_is_better),
                "baseline_place": pd.array(
                    [pd.NA] * len(place) if baseline is None else baseline, dtype="Int64"
                ),
                "n_scored": seen[:, 0],
                "n_failed": seen[:, 1],
                "n_missing": seen[:, 2],
                "median_rank": profile["median_rank"],
                "best_rank": profile["best_rank"],
                "worst_rank": profile["worst_rank"],
            }
        )
        frame.insert(7, "moved", frame["baseline_place"] - frame["place"])
        frame = frame[~np.isnan(value)].sort_values(["place", "model_id"], ignore_index=True)
        frame, certainty = add_certainty(frame, panel, scheme, counts)
        frame, known = add_error_sets(frame, panel, scheme, policy, errors)
        found.append(
            View(
                selection=selection.id,
                policy=policy,
                scheme=scheme.id,
                title=f"{selection.title}: {inside(scheme.title)}, {inside(POLICIES[policy].title)}",
                n_metrics=len(selection.metrics),
                ranking=frame,
                digest=ranking_digest(frame),
                certainty=replace(certainty, within_errors=known),
                remark=scheme.remark(panel, names),
            )
        )
    return found, refused


def compare(selection: Selection, policy: str, views: list[View]) -> SchemeComparison:
    # All views of a policy rank the same models.
    by_scheme = {
        view.scheme: view.ranking.iloc[np.argsort(view.ranking["model_id"].to_numpy(object))]
        for view in views
    }
    compared = comparison.compare_schemes(
        {name: frame["value"].to_numpy() for name, frame in by_scheme.items()},
        {name: SCHEMES[name].higher_is_better for name in by_scheme},
        baseline=BASELINE if BASELINE in by_scheme else None,
        more_than=MANY_PLACES,
    )
    rows = [
        frame.assign(scheme=name)[["model_id", "model", "scheme", "place", "display", "moved"]]
        for name, frame in by_scheme.items()
    ]
    return SchemeComparison(
        selection=selection.id,
        policy=policy,
        n_models=len(views[0].ranking),
        schemes=compared.schemes,
        spearman=compared.spearman,
        kendall=compared.kendall,
        places=pd.concat(rows, ignore_index=True),
        n_moved=compared.n_moved,
    )
