"""What keeps a build from publishing a site in which a locked address is gone or shows something else."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from builder.errors import BuildError, Problem
from builder.releases import record, sums
from builder.releases.lock import ADDRESS_ONLY, FILE, INDEX, PAGE, VIEW, Lock, named
from builder.site.swap import Manifest
from builder.site.words import counted
from builder.verify import RANKING, ranking_file_digest

PUBLISHED = ("published address", "published addresses")
FROZEN = ("frozen address", "frozen addresses")
RESTORE = "Restore frozen snapshots from their archives with 'alignboard build --releases DIR'"


def refuse_broken_links(
    staging: Path, locked: Lock, manifest: Manifest, restored: Collection[str], kept: Collection[str] | None
) -> None:
    """Raise BuildError where the site in `staging`, whose snapshots are `manifest`, breaks the lock.

    `restored` are the folders of snapshots that were just checked file by file. `kept` is None where the
    whole site was built; of a part it holds the locked addresses that the site before had, for a build of a
    part into a new place publishes nothing else.
    """
    if not locked.lines:
        return
    trees = {record.tree_folder(entry.study, entry.snapshot) for entry in manifest.entries}
    frozen = locked.trees
    wanted = held_to(locked, trees, kept)
    gone = [address for address in wanted if not is_there(staging, address)]
    problems = []
    if gone:
        what = f"{counted(len(gone), *PUBLISHED)} would be gone: {named(gone)}."
        problems.append(Problem(FILE, what, f"{RESTORE}, or build what has them."))
    lost = set(gone)
    changed = [
        address
        for tree in frozen
        if tree in wanted and tree not in lost and tree not in restored
        for address in changed_addresses(staging, locked, tree, _hashes(staging, tree))
        if address not in lost
    ]
    if changed:
        what = f"{counted(len(changed), *FROZEN)} would show something else: {named(changed)}."
        remedy = f"{RESTORE}; what was wrong is corrected by another snapshot ('corrects')."
        problems.append(Problem(FILE, what, remedy))
    if problems:
        raise BuildError(problems)


def held_to(locked: Lock, trees: Collection[str], kept: Collection[str] | None) -> list[str]:
    """The locked addresses that a site has to have: all, or of a part those in `kept` and those of the frozen
    folders among its `trees`.
    """
    frozen = locked.trees
    return [
        address
        for address in locked.addresses
        if kept is None or address in kept or _tree_of(address, frozen) in trees
    ]


def locked_in(target: Path, locked: Lock) -> set[str]:
    """The locked addresses that the site at `target` has."""
    return {address for address in locked.addresses if is_there(target, address)}


def is_there(site: Path, address: str) -> bool:
    """Whether an address leads to a page, a file, or a folder of shared files."""
    place = site / address
    if not address.endswith("/"):
        return place.is_file()
    return (place / INDEX).is_file() or (address.startswith("assets/") and place.is_dir())


def changed_addresses(site: Path, locked: Lock, tree: str, hashes: sums.Sums) -> list[str]:
    """The locked addresses of a frozen folder that show something else; the folder where that is no page's.

    `hashes` are of the files that the folder has.
    """
    if sums.tree_digest(hashes, tree) == locked.trees[tree]:
        return []
    pages = {address: said for address, said in locked.within(tree).items() if said != ADDRESS_ONLY}
    return [address for address, said in pages.items() if _differs(site, address, said, hashes)] or [tree]


def _differs(site: Path, address: str, said: str, hashes: sums.Sums) -> bool:
    kind, _, digest = said.partition(":")
    if kind == PAGE:
        return hashes.get(f"{address}{INDEX}", digest) != digest
    if kind == VIEW and f"{address}{RANKING}" in hashes:
        file = site / address / RANKING
        return ranking_file_digest(file.read_bytes(), str(file))[0] != digest
    return kind == VIEW


def _hashes(site: Path, tree: str) -> dict[str, str]:
    return sums.hashed(site, sums.files_below(site, tree))


def _tree_of(address: str, frozen: Collection[str]) -> str:
    """The frozen folder that an address is in; empty for none."""
    parts = address.split("/")
    tree = "/".join(parts[:3]) + "/"
    return tree if tree in frozen else ""
