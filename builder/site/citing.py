"""How pages show citations: of one ranking, and all that can be cited of a snapshot."""

from __future__ import annotations

from markupsafe import Markup

from builder import __version__
from builder.results import View
from builder.site.book import Book
from builder.site.citations import FORMATS, citation, plain
from builder.site.words import inert

Context = dict[str, object]


def cited(book: Book, shown: View) -> Context:
    """A ranking's citation as text, and in each format: its name, its file, what stands in it."""
    found = citation(book, shown)
    return {
        "cite": plain(found),
        "formats": [(title, file, _in_pre(written(found))) for title, file, written in FORMATS],
    }


def cite(book: Book) -> Context:
    """How the snapshot's rankings, its data and the software are cited."""
    shown = book.default_view
    path = f"{book.study.id}/v/{book.snapshot.id}/"
    entries = book.study.data.bibtex
    return {
        "view": shown,
        **(cited(book, shown) if shown is not None else {}),
        "terms": book.study.data,
        "entries": _in_pre(entries) if entries else "",
        "doi": book.study.doi_of(book.snapshot.id),
        "address": f"{book.site_url.rstrip('/')}/{path}" if book.site_url else f"/{path}",
        "version": __version__,
    }


def _in_pre(text: str) -> Markup:
    """Text that keeps its lines inside `<pre>`, on one line of HTML."""
    lines = text.strip().replace("\r\n", "\n").split("\n")
    return Markup("&#10;").join(inert(line) for line in lines)
