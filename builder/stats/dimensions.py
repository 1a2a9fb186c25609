"""How many things the metrics measure: components, clusters, and what makes two metrics agree.

Pure functions on arrays. `scores` has shape (n_models, n_metrics), `rho` holds the agreement of every pair of
metrics, shape (n_metrics, n_metrics). What is drawn at random comes from PCG64 with the caller's seed, so
that it is the same on every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from builder.stats.schemes.means import z_transform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

PERCENTILE = 95.0
"""A component counts if its eigenvalue is above this percentile of those of permuted scores."""
MOST_ORDERED = 500
"""Metrics up to which the leaves of a tree are put in the optimal order, within a second."""
ROUNDING = 1e-9
"""Differences below this, relative to the largest value that could be, are those of rounding."""


@dataclass(frozen=True)
class Components:
    """Principal components of z-transformed scores, those with most variance first.

    k is the smaller of n_models and n_metrics; there are no more components that could have any variance.

    eigenvalues  shape (k,), of the metrics' correlation matrix, in metrics' worth of variance (each metric
                 that is not constant has variance 1); at least 0
    shares       shape (k,), share of all variance, 0 to 1, summing to 1; NaN if every metric is constant
    loadings     shape (n_metrics, k), correlation of each metric with each component, in [-1, 1]: the unit
                 direction times the root of the eigenvalue, so that loadings @ loadings.T is the correlation
                 matrix; the sum of each column is at least 0 (to rounding)
    """

    eigenvalues: FloatArray
    shares: FloatArray
    loadings: FloatArray


@dataclass(frozen=True)
class ParallelAnalysis:
    """How many components have more variance than those of unrelated metrics.

    eigenvalues   shape (k,), of the scores' own correlation matrix, as in `Components`
    threshold     shape (k,), 95th percentile of each eigenvalue over the permuted scores
    n_components  leading components whose eigenvalue is above its threshold: those before the first that
                  is not
    """

    eigenvalues: FloatArray
    threshold: FloatArray
    n_components: int


@dataclass(frozen=True)
class Clusters:
    """Metrics put next to those that they agree with.

    order    shape (n_metrics,), positions of the metrics as the leaves stand from first to last
    linkage  shape (n_metrics - 1, 4), as `scipy.cluster.hierarchy.linkage` gives it: the two clusters joined,
             their distance (1 - rho, 0 to 2) and the number of metrics; without rows for fewer than two
    optimal  whether the leaves stand in the optimal order, or as the clusters were joined
    """

    order: IntArray
    linkage: FloatArray
    optimal: bool


@dataclass(frozen=True)
class PairRegression:
    """Agreement of pairs of metrics by what the pairs have in common.

    intercept     expected agreement of pairs that have nothing in common, in units of rho
    coefficients  name -> what having this in common adds to the agreement, in units of rho, other things
                  being equal
    p_values      name -> two-sided p-value of the coefficient, in (0, 1]
    r_squared     share of the pairs' variance that the indicators explain, 0 to 1; NaN if all pairs agree
                  equally
    n_pairs       pairs of metrics
    """

    intercept: float
    coefficients: dict[str, float]
    p_values: dict[str, float]
    r_squared: float
    n_pairs: int


def components(scores: ArrayLike) -> Components:
    """Principal components of the z-transformed scores (standard deviations divide by n).

    `scores` has shape (n_models, n_metrics), in any units. A constant metric has z = 0, so that it adds
    nothing to any component. Components with equal eigenvalues have no direction of their own, only the space
    that they span together. Where a component's loadings sum to 0 but for rounding, the first of its largest
    loadings is positive.
    Raises ValueError if `scores` is not two-dimensional, holds NaN or infinity, or has fewer than two models
    or no metric.
    Source: Hotelling (1933), "Analysis of a complex of statistical variables into principal components".
    """
    z = _z_scores(scores)
    _, roots, directions = np.linalg.svd(z / np.sqrt(len(z)), full_matrices=False)
    eigenvalues = np.asarray(roots**2, dtype=np.float64)
    total = float(eigenvalues.sum())
    shares = eigenvalues / total if total > 0 else np.full_like(eigenvalues, np.nan)
    return Components(eigenvalues, shares, (directions * _signs(directions)[:, np.newaxis]).T * roots)


def parallel_analysis(scores: ArrayLike, draws: int, seed: int) -> ParallelAnalysis:
    """Number of components above chance: eigenvalues against those of scores permuted metric by metric.

    `scores` has shape (n_models, n_metrics), in any units. In each of `draws` every metric's scores are
    given to the models in a random order of its own, which leaves each metric's distribution as it is and
    relates none to another. An eigenvalue that equals its threshold, to rounding, is not above it.
    Raises ValueError as `components`, and for fewer than one draw.
    Sources: Horn (1965), "A rationale and test for the number of factors in factor analysis", who compared
    with the mean eigenvalue of normal noise; permuted scores are of Buja and Eyuboglu (1992), "Remarks on
    parallel analysis", the 95th percentile of Glorfeld (1995), "An improvement on Horn's parallel analysis
    methodology for selecting the correct number of factors to retain".
    """
    _check_draws(draws)
    z = _z_scores(scores)
    generator = np.random.Generator(np.random.PCG64(seed))
    # z-scores keep mean and spread under permutation, so that they need to be taken only once.
    by_chance = np.stack([_eigenvalues(generator.permuted(z, axis=0)) for _ in range(draws)])
    threshold = np.asarray(np.percentile(by_chance, PERCENTILE, axis=0), dtype=np.float64)
    eigenvalues = _eigenvalues(z)
    above = eigenvalues > threshold + ROUNDING * z.shape[1]
    return ParallelAnalysis(eigenvalues, threshold, int(np.logical_and.accumulate(above).sum()))


def cluster_order(rho: ArrayLike) -> Clusters:
    """Average-linkage hierarchical clustering of metrics by 1 - rho, leaves in the optimal order.

    `rho` has shape (n_metrics, n_metrics), symmetric, in [-1, 1]; a pair with NaN counts as one without
    agreement (rho = 0), and the diagonal is not read. Of the orders that the tree allows, the leaves have one
    with the least sum of distances between neighbours, in the direction that begins with the earlier metric;
    fewer than three metrics thus stay in the order given. Time grows with the third power of n_metrics, so
    that more than 500 are left as they were joined.
    Raises ValueError if `rho` is not square, not symmetric, or has a value outside [-1, 1].
    Sources: Sokal and Michener (1958), "A statistical method for evaluating systematic relationships"
    (average linkage); Bar-Joseph, Gifford and Jaakkola (2001), "Fast optimal leaf ordering for hierarchical
    clustering".
    """
    table = _agreement(rho)
    if np.abs(table[~np.isnan(table)]).max(initial=0.0) > 1 + ROUNDING:
        raise ValueError("agreement to cluster needs to be between -1 and 1")
    n_metrics = len(table)
    if n_metrics < 2:
        return Clusters(np.arange(n_metrics, dtype=np.int64), np.empty((0, 4)), optimal=True)
    distance = 1 - np.clip(np.nan_to_num(table, nan=0.0), -1.0, 1.0)
    np.fill_diagonal(distance, 0.0)
    # SciPy's own `optimal_ordering` often misses the optimum (github.com/scipy/scipy/issues/11227).
    linkage = np.asarray(hierarchy.linkage(squareform(distance, checks=False), "average"), dtype=np.float64)
    optimal = n_metrics <= MOST_ORDERED
    if optimal:
        linkage[:, :2] = _turned(linkage[:, :2].astype(np.int64), distance)
    return Clusters(np.asarray(hierarchy.leaves_list(linkage), dtype=np.int64), linkage, optimal)


def pair_regression(rho: ArrayLike, same: Mapping[str, ArrayLike], draws: int, seed: int) -> PairRegression:
    """Ordinary least squares of the agreement of pairs of metrics on what the pairs have in common.

    `rho` has shape (n_metrics, n_metrics), symmetric, in any units; `same` maps a name to a symmetric boolean
    matrix of that shape, true where the two metrics have it in common. Every pair above the diagonal counts
    once; diagonals are not read. Pairs that share a metric depend on one another, so p-values come from
    giving the metrics' labels out anew, rows and columns of `rho` together, `draws` times:
    p = (1 + hits) / (1 + draws), where a hit is a coefficient at least as far from 0 as the one found. All of
    `rho` is permuted, so a p-value is about no indicator having to do with it. That chance has nothing to say
    about the intercept, which has no p-value.
    Raises ValueError for fewer than one draw; if `rho` is not square and symmetric or a pair is NaN or
    infinite; if an indicator is not boolean, has another shape or is not symmetric; and if the coefficients
    are not determined (an indicator is the same for all pairs or follows from others, or there are too few
    pairs).
    Sources: Krackhardt (1988), "Predicting with networks: nonparametric multiple regression analysis of
    dyadic data" (quadratic assignment procedure); Phipson and Smyth (2010), "Permutation p-values should
    never be zero".
    """
    _check_draws(draws)
    table = _agreement(rho)
    n_metrics = len(table)
    rows, columns = np.triu_indices(n_metrics, 1)
    pairs = table[rows, columns]
    if np.isnan(pairs).any():
        raise ValueError("agreement of a pair is missing; leave metrics out until every pair has one")
    indicators = [_indicator(name, matrix, n_metrics)[rows, columns] for name, matrix in same.items()]
    design = np.column_stack([np.ones(len(pairs)), *indicators])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(
            f"{len(pairs)} pairs do not tell the intercept and {', '.join(same) or 'no indicator'} apart"
        )
    solve = np.linalg.pinv(design)
    found = solve @ pairs
    generator = np.random.Generator(np.random.PCG64(seed))
    at_least = np.abs(found) - ROUNDING * np.abs(pairs).max(initial=0.0)
    hits = np.zeros(len(found), dtype=np.int64)
    for _ in range(draws):
        label = generator.permutation(n_metrics)
        hits += np.abs(solve @ table[label[rows], label[columns]]) >= at_least
    p = (1 + hits) / (1 + draws)
    return PairRegression(
        intercept=float(found[0]),
        coefficients=dict(zip(same, found[1:].tolist(), strict=True)),
        p_values=dict(zip(same, p[1:].tolist(), strict=True)),
        r_squared=_r_squared(pairs, design @ found),
        n_pairs=len(pairs),
    )


def _z_scores(scores: ArrayLike) -> FloatArray:
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"scores need shape (n_models, n_metrics), not {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("components need every score: none may be missing or infinite")
    if table.shape[0] < 2 or table.shape[1] < 1:
        raise ValueError(f"components need two models and a metric at least, not {table.shape}")
    return z_transform(table)


def _signs(directions: FloatArray) -> FloatArray:
    """+1 or -1 for each row of unit directions, which times that has a sum of at least 0."""
    total = directions.sum(axis=1)
    size = np.abs(directions)
    # Rounding must decide neither whether a sum is 0 nor which of two equal loadings is the larger.
    largest = np.argmax(size >= size.max(axis=1, keepdims=True) * (1 - ROUNDING), axis=1)
    by_largest = directions[np.arange(len(directions)), largest]
    decides = np.where(np.abs(total) > ROUNDING * size.sum(axis=1), total, by_largest)
    return np.where(decides >= 0, 1.0, -1.0)


def _eigenvalues(z: FloatArray) -> FloatArray:
    """Largest eigenvalues of the correlation matrix, as many as could be above 0, in falling order."""
    n_models, n_metrics = z.shape
    smaller = z.T @ z if n_metrics <= n_models else z @ z.T
    return np.asarray(np.maximum(np.linalg.eigvalsh(smaller / n_models)[::-1], 0.0), dtype=np.float64)


def _agreement(rho: ArrayLike) -> FloatArray:
    """`rho` as a square matrix that is symmetric, without its diagonal, which is NaN."""
    table = np.array(rho, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise ValueError(f"agreement needs shape (n_metrics, n_metrics), not {table.shape}")
    np.fill_diagonal(table, np.nan)
    if np.isinf(table).any():
        raise ValueError("agreement of a pair is infinite")
    if not np.allclose(table, table.T, rtol=ROUNDING, atol=ROUNDING, equal_nan=True):
        raise ValueError("agreement of two metrics needs to be the same either way round")
    return table


def _turned(joined: IntArray, distance: FloatArray) -> IntArray:
    """The two clusters of each row in the order that puts the nearest leaves side by side.

    `joined` has shape (n_leaves - 1, 2), two columns of a linkage matrix; so has the result.
    """
    n_leaves = len(distance)
    leaves = [np.array([leaf]) for leaf in range(n_leaves)]
    # Least sum over neighbours of the smallest cluster with both leaves, when it begins and ends with them.
    least = np.zeros_like(distance)

    def between_ends(cluster: int) -> FloatArray:
        """`least` of this cluster's leaves; infinite where both are of one part and cannot be the ends."""
        ends: FloatArray = least[np.ix_(leaves[cluster], leaves[cluster])]
        if cluster >= n_leaves:
            first = len(leaves[joined[cluster - n_leaves, 0]])
            ends[:first, :first] = ends[first:, first:] = np.inf
        return ends

    for left, right in joined:
        across = np.ix_(leaves[left], leaves[right])
        sums = _least_sums(_least_sums(between_ends(left), distance[across]), between_ends(right))
        least[across] = sums
        least.T[across] = sums
        leaves.append(np.concatenate([leaves[left], leaves[right]]))

    # From the top down, each cluster's ends decide which leaves of its two parts meet.
    best = np.unravel_index(np.argmin(between_ends(len(leaves) - 1)), distance.shape)
    start, end = sorted(int(leaves[-1][place]) for place in best)
    turned = joined.copy()
    pending = [(len(leaves) - 1, start, end)]
    while pending:
        cluster, start, end = pending.pop()
        if cluster < n_leaves:
            continue
        left, right = joined[cluster - n_leaves].tolist()
        if start not in leaves[left]:
            left, right = right, left
        turned[cluster - n_leaves] = left, right
        from_start = between_ends(left)[leaves[left] == start][0]
        to_end = between_ends(right)[leaves[right] == end][0]
        sums = from_start[:, np.newaxis] + distance[np.ix_(leaves[left], leaves[right])] + to_end
        last, first = np.unravel_index(np.argmin(sums), sums.shape)
        pending.append((left, start, int(leaves[left][last])))
        pending.append((right, int(leaves[right][first]), end))
    return turned


def _least_sums(a: FloatArray, b: FloatArray) -> FloatArray:
    """Least a[i, j] + b[j, k] over j: shapes (n, m) and (m, k) -> (n, k)."""
    least = np.full((a.shape[0], b.shape[1]), np.inf)
    for j in range(a.shape[1]):
        np.minimum(least, a[:, j, np.newaxis] + b[j], out=least)
    return least


def _indicator(name: str, matrix: ArrayLike, n_metrics: int) -> BoolArray:
    table = np.asarray(matrix)
    if table.dtype != np.bool_ or table.shape != (n_metrics, n_metrics):
        raise ValueError(
            f"{name} needs to be boolean with shape {(n_metrics, n_metrics)}, not {table.dtype} {table.shape}"
        )
    if not np.array_equal(table, table.T):
        raise ValueError(f"{name} needs to be the same for two metrics either way round")
    return table


def _r_squared(values: FloatArray, fitted: FloatArray) -> float:
    if np.ptp(values) <= ROUNDING * np.abs(values).max():
        return float("nan")
    return float(1 - ((values - fitted) ** 2).sum() / ((values - values.mean()) ** 2).sum())


def _check_draws(draws: int) -> None:
    if draws < 1:
        raise ValueError(f"at least one draw is needed, not {draws}")
