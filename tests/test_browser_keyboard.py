"""The keyboard alone: everything is reached, what has the focus is seen to have it, nothing keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from conftest import Visit
from kinds import SIMULATED, kinds_of
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getClientRects()[0] ?? new DOMRect(), style = getComputedStyle(one);
  const [x, right] = [Math.max(box.x, 0), Math.min(box.right, innerWidth)];
  const [y, bottom] = [Math.max(box.y, 0), Math.min(box.bottom, innerHeight)];
  const inside = x < right && y < bottom;
  const middle = inside ? document.elementFromPoint((x + right) / 2, (y + bottom) / 2) : null;
  const faults = [];
  if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) faults.push('is hidden');
  else if (!middle) faults.push('is off the screen');
  else if (!one.contains(middle) && !middle.contains(one)) faults.push(`is under ${middle.className}`);
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1) faults.push('has no outline');
  const label = one.labels?.[0];
  const text = one.getAttribute('aria-label') ?? (label?.querySelector('span') ?? label ?? one).innerText;
  return { name: `${one.nodeName} ${text.trim().slice(0, 40)}`, main: Boolean(one.closest('main')), faults };
}"""


@dataclass
class Keys:
    """A reader without a pointer, who sees where the focus is after each key."""

    page: Page

    def press(self, key: str) -> str:
        """What has the focus afterwards; empty where it has left the page."""
        self.page.keyboard.press(key)
        return self.focus()

    def focus(self) -> str:
        found = self.page.evaluate(FOCUS)
        for _ in range(20):  # a link that appears takes its time
            if not found or not found["faults"]:
                break
            self.page.wait_for_timeout(50)
            found = self.page.evaluate(FOCUS)
        assert not found or found["faults"] == [], found
        return found["name"] if found else ""

    def tab_to(self, name: str, most: int = 60, *, key: str = "Tab") -> list[str]:
        """Tab until something of that name has the focus; what was passed."""
        passed = [self.press(key)]
        while not passed[-1].endswith(name):
            assert len(passed) < most, f"{name!r} is not among {passed}"
            assert passed[-1], f"the page ends before {name!r}: {passed}"
            passed.append(self.press(key))
        return passed


def still(visit: Visit, path: str) -> Keys:
    visit.page.emulate_media(reduced_motion="reduce")
    page = visit.go(path)
    page.wait_for_selector(".md-version button[aria-label], .ab-masthead", state="attached")
    return Keys(page)


def test_tab_passes_all_of_a_page_and_leaves_it(visit: Visit) -> None:
    for path in ("", kinds_of(SIMULATED)["agreement"], kinds_of(SIMULATED)["metric"]):
        keys = still(visit, path)
        many = keys.page.evaluate(
            """[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
              .filter(one => !one.disabled && one.tabIndex >= 0 && one.type !== 'checkbox'
                && one.checkVisibility({ visibilityProperty: true })).length"""
        )
        passed = []
        while found := keys.press("Tab"):
            passed.append(found)
            assert len(passed) < 2 * many, "the focus goes round in the page"
        assert len(passed) >= 0.9 * many, path
        back = [keys.press("Shift+Tab") for _ in range(12)]
        assert back == passed[::-1][: len(back)] or back[1:] == passed[::-1][: len(back) - 1]


@pytest.mark.parametrize("visit", [390, 1280], indirect=True)
def test_the_skip_link_skips_to_the_heading(visit: Visit) -> None:
    keys = still(visit, kinds_of(SIMULATED)["view"])
    assert keys.press("Tab") == "A Skip to content"
    keys.page.keyboard.press("Enter")
    expect(keys.page.locator("h1")).to_be_in_viewport()
    keys.press("Tab")
    assert keys.page.evaluate("Boolean(document.activeElement.closest('main'))")


def test_a_view_is_cited_by_keys(visit: Visit) -> None:
    keys = still(visit, kinds_of(SIMULATED)["view"])
    page = keys.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("h2#cite-this-view a").focus()
    keys.tab_to("BibTeX")
    keys.press("Enter")
    text = page.locator(".ab-cite details[open] pre")
    expect(text).to_have_count(1)
    assert keys.press("Tab").startswith("PRE @")
    assert keys.press("Tab") == "BUTTON Copy"
    keys.press("Enter")
    expect(page.locator(".ab-cite details[open] button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == text.text_content()
    assert keys.press("Tab").startswith("A cite.bib")
    keys.tab_to("BibTeX", key="Shift+Tab")
    keys.press("Enter")
    expect(page.locator(".ab-cite details[open]")).to_have_count(0)


def test_a_ranking_is_sorted_by_keys(visit: Visit) -> None:
    keys = still(visit, kinds_of(SIMULATED)["view"])
    page = keys.page
    page.locator("h1 a").focus()
    keys.tab_to("BUTTON Simulated model")
    assert keys.press("Enter") == "BUTTON Simulated model"
    head = page.locator(".ab-ranking th", has_text="Simulated model")
    assert head.get_attribute("aria-sort") == "ascending"
    assert keys.press(" ") == "BUTTON Simulated model"
    assert head.get_attribute("aria-sort") == "descending"


def test_the_explorer_is_used_by_keys(visit: Visit) -> None:
    keys = still(visit, kinds_of(SIMULATED)["explore"])
    page = keys.page
    page.wait_for_selector("[data-explorer][data-drawn=likely]")
    keys.press("Tab")
    keys.press("Enter")
    keys.tab_to("SELECT Scheme")
    page.keyboard.type("Copeland")
    expect(page).to_have_url(re.compile(r"\?v=1&scheme=copeland"))
    keys.focus()
    keys.tab_to("Weights")
    keys.press(" ")
    keys.tab_to("INPUT Weight of Neural")
    for _ in range(2):
        keys.press("ArrowRight")
    expect(page).to_have_url(re.compile("w=neural:"))
    page.wait_for_selector("[data-explorer][data-drawn=likely]")
    keys.tab_to("BUTTON Simulated model", most=120)
    assert keys.press("Enter") == "BUTTON Simulated model", "the head has lost the focus"
    expect(page).to_have_url(re.compile("sort=model"))
    names = page.locator(".ab-x__table tbody th a").all_inner_texts()
    assert names[0] == "Sim Auk 1"
    assert names[1].startswith("Sim Auk ")
    keys.tab_to("SUMMARY Make this a permanent view", most=200)
    keys.press("Enter")
    keys.press("Tab")
    expect(page.locator(".ab-x__permanent")).to_have_attribute("open", "")
    keys.press("Shift+Tab")
    passed = []
    while found := keys.press("Tab"):
        passed.append(found)
        assert len(passed) < 60, "the focus does not leave the page"


@pytest.mark.parametrize("visit", [390], indirect=True)
def test_a_narrow_page_is_left_by_its_menu(visit: Visit) -> None:
    keys = still(visit, f"{SIMULATED}/rankings/")
    page = keys.page
    drawer = page.locator("#__drawer")
    keys.tab_to("BUTTON Menu")
    first = keys.press("Enter")
    assert drawer.is_checked()
    assert re.match("BUTTON Back from Rankings", first)
    keys.tab_to("A All 69 metrics")
    assert keys.press("Escape") == "BUTTON Menu"
    assert not drawer.is_checked()
    keys.press("Enter")
    # From the list of rankings up to all tabs, and down to the list of another.
    keys.press("Enter")
    keys.tab_to("BUTTON Pages of Agreement")
    keys.press("Enter")
    keys.tab_to("A Neural metrics")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agreement/neural/")


@pytest.mark.parametrize("visit", [390, 1280], indirect=True)
def test_search_is_used_and_left_by_keys(visit: Visit) -> None:
    keys = still(visit, f"{SIMULATED}/")
    page = keys.page
    keys.tab_to("BUTTON Search" if visit.page.viewport_size["width"] < 400 else "INPUT Search")
    page.keyboard.press("Enter")
    expect(page.locator(".md-search__input")).to_be_focused()
    page.keyboard.type("Lapwing")
    expect(page.locator(".md-search-result__link").first).to_be_visible(timeout=15_000)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".md-search-result__link:focus")).to_have_count(1)
    # Results of words that were typed before come while one of the older results is looked at.
    for words, focused in (("Bittern", ".md-search-result__link"), ("qxzqxz", ".md-search__input")):
        page.locator(".md-search__input").evaluate(
            "(field, words) => { field.value = words; field.dispatchEvent(new Event('input')); }", words
        )
        expect(page.locator(f"{focused}:focus")).to_have_count(1)
        if words == "Bittern":
            expect(page.locator(".md-search-result__link:focus")).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(page.locator(".md-search__output")).to_be_hidden()
    assert keys.press("Tab")
