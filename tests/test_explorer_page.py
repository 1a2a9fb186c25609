"""The explorer's page: addresses, the table, downloads, permanent views, and what no page may do."""

from __future__ import annotations

import json
import random
import re
import tomllib
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, Visit
from engines import BASELINE, document
from kinds import BRAIN_SCORE, SELECTION, SIMULATED
from playwright.sync_api import Locator, Page, expect
from samples import make_snapshot

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


def visit_file(visit: Visit, path: str) -> str:
    return visit.page.request.get(f"{visit.address}/{SIMULATED}/{path}").text()


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


@pytest.mark.usefixtures("mirror")
def test_scores_that_may_not_be_passed_on_are_ranked_by_their_ranks(visit: Visit) -> None:
    page = visit.go(f"{BRAIN_SCORE}/explore/?v=1&scheme=arithmetic-mean&policy=zero&cells=1")
    page.wait_for_selector(READY)
    notices = page.locator(".ab-x__notices p").all_inner_texts()
    assert [notice.split("“")[1].split("”")[0] for notice in notices] == ["zero", "arithmetic-mean"]
    expect(choice(page, "Scheme")).to_have_value("mean-rank")
    expect(page.get_by_label("Ranks", exact=True)).to_be_checked()
    first = shown_models(page)[:20]
    row = page.locator(".ab-x__table tbody tr", has=page.get_by_role("link", name=first[0], exact=True))
    cells = row.locator("td").all_inner_texts()
    assert len(cells) > 50
    assert all(re.fullmatch(r"\d{1,3}(\.[05])?", text) for text in cells[3:53]), cells
    view = f"view/{SELECTION[BRAIN_SCORE]}/complete/mean-rank/"
    with page.expect_navigation():
        page.locator(".ab-x__lead").get_by_role("link").click()
    assert page.url.endswith(f"/{BRAIN_SCORE}/{view}")
    assert page.locator(".ab-ranking tbody th").all_inner_texts()[:20] == first
    page.get_by_role("link", name="Open in the explorer").click()
    page.wait_for_selector(READY)
    assert shown_models(page)[:20] == first
    page = visit.go(f"{BRAIN_SCORE}/view/{SELECTION[BRAIN_SCORE]}/complete/arithmetic-mean/")
    assert page.get_by_role("link", name="Open in the explorer").count() == 0


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


def test_no_text_becomes_code(visit: Visit) -> None:
    explore(visit)
    # Asked for later, for what a test evaluates may do what the page may not.
    script = """() => new Promise(answer => setTimeout(() => {
      try {
        answer(Function("return 1")());
      } catch (error) {
        answer(error.name);
      }
    }))"""
    assert visit.page.evaluate(script) == "EvalError"
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


@pytest.mark.parametrize("visit", [390], indirect=True)
def test_the_tree_is_made_when_it_is_opened_and_shows_what_was_chosen_before(visit: Visit) -> None:
    page = explore(visit, "?v=1&set=behavior")
    boxes = page.locator(".ab-x__tree input[type=checkbox]")
    assert boxes.count() == 0
    page.locator(".ab-x__side summary").click()
    expect(page.get_by_label("Behavior", exact=True)).to_be_checked()
    assert not page.get_by_label("Neural", exact=True).is_checked()
    assert boxes.count() > 69
    page.get_by_label("Neural", exact=True).check()
    expect(page.locator(".ab-x__count")).to_have_text("50 of 69")


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
