"""The main path: studies -> snapshots -> results -> pages -> one static site.

`build` reads top to bottom. Everything is written beside the target and swapped in at the end. What takes
long to import is imported only where something has to be made.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from builder.cache.kept import Kept
from builder.cache.keys import Keyring
from builder.cache.store import Store
from builder.catalog.library import Library, SnapshotRef
from builder.errors import BuildError, Problem, SourceError
from builder.releases.guard import locked_in, refuse_broken_links
from builder.releases.lock import Lock, read_lock
from builder.releases.record import record_folder
from builder.releases.restore import Release, find_releases, restore
from builder.site import front, swap
from builder.site.assets import read_bundle, write_bundle, write_shared_assets
from builder.site.lineage import link_predecessors
from builder.site.staging import open_staging
from builder.summary import Built, Skipped, Summary

REFUSALS = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC,
    errno.EDQUOT, errno.EFBIG, errno.ENAMETOOLONG, errno.EIO,
}  # fmt: skip
SCRIPT, TRUTH = ".shared/script", ".shared/truth"
"""Places of what is of no study, whose id has no dot."""
Report = Callable[[Built | Skipped], None]


@dataclass(frozen=True)
class BuildOptions:
    """What to build and where. `study` and `snapshot` limit the build to a part; empty means all."""

    target: Path
    study: str = ""
    snapshot: str = ""
    require: tuple[str, ...] = ()
    site_url: str | None = None
    jobs: int = 2
    releases: Path | None = None
    """Where the archives of frozen snapshots lie, which are restored and not built; None for nowhere."""
    kept: Path | None = None
    """Where what is made is kept for other builds, and taken from; None to make everything anew."""


def build(library: Library, options: BuildOptions, report: Report) -> Summary:
    """Build the chosen snapshots and swap the finished site into place.

    Parts that are not rebuilt are kept from the site that is there. `report` is called as each snapshot
    ends. Raises DataError, SourceError or BuildError; then the old site stays as it was. A site that breaks
    the project's links.lock is such an error.
    """
    target = options.target.absolute()  # mkdocs reads a relative path from where its configuration stands
    swap.check_target(target)
    locked = read_lock(library.root)
    frozen = _frozen(options, locked)
    asked = library.choose(options.study, options.snapshot)
    wanted = [ref for ref in asked if (ref.study.id, ref.id) not in {one.name for one in frozen}]
    with _says_what_cannot_be_written(), open_staging(target) as staging:
        swap.recover(target)
        kept = swap.adopt(target, staging) if options.study else swap.Manifest()
        before = locked_in(target, locked) if options.study else None
        for ref in wanted:  # what proved the pages that are built anew
            shutil.rmtree(staging / record_folder(ref.study.id, ref.id), ignore_errors=True)
        for one in frozen:
            restore(one, staging)
        assets = write_shared_assets(staging)
        built: list[Built] = []
        skipped: list[Skipped] = []
        for line in _run(library, wanted, staging, options):
            report(line)
            if isinstance(line, Built):
                built.append(line)
            else:
                skipped.append(line)
        _refuse_missing(skipped, options.require)
        if not built and not frozen:
            raise BuildError(Problem("build", "no snapshot could be built.", "See what was skipped above."))
        manifest = kept.with_entries([*(line.front for line in built), *_fronts(frozen, asked)])
        link_predecessors(staging, manifest, (line.front for line in built))
        front.write_site_files(staging, manifest, assets, site_url=options.site_url)
        refuse_broken_links(staging, locked, manifest, {one.record.tree for one in frozen}, before)
        n_bytes = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
        swap.swap(staging, target)
    order = {(ref.study.id, ref.id): position for position, ref in enumerate(wanted)}
    return Summary(
        tuple(sorted(built, key=lambda line: order[line.study, line.snapshot])),
        tuple(sorted(skipped, key=lambda line: order[line.study, line.snapshot])),
        options.target,
        tuple(frozen),
        n_bytes,
    )


def _frozen(options: BuildOptions, locked: Lock) -> list[Release]:
    """The releases that the build restores: all, or those of the part that is built."""
    if options.releases is None:
        return []
    return [
        one
        for one in find_releases(options.releases, locked)
        if options.study in ("", one.name[0]) and options.snapshot in ("", one.name[1])
    ]


def _fronts(frozen: list[Release], refs: list[SnapshotRef]) -> Iterator[swap.FrontEntry]:
    """What the front page says of restored snapshots: as frozen, but for their place among the others."""
    positions = {(ref.study.id, ref.id): ref.position for ref in refs}
    for one in frozen:
        said = one.record.front
        yield replace(said, position=positions.get(one.name, said.position))


def _run(
    library: Library, wanted: list[SnapshotRef], staging: Path, options: BuildOptions
) -> Iterator[Built | Skipped]:
    """Take what earlier builds have, and make the rest: snapshots, the shared script, the page of truth."""
    store, keyring = Store(options.kept), Keyring(library, options.site_url)
    to_make: list[tuple[SnapshotRef, Kept]] = []
    skipped: list[Skipped] = []
    for ref in wanted:
        try:
            kept = Kept(store, f"{ref.study.id}/{ref.id}", keyring.snapshot(ref))
        except SourceError as error:
            skipped.append(Skipped(ref.study.id, ref.id, str(error)))
            yield skipped[-1]
            continue
        built = _restored(ref, kept, staging)
        if built is None:
            to_make.append((ref, kept))
        else:
            yield built
    _refuse_missing(skipped, options.require)  # before anything is made that could not be published
    script: str | None = store.value(SCRIPT, keyring.script)
    if script is not None:
        write_bundle(staging, script)
    truth = staging / swap.TRUTH
    has_truth = truth.is_dir() or store.tree(TRUTH, keyring.truth, truth) is not None
    if to_make or script is None or not has_truth:
        from builder.making import Order, make

        yield from make(
            Order(
                library,
                tuple(to_make),
                staging,
                options.site_url,
                options.jobs,
                script=script is None,
                truth=not has_truth,
            )
        )
    if script is None:
        store.keep(SCRIPT, keyring.script, read_bundle(staging))
    if not has_truth:
        store.keep_tree(TRUTH, keyring.truth, truth, value=True)


def _restored(ref: SnapshotRef, kept: Kept, staging: Path) -> Built | None:
    """The pages that an earlier build made of a snapshot, from the same."""
    started = time.perf_counter()
    built = kept.restore(staging / ref.study.id / "v" / ref.id)
    if built is None:
        return None
    return replace(built, seconds_before_mkdocs=0.0, seconds=time.perf_counter() - started, kept=True)


def _refuse_missing(skipped: list[Skipped], require: tuple[str, ...]) -> None:
    missing = [line for line in skipped if line.study in require]
    if missing:
        raise SourceError(
            Problem(f"{line.study} {line.snapshot}", "is required and cannot be had.", line.why)
            for line in missing
        )


@contextmanager
def _says_what_cannot_be_written() -> Iterator[None]:
    """Turn what the file system refuses into a BuildError; any other OSError is a fault of ours."""
    try:
        yield
    except shutil.Error as error:  # of a copied folder: (from, to, why) of each file
        _, where, why = error.args[0][0]
        raise BuildError(Problem(where, f"cannot be written: {why}.", "The site is as it was.")) from None
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        where = str(error.filename2 or error.filename or "the site")
        raise BuildError(
            Problem(where, f"cannot be written: {error.strerror}.", "The site is as it was.")
        ) from None
