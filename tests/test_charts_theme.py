"""Colours that can be seen on both pages, and data and text that reach the chart as they are."""

from __future__ import annotations

import csv
import io

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import HOSTILE

from builder.charts import marks, theme
from builder.charts.text import short
from builder.charts.theme import Json

PAGES = {"white": "#ffffff", "slate": "#1e2129"}
COLOURS = {theme.ACCENT, theme.MOVED, *theme.ROLE_COLOURS, theme.POSITIVE, theme.NEGATIVE}


def channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(rgb: list[float]) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_every_colour_stands_out_from_both_pages(colour: str, page: str) -> None:
    assert contrast(channels(colour), channels(PAGES[page])) >= 3


@pytest.mark.parametrize(("page", "ink"), [("white", "#1c1e22"), ("slate", "#e4e6ea")])
def test_secondary_text_can_be_read_on_both_pages(page: str, ink: str) -> None:
    paper = channels(PAGES[page])
    mixed = [theme.SOFT * i + (1 - theme.SOFT) * p for i, p in zip(channels(ink), paper, strict=True)]

    assert contrast(mixed, paper) >= 4.5


def test_better_places_are_brighter() -> None:
    steps = [luminance(channels(colour)) for colour in theme.RANK]

    assert steps == sorted(steps)


def test_red_is_for_moves_only() -> None:
    assert theme.MOVED not in {*theme.ROLE_COLOURS, *theme.RANK, theme.ACCENT, theme.POSITIVE, theme.NEGATIVE}


def test_every_group_has_a_shape_as_well_as_a_colour() -> None:
    assert len(set(theme.ROLE_SHAPES)) == len(set(theme.ROLE_COLOURS)) == len(theme.ROLE_COLOURS)


def read(data: alt.InlineData) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.to_dict()["values"])))


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_any_text_comes_back_from_inline_data(texts: list[str]) -> None:
    lines = [short(text) for text in texts]

    assert [row["t"] for row in read(marks.inline(pd.DataFrame({"t": lines, "i": 1})))] == lines


def test_inline_numbers_keep_four_digits_and_a_missing_one_is_empty() -> None:
    frame = pd.DataFrame({"v": [1 / 3, np.nan, 12345.678, -1e-9], "n": [1, 2, 3, 4], "b": [True, False] * 2})

    data = marks.inline(frame)

    assert [row["v"] for row in read(data)] == ["0.3333", "", "1.235e+04", "-1e-09"]
    assert [row["b"] for row in read(data)] == ["1", "0", "1", "0"]
    assert data.to_dict()["format"]["parse"] == {"v": "number", "n": "number", "b": "number"}


def test_names_are_looked_up_by_their_position() -> None:
    chart = marks.with_names(marks.mark("rect", marks.records([{"k": 0}])), HOSTILE, scheme="k").to_dict()

    (lookup,) = chart["transform"]
    assert (lookup["lookup"], lookup["as"]) == ("k", ["scheme"])
    held: list[Json] = chart["datasets"][lookup["from"]["data"]["name"]]
    assert [row["l"] for row in held] == [short(name) for name in HOSTILE]
    assert [row["i"] for row in held] == list(range(len(HOSTILE)))


def test_a_pointers_title_escapes_what_vega_lite_does_not() -> None:
    assert marks.tooltip("x:Q", "a\\")["title"] == "a\\\\"
    assert marks.tooltip("x:Q", "two\nlines", ".3f").to_dict() == {
        "field": "x",
        "format": ".3f",
        "title": "two lines",
        "type": "quantitative",
    }


def test_a_themed_chart_has_the_projects_configuration() -> None:
    layer = marks.texts([{"x": 1, "t": "a"}], {"x": alt.X("x:Q")})

    spec = marks.themed(marks.panel([layer], 10, 20)).to_dict()

    assert (spec["width"], spec["height"]) == (10, 20)
    assert spec["config"].items() >= {k: v for k, v in theme.CONFIG.items() if k != "view"}.items()
    assert spec["config"]["view"]["stroke"] is None
