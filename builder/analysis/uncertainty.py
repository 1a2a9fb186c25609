"""How sure the places of a view are: over sets of metrics drawn anew, and within the errors of its scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from builder.catalog.snapshot import Snapshot
from builder.catalog.tree import MetricTree
from builder.results import COMPLETE, Certainty, FloatArray, IntArray
from builder.stats import bootstrap
from builder.stats.panel import Panel
from builder.stats.rank_sets import rank_sets
from builder.stats.schemes import Scheme

COLUMNS = ("low", "high", "p_first", "p_above_next", "tier")
WITHIN_ERRORS = ("sure_low", "sure_high")


def _flat_weights(tree: MetricTree) -> FloatArray:
    return np.full(len(tree.metrics), 1 / len(tree.metrics))


def _tree_weights(tree: MetricTree) -> FloatArray:
    once = np.ones((1, len(tree.metrics)), dtype=np.int64)
    return np.asarray(bootstrap.tree_weights(tree, once)[0], dtype=np.float64)


USABLE = 0.6
"""Share of the draws below which those that give a ranking must differ, for anything to be said. Where groups
that a scheme weighs have one metric each, draws that have both are all alike."""

RAW_MEANS: dict[str, Callable[[MetricTree], FloatArray]] = {
    "arithmetic-mean": _flat_weights,
    "hierarchical-mean": _tree_weights,
}
"""Schemes that are a weighted mean of raw scores -> the weight of each metric."""


def counts_of(selection: str, policy: str, panel: Panel) -> IntArray:
    """How often each metric is in each draw; the same at every build, and for every scheme of a policy."""
    seed = bootstrap.seed_of("metrics", selection, policy)
    return bootstrap.draw_counts(bootstrap.strata(panel.tree), bootstrap.DRAWS, seed)


def add_certainty(
    ranking: pd.DataFrame, panel: Panel, scheme: Scheme, counts: IntArray
) -> tuple[pd.DataFrame, Certainty]:
    """The ranking, best first, with the columns of `COLUMNS`, and what they come to."""
    draws = bootstrap.draws_of(scheme.id, counts)
    reason = _no_draws(ranking, panel)
    if reason:
        return _unsaid(ranking, reason)
    frame = ranking.copy()
    models, places = bootstrap.metric_bootstrap(panel, scheme.id, counts[:draws])
    row = {model: position for position, model in enumerate(models)}
    found = bootstrap.place_uncertainty(places[[row[model] for model in ranking["model_id"]]])
    drawn = places[:, places.any(axis=0)]
    if found.draws < USABLE * draws and (drawn == drawn[:, :1]).all():
        return _unsaid(ranking, _all_alike(draws - found.draws, draws))
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
        # Half of the models or more have this width or a larger one.
        median_width=float(np.quantile(width, 0.5, method="higher")) if width.size else float("nan"),
        above=found.above,
        shared=found.shared,
    )


def _all_alike(lacking: int, draws: int) -> str:
    return (
        f"Of {draws} draws of the metrics {lacking} give no ranking and the others all the same, so that "
        "nothing is said of how sure it is."
    )


def _unsaid(ranking: pd.DataFrame, reason: str) -> tuple[pd.DataFrame, Certainty]:
    frame = ranking.copy()
    for column in COLUMNS:
        whole = column in ("low", "high", "tier")
        frame[column] = pd.array([pd.NA] * len(ranking), dtype="Int64") if whole else np.nan
    return frame, Certainty(reason=reason)


def errors_of(snapshot: Snapshot) -> pd.DataFrame | None:
    """The standard errors of all scores, a row a model and a column a metric; None where there are none."""
    known = snapshot.scores.dropna(subset=["error"]) if "error" in snapshot.scores else snapshot.scores[:0]
    return known.pivot(index="model", columns="metric", values="error") if len(known) else None


def add_error_sets(
    ranking: pd.DataFrame, panel: Panel, scheme: Scheme, policy: str, errors: pd.DataFrame | None
) -> tuple[pd.DataFrame, bool]:
    """The ranking with the columns of `WITHIN_ERRORS`, and whether they say anything.

    They do for the means of raw scores over complete models, where every score has an error: a mean's error
    is then that of a sum of independent ones.
    """
    frame = ranking.copy()
    known = None
    if errors is not None and policy == COMPLETE and len(ranking) > 1 and scheme.id in RAW_MEANS:
        metrics = list(panel.tree.metric_ids)
        known = errors.reindex(index=ranking["model_id"], columns=metrics).to_numpy(float)
    if known is None or np.isnan(known).any():
        for column in WITHIN_ERRORS:
            frame[column] = pd.array([pd.NA] * len(ranking), dtype="Int64")
        return frame, False
    weights = RAW_MEANS[scheme.id](panel.tree)
    error = np.sqrt((known**2) @ (weights**2))
    low, high = rank_sets(ranking["value"].to_numpy(float), error, bootstrap.LEVEL)
    frame["sure_low"], frame["sure_high"] = pd.array(low, dtype="Int64"), pd.array(high, dtype="Int64")
    return frame, True


def _no_draws(ranking: pd.DataFrame, panel: Panel) -> str:
    """Why there is nothing to draw, as a sentence; empty where there is."""
    if len(panel.tree.metrics) < 2:
        return "One metric cannot be drawn anew, so that nothing is said of it."
    if len(ranking) < 2:
        return "Only one is ranked, so its place is not in doubt."
    return ""
