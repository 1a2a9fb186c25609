"""Which page of the snapshot before each page follows: `predecessor-version` links (RFC 5829)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from builder.site.swap import FrontEntry, Manifest

_HEAD_ENDS = b"</head>"


def link_predecessors(staging: Path, manifest: Manifest, built: Iterable[FrontEntry]) -> None:
    """Have new rankings, and the first pages of new snapshots, name the same of the snapshot before.

    Only what stands below `staging` is named. Pages that were built before are left as they are.
    """
    new = {(entry.study, entry.snapshot) for entry in built}
    for study, entries in manifest.by_study().items():
        versions = staging / study / "v"
        for entry, before in pairwise(entries):
            if (study, entry.snapshot) in new:
                for page in _citable(versions / entry.snapshot):
                    address = page.parent.relative_to(versions / entry.snapshot)
                    if (versions / before.snapshot / address / page.name).is_file():
                        up = "../" * (len(address.parts) + 1)
                        _add_link(page, (up + f"{before.snapshot}/{address.as_posix()}/").replace("/./", "/"))


def _citable(tree: Path) -> Iterator[Path]:
    yield tree / "index.html"
    yield from sorted((tree / "view").rglob("index.html"))


def _add_link(page: Path, address: str) -> None:
    head, end, rest = page.read_bytes().partition(_HEAD_ENDS)
    link = f'<link rel="predecessor-version" href="{address}">\n'.encode()
    page.unlink()  # a file of this name that is kept for another build stays as it is
    page.write_bytes(head + link + end + rest)
