"""What a first look at a page costs: bytes over the wire, and things that jump."""

from __future__ import annotations

import gzip
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from conftest import SHIFTS, Visit, find_mirror
from kinds import BRAIN_SCORE, SELECTION, SIMULATED, kinds_of
from playwright.sync_api import Response

pytestmark = pytest.mark.browser
RANKINGS = ("rankings/", "rankings/{0}/", "view/{0}/complete/mean-rank/", "view/{0}/zero/arithmetic-mean/")


def ranking_pages() -> list[str]:
    snapshots = [SIMULATED] if find_mirror() is None else [SIMULATED, BRAIN_SCORE]
    return [f"{one}/{page.format(SELECTION[one])}" for one in snapshots for page in RANKINGS]


@pytest.mark.parametrize("path", ranking_pages())
def test_the_first_look_at_a_ranking_is_light(visit: Visit, path: str) -> None:
    """Under 150 KB with gzip, before a figure is made live: page, styles, scripts, the index for search."""
    answers: list[Response] = []
    visit.page.context.on("response", lambda answer: answers.append(answer))
    visit.go(path)
    sizes = {urlsplit(one.url).path: len(gzip.compress(one.body(), 6)) for one in answers if one.ok}
    kinds = {PurePosixPath(name).suffix for name in sizes}
    assert {"", ".css", ".js"} <= kinds
    late = ("/vega.js", "/explorer/page.js", "/compare/page.js", ".vl.json")
    assert not [name for name in sizes if name.endswith(late)]
    assert sum(sizes.values()) < 150_000, sorted((size, name) for name, size in sizes.items())


def test_a_jump_would_be_seen(visit: Visit) -> None:
    visit.page.add_init_script(SHIFTS)
    page = visit.go("sources/")
    assert page.evaluate("window.shifted") < 0.05
    page.evaluate("document.querySelector('main').style.paddingTop = '20rem'")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.shifted") > 0.05


LONG = [SIMULATED, BRAIN_SCORE] if find_mirror() else [SIMULATED]


@pytest.mark.parametrize("visit", [412, 1280], indirect=True)
@pytest.mark.parametrize("snapshot", LONG)
def test_rows_that_are_not_drawn_yet_lie_below_one_another(visit: Visit, snapshot: str) -> None:
    """A part that is higher than its room would reach into the next, and one link lie over another."""
    page = visit.go(kinds_of(snapshot)["view"])
    boxes = page.evaluate("""() => [...document.querySelectorAll(".ab-long tbody tr")].map(row => {
      const box = row.getBoundingClientRect();
      return [box.top, box.bottom];
    })""")
    assert len(boxes) > 60
    over = [(i, a[1] - b[0]) for i, (a, b) in enumerate(pairwise(boxes)) if a[1] > b[0] + 1]
    assert over == []


LATE = """
new MutationObserver(list => {
  for (const one of list) {
    if (one.target !== document.documentElement) continue;
    const now = one.target.getAttribute(one.attributeName);
    if (document.body && one.oldValue !== now) window.late.push(one.attributeName);
  }
}).observe(document, { attributes: true, attributeOldValue: true, subtree: true });
window.late = [];
window.collators = 0;
const Made = Intl.Collator;
Intl.Collator = class extends Made {
  constructor(...given) {
    super(...given);
    window.collators++;
  }
};"""


def test_a_page_is_styled_once_and_makes_nothing_dear_before_it_is_asked_for(visit: Visit) -> None:
    """An attribute of the root element that changes late has every element styled anew."""
    visit.page.add_init_script(LATE)
    page = visit.go(f"{SIMULATED}/view/{SELECTION[SIMULATED]}/complete/mean-rank/")
    assert page.evaluate("[window.late, window.collators]") == [[], 0]
    assert page.evaluate("document.documentElement.className") == "js"
    page.locator(".ab-ranking thead").get_by_role("button", name="Simulated model").click()
    assert page.evaluate("window.collators") == 1
    page.evaluate("document.documentElement.classList.add('late')")
    assert page.evaluate("Promise.resolve().then(() => window.late)") == ["class"], "it would be seen"


FAR = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(".ab-long { margin-top: 20000px !important }");
document.adoptedStyleSheets = [sheet];"""


@pytest.mark.parametrize("visit", [390, 1280], indirect=True)
def test_a_long_table_is_drawn_when_it_comes_near_at_about_the_height_that_was_kept(visit: Visit) -> None:
    visit.page.add_init_script(FAR)
    page = visit.go(f"{SIMULATED}/view/everything/worst-rank/mean-rank/")
    box, row = page.locator(".ab-long"), page.locator(".ab-long tbody tr").nth(50)
    drawn, height = "row => row.checkVisibility({ contentVisibilityAuto: true })", "box => box.offsetHeight"
    kept = box.evaluate(height)
    assert not row.evaluate(drawn)
    page.evaluate("document.adoptedStyleSheets = []")
    row.scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    assert row.evaluate(drawn)
    assert box.evaluate(height) == pytest.approx(kept, rel=0.2)


def test_the_head_of_a_long_table_stays_below_the_page_s_own(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/view/everything/worst-rank/mean-rank/")
    page.locator(".ab-ranking tbody tr").nth(80).scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    top, below = page.evaluate(
        """() => [document.querySelector(".ab-ranking thead th").getBoundingClientRect().top,
          document.querySelector(".md-header").getBoundingClientRect().bottom]"""
    )
    assert abs(top - below) < 8
