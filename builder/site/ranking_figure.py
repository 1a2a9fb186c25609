"""A ranking as a figure for a paper: its first places and their likely places, as SVG.

Drawn here, without the charts' renderer, for there are hundreds in a snapshot. The page makes a PNG of it
where one is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Literal

from builder.results import View
from builder.site.book import Book
from builder.site.lettering import ACCENT, BAR, COLOURS, INK, SOFT, cut, length, lines
from builder.site.tables import number_cells
from builder.site.words import count, counted, printable
from builder.stats.schemes import SCHEMES

FIGURE = "figure.svg"
WIDTH = 720
FIRST = 20
"""Places that are drawn."""
_MARGIN, _NAMES, _ROW = 16, 56, 24
_MOST_NAME = 320
_GRID = 221
_TITLE = 600
"""Room for a title in the type that is measured here; the reader's may be wider."""
_SIZE = 13
"""Of most texts."""
_TICKS = 6
"""At most so many intervals between ticks."""
Anchor = Literal["start", "middle", "end"]


def write_ranking_figures(book: Book, tree: Path) -> None:
    """Draw every ranking, below the snapshot's tree."""
    for view in book.results.views:
        (tree / view.address / FIGURE).write_text(ranking_svg(book, view), encoding="utf-8", newline="")


def ranking_svg(book: Book, view: View) -> str:
    """The first places of a ranking as an SVG document on white, whose text stays text."""
    marks, height = _marks(book, view)
    written = "".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="Arial, Helvetica, Liberation Sans, sans-serif" '
        f'font-size="{_SIZE}" fill="{_hex(INK)}">'
        f"<title>{escape(printable(view.title))}</title>"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{written}</svg>\n'
    )


def _marks(book: Book, view: View) -> tuple[list[str], int]:
    """What is drawn of a ranking, as elements of SVG, and how high it is."""
    top = view.ranking.head(FIRST)
    titles = lines(printable(view.title), 20, _TITLE)
    marks: list[str] = []
    y = 18
    for title in titles:
        y += 24
        marks.append(_text(_MARGIN, y - 6, cut(title, 20, _TITLE), 20, INK))
    for said in _about(book, view, len(top)):
        y += 18
        marks.append(_text(_MARGIN, y - 4, cut(said, _SIZE, WIDTH - 2 * _MARGIN), _SIZE, SOFT))
    y += 30
    marks.append(_text(WIDTH - _MARGIN, y - 6, SCHEMES[view.scheme].short, 11, SOFT, "end"))
    names = [cut(printable(book.model_names[model]), _SIZE, _MOST_NAME) for model in top["model_id"]]
    values = number_cells(view.ranking["value"].tolist())[: len(top)]
    left = _NAMES + max((math.ceil(length(name, _SIZE)) for name in names), default=0) + 20
    right = WIDTH - _MARGIN - max((math.ceil(length(one, _SIZE)) for one in values), default=0) - 24
    under = y + _ROW * len(top)
    plotted = list(_likely(view, left, right, y) if view.certainty.draws else _bars(view, left, right, y))
    marks += [*(_axis(view, left, right, y, under) if view.certainty.draws else ()), *plotted]
    shared = view.ranking["place"].duplicated(keep=False).tolist()
    for row, (place, name, value) in enumerate(zip(top["place"].tolist(), names, values, strict=True)):
        line = y + _ROW * row + 17
        marks += [
            _text(_NAMES - 12, line, f"{place}{'=' if shared[row] else ''}", _SIZE, SOFT, "end"),
            _text(_NAMES, line, name, _SIZE, INK),
            _text(WIDTH - _MARGIN, line, value, _SIZE, INK, "end"),
        ]
    simulated = " Simulated data." if book.study.simulated else ""
    source = (
        f"Source: {printable(book.study.data.source)}.{simulated} alignboard, SHA-256 {view.digest[:16]}…"
    )
    marks.append(_text(_MARGIN, under + 28, cut(source, 11, WIDTH - 2 * _MARGIN), 11, SOFT))
    return marks, under + 44


def _about(book: Book, view: View, n_shown: int) -> tuple[str, str]:
    shown = f"The first {count(n_shown)} of {counted(view.n_models, book.singular, book.models_are)}"
    if view.n_models <= n_shown:
        shown = counted(view.n_models, book.singular, book.models_are)
    read = "Bar: value, from the last to the first."
    if view.certainty.draws:
        read = f"Dot: place. Bar: where 95 % of {count(view.certainty.draws)} draws of metrics put it."
    return f"{shown}. {printable(book.study.title)}, snapshot {book.snapshot.id}.", read


def _across(view: View, left: float, right: float) -> tuple[int, float]:
    """The last place that is shown, and the pixels of one place."""
    top = view.ranking.head(FIRST)
    last = max(int(top["high"].fillna(1).max()), int(top["place"].max()), 2)
    return last, (right - left) / (last - 1)


def _axis(view: View, left: float, right: float, above: float, under: float) -> Iterator[str]:
    last, step = _across(view, left, right)
    every = next(size for size in _steps() if (last - 1) / size <= _TICKS)
    for place in [1, *range(every, last + 1, every)] if every > 1 else range(1, last + 1):
        x = left + (place - 1) * step
        yield _box(x - 0.5, above, x + 0.5, under, _GRID)
        yield _text(x, above - 6, count(place), 11, SOFT, "middle")


def _steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, ..."""
    size = 1
    while True:
        yield from (size, 2 * size, 5 * size)
        size *= 10


def _likely(view: View, left: float, right: float, above: float) -> Iterator[str]:
    """Each one's likely places as a bar, its place as a dot."""
    _, step = _across(view, left, right)
    top = view.ranking.head(FIRST)
    rows = zip(top["place"].tolist(), top["low"].tolist(), top["high"].tolist(), strict=True)
    for row, (place, low, high) in enumerate(rows):
        middle = above + _ROW * row + 12
        yield _box(
            left + (int(low) - 1) * step - 3, middle - 3, left + (int(high) - 1) * step + 3, middle + 3, BAR
        )
        x = left + (place - 1) * step
        yield f'<circle cx="{x:.5g}" cy="{middle:.5g}" r="4.5" fill="{_hex(ACCENT)}"/>'


def _bars(view: View, left: float, right: float, above: float) -> Iterator[str]:
    for row, share in enumerate(view.ranking["display"].head(FIRST).astype(float).tolist()):
        if share > 0:
            middle = above + _ROW * row + 12
            yield _box(left, middle - 6, left + (right - left) * share, middle + 6, BAR)


def _box(left: float, top: float, right: float, bottom: float, level: int) -> str:
    """A rectangle, filled with a level of grey or a colour."""
    size = f'width="{right - left:.5g}" height="{bottom - top:.5g}"'
    return f'<rect x="{left:.5g}" y="{top:.5g}" {size} fill="{_hex(level)}"/>'


def _text(x: float, y: float, text: str, size: int, level: int, anchor: Anchor = "start") -> str:
    """One line of text, which stands on `y`."""
    unlike = "".join((
        f' font-size="{size}"' if size != _SIZE else "",
        f' fill="{_hex(level)}"' if level != INK else "",
        f' text-anchor="{anchor}"' if anchor != "start" else "",
    ))  # fmt: skip
    return f'<text x="{x:.5g}" y="{y:.5g}"{unlike}>{escape(text)}</text>'


def _hex(level: int) -> str:
    red, green, blue = COLOURS[0] if level == BAR else COLOURS[1] if level == ACCENT else (level,) * 3
    return f"#{red:02x}{green:02x}{blue:02x}"
