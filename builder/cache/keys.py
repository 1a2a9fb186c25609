"""What each part of a build depends on, as one hash: data, queries, code, templates, libraries.

Nobody lists which code a part is made of: it is what its modules import, read off their text. A change of any
of it, and of nothing else, is another key.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from builder.catalog.library import Library, SnapshotRef
from builder.errors import AlignboardError

ROOT = Path(__file__).resolve().parents[2]
"""Where the code, the queries and the templates lie."""
LOCK = "requirements/run.txt"
USED_IF_THERE = {"bottleneck", "numexpr", "pyarrow"}
"""Packages that are not locked and that pandas uses where they are, for other types of columns or sums."""
RESULTS = ("builder.analysis", "builder.analysis.history", "builder.catalog.library")
FIGURES = ("builder.site.figures", "builder.site.studio")
PAGES = ("builder.one_snapshot",)
TRUTH = ("builder.site.truth_page",)
SCRIPT = ("builder.charts.static",)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(builder[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+(builder[\w.]*))",
    re.MULTILINE,
)
_NAMED = re.compile(r"\bbuilder(?:\.\w+)+")
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)
_RUNS = re.compile(r"[-_.]+")


@dataclass(frozen=True)
class Keys:
    """Of one snapshot: hashes of what its results, its figures and its pages depend on."""

    results: str
    figures: str
    pages: str


class Made:
    """What the program is made of, as it lies below `root`."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._imports: dict[str, frozenset[str]] = {}

    def modules(self, names: Iterable[str]) -> frozenset[str]:
        """These modules of `builder`, all that their text imports anywhere, and the packages of each."""
        found: set[str] = set()
        waiting = {"builder", *names}
        while waiting:
            name = waiting.pop()
            found.add(name)
            waiting |= self._imported_by(name) - found
        return frozenset(found)

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The modules that mkdocs is told to load."""
        text = (self._root / "mkdocs.yml").read_text(encoding="utf-8")
        return tuple(sorted(name for name in set(_NAMED.findall(text)) if self._is_module(name)))

    @cached_property
    def queries(self) -> list[Path]:
        """Every SQL statement."""
        return sorted((self._root / "queries").glob("*.sql"))

    @cached_property
    def looks(self) -> list[Path]:
        """Templates, styles, scripts, texts of pages, the settings of mkdocs, the schemas of documents."""
        found = [path for path in (self._root / "site_src").rglob("*") if path.is_file()]
        found += (self._root / "builder" / "schemas").glob("*.json")
        return sorted([*found, self._root / "mkdocs.yml"])

    @cached_property
    def results(self) -> str:
        """Of what computes results: code, queries, libraries."""
        return self._digest(RESULTS, self.queries)

    @cached_property
    def figures(self) -> str:
        """Of what draws, beside that."""
        return self._digest(FIGURES)

    @cached_property
    def pages(self) -> str:
        """Of what writes pages and the files beside them."""
        return self._digest((*PAGES, *self.named), self.looks)

    @cached_property
    def truth(self) -> str:
        """Of what makes the page about simulated truth."""
        return self._digest(TRUTH, self.looks)

    @cached_property
    def script(self) -> str:
        """Of what makes the script of live figures."""
        return self._digest(SCRIPT)

    def _digest(self, names: Iterable[str], others: Iterable[Path] = ()) -> str:
        """One hash of the modules' files and others, with their names, and of the libraries."""
        files = sorted({*(self._file(name) for name in self.modules(names)), *others})
        held = [[path.relative_to(self._root).as_posix(), _sha256(path.read_bytes())] for path in files]
        return _joined(self.libraries, held)

    @cached_property
    def libraries(self) -> str:
        """Python, the machine's kind, the lock file, what is installed of what it locks or pandas uses."""
        lock = self._root / LOCK
        text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
        locked = {_plain(name) for name in _LOCKED.findall(text)}
        locked |= USED_IF_THERE if locked else set()
        installed = [one for one in _installed() if not locked or one.partition(" ")[0] in locked]
        python = [sys.version, sys.platform, platform.machine(), sys.byteorder]
        return _joined(python, text, installed)

    def _imported_by(self, name: str) -> frozenset[str]:
        if name not in self._imports:
            text = self._file(name).read_text(encoding="utf-8")
            found = {name.rpartition(".")[0]} - {""}
            for parent, members, alone in _IMPORT.findall(text):
                found.add(alone or parent)
                found |= {f"{parent}.{member}" for member in re.findall(r"\w+", members) if parent}
            self._imports[name] = frozenset(one for one in found if self._is_module(one))
        return self._imports[name]

    def _is_module(self, name: str) -> bool:
        place = self._root / name.replace(".", "/")
        return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()

    def _file(self, name: str) -> Path:
        place = self._root / name.replace(".", "/")
        return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


class Keyring:
    """The keys of what a build makes, of a library, for a site that stands at one address."""

    def __init__(self, library: Library, site_url: str | None, made: Made | None = None) -> None:
        self._library = library
        self._address = site_url or ""
        self._made = made or Made()
        self._read: dict[tuple[str, str], str] = {}

    def snapshot(self, ref: SnapshotRef) -> Keys:
        """The keys of a snapshot. Raises SourceError where its sources cannot be had."""
        older = [self._older(one) for one in self._library.before(ref)]
        results = _joined(self._made.results, self._data(ref), older)
        figures = _joined(self._made.figures, results)
        pages = _joined(self._made.pages, figures, ref.position, self._address, ref.study.doi_of(ref.id))
        return Keys(results, figures, pages)

    @property
    def truth(self) -> str:
        """Of the page about simulated truth."""
        return _joined(self._made.truth, self._address)

    @property
    def script(self) -> str:
        """Of the script that makes figures live."""
        return self._made.script

    def _older(self, ref: SnapshotRef) -> str:
        """An older snapshot as the history of a newer one sees it: its data, or that it cannot be had."""
        try:
            return self._data(ref)
        except AlignboardError as error:
            return f"{ref.id} {error}"

    def _data(self, ref: SnapshotRef) -> str:
        """What a snapshot is read from: its own of the study's file, and its own files.

        Pinned files are what their hashes say, which is checked here.
        """
        name = (ref.study.id, ref.id)
        if name not in self._read:
            self._library.fetch(ref)
            aliases = self._library.alias_file(ref.study)
            root = ref.folder or aliases.parent
            files = sorted(root.rglob("*")) if ref.folder is not None else []
            if ref.spec is not None and ref.spec.origins:
                files = [aliases]
            held = [
                [path.relative_to(root).as_posix(), _sha256(path.read_bytes())]
                for path in files
                if path.is_file()
            ]
            said = ref.study.file.model_dump_json(exclude={"snapshots", "dois", "refresh"})
            spec = ref.spec.model_dump_json() if ref.spec is not None else ""
            self._read[name] = _joined(name, ref.date.isoformat(), ref.corrects, ref.note, said, spec, held)
        return self._read[name]


def _installed() -> tuple[str, ...]:
    """`name version` of every distribution on the path, as its folder says it."""
    found = set()
    for place in sys.path:
        for folder in Path(place or ".").glob("*.dist-info"):
            name, _, version = folder.name.removesuffix(".dist-info").partition("-")
            found.add(f"{_plain(name)} {version}")
    return tuple(sorted(found))


def _plain(name: str) -> str:
    """A distribution's name as all its spellings have it (PEP 503)."""
    return _RUNS.sub("-", name).lower()


def _joined(*parts: object) -> str:
    """One hash of values that JSON has."""
    return _sha256(json.dumps(parts).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
