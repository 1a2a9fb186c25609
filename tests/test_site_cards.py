"""Social cards: what they show, how large they are, and what a page says of its own."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from samples import CELLS, make_snapshot

from builder.analysis import analyse
from builder.catalog.study import Study
from builder.results import View
from builder.site import lettering
from builder.site.book import Book
from builder.site.cards import SIZE, card, write_cards
from builder.site.metadata import about
from builder.site.pages import all_pages
from builder.site.tables import number_cells

PAPER, BAR = (255, 255, 255), (159, 203, 211)


def book_of(study: Study, site_url: str | None = None, names: list[str] | None = None) -> Book:
    snapshot = make_snapshot(CELLS, names=names)
    return Book(study, snapshot, analyse(study, snapshot), site_url=site_url)


def pixels(png: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(png))
    assert image.size == SIZE
    assert image.mode == "P"
    return np.asarray(image.convert("RGB"))


def bars(png: bytes) -> list[int]:
    """Lengths of the bars, from the top."""
    shown = (pixels(png) == BAR).all(axis=2)
    rows = np.flatnonzero(shown.any(axis=1))
    starts = rows[np.flatnonzero(np.diff(rows, prepend=-9) > 1)]
    return [int(shown[row].sum()) for row in starts]


def test_bars_are_as_long_as_the_values_say(study: Study) -> None:
    book = book_of(study)
    for view in book.results.views:
        lengths = bars(card(book, view))
        shares = [share for share in view.ranking["display"].head(5).tolist() if share > 0]
        assert lengths == pytest.approx([336 * share for share in shares], abs=1.5), view.address
    assert max(bars(card(book, book.results.views[0]))) == 337


def test_what_is_too_long_ends_inside_the_card_and_before_the_bars(study: Study) -> None:
    names = ["W" * 200, *(model for model in list(CELLS)[1:])]
    book = book_of(study, names=names)
    view = replace(book.results.views[0], title="A title that goes on and on " * 12)
    shown = pixels(card(book, view))
    margin = np.concatenate([shown[12:, :40], shown[12:, 1160:]], axis=1)
    assert (margin == PAPER).all()
    assert (shown[246:540, 626:649] == PAPER).all(), "a gap between names and bars"


@pytest.mark.parametrize(
    "text", ["A title of many words, " * 30, "W" * 90, "i" * 400, "模型 of é, AVAVAV " * 20]
)
def test_a_text_is_cut_where_trying_every_length_cuts_it(text: str) -> None:
    font = lettering.font(32)
    longest = max(n for n in range(len(text)) if font.getlength(text[:n] + "…") <= 400)
    assert lettering.cut(text, 32, 400) == text[:longest].rstrip() + "…"
    words = text.split(" ")
    fitting = [n for n in range(len(words)) if font.getlength(" ".join(words[:n])) <= 400]
    assert lettering.lines(text, 32, 400)[0] == " ".join(words[: max(1, *fitting)])


def test_of_a_very_long_text_no_more_is_measured_than_a_card_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[int] = []
    font = lettering.font(50)

    def counting(text: str) -> float:
        measured.append(len(text))
        return font.getlength(text)

    monkeypatch.setattr(lettering, "font", lambda _: SimpleNamespace(getlength=counting))
    for cut in (lettering.cut, lettering.lines):
        cut("a b" * 50_000, 50, 1000)
    assert max(measured) <= lettering.LONGEST + 1
    assert len(measured) < 40


def test_every_sign_that_is_drawn_is_one_that_the_font_has(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["Épée\u00a0Žluť", "模型", "−1,5\u202f% ≥ x²", *(model for model in list(CELLS)[3:])]
    book = book_of(replace(study, file=study.file.model_copy(update={"title": "Обзор − é"})), names=names)
    drawn: list[tuple[str, ImageFont.FreeTypeFont]] = []
    text = ImageDraw.ImageDraw.text

    def told(self: ImageDraw.ImageDraw, at: object, said: str, **options: Any) -> None:
        drawn.append((said, options["font"]))
        text(self, at, said, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", told)
    view = book.results.views[0]
    ranking = view.ranking.assign(value=[-value for value in view.ranking["value"]])
    card(book, replace(view, ranking=ranking))
    for said, font in drawn:
        missing = bytes(font.getmask("\uffff"))
        assert [sign for sign in said if bytes(font.getmask(sign)) == missing] == [], said
    words = [said for said, _ in drawn]
    assert {"Epee Zlut", "-1,5 % x2"} <= set(words)
    [unnamed] = [model for model, name in book.model_names.items() if name == "模型"]
    assert unnamed in words, "of its name nothing is left"
    assert sum(word.startswith("-0.") for word in words) == len(ranking) == 3


def test_values_stand_at_their_rows_and_shared_places_are_marked(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(study)
    view = book.results.views[0]
    places = [1, 2, 2, *range(4, len(view.ranking) + 1)]
    drawn: list[tuple[tuple[int, int], str]] = []
    monkeypatch.setattr(
        ImageDraw.ImageDraw, "text", lambda _self, at, said, **_options: drawn.append((at, said))
    )
    card(book, replace(view, ranking=view.ranking.assign(place=places)))
    rows = [sorted((x, said) for (x, y), said in drawn if y == 246 + 58 * i) for i in range(5)]
    n_rows = min(5, len(places))
    assert [row[0][1] for row in rows[:n_rows]] == ["1", "2=", "2=", "4", "5"][:n_rows]
    values = number_cells(view.ranking["value"].tolist())[:n_rows]
    assert [row[2][1] for row in rows[:n_rows]] == values
    models = [book.model_names[model] for model in view.ranking["model_id"].head(5)]
    assert [row[1][1] for row in rows[:n_rows]] == models


def test_control_characters_and_strange_scripts_are_drawn_too(study: Study) -> None:
    names = ["a\x00b\nc", "\u202eevil", "模型", "", *(model for model in list(CELLS)[4:])]
    book = book_of(study, names=names)
    assert len(card(book, book.results.views[0])) > 1000


def test_equal_rankings_are_equal_bytes_and_each_ranking_has_its_card(study: Study, tmp_path) -> None:
    book = book_of(study)
    write_cards(book, _with_folders(book, tmp_path))
    found = {path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("card.png")}
    assert found == {view.address for view in book.results.views}
    again = book_of(study)
    for view in again.results.views:
        assert card(again, view) == (tmp_path / view.address / "card.png").read_bytes()
    assert max(path.stat().st_size for path in tmp_path.rglob("card.png")) < 40_000


def _with_folders(book: Book, folder):
    for view in book.results.views:
        (folder / view.address).mkdir(parents=True)
    return folder


def test_pages_name_their_card_where_the_address_of_the_site_is_known(study: Study) -> None:
    book = book_of(study, "https://example.org/board/", names=['"><script>', *list(CELLS)[1:]])
    start = book.default_view
    assert isinstance(start, View)
    for page in all_pages(book):
        social = about(book, page)["social"]
        root = "https://example.org/board/tiny/v/2025-01-31/"
        view = page.subject.view or start
        assert social["image"] == f"{root}{view.address}/card.png"
        assert social["url"] == (f"{root}{page.address}/" if page.address else root)
        assert not any(sign in text for text in social.values() for sign in '<>"')
    nowhere = book_of(study)
    assert not any("social" in about(nowhere, page) for page in all_pages(nowhere))
