"""What stands above the snapshots: the front page, lists of versions, redirects to the newest snapshot."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from markupsafe import Markup

from builder.errors import DataError, Problem
from builder.names import did_you_mean
from builder.site.assets import SOURCES, AssetPaths
from builder.site.feed import write_feeds
from builder.site.sitemap import write_sitemaps
from builder.site.sources import write_source_pages
from builder.site.swap import FrontEntry, Manifest, write_manifest
from builder.site.templates import environment
from builder.site.words import sentence

VERSIONS = "versions.json"
TEXTS = SOURCES / "front.toml"
"""What an adopter calls the front page."""
NOWHERE = "http://localhost/"
"""Stands in sitemaps of a site that has no address: Material's version selector reads only the paths."""


def write_site_files(staging: Path, manifest: Manifest, assets: AssetPaths, *, site_url: str | None) -> None:
    """Everything that is of no one snapshot, from what stands in `staging`; the marker last.

    Raises DataError where the front page's own texts cannot be read.
    """
    for study, entries in manifest.by_study().items():
        write_versions(staging / study / "v", entries)
        write_latest(staging / study, entries[0].snapshot, assets, site_url=site_url)
    write_feeds(staging, manifest, site_url=site_url)
    write_source_pages(staging, assets, site_url=site_url)
    write_front(staging, manifest, assets, site_url=site_url)
    if site_url:
        write_sitemaps(staging, manifest, site_url=site_url)
    write_manifest(staging, manifest)


def write_versions(target: Path, entries: list[FrontEntry]) -> None:
    """`versions.json` as Material's version selector reads it."""
    text = json.dumps(version_rows(entries), ensure_ascii=False, indent=1)
    (target / VERSIONS).write_text(text + "\n", encoding="utf-8")


def version_rows(entries: list[FrontEntry]) -> list[dict[str, object]]:
    """A row for each snapshot of a study, newest first.

    `properties`, as mike has them, say what a snapshot corrects and what corrects it; pages read them, so
    that one that is frozen still says that it was corrected.
    """
    by = {entry.corrects: entry for entry in entries if entry.corrects}
    rows = []
    for i, entry in enumerate(entries):
        row: dict[str, object] = {"version": entry.snapshot, "title": entry.snapshot}
        row["aliases"] = ["latest"] if i == 0 else []
        properties = {"corrects": entry.corrects, "note": entry.note} if entry.corrects else {}
        if entry.snapshot in by:
            newer = by[entry.snapshot]
            properties |= {"corrected_by": newer.snapshot, "why": sentence(newer.note)}
        rows.append(row | ({"properties": properties} if properties else {}))
    return rows


def write_latest(study: Path, newest: str, assets: AssetPaths, *, site_url: str | None) -> None:
    """A redirect at `latest/` for each page of the newest snapshot, and one at the study's own address."""
    tree = study / "v" / newest
    for page in sorted(tree.rglob("index.html")):
        address = page.parent.relative_to(tree).as_posix().removeprefix(".")
        _write_redirect(study, f"latest/{address}", f"v/{newest}/{address}", assets, site_url)
    _write_redirect(study, "", f"v/{newest}/", assets, site_url)


def _write_redirect(study: Path, at: str, to: str, assets: AssetPaths, site_url: str | None) -> None:
    at, to = at.strip("/"), to.strip("/") + "/"
    up = "../" * len(Path(at).parts)
    canonical = f"{site_url.rstrip('/')}/{study.name}/{to}" if site_url else up + to
    page = study / at / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        environment()
        .get_template("redirect.html")
        .render(to=up + to, canonical=canonical, script=f"{up}../{assets.redirect}", policy=assets.policy),
        encoding="utf-8",
    )


def read_texts(file: Path) -> dict[str, str]:
    """`title` and `summary` of the front page, empty where the file leaves them to the build.

    Raises DataError with every problem of the file.
    """
    texts = {"title": "", "summary": ""}
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return texts
    except (OSError, ValueError) as error:
        raise DataError(Problem(str(file), f"cannot be read: {error}.", "Correct it.")) from None
    problems = [
        Problem(f"{file}: key '{key}'", "is none of the front page.", did_you_mean(key, list(texts)))
        for key in said
        if key not in texts
    ]
    problems += [
        Problem(f"{file}: key '{key}'", "is not a text.", "Put it in quotes.")
        for key in texts
        if not isinstance(said.get(key, ""), str)
    ]
    if problems:
        raise DataError(problems)
    return {key: said.get(key, "").strip() for key in texts}


def write_front(staging: Path, manifest: Manifest, assets: AssetPaths, *, site_url: str | None) -> None:
    """`index.html` lists the studies; `404.html` helps from any depth. Raises DataError as `read_texts`."""
    studies: list[dict[str, Any]] = []
    for study, entries in manifest.by_study().items():
        newest = entries[0]
        picture = staging / study / "v" / newest.snapshot / "figures" / f"{newest.figure}.svg"
        svg = picture.read_text(encoding="utf-8") if newest.figure and picture.is_file() else ""
        figure = Markup(svg)  # noqa: S704 (a figure of ours)
        corrected = [entry.corrects for entry in entries if entry.corrects]
        studies.append(
            {"id": study, "newest": newest, "older": entries[1:], "corrected": corrected, "svg": figure}
        )
    texts = read_texts(TEXTS)
    if len(studies) == 1:
        newest = studies[0]["newest"]
        texts = {"title": texts["title"] or newest.study_title, "summary": texts["summary"] or newest.summary}
    # A 404 page is shown at any address, so what it needs it must name from the root.
    root = "/" + "/".join(site_url.rstrip("/").split("/")[3:]) + "/" if site_url else "/"
    for name, base in (("index.html", "./"), ("404.html", root.replace("//", "/"))):
        page = (
            environment()
            .get_template(name)
            .render(studies=studies, texts=texts, assets=assets, base=base, site_url=site_url)
        )
        (staging / name).write_text(page, encoding="utf-8")
