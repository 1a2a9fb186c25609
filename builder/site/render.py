"""From results to Markdown, CSV and figures: everything that mkdocs is given but the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import COMPLETE, PAIRWISE, SnapshotResults
from builder.site.book import Book
from builder.site.evidence import pairs_frame
from builder.site.figures import Drawn, draw_figures
from builder.site.pages import Page, all_pages, navigation
from builder.site.studio import Promise, Studio
from builder.site.templates import environment
from builder.views import frame_csv, ranking_csv

FIGURES = "figures"
HEADING, SUBHEADING = Markup("##"), Markup("###")


@dataclass(frozen=True)
class PageSet:
    """What was written: the pages for mkdocs, and the pictures that are still to be drawn."""

    nav: list[dict[str, Any]]
    not_in_nav: tuple[str, ...]
    """Patterns, as mkdocs reads them, for pages that have no place in the navigation."""
    addresses: tuple[str, ...]
    """Of every page, below the snapshot; a slash at the end of each but the first, which is empty."""
    pictures: Mapping[str, Promise[bytes]]
    """Figure id -> PNG, once it is drawn."""
    digest: str

    def write_pictures(self, target: Path) -> None:
        """Write `figures/<id>.png` below `target` as they come."""
        folder = target / FIGURES
        folder.mkdir(parents=True, exist_ok=True)
        for figure_id, picture in self.pictures.items():
            (folder / f"{figure_id}.png").write_bytes(picture())


def write_pages(
    study: Study,
    snapshot: Snapshot,
    results: SnapshotResults,
    docs: Path,
    *,
    newest: bool,
    digest: str,
    studio: Studio,
) -> PageSet:
    """Write the pages of one snapshot into `docs`: Markdown, CSV beside it, figures with their data."""
    book = Book(study, snapshot, results, newest, digest)
    figures = draw_figures(book, studio)
    pictures = {figure_id: studio.photograph(drawn.rendered.svg) for figure_id, drawn in figures.items()}
    _write_figures(figures, docs / FIGURES)
    pages = all_pages(book)
    for page in pages:
        _write_page(page, book, figures, docs)
    _write_tables(book, docs)
    return PageSet(
        nav=navigation(pages),
        not_in_nav=("/view/",),
        addresses=tuple(f"{page.address}/" if page.address else "" for page in pages),
        pictures=pictures,
        digest=digest,
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
    settings = "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in page.front_matter().items()
    )
    return f"---\n{settings}---\n{_without_gaps(body)}"


def _without_gaps(text: str) -> str:
    lines = [line.rstrip() for line in text.split("\n")]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip() + "\n"


def _write_page(page: Page, book: Book, figures: Mapping[str, Drawn], docs: Path) -> None:
    file = docs / page.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page_text(page, book, figures), encoding="utf-8")


def _write_figures(figures: Mapping[str, Drawn], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for figure_id, drawn in figures.items():
        (folder / f"{figure_id}.svg").write_text(drawn.rendered.svg + "\n", encoding="utf-8")
        (folder / f"{figure_id}.vl.json").write_text(drawn.spec_json + "\n", encoding="utf-8")
        (folder / f"{figure_id}.csv").write_text(frame_csv(drawn.data), encoding="utf-8")


def _write_tables(book: Book, docs: Path) -> None:
    """The CSV that each table offers and that no figure has already."""
    for view in book.results.views:
        (docs / view.address / "ranking.csv").write_text(ranking_csv(view.ranking), encoding="utf-8")
    for basis in (COMPLETE, PAIRWISE):
        for selection in book.selections:
            found = book.results.agreement(selection.id, basis)
            if found is not None:
                file = docs / "agreement" / selection.id / f"pairs-{basis}.csv"
                file.write_text(frame_csv(pairs_frame(found)), encoding="utf-8")
    coverage = book.results.coverage
    (docs / "coverage" / "metrics.csv").write_text(frame_csv(coverage.by_metric), encoding="utf-8")
    (docs / "coverage" / "models.csv").write_text(frame_csv(coverage.by_model), encoding="utf-8")
