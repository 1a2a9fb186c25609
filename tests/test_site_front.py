"""The front page: whose it is, and what it says of studies and snapshots."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Page

from builder.errors import DataError
from builder.site import front
from builder.site.assets import asset_paths
from builder.site.swap import FrontEntry, Manifest
from builder.site.words import inert

GENERAL = "Leaderboards that say how their metrics are combined"


def entry(study: str, title: str, summary: str, date: str = "2026-01-31") -> FrontEntry:
    sizes = (3, 2, 20, "All", 3, 2)
    return FrontEntry(study, title, summary, False, "models", date, "", date, 0, *sizes, None, "", "", "d")


def written(folder: Path, *entries: FrontEntry) -> str:
    front.write_front(folder, Manifest().with_entries(entries), asset_paths(), site_url=None)
    return (folder / "index.html").read_text(encoding="utf-8")


def said(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (folder / "front.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(front, "TEXTS", folder / "front.toml")


def test_what_comes_with_the_project_leaves_all_to_the_build() -> None:
    assert front.read_texts(front.TEXTS) == {"title": "", "summary": ""}


def test_a_site_of_one_study_is_that_study_s(tmp_path: Path) -> None:
    title, summary = "Mine & <b>ours</b>", "Three <i>of</i> us."
    html = written(tmp_path, entry("mine", title, summary))
    assert "<b>" not in str(inert(title))
    assert f"<title>{inert(title)}</title>" in html
    assert f"<h1>{inert(title)}</h1>" in html
    assert html.count(str(inert(summary))) == 2, "as description and as lead, not again below"
    assert ">Snapshot 2026-01-31</a></h2>" in html
    assert GENERAL not in html


def test_a_site_of_several_studies_says_what_it_is(tmp_path: Path) -> None:
    html = written(tmp_path, entry("mine", "Mine", "Three."), entry("yours", "Yours", "Four."))
    assert f"<h1>{GENERAL}</h1>" in html
    assert html.count("</a></h2>") == 2
    for text in ("Mine</a></h2>", "Yours</a></h2>", "<p>Three.</p>", "<p>Four.</p>"):
        assert text in html


@pytest.mark.parametrize("studies", [("mine",), ("mine", "yours")])
def test_what_the_adopter_says_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, studies: tuple[str, ...]
) -> None:
    said(tmp_path, monkeypatch, 'title = "Our <lab>"\nsummary = "What we measured."\n')
    html = written(tmp_path, *(entry(study, study.title(), f"Of {study}.") for study in studies))
    assert f"<title>{inert('Our <lab>')}</title>" in html
    assert f"<h1>{inert('Our <lab>')}</h1>" in html
    assert '<p class="ab-lead">What we measured.</p>' in html
    for study in studies:
        assert f"{study.title()}</a></h2>" in html
        assert f"<p>Of {study}.</p>" in html


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title = ", "cannot be read"),
        ('titel = "x"', "key 'titel': is none of the front page. Did you mean 'title'?"),
        ("title = 3", "key 'title': is not a text. Put it in quotes."),
    ],
)
def test_a_file_that_is_wrong_is_said_with_its_key(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "front.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        front.read_texts(tmp_path / "front.toml")
    assert problem in str(caught.value)


def test_only_frozen_snapshots_are_said_never_to_change(site: Path) -> None:
    for page in ("index.html", "404.html", "sources/index.html"):
        text = Page.read(site / page).text
        assert "Pages of a frozen snapshot never change" in text
        assert "Pages of a snapshot never change" not in text
