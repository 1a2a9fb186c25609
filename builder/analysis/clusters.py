"""Metrics clustered by how far they agree, and whether the clusters are the groups of the metric tree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from builder.catalog.tree import MetricTree
from builder.results import Agreement, Clustering, FloatArray, Selection
from builder.stats import clusters
from builder.stats.dimensions import cluster_order

FEWEST_METRICS = 3


def clustering(selection: Selection, agreements: Sequence[Agreement]) -> Clustering | None:
    """On the first basis on which every pair has a rho; None without one, or with fewer than 3 metrics."""
    upper = np.triu_indices(len(selection.metrics), 1)
    for found in agreements:
        if len(found.metrics) >= FEWEST_METRICS and not np.isnan(found.spearman.value[upper]).any():
            return _clustering(selection.tree, found)
    return None


def _clustering(tree: MetricTree, found: Agreement) -> Clustering:
    rho = found.spearman.value
    by_agreement = cluster_order(rho)
    groups = _groups(tree)
    near, by_chance = clusters.nearest_in_group(rho, list(groups.values())) if groups else (0, float("nan"))
    n_groups = len(set(groups.values()))
    labels = clusters.cut_into(by_agreement.linkage, n_groups) if groups else np.zeros(0, dtype=np.int64)
    return Clustering(
        selection=found.selection,
        basis=found.basis,
        n_models=found.n_models,
        order=tuple(found.metrics[position] for position in by_agreement.order),
        optimal=by_agreement.optimal,
        merges=_merges(found.metrics, by_agreement.linkage),
        cophenetic=clusters.cophenetic_correlation(by_agreement.linkage, rho),
        groups=groups,
        n_groups=n_groups,
        clusters=dict(zip(found.metrics, labels.tolist(), strict=True)) if groups else {},
        rand=clusters.adjusted_rand(labels.tolist(), list(groups.values())) if groups else float("nan"),
        n_near=near,
        near_by_chance=by_chance,
    )


def _groups(tree: MetricTree) -> dict[str, str]:
    """Metric -> its group at the highest level that has two groups, or itself where it has none there.

    Empty where no level has two, or each metric would be alone.
    """
    depth = max(len(tree.path(metric)) for metric in tree.metric_ids)
    for level in range(1, depth):
        found = {metric: tree.path(metric)[:level][-1] for metric in tree.metric_ids}
        parts = set(found.values())
        if sum(tree.is_group(part) for part in parts) > 1 and len(parts) < len(found):
            return found
    return {}


def _merges(metrics: tuple[str, ...], linkage: FloatArray) -> pd.DataFrame:
    """As `results.Clustering.merges`."""
    n_metrics = len(metrics)
    columns: dict[str, object] = {"cluster": np.arange(1, n_metrics)}
    for name, side in (("a", linkage[:, 0]), ("b", linkage[:, 1])):
        joined = side.astype(int).tolist()
        columns[f"metric_{name}"] = [metrics[one] if one < n_metrics else "" for one in joined]
        before = [one - n_metrics + 1 if one >= n_metrics else None for one in joined]
        columns[f"cluster_{name}"] = pd.array(before, dtype="Int64")
    columns["rho"] = 1 - linkage[:, 2]
    columns["n_metrics"] = linkage[:, 3].astype(int)
    return pd.DataFrame(columns)
