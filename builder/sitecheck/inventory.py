"""The files of a built site, and where an address of it leads."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from builder.errors import DataError, Problem
from builder.releases import sums
from builder.releases.lock import INDEX
from builder.releases.record import record_folder, tree_folder
from builder.site.front import NOWHERE
from builder.site.swap import MARKER, Manifest, read_manifest

REBUILD = "Build the site anew; a frozen snapshot is restored with --releases."
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@dataclass(frozen=True)
class Site:
    """A built site in a directory."""

    root: Path
    manifest: Manifest

    @cached_property
    def files(self) -> frozenset[str]:
        """Path below the root of every file, with `/` between its parts."""
        found = (path for path in self.root.rglob("*") if path.is_file())
        return frozenset(path.relative_to(self.root).as_posix() for path in found)

    @cached_property
    def pages(self) -> list[str]:
        """The HTML files, sorted."""
        return sorted(path for path in self.files if path.endswith(".html"))

    @cached_property
    def trees(self) -> list[str]:
        """The folder of each snapshot, a slash at its end."""
        return [tree_folder(entry.study, entry.snapshot) for entry in self.manifest.entries]

    @cached_property
    def restored(self) -> frozenset[str]:
        """Those of the trees that came out of a release, as they were frozen."""
        return frozenset(
            tree
            for entry, tree in zip(self.manifest.entries, self.trees, strict=True)
            if record_folder(entry.study, entry.snapshot) + sums.FILE in self.files
        )

    @cached_property
    def url(self) -> str:
        """Where the site says that it stands, a slash at the end; empty where it does not."""
        found = _CANONICAL.search(self.text(INDEX)) if INDEX in self.files else None
        return found[1].rstrip("/") + "/" if found else ""

    def text(self, path: str) -> str:
        """A file as text."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def target(self, page: str, link: str) -> tuple[str, str] | None:
        """The file that a link on a page leads to, and the place in it; None for another site.

        The file is a path below the root, there or not; one that would leave the site begins with `../`.
        """
        if self.url and link.startswith(self.url):
            link = "/" + link.removeprefix(self.url)
        elif link.startswith(NOWHERE):
            link = "/" + link.removeprefix(NOWHERE)
        elif link.startswith("//") or _SCHEME.match(link):
            return None
        elif link.startswith("/"):
            link = "/" + link.removeprefix(self._scope)
        parts = urlsplit(link)
        if not parts.path:
            return page, unquote(parts.fragment)
        path = unquote(parts.path)
        inside = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(page), path)
        whole = posixpath.normpath(inside or ".")
        index = posixpath.normpath(f"{whole}/{INDEX}")
        of_folder = path.endswith("/") or (whole not in self.files and index in self.files)
        return index if of_folder else whole, unquote(parts.fragment)

    def listed(self, tree: str, address: str) -> str | None:
        """The file that an address in the sitemap of a snapshot leads to; None for another site.

        A restored snapshot names its pages where the site stood when it was frozen, which may be elsewhere.
        """
        _, found, inside = address.partition(f"/{tree}")
        if found and tree in self.restored:
            address = f"{NOWHERE}{tree}{inside}"
        where = self.target(tree, address)
        return None if where is None else where[0]

    @cached_property
    def _scope(self) -> str:
        """The path of the site's address, slashes at both ends."""
        return urlsplit(self.url).path if self.url else "/"


def open_site(root: Path) -> Site:
    """A built site. Raises DataError where the directory is none."""
    if not (root / MARKER).is_file():
        raise DataError(Problem(str(root), "is not a built site.", "Run 'alignboard build' first."))
    return Site(root, read_manifest(root))
