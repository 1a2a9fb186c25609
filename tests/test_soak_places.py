"""Builds without room, where nothing may be written, beside another, and in other zones and locales.

Each is a build in a process of its own, as a person runs it; `make soak` runs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT
from projects import contents, make_project
from test_soak_kills import CELLS, SMALL, start

pytestmark = pytest.mark.soak
PLACES = [
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"TZ": "Etc/GMT+12", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"},
    {"TZ": "America/St_Johns", "LC_ALL": "de_DE.ISO-8859-1", "PYTHONUTF8": "0"},
    {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"},
]


def run(
    root: Path, target: Path, *options: str, python: str = sys.executable, **environment: str
) -> tuple[int, str]:
    """Exit code of a build, and what it said."""
    command = [
        python,
        "-m",
        "builder",
        "build",
        "--root",
        str(root),
        "-o",
        str(target),
        "--offline",
        *options,
    ]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The projects `old` and `new` of one study, and the site of each; to read only."""
    folder = tmp_path_factory.mktemp("whole")
    for name, cells in CELLS.items():
        make_project(folder / name, cells, study=SMALL)
        code, said = run(folder / name, folder / f"{name}-site")
        assert code == 0, said
    return folder


@contextmanager
def memory(place: Path, size: int) -> Iterator[Path]:
    """A file system in memory of that many bytes."""
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes=100k", "none", place],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def size_of(folder: Path) -> int:
    """Bytes that a file system in memory needs for it, whose pages are of 4 KiB."""
    return sum(4096 * (1 + path.stat().st_size // 4096) for path in folder.rglob("*"))


@pytest.mark.parametrize("options", [(), ("--study", "tiny")], ids=["whole", "part"])
def test_a_full_disk_leaves_the_old_site_or_the_new_one(
    whole: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    old, new = contents(whole / "old-site"), contents(whole / "new-site")
    need, base = size_of(whole / "new-site"), size_of(whole / "old-site")
    outcomes: list[str] = []
    for number, share in enumerate((0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 1.5)):
        with memory(tmp_path / str(number), base + 65_536 + int(share * need)) as place:
            shutil.copytree(whole / "old-site", place / "site")
            (place / "tmp").mkdir()
            code, said = run(whole / "new", place / "site", *options, TMPDIR=str(place / "tmp"))
            outcomes.append(
                f"{share:.0%} of {need >> 10} KiB free: exit code {code}, {said.strip()[-160:]!r}"
            )
            assert "Traceback" not in said, said
            assert code in (0, 4), said
            assert contents(place / "site") == (old if code else new), outcomes[-1]
            assert {path.name for path in place.iterdir()} == {"site", "tmp"}, outcomes[-1]
            assert not code or "No space left on device" in said, said
    print("", *outcomes, sep="\n")
    assert "exit code 4" in outcomes[0]
    assert "exit code 0" in outcomes[-1]


def test_a_file_that_may_not_grow_is_said_plainly(whole: Path, tmp_path: Path) -> None:
    """Where no file system can be mounted, a limit on the size of files comes nearest to a full disk."""
    shutil.copytree(whole / "old-site", tmp_path / "site")
    limited = 'ulimit -f 64; exec "$@"'  # blocks of 1 KiB
    command = ["bash", "-c", limited, "-", sys.executable, "-m", "builder", "build", "--offline"]
    done = subprocess.run(
        [*command, "--root", str(whole / "new"), "-o", str(tmp_path / "site")],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "File too large" in done.stderr
    assert contents(tmp_path / "site") == contents(whole / "old-site")


def test_a_target_on_a_read_only_file_system_stays_and_is_named(whole: Path, tmp_path: Path) -> None:
    with memory(tmp_path / "place", 3 * size_of(whole / "old-site")) as place:
        shutil.copytree(whole / "old-site", place / "site")
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        for target in (place / "site", place / "none" / "site"):
            code, said = run(whole / "new", target)
            assert code == 4, said
            assert "Read-only file system" in said
            assert str(place) in said
        assert contents(place / "site") == contents(whole / "old-site")


def test_of_two_builds_at_once_one_is_refused_and_the_site_is_whole(whole: Path, tmp_path: Path) -> None:
    target = tmp_path / "place" / "site"
    for options in ([], ["--study", "tiny"]):
        both = [start(whole / name, target, tmp_path, *options) for name in CELLS]
        codes = sorted(process.wait() for process in both)
        assert codes in ([0, 4], [0, 0]), codes
        assert contents(target) in (contents(whole / "old-site"), contents(whole / "new-site"))
        assert [path.name for path in target.parent.iterdir()] == ["site"]
        print(f"\ntwo builds at once {options}: exit codes {codes}")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place['TZ']} {place['LC_ALL']}")
def test_zone_and_locale_change_no_byte(whole: Path, tmp_path: Path, place: dict[str, str]) -> None:
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.lower()
    if place["LC_ALL"].lower().replace("utf-8", "utf8").replace("iso-8859-1", "iso88591") not in known:
        pytest.skip(f"no locale {place['LC_ALL']} here")
    code, said = run(whole / "new", tmp_path / "site", **place)
    assert code == 0, said
    assert contents(tmp_path / "site") == contents(whole / "new-site")


def test_another_python_changes_no_byte(whole: Path, tmp_path: Path) -> None:
    """With the Python that ALIGNBOARD_OTHER_PYTHON names, into which requirements/run.txt is installed."""
    other = os.environ.get("ALIGNBOARD_OTHER_PYTHON")
    if other is None:
        pytest.skip("no other Python is named (set ALIGNBOARD_OTHER_PYTHON)")
    code, said = run(whole / "new", tmp_path / "site", python=other)
    assert code == 0, said
    assert contents(tmp_path / "site") == contents(whole / "new-site")
