"""One model in every ranking, sorted, and what made each (specification curve; Simonsohn et al., 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import sqrt

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.marks import inline, mark, panel, records, texts, themed, tooltip, with_names
from builder.charts.text import fit_all
from builder.charts.theme import ACCENT, FAINT, INK, SOFT, Json

WIDTH, CURVE = 304, 130
"""Pixels of all rankings side by side, and of the curve's height: with its names it fits a phone."""
ROW, HEAD, TICK = 14, 26, 9
"""Pixels of one level's row, of the heading over a choice's rows, and of a mark's height."""
NAME_ROOM = 138
BELOW = 0.62
"""Opacity of what is below the tenth place."""
TOP = 10
SHARES = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)
"""What the curve's axis names; its scale is that of the square root, for the first places matter most."""


@debug_mode(False)
def specification_curve(frame: pd.DataFrame, choices: Mapping[str, Mapping[str, str]]) -> alt.LayerChart:
    """One column a ranking, best first: above, the model's relative place; below, what makes the ranking.

    frame    one row a ranking, best first: place (1 = best), n_models, relative (0 = first, 1 = last), and a
             column for each choice
    choices  column of a choice -> its levels -> label

    Coloured are the rankings in which the model is among the first ten. Levels stand in the order of the
    model's median place, the best on top; the number at a row's end says in how many of its rankings the
    model is first.
    """
    held = frame.reset_index(drop=True)
    held["k"] = held.index + 0.5
    last = max(float(held["relative"].max()) if len(held) else 0.0, 1e-9)
    rows, heads, height = _rows(held, choices)
    axes: Json = {
        "x": alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, max(len(held), 1)], nice=False)),
        "y": alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False, zero=False)),
    }
    names = fit_all((row["label"] for row in rows), NAME_ROOM)
    left: Json = {"align": "right", "baseline": "middle", "dx": -8}
    right: Json = {"align": "left", "baseline": "middle", "dx": 8, "opacity": SOFT}
    layers = [
        *_scale(last, len(held), axes),
        _guides(rows, len(held), axes),
        *_runs(held, rows, axes),
        _points(held, choices, last, axes),
        texts(heads, axes, align="right", baseline="middle", dx=-8, fontWeight="bold"),
        texts([{"x": 0, "y": row["y"], "t": t} for row, t in zip(rows, names, strict=True)], axes, **left),
        texts([{"x": len(held), "y": row["y"], "t": row["first"]} for row in rows], axes, **right),
        texts([{"x": len(held), "y": heads[0]["y"] if heads else 0, "t": "first in"}], axes, **right),
    ]
    return themed(panel(layers, WIDTH, height))


def _rows(
    held: pd.DataFrame, choices: Mapping[str, Mapping[str, str]]
) -> tuple[list[Json], list[Json], float]:
    """Each level's row with its height, the headings over them, and the height of all."""
    rows: list[Json] = []
    heads: list[Json] = []
    y = CURVE + 6.0
    for choice, labels in choices.items():
        heads.append({"x": 0, "y": y + HEAD / 2 + 2, "t": choice.capitalize()})
        y += HEAD
        of = held.groupby(choice)["relative"].median()
        known = [level for level in labels if level in of.index]
        for level in sorted(known, key=lambda one: (of[one], known.index(one))):
            mine = held[held[choice] == level]
            first = f"{(mine['place'] == 1).sum():,}/{len(mine):,}"
            rows.append(
                {"choice": choice, "level": level, "label": labels[level], "first": first, "y": y + ROW / 2}
            )
            y += ROW
    return rows, heads, y


def _depth(share: float, last: float) -> float:
    """Pixels below the first place."""
    return float(sqrt(share / last)) * CURVE


def _scale(last: float, n: int, axes: Json) -> list[alt.Chart]:
    """Lines and shares behind the curve: how many of the others stand above."""
    lines: list[Json] = []
    marks: list[Json] = []
    for share in SHARES:
        y = _depth(share, last)
        if y > CURVE + 1 or (lines and y - lines[-1]["y"] < 13):
            continue
        lines.append({"x": 0, "x2": n, "y": y})
        marks.append({"x": 0, "y": y, "t": f"{share * 100:.0f}\u202f%" if share else "first"})
    title = [{"x": 0, "y": -13, "t": "Share of the others above it (square-root scale)"}]
    side: Json = {"align": "right", "baseline": "middle", "dx": -8, "opacity": SOFT}
    ruled = mark("rule", records(lines), strokeOpacity=FAINT).encode(x2=alt.X2("x2:Q"), **axes)
    return [ruled, texts(marks, axes, **side), texts(title, axes, align="left", opacity=SOFT)]


def _points(
    held: pd.DataFrame, choices: Mapping[str, Mapping[str, str]], last: float, axes: Json
) -> alt.Chart:
    position = {choice: {level: i for i, level in enumerate(levels)} for choice, levels in choices.items()}
    frame = pd.DataFrame(
        {
            "x": held["k"],
            "y": [_depth(share, last) for share in held["relative"]],
            "place": held["place"].astype(int),
            "of": held["n_models"].astype(int),
            **{f"{choice}_k": held[choice].map(of).astype(int) for choice, of in position.items()},
        }
    )
    drawn = mark("point", inline(frame), filled=True, size=9, opacity=1, strokeWidth=0)
    for choice, levels in choices.items():
        drawn = with_names(drawn, levels.values(), **{choice: f"{choice}_k"})
    pointer = [tooltip("place:Q", "place"), tooltip("of:Q", "of")]
    pointer += [tooltip(f"{choice}:N", choice) for choice in choices]
    fill = alt.FillValue(INK, condition={"test": f"datum.place <= {TOP}", "value": ACCENT})
    faded = alt.FillOpacityValue(BELOW, condition={"test": f"datum.place <= {TOP}", "value": 1})
    return drawn.encode(fill=fill, fillOpacity=faded, tooltip=pointer, **axes).properties(name="curve")


def _guides(rows: Sequence[Json], n: int, axes: Json) -> alt.Chart:
    ends = [[(0.0, row["y"]), (float(n), row["y"])] for row in rows]
    return _path(ends, axes, stroke=INK, strokeWidth=0.6, strokeOpacity=FAINT)


def _runs(held: pd.DataFrame, rows: Sequence[Json], axes: Json) -> list[alt.Chart]:
    """A bar for each run of rankings that make a row's choice: two paths, where there could be a thousand
    marks.
    """
    looks: dict[bool, Json] = {
        True: {"stroke": ACCENT, "strokeOpacity": 1},
        False: {"stroke": INK, "strokeOpacity": BELOW},
    }
    high = (held["place"] <= TOP).tolist()
    layers = []
    for at_top, look in looks.items():
        pieces = []
        for row in rows:
            made = [level == row["level"] for level in held[row["choice"]]]
            shown = [here and one == at_top for here, one in zip(made, high, strict=True)]
            start = 0
            for is_run, members in groupby(shown):
                stop = start + len(list(members))
                if is_run:
                    pieces.append([(float(start), row["y"]), (float(stop), row["y"])])
                start = stop
        layers.append(_path(pieces, axes, strokeWidth=TICK, strokeCap="butt", **look))
    return layers


def _path(pieces: Sequence[Sequence[tuple[float, float]]], axes: Json, **look: object) -> alt.Chart:
    """Straight pieces as one path: a row without a place between two ends one."""
    ends: list[tuple[float, float]] = []
    nothing = float("nan")
    for piece in pieces:
        ends += [*piece, (nothing, nothing)]
    frame = pd.DataFrame(ends, columns=["x", "y"], dtype=float).assign(i=range(len(ends)))
    drawn = mark("line", inline(frame, digits=6), invalid="break-paths-show-path-domains", **look)
    return drawn.encode(order=alt.Order("i:Q"), **axes)
