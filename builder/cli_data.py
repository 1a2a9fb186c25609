"""The commands that bring scores into a project: arguments and what is printed."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from builder.catalog import own_table, package
from builder.catalog.aliases import add_aliases
from builder.catalog.library import Library, open_library
from builder.catalog.matching import propose, rows_of
from builder.catalog.own_files import Reading, read_own_file
from builder.catalog.refresh import refresh
from builder.catalog.snapshot import Snapshot
from builder.catalog.sources.trials import reduce_place
from builder.catalog.study import Study
from builder.errors import AlignboardError, DataError, Problem
from builder.names import did_you_mean
from builder.options import (
    CACHE,
    HERE,
    Cache,
    EngineName,
    EngineOption,
    Mirror,
    Offline,
    Root,
    SnapshotName,
    SparkMaster,
    app,
    engine_of,
    speaks_plainly,
)
from builder.printing import err, out, print_matching, print_understood, proposal_text

ScoresOf = Annotated[str, typer.Option("--study", help="The study that the scores are of.")]
ScoresDate = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="The day they stand for; not with --corrects."),
]
Corrects = Annotated[
    str, typer.Option(help="The snapshot that this one corrects, which stays; needs --note.")
]
Note = Annotated[str, typer.Option(help="What was wrong with it, in a sentence.")]
Ignored = Annotated[
    list[str] | None, typer.Option("--ignore", help="A column that is no metric (repeatable).")
]
Sheet = Annotated[str, typer.Option(help="Of a spreadsheet with several sheets, the one to read.")]
Query = Annotated[str, typer.Option(help="What to ask a DuckDB or SQLite file: SQL, or @FILE that has it.")]
Decimal = Annotated[str, typer.Option(help="The sign before decimals in a CSV file: '.' or ','.")]


@app.command()
@speaks_plainly
def pack(
    folder: Annotated[
        Path, typer.Argument(help="data/snapshots/STUDY/DATE with its tables.", file_okay=False)
    ],
    root: Root = HERE,
    corrects: Corrects = "",
    note: Note = "",
) -> None:
    """Check the tables of a snapshot of your own and write its datapackage.json, with hashes.

    The folder holds models.csv, metrics.csv and scores.csv. A packed snapshot never changes.
    """
    library = open_library(root, cache=CACHE, offline=True)
    study = library.study(folder.absolute().parent.name)
    snapshot = package.pack(folder, study, corrects=corrects, note=note)
    n_models, n_metrics = len(snapshot.models), len(snapshot.tree.metrics)
    told = f"{folder} is packed: {n_models} models, {n_metrics} metrics, {len(snapshot.scores)} cells run."
    out.print(told, markup=False)
    out.print(f"Next: alignboard build --study {snapshot.study}")


@app.command()
@speaks_plainly
def new(
    study: Annotated[str, typer.Argument(help="The study's id, as it stands in addresses.")],
    like: Annotated[str, typer.Option("--like", help="A table of scores, to take the metrics from.")],
    root: Root = HERE,
    lower: Annotated[
        list[str] | None, typer.Option("--lower", help="A metric on which lower is better (repeatable).")
    ] = None,
    higher: Annotated[
        list[str] | None, typer.Option("--higher", help="A metric on which higher is better (repeatable).")
    ] = None,
    redistribute: Annotated[
        bool | None,
        typer.Option(help="Whether the site may pass the scores on; not, unless it is said."),
    ] = None,
    ignore: Ignored = None,
    sheet: Sheet = "",
    query: Query = "",
    decimal: Decimal = ".",
) -> None:
    """Write a study file for a table of your own scores; 'alignboard import' then brings the scores.

    LIKE is a file or an address: CSV, Excel, Parquet, JSON lines, DuckDB or SQLite. On a terminal, a metric
    that sounds as if lower were better is asked about; elsewhere it needs --lower or --higher. So is
    whether the scores may be passed on.
    """
    table = own_table.read_table(read_own_file(like, _reading(sheet, query, decimal)), ignore or [])
    down, up = list(lower or []), list(higher or [])
    for metric in own_table.unsure(table.metrics, down, up) if sys.stdin.isatty() else []:
        (down if typer.confirm(f"Is a lower '{metric}' better?", default=True) else up).append(metric)
    turned = own_table.directions(table.metrics, down, up)
    if redistribute is None and sys.stdin.isatty():
        redistribute = typer.confirm("May the site pass the scores themselves on?", default=False)
    path = own_table.write_study(root, study, table, turned, redistribute=bool(redistribute))
    out.print(
        f"{like} is a {table.layout} table: {len(table.models)} models, {len(table.metrics)} metrics.",
        markup=False,
        soft_wrap=True,
    )
    lower_ones = [metric for metric, is_up in turned.items() if not is_up]
    out.print(f"Lower is better on: {', '.join(lower_ones) or 'none'}. All others: higher.", markup=False)
    passed_on = "passes the scores on" if redistribute else "shows rankings, and keeps the scores back"
    out.print(f"The site {passed_on}: 'redistribute' under [data].", markup=False)
    flags = [("--ignore", name) for name in ignore or []]
    flags += [(f"--{name}", said) for name, said in (("sheet", sheet), ("query", query)) if said]
    flags += [("--decimal", decimal)] if decimal != "." else []
    said = "".join(f" {flag} {shlex.quote(value)}" for flag, value in flags)
    hint = f"alignboard import {shlex.quote(like)} --study {study} --date YYYY-MM-DD{said}"
    out.print(f"Wrote {path}. Next: {hint}", markup=False, soft_wrap=True)


def _reading(sheet: str, query: str, decimal: str) -> Reading:
    """The options that say how a file is read. Raises DataError for a query's file that cannot be read."""
    if decimal not in {".", ","}:
        raise typer.BadParameter("is '.' or ','", param_hint="--decimal")
    if query.startswith("@"):
        try:
            query = Path(query[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(Problem(query[1:], f"cannot be read: {error}.")) from None
    return Reading(sheet, query, decimal)


@app.command("import")
@speaks_plainly
def import_table(
    file: Annotated[str, typer.Argument(help="A file or an address; a row a model or a score.")],
    study: ScoresOf,
    date: ScoresDate = None,
    root: Root = HERE,
    corrects: Corrects = "",
    note: Note = "",
    failed: Annotated[
        str, typer.Option("--failed", help="How the table marks a metric that was run and gave no number.")
    ] = "",
    ignore: Ignored = None,
    sheet: Sheet = "",
    query: Query = "",
    decimal: Decimal = ".",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only what is understood.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.")] = False,
) -> None:
    """Make a snapshot of a table of your own: every cell is loaded, or the table is refused.

    FILE is CSV, Excel, Parquet, JSON lines, or a DuckDB or SQLite file with --query: its content says which.
    With --corrects and --note the snapshot stands in for one of the same day, which stays as it was.
    """
    library = open_library(root, cache=CACHE, offline=True)
    ids = [one.id for one in library.studies]
    if study not in ids:
        make = f"Make it: alignboard new {study} --like {shlex.quote(file)}"
        near = did_you_mean(study, ids)
        raise DataError(Problem(f"study '{study}'", "is not in data/studies.", f"{near} {make}".strip()))
    known = library.study(study)
    naming = own_table.name_snapshot(library, known, date.date() if date else None, corrects, note)
    table = own_table.read_table(read_own_file(file, _reading(sheet, query, decimal)), ignore or [])
    snapshot = naming.named(
        own_table.make_snapshot(known, table, naming.date, datetime.now(UTC).date(), failed)
    )
    print_understood(known, table.layout, file, snapshot)
    asked = sys.stdin.isatty() and not yes and not dry_run
    if asked and not typer.confirm("Is that right?", default=True):
        dry_run = True
    if dry_run:
        out.print("Nothing was written.")
        return
    _keep(snapshot, known, root)


@app.command()
@speaks_plainly
def reduce(
    trials: Annotated[str, typer.Argument(help="A Parquet file, a folder of them, or for Spark an address.")],
    study: ScoresOf,
    date: ScoresDate = None,
    root: Root = HERE,
    corrects: Corrects = "",
    note: Note = "",
    engine: EngineOption = EngineName.DUCKDB,
    spark_master: SparkMaster = "",
    memory_limit: Annotated[
        str, typer.Option("--memory-limit", help="How much DuckDB may hold ('8GB'); the rest goes to disk.")
    ] = "",
) -> None:
    """Reduce single trials to a snapshot of scores: a sealed Data Package below data/snapshots.

    For trials that are too many to be pinned as sources. Building from it needs neither them nor the engine.
    """
    chosen = engine_of(engine, spark_master, memory_limit)
    library = open_library(root, cache=CACHE, offline=True)
    known = library.study(study)
    # What is wrong with the name is said before hours of counting.
    naming = own_table.name_snapshot(library, known, date.date() if date else None, corrects, note)
    with err.status("Counting trials"):
        counted = reduce_place(known, trials, naming.date, datetime.now(UTC).date(), chosen)
    snapshot = naming.named(counted)
    n_models, n_cells = len(snapshot.models), len(snapshot.scores)
    out.print(f"{trials}: {n_cells} scores of {n_models} observers.", markup=False, soft_wrap=True)
    _keep(snapshot, known, root)


def _keep(snapshot: Snapshot, study: Study, root: Path) -> None:
    """Write a snapshot and say where. Raises DataError where there is one of its name."""
    folder = own_table.keep_snapshot(snapshot, study, root)
    corrects = f", which corrects {snapshot.corrects}" if snapshot.corrects else ""
    hint = f"Next: alignboard build --study {study.id}"
    out.print(f"Wrote {folder}{corrects}. {hint}", markup=False, soft_wrap=True)


@app.command()
@speaks_plainly
def match(
    study: Annotated[str, typer.Argument(help="A study with a snapshot of several origins.")],
    root: Root = HERE,
    mirror: Mirror = None,
    cache: Cache = CACHE,
    offline: Offline = False,
    snapshot: SnapshotName = "",
    accept: Annotated[
        float | None, typer.Option(help="Write the proposals at least so alike, of 100.", min=0, max=100)
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask of each proposal.")] = False,
) -> None:
    """Propose which models of a study's origins are one. Nothing is joined but by aliases.csv.

    Proposals that another name fits as well are never accepted by --accept; --ask offers them too.
    """
    library = open_library(root, cache=cache, mirror=mirror, offline=offline)
    joined = [ref for ref in library.choose(study, snapshot) if ref.spec is not None and ref.spec.origins]
    if not joined:
        remedy = "Give a snapshot several [[snapshots.origins]]."
        raise DataError(Problem(f"study '{study}'", "has no snapshot of several origins.", remedy))
    ref = joined[-1]
    matching = propose(library.parts(ref), library.aliases(ref.study))
    print_matching(matching)
    file = library.alias_file(ref.study)
    if ask:
        chosen = [one for one in matching.proposals if typer.confirm(proposal_text(one))]
    elif accept is not None:
        chosen = [one for one in matching.proposals if one.score >= accept and not one.tied]
    else:
        hint = f"Next: alignboard match {study} --ask, or --accept 95, or write {file} by hand."
        out.print(hint, markup=False, soft_wrap=True)
        return
    rows = rows_of(chosen)
    if rows:
        add_aliases(file, rows)
    out.print(f"{len(chosen)} proposals accepted, {len(rows)} rows added to {file}.", markup=False)


@app.command("refresh")
@speaks_plainly
def refresh_study(
    study: Annotated[str, typer.Argument(help=r"A study whose file has \[refresh]; all if none.")] = "",
    root: Root = HERE,
    mirror: Mirror = None,
    cache: Cache = CACHE,
    only: Annotated[
        str,
        typer.Option(envvar="ALIGNBOARD_STUDY", help=r"Of all, only this study, if it has \[refresh]."),
    ] = "",
) -> None:
    r"""Fetch the newest scores of a study and pin them as new snapshots; those that are there stay.

    Without a study, every one that has \[refresh]: what one source gives is kept where another fails.
    """
    library = open_library(root, cache=cache, mirror=mirror)
    all_ = [one for one in library.studies if one.file.refresh and only in {"", one.id}]
    asked = [library.study(study)] if study else all_
    if not asked:
        out.print("No study says where newer data are ([refresh]).", markup=False)
    failed: list[AlignboardError] = []
    for one in asked:
        try:
            _refresh(library, one)
        except AlignboardError as error:
            failed.append(error)
    if failed:
        raise type(failed[0])(problem for error in failed for problem in error.problems)


def _refresh(library: Library, study: Study) -> None:
    with err.status(f"Refreshing {study.id}"):
        found = refresh(library, study, datetime.now(UTC).date(), lambda *_: None)
    for snapshot in found.added:
        n_models, n_metrics = len(snapshot.models), len(snapshot.tree.metrics)
        out.print(f"added {study.id} {snapshot.id}: {n_models} models, {n_metrics} metrics")
    if found.nothing_yet:
        out.print(f"Nothing yet on {', '.join(day.isoformat() for day in found.nothing_yet)}.")
    if found.kept is None:
        out.print(f"{study.id}: Nothing new.", markup=False)
        return
    terms = f"Its scores are their authors': {study.id}'s terms hold."
    out.print(f"The document is kept as {found.kept}. {terms}", markup=False, soft_wrap=True)
    out.print(f"Next: alignboard build --study {study.id}")
