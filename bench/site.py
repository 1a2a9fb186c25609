"""What a whole site costs as models, metrics, views and snapshots grow: seconds, memory, pages and bytes.

Each size is built in a process of its own, and the Markdown of its snapshot once more by Material for MkDocs
as it comes, without our templates or anything of ours: what that takes is the peer. A site of many snapshots
has no peer, for its snapshots are built beside each other.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.scale import simulated
from bench.timing import Row, run_measured
from builder.catalog.library import open_library
from builder.catalog.package import write_snapshot
from builder.catalog.study import load_study
from builder.pipeline import BuildOptions, build
from builder.site import release

MOST_BYTES, MOST_SECONDS = 10**9, 600.0
"""Asked of every site here: what GitHub Pages publishes at most, and has time for."""
ADDED = 1.5
"""Asked of a site of one snapshot: as many times the peer's time as ours may come on top of it."""
PLAIN = """
site_name: scale
docs_dir: {docs}
site_dir: {site}
theme: {{name: material, font: false}}
plugins: [search]
markdown_extensions: [attr_list, toc]
validation: {{nav: {{omitted_files: ignore}}, links: {{not_found: ignore, anchors: ignore}}}}
"""


@dataclass(frozen=True)
class Size:
    """Of a study: models, metrics, selections of metrics, snapshots."""

    models: int = 300
    metrics: int = 30
    selections: int = 1
    snapshots: int = 1

    def __str__(self) -> str:
        return (
            f"{self.models:,} x {self.metrics:,}; selections: {self.selections}, snapshots: {self.snapshots}"
        )


SIZES = (
    Size(),
    Size(models=100), Size(models=1000), Size(models=3000), Size(models=10_000),
    Size(metrics=10), Size(metrics=100), Size(metrics=300), Size(metrics=1000),
    Size(selections=3), Size(selections=9),
    Size(models=100, metrics=10, snapshots=1), Size(models=100, metrics=10, snapshots=10),
    Size(models=100, metrics=10, snapshots=100),
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What one site took: `seconds` of the whole process, of which `before` ran until mkdocs began."""

    size: Size
    seconds: float
    before: float
    mebibytes: float
    views: int
    pages: int
    bytes: int
    plain: float | None
    """Seconds of mkdocs alone."""


def run(sizes: tuple[Size, ...] = SIZES) -> list[Row]:
    """A row a size, and the table of what each site holds.

    Raises AssertionError for a site that is larger than hosts publish.
    """
    console, costs = Console(width=None if sys.stdout.isatty() else 180), []
    for size in sizes:
        cost = _cost(size)
        costs.append(cost)
        console.print(f"{size}: {cost.seconds:.1f} s, {cost.pages:,} pages, {cost.mebibytes:.0f} MiB")
    console.print(_table(costs))
    for cost in costs:
        if cost.bytes >= MOST_BYTES:
            raise AssertionError(f"{cost.size}: {cost.bytes / 1e9:.2f} GB; asked are {MOST_BYTES / 1e9:.0f}")
    return [_row(cost) for cost in costs]


def _row(cost: Cost) -> Row:
    return Row(
        what="Build: a whole site",
        data=str(cost.size),
        ours=cost.seconds,
        peer="mkdocs-material alone" if cost.plain else "",
        theirs=cost.plain,
        at_least=1 / (1 + ADDED) if cost.plain else None,
        at_most=MOST_SECONDS,
    )


def _table(costs: list[Cost]) -> Table:
    table = Table(title="Whole sites")
    for heading in (
        "models", "metrics", "snapshots", "views", "pages", "MB", "seconds",
        "before mkdocs", "mkdocs alone", "ours adds", "pages a second", "MiB at most",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for cost in costs:
        table.add_row(
            f"{cost.size.models:,}",
            f"{cost.size.metrics:,}",
            str(cost.size.snapshots),
            f"{cost.views:,}",
            f"{cost.pages:,}",
            f"{cost.bytes / 1e6:.1f}",
            f"{cost.seconds:.1f}",
            f"{cost.before:.1f}",
            "-" if cost.plain is None else f"{cost.plain:.1f}",
            "-" if cost.plain is None else f"{cost.seconds / cost.plain - 1:.2f} x",
            f"{cost.pages / cost.seconds:.1f}",
            f"{cost.mebibytes:.0f}",
        )
    return table


def _cost(size: Size) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write_project(size, root)
        started = time.monotonic()
        printed, peak = run_measured([sys.executable, "-m", "bench.site", folder])
        seconds = time.monotonic() - started
        found: dict[str, Any] = json.loads(printed)
        plain = None
        docs = root / "docs"
        if docs.is_dir():
            (root / "plain.yml").write_text(PLAIN.format(docs=docs, site=root / "plain"), encoding="utf-8")
            started = time.monotonic()
            run_measured([sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(root / "plain.yml")])
            plain = time.monotonic() - started
        files = [path for path in (root / "site" / "scale").rglob("*") if path.is_file()]
        return Cost(
            size, seconds - found["copying"], found["before"], peak, found["views"],
            pages=sum(path.name == "index.html" for path in files),
            bytes=sum(path.stat().st_size for path in files),
            plain=plain,
        )  # fmt: skip


def _write_project(size: Size, root: Path) -> None:
    """A study in a folder of its own, with its snapshots embedded and a month between them."""
    studies = root / "data" / "studies"
    studies.mkdir(parents=True)
    _, snapshot = simulated(size.models, size.metrics, studies)
    file = studies / "scale.toml"
    more = (
        f'[selections.s{k}]\ntitle = "Without {k}"\nwithout = ["m{k}"]\n' for k in range(1, size.selections)
    )
    file.write_text(file.read_text(encoding="utf-8") + "".join(more), encoding="utf-8")
    study = load_study(file)
    snapshot = replace(snapshot, scores=snapshot.scores.assign(error=np.nan, date=""))
    for at in range(size.snapshots):
        date = dt.date(2010 + at // 12, at % 12 + 1, 28)
        one = replace(snapshot, id=date.isoformat(), date=date)
        write_snapshot(one, root / "data" / "snapshots" / "scale" / one.id, study)


def _main(root: Path) -> None:
    copying = 0.0
    single = len(list((root / "data" / "snapshots" / "scale").iterdir())) == 1
    make_pages = release.build_site_tree

    def copied(docs: Path, *rest: Any, **named: Any) -> None:
        nonlocal copying
        started = time.monotonic()
        shutil.copytree(docs, root / "docs")
        copying = time.monotonic() - started
        make_pages(docs, *rest, **named)

    if single:  # then it is built in this process
        vars(release)["build_site_tree"] = copied
    shelf = open_library(root, cache=root / "cache", offline=True)
    built = build(shelf, BuildOptions(root / "site", "scale"), lambda _line: None).built
    before = max(line.seconds_before_mkdocs for line in built)
    print(json.dumps({"before": before, "views": sum(line.n_views for line in built), "copying": copying}))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
