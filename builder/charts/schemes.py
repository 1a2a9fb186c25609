"""Rankings under several schemes: side by side (Ahlert et al., 2024, Fig. 3), and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeVar

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.grid import Grid, glyphs, named_cells, number_cells, undefined_cells
from builder.charts.labels import spread
from builder.charts.marks import inline, mark, panel, records, rows_of, texts, themed, tooltip, with_names
from builder.charts.text import fit_all, short, wrap
from builder.charts.theme import INK, MOVED, RANK, SOFT, Json

Hue = TypeVar("Hue", alt.Fill, alt.Stroke)


class Pen(NamedTuple):
    """How heavy the lines and points are; a red line is twice as wide."""

    width: float
    opacity: float
    point: float


PENS = ((120, Pen(0.9, 0.85, 22)), (500, Pen(0.6, 0.6, 12)))
"""Models up to which a pen is used; the finest is for more."""
FINEST = Pen(0.4, 0.22, 4)

MANY_PLACES = 10
"""Moves of more places than this are red, as in the paper."""
HEIGHT = 460
NAME_ROOM = 150
"""Pixels for a model's name at either side."""
STEP = 40
"""Pixels a side of a cell in the staircase of schemes."""
NAMED = 5
"""Models that are named at each side: the first places there."""


@debug_mode(False)
def scheme_slopes(
    places: pd.DataFrame,
    schemes: Mapping[str, str],
    y: Literal["display", "place"] = "display",
    many: int = MANY_PLACES,
) -> alt.LayerChart:
    """One column a scheme, one line a model, coloured by its place under the first scheme.

    places   model_id, model (name), scheme, place (1 = best), display (min-max normalised, 1 = best), moved
             (places against the baseline scheme, positive = up; missing reads as not moved)
    schemes  scheme id -> label, in the order of the columns; the first is the baseline

    The line into a column is red and thick where the model moved more than `many` places there. Named are the
    first five models of the first and of the last column, and who rose and who fell most in the last.
    """
    order = list(schemes)
    frame = slopes(places, order, y, many)
    n_models = int(frame["model_id"].nunique())
    gap = 124 if len(order) <= 4 else 104
    width = gap * max(len(order) - 1, 1)
    domain = (float(max(n_models, 2)), 1.0) if y == "place" else (0.0, 1.0)
    axes = _axes(len(order), domain, y)
    layers = [_columns(axes, len(order), domain), _segments(frame, axes, n_models)]
    layers.append(_points(frame, axes, schemes, n_models))
    layers += _heads(frame, axes, schemes, domain, gap, many)
    for column, align in {0: "right", len(order) - 1: "left"}.items():
        layers += _names(frame[frame["k"] == column], axes, align, domain, gap)
    return themed(panel(layers, width, HEIGHT))


def slopes(places: pd.DataFrame, order: list[str], y: str, many: int) -> pd.DataFrame:
    """One row a model and scheme, the red ones last so that they lie on top.

    model_id, model, k (column), place, moved, first (place under the first scheme), v (height), v0 (height in
    the column before, NaN in the first), many (0, 1).
    """
    frame = places[places["scheme"].isin(order)].copy()
    frame["k"] = frame["scheme"].map({scheme: k for k, scheme in enumerate(order)}).astype(int)
    frame["place"] = frame["place"].astype(int)
    frame["moved"] = frame["moved"].astype("Float64").fillna(0).astype(int)
    frame["many"] = (frame["moved"].abs() > many).astype("int8")
    frame["first"] = frame["model_id"].map(frame[frame["k"] == 0].set_index("model_id")["place"])
    frame["v"] = frame[y].astype(float)
    frame["model"] = [short(name) for name in frame["model"]]
    frame = frame.sort_values(["model_id", "k"])
    frame["v0"] = frame.groupby("model_id")["v"].shift()
    frame = frame.sort_values(["many", "first", "model_id", "k"], ascending=[True, False, True, True])
    kept = ["model_id", "model", "k", "place", "moved", "first", "v", "v0", "many"]
    return frame[kept].reset_index(drop=True)


def _axes(n_schemes: int, domain: tuple[float, float], y: str) -> Json:
    """Channels for fields `k` and `v`; the value axis stands left of the names."""
    title = "Place" if y == "place" else "Score, min–max normalised"
    low, high = int(domain[1]), int(domain[0])
    step = max(1, 10 ** len(str(high // 4)) // 2)
    values = sorted({low, *range(step, high - step // 2, step), high}) if y == "place" else [0, 0.5, 1]
    # Vega thins even given ticks to `tickCount`.
    ticks: Json = {"values": values, "tickCount": len(values), "labelOverlap": False}
    axis = alt.Axis(title=title, offset=NAME_ROOM + 14, grid=False, **ticks)
    return {
        "x": alt.X("k:Q", axis=None, scale=alt.Scale(domain=[0, max(n_schemes - 1, 1)], nice=False)),
        "y": alt.Y("v:Q", axis=axis, scale=alt.Scale(domain=list(domain), nice=False, zero=False)),
    }


def _columns(axes: Json, n_schemes: int, domain: tuple[float, float]) -> alt.Chart:
    rows = [{"k": k, "v": domain[0], "v2": domain[1]} for k in range(n_schemes)]
    return mark("rule", records(rows), strokeOpacity=0.3).encode(y2=alt.Y2("v2:Q"), **axes)


def _hue(n_models: int, channel: type[Hue]) -> Hue:
    """Red where `many`, else the place under the first scheme."""
    scale = alt.Scale(domain=[max(n_models, 2), 1], range=list(RANK))
    return channel("first:Q", scale=scale, legend=None, condition={"test": "datum.many > 0", "value": MOVED})


def _pen(n_models: int) -> Pen:
    return next((pen for most, pen in PENS if n_models <= most), FINEST)


def _segments(frame: pd.DataFrame, axes: Json, n_models: int) -> alt.Chart:
    """A line from the column before into each column."""
    into = frame[frame["v0"].notna()]
    held = into[["k", "v", "v0", "first", "many"]].assign(k0=into["k"] - 1)
    pen = _pen(n_models)
    drawn = mark(
        "rule",
        inline(held),
        strokeWidth=alt.ExprRef(f"datum.many ? {pen.width * 2} : {pen.width}"),
        strokeOpacity=pen.opacity,
    )
    return drawn.encode(x2=alt.X2("k0:Q"), y2=alt.Y2("v0:Q"), stroke=_hue(n_models, alt.Stroke), **axes)


def _points(frame: pd.DataFrame, axes: Json, schemes: Mapping[str, str], n_models: int) -> alt.Chart:
    """A point for each model in each column, for the pointer."""
    pointer = [
        tooltip("model:N", "model"),
        tooltip("scheme:N", "scheme"),
        tooltip("place:Q", "place"),
        tooltip("moved:Q", "moved", "+d"),
    ]
    held = inline(frame[["model", "k", "v", "place", "moved", "first", "many"]])
    drawn = mark("point", held, filled=True, size=_pen(n_models).point, opacity=1, strokeWidth=0)
    named = with_names(drawn, schemes.values(), scheme="k")
    return named.encode(fill=_hue(n_models, alt.Fill), tooltip=pointer, **axes).properties(name="places")


def _heads(
    frame: pd.DataFrame,
    axes: Json,
    schemes: Mapping[str, str],
    domain: tuple[float, float],
    gap: float,
    many: int,
) -> list[alt.Chart]:
    """Each column's scheme and how many models moved far in it."""
    per_pixel = (domain[1] - domain[0]) / HEIGHT
    names: list[Json] = []
    counts: list[Json] = []
    for k, label in enumerate(schemes.values()):
        lines = wrap(label, gap - 10, 2, bold=True)
        top = domain[1] + per_pixel * (30 + 14 * (len(lines) - 1))
        names.append({"k": k, "v": top, "t": lines})
        n_moved = int(frame.loc[frame["k"] == k, "many"].sum())
        moved = f"{n_moved:,} {'moves' if n_moved == 1 else 'move'} > {many}"
        text = "baseline" if k == 0 else moved if n_moved else "none moves far"
        counts.append({"k": k, "v": domain[1] + per_pixel * 15, "t": text, "m": n_moved})
    shared: Json = {"baseline": "middle", "align": "center"}
    return [
        texts(names, axes, fontWeight="bold", lineHeight=14, **shared),
        texts([c for c in counts if not c["m"]], axes, opacity=SOFT, fontSize=11, **shared),
        texts([c for c in counts if c["m"]], axes, fill=MOVED, fontSize=11, **shared),
    ]


def _names(
    column: pd.DataFrame, axes: Json, align: str, domain: tuple[float, float], gap: float
) -> list[alt.Chart]:
    """Names beside a column, moved apart, each with a line to its point."""
    shown = column.nsmallest(NAMED, "place", keep="first")
    if align == "left" and len(column):
        far = column[column["many"] > 0]
        extremes = far.loc[[far["moved"].idxmax(), far["moved"].idxmin()]] if len(far) else far
        shown = pd.concat([shown, extremes]).drop_duplicates("model_id")
    per_pixel = (domain[1] - domain[0]) / HEIGHT
    names = fit_all(shown["model"], NAME_ROOM - 16, 11)
    heights = [(domain[1] - v) / per_pixel for v in shown["v"]]
    side = -1 if align == "right" else 1
    rows: list[Json] = []
    lines: list[Json] = []
    placed = spread(heights, 13.5, 4, HEIGHT - 4)
    for row, text, height in zip(rows_of(shown), names, placed, strict=True):
        v = domain[1] - height * per_pixel
        moved = ""
        if align == "left" and row["many"]:
            moved = f" {'▲' if row['moved'] > 0 else '▼'}{abs(row['moved'])}"
        rows.append({"k": row["k"] + side * 16 / gap, "v": v, "t": text + moved, "m": int(bool(moved))})
        near, far = (row["k"] + side * pixels / gap for pixels in (4, 14))
        lines.append({"k": near, "k2": far, "v": row["v"], "v2": v})
    leaders = mark("rule", records(lines), strokeOpacity=0.4, strokeWidth=0.7)
    fill = alt.FillValue(INK, condition={"test": "datum.m > 0", "value": MOVED})
    beside = texts(rows, axes, align=align, baseline="middle", fontSize=11)
    return [leaders.encode(x2=alt.X2("k2:Q"), y2=alt.Y2("v2:Q"), **axes), beside.encode(fill=fill)]


@debug_mode(False)
def scheme_agreement(
    matrix: pd.DataFrame, labels: Mapping[str, str], coefficient: str = "ρ"
) -> alt.LayerChart:
    """Rank correlation between every two schemes, as a staircase of numbers.

    matrix  square, index and columns scheme ids, values in [-1, 1], NaN where undefined
    labels  scheme id -> label, in the order of the steps

    Each label stands at the end of its row, above its column. The tint means what it means in the
    correlation heatmap.
    """
    order = [scheme for scheme in labels if scheme in matrix.index]
    grid = Grid(max(len(order), 1), STEP, numbers=True)
    values = matrix.loc[order, order].to_numpy(float)
    rows = [(c, r, values[r, c]) for r in range(len(order)) for c in range(r)]
    frame = pd.DataFrame(rows, columns=["c", "r", "v"]).astype({"c": int, "r": int, "v": float}).assign(s=1)
    defined, undefined = frame[frame["v"].notna()], frame[frame["v"].isna()]
    names = fit_all((labels[scheme] for scheme in order), 180)
    steps = [{"c": k - 0.38, "r": k, "t": name} for k, name in enumerate(names)]
    layers = [
        named_cells(glyphs(grid, defined, 0.5 - grid.cells(0.8)), names, coefficient),
        number_cells(grid, defined),
        grid.texts(steps, align="left", baseline="middle"),
    ]
    if len(undefined):
        layers.append(undefined_cells(grid, undefined))
    return themed(panel(layers, grid.side, grid.side))
