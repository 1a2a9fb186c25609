"""Where a site's pages are, for search engines: sitemaps.org's protocol 0.9."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from builder.site.swap import TRUTH, Manifest

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
INDEX, PAGES, ROBOTS = "sitemap.xml", "sitemap-pages.xml", "robots.txt"


def write_sitemaps(staging: Path, manifest: Manifest, *, site_url: str) -> None:
    """An index of every snapshot's own sitemap and of one of the pages that are of no snapshot, and
    `robots.txt`, which says where the index is.

    Hosts give `robots.txt` a meaning at the root of their name only; elsewhere it is a file like others.
    """
    base = f"{site_url.rstrip('/')}/"
    pages = [staging / "index.html", *sorted(staging.glob("sources/**/index.html"))]
    pages += [page for page in (staging / TRUTH / "index.html",) if page.is_file()]
    _write(staging / PAGES, "urlset", "url", [(_address(base, staging, page), "") for page in pages])
    of_snapshots = [
        (f"{base}{one.study}/v/{one.snapshot}/{INDEX}", one.date)
        for one in manifest.entries
        if (staging / one.study / "v" / one.snapshot / INDEX).is_file()
    ]
    _write(staging / INDEX, "sitemapindex", "sitemap", [(f"{base}{PAGES}", ""), *of_snapshots])
    (staging / ROBOTS).write_text(f"User-agent: *\nAllow: /\nSitemap: {base}{INDEX}\n", encoding="utf-8")


def _address(base: str, staging: Path, page: Path) -> str:
    at = page.parent.relative_to(staging).as_posix()
    return base if at == "." else f"{base}{at}/"


def _write(file: Path, root: str, child: str, rows: list[tuple[str, str]]) -> None:
    found = ET.Element(root, xmlns=NAMESPACE)
    for address, date in rows:
        row = ET.SubElement(found, child)
        ET.SubElement(row, "loc").text = address
        if date:
            ET.SubElement(row, "lastmod").text = date
    ET.indent(found, " ")
    file.write_bytes(ET.tostring(found, encoding="utf-8", xml_declaration=True) + b"\n")
