"""How much of an overall score's variance each group of metrics explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.stats.correlation import FEWEST_SHARED, pearson, spearman
from builder.stats.panel import Panel
from builder.stats.schemes import Scheme
from builder.stats.schemes.means import node_means, z_transform

__all__ = [
    "RobustShare",
    "explained_variance",
    "explained_variance_rank",
    "explained_variance_robust",
    "group_scores",
    "group_values",
    "outliers",
    "sub_panel",
    "z_transform",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

OUTLYING = 3.5
"""Robust z beyond which a model is an outlier (Iglewicz and Hoaglin 1993)."""
MAD_TO_SD, MEAN_DEVIATION_TO_SD = 1.4826, 1.2533
"""What turns either absolute deviation into a standard deviation, for normal scores."""


@dataclass(frozen=True)
class RobustShare:
    """Shares of variance without the outlying models.

    explained_variance  shape (n_groups,); NaN where it is undefined on the models that are left
    n_outliers          models left out, the same for every group
    """

    explained_variance: FloatArray
    n_outliers: int


def explained_variance(group_score: FloatArray, overall: FloatArray) -> float:
    """Share of the overall score's variance that one group's score explains.

    Squared Pearson correlation over models, as in Ahlert et al. (2024), for neural and behavioral scores.
    Both arrays have shape (n_models,), in score units, without missing values; better may be either way up.

    Raises ValueError for NaN, for fewer than three models, or if either array is constant.
    """
    return float(pearson(_two_columns(group_score, overall)).value[0, 1] ** 2)


def explained_variance_rank(group_score: FloatArray, overall: FloatArray) -> float:
    """Share of the variance of the overall ranks that one group's ranks explain.

    Squared Spearman correlation over models. Both arrays have shape (n_models,), without missing values;
    better may be either way up.

    Raises ValueError for NaN, for fewer than three models, or if either array is constant.
    """
    return float(spearman(_two_columns(group_score, overall)).value[0, 1] ** 2)


def explained_variance_robust(groups: FloatArray, overall: FloatArray) -> RobustShare:
    """Each group's share of the overall score's variance, without models that are outliers in any group.

    `groups` has shape (n_models, n_groups), `overall` (n_models,), both without missing values. A share is
    NaN where fewer than three models are left or the group or the overall score is constant on them.
    Raises ValueError for NaN or shapes that do not fit.
    """
    left_out = outliers(groups).any(axis=1)
    if overall.shape != left_out.shape or np.isnan(overall).any():
        raise ValueError("the overall score needs one value for each model, without missing ones")
    kept = np.column_stack([groups, overall])[~left_out]
    return RobustShare(pearson(kept).value[:-1, -1] ** 2, int(left_out.sum()))


def outliers(groups: FloatArray) -> BoolArray:
    """Which models lie beyond 3.5 robust z from a group's median.

    Shape (n_models, n_groups) in and out; robust z = |x - median| / (1.4826 MAD). Where more than half the
    models share one score the MAD is 0, and 1.2533 times the mean absolute deviation from the median stands
    in for the spread; a constant group has no outliers.
    Raises ValueError for NaN.
    Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), modified z-scores.
    """
    if groups.ndim != 2 or np.isnan(groups).any():
        raise ValueError("group scores need shape (n_models, n_groups), without missing ones")
    if len(groups) == 0:
        return np.zeros(groups.shape, dtype=bool)
    distance = np.abs(groups - np.median(groups, axis=0))
    mad = np.median(distance, axis=0)
    spread = np.where(mad > 0, MAD_TO_SD * mad, MEAN_DEVIATION_TO_SD * distance.mean(axis=0))
    return np.asarray(distance > OUTLYING * spread)


def group_scores(panel: Panel, groups: Sequence[str]) -> FloatArray:
    """Mean up the metric tree of each group, from the panel's scores.

    Shape (n_models, n_groups), in score units; NaN where a model has none of the group's scores.
    Raises KeyError for an id that the panel's tree has no group of.
    """
    means = node_means(panel.scores, panel.tree)
    columns = [means[panel.tree.group(group).id] for group in groups]
    return np.stack(columns, axis=1) if columns else np.empty((len(panel.models), 0))


def group_values(panel: Panel, scheme: Scheme, groups: Sequence[str]) -> FloatArray:
    """What a scheme gives each model when it sees one group's metrics alone, for each group.

    Shape (n_models, n_groups), in the scheme's units; NaN where a model has nothing in the group.
    Raises KeyError for an id that the panel's tree has no group of.
    """
    columns = [
        scheme.aggregate(sub_panel(panel, panel.tree.leaves(panel.tree.group(group).id))) for group in groups
    ]
    return np.stack(columns, axis=1) if columns else np.empty((len(panel.models), 0))


def sub_panel(panel: Panel, metrics: Sequence[str]) -> Panel:
    """The panel with only those metrics, in tree order, and the tree above them; the models stay.

    Raises KeyError for a metric that the panel does not have.
    """
    for metric in metrics:
        panel.tree.metric(metric)
    tree = panel.tree.restrict(metrics)
    kept = [column for column, metric in enumerate(panel.tree.metric_ids) if metric in set(metrics)]
    return Panel(panel.models, panel.scores[:, kept], panel.ranks[:, kept], tree)


def _two_columns(group_score: FloatArray, overall: FloatArray) -> FloatArray:
    if group_score.ndim != 1 or group_score.shape != overall.shape:
        raise ValueError(f"both scores need shape (n_models,), not {group_score.shape}, {overall.shape}")
    table = np.column_stack([group_score, overall])
    if np.isnan(table).any():
        raise ValueError("explained variance needs models that have both scores")
    if len(table) < FEWEST_SHARED:
        raise ValueError(f"explained variance needs three models or more, not {len(table)}")
    for name, column in (("group", group_score), ("overall", overall)):
        if column.min() == column.max():
            raise ValueError(f"the {name} score is the same for all models, so it has no variance to explain")
    return table
