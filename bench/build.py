"""The build of one snapshot in a process of its own: what comes before mkdocs, the whole, and its memory.

Both times are from the start of the process, so that they hold what it imports.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time

from bench.matrices import find_mirror
from bench.timing import ROOT, Row, run_measured

WHOLE_PROCESS, BEFORE_MKDOCS = 60.0, 40.0
"""Seconds asked of a Brain-Score snapshot on two cores."""
MEMORY_MIB = 1024
_BUILD = """
import json, sys, time
from pathlib import Path
from builder.catalog.library import open_library
from builder.pipeline import BuildOptions, build
root, target, cache, mirror, study, snapshot, started = sys.argv[1:]
shelf = open_library(Path(root), cache=Path(cache), mirror=Path(mirror) if mirror else None, offline=True)
imported = time.monotonic() - float(started)
(line,) = build(shelf, BuildOptions(Path(target), study, snapshot), lambda line: None).built
print(json.dumps([imported + line.seconds_before_mkdocs, line.n_models, line.n_metrics, line.n_views]))
"""


def run(rounds: int = 3) -> list[Row]:
    """Two rows, the shortest of a few builds. Raises AssertionError above a gibibyte of memory."""
    mirror = find_mirror()
    study, snapshot = (
        ("brain-score-vision", "2025-05-07") if mirror else ("simulated-alignment", "2024-12-31")
    )
    before, whole = float("inf"), float("inf")
    peak = 0.0
    sizes: list[int] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            paths = [str(ROOT), f"{scratch}/site", f"{scratch}/cache", str(mirror or "")]
            started = time.monotonic()
            answer, memory = run_measured(
                [sys.executable, "-c", _BUILD, *paths, study, snapshot, str(started)]
            )
            whole = min(whole, time.monotonic() - started)
        seconds, *sizes = json.loads(answer)
        before, peak = min(before, seconds), max(peak, memory)
    if peak > MEMORY_MIB:
        raise AssertionError(f"the build took {peak:.0f} MiB of memory; asked are {MEMORY_MIB}")
    data = f"{study}, {sizes[0]} x {sizes[1]}, {sizes[2]} views, peak {peak:.0f} MiB"
    return [
        Row(what="Build: everything before mkdocs", data=data, ours=before, at_most=BEFORE_MKDOCS),
        Row(what="Build: the whole process", data=data, ours=whole, at_most=WHOLE_PROCESS),
    ]
