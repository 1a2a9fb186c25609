"""From results and figures to Markdown, which is all that mkdocs is given; figures as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from builder.site.book import Book
from builder.site.downloads import write_text
from builder.site.figure import Drawn
from builder.site.metadata import about
from builder.site.pages import Page, all_pages, navigation
from builder.site.templates import environment
from builder.views import frame_csv

FIGURES = "figures"
HEADING, SUBHEADING = Markup("##"), Markup("###")


@dataclass(frozen=True)
class PageSet:
    """The pages that were written for mkdocs."""

    nav: list[dict[str, Any]]
    not_in_nav: tuple[str, ...]
    """Patterns, as mkdocs reads them, for pages that have no place in the navigation."""
    addresses: tuple[str, ...]
    """Of every page, below the snapshot; a slash at the end of each but the first, which is empty."""
    digest: str
    named: tuple[tuple[str, str], ...]
    """Address and title of the pages that search finds by their titles alone."""


def write_pages(book: Book, figures: Mapping[str, Drawn], docs: Path) -> PageSet:
    """Write the pages of one snapshot into `docs` as Markdown."""
    pages = all_pages(book)
    for page in pages:
        write_text(docs / page.file, page_text(page, book, figures))
    return PageSet(
        nav=navigation(pages),
        not_in_nav=("/view/", "/model/", "/metric/"),
        addresses=tuple(f"{page.address}/" if page.address else "" for page in pages),
        digest=book.digest,
        named=tuple((f"{page.address}/", page.title) for page in pages if page.kind.found_by_name),
    )


def page_text(page: Page, book: Book, figures: Mapping[str, Drawn]) -> str:
    """One page as Markdown with its front matter."""
    shown = {
        "book": book,
        "root": page.root,
        "figures": figures,
        "heading": page.title,
        "whole": page.subject.selection is None,
        "sub": SUBHEADING if page.subject.selection is None else HEADING,
    }
    template = environment().get_template(page.kind.template)
    body = template.render(page=shown, **shown, **page.kind.context(book, page.subject))
    # JSON is YAML, and quotes whatever a name holds.
    settings = page.front_matter() | about(book, page)
    head = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items())
    return f"---\n{head}---\n{_without_gaps(body)}"


def _without_gaps(text: str) -> str:
    lines = [line.rstrip() for line in text.split("\n")]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip() + "\n"


def write_figures(figures: Mapping[str, Drawn], pictures: Mapping[str, bytes], target: Path) -> None:
    """Write each figure's SVG, specification, data and PNG below `target`."""
    folder = target / FIGURES
    for figure_id, drawn in figures.items():
        write_text(folder / f"{figure_id}.svg", drawn.rendered.svg + "\n")
        write_text(folder / f"{figure_id}.vl.json", drawn.spec_json + "\n")
        if drawn.data is not None:
            write_text(folder / f"{figure_id}.csv", frame_csv(drawn.data))
    for figure_id, picture in pictures.items():
        (folder / f"{figure_id}.png").write_bytes(picture)
