"""Diversity of each set of metrics against the sensitivity of its board to rivals (Zhang and Hardt, 2024)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from builder.results import Selection
from builder.stats.contribution import sub_panel
from builder.stats.panel import Panel
from builder.stats.redundancy import diversity
from builder.stats.rivals import rival_sensitivity

FEWEST_RELEVANT = 5
"""Models whose order is followed: the order of fewer says little."""
COLUMNS = (
    "set", "group", "n_models", "n_metrics",
    "diversity", "sensitivity", "rank_change", "n_relevant", "n_chosen",
)  # fmt: skip


def tradeoff(panels: Mapping[str, Panel], start: Selection | None) -> pd.DataFrame:
    """A row a selection, and a row a group of the selection that the study starts from.

    `panels` has the complete models of selections. Sets of one metric, sets with too few complete models and
    sets of the same metrics as a row before them are left out.
    """
    rows, seen = [], set()
    # The start first, so that it is never the one that repeats another.
    for name in sorted(panels, key=lambda one: start is None or one != start.id):
        metrics = panels[name].tree.metric_ids
        if metrics not in seen:
            rows.append(_row(name, panels[name], group=False))
        seen.add(metrics)
    if start is not None and start.id in panels:
        whole = panels[start.id]
        for group in whole.tree.groups:
            part = sub_panel(whole, whole.tree.leaves(group.id))
            if part.tree.metric_ids not in seen:
                rows.append(_row(group.id, part, group=True))
            seen.add(part.tree.metric_ids)
    return pd.DataFrame([row for row in rows if row is not None], columns=list(COLUMNS))


def _row(name: str, panel: Panel, *, group: bool) -> dict[str, object] | None:
    if len(panel.tree.metric_ids) < 2:
        return None
    found = rival_sensitivity(panel.scores)
    if found is None or len(found.relevant) < FEWEST_RELEVANT:
        return None
    return {
        "set": name,
        "group": group,
        "n_models": len(panel.models),
        "n_metrics": len(panel.tree.metric_ids),
        "diversity": diversity(panel.scores).reversed_w,
        "sensitivity": found.distance,
        "rank_change": found.rank_change,
        "n_relevant": len(found.relevant),
        "n_chosen": len(found.chosen),
    }
