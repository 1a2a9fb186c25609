"""Agreement of metrics when models and metrics are drawn anew, and when models are paired at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from builder.results import Coefficient, FloatArray, Resampled, Selection
from builder.stats import bootstrap
from builder.stats.agreement_draws import AgreementDraws, draw_agreement, permutation_p_values
from builder.stats.correlation_intervals import percentile_interval, permutation_p

DRAWS, PERMUTED = 300, 999
"""Draws, and random pairings of the models' scores."""
ALPHA = 0.05
FEWEST_METRICS = 3
MOST_WITH_HOLES = 20_000
"""Models times metrics squared up to which draws are made where scores are missing: each pair then has models
of its own, so that one matrix product no longer serves all."""


@dataclass(frozen=True)
class Draws:
    """One selection's scores drawn anew."""

    agreement: AgreementDraws
    p: FloatArray

    def means(self) -> pd.DataFrame:
        """As `results.Structure.means`. Of two metrics there is one pair, whichever are drawn."""
        found = self.agreement
        over = {"models": found.over_models, "metrics": found.over_metrics, "both": found.over_both}
        if len(self.p) < FEWEST_METRICS:
            over |= {one: np.full(DRAWS, np.nan) for one in ("metrics", "both")}
        ends = [percentile_interval(drawn, bootstrap.LEVEL) for drawn in over.values()]
        return pd.DataFrame(
            {"over": list(over), "low": [float(a) for a, _ in ends], "high": [float(b) for _, b in ends]}
        )

    def of_pairs(self, by_formula: Coefficient, low: FloatArray, high: FloatArray) -> Resampled:
        """What they say of each pair, beside its p-value and interval by formula."""
        upper = np.triu_indices_from(low, k=1)
        p, p_formula = self.p[upper], by_formula.p[upper]
        drawn = self.agreement.low[upper], self.agreement.high[upper]
        formula = low[upper], high[upper]
        tested = ~np.isnan(p) & ~np.isnan(p_formula)
        both = ~np.isnan(np.stack([*drawn, *formula])).any(axis=0)
        holds = [(a <= 0) & (b >= 0) for a, b in (drawn, formula)]
        widths = [b[both] - a[both] for a, b in (drawn, formula)]
        return Resampled(
            draws=DRAWS,
            permutations=PERMUTED,
            low=self.agreement.low,
            high=self.agreement.high,
            p=self.p,
            n_other_verdicts=int((tested & ((p < ALPHA) != (p_formula < ALPHA))).sum()),
            n_other_intervals=int((both & (holds[0] != holds[1])).sum()),
            median_width=float(np.median(widths[0])) if both.any() else float("nan"),
            median_width_by_formula=float(np.median(widths[1])) if both.any() else float("nan"),
        )


def cheap(scores: FloatArray) -> bool:
    """Whether draws of scores with holes are cheap enough."""
    n_models, n_metrics = scores.shape
    return bool(n_models * n_metrics**2 <= MOST_WITH_HOLES)


def draw_anew(selection: Selection, scores: FloatArray) -> Draws:
    """Draws of `scores`, shape (n_models, n_metrics), NaN where there is none."""
    n_models, n_metrics = scores.shape
    models = bootstrap.draw_counts(np.zeros(n_models, dtype=np.int64), DRAWS, _seed("models", selection))
    groups = bootstrap.strata(selection.tree)
    metrics = bootstrap.draw_counts(groups, DRAWS, _seed("metrics", selection))
    drawn = draw_agreement(scores, models, metrics, bootstrap.LEVEL)
    pairings = _seed("pairings", selection)
    if not np.isnan(scores).any():
        return Draws(drawn, permutation_p_values(scores, PERMUTED, pairings))
    p = np.full((n_metrics, n_metrics), np.nan)
    for a, b in zip(*np.triu_indices(n_metrics, 1), strict=True):
        p[a, b] = p[b, a] = permutation_p(scores[:, a], scores[:, b], PERMUTED, pairings)
    return Draws(drawn, p)


def _seed(what: str, selection: Selection) -> int:
    return bootstrap.seed_of(what, selection.id)
