"""How one ranking is cited: the same few facts as plain text, BibTeX, CSL-JSON and RIS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from builder import __version__
from builder.results import View
from builder.site.book import Book

_BIBTEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", **{sign: f"\\{sign}" for sign in "&%$#_"},
}  # fmt: skip
_BREAK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
KIND = f"Ranking by alignboard {__version__}"
"""What is cited, and what made it."""
DOI_RESOLVER = "https://doi.org/"


@dataclass(frozen=True)
class Citation:
    """What is known of one ranking. Text is plain, on one line each; `url` and `doi` may be empty."""

    key: str
    title: str
    study: str
    authors: tuple[str, ...]
    date: tuple[int, int, int]
    version: str
    url: str
    path: str
    """Address below the site's root."""
    doi: str
    digest: str
    simulated: bool
    scores: str
    """The citation that the data's source asks for; empty for none."""
    entries: str
    """The same as BibTeX entries; empty for none."""

    @property
    def note(self) -> str:
        """What proves that a ranking is the cited one, and whose scores it ranks."""
        found = "" if self.url else f"View {self.path}. "
        found += f"SHA-256 of the ranking: {self.digest}."
        found += " Simulated: no real model was measured." if self.simulated else ""
        return f"{found} Scores: {self.scores}" if self.scores else found

    @property
    def day(self) -> str:
        year, month, day = self.date
        return f"{year:04}-{month:02}-{day:02}"


def citation(book: Book, view: View) -> Citation:
    """The facts of a view's citation, from its study, its snapshot and its ranking."""
    study, snapshot = book.study, book.snapshot
    path = f"{study.id}/v/{snapshot.id}/{view.address}/"
    return Citation(
        key="-".join((study.id, snapshot.id, view.selection, view.policy, view.scheme)),
        title=_line(f"{study.title}, snapshot {snapshot.id}. {view.title}"),
        study=_line(study.title),
        authors=tuple(_line(author) for author in study.authors),
        date=(snapshot.date.year, snapshot.date.month, snapshot.date.day),
        version=snapshot.id,
        url=f"{book.site_url.rstrip('/')}/{path}" if book.site_url else "",
        path=path,
        doi=study.doi_of(snapshot.id),
        digest=view.digest,
        simulated=study.simulated,
        scores=_line(study.data.citation),
        entries=study.data.bibtex,
    )


def plain(found: Citation) -> str:
    """One line for a reference list or a caption."""
    who = f"{'; '.join(found.authors)} ({found.date[0]}). " if found.authors else ""
    where = f" {DOI_RESOLVER}{found.doi}" if found.doi else ""
    where += f" {found.url}" if found.url else ""
    dated = "" if found.day == found.version else f", of {found.day}"
    return f"{who}{found.title}{dated}. {KIND}.{where} {found.note}"


def bibtex(found: Citation) -> str:
    """A `@misc` entry, which every BibTeX style knows, and below it those of the data's source."""
    year, month, _ = found.date
    fields = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in found.authors),
        "title": f"{{{_tex(found.title)}}}",
        "year": str(year),
        "month": str(month),
        "version": _tex(found.version),
        "howpublished": KIND,
        "doi": found.doi,
        "url": found.url,
        "note": _tex(found.note),
    }
    rows = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    entries = f"\n{found.entries}\n" if found.entries else ""
    return f"@misc{{{found.key},\n{rows}}}\n{entries}"


def csl_json(found: Citation) -> str:
    """A list of one item of the Citation Style Language's schema (citeproc 1.0), type `dataset`."""
    item = {
        "id": found.key,
        "type": "dataset",
        "title": found.title,
        "container-title": found.study,
        "author": [{"literal": author} for author in found.authors],
        "issued": {"date-parts": [list(found.date)]},
        "version": found.version,
        "genre": KIND,
        "DOI": found.doi,
        "URL": found.url,
        "note": found.note,
    }
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=1) + "\n"


def ris(found: Citation) -> str:
    """One RIS record of type DATA; lines end as the format asks, with CR LF."""
    rows = [("TY", "DATA"), ("ID", found.key), ("TI", found.title), ("T2", found.study)]
    rows += [("AU", author) for author in found.authors]
    rows += [("PY", str(found.date[0])), ("DA", found.day.replace("-", "/")), ("ET", found.version)]
    rows += [("DO", found.doi), ("UR", found.url), ("N1", found.note), ("M3", KIND)]
    lines = [f"{tag}  - {value}" for tag, value in rows if value]
    return "\r\n".join([*lines, "ER  - ", ""])


FORMATS: tuple[tuple[str, str, Callable[[Citation], str]], ...] = (
    ("BibTeX", "cite.bib", bibtex),
    ("CSL-JSON", "cite.json", csl_json),
    ("RIS", "cite.ris", ris),
)
"""Title, file beside the ranking, and what writes it."""


def _line(text: str) -> str:
    return _BREAK.sub(" ", text).strip()


def _tex(text: str) -> str:
    return "".join(_BIBTEX.get(sign, sign) for sign in text)
