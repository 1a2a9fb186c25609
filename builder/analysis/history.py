"""One view in a snapshot and those before it: who stood where, and what has moved whom since the last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd

from builder.analysis.coverage import selected
from builder.analysis.ranking import ZEROED
from builder.catalog.library import Earlier
from builder.catalog.snapshot import SCORED, Snapshot
from builder.catalog.study import Study
from builder.catalog.tree import MetricTree
from builder.names import telling_names
from builder.results import FloatArray, History, Since, SnapshotResults, View, start_of
from builder.stats.history import Cells, Moves, ranking, split_moves
from builder.stats.schemes import SCHEMES

CAUSES = ("rivals", "metrics", "own", "others")
SEVERAL = "several"


def history(
    study: Study, snapshot: Snapshot, results: SnapshotResults, earlier: Sequence[Earlier]
) -> History | None:
    """The study's default view of this snapshot against the snapshots before it, oldest first.

    None without any before it, and where this snapshot does not have the view.
    """
    wanted = study.default_view
    start = start_of(results.selections, wanted.selection)
    if start is None or not earlier:
        return None
    key = (start.id, wanted.policy, wanted.scheme)
    view = next((v for v in results.views if (v.selection, v.policy, v.scheme) == key), None)
    if view is None:
        return None
    past = [_past(study, one, view) for one in earlier]
    now = dict(zip(view.ranking["model_id"], view.ranking["place"].tolist(), strict=True))
    here = _Past(snapshot.id, snapshot, _cells(snapshot, start.metrics), now, "")
    names: dict[str, str] = {}
    for one in (*past, here):
        names |= _names(one.snapshot) if one.snapshot is not None else {}
    last = past[-1]
    return History(
        *key,
        previous=last.id,
        reason=last.reason,
        snapshots=pd.DataFrame([_row(one) for one in (*past, here)]),
        places=_places({one.id: one.places for one in (*past, here) if one.places}, names),
        since=None if last.reason else _since(last, here, view, names),
    )


@dataclass(frozen=True)
class _Past:
    """One snapshot in the view: model -> place; or why there are none, as a sentence."""

    id: str
    snapshot: Snapshot | None
    cells: Cells | None
    places: Mapping[str, int]
    reason: str


def _past(study: Study, one: Earlier, view: View) -> _Past:
    if one.snapshot is None:
        return _Past(one.id, None, None, {}, f"It could not be had when this page was made. {one.why}")
    cells = _cells_of(study, one.snapshot, view.selection)
    if cells is None:
        return _Past(one.id, one.snapshot, None, {}, "It has none of the selection's metrics.")
    if view.policy in ZEROED and not all(metric.higher_is_better for metric in cells.tree.metrics):
        turned = "Lower was better there on some metric, so that a 0 would have been the best score."
        return _Past(one.id, one.snapshot, cells, {}, turned)
    places = ranking(cells, view.policy, SCHEMES[view.scheme])
    reason = "" if places else "It ranks nothing under this policy and scheme."
    return _Past(one.id, one.snapshot, cells, places, reason)


def _row(one: _Past) -> dict[str, object]:
    return {
        "snapshot": one.id,
        "n_models": 0 if one.snapshot is None else len(one.snapshot.models),
        "n_metrics": 0 if one.cells is None else len(one.cells.tree.metrics),
        "n_ranked": len(one.places),
        "reason": one.reason,
    }


def _cells_of(study: Study, snapshot: Snapshot, selection: str) -> Cells | None:
    """The cells of a selection as it stands in an older snapshot; None where that has none of its metrics."""
    scores = snapshot.scores
    scored = scores.loc[scores["state"] == SCORED, "metric"].value_counts().to_dict()
    counts = {metric: int(scored.get(metric, 0)) for metric in snapshot.tree.metric_ids}
    metrics = selected(study, snapshot, selection, counts)
    return _cells(snapshot, metrics) if metrics else None


def _cells(snapshot: Snapshot, metrics: tuple[str, ...]) -> Cells:
    tree = snapshot.tree.restrict(metrics)
    models = tuple(str(model) for model in snapshot.models["id"])
    listed = snapshot.scores[snapshot.scores["metric"].isin(metrics)]
    rows = _positions(models, listed["model"])
    columns = _positions(tree.metric_ids, listed["metric"])
    scores = np.full((len(models), len(tree.metrics)), np.nan)
    run = np.zeros(scores.shape, dtype=bool)
    is_scored = (listed["state"] == SCORED).to_numpy(bool)
    scores[rows, columns] = np.where(is_scored, listed["score"].to_numpy(float), np.nan)
    run[rows, columns] = True
    return Cells(models, scores, run, tree)


def _names(snapshot: Snapshot) -> dict[str, str]:
    models = snapshot.models
    return telling_names(models["id"].tolist(), models["name"].tolist(), models["source_id"].tolist())


def _places(placed: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> pd.DataFrame:
    models = sorted(set().union(*placed.values()))
    frame = pd.DataFrame({"model_id": models, "model": [names[model] for model in models]})
    for snapshot, places in placed.items():
        frame[snapshot] = pd.array([places.get(model, pd.NA) for model in models], dtype="Int64")
    newest_first = list(placed)[::-1]
    return frame.sort_values([*newest_first, "model_id"], na_position="last", ignore_index=True)


def _since(last: _Past, here: _Past, view: View, names: Mapping[str, str]) -> Since | None:
    if last.cells is None or here.cells is None:
        return None
    moves = _moves(split_moves(last.cells, here.cells, view.policy, SCHEMES[view.scheme]), names)
    split = moves[moves["scores"].notna()]
    new, gone = set(here.cells.models), set(last.cells.models)
    new, gone = new - gone, gone - new
    return Since(
        moves=moves,
        mean={str(name): float(split[name].mean()) for name in moves.columns[4:]},
        largest=_largest(split),
        models=_changed_models(last.places, here.places, new, gone, names),
        n_new=len(new),
        n_gone=len(gone),
        metrics=_changed_metrics(last, here),
        cells=_changed_cells(last.cells, here.cells),
    )


def _moves(found: Moves, names: Mapping[str, str]) -> pd.DataFrame:
    parts = found.parts
    frame = pd.DataFrame(
        {
            "model_id": list(found.models),
            "model": [names[model] for model in found.models],
            "before": found.before,
            "after": found.after,
            "moved": found.before - found.after,
            "rivals": parts["left"] + parts["entered"],
            "left": parts["left"],
            "entered": parts["entered"],
            "metrics": parts["metrics"],
            "own": parts["own"],
            "others": parts["others"],
            "scores": found.scores,
        }
    )
    far = -frame["moved"].abs()
    return (
        frame.assign(far=far).sort_values(["far", "after", "model_id"], ignore_index=True).drop(columns="far")
    )


def _largest(moves: pd.DataFrame) -> dict[str, int]:
    """How many models that moved were moved most by each cause."""
    found = dict.fromkeys((*CAUSES, "scores", SEVERAL), 0)
    for row in moves[moves["moved"] != 0].to_dict("records"):
        together = np.isnan(row["own"])
        causes = ("rivals", "metrics", "scores") if together else CAUSES
        sizes = {cause: round(abs(row[cause]), 9) for cause in causes}
        first = [cause for cause, size in sizes.items() if size == max(sizes.values())]
        found[first[0] if len(first) == 1 else SEVERAL] += 1
    return found


def _changed_models(
    before: Mapping[str, int],
    after: Mapping[str, int],
    new: set[str],
    gone: set[str],
    names: Mapping[str, str],
) -> pd.DataFrame:
    entered, left = after.keys() - before.keys(), before.keys() - after.keys()
    kinds = {"new": new, "complete": entered - new, "gone": gone, "incomplete": left - gone}
    rows = [
        (model, names[model], kind, before.get(model, pd.NA), after.get(model, pd.NA))
        for kind, models in kinds.items()
        for model in sorted(models, key=lambda one: (after.get(one, before.get(one, inf)), one))
    ]
    frame = pd.DataFrame(rows, columns=["model_id", "model", "change", "before", "after"])
    return frame.astype({"before": "Int64", "after": "Int64"})


def _changed_metrics(last: _Past, here: _Past) -> pd.DataFrame:
    """Those of the selection first."""
    rows = []
    for is_selected in (True, False):
        trees = [_tree(one, is_selected) for one in (last, here)]
        for change, having, lacking in (("new", trees[1], trees[0]), ("gone", trees[0], trees[1])):
            known = set(lacking.metric_ids)
            rows += [(m.id, m.name, change, is_selected) for m in having.metrics if m.id not in known]
    frame = pd.DataFrame(rows, columns=["metric", "name", "change", "selected"])
    return frame.drop_duplicates(["metric", "change"], ignore_index=True)


def _tree(one: _Past, is_selected: bool) -> MetricTree:
    if one.snapshot is None or one.cells is None:
        raise ValueError(f"snapshot '{one.id}' has no metrics")
    return one.cells.tree if is_selected else one.snapshot.tree


def _changed_cells(was: Cells, now: Cells) -> dict[str, int]:
    models = sorted(set(was.models) & set(now.models))
    metrics = sorted(set(was.tree.metric_ids) & set(now.tree.metric_ids))
    one, other = (_shared_scores(cells, models, metrics) for cells in (was, now))
    had, has = ~np.isnan(one), ~np.isnan(other)
    found = {"changed": had & has & (one != other), "gained": has & ~had, "lost": had & ~has}
    any_change = np.any(list(found.values()), axis=0)
    counts = {name: int(cells.sum()) for name, cells in found.items()}
    return {"scored": int((had | has).sum()), **counts, "models": int(any_change.any(axis=1).sum())}


def _shared_scores(cells: Cells, models: list[str], metrics: list[str]) -> FloatArray:
    rows = _positions(cells.models, models)
    return cells.scores[np.ix_(rows, _positions(cells.tree.metric_ids, metrics))]


def _positions(ids: tuple[str, ...], wanted: Iterable[str]) -> list[int]:
    position = {one: place for place, one in enumerate(ids)}
    return [position[one] for one in wanted]
