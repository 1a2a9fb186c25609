"""What each metric costs: how many models stay complete as metrics are added."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts import theme
from builder.charts.labels import spread
from builder.charts.theme import ACCENT, SOFT, Json, text_width

ALONE, AMONG_OTHERS = (400, 200), (280, 150)
"""Pixels of a panel's plot: one fits a phone, two beside each other a page."""
COSTLY = 3
"""Metrics that are named: those that cost most models, if they cost at least 4 % of them."""
COLUMNS = 2


@debug_mode(False)
def coverage_frontier(
    frame: pd.DataFrame, titles: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> alt.LayerChart | alt.ConcatChart:
    """Models complete on the first so many metrics, added in the order that costs fewest; a panel a selection.

    frame   selection, step (from 1), metric, n_models (complete on the first `step` metrics), lost (models
            that the step costs)
    titles  selection -> title, in the order of the panels; one selection makes one chart without a title
    labels  metric id -> short label; without one the id stands

    The dearest metrics are named where the line falls. All panels share the vertical scale.
    """
    shown = [selection for selection in titles if (frame["selection"] == selection).any()]
    most = int(frame.loc[frame["selection"].isin(shown), "n_models"].max()) if shown else 1
    size = ALONE if len(shown) == 1 else AMONG_OTHERS
    panels = []
    for selection in shown:
        steps = frame[frame["selection"] == selection].sort_values("step", ignore_index=True)
        title = titles[selection] if len(shown) > 1 else ""
        panels.append(_panel(steps, title, max(most, 1), labels or {}, size))
    if len(panels) == 1:
        return theme.themed(panels[0])
    grid = alt.concat(*panels, columns=COLUMNS, spacing={"row": 34, "column": 40})
    return theme.themed(grid)


def _panel(
    steps: pd.DataFrame, title: str, most: int, labels: Mapping[str, str], size: tuple[int, int]
) -> alt.LayerChart:
    n_metrics = max(len(steps), 2)
    ticks = _ticks(n_metrics)
    axes: Json = {
        "x": alt.X(
            "step:Q",
            title="Metrics required",
            scale=alt.Scale(domain=[1, n_metrics], nice=False, zero=False),
            axis=alt.Axis(grid=False, format="d", values=ticks, tickCount=len(ticks), labelOverlap=False),
        ),
        "y": alt.Y(
            "n_models:Q",
            title="Models complete",
            scale=alt.Scale(domain=[0, most * 1.05], nice=False),
            axis=alt.Axis(tickCount=4),
        ),
    }
    held = steps[["step", "n_models", "lost"]].assign(
        metric=[theme.short(labels.get(metric, metric)) for metric in steps["metric"]]
    )
    layers = [_line(held, axes), *_costs(held, axes, n_metrics, most, size), _end(held, axes)]
    heading = alt.TitleParams(
        text=theme.short(title, 60), anchor="start", frame="group", fontSize=12, fontWeight="bold",
        color=theme.INK, offset=8,
    )  # fmt: skip
    made = alt.layer(*layers).properties(width=size[0], height=size[1])
    return made.properties(title=heading) if title else made


def _ticks(n_metrics: int) -> list[int]:
    step = 20 if n_metrics > 60 else 10 if n_metrics > 20 else 5 if n_metrics > 8 else 1
    return sorted({1, *range(step, n_metrics - step // 2, step), n_metrics})


def _line(held: pd.DataFrame, axes: Json) -> alt.Chart:
    tooltip = [
        alt.Tooltip("step:Q", title="metrics"),
        alt.Tooltip("metric:N", title="the last"),
        alt.Tooltip("lost:Q", title="costs, in models"),
        alt.Tooltip("n_models:Q", title="models complete"),
    ]
    return (
        alt.Chart(theme.inline(held))
        .mark_line(
            interpolate="step-after", stroke=ACCENT, strokeWidth=2,
            point=alt.OverlayMarkDef(filled=True, fill=ACCENT, size=14, strokeWidth=0),
        )  # fmt: skip
        .encode(tooltip=tooltip, **axes)
    )


def _costs(
    held: pd.DataFrame, axes: Json, n_metrics: int, most: int, size: tuple[int, int]
) -> list[alt.Chart]:
    """The dearest steps: what they cost, under the line, with a rule to the fall."""
    width, height = size
    first = int(held["n_models"].iloc[0]) if len(held) else 0
    after = held[held["step"] > 1]
    dear = after[after["lost"] >= max(2, 0.04 * first)].nlargest(COSTLY, "lost").sort_values("step")
    per_pixel = most * 1.05 / height
    wanted = [height - (row["n_models"] + row["lost"] / 2) / per_pixel for row in theme.rows_of(dear)]
    rows: dict[str, list[Json]] = {"right": [], "left": []}
    lines: list[Json] = []
    for row, y in zip(theme.rows_of(dear), spread(wanted, 15, 10, height - 8), strict=True):
        x = (row["step"] - 1) / (n_metrics - 1) * width
        text = f"−{row["lost"]}  {theme.fit(row["metric"], width * 0.48, 11)}"
        align, side = ("right", -1) if x > text_width(text, 11) + 24 else ("left", 1)
        per_step = (n_metrics - 1) / width
        v = (height - y) * per_pixel
        fall = row["n_models"] + row["lost"] / 2
        rows[align].append({"step": row["step"] + side * 18 * per_step, "n_models": v, "t": text})
        lines.append(
            {"step": row["step"] + side * 2 * per_step, "n_models": fall, "x2": row["step"] + side * 15 * per_step, "y2": v}
        )
    if not lines:
        return []
    leaders = alt.Chart(theme.records(lines)).mark_rule(strokeOpacity=0.45, strokeWidth=0.8)
    return [leaders.encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), **axes)] + [
        alt.Chart(theme.records(found))
        .mark_text(align=align, baseline="middle", fontSize=11)
        .encode(text=alt.Text("t:N"), **axes)
        for align, found in rows.items()
        if found
    ]


def _end(held: pd.DataFrame, axes: Json) -> alt.Chart:
    """How many models are left."""
    rows: list[Json] = [
        {"step": int(row["step"]), "n_models": int(row["n_models"]), "t": f"{row["n_models"]:,}"}
        for row in theme.rows_of(held.tail(1))
    ]
    return (
        alt.Chart(theme.records(rows))
        .mark_text(align="left", baseline="middle", dx=8, fontWeight="bold")
        .encode(text=alt.Text("t:N"), **axes)
    )
