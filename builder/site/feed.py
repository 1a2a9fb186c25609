"""The news of a study: an Atom feed (RFC 4287) with an entry for each of its snapshots."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from pathlib import Path

from builder.site.swap import FrontEntry, Manifest
from builder.site.words import counted, fixed, listed, printable, sentence

ATOM = "http://www.w3.org/2005/Atom"
FILE = "feed.xml"
TITLE = "alignboard"


def write_feeds(staging: Path, manifest: Manifest, *, site_url: str | None) -> None:
    """One feed for each study, and one for the whole site, at `feed.xml`.

    Addresses are relative to the feed where the site's own is not known.
    """
    for study, entries in manifest.by_study().items():
        base = f"{site_url.rstrip('/')}/{study}/" if site_url else ""
        rows = [(entry, f"{base}v/{entry.snapshot}/") for entry in entries]
        title = entries[0].study_title
        _write(staging / study / FILE, study, title, base or "latest/", base, rows, manifest)
    base = f"{site_url.rstrip('/')}/" if site_url else ""
    rows = [(entry, f"{base}{entry.study}/v/{entry.snapshot}/") for entry in manifest.entries]
    rows.sort(key=lambda row: (row[0].date, row[0].position), reverse=True)
    if rows:
        _write(staging / FILE, "", TITLE, base or "./", base, rows, manifest)


def _write(
    file: Path,
    name: str,
    title: str,
    home: str,
    base: str,
    rows: list[tuple[FrontEntry, str]],
    manifest: Manifest,
) -> None:
    corrections = manifest.corrections()
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "id", _identity(f"feed/{name}"))
    _add(feed, "title", f"{title}: snapshots" if name else f"{title}: snapshots of every study")
    _add(feed, "updated", max(_moment(entry) for entry, _ in rows))
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=home)
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{base}{FILE}")
    _add(ET.SubElement(feed, "author"), "name", TITLE)
    for found, address in rows:
        entry = ET.SubElement(feed, "entry")
        # The data are in the name: a snapshot that was built anew of the same data is no news.
        _add(entry, "id", _identity(f"{found.study}/{found.snapshot}/{found.digest}"))
        _add(entry, "title", f"{found.study_title}, snapshot {found.snapshot}")
        _add(entry, "updated", _moment(found))
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=address)
        by = corrections.get((found.study, found.snapshot))
        _add(entry, "summary", _correction(found, by) + _summary(found))
    ET.indent(feed, " ")
    file.write_bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True) + b"\n")


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = printable(text)


def _identity(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"alignboard:{name}").urn


def _moment(entry: FrontEntry) -> str:
    return f"{entry.date}T00:00:00Z"


def _correction(entry: FrontEntry, by: FrontEntry | None) -> str:
    text = f"Corrected by {by.snapshot}. " if by is not None else ""
    if not entry.corrects:
        return text
    return f"{text}Corrects {entry.corrects}: {sentence(entry.note)} "


def _summary(entry: FrontEntry) -> str:
    parts = [
        counted(entry.n_models, entry.models_are.removesuffix("s"), entry.models_are),
        counted(entry.n_metrics, "metric"),
        counted(entry.n_views, "ranking"),
    ]
    text = f"{listed(parts)}."
    if entry.mean_rho is not None:
        text += (
            f" Mean Spearman correlation between metrics ({entry.selection_title}): {fixed(entry.mean_rho)}."
        )
    return f"Simulated. {text}" if entry.simulated else text
