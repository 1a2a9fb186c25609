"""A site of which every text from outside is an injection: nothing runs or leaves, all shows as text."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import once
from hostile import ENTRY, NAMES, make_hostile, text
from playwright.sync_api import Browser
from projects import Page, build_project, served
from samples import CELLS

DATE = "2025-01-31"
HERE = f"tiny/v/{DATE}"
DATA = {("type", "application/json"), ("type", "application/ld+json")}
"""Of a script that is none."""
ACTIVE = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?", re.IGNORECASE)


def build_hostile(folder: Path) -> None:
    make_hostile(folder / "deep" / "project", CELLS, (DATE,))
    build_project(folder / "deep" / "project", folder / "deep" / "site", site_url="https://example.org/x")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That site, to read only, two folders below one of its own."""
    return once(tmp_path_factory, "hostile", build_hostile) / "deep" / "site"


def files(site: Path, ending: str) -> list[Path]:
    found = sorted(site.rglob(f"*{ending}"))
    assert found, ending
    return found


def test_no_page_has_what_an_injection_would_have_made(hostile: Path) -> None:
    for path in files(hostile, ".html"):
        page = Page.read(path)
        made = [(tag, name, value) for tag, name, value in page.attributes
                if name.startswith("on") or value.strip().lower().startswith(("javascript:", "vbscript:"))
                or (tag == "script" and name == "src" and not value.startswith(("../", "assets/", "./", "/")))
                or (tag in {"img", "iframe", "object", "embed"} and "evil" in value)]  # fmt: skip
        assert made == [], path
        scripts = [(name, value) for tag, name, value in page.attributes if tag == "script"]
        ours = [one for one in scripts if one[0] == "src" or one in DATA]
        assert page.tags.count("script") == len(ours), path
        assert not {"iframe", "object", "embed", "base", "img"} & set(page.tags), path
        assert all(re.fullmatch(r"[\w.:-]*", one) for one in page.ids), path
        assert "root:x:0:0" not in page.text, path


def test_text_shows_as_it_is(hostile: Path) -> None:
    ranking = Page.read(hostile / HERE / "view/everything/attempted/arithmetic-mean/index.html").text
    for name in NAMES[:5]:
        assert name in ranking
    data = Page.read(hostile / HERE / "data/index.html").text
    for place in ("source", "licence", "attribution", "citation"):
        assert " ".join(text(place).split()) in data, place
    assert " ".join(ENTRY.split()) in " ".join(ranking.split())


def test_tables_run_nothing_in_a_spreadsheet(hostile: Path) -> None:
    for path in files(hostile, ".csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, strict=True):
                bad = [cell for cell in row if ACTIVE.match(cell) and not NUMBER.fullmatch(cell)]
                assert bad == [], path


def test_documents_and_pictures_are_whole_and_refer_to_nothing_outside(hostile: Path) -> None:
    for path in files(hostile, ".json"):
        json.loads(path.read_text(encoding="utf-8"))
    for path in files(hostile, ".xml"):
        ET.parse(path)
    for path in files(hostile, ".svg"):
        for element in ET.parse(path).iter():
            tag = element.tag.rpartition("}")[2]
            assert tag not in {"script", "foreignObject", "image", "iframe", "a"}, path
            for name, value in element.attrib.items():
                assert not name.startswith("on"), path
                assert not name.endswith("href") or value.startswith("#"), path


def test_no_file_is_where_a_text_would_have_put_it(hostile: Path) -> None:
    top = hostile.parent.parent
    assert {path.name for path in top.iterdir()} == {"deep"}
    assert {path.name for path in hostile.parent.iterdir()} == {"project", "site"}
    assert {path.name for path in (hostile.parent / "project").iterdir()} == {"data"}
    names = {path.name for path in hostile.rglob("*")}
    assert not [name for name in names if not re.fullmatch(r"[A-Za-z0-9._-]+", name)]
    assert not Path("hacked").exists()


@pytest.mark.browser
def test_nothing_runs_and_nothing_leaves_the_host(hostile: Path, browser: Browser) -> None:
    shapes: dict[tuple[str, int], str] = {}
    for path in files(hostile / HERE, "index.html"):
        page_of = path.parent.relative_to(hostile / HERE).as_posix()
        shapes.setdefault((page_of.split("/")[0], page_of.count("/")), f"{HERE}/{page_of}/")
    assert len(shapes) > 15
    with served(hostile) as address:
        complaints: list[str] = []
        context = browser.new_context()
        page = context.new_page()
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda one: complaints.append(f"asked {one.url}")
                if not one.url.startswith((address, "data:", "blob:")) else None)  # fmt: skip
        for path in ("", "tiny/", *shapes.values()):
            page.goto(f"{address}/{path}", wait_until="load")
            page.mouse.wheel(0, 4000)
            for mark in page.locator("[data-spec]").all()[:1]:
                mark.hover(timeout=2000)
            assert page.evaluate("window.hacked") is None, path
        for words in ("DROP", "autofocus"):  # in names of models, and of metrics
            page.goto(f"{address}/{HERE}/", wait_until="load")
            page.locator(".md-search__input").click()
            page.locator(".md-search__input").press_sequentially(words)
            page.locator(".md-search-result__link").first.wait_for()
            assert page.evaluate("window.hacked") is None, words
        context.close()
    assert complaints == []
