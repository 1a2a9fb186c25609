"""builder.stats.correlation against SciPy and pandas, and the properties that each coefficient has."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import permutations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats

from builder.stats import correlation
from builder.stats.correlation import (
    PairwiseCorrelation,
    kendall,
    p_kendall,
    p_pearson,
    p_spearman,
    pearson,
    spearman,
)

FloatArray = NDArray[np.float64]
EXPORT = (
    "raw.githubusercontent.com/brain-score/brain-score.web/19103cffc2971cab80e1c5ffeab44368d5866d73"
    "/benchmarks/tests/new_leaderboard.csv"
)
ALL = [spearman, kendall, pearson]
SCIPY: dict[str, Callable[[FloatArray, FloatArray], tuple[float, float]]] = {
    "spearman": lambda x, y: tuple(stats.spearmanr(x, y)),
    "kendall": lambda x, y: tuple(stats.kendalltau(x, y, method="asymptotic")),
    "pearson": lambda x, y: tuple(stats.pearsonr(x, y)),
}


def not_below_least(name: str, p: float, n: int) -> float:
    """SciPy's p of ranks may be less than any order of n models gives; that of Pearson is not of orders."""
    return p if name == "pearson" else max(p, 2 / factorial(n))


def p_values(name: str, scores: FloatArray) -> FloatArray:
    if name == "kendall":
        result = kendall(scores)
        return p_kendall(result.value, result.n, result.ties)
    function, p = {"spearman": (spearman, p_spearman), "pearson": (pearson, p_pearson)}[name]
    found = function(scores)
    return p(found.value, found.n)


def by_scipy(name: str, scores: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Coefficient, p-value and n of every pair above the diagonal, one SciPy call each."""
    value, p, n = [], [], []
    for x, y in zip(*np.triu_indices(scores.shape[1], 1), strict=True):
        shared = ~np.isnan(scores[:, x] + scores[:, y])
        n.append(int(shared.sum()))
        if n[-1] < 3:
            value.append(np.nan)
            p.append(np.nan)
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.ConstantInputWarning)
            both = SCIPY[name](scores[shared, x], scores[shared, y])
        value.append(both[0])
        p.append(not_below_least(name, both[1], n[-1]))
    return np.array(value), np.array(p), np.array(n)


def random_scores(seed: int, n_models: int, n_metrics: int, decimals: int, holes: float) -> FloatArray:
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n_models, 1))
    loading = np.linspace(-1, 1, n_metrics)  # negative correlations as well as positive ones
    scores = np.round(loading * common + generator.normal(size=(n_models, n_metrics)), decimals)
    scores[generator.random(scores.shape) < holes] = np.nan
    return scores


def table_with_trouble() -> FloatArray:
    """Plain, its negative, constant, two scores, none, two that share a constant part, signed zeros."""
    scores = random_scores(3, 12, 8, 1, 0.0)
    scores[:, 1] = -scores[:, 0]
    scores[:, 2] = 0.1
    scores[2:, 3] = np.nan
    scores[:, 4] = np.nan
    scores[:6, 5], scores[6:, 6] = 7.0, np.nan
    scores[:, 7] = np.where(np.arange(12) % 2, 0.0, -0.0)
    scores[0, 7] = 1.0
    return scores


CASES = {
    "complete, no ties": random_scores(0, 40, 6, 12, 0.0),
    "complete, ties": random_scores(1, 40, 6, 0, 0.0),
    "holes, no ties": random_scores(2, 60, 7, 12, 0.4),
    "holes, ties": random_scores(4, 60, 7, 0, 0.4),
    "many holes": random_scores(5, 20, 8, 1, 0.75),
    "three models": random_scores(6, 3, 4, 12, 0.0),
    "constants and gaps": table_with_trouble(),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", SCIPY)
def test_every_pair_equals_scipy(name: str, case: str) -> None:
    scores = CASES[case]
    found = getattr(correlation, name)(scores)
    value, p, n = by_scipy(name, scores)
    above = np.triu_indices(scores.shape[1], 1)
    np.testing.assert_array_equal(found.n[above], n)
    np.testing.assert_allclose(found.value[above], value, rtol=0, atol=1e-13, equal_nan=True)
    np.testing.assert_allclose(p_values(name, scores)[above], p, rtol=1e-9, atol=1e-15, equal_nan=True)


@pytest.mark.parametrize("function", ALL)
def test_the_case_with_trouble_has_what_it_is_for(
    function: Callable[[FloatArray], PairwiseCorrelation],
) -> None:
    found = function(table_with_trouble())
    assert found.value[0, 1] == -1.0
    assert np.isnan(found.value[0, 2])  # constant
    assert np.isnan(found.value[2, 2])  # its diagonal too
    assert found.n[0, 3] == 2  # too few
    assert np.isnan(found.value[0, 3])
    assert found.n[0, 4] == 0
    assert found.n[4, 4] == 0
    assert np.isnan(found.value[5, 6])  # constant on the shared models only
    assert not np.isnan(found.value[0, 5])
    assert found.value[0, 0] == 1.0
    assert found.value.dtype == np.float64
    assert found.n.dtype == np.int64


@pytest.mark.parametrize("name", ["spearman", "kendall", "pearson"])
def test_p_values_equal_scipys_from_the_same_coefficient(name: str) -> None:
    """The formula alone, relative to 1e-12: SciPy's own coefficients go in, so no rounding of ours does."""
    checked = 0
    for seed, n in enumerate((3, 4, 10, 80, 455)):
        # Nearer to 1, a coefficient's last bit decides more than 1e-12 of its p-value.
        for strength in (0.0, 0.3, -0.8):
            generator = np.random.default_rng(seed)
            x = generator.normal(size=n)
            y = np.round(strength * x + generator.normal(size=n), 1)
            value, p = SCIPY[name](x, y)
            if name == "kendall":
                ties = kendall(np.column_stack([x, y])).ties
                ours = p_kendall(np.array([[1.0, value], [value, 1.0]]), np.full((2, 2), n), ties)[0, 1]
            else:
                ours = {"spearman": p_spearman, "pearson": p_pearson}[name](value, n)
            np.testing.assert_allclose(ours, not_below_least(name, p, n), rtol=1e-12)
            checked += 1
    assert checked == 15


@pytest.mark.parametrize(("p", "least"), [(p_spearman, 2 / factorial(9)), (p_pearson, 0)])
def test_p_values_at_the_ends(p: Callable[..., FloatArray], least: float) -> None:
    rho = np.array([1.0, -1.0, 0.0, 0.5, np.nan, 0.5, 1.0, 0.5])
    n = np.array([9, 9, 9, 2, 9, 0, 2, 1])
    expected = [least, least, 1, np.nan, np.nan, np.nan, np.nan, np.nan]
    np.testing.assert_allclose(p(rho, n), expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("n", [3, 4, 5, 6])
@pytest.mark.parametrize("name", ["spearman", "kendall"])
def test_no_p_is_less_than_all_orders_give(name: str, n: int) -> None:
    """All n! orders beside the first one: a perfect one and its reverse have the share of the two."""
    every = np.array(list(permutations(range(n))), dtype=np.float64).T
    value, p = getattr(correlation, name)(every).value[0], p_values(name, every)[0]
    exact = (np.abs(value) >= 1 - 1e-12).mean()
    assert exact == 2 / factorial(n)
    assert (p >= exact * (1 - 1e-14)).all()
    if name == "spearman" or n <= 5:  # on six models Kendall's approximation is above it by itself
        np.testing.assert_allclose(p[np.abs(value) == 1], exact, rtol=1e-14)


@pytest.mark.parametrize("name", ["spearman", "kendall"])
def test_four_models_in_one_order_are_not_significant(name: str) -> None:
    """Pair by pair as on complete scores; of five models the least p is 2 / 120."""
    scores = np.full((6, 3), np.nan)
    scores[:4, 0], scores[:5, 1], scores[:, 2] = np.arange(4), np.arange(5), [0, 1, 2, 3, 4, -1]
    p = p_values(name, scores)
    np.testing.assert_allclose([p[0, 1], p[0, 2], p[1, 2]], [1 / 12, 1 / 12, 1 / 60], rtol=1e-14)
    assert p_values(name, scores[:4])[0, 1] == p[0, 1]


@pytest.mark.parametrize("name", ["spearman", "kendall"])
def test_thirty_models_keep_scipys_p(name: str) -> None:
    scores = random_scores(14, 30, 6, 2, 0.0)
    scores[:, 5] = scores[:, 0] + 0.1 * scores[:, 5]
    expected = [
        SCIPY[name](scores[:, x], scores[:, y])[1] for x, y in zip(*np.triu_indices(6, 1), strict=True)
    ]
    assert min(expected) < 1e-10
    np.testing.assert_allclose(p_values(name, scores)[np.triu_indices(6, 1)], expected, rtol=1e-9)


def test_any_number_of_models_has_a_p_without_a_warning() -> None:
    """Beyond 170 models n! is more than a floating-point number holds."""
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        p = p_spearman(1.0, np.array([4, 170, 171, 5000]))
    np.testing.assert_allclose(p, [1 / 12, 2 / factorial(170), 0, 0], rtol=1e-12)


def test_p_kendall_of_perfect_order_is_as_scipy_has_it() -> None:
    x = np.arange(10.0)
    result = kendall(np.column_stack([x, x**3]))
    expected = stats.kendalltau(x, x**3, method="asymptotic").pvalue
    np.testing.assert_allclose(p_kendall(result.value, result.n, result.ties)[0, 1], expected, rtol=1e-12)


def test_kendall_by_hand() -> None:
    """x = 1 2 2 3, y = 1 3 2 3: 4 concordant, 0 discordant, one tie each: 4 / sqrt(5 * 5)."""
    result = kendall(np.array([[1, 1], [2, 3], [2, 2], [3, 3]], dtype=float))
    assert result.value[0, 1] == pytest.approx(0.8, abs=1e-15)
    np.testing.assert_array_equal(result.ties.pairs, [[2, 2], [2, 2]])
    np.testing.assert_array_equal(result.ties.triples, 0)


def test_pearson_keeps_its_digits_far_from_zero() -> None:
    """A shared part far from the metric's own mean, and one whose scores differ in the tenth digit."""
    generator = np.random.default_rng(8)
    x, y = generator.normal(size=(2, 30))
    scores = np.column_stack([x + 1e9, y])
    outlying = np.vstack([np.column_stack([x, y]), [[1e9, np.nan], [-3e8, np.nan]]])
    for table in (scores, outlying):
        expected = stats.pearsonr(table[:30, 0], table[:30, 1]).statistic
        np.testing.assert_allclose(pearson(table).value[0, 1], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("exponent", [-200, 200])
def test_pearson_bears_scores_of_any_size(exponent: int) -> None:
    x, y = np.random.default_rng(9).normal(size=(2, 30))
    found = pearson(np.column_stack([x * 10.0**exponent, y]))
    np.testing.assert_allclose(found.value[0, 1], stats.pearsonr(x, y).statistic, rtol=0, atol=1e-13)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinity_is_refused(function: Callable[[FloatArray], PairwiseCorrelation], infinity: float) -> None:
    with pytest.raises(ValueError, match="infinity"):
        function(np.array([[1.0, 2.0], [infinity, 1.0], [3.0, np.nan]]))


@pytest.mark.parametrize("function", ALL)
def test_a_list_of_scores_is_refused(function: Callable[[FloatArray], PairwiseCorrelation]) -> None:
    with pytest.raises(ValueError, match="shape"):
        function(np.arange(4.0))


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (1, 3), (2, 3), (5, 0), (5, 1)])
@pytest.mark.parametrize("hole", [False, True])
def test_too_little_gives_nan_and_no_warning(
    function: Callable[[FloatArray], PairwiseCorrelation], shape: tuple[int, int], hole: bool
) -> None:
    scores = np.random.default_rng(0).normal(size=shape)
    if hole and scores.size:
        scores[0, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = function(scores)
    assert found.value.shape == found.n.shape == (shape[1], shape[1])
    assert np.isnan(found.value).all() == (shape != (5, 1))


def test_tiles_and_wide_integers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """More models than a 16-bit quadruple rank can count, in several tiles and blocks, against pandas."""
    scores = random_scores(10, 9000, 19, 2, 0.02)
    expected = pd.DataFrame(scores).corr(method="spearman").to_numpy()
    monkeypatch.setattr(correlation, "TILE_BYTES", 1)
    np.testing.assert_allclose(spearman(scores).value, expected, rtol=0, atol=1e-12)


def test_blocks_of_model_pairs_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = random_scores(11, 50, 5, 1, 0.3)
    whole = kendall(scores)
    for size in (1, 5000):
        monkeypatch.setattr(correlation, "BLOCK_BYTES", size)
        np.testing.assert_array_equal(kendall(scores).value, whole.value)


@pytest.mark.parametrize("function", ALL)
def test_the_input_stays_as_it_was(function: Callable[[FloatArray], PairwiseCorrelation]) -> None:
    scores = random_scores(12, 20, 4, 1, 0.2)
    before = scores.copy()
    function(scores)
    np.testing.assert_array_equal(scores, before)


def test_real_leaderboard_equals_pandas(mirror: Path) -> None:
    """The whole Brain-Score export of 2025-05-07: 455 x 130 with its own holes, ties and failures."""
    text = pd.read_csv(mirror / EXPORT, dtype=str, keep_default_na=False).iloc[:, 4:]
    frame = text.apply(lambda column: pd.to_numeric(column.where(~column.isin(["", "X"]))))
    scores = frame.to_numpy(dtype=np.float64)
    assert scores.shape == (455, 130)
    for name, function in (("spearman", spearman), ("pearson", pearson)):
        expected = frame.corr(method=name, min_periods=3).to_numpy()
        np.testing.assert_allclose(function(scores).value, expected, rtol=0, atol=1e-12, equal_nan=True)
    some = scores[:, [7, 10, 40, 90, 129]]
    value, _, _ = by_scipy("kendall", some)
    np.testing.assert_allclose(kendall(some).value[np.triu_indices(5, 1)], value, rtol=0, atol=1e-12)


holed = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 14), st.integers(1, 5)),
    elements=st.one_of(st.integers(-4, 4).map(float), st.just(float("nan"))),
)
"""Small whole numbers, so with many ties, constants and exact transforms, and NaN."""


@pytest.mark.parametrize("function", ALL)
@given(scores=holed)
def test_symmetric_bounded_and_defined_together(
    function: Callable[[FloatArray], PairwiseCorrelation], scores: FloatArray
) -> None:
    found = function(scores)
    np.testing.assert_array_equal(found.value, found.value.T)
    np.testing.assert_array_equal(found.n, found.n.T)
    np.testing.assert_array_equal(np.diag(found.n), (~np.isnan(scores)).sum(axis=0))
    defined = found.value[~np.isnan(found.value)]
    assert (np.abs(defined) <= 1).all()
    assert np.isnan(found.value[found.n < 3]).all()
    diagonal = np.diag(found.value)
    assert set(diagonal[~np.isnan(diagonal)]) <= {1.0}


@pytest.mark.parametrize("function", [spearman, kendall])
@given(scores=holed)
def test_ranks_do_not_see_a_monotone_transform(
    function: Callable[[FloatArray], PairwiseCorrelation], scores: FloatArray
) -> None:
    np.testing.assert_array_equal(function(np.exp(scores) + 3).value, function(scores).value)


@given(scores=holed, scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_pearson_does_not_see_a_positive_affine_transform(
    scores: FloatArray, scale: float, shift: float
) -> None:
    moved, plain = pearson(scale * scores + shift).value, pearson(scores).value
    np.testing.assert_allclose(moved, plain, rtol=0, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("function", ALL)
@given(scores=holed)
def test_turning_a_metric_round_turns_its_sign(
    function: Callable[[FloatArray], PairwiseCorrelation], scores: FloatArray
) -> None:
    turned = scores.copy()
    turned[:, 0] *= -1
    plain = function(scores).value
    expected = plain.copy()
    expected[0, 1:] *= -1
    expected[1:, 0] *= -1
    np.testing.assert_allclose(function(turned).value, expected, rtol=0, atol=1e-15, equal_nan=True)


@pytest.mark.parametrize("name", SCIPY)
@settings(max_examples=40, deadline=None)
@given(scores=holed)
def test_any_small_table_equals_scipy(name: str, scores: FloatArray) -> None:
    value, _, _ = by_scipy(name, scores)
    found = getattr(correlation, name)(scores).value[np.triu_indices(scores.shape[1], 1)]
    np.testing.assert_allclose(found, value, rtol=0, atol=1e-12, equal_nan=True)


@given(scores=holed, seed=st.integers(0, 99))
def test_the_order_of_models_does_not_matter(scores: FloatArray, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(len(scores))
    for function in (spearman, kendall):
        np.testing.assert_array_equal(function(scores[shuffled]).value, function(scores).value)


def test_a_filled_table_takes_the_same_value_either_way() -> None:
    """Complete metrics beside one with a hole go by the pairwise route; alone, by the direct one."""
    complete = random_scores(13, 30, 4, 1, 0.0)
    with_hole = np.column_stack([complete, np.where(np.arange(30) == 4, np.nan, 1.0 * np.arange(30))])
    np.testing.assert_array_equal(spearman(with_hole).value[:4, :4], spearman(complete).value)
