"""Whether the lists of snapshots agree: the manifest, versions.json, sitemaps and feeds."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ET

from builder.errors import Problem
from builder.site import feed, sitemap
from builder.site.front import VERSIONS, version_rows
from builder.site.swap import MARKER
from builder.sitecheck.inventory import REBUILD, Site

SITEMAP, SITEMAPS = sitemap.INDEX, sitemap.NAMESPACE


def listing_problems(site: Site) -> list[Problem]:
    """What is wrong with what lists the snapshots and their pages."""
    return [
        *_folder_problems(site),
        *_version_problems(site),
        *_sitemap_problems(site),
        *_index_problems(site),
        *_feed_problems(site),
    ]


def _folder_problems(site: Site) -> list[Problem]:
    """Snapshots are the folders that the manifest lists."""
    there = {
        "/".join(path.split("/")[:3]) + "/"
        for path in site.files
        if path.split("/")[1:2] == ["v"] and path.count("/") > 2
    }
    return [
        *(
            Problem(tree, f"is not there, though {MARKER} lists it.", REBUILD)
            for tree in sorted({*site.trees} - there)
        ),
        *(Problem(tree, f"is not listed in {MARKER}.", REBUILD) for tree in sorted(there - {*site.trees})),
    ]


def _version_problems(site: Site) -> list[Problem]:
    problems = []
    for study, entries in site.manifest.by_study().items():
        path = f"{study}/v/{VERSIONS}"
        try:
            held = json.loads(site.text(path))
        except FileNotFoundError:
            problems.append(Problem(path, "is not there.", REBUILD))
        except (ValueError, RecursionError):
            continue  # told with the other documents
        else:
            if held != version_rows(entries):
                problems.append(
                    Problem(path, f"does not list the study's snapshots as {MARKER} does.", REBUILD)
                )
    return problems


def _sitemap_problems(site: Site) -> list[Problem]:
    """Each snapshot has one, for the version selector, and it names every page but no other."""
    problems: list[Problem] = []
    for tree in site.trees:
        path = tree + SITEMAP
        listed = _listed(site, path, problems)
        if listed is None:
            continue
        found = {site.listed(tree, one) for one in listed}
        pages = found - {None}
        wanted = {page for page in site.pages if page.startswith(tree)}
        if None in found or pages != wanted:
            odd = sorted(map(str, pages ^ wanted))[:3] or ["an address of another site"]
            problems.append(
                Problem(path, f"does not list the snapshot's pages: see {', '.join(odd)}.", REBUILD)
            )
        problems += _packed_problems(site, path)
    return problems


def _index_problems(site: Site) -> list[Problem]:
    """A site that has an address has a sitemap above those of its snapshots, and one of its other pages."""
    if not site.url:
        return []
    above = {page for page in site.pages if not page.startswith(tuple(site.trees))}
    wanted = {
        sitemap.INDEX: {sitemap.PAGES, *(tree + SITEMAP for tree in site.trees)},
        sitemap.PAGES: {page for page in above if page.split("/")[0] in {"index.html", "sources", "truth"}},
    }
    problems: list[Problem] = []
    for path, files in wanted.items():
        listed = _listed(site, path, problems)
        if listed is None:
            continue
        found = {site.target("", one) for one in listed}
        named = {where[0] if where is not None else "an address of another site" for where in found}
        if named != files:
            odd = ", ".join(sorted(named ^ files)[:3])
            problems.append(Problem(path, f"does not list what the site has: see {odd}.", REBUILD))
    return problems


def _listed(site: Site, path: str, problems: list[Problem]) -> list[str] | None:
    """What a sitemap lists; None where it cannot be read, and `problems` has why."""
    if path not in site.files:
        problems.append(Problem(path, "is not there.", REBUILD))
        return None
    root = _xml(site, path, problems)
    return None if root is None else [one.text or "" for one in root.iter(f"{{{SITEMAPS}}}loc")]


def _packed_problems(site: Site, path: str) -> list[Problem]:
    packed = f"{path}.gz"
    try:
        same = gzip.decompress((site.root / packed).read_bytes()) == (site.root / path).read_bytes()
    except (OSError, EOFError) as error:
        return [Problem(packed, f"cannot be read ({error}).", REBUILD)]
    return [] if same else [Problem(packed, f"is not {SITEMAP}, packed.", REBUILD)]


def _feed_problems(site: Site) -> list[Problem]:
    problems: list[Problem] = []
    n_entries = {f"{study}/{feed.FILE}": len(entries) for study, entries in site.manifest.by_study().items()}
    n_entries[feed.FILE] = len(site.manifest.entries)
    for path, n_wanted in n_entries.items():
        if path not in site.files:
            problems.append(Problem(path, "is not there.", REBUILD))
            continue
        root = _xml(site, path, problems)
        if root is not None:
            problems += [Problem(path, what, REBUILD) for what in _feed_faults(site, path, root, n_wanted)]
    return problems


def _feed_faults(site: Site, path: str, root: ET.Element, n_wanted: int) -> list[str]:
    """What RFC 4287 asks for and is not there."""
    name = f"{{{feed.ATOM}}}"
    entries = root.findall(f"{name}entry")
    faults = []
    for element in (root, *entries):
        faults += [
            f"has an element without '{tag}'."
            for tag in ("id", "title", "updated")
            if not element.findtext(f"{name}{tag}")
        ]
    if len(entries) != n_wanted:
        faults.append(f"has {len(entries)} entries, and the site has {n_wanted} snapshots.")
    ids = [entry.findtext(f"{name}id") for entry in entries]
    if len(set(ids)) < len(ids):
        faults.append("has two entries of one id.")
    for link in root.iter(f"{name}link"):
        where = site.target(path, link.get("href", ""))
        if where is None or where[0] not in site.files:
            faults.append(f"links to '{link.get('href', '')}', which is not there.")
    return faults


def _xml(site: Site, path: str, problems: list[Problem]) -> ET.Element | None:
    content = (site.root / path).read_bytes()
    try:
        if b"<!DOCTYPE" in content:
            raise ET.ParseError("it has a document type")
        return ET.fromstring(content)  # noqa: S314 (without a document type there are no entities)
    except ET.ParseError as error:
        problems.append(Problem(path, f"is not well-formed XML ({error}).", REBUILD))
        return None
