"""The figure of a ranking: what it shows, that it shows no more than it has, and that it runs nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from projects import book_of
from samples import Cells

from builder.catalog.study import Study
from builder.results import Certainty, View
from builder.site.book import Book
from builder.site.lettering import length
from builder.site.ranking_figure import FIRST, WIDTH, ranking_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def book(study: Study) -> Book:
    cells: Cells = {f"m{i:02d}": (i / 40, i / 50, (i * 7 % 30) / 30, (i * 11 % 30) / 30) for i in range(30)}
    return book_of(study, cells)


def drawn(book: Book, view: View) -> ElementTree.Element:
    return ElementTree.fromstring(ranking_svg(book, view))


def texts(root: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def test_places_and_likely_places_stand_where_the_axis_says(book: Book) -> None:
    """Read off the picture: two ticks give the scale, by which each dot and bar is its place."""
    view = book.default_view
    assert view is not None
    assert view.certainty.draws
    root = drawn(book, view)
    ticks = {
        int(one.text or ""): float(one.attrib["x"])
        for one in root.iter(f"{SVG}text")
        if one.attrib.get("text-anchor") == "middle"
    }
    (first, left), *_, (last, right) = sorted(ticks.items())
    assert first == 1
    step = (right - left) / (last - first)
    top = view.ranking.head(FIRST)
    dots = [float(one.attrib["cx"]) for one in root.iter(f"{SVG}circle")]
    assert [1 + (x - left) / step for x in dots] == pytest.approx(top["place"].tolist(), abs=0.01)
    bars = [
        (float(one.attrib["x"]) + 3, float(one.attrib["x"]) + float(one.attrib["width"]) - 3)
        for one in root.iter(f"{SVG}rect")
        if one.attrib["fill"] == "#9fcbd3"
    ]
    low, high = ([1 + (end[i] - left) / step for end in bars] for i in (0, 1))
    assert low == pytest.approx(top["low"].tolist(), abs=0.01)
    assert high == pytest.approx(top["high"].tolist(), abs=0.01)
    said = texts(root)
    assert "The first 20 of 30 models. Tiny, snapshot 2025-01-31." in said
    assert f"Dot: place. Bar: where 95 % of {view.certainty.draws} draws of metrics put it." in said
    assert [name for name in said if re.fullmatch(r"m\d\d", name)] == top["model_id"].tolist()


def test_nothing_reaches_beyond_the_figure(book: Book) -> None:
    for view in book.results.views:
        root = drawn(book, view)
        height = float(root.attrib["height"])
        for box in root.iter(f"{SVG}rect"):
            x, y, width, tall = (float(box.attrib.get(k, 0)) for k in ("x", "y", "width", "height"))
            assert x >= 0
            assert x + width <= WIDTH
            assert y + tall <= height
        for one in root.iter(f"{SVG}text"):
            x, size, anchor = (
                float(one.attrib["x"]),
                int(one.attrib.get("font-size", root.attrib["font-size"])),
                one.attrib.get("text-anchor"),
            )
            wide = length(one.text or "", size)
            left = x - {"end": wide, "middle": wide / 2, None: 0}[anchor]
            assert left >= 0
            assert left + wide <= WIDTH


def test_without_draws_bars_are_values_and_there_is_no_axis(book: Book) -> None:
    view = book.default_view
    assert view is not None
    root = drawn(book, replace(view, certainty=Certainty(reason="Only one is ranked.")))
    assert not list(root.iter(f"{SVG}circle"))
    assert "Bar: value, from the last to the first." in texts(root)
    widths = [
        float(one.attrib["width"]) for one in root.iter(f"{SVG}rect") if one.attrib["fill"] == "#9fcbd3"
    ]
    shares = [share for share in view.ranking["display"].head(FIRST) if share > 0]
    assert [width / widths[0] for width in widths] == pytest.approx([s / shares[0] for s in shares], abs=1e-3)


def test_few_models_and_shared_places(study: Study) -> None:
    few = book_of(study)
    view = few.default_view
    assert view is not None
    said = texts(drawn(few, view))
    assert f"{view.n_models} models. Tiny, snapshot 2025-01-31." in said
    tied = replace(view, ranking=view.ranking.assign(place=1))
    assert texts(drawn(few, tied)).count("1=") == view.n_models


def test_a_name_is_text_and_is_cut_where_it_is_too_long(study: Study) -> None:
    names = ["<script>alert(1)</script>", "]]>&\x00\x0b", "x" * 500, "delta", "epsilon", "zeta"]
    book = book_of(study, names=names)
    for view in book.results.views:
        root = drawn(book, view)
        assert not list(root.iter(f"{SVG}script"))
        assert not any(len(text) > 120 for text in texts(root))
    assert any("<script>alert(1)</script>" in texts(drawn(book, view)) for view in book.results.views)
