"""Agreement, concordance, diversity and small panels: by hand, published, and against SciPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats

from builder.stats.redundancy import (
    agreement_with_rest,
    diversity,
    kendall_w,
    smallest_panel,
)

FloatArray = NDArray[np.float64]

tables = arrays.arrays(
    np.float64, st.tuples(st.integers(3, 9), st.integers(3, 6)), elements=st.integers(0, 5).map(float)
)
JUDGES = np.array([[1, 1, 2, 3], [3, 2, 3, 1], [2, 3, 1, 2]])
"""Three competitors and the ranks that four judges give them: W = 1/16 (ProofWiki, "Kendall's Coefficient of
Concordance/Examples/Arbitrary Example 1")."""
TIED = np.array(
    [
        [1, 4.5, 2, 4.5, 3, 7.5, 6, 9, 7.5, 10],
        [2.5, 1, 2.5, 4.5, 4.5, 8, 9, 6.5, 10, 6.5],
        [2, 1, 4.5, 4.5, 4.5, 4.5, 8, 8, 8, 10],
    ]
).T


def related(n_models: int, n_metrics: int, seed: int) -> FloatArray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n_models, n_metrics)) + 0.5 * generator.normal(size=(n_models, 1))


def mean_ranks(scores: FloatArray) -> FloatArray:
    return np.asarray(stats.rankdata(-scores, axis=0).mean(axis=1).round(9))


def test_w_of_the_published_example() -> None:
    assert kendall_w(-JUDGES) == pytest.approx(1 / 16)


def test_w_with_ties_by_hand() -> None:
    """Rank sums 5.5, 6.5, 9, 13.5, 12, 20, 23, 23.5, 25.5, 26.5 about 16.5: S = 591. Ties: two pairs, three
    pairs, a four and a three, so T = 12 + 18 + 84 = 114. W = 12 x 591 / (9 x 990 - 3 x 114) = 591 / 714.
    """
    assert ((TIED.sum(axis=1) - 16.5) ** 2).sum() == 591
    assert kendall_w(-TIED) == pytest.approx(591 / 714)
    found = diversity(-TIED)
    assert found.corrected == pytest.approx(1 - 591 / 714)
    assert found.reversed_w == pytest.approx(1 - 12 * 591 / (9 * 990))


@given(tables)
def test_w_is_friedman_s_statistic_over_its_largest(scores: FloatArray) -> None:
    n, m = scores.shape
    if (scores == scores[0]).all():
        assert np.isnan(kendall_w(scores))
        return
    friedman = stats.friedmanchisquare(*scores).statistic  # models are the treatments
    assert kendall_w(scores) == pytest.approx(friedman / (m * (n - 1)), abs=1e-12)


def test_w_at_its_ends_and_beyond() -> None:
    column = np.array([0.3, 0.1, 0.2, 0.1])
    assert kendall_w(np.column_stack([column, 5 * column, np.exp(column)])) == pytest.approx(1)
    assert kendall_w([[1, 2], [2, 1]]) == 0
    assert kendall_w([[4.0], [2.0]]) == pytest.approx(1)  # one metric agrees with itself
    for undefined in (np.empty((3, 0)), np.empty((0, 3)), np.ones((1, 3)), np.ones((4, 2))):
        assert np.isnan(kendall_w(undefined))


def test_agreement_with_the_rest_by_hand() -> None:
    """Ranks 1 2 3, 1 2 3 and 3 2 1. The others' sums are 4, 4, 4 for the first two, 2, 4, 6 for the last."""
    found = agreement_with_rest([[3, 3, 1], [2, 2, 2], [1, 1, 3]])
    np.testing.assert_array_equal(found, [np.nan, np.nan, -1])


@given(tables)
@settings(deadline=None)
def test_agreement_with_the_rest_is_scipys(scores: FloatArray) -> None:
    found = agreement_with_rest(scores)
    assert found.shape == (scores.shape[1],)
    for column, own in enumerate(scores.T):
        others = -mean_ranks(np.delete(scores, column, axis=1))
        if np.ptp(own) == 0 or np.ptp(others) == 0:
            assert np.isnan(found[column])
        else:
            expected = stats.spearmanr(own, others).statistic
            assert found[column] == pytest.approx(expected, abs=1e-12)


def test_a_metric_alone_has_no_rest() -> None:
    np.testing.assert_array_equal(agreement_with_rest([[1.0], [2.0], [3.0]]), [np.nan])
    assert agreement_with_rest(np.empty((3, 0))).shape == (0,)


def test_the_smallest_panel_by_hand() -> None:
    """Ranks of a: 1 2 3 4, b: 1 3 2 4, c: 4 3 2 1, d: 2 1 4 3. Sums 8, 9, 11, 12: the whole order is a's.

    Without a the sums are 7, 7, 8, 8. With that order c has rho -4 / sqrt 20, b 2 / sqrt 20, d 4 / sqrt 20;
    d and b sum to 3, 4, 6, 7, which is no better, d and c to 6, 4, 6, 4, which has rho 0; all three have 1.
    """
    ranks = np.array([[1, 1, 4, 2], [2, 3, 3, 1], [3, 2, 2, 4], [4, 4, 1, 3]])
    found = smallest_panel(-ranks[:, [2, 1, 0, 3]])
    np.testing.assert_array_equal(found.order, [2])
    np.testing.assert_array_equal(found.agreement, [1])
    every = smallest_panel(-ranks[:, [2, 1, 3]])
    np.testing.assert_array_equal(every.order, [2, 1, 0])
    np.testing.assert_allclose(every.agreement, [4 / 20**0.5, 4 / 20**0.5, 1])
    np.testing.assert_array_equal(smallest_panel(-ranks[:, [2, 1, 3]], 0.85).order, [2])


@pytest.mark.parametrize("enough", [0.8, 0.95, 1.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_smallest_panel_is_greedy(enough: float, seed: int) -> None:
    """Each step against every metric that is left, by SciPy."""
    scores = related(25, 8, seed)
    found = smallest_panel(scores, enough)
    whole = mean_ranks(scores)
    chosen: list[int] = []
    before = -1.0
    for column, rho in zip(found.order.tolist(), found.agreement.tolist(), strict=True):
        assert before < enough
        tried = {
            one: stats.spearmanr(mean_ranks(scores[:, [*chosen, one]]), whole).statistic
            for one in range(8)
            if one not in chosen
        }
        assert rho == pytest.approx(max(tried.values()), abs=1e-12)
        assert tried[column] == pytest.approx(rho, abs=1e-12)
        chosen.append(column)
        before = rho
    assert before >= enough
    assert len(chosen) > 1


@given(tables, st.sampled_from([-1.0, 0.5, 0.95, 1.0]))
@settings(deadline=None)
def test_the_smallest_panel_always_ends(scores: FloatArray, enough: float) -> None:
    if np.ptp(mean_ranks(scores)) == 0:
        with pytest.raises(ValueError, match="no order"):
            smallest_panel(scores, enough)
        return
    found = smallest_panel(scores, enough)
    assert found.order.shape == found.agreement.shape
    assert len(set(found.order.tolist())) == len(found.order) <= scores.shape[1]
    assert found.agreement[-1] >= enough
    assert (found.agreement[:-1] < enough).all()
    if len(found.order) == scores.shape[1]:
        assert found.agreement[-1] == 1


def test_metrics_that_tell_nothing_apart_come_last() -> None:
    scores = np.column_stack([np.ones(6), np.arange(6.0), np.ones(6)])
    found = smallest_panel(scores)
    np.testing.assert_array_equal(found.order, [1])


def test_diversity_by_hand() -> None:
    """The judges: W = 1/16. Largest differences of ranks of the pairs AB 1, AC 1, AD 2, BC 2, BD 2, CD 2, of
    2 that are possible.
    """
    found = diversity(-JUDGES)
    assert found.reversed_w == pytest.approx(15 / 16)
    assert found.corrected == pytest.approx(15 / 16)
    assert found.rank_change == pytest.approx(10 / 6 / 2)


@given(tables)
def test_diversity_from_pairs_of_metrics(scores: FloatArray) -> None:
    """Without ties W is 1/m + (1 - 1/m) times the mean Spearman of all pairs; ties only add diversity."""
    n, m = scores.shape
    jitter = np.argsort(np.argsort(scores + np.linspace(0, 0.5, n)[:, np.newaxis], axis=0), axis=0)
    found = diversity(jitter)
    pairs = [(i, j) for i in range(m) for j in range(i)]
    rho = np.mean([stats.spearmanr(jitter[:, i], jitter[:, j]).statistic for i, j in pairs])
    assert found.reversed_w == pytest.approx(1 - (1 / m + (1 - 1 / m) * rho), abs=1e-9)
    assert found.corrected == pytest.approx(found.reversed_w, abs=1e-9)
    change = np.mean([np.abs(jitter[:, i] - jitter[:, j]).max() for i, j in pairs]) / (n - 1)
    assert found.rank_change == pytest.approx(change)
    tied = diversity(scores)
    assert np.isnan(tied.corrected) or tied.reversed_w >= tied.corrected - 1e-12
    assert 0 <= tied.rank_change <= 1


def test_diversity_where_it_is_undefined() -> None:
    alone = diversity([[1.0], [2.0]])
    assert alone.reversed_w == pytest.approx(0)
    assert np.isnan(alone.rank_change)
    nobody = diversity(np.ones((1, 3)))
    assert np.isnan([nobody.reversed_w, nobody.corrected, nobody.rank_change]).all()


@pytest.mark.parametrize("function", [agreement_with_rest, kendall_w, smallest_panel, diversity])
def test_errors_say_what_is_wrong(function: Callable[[object], object]) -> None:
    with pytest.raises(ValueError, match="shape"):
        function([1.0, 2.0])
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="missing"):
            function([[1.0, bad], [2.0, 3.0]])


def test_a_panel_cannot_agree_more_than_fully_or_without_an_order() -> None:
    for enough in (1.01, -1.5, np.nan):
        with pytest.raises(ValueError, match="between -1 and 1"):
            smallest_panel([[1.0], [2.0]], enough)
    for flat in (np.empty((0, 2)), np.empty((3, 0)), np.ones((3, 2)), np.ones((1, 2))):
        with pytest.raises(ValueError, match="no order"):
            smallest_panel(flat)
