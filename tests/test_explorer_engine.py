"""The explorer computes in the browser what the builder does: every view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from engines import LIKELY, RANK, Json, document, same
from playwright.sync_api import Page
from projects import study_of
from samples import STUDY, make_snapshot

from builder.analysis import analyse
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.catalog.tree import Group, Metric, MetricTree
from builder.results import SnapshotResults, View
from builder.site.explorer import NOT_OFFERED
from builder.stats import bootstrap
from builder.stats.schemes import SCHEMES

pytestmark = pytest.mark.browser


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
        assert bool(drawn["why"]) != bool(drawn["draws"]), view.title
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
