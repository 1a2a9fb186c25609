"""The table of page kinds: where each stands, from which template, with what in it.

To add a page: one row in PAGES, one template, one function from the Book to what the template needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from builder.results import Selection, View
from builder.site import (
    about,
    citing,
    compare,
    contents,
    contribution,
    evidence,
    explorer,
    history,
    profiles,
    robustness,
    two_metrics,
)
from builder.site.book import Book
from builder.site.words import attribute

Context = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """What one page is about: the snapshot, one of its selections, views, models or metrics."""

    selection: Selection | None = None
    view: View | None = None
    node: str = ""
    """Of a page about a single model or metric, its id."""


@dataclass(frozen=True)
class PageKind:
    """One row of the table."""

    name: str
    tab: str
    """Title in the navigation; kinds with the same tab share one."""
    address: str
    """Below the snapshot, without slashes at the ends; a format string over selection and view."""
    template: str
    subjects: Callable[[Book], Iterator[Subject]]
    context: Callable[[Book, Subject], Context]
    heading: Callable[[Book, Subject], str]
    describe: Callable[[Book, Subject], str]
    in_nav: bool = True
    searchable: bool = True
    found_by_name: bool = False
    """Whether search finds its title, and nothing else of it: mkdocs would read every table again."""
    style: str = ""
    """A style sheet beside the one that all pages have."""
    contents_list: bool = False
    """Whether a table of contents stands beside the page."""


@dataclass(frozen=True)
class Page:
    """One page of one snapshot."""

    kind: PageKind
    subject: Subject
    address: str
    title: str
    description: str

    @property
    def root(self) -> str:
        """The snapshot's root as seen from this page."""
        return "../" * len([part for part in self.address.split("/") if part])

    @property
    def file(self) -> str:
        """Its Markdown file below the docs directory."""
        return f"{self.address}/index.md".lstrip("/")

    def front_matter(self) -> dict[str, Any]:
        """Settings for Material. Text is escaped, for it is printed as it stands."""
        hidden = ["navigation"] if self.kind.contents_list else ["navigation", "toc"]
        settings: dict[str, Any] = {
            "title": attribute(self.title),
            "description": attribute(self.description),
            "hide": hidden,
            "tab": self.kind.tab,
        }
        if self.kind.style:
            settings["style"] = self.kind.style
        if not self.kind.searchable:
            settings["search"] = {"exclude": True}
        return settings


def _once(_book: Book) -> Iterator[Subject]:
    yield Subject()


def _once_with_history(book: Book) -> Iterator[Subject]:
    if book.results.history is not None:
        yield Subject()


def _where_two_have_pages(book: Book) -> Iterator[Subject]:
    if len(book.model_pages) > 1:
        yield Subject()


def _where_two_metrics_are(book: Book) -> Iterator[Subject]:
    if len(book.snapshot.tree.metric_ids) > 1:
        yield Subject()


def _each_selection(book: Book) -> Iterator[Subject]:
    return (Subject(selection) for selection in book.selections)


def _each_view(book: Book) -> Iterator[Subject]:
    by_id = {selection.id: selection for selection in book.selections}
    return (Subject(by_id[view.selection], view) for view in book.results.views)


def _each_model(book: Book) -> Iterator[Subject]:
    return (Subject(node=model) for model in book.model_pages)


def _each_metric(book: Book) -> Iterator[Subject]:
    return (Subject(node=metric) for metric in book.metric_pages)


def _view(subject: Subject) -> View:
    if subject.view is None:
        raise ValueError("a page of a view without a view")
    return subject.view


def _about_selection(what: str) -> Callable[[Book, Subject], str]:
    def heading(_book: Book, subject: Subject) -> str:
        return f"{what}: {subject.selection.title}" if subject.selection else what

    return heading


def _always(text: str) -> Callable[[Book, Subject], str]:
    return lambda _book, _subject: text


def _described(text: str) -> Callable[[Book, Subject], str]:
    def describe(book: Book, subject: Subject) -> str:
        of = f" {subject.selection.title}." if subject.selection else ""
        return f"{text} {book.study.title}, snapshot {book.snapshot.id}.{of}"

    return describe


def _selection_pages(
    tab: str,
    address: str,
    context: Callable[[Book, Selection | None], Context],
    text: str,
) -> tuple[PageKind, PageKind]:
    """A page for the whole snapshot and one for each selection, from one template."""

    def of(book: Book, subject: Subject) -> Context:
        return context(book, subject.selection)

    whole = PageKind(
        address, tab, address, f"{address}.md", _once, of, _about_selection(tab), _described(text)
    )
    each = PageKind(
        f"{address}-selection", tab, address + "/{selection}", f"{address}.md", _each_selection, of,
        _about_selection(tab), _described(text), searchable=False,
    )  # fmt: skip
    return whole, each


PAGES: tuple[PageKind, ...] = (
    PageKind(
        "overview", "Overview", "", "overview.md", _once,
        lambda book, _: contents.overview(book),
        lambda book, _: book.study.title,
        lambda book, _: book.study.summary,
    ),
    *_selection_pages("Rankings", "rankings", contents.rankings, "All rankings, and how far schemes agree."),
    PageKind(
        "view", "Rankings", "view/{selection}/{policy}/{scheme}", "view.md", _each_view,
        lambda book, subject: contents.view(book, _view(subject)),
        lambda _, subject: _view(subject).title,
        lambda book, subject: f"{_view(subject).title}: {book.models_are} ranked. {book.study.title}.",
        in_nav=False, searchable=False,
    ),
    PageKind(
        "explore", "Explorer", "explore", "explore.md", _once,
        lambda book, _: explorer.explorer_page(book), _always("Explorer"),
        _described("Any metrics, weights, coverage policy and scheme, ranked in the browser."),
        style="explorer.css",
    ),
    *_selection_pages("Agreement", "agreement", evidence.agreement, "How far every two metrics agree."),
    PageKind(
        "pair", "Agreement", "pair", "pair.md", _where_two_metrics_are,
        lambda book, _: two_metrics.pair_page(book), _always("Two metrics"),
        _described("How far two metrics agree, and on which models they do not."),
        in_nav=False, style="explorer.css",
    ),
    *_selection_pages(
        "Contribution", "contribution", contribution.contribution,
        "How much of the overall score each group of metrics explains.",
    ),
    PageKind(
        "robustness", "Robustness", "robustness", "robustness.md", _once,
        lambda book, _: robustness.robustness(book), _always("Robustness"),
        _described("How far places move with selections, policies, schemes, metrics, weights and rivals."),
    ),
    PageKind(
        "history", "History", "history", "history.md", _once_with_history,
        lambda book, _: history.history(book), _always("History"),
        _described("Places over the snapshots, and what has moved each since the last."),
    ),
    PageKind(
        "compare", "Robustness", "compare", "compare.md", _where_two_have_pages,
        lambda book, _: compare.compare_page(book),
        lambda book, _: f"Compare {book.models_are}",
        _described("Places in every ranking and ranks on every metric, side by side."),
        in_nav=False, style="explorer.css",
    ),
    PageKind(
        "model", "Robustness", "model/{node}", "model.md", _each_model,
        lambda book, subject: profiles.model(book, subject.node),
        lambda book, subject: book.model_names[subject.node],
        lambda book, subject: f"{book.model_names[subject.node]}: its places and scores. {book.study.title}.",
        in_nav=False, searchable=False, found_by_name=True,
    ),
    PageKind(
        "metric", "Coverage", "metric/{node}", "metric.md", _each_metric,
        lambda book, subject: profiles.metric(book, subject.node),
        lambda book, subject: book.metric_names[subject.node],
        lambda book, subject: f"{book.metric_names[subject.node]}: scores and agreement. {book.study.title}.",
        in_nav=False, searchable=False, found_by_name=True,
    ),
    PageKind(
        "coverage", "Coverage", "coverage", "coverage.md", _once,
        lambda book, _: about.coverage(book), _always("Coverage"),
        _described("Which cells are scored, failed or missing, and what each metric costs."),
    ),
    PageKind(
        "methods", "Methods", "methods", "methods.md", _once,
        lambda book, _: about.methods(book), _always("Methods"),
        _described("Formulae, assumptions and sources of every scheme, policy, coefficient and test."),
        contents_list=True,
    ),
    PageKind(
        "cite", "Cite", "cite", "cite.md", _once,
        lambda book, _: citing.cite(book), _always("Cite"),
        _described("How to cite a ranking, its data and the software, and what stays as it is."),
    ),
    PageKind(
        "data", "Data", "data", "data.md", _once,
        lambda book, _: about.data(book), _always("About the data"),
        _described("Where the scores come from, on what terms, and the digests of data and files."),
        contents_list=True,
    ),
)  # fmt: skip


def all_pages(book: Book) -> list[Page]:
    """Every page of a snapshot, in the order of the table."""
    pages = []
    for kind in PAGES:
        for subject in kind.subjects(book):
            view = subject.view
            address = kind.address.format(
                selection=subject.selection.id if subject.selection else "",
                policy=view.policy if view else "",
                scheme=view.scheme if view else "",
                node=book.metric_pages.get(subject.node, subject.node),
            )
            pages.append(
                Page(kind, subject, address, kind.heading(book, subject), kind.describe(book, subject))
            )
    return pages


def navigation(pages: list[Page]) -> list[dict[str, Any]]:
    """mkdocs' nav: a tab for each kind of page; where a tab has several, its first page is its index."""
    tabs: dict[str, list[Page]] = {}
    for page in pages:
        if page.kind.in_nav:
            tabs.setdefault(page.kind.tab, []).append(page)
    nav: list[dict[str, Any]] = []
    for tab, members in tabs.items():
        if len(members) == 1:
            nav.append({tab: members[0].file})
            continue
        rest = [
            {attribute(page.subject.selection.title if page.subject.selection else page.title): page.file}
            for page in members[1:]
        ]
        nav.append({tab: [members[0].file, *rest]})
    return nav
