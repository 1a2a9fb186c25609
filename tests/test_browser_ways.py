"""Ways to a page: search by name, and what stands at an address that is none."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import Visit
from kinds import SIMULATED, kinds_of
from PIL import Image
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser


def found_by(visit: Visit, words: str) -> Locator:
    """Links that search gives for these words."""
    page = visit.go(f"{SIMULATED}/")
    field = page.locator(".md-search__input")
    field.click()
    field.press_sequentially(words)
    links = page.locator(".md-search-result__link")
    expect(links.first).to_be_visible(timeout=15_000)
    return links


@pytest.mark.parametrize(
    ("words", "title", "where"),
    [
        ("Lapwing 10", "Sim Lapwing 10", "/model/sim-lapwing-10/"),
        ("accuracy colour", "colour", "/metric/accuracy-colour/"),
        ("mean rank up the metric tree", "Mean rank up the metric tree", "/methods/"),
        ("kemeny", "Kemeny-Young order", "/methods/"),
    ],
)
def test_search_finds_models_metrics_and_schemes_by_name(
    visit: Visit, words: str, title: str, where: str
) -> None:
    links = found_by(visit, words)
    # Sections of a page stand below it. What was found for the first letters may still stand there.
    expect(links.page.locator(".md-search-result__item").first).to_contain_text(title, timeout=15_000)
    assert where in (links.first.get_attribute("href") or "")


def test_search_knows_titles_and_headings_and_no_cell_of_a_table(visit: Visit) -> None:
    links = found_by(visit, "Lapwing")
    # Many tables name them; only their own pages are found.
    assert all("/model/" in (link.get_attribute("href") or "") for link in links.all())
    answer = visit.page.request.get(f"{visit.address}/{SIMULATED}/search/search_index.json")
    documents = answer.json()["docs"]
    pages = {one["location"].split("#")[0] for one in documents}
    assert len([page for page in pages if page.startswith("model/")]) == 238
    assert len([page for page in pages if page.startswith("metric/")]) == 69
    assert not [page for page in pages if page.startswith("view/")]
    assert all("<td" not in one["text"] and "<svg" not in one["text"] for one in documents)
    assert len(answer.body()) < 150_000


WAYS = "main [data-ways] a"


@pytest.mark.parametrize(
    ("path", "why", "first"),
    [
        (f"{SIMULATED}/agreement/neurall/", "no such page", "agreement/"),
        ("simulated-alignment/v/1999-12-31/robustness/", "no snapshot 1999-12-31", "robustness/"),
        ("simulated-alignment/v/2023-12-31/model/sim-lapwing-10/", "no such page", "model/sim-lapwing-10/"),
        ("simulated-alignment/latest/nothing/", "no such page", ""),
        ("simulated-alignment/", "", ""),
        ("simulated-alignment/v/2024-12-31/view/", "no such page", ""),
    ],
)
def test_a_missing_page_leads_on(visit: Visit, path: str, why: str, first: str) -> None:
    page = visit.page
    answer = page.goto(f"{visit.address}/{path}", wait_until="networkidle")
    assert answer is not None
    if not why:
        return
    assert answer.status == 404
    assert visit.complaints.pop(0).startswith("404")
    assert "404" in visit.complaints.pop(0)
    assert why in page.locator("main .ab-lead").inner_text()
    ways = [str(link.evaluate("link => link.href")) for link in page.locator(WAYS).all()]
    assert f"{visit.address}/{SIMULATED}/{first}" in ways
    for way in ways:
        assert page.request.get(way).ok, way
    page.get_by_role("link", name="Front page").click()
    page.wait_for_url(f"{visit.address}/")


def test_a_missing_page_offers_a_search_for_what_was_looked_for(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/{SIMULATED}/models/sim-lapwing-10", wait_until="networkidle")
    visit.complaints.clear()
    page.get_by_role("link", name="Search Simulated alignment for “sim lapwing 10”").click()
    link = page.locator(".md-search-result__link").first
    expect(link).to_contain_text("Sim Lapwing 10", timeout=15_000)


def test_a_missing_page_of_no_study_lists_what_there_is(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/no/such/<b>place</b>/", wait_until="networkidle")
    visit.complaints.clear()
    expect(page.locator("main [data-ways]")).to_be_hidden()
    expect(page.locator("main h1")).to_have_text("There is no page at this address")
    for date in ("2023-12-31", "2024-12-31"):
        assert page.get_by_role("link", name=date).count() == 1


def test_a_ranking_is_saved_as_a_picture_made_of_its_figure(visit: Visit, tmp_path: Path) -> None:
    page = visit.go(kinds_of(SIMULATED)["view"])
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert waiting.value.suggested_filename == "figure.png"
    waiting.value.save_as(tmp_path / "figure.png")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Figure, SVG").click()
    waiting.value.save_as(tmp_path / "figure.svg")
    svg = ElementTree.parse(tmp_path / "figure.svg").getroot()
    with Image.open(tmp_path / "figure.png") as picture:
        assert picture.size == (3 * int(svg.attrib["width"]), 3 * int(svg.attrib["height"]))
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert {(255, 255, 255), (159, 203, 211), (11, 102, 120)} <= colours


def test_no_text_of_a_ranking_s_figure_is_cut_off(visit: Visit) -> None:
    """In the type that the browser has, which is not the one that widths were counted in."""
    reached = """async () => {
      const text = await (await fetch("figure.svg")).text();
      const svg = document.adoptNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement);
      document.body.replaceChildren(svg);
      const { width, height } = svg.viewBox.baseVal, texts = [...svg.querySelectorAll("text")];
      return [texts.length, texts.filter(one => {
        const box = one.getBBox();
        return box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height;
      }).map(one => one.textContent)];
    }"""
    for policy, scheme in (("complete", "mean-rank"), ("zero", "hierarchical-mean"), ("complete", "kemeny")):
        page = visit.go(f"{SIMULATED}/view/neural-and-behavior/{policy}/{scheme}/")
        n_texts, cut = page.evaluate(reached)
        assert n_texts > 60
        assert cut == []
