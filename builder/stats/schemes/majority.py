"""Schemes that compare the models two by two: which of them is better on more metrics."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes.present import among_present

FloatArray = NDArray[np.float64]
BLOCK = 1 << 22
"""Comparisons at once: what the processor's cache holds."""
MOST_MODELS = 3000
"""So many models are compared two by two at most: beyond, the pairs would fill the memory."""


def too_many(panel: Panel) -> str:
    """Why a panel's models are not compared two by two; empty where they are."""
    if len(panel.models) <= MOST_MODELS:
        return ""
    return (
        f"It compares every two models, which is done for up to {MOST_MODELS} of them; "
        f"here there are {len(panel.models)}."
    )


def wins(panel: Panel) -> FloatArray:
    """On how many metrics each model is better than each other: shape (n_models, n_models).

    Entry (i, j) counts metrics on which i and j both have a rank and i has the better one; where they tie it
    is half a metric to each. The diagonal is 0.
    """
    return _wins(panel.ranks.tobytes(), panel.ranks.shape)


@lru_cache(maxsize=4)
def _wins(data: bytes, shape: tuple[int, int]) -> FloatArray:
    """Several schemes ask for the same panel's."""
    found = count_wins(np.frombuffer(data).reshape(shape))
    found.flags.writeable = False
    return found


def count_wins(ranks: FloatArray) -> FloatArray:
    """As `wins`, from ranks of shape (n_models, n_metrics)."""
    # Whole numbers and halves, exact in single precision; NaN compares as neither, which is what a hole says.
    by_metric = np.ascontiguousarray(ranks.T, dtype=np.float32)
    m, n = by_metric.shape
    better = np.zeros((n, n))
    few = np.iinfo(np.uint8).max
    step = max(1, BLOCK // max(n * min(m, few), 1))
    for start in range(0, n, step):
        for metric in range(0, m, few):
            some = by_metric[metric : metric + few]
            less = some[:, start : start + step, np.newaxis] < some[:, np.newaxis, :]
            better[start : start + step] += less.view(np.uint8).sum(axis=0, dtype=np.uint8)
    present = (~np.isnan(by_metric)).astype(np.float32)
    found = (better - better.T + present.T @ present) / 2
    np.fill_diagonal(found, 0.0)
    return found


@among_present
def copeland(panel: Panel) -> FloatArray:
    """Copeland's score: models beaten by a majority of metrics, less models that beat it so.

    Shape (n_models,), -(n - 1) to n - 1. Source: Copeland (1951), "A reasonable social welfare function".
    """
    won = wins(panel)
    beaten, lost = (won > won.T).sum(axis=1), (won < won.T).sum(axis=1)
    return np.asarray(beaten - lost, dtype=np.float64)


@among_present
def minimax(panel: Panel) -> FloatArray:
    """Simpson's minimax: by how many metrics a model loses, at most, against any other; lower is better.

    Shape (n_models,), in metrics; negative for a model that beats every other. A lone model has 0. Source:
    Simpson (1969), Kramer (1977), with margins.
    """
    won = wins(panel)
    margin = won.T - won
    np.fill_diagonal(margin, -np.inf)
    return np.asarray(margin.max(axis=1) if len(margin) > 1 else np.zeros(len(margin)), dtype=np.float64)


@among_present
def baldwin(panel: Panel) -> FloatArray:
    """Baldwin's rule: the model with the lowest Borda count leaves, counts are made anew, until none is left.

    Shape (n_models,), the place that this gives: 1 = stayed longest. Models that are lowest together leave
    together and share a place. Source: Baldwin (1926), "The technique of the Nanson preferential majority
    system of election".
    """
    return baldwin_places(wins(panel))


def baldwin_places(won: FloatArray) -> FloatArray:
    """Baldwin's places from a matrix as `wins` gives it."""
    count = won.sum(axis=1)
    place = np.zeros(len(won))
    left = np.ones(len(won), dtype=bool)
    while left.any():
        lowest = left & (count <= count[left].min() + 1e-9)
        place[lowest] = left.sum() - lowest.sum() + 1
        left &= ~lowest
        count = count - won[:, lowest].sum(axis=1)
    return place


def condorcet_winner(panel: Panel) -> str | None:
    """The model that is better than every other on a majority of metrics; None where there is none.

    Source: de Condorcet (1785).
    """
    won = wins(panel)
    beats_all = ((won > won.T) | np.eye(len(won), dtype=bool)).all(axis=1)
    return panel.models[int(np.flatnonzero(beats_all)[0])] if len(won) > 1 and beats_all.any() else None
