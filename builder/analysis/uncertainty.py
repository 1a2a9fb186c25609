"""How sure the places of a view are: the same ranking over sets of metrics drawn anew."""

from __future__ import annotations

import numpy as np
import pandas as pd

from builder.results import Certainty, IntArray
from builder.stats import bootstrap
from builder.stats.panel import Panel
from builder.stats.schemes import Scheme

COLUMNS = ("low", "high", "p_first", "p_above_next", "tier")


def counts_of(selection: str, policy: str, panel: Panel) -> IntArray:
    """How often each metric is in each draw; the same at every build, and for every scheme of a policy."""
    seed = bootstrap.seed_of("metrics", selection, policy)
    return bootstrap.draw_counts(bootstrap.strata(panel.tree), bootstrap.DRAWS, seed)


def add_certainty(
    ranking: pd.DataFrame, panel: Panel, scheme: Scheme, counts: IntArray
) -> tuple[pd.DataFrame, Certainty]:
    """The ranking, best first, with the columns of `COLUMNS`, and what they come to."""
    draws = bootstrap.draws_of(scheme.id, len(ranking))
    reason = _no_draws(ranking, panel, draws)
    frame = ranking.copy()
    if reason:
        for column in COLUMNS:
            whole = column in ("low", "high", "tier")
            frame[column] = pd.array([pd.NA] * len(ranking), dtype="Int64") if whole else np.nan
        return frame, Certainty(reason=reason)
    models, places = bootstrap.metric_bootstrap(panel, scheme.id, counts[:draws])
    row = {model: position for position, model in enumerate(models)}
    found = bootstrap.place_uncertainty(places[[row[model] for model in ranking["model_id"]]])
    known = found.low > 0
    frame["low"] = pd.Series(found.low, dtype="Int64").where(known)
    frame["high"] = pd.Series(found.high, dtype="Int64").where(known)
    frame["p_first"] = found.p_first
    frame["p_above_next"] = found.p_above_next
    frame["tier"] = pd.array(found.tier, dtype="Int64")
    width = (found.high - found.low)[known]
    return frame, Certainty(
        draws=found.draws,
        n_tiers=found.n_tiers,
        n_apart=found.n_apart,
        median_width=float(np.median(width)) if width.size else float("nan"),
    )


def _no_draws(ranking: pd.DataFrame, panel: Panel, draws: int) -> str:
    """Why there is nothing to draw, as a sentence; empty where there is."""
    if len(panel.tree.metrics) < 2:
        return "One metric cannot be drawn anew, so that nothing is said of it."
    if len(ranking) < 2:
        return "Only one is ranked, so its place is not in doubt."
    if not draws:
        return (
            f"An order of so many takes too long to be found {bootstrap.FEWEST_DRAWS} times, so that nothing "
            "is said of it."
        )
    return ""
