"""Social cards: what a link to a ranking looks like where it is shared, as a small PNG beside its page."""

from __future__ import annotations

import bisect
import io
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from builder.results import View
from builder.site.book import Book
from builder.site.tables import number_cells
from builder.site.words import counted, printable

CARD = "card.png"
SIZE = (1200, 630)
"""Pixels, as sites that show cards ask for (1.91 : 1)."""
_LEFT, _RIGHT, _NAMES, _BARS, _ROWS = 64, 1136, 130, 650, 5
_PAPER, _INK, _SOFT, _ACCENT, _BAR = 255, 17, 102, 1, 0
"""Levels of grey while drawing; the two lowest, which no text reaches, stand for colours."""
_COLOURS = ((159, 203, 211), (11, 102, 120))
_LEVELS = 14
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_LONGEST = 1000
"""Characters of a text that are looked at: no card has room for more."""
_MISSING = "\uffff"
"""No character, so that no font has it: it is drawn as what the font lacks."""
_LIKE = dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}", "-")
"""Signs that are drawn as others."""


def write_cards(book: Book, tree: Path) -> None:
    """Draw a card for every ranking, below the snapshot's tree."""
    for view in book.results.views:
        (tree / view.address / CARD).write_bytes(card(book, view))


def card(book: Book, view: View) -> bytes:
    """A PNG of 16 colours: what is ranked, by whom, the first five with their values."""
    image = Image.new("L", SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 11), fill=_ACCENT)
    _write(
        draw,
        _LEFT,
        52,
        f"{drawable(book.study.title) or book.study.id}, {book.snapshot.id}",
        30,
        _SOFT,
        _RIGHT - _LEFT,
    )
    y = 96
    for line in _lines(drawable(view.title), 50, _RIGHT - _LEFT):
        _write(draw, _LEFT, y, line, 50, _INK, _RIGHT - _LEFT)
        y += 60
    top = view.ranking.head(_ROWS)
    values = number_cells(view.ranking["value"].tolist())
    shared = view.ranking["place"].duplicated(keep=False).tolist()
    y = 246
    for i, (model, place) in enumerate(zip(top["model_id"], top["place"].tolist(), strict=True)):
        _write(draw, _LEFT, y, f"{place}{'=' if shared[i] else ''}", 32, _SOFT, _NAMES - _LEFT)
        _write(draw, _NAMES, y, drawable(book.model_names[model]) or model, 32, _INK, _BARS - _NAMES - 24)
        width = _RIGHT - 150 - _BARS
        share = float(top["display"].iloc[i])
        if share > 0:
            draw.rectangle((_BARS, y + 8, _BARS + round(width * share), y + 30), fill=_BAR)
        draw.text((_RIGHT, y), drawable(values[i]), fill=_INK, font=_font(32), anchor="ra")
        y += 58
    ranked = f"{counted(view.n_models, book.singular, book.models_are)}, {counted(view.n_metrics, 'metric')}"
    simulated = " Simulated data." if book.study.simulated else ""
    _write(draw, _LEFT, 566, f"{ranked}.{simulated}", 26, _SOFT, 700)
    draw.text((_RIGHT, 566), f"alignboard {view.digest[:12]}", fill=_SOFT, font=_font(26), anchor="ra")
    return _png(image)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


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
    mask = _font(32).getmask(sign)
    return bytes(f"{mask.size}", "ascii") + bytes(mask)


def _write(draw: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int, level: int, width: int) -> None:
    """Text that is cut where it would be wider than `width` pixels."""
    draw.text((x, y), _cut(drawable(text), size, width), fill=level, font=_font(size))


def _cut(text: str, size: int, width: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    text = text[:_LONGEST]
    if _font(size).getlength(text) <= width:
        return text
    return text[: _most(len(text), width, lambda n: text[:n] + _ELLIPSIS, size)].rstrip() + _ELLIPSIS


def _most(longest: int, width: int, part: Callable[[int], str], size: int) -> int:
    """The largest n up to `longest` whose part is no wider than `width`; 0 where none is."""
    return bisect.bisect_right(
        range(1, longest + 1), float(width), key=lambda n: _font(size).getlength(part(n))
    )


def _lines(text: str, size: int, width: int) -> list[str]:
    """At most two lines; what does not fit into the second is cut when it is written."""
    text = text[:_LONGEST]
    words = text.split(" ")
    first = " ".join(words[: max(1, _most(len(words), width, lambda n: " ".join(words[:n]), size))])
    rest = text[len(first) + 1 :]
    return [first, rest] if rest else [first]


def _png(image: Image.Image) -> bytes:
    """The greys in 14 steps and two colours, four bits each."""
    levels = np.arange(256)
    table = np.round((levels - _INK) / (_PAPER - _INK) * (_LEVELS - 1)).clip(0, _LEVELS - 1) + 2
    table[_BAR], table[_ACCENT] = 0, 1
    small = image.point(table.astype(int).tolist(), "P")
    greys = np.linspace(_INK, _PAPER, _LEVELS).round().astype(int).tolist()
    small.putpalette([part for colour in (*_COLOURS, *((g, g, g) for g in greys)) for part in colour])
    out = io.BytesIO()
    small.save(out, "PNG", bits=4)
    return out.getvalue()
