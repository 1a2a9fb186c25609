"""What a reviewer is told of links.lock, and of snapshots that it keeps as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from boards import Made, site
from projects import library, make_project
from typer.testing import CliRunner

from builder import preview as previewing
from builder.changes.comment import comment
from builder.changes.compare import compare_sites
from builder.changes.locked import LockChanges, compare_locks, frozen_in_both, keep_frozen
from builder.cli import app
from builder.errors import DataError
from builder.github.comment import MARK
from builder.pipeline import BuildOptions
from builder.preview import preview
from builder.releases.lock import FILE, Lock, write_lock

A, B = "a" * 64, "b" * 64
FIRST, SECOND, NEW = Made("2026-01-31"), Made("2026-02-28"), Made("2026-03-31")
HEAD = f"{MARK}\n## What changes\n\n"
LINES = {
    "./": "-",
    "assets/alignboard/0123456789ab/": f"tree:{A}",
    "tiny/v/2026-01-31/": f"tree:{A}",
    "tiny/v/2026-01-31/methods/": f"page:{A}",
    "tiny/v/2026-02-28/": f"tree:{B}",
    "tiny/v/2026-02-28/methods/": f"page:{B}",
}


def test_lines_that_differ_are_told_apart() -> None:
    after = {one: said for one, said in LINES.items() if not one.startswith("tiny/v/2026-01-31/")}
    after |= {"./": f"page:{A}", "tiny/v/2026-02-28/methods/": "-", "tiny/v/2026-03-31/": f"tree:{A}"}
    after["assets/alignboard/ba9876543210/"] = f"tree:{B}"
    found = compare_locks(Lock(LINES), Lock(after))
    assert found == LockChanges(
        removed=("tiny/v/2026-01-31/", "tiny/v/2026-01-31/methods/"),
        changed=("tiny/v/2026-02-28/methods/",),
        added=("./", "assets/alignboard/ba9876543210/", "tiny/v/2026-03-31/"),
        thawed=("tiny/v/2026-01-31/",),
        frozen=("tiny/v/2026-03-31/",),
    )
    assert found.breaks
    assert not compare_locks(Lock(LINES), Lock({**LINES, "new/": "-"})).breaks
    assert compare_locks(Lock(LINES), Lock(LINES)) == LockChanges()


def test_a_line_that_was_removed_or_changed_is_the_first_thing_that_is_said() -> None:
    fewer = {one: said for one, said in LINES.items() if "2026-01-31" not in one}
    text = comment([], lock=compare_locks(Lock(LINES), Lock(fewer)))
    assert text.startswith(f"{HEAD}**Warning: `links.lock` loses 2 lines.** No line is ever removed or")
    assert "- Folders that are frozen no more: `tiny/v/2026-01-31/`.\n" in text
    assert "- Removed: `tiny/v/2026-01-31/` and `tiny/v/2026-01-31/methods/`.\n" in text
    assert "Changed:" not in text
    assert "Nothing" not in text
    assert text.endswith("\n\nEvery study says what it said before.\n")
    other = {**fewer, "./": f"page:{A}", "tiny/v/2026-02-28/methods/": f"page:{A}"}
    text = comment([], lock=compare_locks(Lock(LINES), Lock(other)))
    assert "`links.lock` loses 2 lines and has 1 line changed.**" in text
    assert "- Changed: `tiny/v/2026-02-28/methods/`.\n" in text
    assert text.endswith("Every study says what it said before. `links.lock` gains 1 line.\n")


def test_lines_that_are_added_are_no_warning_and_are_something() -> None:
    more = {**LINES, "tiny/v/2026-03-31/": f"tree:{A}", "tiny/v/2026-03-31/methods/": f"page:{A}"}
    text = comment([], lock=compare_locks(Lock(LINES), Lock(more)))
    said = (
        "Every study says what it said before. `links.lock` gains 2 lines, and freezes `tiny/v/2026-03-31/`."
    )
    assert text == f"{HEAD}{said}\n"
    assert comment([]) == f"{HEAD}Nothing: every study says what it said before.\n"


def test_what_both_locks_freeze_alike_is_frozen() -> None:
    after = {**LINES, "tiny/v/2026-02-28/": f"tree:{A}", "tiny/v/2026-03-31/": f"tree:{A}"}
    assert frozen_in_both(Lock(LINES), Lock(after)) == {"tiny": {"2026-01-31"}}
    assert frozen_in_both(Lock(LINES), Lock(LINES)) == {"tiny": {"2026-01-31", "2026-02-28"}}


def test_a_frozen_snapshot_neither_vanishes_nor_says_something_else(tmp_path: Path) -> None:
    """The data of one frozen snapshot are deleted, and another would be built to something else."""
    before = site(tmp_path / "before", {"tiny": [FIRST, SECOND]})
    after = site(tmp_path / "after", {"tiny": [SECOND.but(data="other")]})
    frozen = {"tiny": {FIRST.snapshot, SECOND.snapshot}}
    text = comment(keep_frozen(compare_sites(before, after), frozen))
    stay = "Frozen, so they stay as they are, whatever this preview's own site shows"
    assert text == f"{HEAD}The study `tiny` differs. {stay}: `2026-01-31` and `2026-02-28`.\n"
    one = comment(keep_frozen(compare_sites(before, after), {"tiny": {FIRST.snapshot}}))
    assert (
        "The study `tiny` says something else of `2026-02-28`, published before. Frozen, so it stays" in one
    )
    assert "gone" not in one
    none = comment(keep_frozen(compare_sites(before, after), {}))
    assert "something else of `2026-02-28`, published before, and loses `2026-01-31`." in none
    gone = comment(keep_frozen(compare_sites(before, None), frozen))
    assert f"The study `tiny` is gone. {stay}: `2026-01-31` and `2026-02-28`.\n" in gone
    assert "**Warning.**" not in gone
    again = comment(keep_frozen(compare_sites(after, before), {"tiny": {FIRST.snapshot}}))
    assert "gains" not in again, "it was published all the time"


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in git with the study `tiny`, a lock, and no change since."""
    root = make_project(tmp_path / "project")
    write_lock(root, Lock(LINES))
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "Begin")):
        git(root, *words)
    return root


def told(root: Path) -> str:
    found = preview(library(root), root, "HEAD", root / "preview", None, lambda _line: None)
    return found.comment.read_text(encoding="utf-8")


def test_a_preview_compares_the_lock_with_the_revision_s(project: Path) -> None:
    assert told(project) == f"{HEAD}Nothing: every study says what it said before.\n"
    write_lock(project, Lock({**LINES, "tiny/v/2026-01-31/methods/": f"page:{B}"}))
    assert "**Warning: `links.lock` has 1 line changed.**" in told(project)
    (project / FILE).unlink()
    assert "**Warning: `links.lock` loses 6 lines.**" in told(project)
    git(project, "commit", "--quiet", "-am", "Remove it")
    write_lock(project, Lock(LINES))
    assert "`links.lock` gains 6 lines, and freezes `tiny/v/2026-01-31/` and `tiny/v/2026-02-28/`." in told(
        project
    )


def test_a_lock_that_cannot_be_read_as_it_was_is_told(project: Path) -> None:
    (project / FILE).write_text("no line @octocat\n")
    with pytest.raises(DataError, match="is no address and digest"):
        told(project)
    git(project, "commit", "--quiet", "-am", "Break it")
    write_lock(project, Lock(LINES))
    text = told(project)
    assert "**Warning: `links.lock` is not compared with what it was,**" in text
    assert "(links.lock:1: is no address and digest)" in text
    assert "alignboard-" not in text


def test_a_preview_reads_what_is_frozen_off_both_locks(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = project / "data" / "studies" / "tiny.toml"
    study.write_text(study.read_text().replace('title = "Tiny"', 'title = "Tinier"'))

    def build(_library: object, options: BuildOptions, _report: object) -> None:
        made = [SECOND.but(data="other")] if options.target.name == previewing.SITE else [FIRST, SECOND]
        site(options.target, {"tiny": made})

    monkeypatch.setattr(previewing, "build", build)
    text = told(project)
    assert "Frozen, so they stay as they are" in text
    assert "published before" not in text
    assert "### " not in text
    write_lock(project, Lock({one: said for one, said in LINES.items() if "2026-02-28" not in one}))
    text = told(project)
    assert text.startswith(f"{HEAD}**Warning: `links.lock` loses 2 lines.**")
    assert "The study `tiny` says something else of `2026-02-28`, published before. Frozen" in text


def test_the_command_warns_of_it_too(project: Path) -> None:
    asked = ["preview", "HEAD", "--root", str(project), "--output", str(project / "preview"), "--offline"]
    said = CliRunner().invoke(app, asked)
    assert (said.exit_code, said.stderr) == (0, "")
    write_lock(project, Lock({"./": "-"}))
    said = CliRunner().invoke(app, asked)
    assert (said.exit_code, "Warning: lines of links.lock" in said.stderr) == (0, True)
