"""Builds killed at random moments, hundreds of times: the site is always the old one or the new one, whole.

Kills at every step of the swap, and one amid the pages, are in test_pipeline_faults.py; this is the long
campaign, which `make soak` runs.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from conftest import ROOT
from projects import contents, make_project
from samples import STUDY

KILLS = int(os.environ.get("ALIGNBOARD_KILLS", "200"))
SEED = 20250131
SMALL = STUDY[: STUDY.index("[groups.neural]")] + STUDY[STUDY.index("[selections.everything]") :]
SMALL = SMALL.replace('["neural", "behavior"]', '["a", "b"]').replace("[selections.frequent]", "")
SMALL = SMALL.replace('title = "Frequent"\nmin_coverage = 0.8\n', "")
CELLS = {
    "old": {"one": (0.5, 0.4), "two": (0.4, 0.6), "three": (0.3, 0.1)},
    "new": {"one": (0.1, 0.2), "two": (0.4, 0.6), "three": (0.3, 0.9), "four": (0.3, 0.3)},
}


def start(root: Path, target: Path, temporary: Path, *options: str) -> subprocess.Popen[bytes]:
    """A build in a group of processes of its own."""
    command = [sys.executable, "-m", "builder", "build", "--root", str(root), "-o", str(target), "--offline"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    return subprocess.Popen(
        [*command, *options],
        cwd=root, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def kill_group(process: subprocess.Popen[bytes]) -> bool:
    """End every process of the build at once; whether it was still building."""
    running = process.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return running


@pytest.mark.soak
def test_a_build_killed_at_random_moments_leaves_the_old_site_or_the_new_one(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    whole, longest = {}, {True: 0.0, False: 0.0}
    for name, cells in CELLS.items():
        make_project(tmp_path / name, cells, study=SMALL)
        for cached in (False, True, True):  # the second of these fills the cache
            began = time.monotonic()
            options = [] if cached else ["--no-cache"]
            assert start(tmp_path / name, tmp_path / f"{name}-site", temporary, *options).wait() == 0
            taken = time.monotonic() - began
            longest[cached] = taken if cached else max(longest[cached], taken)
        whole[name] = contents(tmp_path / f"{name}-site")
    assert whole["old"] != whole["new"]
    target = tmp_path / "place" / "site"
    shutil.copytree(tmp_path / "old-site", target)
    moments = random.Random(SEED)
    outcomes: Counter[str] = Counter()
    standing, most_left = "old", 0
    for number in range(KILLS):
        coming = "new" if standing == "old" else "old"
        cached = number % 4 < 2
        options = [] if cached else ["--no-cache"]
        options += ["--study", "tiny"] if number % 2 else []
        process = start(tmp_path / coming, target, temporary, *options)
        time.sleep(moments.uniform(0, 1.02 * longest[cached]))
        running = kill_group(process)
        stands = contents(target)
        assert stands in (whole[standing], whole[coming]), f"kill {number}: neither the old site nor the new"
        landed = stands == whole[coming]
        outcomes[f"{'killed' if running else 'done'}, {'new' if landed else 'old'} site stands"] += 1
        if landed:
            standing = coming
        most_left = max(most_left, len(list(target.parent.iterdir())) - 1)
    lengths = f"{longest[False]:.1f} s, or {longest[True]:.1f} s with what is kept"
    print(f"\n{KILLS} builds of {lengths}, seed {SEED}: {dict(outcomes)}; at most {most_left} left")
    assert outcomes["killed, old site stands"] > KILLS / 4
    assert most_left <= 1, "each build clears what the one before it left"
    coming = "new" if standing == "old" else "old"
    assert start(tmp_path / coming, target, temporary).wait() == 0
    assert contents(target) == whole[coming]
    assert [path.name for path in target.parent.iterdir()] == ["site"]
    # A kill while the renderer first looks for type leaves a folder with one file of some 100 bytes.
    assert {path.name[:17] for path in temporary.iterdir()} <= {"alignboard-fonts-"}
