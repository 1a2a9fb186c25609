"""How exact the agreement of metrics is, at which resolution it holds, and what lies behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.analysis.resampling import DRAWS, Draws
from builder.catalog.tree import MetricTree
from builder.results import FEWEST_MODELS, FloatArray, Selection, Structure
from builder.stats import bootstrap, correlation, dimensions, resolution
from builder.stats.panel import Panel

BoolArray = NDArray[np.bool_]
PERMUTED, SETS = 199, 200
"""Permutations, and random sets of models."""
SIZES = (10, 20, 50, 100, 200, 500)
"""Of the best and of the last, as far as these have no model in common."""
COMPONENTS = 3


def structure(selection: Selection, panel: Panel, drawn: Draws) -> Structure | None:
    """Of the complete models of a selection, of which `drawn` are draws; None with fewer than three models or
    two metrics."""
    n_models, n_metrics = panel.scores.shape
    if n_models < FEWEST_MODELS or n_metrics < 2:
        return None
    seed = bootstrap.seed_of("models", selection.id)
    rho = correlation.spearman(panel.scores).value
    parts = dimensions.components(panel.scores)
    loadings = _loadings(panel.tree, parts)
    found = dimensions.parallel_analysis(panel.scores, PERMUTED, seed)
    regression, r_squared = _regression(panel.tree, rho, seed)
    return Structure(
        selection=selection.id,
        n_models=n_models,
        draws=DRAWS,
        means=drawn.means(),
        permutations=PERMUTED,
        n_components=found.n_components,
        shares=tuple(parts.shares[:COMPONENTS].tolist()),
        loadings=loadings,
        group_loadings=_group_loadings(panel.tree, loadings),
        resolution=_resolution(panel, seed),
        regression=regression,
        r_squared=r_squared,
    )


def _loadings(tree: MetricTree, parts: dimensions.Components) -> pd.DataFrame:
    shown = min(COMPONENTS, parts.loadings.shape[1])
    columns = {f"component_{k + 1}": parts.loadings[:, k] for k in range(shown)}
    return pd.DataFrame({"metric": tree.metric_ids, **columns})


def _group_loadings(tree: MetricTree, loadings: pd.DataFrame) -> pd.DataFrame:
    """Mean loading of the metrics below each group of the two top levels, in the order of the tree."""
    groups = [group.id for group in tree.groups if len(tree.path(group.id)) <= 2]
    by_metric = loadings.set_index("metric")
    means = [by_metric.loc[list(tree.leaves(group))].mean() for group in groups]
    frame = pd.DataFrame(means, columns=by_metric.columns).reset_index(drop=True)
    frame.insert(0, "group", groups)
    frame.insert(1, "n_metrics", [len(tree.leaves(group)) for group in groups])
    return frame


def _resolution(panel: Panel, seed: int) -> pd.DataFrame:
    n = len(panel.models)
    sizes = [k for k in SIZES if 2 * k <= n] + [n]
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
