"""Whether rankings and locked addresses are what was published."""

from __future__ import annotations

import json

from builder.errors import DataError, Problem
from builder.releases import guard, sums
from builder.releases.lock import FILE, SUMS, Lock, named
from builder.site.words import counted
from builder.sitecheck.held import wanted_addresses
from builder.sitecheck.inventory import REBUILD, Site
from builder.verify import CITATION, CITED, RANKING, ranking_file_digest

RESTORE = f"{guard.RESTORE}."


def ranking_problems(site: Site) -> tuple[list[Problem], int]:
    """Views whose CSV, API document or citation has another digest than api/index.json, and how many."""
    problems: list[Problem] = []
    n_views = 0
    for tree in site.trees:
        index = f"{tree}api/index.json"
        try:
            views = [
                (str(v["page"]), str(v["file"]), str(v["digest"]))
                for v in json.loads(site.text(index))["views"]
            ]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            problems.append(Problem(index, f"does not list the views ({error!r}).", REBUILD))
            continue
        n_views += len(views)
        for page, file, digest in views:
            problems += _problems_of_view(site, tree, page, file, digest)
    return problems, n_views


def _problems_of_view(site: Site, tree: str, page: str, file: str, digest: str) -> list[Problem]:
    ranking = f"{tree}{page}{RANKING}"
    try:
        found, _ = ranking_file_digest((site.root / ranking).read_bytes(), ranking)
    except OSError:
        return [Problem(ranking, "is not there.", REBUILD)]
    except DataError as error:
        return list(error.problems)
    problems = []
    if found != digest:
        problems.append(Problem(ranking, f"has the digest {found}, and its view {digest}.", REBUILD))
    cited = f"{tree}{page}{CITATION}"
    for path in (f"{tree}api/{file}", f"{tree}{page}index.html", cited):
        if path not in site.files:
            problems.append(Problem(path, "is not there.", REBUILD))
            continue
        said = CITED.search((site.root / path).read_bytes()) if path == cited else None
        if (said[1].decode() != digest) if said else digest not in site.text(path):
            problems.append(Problem(path, f"does not name its view's digest, {digest}.", REBUILD))
    return problems


def lock_problems(
    site: Site, locked: Lock, study: str, hashes: dict[str, str], told: list[Problem]
) -> list[Problem]:
    """Locked addresses that are gone or show something else, but for what `told` names already.

    A site of one study has to have that study's, and those of the frozen snapshots that it has.
    """
    gone = [
        address for address in wanted_addresses(site, locked, study) if not guard.is_there(site.root, address)
    ]
    problems = []
    if gone:
        what = f"not there: {counted(len(gone), *guard.PUBLISHED)}: {named(gone)}."
        problems.append(Problem(FILE, what, RESTORE))
    wheres = {problem.where for problem in told}
    changed: list[str] = []
    wrong: list[Problem] = []
    for tree in locked.trees:
        if not guard.is_there(site.root, tree):
            continue
        files = [file for file in site.files if file.startswith(tree)]
        own = hashes | sums.hashed(site.root, [file for file in files if file not in hashes])
        own = {file: own[file] for file in files}
        if guard.is_as_frozen(locked, tree, own):
            wrong += guard.line_problems(site.root, locked, tree, own)
        elif not any(where.startswith(tree) for where in wheres):
            changed += guard.changed_addresses(site.root, locked, tree, own) or [tree]
    changed += [
        address
        for address, digest in locked.lines.items()
        if digest.startswith(f"{SUMS}:") and address in site.files and address not in wheres
        if digest != f"{SUMS}:{sums.hashed(site.root, [address])[address]}"
    ]
    if changed:
        what = f"not as frozen: {counted(len(changed), *guard.FROZEN)}: {named(changed)}."
        problems.append(Problem(FILE, what, RESTORE))
    return [*problems, *wrong, *guard.orphan_problems(locked)]
