"""What a preview says where the old side cannot be had or read: nothing of it is called new."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from boards import Made, site
from projects import library, make_project
from samples import STUDY

from builder import preview as previewing
from builder.catalog.library import Library
from builder.errors import AlignboardError, BuildError, DataError, Problem, SourceError
from builder.pipeline import BuildOptions
from builder.preview import preview
from builder.summary import Skipped

OLD, NEW = Made(), Made("2025-06-30")
Fake = Callable[[Library, BuildOptions, Callable[[Skipped], None]], None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in git with the study `tiny`, changed since."""
    root = make_project(tmp_path / "project")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "Begin")):
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)
    change(root, "tiny", "Tiny", "Tinier")
    return root


def change(root: Path, study: str, old: str, new: str) -> None:
    file = root / "data" / "studies" / f"{study}.toml"
    file.write_text(file.read_text().replace(f'title = "{old}"', f'title = "{new}"'))


def told(root: Path, monkeypatch: pytest.MonkeyPatch, old: Fake) -> tuple[str, list[BuildOptions]]:
    """The comment, where the new side has two snapshots and `old` builds the old one; and what was built."""
    asked: list[BuildOptions] = []

    def build(shelf: Library, options: BuildOptions, report: Callable[[Skipped], None]) -> None:
        asked.append(options)
        if options.target.name == previewing.SITE:
            site(options.target, {study.id: [OLD, NEW] for study in shelf.studies})
        else:
            old(shelf, options, report)

    monkeypatch.setattr(previewing, "build", build)
    found = preview(library(root), root, "HEAD", root / "preview", None, lambda _line: None)
    return found.comment.read_text(encoding="utf-8"), asked


@pytest.mark.parametrize("kind", [DataError, SourceError])
def test_a_study_that_cannot_be_read_as_it_was_is_not_new(
    project: Path, monkeypatch: pytest.MonkeyPatch, kind: type[AlignboardError]
) -> None:
    def old(shelf: Library, _options: BuildOptions, _report: object) -> None:
        file = shelf.snapshots_root / "tiny" / "2025-01-31" / "scores.csv"
        raise kind(Problem(str(file), "has @octocat in line 3.", "Mend it."))

    text, asked = told(project, monkeypatch, old)
    assert "Nothing: every study says" in text
    where = "data/snapshots/tiny/2025-01-31/scores.csv"
    said = f"`tiny` ({where}: has @\u200boctocat in line 3).\n"
    assert text.endswith(f"\nNot compared, for they could not be had as they were: {said}")
    assert "alignboard-" not in text
    assert [options.require for options in asked] == [("tiny",), ()]


def test_a_study_whose_snapshots_cannot_be_listed_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Library.snapshots

    def broken(self: Library, study: object) -> object:
        if self.snapshots_root.parents[1] != project and "base" in str(self.snapshots_root):
            raise DataError(Problem(str(self.snapshots_root / "x"), "does not begin with a date."))
        return listing(self, study)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "snapshots", broken)
    text, asked = told(project, monkeypatch, lambda *_: None)
    assert "`tiny` (data/snapshots/x: does not begin with a date).\n" in text
    assert len(asked) == 1, "nothing of it was built"


def test_a_study_whose_file_was_wrong_is_not_new(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org")
    other = project / "data" / "studies" / "other.toml"
    other.write_text("id = 3")
    subprocess.run([*git, "add", "."], cwd=project, check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "Break"], cwd=project, check=True)
    other.write_text(STUDY.replace('id = "tiny"', 'id = "other"'))
    text, asked = told(project, monkeypatch, lambda *_: None)
    assert "`other` is new" not in text
    assert "Not compared, for they could not be had as they were: `other` (data/studies/other.toml" in text
    assert len(asked) == 1


def test_a_snapshot_that_cannot_be_had_as_it_was_is_not_new(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one(_shelf: Library, options: BuildOptions, report: Callable[[Skipped], None]) -> None:
        report(Skipped("tiny", NEW.snapshot, "The source is down."))
        site(options.target, {"tiny": [OLD.but(data="other")]})

    text, asked = told(project, monkeypatch, one)
    assert "The study `tiny` says something else of `2025-01-31`, published before." in text
    assert "gains" not in text
    assert text.endswith("could not be had as they were: `tiny` `2025-06-30`.\n")
    assert asked[1] == replace(asked[1], study="tiny", require=())

    def none(shelf: Library, _options: BuildOptions, report: Callable[[Skipped], None]) -> None:
        for snapshot in (OLD.snapshot, NEW.snapshot):
            report(Skipped(shelf.studies[0].id, snapshot, "The source is down."))
        raise BuildError(Problem("build", "no snapshot could be built."))

    text, _ = told(project, monkeypatch, none)
    assert "is new" not in text
    assert text.endswith("as they were: `tiny` `2025-01-31` and `tiny` `2025-06-30`.\n")


def test_a_site_that_cannot_be_written_ends_the_preview(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise BuildError(Problem("site", "cannot be written: No space left on device."))

    with pytest.raises(BuildError, match="No space left"):
        told(project, monkeypatch, full)
