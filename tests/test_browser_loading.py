"""What a first look at a page costs: bytes over the wire, and things that jump."""

from __future__ import annotations

import gzip
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from conftest import SHIFTS, Visit, find_mirror
from kinds import BRAIN_SCORE, SELECTION, SIMULATED
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
