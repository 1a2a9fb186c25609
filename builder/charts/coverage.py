"""Which models were run on which metrics: one picture of every cell's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import debug_mode
from numpy.typing import NDArray

from builder.charts.labels import WEIGHTS, fitting_groups, group_levels
from builder.charts.marks import inline, mark, panel, records, texts, themed, tooltip, with_names
from builder.charts.text import fit_all, text_width
from builder.charts.theme import ACCENT, INK, SOFT, Json

States = NDArray[np.int8]
SCORED, FAILED, MISSING = 2, 1, 0
NAMES = {SCORED: "scored", FAILED: "failed", MISSING: "missing"}
MOST_NAMED_MODELS = 40
"""Models up to which each row has room for its name."""
NARROWEST_NAMED = 10
"""Pixels of a column that still has room for its metric's name."""
NAME_ROOM = 150


@debug_mode(False)
def coverage_matrix(
    states: States,
    metrics: Mapping[str, str],
    models: Sequence[str],
    groups: pd.DataFrame | None = None,
    *,
    models_are: str = "Models",
) -> alt.LayerChart:
    """Models x metrics: scored cells coloured, failed ones in ink, missing ones left empty.

    states   shape (n_models, n_metrics), int8: 2 scored, 1 failed, 0 missing; rows in the order to be shown
    metrics  metric id -> short label, in the order of the columns
    models   names, in the order of the rows; `models_are` begins a title with them
    groups   name, start, stop (columns, stop excluded), level (0 = top); None for no groups

    Equal neighbours are one mark: 48,000 cells of Brain-Score become about a thousand rectangles.
    """
    n_models, n_metrics = states.shape
    # Whole pixels: no page shows through between columns.
    pitch = float(min(30, max(4, round(432 / max(n_metrics, 1)))))
    width = pitch * max(n_metrics, 1)
    height = min(540.0, max(400.0, n_models * 1.15))
    if n_models <= MOST_NAMED_MODELS:
        height = 14.0 * max(n_models, 1)
    per_pixel = max(n_models, 1) / height
    axes = _axes(n_models, n_metrics)
    runs = state_runs(states)
    layers = [
        _runs(runs[runs["state"] == SCORED], metrics, axes, ACCENT, "scored"),
        _runs(runs[runs["state"] == FAILED], metrics, axes, INK, "failed"),
        _frame(axes, n_models, n_metrics),
        *_row_labels(models, axes, models_are),
    ]
    if pitch >= NARROWEST_NAMED:
        layers.append(_metric_labels(metrics, axes, n_models, per_pixel, pitch))
    levels = group_levels(groups) if groups is not None else 0
    if groups is not None and levels:
        layers += _groups(groups, axes, n_models, per_pixel, pitch)
    layers += _key(states, axes, per_pixel * (22 + 16 * levels), pitch, per_pixel)
    return themed(panel(layers, width, height))


def state_runs(states: States) -> pd.DataFrame:
    """The scored and failed cells as rectangles that do not overlap and cover exactly these cells.

    Columns: state, metric, metric_stop, model, model_stop (positions, stops excluded). Runs of one state
    down a column; equal runs in neighbouring columns are one rectangle.
    """
    open_: dict[tuple[int, int, int], int] = {}
    found: list[tuple[int, int, int, int, int]] = []
    for column in range(states.shape[1] + 1):
        here = _column_runs(states[:, column]) if column < states.shape[1] else []
        for key in [key for key in open_ if key not in set(here)]:
            state, start, stop = key
            found.append((state, open_.pop(key), column, start, stop))
        for key in here:
            open_.setdefault(key, column)
    names = ["state", "metric", "metric_stop", "model", "model_stop"]
    runs = pd.DataFrame(found, columns=names).astype("int64")
    return runs.sort_values(["metric", "model"], ignore_index=True)


def _column_runs(column: States) -> list[tuple[int, int, int]]:
    """(state, start, stop) of each run of one state that is not missing."""
    edges = np.flatnonzero(np.diff(column)) + 1
    runs = pairwise([0, *edges.tolist(), len(column)])
    return [(int(column[a]), a, b) for a, b in runs if b > a and column[a] != MISSING]


def _axes(n_models: int, n_metrics: int) -> Json:
    return {
        "x": alt.X("metric:Q", axis=None, scale=alt.Scale(domain=[0, max(n_metrics, 1)], nice=False)),
        "y": alt.Y("model:Q", axis=None, scale=alt.Scale(domain=[max(n_models, 1), 0], nice=False)),
    }


def _runs(runs: pd.DataFrame, metrics: Mapping[str, str], axes: Json, colour: str, name: str) -> alt.Chart:
    """The rectangles of one state, a hair larger than their cells: no page shows through their seams."""
    pointer = [
        tooltip("state_name:N", "state"),
        tooltip("first:N", "metric"),
        tooltip("last:N", "to"),
        tooltip("rows:N", "models"),
    ]
    held = inline(runs[["metric", "metric_stop", "model", "model_stop"]])
    drawn = _rects(held, axes, fill=colour, stroke=colour, strokeWidth=0.6).transform_calculate(
        end="datum.metric_stop - 1",
        state_name=f"'{name}'",
        rows="(datum.model + 1) + '–' + datum.model_stop",
    )
    named = with_names(drawn, metrics.values(), first="metric", last="end")
    return named.encode(tooltip=pointer).properties(name=name)


def _rects(data: alt.InlineData, axes: Json, **options: Any) -> alt.Chart:
    drawn = mark("rect", data, **options)
    return drawn.encode(x2=alt.X2("metric_stop:Q"), y2=alt.Y2("model_stop:Q"), **axes)


def _frame(axes: Json, n_models: int, n_metrics: int) -> alt.Chart:
    row = {"metric": 0, "metric_stop": n_metrics, "model": 0, "model_stop": n_models}
    return _rects(records([row]), axes, fillOpacity=0, stroke=INK, strokeOpacity=0.4, strokeWidth=1)


def _row_labels(models: Sequence[str], axes: Json, models_are: str) -> list[alt.Chart]:
    """Names of a few models; of many, their number at round steps."""
    n_models = len(models)
    soft: Json = {"align": "right", "baseline": "middle", "opacity": SOFT, "dx": -6}
    if n_models <= MOST_NAMED_MODELS:
        names = fit_all(models, NAME_ROOM, 11)
        rows: list[Json] = [{"metric": 0, "model": i + 0.5, "t": name} for i, name in enumerate(names)]
        return [texts(rows, axes, fontSize=11, **soft)]
    step = 500 if n_models > 1200 else 100 if n_models > 150 else 20
    marks = [1, *range(step, n_models - step // 3, step), n_models]
    rows = [{"metric": 0, "model": i - 0.5, "t": f"{i:,}"} for i in marks]
    title = [{"metric": 0, "model": n_models / 2, "t": f"{models_are}, the most complete first"}]
    return [
        texts(rows, axes, **soft),
        texts(title, axes, align="center", baseline="bottom", angle=270, dy=-48),
    ]


def _metric_labels(
    metrics: Mapping[str, str], axes: Json, n_models: int, per_pixel: float, pitch: float
) -> alt.Chart:
    size = min(12.0, pitch - 0.5)
    rows: list[Json] = [
        {"metric": i + 0.5, "model": n_models + 6 * per_pixel, "t": label}
        for i, label in enumerate(fit_all(metrics.values(), NAME_ROOM, size))
    ]
    return texts(rows, axes, align="right", baseline="middle", angle=270, opacity=SOFT, fontSize=size)


def _groups(
    groups: pd.DataFrame, axes: Json, n_models: int, per_pixel: float, pitch: float
) -> list[alt.Chart]:
    """Lines between top groups, ticks between the next, and the names that fit above the columns."""
    deepest = group_levels(groups) - 1
    layers = []
    for level, weight in enumerate(WEIGHTS):
        some = groups[groups["level"] == level]
        y = -per_pixel * (7 + 16 * (deepest - level))
        rows: list[Json] = [
            {"metric": x, "model": y, "t": name} for x, name in fitting_groups(groups, level, pitch)
        ]
        edges = sorted({*some["start"], *some["stop"]})
        foot, opacity = (n_models, 0.8) if level == 0 else (0, 0.5)
        top = -per_pixel * (4 if level else 4 + 16 * deepest)
        lines = [{"metric": int(edge), "model": top, "model_stop": foot} for edge in edges]
        rule = mark("rule", records(lines), strokeOpacity=opacity, strokeWidth=1)
        layers.append(rule.encode(y2=alt.Y2("model_stop:Q"), **axes))
        if rows:
            layers.append(texts(rows, axes, baseline="bottom", fontWeight=weight))
    return layers


def _key(states: States, axes: Json, lift: float, pitch: float, per_pixel: float) -> list[alt.Chart]:
    """The three states with their share of all cells."""
    layers: list[alt.Chart] = []
    x = 0.0
    for state, colour, filled in ((SCORED, ACCENT, 1), (FAILED, INK, 1), (MISSING, INK, 0)):
        share = float((states == state).mean()) if states.size else 0.0
        text = f"{NAMES[state]} {_percent(share)}"
        row = {
            "metric": x / pitch, "metric_stop": (x + 11) / pitch,
            "model": -lift - 5.5 * per_pixel, "model_stop": -lift + 5.5 * per_pixel,
        }  # fmt: skip
        paint: Json = {"fill": colour, "fillOpacity": filled, "stroke": colour, "strokeWidth": 1}
        layers.append(_rects(records([row]), axes, strokeOpacity=1 if filled else 0.4, **paint))
        label = [{"metric": (x + 17) / pitch, "model": -lift, "t": text}]
        layers.append(texts(label, axes, align="left", baseline="middle", opacity=SOFT))
        x += 17 + text_width(text, 12) + 22
    return layers


def _percent(share: float) -> str:
    """A share in whole percent; never 0 or 100 unless it is exactly that."""
    if 0 < share < 0.005:
        return "< 1%"
    if 0.995 <= share < 1:
        return "> 99%"
    return f"{share:.0%}"
