"""What a browser does with the built site: headless Chromium on the embedded study, and on Brain-Score's."""

from __future__ import annotations

import pytest
from conftest import Visit
from kinds import SELECTION, SIMULATED
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


def test_a_figure_becomes_live_in_place_and_still_again(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/contribution/")
    figure = page.locator("figure.ab-figure").first
    before = figure.bounding_box()
    button = figure.locator("button.ab-live")
    expect(button).to_have_text("Interactive")
    button.click()
    expect(button).to_have_text("Static", timeout=20_000)
    expect(figure.locator(".ab-drawn svg")).to_be_visible()
    after = figure.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["height"] - after["height"]) < 3
    figure.locator(".ab-drawn svg path[aria-label], .ab-drawn svg .mark-symbol path").last.hover(force=True)
    button.click()
    expect(figure.locator("svg.chart")).to_be_visible()
    expect(figure.locator(".ab-drawn")).to_have_count(0)


def test_every_figure_of_every_kind_becomes_live(visit: Visit) -> None:
    for path in ("rankings/", "agreement/", "contribution/", "coverage/"):
        page = visit.go(f"{SIMULATED}/{path}")
        for button in page.locator("button.ab-live").all():
            button.click()
            expect(button).to_have_text("Static", timeout=30_000)
        drawn, figures = page.locator(".ab-drawn svg"), page.locator("figure.ab-figure")
        assert drawn.count() == figures.count() > 0


def test_every_download_of_a_figure_is_there(visit: Visit) -> None:
    for path in ("rankings/", "agreement/", "contribution/", "coverage/"):
        page = visit.go(f"{SIMULATED}/{path}")
        for link in page.locator("a[download]").all():
            target = link.evaluate("link => link.href")
            answer = page.request.get(target)
            assert answer.status == 200, target
            assert len(answer.body()) > 100, target
            if target.endswith(".png"):
                assert answer.body().startswith(b"\x89PNG")


def test_a_table_sorts_by_its_heads_and_says_so(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/view/{SELECTION[SIMULATED]}/complete/mean-rank/")
    table = page.locator("table.ab-ranking")
    names = table.locator("tbody th")
    first = names.first.inner_text()
    head = table.locator("thead th", has_text="Simulated model")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    sorted_names = names.all_text_contents()
    assert sorted_names[0] == "Sim Auk 1"
    assert sorted_names != [first, *sorted_names[1:]]
    table.get_by_role("button", name="Place", exact=True).press("Enter")
    assert names.first.inner_text() == first
    places = [int(text.rstrip("=")) for text in table.locator("tbody td.place").all_text_contents()]
    assert places == sorted(places)


def test_the_version_selector_keeps_the_reader_on_the_page(visit: Visit) -> None:
    page = visit.go(f"{SIMULATED}/agreement/")
    page.locator(".md-version").hover(force=True)
    page.locator(".md-version__link", has_text="2023-12-31").click()
    page.wait_for_url("**/v/2023-12-31/agreement/")
    expect(page.locator("[data-md-component=outdated]")).to_be_visible()
    page.locator("[data-md-component=outdated] a").click()
    page.wait_for_url("**/v/2024-12-31/")
    expect(page.locator("[data-md-component=outdated]")).to_be_hidden()


def test_latest_leads_to_the_newest_and_keeps_what_stands_behind_the_address(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/simulated-alignment/latest/methods/?a=1#mean-rank")
    page.wait_for_url(f"**/{SIMULATED}/methods/?a=1#mean-rank")


def test_colours_hold_across_studies_and_the_front_page(visit: Visit) -> None:
    page = visit.go("")
    body = page.locator("body")
    for wanted in ("default", "slate"):
        page.locator(".ab-palette").click()
        expect(body).to_have_attribute("data-md-color-scheme", wanted)
    visit.go(f"{SIMULATED}/")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")


def test_text_is_legible_in_light_and_dark(visit: Visit) -> None:
    """Contrast of at least 4.5 between running text and its page (WCAG 2.2, 1.4.3)."""
    script = """() => {
      const parse = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
      const light = c => c.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
      const behind = element => {
        for (let at = element; at; at = at.parentElement) {
          const colour = getComputedStyle(at).backgroundColor;
          if (!/, 0\\)$|transparent/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
      };
      const texts = 'main :is(p, td, th, a, h1, h2), footer p, .md-tabs__link';
      return [...document.querySelectorAll(texts)]
        .filter(e => e.innerText && e.getClientRects().length && !e.closest('.ab-unseen'))
        .map(e => {
          const [a, b] = [getComputedStyle(e).color, behind(e)].map(c => light(parse(c)));
          return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.className, e.innerText.slice(0, 30)];
        }).filter(([ratio]) => ratio < 4.5).slice(0, 5);
    }"""
    for scheme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=scheme)
        for path in (f"{SIMULATED}/", f"{SIMULATED}/rankings/", f"{SIMULATED}/data/", ""):
            assert visit.go(path).evaluate(script) == [], (scheme, path)


def test_a_page_works_without_javascript(address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{SIMULATED}/contribution/")
    expect(page.locator("figure.ab-figure svg.chart").first).to_be_visible()
    expect(page.locator("button.ab-live").first).to_be_hidden()
    page.goto(f"{address}/simulated-alignment/latest/")
    page.wait_for_url(f"**/{SIMULATED}/")
    context.close()


def test_the_narrow_page_keeps_its_title(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}/{SIMULATED}/", wait_until="networkidle")
    title = page.locator(".md-header__topic .md-ellipsis").first
    shown, whole = title.evaluate("e => [e.clientWidth, e.scrollWidth]")
    assert shown >= 0.6 * whole
    page.close()
