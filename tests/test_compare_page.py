"""Models beside each other: the document, the counts, and the page in a browser."""

from __future__ import annotations

import itertools
import json
import re
import statistics
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from conftest import Visit
from kinds import SIMULATED
from playwright.sync_api import Page, expect
from projects import book_of
from samples import CELLS, make_snapshot

from builder import api
from builder.analysis import analyse
from builder.catalog.study import Study
from builder.site import book as of_book
from builder.site.book import Book
from builder.site.compare import compare_document, compare_page, compare_query


@pytest.fixture
def book(study: Study) -> Book:
    snapshot = make_snapshot(CELLS)
    return Book(study, snapshot, analyse(study, snapshot))


def test_the_document_has_every_place_and_every_rank(book: Book) -> None:
    document = compare_document(book)
    jsonschema.validate(document, api.schema("compare"))
    ids = document["models"]["id"]
    assert ids == list(book.model_pages), "zeta, which no ranking has, is not among them"
    assert "zeta" not in ids
    for ranking, places in zip(document["rankings"], document["places"], strict=True):
        view = book.views[ranking["selection"], ranking["policy"], ranking["scheme"]]
        told = {model: place for model, place in zip(ids, places, strict=True) if place is not None}
        assert told == dict(zip(view.ranking["model_id"], view.ranking["place"], strict=True))
        assert ranking["n_models"] == len(told) == view.n_models
    # Ranks by hand: one more than there are better scores, ties at their mean.
    for j, (metric, ranks) in enumerate(zip(document["metrics"], document["ranks"], strict=True)):
        column = {model: row[j] for model, row in CELLS.items() if isinstance(row[j], float)}
        assert metric["n_scored"] == len(column)
        for model, rank in zip(ids, ranks, strict=True):
            if model not in column:
                assert rank is None
                continue
            above = sum(score > column[model] for score in column.values())
            level = sum(score == column[model] for score in column.values())
            assert rank == above + (level + 1) / 2


def test_an_address_names_the_first_that_have_a_page(book: Book) -> None:
    first, second, third = book.model_pages[:3]
    assert compare_query(book, [first, "nobody", second, third, "more"]) == f"v=1&m={first},{second},{third}"
    assert compare_query(book, [first, "nobody"]) == ""


@pytest.mark.parametrize(
    ("pages", "extra", "said"),
    [
        (500, 0, "; the other one is in no ranking."),
        (500, 1, "; the other 2 are in no ranking."),
        (
            3,
            0,
            ": the first of the 5 that are ranked, by their median place over all rankings; 1 is in none.",
        ),
        (
            3,
            1,
            ": the first of the 5 that are ranked, by their median place over all rankings; 2 are in none.",
        ),
    ],
)
def test_why_some_cannot_be_chosen_is_said(
    study: Study, monkeypatch: pytest.MonkeyPatch, pages: int, extra: int, said: str
) -> None:
    monkeypatch.setattr(of_book, "MOST_PAGES", pages)
    cells = {**CELLS, **{f"empty{k}": (None,) * 4 for k in range(extra)}}
    book = book_of(study, cells)
    assert len(book.results.robustness.standings) == 5  # type: ignore[union-attr]
    offered = f"{min(pages, 5)} of {6 + extra} models can be chosen{said}"
    assert compare_page(book)["offered"] == offered


def test_nothing_is_said_where_all_can_be_chosen_and_places_where_all_are_ranked(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = {model: scores for model, scores in CELLS.items() if model != "zeta"}
    assert compare_page(book_of(study, cells))["offered"] == ""
    monkeypatch.setattr(of_book, "MOST_PAGES", 3)
    assert compare_page(book_of(study, cells))["offered"] == (
        "3 of 5 models can be chosen: the first by their median place over all rankings."
    )


# In a browser

COMPARE = f"{SIMULATED}/compare/"


def compare(visit: Visit, query: str = "") -> Page:
    page = visit.go(f"{COMPARE}{query}")
    page.wait_for_selector("[data-compare][data-drawn]")
    return page


def document(page: Page) -> dict[str, Any]:
    return json.loads(page.request.get(f"{page.url.split('/compare/')[0]}/api/compare.json").text())


def rows(page: Page, label: str) -> list[list[str]]:
    table = page.get_by_role("region", name=label).locator("tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in table.all()]


@pytest.mark.browser
def test_what_the_page_counts_is_what_the_document_says(visit: Visit) -> None:
    page = compare(visit)
    given = document(page)
    ids, names = given["models"]["id"], given["models"]["name"]
    chosen = [ids.index(model) for model in given["start"]["models"]]
    places = np.array(given["places"], dtype=float)
    shown = rows(page, "Places over all rankings")
    assert len(shown) == len(chosen) == 3
    for at, row in zip(chosen, shown, strict=True):
        mine = [int(place) for place in places[:, at] if not np.isnan(place)]
        median = statistics.median(mine)
        assert row[0].endswith(names[at])
        assert [float(cell) for cell in row[1:5]] == [len(mine), min(mine), median, max(mine)]
        assert [int(cell) for cell in row[5:]] == [mine.count(1), sum(place <= 10 for place in mine)]
    above = rows(page, "In how many rankings the row stands above the column")
    for i, j in itertools.permutations(range(3), 2):
        pair = places[:, [chosen[i], chosen[j]]]
        pair = pair[~np.isnan(pair).any(axis=1)]
        assert above[i][1 + j].startswith(f"{int((pair[:, 0] < pair[:, 1]).sum())} of {len(pair)}")
    metrics = rows(page, "Ranks on every metric")
    by_name = {metric["name"]: j for j, metric in enumerate(given["metrics"])}
    assert len(metrics) >= len(given["metrics"]) - 5
    for row in metrics[:20]:
        ranks = given["ranks"][by_name[row[0]]]
        assert row[3:6] == ["–" if ranks[at] is None else f"{ranks[at]:g}" for at in chosen]


GIVEN = {
    "study": "s", "snapshot": "t", "models_are": "models", "most": 2,
    "models": {"id": ["a", "b", "c", "d"], "name": ["A", "B", "C", "D"]},
    "metrics": [{"id": "m", "name": "M", "group": "", "page": "", "n_scored": 2}],
    "ranks": [[1, 2, None, None]], "selections": [{"id": "all", "title": "All"}],
    "policies": [{"id": "complete", "title": "Complete"}], "schemes": [{"id": "mean", "title": "Mean"}],
    "rankings": [{"selection": "all", "policy": "complete", "scheme": "mean", "n_models": 2}] * 2,
    "places": [[1, 1, None, None], [1, 1, None, None]],
    "start": {"selection": "all", "policy": "complete", "models": ["a", "b"]},
}  # fmt: skip
SCRIPT = """async () => {
  const { compareModels } = await import("/compare/page.js"), root = document.createElement("div");
  Object.assign(root.dataset, { document: "/given.json", root: "../" });
  await compareModels(root);
  return [root.querySelector(".ab-lead").textContent, root.textContent];
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("places", "models", "said"),
    [
        ([[1, 1], [1, 1]], "a,b", "A and B are level in all 2 rankings that have both."),
        ([[1, 1], [None, 1]], "a,b", "A and B are level in the one ranking that has both."),
        ([[1, 2], [1, 2]], "a,b", "A stands above B in all 2 rankings that have both."),
        ([[2, 1], [1, 1]], "a,b", "B stands above A in 1 of the 2 rankings that have both, level in 1."),
        ([[2, 1], [1, 2]], "a,b",
         "A and B each stand above the other in 1 of the 2 rankings that have both."),
        ([[2, 1], [1, 2]], "c,d", "No ranking has both C and D."),
    ],
)  # fmt: skip
def test_two_that_are_level_or_have_no_score_are_said_plainly(
    bench: tuple[Path, Page], places: list[list[int | None]], models: str, said: str
) -> None:
    _, page = bench
    start = {**GIVEN["start"], "models": models.split(",")}
    given = {**GIVEN, "places": [[*row, None, None] for row in places], "start": start}
    page.route("**/given.json", lambda route: route.fulfill(json=given))
    lead, text = page.evaluate(SCRIPT)
    page.unroute("**/given.json")
    assert lead == said
    assert ("None of them has a score on any metric." in text) == (models == "c,d")
    assert "2 are the most" not in text
    assert "NaN" not in text


@pytest.mark.browser
def test_the_address_keeps_the_choice_and_says_what_it_cannot_hold(visit: Visit) -> None:
    page = compare(visit)
    given = document(page)
    assert page.evaluate("location.search") == ""
    added = given["models"]["name"][20]
    page.get_by_label("Add a simulated model").fill(added)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".ab-c__chosen li")).to_have_count(4)
    page.get_by_label("Order").select_option("difference")
    ids = [*given["start"]["models"], given["models"]["id"][20]]
    assert page.evaluate("location.search") == f"?v=1&m={','.join(ids)}&by=difference"
    page.reload()
    page.wait_for_selector("[data-compare][data-drawn]")
    expect(page.locator(".ab-c__chosen li")).to_have_count(4)
    page.get_by_role("button", name=f"Without {added}").click()
    assert page.evaluate("location.search") == "?v=1&by=difference"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Without ")
    page.go_back()
    expect(page.locator(".ab-c__chosen li")).to_have_count(4)
    compare(visit, f"?v=2&m={ids[0]},nobody,{ids[1]}&set=none&policy=complete")
    notices = page.locator(".ab-x__notices")
    for said in ("version 2", "“nobody”", "no selection “none”"):
        expect(notices).to_contain_text(said)
    expect(page.locator(".ab-c__chosen li")).to_have_count(2)
    expect(page.locator("[data-compare] .ab-lead")).to_have_text(
        re.compile(r"stands above .* rankings that have both")
    )
    compare(visit, f"?m={ids[0]}")
    expect(page.locator("[data-compare] .ab-lead")).to_have_text("Add another to compare.")
    expect(page.get_by_text("On every metric", exact=True)).to_be_hidden()


@pytest.mark.browser
def test_names_that_nobody_has_are_refused_with_a_sentence(visit: Visit) -> None:
    page = compare(visit)
    page.get_by_label("Add a simulated model").fill("<img src=x onerror=alert(1)>")
    page.get_by_label("Add a simulated model").press("Enter")
    expect(page.locator(".ab-x__notices")).to_have_text(
        "No simulated model here is called “<img src=x onerror=alert(1)>”."
    )
    expect(page.locator(".ab-c__chosen li")).to_have_count(3)
