"""How near schemes come to an order that is known, from setting to setting: one line a scheme and policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.labels import spread
from builder.charts.marks import inline, mark, panel, texts, themed, tooltip
from builder.charts.text import short
from builder.charts.theme import ACCENT, INK, Json

WIDTH, HEIGHT = 220, 250
"""Pixels of the plot; with the names beside it as wide as a phone."""
LINE = 13
"""Pixels of a line of a name."""


class Named(NamedTuple):
    """A line that stands out: its name in lines, and whether it is the best in the end."""

    series: str
    lines: tuple[str, ...]
    best: bool


@debug_mode(False)
def recovery_lines(
    frame: pd.DataFrame, steps: Sequence[str], title: str, named: Sequence[Named]
) -> alt.LayerChart:
    """Correlation with the known order, step by step.

    frame   series, scheme, policy (titles), step (0, 1, ...), rho; a step without a correlation has no row
    steps   a label for each step
    title   what changes from step to step
    named   the lines that stand out, each with a row at the last step
    """
    last = len(steps) - 1
    low = min(0.0, float(frame["rho"].min()) if len(frame) else 0.0)
    labels = ",".join(f"'{short(label)}'" for label in steps)
    axes: Json = {
        "x": alt.X(
            "step:Q", title=title, scale=alt.Scale(domain=[-0.1, max(last, 1)], nice=False),
            axis=alt.Axis(values=list(range(len(steps))), labelExpr=f"[{labels}][datum.value]", grid=False),
        ),
        "y": alt.Y("rho:Q", title="ρ with the true order", scale=alt.Scale(domain=[low, 1], nice=False)),
    }  # fmt: skip
    held = frame.assign(scheme=frame["scheme"].map(short), policy=frame["policy"].map(short))
    pointer = [tooltip("scheme:N", "scheme"), tooltip("policy:N", "policy"), tooltip("rho:Q", "ρ", ".3f")]
    strong = {one.series: one.best for one in named}
    looks = (
        ([one not in strong for one in held["series"]], {"stroke": INK, "strokeWidth": 1, "opacity": 0.22}),
        (
            [strong.get(one) is False for one in held["series"]],
            {"stroke": INK, "strokeWidth": 1.6, "opacity": 0.8},
        ),
        ([strong.get(one) is True for one in held["series"]], {"stroke": ACCENT, "strokeWidth": 3}),
    )
    layers = [
        mark("line", inline(held[chosen]), **look).encode(detail="series:N", tooltip=pointer, **axes)
        for chosen, look in looks
        if any(chosen)
    ]
    return themed(panel([*layers, *_names(held, named, last, low, axes)], WIDTH, HEIGHT))


def _names(held: pd.DataFrame, named: Sequence[Named], last: int, low: float, axes: Json) -> list[alt.Chart]:
    """Beside the last step, clear of one another."""
    ends = held[held["step"] == last]
    at = dict(zip(ends["series"], ends["rho"].astype(float), strict=True))
    tall = LINE * max((len(one.lines) for one in named), default=1) + 4
    wanted = [(1 - at[one.series]) / (1 - low) * HEIGHT for one in named]
    rows: dict[bool, list[Json]] = {}
    for one, y in zip(named, spread(wanted, tall, tall / 2, HEIGHT - tall / 2), strict=True):
        top = y - LINE * (len(one.lines) - 1) / 2
        for k, line in enumerate(one.lines):
            height = 1 - (top + k * LINE) / HEIGHT * (1 - low)
            rows.setdefault(k == 0, []).append({"step": last, "rho": height, "t": short(line)})
    return [
        texts(
            found,
            axes,
            align="left",
            baseline="middle",
            dx=8,
            fontSize=11,
            fontWeight="bold" if first else "normal",
        )
        for first, found in rows.items()
    ]
