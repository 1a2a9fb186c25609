"""What holds of every kind of page: no error, no other host, no scrolling sideways, no fault found by axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe import violations
from conftest import SHEET, SHIFTS, Visit, visiting
from kinds import ABOVE, SIMULATED, every_kind, kinds_of
from looks import SHARE, kept, review, share_changed, small
from playwright.sync_api import Browser, Page, expect

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


@dataclass
class Seen:
    """What a visitor of a page found, on the screen and on paper."""

    complaints: list[str]
    wide: int
    room: int
    headings: int
    policy: str | None
    title: str
    ground: int
    """Of the page's colour, red, green and blue together."""
    text: str
    shifted: float
    inside: int
    """Scripts that stand in the page."""
    simulated: bool
    """Whether it says so where it can be seen."""
    figures: list[tuple[str, float, float, int]]
    """Id, width, height and number of marks of each figure's picture."""
    cut: list[str]
    """Labels of figures that reach beyond their boxes."""
    screenshot: bytes
    """Of what the window shows."""
    faults: list[str]
    beyond: list[list[str | None]]
    """What reaches beyond the sheet when the page is printed."""


LOOK = """() => ({
  wide: document.documentElement.scrollWidth,
  room: document.documentElement.clientWidth,
  headings: document.querySelectorAll("h1").length,
  policy: document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content ?? null,
  title: document.title,
  ground: getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
    .reduce((sum, one) => sum + Number(one), 0),
  text: document.querySelector("main").innerText,
  shifted: window.shifted,
  inside: [...document.scripts].filter(one =>
    !one.src && !["application/json", "application/ld+json"].includes(one.type)).length,
  simulated: [...document.querySelectorAll(".md-banner")].some(one =>
    one.checkVisibility() && one.innerText.includes("Simulated data.")),
  figures: [...document.querySelectorAll("figure.ab-figure svg.chart")].map(svg => {
    const box = svg.getBoundingClientRect();
    const marks = svg.querySelectorAll("path,rect,line,text").length;
    return [svg.closest("figure").id, box.width, box.height, marks];
  }),
  cut: [...document.querySelectorAll(".ab-figure__plot")].flatMap(plot => {
    const box = plot.getBoundingClientRect();
    const right = box.left + Math.max(plot.scrollWidth, plot.clientWidth);
    return [...plot.querySelectorAll("svg.chart text")].filter(text => {
      const one = text.getBoundingClientRect();
      return one.width && (one.left < box.left - 1 || one.right > right + 1);
    }).map(text => text.textContent);
  }),
})"""
BEYOND = """() => [...document.querySelectorAll("body *")].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !one.closest(".ab-unseen");
}).map(one => [one.nodeName, one.getAttribute("class"), one.innerText]).slice(0, 3)"""


def look_at(visitor: Visit, path: str, scheme: str) -> Seen:
    page, screen = visitor.page, visitor.page.viewport_size
    assert screen is not None
    page.emulate_media(media="screen", color_scheme=scheme, reduced_motion="no-preference")
    visitor.go(path)
    if path.endswith("/explore/"):
        page.wait_for_selector("[data-explorer][data-drawn=likely]")
    found = page.evaluate(LOOK)
    found["screenshot"] = page.screenshot(animations="disabled")
    page.set_viewport_size(SHEET)
    page.emulate_media(media="print")
    beyond = page.evaluate(BEYOND)
    page.set_viewport_size(screen)
    page.emulate_media(media="screen", reduced_motion="reduce")
    faults = violations(page)
    complaints = visitor.complaints.copy()
    visitor.complaints.clear()
    return Seen(**found, complaints=complaints, faults=faults, beyond=beyond)


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desktop-light", "phone-dark"])
def walk(
    address: str, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[tuple[str, dict[str, Seen]]]:
    """Colours, and what was seen on a page of every kind; each was opened once."""
    width, scheme = request.param
    with visiting(address, browser, width) as visitor:
        visitor.page.add_init_script(SHIFTS)
        yield scheme, {path: look_at(visitor, path, scheme) for path in every_kind()}


Walk = tuple[str, dict[str, Seen]]


def test_no_page_errs_or_leaves_the_host(walk: Walk) -> None:
    assert {path: seen.complaints for path, seen in walk[1].items() if seen.complaints} == {}
    assert {path for path, seen in walk[1].items() if seen.policy != POLICY} == set()


def test_no_page_scrolls_sideways(walk: Walk) -> None:
    assert {path: (seen.wide, seen.room) for path, seen in walk[1].items() if seen.wide > seen.room} == {}


def test_every_page_has_one_heading_and_a_title(walk: Walk) -> None:
    assert {path for path, seen in walk[1].items() if seen.headings != 1 or not seen.title} == set()


def test_every_page_has_the_colours_that_were_asked_for(walk: Walk) -> None:
    light, pages = walk[0] == "light", walk[1]
    assert {path: seen.ground for path, seen in pages.items() if (seen.ground > 600) != light} == {}
    # Below a short page, too.
    assert {path for path, seen in pages.items() if (small(seen.screenshot)[-1, -1] > 200) != light} == set()


def test_no_page_shows_its_source(walk: Walk) -> None:
    """A figure that came out as text, or a heading that Markdown did not see."""
    source = re.compile(r"<svg|</|^#+ ", re.MULTILINE)
    assert {path for path, seen in walk[1].items() if not seen.text or source.search(seen.text)} == set()


def test_no_page_has_a_script_in_it(walk: Walk) -> None:
    assert {path for path, seen in walk[1].items() if seen.inside} == set()


def test_simulated_studies_say_so_on_every_page(walk: Walk) -> None:
    assert {path for path, seen in walk[1].items() if seen.simulated} == {
        path for path in walk[1] if path.startswith("simulated-alignment/")
    }


def test_every_figure_is_a_picture_with_something_in_it(walk: Walk) -> None:
    found = [(path, *figure) for path, seen in walk[1].items() for figure in seen.figures]
    assert len(found) > 20
    assert [one for one in found if min(one[2], one[3]) <= 60 or one[4] <= 5] == []
    with_figures = {path for path, *_ in found}
    assert {f"{SIMULATED}/agreement/", f"{SIMULATED}/coverage/", ""} <= with_figures


def test_no_label_of_a_figure_is_cut_off_by_its_box(walk: Walk) -> None:
    assert {path: seen.cut for path, seen in walk[1].items() if seen.cut} == {}


def kinds_looked_at() -> dict[str, str]:
    """Name -> address of what is no one study's, and of each kind of page of the embedded study."""
    return {**ABOVE, **{f"{name}-page": address for name, address in kinds_of(SIMULATED).items()}}


def test_every_kind_looks_as_it_was_reviewed(walk: Walk, request: pytest.FixtureRequest) -> None:
    """`ALIGNBOARD_REVIEW=FOLDER` has screenshots written to be looked at, and keeps their small ones."""
    form = request.node.callspec.id
    changed = {}
    for name, address in kinds_looked_at().items():
        screenshot = walk[1][address].screenshot
        review(f"{name}-{form}", screenshot)
        known = kept(f"{name}-{form}")
        share = 1.0 if known is None else share_changed(small(screenshot), known)
        if share > SHARE:
            changed[name] = f"{share:.1%} of it changed"
    assert changed == {}


@pytest.mark.parametrize("style", [
    "main { margin-top: 2rem }", ".md-tabs { display: none }",
    "body { --md-default-bg-color: #ddd !important }", ".md-typeset { font-size: 130% }",
    "figure { visibility: hidden }",
])  # fmt: skip
def test_another_look_would_be_seen(visit: Visit, style: str) -> None:
    page = dressed(visit, "light")
    page.set_viewport_size({"width": 1280, "height": 900})
    visit.go(kinds_of(SIMULATED)["contribution"])
    before = small(page.screenshot(animations="disabled"))
    assert share_changed(small(page.screenshot(animations="disabled")), before) == 0
    page.evaluate(
        """style => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style);
      document.adoptedStyleSheets = [sheet];
    }""",
        style,
    )
    assert share_changed(small(page.screenshot(animations="disabled")), before) > SHARE


def test_no_page_shuts_anyone_out(walk: Walk) -> None:
    assert {path: seen.faults for path, seen in walk[1].items() if seen.faults} == {}


def test_nothing_jumps_while_a_page_loads(walk: Walk) -> None:
    """Cumulative layout shift under 0.05; most pages have none."""
    assert {path: seen.shifted for path, seen in walk[1].items() if not seen.shifted < 0.05} == {}


def test_no_page_is_wider_than_a_sheet(walk: Walk) -> None:
    assert {path: seen.beyond for path, seen in walk[1].items() if seen.beyond} == {}


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
