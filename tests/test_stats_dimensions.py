"""builder.stats.dimensions against scikit-learn, SciPy, whole enumerations and cases worked by hand."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from builder.stats import dimensions
from builder.stats.dimensions import cluster_order, components, parallel_analysis

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def related(n_models: int, n_metrics: int, seed: int = 1) -> FloatArray:
    """Scores with correlations of either sign, each metric in units of its own."""
    generator = np.random.default_rng(seed)
    mixed = generator.normal(size=(n_models, n_metrics)) @ generator.normal(size=(n_metrics, n_metrics))
    return mixed * 10.0 ** generator.integers(-3, 4, n_metrics) + generator.normal(size=n_metrics)


def random_rho(n_metrics: int, seed: int) -> FloatArray:
    half = np.triu(np.random.default_rng(seed).uniform(-1, 1, (n_metrics, n_metrics)), 1)
    return half + half.T + np.eye(n_metrics)


# Components


@pytest.mark.parametrize(("n_models", "n_metrics"), [(40, 6), (5, 9), (7, 7), (30, 1), (2, 3)])
def test_components_equal_scikit_learns(n_models: int, n_metrics: int) -> None:
    scores = related(n_models, n_metrics)
    found = components(scores)
    expected = PCA().fit(StandardScaler().fit_transform(scores))
    k = min(n_models, n_metrics)
    assert found.eigenvalues.shape == found.shares.shape == (k,)
    assert found.loadings.shape == (n_metrics, k)
    np.testing.assert_allclose(found.eigenvalues, expected.singular_values_**2 / n_models, atol=1e-12)
    np.testing.assert_allclose(found.shares, expected.explained_variance_ratio_, atol=1e-12)
    theirs = expected.components_.T * expected.singular_values_ / np.sqrt(n_models)
    theirs *= np.where(theirs.sum(axis=0) < 0, -1, 1)
    np.testing.assert_allclose(found.loadings, theirs, atol=1e-12)


def test_components_of_two_metrics_by_hand() -> None:
    """r = 1/2: eigenvalues 1 + r and 1 - r along (1, 1) and (1, -1), each over the root of 2."""
    found = components([[1, 1], [2, 3], [3, 2]])
    np.testing.assert_allclose(found.eigenvalues, [1.5, 0.5], rtol=1e-12)
    np.testing.assert_allclose(found.shares, [0.75, 0.25], rtol=1e-12)
    np.testing.assert_allclose(found.loadings, [[0.75**0.5, 0.5], [0.75**0.5, -0.5]], rtol=1e-12)


@pytest.mark.parametrize("turned", [1, -1])
def test_loadings_that_cancel_have_a_fixed_sign(turned: int) -> None:
    """r = -1/2: now the first component is (1, -1), whose sum says nothing about its sign."""
    scores = turned * np.array([[1, -1], [2, -3], [3, -2]])
    np.testing.assert_allclose(components(scores).loadings[:, 0], [0.75**0.5, -(0.75**0.5)], rtol=1e-12)


@given(st.integers(2, 30), st.integers(1, 8), st.integers(0, 10_000))
@settings(deadline=None)
def test_loadings_make_up_the_correlation_matrix(n_models: int, n_metrics: int, seed: int) -> None:
    scores = related(n_models, n_metrics, seed)
    found = components(scores)
    rho = np.atleast_2d(np.corrcoef(scores, rowvar=False))
    np.testing.assert_allclose(found.loadings @ found.loadings.T, rho, atol=1e-9)
    assert (found.loadings.sum(axis=0) >= -1e-9).all()
    assert (np.diff(found.eigenvalues) <= 0).all()
    assert found.eigenvalues.sum() == pytest.approx(n_metrics)
    assert found.shares.sum() == pytest.approx(1)


def test_a_loading_is_the_metrics_correlation_with_the_component() -> None:
    scores = related(50, 4)
    found = components(scores)
    standard = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    first = standard @ found.loadings[:, 0]
    for metric in range(4):
        r = stats.pearsonr(standard[:, metric], first).statistic
        assert found.loadings[metric, 0] == pytest.approx(r, abs=1e-12)


def test_a_constant_metric_adds_nothing() -> None:
    scores = related(20, 3)
    # 0.1 has no exact mean in binary: its z must be 0 nevertheless, not rounding over rounding.
    found, without = components(np.insert(scores, 1, 0.1, axis=1)), components(scores)
    np.testing.assert_allclose(found.eigenvalues, [*without.eigenvalues, 0], atol=1e-12)
    np.testing.assert_allclose(found.shares, [*without.shares, 0], atol=1e-12)
    np.testing.assert_allclose(found.loadings[[0, 2, 3], :3], without.loadings, atol=1e-12)
    np.testing.assert_allclose(found.loadings[1], 0, atol=1e-12)


def test_without_any_variance_there_is_no_share() -> None:
    found = components(np.full((4, 2), 0.1))
    np.testing.assert_array_equal(found.eigenvalues, 0)
    np.testing.assert_array_equal(found.loadings, 0)
    assert np.isnan(found.shares).all()


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (np.ones(3), "shape"),
        ([[1.0, 2], [np.nan, 3]], "missing"),
        ([[1.0, 2], [np.inf, 3]], "infinite"),
        ([[1.0, 2]], "two models"),
        (np.ones((5, 0)), "a metric"),
    ],
)
def test_scores_without_components(scores: FloatArray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        components(scores)
    with pytest.raises(ValueError, match=said):
        parallel_analysis(scores, 5, 0)


# Parallel analysis


@pytest.mark.parametrize("n_models", [4, 5])
def test_thresholds_equal_those_of_every_permutation(n_models: int) -> None:
    """Two metrics that rank the models: eigenvalues are 1 + |rho| and 1 - |rho|, over all n! orders."""
    ranks = np.arange(n_models)
    rho = np.abs([stats.spearmanr(ranks, order).statistic for order in permutations(ranks)])
    found = parallel_analysis(np.column_stack([ranks, ranks]), 3000, seed=2)
    np.testing.assert_allclose(found.eigenvalues, [2, 0], atol=1e-12)
    # Of four, 8.3 % of orders have |rho| = 1; of five, 1.7 % have, and 8.3 % at least 0.9.
    first = np.percentile(1 + rho, 95, method="inverted_cdf")
    assert first == pytest.approx({4: 2.0, 5: 1.9}[n_models])
    assert found.threshold[0] == pytest.approx(first, abs=1e-9)
    if n_models == 4:  # 8.3 % have rho = 0; of five, 5 % exactly, which no sample tells
        assert np.percentile(1 - rho, 95, method="inverted_cdf") == pytest.approx(1)
        assert found.threshold[1] == pytest.approx(1, abs=1e-9)


def test_equal_to_the_threshold_is_not_above_it() -> None:
    ranks = np.arange(4.0)
    assert parallel_analysis(np.column_stack([ranks, ranks]), 500, seed=1).n_components == 0
    for seed in range(30):  # a metric by itself has eigenvalue 1 in any order, but for rounding
        assert parallel_analysis(related(30, 1, seed), 1, seed).n_components == 0
    assert parallel_analysis(np.full((6, 3), 0.1), 20, seed=1).n_components == 0


@pytest.mark.parametrize("n_factors", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_planted_factors_are_counted(n_factors: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(150, n_factors))
    scores = np.repeat(factors, 4, axis=1) + 0.6 * generator.normal(size=(150, 4 * n_factors))
    assert parallel_analysis(scores, 100, seed).n_components == n_factors


def test_unrelated_metrics_rarely_have_a_component() -> None:
    """The first eigenvalue is above its 95th percentile in 5 % of tables, 10 of 200 give or take 3."""
    generator = np.random.default_rng(5)
    tables = generator.exponential(size=(200, 15, 5))
    some = sum(parallel_analysis(table, 99, seed).n_components > 0 for seed, table in enumerate(tables))
    assert 2 <= some <= 20


def test_only_leading_components_count() -> None:
    """On six models 1.5 is no large first eigenvalue, but 1.45 is a large second one."""
    generator = np.random.default_rng(3)
    values = np.array([1.5, 1.45, 0.05])
    rho = stats.random_correlation.rvs(values, random_state=generator)
    noise = generator.normal(size=(6, 3))
    basis = np.linalg.qr(noise - noise.mean(axis=0))[0]
    found = parallel_analysis(basis @ np.linalg.cholesky(rho).T, 500, seed=1)
    np.testing.assert_allclose(found.eigenvalues, values, atol=1e-9)
    assert found.eigenvalues[0] < found.threshold[0]
    assert found.eigenvalues[1] > found.threshold[1]
    assert found.n_components == 0


@pytest.mark.parametrize(("n_models", "n_metrics"), [(30, 4), (4, 9)])
def test_parallel_analysis_has_the_components_eigenvalues(n_models: int, n_metrics: int) -> None:
    scores = related(n_models, n_metrics)
    found = parallel_analysis(scores, 30, seed=1)
    np.testing.assert_allclose(found.eigenvalues, components(scores).eigenvalues, atol=1e-10)
    assert found.threshold.shape == found.eigenvalues.shape
    again, other = parallel_analysis(scores, 30, seed=1), parallel_analysis(scores, 30, seed=2)
    np.testing.assert_array_equal(found.threshold, again.threshold)
    assert (found.threshold != other.threshold).any()


def test_analysis_needs_a_draw() -> None:
    with pytest.raises(ValueError, match="one draw"):
        parallel_analysis(related(9, 3), 0, 1)


# Clusters


def members(children: NDArray[np.int64], n_metrics: int) -> list[frozenset[int]]:
    """The metrics of every cluster that is joined, in the order of joining."""
    sets = [frozenset([one]) for one in range(n_metrics)]
    for left, right in children:
        sets.append(sets[left] | sets[right])
    return sets[n_metrics:]


@pytest.mark.parametrize("seed", range(5))
def test_clusters_equal_scikit_learns(seed: int) -> None:
    rho = random_rho(12, seed)
    found = cluster_order(rho)
    expected = AgglomerativeClustering(
        n_clusters=None, distance_threshold=0, metric="precomputed", linkage="average"
    ).fit(1 - rho)
    np.testing.assert_allclose(found.linkage[:, 2], expected.distances_, atol=1e-12)
    assert members(found.linkage[:, :2].astype(np.int64), 12) == members(expected.children_, 12)
    np.testing.assert_array_equal(found.order, hierarchy.leaves_list(found.linkage))


def test_heights_by_hand() -> None:
    """0 joins 2 at 0.1 and 1 joins 3 at 0.2, then both pairs at the mean of four distances, 0.9."""
    rho = np.full((4, 4), 0.1)
    rho[0, 2] = rho[2, 0] = 0.9
    rho[1, 3] = rho[3, 1] = 0.8
    found = cluster_order(rho)
    np.testing.assert_allclose(found.linkage[:, 2], [0.1, 0.2, 0.9], rtol=1e-12)
    np.testing.assert_array_equal(found.linkage[:, 3], [2, 2, 4])
    assert {frozenset(found.order[:2].tolist()), frozenset(found.order[2:].tolist())} == {
        frozenset([0, 2]),
        frozenset([1, 3]),
    }


def allowed_orders(linkage: FloatArray) -> list[list[int]]:
    """Every order of the leaves that turning clusters round gives."""
    n_leaves = len(linkage) + 1
    orders = []
    for turned in product([False, True], repeat=len(linkage)):
        leaves = [[leaf] for leaf in range(n_leaves)]
        for (left, right), turn in zip(linkage[:, :2].astype(int), turned, strict=True):
            leaves.append(leaves[right] + leaves[left] if turn else leaves[left] + leaves[right])
        orders.append(leaves[-1])
    return orders


@given(st.integers(3, 8), st.integers(0, 10_000))
@settings(deadline=None)
def test_no_order_that_the_tree_allows_has_nearer_neighbours(n_metrics: int, seed: int) -> None:
    rho = random_rho(n_metrics, seed)
    found = cluster_order(rho)
    orders = allowed_orders(found.linkage)
    apart = [float((1 - rho[order[:-1], order[1:]]).sum()) for order in orders]
    assert found.order.tolist() in orders
    assert float((1 - rho[found.order[:-1], found.order[1:]]).sum()) == pytest.approx(min(apart), abs=1e-12)
    assert found.order[0] < found.order[-1]


def test_too_many_metrics_stay_as_they_were_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    rho = np.corrcoef(generator.normal(size=(9, 30)))
    optimal = cluster_order(rho)
    monkeypatch.setattr(dimensions, "MOST_ORDERED", 8)
    found = cluster_order(rho)
    assert (optimal.optimal, found.optimal) == (True, False)
    np.testing.assert_array_equal(found.linkage[:, 2:], optimal.linkage[:, 2:])
    plain = hierarchy.linkage(squareform(1 - rho, checks=False), "average")
    np.testing.assert_array_equal(found.order, hierarchy.leaves_list(plain))


def test_metrics_on_a_line_are_put_in_its_order() -> None:
    """A tree of 60 leaves has 2^59 orders; where distance is that along a line, the line is the best."""
    generator = np.random.default_rng(1)
    place = generator.permutation(np.cumsum(generator.uniform(0.001, 0.03, 60)))
    found = cluster_order(1 - np.abs(np.subtract.outer(place, place)))
    line = np.argsort(place)
    np.testing.assert_array_equal(found.order, line if line[0] < line[-1] else line[::-1])


def test_without_a_coefficient_there_is_no_agreement() -> None:
    """1 joins 0 at 0.2; metric 2 is at 1 (unknown) from 0 and 0.5 from 1, so it joins at 0.75, beside 1."""
    rho = np.array([[1, 0.8, np.nan], [0.8, 1, 0.5], [np.nan, 0.5, np.nan]])
    found = cluster_order(rho)
    np.testing.assert_allclose(found.linkage[:, 2], [0.2, 0.75], rtol=1e-12)
    assert found.order.tolist() == [0, 1, 2]
    assert np.isnan(rho[0, 2])  # the caller's matrix is as it was
    assert rho[0, 0] == 1


@pytest.mark.parametrize("rho", [np.ones((0, 0)), [[np.nan]], [[1, 0.3], [0.3, 1]], [[1, -1], [-1, 1]]])
def test_fewer_than_three_metrics_stay_in_order(rho: FloatArray) -> None:
    found = cluster_order(rho)
    assert found.order.tolist() == list(range(len(rho)))
    assert found.linkage.shape == (max(len(rho) - 1, 0), 4)
    if len(rho) == 2:
        np.testing.assert_allclose(found.linkage, [[0, 1, 1 - rho[0][1], 2]])


@pytest.mark.parametrize(
    ("rho", "said"),
    [
        (np.ones((2, 3)), "shape"),
        (np.ones(4), "shape"),
        ([[1, 0.5], [0.4, 1]], "either way round"),
        ([[1, np.nan], [0.4, 1]], "either way round"),
        ([[1, np.inf], [np.inf, 1]], "infinite"),
        ([[1, -1.1], [-1.1, 1]], "between -1 and 1"),
    ],
)
def test_matrices_that_are_no_agreement(rho: FloatArray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        cluster_order(rho)
