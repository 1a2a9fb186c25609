"""The explorer computes in the browser what the builder does: every view, and states at random."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page
from projects import study_of
from samples import STUDY, make_snapshot

from builder.analysis import analyse
from builder.analysis.ranking import admitted_schemes
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.catalog.tree import Group, Metric, MetricTree
from builder.results import Selection, SnapshotResults, View
from builder.site.book import Book
from builder.site.explorer import NOT_OFFERED, OFFERED, explorer_document
from builder.stats import bootstrap
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, fair, places
from builder.warehouse import Warehouse

pytestmark = pytest.mark.browser
Json = dict[str, Any]
CLOSE = 1e-9
POLICIES = ("complete", "attempted", "zero", "worst-rank", "partial-order")
BASELINE = "arithmetic-mean"

RANK = """async ({ given, choices }) => {
  const { readSnapshot } = await import("/explorer/snapshot.js");
  const { rankModels } = await import("/explorer/compute.js");
  const snapshot = readSnapshot(given);
  return choices.map((choice) => {
    const found = rankModels(snapshot, { ...choice, weights: new Map(Object.entries(choice.weights)) });
    return {
      refused: found.refused, models: [...found.panel.models].map((model) => snapshot.ids[model]),
      values: [...found.values].map((value) => (Number.isNaN(value) ? null : value)),
      places: [...found.places], bars: [...found.bars].map((bar) => (Number.isNaN(bar) ? null : bar)),
      baseline: [...found.baselinePlaces], cells: found.cells.map((column) => [...column]),
    };
  });
}"""
LIKELY = """async ({ address, questions }) => {
  const worker = new Worker("/explorer/worker.js", { type: "module" });
  const answers = [];
  for (const [id, question] of questions.entries()) {
    const choice = { ...question.choice, weights: new Map(Object.entries(question.choice.weights)) };
    worker.postMessage({ ...question, id, choice, address });
    const answer = await new Promise((resolve) => { worker.onmessage = (event) => resolve(event.data); });
    answers.push({ draws: answer.draws, low: [...answer.low ?? []], high: [...answer.high ?? []] });
  }
  worker.terminate();
  return answers;
}"""


def document(
    study: Study, snapshot: Snapshot, results: SnapshotResults | None = None, *, scores: bool = True
) -> Json:
    return explorer_document(Book(study, snapshot, results or analyse(study, snapshot)), scores=scores)


def same(found: list[float | None], wanted: np.ndarray) -> bool:
    """Equal to 1e-9, of the number or of 1, and undefined in the same places."""
    numbers = np.array([np.nan if one is None else one for one in found], dtype=float)
    return bool(np.allclose(numbers, wanted, rtol=CLOSE, atol=CLOSE, equal_nan=True))


# Every view


def check_views(
    page: Page,
    folder: Path,
    study: Study,
    snapshot: Snapshot,
    results: SnapshotResults,
    *,
    scores: bool = True,
    likely: bool = True,
) -> None:
    """Values, places, moves, cells and likely places of every view that the explorer offers."""
    given = document(study, snapshot, results, scores=scores)
    metrics = {one["id"]: one["metrics"] for one in given["selections"]}
    offered = {one["id"] for one in given["schemes"]}
    assert offered == {one.id for one in SCHEMES.values() if scores or one.invariance == "order"} - {
        *NOT_OFFERED
    }
    views = [view for view in results.views if view.scheme in offered]
    baselines = {
        (view.selection, view.policy): view.ranking.set_index("model_id")["place"]
        for view in results.views
        if view.scheme == given["baseline"]
    }
    choices = [
        {"metrics": metrics[view.selection], "policy": view.policy, "scheme": view.scheme,
         "baseline": given["baseline"], "weights": {}}
        for view in views
    ]  # fmt: skip
    answers = page.evaluate(RANK, {"given": given, "choices": choices})
    assert len(answers) == len(views) > 0
    for view, answer in zip(views, answers, strict=True):
        assert answer["refused"] == "", view.title
        row = {
            model: position for position, model in enumerate(answer["models"]) if answer["places"][position]
        }
        frame = view.ranking
        at = [row[model] for model in frame["model_id"]]
        assert len(at) == len(row) == view.n_models, view.title
        assert [answer["places"][one] for one in at] == frame["place"].tolist(), view.title
        assert same([answer["values"][one] for one in at], frame["value"].to_numpy()), view.title
        assert same([answer["bars"][one] for one in at], frame["display"].to_numpy()), view.title
        known = baselines.get((view.selection, view.policy), pd.Series(dtype=int))
        baseline = known.reindex(frame["model_id"]).fillna(0).astype(int).tolist()
        assert [answer["baseline"][one] for one in at] == baseline, view.title
        for column, name in enumerate(("n_scored", "n_failed", "n_missing")):
            assert [answer["cells"][column][one] for one in at] == frame[name].tolist(), view.title
    if likely:
        check_likely_places(page, folder, given, list(zip(views, choices, answers, strict=True)))


def check_likely_places(
    page: Page, folder: Path, given: Json, views: Sequence[tuple[View, Json, Json]]
) -> None:
    """Of one view a scheme, each of another selection and policy where there are several."""
    by_scheme: dict[str, list[tuple[View, Json, Json]]] = {}
    for one in views:
        by_scheme.setdefault(one[0].scheme, []).append(one)
    some = [those[(3 * number) % len(those)] for number, those in enumerate(by_scheme.values())]
    (folder / "document.json").write_text(json.dumps(given), encoding="utf-8")
    questions = [
        {"choice": choice, "seed": given["seeds"][view.selection][view.policy], "ranked": view.n_models}
        for view, choice, _ in some
    ]
    likely = page.evaluate(LIKELY, {"address": "/document.json", "questions": questions})
    for (view, _, answer), drawn in zip(some, likely, strict=True):
        assert drawn["draws"] == view.certainty.draws, view.title
        if drawn["draws"]:
            row = {model: position for position, model in enumerate(answer["models"])}
            for name in ("low", "high"):
                found = [drawn[name][row[model]] for model in view.ranking["model_id"]]
                assert found == view.ranking[name].fillna(0).astype(int).tolist(), view.title


def test_every_view_of_a_tiny_study(bench, study, tiny):
    folder, page = bench
    check_views(page, folder, study, make_snapshot(), tiny)


def test_every_view_of_the_embedded_study(bench, embedded):
    folder, page = bench
    check_views(page, folder, *embedded)


@pytest.mark.parametrize("scores", [True, False], ids=["scores", "ranks"])
def test_every_view_of_brain_score(bench, brain_score, scores):
    folder, page = bench
    # Draws are of ranks in either: those that ranks alone give are held to the build on the tiny study.
    check_views(page, folder, *brain_score, scores=scores, likely=scores)


def test_every_view_that_ranks_alone_give(bench, study, tiny):
    """Of metrics of either direction, with cells that failed and cells that are missing."""
    folder, page = bench
    check_views(page, folder, study, make_snapshot(), tiny, scores=False)


def test_views_of_scores_that_cancel(bench, study):
    """Two metrics are two others turned round: means of z-scores are 0, and rounding orders no model."""
    folder, page = bench
    draw = np.random.default_rng(6)
    cells = {f"model-{i}": (a, -a, b, -b) for i, (a, b) in enumerate(draw.standard_normal((9, 2)).tolist())}
    snapshot = make_snapshot(cells)
    results = analyse(study, snapshot)
    tied = [view for view in results.views if view.scheme == "z-mean"]
    assert tied
    assert all(set(view.ranking["place"]) == {1} for view in tied)
    check_views(page, folder, study, snapshot, results)


def test_views_of_groups_that_a_draw_may_leave_out(bench, tmp_path):
    """Fair contribution where a group has one metric, and where a metric stands among the groups."""
    folder, page = bench
    tree = MetricTree.ordered([
        Group("one", "One"), Metric("one-a", "One a", "one"), Metric("one-b", "One b", "one"),
        Group("two", "Two"), Metric("two-a", "Two a", "two"), Metric("alone", "Alone"),
    ])  # fmt: skip
    draw = np.random.default_rng(4)
    cells = {f"model-{i}": row for i, row in enumerate(draw.random((12, 4)).tolist())}
    before, after = STUDY[: STUDY.index("tree =")], STUDY[STUDY.index("[selections") :]
    groups = "[groups.one]\nchildren = ['one-a', 'one-b']\n[groups.two]\nchildren = ['two-a']\n"
    top = "tree = ['one', 'two', 'alone']\nhigher_is_better = true\n"
    study = study_of(tmp_path, f"{before}{top}{groups}{after}")
    snapshot = make_snapshot(cells, tree)
    results = analyse(study, snapshot)
    (view,) = (
        one for one in results.views if one.scheme == "fair-contribution" and one.selection == "everything"
    )
    assert 0 < view.certainty.draws < bootstrap.DRAWS
    check_views(page, folder, study, snapshot, results)


def test_views_of_which_all_draws_with_a_ranking_are_alike(bench, tmp_path):
    """Two groups of one metric each: nothing is said of fair contribution, here as there."""
    folder, page = bench
    tree = MetricTree.ordered(
        [Group("one", "One"), Metric("a", "A", "one"), Group("two", "Two"), Metric("b", "B", "two")]
    )
    draw = np.random.default_rng(4)
    cells = {f"model-{i}": row for i, row in enumerate(draw.random((9, 2)).tolist())}
    before, after = STUDY[: STUDY.index("tree =")], STUDY[STUDY.index("[selections") :]
    groups = "[groups.one]\nchildren = ['a']\n[groups.two]\nchildren = ['b']\n"
    study = study_of(tmp_path, f"{before}tree = ['one', 'two']\nhigher_is_better = true\n{groups}{after}")
    snapshot = make_snapshot(cells, tree)
    results = analyse(study, snapshot)
    silent = {one.scheme for one in results.views if not one.certainty.draws}
    assert silent == {"fair-contribution"}
    assert {one.certainty.draws for one in results.views} == {0, bootstrap.DRAWS}, "three sets of metrics"
    check_views(page, folder, study, snapshot, results)


# States at random


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
