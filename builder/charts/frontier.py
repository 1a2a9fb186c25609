"""What each metric costs: how many models stay complete as metrics are added."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.labels import spread
from builder.charts.marks import inline, mark, panel, records, rows_of, texts, themed, tooltip
from builder.charts.text import fit_all, short, text_width
from builder.charts.theme import ACCENT, INK, Json

ALONE, AMONG_OTHERS = (400, 200), (280, 150)
"""Pixels of a panel's plot: one fits a phone, two beside each other a page."""
COSTLY = 3
"""Metrics that are named: those that cost most models, if they cost at least 4 % of them."""
COLUMNS = 2


@debug_mode(False)
def coverage_frontier(
    frame: pd.DataFrame,
    titles: Mapping[str, str],
    labels: Mapping[str, str] | None = None,
    *,
    models_are: str = "Models",
) -> alt.LayerChart | alt.ConcatChart:
    """Models complete on the first so many metrics, in the order that costs fewest; a panel a selection.

    frame   selection, step (from 1), metric, n_models (complete on the first `step` metrics), lost (models
            that the step costs)
    titles  selection -> title, in the order of the panels; one selection makes one chart without a title
    labels  metric id -> short label; without one the id stands
    models_are  what the models are called, as a title begins

    The dearest metrics are named where the line falls. All panels share the vertical scale.
    """
    shown = [selection for selection in titles if (frame["selection"] == selection).any()]
    most = int(frame.loc[frame["selection"].isin(shown), "n_models"].max()) if shown else 1
    size = ALONE if len(shown) == 1 else AMONG_OTHERS
    panels = []
    for selection in shown:
        steps = frame[frame["selection"] == selection].sort_values("step", ignore_index=True)
        title = titles[selection] if len(shown) > 1 else ""
        panels.append(_panel(steps, title, max(most, 1), labels or {}, size, models_are))
    if len(panels) == 1:
        return themed(panels[0])
    return themed(alt.concat(*panels, columns=COLUMNS, spacing={"row": 34, "column": 40}))


def _panel(
    steps: pd.DataFrame,
    title: str,
    most: int,
    labels: Mapping[str, str],
    size: tuple[int, int],
    models_are: str,
) -> alt.LayerChart:
    n_metrics = max(len(steps), 2)
    ticks = _ticks(n_metrics, size[0])
    counts = _counts(most)
    axes: Json = {
        "x": alt.X(
            "step:Q",
            title="Metrics required",
            scale=alt.Scale(domain=[1, n_metrics], nice=False, zero=False),
            axis=alt.Axis(grid=False, format="d", values=ticks, tickCount=len(ticks), labelOverlap=False),
        ),
        "y": alt.Y(
            "n_models:Q",
            title=f"{models_are} complete",
            scale=alt.Scale(domain=[0, most * 1.05], nice=False),
            axis=alt.Axis(values=counts, tickCount=len(counts), format=",d"),
        ),
    }
    held = steps[["step", "n_models", "lost"]].assign(
        metric=[short(labels.get(metric, metric)) for metric in steps["metric"]]
    )
    layers = [_line(held, axes), *_costs(held, axes, n_metrics, most, size), _end(held, axes)]
    heading = alt.TitleParams(
        text=short(title, 60), anchor="start", frame="group", fontSize=12, fontWeight="bold",
        color=INK, offset=8,
    )  # fmt: skip
    made = panel(layers, *size)
    return made.properties(title=heading) if title else made


def _ticks(n_metrics: int, width: float) -> list[int]:
    """Round numbers between the ends, none so near to the last that their labels would touch."""
    step = 20 if n_metrics > 60 else 10 if n_metrics > 20 else 5 if n_metrics > 8 else 1
    room = 26 * (n_metrics - 1) / width
    inner = (tick for tick in range(step, n_metrics, step) if n_metrics - tick >= room)
    return sorted({1, *inner, n_metrics})


def _counts(most: int) -> list[int]:
    """At most six round numbers from 0 to `most`."""
    steps = (k * 10**e for e in range(12) for k in (1, 2, 5))
    return list(range(0, most + 1, next(step for step in steps if step * 5 >= most)))


def _line(held: pd.DataFrame, axes: Json) -> alt.Chart:
    pointer = [
        tooltip("step:Q", "metrics"),
        tooltip("metric:N", "the last"),
        tooltip("lost:Q", "costs, in models"),
        tooltip("n_models:Q", "models complete"),
    ]
    points = alt.OverlayMarkDef(filled=True, fill=ACCENT, size=14, strokeWidth=0)
    paint: Json = {"interpolate": "step-after", "stroke": ACCENT, "strokeWidth": 2, "point": points}
    return mark("line", inline(held), **paint).encode(tooltip=pointer, **axes)


def _costs(
    held: pd.DataFrame, axes: Json, n_metrics: int, most: int, size: tuple[int, int]
) -> list[alt.Chart]:
    """The dearest steps: what they cost, beside the fall, with a rule to it."""
    width, height = size
    per_step, per_pixel = (n_metrics - 1) / width, most * 1.05 / height
    dear = _dearest(held)
    names = fit_all((row["metric"] for row in dear), width * 0.48, 11)
    labels = [f"−{row['lost']:,}  {name}" for row, name in zip(dear, names, strict=True)]
    sides = [
        -1 if (row["step"] - 1) / per_step > text_width(label, 11) + 24 else 1
        for row, label in zip(dear, labels, strict=True)
    ]
    grid = [height - count / per_pixel for count in _counts(most)]
    wanted = [
        _beside_fall(
            height - (row["n_models"] + row["lost"]) / per_pixel,
            height - row["n_models"] / per_pixel,
            side,
            grid,
        )
        for row, side in zip(dear, sides, strict=True)
    ]
    rows: dict[int, list[Json]] = {-1: [], 1: []}
    lines: list[Json] = []
    places = spread(wanted, 15, 10, height - 8)
    for row, label, side, y in zip(dear, labels, sides, places, strict=True):
        near, far, at = (row["step"] + side * pixels * per_step for pixels in (2, 15, 18))
        v = (height - y) * per_pixel
        rows[side].append({"step": at, "n_models": v, "t": label})
        lines.append({"step": near, "n_models": row["n_models"] + row["lost"] / 2, "x2": far, "y2": v})
    if not lines:
        return []
    leaders = mark("rule", records(lines), strokeOpacity=0.45, strokeWidth=0.8)
    return [leaders.encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), **axes)] + [
        texts(found, axes, align="right" if side < 0 else "left", baseline="middle", fontSize=11)
        for side, found in rows.items()
        if found
    ]


def _dearest(held: pd.DataFrame) -> list[Json]:
    """The steps to be named, in their order; the first step's loss is nobody's."""
    first = int(held["n_models"].iloc[0]) if len(held) else 0
    after = held[(held["step"] > 1) & (held["lost"] >= max(2, 0.04 * first))]
    return rows_of(after.nlargest(COSTLY, "lost").sort_values("step"))


def _beside_fall(top: float, foot: float, side: int, grid: list[float]) -> float:
    """Height of a label in pixels from the top: right of the fall (side 1) it stands clear of the line that
    goes on at its foot, left of it (-1) of the line that leads to its top, and of grid lines on either side.
    """
    middle = (top + foot) / 2
    y = max(middle, top + 10) if side < 0 else min(middle, foot - 10)
    struck = [line for line in grid if abs(y - line) < 8]
    return struck[0] - 8 * side if struck else y


def _end(held: pd.DataFrame, axes: Json) -> alt.Chart:
    """How many models are left."""
    rows: list[Json] = [
        {"step": int(row["step"]), "n_models": int(row["n_models"]), "t": f"{row['n_models']:,}"}
        for row in rows_of(held.tail(1))
    ]
    return texts(rows, axes, align="left", baseline="middle", dx=8, fontWeight="bold")
