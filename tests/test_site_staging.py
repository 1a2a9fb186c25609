"""Where a build works: whose it is, and what becomes of what killed builds left."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from builder.errors import BuildError
from builder.site.staging import open_staging


def test_it_stands_beside_the_target_and_is_gone_afterwards(tmp_path: Path) -> None:
    with open_staging(tmp_path / "deep" / "site") as staging:
        assert staging.parent == tmp_path / "deep"
        (staging / "index.html").write_text("x")
    assert list((tmp_path / "deep").iterdir()) == []


def test_what_a_killed_build_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".site[1].building-x" / "deep").mkdir(parents=True)
    for other in ("site", ".site1.building-x", ".other.building-x"):
        (tmp_path / other).mkdir()
    with open_staging(tmp_path / "site[1]"):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"site", ".site1.building-x", ".other.building-x"}


def test_builds_of_one_target_that_begin_at_once_never_work_at_once(tmp_path: Path) -> None:
    inside, most, lock, begin = 0, 0, threading.Lock(), threading.Barrier(8)

    def attempt(_: int) -> str:
        nonlocal inside, most
        begin.wait()
        try:
            with open_staging(tmp_path / "site") as staging:
                with lock:
                    inside, most = inside + 1, max(most, inside + 1)
                time.sleep(0.1)
                assert staging.is_dir()
                with lock:
                    inside -= 1
                return "built"
        except BuildError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(attempt, range(8)))
    assert most == 1
    assert "built" in said
    assert any("another build is at work on it, in .site.building-" in one for one in said)
    with open_staging(tmp_path / "site"), open_staging(tmp_path / "other"):
        pass


def test_where_locks_are_unknown_only_what_is_old_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unknown)
    for name, days in (("new", 0), ("old", 2)):
        (tmp_path / f".site.building-{name}").mkdir()
        then = time.time() - days * 86400
        os.utime(tmp_path / f".site.building-{name}", (then, then))
    with open_staging(tmp_path / "site"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [".site.building-new"]
