"""Who stood where over the snapshots of a study: one column a snapshot, one line a model."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.marks import inline, mark, panel, texts, themed, tooltip
from builder.charts.text import fit, fit_all, short, text_width
from builder.charts.theme import INK, MOVED, RANK, SOFT, Json

ROW = 24
"""Pixels from one place to the next."""
WIDTH, WIDEST_GAP, NARROWEST_GAP = 410, 110, 42
"""Pixels of columns and names where they fit, and bounds of those from one column to the next."""
PLACE_ROOM, NAME_ROOM, MOVE_ROOM = 36, 180, 42
BELOW = 0.75
"""Rows below the last one, where lines to later places leave the picture."""


@debug_mode(False)
def bump(frame: pd.DataFrame, snapshots: Sequence[str], top: int, many: int) -> alt.LayerChart:
    """Lines of the models that are among the first `top` rows of any column.

    frame      model_id, model (name), k (column), row (0 = first, in the order of places), place; one row a
               model and column in which it is ranked
    snapshots  what stands over the columns, oldest first
    many       moves of more places since the column before are red

    Lines of models among the first rows of the last column are coloured by that row and named; the others
    are grey. A line to the lower edge leads to a later place.
    """
    last = max(len(snapshots) - 1, 0)
    held = _shown(frame, last, top)
    newest = held[(held["k"] == last) & (held["row"] < top)]
    names = fit_all(newest["model"], NAME_ROOM)
    room = max((text_width(name, 12) for name in names), default=0.0)
    gap = (WIDTH - PLACE_ROOM - room - MOVE_ROOM) / max(last, 1)
    gap = min(max(gap, NARROWEST_GAP), WIDEST_GAP)
    axes: Json = {
        "x": alt.X("k:Q", axis=None, scale=alt.Scale(domain=[0, max(last, 1)], nice=False)),
        "y": alt.Y("r:Q", axis=None, scale=alt.Scale(domain=[top - 1 + BELOW, -0.5], nice=False, zero=False)),
    }
    layers = [
        *_lines(_segments(held, top), axes, top),
        *_points(held[held["row"] < top], axes, snapshots, top),
        *_heads(snapshots, axes, gap),
        *_names(newest, names, axes, gap, room, many),
    ]
    return themed(panel(layers, gap * max(last, 1), ROW * (top - 0.5 + BELOW)))


def _shown(frame: pd.DataFrame, last: int, top: int) -> pd.DataFrame:
    """Rows of the models to draw; `final` is the row in the last column, NaN for those that are grey."""
    chosen = frame.loc[frame["row"] < top, "model_id"].unique()
    held = frame[frame["model_id"].isin(chosen)].sort_values(["k", "row"], ignore_index=True)
    newest = held[(held["k"] == last) & (held["row"] < top)].set_index("model_id")["row"]
    held["final"] = held["model_id"].map(newest).astype(float)
    before = held[["model_id", "k", "place"]].assign(k=held["k"] + 1)
    return held.merge(before, how="left", on=["model_id", "k"], suffixes=("", "_before"))


def _segments(held: pd.DataFrame, top: int) -> pd.DataFrame:
    """From each column into the next, where a model is ranked in both and near the top in one."""
    into = held[["model_id", "k", "row"]].assign(k=held["k"] - 1).rename(columns={"row": "row_next"})
    joined = held.merge(into, on=["model_id", "k"])
    joined = joined[(joined["row"] < top) | (joined["row_next"] < top)]
    edge = top - 1 + BELOW
    one, other = joined["row"].to_numpy(float), joined["row_next"].to_numpy(float)
    # Where a line crosses the lower edge, as a share of the way.
    share = np.divide(edge - one, other - one, out=np.zeros(len(one)), where=other != one)
    starts, ends = np.where(one > edge, share, 0.0), np.where(other > edge, share, 1.0)
    k = joined["k"].to_numpy(float)
    return pd.DataFrame(
        {
            "k": k + starts,
            "r": np.minimum(one, edge),
            "k2": k + ends,
            "r2": np.minimum(other, edge),
            "final": joined["final"],
        }
    )


def _lines(segments: pd.DataFrame, axes: Json, top: int) -> list[alt.Chart]:
    layers = []
    for grey in (True, False):
        some = segments[segments["final"].isna() == grey]
        if some.empty:
            continue
        look: Json = {"stroke": INK, "opacity": 0.3, "strokeWidth": 1.2} if grey else {"strokeWidth": 2.4}
        drawn = mark("rule", inline(some, digits=6), strokeCap="round", **look)
        hue = alt.Stroke("final:Q", scale=_hues(top), legend=None)
        channels = axes if grey else {**axes, "stroke": hue}
        layers.append(drawn.encode(x2=alt.X2("k2:Q"), y2=alt.Y2("r2:Q"), **channels))
    return layers


def _hues(top: int) -> alt.Scale:
    return alt.Scale(domain=[max(top - 1, 1), 0], range=list(RANK))


def _points(held: pd.DataFrame, axes: Json, snapshots: Sequence[str], top: int) -> list[alt.Chart]:
    rows = pd.DataFrame(
        {
            "k": held["k"].astype(float),
            "r": held["row"].astype(float),
            "final": held["final"],
            "model": [short(name) for name in held["model"]],
            "snapshot": [short(snapshots[k]) for k in held["k"]],
            "place": held["place"].astype(int),
        }
    )
    pointer = [
        tooltip("model:N", "name"),
        tooltip("snapshot:N", "snapshot"),
        tooltip("place:Q", "place", "d"),
    ]
    layers = []
    for grey in (True, False):
        some = rows[rows["final"].isna() == grey]
        if some.empty:
            continue
        look: Json = {"fill": INK, "opacity": 0.3, "size": 30} if grey else {"opacity": 1, "size": 64}
        hue = alt.Fill("final:Q", scale=_hues(top), legend=None)
        channels = axes if grey else {**axes, "fill": hue}
        drawn = mark("point", inline(some, digits=6), filled=True, strokeWidth=0, **look)
        named = "places before" if grey else "places"
        layers.append(drawn.encode(tooltip=pointer, **channels).properties(name=named))
    return layers


def _heads(snapshots: Sequence[str], axes: Json, gap: float) -> list[alt.Chart]:
    """Over each column its snapshot: the year, the day, and what else its id says."""
    rows = []
    for k, snapshot in enumerate(snapshots):
        year, day, rest = snapshot[:4], snapshot[5:10], snapshot[11:]
        lines = [year, day, *([fit(rest, gap + 10, 10)] if rest else [])]
        rows.append({"k": k, "r": -0.5 - 0.55 * len(lines), "t": lines})
    return [texts(rows, axes, align="center", baseline="middle", fontSize=11, lineHeight=13, opacity=SOFT)]


def _names(
    column: pd.DataFrame, names: Sequence[str], axes: Json, gap: float, room: float, many: int
) -> list[alt.Chart]:
    """Beside the last column: place, name, and the move since the column before."""
    places: list[Json] = []
    named: list[Json] = []
    moves: list[Json] = []
    for name, k, row, place, before in zip(
        names, column["k"], column["row"], column["place"], column["place_before"], strict=True
    ):
        places.append({"k": k + (PLACE_ROOM - 8) / gap, "r": row, "t": f"{place:.0f}"})
        named.append({"k": k + PLACE_ROOM / gap, "r": row, "t": name})
        moved = 0 if pd.isna(before) else int(before - place)
        text = "new" if pd.isna(before) else f"{'▲' if moved > 0 else '▼'} {abs(moved)}" if moved else "–"
        at = k + (PLACE_ROOM + room + MOVE_ROOM) / gap
        moves.append({"k": at, "r": row, "t": text, "m": int(abs(moved) > many)})
    shared: Json = {"baseline": "middle"}
    red = alt.FillValue(INK, condition={"test": "datum.m > 0", "value": MOVED})
    return [
        texts(places, axes, align="right", opacity=SOFT, **shared),
        texts(named, axes, align="left", **shared),
        texts(moves, axes, align="right", fontSize=11, **shared).encode(fill=red),
    ]
