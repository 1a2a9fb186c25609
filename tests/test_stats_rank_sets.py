"""Simultaneous sets of places against exact cases, a known distribution and their promise in simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from builder.stats.rank_sets import rank_sets


def test_without_errors_places_are_sure_and_ties_share() -> None:
    low, high = rank_sets(np.array([3.0, 1.0, 2.0, 2.0]), np.zeros(4))
    assert low.tolist() == [1, 4, 2, 2]
    assert high.tolist() == [1, 4, 3, 3]


def test_two_models_are_told_apart_as_a_z_test_does() -> None:
    """Of one pair the largest ratio is |z|: the critical number is 1.96."""
    error = np.array([0.3, 0.4])  # the difference has 0.5
    for gap, apart in ((0.5 * 1.85, False), (0.5 * 2.07, True)):
        low, high = rank_sets(np.array([gap, 0.0]), error, draws=20_000)
        assert (low.tolist(), high.tolist()) == (([1, 2], [1, 2]) if apart else ([1, 1], [2, 2]))


def test_many_equal_errors_need_tukey_s_studentised_range() -> None:
    n = 6
    needed = stats.studentized_range.ppf(0.95, n, np.inf)  # in errors of one, not of a difference
    value = np.array([0.0, *[-10.0] * (n - 2), -20.0])
    for factor, worst in ((0.96, 2), (1.04, 1)):
        value[1] = -needed * factor
        _, high = rank_sets(value, np.ones(n), draws=20_000)
        assert high[0] == worst


def test_each_difference_is_measured_in_its_own_error() -> None:
    """Errors 1, a million and 0: the three ratios are |z|, |w| and, all but exactly, |w| again, z and w
    independent. Their largest is below c with (2 Phi(c) - 1)^2, so that the critical number is 2.236.
    """
    needed = stats.norm.ppf((1 + np.sqrt(0.95)) / 2)
    assert needed == pytest.approx(2.236, abs=1e-3)
    error = np.array([1.0, 1e6, 0.0])
    for factor in (0.97, 1.03):
        apart = factor > 1
        low, high = rank_sets(np.array([needed * factor, -1e8, 0.0]), error, draws=20_000)
        assert (low.tolist(), high.tolist()) == (([1, 3, 2], [1, 3, 2]) if apart else ([1, 3, 1], [2, 3, 2]))
        low, high = rank_sets(np.array([0.0, needed * factor * 1e6, 1e3]), error, draws=20_000)
        assert low.tolist() == ([3, 1, 2] if apart else [2, 1, 1])
        assert high.tolist() == ([3, 1, 2] if apart else [3, 3, 2])


@settings(max_examples=50)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9), st.integers(0, 99))
def test_a_model_s_place_is_in_its_set_and_more_error_widens_it(values: list[float], seed: int) -> None:
    value = np.array(values)
    error = np.random.default_rng(seed).uniform(0.1, 1, len(value))
    low, high = rank_sets(value, error, draws=200)
    place = stats.rankdata(-value, method="min")
    assert (low <= place).all()
    assert (place <= high).all()
    wider_low, wider_high = rank_sets(value, 2 * error, draws=200)
    assert (wider_low <= low).all()
    assert (wider_high >= high).all()


def test_all_sets_hold_at_once_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    truth = np.sort(rng.normal(size=12))[::-1]
    truth[3:6] = truth[3]
    error = rng.uniform(0.05, 0.6, 12)
    best, worst = stats.rankdata(-truth, method="min"), stats.rankdata(-truth, method="max")
    held = 0
    for _ in range(300):
        low, high = rank_sets(truth + error * rng.normal(size=12), error, draws=400)
        held += bool((low <= best).all() and (high >= worst).all())
    assert held / 300 > 0.92


def test_what_is_no_error_is_refused() -> None:
    for value, error in (([1.0], [-0.1]), ([1.0, 2.0], [0.1]), ([np.nan], [0.1])):
        with pytest.raises(ValueError, match="one error"):
            rank_sets(np.array(value), np.array(error))
