"""builder.stats.comparison: schemes against each other, by hand and by SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from builder.stats.comparison import compare_schemes, count_moved, places_moved

MEAN = np.array([0.9, 0.7, 0.5, 0.3])
RANK = np.array([2.0, 1.0, 3.0, 4.0])  # lower is better: the first two change places
UP = {"mean": True, "rank": False, "other": True}


def test_by_hand() -> None:
    """One swap of neighbours among four: rho = 1 - 6 x 2 / 60 = 0.8, tau = (5 - 1) / 6."""
    found = compare_schemes({"mean": MEAN, "rank": RANK}, UP, baseline="mean", more_than=0)
    assert found.schemes == ("mean", "rank")
    np.testing.assert_allclose(found.spearman, [[1, 0.8], [0.8, 1]], rtol=1e-12)
    np.testing.assert_allclose(found.kendall, [[1, 4 / 6], [4 / 6, 1]], rtol=1e-12)
    np.testing.assert_array_equal(found.places, [[1, 2], [2, 1], [3, 3], [4, 4]])
    np.testing.assert_array_equal(found.moved, [[0, -1], [0, 1], [0, 0], [0, 0]])
    assert found.n_moved == {"mean": 0, "rank": 2}


def test_correlations_equal_scipys_turned_the_right_way_up() -> None:
    generator = np.random.default_rng(1)
    values = {"mean": generator.normal(size=50), "rank": generator.integers(1, 20, 50) / 2.0}
    found = compare_schemes(values, UP, baseline=None, more_than=10)
    expected = stats.spearmanr(values["mean"], -values["rank"]).statistic
    assert found.spearman[0, 1] == pytest.approx(expected, abs=1e-12)
    expected = stats.kendalltau(values["mean"], -values["rank"]).statistic
    assert found.kendall[0, 1] == pytest.approx(expected, abs=1e-12)


def test_a_ranking_equals_itself_whichever_way_up() -> None:
    found = compare_schemes({"mean": MEAN, "rank": -MEAN}, UP, baseline="rank", more_than=0)
    np.testing.assert_array_equal(found.spearman, 1.0)
    np.testing.assert_array_equal(found.kendall, 1.0)
    np.testing.assert_array_equal(found.moved, 0)


def test_noise_in_the_last_digit_is_a_tie_for_places_and_correlations() -> None:
    noisy = {"mean": np.array([0.1 + 0.2, 0.3, 0.5]), "other": np.array([0.3, 0.3, 0.5])}
    found = compare_schemes(noisy, UP, baseline="mean", more_than=0)
    np.testing.assert_array_equal(found.spearman, 1.0)
    np.testing.assert_array_equal(found.places, [[2, 2], [2, 2], [1, 1]])


def test_without_a_baseline_nothing_moves() -> None:
    found = compare_schemes({"rank": RANK}, UP, baseline=None, more_than=10)
    assert found.moved is None
    assert found.n_moved == {}


def test_a_scheme_that_tells_no_model_from_another_has_no_correlation() -> None:
    found = compare_schemes({"mean": MEAN, "other": np.ones(4)}, UP, baseline="mean", more_than=10)
    np.testing.assert_array_equal(np.isnan(found.spearman), [[False, True], [True, True]])
    np.testing.assert_array_equal(found.places[:, 1], 1)
    np.testing.assert_array_equal(found.moved, [[0, 0], [0, 1], [0, 2], [0, 3]])


def test_more_than_is_more_than() -> None:
    moved = places_moved(np.array([[1], [12], [30]]), np.array([[11, 12], [1, 12], [41, 30]]))
    np.testing.assert_array_equal(moved, [[-10, -11], [11, 0], [-11, 0]])
    np.testing.assert_array_equal(count_moved(moved, 10), [2, 1])


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="no scheme"):
        compare_schemes({}, UP, baseline=None, more_than=10)
    with pytest.raises(ValueError, match="mean"):
        compare_schemes({"mean": np.array([1.0, np.nan])}, UP, baseline=None, more_than=10)
    with pytest.raises(KeyError):
        compare_schemes({"mean": MEAN}, UP, baseline="rank", more_than=10)
    with pytest.raises(ValueError, match="dimension"):
        compare_schemes({"mean": MEAN, "rank": RANK[:3]}, UP, baseline=None, more_than=10)
