"""What all charts share: colours and their meaning, type, the Vega-Lite configuration, inline data.

A colour means one thing on the whole site. Every colour here keeps a contrast of at least 3:1 against white
and against a dark slate page (#1e2129), but for the ends of `RANK`, whose marks get an outline. Text, axes and
ticks are `currentColor`: they follow the page into dark mode without being drawn again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import altair as alt
import pandas as pd

FONT = "system-ui, sans-serif"
"""No font is shipped. The renderer knows no `system-ui` and measures with its own sans-serif, on any machine."""
INK = "currentColor"
SOFT = 0.72
"""Opacity of secondary text: above 4.5:1 on both backgrounds."""
FAINT = 0.14
"""Opacity of grid lines."""

ACCENT = "#12889c"
"""A single series; scored cells."""
MOVED = "#d93a3f"
"""Moved by more places than the threshold; nothing else is red."""
ROLE_COLOURS = ("#3b7dc8", "#cc6f1c", "#808893", "#b0588f", "#6f8f2f", "#12889c")
"""Groups in the order of the tree: neural, behavior, engineering, ..."""
ROLE_SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
"""The second cue beside `ROLE_COLOURS`."""
POSITIVE, NEGATIVE = "#3c8f45", "#9159b8"
"""Sign of a correlation; its size is the opacity, so that zero fades into any page."""
RANK = ("#5a3fa3", "#3b6fb8", "#1f9a8a", "#79b83f", "#e3b21f")
"""Last place to first place: brighter is better, as in Ahlert et al. (2024), Fig. 2; even in luminance."""

LONGEST_TEXT = 90
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]+")

Json = dict[str, Any]
LayeredOrConcat = TypeVar("LayeredOrConcat", alt.LayerChart, alt.ConcatChart)

CONFIG: Json = {
    # A figure is one image to a screen reader; the page holds its text alternative.
    "aria": False,
    "background": "transparent",
    "font": FONT,
    # The reader's own type may be wider than the one that the picture was measured with.
    "padding": {"left": 14, "right": 14, "top": 6, "bottom": 10},
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "labelOpacity": SOFT,
        "labelFontSize": 12,
        "labelPadding": 5,
        "titleColor": INK,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "domain": False,
        "ticks": False,
        "tickCount": 5,
        "gridColor": INK,
        "gridOpacity": FAINT,
    },
    "text": {"fill": INK, "fontSize": 12},
    "rule": {"stroke": INK},
}


def short(text: object, longest: int = LONGEST_TEXT) -> str:
    """Outside text as one line that XML may hold: control characters become spaces, a long tail becomes `…`."""
    line = _UNPRINTABLE.sub(" ", str(text)).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in pixels, about: good enough to tell whether a label fits, a little generous."""
    narrow = sum(character in "iIjltfr.,:;'|!()[]- " for character in text)
    wide = sum(character in "mwMW@%" for character in text)
    units = 0.56 * (len(text) - narrow - wide) + 0.31 * narrow + 0.87 * wide
    return units * size * (1.08 if bold else 1.0)


def fit(text: object, width: float, size: float = 12, bold: bool = False) -> str:
    """Outside text cut in its middle to about `width` pixels: what tells metrics apart is often their end.

    Done here because the renderer takes milliseconds to cut one label by its `limit`.
    """
    line = short(text)
    if text_width(line, size, bold) <= width:
        return line
    for kept in range(len(line) - 1, 1, -1):
        head = kept * 2 // 5
        cut = f"{line[:head].rstrip()}…{line[len(line) - kept + head :].lstrip()}"
        if text_width(cut, size, bold) <= width:
            return cut
    return "…"


def wrap(text: object, width: float, lines: int, size: float = 12, bold: bool = False) -> list[str]:
    """Outside text in at most that many lines of about `width` pixels, broken at spaces, each cut if need be."""
    found: list[str] = []
    for word in short(text).split(" "):
        longer = f"{found[-1]} {word}" if found else word
        if found and (len(found) == lines or text_width(longer, size, bold) <= width):
            found[-1] = longer
        else:
            found.append(word)
    return [fit(line, width, size, bold) for line in found]


def rows_of(frame: pd.DataFrame) -> list[Json]:
    """The frame's rows as dictionaries of plain Python values."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def inline(frame: pd.DataFrame, digits: int = 4) -> alt.InlineData:
    """The frame as CSV inside the specification: a third of the size of JSON records.

    Numbers keep `digits` significant digits, a missing one reads as null; text columns must be `short` already.
    """
    held = frame.copy()
    parse: dict[str, str] = {}
    for column in held.columns:
        if pd.api.types.is_bool_dtype(held[column]):
            held[column] = held[column].astype("int8")
        if pd.api.types.is_numeric_dtype(held[column]):
            parse[str(column)] = "number"
        if pd.api.types.is_float_dtype(held[column]):
            values = held[column].to_numpy(float)
            held[column] = ["" if v != v else f"{v:.{digits}g}" for v in values]
    text = io.StringIO()
    held.to_csv(text, index=False, lineterminator="\n")
    return alt.InlineData(values=text.getvalue(), format=alt.CsvDataFormat(type="csv", parse=parse))


def records(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    """A handful of rows (labels, rules, legend keys) as inline data."""
    return alt.InlineData(values=[dict(row) for row in rows])


def themed(chart: LayeredOrConcat) -> LayeredOrConcat:
    """The chart with the project's configuration."""
    return chart.configure(**CONFIG)
