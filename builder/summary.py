"""What a build says of itself: a line for each snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builder.releases.restore import Release
from builder.site.swap import FrontEntry


@dataclass(frozen=True)
class Built:
    """One snapshot's line in the summary."""

    study: str
    snapshot: str
    n_models: int
    n_metrics: int
    n_complete: int
    n_views: int
    seconds_before_mkdocs: float
    seconds: float
    published: tuple[str, ...]
    """How the source's own inner nodes compare with ours, as sentences."""
    front: FrontEntry
    kept: bool = False
    """Whether its pages were kept from an earlier build."""


@dataclass(frozen=True)
class Skipped:
    """A snapshot that could not be had, and why."""

    study: str
    snapshot: str
    why: str


@dataclass(frozen=True)
class Summary:
    """What a build did, in the order of studies and snapshots."""

    built: tuple[Built, ...]
    skipped: tuple[Skipped, ...]
    target: Path
    restored: tuple[Release, ...] = ()
    n_bytes: int = 0
    """Of all files of the site."""
