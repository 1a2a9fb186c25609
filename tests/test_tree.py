"""The metric tree: its order, its faults, and the weights of the mean up the tree."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.catalog.tree import Group, Metric, MetricTree

# neural (V1 (two metrics), IT (one)), behavior (one), and a metric in no group.
NODES: list[Group | Metric] = [
    Group("neural", "Neural", role="neural"),
    Group("V1", "V1", "neural"),
    Metric("v1-a", "V1 a", "V1"),
    Metric("v1-b", "V1 b", "V1"),
    Group("IT", "IT", "neural"),
    Metric("it", "IT", "IT"),
    Group("behavior", "Behavior", role="behavior"),
    Metric("match", "Match", "behavior"),
    Metric("loose", "Loose"),
]
TREE = MetricTree.ordered(NODES)


def test_a_tree_is_in_depth_first_order_and_siblings_keep_theirs() -> None:
    assert TREE.metric_ids == ("v1-a", "v1-b", "it", "match", "loose")
    assert [group.id for group in TREE.groups] == ["neural", "V1", "IT", "behavior"]
    assert TREE.children() == ("neural", "behavior", "loose")
    assert TREE.children("neural") == ("V1", "IT")
    assert TREE.children("it") == ()


def test_a_tree_says_where_a_node_is() -> None:
    assert TREE.path("v1-a") == ("neural", "V1", "v1-a")
    assert TREE.top_group("v1-a") == "neural"
    assert TREE.top_group("loose") == "loose"
    assert TREE.leaves("neural") == ("v1-a", "v1-b", "it")
    assert TREE.leaves() == TREE.metric_ids
    assert TREE.role_groups == {"neural": "neural", "behavior": "behavior"}
    assert TREE.metric("it").name == "IT"
    assert TREE.group("V1").parent == "neural"
    assert TREE.is_group("V1")
    assert not TREE.is_group("it")
    assert not TREE.is_group("nowhere")
    with pytest.raises(KeyError):
        TREE.metric("V1")
    with pytest.raises(KeyError):
        TREE.group("it")


def test_the_weights_are_those_of_the_mean_up_the_tree() -> None:
    # By hand: three nodes at the top; neural has two children; V1 has two.
    assert TREE.leaf_weights == pytest.approx(
        {"v1-a": 1 / 12, "v1-b": 1 / 12, "it": 1 / 6, "match": 1 / 3, "loose": 1 / 3}
    )


def test_a_restricted_tree_has_only_the_groups_that_are_left() -> None:
    smaller = TREE.restrict(["match", "v1-b"])
    assert smaller.metric_ids == ("v1-b", "match")
    assert [group.id for group in smaller.groups] == ["neural", "V1", "behavior"]
    assert smaller.leaf_weights == {"v1-b": 0.5, "match": 0.5}
    assert TREE.restrict([]).leaf_weights == {}


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([Metric("a", "A"), Metric("a", "B")], "'a' stands twice"),
        ([Group("a", "A"), Metric("a", "B")], "'a' stands twice"),
        ([Metric("a", "A", "b")], "'a' names parent 'b', which is not a group"),
        ([Metric("a", "A"), Metric("b", "B", "a")], "'b' names parent 'a', which is not a group"),
        ([Group("a", "A", "b"), Group("b", "B", "a"), Metric("m", "M", "a")], "has a cycle: 'a', 'b', 'm'"),
        ([Group("a", "A", "a"), Metric("m", "M", "a")], "has a cycle"),
        ([Group("a", "A"), Metric("m", "M")], "group 'a' has no metric below it"),
        ([Metric("", "A")], "has no id"),
    ],
)
def test_a_faulty_tree_is_refused(nodes: list[Group | Metric], said: str) -> None:
    with pytest.raises(ValueError, match="^.*" + said):
        MetricTree.ordered(nodes)


@st.composite
def trees(draw: st.DrawFn) -> MetricTree:
    """A tree of up to 8 groups, each with a metric of its own, and up to 12 metrics anywhere."""
    n_groups = draw(st.integers(0, 8))
    nodes: list[Group | Metric] = []
    for number in range(n_groups):
        parent = draw(st.integers(-1, number - 1))
        nodes.append(Group(f"g{number}", f"G{number}", f"g{parent}" if parent >= 0 else ""))
        nodes.append(Metric(f"own{number}", f"Own {number}", f"g{number}"))
    for number in range(draw(st.integers(1, 12))):
        parent = draw(st.integers(-1, n_groups - 1))
        nodes.append(Metric(f"m{number}", f"M{number}", f"g{parent}" if parent >= 0 else ""))
    random.Random(draw(st.integers())).shuffle(nodes)
    return MetricTree.ordered(nodes)


def mean_up(tree: MetricTree, scores: dict[str, float], node: str = "") -> float:
    """The mean up the tree by its definition: every node is the mean of its children."""
    if node in scores:
        return scores[node]
    below = tree.children(node)
    return sum(mean_up(tree, scores, child) for child in below) / len(below)


@given(trees(), st.data())
def test_the_weighted_sum_is_the_mean_of_means(tree: MetricTree, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(tree.metric_ids), min_size=1, unique=True))
    smaller = tree.restrict(kept)
    scores = {metric: data.draw(st.floats(-1, 1)) for metric in kept}
    weights = smaller.leaf_weights
    assert math.isclose(sum(weights.values()), 1)
    assert list(weights) == [metric for metric in tree.metric_ids if metric in set(kept)]
    weighted = sum(weights[metric] * score for metric, score in scores.items())
    assert math.isclose(weighted, mean_up(smaller, scores), abs_tol=1e-12)


@given(trees())
def test_every_node_is_below_its_parent_and_every_group_has_its_leaves_side_by_side(
    tree: MetricTree,
) -> None:
    for node in (*tree.groups, *tree.metrics):
        assert node.id in tree.children(node.parent)
        assert tree.path(node.id)[-2:] == ((node.parent, node.id) if node.parent else (node.id,))
    for group in tree.groups:
        leaves = tree.leaves(group.id)
        at = tree.metric_ids.index(leaves[0])
        assert leaves == tree.metric_ids[at : at + len(leaves)]
    assert MetricTree.ordered((*tree.groups, *tree.metrics)).leaf_weights == pytest.approx(tree.leaf_weights)
