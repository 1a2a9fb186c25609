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
from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from builder.stats.dimensions import cluster_order, components, pair_regression, parallel_analysis

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


def together(groups: list[str]) -> BoolArray:
    return np.array([[a == b for b in groups] for a in groups])


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


# Pairs


def test_regression_equals_least_squares() -> None:
    rho = random_rho(9, seed=1)
    same = {"area": together(list("aaabbbccc")), "lab": together(list("xyxyxyxyx"))}
    found = pair_regression(rho, same, 20, seed=1)
    upper = [(i, j) for i in range(9) for j in range(i + 1, 9)]
    design = np.array([[1.0, same["area"][i, j], same["lab"][i, j]] for i, j in upper])
    values = np.array([rho[i, j] for i, j in upper])
    expected = np.linalg.lstsq(design, values, rcond=None)[0]
    got = [found.intercept, found.coefficients["area"], found.coefficients["lab"]]
    np.testing.assert_allclose(got, expected, atol=1e-12)
    fitted = LinearRegression().fit(design[:, 1:], values)
    assert found.r_squared == pytest.approx(fitted.score(design[:, 1:], values), abs=1e-12)
    assert found.n_pairs == 36
    assert list(found.coefficients) == list(found.p_values) == ["area", "lab"]


def test_regression_by_hand() -> None:
    """Within groups 0.8 and 0.6, between 0.1, 0.2, 0.3, 0.4: means 0.7 and 0.25, squares left 0.02 + 0.05."""
    rho = np.array([[1, 0.8, 0.1, 0.2], [0.8, 1, 0.3, 0.4], [0.1, 0.3, 1, 0.6], [0.2, 0.4, 0.6, 1]])
    found = pair_regression(rho, {"group": together(list("aabb"))}, 6000, seed=1)
    assert found.intercept == pytest.approx(0.25, abs=1e-12)
    assert found.coefficients["group"] == pytest.approx(0.45, abs=1e-12)
    around = sum((value - 0.4) ** 2 for value in (0.8, 0.6, 0.1, 0.2, 0.3, 0.4))
    assert found.r_squared == pytest.approx(1 - 0.07 / around, abs=1e-12)
    # Four metrics make three pairs of pairs, equally likely, and 0.8 + 0.6 is the furthest from the mean.
    assert found.p_values["group"] == pytest.approx(1 / 3, abs=0.025)


@pytest.mark.parametrize("seed", range(4))
def test_p_values_equal_those_of_every_relabelling(seed: int) -> None:
    rho = random_rho(5, seed)
    same = {"area": together(list("aabbb")), "lab": together(list("xyxyy"))}
    upper = np.triu_indices(5, 1)
    design = np.column_stack([np.ones(10), same["area"][upper], same["lab"][upper]]).astype(float)
    expected = np.linalg.lstsq(design, rho[upper], rcond=None)[0]
    hits = np.zeros(3)
    for label in permutations(range(5)):
        by_chance = np.linalg.lstsq(design, rho[np.ix_(label, label)][upper], rcond=None)[0]
        hits += np.abs(by_chance) >= np.abs(expected) - 1e-9
    found = pair_regression(rho, same, 4000, seed=seed)
    for name, exact in zip(same, hits[1:] / 120, strict=True):
        assert 0 < exact <= 1
        assert found.p_values[name] == pytest.approx(exact, abs=0.035)  # over four standard errors


def test_smallest_p_value_is_one_over_all_draws() -> None:
    groups = together(list("aaaaaaabbbbbbb"))
    for rho in (groups * 0.9, 1 - groups * 0.9):  # two-sided: less agreement within groups counts as well
        found = pair_regression(rho, {"group": groups}, 99, seed=1)
        assert found.p_values["group"] == 1 / 100
        assert found.r_squared == pytest.approx(1)
    assert found.coefficients["group"] == pytest.approx(-0.9)


def test_p_values_are_even_when_pairs_depend_on_their_metrics() -> None:
    """Agreement that comes from each metric's own reliability, not from groups: 5 % reach p = 0.05."""
    generator = np.random.default_rng(4)
    groups = together(list("aaabbbbb"))
    p = []
    for seed in range(300):
        reliability = generator.normal(size=8)
        rho = np.add.outer(reliability, reliability)
        p.append(pair_regression(rho, {"group": groups}, 99, seed).p_values["group"])
    assert 5 <= sum(one <= 0.05 for one in p) <= 27  # 15 give or take 4
    assert 120 <= sum(one <= 0.5 for one in p) <= 180  # 150 give or take 9


@given(st.permutations(range(7)), st.integers(0, 1000))
@settings(deadline=None)
def test_the_order_of_the_metrics_does_not_matter(label: list[int], seed: int) -> None:
    rho, group = random_rho(7, seed), together(list("aabbbcc"))
    turn = np.ix_(label, label)
    found = pair_regression(rho, {"group": group}, 1, seed)
    turned = pair_regression(rho[turn], {"group": group[turn]}, 1, seed)
    assert turned.intercept == pytest.approx(found.intercept, abs=1e-9)
    assert turned.coefficients["group"] == pytest.approx(found.coefficients["group"], abs=1e-9)
    assert turned.r_squared == pytest.approx(found.r_squared, abs=1e-9)


def test_diagonals_are_not_read() -> None:
    rho, group = random_rho(6, 1), together(list("aabbcc"))
    found = pair_regression(rho, {"group": group}, 50, seed=3)
    np.fill_diagonal(rho, np.nan)
    assert pair_regression(rho, {"group": group & ~np.eye(6, dtype=bool)}, 50, seed=3) == found
    assert pair_regression(rho, {"group": group}, 50, seed=4) != found


def test_equal_agreement_explains_nothing() -> None:
    found = pair_regression(np.full((5, 5), 0.1), {"group": together(list("aabbb"))}, 30, seed=1)
    assert found.intercept == pytest.approx(0.1)
    assert found.coefficients["group"] == pytest.approx(0, abs=1e-12)
    assert found.p_values["group"] == 1
    assert np.isnan(found.r_squared)


def test_without_indicators_there_is_the_mean() -> None:
    rho = random_rho(5, 2)
    found = pair_regression(rho, {}, 5, seed=1)
    assert found.intercept == pytest.approx(rho[np.triu_indices(5, 1)].mean())
    assert found.r_squared == pytest.approx(0, abs=1e-12)
    assert found.coefficients == found.p_values == {}


PAIRS = random_rho(4, 1)
GROUP = together(list("aabb"))


@pytest.mark.parametrize(
    ("rho", "same", "said"),
    [
        (PAIRS[:3], {"g": GROUP}, "shape"),
        (np.triu(PAIRS), {"g": GROUP}, "either way round"),
        (np.where(np.eye(4)[::-1] == 1, np.nan, PAIRS), {"g": GROUP}, "missing"),
        (np.where(np.eye(4)[::-1] == 1, np.inf, PAIRS), {"g": GROUP}, "infinite"),
        (PAIRS, {"g": GROUP.astype(int)}, "boolean"),
        (PAIRS, {"g": GROUP[:3, :3]}, "shape"),
        (PAIRS, {"g": np.triu(GROUP)}, "either way round"),
        (PAIRS, {"g": np.ones((4, 4), dtype=bool)}, "apart"),
        (PAIRS, {"g": np.eye(4, dtype=bool)}, "apart"),
        (PAIRS, {"g": GROUP, "not": ~GROUP}, "apart"),
        (np.ones((2, 2)), {"g": together(list("aa"))}, "apart"),
        (np.ones((1, 1)), {}, "apart"),
    ],
)
def test_pairs_without_a_regression(rho: FloatArray, same: dict[str, BoolArray], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pair_regression(rho, same, 5, 1)


def test_regression_needs_a_draw() -> None:
    with pytest.raises(ValueError, match="one draw"):
        pair_regression(PAIRS, {"g": GROUP}, 0, 1)
