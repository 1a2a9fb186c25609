"""The explorer computes in the browser what the builder does: at random states, and where it must refuse."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from engines import BASELINE, LIKELY, POLICIES, RANK, Json, document, same
from playwright.sync_api import Page
from samples import make_snapshot

from builder.analysis.ranking import admitted_schemes
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.catalog.tree import Group, Metric, MetricTree
from builder.results import Selection
from builder.site.explorer import OFFERED
from builder.stats import bootstrap
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, fair, places
from builder.warehouse import Warehouse

pytestmark = pytest.mark.browser


def copies(
    tree: MetricTree, weights: Mapping[str, int], whole: frozenset[str]
) -> tuple[MetricTree, list[int]]:
    """The tree with each node as often as it weighs, and which metric each of its metrics is a copy of."""
    nodes: list[Group | Metric] = []
    origin: list[int] = []

    def add(node: str, parent: str, mark: str) -> bool:
        """Whether the node still has a metric."""
        found = False
        weight = weights.get(node, 1)
        for number in range(min(weight, 1) if node in whole else weight):
            here = f"{node}{mark}.{number}"
            if not tree.is_group(node):
                nodes.append(replace(tree.metric(node), id=here, parent=parent))
                origin.append(tree.metric_ids.index(node))
                found = True
                continue
            at = len(nodes)
            nodes.append(replace(tree.group(node), id=here, parent=parent))
            kept = [add(child, here, f"{mark}.{number}") for child in tree.children(node)]
            if any(kept):
                found = True
            else:
                del nodes[at:]
        return found

    for child in tree.children():
        add(child, "", "")
    return MetricTree.ordered(nodes), origin


def expected(
    warehouse: Warehouse, tree: MetricTree, choice: Json, name: str
) -> tuple[str, Panel | None, np.ndarray]:
    """Refusal, panel and values of a choice, by copying metrics for real."""
    restricted = tree.restrict([tree.metric_ids[position] for position in choice["metrics"]])
    scheme = SCHEMES[choice["scheme"]]
    whole: set[str] = set()
    if scheme.id == "fair-contribution":
        for group in fair.fair_groups(restricted):
            whole |= set(restricted.path(group))
    copied, origin = copies(restricted, choice["weights"], frozenset(whole))
    selection = Selection(name, name, "", copied.metric_ids, (), copied, 0, 0)
    refused, _ = admitted_schemes(selection, choice["policy"])
    reasons = {one.scheme: one.reason for one in refused}
    if choice["scheme"] in reasons:
        return reasons[choice["scheme"]], None, np.empty(0)
    panel = warehouse.panel(name, choice["policy"]).panel
    if not panel.models:
        return "No models remain under this policy.", panel, np.empty(0)
    if not origin:
        return "Every metric has weight 0.", None, np.empty(0)
    many = Panel(panel.models, panel.scores[:, origin], panel.ranks[:, origin], copied)
    reason = scheme.unfit(many)
    return reason, panel, np.empty(0) if reason else scheme.aggregate(many)


def some_choices(tree: MetricTree, seed: int, n: int) -> list[Json]:
    """States that a reader could reach: metrics by groups or one by one, weights, any policy and scheme."""
    draw = random.Random(seed)
    found = []
    for number in range(n):
        if number % 2:
            nodes = draw.sample([*(g.id for g in tree.groups), *tree.metric_ids], draw.randint(1, 4))
            ids = {leaf for node in nodes for leaf in (tree.leaves(node) if tree.is_group(node) else [node])}
        else:
            ids = set(draw.sample(tree.metric_ids, draw.randint(1, min(30, len(tree.metric_ids)))))
        scheme = OFFERED[number % len(OFFERED)].id
        admitted = SCHEMES[scheme].policies
        policy = draw.choice(admitted if number % 5 else POLICIES)
        restricted = tree.restrict(ids)
        weighable = [*(group.id for group in restricted.groups), *restricted.metric_ids]
        fewest = 0 if number % 4 == 1 else 1
        weighed = draw.sample(weighable, draw.randint(0, min(4, len(weighable)))) if number % 3 else []
        found.append({
            "metrics": [i for i, metric in enumerate(tree.metric_ids) if metric in ids],
            "policy": policy, "scheme": scheme, "baseline": BASELINE,
            "weights": {node: draw.choice((fewest, 2, 3)) for node in weighed},
        })  # fmt: skip
    return found


def check_choices(page: Page, study: Study, snapshot: Snapshot, given: Json, choices: list[Json]) -> int:
    """Compare; how many of the choices gave a ranking."""
    answers = page.evaluate(RANK, {"given": given, "choices": choices})
    ranked = 0
    with Warehouse(snapshot) as warehouse:
        for number, (choice, answer) in enumerate(zip(choices, answers, strict=True)):
            ids = tuple(snapshot.tree.metric_ids[position] for position in choice["metrics"])
            warehouse.add_selection(f"state-{number}", ids)
            reason, panel, values = expected(warehouse, snapshot.tree, choice, f"state-{number}")
            reason = reason.replace("No models", f"No {study.models_are}")
            assert answer["refused"] == reason, choice
            if panel is None or reason:
                continue
            ranked += 1
            assert tuple(answer["models"]) == panel.models, choice
            assert same(answer["values"], values), choice
            wanted = places(values, SCHEMES[choice["scheme"]].higher_is_better)
            assert answer["places"] == wanted.tolist(), choice
    return ranked


def test_states_at_random_of_the_embedded_study(bench, embedded):
    study, snapshot, results = embedded
    choices = some_choices(snapshot.tree, 7, 210)
    ranked = check_choices(bench[1], study, snapshot, document(study, snapshot, results), choices)
    assert ranked > 100


def test_states_at_random_of_brain_score(bench, brain_score):
    study, snapshot, results = brain_score
    choices = some_choices(snapshot.tree, 8, 126)
    ranked = check_choices(bench[1], study, snapshot, document(study, snapshot, results), choices)
    assert ranked > 60


def test_states_at_random_of_a_tiny_study_where_lower_is_better_on_one_metric(bench, study):
    snapshot = make_snapshot()
    nodes: list[Group | Metric] = [*snapshot.tree.groups]
    nodes += [replace(metric, higher_is_better=metric.id != "v1-b") for metric in snapshot.tree.metrics]
    turned = replace(snapshot, tree=MetricTree.ordered(nodes))
    choices = some_choices(turned.tree, 9, 210)
    assert check_choices(bench[1], study, turned, document(study, turned), choices) > 50


def test_a_metric_of_weight_0_is_as_if_it_were_not_there(bench, embedded):
    """In draws, too: only which models are compared knows of it, and none has cells in this group alone."""
    folder, page = bench
    study, snapshot, results = embedded
    given = document(study, snapshot, results)
    (folder / "document.json").write_text(json.dumps(given), encoding="utf-8")
    group = "behavior"
    every = list(range(len(snapshot.tree.metrics)))
    kept = [one for one in every if snapshot.tree.metric_ids[one] not in snapshot.tree.leaves(group)]
    choice = {"policy": "zero", "scheme": "hierarchical-mean", "baseline": BASELINE}
    questions = [
        {"choice": {**choice, "metrics": metrics, "weights": weights}, "seed": "1",
         "ranked": len(snapshot.models)}
        for metrics, weights in ((every, {group: 0}), (kept, {}))
    ]  # fmt: skip
    weighed, without = page.evaluate(LIKELY, {"address": "/document.json", "questions": questions})
    assert weighed == without
    assert len(set(weighed["low"])) > 3
    ranked = page.evaluate(RANK, {"given": given, "choices": [one["choice"] for one in questions]})
    assert ranked[0]["places"] == ranked[1]["places"]


def test_pairs_of_too_many_models_are_refused(bench, study, tiny):
    given = {**document(study, make_snapshot(), tiny), "most_compared": 4}
    choice = {"metrics": [0, 1, 2, 3], "baseline": BASELINE, "weights": {}, "scheme": "copeland"}
    choices = [{**choice, "policy": policy} for policy in ("worst-rank", "complete")]
    many, few = bench[1].evaluate(RANK, {"given": given, "choices": choices})
    assert many["refused"] == (
        f"More than 3000 {study.models_are} are too many to compare two by two in a browser."
    )
    assert few["refused"] == ""


def test_where_there_are_no_likely_places_the_worker_says_why(bench, embedded):
    folder, page = bench
    study, snapshot, results = embedded
    (folder / "document.json").write_text(json.dumps(document(study, snapshot, results)), encoding="utf-8")
    choice = {"policy": "complete", "scheme": "copeland", "baseline": BASELINE, "weights": {}}
    questions = [
        {"choice": {**choice, "metrics": list(range(n))}, "seed": "1", "ranked": ranked}
        for n, ranked in ((1, 20), (8, 1), (8, 20), (8, 10_000))
    ]
    answers = page.evaluate(LIKELY, {"address": "/document.json", "questions": questions})
    assert [(one["why"], one["draws"] > 0) for one in answers] == [
        ("few", False), ("few", False), ("", True), ("many", False),
    ]  # fmt: skip


def test_likely_places_can_be_asked_for_again_after_a_failure(bench, embedded):
    folder, page = bench
    study, snapshot, results = embedded
    metrics = list(range(len(snapshot.tree.metrics)))
    page.evaluate(
        """() => {
          window.asked = new Worker("/explorer/worker.js", { type: "module" });
          window.ask = (question) => new Promise((resolve) => {
            asked.onmessage = (event) => resolve(event.data.draws);
            asked.onerror = () => resolve("failed");
            asked.postMessage({ ...question, choice: { ...question.choice, weights: new Map() } });
            setTimeout(() => resolve("silent"), question.patience);
          });
        }"""
    )
    choice = {"metrics": metrics, "policy": "complete", "scheme": "mean-rank", "baseline": BASELINE}
    question = {"id": 1, "address": "/late.json", "seed": "1", "ranked": 20, "choice": choice}
    assert page.evaluate("asked => ask(asked)", {**question, "patience": 1000}) in {"failed", "silent"}
    (folder / "late.json").write_text(json.dumps(document(study, snapshot, results)), encoding="utf-8")
    assert page.evaluate("asked => ask(asked)", {**question, "id": 2, "patience": 60_000}) == bootstrap.DRAWS
