"""The commands that say what changes, for those who review it: arguments and what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from builder import preview as previewing
from builder.catalog.library import open_library
from builder.changes.comment import comment
from builder.changes.compare import compare_sites, newest_steps
from builder.errors import BuildError, Problem
from builder.options import (
    CACHE,
    HERE,
    Cache,
    Mirror,
    Offline,
    Root,
    SnapshotName,
    StudyName,
    app,
    speaks_plainly,
)
from builder.printing import err, out
from builder.releases.lock import FILE

Before = Annotated[
    Path | None, typer.Option("--before", help="The built site that it is compared with.", file_okay=False)
]


@app.command()
@speaks_plainly
def changes(
    after: Annotated[Path, typer.Argument(help="The built site.", file_okay=False)] = Path("site"),
    before: Before = None,
    study: StudyName = "",
    snapshot: SnapshotName = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file.", dir_okay=False)
    ] = None,
    site_url: Annotated[
        str | None, typer.Option(envvar="ALIGNBOARD_SITE_URL", help="Where the site stands, for links.")
    ] = None,
) -> None:
    """Say in Markdown what changes, as a comment on a pull request.

    With --before, what differs between two built sites; else each study's newest snapshot, or the one named,
    against the one before it. Models, metrics and rankings that come and go, the first ten, and warnings.
    """
    if before is not None and snapshot:
        raise typer.BadParameter("goes without --before", param_hint="--snapshot")
    if snapshot and not study:
        raise typer.BadParameter("name the study too (--study)", param_hint="--snapshot")
    found = newest_steps(after, study, snapshot) if before is None else compare_sites(before, after)
    text = comment([one for one in found if study in {"", one.study}], site_url)
    if output is None:
        out.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True, end="")
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            what = f"cannot be written: {error.strerror}."
            raise BuildError(Problem(str(output), what, "Name a file in a folder that is there.")) from None


@app.command()
@speaks_plainly
def preview(
    revision: Annotated[str, typer.Argument(help="What of git it is compared with: a branch, HEAD, HEAD^1.")],
    root: Root = HERE,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the sites and the comment are written.")
    ] = Path("preview"),
    pull_request: Annotated[
        int | None,
        typer.Option(envvar="ALIGNBOARD_PULL_REQUEST", help="The number of the pull request.", min=1),
    ] = None,
    mirror: Mirror = None,
    cache: Cache = CACHE,
    offline: Offline = False,
) -> None:
    """Build the studies whose data differ from a revision's, before and after, and say what changes.

    The site is then in OUTPUT/site, the text in OUTPUT/comment/comment.md. Lines of links.lock that were
    removed or changed since are named there, too.
    """
    library = open_library(root, cache=cache, mirror=mirror, offline=offline)
    with err.status("Building what differs"):
        found = previewing.preview(library, root, revision, output, pull_request, lambda _line: None)
    told = ", ".join(found.studies) or "none"
    out.print(f"Studies that differ from {revision}: {told}. What changes: {found.comment}", markup=False,
              soft_wrap=True)  # fmt: skip
    if found.lock.breaks:
        what = "were removed or changed, or cannot be compared; the comment names them."
        err.print(f"[yellow]Warning:[/] lines of {FILE} {what}", soft_wrap=True)
