"""How exact the agreement of metrics is, at which resolution it holds, and what lies behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.catalog.tree import MetricTree
from builder.results import FEWEST_MODELS, FloatArray, Selection, Structure
from builder.stats import bootstrap, correlation, dimensions, resolution
from builder.stats.correlation_intervals import bootstrap_mean_rho, percentile_interval
from builder.stats.panel import Panel

BoolArray = NDArray[np.bool_]
DRAWS, PERMUTED, SETS = 300, 199, 200
"""Draws of models, permutations, and random sets of models."""
SIZES = (10, 20, 50, 100, 200, 500)
COMPONENTS = 3


def structure(selection: Selection, panel: Panel) -> Structure | None:
    """Of the complete models of a selection; None with fewer than three models or two metrics."""
    n_models, n_metrics = panel.scores.shape
    if n_models < FEWEST_MODELS or n_metrics < 2:
        return None
    seed = bootstrap.seed_of("models", selection.id)
    counts = bootstrap.draw_counts(np.zeros(n_models, dtype=np.int64), DRAWS, seed)
    low, high = percentile_interval(bootstrap_mean_rho(panel.scores, counts), bootstrap.LEVEL)
    rho = correlation.spearman(panel.scores).value
    parts = dimensions.components(panel.scores)
    found = dimensions.parallel_analysis(panel.scores, PERMUTED, seed)
    regression, r_squared = _regression(panel.tree, rho, seed)
    return Structure(
        selection=selection.id,
        n_models=n_models,
        draws=DRAWS,
        permutations=PERMUTED,
        mean_low=float(low),
        mean_high=float(high),
        n_components=found.n_components,
        shares=tuple(parts.shares[:COMPONENTS].tolist()),
        loadings=_loadings(panel.tree, parts),
        resolution=_resolution(panel, seed),
        regression=regression,
        r_squared=r_squared,
    )


def _loadings(tree: MetricTree, parts: dimensions.Components) -> pd.DataFrame:
    shown = min(COMPONENTS, parts.loadings.shape[1])
    columns = {f"component_{k + 1}": parts.loadings[:, k] for k in range(shown)}
    return pd.DataFrame({"metric": tree.metric_ids, **columns})


def _resolution(panel: Panel, seed: int) -> pd.DataFrame:
    n = len(panel.models)
    sizes = [k for k in SIZES if k < n] + [n]
    order = np.lexsort((np.arange(n), panel.ranks.mean(axis=1)))
    found = resolution.agreement_at(panel.scores, order, sizes, SETS, seed)
    return pd.DataFrame(
        {
            "k": sizes,
            "top": found.top,
            "bottom": found.bottom,
            "random": found.random,
            "random_low": found.random_low,
            "random_high": found.random_high,
        }
    )


def _regression(tree: MetricTree, rho: FloatArray, seed: int) -> tuple[pd.DataFrame, float]:
    """Whether pairs of one group, or of one source, agree more; empty where that cannot be told."""
    empty = pd.DataFrame({"same": [], "coefficient": [], "p": []})
    upper = np.triu_indices(len(rho), 1)
    if np.isnan(rho[upper]).any():
        return empty, float("nan")
    labels = {
        "group": [tree.top_group(metric) for metric in tree.metric_ids],
        "subgroup": [metric.parent for metric in tree.metrics],
        "reference": [metric.reference or metric.id for metric in tree.metrics],
    }
    same: dict[str, BoolArray] = {}
    for name, of in labels.items():
        matrix = np.array([[one == other for other in of] for one in of])
        pairs = matrix[upper]
        if pairs.any() and not pairs.all() and not any((pairs == m[upper]).all() for m in same.values()):
            same[name] = matrix
    try:
        found = dimensions.pair_regression(rho, same, PERMUTED, seed) if same else None
    except ValueError:  # one indicator follows from the others
        first = {name: same[name] for name in list(same)[:1]}
        found = dimensions.pair_regression(rho, first, PERMUTED, seed)
    if found is None:
        return empty, float("nan")
    rows = [
        {"same": name, "coefficient": value, "p": found.p_values[name]}
        for name, value in found.coefficients.items()
    ]
    return pd.DataFrame(rows), found.r_squared
