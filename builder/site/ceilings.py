"""The figures of models against noise ceilings: one a group whose metrics have some."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from builder.catalog.tree import Metric
from builder.charts.ceilings import ceiling_strip
from builder.site.book import Book
from builder.site.figure import Figure
from builder.site.words import capital, count, counted, fixed


def ceiling_figures(book: Book) -> Iterator[Figure]:
    """One figure for each group of metrics with a noise ceiling, in the order of the tree."""
    for group, metrics in ceiling_groups(book).items():
        frame = _frame(book, metrics)
        n_models = frame["model_id"].nunique()
        yield Figure(
            ceiling_id(group),
            _title(book, group, metrics, frame),
            f"{count(n_models)} {book.models_are}. One point is one {book.singular} on one metric; the bar "
            f"is the noise ceiling: how well the measurements agree with themselves.{_above(frame)}",
            ceiling_strip(frame, {metric.id: book.metric_names[metric.id] for metric in metrics}),
            frame,
        )


def ceiling_groups(book: Book) -> dict[str, list[Metric]]:
    """Group id (empty for the top level) -> its metrics that have a ceiling."""
    found: dict[str, list[Metric]] = {}
    for metric in book.snapshot.tree.metrics:
        if not math.isnan(metric.ceiling):
            found.setdefault(metric.parent, []).append(metric)
    return found


def ceiling_id(group: str) -> str:
    """The figure's id."""
    return f"ceilings-{group}" if group else "ceilings"


def _above(frame: pd.DataFrame) -> str:
    n_above = int((frame["score"] > frame["ceiling"]).sum())
    stand = "stands" if n_above == 1 else "stand"
    return f" {capital(count(n_above))} of {count(len(frame))} {stand} above it." if n_above else ""


def _frame(book: Book, metrics: list[Metric]) -> pd.DataFrame:
    """metric, model_id, model, score, ceiling: a row a scored cell."""
    ceilings = {metric.id: metric.ceiling for metric in metrics}
    names = dict(zip(book.snapshot.models["id"], book.snapshot.models["name"], strict=True))
    scores = book.snapshot.scores
    held = scores[scores["metric"].isin(ceilings) & (scores["state"] == "scored")]
    return pd.DataFrame(
        {
            "metric": held["metric"],
            "model_id": held["model"],
            "model": held["model"].map(names),
            "score": held["score"],
            "ceiling": held["metric"].map(ceilings),
        }
    ).reset_index(drop=True)


def _title(book: Book, group: str, metrics: list[Metric], frame: pd.DataFrame) -> str:
    ordered = sorted(metrics, key=lambda metric: metric.ceiling)
    low, high = ordered[0], ordered[-1]
    said = book.node_name(group) if group else counted(len(metrics), "metric")
    if low.ceiling == high.ceiling:
        reached = frame["score"].max() / low.ceiling if len(frame) and low.ceiling else float("nan")
        near = f"; the best {book.singular} reaches {reached:.0%} of it" if reached == reached else ""
        return f"{capital(said)}: the noise ceiling is {fixed(low.ceiling)}{near}"
    ends = [f"{fixed(one.ceiling)} (“{book.metric_names[one.id]}”)" for one in (low, high)]
    return f"{capital(said)}: noise ceilings lie between {ends[0]} and {ends[1]}"
