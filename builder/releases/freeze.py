"""A snapshot of a built site becomes a release: its archive, and its lines of `links.lock`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from builder import __version__
from builder.errors import BuildError, DataError, Problem
from builder.names import did_you_mean
from builder.releases import archive, lock, record, restore, sums
from builder.releases.lock import ADDRESS_ONLY, INDEX, PAGE, SUMS, TREE, VIEW
from builder.releases.record import Record
from builder.releases.restore import Release
from builder.site import feed, front, sources, swap
from builder.site.assets import ROOT, SHARED
from builder.site.swap import MARKER, FrontEntry, read_manifest
from builder.verify import RANKING, ranking_file_digest

REQUIREMENTS = ROOT / "requirements"
_UP = re.compile(rb'(?:href|src)="((?:\.\./)+[^"?#]*)')
_ASSETS = re.compile(rf"{SHARED}/[0-9a-f]{{12}}/".encode())


@dataclass(frozen=True)
class Frozen:
    """What `freeze` did."""

    record: Record
    archive: Path
    n_files: int
    n_bytes: int
    n_locked: int
    """Lines that links.lock did not have."""
    kept: bool
    """Whether the archive was there already."""


def freeze(root: Path, site: Path, snapshot: str, study: str, folder: Path) -> Frozen:
    """Freeze a snapshot of the site, and lock its addresses in the project at `root`.

    The archive is written into `folder`, which is made; one that is there and holds the same is kept. Raises
    DataError where the site is no whole one or its rankings are not what they say, BuildError where another
    content was frozen under that name.
    """
    entry = chosen(site, study, snapshot)
    locked = lock.read_lock(root)
    tree = record.tree_folder(entry.study, entry.snapshot)
    hashes = sums.hashed(site, sums.files_below(site, tree))
    assets = _assets(site, tree)
    shared = sums.hashed(site, [path for one in assets for path in sums.files_below(site, one)])
    added = _above(site, entry.study) | _named(site, tree, hashes)
    added |= _pages(hashes, view_digests(site, tree))
    added |= {tree: f"{TREE}:{sums.tree_digest(hashes, tree)}"}
    added |= {one: f"{TREE}:{sums.tree_digest(shared, one)}" for one in assets}
    first = _held(site, entry, {**hashes, **shared}) or _made(entry, hashes, shared, assets)
    name, listing = next(iter(first.items()))
    target = folder / f"{entry.study}-{entry.snapshot}{archive.END}"
    kept = _same(target, sums.read_sums(listing.decode(), name), {tree, *assets}) if target.exists() else None
    added[name] = f"{SUMS}:{kept.listing if kept else hashlib.sha256(listing).hexdigest()}"
    after = locked.with_lines(added)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if kept is None:
            contents = _contents(first, site, {**hashes, **shared})
            archive.write_archive(target, contents, dt.date.fromisoformat(entry.date))
        lock.write_lock(root, after)
    except OSError as error:
        where = str(error.filename or target)
        what = f"cannot be written: {error.strerror}."
        raise BuildError(Problem(where, what, "Nothing half is left; freeze again.")) from None
    known = restore.read_release(target)
    n_files, n_locked = len(known.sums) + 1, len(after.lines) - len(locked.lines)
    return Frozen(known.record, target, n_files, target.stat().st_size, n_locked, kept is not None)


def chosen(site: Path, study: str, snapshot: str) -> FrontEntry:
    """The snapshot of a built site; `study` may be empty where one study alone has it. Raises DataError."""
    if not (site / MARKER).is_file():
        raise DataError(Problem(str(site), "is not a built site.", "Run 'alignboard build' first."))
    entries = read_manifest(site).entries
    found = [one for one in entries if one.snapshot == snapshot and study in ("", one.study)]
    where = f"{site}: snapshot '{snapshot}'"
    if not found:
        known = [one.snapshot for one in entries if study in ("", one.study)]
        raise DataError(Problem(where, "is not there.", did_you_mean(snapshot, known)))
    if len(found) > 1:
        studies = ", ".join(one.study for one in found)
        raise DataError(Problem(where, f"is one of each of {studies}.", "Name one with --study."))
    return found[0]


def view_digests(site: Path, tree: str) -> dict[str, str]:
    """Address of each view's page -> digest of its ranking. Raises DataError where a CSV has another."""
    index = site / tree / "api" / "index.json"
    try:
        views = {tree + one["page"]: str(one["digest"]) for one in json.loads(index.read_bytes())["views"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            Problem(str(index), f"cannot be read ({error}).", "Build the snapshot anew.")
        ) from None
    problems = []
    for address, digest in views.items():
        file = site / address / RANKING
        try:
            found, _ = ranking_file_digest(file.read_bytes(), str(file))
        except OSError as error:
            problems.append(
                Problem(str(file), f"cannot be read: {error.strerror}.", "Build the snapshot anew.")
            )
            continue
        if found != digest:
            what = f"has the digest {found}, and api/index.json says {digest}."
            problems.append(Problem(str(file), what, "Build the snapshot anew, or restore it."))
    if problems:
        raise DataError(problems)
    return views


def _assets(site: Path, tree: str) -> tuple[str, ...]:
    """The shared folders that the snapshot's pages name."""
    overview = site / tree / INDEX
    if not overview.is_file():
        raise DataError(Problem(str(overview), "is not there.", "Build the snapshot anew."))
    return tuple(sorted({found.decode() for found in _ASSETS.findall(overview.read_bytes())}))


def _made(
    entry: FrontEntry, hashes: Mapping[str, str], shared: Mapping[str, str], assets: tuple[str, ...]
) -> dict[str, bytes]:
    """SHA256SUMS, then the record and the lock files, for a snapshot that was never frozen."""
    tree = record.tree_folder(entry.study, entry.snapshot)
    folder = record.record_folder(entry.study, entry.snapshot)
    package = f"{tree}data/datapackage.json"
    made = Record(
        frozen_by=__version__,
        tree_sha256=sums.tree_digest(hashes, tree),
        assets=assets,
        data_package=package if package in hashes else "",
        front=entry,
    )
    first = {folder + record.FILE: record.record_text(made).encode()}
    for path in sorted(REQUIREMENTS.glob("*.txt")):
        first[f"{folder}requirements/{path.name}"] = path.read_bytes()
    listed = {path: hashlib.sha256(content).hexdigest() for path, content in first.items()}
    text = sums.sums_text({**listed, **hashes, **shared})
    return {folder + sums.FILE: text.encode(), **first}


def _held(site: Path, entry: FrontEntry, hashes: Mapping[str, str]) -> dict[str, bytes] | None:
    """The same of a snapshot that was restored from its archive; None where the site has no record of it."""
    folder = record.record_folder(entry.study, entry.snapshot)
    if not (site / folder / sums.FILE).is_file():
        return None
    names = sorted(path for path in sums.files_below(site, folder) if path != folder + sums.FILE)
    names.sort(key=lambda path: path != folder + record.FILE)
    found = {path: (site / path).read_bytes() for path in (folder + sums.FILE, *names)}
    text = found[folder + sums.FILE].decode("utf-8", "replace")
    listed = sums.read_sums(text, str(site / folder / sums.FILE))
    own = {path: hashlib.sha256(found[path]).hexdigest() for path in names}
    differing = sorted(path for path, _ in listed.items() ^ {**own, **hashes}.items())
    if differing:
        what = f"does not list what stands there: {lock.named(list(dict.fromkeys(differing)))}."
        remedy = "Restore the release with 'alignboard build --releases DIR'."
        raise DataError(Problem(str(site / folder / sums.FILE), what, remedy))
    return found


def _contents(
    first: Mapping[str, bytes], site: Path, hashes: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """What goes into the archive. Raises DataError where a file changed since it was hashed."""
    yield from first.items()
    for path, sha256 in sorted(hashes.items()):
        content = (site / path).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            what = "changed while it was frozen."
            raise DataError(Problem(str(site / path), what, "Freeze again when no build runs."))
        yield path, content


def _same(target: Path, listed: Mapping[str, str], folders: set[str]) -> Release:
    """The archive that is there, checked file by file.

    Raises BuildError unless it holds the same in these folders, DataError if it is damaged.
    """
    release = restore.read_release(target)
    for _ in restore.checked_files(release):
        pass
    if any(sums.tree_digest(release.sums, one) != sums.tree_digest(listed, one) for one in folders):
        what = "is there, and holds other content."
        remedy = "An archive is never overwritten: publish a snapshot that corrects this one."
        raise BuildError(Problem(str(target), what, remedy))
    return release


def _pages(hashes: Mapping[str, str], views: Mapping[str, str]) -> dict[str, str]:
    """Address of each page of a snapshot -> its line's digest."""
    pages = {
        path.removesuffix(INDEX): sha256 for path, sha256 in hashes.items() if path.endswith(f"/{INDEX}")
    }
    found = {address: f"{PAGE}:{sha256}" for address, sha256 in pages.items()}
    found |= {address: f"{VIEW}:{digest}" for address, digest in views.items()}
    return found


def _named(site: Path, tree: str, paths: Iterable[str]) -> dict[str, str]:
    """Pages of other snapshots that this one's pages name, as the ones before them: they have to stay."""
    versions = tree.removesuffix("/").rpartition("/")[0] + "/"
    found = set()
    for path in paths:
        if path.endswith(".html"):
            for link in _UP.findall((site / path).read_bytes()):
                page = posixpath.normpath(posixpath.join(posixpath.dirname(path), link.decode())) + "/"
                if page.startswith(versions) and not page.startswith(tree):
                    found.add(page)
    return {page: ADDRESS_ONLY for page in sorted(found) if (site / page / INDEX).is_file()}


def _above(site: Path, study: str) -> dict[str, str]:
    """Addresses of no one snapshot: they stay, though what stands there changes."""
    folders = [sources.FOLDER, swap.TRUTH]
    pages = [path.parent for folder in folders for path in (site / folder).rglob(INDEX)]
    pages += [site / study, site / study / "latest"]
    found = {
        f"{page.relative_to(site).as_posix()}/": ADDRESS_ONLY for page in pages if (page / INDEX).is_file()
    }
    files = (feed.FILE, f"{study}/{feed.FILE}", f"{study}/v/{front.VERSIONS}")
    return {"./": ADDRESS_ONLY, **found, **{file: ADDRESS_ONLY for file in files if (site / file).is_file()}}
