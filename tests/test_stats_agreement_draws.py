"""builder.stats.agreement_draws against SciPy on copied rows and columns, and against pairs taken alone."""

from __future__ import annotations

import warnings
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from builder.stats import agreement_draws
from builder.stats.agreement_draws import draw_agreement, mean_of_pairs, permutation_p_values
from builder.stats.bootstrap import draw_counts
from builder.stats.correlation_intervals import permutation_p

NAN = float("nan")
FloatArray = NDArray[np.float64]


def scores_of(seed: int, n_models: int, n_metrics: int, decimals: int = 1) -> FloatArray:
    generator = np.random.default_rng(seed)
    ability = generator.normal(size=(n_models, 1))
    return np.round(ability + generator.normal(size=(n_models, n_metrics)), decimals)


def counts_of(n: int, draws: int, seed: int) -> NDArray[np.int64]:
    return draw_counts(np.zeros(n, dtype=np.int64), draws, seed)


def copied_mean(scores: FloatArray, models: NDArray[np.int64], metrics: NDArray[np.int64]) -> float:
    """Rows and columns copied for real, every two columns that are not copies of one correlated by SciPy."""
    rows = np.repeat(scores, models, axis=0)
    columns = np.repeat(np.arange(scores.shape[1]), metrics)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)
        values = [stats.spearmanr(rows[:, a], rows[:, b]).statistic
                  for a, b in combinations(columns, 2) if a != b]  # fmt: skip
    return float(np.nanmean(values)) if not np.isnan(values).all() else NAN


def test_draws_are_those_of_copied_rows_and_columns() -> None:
    scores = scores_of(1, 14, 5)
    models, metrics = counts_of(14, 12, 1), counts_of(5, 12, 2)
    found = draw_agreement(scores, models, metrics, 0.95)
    every_model, every_metric = np.ones(14, dtype=int), np.ones(5, dtype=int)
    for draw in range(12):
        of = models[draw], metrics[draw]
        assert found.over_models[draw] == pytest.approx(copied_mean(scores, of[0], every_metric), abs=1e-12)
        assert found.over_metrics[draw] == pytest.approx(copied_mean(scores, every_model, of[1]), abs=1e-12)
        assert found.over_both[draw] == pytest.approx(copied_mean(scores, *of), abs=1e-12)


def test_bounds_of_a_pair_are_quantiles_over_copied_rows() -> None:
    scores, models = scores_of(2, 20, 3), counts_of(20, 60, 3)
    found = draw_agreement(scores, models, np.ones((60, 3), dtype=np.int64), 0.9)
    for a, b in combinations(range(3), 2):
        drawn = []
        for times in models:
            rows = np.repeat(scores, times, axis=0)
            drawn.append(stats.spearmanr(rows[:, a], rows[:, b]).statistic)
        ends = [found.low[a, b], found.high[a, b]]
        np.testing.assert_allclose(ends, np.quantile(drawn, [0.05, 0.95]), rtol=0, atol=1e-12)
        assert [found.low[b, a], found.high[b, a]] == ends
    assert np.isnan(np.diag(found.low)).all()


def test_two_copies_of_a_metric_are_no_pair() -> None:
    # Of a (twice) and b: the pairs are a-b twice, at .2; a with its copy would bring the mean to .47.
    assert mean_of_pairs(np.array([[0.2, 0.5, 0.9]]), np.array([[2, 1, 0]]))[0] == pytest.approx(0.2)
    # a twice, b twice, c once: 4 x .2, 2 x .5, 2 x .9.
    found = mean_of_pairs(np.array([[0.2, 0.5, 0.9]]), np.array([[2, 2, 1]]))
    assert found[0] == pytest.approx((4 * 0.2 + 2 * 0.5 + 2 * 0.9) / 8)


def test_a_draw_without_a_pair_has_no_mean() -> None:
    pairs = np.array([[0.2, NAN, NAN], [0.2, NAN, 0.6], [NAN, NAN, NAN]])
    times = np.array([[3, 0, 0], [1, 1, 1], [1, 1, 1]])
    np.testing.assert_allclose(mean_of_pairs(pairs, times), [NAN, 0.4, NAN])


def test_each_model_and_metric_once_is_the_plain_mean() -> None:
    scores = scores_of(3, 25, 6)
    once = np.ones((1, 25), dtype=np.int64), np.ones((1, 6), dtype=np.int64)
    found = draw_agreement(scores, *once, 0.95)
    plain = stats.spearmanr(scores).statistic
    mean = plain[np.triu_indices(6, 1)].mean()
    for values in (found.over_models, found.over_metrics, found.over_both):
        assert values[0] == pytest.approx(mean, abs=1e-14)
    np.testing.assert_allclose(found.low[np.triu_indices(6, 1)], plain[np.triu_indices(6, 1)], atol=1e-14)


def test_blocks_change_nothing_and_too_many_pairs_leave_the_means(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, models, metrics = scores_of(4, 15, 4), counts_of(15, 9, 4), counts_of(4, 9, 5)
    whole, p = draw_agreement(scores, models, metrics, 0.95), permutation_p_values(scores, 40, 7)
    monkeypatch.setattr(agreement_draws, "BLOCK_BYTES", 1000)
    for found in (draw_agreement(scores, models, metrics, 0.95), permutation_p_values(scores, 40, 7)):
        if isinstance(found, np.ndarray):
            np.testing.assert_array_equal(found, p)
        else:
            np.testing.assert_array_equal(found.low, whole.low)
            np.testing.assert_array_equal(found.over_both, whole.over_both)
    monkeypatch.setattr(agreement_draws, "MOST_HELD", 9 * 6 - 1)
    few = draw_agreement(scores, models, metrics, 0.95)
    assert np.isnan(few.low).all()
    np.testing.assert_array_equal(few.over_models, whole.over_models)


@pytest.mark.parametrize(("n_models", "decimals"), [(12, 0), (40, 2), (400, 1)])
def test_each_pair_has_the_p_value_that_it_has_alone(n_models: int, decimals: int) -> None:
    scores = scores_of(5, n_models, 4, decimals) * [1, 0.1, -1, 1]  # 400 models need double precision
    scores[:, 3] = np.random.default_rng(6).permutation(n_models)
    found = permutation_p_values(scores, 199, seed=11)
    for a, b in combinations(range(4), 2):
        assert found[a, b] == found[b, a] == permutation_p(scores[:, a], scores[:, b], 199, seed=11)
    assert np.isnan(np.diag(found)).all()
    assert len(np.unique(found[np.triu_indices(4, 1)])) > 2


def test_sums_of_many_models_are_exact() -> None:
    """Scores of 0 and 1 give few sums, so that many pairings reach the same one; single precision would round
    it one way here and another there.
    """
    scores = (np.random.default_rng(1).random((3000, 4)) < [0.5, 0.33, 0.2, 0.41]).astype(float)
    found = permutation_p_values(scores, 199, seed=11)
    for a, b in combinations(range(4), 2):
        assert found[a, b] == permutation_p(scores[:, a], scores[:, b], 199, seed=11)


def test_a_constant_metric_and_two_models_have_no_p_value() -> None:
    scores = scores_of(6, 9, 3)
    scores[:, 1] = 0.5
    found = permutation_p_values(scores, 19, 0)
    assert np.isnan(found[1]).all()
    assert np.isnan(found[:, 1]).all()
    assert 0 < found[0, 2] <= 1
    assert np.isnan(permutation_p_values(scores[:2], 19, 0)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: permutation_p_values([[1.0, NAN], [2.0, 1.0]], 9, 0), "every score"),
        (lambda: permutation_p_values([[1.0, 3.0], [2.0, 1.0]], 0, 0), "at least one draw"),
        (lambda: permutation_p_values([1.0, 3.0], 9, 0), "shape"),
        (
            lambda: draw_agreement(np.ones((3, 2)), counts_of(3, 4, 0), counts_of(2, 3, 0), 0.9),
            "counts of metrics",
        ),
        (lambda: draw_agreement(np.ones((3, 2)), counts_of(3, 4, 0), counts_of(2, 4, 0), 1.0), "level"),
    ],
)  # fmt: skip
def test_what_is_refused(call, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
