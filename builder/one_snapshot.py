"""One snapshot from its files to its finished pages; what an earlier build has of it is not made again."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from builder import api
from builder.analysis import analyse
from builder.analysis.history import history
from builder.cache.kept import Kept
from builder.catalog import package
from builder.catalog.library import Library, SnapshotRef
from builder.catalog.study import Study
from builder.results import PublishedCheck, SnapshotResults
from builder.site import compare, explorer, release, render
from builder.site.book import Book
from builder.site.cards import write_cards
from builder.site.croissant import write_croissant
from builder.site.downloads import write_tables
from builder.site.entry import front_entry
from builder.site.figure import Drawn
from builder.site.figures import ask_coverage_figures, ask_selection_figures
from builder.site.studio import Promise, Studio
from builder.summary import Built


def build_snapshot(
    library: Library, ref: SnapshotRef, staging: Path, site_url: str | None, studio: Studio, kept: Kept
) -> Built:
    """Make a snapshot's pages, and all files beside them, below `staging`; keep what was made."""
    started = time.perf_counter()
    asked: list[Promise[Drawn]] = []
    analysed, pictured = kept.analysed(), None
    if analysed is None:
        snapshot = library.load(ref)

        def draw(part: SnapshotResults) -> None:
            asked.extend(ask_selection_figures(Book(ref.study, snapshot, part, site_url), studio))

        results = analyse(ref.study, snapshot, draw)
        results = replace(results, history=history(ref.study, snapshot, results, library.earlier(ref)))
    else:
        snapshot, results = analysed
        pictured = kept.pictured()
    book = Book(ref.study, snapshot, results, site_url)
    promised: dict[str, Promise[bytes]] = {}
    if pictured is None:
        if analysed is not None:
            asked += ask_selection_figures(book, studio)
        asked += ask_coverage_figures(book, studio)
        figures = {drawn.id: drawn for drawn in (promise() for promise in asked)}
        promised = {name: studio.photograph(drawn.rendered.svg) for name, drawn in figures.items()}
    else:
        figures = pictured[0]
    studio.no_more_figures()
    tree = staging / ref.study.id / "v" / ref.id
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=staging) as scratch:
        docs = Path(scratch) / "docs"
        pages = render.write_pages(book, figures, docs)
        before_mkdocs = time.perf_counter() - started
        release.build_site_tree(docs, tree, ref.study, ref.id, ref.date, pages, site_url=site_url)
    # Files that mkdocs would only copy; pictures last, for they are still being drawn.
    _write_files(book, tree)
    pictures = {name: picture() for name, picture in promised.items()} if pictured is None else pictured[1]
    render.write_figures(figures, pictures, tree)
    built = Built(
        study=ref.study.id,
        snapshot=ref.id,
        n_models=len(snapshot.models),
        n_metrics=len(snapshot.tree.metrics),
        n_complete=_n_complete(ref.study, results),
        n_views=len(results.views),
        seconds_before_mkdocs=before_mkdocs,
        seconds=time.perf_counter() - started,
        published=tuple(_compared(results.published)),
        front=front_entry(book, ref.position),
    )
    if analysed is None:
        kept.keep_analysed((snapshot, results))
    if pictured is None:
        kept.keep_pictured((figures, pictures))
    kept.keep_pages(tree, built)
    return built


def _write_files(book: Book, tree: Path) -> None:
    """What stands beside a snapshot's pages: the API, tables, the data, cards."""
    study, snapshot = book.study, book.snapshot
    given = {compare.FILE: compare.compare_document(book)} if len(book.model_pages) > 1 else {}
    given[explorer.FILE] = explorer.explorer_document(book, scores=study.data.redistribute)
    heading = api.Heading(book.digest, snapshot.tree.metrics, book.default_view)
    api.write_api(book.results, tree / "api", heading, given)
    api.write_schemas(tree / "api" / "schemas")
    write_tables(book, tree)
    if study.data.redistribute:
        package.write_snapshot(snapshot, tree / "data", study)
    write_croissant(book, tree)
    if book.site_url:
        write_cards(book, tree)  # a card is found by its full address alone


def _n_complete(study: Study, results: SnapshotResults) -> int:
    found = (s.n_complete for s in results.selections if s.id == study.default_view.selection)
    return next(found, 0)


def _compared(published: tuple[PublishedCheck, ...]) -> list[str]:
    """How the source's own inner nodes compare with ours under its convention, `zero`."""
    checks = [check for check in published if check.policy == "zero"]
    if not checks:
        return []
    equal = [check for check in checks if check.n_equal == check.n_models]
    sentences = [
        f"{len(equal)} of {len(checks)} published inner nodes equal ours for every model "
        "(failed and missing as 0)."
    ]
    sentences += [
        f"{check.group or 'overall'}: {check.n_models - check.n_equal} of {check.n_models} differ, "
        f"at most by {check.largest:.3f} ({check.worst_model})."
        for check in checks
        if check.n_equal < check.n_models
    ]
    return sentences
