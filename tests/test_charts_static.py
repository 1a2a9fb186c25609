"""A chart as SVG, PNG and specification."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import altair as alt
import pytest
import vl_convert
from conftest import ROOT
from pictures import (
    draw_coverage,
    draw_heatmap,
    draw_scatter,
    draw_slopes,
    elements,
    picture,
    texts,
)

from builder.charts import marks, static
from builder.charts.theme import FONT


def one_point(**options: object) -> alt.LayerChart:
    point = marks.mark("point", marks.records([{"x": 1, "y": 1}]), **options)
    return marks.themed(marks.panel([point.encode(x="x:Q", y="y:Q")], 40, 30))


def test_of_vegas_own_attributes_none_is_left() -> None:
    root, *inner = elements(picture(draw_heatmap(9, 10)))

    assert root["class"] == "chart"
    assert not {"class", "role", "aria-roledescription", "pointer-events"} & {
        name for element in inner for name in element.attributes
    }


def test_the_label_is_the_pictures_text_alternative() -> None:
    root = elements(static.render(one_point(), "fig", '<Neural> & "behavior"').svg)[0]

    assert root["role"] == "img"
    assert root["aria-label"] == '<Neural> & "behavior"'
    assert root["aria-hidden"] == ""


def test_a_picture_without_a_label_is_hidden_from_screen_readers() -> None:
    root = elements(static.render(one_point(), "fig").svg)[0]

    assert root["aria-hidden"] == "true"
    assert root["role"] == ""


def test_the_picture_says_its_own_size() -> None:
    rendered = static.render(draw_heatmap(9, 12), "fig")
    root = elements(rendered.svg)[0]

    assert (float(root["width"]), float(root["height"])) == (rendered.width, rendered.height)
    assert root["viewBox"] == f"0 0 {rendered.width} {rendered.height}"


def test_a_figure_wider_than_a_phone_can_show_is_wide() -> None:
    assert static.render(draw_heatmap(9, 50), "fig").wide
    assert not static.render(draw_scatter(9, 2), "fig").wide


def test_text_and_lines_take_the_pages_colour() -> None:
    inks = {e["fill"] for e in elements(picture(draw_coverage(5, 5))) if e.tag == "text"}

    assert inks == {"currentColor"}


def test_points_are_circles_and_colours_are_short() -> None:
    svg = picture(draw_scatter(50, 2))

    circles = [element for element in elements(svg) if element.tag == "circle"]
    assert len(circles) == 50
    assert all(float(circle["r"]) > 1 for circle in circles)
    assert "rgb(" not in svg


def test_a_circle_has_the_size_that_vega_gave_it() -> None:
    (circle,) = [e for e in elements(picture(one_point(size=400))) if e.tag == "circle"]

    assert float(circle["r"]) == 10


def test_numbers_in_the_picture_have_two_decimals_at_most() -> None:
    for element in elements(picture(draw_slopes(12, 4))):
        for name in ("d", "transform", "x2", "y2"):
            for number in element[name].replace(",", " ").replace("(", " ").replace(")", " ").split():
                assert len(number.partition(".")[2]) <= 2


def test_marks_that_draw_nothing_are_left_out() -> None:
    svg = picture(draw_heatmap(9, 10))

    unseen = [e for e in elements(svg) if e["fill-opacity"] == "0" and e["stroke-width"] == "0"]
    assert not unseen


def test_what_siblings_share_is_said_once() -> None:
    svg = picture(draw_heatmap(9, 10))

    assert svg.count("font-family") < 12
    assert len([e for e in elements(svg) if e.tag == "text"]) > 60


def test_nothing_is_fetched_even_if_a_specification_asks_for_it() -> None:
    spec = static.to_spec(one_point())
    spec["layer"][0]["data"] = {"url": "https://example.org/data.csv"}

    with pytest.raises(ValueError, match="not allowed"):
        static.to_svg(spec, "fig")


def test_a_png_has_two_pixels_for_each_of_the_svgs() -> None:
    rendered = static.render(draw_heatmap(9, 5), "fig", "x")

    png = static.to_png(rendered.svg)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (2 * rendered.width, 2 * rendered.height)
    assert static.to_png(rendered.svg) == png


def test_a_packed_png_is_the_same_picture() -> None:
    raw = vl_convert.svg_to_png(static.render(draw_heatmap(9, 5), "fig", "x").svg)

    packed = static._packed(raw)

    assert len(packed) < len(raw)
    assert _pixels(packed) == _pixels(raw)


def _pixels(png: bytes) -> tuple[bytes, bytes]:
    """Header and unpacked pixels; every chunk's checksum is checked."""
    at, header, data = 8, b"", b""
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        body = png[at + 4 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size) == (zlib.crc32(body),)
        header += body if body[:4] == b"IHDR" else b""
        data += body[4:] if body[:4] == b"IDAT" else b""
        at += size + 12
    return header, zlib.decompress(data)


def test_a_picture_is_measured_with_the_renderers_own_font_and_drawn_in_the_readers() -> None:
    svg = picture(draw_heatmap(9, 5))

    assert {text["font-family"] for text in texts(svg)} == {FONT}
    assert f'"{static.MEASURED_FONT}"' not in svg


def test_the_renderer_sees_no_font_of_the_machine_and_the_environment_stays() -> None:
    code = (
        "import os, sys; from builder.charts import static;"
        "spec = {'mark': {'type': 'text', 'font': sys.argv[1]}, 'width': 50, 'height': 50,"
        " 'data': {'values': [{}]}, 'encoding': {'text': {'value': 'Wide words'}}};"
        "before = dict(os.environ);"
        "print(static.to_png(static.to_svg(spec, 'f')).hex());"
        "assert dict(os.environ) == before"
    )
    if not any(Path("/usr/share/fonts").rglob("DejaVuSerif.ttf")):
        pytest.skip("this machine has no DejaVu Serif that the renderer could see")
    # A font that the machine has would be drawn as itself; without the machine's, both are the fallback.
    there, absent = (
        subprocess.run(
            [sys.executable, "-c", code, font], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for font in ("DejaVu Serif", "No Such Font")
    )
    assert there == absent


def test_line_separators_do_not_end_a_script() -> None:
    rendered = static.Rendered("", {"title": "a\u2028b\u2029</script>"}, 1, 1)

    assert rendered.spec_json == '{"title":"a\\u2028b\\u2029\\u003c/script>"}'


def test_the_script_draws_without_evaluating_strings() -> None:
    script = static.javascript_bundle()

    assert "export{draw as draw}" in script
    assert "ast:true" in script[-400:]
