"""Where models stand over many rankings: one row a model, its name above, from best place to worst."""

from __future__ import annotations

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.marks import inline, mark, panel, records, texts, themed, tooltip
from builder.charts.text import fit_all, short
from builder.charts.theme import ACCENT, FAINT, INK, Json

WIDTH, ROW = 380, 31
"""Pixels of the axis of places, which a phone has room for, and of one model's row."""
HALF = ("lower_quartile", "upper_quartile")


@debug_mode(False)
def place_strip(frame: pd.DataFrame) -> alt.LayerChart:
    """One row a model, the first on top: a line from best to worst place, a bar over the middle half, a dot
    at the median. Places are on a logarithmic axis, for the first ones matter most.

    frame   model (name), best, lower_quartile, median, upper_quartile, worst; 1 = first
    """
    held = frame.reset_index(drop=True)
    held["r"] = held.index.astype(float)
    last = max(float(held["worst"].max()) if len(held) else 2.0, 2.0)
    ticks = [one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if one <= last]
    axes: Json = {
        "x": alt.X(
            "v:Q", title="Place", scale=alt.Scale(type="log", domain=[1, last], nice=False),
            axis=alt.Axis(orient="bottom", format="d", values=ticks),
        ),
        "y": alt.Y(
            "r:Q", axis=None,
            scale=alt.Scale(domain=[max(len(held), 1) - 0.6, -0.7], nice=False, zero=False),
        ),
    }  # fmt: skip
    names = fit_all((str(name) for name in held["model"]), WIDTH)
    above: Json = {"align": "left", "baseline": "bottom", "dy": -6}
    layers = [
        _bars(held, ("best", "worst"), axes, "ranges", strokeWidth=2, stroke=INK, opacity=2 * FAINT),
        _bars(held, HALF, axes, "halves", strokeWidth=7, stroke=ACCENT, opacity=0.55),
        _medians(held, axes),
        texts([{"v": 1, "r": r, "t": name} for r, name in enumerate(names)], axes, **above),
    ]
    return themed(panel(layers, WIDTH, ROW * max(len(held), 1)))


def _bars(held: pd.DataFrame, ends: tuple[str, str], axes: Json, name: str, **look: object) -> alt.Chart:
    rows = [
        {"v": float(a), "v2": float(b), "r": r}
        for a, b, r in zip(held[ends[0]], held[ends[1]], held["r"], strict=True)
    ]
    return mark("rule", records(rows), **look).encode(x2=alt.X2("v2:Q"), **axes).properties(name=name)


def _medians(held: pd.DataFrame, axes: Json) -> alt.Chart:
    rows = pd.DataFrame(
        {
            "r": held["r"],
            "v": held["median"].astype(float),
            "model": [short(str(name)) for name in held["model"]],
            "best": held["best"].astype(float),
            "worst": held["worst"].astype(float),
        }
    )
    pointer = [
        tooltip("model:N", "name"),
        tooltip("v:Q", "median place", ".1f"),
        tooltip("best:Q", "best", "d"),
        tooltip("worst:Q", "worst", "d"),
    ]
    paint: Json = {"filled": True, "fill": ACCENT, "size": 60, "opacity": 1, "strokeWidth": 0}
    drawn = mark("point", inline(rows, digits=6), **paint)
    return drawn.encode(tooltip=pointer, **axes).properties(name="medians")
