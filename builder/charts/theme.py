"""What all charts share: colours and their meaning, type, the Vega-Lite configuration.

A colour means one thing on the whole site. Every colour here keeps a contrast of at least 3:1 against
white and against a dark slate page (#1e2129), but for the ends of `RANK`, whose marks get an outline. Text,
axes and ticks are `currentColor`: they follow the page into dark mode without being drawn again.
"""

from __future__ import annotations

from typing import Any

FONT = "Helvetica, Arial, Liberation Sans, sans-serif"
"""No font is shipped. These have one set of widths, that of `static.MEASURED_FONT`, and nearly every machine
has one of them, so that labels take the room they were measured for."""
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

Json = dict[str, Any]

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
        "labelFlush": False,
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
