"""The main path: studies -> snapshots -> results -> pages -> one static site.

`build` reads top to bottom. Everything is written beside the target and swapped in at the end.
"""

from __future__ import annotations

import errno
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from builder import api
from builder.analysis import analyse
from builder.analysis.history import MOST_EARLIER, history
from builder.catalog import package
from builder.catalog.library import Library, SnapshotRef
from builder.catalog.study import Study
from builder.charts import static
from builder.errors import BuildError, Problem, SourceError
from builder.names import did_you_mean
from builder.releases.guard import locked_in, refuse_broken_links
from builder.releases.lock import Lock, read_lock
from builder.releases.record import record_folder
from builder.releases.restore import Release, find_releases, restore
from builder.results import PublishedCheck, SnapshotResults
from builder.site import compare, explorer, release, render, truth_page
from builder.site import studio as drawing
from builder.site.book import Book
from builder.site.cards import write_cards
from builder.site.croissant import write_croissant
from builder.site.downloads import write_tables
from builder.site.figure import Drawn
from builder.site.figures import ask_coverage_figures, ask_selection_figures
from builder.site.lineage import link_predecessors
from builder.site.studio import Promise, Studio
from builder.stats.schemes import POLICIES, SCHEMES, refusal

REFUSALS = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC,
    errno.EDQUOT, errno.EFBIG, errno.ENAMETOOLONG, errno.EIO,
}  # fmt: skip
Report = Callable[["Built | Skipped"], None]


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
    published: tuple[PublishedCheck, ...]
    front: release.FrontEntry


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


def build(library: Library, options: BuildOptions, report: Report) -> Summary:
    """Build the chosen snapshots and swap the finished site into place.

    Parts that are not rebuilt are kept from the site that is there. `report` is called as each snapshot
    ends. Raises DataError, SourceError or BuildError; then the old site stays as it was. A site that breaks
    the project's links.lock is such an error.
    """
    target = options.target.absolute()  # mkdocs reads a relative path from where its configuration stands
    release.check_target(target)
    locked = read_lock(library.root)
    frozen = _frozen(options, locked)
    asked = library.choose(options.study, options.snapshot)
    wanted = [ref for ref in asked if (ref.study.id, ref.id) not in {one.name for one in frozen}]
    with _says_what_cannot_be_written(), release.open_staging(target) as staging:
        release.recover(target)
        kept = release.adopt(target, staging) if options.study else release.Manifest()
        before = locked_in(target, locked) if options.study else None
        for ref in wanted:  # what proved the pages that are built anew
            shutil.rmtree(staging / record_folder(ref.study.id, ref.id), ignore_errors=True)
        for one in frozen:
            restore(one, staging)
        simulate = not (options.study and truth_page.adopt(target, staging))
        assets = release.write_shared_assets(staging)
        built: list[Built] = []
        skipped: list[Skipped] = []
        for line in _run(library, wanted, staging, options, simulate=simulate):
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
        release.write_site_files(staging, manifest, assets, site_url=options.site_url)
        refuse_broken_links(staging, locked, manifest, {one.record.tree for one in frozen}, before)
        release.swap(staging, target)
    order = {(ref.study.id, ref.id): position for position, ref in enumerate(wanted)}
    return Summary(
        tuple(sorted(built, key=lambda line: order[line.study, line.snapshot])),
        tuple(sorted(skipped, key=lambda line: order[line.study, line.snapshot])),
        options.target,
        tuple(frozen),
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


def _fronts(frozen: list[Release], refs: list[SnapshotRef]) -> Iterator[release.FrontEntry]:
    """What the front page says of restored snapshots: as frozen, but for their place among the others."""
    positions = {(ref.study.id, ref.id): ref.position for ref in refs}
    for one in frozen:
        front = one.record.front
        yield replace(front, position=positions.get(one.name, front.position))


def build_snapshot(
    library: Library, ref: SnapshotRef, staging: Path, site_url: str | None, studio: Studio
) -> Built:
    """One snapshot from its files to its finished pages below `staging`."""
    started = time.perf_counter()
    snapshot = library.load(ref)
    asked: list[Promise[Drawn]] = []

    def draw(part: SnapshotResults) -> None:
        asked.extend(ask_selection_figures(Book(ref.study, snapshot, part, ref.newest, site_url), studio))

    results = analyse(ref.study, snapshot, draw)
    earlier = library.earlier(ref, MOST_EARLIER)
    results = replace(results, history=history(ref.study, snapshot, results, earlier))
    book = Book(ref.study, snapshot, results, ref.newest, site_url)
    asked += ask_coverage_figures(book, studio)
    tree = staging / ref.study.id / "v" / ref.id
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=staging) as scratch:
        docs = Path(scratch) / "docs"
        figures = {drawn.id: drawn for drawn in (promise() for promise in asked)}
        pictures = {name: studio.photograph(drawn.rendered.svg) for name, drawn in figures.items()}
        pages = render.write_pages(book, figures, docs)
        before_mkdocs = time.perf_counter() - started
        release.build_site_tree(docs, tree, ref.study, ref.id, ref.date, pages, site_url=site_url)
    # Files that mkdocs would only copy; pictures last, for they are still being drawn.
    given = {compare.FILE: compare.compare_document(book)} if len(book.model_pages) > 1 else {}
    # The explorer's document holds every score.
    if ref.study.data.redistribute:
        given[explorer.FILE] = explorer.explorer_document(book)
    heading = api.Heading(book.digest, snapshot.tree.metrics, book.default_view)
    api.write_api(results, tree / "api", heading, given)
    api.write_schemas(tree / "api" / "schemas")
    write_tables(book, tree)
    if ref.study.data.redistribute:
        package.write_snapshot(snapshot, tree / "data", ref.study)
    write_croissant(book, tree)
    if site_url:
        write_cards(book, tree)  # a card is found by its full address alone
    render.write_figures(figures, pictures, tree)
    return Built(
        study=ref.study.id,
        snapshot=ref.id,
        n_models=len(snapshot.models),
        n_metrics=len(snapshot.tree.metrics),
        n_complete=_n_complete(ref.study, results),
        n_views=len(results.views),
        seconds_before_mkdocs=before_mkdocs,
        seconds=time.perf_counter() - started,
        published=results.published,
        front=release.front_entry(book, ref.position),
    )


def _run(
    library: Library, wanted: list[SnapshotRef], staging: Path, options: BuildOptions, *, simulate: bool
) -> Iterator[Built | Skipped]:
    """Build snapshots, several at once where there is more than one; and what they share: the script, and
    the page of what is simulated, where asked.
    """
    if not wanted and not simulate:
        return
    if len(wanted) == 1 or options.jobs == 1:
        with drawing.studio(beside=options.jobs > 1) as studio:
            bundle = studio.bundle()
            for ref in wanted:
                yield _attempt(library, ref, staging, options.site_url, studio)
            release.write_bundle(staging, bundle())
        if simulate:
            truth_page.write_truth_page(staging, site_url=options.site_url)
        return
    # spawn: a forked copy of a process with threads (progress display, V8) can deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool:
        jobs = [pool.submit(_attempt_alone, library, ref, staging, options.site_url) for ref in wanted]
        script = pool.submit(static.javascript_bundle)
        shared: list[Future[None]] = []
        if simulate:
            shared.append(pool.submit(truth_page.write_truth_page, staging, site_url=options.site_url))
        try:
            for job in as_completed(jobs):
                yield job.result()
            release.write_bundle(staging, script.result())
            for page in shared:
                page.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _attempt_alone(
    library: Library, ref: SnapshotRef, staging: Path, site_url: str | None
) -> Built | Skipped:
    """One snapshot of several: its process draws its own figures, for the other cores are busy."""
    with drawing.studio(beside=False) as studio:
        return _attempt(library, ref, staging, site_url, studio)


def _attempt(
    library: Library, ref: SnapshotRef, staging: Path, site_url: str | None, studio: Studio
) -> Built | Skipped:
    try:
        return build_snapshot(library, ref, staging, site_url, studio)
    except SourceError as error:
        return Skipped(ref.study.id, ref.id, str(error))


def _refuse_missing(skipped: list[Skipped], require: tuple[str, ...]) -> None:
    missing = [line for line in skipped if line.study in require]
    if missing:
        raise SourceError(
            Problem(f"{line.study} {line.snapshot}", "is required and cannot be had.", line.why)
            for line in missing
        )


def _n_complete(study: Study, results: SnapshotResults) -> int:
    found = (s.n_complete for s in results.selections if s.id == study.default_view.selection)
    return next(found, 0)


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


def view_problems(study: Study) -> list[Problem]:
    """What is wrong with a study's default view: an unknown policy or scheme, or a refused combination."""
    view = study.default_view
    where = f"{study.path}: key 'default_view"
    found = []
    if view.scheme not in SCHEMES:
        remedy = did_you_mean(view.scheme, list(SCHEMES))
        found.append(Problem(f"{where}.scheme'", f"'{view.scheme}' is not a scheme.", remedy))
    if view.policy not in POLICIES:
        remedy = did_you_mean(view.policy, list(POLICIES))
        found.append(Problem(f"{where}.policy'", f"'{view.policy}' is not a coverage policy.", remedy))
    if not found:
        reason = refusal(view.scheme, view.policy)
        if reason is not None:
            found.append(Problem(f"{where}'", reason))
    return found


def published_sentences(line: Built) -> list[str]:
    """How the source's own inner nodes compare with ours under its convention, `zero`."""
    checks = [check for check in line.published if check.policy == "zero"]
    if not checks:
        return []
    equal = [check for check in checks if check.n_equal == check.n_models]
    sentences = [
        f"{len(equal)} of {len(checks)} published inner nodes equal ours for every model "
        "(failed and missing as 0)."
    ]
    sentences += [
        f"{check.group or 'overall'}: {check.n_models - check.n_equal} of {check.n_models} differ, "
        f"at most by {check.largest:.3f} ({check.worst_model})."
        for check in checks
        if check.n_equal < check.n_models
    ]
    return sentences
