"""Rankings without metrics: by hand, against panels built without them and SciPy's rank correlation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from test_stats_schemes import SCORES, TREE, panel_of

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats.leave_out import TOP, leave_out
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, places

FloatArray = NDArray[np.float64]


def test_by_hand_on_the_tiny_panel() -> None:
    """Sums of scores 2.1, 1.1, 1.9: order 0, 2, 1. Without behavior 1.2, 1.0, 1.4: order 2, 0, 1. Without a
    and it 1.3, 0.5, 0.6: order as before. Behavior alone: 0.9, 0.1, 0.5.
    """
    sets = {"behavior": [3], "a and it": [0, 2, 0], "neural": [0, 1, 2], "nothing": []}
    found = leave_out(panel_of(SCORES), SCHEMES["arithmetic-mean"], sets)
    assert list(found) == list(sets)
    one = found["behavior"]
    assert (one.n_metrics, one.first, one.largest_move, one.left_top, one.unfit) == (3, (2,), 1, 0, "")
    assert one.spearman == pytest.approx(0.5)
    for label, n_metrics in (("a and it", 2), ("neural", 1), ("nothing", 4)):
        other = found[label]
        assert (other.n_metrics, other.first, other.largest_move) == (n_metrics, (0,), 0)
        assert other.spearman == 1


def test_what_is_left_of_a_group_keeps_its_weight() -> None:
    """Two metrics in a group beside one: without the first, the second has half the weight, not a third."""
    tree = MetricTree.ordered(
        [Group("g", "G"), Metric("a", "A", "g"), Metric("b", "B", "g"), Metric("c", "C")]
    )
    scores = np.array([[0.0, 8.0, 0.0], [6.0, 0.0, 3.0], [0.0, 0.0, 7.0]])
    # With all: 2, 3, 3.5. Without a: 4, 1.5, 3.5. Without the group: 0, 3, 7.
    found = leave_out(panel_of(scores, tree), SCHEMES["hierarchical-mean"], {"a": [0], "g": [0, 1]})
    assert (found["a"].first, found["a"].largest_move) == ((0,), 2)
    assert found["a"].spearman == pytest.approx(-0.5)
    assert (found["g"].first, found["g"].largest_move, found["g"].spearman) == ((2,), 0, 1)


def test_ranks_stay_as_the_panel_has_them() -> None:
    """Ranks that no scores would give, so that taking them anew would be seen."""
    tree = MetricTree.ordered([Metric("a", "A"), Metric("b", "B")])
    panel = Panel(("x", "y", "z"), np.zeros((3, 2)), np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]), tree)
    found = leave_out(panel, SCHEMES["mean-rank"], {"a": [0], "b": [1]})
    assert (found["a"].first, found["b"].first) == ((2,), (0,))


def test_the_top_ten_and_shared_first_places() -> None:
    """Twelve models in order on a; b puts the last two up and ties the first two at the bottom."""
    tree = MetricTree.ordered([Metric("a", "A"), Metric("b", "B")])
    a = -np.arange(12.0)
    b = np.array([-9.0, -9, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5])
    found = leave_out(panel_of(np.column_stack([100 * a, b]), tree), SCHEMES["arithmetic-mean"], {"a": [0]})
    one = found["a"]
    assert one.first == (10, 11)
    assert one.left_top == 2  # the first two, who share place 11 now
    assert one.largest_move == 11  # the last, from place 12 to 1
    assert one.spearman == pytest.approx(stats.spearmanr(a, b).statistic)


def test_models_that_lose_their_last_score_leave_the_top() -> None:
    nan = np.nan
    tree = MetricTree.ordered([Metric("a", "A"), Metric("b", "B")])
    scores = np.array([[9.0, nan], [3.0, 1.0], [2.0, 2.0], [1.0, 5.0], [0.0, nan]])
    found = leave_out(panel_of(scores, tree), SCHEMES["arithmetic-mean"], {"a": [0], "b": [1]})
    # With all: 9, 2, 2, 3, 0, so places 1, 3, 3, 2, 5. By b: none, 3, 2, 1, none. By a: 1 to 5.
    assert (found["a"].left_top, found["a"].first, found["a"].largest_move) == (2, (3,), 1)
    assert found["a"].spearman == pytest.approx(stats.spearmanr([3, 3, 2], [3, 2, 1]).statistic)
    assert (found["b"].left_top, found["b"].first, found["b"].largest_move) == (0, (0,), 2)


@given(
    st.integers(0, 30),
    st.integers(0, 999),
    st.sampled_from(["arithmetic-mean", "z-mean", "mean-rank", "borda"]),
)
@settings(deadline=None)
def test_as_a_panel_that_never_had_the_metrics(n_models: int, seed: int, scheme: str) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.integers(-4, 5, (n_models, 4)).astype(float)
    left = sorted(generator.choice(4, size=int(generator.integers(0, 4)), replace=False).tolist())
    rule = SCHEMES[scheme]
    found = leave_out(panel_of(scores), rule, {"some": left})["some"]
    kept = [column for column in range(4) if column not in left]
    flat = MetricTree.ordered([Metric(f"m{i}", "M") for i in kept])
    whole = places(rule.aggregate(panel_of(scores)), rule.higher_is_better)
    now = places(rule.aggregate(panel_of(scores[:, kept], flat)), rule.higher_is_better)
    assert found.n_metrics == len(kept)
    assert found.first == tuple(np.flatnonzero(now == 1).tolist())
    assert found.largest_move == max(abs(whole - now), default=0)
    assert found.left_top == sum(a <= TOP < b for a, b in zip(whole, now, strict=True))
    if n_models > 2 and min(len(set(whole)), len(set(now))) > 1:
        assert found.spearman == pytest.approx(stats.spearmanr(whole, now).statistic, abs=1e-12)
    else:
        assert np.isnan(found.spearman)


def test_a_rest_that_the_scheme_makes_no_sense_of_says_so() -> None:
    picky = replace(
        SCHEMES["mean-rank"], unfit=lambda one: "Too few." if len(one.tree.metric_ids) < 2 else ""
    )
    found = leave_out(panel_of(SCORES), picky, {"three": [0, 1, 2], "one": [0]})
    three = found["three"]
    assert (three.unfit, three.n_metrics, three.first) == ("Too few.", 1, ())
    assert np.isnan(three.spearman)
    assert (three.left_top, three.largest_move) == (0, 0)
    assert found["one"].unfit == ""
    assert found["one"].first


def test_errors_say_what_is_wrong() -> None:
    panel, rule = panel_of(SCORES), SCHEMES["mean-rank"]
    for column in (4, -1):
        with pytest.raises(IndexError, match=f"'far' leaves out column {column} of 4"):
            leave_out(panel, rule, {"near": [0], "far": [1, column]})
    with pytest.raises(ValueError, match="'all' leaves out every metric"):
        leave_out(panel, rule, {"all": range(4)})
    with pytest.raises(ValueError, match="No sense"):
        leave_out(panel, replace(rule, unfit=lambda _: "No sense."), {})
    assert leave_out(panel, rule, {}) == {}
    assert TREE.metric_ids == ("a", "b", "it", "behavior")
