"""A chart as bytes: its specification, an SVG that any page can hold, a PNG; and the script for live ones."""

from __future__ import annotations

import json
import os
import re
import struct
import tempfile
import xml.etree.ElementTree as ET
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import vl_convert

from builder.charts.theme import FONT, Json

if TYPE_CHECKING:  # a process that only draws does without
    import altair as alt

Chart: TypeAlias = "alt.Chart | alt.LayerChart | alt.ConcatChart"

WIDEST_ON_A_PHONE = 530
"""Pixels. A wider figure becomes illegible when it is shrunk to a phone: it should scroll in its own box."""
MEASURED_FONT = "Liberation Sans, sans-serif"
"""What the renderer ships and measures with: a picture is the same on every machine."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg"
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NUMERIC_ATTRIBUTES = {"d", "transform", "x2", "y2", "fill-opacity", "stroke-opacity", "opacity", "offset"}
_RGB = re.compile(r"rgb\((\d+), (\d+), (\d+)\)")
_CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")
_INHERITED = (
    "fill", "stroke", "stroke-width", "stroke-opacity",
    "font-family", "font-size", "font-weight", "text-anchor",
)  # fmt: skip
EMBED = """
export function draw(element, spec) {
  return vegaEmbed(element, spec, {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  });
}
"""
"""The module that pages import: draws a specification into an element."""


@dataclass(frozen=True)
class Rendered:
    """One figure: the SVG to put into a page and the specification that makes the same figure live."""

    svg: str
    spec: Json
    width: int
    """Intrinsic pixels; at this width type is 12 pixels high."""
    height: int

    @property
    def wide(self) -> bool:
        """Whether the figure should scroll in its box on a phone instead of shrinking to it."""
        return self.width > WIDEST_ON_A_PHONE

    @property
    def spec_json(self) -> str:
        """The specification as compact JSON that is safe inside a script element."""
        text = json.dumps(self.spec, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def render(chart: Chart, figure_id: str, label: str = "") -> Rendered:
    """The chart as SVG and specification.

    `figure_id` is unique on the page: every id inside the SVG starts with it. `label` is the text
    alternative; without one the SVG is hidden from screen readers (the page then says it in words).
    """
    spec = to_spec(chart)
    return rendered(spec, to_svg(spec, figure_id, label))


def rendered(spec: Json, svg: str) -> Rendered:
    """A figure from its specification and the SVG that `to_svg` made of it."""
    width, height = (round(float(value)) for value in re.findall(r' (?:width|height)="([\d.]+)"', svg)[:2])
    return Rendered(svg, spec, width, height)


def to_spec(chart: Chart) -> Json:
    """The chart's Vega-Lite specification; not validated (the tests do that), which is four times faster."""
    spec: Json = chart.to_dict(validate=False)
    for name, values in spec.get("datasets", {}).items():
        if isinstance(values, tuple):
            spec["datasets"][name] = list(values)
    return spec


@cache
def _only_own_fonts() -> None:
    """Have the renderer look for no fonts but those that it ships.

    It looks once, when it draws first. With a system's fonts a picture would depend on the machine, and where
    Liberation Sans is installed the renderer would read its file for every label, four times as slow.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory(prefix="alignboard-fonts-") as folder:
        settings = Path(folder) / "fonts.conf"
        settings.write_text(f"<fontconfig><dir>{escape(folder)}</dir></fontconfig>", encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(settings)
        try:
            one_word = {"mark": "text", "data": {"values": [{}]}, "encoding": {"text": {"value": "x"}}}
            vl_convert.vegalite_to_svg(one_word)
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before


def to_svg(spec: Json, figure_id: str, label: str = "") -> str:
    """The specification as an SVG element to put into a page: same specification and id, same bytes.

    Text is escaped, ids start with `figure_id`, nothing refers outside, numbers have two decimals.
    """
    _only_own_fonts()
    measured = spec | {"config": spec.get("config", {}) | {"font": MEASURED_FONT}}
    raw = vl_convert.vegalite_to_svg(measured, allowed_base_urls=[])
    ET.register_namespace("", _SVG)
    root = ET.fromstring(raw)  # noqa: S314 (the renderer's own output)
    _tidy(root)
    _name_ids(root, figure_id)
    root.attrib = {
        "class": "chart",
        "width": root.get("width", ""),
        "height": root.get("height", ""),
        "viewBox": root.get("viewBox", ""),
        "overflow": "visible",
        **({"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}),
    }
    return ET.tostring(root, encoding="unicode")


def _tidy(root: ET.Element) -> None:
    """Drop what a still picture does not need, shorten numbers, say once what siblings have in common."""
    for parent in root.iter():
        kept = [child for child in parent if not _invisible(child)]
        if len(kept) < len(parent):
            parent[:] = kept
    for element in root.iter():
        for name in ("class", "role", "aria-roledescription", "aria-hidden", "pointer-events"):
            element.attrib.pop(name, None)
        if element.get("font-family") == MEASURED_FONT:
            element.set("font-family", FONT)
        if element.get("stroke-width") == "0" or element.get("stroke-opacity") == "0":
            for name in ("stroke", "stroke-width", "stroke-opacity"):
                element.attrib.pop(name, None)
        if element.get("opacity") == "1":
            del element.attrib["opacity"]
        for name in _NUMERIC_ATTRIBUTES & element.attrib.keys():
            element.set(name, _LONG_NUMBER.sub(_two_decimals, element.attrib[name]))
        for name in {"fill", "stroke", "stop-color"} & element.attrib.keys():
            element.set(name, _RGB.sub(_hexadecimal, element.attrib[name]))
        circle = _CIRCLE.fullmatch(element.get("d", ""))
        if circle:
            del element.attrib["d"]
            element.tag = f"{{{_SVG}}}circle"
            element.set("r", circle[1])
    for element in root.iter(f"{{{_SVG}}}g"):
        _hoist(element)


def _invisible(element: ET.Element) -> bool:
    """Frames that Vega writes for events and clipping, and marks that draw nothing."""
    background = element.get("class") == "background" and not {"fill", "stroke"} & element.attrib.keys()
    unseen = element.get("fill-opacity") == "0" and element.get("stroke-width") == "0"
    return background or unseen or element.get("display") == "none"


def _hoist(group: ET.Element) -> None:
    """Give a group the inheritable attributes that most of its children share (all must have their own)."""
    if len(group) < 2 or "transform" in group.attrib:
        return
    for name in _INHERITED:
        values = Counter(child.get(name) for child in group)
        if None in values or name in group.attrib:
            continue
        common = values.most_common(1)[0][0]
        group.set(name, str(common))
        for child in group:
            if child.get(name) == common:
                del child.attrib[name]


def _two_decimals(match: re.Match[str]) -> str:
    return _shortened(match.group())


@lru_cache(maxsize=2**14)
def _shortened(number: str) -> str:
    short = f"{float(number):.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _hexadecimal(match: re.Match[str]) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in match.groups())


def _name_ids(root: ET.Element, figure_id: str) -> None:
    """Number ids in document order under the figure's own: the renderer counts on between charts."""
    names: dict[str, str] = {}
    for element in root.iter():
        if "id" in element.attrib:
            name = names.setdefault(element.attrib["id"], f"{figure_id}-{len(names) + 1}")
            element.set("id", name)
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if "url(#" in value:
                element.set(attribute, _REFERENCE.sub(lambda m: f"url(#{names[m.group(1)]})", value))


def to_png(svg: str, scale: float = 2.0) -> bytes:
    """The SVG as PNG on white, with the same type on every machine; `scale` is pixels per CSS pixel."""
    _only_own_fonts()
    root = ET.fromstring(svg.replace(f'"{FONT}"', f'"{MEASURED_FONT}"'))  # noqa: S314 (from to_svg)
    paper = ET.Element(f"{{{_SVG}}}rect", {"width": "100%", "height": "100%", "fill": "#fff"})
    root.insert(0, paper)
    root.set("color", "#1c1e22")
    return _packed(vl_convert.svg_to_png(ET.tostring(root, encoding="unicode"), scale=scale))


def _packed(png: bytes) -> bytes:
    """The same picture in about a quarter of the bytes: the renderer hardly compresses, to be quick."""
    chunks: list[tuple[bytes, bytes]] = []
    at = len(_PNG)
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + size]))
        at += size + 12
    pixels = zlib.compress(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")), 6)
    kept = [(kind, data) for kind, data in chunks if kind not in {b"IDAT", b"IEND"}]
    packed = [*kept, (b"IDAT", pixels), (b"IEND", b"")]
    return _PNG + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in packed
    )


@cache
def javascript_bundle() -> str:
    """One ES module with Vega, Vega-Lite and Vega-Embed that exports `draw(element, spec)`.

    It uses Vega's expression interpreter: the page's policy needs no `unsafe-eval`. About 900 kB, 305 kB
    compressed; write it once under a name with its hash and load it when a figure is to become live.
    """
    return vl_convert.javascript_bundle(EMBED)
