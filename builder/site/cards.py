"""Social cards: what a link to a ranking looks like where it is shared, as a small PNG beside its page."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from builder.results import View
from builder.site.book import Book
from builder.site.lettering import ACCENT, BAR, INK, PAPER, SOFT, drawable, font, lines, png, write
from builder.site.tables import number_cells
from builder.site.words import counted

CARD = "card.png"
SIZE = (1200, 630)
"""Pixels, as sites that show cards ask for (1.91 : 1)."""
_LEFT, _RIGHT, _NAMES, _BARS, _ROWS = 64, 1136, 130, 650, 5


def write_cards(book: Book, tree: Path) -> None:
    """Draw a card for every ranking, below the snapshot's tree."""
    for view in book.results.views:
        (tree / view.address / CARD).write_bytes(card(book, view))


def card(book: Book, view: View) -> bytes:
    """A PNG of 16 colours: what is ranked, by whom, the first five with their values."""
    image = Image.new("L", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 11), fill=ACCENT)
    write(
        draw,
        _LEFT,
        52,
        f"{drawable(book.study.title) or book.study.id}, {book.snapshot.id}",
        30,
        SOFT,
        _RIGHT - _LEFT,
    )
    y = 96
    for line in lines(drawable(view.title), 50, _RIGHT - _LEFT):
        write(draw, _LEFT, y, line, 50, INK, _RIGHT - _LEFT)
        y += 60
    top = view.ranking.head(_ROWS)
    values = number_cells(view.ranking["value"].tolist())
    shared = view.ranking["place"].duplicated(keep=False).tolist()
    y = 246
    for i, (model, place) in enumerate(zip(top["model_id"], top["place"].tolist(), strict=True)):
        write(draw, _LEFT, y, f"{place}{'=' if shared[i] else ''}", 32, SOFT, _NAMES - _LEFT)
        write(draw, _NAMES, y, drawable(book.model_names[model]) or model, 32, INK, _BARS - _NAMES - 24)
        width = _RIGHT - 150 - _BARS
        share = float(top["display"].iloc[i])
        if share > 0:
            draw.rectangle((_BARS, y + 8, _BARS + round(width * share), y + 30), fill=BAR)
        draw.text((_RIGHT, y), drawable(values[i]), fill=INK, font=font(32), anchor="ra")
        y += 58
    ranked = f"{counted(view.n_models, book.singular, book.models_are)}, {counted(view.n_metrics, 'metric')}"
    simulated = " Simulated data." if book.study.simulated else ""
    write(draw, _LEFT, 566, f"{ranked}.{simulated}", 26, SOFT, 700)
    draw.text((_RIGHT, 566), f"alignboard {view.digest[:12]}", fill=SOFT, font=font(26), anchor="ra")
    return png(image)
