"""The metric tree: groups inside, metrics at the leaves, in a fixed order."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Metric:
    """A leaf of the tree: something that has scores. `parent` is empty at the top level."""

    id: str
    name: str
    parent: str = ""
    higher_is_better: bool = True
    reference: str = ""
    ceiling: float = math.nan
    """The noise ceiling: the score of the best model that the measurements could show; NaN if unknown."""


@dataclass(frozen=True)
class Group:
    """An inner node of the tree. `parent` is empty for a top-level group."""

    id: str
    name: str
    parent: str = ""
    role: str = ""
    reference: str = ""


@dataclass(frozen=True)
class MetricTree:
    """Groups and metrics, each in depth-first order; build one with `MetricTree.ordered`.

    Groups form a forest, and ids are unique over groups and metrics.
    """

    groups: tuple[Group, ...]
    metrics: tuple[Metric, ...]

    @classmethod
    def ordered(cls, nodes: Iterable[Group | Metric]) -> MetricTree:
        """A tree from nodes in any order; siblings keep the order in which they come.

        Raises ValueError, with every fault in one message, for an empty or repeated id, a parent that
        is not a group, a cycle, or a group without a metric below it.
        """
        listed = list(nodes)
        by_id: dict[str, Group | Metric] = {}
        faults: list[str] = []
        for node in listed:
            if not node.id:
                faults.append("a node of the metric tree has no id")
            if node.id in by_id:
                faults.append(f"'{node.id}' stands twice in the metric tree")
            by_id[node.id] = node
        for node in listed:
            if node.parent and not isinstance(by_id.get(node.parent), Group):
                faults.append(f"'{node.id}' names parent '{node.parent}', which is not a group")
        if faults:
            raise ValueError("; ".join(faults))
        children: dict[str, list[Group | Metric]] = {}
        for node in listed:
            children.setdefault(node.parent, []).append(node)
        order: list[Group | Metric] = []
        stack = list(reversed(children.get("", [])))
        while stack:
            node = stack.pop()
            order.append(node)
            stack.extend(reversed(children.get(node.id, [])))
        if len(order) < len(listed):
            reached = {node.id for node in order}
            lost = ", ".join(f"'{node.id}'" for node in listed if node.id not in reached)
            raise ValueError(f"the metric tree has a cycle: {lost} cannot be reached from the top")
        tree = cls(
            tuple(node for node in order if isinstance(node, Group)),
            tuple(node for node in order if isinstance(node, Metric)),
        )
        empty = [group.id for group in tree.groups if not tree.leaves(group.id)]
        if empty:
            raise ValueError("; ".join(f"group '{one}' has no metric below it" for one in empty))
        return tree

    @cached_property
    def metric_ids(self) -> tuple[str, ...]:
        """Ids of all metrics, depth first."""
        return tuple(metric.id for metric in self.metrics)

    @property
    def _nodes(self) -> tuple[Group | Metric, ...]:
        return (*self.groups, *self.metrics)

    @cached_property
    def _by_id(self) -> dict[str, Group | Metric]:
        return {node.id: node for node in self._nodes}

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        """Children of each group, in depth-first order of the first metric below each."""
        first: dict[str, int] = {}
        for position, metric in enumerate(self.metrics):
            for step in self.path(metric.id):
                first.setdefault(step, position)
        found: dict[str, list[str]] = {}
        for node in self._nodes:
            found.setdefault(node.parent, []).append(node.id)
        return {
            parent: tuple(sorted(below, key=lambda node: first.get(node, -1)))
            for parent, below in found.items()
        }

    def metric(self, metric_id: str) -> Metric:
        """The metric of that id. Raises KeyError."""
        node = self._by_id[metric_id]
        if not isinstance(node, Metric):
            raise KeyError(metric_id)
        return node

    def group(self, group_id: str) -> Group:
        """The group of that id. Raises KeyError."""
        node = self._by_id[group_id]
        if not isinstance(node, Group):
            raise KeyError(group_id)
        return node

    def is_group(self, node_id: str) -> bool:
        """Whether the tree has a group of that id."""
        return isinstance(self._by_id.get(node_id), Group)

    def children(self, group_id: str = "") -> tuple[str, ...]:
        """Ids right below a group, in tree order; the top level for the empty string."""
        return self._children.get(group_id, ())

    def path(self, node_id: str) -> tuple[str, ...]:
        """Ids from the top level down to the node, the node included."""
        found: list[str] = []
        while node_id:
            found.append(node_id)
            node_id = self._by_id[node_id].parent
        return tuple(reversed(found))

    def leaves(self, group_id: str = "") -> tuple[str, ...]:
        """Metric ids below a group, in tree order; all of them for the empty string."""
        if not group_id:
            return self.metric_ids
        return tuple(m for m in self.metric_ids if group_id in self.path(m))

    def top_group(self, metric_id: str) -> str:
        """The top-level group above a metric; the metric itself where it has none."""
        return self.path(metric_id)[0]

    @cached_property
    def role_groups(self) -> dict[str, str]:
        """Group id -> role, for the groups that the study gives a role, in tree order."""
        return {group.id: group.role for group in self.groups if group.role}

    def restrict(self, metric_ids: Iterable[str]) -> MetricTree:
        """The tree with only those metrics, and only the groups that still have one."""
        kept = set(metric_ids)
        metrics = tuple(metric for metric in self.metrics if metric.id in kept)
        above = {node for metric in metrics for node in self.path(metric.id)}
        return MetricTree(tuple(group for group in self.groups if group.id in above), metrics)

    @cached_property
    def leaf_weights(self) -> dict[str, float]:
        """Weight of each metric in the mean up the tree: every node shares equally among its children.

        The weights sum to 1.
        """
        weights: dict[str, float] = {}
        stack = [("", 1.0)]
        while stack:
            node, weight = stack.pop()
            below = self.children(node)
            for child in below:
                if self.is_group(child):
                    stack.append((child, weight / len(below)))
                else:
                    weights[child] = weight / len(below)
        return {metric: weights[metric] for metric in self.metric_ids}
