"""Small snapshots, made by hand, that several test files use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from builder.catalog.snapshot import Snapshot
from builder.catalog.tree import Group, Metric, MetricTree

TREE = MetricTree.ordered(
    [
        Group("neural", "Neural", role="neural"),
        Group("v1", "V1", "neural"),
        Metric("v1-a", "V1 a", "v1"),
        Metric("v1-b", "V1 b", "v1"),
        Metric("it", "IT", "neural"),
        Group("behavior", "Behavior", role="behavior"),
        Metric("consistency", "Consistency", "behavior"),
    ]
)

STUDY = """
id = "tiny"
title = "Tiny"
summary = "Six models made by hand."
tree = ["neural", "behavior"]
higher_is_better = true
[groups.neural]
role = "neural"
children = ["v1", "it"]
[groups.v1]
children = ["v1-a", "v1-b"]
[groups.behavior]
role = "behavior"
children = ["consistency"]
[selections.everything]
title = "Everything"
[selections.frequent]
title = "Frequent"
min_coverage = 0.8
[default_view]
selection = "everything"
[data]
source = "hand"
licence = "CC0-1.0"
attribution = "nobody"
"""

LEAN = STUDY.replace('[selections.frequent]\ntitle = "Frequent"\nmin_coverage = 0.8\n', "")
"""The same with one selection: half as many views."""

PINNED = """
[[snapshots]]
date = {date}
adapter = "{adapter}"
[[snapshots.sources]]
url = "{url}"
sha256 = "{sha256}"
retrieved = 2025-02-01
"""
"""The end of a study with one pinned snapshot."""

SOURCED = f"""
[selections.all]
title = "All"
[default_view]
selection = "all"
[data]
source = "Nobody"
licence = "none"
attribution = "Nobody"
{PINNED}"""
"""The same with what else a study needs; ids, tree and groups come before it."""


def pinned_at(
    date: str,
    adapter: str = "brain-score-export",
    url: str = "https://example.org/a.csv",
    sha256: str = "0" * 64,
) -> str:
    return PINNED.format(date=date, adapter=adapter, url=url, sha256=sha256)


# 'X' is a failed cell, None a missing one.
Cells = Mapping[str, Sequence[float | str | None]]
CELLS: Cells = {
    "alpha": (0.9, 0.8, 0.5, 0.4),
    "beta": (0.7, 0.8, 0.6, 0.9),
    "gamma": (0.5, 0.1, 0.7, 0.6),
    "delta": (0.3, "X", 0.2, 0.8),
    "epsilon": (None, 0.4, None, 0.1),
    "zeta": (None, None, None, None),
}


def make_snapshot(
    cells: Cells = CELLS,
    tree: MetricTree = TREE,
    *,
    names: Sequence[str] | None = None,
    published: Sequence[tuple[str, str, float]] = (),
    attributes: Mapping[str, Sequence[object]] | None = None,
    study: str = "tiny",
    snapshot: str = "2025-01-31",
) -> Snapshot:
    """A snapshot with one row of `cells` a model, columns in the order of the tree's metrics.

    `attributes` are further columns of its models.
    """
    rows = [
        (model, metric, float("nan") if score == "X" else score, "failed" if score == "X" else "scored")
        for model, scores in cells.items()
        for metric, score in zip(tree.metric_ids, scores, strict=True)
        if score is not None
    ]
    scores = pd.DataFrame(rows, columns=["model", "metric", "score", "state"]).astype({"score": float})
    ids = list(cells)
    return Snapshot(
        study=study,
        id=snapshot,
        date=dt.date.fromisoformat(snapshot[:10]),
        title="",
        tree=tree,
        models=pd.DataFrame({"id": ids, "name": list(names or ids), "source_id": ids, **(attributes or {})}),
        scores=scores.assign(error=float("nan"), date=""),
        published=pd.DataFrame(list(published), columns=["model", "group", "value"]),
        sources=(),
    )
