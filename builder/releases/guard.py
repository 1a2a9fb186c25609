"""What keeps a build from publishing a site in which a locked address is gone or shows something else."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from builder.errors import BuildError, DataError, Problem
from builder.releases import record, sums
from builder.releases.lock import ADDRESS_ONLY, FILE, INDEX, PAGE, SUMS, VIEW, Lock, named
from builder.site.swap import Manifest
from builder.site.words import counted
from builder.verify import RANKING, ranking_file_digest

PUBLISHED = ("published address", "published addresses")
FROZEN = ("frozen address", "frozen addresses")
RESTORE = "Restore frozen snapshots from their archives with 'alignboard build --releases DIR'"
LOCK_AGAIN = f"Take {FILE} from Git again; 'git log -p {FILE}' shows what changed its lines."


def refuse_broken_links(
    staging: Path, locked: Lock, manifest: Manifest, restored: Collection[str], kept: Collection[str] | None
) -> None:
    """Raise BuildError where the site in `staging`, whose snapshots are `manifest`, breaks the lock.

    `restored` are the folders of snapshots that were just checked file by file against the lock's digests of
    their folders; of these only the lines of their pages and rankings are looked at. `kept` is None where the
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
    changed: list[str] = []
    wrong: list[Problem] = []
    for tree in frozen:
        if tree not in wanted or tree in lost:
            continue
        files = sums.files_below(staging, tree)
        if tree in restored:
            files = [file for file in files if file.endswith((f"/{INDEX}", f"/{RANKING}"))]
        hashes = sums.hashed(staging, files)
        if tree in restored or is_as_frozen(locked, tree, hashes):
            wrong += line_problems(staging, locked, tree, hashes)
        else:
            found = changed_addresses(staging, locked, tree, hashes) or [tree]
            changed += [address for address in found if address not in lost]
    if changed:
        what = f"{counted(len(changed), *FROZEN)} would show something else: {named(changed)}."
        remedy = f"{RESTORE}; what was wrong is corrected by another snapshot ('corrects')."
        problems.append(Problem(FILE, what, remedy))
    problems += [*wrong, *orphan_problems(locked)]
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


def is_as_frozen(locked: Lock, tree: str, hashes: sums.Sums) -> bool:
    """Whether a frozen folder, of whose files these are the hashes, has the locked digest."""
    return sums.tree_digest(hashes, tree) == locked.trees[tree]


def changed_addresses(site: Path, locked: Lock, tree: str, hashes: sums.Sums) -> list[str]:
    """The pages and rankings in a folder that are not what their lines say.

    `hashes` are of the files that the folder has; a page that it lacks is not named, a ranking is.
    """
    lines = {address: said for address, said in locked.within(tree).items() if said != ADDRESS_ONLY}
    return [address for address, said in lines.items() if _differs(site, address, said, hashes)]


def line_problems(site: Path, locked: Lock, tree: str, hashes: sums.Sums) -> list[Problem]:
    """What is wrong with the lines of a frozen folder that is itself as it was frozen.

    Their digests are not those of its pages and rankings, or a page has no line with a digest. The folder's
    own page has none, for its address has the digest of the whole folder.
    """
    problems = []
    changed = changed_addresses(site, locked, tree, hashes)
    if changed:
        lines = counted(len(changed), "line has", "lines have")
        what = f"{lines} another digest than what was frozen with '{tree}': {named(changed)}."
        problems.append(Problem(FILE, what, LOCK_AGAIN))
    pages = {file.removesuffix(INDEX) for file in hashes if file.endswith(f"/{INDEX}")} - {tree}
    lacking = sorted(page for page in pages if locked.lines.get(page, ADDRESS_ONLY) == ADDRESS_ONLY)
    if lacking:
        lines = counted(len(lacking), "page or ranking", "pages and rankings")
        what = f"has no digest of {lines} of the frozen '{tree}': {named(lacking)}."
        problems.append(Problem(FILE, what, LOCK_AGAIN))
    return problems


def orphan_problems(locked: Lock) -> list[Problem]:
    """Digests of pages, rankings and releases whose folder has none: nothing holds the site to them."""
    trees = locked.trees
    wanted: dict[str, None] = {}
    for address, said in locked.lines.items():
        parts = address.split("/")
        kind = said.partition(":")[0]
        if kind in {PAGE, VIEW, SUMS} and len(parts) > 3:
            wanted[record.tree_folder(parts[0], parts[2])] = None
    orphans = sorted(tree for tree in wanted if tree not in trees)
    if not orphans:
        return []
    what = f"has digests of what is in {named(orphans)}, and none of the whole folder."
    return [Problem(FILE, what, LOCK_AGAIN)]


def _differs(site: Path, address: str, said: str, hashes: sums.Sums) -> bool:
    kind, _, digest = said.partition(":")
    if kind == PAGE:
        return hashes.get(f"{address}{INDEX}", digest) != digest
    if kind == VIEW and f"{address}{RANKING}" in hashes:
        file = site / address / RANKING
        try:
            return ranking_file_digest(file.read_bytes(), str(file))[0] != digest
        except DataError:
            return True
    return kind == VIEW


def _tree_of(address: str, frozen: Collection[str]) -> str:
    """The frozen folder that an address is in; empty for none."""
    parts = address.split("/")
    tree = "/".join(parts[:3]) + "/"
    return tree if tree in frozen else ""
