"""A build takes what an earlier one made of the same, nothing else, and its site has the same bytes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import build_project, contents, library, make_project
from samples import CELLS

from builder import making, one_snapshot
from builder.pipeline import BuildOptions, build
from builder.summary import Built

OLDER, NEWER = "2024-12-31", "2025-01-31"


@pytest.fixture(scope="module")
def warm(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the site of the samples, built once; not to be changed."""
    root = tmp_path_factory.mktemp("warm")
    shutil.copytree(site.parent / "data", root / "data")
    assert made(root) == {OLDER: False, NEWER: False}
    return root


@pytest.fixture
def project(warm: Path, tmp_path: Path) -> Path:
    """A copy of it, with its site and all that was kept."""
    return Path(shutil.copytree(warm, tmp_path / "project"))


def made(root: Path, **options: object) -> dict[str, bool]:
    """Build with what is kept; snapshot -> whether its pages were."""
    summary = build_project(root, root / "site", kept=root / "kept", **options)
    return {line.snapshot: line.kept for line in summary.built}


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("this was to be taken from an earlier build")


def entries(root: Path, kind: str) -> list[Path]:
    return sorted((root / "kept").glob(f"tiny/*/{kind}/*"))


def test_a_build_with_nothing_changed_makes_nothing(
    site: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = contents(site)
    assert contents(project / "site") == fresh
    monkeypatch.setattr(making, "make", refuse)
    assert made(project) == {OLDER: True, NEWER: True}
    assert contents(project / "site") == fresh
    shutil.rmtree(project / "site")
    assert made(project) == {OLDER: True, NEWER: True}
    assert contents(project / "site") == fresh
    assert made(project, study="tiny", snapshot=NEWER) == {NEWER: True}
    assert contents(project / "site") == fresh


def pages(tree: Path) -> dict[str, bytes]:
    """The files of a snapshot, but for what they say of the one before."""
    link = re.compile(rb'<link rel="predecessor-version"[^>]*>\n')
    return {path: link.sub(b"", held) for path, held in contents(tree).items()}


def spoil_pages(root: Path) -> None:
    """Every kept page loses its first byte, in place; so do those of the site, which are the same files."""
    for entry in entries(root, "pages"):
        for page in entry.rglob("*.html"):
            page.write_bytes(page.read_bytes()[1:])


def forget_pages(root: Path) -> None:
    """As when a template was touched: only the pages have another key."""
    for entry in entries(root, "pages"):
        shutil.rmtree(entry)


def forget_figures(root: Path) -> None:
    forget_pages(root)
    for entry in entries(root, "figures"):
        entry.unlink()


@pytest.mark.parametrize(("spoil", "refused"), [
    (spoil_pages, ("analyse", "ask_coverage_figures", "ask_selection_figures")),
    (forget_pages, ("analyse", "ask_coverage_figures", "ask_selection_figures")),
    (forget_figures, ("analyse",)),
])  # fmt: skip
def test_only_what_is_not_kept_is_made_again(
    site: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
    refused: tuple[str, ...],
) -> None:
    spoil(project)
    for name in refused:
        monkeypatch.setattr(one_snapshot, name, refuse)
    assert made(project) == {OLDER: False, NEWER: False}
    assert contents(project / "site") == contents(site)
    monkeypatch.setattr(making, "make", refuse)
    assert made(project) == {OLDER: True, NEWER: True}


def test_a_changed_score_changes_its_snapshot_and_what_looks_back_on_it(project: Path) -> None:
    changed = {**CELLS, "alpha": (0.123, 0.8, 0.5, 0.4)}
    other = make_project(project / "other", changed, dates=(NEWER,))
    snapshots = "data/snapshots/tiny"
    shutil.rmtree(project / snapshots / NEWER)
    shutil.copytree(other / snapshots / NEWER, project / snapshots / NEWER)
    assert made(project) == {OLDER: True, NEWER: False}
    build_project(project, project / "fresh", study="tiny", snapshot=NEWER)
    here, fresh = (pages(project / name / "tiny/v" / NEWER) for name in ("site", "fresh"))
    assert here.keys() == fresh.keys()
    assert {path for path in here if here[path] != fresh[path]} == set()
    shutil.rmtree(project / snapshots / OLDER)
    shutil.copytree(other / snapshots / NEWER, project / snapshots / OLDER)
    descriptor = project / snapshots / OLDER / "datapackage.json"
    descriptor.write_text(descriptor.read_text(encoding="utf-8").replace(NEWER, OLDER), encoding="utf-8")
    assert made(project) == {OLDER: False, NEWER: False}


def test_one_more_snapshot_costs_one_snapshot(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(project / "kept/tiny" / NEWER)
    analysed = []

    def counted(*arguments: object) -> object:
        analysed.append(arguments)
        return analyse(*arguments)  # type: ignore[arg-type]

    analyse = one_snapshot.analyse
    monkeypatch.setattr(one_snapshot, "analyse", counted)
    assert made(project) == {OLDER: True, NEWER: False}
    assert len(analysed) == 1


def test_what_cannot_be_kept_is_made_every_time(site: Path, project: Path) -> None:
    shutil.rmtree(project / "kept")
    (project / "kept").write_text("a file", encoding="utf-8")
    assert made(project, study="tiny", snapshot=NEWER) == {NEWER: False}
    assert contents(project / "site") == contents(site)
    assert made(project, study="tiny", snapshot=NEWER) == {NEWER: False}


def test_processes_beside_each_other_keep_and_take_too(site: Path, project: Path) -> None:
    def together() -> list[Built]:
        options = BuildOptions(project / "site", kept=project / "kept", jobs=2)
        return list(build(library(project), options, lambda _line: None).built)

    forget_pages(project)
    assert [line.kept for line in together()] == [False, False]
    assert [line.kept for line in together()] == [True, True]
    assert contents(project / "site") == contents(site)
