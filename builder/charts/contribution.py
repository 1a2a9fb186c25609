"""What an overall score is made of: the share of its variance that each group explains."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts import theme
from builder.charts.labels import spread
from builder.charts.theme import INK, ROLE_COLOURS, ROLE_SHAPES, SOFT, Json, text_width

WIDTH, ROW = 300, 40
"""Pixels from 0 to 100 %, and of one scheme's row."""
NAME_ROOM = 140
PLAIN, ROBUST = "explained_variance", "explained_variance_robust"


@debug_mode(False)
def explained_variance(
    frame: pd.DataFrame, schemes: Mapping[str, str], groups: Mapping[str, str], robust: str = "without outliers"
) -> alt.LayerChart:
    """One row a scheme, one mark a group: how much of the overall score's variance the group explains.

    frame    scheme, group, explained_variance (0 to 1), and if wanted explained_variance_robust (hollow marks);
             NaN leaves the mark out
    schemes  scheme id -> label, in the order of the rows
    groups   group id -> label, in the order of the tree: it decides colour and shape
    robust   what the hollow marks leave out

    The shares of groups that correlate do not add up to 100 %.
    """
    ids, rows = list(groups), list(schemes)
    held = frame[frame["scheme"].isin(rows) & frame["group"].isin(ids)].copy()
    held["r"] = held["scheme"].map({scheme: r for r, scheme in enumerate(rows)})
    held["g"] = held["group"].map({group: g for g, group in enumerate(ids)})
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
    return theme.themed(alt.layer(*layers).properties(width=WIDTH, height=ROW * max(len(rows), 1)))


def _colour(g: int) -> str:
    return ROLE_COLOURS[g % len(ROLE_COLOURS)]


def _shape(g: int) -> str:
    return ROLE_SHAPES[g % len(ROLE_SHAPES)]


def _spans(held: pd.DataFrame, axes: Json) -> alt.Chart:
    """A line between the least and the most: the longer, the more one group dominates."""
    ends = held.groupby("r")[PLAIN].agg(["min", "max"]).reset_index().dropna()
    ends.columns = pd.Index(["r", "v", "v2"])
    rule = alt.Chart(theme.inline(ends)).mark_rule(strokeWidth=3, strokeOpacity=0.16)
    return rule.encode(x2=alt.X2("v2:Q"), **axes)


def _marks(
    held: pd.DataFrame, column: str, axes: Json, groups: Mapping[str, str], schemes: Mapping[str, str]
) -> alt.Chart:
    some = held[held[column].notna()]
    rows = pd.DataFrame(
        {
            "r": some["r"],
            "g": some["g"],
            "v": some[column].astype(float),
            "scheme": [theme.short(schemes[scheme]) for scheme in some["scheme"]],
            "group": [theme.short(groups[group]) for group in some["group"]],
        }
    )
    domain = list(range(len(groups)))
    hollow = column == ROBUST
    paint: Json = {"filled": not hollow, "size": 60 if hollow else 90, "opacity": 1, "strokeWidth": 1.4}
    colours = alt.Scale(domain=domain, range=[_colour(g) for g in domain])
    channel = alt.Stroke("g:O", scale=colours, legend=None) if hollow else alt.Fill("g:O", scale=colours, legend=None)
    tooltip = [
        alt.Tooltip("scheme:N", title="scheme"),
        alt.Tooltip("group:N", title="group"),
        alt.Tooltip("v:Q", title="explains, robust" if hollow else "explains", format=".2%"),
    ]
    shapes = alt.Shape("g:O", scale=alt.Scale(domain=domain, range=[_shape(g) for g in domain]), legend=None)
    if not hollow:
        paint["strokeWidth"] = 0
    drawn = alt.Chart(theme.inline(rows, digits=6)).mark_point(**paint)
    named = drawn.encode(channel, shape=shapes, tooltip=tooltip, **axes)
    return named.properties(name="robust" if hollow else "explained")


def _values(held: pd.DataFrame, axes: Json) -> alt.Chart:
    """Percentages above their marks, moved apart in a row if need be."""
    rows: list[Json] = []
    for r, some in held[held[PLAIN].notna()].groupby("r"):
        texts = [f"{value:.0%}" for value in some[PLAIN]]
        places = spread([value * WIDTH for value in some[PLAIN]], 36, 6, WIDTH)
        rows += [
            {"v": x / WIDTH, "r": float(str(r)) - 14 / ROW, "t": text} for x, text in zip(places, texts, strict=True)
        ]
    return (
        alt.Chart(theme.records(rows))
        .mark_text(baseline="middle", fontSize=12, fontWeight="bold")
        .encode(text=alt.Text("t:N"), **axes)
    )


def _row_names(schemes: Mapping[str, str], axes: Json) -> alt.Chart:
    rows: list[Json] = [
        {"v": 0, "r": r, "t": theme.wrap(label, NAME_ROOM, 2)} for r, label in enumerate(schemes.values())
    ]
    text = alt.Chart(theme.records(rows)).mark_text(align="right", baseline="middle", dx=-14, lineHeight=14)
    return text.encode(text=alt.Text("t:N"), **axes)


def _key(groups: Mapping[str, str], axes: Json, robust: str) -> list[alt.Chart]:
    """Names of the groups, above the rows, beside their marks."""
    layers: list[alt.Chart] = []
    x, r = 0.0, -0.5 - 16 / ROW

    def add(label: str, **mark: object) -> None:
        nonlocal x
        point = alt.Chart(theme.records([{"v": x / WIDTH, "r": r}])).mark_point(opacity=1, **mark)
        text = alt.Chart(theme.records([{"v": (x + 11) / WIDTH, "r": r, "t": label}]))
        layers.append(point.encode(**axes))
        layers.append(text.mark_text(align="left", baseline="middle").encode(text=alt.Text("t:N"), **axes))
        x += 11 + text_width(label, 12) + 26

    for g, label in enumerate(groups.values()):
        add(theme.fit(label, 120), shape=_shape(g), fill=_colour(g), size=90, strokeWidth=0)
    if robust:
        add(robust, shape="circle", stroke=INK, filled=False, size=60, strokeWidth=1.4, strokeOpacity=SOFT)
    return layers
