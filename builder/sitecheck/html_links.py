"""The links and anchors of a page.

Not `html.parser`, which needs ten times as long; a test holds both equal on the pages of a site.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_ATTRIBUTES = r"""((?:[^"'>]++|"[^"]*+"|'[^']*+')*+)"""
_TOKEN = re.compile(
    rf"<!--.*?-->|<(script|style|title|textarea)\b{_ATTRIBUTES}>.*?</\1\s*>|<([a-z][^\s/>]*+){_ATTRIBUTES}>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>`]++)))?+""")
_WORTH_READING = re.compile(r"href|src|\bid\b|\bname\b|data-", re.IGNORECASE)
LINKS = frozenset(
    {"href", "src", "xlink:href", "poster", "data-spec", "data-document", "data-versions", "data-to"}
)
"""Attributes that hold an address, those that our scripts fetch included."""


@dataclass(frozen=True)
class PageLinks:
    """What a page links to, and the places in it that can be linked to."""

    links: frozenset[str]
    anchors: frozenset[str]


def page_links(text: str) -> PageLinks:
    """The links and anchors of an HTML document."""
    links: set[str] = set()
    anchors: set[str] = set()
    for match in _TOKEN.finditer(text):
        raw, of_raw, tag, of_tag = match.groups()
        attributes = of_raw or of_tag
        if not attributes or not _WORTH_READING.search(attributes):
            continue
        for name, double, single, bare in _ATTRIBUTE.findall(attributes):
            key = name.lower()
            if key in LINKS:
                links.add(double or single or bare)
            elif key == "id" or (key == "name" and (raw or tag).lower() == "a"):
                anchors.add(double or single or bare)
    return PageLinks(frozenset(map(_plain, links)), frozenset(map(_plain, anchors)))


def _plain(value: str) -> str:
    return html.unescape(value) if "&" in value else value
