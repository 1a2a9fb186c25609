"""The commands that publish for good: a snapshot is frozen, and a site is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from builder.errors import DataError
from builder.options import HERE, RELEASES, Root, StudyName, app, speaks_plainly
from builder.printing import out
from builder.releases.freeze import freeze
from builder.releases.lock import FILE

BuiltSite = Annotated[Path, typer.Option("--site", help="The built site that has it.", file_okay=False)]


@app.command("freeze")
@speaks_plainly
def freeze_snapshot(
    snapshot: Annotated[str, typer.Argument(help="The snapshot to freeze.")],
    root: Root = HERE,
    study: StudyName = "",
    site: BuiltSite = Path("site"),
    releases: Annotated[
        Path | None, typer.Option(help="Where the archive goes. The project's releases/ unless named.")
    ] = None,
) -> None:
    """Freeze a snapshot of a built site: an archive that later builds restore, and its lines of links.lock.

    What is frozen never changes: an archive that is there is kept if it holds the same, else refused.
    """
    found = freeze(root, site, snapshot, study, releases if releases is not None else root / RELEASES)
    front = found.record.front
    what = (
        "is there already" if found.kept else f"holds {found.n_files} files, {found.n_bytes / 2**20:.1f} MiB"
    )
    out.print(
        f"{front.study} {front.snapshot} is frozen: {found.archive} {what}.", markup=False, soft_wrap=True
    )
    out.print(f"SHA-256 of its pages: {found.record.tree_sha256}", soft_wrap=True)
    if not found.record.data_package:
        out.print("Its scores may not be passed on, so it holds no table of them.")
    lines = "line" if found.n_locked == 1 else "lines"
    out.print(f"{FILE} has {found.n_locked} more {lines}. Commit it, and keep the archive.", markup=False)


@app.command("verify-site")
@speaks_plainly
def verify_site(
    directory: Annotated[Path, typer.Argument(help="The built site.")] = Path("site"),
    root: Root = HERE,
    study: Annotated[
        str,
        typer.Option("--study", help="The site is of this study alone: what is locked of others may lack."),
    ] = "",
    releases: Annotated[
        Path | None,
        typer.Option(help="Archives that the site was restored from. The project's releases/, if any."),
    ] = None,
    publish: Annotated[
        bool,
        typer.Option("--publish", help="Refuse a site that lacks a frozen snapshot of any study."),
    ] = False,
) -> None:
    """Check a built site: links and anchors, JSON against its schemas, digests, releases, and links.lock.

    Exit codes: 0 the site is whole; 1 something is wrong, each with its file and what to do.
    """
    from builder.sitecheck.check import check_site  # validators take half a second to import

    if releases is None and (root / RELEASES).is_dir():
        releases = root / RELEASES
    found = check_site(directory, root, study, releases, publish=publish)
    if found.problems:
        raise DataError(found.problems)
    seen = {
        "page": found.n_pages, "link": found.n_links, "JSON file": found.n_documents, "view": found.n_views,
        "restored release": found.n_releases,
    }  # fmt: skip
    parts = [f"{n} {what}{'' if n == 1 else 's'}" for what, n in seen.items()]
    parts.append(f"{found.n_locked} locked address{'' if found.n_locked == 1 else 'es'}")
    out.print(f"{directory} is whole: {', '.join(parts)}.", markup=False, soft_wrap=True)
    if found.elsewhere:
        parts = [f"{n} of {of or 'no one study'}" for of, n in found.elsewhere.items()]
        told = ", ".join(sorted(parts, key=lambda part: part.endswith("no one study")))
        out.print(f"Locked addresses that were not looked for: {told}.", markup=False, soft_wrap=True)
    if found.unproved:
        told = ", ".join(found.unproved)
        out.print(f"Frozen, without SHA256SUMS, and no archive here to restore from: {told}.", markup=False,
                  soft_wrap=True)  # fmt: skip
