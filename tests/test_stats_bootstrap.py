"""The bootstrap over metrics: against panels in which drawn metrics really stand several times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from test_stats_schemes import panel_of

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats import bootstrap
from builder.stats.bootstrap import WEIGHTED, draw_counts, drawn_places, metric_bootstrap, place_uncertainty
from builder.stats.bootstrap.weighted_kemeny import FAR, NEAR, decided_share
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, places
from builder.stats.schemes.kemeny import kemeny_order
from builder.stats.schemes.latent import bradley_terry
from builder.stats.schemes.majority import wins

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TREE = MetricTree.ordered(
    [
        Group("neural", "Neural", role="neural"),
        Group("v1", "V1", "neural"),
        Metric("a", "A", "v1"),
        Metric("b", "B", "v1"),
        Metric("it", "IT", "neural"),
        Group("behavior", "Behavior", role="behavior"),
        Metric("c", "C", "behavior"),
        Metric("d", "D", "behavior"),
        Metric("e", "E", "behavior"),
    ]
)


def copied(panel: Panel, times: IntArray) -> Panel:
    """The panel in which each metric stands as often as `times` says, its copies side by side."""
    nodes: list[Group | Metric] = []
    columns = {}
    for column, metric in enumerate(panel.tree.metrics):
        for copy in range(times[column]):
            nodes.append(replace(metric, id=f"{metric.id}-{copy}"))
            columns[f"{metric.id}-{copy}"] = column
    wanted = {node.parent for node in nodes}
    groups: list[Group | Metric] = []
    for group in reversed(panel.tree.groups):
        if group.id in wanted:
            groups.insert(0, group)
            wanted.add(group.parent)
    tree = MetricTree.ordered([*groups, *nodes])
    chosen = [columns[metric] for metric in tree.metric_ids]
    return Panel(panel.models, panel.scores[:, chosen], panel.ranks[:, chosen], tree)


def sample(seed: int, n: int = 9, holes: bool = False) -> Panel:
    rng = np.random.default_rng(seed)
    ability = rng.normal(size=(n, 1))
    scores = np.round(np.exp(ability + rng.normal(size=(n, 6))), 1) + 0.1
    if holes:
        scores[rng.random(scores.shape) < 0.3] = np.nan
        scores[:, 0] = np.where(np.isnan(scores[:, 0]), 0.5, scores[:, 0])
    return panel_of(scores, TREE)


def test_every_scheme_can_be_drawn() -> None:
    assert set(WEIGHTED) == set(SCHEMES)


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "kemeny"])
def test_counts_do_what_copies_of_the_metrics_do(scheme: str) -> None:
    compared = 0
    for seed in range(8):
        panel = sample(seed)
        counts = draw_counts(bootstrap.strata(TREE), 12, seed)
        _, found = metric_bootstrap(panel, scheme, counts)
        for draw, times in enumerate(counts):
            again = copied(panel, times)
            if SCHEMES[scheme].unfit(again):
                assert (found[:, draw] == 0).all()
                continue
            wanted = places(SCHEMES[scheme].aggregate(again), SCHEMES[scheme].higher_is_better)
            np.testing.assert_array_equal(found[:, draw], wanted, err_msg=f"{seed} {times}")
            compared += 1
    assert compared > (10 if scheme == "fair-contribution" else 90)


@pytest.mark.parametrize("scheme", ["arithmetic-mean", "hierarchical-mean"])
def test_holes_count_in_draws_as_in_copies(scheme: str) -> None:
    for seed in range(20):
        panel = sample(seed, holes=True)
        counts = draw_counts(bootstrap.strata(TREE), 12, seed)
        values = WEIGHTED[scheme](panel, counts)
        for draw, times in enumerate(counts):
            wanted = SCHEMES[scheme].aggregate(copied(panel, times))
            np.testing.assert_allclose(values[:, draw], wanted, rtol=1e-12)


@pytest.mark.parametrize("scheme", ["copeland"])
def test_pairs_with_holes_count_in_draws_as_in_copies(scheme: str) -> None:
    for seed in range(8):
        panel = sample(seed, holes=True)
        counts = draw_counts(bootstrap.strata(TREE), 12, seed)
        values = WEIGHTED[scheme](panel, counts)
        for draw, times in enumerate(counts):
            again = copied(panel, times)
            there = ~np.isnan(again.ranks).all(axis=1)
            wanted = SCHEMES[scheme].aggregate(again)
            if there.all():
                np.testing.assert_allclose(values[:, draw], wanted)


@pytest.mark.parametrize("holes", [False, True])
def test_draws_of_kemeny_cost_what_the_exact_order_of_the_copies_costs(holes: bool) -> None:
    best = compared = 0
    for seed in range(8):
        panel = sample(seed, holes=holes)
        counts = draw_counts(bootstrap.strata(TREE), 12, seed)
        for place, times in zip(WEIGHTED["kemeny"](panel, counts).T, counts, strict=True):
            won = wins(copied(panel, times))
            order = np.argsort(place, kind="stable")
            cost = np.tril(won[np.ix_(order, order)], -1).sum()
            least = kemeny_order(won).cost
            assert cost >= least - 1e-9
            best += cost <= least + 1e-9
            compared += 1
    assert best > 0.95 * compared


def board(seed: int, n: int, m: int) -> tuple[Panel, MetricTree]:
    tree = MetricTree.ordered([Metric(f"m{k}", f"M{k}") for k in range(m)])
    rng = np.random.default_rng(seed)
    return panel_of(rng.normal(size=(n, 1)) + 2 * rng.normal(size=(n, m)), tree), tree


@pytest.mark.parametrize("n", [2, 17, 33, 34, 70])
@pytest.mark.parametrize("share", [0.0, 0.4])
def test_draws_of_kemeny_are_as_good_as_a_search_of_each_alone(n: int, share: float) -> None:
    panel, tree = board(n, n, 21)
    missing = np.random.default_rng(n).random(panel.scores.shape) < share
    missing[:, 0] = False
    panel = panel_of(np.where(missing, np.nan, panel.scores), tree)
    reach = (NEAR if share == 0 else FAR)[-1]
    assert (decided_share(panel.ranks) == 1) == (share == 0)
    counts = draw_counts([0] * 21, 12, 3)
    excess, gains = [], 0
    for place, times in zip(WEIGHTED["kemeny"](panel, counts).T, counts, strict=True):
        won = wins(
            Panel(panel.models, np.repeat(panel.scores, times, 1), np.repeat(panel.ranks, times, 1), tree)
        )
        order = np.argsort(place, kind="stable")
        assert sorted(order) == list(range(n))
        margin = (won - won.T)[np.ix_(order, order)]
        for at in range(n):
            before = np.concatenate([[0], np.cumsum(margin[at])])
            reached = before[max(0, at - reach) : at + reach + 2]
            gains += before[at] > reached.min()
        # Who is before all others of the order so far beats or ties them: parts stay apart.
        beaten = (margin > 0).astype(int)
        for cut in range(1, n):
            if beaten[cut:, :cut].sum() == 0 and (margin[:cut, cut:] > 0).all():
                assert set(order[:cut]) == set(kemeny_order(won).order[:cut])
        least = kemeny_order(won).cost
        excess.append(np.tril(won[np.ix_(order, order)], -1).sum() / least - 1 if least else 0.0)
    assert gains <= 0.02 * 12 * n, "hardly a move of one model would cost less"
    assert np.max(excess) < (0.005 if share == 0 else 0.03)
    assert np.mean(excess) < (0.001 if share == 0 else 0.01)


@pytest.mark.parametrize("scheme", ["baldwin", "copeland", "minimax"])
@pytest.mark.parametrize("m", [63, 64, 127, 128])
def test_pairs_of_many_metrics_are_counted_whole(scheme: str, m: int) -> None:
    scores = np.stack([np.arange(m) * 0 + 5.0, np.arange(m) % 7, np.arange(m) % 11, np.arange(m) * 0 - 1.0])
    panel = panel_of(scores, MetricTree.ordered([Metric(f"m{k}", f"M{k}") for k in range(m)]))
    counts = np.vstack([np.ones(m, dtype=np.int64), np.eye(m, dtype=np.int64)[:2] * m])
    values = WEIGHTED[scheme](panel, counts)
    for draw, times in enumerate(counts):
        again = Panel(panel.models, np.repeat(scores, times, 1), np.repeat(panel.ranks, times, 1), panel.tree)
        np.testing.assert_array_equal(values[:, draw], SCHEMES[scheme].aggregate(again))


def test_one_newton_step_is_near_the_strengths_that_each_draw_has() -> None:
    panel = sample(1, n=12, holes=True)
    counts = draw_counts(bootstrap.strata(TREE), 200, 5)
    values = WEIGHTED["bradley-terry"](panel, counts)
    np.testing.assert_allclose(
        WEIGHTED["bradley-terry"](panel, np.ones((1, 6), dtype=np.int64))[:, 0],
        bradley_terry(panel),
        atol=1e-8,
    )
    rhos = [
        stats.spearmanr(values[:, draw], bradley_terry(copied(panel, times))).statistic
        for draw, times in enumerate(counts)
        if not np.isnan(copied(panel, times).ranks).all(axis=1).any()
    ]
    assert len(rhos) > 50
    assert np.median(rhos) > 0.95


@given(st.integers(0, 2**32), st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_draws_keep_the_size_of_every_stratum_and_are_the_same_again(seed: int, strata: list[int]) -> None:
    counts = draw_counts(strata, 30, seed)
    assert counts.shape == (30, len(strata))
    assert (counts >= 0).all()
    for stratum in set(strata):
        members = np.array(strata) == stratum
        assert (counts[:, members].sum(axis=1) == members.sum()).all()
    np.testing.assert_array_equal(counts, draw_counts(strata, 30, seed))


def test_draws_are_as_those_of_a_multinomial() -> None:
    counts = draw_counts([0] * 5, 20_000, 3)
    assert counts.mean(axis=0) == pytest.approx([1] * 5, abs=0.03)
    assert counts.var(axis=0) == pytest.approx([5 * 0.2 * 0.8] * 5, abs=0.03)
    # Two different draws of five: chance that the first item is never drawn.
    assert (counts[:, 0] == 0).mean() == pytest.approx(0.8**5, abs=0.01)


def test_strata_are_role_groups_and_lone_metrics_share_one() -> None:
    np.testing.assert_array_equal(bootstrap.strata(TREE), [1, 1, 1, 2, 2, 2])
    lone = MetricTree.ordered([Metric("x", "X"), Metric("y", "Y"), Group("g", "G"), Metric("z", "Z", "g")])
    np.testing.assert_array_equal(bootstrap.strata(lone), [0, 0, 0])


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(1, 6), st.booleans(), st.integers(0, 999))
def test_places_in_draws_are_those_of_scipy(n: int, draws: int, higher: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=(n, draws)), 1)
    values[rng.random(values.shape) < 0.15] = np.nan
    found = drawn_places(values, higher)
    for draw in range(draws):
        column = values[:, draw] * (-1 if higher else 1)
        there = ~np.isnan(column)
        np.testing.assert_array_equal(found[there, draw], stats.rankdata(column[there], method="min"))
        assert (found[~there, draw] == 0).all()


def test_noise_in_the_last_digits_orders_nothing() -> None:
    values = np.array([[0.1 + 0.2], [0.3], [0.2]])
    np.testing.assert_array_equal(drawn_places(values, True)[:, 0], [1, 1, 3])
    np.testing.assert_array_equal(drawn_places(np.full((3, 2), 0.7), False), np.ones((3, 2)))


def test_uncertainty_by_hand() -> None:
    # Four models over forty draws: A first in 39 of them, B and C change about, D last but once.
    found = np.zeros((4, 40), dtype=np.int32)
    found[:, :20] = np.array([[1], [2], [3], [4]])
    found[:, 20:39] = np.array([[1], [3], [2], [4]])
    found[:, 39] = [2, 3, 4, 1]
    known = place_uncertainty(found)
    assert known.p_first == pytest.approx([39 / 40, 0, 0, 1 / 40])
    assert known.p_above_next[:3] == pytest.approx([1, 21 / 40, 39 / 40])
    assert np.isnan(known.p_above_next[3])
    assert known.low.tolist() == [1, 2, 2, 4]
    assert known.high.tolist() == [1, 3, 3, 4]
    above = np.array([[0, 1, 1, 39], [0, 0, 21, 39], [0, 19, 0, 39], [1, 1, 1, 0]]) / 40
    above[0, 1:3] = 1
    np.testing.assert_allclose(known.above[~np.eye(4, dtype=bool)], above[~np.eye(4, dtype=bool)])
    assert np.isnan(np.diag(known.above)).all()
    # A is above B always; B above C in half; B above D in 39 of 40, which is more than 95 %.
    assert known.tier.tolist() == [1, 2, 2, 3]
    assert (known.draws, known.n_tiers, known.n_apart) == (40, 3, 2)


def test_a_model_that_a_draw_leaves_out_is_judged_on_the_others() -> None:
    found = np.array([[1, 1, 0, 1], [2, 2, 1, 2]], dtype=np.int32)
    known = place_uncertainty(found)
    assert known.low.tolist() == [1, 1]
    assert known.p_above_next[0] == 1
    with pytest.raises(ValueError, match="no draw"):
        place_uncertainty(np.zeros((2, 3), dtype=np.int32))


def test_one_above_the_other_and_the_other_above_it_are_all_draws() -> None:
    rng = np.random.default_rng(4)
    found = rng.integers(1, 9, (30, 50)).astype(np.int32)
    known = place_uncertainty(found)
    assert known.above.shape == (20, 20)
    off = ~np.eye(20, dtype=bool)
    np.testing.assert_allclose((known.above + known.above.T)[off], 1)
    np.testing.assert_allclose(np.diag(known.above, 1), known.p_above_next[:19])


def test_agreeing_metrics_leave_no_doubt_and_contrary_ones_all() -> None:
    scores = np.tile(np.arange(5.0, 0, -1)[:, None], (1, 6)) + 1
    counts = draw_counts(bootstrap.strata(TREE), 300, 1)
    _, found = metric_bootstrap(panel_of(scores, TREE), "mean-rank", counts)
    sure = place_uncertainty(found)
    assert sure.low.tolist() == sure.high.tolist() == sure.tier.tolist() == [1, 2, 3, 4, 5]
    scores[:, 3:] = scores[::-1, 3:]
    flat = MetricTree.ordered([Metric(f"m{i}", f"M{i}") for i in range(6)])
    _, found = metric_bootstrap(panel_of(scores, flat), "mean-rank", draw_counts([0] * 6, 300, 1))
    unsure = place_uncertainty(found)
    assert unsure.n_tiers == 1
    assert (unsure.high - unsure.low).max() == 4


@pytest.mark.parametrize(("m", "different"), [(3, 10), (6, 462), (40, 500)])
def test_dear_schemes_have_as_many_draws_as_have_two_hundred_different_ones(m: int, different: int) -> None:
    """Three metrics with repetition are 10 sets, six are 462; no two of forty are the same."""
    counts = draw_counts([0] * m, bootstrap.DRAWS, 1)
    assert len({tuple(one) for one in counts.tolist()}) <= different
    assert bootstrap.draws_of("mean-rank", counts) == bootstrap.DRAWS
    for scheme in bootstrap.DEAR:
        draws = bootstrap.draws_of(scheme, counts)
        taken = {tuple(one) for one in counts[:draws].tolist()}
        if draws == bootstrap.DRAWS:
            assert len(taken) <= bootstrap.DEAR_DRAWS
        else:
            assert len(taken) == bootstrap.DEAR_DRAWS
            assert tuple(counts[draws].tolist()) not in taken
    if m != 6:
        assert bootstrap.draws_of("kemeny", counts) == (500 if m == 3 else 200)


@pytest.mark.parametrize("scheme", sorted(bootstrap.DEAR))
def test_dear_schemes_have_draws_of_many_models(scheme: str) -> None:
    panel, _ = board(1, 800, 4)
    counts = draw_counts([0] * 4, 3, 1)
    models, found = metric_bootstrap(panel, scheme, counts)
    assert models == panel.models
    for place, times in zip(found.T, counts, strict=True):
        copies = copied(panel, times)
        alone = places(SCHEMES[scheme].aggregate(copies), SCHEMES[scheme].higher_is_better)
        if scheme == "kemeny":
            won = wins(copies)
            order = np.argsort(place, kind="stable")
            assert np.tril(won[np.ix_(order, order)], -1).sum() < 1.02 * kemeny_order(won).cost
        else:
            np.testing.assert_array_equal(place, alone)
