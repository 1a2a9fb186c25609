"""First places by hand, against grids of weights, other linear programs and what must hold of any."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy.optimize import linprog

from builder.stats import first_place
from builder.stats.first_place import FirstPlace, first_places

FloatArray = NDArray[np.float64]

small_tables = arrays.arrays(
    np.float64, st.tuples(st.integers(2, 7), st.just(3)), elements=st.integers(0, 4).map(float)
)
"""Whole numbers, so that models tie and dominate one another."""
THREE = np.array([[1, 0], [0, 1], [0.6, 0.6]])
GRID = np.array([[i, j, 24 - i - j] for i, j in product(range(25), repeat=2) if i + j <= 24]) / 24
"""All weights of three columns in 24ths, equal ones among them."""


def leads(scores: FloatArray, model: int) -> FloatArray:
    return np.asarray(scores[model] - np.delete(scores, model, axis=0), dtype=np.float64)


def weights(found: FirstPlace) -> FloatArray:
    assert found.weights is not None
    return found.weights


def game_value(lead: FloatArray) -> float:
    """The margin from the rivals' side: the mixture of them whose best column against x is lowest."""
    n, k = lead.shape
    found = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.column_stack([lead.T, -np.ones(k)]),
        b_ub=np.zeros(k),
        A_eq=np.append(np.ones(n), 0.0)[np.newaxis, :],
        b_eq=np.ones(1),
        bounds=[(0.0, None)] * n + [(None, None)],
        method="highs-ipm",
    )
    assert found.fun is not None
    return float(found.fun)


def least_moved(lead: FloatArray) -> float:
    """Half the least sum of |w - 1/k|, with the absolute values as variables of their own and every rival."""
    n, k = lead.shape
    one = np.eye(k)
    found = linprog(
        np.append(np.zeros(k), np.full(k, 0.5)),
        A_ub=np.block([[-lead, np.zeros((n, k))], [one, -one], [-one, -one]]),
        b_ub=np.concatenate([np.zeros(n), np.full(k, 1 / k), np.full(k, -1 / k)]),
        A_eq=np.append(np.ones(k), np.zeros(k))[np.newaxis, :],
        b_eq=np.ones(1),
        method="highs-ipm",
    )
    assert found.fun is not None
    return float(found.fun)


def check_weights(scores: FloatArray, found: FirstPlace) -> None:
    """Weights are weights, put the model first and are as far from equal as is said."""
    k = scores.shape[1]
    assert (weights(found) >= 0).all()
    assert weights(found).sum() == pytest.approx(1, abs=1e-12)
    means = scores @ weights(found)
    assert means[found.model] >= means.max() - 3e-9 * max(np.ptp(scores, axis=0).max(), 1.0)
    assert found.moved == pytest.approx(np.abs(weights(found) - 1 / k).sum() / 2, abs=1e-12)


def test_by_hand_on_two_columns() -> None:
    """A leads the first column, B the second, C is good at both; D is level with C on the second only, where
    B is ahead; C beats E on both.

    A is first from 0.6 of the weight on the first column, where it meets C. With w on the first column D is
    0.1 w behind C and 0.4 - 0.9 w behind B, which is least where both are 0.04, at w = 0.4.
    """
    scores = np.array([[1, 0], [0, 1], [0.6, 0.6], [0.5, 0.6], [0.5, 0.4]])
    a, b, c, d, e = first_places(scores)
    assert [one.model for one in (a, b, c, d, e)] == [0, 1, 2, 3, 4]
    assert [one.possible for one in (a, b, c, d, e)] == [True, True, True, False, False]
    np.testing.assert_allclose(weights(a), [0.6, 0.4], atol=1e-9)
    np.testing.assert_allclose(weights(b), [0.4, 0.6], atol=1e-9)
    np.testing.assert_array_equal(weights(c), [0.5, 0.5])
    assert (d.beaten_by, e.beaten_by) == (None, 2)
    assert d.margin == pytest.approx(-0.04, abs=1e-9)


def test_margins_by_hand() -> None:
    """A at (1, 0) leads C by 0.4; C leads both by 0.1 at equal weights."""
    a, b, c = first_places(THREE)
    assert (a.moved, b.moved, c.moved) == pytest.approx((0.1, 0.1, 0.0), abs=1e-9)
    assert (a.margin, b.margin, c.margin) == pytest.approx((0.4, 0.4, 0.1), abs=1e-9)


def test_a_model_that_no_other_beats_everywhere_may_still_never_be_first() -> None:
    """At equal weights C is 0.1 behind both, at any other more behind one of them."""
    a, b, c = first_places(np.array([[1, 0], [0, 1], [0.4, 0.4]]))
    assert not c.possible
    assert c.beaten_by is None
    assert c.weights is None
    assert np.isnan(c.moved)
    assert c.margin == pytest.approx(-0.1, abs=1e-9)
    assert (a.moved, b.moved) == (0, 0)
    assert (a.margin, b.margin) == pytest.approx((0.6, 0.6), abs=1e-9)


def test_a_model_beaten_on_every_column_names_the_one_that_beats_it_most() -> None:
    found = first_places([[1, 1], [2, 2], [3, 4], [2, 9]])[0]
    assert (found.possible, found.beaten_by, found.weights) == (False, 2, None)
    assert np.isnan([found.margin, found.moved]).all()


def test_a_model_that_is_level_on_one_column_is_first_there_only() -> None:
    lower, upper = first_places(np.array([[1, 0], [1, 0.5]]))
    assert lower.possible
    assert lower.beaten_by is None
    assert lower.margin == 0
    assert lower.moved == pytest.approx(0.5, abs=1e-6)
    np.testing.assert_allclose(weights(lower), [1, 0], atol=1e-6)
    assert upper.margin == pytest.approx(0.5, abs=1e-9)
    assert upper.moved == 0


def test_equal_models_are_both_first() -> None:
    found = first_places([[3, 1, 2], [0, 2, 0], [3, 1, 2]])
    assert [one.possible for one in found] == [True, True, True]
    assert [one.margin for one in found] == [0, pytest.approx(1, abs=1e-9), 0]
    assert [one.moved for one in found] == pytest.approx([0, 1 / 3, 0], abs=1e-9)


def test_all_equal_alone_none_and_one_column() -> None:
    for one in first_places(np.full((3, 2), 0.1)):
        assert (one.possible, one.margin, one.moved) == (True, 0, 0)
    (alone,) = first_places([[1, 2, 3]])
    assert (alone.possible, alone.margin, alone.moved) == (True, np.inf, 0)
    np.testing.assert_array_equal(weights(alone), [1 / 3] * 3)
    assert first_places(np.empty((0, 2))) == ()
    low, high, tied = first_places([[1], [2], [2]])
    assert (low.possible, low.beaten_by) == (False, 1)
    for one in (high, tied):
        assert (one.possible, one.margin, one.moved) == (True, 0, 0)


def test_candidates_are_examined_in_their_order() -> None:
    some = first_places(THREE, [2, 0])
    assert [one.model for one in some] == [2, 0]
    every = first_places(THREE)
    assert [one.margin for one in some] == [every[2].margin, every[0].margin]
    assert first_places(THREE, []) == ()


def test_errors_say_what_is_wrong() -> None:
    for shape in ((3,), (3, 0), (1, 2, 3)):
        with pytest.raises(ValueError, match="shape"):
            first_places(np.ones(shape))
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="missing"):
            first_places([[1.0, bad]])
    for row in (2, -1):
        with pytest.raises(IndexError, match=f"model {row} among 2"):
            first_places([[1.0], [2.0]], [0, row])


@given(small_tables)
@settings(deadline=None, max_examples=60)
def test_no_weights_of_a_grid_do_better(scores: FloatArray) -> None:
    away = np.abs(GRID - 1 / 3).sum(axis=1) / 2
    for found in first_places(scores):
        least = (GRID @ leads(scores, found.model).T).min(axis=1)
        on_grid = least >= -1e-12
        assert found.possible or not on_grid.any()
        if found.beaten_by is not None:
            assert (scores[found.beaten_by] > scores[found.model]).all()
            continue
        # Weights within 1/24 of the best in each column lose at most 2/24 of the widest lead, 4.
        assert least.max() - 1e-9 <= found.margin <= least.max() + 4 * 2 / 24
        if found.possible:
            check_weights(scores, found)
            assert found.moved <= away[on_grid].min(initial=1.0) + 1e-9


@given(small_tables, st.integers(-3, 3), st.floats(-5, 5))
@settings(deadline=None, max_examples=40)
def test_units_change_the_margin_and_nothing_else(scores: FloatArray, power: int, shift: float) -> None:
    for before, after in zip(first_places(scores), first_places(scores * 10.0**power + shift), strict=True):
        # Which of several that beat it by the same comes first may be decided by rounding.
        assert (after.possible, after.beaten_by is None) == (before.possible, before.beaten_by is None)
        assert after.margin == pytest.approx(before.margin * 10.0**power, rel=1e-6, nan_ok=True)
        assert after.moved == pytest.approx(before.moved, abs=1e-6, nan_ok=True)


@given(arrays.arrays(np.float64, st.tuples(st.integers(2, 8), st.just(2)), elements=st.integers(-9, 9)))
@settings(deadline=None)
def test_of_two_columns_the_weights_are_an_interval(scores: FloatArray) -> None:
    """w d_1 + (1 - w) d_2 >= 0 bounds w from one side for each rival: no program is needed."""
    for found in first_places(scores):
        low, high = 0.0, 1.0
        for first, second in leads(scores, found.model):
            if first == second:
                high = high if second >= 0 else -1.0
            elif first > second:
                low = max(low, -second / (first - second))
            else:
                high = min(high, -second / (first - second))
        assert found.possible == (low <= high + 1e-12)
        if found.possible:
            assert found.moved == pytest.approx(max(low - 0.5, 0.5 - high, 0.0), abs=1e-7)


@pytest.mark.parametrize("common", [0.0, 1.0])
def test_many_rivals_against_programs_that_know_them_all(common: float) -> None:
    """More rivals than a program starts with, so that it overlooks some."""
    generator = np.random.default_rng(5)
    scores = generator.normal(size=(300, 9)) + common * generator.normal(size=(300, 1))
    assert len(scores) > 3 * first_place.AT_FIRST
    kinds = set()
    for found in first_places(scores, range(0, 300, 4)):
        kinds.add((found.possible, found.beaten_by is None, found.moved > 0))
        lead = leads(scores, found.model)
        value = game_value(lead)
        if found.beaten_by is not None:
            assert value < 0
            continue
        assert found.margin == pytest.approx(value, abs=1e-6)
        assert found.possible == (value >= 0)
        if found.possible:
            check_weights(scores, found)
            assert found.moved == pytest.approx(least_moved(lead), abs=1e-6)
    assert {(True, True, True), (False, True, False), (False, False, False)} <= kinds


def test_how_many_rivals_are_told_at_first_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(6).normal(size=(80, 6))
    every = first_places(scores)
    monkeypatch.setattr(first_place, "AT_FIRST", 1)
    monkeypatch.setattr(first_place, "ADDED", 1)
    for few, all_told in zip(first_places(scores), every, strict=True):
        assert few.possible == all_told.possible
        assert few.margin == pytest.approx(all_told.margin, abs=1e-8, nan_ok=True)
        assert few.moved == pytest.approx(all_told.moved, abs=1e-7, nan_ok=True)


def test_a_program_that_is_not_solved_is_tried_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    refused, asked = 0, 0

    def sometimes(*arguments: Any, **options: Any) -> Any:
        nonlocal asked
        found = linprog(*arguments, **options)
        asked += 1
        if asked <= refused:
            found.x = None
        return found

    monkeypatch.setattr(first_place, "linprog", sometimes)
    refused = 2
    (found,) = first_places(THREE, [0])
    assert asked == 4  # twice refused, then the margin, then the weights
    assert (found.margin, found.moved) == pytest.approx((0.4, 0.1), abs=1e-6)
    refused, asked = 99, 0
    with pytest.raises(RuntimeError, match="not solved"):
        first_places(THREE, [0])
    assert asked == len(first_place.ATTEMPTS)


def test_leads_at_the_edge_of_what_counts_as_level_are_solved() -> None:
    """Copies of few models that differ by about 1e-9: some weights exist at hardly more than a point."""
    generator = np.random.default_rng(2)
    for _ in range(40):
        models = np.round(generator.normal(size=(12, 4)), 2)[generator.integers(0, 12, 60)]
        scores = models + 1e-9 * generator.normal(size=models.shape)
        for found in first_places(scores, range(0, 60, 6)):
            if found.possible:
                check_weights(scores, found)
