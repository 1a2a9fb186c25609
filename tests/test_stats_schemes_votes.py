"""Social choice against published elections and brute force; what fits a model against its likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from elections import TENNESSEE, against, best_orders, flat, value, vote
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from test_stats_schemes import panel_of

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats.schemes import SCHEMES
from builder.stats.schemes.fair import fair_weights, no_fair_weights
from builder.stats.schemes.kemeny import kemeny_order
from builder.stats.schemes.latent import (
    bradley_terry,
    first_component,
    fit_strengths,
    no_first_component,
)
from builder.stats.schemes.majority import condorcet_winner, wins
from builder.stats.schemes.positions import mean_win_rate

FloatArray = NDArray[np.float64]


def test_tennessee_s_capital_by_every_rule() -> None:
    assert value("borda", TENNESSEE) == {"M": 126, "N": 194, "C": 173, "K": 107}
    assert condorcet_winner(TENNESSEE) == "N"
    assert value("copeland", TENNESSEE) == {"M": -3, "N": 3, "C": 1, "K": -1}
    # The worst defeats: Memphis 58 to 42, Chattanooga 68 to 32, Knoxville 83 to 17; Nashville's best.
    assert value("minimax", TENNESSEE) == {"M": 16, "N": -16, "C": 36, "K": 66}
    assert value("plurality", TENNESSEE) == {"M": 0.42, "N": 0.26, "C": 0.15, "K": 0.17}
    assert value("kemeny", TENNESSEE) == {"M": 4, "N": 1, "C": 2, "K": 3}
    assert value("baldwin", TENNESSEE)["N"] == 1
    found = kemeny_order(wins(TENNESSEE))
    assert 600 - found.cost == 393  # the published Kemeny score counts the agreements
    assert found.bound == found.cost


def test_condorcet_s_paradox_has_no_winner_and_is_solved_exactly() -> None:
    paradox = vote({"A>B>C": 1, "B>C>A": 1, "C>A>B": 1})
    assert condorcet_winner(paradox) is None
    assert value("copeland", paradox) == {"A": 0, "B": 0, "C": 0}
    assert value("minimax", paradox) == {"A": 1, "B": 1, "C": 1}
    assert value("baldwin", paradox) == {"A": 1, "B": 1, "C": 1}
    found = kemeny_order(wins(paradox))
    # Any order goes against one vote on two of the pairs, against two on the third: 4, not the trivial 3.
    assert (found.cost, found.bound) == (4, 4)


# Baseball, American League East 1987: wins of the row over the column (Agresti 2002, Categorical data
# analysis, table 10.10), and the strengths fitted to it, Baltimore 0 (Turner and Firth 2012,
# BradleyTerry2, section 2).
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
GAMES = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ],
    dtype=float,
)
STRENGTHS = (1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0)


def test_bradley_terry_gives_the_published_strengths() -> None:
    found = fit_strengths(GAMES, prior=1e-9)
    assert found - found[-1] == pytest.approx(STRENGTHS, abs=6e-5)


def test_who_always_wins_has_a_finite_strength() -> None:
    panel = panel_of(np.array([[3.0, 3.0], [2.0, 2.0], [1.0, 1.0]]), flat(2))
    strengths = bradley_terry(panel)
    assert np.isfinite(strengths).all()
    assert strengths.tolist() == sorted(strengths, reverse=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_kemeny_is_the_best_of_all_orders(n: int, m: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 4, size=(n, m)).astype(float)
    won = wins(panel_of(scores, flat(m)))
    found = kemeny_order(won)
    orders = best_orders(won)
    assert tuple(found.order.tolist()) in orders
    least = against(won, orders[0])
    assert found.cost == pytest.approx(least)
    assert found.bound == pytest.approx(least)


def test_the_bound_of_a_large_order_is_below_what_was_found_and_near() -> None:
    random = np.random.default_rng(3)
    scores = random.normal(size=(60, 1)) + random.normal(size=(60, 15))
    found = kemeny_order(wins(panel_of(scores, flat(15))))
    assert found.bound <= found.cost <= 1.02 * found.bound
    assert sorted(found.order.tolist()) == list(range(60))


def test_wins_by_loops_with_ties_and_holes() -> None:
    scores = np.array([[1.0, 2.0, np.nan], [1.0, 1.0, 5.0], [0.5, np.nan, 7.0]])
    won = wins(panel_of(scores, flat(3)))
    assert won.tolist() == [[0, 1.5, 1], [0.5, 0, 1], [0, 1, 0]]


def test_the_win_rate_counts_only_those_who_have_a_score() -> None:
    scores = np.array([[1.0, 2.0, np.nan], [1.0, 1.0, 5.0], [0.5, np.nan, 7.0], [np.nan] * 3])
    found = mean_win_rate(panel_of(scores, flat(3)))
    # First metric: 3/4, 3/4, 0; second: 1, 0; third: 0, 1. The last model has none.
    assert found[:3].tolist() == pytest.approx([(0.75 + 1) / 2, (0.75 + 0 + 0) / 3, (0 + 1) / 2])
    assert np.isnan(found[3])


def test_the_first_component_is_that_of_the_correlation_matrix() -> None:
    random = np.random.default_rng(4)
    scores = random.normal(size=(30, 1)) @ random.uniform(0.2, 1, (1, 6)) + random.normal(size=(30, 6))
    found = first_component(panel_of(scores, flat(6)))
    values, vectors = np.linalg.eigh(np.corrcoef(scores.T))
    z = stats.zscore(scores, axis=0)
    assert abs(np.corrcoef(found, z @ vectors[:, -1])[0, 1]) == pytest.approx(1)
    assert found.var() == pytest.approx(values[-1])
    assert np.corrcoef(found, scores.mean(axis=1))[0, 1] > 0


def test_where_no_end_of_a_component_is_the_better_it_is_said_why() -> None:
    one, other = np.random.default_rng(7).normal(size=(2, 9))
    against = panel_of(np.column_stack([one, -one]), flat(2))
    assert "neither end of it is the better" in no_first_component(against)
    apart = stats.zscore(other - one * (one @ other - 9 * one.mean() * other.mean()) / (9 * one.var()))
    assert "none is the first" in no_first_component(panel_of(np.column_stack([one, apart]), flat(2)))
    assert no_first_component(panel_of(np.column_stack([one, one + other]), flat(2))) == ""
    assert no_first_component(panel_of(np.ones((4, 2)), flat(2))) == ""


GROUPED = MetricTree.ordered(
    [Group(g, g.upper(), role=g) for g in "abc"]
    + [Metric(f"{g}{i}", f"{g}{i}", g) for g in "abc" for i in range(2)]
)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.9))
def test_fair_weights_give_every_group_the_same_share(seed: int, shared: float) -> None:
    random = np.random.default_rng(seed)
    common = random.normal(size=(25, 1))
    scores = (shared * common + random.normal(size=(25, 6))) * random.uniform(0.1, 10, 6)
    panel = panel_of(scores, GROUPED)
    if no_fair_weights(panel):
        return
    weights = fair_weights(panel)
    aggregate = SCHEMES["fair-contribution"].aggregate(panel)
    means = [scores[:, k : k + 2].mean(axis=1) for k in (0, 2, 4)]
    shares = [np.corrcoef(one, aggregate)[0, 1] ** 2 for one in means]
    assert shares == pytest.approx([shares[0]] * 3, rel=1e-6)
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) > 0


def test_where_no_fair_weights_exist_it_is_said_why() -> None:
    random = np.random.default_rng(5)
    one, other = random.normal(size=(2, 40))
    # The third group is the sum of the others and less of one: it can only be held down by a negative weight.
    third = one + other + 0.1 * random.normal(size=40)
    scores = np.column_stack([one, one, other, other, third, third])
    assert "that of 'C' would have to be negative" in no_fair_weights(panel_of(scores, GROUPED))
    scores[:, 2:4] = 1.0
    assert "all models score the same" in no_fair_weights(panel_of(scores, GROUPED))
    assert "one group only" in no_fair_weights(panel_of(scores[:, :1], flat(1)))


@pytest.mark.parametrize("scheme", [one.id for one in SCHEMES.values() if "partial-order" in one.policies])
def test_with_holes_every_model_that_has_a_rank_gets_a_value(scheme: str) -> None:
    scores = np.random.default_rng(6).uniform(0.1, 1, size=(8, 5))
    scores[np.random.default_rng(6).random(scores.shape) < 0.3] = np.nan
    scores[3] = np.nan
    found = SCHEMES[scheme].aggregate(panel_of(scores, flat(5)))
    assert np.isnan(found).tolist() == [i == 3 for i in range(8)]
