"""Schemes that average scores: flat over the metrics or up the metric tree, raw or z-transformed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from builder.catalog.tree import MetricTree
from builder.stats.panel import Panel

FloatArray = NDArray[np.float64]
NOISE = 1e-12
"""A sum that is this small beside its terms is what rounding left of 0: numbers count with 12 digits."""


def arithmetic_mean(panel: Panel) -> FloatArray:
    """Mean of a model's scores over the metrics that it has.

    Shape (n_models,), in score units. A model without any score gets NaN.
    Source: Ahlert et al. (2024), Fig. 3, "arithmetic mean".
    """
    return mean_of_present(panel.scores)


def hierarchical_mean(panel: Panel) -> FloatArray:
    """Mean up the metric tree: every group is the mean of those of its children that have a value.

    Shape (n_models,), in score units. A model without any score gets NaN.
    Source: Schrimpf et al. (2018), Brain-Score.
    """
    return node_means(panel.scores, panel.tree)[""]


def z_mean(panel: Panel) -> FloatArray:
    """Mean of a model's z-transformed scores over the metrics.

    Shape (n_models,), in standard deviations over the panel's models. A model without any score gets NaN.
    Source: Ahlert et al. (2024), Fig. 3, "z-transformed mean".
    """
    return mean_of_present(z_transform(panel.scores))


def hierarchical_z_mean(panel: Panel) -> FloatArray:
    """Mean up the metric tree of scores that are z-transformed metric by metric; groups are not again.

    Shape (n_models,), in standard deviations over the panel's models. A model without any score gets NaN.
    """
    return node_means(z_transform(panel.scores), panel.tree)[""]


def z_transform(values: FloatArray) -> FloatArray:
    """Values less their mean, over their standard deviation (ddof = 0), both over models.

    Shape (n_models,) or (n_models, k), column by column. NaN stays and is not counted. Where all values are
    equal, every z is 0: such a metric tells no model from another.
    """
    values = np.asarray(values, dtype=np.float64)
    present = ~np.isnan(values)
    n = np.maximum(present.sum(axis=0), 1)
    low = np.min(values, axis=0, where=present, initial=np.inf)
    high = np.max(values, axis=0, where=present, initial=-np.inf)
    centred = values - np.where(present, values, 0.0).sum(axis=0) / n
    spread = np.sqrt(np.where(present, centred * centred, 0.0).sum(axis=0) / n)
    # Rounding gives equal values a tiny spread of their own, so constancy is judged on the values.
    varies = (high > low) & (spread > 0)
    return np.where(present & ~varies, 0.0, centred / np.where(varies, spread, 1.0))


def mean_of_present(values: FloatArray) -> FloatArray:
    """Mean of each row over its values that are not NaN; NaN for a row that has none.

    Shape (n_models, k) -> (n_models,). Values that cancel out give 0, and not what rounding leaves of them.
    """
    present = ~np.isnan(values)
    n = present.sum(axis=1)
    counted = np.where(present, values, 0.0)
    total = without_noise(counted.sum(axis=1), np.abs(counted).sum(axis=1))
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def without_noise(total: FloatArray, size: FloatArray) -> FloatArray:
    """Sums, 0 where they are only rounding beside the `size` of their terms; shape (n_models,)."""
    return np.where(np.abs(total) <= NOISE * size, 0.0, total)


def node_means(values: FloatArray, tree: MetricTree) -> dict[str, FloatArray]:
    """Mean up the tree at every node: id -> shape (n_models,); the top of the tree is the empty string.

    `values` has shape (n_models, n_metrics), columns as in tree.metric_ids. A node is the mean of its
    children that are not NaN, and NaN where none is.
    Raises ValueError if there are not as many columns as metrics.
    """
    if values.ndim != 2 or values.shape[1] != len(tree.metric_ids):
        raise ValueError(f"{values.shape} is not the shape of scores on {len(tree.metric_ids)} metrics")
    means = {metric: values[:, column] for column, metric in enumerate(tree.metric_ids)}
    # Groups stand depth first, so that backwards every group comes after the groups below it.
    for node in (*(group.id for group in reversed(tree.groups)), ""):
        below = [means[child] for child in tree.children(node)]
        means[node] = mean_of_present(np.stack(below, axis=1)) if below else np.full(len(values), np.nan)
    return means
