"""Two metrics, model by model: where a browser shows them, and what leads there."""

from __future__ import annotations

from urllib.parse import quote

import numpy as np
from markupsafe import Markup

from builder.charts.blocks import block_size
from builder.charts.correlation import cell_size
from builder.results import PAIRWISE, Agreement
from builder.site.book import Book
from builder.site.explorer import FILE
from builder.site.words import rho

Context = dict[str, object]
ADDRESS = "pair"
"""Of the page, below the snapshot."""


def pair_page(book: Book) -> Context:
    """What the page says besides what the browser makes: it starts with the two that agree least."""
    x, y = _first(book)
    return {"file": FILE, "x": x, "y": y, "holds_scores": book.study.data.redistribute}


def _first(book: Book) -> tuple[str, str]:
    chosen = book.default
    shown = book.results.agreement(chosen.id, PAIRWISE) if chosen is not None else None
    if shown is not None:
        values = np.tril(np.where(np.isnan(shown.spearman.value), np.inf, shown.spearman.value), -1)
        values[np.triu_indices(len(values))] = np.inf
        row, column = divmod(int(values.argmin()), len(values))
        if np.isfinite(values[row, column]):
            return shown.metrics[column], shown.metrics[row]
    first, second = book.snapshot.tree.metric_ids[:2]
    return first, second


def linked_rho(value: float, metrics: tuple[str, str], root: str) -> Markup:
    """A coefficient that leads to its pair; `root` is the snapshot's, from the page that it stands on."""
    x, y = (quote(metric, safe="") for metric in metrics)
    return Markup('<a href="{}{}/?v=1&amp;x={}&amp;y={}">{}</a>').format(root, ADDRESS, x, y, rho(value))


def squares(shown: Agreement) -> Context | None:
    """Which pair each square of the figure of an agreement is; None where a square is of several."""
    n_metrics = len(shown.metrics)
    if block_size(n_metrics) > 1:
        return None
    return {"metrics": list(shown.metrics), "cell": cell_size(n_metrics)}
