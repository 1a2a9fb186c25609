"""What an overall score is made of: the share of its variance that each group explains."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.labels import spread
from builder.charts.marks import inline, mark, panel, records, texts, themed, tooltip
from builder.charts.text import fit_all, short, text_width, wrap
from builder.charts.theme import INK, ROLE_COLOURS, ROLE_SHAPES, SOFT, Json

WIDTH, ROW = 300, 40
"""Pixels from 0 to 100 %, and of one scheme's row."""
NAME_ROOM = 150
MARK = 11
"""Pixels of a mark and its room: nearer ones would overlap."""
PLAIN, ROBUST = "explained_variance", "explained_variance_robust"


@debug_mode(False)
def explained_variance(
    frame: pd.DataFrame,
    schemes: Mapping[str, str],
    groups: Mapping[str, str],
    robust: str = "without outliers",
) -> alt.LayerChart:
    """One row a scheme, one mark a group: how much of the overall score's variance the group explains.

    frame    scheme, group, explained_variance (0 to 1), and if wanted explained_variance_robust (hollow
             marks); NaN leaves the mark out
    schemes  scheme id -> label, in the order of the rows
    groups   group id -> label, in the order of the tree: it decides colour and shape
    robust   what the hollow marks leave out

    The shares of groups that correlate do not add up to 100 %.
    """
    ids, rows = list(groups), list(schemes)
    held = frame[frame["scheme"].isin(rows) & frame["group"].isin(ids)].copy()
    held["r"] = held["scheme"].map({scheme: r for r, scheme in enumerate(rows)}).astype(float)
    held["g"] = held["group"].map({group: g for g, group in enumerate(ids)}).astype(float)
    axes: Json = {
        "x": alt.X(
            "v:Q", title=None, scale=alt.Scale(domain=[0, 1], nice=False),
            axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], orient="bottom"),
        ),
        "y": alt.Y("r:Q", axis=None, scale=alt.Scale(domain=[len(rows) - 0.5, -0.5], nice=False, zero=False)),
    }  # fmt: skip
    layers = [_spans(held, axes)]
    if ROBUST in held and held[ROBUST].notna().any():
        layers.append(_marks(held, ROBUST, axes, groups, schemes))
    layers += [_marks(held, PLAIN, axes, groups, schemes), _values(held, axes), _row_names(schemes, axes)]
    layers += _key(groups, axes, robust if len(layers) == 5 else "")
    return themed(panel(layers, WIDTH, ROW * max(len(rows), 1)))


def _colour(g: int) -> str:
    return ROLE_COLOURS[g % len(ROLE_COLOURS)]


def _shape(g: int) -> str:
    return ROLE_SHAPES[g % len(ROLE_SHAPES)]


def _spans(held: pd.DataFrame, axes: Json) -> alt.Chart:
    """A line between the least and the most: the longer, the more one group dominates."""
    ends = held.groupby("r")[PLAIN].agg(["min", "max"]).reset_index().dropna()
    ends.columns = pd.Index(["r", "v", "v2"])
    return mark("rule", inline(ends), strokeWidth=3, strokeOpacity=0.16).encode(x2=alt.X2("v2:Q"), **axes)


def _marks(
    held: pd.DataFrame, column: str, axes: Json, groups: Mapping[str, str], schemes: Mapping[str, str]
) -> alt.Chart:
    some = held[held[column].notna()]
    hollow = column == ROBUST
    rows = pd.DataFrame(
        {
            "r": some["r"] if hollow else some["r"] + _apart(some) / ROW,
            "g": some["g"],
            "v": some[column].astype(float),
            "scheme": [short(schemes[scheme]) for scheme in some["scheme"]],
            "group": [short(groups[group]) for group in some["group"]],
        }
    )
    domain = list(range(len(groups)))
    paint: Json = {"filled": not hollow, "size": 60 if hollow else 90, "opacity": 1, "strokeWidth": 1.4}
    colours = alt.Scale(domain=domain, range=[_colour(g) for g in domain])
    channel = (alt.Stroke if hollow else alt.Fill)("g:O", scale=colours, legend=None)
    pointer = [
        tooltip("scheme:N", "scheme"),
        tooltip("group:N", "group"),
        tooltip("v:Q", "explains, robust" if hollow else "explains", ".2%"),
    ]
    shapes = alt.Shape("g:N", scale=alt.Scale(domain=domain, range=[_shape(g) for g in domain]), legend=None)
    if not hollow:
        paint["strokeWidth"] = 0
    drawn = mark("point", inline(rows, digits=6), **paint)
    named = drawn.encode(channel, shape=shapes, tooltip=pointer, **axes)
    return named.properties(name="robust" if hollow else "explained")


def _apart(some: pd.DataFrame) -> pd.Series[float]:
    """Pixels that a mark moves down in its row, so that no group hides behind another of the same share."""
    moved = pd.Series(0.0, index=some.index)
    for _, row in some.groupby("r"):
        ordered = row.sort_values(PLAIN, kind="stable")
        cluster = (ordered[PLAIN].diff() * WIDTH > MARK).cumsum()
        for _, near in ordered.groupby(cluster):
            for k, index in enumerate(near.sort_values("g").index):
                moved[index] = min(MARK, 2 * MARK / len(near)) * (k - (len(near) - 1) / 2)
    return moved


def _values(held: pd.DataFrame, axes: Json) -> alt.Chart:
    """Percentages above their marks, moved apart in a row if need be."""
    rows: list[Json] = []
    for r, some in held[held[PLAIN].notna()].groupby("r"):
        shares = [f"{value:.0%}" for value in some[PLAIN]]
        places = spread([value * WIDTH for value in some[PLAIN]], 36, 6, WIDTH)
        rows += [
            {"v": x / WIDTH, "r": float(str(r)) - 17 / ROW, "t": share}
            for x, share in zip(places, shares, strict=True)
        ]
    return texts(rows, axes, baseline="middle", fontSize=12, fontWeight="bold")


def _row_names(schemes: Mapping[str, str], axes: Json) -> alt.Chart:
    lines = [wrap(label, NAME_ROOM, 2) for label in schemes.values()]
    rows = [{"v": 0, "r": r - 7 * (len(held) - 1) / ROW, "t": held} for r, held in enumerate(lines)]
    return texts(rows, axes, align="right", baseline="middle", dx=-14, lineHeight=14)


def _key(groups: Mapping[str, str], axes: Json, robust: str) -> list[alt.Chart]:
    """Names of the groups beside their marks, above the rows, in as many lines as they need."""
    entries: list[tuple[str, Json]] = [
        (name, {"shape": _shape(g), "fill": _colour(g), "size": 90, "strokeWidth": 0})
        for g, name in enumerate(fit_all(groups.values(), 120))
    ]
    if robust:
        hollow: Json = {"shape": "circle", "filled": False, "size": 60, "strokeWidth": 1.4}
        entries.append((robust, {"stroke": INK, "strokeOpacity": SOFT, **hollow}))
    places: list[tuple[float, int]] = []
    x, line = 0.0, 0
    for name, _ in entries:
        wide = 11 + text_width(name, 12)
        if x > 0 and x + wide > WIDTH + 20:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide + 26
    layers = []
    for (name, paint), (x, at) in zip(entries, places, strict=True):
        r = -0.5 - (18 + 18 * (line - at)) / ROW
        layers.append(mark("point", records([{"v": x / WIDTH, "r": r}]), opacity=1, **paint).encode(**axes))
        text = {"v": (x + 11) / WIDTH, "r": r, "t": name}
        layers.append(texts([text], axes, align="left", baseline="middle"))
    return layers
