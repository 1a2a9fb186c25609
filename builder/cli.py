"""The command line: arguments and what is printed; the work is in `pipeline` and `catalog`.

Exit codes: 0 done; 1 a study, snapshot or score file is wrong; 2 the command was called wrongly; 3 a source
that is needed cannot be had; 4 the site cannot be written.
"""

from __future__ import annotations

import functools
import http.server
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import platformdirs
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

from builder import __version__, pipeline
from builder.catalog import own_table, package, simulate
from builder.catalog.library import SnapshotRef, open_library, read_library
from builder.errors import AlignboardError, DataError, Problem, SourceError
from builder.printing import err, out, print_problems, print_summary, print_understood

app = typer.Typer(
    name="alignboard",
    help="Leaderboards that say how their metrics are combined: snapshots of scores in, a static site out.",
    epilog="Exit codes: 0 done, 1 wrong data, 2 wrong call, 3 a needed source cannot be had, "
    "4 the site cannot be written.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Root = Annotated[
    Path, typer.Option("--root", help="The project: the directory with data/studies.", file_okay=False)
]
Mirror = Annotated[
    Path | None,
    typer.Option(
        "--mirror",
        envvar="ALIGNBOARD_MIRROR",
        help="Read pinned sources from this directory, laid out HOST/PATH as 'wget -x' makes it.",
    ),
]
Cache = Annotated[
    Path,
    typer.Option(
        "--cache",
        envvar="ALIGNBOARD_CACHE",
        help="Where fetched files are kept, by SHA-256.",
        file_okay=False,
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Use the cache and the mirror only.")]
StudyName = Annotated[str, typer.Option("--study", help="Only this study.")]
SnapshotName = Annotated[str, typer.Option("--snapshot", help="Only this snapshot; needs --study.")]

HERE = Path()
CACHE = Path(platformdirs.user_cache_dir("alignboard"))


def _speaks_plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Print our own errors without a traceback and exit with their code."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except AlignboardError as error:
            print_problems(error.problems)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            err.print("Stopped; what was there before is as it was.")
            raise typer.Exit(130) from None

    return wrapped


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        out.print(f"alignboard {__version__}")
        raise typer.Exit


@app.command()
@_speaks_plainly
def build(
    root: Root = HERE,
    output: Annotated[Path, typer.Option("--output", "-o", help="The site's directory.")] = Path("site"),
    study: StudyName = "",
    snapshot: SnapshotName = "",
    require: Annotated[
        list[str] | None, typer.Option(help="Fail if a snapshot of this study cannot be had (repeatable).")
    ] = None,
    mirror: Mirror = None,
    cache: Cache = CACHE,
    offline: Offline = False,
    site_url: Annotated[
        str | None, typer.Option(envvar="ALIGNBOARD_SITE_URL", help="Where the site will stand, if known.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Snapshots built at once.", min=1, max=64)] = 2,
) -> None:
    """Build the site: every study that can be had, or a part of it.

    The new site is written aside and swapped in at the end. With --study, the other studies' pages are kept.
    """
    _needs_study(study, snapshot)
    library = open_library(root, cache=cache, mirror=mirror, offline=offline)
    for name in require or []:
        library.study(name)
    n_wanted = len(library.choose(study, snapshot))
    options = pipeline.BuildOptions(output, study, snapshot, tuple(require or ()), site_url, jobs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Building snapshots", total=n_wanted)

        def report(line: pipeline.Built | pipeline.Skipped) -> None:
            progress.update(task, advance=1, description=f"{line.study} {line.snapshot}")

        summary = pipeline.build(library, options, report)
    print_summary(summary)


@app.command()
@_speaks_plainly
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
@_speaks_plainly
def check(
    root: Root = HERE,
    mirror: Mirror = None,
    cache: Cache = CACHE,
    fetch_sources: Annotated[
        bool, typer.Option("--fetch", help="Fetch sources that are in neither cache nor mirror.")
    ] = False,
) -> None:
    """Validate studies and snapshots without building; every problem is listed, not only the first."""
    library, problems = read_library(root, cache=cache, mirror=mirror, offline=not fetch_sources)
    problems += [problem for study in library.studies for problem in pipeline.view_problems(study)]
    with err.status("Reading snapshots"):
        wrong, right, absent = library.problems()
    problems += wrong
    for ref, why in absent:
        out.print(f"[yellow]not checked[/] {ref.study.id} {ref.id}: ", end="")
        out.print(why, markup=False)
    if problems:
        raise DataError(problems)
    out.print(f"{len(library.studies)} studies and {len(right)} snapshots are right.")


@app.command()
@_speaks_plainly
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
@_speaks_plainly
def serve(
    directory: Annotated[Path, typer.Argument(help="The built site.")] = Path("site"),
    port: Annotated[int, typer.Option(help="0 takes any free port.", min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve a built site on this machine, to look at it."""
    if not (directory / "index.html").is_file():
        raise DataError(Problem(str(directory), "is not a built site.", "Run 'alignboard build' first."))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=directory)
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
@_speaks_plainly
def pack(
    folder: Annotated[
        Path, typer.Argument(help="data/snapshots/STUDY/DATE with its tables.", file_okay=False)
    ],
    root: Root = HERE,
) -> None:
    """Check the tables of a snapshot of your own and write its datapackage.json, with hashes.

    The folder holds models.csv, metrics.csv and scores.csv. A packed snapshot never changes.
    """
    library = open_library(root, cache=CACHE, offline=True)
    snapshot = package.pack(folder, library.study(folder.absolute().parent.name))
    n_models, n_metrics = len(snapshot.models), len(snapshot.tree.metrics)
    out.print(
        f"{folder} is packed: {n_models} models, {n_metrics} metrics, {len(snapshot.scores)} cells run."
    )
    out.print(f"Next: alignboard build --study {snapshot.study}")


Ignored = Annotated[
    list[str] | None, typer.Option("--ignore", help="A column that is no metric (repeatable).")
]


@app.command()
@_speaks_plainly
def new(
    study: Annotated[str, typer.Argument(help="The study's id, as it stands in addresses.")],
    like: Annotated[Path, typer.Option("--like", help="A table of scores, to take the metrics from.")],
    root: Root = HERE,
    lower: Annotated[
        list[str] | None, typer.Option("--lower", help="A metric on which lower is better (repeatable).")
    ] = None,
    higher: Annotated[
        list[str] | None, typer.Option("--higher", help="A metric on which higher is better (repeatable).")
    ] = None,
    ignore: Ignored = None,
) -> None:
    """Write a study file for a table of your own scores; 'alignboard import' then brings the scores."""
    table = own_table.read_table(like, ignore or [])
    turned = own_table.directions(table.metrics, lower or [], higher or [])
    path = own_table.write_study(root, study, table, turned)
    down = [metric for metric, up in turned.items() if not up]
    out.print(
        f"{like.name} is a {table.layout} table: {len(table.models)} models, {len(table.metrics)} metrics.",
        markup=False,
    )
    out.print(f"Lower is better on: {', '.join(down) or 'none'}. All others: higher.", markup=False)
    flags = "".join(f" --ignore '{name}'" for name in ignore or [])
    hint = f"alignboard import {like} --study {study} --date YYYY-MM-DD{flags}"
    out.print(f"Wrote {path}. Next: {hint}", markup=False, soft_wrap=True)


@app.command("import")
@_speaks_plainly
def import_table(
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or JSON lines; a row a model or a score.")],
    study: Annotated[str, typer.Option("--study", help="The study that the scores are of.")],
    date: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The day they stand for.")],
    root: Root = HERE,
    failed: Annotated[
        str, typer.Option("--failed", help="How the table marks a metric that was run and gave no number.")
    ] = "",
    ignore: Ignored = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only what is understood.")] = False,
) -> None:
    """Make a snapshot of a table of your own: every cell is loaded, or the table is refused."""
    known = open_library(root, cache=CACHE, offline=True).study(study)
    table = own_table.read_table(file, ignore or [])
    snapshot = own_table.make_snapshot(known, table, date.date(), datetime.now(UTC).date(), failed)
    print_understood(known, table.layout, file.name, snapshot)
    if dry_run:
        out.print("Nothing was written.")
        return
    folder = own_table.keep_snapshot(snapshot, known, root)
    out.print(f"Wrote {folder}. Next: alignboard build --study {study}", markup=False)


@app.command("simulate")
@_speaks_plainly
def simulate_study(
    root: Root = HERE,
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a byte would differ.")
    ] = False,
) -> None:
    """Regenerate the embedded study from its generative model, bit for bit."""
    folder = root / "data" / "snapshots" / simulate.STUDY_ID
    if only_check:
        differing = simulate.differences(root)
        if differing:
            raise DataError(
                Problem(
                    str(folder / name), "differs from what the model generates.", "Run 'alignboard simulate'."
                )
                for name in differing
            )
        out.print(f"{folder} is what the model generates, bit for bit.")
        return
    simulate.write_simulated(root)
    out.print(f"Wrote {folder}.")


def _needs_study(study: str, snapshot: str) -> None:
    if snapshot and not study:
        raise typer.BadParameter("name the study too (--study)", param_hint="--snapshot")
