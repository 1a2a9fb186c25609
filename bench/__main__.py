"""`python -m bench [NAME ...]`: run the benchmarks, print the ratios, fail where one is not reached."""

from __future__ import annotations

import argparse
import importlib
import sys

from rich.console import Console
from rich.table import Table

from bench.timing import Row

BENCHMARKS: dict[str, str] = {
    "spearman-pairwise": "bench.spearman_pairwise",
    "spearman-complete": "bench.spearman_complete",
    "kendall": "bench.kendall",
    "bootstrap": "bench.bootstrap",
    "spearman-bootstrap": "bench.spearman_bootstrap",
    "trials": "bench.trials",
    "spark": "bench.spark",
    "peers": "bench.peers",
    "explorer": "bench.explorer",
    "build": "bench.build",
    "site": "bench.site",
    "scale": "bench.scale",
}
"""Name -> module with `run() -> list[Row]`. A new benchmark is one module and one row here."""
NAMED_ONLY = ("scale", "spark")
"""Benchmarks that take long or need more than the others, and run only where they are named."""


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all; 0 if every row reaches what is asked of it, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)}")
    names = parser.parse_args(arguments).names or [name for name in BENCHMARKS if name not in NAMED_ONLY]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark named {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    console = Console(width=None if sys.stdout.isatty() else 180)
    rows: list[Row] = []
    for name in names:
        with console.status(name):
            rows += importlib.import_module(BENCHMARKS[name]).run()
    console.print(_table(rows))
    return 0 if all(row.reached for row in rows) else 1


def _table(rows: list[Row]) -> Table:
    table = Table(title="Shortest of several rounds taken in turns; ratio = peer / ours")
    for heading in ("what", "data", "peer"):
        table.add_column(heading, overflow="fold")
    for heading in ("ours", "theirs", "ratio", "asked", "difference"):
        table.add_column(heading, justify="right")
    for row in rows:
        style = "" if row.reached else "bold red"
        table.add_row(
            row.what,
            row.data,
            row.peer or "-",
            _time(row.ours),
            _time(row.theirs),
            "-" if row.ratio is None else f"{row.ratio:.1f} x",
            _asked(row),
            "-" if row.difference is None else f"{row.difference:.0e}",
            style=style,
        )
    return table


def _asked(row: Row) -> str:
    asked = []
    if row.at_least is not None:
        asked.append(f">= {row.at_least:g} x")
    if row.at_most is not None:
        asked.append(f"<= {_time(row.at_most)}")
    return ", ".join(asked) or "-"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
