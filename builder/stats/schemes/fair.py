"""Fair contribution: the weights at which every group explains the same share of the aggregate's variance.

The question that Ahlert et al. (2024) end on. With groups' scores of unit variance and their correlations R,
the correlation of group k with the aggregate of weights w is (R w)_k over a number that is the same for all.
So the shares are equal where R w is the same for all groups: w is proportional to R⁻¹ 1, over the groups'
own standard deviations. No weights do it where that has a negative one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from builder.catalog.tree import MetricTree
from builder.stats.panel import Panel
from builder.stats.schemes.means import node_means, z_transform
from builder.stats.schemes.present import among_present

FloatArray = NDArray[np.float64]
SINGULAR = 1e-9
ONE_GROUP = "There is one group only, so there is nothing to weigh against another."
CONSTANT = "On one of the groups all models score the same, so it can explain nothing."
DEPENDENT = "The groups' scores depend on each other, so that their shares cannot be told apart."
BELOW_ZERO = (
    "No weights above 0 exist at which every group explains the same share: that of '{group}' "
    "would have to be negative."
)


def fair_groups(tree: MetricTree) -> tuple[str, ...]:
    """The groups that are weighed: those with a role where there are two or more, else the top level."""
    with_role = tuple(tree.role_groups)
    return with_role if len(with_role) > 1 else tree.children()


def fair_weights(panel: Panel) -> dict[str, float]:
    """Weight of each group's mean up the tree, in the groups' order; they sum to 1.

    Raises ValueError with a sentence for a reader where there are no such weights.
    """
    groups = fair_groups(panel.tree)
    means = node_means(panel.scores, panel.tree)
    scores = np.stack([means[group] for group in groups], axis=1)
    if len(groups) < 2:
        raise ValueError(ONE_GROUP)
    spread = scores.std(axis=0)
    if len(scores) < 3 or (spread <= 1e-12 * np.abs(scores).max(initial=1.0)).any():
        raise ValueError(CONSTANT)
    weights = weights_of(scores)
    if weights is None:
        raise ValueError(DEPENDENT)
    if (weights <= 0).any():
        lowest = groups[int(np.argmin(weights))]
        raise ValueError(BELOW_ZERO.format(group=node_name(panel.tree, lowest)))
    return dict(zip(groups, (weights / weights.sum()).tolist(), strict=True))


def weights_of(scores: FloatArray) -> FloatArray | None:
    """R⁻¹ 1 over the standard deviations, of groups' scores of shape (n_models, n_groups); any sign, any sum.

    None where the correlations R have no inverse.
    """
    z = z_transform(scores)
    correlation = z.T @ z / len(z)
    if np.linalg.eigvalsh(correlation)[0] < SINGULAR:
        return None
    found = np.linalg.solve(correlation, np.ones(scores.shape[1])) / scores.std(axis=0)
    return np.asarray(found, dtype=np.float64)


def node_name(tree: MetricTree, node: str) -> str:
    """The name of a group or a metric."""
    return tree.group(node).name if tree.is_group(node) else tree.metric(node).name


@among_present
def fair_contribution(panel: Panel) -> FloatArray:
    """Weighted mean of the groups' means up the tree, at the fair weights; shape (n_models,).

    Raises ValueError where there are none (`no_fair_weights` says why).
    """
    means = node_means(panel.scores, panel.tree)
    weights = fair_weights(panel)
    weighted = [weight * means[group] for group, weight in weights.items()]
    return np.asarray(np.sum(weighted, axis=0), dtype=np.float64)


def no_fair_weights(panel: Panel) -> str:
    """Why a panel has no fair weights; empty where it has."""
    try:
        fair_weights(panel)
    except ValueError as error:
        return str(error)
    return ""
