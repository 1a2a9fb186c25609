"""Schemes that average scores after putting each metric on a scale of its own, or that average otherwise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes.means import mean_of_present
from builder.stats.schemes.present import among_present

FloatArray = NDArray[np.float64]
TRIMMED = 0.1
"""Share of a model's metrics that the trimmed mean leaves out at each end."""
MAD_TO_SD, MEAN_AD_TO_SD = 1.482602218505602, 1.2533141373155003
"""What a normal distribution's median and mean absolute deviation are multiplied by to give its standard
deviation: 1 / Φ⁻¹(3/4) and √(π/2)."""
ROOM, FEWEST_FACTORS = 690.0, 4
"""Natural logarithm of what a product may reach, either way; factors from which on a product is quicker."""
TURNED = "Lower is better on “{metric}”, and a geometric mean cannot turn a score round."
NOT_ABOVE_ZERO = "A score of “{metric}” is 0 or below, and one such factor makes a geometric mean 0 or none."


@among_present
def min_max_mean(panel: Panel) -> FloatArray:
    """Mean of a model's scores, each metric stretched onto [0, 1] over the panel's models.

    Shape (n_models,), 0 to 1. A metric on which all models score the same gives each 1/2.
    """
    return np.asarray(min_max_scores(panel).mean(axis=1), dtype=np.float64)


def min_max_scores(panel: Panel) -> FloatArray:
    """Scores stretched onto [0, 1], metric by metric: shape (n_models, n_metrics)."""
    low, high = panel.scores.min(axis=0), panel.scores.max(axis=0)
    apart = high > low
    found: FloatArray = panel.scores - low
    found /= np.where(apart, high - low, 1.0)
    if not apart.all():
        found[:, ~apart] = 0.5
    return found


@among_present
def robust_z_mean(panel: Panel) -> FloatArray:
    """Mean of a model's scores in robust z: less the median, over the scaled median absolute deviation.

    Shape (n_models,). Where more than half of the models have the same score the median deviation is 0, and
    the mean absolute deviation takes its place; where all have, z is 0. Source: Iglewicz and Hoaglin (1993),
    "How to detect and handle outliers".
    """
    return mean_of_present(robust_z_scores(panel))


def robust_z_scores(panel: Panel) -> FloatArray:
    """Scores in robust z, metric by metric: shape (n_models, n_metrics)."""
    off = panel.scores - np.median(panel.scores, axis=0)
    spread = np.median(np.abs(off), axis=0) * MAD_TO_SD
    spread = np.where(spread > 0, spread, np.abs(off).mean(axis=0) * MEAN_AD_TO_SD)
    return np.divide(off, spread, out=np.zeros_like(off), where=spread > 0)


@among_present
def trimmed_mean(panel: Panel) -> FloatArray:
    """Mean of a model's scores without the tenth of its metrics at each end (rounded down).

    Shape (n_models,), in score units. Source: Tukey (1962), "The future of data analysis".
    """
    ordered = np.sort(panel.scores, axis=1)
    cut = int(TRIMMED * ordered.shape[1])
    return mean_of_present(ordered[:, cut : ordered.shape[1] - cut])


@among_present
def geometric_mean(panel: Panel) -> FloatArray:
    """Geometric mean of a model's scores; shape (n_models,), in score units. All scores must be above 0.

    Source: Fleming and Wallace (1986), "How not to lie with statistics".
    """
    scores = panel.scores
    low, high = float(scores.min(initial=1.0)), float(scores.max(initial=1.0))
    widest = max(-math.log(low), math.log(high)) if low > 0 else math.nan
    # As many factors as a double has room for become one product, for a logarithm costs as much as ten.
    run = math.floor(ROOM / widest) if widest > 0 else scores.shape[1]
    if not low > 0 or run < FEWEST_FACTORS:
        return np.exp(mean_of_present(np.log(scores)))
    products = np.multiply.reduceat(scores, np.arange(0, scores.shape[1], max(run, 1)), axis=1)
    return np.asarray(np.exp(np.log(products).sum(axis=1) / scores.shape[1]), dtype=np.float64)


def not_positive(panel: Panel) -> str:
    """Why a panel has no geometric means; empty where it has."""
    turned = [metric.name for metric in panel.tree.metrics if not metric.higher_is_better]
    if turned:
        return TURNED.format(metric=turned[0])
    low = np.flatnonzero((panel.scores <= 0).any(axis=0))
    if not low.size:
        return ""
    return NOT_ABOVE_ZERO.format(metric=panel.tree.metrics[int(low[0])].name)
