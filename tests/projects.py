"""Whole projects to build, and a reader of what was built, that several test files use."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import html.parser
import http.server
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samples import CELLS, LEAN, SOURCED, STUDY, TREE, Cells, make_snapshot

from builder import api
from builder.analysis import analyse
from builder.catalog.library import Library, open_library
from builder.catalog.package import write_snapshot
from builder.catalog.study import Study, load_study
from builder.catalog.tree import MetricTree
from builder.pipeline import BuildOptions, build
from builder.serving import SiteHandler
from builder.site import render
from builder.site.book import Book
from builder.site.croissant import write_croissant
from builder.site.downloads import write_tables
from builder.site.figures import ask_coverage_figures, ask_selection_figures
from builder.site.studio import studio
from builder.summary import Summary


def study_of(folder: Path, text: str = STUDY) -> Study:
    """The study that the text says, written into the folder."""
    (folder / "tiny.toml").write_text(text, encoding="utf-8")
    return load_study(folder / "tiny.toml")


def book_of(
    study: Study, cells: Cells = CELLS, tree: MetricTree = TREE, *, site_url: str | None = None, **made: Any
) -> Book:
    """What the site is made from, of `make_snapshot(cells, tree, **made)`."""
    snapshot = make_snapshot(cells, tree, **made)
    return Book(study, snapshot, analyse(study, snapshot), site_url=site_url)


def make_project(
    root: Path,
    cells: Cells = CELLS,
    *,
    names: Sequence[str] | None = None,
    study: str = LEAN,
    dates: Sequence[str] = ("2025-01-31",),
) -> Path:
    """A project at `root` with one study and its snapshots, embedded."""
    folder = root / "data" / "studies"
    folder.mkdir(parents=True)
    loaded = study_of(folder, study)
    for date in dates:
        snapshot = make_snapshot(cells, loaded.tree, names=names, snapshot=date)
        write_snapshot(snapshot, root / "data" / "snapshots" / "tiny" / date, loaded)
    return root


def library(root: Path, cache: Path | None = None, mirror: Path | None = None) -> Library:
    """The library of a project, without a network."""
    return open_library(root, cache=cache or root / "cache", mirror=mirror, offline=True)


def build_project(root: Path, target: Path, **options: object) -> Summary:
    """Build a project in this process."""
    return build(library(root), BuildOptions(target, jobs=1, **options), lambda _line: None)  # type: ignore[arg-type]


def write_book(book: Book, folder: Path) -> None:
    """All that a build writes of a snapshot but what mkdocs makes of its pages, and the PNG files."""
    with studio(beside=False) as here:
        asked = ask_selection_figures(book, here) + ask_coverage_figures(book, here)
        figures = {drawn.id: drawn for drawn in (promise() for promise in asked)}
    render.write_pages(book, figures, folder)
    render.write_figures(figures, {}, folder)
    heading = api.Heading(book.digest, book.snapshot.tree.metrics, book.default_view)
    api.write_api(book.results, folder / "api", heading)
    write_tables(book, folder)
    write_croissant(book, folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Path below the folder -> bytes of every file."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass
class Page(html.parser.HTMLParser):
    """What a test asks of a page: its tags, ids, links, and visible text."""

    tags: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id" or (tag == "a" and name == "name"):
                self.ids.add(value or "")
            if name in {"href", "src", "data-spec"}:
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @classmethod
    def read(cls, path: Path) -> Page:
        page = cls()
        page.feed(path.read_text(encoding="utf-8"))
        return page


class _Quiet(SiteHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder served on this machine; its address without a slash at the end."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


SOURCE_OF_OWN = """[[snapshots.sources]]
part = "{part}"
file = "{file}"
sha256 = "{sha256}"
retrieved = 2025-02-01
"""


def many_parts(
    folder: Path, adapter: str, metrics: Sequence[str], files: Mapping[str, tuple[str, bytes]]
) -> tuple[Study, dict[str, Path]]:
    """A study with one snapshot of that adapter, and its files: part -> (name in messages, content)."""
    head = 'id = "tiny"\ntitle = "Tiny"\nsummary = "Tiny."\nhigher_is_better = true\n'
    head += f"tree = {json.dumps(list(metrics))}\n"
    rest, _, _ = SOURCED.format(
        date="2025-01-31", adapter=adapter, url="https://example.org/x", sha256="0" * 64
    ).partition("[[snapshots.sources]]")
    parts = {}
    for number, (part, (name, content)) in enumerate(files.items()):
        rest += SOURCE_OF_OWN.format(part=part, file=name, sha256=hashlib.sha256(content).hexdigest())
        parts[part] = folder / f"file{number}"
        parts[part].write_bytes(content)
    return study_of(folder, head + rest), parts
