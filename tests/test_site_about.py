"""The pages about methods and data: what a scheme's row claims, and a study's note on published values."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from projects import book_of, study_of
from samples import STUDY, make_snapshot, pinned_at

from builder.catalog.study import Study
from builder.results import SnapshotResults
from builder.site import about
from builder.site.book import Book
from builder.stats.schemes import SCHEMES
from builder.stats.schemes.kinds import UNCHANGED_BY


class _Rows(HTMLParser):
    """The text of each row's cells."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def rows_of(html: object) -> list[list[str]]:
    parser = _Rows()
    parser.feed(str(html))
    return parser.rows


@pytest.fixture(scope="module")
def book(study: Study, tiny: SnapshotResults) -> Book:
    return Book(study, make_snapshot(), tiny)


def test_the_methods_page_says_of_every_scheme_what_its_row_claims(book: Book) -> None:
    head, *rows = rows_of(about.methods(book)["claims"])
    assert head[0] == "Scheme"
    by_title = {row[0]: row[1:] for row in rows}
    assert list(by_title) == [scheme.title for scheme in SCHEMES.values()]
    for scheme in SCHEMES.values():
        assert by_title[scheme.title][0] == UNCHANGED_BY[scheme.invariance]
    # Baldwin's rule has neither, as its two published counterexamples show; Borda's count has both.
    assert by_title["Baldwin rule"][1:] == ["can cost places", "need not turn it"]
    assert by_title["Borda count"][1:] == ["never costs a place", "turn the ranking"]
    assert by_title["Kemeny-Young order"][1] == "never costs the first place"


def test_a_study_may_say_why_published_values_differ(tmp_path: Path) -> None:
    pinned = pinned_at("2025-01-31").replace(
        "[[snapshots.sources]]", 'published_note = "Two <b>sums</b> count twice."\n[[snapshots.sources]]'
    )
    study = study_of(tmp_path, STUDY + pinned)
    for said, last in (([("alpha", "neural", 0.1)], "Two &#60;b&#62;sums"), ([], None)):
        found = about.data(book_of(study, published=said))["compared"]
        assert str(found[-1]).startswith(last) if last else found == [], found
