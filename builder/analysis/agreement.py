"""How far the metrics of a selection agree."""

from __future__ import annotations

import numpy as np
import pandas as pd

from builder.analysis.resampling import Draws, cheap, draw_anew
from builder.catalog.tree import MetricTree
from builder.results import COMPLETE, FEWEST_MODELS, PAIRWISE, Agreement, Coefficient, FloatArray, Selection
from builder.stats import correlation, multiple_testing
from builder.stats.correlation_intervals import fisher_interval
from builder.stats.panel import Panel

ALPHA = 0.05


def agreements(selection: Selection, panel: Panel, drawn: Draws | None) -> list[Agreement]:
    """Agreement on the complete models and on each pair's shared models; none with one metric.

    `drawn` are draws of the complete models.
    """
    if len(selection.metrics) < 2:
        return []
    complete = panel.scores[~np.isnan(panel.scores).any(axis=1)]
    found = []
    if len(complete) >= FEWEST_MODELS:
        found.append(_agreement(selection, COMPLETE, complete, drawn))
    if np.isnan(panel.scores).any() or not found:
        run = panel.scores[~np.isnan(panel.scores).all(axis=1)]
        if len(run) >= FEWEST_MODELS:
            of_run = draw_anew(selection, run) if cheap(run) else None
            found.append(_agreement(selection, PAIRWISE, run, of_run))
    return found


def _agreement(selection: Selection, basis: str, scores: FloatArray, drawn: Draws | None) -> Agreement:
    spearman, kendall = correlation.spearman(scores), correlation.kendall(scores)
    pearson = correlation.pearson(scores)
    if kendall.ties is None:
        raise ValueError("Kendall's tau came without its tie sums")
    low, high = fisher_interval(spearman.value, spearman.n)
    of_rho = _coefficient(spearman.value, correlation.p_spearman(spearman.value, spearman.n))
    return Agreement(
        selection=selection.id,
        basis=basis,
        metrics=selection.metrics,
        n_models=len(scores),
        n=spearman.n,
        spearman=of_rho,
        spearman_low=low,
        spearman_high=high,
        kendall=_coefficient(kendall.value, correlation.p_kendall(kendall.value, kendall.n, kendall.ties)),
        pearson=_coefficient(pearson.value, correlation.p_pearson(pearson.value, pearson.n)),
        group_means=_group_means(selection.tree, spearman.value),
        resampled=drawn.of_pairs(of_rho, low, high) if drawn is not None else None,
    )


def _coefficient(value: FloatArray, p: FloatArray) -> Coefficient:
    upper = np.triu_indices_from(value, k=1)
    pairs, p_pairs = value[upper], p[upper]
    defined = pairs[~np.isnan(pairs)]
    adjusted = {
        "none": p_pairs,
        "bonferroni": multiple_testing.bonferroni(p_pairs),
        "holm": multiple_testing.holm(p_pairs),
        "bh": multiple_testing.benjamini_hochberg(p_pairs),
    }
    square = {name: _symmetric(values, len(value)) for name, values in adjusted.items()}
    return Coefficient(
        value=value,
        p=square["none"],
        p_bonferroni=square["bonferroni"],
        p_holm=square["holm"],
        p_bh=square["bh"],
        mean=float(defined.mean()) if defined.size else float("nan"),
        median=float(np.median(defined)) if defined.size else float("nan"),
        n_pairs=int(defined.size),
        n_negative=int((defined < 0).sum()),
        n_significant={name: int((values < ALPHA).sum()) for name, values in adjusted.items()},
    )


def _symmetric(pairs: FloatArray, size: int) -> FloatArray:
    """A square matrix from its upper triangle; the diagonal is undefined."""
    square = np.full((size, size), np.nan)
    upper = np.triu_indices(size, k=1)
    square[upper] = pairs
    square.T[upper] = pairs
    return square


def _group_means(tree: MetricTree, rho: FloatArray) -> pd.DataFrame:
    """Mean Spearman within and between the groups right below the top level, and the top-level ones."""
    position = {metric: index for index, metric in enumerate(tree.metric_ids)}
    top = [group for group in tree.children() if tree.is_group(group)]
    second = [child for group in top for child in tree.children(group) if tree.is_group(child)]
    members = {group: [position[metric] for metric in tree.leaves(group)] for group in (*top, *second)}
    rows = []
    names = list(members)
    for index, first in enumerate(names):
        for other in names[index:]:
            if first != other and set(members[first]) & set(members[other]):
                continue
            block = rho[np.ix_(members[first], members[other])]
            values = block[np.triu_indices_from(block, k=1)] if first == other else block.ravel()
            values = values[~np.isnan(values)]
            if values.size:
                rows.append((first, other, int(values.size), float(values.mean())))
    return pd.DataFrame(rows, columns=["group_a", "group_b", "n_pairs", "mean_rho"])
