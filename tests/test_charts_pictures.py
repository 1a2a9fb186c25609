"""What holds of every chart: valid, well-formed, inert, the same bytes twice, at any size, with any text."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pictures import (
    DRAWS,
    HOSTILE,
    INERT,
    Draw,
    draw_clusters,
    draw_coverage,
    draw_explained,
    draw_heatmap,
    draw_scatter,
    draw_slopes,
    draw_staircase,
    elements,
    picture,
    words,
)

from builder.charts import (
    static,
)
from builder.charts.text import short

SIZES = {
    "empty": (0, 0),
    "one": (1, 1),
    "no-metric": (5, 0),
    "one-model": (1, 12),
    "one-metric": (12, 1),
    "two": (2, 2),
    "usual": (30, 10),
    "huge": (450, 130),
}
every_chart = pytest.mark.parametrize("draw", DRAWS.values(), ids=list(DRAWS))
every_size = pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))


@every_size
@every_chart
def test_every_specification_obeys_altairs_schema_at_every_size(draw: Draw, size: tuple[int, int]) -> None:
    spec = draw(*size).to_dict(validate=True)

    assert "layer" in spec or "concat" in spec


@every_size
@every_chart
def test_every_picture_is_inert_xml_at_every_size(draw: Draw, size: tuple[int, int]) -> None:
    svg = picture(draw(*size), "fig")

    found = elements(svg)
    assert {element.tag for element in found} <= INERT
    known = {element["id"] for element in found if element["id"]}
    assert all(name.startswith("fig-") for name in known)
    for element in found:
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            assert not name.endswith("href")
            assert "javascript:" not in value
            if "url(" in value:
                assert value.startswith("url(#")
                assert value[5:-1] in known
            if name in ("x", "y", "x2", "y2", "d", "transform", "width", "height"):
                assert "NaN" not in value
                assert "undefined" not in value
    assert float(found[0]["width"]) > 0
    assert float(found[0]["height"]) > 0


@every_chart
def test_same_data_makes_the_same_bytes_whatever_was_drawn_between(draw: Draw) -> None:
    first = static.render(draw(30, 10), "fig")
    picture(draw_scatter(9, 3))

    second = static.render(draw(30, 10), "fig")

    assert second.svg == first.svg
    assert second.spec_json == first.spec_json


@every_chart
def test_the_live_specification_needs_no_network(draw: Draw) -> None:
    spec = static.to_spec(draw(30, 10))
    schema = spec.pop("$schema")

    def walk(value: object) -> Iterator[tuple[str, object]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key, inner
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    assert schema.startswith("https://vega.github.io/schema/vega-lite/")  # a name: Vega does not fetch it
    assert not {key for key, _ in walk(spec)} & {"url", "href", "loader", "image", "usermeta"}
    assert not [value for _, value in walk(spec) if isinstance(value, str) and "://" in value]


@every_chart
def test_the_specification_is_safe_inside_a_script_element(draw: Draw) -> None:
    rendered = static.render(draw(30, 10), "fig")

    assert "<" not in rendered.spec_json
    assert json.loads(rendered.spec_json) == rendered.spec


SHORT_NAMES = HOSTILE[:6]


@pytest.mark.parametrize(
    ("draw", "size"),
    [
        (draw_heatmap, (9, 6)),
        (draw_clusters, (9, 6)),
        (draw_coverage, (6, 6)),
        (draw_explained, (6, 6)),
        (draw_staircase, (6, 6)),
    ],
    ids=["heatmap", "clusters", "coverage", "explained", "staircase"],
)
def test_hostile_names_are_written_as_they_are(draw: Draw, size: tuple[int, int]) -> None:
    written = words(picture(draw(*size)))

    for name in SHORT_NAMES:
        assert short(name) in written


def test_hostile_names_of_models_are_written_as_they_are() -> None:
    slopes, scatter = (words(picture(draw(3, 2))) for draw in (draw_slopes, draw_scatter))

    for name in HOSTILE[:3]:
        assert any(word.startswith(short(name)) for word in slopes)
        assert short(name) in scatter


@every_chart
def test_a_name_of_three_hundred_characters_does_not_widen_the_picture(draw: Draw) -> None:
    rendered = static.render(draw(10, 10), "fig")

    assert rendered.width < 1050
    assert not [word for word in words(rendered.svg) if len(word) > 95]
