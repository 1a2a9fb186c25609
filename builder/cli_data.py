"""The commands that bring scores into a project: arguments and what is printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from builder.catalog import own_table, package
from builder.catalog.aliases import add_aliases
from builder.catalog.library import open_library
from builder.catalog.matching import propose, rows_of
from builder.catalog.refresh import refresh
from builder.errors import DataError, Problem
from builder.options import CACHE, HERE, Cache, Mirror, Offline, Root, SnapshotName, app, speaks_plainly
from builder.printing import err, out, print_matching, print_understood, proposal_text


@app.command()
@speaks_plainly
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
@speaks_plainly
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
@speaks_plainly
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
    study: Annotated[str, typer.Argument(help="A study whose file has [refresh].")],
    root: Root = HERE,
    mirror: Mirror = None,
    cache: Cache = CACHE,
) -> None:
    """Fetch the newest scores of a study and pin them as new snapshots; those that are there stay."""
    library = open_library(root, cache=cache, mirror=mirror)
    with err.status(f"Refreshing {study}"):
        found = refresh(library, library.study(study), datetime.now(UTC).date(), lambda *_: None)
    for snapshot in found.added:
        n_models, n_metrics = len(snapshot.models), len(snapshot.tree.metrics)
        out.print(f"added {study} {snapshot.id}: {n_models} models, {n_metrics} metrics")
    if found.nothing_yet:
        out.print(f"Nothing yet on {', '.join(day.isoformat() for day in found.nothing_yet)}.")
    if found.kept is None:
        out.print("Nothing new.")
        return
    out.print(f"The document is kept as {found.kept}. Its scores are their authors': {study}'s terms hold.",
              markup=False, soft_wrap=True)  # fmt: skip
    out.print(f"Next: alignboard build --study {study}")
