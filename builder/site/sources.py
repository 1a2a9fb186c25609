"""One page a kind of source: what it is, what is computed of it, how to bring data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import markdown
from markupsafe import Markup

from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.site.assets import SOURCES, AssetPaths
from builder.site.templates import environment

FOLDER = "sources"
OWN = "own-scores"
"""The page of tables of one's own, which no adapter reads."""


@dataclass(frozen=True)
class SourcePage:
    """A page's name in its address, its title, and the adapters that it is about."""

    name: str
    title: str
    body: Markup
    adapters: tuple[tuple[str, str], ...]
    """Name and title of each."""


def source_pages() -> list[SourcePage]:
    """The pages: one's own scores first, then in the order of the adapters."""
    names = list(dict.fromkeys([OWN, *(adapter.page for adapter in ADAPTERS.values())]))
    return [_page(SOURCES / FOLDER / f"{name}.md") for name in names]


def _page(path: Path) -> SourcePage:
    title, _, text = path.read_text(encoding="utf-8").partition("\n")
    html = markdown.markdown(text, extensions=["tables", "fenced_code"], output_format="html")
    html = re.sub(r"<table>(.*?)</table>", _scrolled, html, flags=re.DOTALL)
    html = html.replace("<pre>", '<pre tabindex="0">')
    adapters = tuple((name, one.title) for name, one in ADAPTERS.items() if one.page == path.stem)
    return SourcePage(path.stem, title.removeprefix("# ").strip(), Markup(html), adapters)  # noqa: S704 (ours)


def _scrolled(table: re.Match[str]) -> str:
    """A table that scrolls in its own box where the page is narrow."""
    box = '<div class="ab-scroll" tabindex="0" role="region" aria-label="Table">'
    return f'{box}<table class="ab-table">{table[1]}</table></div>'


def write_source_pages(staging: Path, assets: AssetPaths, *, site_url: str | None) -> None:
    """`sources/index.html`, and a page each below it."""
    pages = source_pages()
    made: dict[str, tuple[str, dict[str, object]]] = {"": ("sources.html", {"pages": pages})}
    made |= {page.name: ("source.html", {"page": page}) for page in pages}
    for name, (template, context) in made.items():
        folder = staging / FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        canonical = f"{site_url.rstrip('/')}/{FOLDER}/{name}".rstrip("/") + "/" if site_url else ""
        base = "../" if not name else "../../"
        html = (
            environment()
            .get_template(template)
            .render(context, assets=assets, base=base, canonical=canonical)
        )
        (folder / "index.html").write_text(html, encoding="utf-8")


def told_at(snapshot: Snapshot, metrics: Iterable[str]) -> list[str]:
    """Pages below `sources/` that say what these metrics are, in the order of the files that gave them."""
    asked = set(metrics)
    known = [ADAPTERS.get(s.adapter.partition(" ")[0]) for s in snapshot.sources if asked & set(s.metrics)]
    return list(dict.fromkeys(adapter.page for adapter in known if adapter))
