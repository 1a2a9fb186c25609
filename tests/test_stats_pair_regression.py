"""The regression on pairs against least squares, whole enumerations and cases worked by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from test_stats_dimensions import random_rho

from builder.stats.dimensions import pair_regression

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def together(groups: list[str]) -> BoolArray:
    return np.array([[a == b for b in groups] for a in groups])


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
