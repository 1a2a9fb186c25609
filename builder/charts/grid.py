"""A square of cells, one for each pair of things: the glyphs, numbers and dots that stand in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from builder.charts.marks import inline, mark, texts, tooltip, with_names
from builder.charts.theme import INK, NEGATIVE, POSITIVE, Json

SMALL = 0.5
"""Side of a non-significant glyph, as a share of a significant one's."""
BAR = 0.4
"""Height of a negative glyph, as a share of a square's: a minus sign, which reads without colour."""


@dataclass(frozen=True)
class Grid:
    """A square of n x n cells whose centres are the whole numbers from 0."""

    n: int
    size: float
    """Pixels a side of a cell."""
    numbers: bool
    """Whether the cells are to hold their coefficients."""

    @property
    def side(self) -> float:
        """Pixels a side of the whole square."""
        return self.n * self.size

    def axes(self, c: str = "c", r: str = "r") -> Json:
        """Channels x and y for the fields of column and row, without axes."""
        low, high = -0.5, self.n - 0.5
        return {
            "x": alt.X(f"{c}:Q", axis=None, scale=alt.Scale(domain=[low, high], nice=False, zero=False)),
            "y": alt.Y(f"{r}:Q", axis=None, scale=alt.Scale(domain=[high, low], nice=False, zero=False)),
        }

    def cells(self, pixels: float) -> float:
        """A length in pixels as a number of cells."""
        return pixels / self.size

    def texts(self, rows: list[Json], **options: Any) -> alt.Chart:
        """Text `t` at `c`, `r`."""
        return texts(rows, self.axes(), **options)


def glyphs(grid: Grid, frame: pd.DataFrame, half: float) -> alt.Chart:
    """One mark a cell: square or bar from the sign of `v`, opacity from its size, side from `s`.

    `half` is half the side of a significant glyph, in cells. Where the cells hold numbers, these
    show sign and significance: all glyphs are squares, and only the significant ones are tinted.
    """
    drawn = mark("rect", inline(frame), strokeWidth=0)
    if grid.numbers:
        drawn = drawn.transform_calculate(a="datum.s ? abs(datum.v) : 0", h=f"{half:.4f}", k="datum.h")
    else:
        side = f"datum.s ? {half:.4f} : {half * SMALL:.4f}"
        drawn = drawn.transform_calculate(
            a="abs(datum.v)", h=side, k=f"datum.v < 0 ? datum.h * {BAR} : datum.h"
        )
    drawn = drawn.transform_calculate(
        x1="datum.c - datum.h", x2="datum.c + datum.h", y1="datum.r - datum.k", y2="datum.r + datum.k"
    )
    encoded = grid.axes("x1", "y1") | {
        "x2": alt.X2("x2:Q"),
        "y2": alt.Y2("y2:Q"),
        "fill": alt.FillValue(POSITIVE, condition={"test": "datum.v < 0", "value": NEGATIVE}),
    }
    opacities = [0, 0.6] if grid.numbers else [0.08, 1]
    scale = alt.Scale(domain=[0, 1], range=opacities)
    return drawn.encode(fillOpacity=alt.FillOpacity("a:Q", legend=None, scale=scale), **encoded)


def named_cells(
    drawn: alt.Chart, labels: Iterable[str], coefficient: str, *, pairs: bool = True
) -> alt.Chart:
    """The glyphs with what a pointer shows: both metrics, the coefficient, n and p; of blocks no p."""
    pointer = [
        tooltip("row:N", "metric" if pairs else "metrics"),
        tooltip("column:N", "with"),
        tooltip("v:Q", coefficient, ".3f"),
        tooltip("n:Q", "models" if pairs else "pairs"),
    ]
    if pairs:
        pointer += [tooltip("p:Q", "p", ".2g"), tooltip("q:Q", "p, Bonferroni", ".2g")]
    found = with_names(drawn, labels, row="r", column="c")
    return found.encode(tooltip=pointer).properties(name="cells")


def number_cells(grid: Grid, frame: pd.DataFrame) -> alt.Chart:
    """Coefficients x 100 without a leading zero, the significant ones bold."""
    weight = alt.ExprRef("datum.s ? 'bold' : 'normal'")
    size = min(12, grid.size * 0.36)
    held = inline(frame[["c", "r", "v", "s"]])
    drawn = mark("text", held, fontSize=size, fontWeight=weight, baseline="middle")
    written = drawn.transform_calculate(t="replace(format(datum.v, '.2f'), '0.', '.')")
    return written.encode(text=alt.Text("t:N"), **grid.axes())


def undefined_cells(grid: Grid, frame: pd.DataFrame) -> alt.Chart:
    """A dot where the coefficient is not defined."""
    dot: Json = {"size": 3, "filled": True, "fill": INK, "opacity": 0.5, "strokeWidth": 0}
    return mark("point", inline(frame[["c", "r"]]), **dot).encode(**grid.axes())
