"""Text and colours of pictures that are drawn here and not from a chart: cards, figures of rankings."""

from __future__ import annotations

import bisect
import io
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from builder.site.words import printable

PAPER, INK, SOFT, ACCENT, BAR = 255, 17, 102, 1, 0
"""Levels of grey while drawing; the two lowest, which no text reaches, stand for colours."""
COLOURS = ((159, 203, 211), (11, 102, 120))
"""Red, green and blue of `BAR` and `ACCENT`."""
LONGEST = 1000
"""Characters of a text that are looked at: no picture has room for more."""
_LEVELS = 14
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_MISSING = "\uffff"
"""No character, so that no font has it: it is drawn as what the font lacks."""
_LIKE = dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}", "-")
"""Signs that are drawn as others."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


@lru_cache(1 << 14)
def length(text: str, size: int) -> float:
    """How wide a line of text is, in pixels."""
    return font(size).getlength(text)


def drawable(text: str) -> str:
    """The text as the font can draw it: a letter that it lacks as the letter that this is made from, or not.

    "é" is drawn as "e"; of a name in another script nothing may be left.
    """
    plain = "".join(_LIKE.get(sign) or _sign(sign) for sign in printable(text))
    return " ".join(plain.split())


@cache
def _sign(sign: str) -> str:
    """The sign, or what of its compatibility decomposition the font has."""
    if sign.isspace() or _has(sign):
        return sign
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if part.isspace() or _has(part))


def _has(sign: str) -> bool:
    """Whether the font has the sign, and not its missing glyph, a box."""
    return bool(sign.isprintable() and _drawn(sign) != _drawn(_MISSING) and unicodedata.combining(sign) == 0)


@cache
def _drawn(sign: str) -> bytes:
    mask = font(32).getmask(sign)
    return bytes(f"{mask.size}", "ascii") + bytes(mask)


def write(draw: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int, level: int, width: int) -> None:
    """Text that is cut where it would be wider than `width` pixels."""
    draw.text((x, y), cut(drawable(text), size, width), fill=level, font=font(size))


def cut(text: str, size: int, width: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    text = text[:LONGEST]
    if length(text, size) <= width:
        return text
    return text[: _most(len(text), width, lambda n: text[:n] + _ELLIPSIS, size)].rstrip() + _ELLIPSIS


def _most(longest: int, width: int, part: Callable[[int], str], size: int) -> int:
    """The largest n up to `longest` whose part is no wider than `width`; 0 where none is."""
    return bisect.bisect_right(range(1, longest + 1), float(width), key=lambda n: length(part(n), size))


def lines(text: str, size: int, width: int) -> list[str]:
    """At most two lines; what does not fit into the second is cut when it is written."""
    text = text[:LONGEST]
    words = text.split(" ")
    first = " ".join(words[: max(1, _most(len(words), width, lambda n: " ".join(words[:n]), size))])
    rest = text[len(first) + 1 :]
    return [first, rest] if rest else [first]


def png(image: Image.Image) -> bytes:
    """The greys in 14 steps and two colours, four bits each."""
    levels = np.arange(256)
    table = np.round((levels - INK) / (PAPER - INK) * (_LEVELS - 1)).clip(0, _LEVELS - 1) + 2
    table[BAR], table[ACCENT] = 0, 1
    small = image.point(table.astype(int).tolist(), "P")
    greys = np.linspace(INK, PAPER, _LEVELS).round().astype(int).tolist()
    small.putpalette([part for colour in (*COLOURS, *((g, g, g) for g in greys)) for part in colour])
    out = io.BytesIO()
    small.save(out, "PNG", bits=4)
    return out.getvalue()
