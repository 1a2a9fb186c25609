"""Schemes by hand on a tiny panel with a tree, their invariances, places and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats.panel import Panel
from builder.stats.schemes import POLICIES, SCHEMES, min_max, places, refusal, round_significant
from builder.stats.schemes.means import node_means, z_transform

FloatArray = NDArray[np.float64]

# Top level: group neural (group v1 with a and b, metric it) and metric behavior, beside it.
TREE = MetricTree.ordered(
    [
        Group("neural", "Neural"),
        Group("v1", "V1", "neural"),
        Metric("a", "A", "v1"),
        Metric("b", "B", "v1"),
        Metric("it", "IT", "neural"),
        Metric("behavior", "Behavior"),
    ]
)
SCORES = np.array(
    [
        [0.2, 0.4, 0.6, 0.9],
        [0.4, 0.4, 0.2, 0.1],
        [0.6, 0.1, 0.7, 0.5],
    ]
)
RANKS = np.array(
    [
        [3.0, 1.5, 2.0, 1.0],
        [2.0, 1.5, 3.0, 3.0],
        [1.0, 3.0, 1.0, 2.0],
    ]
)


def panel_of(scores: FloatArray, tree: MetricTree = TREE) -> Panel:
    """A panel with the ranks that its scores give: 1 = best, ties average, NaN stays."""
    ranks = stats.rankdata(-scores, axis=0, nan_policy="omit") if scores.size else scores.copy()
    return Panel(tuple(f"m{i}" for i in range(len(scores))), scores, ranks, tree)


def test_the_ranks_of_the_tiny_panel_are_those_written_out() -> None:
    np.testing.assert_array_equal(panel_of(SCORES).ranks, RANKS)


HALF, Z = np.sqrt(0.5), np.sqrt(1.5)
Z_IT = (np.array([0.6, 0.2, 0.7]) - 0.5) / np.sqrt((0.01 + 0.09 + 0.04) / 3)
Z_BEHAVIOR = np.array([0.4, -0.4, 0.0]) / np.sqrt(0.32 / 3)
Z_A, Z_B = np.array([-Z, 0, Z]), np.array([HALF, HALF, -2 * HALF])
MAD = 1 / 1.482602218505602
# Two groups explain the same where each weighs as much as its spread is small.
NEURAL, BEHAVIOR = np.array([0.45, 0.3, 0.525]), np.array([0.9, 0.1, 0.5])
FAIR = (NEURAL / NEURAL.std() + BEHAVIOR / BEHAVIOR.std()) / (1 / NEURAL.std() + 1 / BEHAVIOR.std())
BY_HAND = {
    "arithmetic-mean": [2.1 / 4, 1.1 / 4, 1.9 / 4],
    # ((a + b) / 2 + it) / 2, then with behavior
    "hierarchical-mean": [
        ((0.3 + 0.6) / 2 + 0.9) / 2,
        ((0.4 + 0.2) / 2 + 0.1) / 2,
        ((0.35 + 0.7) / 2 + 0.5) / 2,
    ],
    "z-mean": (Z_A + Z_B + Z_IT + Z_BEHAVIOR) / 4,
    "hierarchical-z-mean": (((Z_A + Z_B) / 2 + Z_IT) / 2 + Z_BEHAVIOR) / 2,
    "mean-rank": [7.5 / 4, 9.5 / 4, 7 / 4],
    "hierarchical-mean-rank": [((2.25 + 2) / 2 + 1) / 2, ((1.75 + 3) / 2 + 3) / 2, ((2 + 1) / 2 + 2) / 2],
    "min-max-mean": [(0 + 1 + 0.8 + 1) / 4, (0.5 + 1 + 0 + 0) / 4, (1 + 0 + 1 + 0.5) / 4],
    # Median deviations 0.2, 0 (so the mean one, 0.1), 0.1 and 0.4.
    "robust-z-mean": [0, -5 * MAD / 4, (MAD - 3 / 1.2533141373155003 + MAD) / 4],
    "trimmed-mean": [2.1 / 4, 1.1 / 4, 1.9 / 4],  # of four metrics none is cut
    "geometric-mean": [0.0432**0.25, 0.0032**0.25, 0.021**0.25],
    "fair-contribution": FAIR,
    "median-rank": [1.75, 2.5, 1.5],
    "borda": [4.5, 2.5, 5],
    "plurality": [1.5 / 4, 0.5 / 4, 2 / 4],
    "dowdall": [(1 / 3 + 3 / 4 + 1 / 2 + 1) / 4, (1 / 2 + 3 / 4 + 2 / 3) / 4, (1 + 1 / 3 + 1 + 1 / 2) / 4],
    "threshold": [2, 3, 1],
    # m1 has the lowest count, 2.5, and leaves; the other two win two metrics each.
    "baldwin": [1, 3, 1],
    "mean-win-rate": [2.25 / 4, 1.25 / 4, 2.5 / 4],
    "copeland": [1, -2, 1],
    "minimax": [0, 2, 0],
    # m0 and m2 are even; of the two best orders the one that begins with the higher Borda count.
    "kemeny": [2, 3, 1],
}
PLACES = {
    "arithmetic-mean": [1, 3, 2],
    "hierarchical-mean": [1, 3, 2],
    "mean-rank": [2, 3, 1],
    "hierarchical-mean-rank": [1, 3, 2],
}


@pytest.mark.parametrize("scheme", BY_HAND)
def test_every_scheme_by_hand(scheme: str) -> None:
    found = SCHEMES[scheme].aggregate(panel_of(SCORES))
    np.testing.assert_allclose(found, BY_HAND[scheme], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("scheme", PLACES)
def test_places_by_hand(scheme: str) -> None:
    value = SCHEMES[scheme].aggregate(panel_of(SCORES))
    np.testing.assert_array_equal(places(value, SCHEMES[scheme].higher_is_better), PLACES[scheme])


def test_the_registry_is_in_order_and_complete() -> None:
    assert (
        [scheme.id for scheme in SCHEMES.values() if scheme.core]
        == list(SCHEMES)[:6]
        == [
            "arithmetic-mean",
            "hierarchical-mean",
            "z-mean",
            "hierarchical-z-mean",
            "mean-rank",
            "hierarchical-mean-rank",
        ]
    )
    assert sorted(SCHEMES) == sorted({*BY_HAND, "bradley-terry", "first-component"})
    assert list(POLICIES) == ["complete", "pairwise", "attempted", "zero", "worst-rank", "partial-order"]
    for scheme_id, scheme in SCHEMES.items():
        assert scheme.id == scheme_id
        assert len(scheme.short) <= 14
        assert set(scheme.policies) <= set(POLICIES)
        for text in (scheme.title, scheme.formula, scheme.source, scheme.assumes, scheme.ties):
            assert text
            assert not set(text) & set("<>&\\$")  # plain text for any page
    assert len({scheme.short for scheme in SCHEMES.values()}) == len(SCHEMES)


def test_refusals_say_why_and_only_where_refused() -> None:
    for scheme in SCHEMES.values():
        for policy in POLICIES:
            reason = refusal(scheme.id, policy)
            assert (reason is None) == (policy in scheme.policies)
            assert reason is None or (reason.endswith(".") and len(reason) > 40)
    assert "standard deviations" in str(refusal("z-mean", "zero"))
    assert "no last rank" in str(refusal("hierarchical-mean", "worst-rank"))
    assert "one set of models" in str(refusal("mean-rank", "pairwise"))
    for unknown in (("z-mean", "nothing"), ("nothing", "zero")):
        with pytest.raises(KeyError):
            refusal(*unknown)


def test_attempted_means_leave_missing_cells_and_empty_groups_out() -> None:
    """Row 0 lacks b: v1 = a. Row 1 lacks v1: neural = it. Row 2 has behavior only. Row 3 has nothing."""
    nan = np.nan
    scores = np.array([[0.2, nan, 0.6, 0.8], [nan, nan, 0.3, 0.5], [nan, nan, nan, 0.4], [nan] * 4])
    panel = panel_of(scores)
    flat = SCHEMES["arithmetic-mean"].aggregate(panel)
    np.testing.assert_allclose(flat, [1.6 / 3, 0.4, 0.4, nan], rtol=1e-12)
    up = SCHEMES["hierarchical-mean"].aggregate(panel)
    np.testing.assert_allclose(up, [(0.4 + 0.8) / 2, 0.4, 0.4, nan], rtol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_models_give_no_values(scheme: str) -> None:
    assert SCHEMES[scheme].aggregate(panel_of(np.empty((0, 4)))).shape == (0,)


@pytest.mark.parametrize("scheme", BY_HAND)
def test_a_model_without_anything_gets_nan(scheme: str) -> None:
    found = SCHEMES[scheme].aggregate(panel_of(np.vstack([SCORES, np.full((1, 4), np.nan)])))
    np.testing.assert_allclose(found, [*BY_HAND[scheme], np.nan], rtol=1e-12, atol=1e-15)


def test_node_means_refuse_columns_of_another_tree() -> None:
    with pytest.raises(ValueError, match="4 metrics"):
        node_means(SCORES[:, :3], TREE)


def test_z_transform_by_hand_and_constant_metrics() -> None:
    """0.1 ten times has a mean that rounds off 0.1: without the rule its z would be noise over noise."""
    values = np.column_stack([np.arange(10.0), np.full(10, 0.1)])
    z = z_transform(values)
    np.testing.assert_allclose(z[:, 0], (np.arange(10) - 4.5) / np.sqrt(8.25), rtol=1e-12)
    np.testing.assert_array_equal(z[:, 1], 0.0)
    np.testing.assert_array_equal(z_transform(values[:, 1]), 0.0)
    with_hole = np.array([1.0, np.nan, 3.0])
    np.testing.assert_array_equal(z_transform(with_hole), [-1, np.nan, 1])


def test_places_share_and_skip() -> None:
    value = [0.5, 0.7, 0.5, 0.9, 0.1]
    np.testing.assert_array_equal(places(value, True), [3, 2, 3, 1, 5])
    np.testing.assert_array_equal(places(value, False), [2, 4, 2, 5, 1])


def test_floating_point_noise_makes_no_order() -> None:
    """0.1 + 0.2 and 0.3 differ in the 17th digit; 1e-11 of the value is a difference, 1e-13 is none."""
    np.testing.assert_array_equal(places([0.1 + 0.2, 0.3, 0.4], True), [2, 2, 1])
    np.testing.assert_array_equal(places([1.0, 1.0 + 1e-13, 1.0 + 1e-11], True), [2, 2, 1])
    np.testing.assert_array_equal(places([1e-30, 2e-30, 0.0, -0.0], False), [3, 4, 1, 1])
    np.testing.assert_array_equal(min_max([0.1 + 0.2, 0.3], True), [1, 1])


@pytest.mark.parametrize("scheme", ["z-mean", "robust-z-mean", "arithmetic-mean"])
def test_what_cancels_out_is_zero_and_makes_no_order(scheme: str) -> None:
    """Two metrics and their opposites: every mean is 0, of which rounding leaves 17th digits."""
    one = np.random.default_rng(8).uniform(0.1, 1, size=(9, 2))
    value = SCHEMES[scheme].aggregate(
        panel_of(np.column_stack([one[:, 0], -one[:, 0], one[:, 1], -one[:, 1]]))
    )
    np.testing.assert_array_equal(value, 0.0)
    shifted = np.column_stack([one, 1.1 - one])
    if scheme == "z-mean":
        np.testing.assert_array_equal(SCHEMES[scheme].aggregate(panel_of(shifted)), 0.0)


def test_models_without_a_value_have_no_place() -> None:
    value = [0.5, np.nan, 0.9]
    np.testing.assert_array_equal(places(value, True), [2, 0, 1])
    np.testing.assert_array_equal(min_max(value, True), [0, np.nan, 1])
    np.testing.assert_array_equal(places([np.nan], True), [0])
    assert places([], True).shape == min_max([], True).shape == (0,)


def test_min_max_runs_from_worst_to_best() -> None:
    np.testing.assert_allclose(min_max([2.0, 4.0, 3.0], True), [0, 1, 0.5])
    np.testing.assert_allclose(min_max([2.0, 4.0, 3.0], False), [1, 0, 0.5])
    np.testing.assert_array_equal(min_max([2.0, 2.0, np.nan], False), [1, 1, np.nan])


@pytest.mark.parametrize("function", [places, min_max])
def test_a_table_has_no_places(function: object) -> None:
    with pytest.raises(ValueError, match="shape"):
        function(np.ones((2, 2)), True)  # type: ignore[operator]


def test_round_significant_counts_digits_not_decimals() -> None:
    value = [1.23456789012345e-5, 123456789012345.0, -0.0, np.nan]
    expected = [1.23456789012e-5, 123456789012000.0, 0.0, np.nan]
    np.testing.assert_array_equal(round_significant(value), expected)
    assert round_significant(np.ones((2, 3))).shape == (2, 3)


whole_scores = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 9), st.just(4)), elements=st.integers(-9, 9).map(float)
)
"""Whole numbers, so that ties occur and transforms keep them."""


@given(whole_scores)
def test_rank_schemes_do_not_see_monotone_transforms(scores: FloatArray) -> None:
    transformed = np.column_stack(
        [np.exp(scores[:, 0]), scores[:, 1] ** 3, 5 * scores[:, 2] - 100, np.arctan(scores[:, 3])]
    )
    for scheme in ("mean-rank", "hierarchical-mean-rank"):
        aggregate = SCHEMES[scheme].aggregate
        np.testing.assert_array_equal(aggregate(panel_of(transformed)), aggregate(panel_of(scores)))


@given(
    whole_scores,
    arrays.arrays(np.float64, 4, elements=st.floats(0.01, 100)),
    arrays.arrays(np.float64, 4, elements=st.floats(-100, 100)),
)
def test_z_schemes_do_not_see_affine_transforms(
    scores: FloatArray, scale: FloatArray, shift: FloatArray
) -> None:
    for scheme in ("z-mean", "hierarchical-z-mean"):
        aggregate = SCHEMES[scheme].aggregate
        moved = aggregate(panel_of(scores * scale + shift))
        np.testing.assert_allclose(moved, aggregate(panel_of(scores)), rtol=0, atol=1e-8)


@given(whole_scores)
def test_mean_up_the_tree_is_the_mean_with_the_leaf_weights(scores: FloatArray) -> None:
    weights = np.array([TREE.leaf_weights[metric] for metric in TREE.metric_ids])
    panel = panel_of(scores)
    pairs = {
        "hierarchical-mean": panel.scores,
        "hierarchical-z-mean": z_transform(panel.scores),
        "hierarchical-mean-rank": panel.ranks,
    }
    for scheme, cells in pairs.items():
        np.testing.assert_allclose(SCHEMES[scheme].aggregate(panel), cells @ weights, rtol=0, atol=1e-12)


@given(whole_scores)
def test_without_groups_the_tree_changes_nothing(scores: FloatArray) -> None:
    flat_tree = MetricTree.ordered([Metric(name, name) for name in "abcd"])
    panel = panel_of(scores, flat_tree)
    for flat in ("arithmetic-mean", "z-mean", "mean-rank"):
        up = flat.replace("arithmetic-mean", "mean")
        np.testing.assert_array_equal(
            SCHEMES[f"hierarchical-{up}"].aggregate(panel), SCHEMES[flat].aggregate(panel)
        )


@given(arrays.arrays(np.float64, st.integers(0, 12), elements=st.integers(-3, 3).map(float)), st.booleans())
def test_places_equal_scipys_min_ranks(value: FloatArray, higher_is_better: bool) -> None:
    expected = stats.rankdata(-value if higher_is_better else value, method="min")
    np.testing.assert_array_equal(places(value, higher_is_better), expected)
    if len(value):
        shown = min_max(value, higher_is_better)
        assert shown.max() == 1
        np.testing.assert_array_equal(places(shown, True), expected)


@pytest.mark.parametrize("spread", [0.1, 3, 40, 150, 300])
def test_geometric_means_of_many_scores_however_wide(spread: float) -> None:
    rng = np.random.default_rng(1)
    scores = np.exp(rng.uniform(-spread, spread, size=(30, 999)))
    tree = MetricTree.ordered([Metric(f"m{j}", "") for j in range(999)])
    found = SCHEMES["geometric-mean"].aggregate(panel_of(scores, tree))
    np.testing.assert_allclose(found, stats.gmean(scores, axis=1), rtol=1e-11)


def test_what_a_scheme_says_of_itself_ends_where_a_sentence_does() -> None:
    """A text that was cut off would end in the middle of one."""
    for scheme in SCHEMES.values():
        for text in (scheme.assumes, scheme.ties):
            assert text.endswith("."), (scheme.id, text)
            sentences = text[:-1].split(". ")
            assert all(one[0].isupper() for one in sentences), (scheme.id, text)
