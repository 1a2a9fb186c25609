"""The explorer's table: rows, order, focus, copies, and what a change leaves as it is."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from conftest import Visit
from playwright.sync_api import Page, expect
from test_explorer_page import READY, choice, explore, shown_models, state_of, until, visit_file

pytestmark = pytest.mark.browser


# The table


def test_only_rows_in_view_are_in_the_page_and_each_says_which_it_is(visit: Visit) -> None:
    page = explore(visit, "?v=1&policy=worst-rank&scheme=mean-rank")
    table = page.get_by_role("table", name=re.compile("Mean rank"))
    n = len(
        json.loads(visit_file(visit, "api/view/neural-and-behavior/worst-rank/mean-rank.json"))["ranking"]
    )
    assert table.get_attribute("aria-rowcount") == str(n + 1)
    assert table.locator("tbody tr[aria-rowindex]").count() < 120
    page.locator(".ab-x__scroll").focus()
    page.keyboard.press("End")
    last = page.locator(f"tr[aria-rowindex='{n + 1}']")
    expect(last).to_be_visible()
    assert page.evaluate("document.activeElement.closest('tr').ariaRowIndex") == str(n + 1)
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.closest('tr').ariaRowIndex") == str(n)
    name = page.evaluate("document.activeElement.closest('th').querySelector('a').textContent")
    page.keyboard.press("Enter")
    page.locator(".ab-x__scroll").evaluate("box => { box.scrollTop = 0; }")
    pin = page.get_by_role("button", name=f"Pin {name}", exact=True)
    expect(pin).to_have_attribute("aria-pressed", "true")
    assert shown_models(page)[0] == name
    assert "pin=" in state_of(page)


def test_columns_sort_with_ties_by_place_and_say_how(visit: Visit) -> None:
    page = explore(visit, "?v=1&policy=worst-rank&scheme=copeland&base=mean-rank")
    page.wait_for_selector(READY)
    for label, kind in (("Moved", "descending"), ("Failed", "descending"), ("Simulated model", "ascending")):
        head = page.locator(".ab-x__table").get_by_role("columnheader", name=label)
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == kind
        assert page.locator("th[aria-sort]").count() == 1
        rows = read_csv(page)
        index = list(rows[0]).index(label)
        keys = [row[index] for row in rows[1:]]
        if label == "Simulated model":
            assert keys[:3] == ["Sim Auk 1", "Sim Auk 2", "Sim Auk 3"]
            continue
        numbers = [int(key) for key in keys]
        assert numbers == sorted(numbers, reverse=True)
        places = [int(row[1]) for row in rows[1:]]
        for at in range(1, len(numbers)):
            assert numbers[at] < numbers[at - 1] or places[at] >= places[at - 1]


def read_csv(page: Page) -> list[list[str]]:
    with page.expect_download() as saved:
        page.locator(".ab-x__tools").get_by_role("button", name="CSV").click()
    return list(csv.reader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))


def test_the_csv_and_the_copy_hold_exactly_what_is_shown(visit: Visit) -> None:
    page = explore(visit, "?v=1&set=neural&policy=worst-rank&scheme=mean-rank&find=kite&cells=1&sort=-place")
    page.wait_for_selector(READY)
    rows = read_csv(page)
    heads = page.locator(".ab-x__table thead th").all_inner_texts()
    assert rows[0] == [head.removesuffix(" ↑").removesuffix(" ↓") for head in heads]
    shown = page.locator(".ab-x__table tbody tr[aria-rowindex]")
    assert len(rows) - 1 == shown.count() > 5
    view = json.loads(visit_file(visit, "api/view/neural/worst-rank/mean-rank.json"))
    columns = {name: position for position, name in enumerate(view["columns"])}
    known = {row[columns["model"]]: row for row in view["ranking"]}
    for row, cells in zip(rows[1:], shown.all(), strict=True):
        assert cells.locator("th a").inner_text() == row[0]
        assert "Kite" in row[0]
        wanted = known[row[0]]
        assert float(row[2]) == wanted[columns["value"]]
        assert row[1] == str(wanted[columns["place"]])
        low, high = wanted[columns["low"]], wanted[columns["high"]]
        assert row[3] == (f"{low}–{high}" if low != high else str(low))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy table").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert [line.split("\t") for line in copied.rstrip("\n").split("\n")] == rows


def test_copied_and_saved_cells_read_back_and_run_nothing(bench):
    rows = [["a", "with, comma", 'with "quotes"'], ["tab\there", "two\nlines", "carriage\rreturn"],
            ["=1+1", "@x", "-3.5e-07"], ["'=guarded", "-name", ""], ['"', "plain", "-7"]]  # fmt: skip
    script = """async ([rows, between]) => {
      const { csv } = await import("/explorer/cells.js");
      return csv(rows, between);
    }"""
    guarded = {"=1+1": "'=1+1", "@x": "'@x", "'=guarded": "''=guarded", "-name": "'-name"}
    wanted = [[guarded.get(cell, cell) for cell in row] for row in rows]
    for between in (",", "\t"):
        text = bench[1].evaluate(script, [rows, between])
        assert list(csv.reader(io.StringIO(text, newline=""), delimiter=between)) == wanted


def test_what_hides_is_gone_and_the_heat_map_goes_with_its_metrics(visit: Visit) -> None:
    page = explore(visit)
    heat = page.locator(".ab-x__heat")
    expect(heat).to_be_visible()
    heat.hover()
    heat.press("ArrowRight")
    expect(page.locator(".ab-x__readout")).to_contain_text("ρ")
    page.get_by_role("button", name="None", exact=True).click()
    for part in (".ab-x__heat", ".ab-x__tools", ".ab-x__table", ".ab-x__movers", ".ab-x__permanent"):
        expect(page.locator(part)).to_be_hidden()
    heat.evaluate("canvas => canvas.dispatchEvent(new PointerEvent('pointermove'))")
    page.get_by_label("Shape", exact=True).check()
    expect(heat).to_be_visible()


def test_a_search_a_sort_and_a_pin_leave_the_ranking_as_it_is(visit: Visit) -> None:
    page = explore(visit, "?v=1&policy=worst-rank&scheme=mean-rank")
    page.wait_for_selector(READY)
    page.evaluate(
        """() => {
          window.lead = document.querySelector(".ab-x__lead").firstChild;
          window.states = [];
          const root = document.querySelector("[data-explorer]");
          new MutationObserver(() => states.push(root.dataset.drawn))
            .observe(root, { attributeFilter: ["data-drawn"] });
        }"""
    )
    page.get_by_label("Find simulated models").fill("kite")
    page.locator(".ab-x__table thead").get_by_role("button", name="Place ↑", exact=True).click()
    page.locator(".ab-x__pin").first.click()
    page.get_by_label("Scores", exact=True).check()
    choice(page, "Compared with").select_option("copeland")
    expect(page.locator(".ab-x__col-likely")).to_have_count(1)
    assert page.evaluate("[...new Set(states)]") == ["likely"]
    expect(page.locator(".ab-x__main .ab-small")).to_contain_text("Likely places")
    choice(page, "Scheme").select_option("copeland")
    until(page, "states.at(-1) === 'likely' && states.includes('places')")


def test_a_search_is_one_step_back_and_what_follows_is_another(visit: Visit) -> None:
    page = explore(visit)
    steps = page.evaluate("history.length")
    find = page.get_by_label("Find simulated models")
    find.press_sequentially("kite")
    choice(page, "Scheme").select_option("copeland")
    assert state_of(page) == "?v=1&scheme=copeland&find=kite"
    assert page.evaluate("history.length") == steps + 2
    find.press_sequentially("zzz")
    expect(page.get_by_text("No ranked simulated model has “kitezzz” in its name.")).to_be_visible()
    assert page.evaluate("history.length") == steps + 3
    page.go_back()
    until(page, "location.search === '?v=1&scheme=copeland&find=kite'")
    page.go_back()
    until(page, "location.search === '?v=1&find=kite'")
    expect(find).to_have_value("kite")
    page.go_back()
    until(page, "location.search === ''")
    expect(find).to_have_value("")


def test_start_again_takes_what_was_said_of_the_address_with_it(visit: Visit) -> None:
    page = explore(visit, "?v=1&constructor=1&__proto__=2&scheme=toString")
    notices = page.locator(".ab-x__notices p")
    expect(notices).to_have_count(3)
    page.get_by_role("button", name="Start again").click()
    expect(notices).to_have_count(0)
    assert state_of(page) == ""


def test_rows_and_heads_keep_the_focus(visit: Visit) -> None:
    page = explore(visit, "?v=1&policy=worst-rank&scheme=mean-rank")
    page.wait_for_selector(READY)
    page.locator(".ab-x__scroll").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    row = "document.activeElement.closest('tr')?.getAttribute('aria-rowindex')"
    held = page.evaluate(row)
    assert held == "3"
    links = page.locator(".ab-x__table tbody :is(a, button)[tabindex='0']")
    assert (
        links.evaluate_all("all => all.map(one => one.closest('tr').getAttribute('aria-rowindex'))")
        == [held] * 2
    )
    box = page.locator(".ab-x__scroll")
    box.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    until(page, "document.activeElement.matches('.ab-x__scroll')")
    assert box.evaluate("box => box.scrollTop + box.clientHeight >= box.scrollHeight - 1")
    box.evaluate("box => { box.scrollTop = 0; }")
    until(page, f"{row} === '{held}'")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(row) == "4"
    page.locator(".ab-x__table thead").get_by_role("button", name="Likely places").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('th').ariaSort") == "ascending"
    # A column that comes in before it.
    compared = page.get_by_label("Compared with")
    compared.evaluate("one => { one.value = 'copeland'; one.dispatchEvent(new Event('change')); }")
    expect(page.locator(".ab-x__col-moved")).to_have_count(1)
    assert page.evaluate("document.activeElement.textContent") == "Likely places"


def test_a_refused_choice_says_why_in_the_builders_words(visit: Visit) -> None:
    page = explore(visit, "?v=1&policy=zero&scheme=mean-rank")
    expect(page.locator(".ab-x__lead")).to_contain_text("A score of 0 is an arbitrary place among the ranks")
    expect(page.locator(".ab-x__table")).to_be_hidden()
    choice(page, "Scheme").select_option("arithmetic-mean")
    expect(page.locator(".ab-x__table")).to_be_visible()


def test_a_ranking_by_one_metric_says_that_it_has_no_likely_places(visit: Visit) -> None:
    page = explore(visit, "?v=1&set=none&m=v1-orientation-1")
    expect(page.locator(".ab-x__main")).to_contain_text("No likely places: they need two metrics")
    expect(page.locator(".ab-x__table thead")).not_to_contain_text("Likely places")


def test_boxes_of_the_tree_stand_for_what_is_below_them(visit: Visit) -> None:
    page = explore(visit)
    page.get_by_role("button", name="None").click()
    expect(page.locator(".ab-x__lead")).to_contain_text("No metric is chosen.")
    page.get_by_label("V1", exact=True).check()
    neural = page.get_by_label("Neural", exact=True)
    assert neural.evaluate("box => [box.checked, box.indeterminate]") == [False, True]
    neural.check()
    assert neural.evaluate("box => [box.checked, box.indeterminate]") == [True, False]
    expect(choice(page, "Selection")).to_have_value("neural")
