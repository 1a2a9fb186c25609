"""Tables as one line of HTML."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd
from markupsafe import Markup

from builder.site.words import DASH, count, decimals_for, fixed, inert

LONG = 60
"""Rows above which a table stands in parts, which browsers leave undrawn until they come near the window."""
PART = 30
"""Rows of a part."""
ROW, MORE, ACROSS = 1.53, 0.9, 20
"""Heights, in rem, of a row and of each line more; digits of a name that the narrowest column holds."""
_TAG = re.compile(r"<[^>]*>")
_BEGINS = re.compile(r"\d+(?:\.\d+)?(?![\d.e\u202f\u2009])")
"""The number that a cell begins with, which is what the browser sorts by where no key is given."""
_SLIM = frozenset(" .,:;|!'()[]/")
"""Signs of half a digit's width, about."""


@dataclass(frozen=True)
class Column:
    """One column of an HTML table. `cells` hold what stands between the tags, already HTML."""

    label: str
    cells: Sequence[str]
    kind: str = "text"
    """CSS class: text, num, name, bar, move."""
    title: str = ""
    keys: Sequence[object] | None = None
    """What the column sorts by where the cell's own text does not say."""
    header: bool = False
    """Whether the cells name their rows."""


@dataclass(frozen=True)
class Table:
    """Columns of equal length under a caption that screen readers hear and the scroll region is named by."""

    label: str
    columns: Sequence[Column]
    sortable: bool = True
    classes: str = ""
    row_classes: Sequence[str] = field(default=())

    def html(self) -> Markup:
        """The table in its scroll region, on one line."""
        heads = "".join(_head(column) for column in self.columns)
        cells = zip(*(_cells(column) for column in self.columns), strict=True)
        rows = ["<tr>" + "".join(row) + "</tr>" for row in cells]
        if self.row_classes:
            pairs = zip(rows, self.row_classes, strict=True)
            rows = [f'<tr class="{one}"{row[3:]}' if one else row for row, one in pairs]
        label = inert(self.label)
        long, body = "", f"<tbody>{''.join(rows)}</tbody>"
        if len(rows) > LONG:
            long = f' ab-long" style="{tracks(self.columns)}'
            heights = _heights(self.columns)
            parts = [slice(at, at + PART) for at in range(0, len(rows), PART)]
            body = "".join(
                f'<tbody style="--h:{sum(heights[part]):.3g}rem">{"".join(rows[part])}</tbody>'
                for part in parts
            )
        sort = " data-sort" if self.sortable else ""
        # data-search-exclude: the search index is for words, not for cells.
        return Markup(  # noqa: S704 (built from escaped parts)
            f'<div class="ab-scroll{long}" tabindex="0" role="region" aria-label="{label}"'
            " data-search-exclude>"
            f'<table class="ab-table {self.classes}"{sort}><caption class="ab-unseen">{label}</caption>'
            f"<thead><tr>{heads}</tr></thead>{body}</table></div>"
        )


def tracks(columns: Sequence[Column]) -> str:
    """CSS properties with the widths of a long table's columns, on a wide screen and on a narrow one.

    Each row is laid out without the others, so widths cannot wait for what is in them: digits are counted.
    """
    kept = [column for column in columns if not {"bar", "spare"} & set(column.kind.split())]
    wide, narrow = [_track(column, 22) for column in columns], [_track(column, 12) for column in kept]
    return f"--wide:{' '.join(wide)};--narrow:{' '.join(narrow)}"


def _heights(columns: Sequence[Column]) -> list[float]:
    """How high each row is at most, in rem, so that no part that is not drawn yet reaches into the next."""
    names = next((column.cells for column in columns if column.header), [""] * len(columns[0].cells))
    return [ROW + MORE * max(0, math.ceil(_digits(name) / ACROSS) - 1) for name in names]


def _track(column: Column, most: int) -> str:
    if "bar" in column.kind.split():
        return "minmax(5.9rem,7.4rem)"
    content = max(map(_digits, set(column.cells)))
    words = [0.9 * len(word) for word in column.label.split()]
    whole = max(content, sum(words) + 2)  # with the arrow of the column that is sorted by
    if "num" in column.kind.split():
        return f"minmax({_length(max(content, *words))},{_length(whole)})"
    return f"minmax(min(9rem,{_length(whole)}),min({most}rem,{_length(whole)}))"


def _digits(cell: str) -> float:
    text = html.unescape(_TAG.sub("", cell)) if "<" in cell or "&" in cell else cell
    return sum(0.5 if sign in _SLIM else 1 for sign in text)


def _length(digits: float) -> str:
    return f"calc({digits:.3g}ch + .95rem)"


def _head(column: Column) -> str:
    title = f' title="{inert(column.title)}"' if column.title else ""
    label = inert(column.label) if column.label else '<span class="ab-unseen">Bar</span>'
    return f'<th scope="col" class="{column.kind}"{title}>{label}</th>'


def _cells(column: Column) -> list[str]:
    tag, scope = ("th", ' scope="row"') if column.header else ("td", "")
    if column.keys is None:
        start = f'<{tag}{scope} class="{column.kind}">'
        return [f"{start}{cell}</{tag}>" for cell in column.cells]
    start, numeric = f'<{tag}{scope} class="{column.kind}"', "num" in column.kind.split()
    return [
        f"{start}>{cell}</{tag}>"
        if numeric and (begins := _BEGINS.match(cell)) and begins[0] == str(key)
        else f'{start} data-v="{key}">{cell}</{tag}>'
        for key, cell in zip(column.keys, column.cells, strict=True)
    ]


def text_cells(values: Sequence[object]) -> list[str]:
    """Escaped text."""
    return [str(inert(value)) for value in values]


def number_cells(values: Sequence[float], digits: int | None = None) -> list[str]:
    """Numbers with the same decimals in every row, so that they align."""
    numbers = [float(value) for value in values]
    shown = decimals_for(numbers) if digits is None else digits
    return [fixed(value, shown) for value in numbers]


def count_cells(values: Sequence[int]) -> list[str]:
    """Whole numbers."""
    return [count(value) for value in values]


def place_cells(places: pd.Series[int], first: int | None = None) -> list[str]:
    """Places; one that several share carries an equals sign. Of `first` rows, all others known."""
    shared = places.duplicated(keep=False)
    cells = [f"{place}=" if tie else f"{place}" for place, tie in zip(places, shared, strict=True)]
    return cells[:first]


def range_cells(low: Iterable[float], high: Iterable[float]) -> list[str]:
    """Intervals with two decimals; a dash where a bound is not known."""
    ends = zip(low, high, strict=True)
    return [DASH if math.isnan(a + b) else f"{fixed(a)} to {fixed(b)}" for a, b in ends]
