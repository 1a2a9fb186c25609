"""What every scheme is given: the scores of one selection under one coverage policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.catalog.tree import MetricTree

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """Models x metrics, after the coverage policy, before any scheme.

    scores  shape (n_models, n_metrics), in score units, turned so that higher is better; NaN where the
            policy leaves the cell out
    ranks   shape (n_models, n_metrics), 1 = best, ties average; NaN as in scores
    tree    the metric tree of the selection; columns follow tree.metric_ids
    """

    models: tuple[str, ...]
    scores: FloatArray
    ranks: FloatArray
    tree: MetricTree
