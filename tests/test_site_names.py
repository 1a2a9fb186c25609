"""Metrics whose names hold commas: they stay apart where several stand beside each other."""

from __future__ import annotations

from dataclasses import replace

from samples import CELLS, TREE, make_snapshot

from builder.catalog.snapshot import SourceRecord
from builder.catalog.study import Study
from builder.catalog.tree import Metric, MetricTree
from builder.results import SnapshotResults
from builder.site import about
from builder.site.book import Book
from builder.site.ceilings import ceiling_figures


def test_metrics_with_commas_in_their_names_stay_apart(study: Study, tiny: SnapshotResults) -> None:
    named = [
        replace(node, name=f"{node.name}, matched", ceiling=0.8 if node.id == "v1-a" else 0.9)
        if isinstance(node, Metric) and node.id in {"v1-a", "v1-b"}
        else node
        for node in (*TREE.groups, *TREE.metrics)
    ]
    source = SourceRecord("https://example.org/a.csv", "0" * 64, "2025-02-01", metrics=("v1-a", "v1-b"))
    snapshot = replace(make_snapshot(CELLS, MetricTree.ordered(named)), sources=(source,))
    book = Book(study, snapshot, tiny)
    assert ">V1 a, matched; V1 b, matched<" in str(about.data(book)["sources"])
    [figure] = ceiling_figures(book)
    assert figure.title == (
        "V1: noise ceilings lie between 0.80 (“V1 a, matched”) and 0.90 (“V1 b, matched”)"
    )
