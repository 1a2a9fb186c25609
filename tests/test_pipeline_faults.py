"""A site takes the old one's place whole or not at all, whatever goes wrong while it is built."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from projects import build_project, contents, make_project

from builder import one_snapshot
from builder.errors import BuildError, DataError
from builder.site import front, release, render, staging, swap
from builder.site.staging import open_staging
from builder.summary import Summary

DATES = ("2024-12-31", "2025-01-31")
MARK = b"<!-- of the old site -->"
STAGES = [
    (one_snapshot, "analyse"), (render, "write_pages"), (release, "build_site_tree"),
    (render, "write_figures"), (front, "write_site_files"), (swap, "swap"),
]  # fmt: skip
"""What a build calls, in this order, until the new site stands."""


def copied(site: Path, folder: Path) -> Path:
    """The project of the site, with the site, in a folder that may be written to."""
    for name in ("data", "site"):
        shutil.copytree(site.parent / name, folder / name)
    return folder


@dataclass
class Fate:
    """What stood at the target before, after a killed build, at each stage of a second one, and after."""

    before: dict[str, bytes]
    killed: dict[str, bytes]
    n_left: int
    """Directories that the killed build left beside the target."""
    during: dict[str, bool] = field(default_factory=dict)
    """Stage -> whether the old site stood whole."""
    summary: Summary | None = None
    n_left_after: int = 0
    """Such directories after the second build."""
    after: dict[str, bytes] = field(default_factory=dict)


def kill_at_mkdocs(root: Path) -> None:
    """Build the whole project in processes of its own and kill them when the first pages are made."""
    command = [sys.executable, "-m", "builder", "build", "--root", str(root), "-o", str(root / "site")]
    process = subprocess.Popen(
        [*command, "--offline", "--cache", str(root / "cache")],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not list(root.glob(".site.building-*/tiny/v/*/index.html")):
            assert process.poll() is None, "the build ended before it made a page"
            time.sleep(0.01)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def fate(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Fate:
    """Of a site with a mark on a page of each snapshot; the second build is of the newest one alone."""
    root = copied(site, tmp_path_factory.mktemp("fate"))
    target = root / "site"
    for date in DATES:
        page = target / "tiny/v" / date / "index.html"
        page.write_bytes(page.read_bytes() + MARK)
    before = contents(target)
    kill_at_mkdocs(root)
    found = Fate(before, contents(target), len(list(root.glob(".site.building-*"))))

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            found.during[name] = contents(target) == before
            return function(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for module, name in STAGES:
            patch.setattr(module, name, watched(name, getattr(module, name)))
        found.summary = build_project(root, target, study="tiny", snapshot=DATES[1])
    found.after = contents(target)
    found.n_left_after = len(list(root.glob(".site.building-*")))
    return found


def test_a_killed_build_leaves_the_old_site_whole(fate: Fate) -> None:
    assert fate.killed == fate.before
    assert fate.n_left == 1


def test_what_a_killed_build_left_is_cleared_by_the_next(fate: Fate) -> None:
    assert fate.n_left_after == 0


def test_until_the_swap_the_old_site_stands_whole(fate: Fate) -> None:
    assert fate.during == dict.fromkeys((name for _, name in STAGES), True)


def test_a_part_is_rebuilt_and_the_rest_kept(site: Path, fate: Fate) -> None:
    assert fate.summary is not None
    assert [line.snapshot for line in fate.summary.built] == [DATES[1]]
    kept = f"tiny/v/{DATES[0]}/index.html"
    assert fate.after[kept].endswith(MARK)
    assert fate.after | {kept: fate.after[kept].removesuffix(MARK)} == contents(site)


KILLED = """
import os, signal, sys
from pathlib import Path
from builder.site import swap

root, left, exchange = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "exchange"
if not exchange:
    swap._exchange = lambda *_: False

def count(event, _arguments):
    global left
    if event in {"os.rename", "os.remove", "os.rmdir", "ctypes.dlsym"}:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
swap.swap(root / ".site.building-1", root / "site")
"""


@pytest.mark.parametrize("way", ["exchange", "renames"])
def test_a_kill_at_any_step_of_the_swap_leaves_the_old_site_or_the_new_one(tmp_path: Path, way: str) -> None:
    stood: list[str] = []
    returncode = -signal.SIGKILL
    while returncode:
        assert len(stood) < 20
        root = tmp_path / str(len(stood))
        target = root / "site"
        for folder, said in ((target, "old"), (root / ".site.building-1", "new")):
            folder.mkdir(parents=True)
            for name in ("index.html", f"{said}.html"):
                (folder / name).write_text(said)
            swap.write_manifest(folder, swap.Manifest())
        whole = {said: contents(folder) for said, folder in
                 (("old", target), ("new", root / ".site.building-1"))}  # fmt: skip
        command = [sys.executable, "-c", KILLED, str(root), str(len(stood)), way]
        returncode = subprocess.run(command, cwd=ROOT, check=False).returncode
        assert returncode in {0, -signal.SIGKILL}
        if way == "exchange":
            assert contents(target) in whole.values(), "no moment without a whole site"
        swap.recover(target)
        stood += [said for said, files in whole.items() if files == contents(target)] or ["neither"]
    assert set(stood) == {"old", "new"}
    assert stood == sorted(stood, reverse=True), "the old one, then the new one"
    assert not list(root.glob(".site.*")), "nothing is left beside it"


def test_wrong_data_leaves_the_old_site_as_it_was(site: Path, tmp_path: Path) -> None:
    root = copied(site, tmp_path)
    scores = root / "data/snapshots/tiny/2025-01-31/scores.csv"
    scores.write_text(scores.read_text().replace("0.9", "high"))
    with pytest.raises(DataError, match=r"scores\.csv"):
        build_project(root, root / "site", study="tiny", snapshot="2025-01-31")
    assert contents(root / "site") == contents(site)
    assert [p.name for p in root.iterdir() if "building" in p.name] == []


def test_a_second_build_is_refused_while_one_works(site: Path, tmp_path: Path) -> None:
    root = copied(site, tmp_path)
    with open_staging(root / "site"), pytest.raises(BuildError, match="another build is at work on it"):
        build_project(root, root / "site")
    assert contents(root / "site") == contents(site)


def test_a_directory_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    (root / "mine").mkdir()
    (root / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(BuildError, match="not a site of alignboard"):
        build_project(root, root / "mine")
    assert contents(root / "mine") == {"thesis.tex": b"x"}


def test_a_read_only_place_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_project(tmp_path)

    def refuse(*_arguments: object, **_options: object) -> str:
        raise OSError(30, "Read-only file system", str(tmp_path))

    monkeypatch.setattr(staging.tempfile, "mkdtemp", refuse)
    with pytest.raises(BuildError, match="Read-only file system"):
        build_project(root, root / "site")
