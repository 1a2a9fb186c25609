"""Whether every link inside the site leads somewhere, and every anchor is there."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from builder.errors import Problem
from builder.sitecheck.html_links import page_links
from builder.sitecheck.inventory import REBUILD, Site

SEARCH = "search/search_index.json"
ANYWHERE = frozenset({"", "top"})
"""Places that every page has."""


@dataclass
class _Links:
    """What was found on the way through the pages."""

    n_links: int = 0
    lost: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """File that is not there -> pages that link to it."""
    asked: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    """Another page -> place in it -> pages that link there."""


def link_problems(site: Site) -> tuple[list[Problem], int]:
    """What is wrong with the links of all pages and of the search's indexes, and how many there are.

    Links out of the site are not followed.
    """
    found = _Links()
    for page in site.pages:
        here = page_links(site.text(page))
        _follow(site, found, page, here.links, here.anchors)
    for tree in site.trees:
        if tree + SEARCH in site.files:
            # Its addresses are below the snapshot, and not beside the index.
            _follow(site, found, f"{tree}index.html", _searched(site, tree), None, named=tree + SEARCH)
    problems = [
        Problem(pages[0], f"links to '{target}', which is not there{_others(pages)}.", REBUILD)
        for target, pages in sorted(found.lost.items())
    ]
    for target, places in sorted(found.asked.items()):
        anchors = page_links(site.text(target)).anchors
        problems += [
            _no_place(target, place, pages) for place, pages in places.items() if place not in anchors
        ]
    return problems, found.n_links


def _follow(
    site: Site,
    found: _Links,
    page: str,
    links: frozenset[str],
    anchors: frozenset[str] | None,
    named: str = "",
) -> None:
    found.n_links += len(links)
    for link in sorted(links):
        where = site.target(page, link)
        if where is None:
            continue
        target, place = where
        if target not in site.files:
            found.lost[target].append(named or page)
        elif place in ANYWHERE or not target.endswith(".html"):
            continue
        elif target != page or anchors is None:
            found.asked[target].setdefault(place, []).append(named or page)
        elif place not in anchors:
            found.asked[target].setdefault(place, []).append(page)


def _searched(site: Site, tree: str) -> frozenset[str]:
    try:
        held: Any = json.loads(site.text(tree + SEARCH))
        return frozenset(str(one["location"]) or "./" for one in held["docs"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return frozenset()  # told as a document that cannot be read


def _no_place(target: str, place: str, pages: list[str]) -> Problem:
    return Problem(
        pages[0], f"links to '{target}#{place}', a place that is not there{_others(pages)}.", REBUILD
    )


def _others(pages: list[str]) -> str:
    n_more = len(pages) - 1
    return f" (as {n_more} more page{'s do' if n_more > 1 else ' does'})" if n_more else ""
