"""Two metrics, model by model: where a browser shows them, and what leads there."""

from __future__ import annotations

from urllib.parse import quote

import numpy as np
from markupsafe import Markup

from builder.charts.blocks import block_size
from builder.charts.correlation import cell_size
from builder.results import COMPLETE, PAIRWISE, Agreement
from builder.site.book import Book
from builder.site.explorer import FILE
from builder.site.words import rho

Context = dict[str, object]
ADDRESS = "pair"
"""Of the page, below the snapshot."""


def pair_page(book: Book) -> Context:
    """What the page says besides what the browser makes: it starts with the two that agree least."""
    x, y, among = _first(book)
    return {"file": FILE, "x": x, "y": y, "set": among, "holds_scores": book.study.data.redistribute}


def _first(book: Book) -> tuple[str, str, str]:
    chosen = book.default
    agreement, name = book.results.agreement, chosen.id if chosen is not None else ""
    shown = agreement(name) or agreement(name, PAIRWISE)
    if shown is not None:
        values = np.tril(np.where(np.isnan(shown.spearman.value), np.inf, shown.spearman.value), -1)
        values[np.triu_indices(len(values))] = np.inf
        row, column = divmod(int(values.argmin()), len(values))
        if np.isfinite(values[row, column]):
            return shown.metrics[column], shown.metrics[row], _among(shown)
    first, second = book.snapshot.tree.metric_ids[:2]
    return first, second, ""


def _among(shown: Agreement) -> str:
    """The selection on whose complete models coefficients are; empty where each pair has its own models."""
    return shown.selection if shown.basis == COMPLETE else ""


def linked_rho(value: float, metrics: tuple[str, str], shown: Agreement, root: str) -> Markup:
    """A coefficient that leads to its pair; `root` is the snapshot's, from the page that it stands on."""
    parts = [("x", metrics[0]), ("y", metrics[1]), ("set", _among(shown))]
    query = Markup("&amp;").join(f"{key}={quote(part, safe='')}" for key, part in parts if part)
    return Markup('<a href="{}{}/?v=1&amp;{}">{}</a>').format(root, ADDRESS, query, rho(value))


def squares(shown: Agreement) -> Context | None:
    """Which pair each square of the figure of an agreement is; None where a square is of several."""
    n_metrics = len(shown.metrics)
    if block_size(n_metrics) > 1:
        return None
    return {"metrics": list(shown.metrics), "cell": cell_size(n_metrics), "set": _among(shown)}
