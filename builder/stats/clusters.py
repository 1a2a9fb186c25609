"""What a tree of metrics says of their groups: where it is cut, how well it fits, whether groups follow it.

`linkage` has shape (n_metrics - 1, 4), as `dimensions.cluster_order` gives it; labels are one a metric.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster import hierarchy

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def cut_into(linkage: FloatArray, n_clusters: int) -> IntArray:
    """The cluster of each metric where that many are left: numbered from 0 in the order of the metrics.

    The tree is cut after its first merges; of merges at one height the earlier in `linkage` comes first, so
    that there are never more or fewer clusters. Raises ValueError unless n_clusters is between 1 and the
    number of metrics.
    """
    n_metrics = len(linkage) + 1
    if not 1 <= n_clusters <= n_metrics:
        raise ValueError(f"{n_metrics} metrics make 1 to {n_metrics} clusters, not {n_clusters}")
    members = {metric: [metric] for metric in range(n_metrics)}
    for step, (one, other) in enumerate(linkage[: n_metrics - n_clusters, :2].astype(np.int64).tolist()):
        members[n_metrics + step] = members.pop(one) + members.pop(other)
    labels = np.empty(n_metrics, dtype=np.int64)
    for number, cluster in enumerate(sorted(members.values(), key=min)):
        labels[cluster] = number
    return labels


def adjusted_rand(labels: Sequence[object], others: Sequence[object]) -> float:
    """How far two partitions of the same things agree: 1 if they are the same, 0 on average by chance.

    Both have one label a thing. Chance puts the things into clusters of the same sizes at random; below 0 is
    less than that. NaN where chance cannot give anything else: both have a single cluster, or both only
    clusters of one. Raises ValueError if they differ in length.
    Source: Hubert and Arabie, Comparing partitions, Journal of Classification 2 (1985), equation 5.
    """
    _, one = np.unique(np.array(list(labels), dtype=str), return_inverse=True)
    _, other = np.unique(np.array(list(others), dtype=str), return_inverse=True)
    if len(one) != len(other):
        raise ValueError(f"the partitions are of {len(one)} and {len(other)} things, not the same ones")
    table = np.zeros((one.max(initial=0) + 1, other.max(initial=0) + 1))
    np.add.at(table, (one, other), 1)
    together, rows, columns = _pairs(table), _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    expected = rows * columns / max(1.0, _pairs(np.array(float(len(one)))))
    most = (rows + columns) / 2
    return float((together - expected) / (most - expected)) if most > expected else float("nan")


def cophenetic_correlation(linkage: FloatArray, rho: ArrayLike) -> float:
    """Pearson's correlation, over pairs of metrics, of 1 - rho with the height at which the tree joins them.

    `rho` has shape (n_metrics, n_metrics), without NaN. NaN where all pairs have one rho or one height.
    Source: Sokal and Rohlf, The comparison of dendrograms by objective methods, Taxon 11 (1962).
    """
    table = np.asarray(rho, dtype=np.float64)
    given = 1 - table[np.triu_indices(len(table), 1)]
    height = np.asarray(hierarchy.cophenet(linkage), dtype=np.float64)
    if len(given) < 2 or np.ptp(given) == 0 or np.ptp(height) == 0:
        return float("nan")
    return float(np.corrcoef(given, height)[0, 1])


def nearest_in_group(rho: ArrayLike, groups: Sequence[object]) -> tuple[int, float]:
    """How many metrics agree most with one of their own group, and how many would on average by chance.

    `rho` has shape (n_metrics, n_metrics), without NaN off the diagonal, which is not read. Of several that a
    metric agrees most with, all must be of its group. By chance each of the others is as likely.
    Raises ValueError for fewer than two metrics.
    """
    table = np.array(rho, dtype=np.float64)
    if len(table) < 2:
        raise ValueError("a metric alone has none to agree with")
    np.fill_diagonal(table, -np.inf)
    _, number = np.unique(np.array(list(groups), dtype=str), return_inverse=True)
    own = number[:, np.newaxis] == number
    nearest = table == table.max(axis=1, keepdims=True)
    sizes = np.bincount(number)
    by_chance = float((sizes * (sizes - 1)).sum() / (len(table) - 1))
    return int((own | ~nearest).all(axis=1).sum()), by_chance


def _pairs(sizes: FloatArray) -> float:
    """Pairs of things within sets of these sizes."""
    return float((sizes * (sizes - 1)).sum() / 2)
