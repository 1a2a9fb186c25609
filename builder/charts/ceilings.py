"""Models against the noise ceiling: on each metric, how far the best could come, and where they all are."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.marks import inline, mark, panel, records, texts, themed, tooltip
from builder.charts.text import fit_all, short
from builder.charts.theme import ACCENT, INK, Json

WIDTH, ROW = 250, 22
"""Pixels of the scores' axis, and of one metric's row."""
NAME_ROOM = 200
ROUND = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
"""Steps of the axis' ends, in powers of ten."""


@debug_mode(False)
def ceiling_strip(frame: pd.DataFrame, labels: Mapping[str, str]) -> alt.LayerChart:
    """One row a metric: a point a model's score, a bar across the row at the noise ceiling, and its number.

    frame   metric, model (name), score, ceiling (the same in all rows of a metric)
    labels  metric id -> label, in the order of the rows, the first on top
    """
    held = frame[frame["metric"].isin(labels)].copy()
    held["r"] = held["metric"].map({metric: r for r, metric in enumerate(labels)}).astype(float)
    low, high = _ends(held)
    axes: Json = {
        "x": alt.X(
            "v:Q", title=None, scale=alt.Scale(domain=[low, high], nice=False, zero=False),
            axis=alt.Axis(orient="bottom", format=".2~f"),
        ),
        "y": alt.Y(
            "r:Q", axis=None, scale=alt.Scale(domain=[len(labels) - 0.5, -0.5], nice=False, zero=False)
        ),
    }  # fmt: skip
    tops = held.drop_duplicates("metric")
    names = fit_all(labels.values(), NAME_ROOM)
    left: Json = {"align": "right", "baseline": "middle", "dx": -12}
    layers = [
        _models(held, labels, axes),
        _bars(tops, axes),
        texts([{"v": low, "r": r, "t": name} for r, name in enumerate(names)], axes, **left),
        *_numbers(tops, high, axes),
    ]
    return themed(panel(layers, WIDTH, ROW * max(len(labels), 1)))


def _ends(held: pd.DataFrame) -> tuple[float, float]:
    """Round numbers around all scores and ceilings."""
    values = np.concatenate([held["score"].to_numpy(float), held["ceiling"].to_numpy(float)])
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    span = max(high - low, abs(high) * 1e-3, 1e-9)
    power = 10.0 ** np.floor(np.log10(span))
    step = next(float(one * power) for one in (*ROUND, 2.0) if one * power >= span / 10)
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


def _models(held: pd.DataFrame, labels: Mapping[str, str], axes: Json) -> alt.Chart:
    rows = pd.DataFrame(
        {
            "r": held["r"],
            "v": held["score"].astype(float),
            "model": [short(str(name)) for name in held["model"]],
            "metric": [short(labels[metric]) for metric in held["metric"]],
        }
    )
    pointer = [tooltip("model:N", "name"), tooltip("metric:N", "metric"), tooltip("v:Q", "score", ".3f")]
    paint: Json = {"filled": True, "fill": ACCENT, "size": 34, "opacity": 0.55, "strokeWidth": 0}
    drawn = mark("point", inline(rows[rows["v"].notna()], digits=6), **paint)
    return drawn.encode(tooltip=pointer, **axes).properties(name="models")


def _bars(tops: pd.DataFrame, axes: Json) -> alt.Chart:
    """The ceilings."""
    rows = [
        {"v": float(ceiling), "r": float(r) - 0.36, "r2": float(r) + 0.36}
        for r, ceiling in zip(tops["r"], tops["ceiling"], strict=True)
    ]
    bars = mark("rule", records(rows), strokeWidth=3, stroke=INK)
    return bars.encode(y2=alt.Y2("r2:Q"), **axes).properties(name="ceilings")


def _numbers(tops: pd.DataFrame, high: float, axes: Json) -> list[alt.Chart]:
    """The ceilings as a column at the right, under its heading."""
    rows = [
        {"v": high, "r": float(r), "t": f"{ceiling:.2f}"}
        for r, ceiling in zip(tops["r"], tops["ceiling"], strict=True)
    ]
    heading = [{"v": high, "r": -0.9, "t": "ceiling"}]
    right: Json = {"align": "right", "baseline": "middle", "dx": 44}
    return [texts(rows, axes, fontWeight="bold", **right), texts(heading, axes, fontSize=11, **right)]
