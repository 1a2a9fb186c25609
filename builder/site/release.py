"""From a snapshot's Markdown to its finished pages, byte for byte the same wherever it is built."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from builder.catalog.study import Study
from builder.errors import BuildError, Problem
from builder.site.assets import ROOT, asset_paths
from builder.site.front import NOWHERE
from builder.site.render import PageSet
from builder.site.words import attribute, inert

BASE_CONFIG = ROOT / "mkdocs.yml"
OVERRIDES = ROOT / "site_src" / "overrides"
_ENVIRONMENT = threading.Lock()
_INDENT = re.compile(rb"\s*\n\s*")
_KEEPS_LINES = re.compile(rb"<(pre|textarea)\b(?:(?!</\1)[^\n])*\n")


def build_site_tree(
    docs: Path,
    target: Path,
    study: Study,
    snapshot_id: str,
    date: dt.date,
    pages: PageSet,
    *,
    site_url: str | None,
) -> None:
    """Run mkdocs over `docs` into `target`, which becomes what stands at `/<study>/v/<snapshot>/`.

    The clock is set to the snapshot's date. Raises BuildError where mkdocs cannot build the pages.
    """
    settings = mkdocs_settings(docs, target, study, snapshot_id, pages, site_url)
    config_file = docs.parent / "mkdocs.yml"
    # JSON is YAML, and quotes whatever a name holds.
    config_file.write_text(json.dumps(settings, ensure_ascii=False, indent=1), encoding="utf-8")
    with _environment(date):
        _run_mkdocs(config_file)
    _add_to_search(target / "search" / "search_index.json", pages.named)
    _drop_unused(target / "assets")
    for page in target.rglob("*.html"):
        page.write_bytes(without_indents(page.read_bytes()))
    # The one at the root is the one that hosts serve; this one would look for its style there.
    (target / "404.html").unlink(missing_ok=True)
    if site_url is None:
        _write_sitemap(target, [f"{study.id}/v/{snapshot_id}/{page}" for page in pages.addresses], date)


def _add_to_search(index: Path, named: Iterable[tuple[str, str]]) -> None:
    """Have search find pages by their titles, which mkdocs left out; titles are text there, not HTML."""
    found = json.loads(index.read_text(encoding="utf-8"))
    found["docs"] += [{"location": at, "title": str(inert(title)), "text": ""} for at, title in named]
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    index.write_text(text, encoding="utf-8")


def _drop_unused(assets: Path) -> None:
    """Material's files that no page asks for: its script, other languages' search, maps to its sources."""
    shutil.rmtree(assets / "javascripts" / "lunr", ignore_errors=True)
    for path in {*assets.glob("javascripts/bundle.*"), *assets.rglob("*.map")}:
        path.unlink()


def without_indents(page: bytes) -> bytes:
    """An HTML page without its lines' indents and without blank lines: some 4 KB of each are the theme's.

    As it is where lines stand in `<pre>` or `<textarea>`, in which blanks would be seen.
    """
    return page if _KEEPS_LINES.search(page) else _INDENT.sub(b"\n", page)


def mkdocs_settings(
    docs: Path, target: Path, study: Study, snapshot_id: str, pages: PageSet, site_url: str | None
) -> dict[str, Any]:
    """The configuration of one snapshot's build. Outside text is escaped: Material prints it as it is."""
    up = "../../../"
    assets = asset_paths()
    settings: dict[str, Any] = {
        "INHERIT": str(BASE_CONFIG),
        "site_name": attribute(study.title),
        "site_description": attribute(study.summary),
        "docs_dir": str(docs),
        "site_dir": str(target),
        "theme": {"custom_dir": str(OVERRIDES), "favicon": up + assets.icon},
        "nav": pages.nav,
        "not_in_nav": "\n".join(pages.not_in_nav),
        "extra_css": [up + assets.css],
        "extra": {
            "alignboard": {
                "assets": up + assets.directory,
                "policy": assets.policy,
                "script": up + assets.script,
                "study": attribute(study.title),
                "snapshot": snapshot_id,
                "simulated": study.simulated,
                "digest": pages.digest,
            },
            "scope": _path_of(site_url),
        },
    }
    if site_url is not None:
        settings["site_url"] = f"{site_url.rstrip('/')}/{study.id}/v/{snapshot_id}/"
    return settings


def _path_of(site_url: str | None) -> str:
    """The path part of the site's address: one choice of colours holds for all studies and snapshots."""
    if site_url is None or site_url.count("/") < 3:
        return "/"
    return "/" + site_url.split("/", 3)[3].strip("/") + "/" if site_url.split("/", 3)[3].strip("/") else "/"


def _run_mkdocs(config_file: Path) -> None:
    # mkdocs takes a second to import, and `alignboard --help` must not.
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError, MkDocsException

    try:
        config = load_config(str(config_file))
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
    except (Abort, ConfigurationError, MkDocsException) as error:
        raise BuildError(Problem(str(config_file), f"mkdocs cannot build the pages: {error}")) from error


@contextmanager
def _environment(date: dt.date) -> Iterator[None]:
    """mkdocs reads the build's date from the environment; one build at a time in a process."""
    midnight = dt.datetime.combine(date, dt.time(), dt.UTC)
    wanted = {"SOURCE_DATE_EPOCH": str(int(midnight.timestamp())), "NO_MKDOCS_2_WARNING": "1"}
    with _ENVIRONMENT:
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _write_sitemap(target: Path, paths: list[str], date: dt.date) -> None:
    """A sitemap for the version selector alone: it keeps the reader on the same page of another snapshot."""
    rows = "".join(f"<url><loc>{NOWHERE}{path}</loc><lastmod>{date}</lastmod></url>\n" for path in paths)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    ).encode()
    (target / "sitemap.xml").write_bytes(text)
    # gzip.compress says which system it ran on, or not, as the version of Python has it.
    with (target / "sitemap.xml.gz").open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text)
