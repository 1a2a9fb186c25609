"""What a page says of itself to machines: schema.org's Dataset, typed links (RFC 8288, RFC 8574), and what is
shown where a link to it is shared (Open Graph).
"""

from __future__ import annotations

import json
from typing import Any

from builder.names import inside
from builder.results import View
from builder.site.book import Book
from builder.site.cards import CARD, SIZE
from builder.site.citations import DOI_RESOLVER, Citation, citation
from builder.site.pages import Page
from builder.site.words import attribute, counted
from builder.stats.schemes import POLICIES, SCHEMES

Settings = dict[str, Any]
CROISSANT = {"rel": "describedby", "type": "application/ld+json", "href": "croissant.json"}
FEWEST_SIGNS = 50
"""Search engines take a description of a data set from this length on."""


def about(book: Book, page: Page) -> Settings:
    """Front matter for the head of a page: `jsonld` (what a script element may hold), `links`, `social`."""
    view, social = page.subject.view, _social(book, page)
    if view is not None:
        cited = citation(book, view)
        return {
            "jsonld": _in_script(_ranking(book, view, cited)),
            "links": _links(page, view, cited),
            **social,
        }
    if page.address == "":
        return {"jsonld": _in_script(snapshot_dataset(book)), "links": [CROISSANT], **social}
    return social


def _social(book: Book, page: Page) -> Settings:
    """Open Graph's properties, escaped; nothing where the site's address is not known, for they need it.

    A page that is no ranking shows the card of the one that the study starts from.
    """
    root = _root(book)
    if not root:
        return {}
    title = page.title if page.address == "" else f"{page.title}. {book.study.title}, {book.snapshot.id}"
    found = {
        "title": title,
        "description": page.description,
        "type": "website",
        "url": f"{root}{page.address}/" if page.address else root,
        "site_name": book.study.title,
    }
    view = page.subject.view or book.default_view
    if view is not None:
        alt = f"{view.title}: the first of {counted(view.n_models, book.singular, book.models_are)}."
        found |= {
            "image": f"{root}{view.address}/{CARD}",
            "image:width": str(SIZE[0]),
            "image:height": str(SIZE[1]),
            "image:alt": alt,
        }
    return {"social": {name: attribute(text) for name, text in found.items()}}


def _in_script(value: Settings) -> str:
    """JSON that no HTML parser takes for the end of the script."""
    text = json.dumps({"@context": "https://schema.org/", **value}, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _links(page: Page, view: View, cited: Citation) -> list[dict[str, str]]:
    """Where to cite it, what describes it, and the same ranking as data."""
    cite_as = f"{DOI_RESOLVER}{cited.doi}" if cited.doi else cited.url
    links = [{"rel": "cite-as", "href": cite_as}] if cite_as else []
    return [
        *links,
        {"rel": "describedby", "type": "application/json", "href": f"{page.root}api/{view.address}.json"},
        {"rel": "item", "type": "text/csv", "href": "ranking.csv"},
    ]


def _ranking(book: Book, view: View, cited: Citation) -> Settings:
    """A ranking as a Dataset."""
    scheme, policy = SCHEMES[view.scheme], POLICIES[view.policy]
    selection = next(one for one in book.selections if one.id == view.selection)
    return {
        **_common(book, cited.url),
        "name": cited.title,
        "description": (
            f"{view.n_models} {book.models_are} ranked by {inside(scheme.title)} over "
            f"{counted(view.n_metrics, 'metric')}: {inside(selection.title)}. {policy.sentence} "
            f"{book.study.summary}"
        ),
        "identifier": [f"sha256:{view.digest}", *([f"doi:{cited.doi}"] if cited.doi else [])],
        "measurementTechnique": f"{scheme.title}: {scheme.formula}",
        "variableMeasured": ["place", "value"],
        "distribution": [
            _download(cited.url, "ranking.csv", "text/csv"),
            _download(cited.url, f"../../../../api/{view.address}.json", "application/json"),
        ],
        "isPartOf": {"@type": "Dataset", **_named(book), **_url(_root(book) or "../../../../")},
    }


def snapshot_dataset(book: Book) -> Settings:
    """A snapshot as a Dataset: its scores where they may be passed on, and the results."""
    root, doi = _root(book), book.study.doi_of(book.snapshot.id)
    files = [("api/index.json", "application/json")]
    if book.study.data.redistribute:
        files.append(("data/datapackage.json", "application/json"))
    return {
        **_common(book, root),
        **_named(book),
        "identifier": [f"sha256:{book.digest}", *([f"doi:{doi}"] if doi else [])],
        "variableMeasured": [{"@type": "PropertyValue", "name": metric.name} for metric in _metrics(book)],
        "distribution": [_download(root, file, kind) for file, kind in files],
    }


def _metrics(book: Book) -> tuple[Any, ...]:
    return book.snapshot.tree.metrics[:100]


def _named(book: Book) -> Settings:
    summary = book.study.summary
    counts = f"{len(book.snapshot.models)} {book.models_are}, {len(book.snapshot.tree.metrics)} metrics."
    described = summary if len(summary) >= FEWEST_SIGNS else f"{summary} {counts} {book.study.data.source}."
    return {"name": f"{book.study.title}, snapshot {book.snapshot.id}", "description": described}


def _common(book: Book, url: str) -> Settings:
    study, data = book.study, book.study.data
    based_on: Settings = {"@type": "Dataset", "name": data.source, "description": data.attribution}
    found: Settings = {
        "@type": "Dataset",
        **_url(url),
        "version": book.snapshot.id,
        "datePublished": book.snapshot.date.isoformat(),
        "isAccessibleForFree": True,
        "isBasedOn": based_on | _url(data.homepage or ""),
    }
    if study.authors:
        found["creator"] = [{"@type": "Person", "name": author} for author in study.authors]
    if data.licence_url:
        found["license"] = data.licence_url
    if data.citation:
        found["citation"] = data.citation
    return found


def _root(book: Book) -> str:
    """Address of the snapshot; empty where the site's is not known."""
    if not book.site_url:
        return ""
    return f"{book.site_url.rstrip('/')}/{book.study.id}/v/{book.snapshot.id}/"


def _url(url: str) -> Settings:
    return {"url": url} if url else {}


def _download(base: str, path: str, kind: str) -> Settings:
    """A file; its address is relative to the page where the site's own is not known."""
    while base and path.startswith("../"):
        base, path = base.rstrip("/").rsplit("/", 1)[0] + "/", path.removeprefix("../")
    return {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{base}{path}"}
