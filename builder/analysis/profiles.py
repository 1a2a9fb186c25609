"""Every cell with its place on its metric, for the pages of models and metrics."""

from __future__ import annotations

import numpy as np

from builder.analysis.coverage import EVERYTHING
from builder.catalog.snapshot import Snapshot
from builder.results import Profiles
from builder.warehouse import Warehouse


def profiles(snapshot: Snapshot, warehouse: Warehouse) -> Profiles:
    """The scores of a snapshot and their ranks; models without a cell that was run are left out.

    The warehouse knows the selection EVERYTHING.
    """
    panel = warehouse.panel(EVERYTHING, "partial-order").panel
    order = np.argsort(np.array(panel.models, dtype=object), kind="stable")
    sign = np.array([1.0 if metric.higher_is_better else -1.0 for metric in snapshot.tree.metrics])
    return Profiles(
        models=tuple(panel.models[row] for row in order),
        metrics=snapshot.tree.metric_ids,
        scores=panel.scores[order] * sign,
        ranks=panel.ranks[order],
    )
