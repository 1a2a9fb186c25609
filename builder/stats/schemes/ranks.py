"""Schemes that average ranks: each metric counts only for the order in which it puts the models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes.means import mean_of_present, node_means

FloatArray = NDArray[np.float64]


def mean_rank(panel: Panel) -> FloatArray:
    """Mean of a model's ranks over the metrics; 1 = best, lower is better.

    Shape (n_models,), in ranks. A model without any rank gets NaN.
    Source: Ahlert et al. (2024), Fig. 3, "mean rank".
    """
    return mean_of_present(panel.ranks)


def hierarchical_mean_rank(panel: Panel) -> FloatArray:
    """Mean of ranks up the metric tree; ranks are taken metric by metric, groups are not ranked again.

    Shape (n_models,), in ranks, lower is better. A model without any rank gets NaN.
    """
    return node_means(panel.ranks, panel.tree)[""]
