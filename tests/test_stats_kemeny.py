"""Kemeny-Young orders that are searched for: against brute force where it can be had, and their words."""

from __future__ import annotations

from itertools import permutations
from unittest import mock

import numpy as np
import pytest
from elections import against, flat
from hypothesis import given, settings
from hypothesis import strategies as st
from test_stats_schemes import panel_of

from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, kemeny, kemeny_search
from builder.stats.schemes.kemeny import kemeny_order, kemeny_together, lowest_with_first
from builder.stats.schemes.kemeny_search import disagreement, improved, searched, settled
from builder.stats.schemes.majority import condorcet_winner, wins


def test_a_search_goes_on_where_single_moves_no_longer_gain() -> None:
    gained = 0
    for seed in range(6):
        random = np.random.default_rng(seed)
        scores = random.normal(size=(40, 1)) + 2 * random.normal(size=(40, 9))
        won = wins(panel_of(scores, flat(9)))
        margin = np.rint(won - won.T).astype(np.int32)
        start = np.argsort(-won.sum(axis=1), kind="stable")
        alone = improved(margin[None], np.zeros(1, dtype=np.int64), start[:, None])[:, 0]
        best = searched(margin, start)
        np.testing.assert_array_equal(best, searched(margin, start))
        assert sorted(best.tolist()) == list(range(40))
        for order in (alone, best):
            ordered = margin[np.ix_(order, order)]
            for at in range(40):
                before = np.concatenate([[0], np.cumsum(ordered[at])])
                assert before[at] == before.min(), "a move of one model would cost less"
        assert against(won, tuple(best)) <= against(won, tuple(alone)) <= against(won, tuple(start))
        total = won[np.triu_indices(40, 1)].sum() + won.T[np.triu_indices(40, 1)].sum()
        assert against(won, tuple(best)) == pytest.approx(total / 2 + disagreement(margin, best))
        gained += against(won, tuple(best)) < against(won, tuple(alone))
    assert gained


def test_no_single_move_of_any_length_gains_in_the_end() -> None:
    """A model that stands two hundred places too low, farther than a window is wide."""
    random = np.random.default_rng(3)
    scores = np.arange(300.0, 0, -1)[:, None] + random.normal(size=(300, 7)) * 40
    won = wins(panel_of(scores, flat(7)))
    margin = np.rint(won - won.T).astype(np.int32)
    order = np.argsort(-won.sum(axis=1), kind="stable")
    far = np.insert(np.delete(order, 40), 240, order[40])
    found = settled(margin, far)
    assert sorted(found.tolist()) == list(range(300))
    ordered = margin[np.ix_(found, found)].astype(int)
    for at in range(300):
        before = np.concatenate([[0], np.cumsum(ordered[at])])
        assert before[at] == before.min()
    assert against(won, tuple(found)) < against(won, tuple(far))
    assert abs(int(np.flatnonzero(found == order[40])[0]) - 40) < 30
    np.testing.assert_array_equal(settled(margin, found), found)
    np.testing.assert_array_equal(settled(margin[:1, :1], np.array([0])), [0])


def test_no_move_of_neighbours_together_gains_in_the_end() -> None:
    """Every block to every place, counted anew; and of eight models an order that only a block improves."""
    margin = np.triu(np.random.default_rng(17).integers(-3, 4, size=(8, 8)), 1)
    margin -= margin.T
    alone = settled(margin, np.arange(8))
    assert disagreement(margin, settled(margin, alone, 3)) < disagreement(margin, alone)
    n, block = 30, 4
    for seed in range(2):
        random = np.random.default_rng(seed)
        won = wins(panel_of(random.normal(size=(n, 1)) + 2 * random.normal(size=(n, 9)), flat(9)))
        margin = np.rint(won - won.T).astype(np.int32)
        found = settled(margin, np.argsort(-won.sum(axis=1), kind="stable"), block)
        least = against(won, tuple(found))
        for size in range(1, block + 1):
            for first in range(n - size + 1):
                moved, rest = found[first : first + size], np.delete(found, np.s_[first : first + size])
                for slot in range(n - size + 1):
                    assert against(won, tuple(np.insert(rest, slot, moved))) >= least


def test_searches_of_small_boards_end_at_the_order_of_an_integer_programme() -> None:
    """Of twenty models HiGHS proves what is best; a search from the reverse of it must come there, too."""
    for seed in range(6):
        random = np.random.default_rng(seed)
        scores = random.normal(size=(20, 1)) + 2 * random.normal(size=(20, 9))
        won = wins(panel_of(scores, flat(9)))
        with mock.patch("builder.stats.schemes.kemeny.EXACT", 20):
            best = kemeny_order(won)
        kemeny._order.cache_clear()
        assert best.cost == best.bound
        margin = np.rint(won - won.T).astype(np.int32)
        assert against(won, tuple(searched(margin, best.order[::-1]))) == best.cost


@pytest.mark.parametrize("n", [17, 60, 61, 99, 130, 441, 1555])
def test_each_model_is_in_a_stretch_and_none_is_searched_twice(n: int) -> None:
    found = kemeny_search._stretches(n)
    covered = np.zeros(n, dtype=bool)
    for width, begin in found:
        assert 0 <= begin < width <= n
        covered[begin : n - (n - begin) % width] = True
    assert covered.all()
    assert len(set(found)) == len(found) == (1 if n <= 60 else 4 if n > 100 else len(found))


def test_a_search_ends_where_no_block_gains(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no stretch to search, for these leave hardly a block to move."""
    monkeypatch.setattr(kemeny_search, "STRETCHES", ())
    moved = 0
    for seed in range(4):
        random = np.random.default_rng(seed)
        won = wins(panel_of(random.normal(size=(80, 1)) + 2 * random.normal(size=(80, 9)), flat(9)))
        margin = np.rint(won - won.T).astype(np.int32)
        start = np.argsort(-won.sum(axis=1), kind="stable")
        alone = settled(margin, improved(margin[None], np.zeros(1, dtype=np.int64), start[:, None])[:, 0])
        found = searched(margin, start)
        np.testing.assert_array_equal(settled(margin, found, kemeny_search.BLOCK), found)
        moved += disagreement(margin, found) < disagreement(margin, alone)
    assert moved


def single_moves_gain(margin: np.ndarray, order: np.ndarray) -> bool:
    ordered = margin[np.ix_(order, order)].astype(int)
    before = np.concatenate([np.zeros((len(order), 1)), np.cumsum(ordered, axis=1)], axis=1)
    return bool((before.diagonal() > before.min(axis=1)).any())


def test_every_order_that_is_adopted_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moves that windows do not reach: here no window reaches any. All models are one part."""
    random = np.random.default_rng(8)
    panel = panel_of(random.normal(size=(40, 1)) + 2 * random.normal(size=(40, 9)), flat(9))
    won = wins(panel)
    margin = np.rint(won - won.T).astype(np.int32)
    whole = kemeny_order(won).order
    monkeypatch.setattr(kemeny, "improved", lambda _margins, _which, order: order)
    left = []
    for model, place in zip(whole[:20], kemeny.kemeny_without(panel, whole[:20]), strict=True):
        others = np.delete(np.arange(40), model)
        assert not single_moves_gain(margin, others[np.argsort(place, kind="stable")])
        left.append(single_moves_gain(margin, whole[whole != model]))
    assert any(left), "nothing was to be gained"
    monkeypatch.setattr(kemeny, "searched", lambda _margin, order: order[::-1])
    kemeny._order.cache_clear()
    adopted = kemeny_order(won)
    kemeny._order.cache_clear()
    assert single_moves_gain(margin, whole[::-1])
    assert not single_moves_gain(margin, adopted.order)


def test_orders_sought_together_are_nearly_as_good_and_leave_out_who_takes_no_part() -> None:
    panels = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        n = (20, 33)[seed % 2]
        scores = random.normal(size=(n, 1)) + random.normal(size=(n, 9))
        scores[random.random(scores.shape) < (0.0, 0.3)[seed % 3 > 0]] = np.nan
        scores[3] = np.nan
        panels.append(panel_of(scores, flat(9)))
    panels.append(panel_of(np.zeros((0, 9)), flat(9)))
    panels.append(panel_of(np.ones((4, 9)), flat(9)))
    *found, nobody, alike = kemeny_together(panels)
    assert (len(nobody), alike.tolist()) == (0, [1, 1, 1, 1])
    excess = []
    for panel, place in zip(panels, found, strict=False):
        taking = np.flatnonzero(~np.isnan(place))
        assert taking.tolist() == np.flatnonzero(~np.isnan(panel.ranks).all(axis=1)).tolist()
        won = wins(panel)[np.ix_(taking, taking)]
        order = tuple(np.argsort(place[taking], kind="stable").tolist())
        least = kemeny_order(won).cost
        assert against(won, order) >= least - 1e-9
        excess.append(against(won, order) / least - 1)
    assert np.mean(excess) < 0.005
    assert min(excess) < 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_no_order_with_a_model_first_costs_less_than_is_said(n: int, m: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 4, size=(n, m)).astype(float)
    scores[random.random(scores.shape) < 0.2] = np.nan
    won = wins(panel_of(scores, flat(m)))
    lowest = lowest_with_first(won)
    for first in range(n):
        costs = [against(won, order) for order in permutations(range(n)) if order[0] == first]
        assert lowest[first] <= min(costs) + 1e-9
    # Of two models it is the cost itself.
    if n == 2:
        assert lowest.tolist() == [against(won, (0, 1)), against(won, (1, 0))]


def two_rounds(seed: int) -> Panel:
    """Twenty models that are better than twenty others on every metric, and among themselves by chance."""
    scores = np.random.default_rng(seed).normal(size=(40, 7))
    scores[20:] -= 100
    return panel_of(scores, flat(7))


def said_of(panel: Panel) -> str:
    names = {model: model.upper() for model in panel.models}
    return SCHEMES["kemeny"].remark(panel, names).replace("\u202f", " ")


def test_who_could_be_first_at_what_cost() -> None:
    panel = two_rounds(2)
    won = wins(panel)
    found = kemeny_order(won)
    assert found.cost > found.bound
    assert found.instead
    assert all(model < 20 and model != found.order[0] for model, _ in found.instead), "nobody of the others"
    costs = [more for _, more in found.instead]
    assert costs == sorted(costs)
    assert costs[0] >= 0
    everything = 40 * 39 / 2 * 7
    fewer = np.ceil(1e4 * (1 - found.bound / found.cost)) / 100
    assert fewer >= 100 * (found.cost - found.bound) / found.cost
    others = ", ".join(
        f"{panel.models[k].upper()} ({f'with {more:g}' if more else 'with no'} more)"
        for k, more in found.instead[:3]
    )
    assert said_of(panel) == (
        f"It disagrees with {found.cost:,.0f} of {everything:,.0f} comparisons of two models on one metric "
        f"({100 * found.cost / everything:.0f} %), a tie counting half. It is the best order found, not one "
        f"that is proven best: the best disagrees with at most {fewer:.2f} % fewer. Who is first in a best "
        "order is not proven; orders were found with another model first, and with few more disagreements: "
        f"{others}."
    ).replace(",", " ", 2)


def test_who_is_first_in_every_best_order_is_said_where_it_is_proven() -> None:
    panel = two_rounds(8)
    first = condorcet_winner(panel)
    found = kemeny_order(wins(panel))
    assert (found.cost > found.bound, found.instead, panel.models[found.order[0]]) == (True, (), first)
    assert said_of(panel).endswith(f" fewer. {str(first).upper()} is first in every best order.")
    agreed = panel_of(np.tile(np.arange(40.0)[:, None], (1, 7)), flat(7))
    sure = kemeny_order(wins(agreed))
    assert (sure.instead, sure.cost) == ((), 0)
    assert said_of(agreed) == (
        "It disagrees with 0 of 5 460 comparisons of two models on one metric (0 %), a tie counting half, "
        "and no order disagrees with fewer."
    )
