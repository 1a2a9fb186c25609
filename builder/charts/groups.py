"""One group's score against another's (Ahlert et al., 2024, Fig. 2)."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts import theme
from builder.charts.labels import beside_points
from builder.charts.theme import FAINT, INK, RANK, SOFT, Json

SIDE = 360
"""Pixels a side of the plot: two of them share a page's width, and one fits a phone."""
BEST, ODDEST = 3, 3
"""Points that are named: the first places, and the farthest out."""
FAR_OUT = 3.5
"""Robust z (median, MAD) from which a point is an outlier (Iglewicz and Hoaglin, 1993)."""


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
    points["model"] = [theme.short(name) for name in points["model"]]
    domains = {axis: _domain(points[axis]) for axis in ("x", "y")}
    if same_axes:
        low, high = min(d[0] for d in domains.values()), max(d[1] for d in domains.values())
        domains = {"x": (low, high), "y": (low, high)}
    channels: Json = {
        "x": alt.X("x:Q", title=x_title, scale=alt.Scale(domain=list(domains["x"]), nice=False, zero=False)),
        "y": alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=list(domains["y"]), nice=False, zero=False)),
    }
    layers = [_points(points, channels, (x_title, y_title, overall_title)), *_names(points, channels, domains)]
    if same_axes and domains["x"][0] < 0 < domains["x"][1]:
        layers.insert(0, _cross(channels, domains))
    return theme.themed(alt.layer(*layers).properties(width=SIDE, height=SIDE))


def _domain(values: pd.Series[float]) -> tuple[float, float]:
    """The values' range with room for the points' own size; a unit around a constant."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = (high - low) * 0.07 or 0.5
    return low - room, high + room


def _points(points: pd.DataFrame, channels: Json, titles: tuple[str, str, str]) -> alt.Chart:
    n = int(points["place"].max()) if len(points) else 1
    legend = alt.Legend(
        title=titles[2], orient="top", direction="horizontal", gradientLength=150, gradientThickness=9,
        values=sorted({1, n}), titleFontSize=12, titleFontWeight="normal", titleColor=INK, labelColor=INK,
        labelFontSize=12, labelOpacity=SOFT, titleOrient="left", titlePadding=22, format="d",
        gradientStrokeWidth=0, offset=10,
    )  # fmt: skip
    tooltip = [
        alt.Tooltip("model:N", title="model"),
        alt.Tooltip("x:Q", title=titles[0], format=".3f"),
        alt.Tooltip("y:Q", title=titles[1], format=".3f"),
        alt.Tooltip("place:Q", title="place"),
    ]
    if "overall" in points:
        tooltip.append(alt.Tooltip("overall:Q", title="overall", format=".3f"))
    held = ["model", "x", "y", "place", *(["overall"] if "overall" in points else [])]
    scale = alt.Scale(domain=[max(n, 2), 1], range=list(RANK))
    return (
        alt.Chart(theme.inline(points[held]))
        .mark_point(
            filled=True, size=44 if n <= 150 else 30, opacity=1, fillOpacity=0.9,
            stroke=INK, strokeWidth=0.6, strokeOpacity=0.55,
        )  # fmt: skip
        .encode(fill=alt.Fill("place:Q", scale=scale, legend=legend), tooltip=tooltip, **channels)
        .properties(name="points")
    )


def named_points(points: pd.DataFrame) -> list[int]:
    """Rows to name: the first places, then the farthest outliers on either axis (index positions)."""
    best = list(points["place"].nsmallest(BEST, keep="first").index)
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
    texts = {i: theme.fit(points["model"][i], 170, 11) for i in named_points(points)}
    rows: dict[str, list[Json]] = {}
    lines: list[Json] = []
    for label in beside_points(pixels, texts, SIDE, SIDE, size=11):
        at_x, at_y = float(points["x"][label.index]), float(points["y"][label.index])
        x, y = at_x + label.dx / SIDE * (x1 - x0), at_y - label.dy / SIDE * (y1 - y0)
        rows.setdefault(label.align, []).append({"x": x, "y": y, "t": texts[label.index]})
        if label.far:
            foot = y + np.sign(label.dy) * 6 / SIDE * (y1 - y0)
            lines.append({"x": at_x, "y": at_y, "x2": x, "y2": foot})
    leaders = alt.Chart(theme.records(lines)).mark_rule(strokeOpacity=0.45, strokeWidth=0.7)
    texts_layers = [
        alt.Chart(theme.records(some))
        .mark_text(align=align, baseline="middle", fontSize=11)
        .encode(text=alt.Text("t:N"), **channels)
        for align, some in rows.items()
    ]
    return [leaders.encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), **channels)] * bool(lines) + texts_layers


def _cross(channels: Json, domains: dict[str, tuple[float, float]]) -> alt.Chart:
    """Both means: the zeros of z-scores."""
    (x0, x1), (y0, y1) = domains["x"], domains["y"]
    rows = [{"x": 0, "x2": 0, "y": y0, "y2": y1}, {"x": x0, "x2": x1, "y": 0, "y2": 0}]
    return (
        alt.Chart(theme.records(rows))
        .mark_rule(strokeOpacity=2.5 * FAINT)
        .encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), **channels)
    )
