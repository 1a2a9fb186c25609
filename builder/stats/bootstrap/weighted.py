"""Every scheme's values when metrics count a whole number of times, for many sets of numbers at once.

Each function takes a panel of n models and `counts` of shape (draws, n_metrics) and gives shape (n, draws):
column b is what the scheme's own function would give, were each metric in the panel as often as row b says.
Scores and ranks of a metric do not depend on the other metrics, so they are made once. Where only the order
is asked for a function may give other numbers in the same order, and says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from builder.catalog.tree import MetricTree
from builder.stats.bootstrap import weighted_kemeny, weighted_pairs, weighted_sorted
from builder.stats.panel import Panel
from builder.stats.schemes import fair, positions, scaled
from builder.stats.schemes.means import without_noise, z_transform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Weighted = Callable[[Panel, IntArray], FloatArray]
STEPS, ENOUGH = 1000, 1e-12


def mean_of(values: FloatArray, counts: IntArray) -> FloatArray:
    """Mean over the metrics of `values`, shape (n, n_metrics), NaN left out."""
    present = ~np.isnan(values)
    weights = counts.T.astype(np.float64)
    total = _sums(np.where(present, values, 0.0), weights)
    if present.all():
        return np.asarray(total / weights.sum(axis=0), dtype=np.float64)
    n = present.astype(np.float64) @ weights
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _sums(values: FloatArray, weights: FloatArray) -> FloatArray:
    """`values` @ `weights`; 0 where values cancel out, as in `without_noise`."""
    total = values @ weights
    if values.min(initial=0.0) < 0 < values.max(initial=0.0):
        return without_noise(total, np.abs(values) @ weights)
    return np.asarray(total, dtype=np.float64)


def tree_means(values: FloatArray, tree: MetricTree, counts: IntArray) -> dict[str, FloatArray]:
    """Mean up the tree at every node, each of shape (n, draws); a metric's copies are siblings."""
    position = {metric: column for column, metric in enumerate(tree.metric_ids)}
    found: dict[str, FloatArray] = {}
    for node in (*(group.id for group in reversed(tree.groups)), ""):
        total, size, n = np.zeros((3, len(values), len(counts)))
        children = tree.children(node)
        leaves = [position[child] for child in children if not tree.is_group(child)]
        if leaves:
            present = ~np.isnan(values[:, leaves])
            weights = counts[:, leaves].T.astype(np.float64)
            counted = np.where(present, values[:, leaves], 0.0)
            total += counted @ weights
            size += np.abs(counted) @ weights
            n += present.astype(np.float64) @ weights
        for child in children:
            if tree.is_group(child):
                has = ~np.isnan(found[child])
                counted = np.where(has, found[child], 0.0)
                total += counted
                size += np.abs(counted)
                n += has
        found[node] = np.where(n > 0, without_noise(total, size) / np.maximum(n, 1), np.nan)
    return found


def _flat(values: Callable[[Panel], FloatArray]) -> Weighted:
    return lambda panel, counts: mean_of(values(panel), counts)


def tree_weights(tree: MetricTree, counts: IntArray) -> FloatArray:
    """What each metric weighs at the top of the tree where no value is missing: shape (draws, n_metrics)."""
    position = {metric: column for column, metric in enumerate(tree.metric_ids)}
    there = {node: (counts[:, [position[leaf] for leaf in tree.leaves(node)]] > 0).any(axis=1)
             for node in (group.id for group in tree.groups)}  # fmt: skip
    weights = np.zeros(counts.shape)
    share = {"": np.ones(len(counts))}
    for node in ("", *(group.id for group in tree.groups)):
        children = tree.children(node)
        n = np.zeros(len(counts))
        for child in children:
            n += there[child] if tree.is_group(child) else counts[:, position[child]]
        each = share[node] / np.maximum(n, 1)
        for child in children:
            if tree.is_group(child):
                share[child] = each * there[child]
            else:
                weights[:, position[child]] = each * counts[:, position[child]]
    return weights


def _tree(values: Callable[[Panel], FloatArray]) -> Weighted:
    def weighted(panel: Panel, counts: IntArray) -> FloatArray:
        found = values(panel)
        if np.isnan(found).any():
            return tree_means(found, panel.tree, counts)[""]
        return _sums(found, tree_weights(panel.tree, counts).T)

    return weighted


def _z(panel: Panel) -> FloatArray:
    return z_transform(panel.scores)


def _scores(panel: Panel) -> FloatArray:
    return panel.scores


def _ranks(panel: Panel) -> FloatArray:
    return panel.ranks


def geometric(panel: Panel, counts: IntArray) -> FloatArray:
    """As `scaled.geometric_mean`."""
    return np.exp(mean_of(np.log(panel.scores), counts))


def borda(panel: Panel, counts: IntArray) -> FloatArray:
    """As `positions.borda`."""
    return positions.borda_points(panel) @ counts.T.astype(np.float64)


def threshold(panel: Panel, counts: IntArray) -> FloatArray:
    """As `positions.threshold`: the place of each model's ranks, worst first, in the order of words."""
    twice = np.rint(-2 * panel.ranks).astype(np.int32)
    found = np.empty((len(twice), len(counts)))
    columns = np.arange(twice.shape[1])
    for draw, times in enumerate(counts):
        worst_first = -np.sort(twice[:, np.repeat(columns, times)], axis=1)
        words = np.ascontiguousarray(worst_first.astype(">u4")).view(f"S{4 * worst_first.shape[1]}").ravel()
        order = np.argsort(words, kind="stable")
        ordered = words[order]
        found[order, draw] = np.cumsum(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return found


def first_component(panel: Panel, counts: IntArray) -> FloatArray:
    """As `latent.first_component`, by the power method from the panel's own component, up to a scale."""
    z = z_transform(panel.scores)
    root = np.sqrt(counts.T.astype(np.float64))
    product = z.T @ z
    _, _, directions = np.linalg.svd(z, full_matrices=False)
    vector = np.where(root > 0, directions[0][:, None] + 0.0, 0.0) * root
    vector /= np.maximum(np.linalg.norm(vector, axis=0), 1e-300)
    for _ in range(STEPS):
        step = root * (product @ (root * vector))
        step /= np.maximum(np.linalg.norm(step, axis=0), 1e-300)
        change = float(np.abs(step - vector).max(initial=0.0))
        vector = step
        if change < ENOUGH:
            break
    weights = root * vector
    found = z @ (weights * np.where(weights.sum(axis=0) < 0, -1.0, 1.0))
    return without_noise(found, np.abs(z) @ np.abs(weights))


def fair_contribution(panel: Panel, counts: IntArray) -> FloatArray:
    """As `fair.fair_contribution`; NaN for all models in a draw that has no fair weights."""
    groups = fair.fair_groups(panel.tree)
    means = tree_means(panel.scores, panel.tree, counts)
    position = {metric: column for column, metric in enumerate(panel.tree.metric_ids)}
    by_group = np.stack(
        [
            means[group]
            if panel.tree.is_group(group)
            else np.where(counts[:, position[group]] > 0, panel.scores[:, [position[group]]], np.nan)
            for group in groups
        ]
    )
    found = np.full(by_group.shape[1:], np.nan)
    drawn = np.flatnonzero(~np.isnan(by_group).any(axis=(0, 1)))
    weights = _fair_weights(by_group[:, :, drawn])
    fit = (weights > 0).all(axis=0)
    share = weights[:, fit] / weights[:, fit].sum(axis=0)
    found[:, drawn[fit]] = np.einsum("gnb,gb->nb", by_group[:, :, drawn[fit]], share)
    return found


def _fair_weights(scores: FloatArray) -> FloatArray:
    """As `fair.weights_of` in each draw: shape (n_groups, n, draws) -> (n_groups, draws); NaN for none."""
    n_groups, n, draws = scores.shape
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=1))
    varies = (scores.max(axis=1) > scores.min(axis=1)) & (spread > 0)
    z = np.where(varies[:, np.newaxis], centred / np.where(varies, spread, 1.0)[:, np.newaxis], 0.0)
    correlation = np.einsum("gnb,hnb->bgh", z, z) / n
    found = np.full((n_groups, draws), np.nan)
    regular = np.linalg.eigvalsh(correlation)[:, 0] >= fair.SINGULAR
    even = np.linalg.solve(correlation[regular], np.ones((n_groups, 1)))[:, :, 0]
    found[:, regular] = even.T / spread[:, regular]
    return found


WEIGHTED: dict[str, Weighted] = {
    "arithmetic-mean": _flat(_scores),
    "hierarchical-mean": _tree(_scores),
    "z-mean": _flat(_z),
    "hierarchical-z-mean": _tree(_z),
    "min-max-mean": _flat(scaled.min_max_scores),
    "robust-z-mean": _flat(scaled.robust_z_scores),
    "trimmed-mean": weighted_sorted.trimmed_mean,
    "geometric-mean": geometric,
    "first-component": first_component,
    "fair-contribution": fair_contribution,
    "mean-rank": _flat(_ranks),
    "hierarchical-mean-rank": _tree(_ranks),
    "median-rank": weighted_sorted.median_rank,
    "borda": borda,
    "plurality": _flat(positions.plurality_points),
    "dowdall": _flat(positions.dowdall_points),
    "threshold": threshold,
    "mean-win-rate": _flat(positions.win_rates),
    "baldwin": weighted_pairs.baldwin,
    "copeland": weighted_pairs.copeland,
    "minimax": weighted_pairs.minimax,
    "kemeny": weighted_kemeny.kemeny,
    "bradley-terry": weighted_pairs.bradley_terry,
}
"""Scheme id -> its values under counts."""
