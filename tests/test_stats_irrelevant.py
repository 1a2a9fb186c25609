"""Irrelevant alternatives: a textbook reversal, counts pair by pair, and schemes that turn nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from unittest import mock

import numpy as np
import pytest
from elections import against, best_orders, flat, vote
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from test_stats_schemes import TREE, panel_of

from builder.stats.irrelevant import Irrelevance, irrelevant_alternatives
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, places
from builder.stats.schemes.kemeny import kemeny_order, kemeny_without
from builder.stats.schemes.latent import bradley_terry, bradley_terry_without
from builder.stats.schemes.majority import wins
from builder.stats.schemes.present import only_present

FloatArray = NDArray[np.float64]

BORDA = SCHEMES["borda"]
tables = arrays.arrays(
    np.float64, st.tuples(st.integers(0, 8), st.just(4)), elements=st.integers(-9, 9).map(lambda x: x / 10)
)


def pair_by_pair(panel: Panel, scheme: str, removed: range) -> dict[str, list[int]]:
    """Signs of every pair before and after, with the panel built anew by the tests' own ranks."""
    rule = SCHEMES[scheme]
    before = places(rule.aggregate(panel), rule.higher_is_better)
    found: dict[str, list[int]] = {"n_pairs": [], "turned": [], "parted": [], "tied": []}
    for model in removed:
        rest = [one for one in range(len(panel.models)) if one != model]
        after = places(rule.aggregate(panel_of(panel.scores[rest].copy(), panel.tree)), rule.higher_is_better)
        place = dict(zip(rest, after.tolist(), strict=True))
        signs = [
            (np.sign(before[i] - before[j]), np.sign(place[i] - place[j]))
            for i, j in combinations(rest, 2)
            if before[i] and before[j] and place[i] and place[j]
        ]
        found["n_pairs"].append(len(signs))
        found["turned"].append(sum(a * b == -1 for a, b in signs))
        found["parted"].append(sum(a == 0 != b for a, b in signs))
        found["tied"].append(sum(a != 0 == b for a, b in signs))
    return found


def counts(found: Irrelevance) -> dict[str, list[int]]:
    return {name: getattr(found, name).tolist() for name in ("n_pairs", "turned", "parted", "tied")}


def test_a_third_candidate_turns_borda_s_winner() -> None:
    """3 voters A > B > C, 2 voters B > C > A: B has 7 points, A 6, C 2. Without C, A wins 3 to 2."""
    found = irrelevant_alternatives(vote({"A>B>C": 3, "B>C>A": 2}), BORDA)
    np.testing.assert_array_equal(found.removed, [0, 1, 2])
    assert counts(found) == {"n_pairs": [1, 1, 1], "turned": [0, 0, 1], "parted": [0] * 3, "tied": [0] * 3}
    assert found.share_of_removals == pytest.approx(1 / 3)
    assert found.mean_turned == pytest.approx(1 / 3)
    assert found.share_of_pairs == pytest.approx(1 / 3)
    assert (found.worst, found.n_unfit) == (2, 0)


def test_a_third_candidate_parts_or_ties_the_others() -> None:
    """2 voters A > B > C, 1 voter B > C > A: A and B have 4 points each, C 1. Without C, A wins 2 to 1.

    1 voter A > B > C and 1 voter B > C > A: B has 3 points, A 2, C 1; without C, A and B have 1 each.
    """
    parted = irrelevant_alternatives(vote({"A>B>C": 2, "B>C>A": 1}), BORDA)
    assert counts(parted) == {"n_pairs": [1] * 3, "turned": [0] * 3, "parted": [0, 0, 1], "tied": [0] * 3}
    assert parted.worst is None
    assert parted.share_of_removals == parted.mean_turned == parted.share_of_pairs == 0
    tied = irrelevant_alternatives(vote({"A>B>C": 1, "B>C>A": 1}), BORDA)
    assert counts(tied)["tied"] == [0, 1, 1]
    assert counts(tied)["turned"] == counts(tied)["parted"] == [0, 0, 0]


@given(tables, st.integers(0, 99), st.booleans())
@settings(deadline=None)
def test_schemes_of_a_model_s_own_scores_turn_nothing(scores: FloatArray, seed: int, holes: bool) -> None:
    noisy = scores + 1e-17 * np.random.default_rng(seed).normal(size=scores.shape)
    if holes:
        noisy[np.random.default_rng(seed).random(scores.shape) < 0.2] = np.nan
    panel = panel_of(noisy)
    fortran = replace(panel, scores=np.asfortranarray(panel.scores))
    for scheme in ("arithmetic-mean", "hierarchical-mean"):
        for one in (panel, fortran):
            found = irrelevant_alternatives(one, SCHEMES[scheme])
            assert len(found.removed) == len(scores)
            np.testing.assert_array_equal(np.stack([found.turned, found.parted, found.tied]), 0)
            assert found.worst is None
            np.testing.assert_array_equal(found.mean_turned, 0.0 if len(scores) else np.nan)


def test_a_large_arithmetic_mean_turns_exactly_nothing() -> None:
    scores = np.random.default_rng(0).normal(size=(120, 4))
    found = irrelevant_alternatives(panel_of(scores), SCHEMES["arithmetic-mean"])
    assert (found.turned.sum(), found.parted.sum(), found.tied.sum()) == (0, 0, 0)
    np.testing.assert_array_equal(found.n_pairs, np.full(120, 119 * 118 // 2))
    assert (found.share_of_removals, found.mean_turned, found.share_of_pairs) == (0, 0, 0)


@given(tables, st.sampled_from(["mean-rank", "z-mean", "borda", "copeland", "min-max-mean", "median-rank"]))
@settings(deadline=None)
def test_counts_are_those_of_every_pair(scores: FloatArray, scheme: str) -> None:
    panel = panel_of(scores)
    assert not SCHEMES[scheme].unfit(panel)
    found = irrelevant_alternatives(panel, SCHEMES[scheme])
    expected = pair_by_pair(panel, scheme, range(len(scores)))
    assert counts(found) == expected
    turned = expected["turned"]
    if any(turned):
        assert found.worst == turned.index(max(turned))
        assert found.share_of_removals == pytest.approx(sum(one > 0 for one in turned) / len(turned))
        assert found.share_of_pairs == pytest.approx(sum(turned) / sum(expected["n_pairs"]))
    else:
        assert found.worst is None


def test_random_panels_do_turn_under_ranks() -> None:
    """So that the tests above do not compare zeros with zeros."""
    scores = np.random.default_rng(1).normal(size=(40, 4))
    found = irrelevant_alternatives(panel_of(scores), SCHEMES["mean-rank"])
    expected = pair_by_pair(panel_of(scores), "mean-rank", range(40))
    assert counts(found) == expected
    assert min(sum(expected[name]) for name in ("turned", "parted", "tied")) > 0
    assert found.mean_turned == pytest.approx(sum(expected["turned"]) / 40)


@pytest.mark.parametrize(
    ("most", "removed"),
    [
        (None, range(10)),
        (10, range(10)),
        (99, range(10)),
        (9, range(0, 10, 2)),
        (5, range(0, 10, 2)),
        (4, range(0, 10, 3)),
        (1, range(1)),
    ],
)
def test_a_sample_has_a_fixed_stride(most: int | None, removed: range) -> None:
    panel = panel_of(np.random.default_rng(2).normal(size=(10, 4)))
    found = irrelevant_alternatives(panel, SCHEMES["mean-rank"], most)
    np.testing.assert_array_equal(found.removed, removed)
    assert counts(found) == pair_by_pair(panel, "mean-rank", removed)


def test_models_without_a_place_are_in_no_pair() -> None:
    nan = np.nan
    scores = np.array([[0.9, 0.1, 0.5, nan], [0.2, nan, 0.4, 0.3], [nan] * 4, [0.5, 0.6, 0.1, 0.2]])
    found = irrelevant_alternatives(panel_of(scores), SCHEMES["mean-win-rate"])
    assert counts(found) == pair_by_pair(panel_of(scores), "mean-win-rate", range(4))
    np.testing.assert_array_equal(found.n_pairs, [1, 1, 3, 1])


def test_models_that_gain_or_lose_a_place_are_in_no_pair() -> None:
    """Of four models, ordered by their first score, the third has a place only if all are there, and the
    fourth only if not: what is left to compare is the first two.
    """

    def odd(panel: Panel) -> FloatArray:
        value = panel.scores[:, 0].copy()
        value[value == (4.0 if len(value) == 4 else 3.0)] = np.nan
        return value

    scores = np.arange(1.0, 5.0)[:, np.newaxis] * np.ones(4)
    found = irrelevant_alternatives(panel_of(scores), replace(SCHEMES["arithmetic-mean"], aggregate=odd))
    np.testing.assert_array_equal(found.n_pairs, [0, 0, 1, 1])


def test_removals_that_leave_no_ranking_are_counted_apart() -> None:
    """A scheme that makes no sense of two models: of three, every removal leaves two."""
    panel = panel_of(np.random.default_rng(3).normal(size=(3, 4)))
    picky = replace(SCHEMES["mean-rank"], unfit=lambda one: "Too few." if len(one.models) < 3 else "")
    found = irrelevant_alternatives(panel, picky)
    assert found.n_unfit == 3
    assert found.removed.shape == found.turned.shape == found.n_pairs.shape == (0,)
    assert np.isnan([found.share_of_removals, found.mean_turned, found.share_of_pairs]).all()
    assert found.worst is None


@given(st.integers(0, 9), st.integers(0, 2**32 - 1), st.booleans())
@settings(deadline=None)
def test_bradley_terry_from_the_whole_s_strengths_is_what_a_fit_from_nothing_gives(
    n: int, seed: int, holes: bool
) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 9, size=(n, 4)) / 10 + np.arange(n)[:, np.newaxis] / 9
    if holes:
        scores[random.random(scores.shape) < 0.3] = np.nan
    panel = panel_of(scores)
    found = irrelevant_alternatives(panel, SCHEMES["bradley-terry"])
    assert counts(found) == pair_by_pair(panel, "bradley-terry", range(n))
    whole = only_present(panel)
    others = range(len(whole.models))
    if len(others) < 3:
        return
    for model, values in zip(others, bradley_terry_without(whole, others), strict=True):
        rest = [one for one in others if one != model]
        anew = bradley_terry(panel_of(whole.scores[rest], panel.tree))
        np.testing.assert_allclose(values, anew, rtol=0, atol=2e-9)


def test_bradley_terry_of_many_turns_as_fits_from_nothing_do() -> None:
    scores = np.random.default_rng(4).normal(size=(90, 4))
    found = irrelevant_alternatives(panel_of(scores), SCHEMES["bradley-terry"], 12)
    assert counts(found) == pair_by_pair(panel_of(scores), "bradley-terry", range(0, 90, 8))
    assert found.turned.sum() > 0


@given(st.integers(3, 6), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3]), st.sampled_from([0, 16]))
@settings(deadline=None)
def test_kemeny_keeps_the_whole_s_order_where_that_is_best(
    n: int, seed: int, holes: float, exact: int
) -> None:
    """Against all orders of the others; `exact` 0 has all of them searched."""
    random = np.random.default_rng(seed)
    scores = random.integers(0, 5, size=(n, 4)).astype(float)
    scores[random.random(scores.shape) < holes] = np.nan
    panel = only_present(panel_of(scores))
    assume(len(panel.models) > 2)
    removed = range(len(panel.models))
    with mock.patch("builder.stats.schemes.kemeny.EXACT", exact):
        found = kemeny_without(panel, removed)
    won = wins(panel)
    whole = kemeny_order(won).order
    for model, place in zip(removed, found, strict=True):
        others = [one for one in removed if one != model]
        assert place.shape == (len(others),)
        rest = won[np.ix_(others, others)]
        best = best_orders(rest)
        kept = tuple(others.index(one) for one in whole.tolist() if one != model)
        if kept in best:
            assert (np.diff(place[list(kept)]) >= 0).all()
        order = tuple(np.argsort(place, kind="stable").tolist())
        assert against(rest, order) <= against(rest, kept)
        if exact:
            assert against(rest, order) == pytest.approx(against(rest, best[0]))


def test_kemeny_of_many_turns_only_for_an_order_that_disagrees_less() -> None:
    random = np.random.default_rng(5)
    panel = panel_of(random.normal(size=(60, 1)) * 0.6 + random.normal(size=(60, 9)), flat(9))
    removed = range(0, 60, 3)
    won = wins(panel)
    whole = kemeny_order(won).order
    gained = []
    for model, place in zip(removed, kemeny_without(panel, removed), strict=True):
        others = np.delete(np.arange(60), model)
        order = others[np.argsort(place, kind="stable")]
        kept = whole[whole != model]
        gain = against(won, tuple(kept)) - against(won, tuple(order))
        assert (gain > 0) == (order.tolist() != kept.tolist())
        assert gain >= 0
        gained.append(gain > 0)
    assert 0 < sum(gained) < len(gained)
    found = irrelevant_alternatives(panel, SCHEMES["kemeny"], 20)
    assert ((found.turned + found.parted + found.tied) > 0).tolist() == gained


def test_a_rival_turns_a_cycle_of_majorities_under_kemeny() -> None:
    """A beats B 6 to 3, B beats C 7 to 2, C beats A 5 to 4: best is A > B > C, but without B, C beats A."""
    panel = vote({"A>B>C": 4, "B>C>A": 3, "C>A>B": 2})
    found = irrelevant_alternatives(panel, SCHEMES["kemeny"])
    assert counts(found)["turned"] == [0, 1, 0]
    assert found.worst == 1


def test_of_two_models_no_pair_is_left() -> None:
    found = irrelevant_alternatives(panel_of(np.arange(8.0).reshape(2, 4)), SCHEMES["mean-rank"])
    np.testing.assert_array_equal(found.n_pairs, [0, 0])
    assert (found.share_of_removals, found.mean_turned) == (0, 0)
    assert np.isnan(found.share_of_pairs)


def test_errors_say_what_is_wrong() -> None:
    panel = panel_of(np.arange(12.0).reshape(3, 4))
    with pytest.raises(ValueError, match="at least one"):
        irrelevant_alternatives(panel, BORDA, 0)
    holed = panel.scores.copy()
    holed[0, 0] = np.nan
    with pytest.raises(ValueError, match="without a score"):
        irrelevant_alternatives(Panel(panel.models, holed, panel.ranks, TREE), BORDA)
    with pytest.raises(ValueError, match="No sense"):
        irrelevant_alternatives(panel, replace(BORDA, unfit=lambda _: "No sense."))
