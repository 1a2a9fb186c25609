"""Which of the locked addresses a site is held to, and which it is not because it is of one study."""

from __future__ import annotations

from collections import Counter

from builder.errors import Problem
from builder.releases import guard
from builder.releases.lock import FILE, SUMS, Lock
from builder.site.words import counted
from builder.sitecheck.inventory import Site

DROPPING = "Only to drop a study for good are its lines taken out: docs/releases.md says how."


def wanted_addresses(site: Site, locked: Lock, study: str) -> list[str]:
    """The locked addresses that a site has to have: all, or with `study` those of it and of what is there."""
    of_study = [one for one in locked.addresses if one.startswith(f"{study}/")] if study else None
    return guard.held_to(locked, site.trees, of_study)


def count_held(site: Site, locked: Lock, study: str) -> tuple[int, dict[str, int]]:
    """How many locked addresses are looked for, and study -> how many are not; the empty one is no study.

    A SHA256SUMS is looked for where it is, for a snapshot that was built and not restored has none.
    """
    shared = [tree for tree in locked.trees if tree.startswith("assets/") and guard.is_there(site.root, tree)]
    sums = [address for address, said in locked.lines.items() if said.startswith(f"{SUMS}:")]
    held = {*wanted_addresses(site, locked, study), *shared, *(one for one in sums if one in site.files)}
    studies = {tree.split("/")[0] for tree in _snapshots(locked)}
    left: Counter[str] = Counter()
    for address in locked.lines:
        of = address.split("/")[0]
        if study and address not in held and of != study:
            left[of if of in studies else ""] += 1
    return len(held), dict(sorted(left.items()))


def dropped_problems(site: Site, locked: Lock, study: str) -> list[Problem]:
    """Frozen snapshots of other studies that a site of one study lacks: to publish it would end them."""
    missing = [one for one in _snapshots(locked) if one not in site.trees and one.split("/")[0] != study]
    n_of = Counter(tree.split("/")[0] for tree in missing)
    if not study or not n_of:
        return []
    told = ", ".join(f"{counted(n, 'frozen snapshot')} of {one}" for one, n in sorted(n_of.items()))
    what = f"has {told}, which this site lacks: to publish it would end their addresses."
    remedy = (
        "Build all studies (without --study and ALIGNBOARD_STUDY), with their archives in releases/. "
        f"{DROPPING}"
    )
    return [Problem(FILE, what, remedy)]


def _snapshots(locked: Lock) -> list[str]:
    """The frozen folders that are of a snapshot."""
    return [tree for tree in locked.trees if not tree.startswith("assets/")]
