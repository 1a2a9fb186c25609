"""Schemes that fit a model to the scores: one ability behind all metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes.majority import wins
from builder.stats.schemes.means import without_noise, z_transform
from builder.stats.schemes.present import among_present

FloatArray = NDArray[np.float64]
PRIOR = 0.5
"""Wins, and as many losses, of each model against a model of average strength that are added."""
STEPS, ENOUGH, DIGITS = 10_000, 1e-10, 10
EXACTLY = 1e-13
"""Steps that shrink by a factor go on until they are this short, as Newton's last one leaves less."""
TIED = "Two components hold the same share of the variance, so that none is the first."
BALANCED = "Metrics for and against the first component balance, so that neither end of it is the better."
ALIKE = 1e-9
"""Relative difference below which two shares, or two sums of loadings, are the same."""


@among_present
def bradley_terry(panel: Panel) -> FloatArray:
    """Log-strength of each model, with which i beats j on a metric with probability 1 / (1 + e^(bj - bi)).

    Shape (n_models,), by maximum likelihood; ties count as half a win to each. So that a model that wins or
    loses always has a strength, half a win and half a loss against a model of strength 0 are added to each,
    which is a prior that pulls towards 0. Source: Bradley and Terry (1952); fitted by Newton's method on the
    concave log-likelihood.
    """
    # Equal records have equal strengths: digits beyond the solver's order nothing.
    return np.round(fit_strengths(wins(panel), PRIOR), DIGITS)


def bradley_terry_without(panel: Panel, removed: Sequence[int]) -> list[FloatArray]:
    """Log-strengths of the others, each of shape (n_models - 1,), when one of `removed` leaves.

    By steps from the whole's strengths with the whole's curvature, which one model changes little; where
    they do not shrink fast, by Newton's own.
    """
    won = wins(panel)
    whole = fit_strengths(won, PRIOR)
    bent = np.linalg.inv(curvature(won + won.T, whole))
    found = []
    for model in removed:
        others = np.delete(np.arange(len(won)), model)
        rest = won[np.ix_(others, others)]
        inverse = bent[np.ix_(others, others)]
        strength, last = whole[others], np.inf
        while last > EXACTLY:
            step = inverse @ _slope(rest, strength, PRIOR)
            size = float(np.abs(step).max())
            if size > last / 4:
                break
            strength, last = strength + step, size
        found.append(np.round(strength if last < ENOUGH else fit_strengths(rest, PRIOR, strength), DIGITS))
    return found


def fit_strengths(won: FloatArray, prior: float, start: FloatArray | None = None) -> FloatArray:
    """Log-strengths from how often each model beat each other, shape (n_models, n_models).

    `prior` wins and as many losses against strength 0 are added to each model's. `start` are strengths to
    begin at, all 0 if None.
    """
    strength = np.zeros(len(won)) if start is None else start.copy()
    for _ in range(STEPS):
        step = np.linalg.solve(curvature(won + won.T, strength, prior), _slope(won, strength, prior))
        strength += step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < ENOUGH:
            break
    return strength


def _slope(won: FloatArray, strength: FloatArray, prior: float) -> FloatArray:
    """The gradient of the log-likelihood: shape (n_models,)."""
    expected = ((won + won.T) * chances(strength)).sum(axis=1) + 2 * prior / (1 + np.exp(-strength))
    return np.asarray(won.sum(axis=1) + prior - expected, dtype=np.float64)


def chances(strength: FloatArray) -> FloatArray:
    """How likely each model beats each other: shape (n_models, n_models)."""
    return np.asarray(1 / (1 + np.exp(strength[None, :] - strength[:, None])), dtype=np.float64)


def curvature(played: FloatArray, strength: FloatArray, prior: float = PRIOR) -> FloatArray:
    """Minus the Hessian of the log-likelihood: shape (n_models, n_models), diagonally dominant."""
    chance = chances(strength)
    average = 1 / (1 + np.exp(-strength))
    bend = played * chance * (1 - chance)
    return np.asarray(
        np.diag(bend.sum(axis=1) + 2 * prior * average * (1 - average)) - bend, dtype=np.float64
    )


@among_present
def first_component(panel: Panel) -> FloatArray:
    """Scores on the first principal component of the z-transformed scores.

    Shape (n_models,), in the component's own units. The sign is that of the sum of the loadings. Source:
    Hotelling (1933), "Analysis of a complex of statistical variables into principal components".
    """
    z = z_transform(panel.scores)
    _, _, directions = np.linalg.svd(z, full_matrices=False)
    first = directions[0] if len(directions) else np.zeros(z.shape[1])
    found = z @ (first if first.sum() >= 0 else -first)
    return without_noise(found, np.abs(z) @ np.abs(first))


def no_first_component(panel: Panel) -> str:
    """Why a panel has no first component with a better end; empty where it has, or all models are alike."""
    _, size, directions = np.linalg.svd(z_transform(panel.scores), full_matrices=False)
    if not len(size) or size[0] == 0:
        return ""
    if len(size) > 1 and size[1] > (1 - ALIKE) * size[0]:
        return TIED
    if abs(directions[0].sum()) <= ALIKE * np.abs(directions[0]).sum():
        return BALANCED
    return ""


def first_component_share(panel: Panel) -> float:
    """Share of the z-scores' variance that the first component holds, 0 to 1; NaN without any variance."""
    values = np.linalg.svd(z_transform(panel.scores), compute_uv=False)
    total = float((values**2).sum())
    return float(values[0] ** 2 / total) if total > 0 else float("nan")
