"""The Atom feeds: what RFC 4287 asks for, the order, and addresses."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from builder.site.feed import ATOM, write_feeds
from builder.site.swap import FrontEntry, Manifest

NAME = f"{{{ATOM}}}"


def snapshot(study: str, date: str, title: str = "A & B <c>\x01", digest: str = "d") -> FrontEntry:
    return FrontEntry(
        study, title, "", False, "networks", date, "", date, 0, 1, 3, 20, "All", 1, 3, 0.1984, "", "", digest
    )


def feed(folder: Path, *entries: FrontEntry, site_url: str | None = None, study: str = "") -> ET.Element:
    for entry in entries:
        (folder / entry.study).mkdir(exist_ok=True)
    write_feeds(folder, Manifest().with_entries(entries), site_url=site_url)
    return ET.fromstring((folder / study / "feed.xml").read_bytes())


def links(element: ET.Element) -> list[str]:
    return [link.get("href", "") for link in element.findall(f"{NAME}link")]


@pytest.mark.parametrize("study", ["", "a"])
def test_a_feed_has_what_the_standard_asks_for(tmp_path: Path, study: str) -> None:
    root = feed(tmp_path, snapshot("a", "2024-01-01"), snapshot("a", "2025-01-01"), study=study)
    entries = root.findall(f"{NAME}entry")
    for element in (root, *entries):
        assert all(element.findtext(f"{NAME}{tag}") for tag in ("id", "title", "updated"))
    assert root.find(f"{NAME}author/{NAME}name") is not None
    ids = [element.findtext(f"{NAME}id") for element in (root, *entries)]
    assert len(set(ids)) == 3
    assert all(str(one).startswith("urn:uuid:") for one in ids)
    assert root.findtext(f"{NAME}updated") == "2025-01-01T00:00:00Z"
    assert entries[0].findtext(f"{NAME}title") == "A & B <c> , snapshot 2025-01-01"


def test_a_summary_counts_and_says_how_far_metrics_agree(tmp_path: Path) -> None:
    root = feed(tmp_path, snapshot("a", "2024-01-01"), study="a")
    assert root.findtext(f"{NAME}entry/{NAME}summary") == (
        "1 network, 3 metrics and 20 rankings. Mean Spearman correlation between metrics (All): 0.20."
    )


def test_the_site_s_feed_has_every_study_newest_first(tmp_path: Path) -> None:
    entries = snapshot("a", "2024-01-01"), snapshot("b", "2025-01-01"), snapshot("a", "2026-01-01")
    root = feed(tmp_path, *entries)
    assert [links(entry) for entry in root.findall(f"{NAME}entry")] == [
        ["a/v/2026-01-01/"], ["b/v/2025-01-01/"], ["a/v/2024-01-01/"],
    ]  # fmt: skip


def test_addresses_are_whole_where_the_site_s_is_known(tmp_path: Path) -> None:
    root = feed(tmp_path, snapshot("a", "2024-01-01"), site_url="https://x.org/y/", study="a")
    assert links(root) == ["https://x.org/y/a/", "https://x.org/y/a/feed.xml"]
    assert links(root.findall(f"{NAME}entry")[0]) == ["https://x.org/y/a/v/2024-01-01/"]


def test_only_other_data_are_news(tmp_path: Path) -> None:
    found = [
        feed(tmp_path, snapshot("a", "2024-01-01", digest=digest), study="a").findtext(
            f"{NAME}entry/{NAME}id"
        )
        for digest in ("d", "d", "e")
    ]
    assert found[0] == found[1] != found[2]
