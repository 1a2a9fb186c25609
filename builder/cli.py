"""The commands that make and show a site: arguments and what is printed, no work.

Exit codes: 0 done; 1 a study, snapshot or score file is wrong; 2 the command was called wrongly; 3 a source
or an engine that is needed cannot be had; 4 the site cannot be written.
"""

from __future__ import annotations

import functools
import http.server
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from builder import cli_changes, cli_data, cli_release, pipeline
from builder import verify as verifying
from builder.cache.store import BUILT
from builder.catalog import simulate, simulate_joint
from builder.catalog.library import SnapshotRef, open_library, read_library
from builder.errors import DataError, Problem, SourceError
from builder.options import (
    CACHE,
    HERE,
    RELEASES,
    Cache,
    EngineName,
    EngineOption,
    Mirror,
    NoCache,
    Offline,
    Root,
    SnapshotName,
    SparkMaster,
    StudyName,
    app,
    engine_of,
    speaks_plainly,
)
from builder.printing import err, out, print_absent, print_summary
from builder.serving import SiteHandler
from builder.summary import Built, Skipped

__all__ = ["app", "cli_changes", "cli_data", "cli_release"]


@app.command()
@speaks_plainly
def build(
    root: Root = HERE,
    output: Annotated[Path, typer.Option("--output", "-o", help="The site's directory.")] = Path("site"),
    study: StudyName = "",
    snapshot: SnapshotName = "",
    require: Annotated[
        list[str] | None, typer.Option(help="Fail if a snapshot of this study cannot be had (repeatable).")
    ] = None,
    require_all: Annotated[
        bool, typer.Option("--require-all", help="Fail if any snapshot that is asked for cannot be had.")
    ] = False,
    mirror: Mirror = None,
    cache: Cache = CACHE,
    no_cache: NoCache = False,
    offline: Offline = False,
    site_url: Annotated[
        str | None, typer.Option(envvar="ALIGNBOARD_SITE_URL", help="Where the site will stand, if known.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Snapshots built at once.", min=1, max=64)] = 2,
    releases: Annotated[
        Path | None,
        typer.Option(
            help="Archives of frozen snapshots, restored and not built. The project's releases/, if any."
        ),
    ] = None,
    engine: EngineOption = EngineName.DUCKDB,
    spark_master: SparkMaster = "",
) -> None:
    """Build the site: every study that can be had, or a part of it.

    The new site is written aside and swapped in at the end. What an earlier build made of the same data, code
    and templates is taken from the cache. With --study, the other studies' pages are kept.
    A site that lacks an address of links.lock, or shows something else there, is not published.
    """
    _needs_study(study, snapshot)
    library = open_library(root, cache=cache, mirror=mirror, offline=offline)
    library = replace(library, engine=engine_of(engine, spark_master))
    if engine is EngineName.SPARK:
        jobs = 1  # one application, of one process
    for name in require or []:
        library.study(name)
    n_wanted = len(library.choose(study, snapshot))
    if releases is None and (root / RELEASES).is_dir():
        releases = root / RELEASES
    kept = None if no_cache else cache / BUILT
    needed = tuple(one.id for one in library.studies) if require_all else tuple(require or ())
    options = pipeline.BuildOptions(output, study, snapshot, needed, site_url, jobs, releases, kept)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Building snapshots", total=n_wanted)

        def report(line: Built | Skipped) -> None:
            progress.update(task, advance=1, description=f"{line.study} {line.snapshot}")

        summary = pipeline.build(library, options, report)
    print_summary(summary)


@app.command()
@speaks_plainly
def fetch(
    root: Root = HERE,
    study: StudyName = "",
    snapshot: SnapshotName = "",
    require: Annotated[
        list[str] | None, typer.Option(help="Fail if a source of this study cannot be had (repeatable).")
    ] = None,
    mirror: Mirror = None,
    cache: Cache = CACHE,
) -> None:
    """Fetch every pinned source into the cache; a file that is there already is only checked.

    A source that cannot be reached is named and skipped, unless its study is required.
    """
    _needs_study(study, snapshot)
    library = open_library(root, cache=cache, mirror=mirror)
    for name in require or []:
        library.study(name)
    wanted = [ref for ref in library.choose(study, snapshot) if ref.spec is not None]
    skipped: list[tuple[SnapshotRef, str]] = []
    n_files = 0
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Fetching", total=None)

        def advance(url: str, done: int, total: int | None) -> None:
            name = url.rsplit("/", 1)[-1]
            progress.update(task, description=name, completed=done, total=total)

        for ref in wanted:
            try:
                n_files += len(library.fetch(ref, advance))
            except SourceError as error:
                skipped.append((ref, str(error)))
    out.print(f"{n_files} files of {len(wanted) - len(skipped)} snapshots are in {cache}.")
    for ref, why in skipped:
        out.print(f"[yellow]skipped[/] {ref.study.id} {ref.id}: ", end="")
        out.print(why, markup=False)
    needed = [(ref, why) for ref, why in skipped if ref.study.id in (require or [])]
    if needed:
        raise SourceError(
            Problem(f"{ref.study.id} {ref.id}", "is required and cannot be had.", why) for ref, why in needed
        )


@app.command()
@speaks_plainly
def check(
    root: Root = HERE,
    mirror: Mirror = None,
    cache: Cache = CACHE,
    fetch_sources: Annotated[
        bool, typer.Option("--fetch", help="Fetch sources that are in neither cache nor mirror.")
    ] = False,
) -> None:
    """Validate studies and snapshots without building; every problem is listed, not only the first.

    Of each snapshot that is right, the digest of its data is printed, as the site's pages of data have it.
    """
    from builder.analysis.default_view import view_problems  # statistics take a second to import

    library, problems = read_library(root, cache=cache, mirror=mirror, offline=not fetch_sources)
    problems += [problem for study in library.studies for problem in view_problems(study)]
    with err.status("Reading snapshots"):
        wrong, right, absent = library.problems()
    problems += wrong
    print_absent(absent)
    if problems:
        raise DataError(problems)
    for ref, digest in right:
        out.print(f"{digest}  {ref.study.id} {ref.id}", soft_wrap=True, highlight=False)
    studies_are = "1 study" if len(library.studies) == 1 else f"{len(library.studies)} studies"
    snapshots_are = f"{len(right)} snapshot{'s' * (len(right) != 1)}"
    rest = f", {len(absent)} not" if absent else ""
    out.print(f"{studies_are} and {snapshots_are} checked{rest}: nothing is wrong.")


@app.command()
@speaks_plainly
def studies(root: Root = HERE, mirror: Mirror = None, cache: Cache = CACHE) -> None:
    """List the studies and their snapshots."""
    library = open_library(root, cache=cache, mirror=mirror, offline=True)
    table = Table("study", "title", "snapshots", "metrics", "selections", box=None, pad_edge=False)
    for study in library.studies:
        table.add_row(
            study.id,
            study.title,
            "\n".join(ref.id for ref in library.snapshots(study)),
            str(len(study.tree.metrics)),
            ", ".join(study.selections),
        )
    out.print(table)


@app.command()
@speaks_plainly
def serve(
    directory: Annotated[Path, typer.Argument(help="The built site.")] = Path("site"),
    port: Annotated[int, typer.Option(help="0 takes any free port.", min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve a built site on this machine, to look at it."""
    if not (directory / "index.html").is_file():
        raise DataError(Problem(str(directory), "is not a built site.", "Run 'alignboard build' first."))
    handler = functools.partial(SiteHandler, directory=str(directory))
    try:
        server = http.server.ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        where = f"{host}:{port}"
        raise DataError(
            Problem(where, f"cannot be listened on: {error.strerror}.", "Try --port 0.")
        ) from None
    with server:
        out.print(f"{directory} is at http://{host}:{server.server_port}/ (stop with Ctrl-C)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            out.print("Stopped.")


@app.command()
@speaks_plainly
def verify(
    view: Annotated[str, typer.Argument(help="A view's address or page, its folder, or its ranking.csv.")],
    digest: Annotated[
        str, typer.Option(help="The SHA-256 that was cited; without it, the one beside the CSV.")
    ] = "",
) -> None:
    """Check that a ranking is the one that was cited, by the SHA-256 of its places, models and values."""
    found = verifying.verify(view, digest)
    out.print(f"{found.where}: {found.n_models} places, as cited.", markup=False, soft_wrap=True)
    out.print(f"SHA-256 {found.digest}", soft_wrap=True)


@app.command("simulate")
@speaks_plainly
def simulate_study(
    root: Root = HERE,
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a byte would differ.")
    ] = False,
) -> None:
    """Regenerate the embedded studies from their generative model, bit for bit: those that are there."""
    folder = root / "data" / "snapshots" / simulate.STUDY_ID
    joint = root / "data" / "sources" / simulate_joint.STUDY_ID
    has_folder, has_joint = simulate.is_there(root), simulate_joint.joint_is_there(root)
    told = " and ".join(str(path) for path, is_in in ((folder, has_folder), (joint, has_joint)) if is_in)
    if not told:
        out.print("No embedded study is here: there is nothing to generate.")
    elif only_check:
        differing = [folder / name for name in simulate.differences(root)] if has_folder else []
        differing += [joint / name for name in simulate_joint.joint_differences(root)] if has_joint else []
        if differing:
            raise DataError(
                Problem(str(path), "differs from what the model generates.", "Run 'alignboard simulate'.")
                for path in differing
            )
        out.print(f"As the model generates it, bit for bit: {told}.", markup=False)
    else:
        if has_folder:
            simulate.write_simulated(root)
        if has_joint:
            simulate_joint.write_joint(root)
        out.print(f"Wrote {told}.", markup=False)


def _needs_study(study: str, snapshot: str) -> None:
    if snapshot and not study:
        raise typer.BadParameter("name the study too (--study)", param_hint="--snapshot")
