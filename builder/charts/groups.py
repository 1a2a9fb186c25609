"""One group's score against another's (Ahlert et al., 2024, Fig. 2)."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.labels import beside_points
from builder.charts.marks import inline, mark, panel, records, texts, themed, tooltip
from builder.charts.text import fit, fit_all, short
from builder.charts.theme import FAINT, INK, RANK, SOFT, Json

SIDE = 360
"""Pixels a side of the plot: two of them share a page's width, and one fits a phone."""
BEST, ODDEST = 3, 3
"""Points that are named: the first places, and the farthest out."""
FAR_OUT = 3.5
"""Robust z (median, MAD) from which a point is an outlier (Iglewicz and Hoaglin, 1993)."""

LEGEND: Json = {
    "orient": "top",
    "direction": "horizontal",
    "offset": 10,
    "gradientLength": 150,
    "gradientThickness": 9,
    "gradientStrokeWidth": 0,
    "titleOrient": "left",
    "titlePadding": 22,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "titleColor": INK,
    "labelColor": INK,
    "labelFontSize": 12,
    "labelOpacity": SOFT,
}


@debug_mode(False)
def group_scatter(
    frame: pd.DataFrame,
    x_title: str,
    y_title: str,
    overall_title: str = "Place in the overall score",
    same_axes: bool = False,
) -> alt.LayerChart:
    """Each model's score on one group against its score on another, coloured by its overall place.

    frame  model (name), x, y (scores; a model without both is left out), place (1 = best overall), and if
           wanted overall (the score behind the place, for the pointer)

    Brighter is better. The first three places and up to three outliers are named. `same_axes` gives both
    axes one domain, as z-scores need: then an outlier is seen as far out as it is.
    """
    points = frame.dropna(subset=["x", "y"]).sort_values("place", ascending=False, ignore_index=True)
    points["model"] = [short(name) for name in points["model"]]
    domains = {axis: _domain(points[axis]) for axis in ("x", "y")}
    if same_axes:
        low, high = min(d[0] for d in domains.values()), max(d[1] for d in domains.values())
        domains = {"x": (low, high), "y": (low, high)}
    scales = {axis: alt.Scale(domain=list(d), nice=False, zero=False) for axis, d in domains.items()}
    channels: Json = {
        "x": alt.X("x:Q", title=fit(x_title, SIDE), scale=scales["x"]),
        "y": alt.Y("y:Q", title=fit(y_title, SIDE), scale=scales["y"]),
    }
    titles = (x_title, y_title, overall_title)
    layers = [_points(points, channels, titles), *_names(points, channels, domains)]
    if same_axes and domains["x"][0] < 0 < domains["x"][1]:
        layers.insert(0, _cross(channels, domains))
    return themed(panel(layers, SIDE, SIDE))


def _domain(values: pd.Series[float]) -> tuple[float, float]:
    """The values' range with room for the points' own size; a unit around a constant."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = (high - low) * 0.07 or 0.5
    return low - room, high + room


def _points(points: pd.DataFrame, channels: Json, titles: tuple[str, str, str]) -> alt.Chart:
    n = int(points["place"].max()) if len(points) else 1
    legend = alt.Legend(title=fit(titles[2], 170), values=sorted({1, n}), format=",d", **LEGEND)
    pointer = [
        tooltip("model:N", "model"),
        tooltip("x:Q", titles[0], ".3f"),
        tooltip("y:Q", titles[1], ".3f"),
        tooltip("place:Q", "place"),
    ]
    if "overall" in points:
        pointer.append(tooltip("overall:Q", "overall", ".3f"))
    held = ["model", "x", "y", "place", *(["overall"] if "overall" in points else [])]
    scale = alt.Scale(domain=[max(n, 2), 1], range=list(RANK))
    paint: Json = {"filled": True, "size": 44 if n <= 150 else 30, "opacity": 1, "fillOpacity": 0.9}
    outline: Json = {"stroke": INK, "strokeWidth": 0.6, "strokeOpacity": 0.55}
    drawn = mark("point", inline(points[held]), **paint, **outline)
    fill = alt.Fill("place:Q", scale=scale, legend=legend)
    return drawn.encode(fill=fill, tooltip=pointer, **channels).properties(name="points")


def named_points(points: pd.DataFrame) -> list[int]:
    """Rows to name: the first places, then the farthest outliers on either axis (index positions)."""
    best = list(points["place"].astype(float).nsmallest(BEST, keep="first").index)
    far = np.zeros(len(points))
    for axis in ("x", "y"):
        values = points[axis].to_numpy(float)
        off = np.abs(values - np.median(values)) if len(values) else values
        spread = np.median(off) if len(off) else 0.0
        if spread > 0:
            far = np.maximum(far, 0.6745 * off / spread)
    odd = [int(i) for i in np.argsort(-far, kind="stable") if far[i] > FAR_OUT and i not in best]
    return [int(i) for i in best] + odd[:ODDEST]


def _names(points: pd.DataFrame, channels: Json, domains: dict[str, tuple[float, float]]) -> list[alt.Chart]:
    """Names beside their points, one layer for each way a text is anchored."""
    (x0, x1), (y0, y1) = domains["x"], domains["y"]
    pixels = [
        ((x - x0) / (x1 - x0) * SIDE, (y1 - y) / (y1 - y0) * SIDE)
        for x, y in zip(points["x"], points["y"], strict=True)
    ]
    named = named_points(points)
    names = dict(zip(named, fit_all(points["model"][named], 170, 11), strict=True))
    rows: dict[str, list[Json]] = {}
    lines: list[Json] = []
    for label in beside_points(pixels, names, SIDE, SIDE, size=11):
        at_x, at_y = float(points["x"][label.index]), float(points["y"][label.index])
        x, y = at_x + label.dx / SIDE * (x1 - x0), at_y - label.dy / SIDE * (y1 - y0)
        rows.setdefault(label.align, []).append({"x": x, "y": y, "t": names[label.index]})
        if label.far:
            tip_x, tip_y = label.tip
            x2, y2 = at_x + tip_x / SIDE * (x1 - x0), at_y - tip_y / SIDE * (y1 - y0)
            lines.append({"x": at_x, "y": at_y, "x2": x2, "y2": y2})
    layers = [
        texts(some, channels, align=align, baseline="middle", fontSize=11) for align, some in rows.items()
    ]
    if lines:
        layers.insert(0, _rules(lines, channels, strokeOpacity=0.45, strokeWidth=0.7))
    return layers


def _cross(channels: Json, domains: dict[str, tuple[float, float]]) -> alt.Chart:
    """Both means: the zeros of z-scores."""
    (x0, x1), (y0, y1) = domains["x"], domains["y"]
    rows: list[Json] = [{"x": 0, "x2": 0, "y": y0, "y2": y1}, {"x": x0, "x2": x1, "y": 0, "y2": 0}]
    return _rules(rows, channels, strokeOpacity=2.5 * FAINT)


def _rules(rows: list[Json], channels: Json, **options: Any) -> alt.Chart:
    """Lines from x, y to x2, y2."""
    return mark("rule", records(rows), **options).encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), **channels)
