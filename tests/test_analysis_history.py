"""A snapshot against those before it: by hand, against the views of each, and on real snapshots."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from projects import library, make_project, study_of
from samples import CELLS, STUDY, TREE, Cells, make_snapshot, pinned_at

from builder.analysis import analyse
from builder.analysis.history import history
from builder.catalog.library import Earlier, open_library
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.catalog.tree import Metric, MetricTree
from builder.results import History, SnapshotResults
from builder.stats.history import Cells as Table
from builder.stats.history import split_moves
from builder.stats.schemes import SCHEMES

NOW: Cells = {
    "alpha": (0.9, 0.8, 0.5, 0.4),
    "beta": (0.7, 0.8, 0.6, 0.1),  # .75 -> .55
    "delta": (0.3, 0.3, 0.2, 0.8),  # complete now: .4
    "epsilon": (None, 0.4, None, 0.2),
    "omega": (0.9, 0.9, 0.9, 0.9),  # new: .9
}
"""Of CELLS gamma and zeta are gone. Means then: beta .75, alpha .65, gamma .475."""


OLDER, NEWER = make_snapshot(CELLS, snapshot="2024-12-31"), make_snapshot(NOW)


@pytest.fixture(scope="module")
def results(study) -> dict[str, SnapshotResults]:
    """Of both, whatever view the study starts from."""
    return {one.id: analyse(study, one) for one in (OLDER, NEWER)}


def earlier(*snapshots: Snapshot) -> list[Earlier]:
    return [Earlier(one.id, one) for one in snapshots]


def history_of(study: Study, snapshot: Snapshot, before: list[Earlier]) -> History | None:
    return history(study, snapshot, analyse(study, snapshot), before)


def study_with(tmp_path: Path, view: str) -> Study:
    return study_of(
        tmp_path, STUDY.replace('[default_view]\nselection = "everything"', f"[default_view]\n{view}")
    )


def test_by_hand(study, results) -> None:
    found = history(study, NEWER, results[NEWER.id], earlier(OLDER))
    assert found is not None
    assert (found.selection, found.policy, found.scheme) == ("everything", "complete", "arithmetic-mean")
    assert (found.previous, found.reason) == ("2024-12-31", "")
    assert found.snapshots.to_dict("records") == [
        {"snapshot": "2024-12-31", "n_models": 6, "n_metrics": 4, "n_ranked": 3, "reason": ""},
        {"snapshot": "2025-01-31", "n_models": 5, "n_metrics": 4, "n_ranked": 4, "reason": ""},
    ]
    places = found.places.set_index("model_id")
    assert list(places.index) == ["omega", "alpha", "beta", "delta", "gamma"]
    assert places["2025-01-31"].tolist() == [1, 2, 3, 4, pd.NA]
    assert places["2024-12-31"].tolist() == [pd.NA, 2, 1, pd.NA, 3]
    since = found.since
    assert since is not None
    moves = since.moves.set_index("model_id")
    assert list(moves.index) == ["beta", "alpha"]
    # beta falls behind alpha by its own score, and both behind omega. gamma and delta stand below both.
    assert moves.loc["beta", ["before", "after", "moved"]].tolist() == [1, 3, -2]
    parts = ["rivals", "left", "entered", "metrics", "own", "others", "scores"]
    assert moves.loc["beta", parts].tolist() == [-1, 0, -1, 0, -1, 0, -1]
    assert moves.loc["alpha", parts].tolist() == [-1, 0, -1, 0, 0, 1, 1]
    assert since.mean["rivals"] == -1
    assert since.mean["moved"] == -1
    # alpha has not moved; beta by two causes alike.
    assert {name: n for name, n in since.largest.items() if n} == {"several": 1}
    assert since.models[["model_id", "change"]].to_numpy().tolist() == [
        ["omega", "new"], ["delta", "complete"], ["gamma", "gone"], ["zeta", "gone"],
    ]  # fmt: skip
    assert (since.n_new, since.n_gone) == (1, 2)
    # Scores that either has of alpha, beta, delta, epsilon: 4 + 4 + 4 + 2.
    assert since.cells == {"scored": 14, "changed": 2, "gained": 1, "lost": 0, "models": 3}
    assert since.metrics.empty


def test_metrics_that_come_and_go(study) -> None:
    nodes = [*TREE.groups, *(m for m in TREE.metrics if m.id != "it"), Metric("depth", "Depth", "neural")]
    tree = MetricTree.ordered(nodes)
    assert tree.metric_ids == ("v1-a", "v1-b", "depth", "consistency")
    found = history_of(study, make_snapshot(CELLS, tree), earlier(OLDER))
    assert found is not None
    assert found.since is not None
    assert found.since.metrics.to_numpy().tolist() == [
        ["depth", "Depth", "new", True],
        ["it", "IT", "gone", True],
    ]
    assert found.since.cells["scored"] == 13, "of 15, delta failed on v1-b and epsilon has none on v1-a"
    moved = found.since.moves
    assert (moved["metrics"] == moved["moved"]).all()


def test_metrics_outside_the_selection_are_told_apart(tmp_path: Path) -> None:
    chosen = 'title = "Everything"\nmetrics = ["v1-*", "consistency"]'
    study = study_of(tmp_path, STUDY.replace('title = "Everything"', chosen))
    without = TREE.restrict([m for m in TREE.metric_ids if m != "it"])
    before = {model: (*row[:2], row[3]) for model, row in CELLS.items()}
    found = history_of(study, make_snapshot(), earlier(make_snapshot(before, without, snapshot="2024-12-31")))
    assert found is not None
    assert found.since is not None
    assert found.since.metrics.to_numpy().tolist() == [["it", "IT", "new", False]]
    assert found.since.moves["moved"].tolist() == [0, 0, 0]


VIEWS = {
    "mean-rank": 'selection = "everything"\nscheme = "mean-rank"',
    "last-ranks": 'selection = "everything"\npolicy = "worst-rank"\nscheme = "mean-rank"',
    "zero": 'selection = "everything"\npolicy = "zero"',
    "attempted": 'selection = "everything"\npolicy = "attempted"\nscheme = "hierarchical-mean"',
    "pairs": 'selection = "everything"\npolicy = "partial-order"\nscheme = "copeland"',
    "frequent": 'selection = "frequent"',
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_places_are_those_of_the_views_of_each_snapshot(tmp_path: Path, results, view: str) -> None:
    """The views come from SQL, the older places from arrays."""
    found = history(study_with(tmp_path, view), NEWER, results[NEWER.id], earlier(OLDER))
    assert found is not None
    wanted = (found.selection, found.policy, found.scheme)
    for snapshot, of in results.items():
        shown = next(one for one in of.views if (one.selection, one.policy, one.scheme) == wanted)
        places = found.places.set_index("model_id")[snapshot].dropna().to_dict()
        assert places == dict(zip(shown.ranking["model_id"], shown.ranking["place"], strict=True))
    assert found.since is not None
    moves, table = found.since.moves, found.places.set_index("model_id")
    assert moves["before"].tolist() == table.loc[moves["model_id"], "2024-12-31"].tolist()
    assert moves["after"].tolist() == table.loc[moves["model_id"], "2025-01-31"].tolist()
    parts = moves[["rivals", "metrics", "scores"]].sum(axis=1)
    np.testing.assert_allclose(parts, moves["moved"], atol=1e-12)


def test_without_an_older_snapshot_there_is_no_history(study, results) -> None:
    assert history(study, NEWER, results[NEWER.id], []) is None


def test_without_its_view_there_is_no_history(study) -> None:
    nobody = {"a": (0.1, None, 0.3, 0.4), "b": (0.2, 0.1, None, 0.3)}
    assert history_of(study, make_snapshot(nobody), earlier(OLDER)) is None


def test_an_older_snapshot_that_ranks_nothing_or_is_not_there_says_why(
    study, results, tmp_path: Path
) -> None:
    nobody = make_snapshot({"a": (0.1, None, 0.3, 0.4), "b": (0.2, 0.1, None, 0.3)}, snapshot="2025-01-01")
    found = history(study, NEWER, results[NEWER.id], earlier(OLDER, nobody))
    assert found is not None
    assert found.since is None
    assert (found.previous, found.reason) == ("2025-01-01", "It ranks nothing under this policy and scheme.")
    assert list(found.places.columns[2:]) == [OLDER.id, NEWER.id]
    lost = [*earlier(OLDER), Earlier("2025-01-01", None, "https://example.org/a.csv is not there.")]
    found = history(study, NEWER, results[NEWER.id], lost)
    assert found is not None
    assert found.since is None
    assert found.reason.endswith("https://example.org/a.csv is not there.")
    assert found.snapshots["n_models"].tolist() == [6, 0, 5]
    other = make_snapshot({"a": (0.1,)}, MetricTree.ordered([Metric("x", "X")]), snapshot="2025-01-01")
    narrow = study_of(tmp_path, STUDY.replace('"Everything"', '"Everything"\nmetrics = ["it"]', 1))
    found = history(narrow, NEWER, results[NEWER.id], earlier(other))
    assert found is not None
    assert found.reason == "It has none of the selection's metrics."


def test_zeros_are_refused_where_lower_was_better(tmp_path: Path, results) -> None:
    study = study_with(tmp_path, VIEWS["zero"])
    nodes = [*TREE.groups, *(Metric(m.id, m.name, m.parent, m.id != "it") for m in TREE.metrics)]
    older = make_snapshot(CELLS, MetricTree.ordered(nodes), snapshot="2024-12-31")
    found = history(study, NEWER, results[NEWER.id], earlier(older))
    assert found is not None
    assert found.reason.startswith("Lower was better there")


def test_the_library_gives_what_is_older_and_no_path_of_this_machine(tmp_path: Path) -> None:
    dates = ("2024-01-31", "2024-03-31", "2024-12-31")
    root = make_project(tmp_path, dates=dates, study=STUDY + pinned_at("2024-06-30"))
    known = library(root)
    refs = known.snapshots(known.study("tiny"))
    assert known.earlier(refs[0]) == []
    assert [one.id for one in known.earlier(refs[1])] == ["2024-01-31"]
    before = known.earlier(refs[3])
    assert [one.id for one in before] == ["2024-01-31", "2024-03-31", "2024-06-30"]
    assert [one.snapshot is None for one in before] == [False, False, True]
    assert before[-1].why == "https://example.org/a.csv is in neither the cache nor a mirror."
    assert [one.id for one in known.earlier(refs[3], 1)] == ["2024-06-30"]
    scores = root / "data/snapshots/tiny/2024-03-31/scores.csv"
    scores.write_text(scores.read_text().replace("0.9", "0.8"))
    broken = known.earlier(refs[2], 1)[0]
    assert (broken.snapshot, broken.why) == (None, "Its files cannot be read.")


def test_timm_counted_again_with_pandas(tmp_path: Path, mirror: Path) -> None:
    """The mean reads a network's own scores only, so that what leaves and enters can be counted by itself."""
    known = open_library(ROOT, cache=tmp_path, mirror=mirror, offline=True)
    study = known.study("timm-imagenet")
    older, newer = (known.load(ref) for ref in known.snapshots(study)[-2:])
    one, other = (s.scores.pivot(index="model", columns="metric", values="score") for s in (older, newer))
    found = split_moves(
        *(Table(tuple(t.index), t.to_numpy(), t.notna().to_numpy(), older.tree.restrict(t.columns)) for t in (
            one[list(older.tree.metric_ids)], other[list(older.tree.metric_ids)])),
        "complete", SCHEMES["arithmetic-mean"],
    )  # fmt: skip
    then, now = (
        table.dropna().mean(axis="columns").map(lambda value: float(f"{value:.12g}"))
        for table in (one, other)
    )
    assert found.models == tuple(sorted(then.index.intersection(now.index)))
    models = list(found.models)
    for places, means in ((found.before, then), (found.after, now)):
        assert (means.rank(ascending=False, method="min")[models] == places).all()
    both = set(one.index) & set(other.index)
    left, entered = (table[~table.index.isin(both)].to_numpy() for table in (then, now))
    same = [at for at, model in enumerate(models) if then[model] == now[model]]
    assert len(same) > 100
    for at in same:
        assert found.parts["own"][at] == 0
        assert found.parts["left"][at] == (left > then[models[at]]).sum()
        assert found.parts["entered"][at] == -(entered > now[models[at]]).sum()
    assert (found.parts["own"] != 0).sum() > 100
    total = sum(found.parts.values(), np.zeros(len(models)))
    np.testing.assert_allclose(total, found.before - found.after, atol=1e-9)
