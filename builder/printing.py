"""What the commands print, on standard output and standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from builder.catalog.fetch import NOWHERE
from builder.catalog.library import SnapshotRef
from builder.catalog.matching import Matching, Proposal
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.errors import Problem
from builder.summary import Summary

MOST_PUBLISHED = 10**9
"""Bytes of a site that GitHub Pages publishes; 1 GB, as its documents say."""
WIDTH = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
out = Console(highlight=False, width=WIDTH)
err = Console(stderr=True, highlight=False)


def print_problems(problems: tuple[Problem, ...]) -> None:
    """What is wrong, a line each."""
    for problem in problems:
        err.print("[red]error[/] ", end="")
        err.print(str(problem), markup=False, soft_wrap=True)
    if len(problems) > 1:
        err.print(f"{len(problems)} problems.")


def print_absent(absent: Sequence[tuple[SnapshotRef, str]]) -> None:
    """The snapshots that could not be read and why; once for all whose sources were never fetched."""
    unfetched = [f"{ref.study.id} {ref.id}" for ref, why in absent if NOWHERE in why]
    if unfetched:
        out.print("[yellow]not checked[/] ", end="")
        told = f"{', '.join(unfetched)}: a source {NOWHERE} 'alignboard fetch' gets it."
        out.print(told, markup=False, soft_wrap=True)
    for ref, why in absent:
        if NOWHERE not in why:
            out.print(f"[yellow]not checked[/] {ref.study.id} {ref.id}: ", end="")
            out.print(why, markup=False, soft_wrap=True)


def print_summary(summary: Summary) -> None:
    """What a build did: sizes and times, how published averages compare, what was skipped and why."""
    table = Table(box=None, pad_edge=False)
    for heading in ("study", "snapshot"):
        table.add_column(heading, no_wrap=True)
    for heading in ("models", "metrics", "complete", "views", "before mkdocs", "seconds"):
        table.add_column(heading, justify="right")
    for line in summary.built:
        numbers = (line.n_models, line.n_metrics, line.n_complete, line.n_views)
        times = ("kept" if line.kept else f"{line.seconds_before_mkdocs:.1f}", f"{line.seconds:.1f}")
        table.add_row(line.study, line.snapshot, *map(str, numbers), *times)
    if summary.built:
        out.print(table)
    for release in summary.restored:
        front = release.record.front
        size = f"{front.n_models} models, {front.n_metrics} metrics, {front.n_views} views"
        out.print(f"{front.study} {front.snapshot}: restored from {release.archive} ({size}).",
                  markup=False, soft_wrap=True)  # fmt: skip
    for line in summary.built:
        for sentence in line.published:
            out.print(f"{line.study} {line.snapshot}: {sentence}", markup=False, soft_wrap=True)
    for skip in summary.skipped:
        out.print(f"[yellow]skipped[/] {skip.study} {skip.snapshot}: ", end="")
        out.print(skip.why, markup=False, soft_wrap=True)
    out.print(
        f"The site is in {summary.target}/ : open {summary.target}/index.html or run 'alignboard serve'."
    )
    if summary.n_bytes > MOST_PUBLISHED:
        out.print(
            f"[yellow]large[/] It holds {summary.n_bytes / 1e6:,.0f} MB, and GitHub Pages publishes at most "
            f"{MOST_PUBLISHED / 1e6:,.0f} MB: leave out selections of metrics or old snapshots, "
            "or publish each study as a site of its own (ALIGNBOARD_STUDY).",
            soft_wrap=True,
        )


def print_understood(study: Study, layout: str, name: str, snapshot: Snapshot) -> None:
    """What a table of one's own was understood to be: each metric, its direction and its cells' states."""
    listed = Table("metric", "better", "scored", "failed", "missing", box=None, pad_edge=False)
    for metric in study.tree.metrics:
        states = snapshot.scores.loc[snapshot.scores["metric"] == metric.id, "state"]
        scored, gave_none = int((states == "scored").sum()), int((states == "failed").sum())
        absent = len(snapshot.models) - scored - gave_none
        better = "higher" if metric.higher_is_better else "lower"
        listed.add_row(Text(metric.name), better, str(scored), str(gave_none), str(absent))
    out.print(f"{name} is a {layout} table of {len(snapshot.models)} models:", markup=False)
    out.print(listed)


def proposal_text(proposal: Proposal) -> str:
    """A proposal as one line."""
    one, other = proposal.one, proposal.other
    tied = " (another name is as like)" if proposal.tied else ""
    names = [f"{m.origin} '{m.name}'" + (f" ({m.key})" if m.key != m.name else "") for m in (other, one)]
    return f"{proposal.score:.0f}  {names[0]} is {names[1]}{tied}"


def print_matching(matching: Matching) -> None:
    """Proposals with how alike the names are, then what is joined and what stays unmatched."""
    for proposal in matching.proposals:
        out.print(proposal_text(proposal), markup=False)
    table = Table("origin", "models", "joined by aliases", "unmatched", box=None, pad_edge=False)
    for origin, n_models in matching.n_models.items():
        rest = [model.key for model in matching.unmatched[origin]]
        shown = ", ".join(rest[:5]) + (f" and {len(rest) - 5} more" if len(rest) > 5 else "")
        told = f"{len(rest)}: {shown}" if rest else "0"
        table.add_row(origin, str(n_models), str(matching.joined[origin]), Text(told))
    out.print(table)
    for origin, name, row in matching.unused:
        out.print(f"aliases.csv row {row}: no model of '{origin}' here is '{name}'.", markup=False)
