"""Diversity of sets of metrics against the sensitivity of their boards (Zhang and Hardt, 2024, Fig. 1)."""

from __future__ import annotations

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.labels import beside_points
from builder.charts.marks import inline, mark, panel, records, texts, themed, tooltip
from builder.charts.text import fit_all, short
from builder.charts.theme import ACCENT, INK, Json

SIDE, HIGH = 400, 300
"""Pixels of the plot: it fits a phone."""
STEPS = (0.05, 0.1, 0.2, 0.25)
LOOKS = {False: ("circle", ACCENT), True: ("diamond", INK)}
"""Selections, and groups of one of them."""


@debug_mode(False)
def tradeoff(frame: pd.DataFrame) -> alt.LayerChart:
    """One point a set of metrics: the more to the right, the more its metrics disagree; the higher, the more
    other models can turn the order of the best.

    frame   name, group (bool), diversity, sensitivity (0 to 1; a set without both is left out), n_metrics,
            n_models, n_relevant
    """
    points = frame.dropna(subset=["diversity", "sensitivity"]).reset_index(drop=True)
    high = max(float(points["sensitivity"].max()) if len(points) else 0.0, 0.05) * 1.12
    step = next((one for one in STEPS if high / one <= 6), STEPS[-1])
    ticks = [round(k * step, 2) for k in range(int(high / step) + 1)]
    axes: Json = {
        "x": alt.X(
            "x:Q", title="Diversity of the metrics, 1 − Kendall's W",
            scale=alt.Scale(domain=[0, 1], nice=False), axis=alt.Axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1]),
        ),
        "y": alt.Y(
            "y:Q", title="Sensitivity of the best to rivals, (1 − τ) / 2",
            scale=alt.Scale(domain=[0, high], nice=False),
            axis=alt.Axis(values=ticks, tickCount=len(ticks), format=".2f"),
        ),
    }  # fmt: skip
    layers = _names(points, axes, high)
    layers += [_points(points[points["group"] == group], group, axes) for group in (True, False)]
    return themed(panel(layers, SIDE, HIGH))


def _points(points: pd.DataFrame, group: bool, axes: Json) -> alt.Chart:
    shape, fill = LOOKS[group]
    held = pd.DataFrame(
        {
            "x": points["diversity"],
            "y": points["sensitivity"],
            "name": [short(name) for name in points["name"]],
            "metrics": points["n_metrics"].astype(int),
            "models": points["n_models"].astype(int),
            "relevant": points["n_relevant"].astype(int),
        }
    )
    pointer = [
        tooltip("name:N", "set"),
        tooltip("x:Q", "diversity", ".2f"),
        tooltip("y:Q", "sensitivity", ".2f"),
        tooltip("metrics:Q", "metrics"),
        tooltip("models:Q", "models"),
        tooltip("relevant:Q", "the best of them"),
    ]
    paint: Json = {"filled": True, "fill": fill, "shape": shape, "strokeWidth": 0}
    drawn = mark("point", inline(held), size=46 if group else 80, opacity=0.55 if group else 1, **paint)
    return drawn.encode(tooltip=pointer, **axes).properties(name="groups" if group else "selections")


def _names(points: pd.DataFrame, axes: Json, high: float) -> list[alt.Chart]:
    """Names beside their points, one layer for each way a text is anchored."""
    pixels = [
        (x * SIDE, (1 - y / high) * HIGH)
        for x, y in zip(points["diversity"], points["sensitivity"], strict=True)
    ]
    # Selections come first, so that they have the better places.
    order = [int(i) for i in points.sort_values("group", kind="stable").index]
    names = dict(zip(order, fit_all((points["name"][i] for i in order), 150, 11), strict=True))
    rows: dict[str, list[Json]] = {}
    lines: list[Json] = []
    for label in beside_points(pixels, names, SIDE, HIGH, size=11):
        at_x, at_y = float(points["diversity"][label.index]), float(points["sensitivity"][label.index])
        x, y = at_x + label.dx / SIDE, at_y - label.dy / HIGH * high
        rows.setdefault(label.align, []).append({"x": x, "y": y, "t": names[label.index]})
        if label.far:
            tip_x, tip_y = label.tip
            lines.append({"x": at_x, "y": at_y, "x2": at_x + tip_x / SIDE, "y2": at_y - tip_y / HIGH * high})
    layers = [texts(some, axes, align=align, baseline="middle", fontSize=11) for align, some in rows.items()]
    if lines:
        ruled = mark("rule", records(lines), strokeOpacity=0.45, strokeWidth=0.7)
        layers.insert(0, ruled.encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), **axes))
    return layers
