"""How a benchmark is timed and what it reports."""

from __future__ import annotations

import gc
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Row:
    """One line of the table: our time, a peer's where there is one, and what is asked of them.

    Times are in seconds. `difference` is the largest absolute one between the two results. `at_least` is the
    ratio of peer to ours that must be reached, `at_most` the time that ours must not exceed.
    """

    what: str
    data: str
    ours: float
    peer: str = ""
    theirs: float | None = None
    difference: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as long the peer takes."""
        return None if self.theirs is None else self.theirs / self.ours

    @property
    def reached(self) -> bool:
        """Whether what is asked holds; true where nothing is."""
        fast_enough = self.at_least is None or (self.ratio or 0.0) >= self.at_least
        return fast_enough and (self.at_most is None or self.ours <= self.at_most)


QUICK, REPEATS = 0.02, 5
"""Seconds, and how often what takes less runs in a turn."""


def best_times(functions: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Shortest time of each function in seconds, over rounds in which each runs once.

    They take turns, so that a slow spell of the machine meets all of them; each runs once before, unmeasured.
    What is done within `QUICK` runs again in its turn, for the first run after the garbage was collected pays
    for empty caches.
    """
    best = [float("inf")] * len(functions)
    for function in functions:
        function()
    for _ in range(rounds):
        for position, function in enumerate(functions):
            gc.collect()
            for _ in range(REPEATS):
                start = time.perf_counter()
                function()
                taken = time.perf_counter() - start
                best[position] = min(best[position], taken)
                if taken > QUICK:
                    break
    return best


def run_measured(command: list[str]) -> tuple[str, float]:
    """What a command prints, and the most memory that it and its processes held at once, in MiB."""
    peak = 0.0
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        while child.poll() is None:
            peak = max(peak, _resident(child.pid))
            time.sleep(0.1)
        printed = child.stdout.read() if child.stdout else ""
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return printed, peak


def _resident(session: int) -> float:
    """MiB resident in all processes of a session; shared pages count in each."""
    pages = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == session:
            pages += int(fields[21])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
