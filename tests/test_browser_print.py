"""Pages on paper: A4 upright, nothing cut off, always in light colours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import SHEET, Visit
from kinds import BRAIN_SCORE, SIMULATED, kinds_of
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def on_paper(visit: Visit, path: str) -> Page:
    page = visit.go(path)
    page.set_viewport_size(SHEET)
    page.emulate_media(media="print")
    return page


def printed(page: Page, folder: Path) -> list[str]:
    """The text of each sheet."""
    if shutil.which("pdftotext") is None:
        if os.environ.get("CI"):
            pytest.fail("what is printed is read by pdftotext; .ci/run installs it")
        pytest.skip("no pdftotext here")
    page.emulate_media(media="print")
    page.pdf(path=folder / "page.pdf", format="A4")
    command = ["pdftotext", "-layout", folder / "page.pdf", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


@pytest.mark.parametrize("snapshot", [SIMULATED, BRAIN_SCORE])
def test_a_printed_view_repeats_its_head_and_says_where_it_is_from(
    visit: Visit, request: pytest.FixtureRequest, tmp_path: Path, snapshot: str
) -> None:
    if snapshot == BRAIN_SCORE:
        request.getfixturevalue("mirror")
    path = f"{kinds_of(snapshot)['view'].removesuffix('complete/mean-rank/')}worst-rank/mean-rank/"
    page = visit.go(path)
    digest = re.search(r"[0-9a-f]{64}", page.locator(".ab-cite > p").inner_text())
    assert digest is not None
    rows = page.locator(".ab-ranking tbody tr").count()
    sheets = printed(page, tmp_path)
    assert len(sheets) > rows / 60
    seen = 0
    for sheet in sheets:
        places = re.findall(r"^ *(\d+)=? +\S.* \d+–\d+", sheet, re.MULTILINE)
        seen += len(places)
        assert not places or re.search(r"Place +.*Likely places", sheet)
    assert seen >= 0.9 * rows  # long names take two lines
    whole = " ".join(" ".join(sheets).split())
    assert digest[0] in whole
    assert path.rstrip("/") in whole.replace(" ", "")
    assert ("Simulated data." in whole) == (snapshot == SIMULATED)


def test_what_is_for_the_screen_alone_is_not_printed(visit: Visit) -> None:
    page = on_paper(visit, kinds_of(SIMULATED)["view"])
    for part in ("header.md-header", ".md-tabs", ".md-search", ".ab-switch", ".ab-tools", ".ab-cite details"):
        assert page.locator(part).count() > 0, part
        assert page.locator(f"{part}:visible").count() == 0, part
    assert page.locator(".ab-ranking:visible").count() == 1
    on_paper(visit, "")
    assert page.locator(".ab-masthead button:visible").count() == 0
    assert page.locator(".ab-masthead:visible").count() == 1


def test_a_dark_page_is_printed_in_light_colours(visit: Visit) -> None:
    visit.page.emulate_media(color_scheme="dark")
    for path in ("", kinds_of(SIMULATED)["view"], kinds_of(SIMULATED)["agreement"]):
        page = visit.go(path)
        assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
        page.emulate_media(media="print", color_scheme="dark")
        colours = page.evaluate(
            "['h1', 'main p', '.ab-figure svg', '.ab-table td'].map(part => document.querySelector(part))"
            ".filter(Boolean).map(one => getComputedStyle(one).color.match(/[0-9]+/g).map(Number))"
        )
        assert len(colours) >= 2, path
        assert all(sum(colour[:3]) < 3 * 0x60 for colour in colours), (path, colours)
        page.emulate_media(media="screen")
