"""Tables as one line of HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from builder.site.words import DASH, count, decimals_for, fixed, inert

LONG = 60
"""Rows above which a browser may leave a table undrawn until it comes near the window."""


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
        rows = zip(*(_cells(column) for column in self.columns), strict=True)
        if self.row_classes:
            opened = [f'<tr class="{one}">' if one else "<tr>" for one in self.row_classes]
            body = "".join(
                start + "".join(cells) + "</tr>" for start, cells in zip(opened, rows, strict=True)
            )
        else:
            body = "".join("<tr>" + "".join(cells) + "</tr>" for cells in rows)
        label = inert(self.label)
        n = len(self.columns[0].cells) if self.columns else 0
        long = f' ab-long" style="--rows:{n}' if n > LONG else ""
        sort = " data-sort" if self.sortable else ""
        # data-search-exclude: the search index is for words, not for cells.
        return Markup(  # noqa: S704 (built from escaped parts)
            f'<div class="ab-scroll{long}" tabindex="0" role="region" aria-label="{label}"'
            " data-search-exclude>"
            f'<table class="ab-table {self.classes}"{sort}><caption class="ab-unseen">{label}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _head(column: Column) -> str:
    title = f' title="{inert(column.title)}"' if column.title else ""
    label = inert(column.label) if column.label else '<span class="ab-unseen">Bar</span>'
    return f'<th scope="col" class="{column.kind}"{title}>{label}</th>'


def _cells(column: Column) -> list[str]:
    tag, scope = ("th", ' scope="row"') if column.header else ("td", "")
    if column.keys is None:
        start = f'<{tag}{scope} class="{column.kind}">'
        return [f"{start}{cell}</{tag}>" for cell in column.cells]
    start = f'<{tag}{scope} class="{column.kind}" data-v="'
    return [f'{start}{key}">{cell}</{tag}>' for key, cell in zip(column.keys, column.cells, strict=True)]


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


def range_cells(low: Iterable[float], high: Iterable[float]) -> list[str]:
    """Intervals with two decimals; a dash where a bound is not known."""
    ends = zip(low, high, strict=True)
    return [DASH if math.isnan(a + b) else f"{fixed(a)} to {fixed(b)}" for a, b in ends]
