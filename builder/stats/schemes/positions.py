"""Schemes that count positions: what each metric's order gives a model for the place that it has there.

Borda, plurality, Dowdall and the threshold rule as in Rofin, Mikhailov, Florinskiy, Kravchenko, Tutubalina,
Shavrina, Karabekyan and Artemova (2023), "Vote'n'Rank: revision of benchmarking with social choice theory",
EACL, section 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes.means import mean_of_present
from builder.stats.schemes.present import among_present

FloatArray = NDArray[np.float64]


@among_present
def median_rank(panel: Panel) -> FloatArray:
    """Median of a model's ranks over the metrics; 1 = best, lower is better.

    Shape (n_models,), in ranks; of an even number of ranks the mean of the middle two.
    """
    return np.asarray(np.nanmedian(panel.ranks, axis=1), dtype=np.float64)


@among_present
def borda(panel: Panel) -> FloatArray:
    """Borda count: on each metric a point for every model ranked behind, half a point for every tie.

    Shape (n_models,), the sum over the metrics. Source: de Borda (1781).
    """
    return np.asarray(borda_points(panel).sum(axis=1), dtype=np.float64)


def borda_points(panel: Panel) -> FloatArray:
    """What each metric gives to each model's Borda count: shape (n_models, n_metrics)."""
    ranked = ~np.isnan(panel.ranks)
    return np.where(ranked, ranked.sum(axis=0) - panel.ranks, 0.0)


@among_present
def mean_win_rate(panel: Panel) -> FloatArray:
    """Share of the other models that a model beats, a tie counting half, averaged over its metrics.

    Shape (n_models,), 0 to 1. A metric on which no other model has a score says nothing; a model that meets
    no other on any metric has 1/2. Source: Liang et al. (2022), "Holistic evaluation of language models"
    (HELM), section 10.
    """
    return mean_of_present(win_rates(panel))


def win_rates(panel: Panel) -> FloatArray:
    """Share of the others that each model beats on each metric: shape (n_models, n_metrics), NaN without any.

    A model that meets no other on any metric has 1/2 everywhere.
    """
    has = ~np.isnan(panel.ranks)
    others = has.sum(axis=0) - 1
    # A rank among those that have one: so many models stand before, ties counted half.
    rate = np.where(has & (others > 0), 1 - (panel.ranks - 1) / np.maximum(others, 1), np.nan)
    alone = np.asarray(np.isnan(rate).all(axis=1))
    return np.where(alone[:, None], 0.5, rate)


@among_present
def plurality(panel: Panel) -> FloatArray:
    """Share of the metrics on which a model is best; models that are best together share one.

    Shape (n_models,), 0 to 1; the values sum to 1.
    """
    return np.asarray(plurality_points(panel).mean(axis=1), dtype=np.float64)


def plurality_points(panel: Panel) -> FloatArray:
    """Each model's share of being best on each metric: shape (n_models, n_metrics)."""
    first = panel.ranks == np.nanmin(panel.ranks, axis=0)
    return np.asarray(first / first.sum(axis=0), dtype=np.float64)


@among_present
def dowdall(panel: Panel) -> FloatArray:
    """Dowdall's rule: on each metric 1 for the first, 1/2 for the second, 1/3 for the third, and so on.

    Shape (n_models,), the mean over the metrics. Tied models share the average of what their places give.
    Source: Reilly (2002), "Social choice in the south seas", on Nauru's elections.
    """
    return np.asarray(dowdall_points(panel).mean(axis=1), dtype=np.float64)


def dowdall_points(panel: Panel) -> FloatArray:
    """What each metric gives each model by Dowdall's rule: shape (n_models, n_metrics)."""
    n = len(panel.ranks)
    total = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))])
    points = np.empty_like(panel.ranks)
    for column, ranks in enumerate(panel.ranks.T):
        _, group, sizes = np.unique(ranks, return_inverse=True, return_counts=True)
        first = (ranks - (sizes[group] - 1) / 2).round().astype(int) - 1
        last = first + sizes[group]
        points[:, column] = (total[last] - total[first]) / sizes[group]
    return points


@among_present
def threshold(panel: Panel) -> FloatArray:
    """Threshold rule: the model whose worst rank is least bad is first; equal ones go by their next worst.

    Shape (n_models,), the place that this order gives, lower is better. Source: Aleskerov, Chistyakov and
    Kalyagin (2010), "The threshold aggregation".
    """
    worst_first = -np.sort(-panel.ranks, axis=1)
    _, place = np.unique(worst_first, axis=0, return_inverse=True)
    counts = np.bincount(place.reshape(-1))
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return (before[place.reshape(-1)] + 1).astype(np.float64)
