"""The frame around every page: search, selector of snapshots, what follows the reader; and long tables."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from conftest import Visit
from kinds import SELECTION, SIMULATED
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
VIEW = f"{SIMULATED}/view/{SELECTION[SIMULATED]}/complete/mean-rank/"
FIELD, RESULT = ".md-search__input", ".md-search-result__link"
LATE = ("/search_index.json", "/theme/search.js", "/workers/search", "/sitemap.xml", "/vega.js")


def watch(visit: Visit) -> list[str]:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.on("worker", lambda worker: asked.append(worker.url))
    return asked


def test_what_searches_is_had_when_the_reader_turns_to_the_field(visit: Visit) -> None:
    asked = watch(visit)
    page = visit.go(VIEW)
    assert not [url for url in asked if any(part in url for part in LATE)]
    page.locator(".md-search").hover()
    page.wait_for_timeout(500)
    had = [part for part in LATE[:3] if any(part in url for url in asked)]
    assert had == list(LATE[:3])


@pytest.mark.parametrize("visit", [390, 1280], indirect=True)
def test_a_search_is_opened_answered_and_followed_by_keys(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/methods/")
    page.keyboard.press("Control+k")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type("kemeny")
    best, status = page.locator(RESULT).first, page.locator(".md-search-result__meta")
    expect(status).to_have_text("3 matching documents")
    expect(status).to_have_attribute("role", "status")
    assert page.locator(f"{RESULT} mark").all_inner_texts()[0] == "Kemeny"
    page.keyboard.press("ArrowUp")
    expect(page.locator(RESULT).last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(best).to_be_focused()
    page.keyboard.type("x")
    expect(page.locator(FIELD)).to_have_value("kemenyx")
    page.locator(FIELD).fill("lapwing 12")
    expect(best).to_contain_text("Sim Lapwing 12")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/{SIMULATED}/model/sim-lapwing-12/$"))


def test_enter_goes_to_what_was_typed_and_not_to_what_was_found_before(visit: Visit) -> None:
    """The key comes before the answer, and while the results of fewer letters are shown."""
    page = visit.go(f"{SIMULATED}/")
    page.locator(FIELD).fill("kemeny")
    expect(page.locator(RESULT).first).to_contain_text("Methods")
    page.evaluate(
        """() => {
          const field = document.querySelector(".md-search__input");
          field.value = "lapwing 12";
          field.dispatchEvent(new InputEvent("input"));
          field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
        }"""
    )
    page.wait_for_url(re.compile(f"/{SIMULATED}/model/sim-lapwing-12/$"))


def test_a_search_shows_more_as_it_is_scrolled_and_nothing_for_no_words(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/")
    page.locator(FIELD).fill("sim")
    items, status = page.locator(".md-search-result__item"), page.locator(".md-search-result__meta")
    expect(status).to_have_text(re.compile("matching documents"))
    n = int(status.inner_text().split()[0])
    assert n > 200
    assert items.count() < 40
    for _ in range(40):
        items.last.scroll_into_view_if_needed()
        page.wait_for_timeout(50)
    assert items.count() == n
    page.locator(".md-search__options button[type=reset]").click()
    expect(items).to_have_count(0)
    expect(status).to_have_text("Type to start searching")
    page.locator(FIELD).fill("qqqqq")
    expect(status).to_have_text("No matching documents")


def test_an_address_with_words_searches_and_is_rid_of_them_when_that_closes(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/?q=kemeny&v=1")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator(RESULT).first).to_contain_text("Methods")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/\?v=1$"))
    expect(page.locator(".md-search__output")).to_be_hidden()


def test_a_search_that_cannot_be_had_says_so(visit: Visit) -> None:
    page = visit.page
    page.route("**/search_index.json", lambda route: route.fulfill(status=500))
    visit.go(f"{SIMULATED}/")
    page.locator(FIELD).fill("kemeny")
    expect(page.locator(".md-search-result__meta")).to_have_text("Search could not be loaded.")
    assert [one for one in visit.complaints if "500" not in one] == []
    visit.complaints.clear()


def other_snapshot(page: Page) -> None:
    page.locator(".md-version").hover(force=True)
    page.locator(".md-version__link", has_text="2023-12-31").click()


def test_the_selector_keeps_the_page_its_query_and_its_place(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/methods/?v=1#schemes")
    expect(page.locator("[data-md-component=outdated]")).to_be_hidden()
    expect(page.locator(".md-version__link[aria-current]")).to_have_text("2024-12-31")
    other_snapshot(page)
    page.wait_for_url("**/simulated-alignment/v/2023-12-31/methods/?v=1#schemes")
    note = page.locator("[data-md-component=outdated]")
    expect(note).to_contain_text("A newer snapshot of this study exists")
    expect(note).to_be_visible()
    expect(page.locator(".md-version__current")).to_have_attribute("aria-label", "Select version: 2023-12-31")


def test_the_selector_leads_to_the_start_where_the_other_snapshot_has_no_such_page(visit: Visit) -> None:
    page = visit.page
    page.route("**/2023-12-31/sitemap.xml", lambda route: route.fulfill(status=404))
    visit.go(f"{SIMULATED}/methods/#schemes")
    other_snapshot(page)
    page.wait_for_url("**/simulated-alignment/v/2023-12-31/")
    visit.complaints.clear()


def test_an_old_snapshot_is_known_for_one_before_its_second_page_is_drawn(visit: Visit) -> None:
    page = visit.go("simulated-alignment/v/2023-12-31/methods/")
    page.route("**/versions.json", lambda route: route.abort())
    page.route("**/alignboard.js", lambda route: route.abort())
    page.goto(f"{visit.address}/simulated-alignment/v/2023-12-31/data/")
    expect(page.locator("[data-md-component=outdated]")).to_be_visible()
    visit.complaints.clear()


MARKED = """() => [...document.querySelectorAll('.md-sidebar--secondary .md-nav__link')]
  .map(x => [x.innerText.trim(), [...x.classList].slice(1).join(' ').replaceAll('md-nav__link--', '')])"""


def test_the_table_of_contents_and_the_header_follow_the_reader(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/methods/")
    title = page.locator("[data-md-component=header-title]")
    assert {state for _, state in page.evaluate(MARKED)} == {""}
    expect(title).not_to_have_class(re.compile("active"))
    page.locator("#trimmed-mean").evaluate(
        "one => scrollTo(0, one.getBoundingClientRect().top + scrollY - 60)"
    )
    active = page.locator(".md-sidebar--secondary .md-nav__link--active")
    expect(active).to_have_text("Trimmed mean")
    expect(active).to_be_in_viewport()
    expect(title).to_have_class(re.compile("active"))
    states = dict(page.evaluate(MARKED))
    names = list(states)
    assert all(states[one].startswith("passed") for one in names[: names.index("Trimmed mean")])
    assert all(states[one] == "" for one in names[names.index("Trimmed mean") + 1 :])
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(active).to_have_text(names[-1])
    page.evaluate("scrollTo(0, 0)")
    expect(active).to_have_count(0)
    expect(title).not_to_have_class(re.compile("active"))


def test_a_followed_link_of_the_contents_is_marked(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/methods/")
    for name in ("Borda count", "Arithmetic mean"):
        page.locator(".md-sidebar--secondary").get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".md-sidebar--secondary .md-nav__link--active")).to_have_text(name)


@pytest.mark.parametrize("visit", [390], indirect=True)
def test_a_name_that_is_cut_off_is_said_in_full(visit: Visit) -> None:
    page = visit.go(VIEW)
    page.evaluate("scrollTo(0, 1500)")
    name = page.locator("[data-md-component=header-topic] .md-ellipsis")
    name.hover()
    expect(name).to_have_attribute("title", name.inner_text())


def test_sides_end_where_the_window_does(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/methods/")
    page.set_viewport_size({"width": 1280, "height": 400})
    page.evaluate("scrollTo(0, 2000)")
    page.wait_for_timeout(100)
    bottom, more = page.locator(".md-sidebar--secondary .md-sidebar__scrollwrap").evaluate(
        "one => [one.getBoundingClientRect().bottom, one.scrollHeight > one.clientHeight]"
    )
    assert more
    assert bottom <= 400


def test_a_long_table_is_a_table_to_those_who_hear_it(visit: Visit) -> None:
    """Its rows stand on grids; Chromium's own tree says what they are."""
    page = visit.go(VIEW)
    rows = page.locator(".ab-long tbody tr").count()
    columns = page.locator(".ab-long thead th").count()
    assert rows > 60
    page.set_viewport_size({"width": 1280, "height": 40 * rows})  # all parts are near
    page.wait_for_timeout(300)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(one["role"]["value"] for one in tree if not one["ignored"])
    tables = page.locator("main table:visible")
    others = [
        tables.nth(at)
        for at in range(tables.count())
        if "ab-ranking" not in (tables.nth(at).get_attribute("class") or "")
    ]
    less = sum(one.locator("tr").count() for one in others)
    assert roles["row"] - less == rows + 1
    assert roles["rowheader"] >= rows
    assert roles["columnheader"] >= columns
    assert roles["cell"] >= rows * (columns - 2)


def test_a_long_table_keeps_its_parts_as_it_is_sorted(visit: Visit) -> None:
    page = visit.go(VIEW)
    sizes = "[...document.querySelectorAll('.ab-long tbody')].map(one => one.rows.length)"
    names, before = page.locator(".ab-long tbody th"), page.evaluate(sizes)
    first = names.all_text_contents()
    page.locator(".ab-long thead").get_by_role("button", name="Simulated model").click()
    assert page.evaluate(sizes) == before == [30, 30, 30, 5]
    assert sorted(first) == sorted(names.all_text_contents()) != first
    assert names.first.inner_text() == "Sim Auk 1"
    page.locator(".ab-long thead").get_by_role("button", name="Place", exact=True).click()
    assert names.all_text_contents() == first


@pytest.mark.parametrize("visit", [390, 1280], indirect=True)
def test_what_a_long_table_holds_fits_its_columns_and_these_stand_under_each_other(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/view/everything/worst-rank/mean-rank/")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 20_000})
    page.wait_for_timeout(300)
    wide, edges = page.locator(".ab-long table").evaluate(
        """table => {
          const shown = [...table.rows].map(row => [...row.cells].filter(cell => cell.offsetWidth));
          const over = shown.flat().filter(cell => cell.scrollWidth > cell.clientWidth + 1);
          const edges = shown.map(row => row.map(cell => Math.round(cell.getBoundingClientRect().right)));
          return [over.map(cell => cell.innerText), [...new Set(edges.map(String))]];
        }"""
    )
    assert wide == []
    assert len(edges) == 1
