"""builder.stats.resolution against SciPy, whole enumerations and cases worked by hand."""

from __future__ import annotations

from dataclasses import astuple
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from builder.stats.resolution import agreement_at

FloatArray = NDArray[np.float64]


def sample(n_models: int, n_metrics: int, seed: int = 1) -> FloatArray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n_models, 1)) + generator.normal(size=(n_models, n_metrics))


def by_scipy(scores: FloatArray) -> float:
    """Mean of one SciPy call for each pair of metrics, on the models that have both; NaN without any."""
    found = []
    for x, y in combinations(range(scores.shape[1]), 2):
        both = scores[~np.isnan(scores[:, [x, y]]).any(axis=1)][:, [x, y]]
        if len(both) >= 3 and (np.ptp(both, axis=0) > 0).all():
            found.append(stats.spearmanr(both[:, 0], both[:, 1]).statistic)
    return float(np.mean(found)) if found else float("nan")


@pytest.mark.parametrize("share_missing", [0.0, 0.3])
def test_top_and_bottom_equal_scipys(share_missing: float) -> None:
    generator = np.random.default_rng(2)
    scores = sample(30, 5)
    scores[generator.random(scores.shape) < share_missing] = np.nan
    order = generator.permutation(30)
    found = agreement_at(scores, order, [3, 8, 20, 30], 2, seed=1)
    np.testing.assert_array_equal(found.k, [3, 8, 20, 30])
    for place, k in enumerate([3, 8, 20, 30]):
        np.testing.assert_allclose(found.top[place], by_scipy(scores[order[:k]]), atol=1e-12)
        np.testing.assert_allclose(found.bottom[place], by_scipy(scores[order[30 - k :]]), atol=1e-12)
    assert len({*found.top[1:3], *found.bottom[1:3]}) == 4


def test_by_hand() -> None:
    """The best three are in the same order on both metrics, the worst three in the opposite one."""
    scores = np.array([[6.0, 6], [5, 5], [4, 4], [3, 1], [2, 2], [1, 3]])
    found = agreement_at(scores, range(6), [3, 6], 40, seed=1)
    np.testing.assert_allclose(found.top, [1, 1 - 6 * 8 / 210], rtol=1e-12)
    np.testing.assert_allclose(found.bottom, [-1, 1 - 6 * 8 / 210], rtol=1e-12)


def test_all_models_are_the_only_set_of_their_size() -> None:
    found = agreement_at(sample(9, 4), range(9), [9], 25, seed=1)
    expected = pytest.approx(by_scipy(sample(9, 4)), abs=1e-12)
    for value in (found.top, found.bottom, found.random, found.random_low, found.random_high):
        assert value.shape == (1,)
        assert value[0] == expected


@pytest.mark.parametrize("seed", range(3))
def test_random_sets_equal_every_set(seed: int) -> None:
    """Of six models there are 15 sets of four, each 6.7 % of draws: the interval ends at the extremes."""
    scores = sample(6, 3, seed)
    every = [by_scipy(scores[list(chosen)]) for chosen in combinations(range(6), 4)]
    found = agreement_at(scores, range(6), [4], 3000, seed)
    assert found.random[0] == pytest.approx(np.mean(every), abs=4 * np.std(every) / 3000**0.5)
    assert found.random_low[0] == pytest.approx(min(every), abs=1e-12)
    assert found.random_high[0] == pytest.approx(max(every), abs=1e-12)
    assert min(every) < np.mean(every) < max(every)


def test_percentiles_of_many_sets() -> None:
    """495 sets of eight among twelve: the interval covers 95 % of them, 2.5 % on either side."""
    scores = sample(12, 3)
    every = np.array([by_scipy(scores[list(chosen)]) for chosen in combinations(range(12), 8)])
    found = agreement_at(scores, range(12), [8], 4000, seed=1)
    assert np.mean(every < found.random_low[0]) == pytest.approx(0.025, abs=0.012)
    assert np.mean(every > found.random_high[0]) == pytest.approx(0.025, abs=0.012)


def test_a_k_has_the_same_sets_whatever_others_are_asked_for() -> None:
    scores, order = sample(20, 4), np.random.default_rng(3).permutation(20)
    together = agreement_at(scores, order, [15, 4, 9], 30, seed=7)
    for place, k in enumerate([15, 4, 9]):
        alone = agreement_at(scores, order, [k], 30, seed=7)
        for mine, ours in zip(astuple(alone), astuple(together), strict=True):
            assert mine[0] == ours[place]
    other = agreement_at(scores, order, [15, 4, 9], 30, seed=8)
    assert (other.random != together.random).all()
    np.testing.assert_array_equal(other.top, together.top)


@given(st.integers(3, 12), st.integers(2, 4), st.integers(0, 1000))
@settings(deadline=None)
def test_worst_first_turns_top_and_bottom_round(n_models: int, n_metrics: int, seed: int) -> None:
    scores = sample(n_models, n_metrics, seed)
    order, k = np.random.default_rng(seed).permutation(n_models), [3, n_models]
    up = agreement_at(scores, order, k, 5, seed)
    down = agreement_at(-scores, order[::-1], k, 5, seed)
    np.testing.assert_allclose(up.top, down.bottom, atol=1e-12)
    np.testing.assert_allclose(up.bottom, down.top, atol=1e-12)
    assert (up.random_low <= up.random_high).all()
    assert up.random[1] == pytest.approx(up.top[1], abs=1e-12)


def test_models_that_are_not_ranked_take_no_part() -> None:
    scores = sample(12, 3)
    order = [7, 2, 9, 4, 0]
    found = agreement_at(scores, order, [3, 5], 20, seed=1)
    alone = agreement_at(scores[order], range(5), [3, 5], 20, seed=1)
    for mine, theirs in zip(astuple(found), astuple(alone), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_allclose(found.bottom[0], by_scipy(scores[[9, 4, 0]]), atol=1e-12)


def test_pairs_without_a_coefficient_do_not_count() -> None:
    """Metric 2 is constant among the best, so that only metrics 0 and 1 are left; of the worst none is."""
    scores = np.array([[6.0, 6, 1], [5, 4, 1], [4, 5, 1], [3, np.nan, 0], [np.nan, 2, 2], [1, 1, np.nan]])
    found = agreement_at(scores, range(6), [3], 10, seed=1)
    assert found.top[0] == pytest.approx(0.5, abs=1e-12)
    assert np.isnan(found.bottom[0])


def test_random_sets_without_a_coefficient_do_not_count() -> None:
    """Metric 1 is zero on four of six models, so 4 of 20 sets of three have nothing to compare."""
    scores = np.column_stack([[3.0, 1, 4, 2, 5, 6], [0.0, 0, 0, 0, 1, 2]])
    every = np.array([by_scipy(scores[list(chosen)]) for chosen in combinations(range(6), 3)])
    assert np.isnan(every).sum() == 4
    found = agreement_at(scores, range(6), [3], 4000, seed=1)
    assert found.random[0] == pytest.approx(np.nanmean(every), abs=4 * np.nanstd(every) / 3000**0.5)
    assert found.random_low[0] == pytest.approx(np.nanmin(every), abs=1e-12)
    assert found.random_high[0] == pytest.approx(np.nanmax(every), abs=1e-12)
    nothing = agreement_at(np.column_stack([scores[:, 0], np.ones(6)]), range(6), [3], 5, seed=1)
    for value in (nothing.top, nothing.bottom, nothing.random, nothing.random_low, nothing.random_high):
        assert np.isnan(value).all()


@pytest.mark.parametrize(
    ("scores", "order", "k", "draws", "said"),
    [
        (np.ones(5), range(5), [3], 1, "shape"),
        (np.ones((5, 1)), range(5), [3], 1, "two metrics"),
        (np.full((5, 2), np.inf), range(5), [3], 1, "infinity"),
        (np.ones((5, 2)), [[0, 1, 2]], [3], 1, "one dimension"),
        (np.ones((5, 2)), [0, 1, 2, 1], [3], 1, "twice"),
        (np.ones((5, 2)), [0, 1, 2, 5], [3], 1, "none of the 5"),
        (np.ones((5, 2)), [0, 1, 2, -1], [3], 1, "none of the 5"),
        (np.ones((5, 2)), range(5), [3, 2], 1, "not 2"),
        (np.ones((5, 2)), range(5), [6], 1, "not 6"),
        (np.ones((5, 2)), range(4), [5], 1, "not 5"),
        (np.ones((5, 2)), [], [3], 1, "the 0 ranked"),
        (np.ones((5, 2)), range(5), [3], 0, "one draw"),
    ],
)
def test_arguments_that_do_not_fit(
    scores: FloatArray, order: list[int], k: list[int], draws: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        agreement_at(scores, order, k, draws, 1)


def test_positions_are_whole_numbers() -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        agreement_at(np.ones((5, 2)), [0.0, 1.0, 2.0], [3], 1, 1)
