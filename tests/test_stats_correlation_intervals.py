"""builder.stats.correlation_intervals against SciPy on repeated rows, exact enumeration and simulation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from builder.stats import correlation_draws, correlation_intervals
from builder.stats.bootstrap import draw_counts
from builder.stats.correlation import spearman
from builder.stats.correlation_intervals import (
    bootstrap_spearman,
    difference_between,
    fisher_interval,
    percentile_interval,
    permutation_p,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NAN = float("nan")


def random_scores(seed: int, n_models: int, n_metrics: int, decimals: int, holes: float) -> FloatArray:
    generator = np.random.default_rng(seed)
    loading = np.linspace(-1, 2, n_metrics)
    scores = loading * generator.normal(size=(n_models, 1)) + generator.normal(size=(n_models, n_metrics))
    scores = np.round(scores, decimals)
    scores[generator.random(scores.shape) < holes] = np.nan
    return scores


def draws_of(n_models: int, draws: int, seed: int) -> IntArray:
    return draw_counts(np.zeros(n_models, dtype=np.int64), draws, seed)


def by_scipy(scores: FloatArray) -> FloatArray:
    """One SciPy call for each pair, on its shared rows; NaN on fewer than three."""
    n_metrics = scores.shape[1]
    rho = np.full((n_metrics, n_metrics), np.nan)
    for x in range(n_metrics):
        for y in range(x, n_metrics):
            shared = ~np.isnan(scores[:, x] + scores[:, y])
            if shared.sum() >= 3:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", stats.ConstantInputWarning)
                    rho[x, y] = rho[y, x] = stats.spearmanr(scores[shared, x], scores[shared, y]).statistic
    return rho


def independent_pairs(seed: int, n_pairs: int, n_models: int, r: float) -> FloatArray:
    """Columns 2k and 2k + 1 are normal with correlation r, and independent of all others."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(n_models, n_pairs, 2))
    scores[..., 1] = r * scores[..., 0] + np.sqrt(1 - r * r) * scores[..., 1]
    return scores.reshape(n_models, 2 * n_pairs)


def of_pairs(matrix: FloatArray) -> FloatArray:
    return np.diagonal(matrix, 1)[::2]


# The interval by Fisher's z


def test_an_interval_worked_by_hand() -> None:
    """rho 0.5, n 28: z 0.54931, variance 1.125 / 25 = 0.045, so 0.54931 ± 1.95996 * 0.21213."""
    low, high = fisher_interval(0.5, 28)
    assert low == pytest.approx(0.13275, abs=2e-5)
    assert high == pytest.approx(0.74653, abs=2e-5)
    low, high = fisher_interval(-0.5, 28, level=0.68268949)  # one standard error: tanh of -0.76144, -0.33717
    assert low == pytest.approx(-0.64194, abs=2e-5)
    assert high == pytest.approx(-0.32495, abs=2e-5)


def test_intervals_at_the_edges() -> None:
    rho = np.array([[0.3], [1.0], [-1.0], [1 - 1e-14], [NAN]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low, high = fisher_interval(rho, [0, 3, 4, 100])
    assert low.shape == high.shape == (5, 4)
    for bound in (low, high):
        assert np.isnan(bound[:, :2]).all()
        assert np.isnan(bound[1:]).all()  # also where |rho| is 1, on however many models
    assert low[0, 2] < low[0, 3] < 0.3 < high[0, 3] < high[0, 2]


def test_only_a_perfect_order_has_no_interval() -> None:
    x = np.arange(1000.0)
    near = x.copy()
    near[[0, 1]] = 1, 0
    rho = spearman(np.column_stack([x, x**3, -x, near])).value[0, 1:]
    low, high = fisher_interval(rho, 1000)
    np.testing.assert_array_equal(np.isnan([low, high]), [[True, True, False]] * 2)
    assert low[2] < rho[2] < high[2] < 1


def test_intervals_cover_the_true_rho() -> None:
    """Somewhat too often at high rho; with variance 1 / (n - 3) it would be 77 % and 93 %, too rare."""
    r, n_models = 0.8, 30
    true = 6 / np.pi * np.arcsin(r / 2)
    rho = np.concatenate(
        [of_pairs(spearman(independent_pairs(seed, 100, n_models, r)).value) for seed in range(40)]
    )
    for level, most in ((0.8, 0.84), (0.95, 0.97)):
        low, high = fisher_interval(rho, n_models, level)
        assert level - 0.005 < np.mean((low <= true) & (true <= high)) < most


# Draws of models


@pytest.mark.parametrize("decimals", [8, 0])
@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_draws_are_spearman_of_repeated_rows(decimals: int, holes: float) -> None:
    scores = random_scores(5, 25, 6, decimals, holes)
    counts = draws_of(25, 8, 11)
    found = bootstrap_spearman(scores, counts)
    assert found.shape == (8, 6, 6)
    for draw, times in enumerate(counts):
        repeated = np.repeat(scores, times, axis=0)
        np.testing.assert_allclose(found[draw], by_scipy(repeated), rtol=0, atol=1e-12)
        np.testing.assert_allclose(found[draw], spearman(repeated).value, rtol=0, atol=1e-15)


def test_draws_with_pairs_that_have_no_rho() -> None:
    scores = random_scores(6, 9, 7, 1, 0.2)
    scores[:, 1] = 4.0  # constant
    scores[:, 2] = np.nan  # no score at all
    scores[2:, 3] = np.nan  # two scores
    scores[[0, 1], 3] = [1.0, 2.0]
    scores[:, 4] = np.where(np.arange(9) == 3, 1.0, 0.0)  # constant in the draws without the fourth model
    counts = np.vstack(
        [
            draws_of(9, 30, 2),
            [2, 1, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 9, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0, 0],
            [3, 1, 4, 1, 5, 9, 2, 6, 5],  # not as many as there are models
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = bootstrap_spearman(scores, counts)
    above = np.triu_indices(7, 1)
    undefined = 0
    for draw, times in enumerate(counts):
        expected = by_scipy(np.repeat(scores, times, axis=0))
        np.testing.assert_allclose(found[draw], expected, rtol=0, atol=1e-12)
        undefined += bool(np.isnan(expected[above]).all())
    assert 2 <= undefined < 10  # both kinds of draw were there
    assert np.isnan(found[32]).all()
    assert np.isnan(found[:, 1:3]).all()
    of_two = found[:, 3, 3]  # defined in some draws, not in others
    assert 0 < np.isnan(of_two).sum() < len(counts)


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_each_model_once_is_the_plain_matrix(holes: float) -> None:
    scores = random_scores(7, 40, 5, 1, holes)
    once = np.ones((1, 40), dtype=np.int64)
    plain = spearman(scores).value
    np.testing.assert_array_equal(bootstrap_spearman(scores, once)[0], plain)


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_blocks_and_tiles_change_nothing(monkeypatch: pytest.MonkeyPatch, holes: float) -> None:
    scores, counts = random_scores(8, 30, 19, 1, holes), draws_of(30, 4, 3)
    whole = bootstrap_spearman(scores, counts)
    for bound in ("DRAWN_BYTES", "SUM_BYTES", "ONE_THREAD"):
        monkeypatch.setattr(correlation_draws, bound, 2000)
    np.testing.assert_array_equal(bootstrap_spearman(scores, counts), whole)


def test_no_draws_and_no_pairs() -> None:
    scores = random_scores(9, 6, 2, 2, 0.0)
    assert bootstrap_spearman(scores, np.zeros((0, 6), dtype=np.int64)).shape == (0, 2, 2)
    assert bootstrap_spearman(scores[:, :1], draws_of(6, 3, 1)).shape == (3, 1, 1)


# Percentiles of draws


def test_percentiles_leave_out_nan() -> None:
    values = np.random.default_rng(4).normal(size=(41, 3, 4))
    values[np.random.default_rng(5).random(values.shape) < 0.3] = np.nan
    values[:, 0, 0] = np.nan
    values[1:, 0, 1] = np.nan
    values[0, 0, 1] = 7.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low, high = percentile_interval(values, 0.9)
    assert np.isnan([low[0, 0], high[0, 0]]).all()
    assert low[0, 1] == high[0, 1] == 7.0
    for where in list(np.ndindex(3, 4))[1:]:
        expected = np.nanquantile(values[(slice(None), *where)], [0.05, 0.95])
        np.testing.assert_allclose([low[where], high[where]], expected, rtol=0, atol=1e-12)
    assert np.isnan(percentile_interval(np.zeros((0, 2)), 0.9)).all()


# Permutations


def exact_p(x: FloatArray, y: FloatArray) -> float:
    given = abs(float(stats.spearmanr(x, y).statistic))
    every = [abs(float(stats.spearmanr(x, order).statistic)) >= given - 1e-9 for order in permutations(y)]
    return float(np.mean(every))


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([1, 2, 3, 5, 4], 10 / 120),  # the identity and four neighbours exchanged, and these reversed
        ([5, 4, 3, 1, 2], 10 / 120),
        ([2, 2, 1, 3, 3], None),
        ([3, 1, 2, 5, 4], None),
    ],
)
def test_permutations_against_all_of_them(y: list[int], p: float | None) -> None:
    x = np.array([10.0, 11.0, 15.0, 20.0, 99.0])
    other = np.array(y, dtype=np.float64)
    exact = exact_p(x, other)
    if p is not None:
        assert exact == pytest.approx(p)
    draws = 20_000
    error = np.sqrt(exact * (1 - exact) / draws)
    assert 0 < exact < 1
    assert abs(permutation_p(x, other, draws, seed=1) - exact) < 4 * error


def test_permutation_p_counts_the_given_pairing() -> None:
    x = np.arange(30.0)
    assert permutation_p(x, -(x**3), draws=99, seed=0) == 1 / 100


def test_permutation_p_leaves_out_models_without_both_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = random_scores(12, 20, 2, 1, 0.0).T
    alone = permutation_p(x, y, draws=500, seed=3)
    assert permutation_p(x, y, draws=500, seed=4) != alone
    longer = np.append(x, [NAN, 3.0]), np.append(y, [1.0, NAN])
    assert permutation_p(*longer, draws=500, seed=3) == alone
    monkeypatch.setattr(correlation_intervals, "PERMUTED_BYTES", 5000)
    assert permutation_p(x, y, draws=500, seed=3) == alone


@pytest.mark.parametrize("y", [[1.0, 2.0, NAN, NAN], [2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, NAN]])
def test_permutation_p_of_no_rho(y: list[float]) -> None:
    x = [1.0, 2.0, 3.0, 4.0]
    assert np.isnan(permutation_p(x, y, draws=9, seed=0))
    assert np.isnan(permutation_p(y, x, draws=9, seed=0))


# Two groups of models


def test_difference_of_two_groups_pair_by_pair() -> None:
    a, b = random_scores(21, 25, 4, 1, 0.2), random_scores(22, 40, 4, 1, 0.2)
    b[:, 0] *= -1
    found = difference_between(a, b)
    for x, y in zip(*np.triu_indices(4, 1), strict=True):
        z, variance = [], []
        for scores, rho, n in ((a, found.rho_a, found.n_a), (b, found.rho_b, found.n_b)):
            shared = scores[~np.isnan(scores[:, x] + scores[:, y])]
            r = stats.spearmanr(shared[:, x], shared[:, y]).statistic
            assert rho[x, y] == pytest.approx(r, abs=1e-12)
            assert n[x, y] == len(shared)
            z.append(np.log((1 + r) / (1 - r)) / 2)
            variance.append((1 + r**2 / 2) / (len(shared) - 3))
        expected = (z[0] - z[1]) / np.sqrt(sum(variance))
        assert found.z[x, y] == found.z[y, x] == pytest.approx(expected, abs=1e-10)
        assert found.p[x, y] == found.p[y, x] == pytest.approx(2 * stats.norm.sf(abs(expected)), abs=1e-10)
    np.testing.assert_array_equal(difference_between(b, a).z, -found.z)
    of_pair = difference_between(a[:, [0, 2]], b[:, [0, 2]])
    assert of_pair.z[0, 1] == found.z[0, 2]


def test_differences_that_are_undefined() -> None:
    a, b = random_scores(23, 12, 6, 3, 0.0), random_scores(24, 12, 6, 3, 0.0)
    a[:, 1] = 3 * a[:, 0]  # rho 1 in one group
    b[3:, 2] = np.nan  # three models
    a[:, 3] = 0.0  # constant
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = difference_between(a, b)
    undefined = np.eye(6, dtype=bool)
    undefined[0, 1] = undefined[1, 0] = True
    undefined[2:4] = undefined[:, 2:4] = True
    np.testing.assert_array_equal(np.isnan(found.z), undefined)
    np.testing.assert_array_equal(np.isnan(found.p), undefined)
    assert found.rho_a[0, 1] == 1


def simulated(seed: int, r_a: float, r_b: float) -> tuple[FloatArray, FloatArray]:
    """z and p of independent tests between groups of 40 and 60 models with correlations r_a and r_b."""
    z, p = [], []
    for part in range(seed, seed + 20):
        a, b = independent_pairs(part, 100, 40, r_a), independent_pairs(part + 50, 100, 60, r_b)
        found = difference_between(a, b)
        z.append(of_pairs(found.z))
        p.append(of_pairs(found.p))
    return np.concatenate(z), np.concatenate(p)


def test_p_of_no_difference_is_uniform() -> None:
    z, p = simulated(100, 0.3, 0.3)
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert np.std(z) == pytest.approx(1, abs=0.05)


def test_p_of_no_difference_at_high_rho_errs_on_the_safe_side() -> None:
    """With variance 1 / (n - 3) 7 % of the tests would be significant."""
    _, p = simulated(200, 0.8, 0.8)
    assert 0.025 < np.mean(p < 0.05) < 0.055


def test_a_difference_is_found_with_its_sign() -> None:
    z, p = simulated(300, 0.8, 0.2)
    assert np.mean((p < 0.05) & (z > 0)) > 0.9


# Errors

WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: fisher_interval(1.01, 10), "between -1 and 1"),
    (lambda: fisher_interval(0.5, 10, level=95), "level"),
    (lambda: percentile_interval([1.0, 2.0], 1.0), "level"),
    (lambda: percentile_interval(1.0, 0.9), "shape"),
    (lambda: percentile_interval([1.0, np.inf], 0.9), "infinity"),
    (lambda: bootstrap_spearman([1.0, 2.0], [[1, 1]]), "shape"),
    (lambda: bootstrap_spearman([[1.0], [np.inf]], [[1, 1]]), "infinity"),
    (lambda: bootstrap_spearman([[1.0], [2.0]], [[1, 1, 1]]), "shape"),
    (lambda: bootstrap_spearman([[1.0], [2.0]], [1, 1]), "shape"),
    (lambda: bootstrap_spearman([[1.0], [2.0]], [[1, -1]]), "whole numbers"),
    (lambda: bootstrap_spearman([[1.0], [2.0]], [[0.5, 1]]), "whole numbers"),
    (lambda: bootstrap_spearman([[1.0], [2.0]], [[NAN, 1]]), "whole numbers"),
    (lambda: permutation_p([1.0, 2.0], [1.0], 9, 0), "shape"),
    (lambda: permutation_p([[1.0]], [[1.0]], 9, 0), "shape"),
    (lambda: permutation_p([1.0, np.inf], [1.0, 2.0], 9, 0), "infinity"),
    (lambda: permutation_p([1.0, 2.0], [1.0, 2.0], 0, 0), "at least one draw"),
    (lambda: difference_between(np.ones((4, 2)), np.ones((4, 3))), "metrics"),
    (lambda: difference_between(np.ones(4), np.ones((4, 3))), "shape"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_what_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
