"""Standings over many rankings and the analysis of variance of them, by hand and against SciPy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LinearRegression

from builder.stats.multiverse import crowded, explained, relative_places, standings

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def rankings(n_models: int, n_rankings: int, seed: int, missing: float = 0.0) -> IntArray:
    """Random orders with ties, of the models that take part."""
    generator = np.random.default_rng(seed)
    values = np.round(generator.normal(size=(n_models, n_rankings)), 1)
    values[generator.random(values.shape) < missing] = np.nan
    ranks = stats.rankdata(values, axis=0, method="min", nan_policy="omit")
    return np.nan_to_num(ranks, nan=0).astype(np.int64)


FOUR = np.array(
    [
        [1, 2, 2, 3],
        [2, 1, 3, 1],
        [3, 3, 1, 2],
    ]
)
TWO_BY_TWO = {"scheme": ["s", "s", "t", "t"], "policy": ["p", "q", "p", "q"]}


def test_relative_places_by_hand() -> None:
    """Of five, of two, of one (which says nothing), of none; ties share the better place."""
    places = [[1, 2, 1, 0], [2, 0, 0, 0], [2, 1, 0, 0], [4, 0, 0, 0], [5, 0, 0, 0]]
    nan = np.nan
    expected = [
        [0, 1, nan, nan],
        [0.25, nan, nan, nan],
        [0.25, 0, nan, nan],
        [0.75, nan, nan, nan],
        [1, nan, nan, nan],
    ]
    np.testing.assert_array_equal(relative_places(places), expected)


def test_standings_by_hand() -> None:
    """Four models; the last is in two rankings of four, where it is fourth, the third in three."""
    places = np.array([[1, 1, 2, 3], [2, 2, 1, 1], [3, 3, 0, 2], [4, 0, 0, 4]])
    found = standings(places)
    np.testing.assert_array_equal(found.n_rankings, [4, 4, 3, 2])
    np.testing.assert_array_equal(found.place.best, [1, 1, 2, 4])
    np.testing.assert_array_equal(found.place.lower_quartile, [1, 1, 2.5, 4])
    np.testing.assert_array_equal(found.place.median, [1.5, 1.5, 3, 4])
    np.testing.assert_array_equal(found.place.upper_quartile, [2.25, 2, 3, 4])
    np.testing.assert_array_equal(found.place.worst, [3, 2, 3, 4])
    # Rankings of 4, 3, 2 and 4: the first model is at 0, 0, 1 and 2/3.
    np.testing.assert_allclose(found.relative.median, [1 / 3, 1 / 6, 2 / 3, 1])
    np.testing.assert_allclose(found.relative.worst, [1, 0.5, 1, 1])
    assert list(found.top) == [1, 3, 10]
    np.testing.assert_array_equal(found.top[1], [0.5, 0.5, 0, 0])
    np.testing.assert_array_equal(found.top[3], [1, 1, 1, 0])
    np.testing.assert_array_equal(found.top[10], [1, 1, 1, 1])


def test_a_place_that_many_share_is_none_of_the_first() -> None:
    """Two tables: eleven, and ten, that all share the first place but for one model behind them."""
    for n, counts in ((11, 0.5), (10, 1.0)):
        shared = np.array([1] * n + [n + 1])
        apart = np.arange(1, n + 2)
        found = standings(np.stack([shared, apart], axis=1))
        assert found.top[1][0] == counts
        assert found.top[1][n - 1] == (0.5 if n == 10 else 0.0)
        assert found.place.best[n - 1] == 1
    np.testing.assert_array_equal(
        crowded(np.array([[1], *[[2]] * 11, [0]]))[:, 0], [False, *[True] * 11, False]
    )


def test_a_model_in_no_ranking_has_no_standing() -> None:
    found = standings([[1, 1], [0, 0]])
    np.testing.assert_array_equal(found.n_rankings, [2, 0])
    for spread in (found.place, found.relative):
        assert np.isnan([spread.best[1], spread.median[1], spread.upper_quartile[1]]).all()
    np.testing.assert_array_equal(found.top[1], [1, np.nan])
    assert found.place.median[0] == 1
    assert np.isnan(found.relative.median[0])  # alone in its rankings


def test_standings_without_models_or_rankings() -> None:
    for shape in ((0, 3), (3, 0), (0, 0)):
        found = standings(np.zeros(shape, dtype=np.int64))
        assert found.place.median.shape == found.top[1].shape == (shape[0],)
        assert np.isnan(found.place.median).all()
        result = explained(np.zeros(shape, dtype=np.int64), {"one": ["a"] * shape[1]})
        assert result.n_places == 0
        assert np.isnan([result.shares["one"], result.together, result.remainder, result.variance]).all()


@given(st.integers(1, 12), st.integers(1, 9), st.integers(0, 999))
@settings(deadline=None)
def test_standings_are_those_of_each_row(n_models: int, n_rankings: int, seed: int) -> None:
    places = rankings(n_models, n_rankings, seed, missing=0.3)
    found = standings(places)
    for model, row in enumerate(places):
        own = row[row > 0].tolist()
        if not own:
            assert np.isnan(found.place.best[model])
            continue
        assert found.n_rankings[model] == len(own)
        assert (found.place.best[model], found.place.worst[model]) == (min(own), max(own))
        assert found.place.median[model] == np.median(own)
        assert found.place.lower_quartile[model] == pytest.approx(np.percentile(own, 25))
        for place, share in found.top.items():
            assert share[model] == pytest.approx(sum(one <= place for one in own) / len(own))


def test_explained_two_by_two_by_hand() -> None:
    """Relative places 0, 1/2, 1/2, 1 of the first model: schemes' means 1/4 and 3/4 give 4/16 of its 1/2,
    and so do policies'. The others: totals 11/16 each; 1/16 and 9/16, and 9/16 and 1/16.
    """
    found = explained(FOUR, TWO_BY_TWO)
    total = 1 / 2 + 11 / 16 + 11 / 16
    assert found.shares == pytest.approx({"scheme": (14 / 16) / total, "policy": (14 / 16) / total})
    assert found.together == pytest.approx((28 / 16) / total)
    assert found.remainder == pytest.approx((2 / 16) / total)
    assert found.variance == pytest.approx(total / 12)
    assert found.n_places == 12


@pytest.mark.parametrize(
    ("places", "scheme", "policy"),
    [
        ([[1, 1, 2, 2], [2, 2, 1, 1]], 1, 0),
        ([[1, 2, 1, 2], [2, 1, 2, 1]], 0, 1),
        ([[1, 2, 2, 1], [2, 1, 1, 2]], 0, 0),  # the combination alone decides
        ([[1, 1, 1, 2], [2, 2, 2, 1]], 1 / 3, 1 / 3),
    ],
)
def test_explained_of_two_models_by_hand(places: list[list[int]], scheme: float, policy: float) -> None:
    found = explained(places, TWO_BY_TWO)
    assert found.shares == pytest.approx({"scheme": scheme, "policy": policy}, abs=1e-12)
    assert found.remainder == pytest.approx(1 - scheme - policy, abs=1e-12)


def test_choices_that_go_together_share_what_they_explain() -> None:
    """An unbalanced set: both choices are the same, so shares add up to 2 and together they explain 1."""
    same = {"scheme": list("sstt"), "again": list("xxyy")}
    found = explained([[1, 1, 2, 2], [2, 2, 1, 1]], same)
    assert found.shares == pytest.approx({"scheme": 1, "again": 1})
    assert (found.together, found.remainder) == pytest.approx((1, 0), abs=1e-12)


def test_models_that_never_move_leave_nothing_to_explain() -> None:
    found = explained([[1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3]], TWO_BY_TWO)
    assert np.isnan([*found.shares.values(), found.together, found.remainder]).all()
    assert (found.variance, found.n_places) == (0, 12)


def test_no_choice_explains_nothing() -> None:
    found = explained(FOUR, {})
    assert found.shares == {}
    assert (found.together, found.remainder) == pytest.approx((0, 1), abs=1e-12)


@given(st.integers(2, 6), st.integers(0, 999), st.sampled_from([0.0, 0.3]))
@settings(deadline=None)
def test_one_choice_is_a_one_way_analysis_of_variance(n_models: int, seed: int, missing: float) -> None:
    """Eta squared from SciPy's F of each model, weighted by the model's total sum of squares."""
    places = rankings(n_models, 12, seed, missing)
    labels = list("aaaabbbbbccc")
    relative = relative_places(places)
    between = total = 0.0
    for row in relative:
        groups = [row[[one == level for one in labels]] for level in "abc"]
        groups = [group[~np.isnan(group)] for group in groups]
        own = np.concatenate(groups)
        if len(own) == 0:
            continue
        squares = float(((own - own.mean()) ** 2).sum())
        total += squares
        if squares == 0:
            continue
        groups = [group for group in groups if len(group)]
        inner, rest = len(groups) - 1, len(own) - len(groups)
        if inner == 0:
            continue
        if rest == 0:
            between += squares
            continue
        f = stats.f_oneway(*groups).statistic
        between += squares if np.isinf(f) else squares * f * inner / (f * inner + rest)
    found = explained(places, {"one": labels})
    if total == 0:
        assert np.isnan(found.shares["one"])
    else:
        assert found.shares["one"] == pytest.approx(between / total, abs=1e-9)
        assert found.together == pytest.approx(found.shares["one"], abs=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.25])
def test_together_is_least_squares_on_all_choices(missing: float) -> None:
    generator = np.random.default_rng(3)
    places = rankings(30, 40, 4, missing)
    choices = {name: [str(one) for one in generator.integers(0, 4, 40)] for name in ("a", "b", "c")}
    relative = relative_places(places)
    dummies = np.array([[of[j] == level for of in choices.values() for level in "0123"] for j in range(40)])
    left = total = 0.0
    for row in relative:
        kept = ~np.isnan(row)
        fit = LinearRegression().fit(dummies[kept], row[kept])
        left += float(((row[kept] - fit.predict(dummies[kept])) ** 2).sum())
        total += float(((row[kept] - row[kept].mean()) ** 2).sum())
    found = explained(places, choices)
    assert found.remainder == pytest.approx(left / total, abs=1e-9)
    assert found.together == pytest.approx(1 - left / total, abs=1e-9)
    assert found.variance == pytest.approx(total / (~np.isnan(relative)).sum())
    assert 0 < max(found.shares.values()) < found.together < 1


@given(st.integers(2, 8), st.integers(0, 999), st.permutations(range(12)))
@settings(deadline=None)
def test_shares_of_a_balanced_set_add_up_and_order_does_not_matter(
    n_models: int, seed: int, order: list[int]
) -> None:
    places = rankings(n_models, 12, seed)
    cells = list(product("abc", "xy", "mn"))
    choices = {name: [cell[at] for cell in cells] for at, name in enumerate(("one", "two", "three"))}
    found = explained(places, choices)
    if np.isnan(found.together):
        np.testing.assert_array_equal(places.min(axis=1), places.max(axis=1))
        return
    assert sum(found.shares.values()) == pytest.approx(found.together, abs=1e-9)
    assert -1e-12 <= min(found.shares.values()) <= found.together <= 1 + 1e-12
    turned = {name: [labels[at] for at in order] for name, labels in reversed(choices.items())}
    again = explained(places[:, order], turned)
    assert again.shares == pytest.approx(found.shares, abs=1e-12)
    assert again.remainder == pytest.approx(found.remainder, abs=1e-9)


def test_errors_say_what_is_wrong() -> None:
    for function in (relative_places, standings):
        with pytest.raises(ValueError, match="shape"):
            function([1, 2])
        with pytest.raises(ValueError, match="whole numbers"):
            function([[1.0], [2.0]])
        with pytest.raises(ValueError, match="below 0"):
            function([[1], [-1]])
        with pytest.raises(ValueError, match="beyond"):
            function([[1], [3]])
    with pytest.raises(ValueError, match="'policy' has 3 levels listed for 4"):
        explained(FOUR, {**TWO_BY_TWO, "policy": ["p", "q", "p"]})
    with pytest.raises(ValueError, match="beyond"):
        explained([[2], [0]], {})
