"""The explorer's page: addresses, the table, downloads, permanent views, and what no page may do."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, Visit
from playwright.sync_api import Locator, Page, expect
from samples import make_snapshot
from test_browser import SELECTION, SIMULATED, every_page
from test_explorer_engine import BASELINE, document

from builder import api
from builder.catalog.study import load_study
from builder.site.explorer import OFFERED

pytestmark = pytest.mark.browser
EXPLORE = f"{SIMULATED}/explore/"
READY = "[data-explorer][data-drawn=likely]"
ROUND_TRIP = """async ({ given, states }) => {
  const { readSnapshot } = await import("/explorer/snapshot.js");
  const { encode, decode } = await import("/explorer/state.js");
  const snapshot = readSnapshot(given);
  return states.map((state) => {
    const search = encode(snapshot, { ...state, weights: new Map(state.weights) });
    const mailed = search.replace(/,/g, "%2C").replace(/!/g, "%21").replace(/:/g, "%3A");
    const [read, again] = [decode(snapshot, search), decode(snapshot, mailed)];
    const plain = ({ state }) => ({ ...state, weights: [...state.weights] });
    return [search, plain(read), [...read.problems, ...again.problems], plain(again)];
  });
}"""


def explore(visit: Visit, query: str = "") -> Page:
    page = visit.go(f"{EXPLORE}{query}")
    page.wait_for_selector("[data-explorer][data-drawn]")
    return page


def shown_models(page: Page) -> list[str]:
    return page.locator(".ab-x__table tbody th a").all_inner_texts()


def choice(page: Page, label: str) -> Locator:
    return page.locator(".ab-x__bar").get_by_label(label)


def state_of(page: Page) -> str:
    return page.evaluate("location.search")


def until(page: Page, condition: str) -> None:
    """Wait for it; the page's own rules forbid what Playwright would have the page evaluate for that."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


# Addresses


def test_what_is_chosen_stands_in_the_address_and_survives_reload_and_the_back_button(visit: Visit) -> None:
    page = explore(visit)
    assert state_of(page) == ""
    first = shown_models(page)[:5]
    choice(page, "Scheme").select_option("copeland")
    assert state_of(page) == "?v=1&scheme=copeland"
    choice(page, "Coverage").select_option("worst-rank")
    choice(page, "Selection").select_option("neural")
    assert state_of(page) == "?v=1&set=neural&policy=worst-rank&scheme=copeland"
    chosen = shown_models(page)[:5]
    assert chosen != first
    page.reload()
    page.wait_for_selector("[data-explorer][data-drawn]")
    assert shown_models(page)[:5] == chosen
    expect(choice(page, "Coverage")).to_have_value("worst-rank")
    for left in ("?v=1&policy=worst-rank&scheme=copeland", "?v=1&scheme=copeland", ""):
        page.go_back()
        assert state_of(page) == left
    assert shown_models(page)[:5] == first


def test_a_slider_is_one_step_back_however_far_it_goes(visit: Visit) -> None:
    page = explore(visit)
    steps = page.evaluate("history.length")
    page.get_by_label("Weights", exact=True).check()
    slider = page.get_by_label("Weight of Neural", exact=True)
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    expect(page.locator(".ab-x__times", has_text="×2")).to_be_visible()
    page.wait_for_function("location.search === '?v=1&w=neural:2'")
    # A key is a passing change and its end in one, so that each is a step; dragging is one for all.
    slider.evaluate(
        """slider => {
          for (const value of ["2.5", "3", "3.5"]) {
            slider.value = value;
            slider.dispatchEvent(new Event("input"));
          }
          slider.dispatchEvent(new Event("change"));
        }"""
    )
    assert state_of(page) == "?v=1&w=neural:3.5"
    assert page.evaluate("history.length") == steps + 5
    page.go_back()
    assert state_of(page) == "?v=1&w=neural:2"


def test_a_damaged_address_shows_what_it_can_and_says_what_it_cannot(visit: Visit) -> None:
    page = explore(
        visit,
        "?v=7&set=nonsense&policy=complete&scheme=best&w=v1:2,v2:-1,nothing:3&pin=nobody&sort=colour"
        "&cells=yes&find=%E0%A4%A&utm_source=x&policy=zero",
    )
    notices = page.locator(".ab-x__notices p").all_inner_texts()
    for part in ("version 7", "“nonsense”", "“best”", "“-1”", "“nothing”", "“nobody”", "“colour”", "“yes”",
                 "“utm_source”", "twice"):  # fmt: skip
        assert sum(part in notice for notice in notices) == 1, part
    assert len(notices) == 10
    expect(choice(page, "Coverage")).to_have_value("complete")
    expect(choice(page, "Scheme")).to_have_value("arithmetic-mean")
    expect(page.get_by_label("Weight of V1", exact=True)).to_have_value("2")


def test_the_version_selector_keeps_the_state(visit: Visit) -> None:
    page = explore(visit, "?v=1&set=neural&scheme=mean-rank")
    page.locator(".md-version").hover(force=True)
    page.locator(".md-version__link", has_text="2023-12-31").click()
    page.wait_for_url("**/v/2023-12-31/explore/?v=1&set=neural&scheme=mean-rank")
    page.wait_for_selector("[data-explorer][data-drawn]")
    expect(choice(page, "Scheme")).to_have_value("mean-rank")
    expect(choice(page, "Selection")).to_have_value("neural")


def test_views_and_the_explorer_lead_to_each_other(visit: Visit) -> None:
    address = f"view/{SELECTION[SIMULATED]}/worst-rank/borda/"
    page = visit.go(f"{SIMULATED}/{address}")
    names = page.locator("table.ab-ranking tbody th").all_inner_texts()[:20]
    page.get_by_role("link", name="Open in the explorer").click()
    page.wait_for_selector("[data-explorer][data-drawn]")
    assert state_of(page) == "?v=1&policy=worst-rank&scheme=borda"
    assert shown_models(page)[:20] == names
    page.get_by_role("link", name="open it").click()
    page.wait_for_url(f"**/{address}")
    page.go_back()
    page.wait_for_selector("[data-explorer][data-drawn]")
    page.get_by_label("Shape", exact=True).check()
    expect(page.get_by_role("link", name="open it")).to_have_count(0)


def test_addresses_read_back_as_they_were_and_are_short(bench, embedded):
    study, snapshot, results = embedded
    draw = random.Random(3)
    tree = snapshot.tree
    states = []
    for number in range(120):
        nodes = draw.sample([*(group.id for group in tree.groups), *tree.metric_ids], draw.randint(1, 4))
        ids = {leaf for node in nodes for leaf in (tree.leaves(node) if tree.is_group(node) else [node])}
        if number % 3 == 0:
            ids ^= set(results.selections[number % len(results.selections)].metrics)
        states.append({
            "metrics": [i for i, metric in enumerate(tree.metric_ids) if metric in ids],
            "policy": draw.choice(("complete", "zero", "worst-rank")), "scheme": draw.choice(OFFERED).id,
            "baseline": draw.choice(OFFERED).id, "find": draw.choice(("", "Kite", "a & b = ü, !%+")),
            "weights": [[node, draw.choice((0, 0.25, 2, 3.5))] for node in nodes[:2]],
            "pins": draw.sample(snapshot.models["id"].tolist(), draw.randint(0, 3)),
            "sort": draw.choice((None, {"column": "moved", "down": True})),
            "cells": draw.random() < 0.5,
        })  # fmt: skip
    given = document(study, snapshot, results)
    for state, (search, read, problems, mailed) in zip(
        states, bench[1].evaluate(ROUND_TRIP, {"given": given, "states": states}), strict=True
    ):
        assert problems == [], search
        assert read == state == mailed, search
        assert re.fullmatch(r"\?v=1&[A-Za-z0-9=&%.,:!_~-]+", search)
    assert (
        sorted(len(row[0]) for row in bench[1].evaluate(ROUND_TRIP, {"given": given, "states": states}))[60]
        < 200
    )


def test_any_id_survives_the_address(bench, study):
    """Ids that mean something to the address or to JavaScript, and signs that addresses are made of."""
    given = document(study, make_snapshot())
    given["models"]["id"][:4] = pins = ["none", "own", "!k", "a,b"]
    for metric, name in zip(given["metrics"], ("constructor", "__proto__", "!100%,", "x:2"), strict=True):
        metric["id"] = name
    metrics = [one["id"] for one in given["metrics"]]
    given["selections"] = [
        {"id": "none", "title": "None", "metrics": [0, 1]}, {"id": "own", "title": "Own", "metrics": [2]},
        {"id": "constructor", "title": "Constructor", "metrics": [1, 3]},
    ]  # fmt: skip
    given["default"]["selection"] = "own"
    start = {"policy": "complete", "scheme": "mean-rank", "baseline": BASELINE, "find": "", "cells": True}
    states = [
        {**start, "metrics": chosen, "weights": [[node, 2] for node in metrics], "pins": pins[: number + 1],
         "sort": {"column": f"={metrics[number]}", "down": bool(number % 2)}}
        for number, chosen in enumerate(([0, 1], [2], [1, 3], []))
    ] + [
        {**start, "metrics": chosen, "weights": [], "pins": [], "sort": None}
        for chosen in ([0], [1], [2], [3], [0, 2], [0, 1, 2], [1, 2, 3], [0, 1, 2, 3])
    ]  # fmt: skip
    answers = bench[1].evaluate(ROUND_TRIP, {"given": given, "states": states})
    for state, (search, read, problems, mailed) in zip(states, answers, strict=True):
        assert problems == [], search
        assert read == state == mailed, search


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


def visit_file(visit: Visit, path: str) -> str:
    return visit.page.request.get(f"{visit.address}/{SIMULATED}/{path}").text()


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
      const { csv } = await import("/explorer/csv.js");
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


# Permanent views


def test_what_to_add_to_a_study_selects_the_same_metrics(bench, embedded, tmp_path):
    study, snapshot, results = embedded
    draw = random.Random(5)
    tree = snapshot.tree
    titles = ["My selection", "Neural", 'Quo"te \\ and ü', "-", "x" * 80, "neural"]
    choices: list[dict[str, Any]] = []
    for number in range(40):
        nodes = draw.sample([*(group.id for group in tree.groups), *tree.metric_ids], draw.randint(1, 5))
        ids = {leaf for node in nodes for leaf in (tree.leaves(node) if tree.is_group(node) else [node])}
        ids -= set(draw.sample(tree.metric_ids, 6)) if len(ids) > 10 else set()
        metrics = [i for i, metric in enumerate(tree.metric_ids) if metric in ids]
        choices.append({"metrics": metrics, "title": titles[number % len(titles)]})
    choices.append({"metrics": list(range(len(tree.metric_ids))), "title": "All"})
    script = """async ({ given, choices }) => {
      const { readSnapshot } = await import("/explorer/snapshot.js");
      const { selectionToml } = await import("/explorer/toml.js");
      const snapshot = readSnapshot(given);
      return choices.map(({ metrics, title }) => selectionToml(snapshot, metrics, title));
    }"""
    texts = bench[1].evaluate(script, {"given": document(study, snapshot, results), "choices": choices})
    original = (ROOT / "data" / "studies" / f"{study.id}.toml").read_text(encoding="utf-8")
    for choice, text in zip(choices, texts, strict=True):
        path = tmp_path / f"{study.id}.toml"
        path.write_text(f"{original}\n{text}", encoding="utf-8")
        ((name, table),) = tomllib.loads(text)["selections"].items()
        assert table["title"] == choice["title"]
        loaded = load_study(path)
        wanted = tuple(tree.metric_ids[one] for one in choice["metrics"])
        assert loaded.selected_metrics(name, tree) == wanted, text


def test_the_page_offers_what_to_add_for_metrics_of_ones_own(visit: Visit) -> None:
    page = explore(visit, "?v=1&set=none&m=v1,behavior")
    page.get_by_text("Make this a permanent view").click()
    page.get_by_label("Title", exact=True).fill("Early & late")
    table = tomllib.loads(page.locator(".ab-x__permanent code").inner_text())
    assert table == {
        "selections": {"early-late": {"title": "Early & late", "metrics": ["group:v1", "group:behavior"]}}
    }
    choice(page, "Selection").select_option("neural")
    expect(page.locator(".ab-x__permanent code")).to_be_hidden()


# Every page


def test_no_page_runs_a_script_that_stands_in_it_or_makes_code_of_text(visit: Visit) -> None:
    for path in [*every_page(), EXPLORE]:
        page = visit.go(path)
        policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content") or ""
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["script-src"] == "'self'", path
        assert rules["default-src"] == "'none'", path
        inside = page.evaluate(
            """[...document.scripts].filter(one =>
                !one.src && !['application/json', 'application/ld+json'].includes(one.type)).length"""
        )
        assert inside == 0, path
    assert visit.complaints == []
    # Asked for later, for what a test evaluates may do what the page may not.
    script = """() => new Promise(answer => setTimeout(() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.head.append(script);
      try {
        answer([window.ran, Function("return 1")()]);
      } catch (error) {
        answer([window.ran, error.name]);
      }
    }))"""
    assert visit.page.evaluate(script) == [None, "EvalError"]
    assert all("Content Security Policy" in complaint for complaint in visit.complaints)
    visit.complaints.clear()


@pytest.mark.parametrize("visit", [390, 1280], indirect=True)
def test_the_explorer_fits_the_page_and_leaves_nothing_cut_off(visit: Visit) -> None:
    for query in ("", "?v=1&policy=worst-rank&scheme=copeland&base=mean-rank&cells=1&w=neural:2"):
        page = explore(visit, query)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room
        box = page.locator(".ab-x__scroll").bounding_box()
        assert box is not None
        assert box["width"] <= room


def test_without_javascript_the_page_says_so_and_leads_to_the_rankings(address, browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{EXPLORE}")
    expect(page.get_by_text("The explorer needs JavaScript.")).to_be_visible()
    page.locator(".ab-x a", has_text="rankings").click()
    page.wait_for_url(f"**/{SIMULATED}/rankings/")
    context.close()


def test_the_document_fits_its_schema_and_stands_in_the_index(visit: Visit) -> None:
    visit.go(EXPLORE)
    found = json.loads(visit_file(visit, "api/explorer.json"))
    jsonschema.Draft202012Validator(api.schema("explorer")).validate(found)
    files = [one["path"] for one in json.loads(visit_file(visit, "api/index.json"))["files"]]
    assert "explorer.json" in files
