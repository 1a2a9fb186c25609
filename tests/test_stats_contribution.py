"""builder.stats.contribution against SciPy and cases worked by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats.contribution import (
    explained_variance,
    explained_variance_rank,
    explained_variance_robust,
    group_scores,
    group_values,
    outliers,
    sub_panel,
    z_transform,
)
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES

FloatArray = NDArray[np.float64]
BOTH = [explained_variance, explained_variance_rank]
TREE = MetricTree.ordered(
    [
        Group("neural", "Neural", role="neural"),
        Group("v1", "V1", "neural"),
        Metric("a", "A", "v1"),
        Metric("b", "B", "v1"),
        Metric("it", "IT", "neural"),
        Group("behavior", "Behavior", role="behavior"),
        Metric("c", "C", "behavior"),
    ]
)
SCORES = np.array([[0.2, 0.4, 0.6, 0.9], [0.4, 0.4, 0.2, 0.1], [0.6, 0.1, 0.7, 0.5]])
RANKS = np.array([[3.0, 1.5, 2.0, 1.0], [2.0, 1.5, 3.0, 3.0], [1.0, 3.0, 1.0, 2.0]])
PANEL = Panel(("x", "y", "z"), SCORES, RANKS, TREE)


def test_explained_variance_by_hand() -> None:
    """x = 1 2 3, y = 1 3 2: r = 1 / 2 for values and ranks alike."""
    x, y = np.array([1.0, 2, 3]), np.array([1.0, 3, 2])
    assert explained_variance(x, y) == pytest.approx(0.25, abs=1e-15)
    assert explained_variance_rank(x, y) == pytest.approx(0.25, abs=1e-15)
    assert explained_variance(x, -x) == explained_variance_rank(x, -(x**5)) == 1.0


def test_explained_variance_equals_scipy() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 60))
    y += 0.4 * x
    assert explained_variance(x, y) == pytest.approx(stats.pearsonr(x, y).statistic ** 2, abs=1e-12)
    assert explained_variance_rank(x, y) == pytest.approx(stats.spearmanr(x, y).statistic ** 2, abs=1e-12)


def test_shares_of_unequal_spread_are_unequal_and_z_makes_them_equal() -> None:
    """Two uncorrelated groups, one of three times the spread: they explain 9 / 10 and 1 / 10 of their mean.

    This is the paper's point: with raw means the group that differs more among models rules.
    """
    narrow = np.array([1.0, -1, 1, -1])
    wide = 3 * np.array([1.0, 1, -1, -1])
    overall = (narrow + wide) / 2
    assert explained_variance(wide, overall) == pytest.approx(0.9)
    assert explained_variance(narrow, overall) == pytest.approx(0.1)
    z = (z_transform(narrow) + z_transform(wide)) / 2
    assert explained_variance(z_transform(wide), z) == pytest.approx(0.5)
    assert explained_variance(z_transform(narrow), z) == pytest.approx(0.5)


@pytest.mark.parametrize("measure", BOTH)
@pytest.mark.parametrize(
    ("group", "overall", "reason"),
    [
        ([1.0, 2.0], [2.0, 1.0], "three"),
        ([], [], "three"),
        ([0.1, 0.1, 0.1], [1.0, 2.0, 3.0], "group score is the same"),
        ([1.0, 2.0, 3.0], [0.1, 0.1, 0.1], "overall score is the same"),
        ([1.0, np.nan, 3.0], [1.0, 2.0, 3.0], "both scores"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], "shape"),
    ],
)
def test_what_has_no_share_is_refused(
    measure: Callable[[FloatArray, FloatArray], float], group: list[float], overall: list[float], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        measure(np.array(group), np.array(overall))


def test_outliers_by_hand() -> None:
    """Median 3, distances 2 1 0 1 d: MAD 1, so the bound is 3.5 x 1.4826 = 5.1891."""
    scores = np.array([[1.0, 2, 3, 4, 3 + 5.18], [1.0, 2, 3, 4, 3 + 5.20]]).T
    np.testing.assert_array_equal(outliers(scores)[:4], False)
    np.testing.assert_array_equal(outliers(scores)[4], [False, True])


def test_outliers_where_most_scores_are_equal() -> None:
    """MAD 0. Of 10 scores nine are 0, one 1: mean deviation 0.1, and 1 / (1.2533 x 0.1) = 7.98 > 3.5.

    Of three 1s each is at 1 / (1.2533 x 0.3) = 2.66 only. With two of four at 1 the median is halfway, and
    nothing is far; a constant group has none either.
    """
    column = np.zeros(10)
    column[3] = 1
    np.testing.assert_array_equal(outliers(column[:, np.newaxis])[:, 0], column == 1)
    column[4:6] = 1
    assert not outliers(column[:, np.newaxis]).any()
    assert not outliers(np.array([[0.0, 5], [0, 5], [1, 5], [1, 5]])).any()
    assert outliers(np.empty((0, 2))).shape == (0, 2)


def test_robust_share_leaves_the_outlier_out_everywhere() -> None:
    generator = np.random.default_rng(2)
    groups = generator.normal(size=(40, 2))
    overall = groups.mean(axis=1)
    clean = explained_variance_robust(groups, overall)
    assert clean.n_outliers == 0
    np.testing.assert_allclose(
        clean.explained_variance, [explained_variance(groups[:, k], overall) for k in (0, 1)], rtol=1e-12
    )
    with_outlier = np.vstack([groups, [0.0, 1e3]])
    found = explained_variance_robust(with_outlier, np.append(overall, 5e2))
    assert found.n_outliers == 1
    np.testing.assert_allclose(found.explained_variance, clean.explained_variance, rtol=1e-12)
    assert explained_variance(with_outlier[:, 1], np.append(overall, 5e2)) > 0.99


def test_robust_share_is_nan_where_it_is_undefined() -> None:
    groups = np.column_stack([np.full(5, 0.1), np.arange(5.0)])
    found = explained_variance_robust(groups, np.arange(5.0))
    np.testing.assert_allclose(found.explained_variance, [np.nan, 1.0])
    too_few = explained_variance_robust(groups[:2], np.arange(2.0))
    np.testing.assert_array_equal(too_few.explained_variance, [np.nan, np.nan])
    with pytest.raises(ValueError, match="missing"):
        explained_variance_robust(np.array([[1.0], [np.nan], [2.0]]), np.arange(3.0))
    with pytest.raises(ValueError, match="each model"):
        explained_variance_robust(groups, np.arange(4.0))


def test_group_scores_are_means_up_the_tree() -> None:
    found = group_scores(PANEL, ["neural", "v1", "behavior"])
    expected = [[(0.3 + 0.6) / 2, 0.3, 0.9], [(0.4 + 0.2) / 2, 0.4, 0.1], [(0.35 + 0.7) / 2, 0.35, 0.5]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_group_scores_leave_missing_cells_out() -> None:
    scores = SCORES.copy()
    scores[0, 1], scores[1, 3] = np.nan, np.nan
    found = group_scores(Panel(PANEL.models, scores, RANKS, TREE), ("neural", "behavior"))
    np.testing.assert_allclose(found[:2], [[0.4, 0.9], [0.3, np.nan]], rtol=1e-12)


GROUP_VALUES = {
    "arithmetic-mean": ([1.2 / 3, 1.0 / 3, 1.4 / 3], [0.9, 0.1, 0.5]),
    "hierarchical-mean": ([0.45, 0.3, 0.525], [0.9, 0.1, 0.5]),
    "mean-rank": ([6.5 / 3, 6.5 / 3, 5 / 3], [1, 3, 2]),
    "hierarchical-mean-rank": ([(2.25 + 2) / 2, (1.75 + 3) / 2, (2 + 1) / 2], [1, 3, 2]),
}


@pytest.mark.parametrize("scheme", GROUP_VALUES)
def test_group_values_by_hand(scheme: str) -> None:
    found = group_values(PANEL, SCHEMES[scheme], ["neural", "behavior"])
    np.testing.assert_allclose(found.T, GROUP_VALUES[scheme], rtol=1e-12)


@pytest.mark.parametrize("scheme", ["z-mean", "hierarchical-z-mean"])
def test_group_values_of_z_schemes_are_z_scores(scheme: str) -> None:
    found = group_values(PANEL, SCHEMES[scheme], ["behavior", "v1"])
    np.testing.assert_allclose(found[:, 0], stats.zscore(SCORES[:, 3]), rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], stats.zscore(SCORES[:, :2]).mean(axis=1), rtol=0, atol=1e-12)


def test_groups_weigh_in_the_whole_as_the_tree_says() -> None:
    """Two top-level groups: the scheme up the tree is the mean of what it gives the two alone."""
    for scheme in ("hierarchical-mean", "hierarchical-z-mean", "hierarchical-mean-rank"):
        parts = group_values(PANEL, SCHEMES[scheme], ["neural", "behavior"])
        np.testing.assert_allclose(parts.mean(axis=1), SCHEMES[scheme].aggregate(PANEL), rtol=1e-12)


@pytest.mark.parametrize("unknown", ["nothing", "it", ""])
def test_what_is_no_group_is_refused(unknown: str) -> None:
    with pytest.raises(KeyError):
        group_scores(PANEL, [unknown])
    with pytest.raises(KeyError):
        group_values(PANEL, SCHEMES["mean-rank"], [unknown])


def test_no_groups_give_no_columns() -> None:
    assert group_scores(PANEL, []).shape == group_values(PANEL, SCHEMES["mean-rank"], []).shape == (3, 0)


def test_sub_panel_keeps_tree_order_whatever_the_order_asked() -> None:
    part = sub_panel(PANEL, ["c", "b"])
    assert part.tree.metric_ids == ("b", "c")
    assert part.models == PANEL.models
    np.testing.assert_array_equal(part.scores, SCORES[:, [1, 3]])
    np.testing.assert_array_equal(part.ranks, RANKS[:, [1, 3]])
    with pytest.raises(KeyError):
        sub_panel(PANEL, ["neural"])


pairs = arrays.arrays(
    np.float64, st.tuples(st.integers(3, 12), st.just(2)), elements=st.integers(-5, 5).map(float)
)


@given(pairs)
def test_shares_lie_in_0_to_1_and_do_not_mind_which_way_is_up(scores: FloatArray) -> None:
    assume((np.ptp(scores, axis=0) > 0).all())
    x, y = scores.T
    for measure in BOTH:
        share = measure(x, y)
        assert 0 <= share <= 1
        assert measure(-x, y) == pytest.approx(share, abs=1e-14)
        assert measure(y, x) == share
