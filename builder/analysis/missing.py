"""What cells without a score change: each coverage policy against the complete models, and a what-if."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from builder.catalog.snapshot import Snapshot
from builder.results import (
    COMPLETE,
    FEWEST_MODELS,
    IntArray,
    Missing,
    Selection,
    View,
    WhatIf,
    start_view,
)
from builder.stats import bootstrap
from builder.stats.imputation import impute
from builder.stats.panel import Panel
from builder.stats.schemes import POLICIES, SCHEMES, places
from builder.stats.shared import TOP, compare_shared
from builder.warehouse import Warehouse

LEFT_OUT = "worst-rank"
"""The policy whose panel has every model that was run and no score in a cell without one."""
SEARCHED = {"kemeny"}
"""Schemes whose order is searched for, and may be another one that is as good."""
FILLED_SCHEME = "z-mean"
LARGEST = 3_000_000
"""Models x metrics x the fewer of both: filling in a larger table again and again would take too long."""


def missing_cells(
    selection: Selection | None,
    scheme: str,
    views: Sequence[View],
    snapshot: Snapshot,
    warehouse: Warehouse,
) -> Missing | None:
    """Of the selection that the study starts from; None where it ranks no complete model.

    `scheme` is that of the study's default view. Policies that do not admit it are shown by the scheme that
    ranks the complete models most like it, and are compared with the complete models under that one, so that
    nothing but the policy differs.
    """
    if selection is None:
        return None
    mine = {(view.policy, view.scheme): view for view in views if view.selection == selection.id}
    start = start_view([v for v in mine.values() if v.policy == COMPLETE], selection.id, COMPLETE, scheme)
    if start is None:
        return None
    near = _nearest(start, mine)
    rows, entrants = [], []
    for policy in POLICIES:
        shown = next((mine[policy, one] for one in near if (policy, one) in mine), None)
        if policy == COMPLETE or shown is None:
            continue
        row, new = _change(mine[COMPLETE, shown.scheme], shown)
        rows.append(row)
        entrants += new
    what_if, reason = _what_if(selection, mine.get((COMPLETE, FILLED_SCHEME)), snapshot, warehouse)
    return Missing(
        selection=selection.id,
        scheme=start.scheme,
        n_complete=start.n_models,
        changes=pd.DataFrame(rows),
        entrants=pd.DataFrame(entrants, columns=["policy", "place", "model_id", "n_failed", "n_missing"]),
        what_if=what_if,
        no_what_if=reason,
    )


def _nearest(start: View, views: dict[tuple[str, str], View]) -> list[str]:
    """Schemes that rank the complete models, those first that rank them most like the first one.

    Without those whose order is searched for: what the search leaves open would look like the policy's doing.
    """
    models = start.ranking["model_id"].tolist()
    own = _places(start, models)
    likeness: dict[str, float] = {}
    for (policy, scheme), view in views.items():
        if policy == COMPLETE and scheme not in SEARCHED:
            found = compare_shared(own, _places(view, models)).spearman
            likeness[scheme] = -1.0 if np.isnan(found) else found
    likeness[start.scheme] = 2.0
    return sorted(likeness, key=lambda scheme: -likeness[scheme])


def _places(view: View, models: Sequence[str]) -> IntArray:
    """Shape (n_models,), 0 = not ranked."""
    place = dict(zip(view.ranking["model_id"], view.ranking["place"].tolist(), strict=True))
    return np.array([place.get(model, 0) for model in models], dtype=np.int64)


def _change(complete: View, view: View) -> tuple[dict[str, object], list[dict[str, object]]]:
    """One policy's row, and who enters its first ten."""
    models = sorted({*complete.ranking["model_id"], *view.ranking["model_id"]})
    found = compare_shared(_places(complete, models), _places(view, models))
    row: dict[str, object] = {
        "policy": view.policy,
        "scheme": view.scheme,
        "n_models": view.n_models,
        "n_shared": found.n_shared,
        "spearman": found.spearman,
        "largest_move": found.largest_move,
        "mover": "" if found.mover is None else models[found.mover],
        "n_top": found.n_top,
        "top_shared": found.top_shared,
    }
    new = view.ranking[view.ranking["model_id"].isin([models[one] for one in found.entrants])]
    columns = (new[name] for name in ("place", "model_id", "n_failed", "n_missing"))
    entrants: list[dict[str, object]] = [
        {"policy": view.policy, "place": place, "model_id": model, "n_failed": failed, "n_missing": missing}
        for place, model, failed, missing in zip(*columns, strict=True)
    ]
    return row, entrants


def _what_if(
    selection: Selection, complete: View | None, snapshot: Snapshot, warehouse: Warehouse
) -> tuple[WhatIf | None, str]:
    """What all models' ranking would be with every cell filled in; or why it is not asked."""
    given = warehouse.panel(selection.id, LEFT_OUT).panel
    some = np.flatnonzero((~np.isnan(given.scores)).any(axis=1))
    scores = given.scores[some]
    models = tuple(given.models[row] for row in some.tolist())
    if not np.isnan(scores).any():
        return None, ""
    if len(models) < FEWEST_MODELS or scores.shape[1] < 2:
        return None, "Filling cells in needs three models and two metrics."
    if scores.size * min(scores.shape) > LARGEST:
        return None, "The table is too large to have its cells filled in here."
    found = impute(scores, bootstrap.seed_of("impute", snapshot.id, selection.id))
    if found is None:
        return None, "Too few scored cells can be held out to say how far filled-in ones would be off."
    counts = warehouse.ask("selection_coverage", selection=selection.id).set_index("model")
    seen = counts.loc[list(models), ["failed", "missing"]].to_numpy()
    top = pd.DataFrame(columns=["place", "model_id", "n_failed", "n_missing", "complete_place"])
    if found.error < found.baseline:
        ranks = np.asarray(rankdata(-found.filled, axis=0), dtype=np.float64)
        top = _filled_top(Panel(models, found.filled, ranks, given.tree), seen, complete)
    return WhatIf(
        n_models=len(models),
        n_failed=int(seen[:, 0].sum()),
        n_missing=int(seen[:, 1].sum()),
        rank=found.rank,
        n_held=found.n_held,
        error=found.error,
        baseline=found.baseline,
        error_at_random=found.error_at_random,
        top=top,
    ), ""


def _filled_top(panel: Panel, seen: IntArray, complete: View | None) -> pd.DataFrame:
    scheme = SCHEMES[FILLED_SCHEME]
    known = _places(complete, panel.models) if complete is not None else np.zeros(len(seen), dtype=np.int64)
    frame = pd.DataFrame(
        {
            "place": places(scheme.aggregate(panel), scheme.higher_is_better),
            "model_id": panel.models,
            "n_failed": seen[:, 0],
            "n_missing": seen[:, 1],
            "complete_place": pd.array([one or pd.NA for one in known.tolist()], dtype="Int64"),
        }
    )
    frame = frame.sort_values(["place", "model_id"], ignore_index=True)
    return frame[frame["place"] <= TOP]
