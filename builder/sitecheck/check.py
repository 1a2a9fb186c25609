"""Everything that can be checked of a built site without building it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.errors import DataError, Problem
from builder.names import did_you_mean
from builder.releases.lock import read_lock
from builder.sitecheck.digests import lock_problems, ranking_problems
from builder.sitecheck.documents import document_problems
from builder.sitecheck.held import count_held, dropped_problems
from builder.sitecheck.inventory import open_site
from builder.sitecheck.links import link_problems
from builder.sitecheck.listings import listing_problems
from builder.sitecheck.records import record_problems, release_problems


@dataclass(frozen=True)
class Checked:
    """What was looked at, and what is wrong."""

    n_pages: int
    n_links: int
    n_documents: int
    n_views: int
    n_releases: int
    unproved: tuple[str, ...]
    """Frozen snapshots without the SHA256SUMS that links.lock has, of which no archive is at hand."""
    n_locked: int
    """Locked addresses that were looked for."""
    elsewhere: Mapping[str, int]
    """Study -> its locked addresses that were not, because the site is of another one; empty for no study."""
    problems: tuple[Problem, ...]


def check_site(
    directory: Path, root: Path, study: str = "", releases: Path | None = None, *, publish: bool = False
) -> Checked:
    """Check the built site in a directory against itself and against links.lock of the project at `root`.

    With `study`, the site is of that study alone, and not held to what is locked of others. A snapshot whose
    archive lies in `releases` has to be restored from there. A site that takes the place of the one that is
    published (`publish`) has to have the frozen snapshots of all studies. Raises DataError or BuildError
    where it cannot be read as a site, or has no such study.
    """
    site = open_site(directory)
    known = list(site.manifest.by_study())
    if study and study not in known:
        raise DataError(Problem(f"study '{study}'", f"is not in {directory}.", did_you_mean(study, known)))
    locked = read_lock(root)
    in_links, n_links = link_problems(site)
    in_documents, n_documents = document_problems(site)
    in_views, n_views = ranking_problems(site)
    hashes: dict[str, str] = {}
    in_releases, n_releases = release_problems(site, hashes)
    in_records, unproved = record_problems(site, locked, releases)
    problems = [*in_releases, *in_records, *in_views, *in_documents, *listing_problems(site), *in_links]
    problems += lock_problems(site, locked, study, hashes, in_releases)
    if publish:
        problems += dropped_problems(site, locked, study)
    n_locked, elsewhere = count_held(site, locked, study)
    return Checked(
        n_pages=len(site.pages),
        n_links=n_links,
        n_documents=n_documents,
        n_views=n_views,
        n_releases=n_releases,
        unproved=tuple(unproved),
        n_locked=n_locked,
        elsewhere=elsewhere,
        problems=tuple(dict.fromkeys(problems)),
    )
