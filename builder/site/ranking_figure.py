"""A ranking as a figure for a paper: its first places and their likely places, as SVG.

Drawn here, without the charts' renderer, for there are hundreds in a snapshot. The page makes a PNG of it
where one is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Literal, NamedTuple

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


class Box(NamedTuple):
    """A filled rectangle: left, top, right and bottom, and its level of grey or colour."""

    left: float
    top: float
    right: float
    bottom: float
    level: int


class Dot(NamedTuple):
    """A filled circle."""

    x: float
    y: float
    radius: float
    level: int


class Text(NamedTuple):
    """One line of text, which stands on `y`."""

    x: float
    y: float
    text: str
    size: int
    level: int
    anchor: Anchor = "start"


Mark = Box | Dot | Text


def write_ranking_figures(book: Book, tree: Path) -> None:
    """Draw every ranking, below the snapshot's tree."""
    for view in book.results.views:
        (tree / view.address / FIGURE).write_text(ranking_svg(book, view), encoding="utf-8", newline="")


def ranking_svg(book: Book, view: View) -> str:
    """The first places of a ranking as an SVG document on white, whose text stays text."""
    marks, height = _marks(book, view)
    written = "".join(map(_svg_mark, marks))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="Arial, Helvetica, Liberation Sans, sans-serif" '
        f'font-size="{_SIZE}" fill="{_hex(INK)}">'
        f"<title>{escape(printable(view.title))}</title>"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{written}</svg>\n'
    )


def _marks(book: Book, view: View) -> tuple[list[Mark], int]:
    """What is drawn of a ranking, and how high it is."""
    top = view.ranking.head(FIRST)
    titles = lines(printable(view.title), 20, _TITLE)
    marks: list[Mark] = []
    y = 18
    for title in titles:
        y += 24
        marks.append(Text(_MARGIN, y - 6, cut(title, 20, _TITLE), 20, INK))
    for said in _about(book, view, len(top)):
        y += 18
        marks.append(Text(_MARGIN, y - 4, cut(said, _SIZE, WIDTH - 2 * _MARGIN), _SIZE, SOFT))
    y += 30
    marks.append(Text(WIDTH - _MARGIN, y - 6, SCHEMES[view.scheme].short, 11, SOFT, "end"))
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
            Text(_NAMES - 12, line, f"{place}{'=' if shared[row] else ''}", _SIZE, SOFT, "end"),
            Text(_NAMES, line, name, _SIZE, INK),
            Text(WIDTH - _MARGIN, line, value, _SIZE, INK, "end"),
        ]
    simulated = " Simulated data." if book.study.simulated else ""
    source = (
        f"Source: {printable(book.study.data.source)}.{simulated} alignboard, SHA-256 {view.digest[:16]}…"
    )
    marks.append(Text(_MARGIN, under + 28, cut(source, 11, WIDTH - 2 * _MARGIN), 11, SOFT))
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


def _axis(view: View, left: float, right: float, above: float, under: float) -> Iterator[Mark]:
    last, step = _across(view, left, right)
    every = next(size for size in _steps() if (last - 1) / size <= _TICKS)
    for place in [1, *range(every, last + 1, every)] if every > 1 else range(1, last + 1):
        x = left + (place - 1) * step
        yield Box(x - 0.5, above, x + 0.5, under, _GRID)
        yield Text(x, above - 6, count(place), 11, SOFT, "middle")


def _steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, ..."""
    size = 1
    while True:
        yield from (size, 2 * size, 5 * size)
        size *= 10


def _likely(view: View, left: float, right: float, above: float) -> Iterator[Mark]:
    """Each one's likely places as a bar, its place as a dot."""
    _, step = _across(view, left, right)
    top = view.ranking.head(FIRST)
    rows = zip(top["place"].tolist(), top["low"].tolist(), top["high"].tolist(), strict=True)
    for row, (place, low, high) in enumerate(rows):
        middle = above + _ROW * row + 12
        yield Box(
            left + (int(low) - 1) * step - 3, middle - 3, left + (int(high) - 1) * step + 3, middle + 3, BAR
        )
        yield Dot(left + (place - 1) * step, middle, 4.5, ACCENT)


def _bars(view: View, left: float, right: float, above: float) -> Iterator[Mark]:
    for row, share in enumerate(view.ranking["display"].head(FIRST).astype(float).tolist()):
        if share > 0:
            middle = above + _ROW * row + 12
            yield Box(left, middle - 6, left + (right - left) * share, middle + 6, BAR)


def _svg_mark(mark: Mark) -> str:
    fill = _hex(mark.level)
    if isinstance(mark, Box):
        width, height = mark.right - mark.left, mark.bottom - mark.top
        return (
            f'<rect x="{mark.left:.5g}" y="{mark.top:.5g}" width="{width:.5g}" height="{height:.5g}" '
            f'fill="{fill}"/>'
        )
    if isinstance(mark, Dot):
        return f'<circle cx="{mark.x:.5g}" cy="{mark.y:.5g}" r="{mark.radius:g}" fill="{fill}"/>'
    unlike = "".join((
        f' font-size="{mark.size}"' if mark.size != _SIZE else "",
        f' fill="{fill}"' if mark.level != INK else "",
        f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else "",
    ))  # fmt: skip
    return f'<text x="{mark.x:.5g}" y="{mark.y:.5g}"{unlike}>{escape(mark.text)}</text>'


def _hex(level: int) -> str:
    red, green, blue = COLOURS[0] if level == BAR else COLOURS[1] if level == ACCENT else (level,) * 3
    return f"#{red:02x}{green:02x}{blue:02x}"
