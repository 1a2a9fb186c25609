"""What holds of every kind of page: no error, no other host, no scrolling sideways, no fault found by axe."""

from __future__ import annotations

import re

import pytest
from axe import violations
from conftest import Visit
from kinds import ABOVE, SIMULATED, every_kind, kinds_of
from playwright.sync_api import Page, expect

from builder.site.assets import POLICY

pytestmark = pytest.mark.browser
FORMS = pytest.mark.parametrize(("visit", "scheme"), [(1280, "light"), (390, "dark")], indirect=["visit"])


def dressed(visit: Visit, scheme: str) -> Page:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return visit.page


def test_every_kind_of_page_that_was_built_is_visited(visit: Visit) -> None:
    """Beside each other, the patterns of the kinds take every page of the site: nothing else is there."""
    answer = visit.page.request.get(f"{visit.address}/{SIMULATED}/sitemap.xml").text()
    built = re.findall(rf"<loc>[^<]*/{SIMULATED}/([^<]*)</loc>", answer)
    assert len(built) > 500
    kinds = {address.removeprefix(f"{SIMULATED}/") for address in kinds_of(SIMULATED).values()}
    assert kinds <= set(built)
    shapes = {(page.split("/")[0], page.count("/")) for page in built}
    assert shapes == {(page.split("/")[0], page.count("/")) for page in kinds}


@FORMS
def test_no_page_errs_leaves_the_host_scrolls_sideways_or_shuts_anyone_out(visit: Visit, scheme: str) -> None:
    page, found = dressed(visit, scheme), []
    for path in every_kind():
        visit.go(path)
        wide, room = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= room, f"{path} is {wide} pixels wide of {room}"
        assert page.locator("h1").count() == 1, path
        policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
        assert policy == POLICY, path
        assert page.title(), path
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (sum(ground) > 600) == (scheme == "light"), path
        # A figure that came out as text, or a heading that Markdown did not see.
        text = page.locator("main").inner_text()
        assert not re.search(r"<svg|</|^#+ ", text, re.MULTILINE), path
        found += [f"{path}: {one}" for one in violations(page)]
    assert found == []


def test_the_policy_lets_no_script_in_and_no_other_host(visit: Visit) -> None:
    for path in (ABOVE["front"], kinds_of(SIMULATED)["view"]):
        refused = visit.go(path).evaluate(
            """async () => {
              const refused = [];
              addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
              const script = document.createElement("script");
              script.textContent = "window.ran = 1";
              document.body.append(script);
              setTimeout("window.ran = 2");
              const image = new Image();
              image.src = "https://example.org/x.png";
              await new Promise(done => { image.onerror = done; image.onload = done; });
              const frame = document.createElement("iframe");
              frame.src = "/";
              document.body.append(frame);
              await fetch("https://example.org/").catch(() => 0);
              await new Promise(done => setTimeout(done, 100));
              return [window.ran ?? 0, ...refused.sort()];
            }"""
        )
        assert refused == [0, "connect-src", "frame-src", "img-src", "script-src", "script-src-elem"]
        assert len(visit.complaints) >= 5
        visit.complaints.clear()


@FORMS
def test_what_opens_on_a_page_shuts_nobody_out(visit: Visit, scheme: str) -> None:
    page = dressed(visit, scheme)
    visit.go(kinds_of(SIMULATED)["view"])
    for summary in page.locator(".ab-cite summary").all():
        summary.click()
    assert violations(page) == []
    page.locator(".md-header__button[for=__search]:visible, .md-search__input:visible").first.click()
    page.locator(".md-search__input").press_sequentially("rank")
    expect(page.locator(".md-search-result__item").first).to_be_visible(timeout=15_000)
    assert violations(page) == []
    visit.go(kinds_of(SIMULATED)["explore"])
    page.wait_for_selector("[data-explorer][data-drawn=likely]")
    closed = page.locator("[data-explorer] details:not([open]) > summary:visible")
    while closed.count():
        closed.first.click()
    page.get_by_label("Weights", exact=True).check()
    assert violations(page) == []


def test_axe_would_see_what_is_wrong(visit: Visit) -> None:
    page = visit.go("sources/")
    assert violations(page) == []
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(one.startswith("button-name") for one in violations(page))
