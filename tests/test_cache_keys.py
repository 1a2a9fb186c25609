"""A part of a build has another key when something that it is made of changes, and only then."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from conftest import ROOT
from projects import library, make_project
from samples import STUDY, pinned_at

from builder.cache.keys import FIGURES, PAGES, RESULTS, SCRIPT, TRUTH, Keyring, Made
from builder.errors import SourceError

ALL = {"results", "figures", "pages"}
OLDER, NEWER = "2024-12-31", "2025-01-31"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, and a project of two snapshots in the same folder."""
    root = tmp_path_factory.mktemp("program")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("builder", "queries", "site_src"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    (root / "requirements").mkdir()
    for name in ("mkdocs.yml", "requirements/run.txt"):
        shutil.copyfile(ROOT / name, root / name)
    return make_project(root, study=STUDY, dates=(OLDER, NEWER))


def keys(root: Path, snapshot: str = NEWER, site_url: str | None = None) -> dict[str, str]:
    """The keys of a snapshot, of the page of truth and of the script."""
    shelf = library(root)
    keyring = Keyring(shelf, site_url, Made(root))
    (ref,) = shelf.choose("tiny", snapshot)
    return {**asdict(keyring.snapshot(ref)), "truth": keyring.truth, "script": keyring.script}


def changed(
    root: Path, path: str, snapshot: str = NEWER, put: tuple[bytes, bytes] = (b"", b"\n")
) -> set[str]:
    """Which keys are others while a file has something else in a place, or one more line."""
    before = keys(root, snapshot)
    file = root / path
    held = file.read_bytes()
    old, new = put
    assert old in held
    try:
        file.write_bytes(held.replace(old, new, 1) if old else held + new)
        after = keys(root, snapshot)
    finally:
        file.write_bytes(held)
    assert keys(root, snapshot) == before
    return {name for name, key in before.items() if after[name] != key}


@pytest.mark.parametrize(("path", "expected"), [
    ("data/studies/tiny.toml", set()),  # a line without a word
    (f"data/snapshots/tiny/{NEWER}/scores.csv", ALL),
    (f"data/snapshots/tiny/{NEWER}/datapackage.json", ALL),
    (f"data/snapshots/tiny/{OLDER}/scores.csv", ALL),
    ("queries/12_panel.sql", ALL),
    ("builder/__init__.py", {*ALL, "truth", "script"}),
    ("builder/warehouse.py", ALL),
    ("builder/stats/correlation.py", {*ALL, "truth"}),
    ("builder/stats/schemes/kemeny.py", {*ALL, "truth"}),
    ("builder/catalog/sources/trials.py", ALL),
    ("builder/charts/correlation.py", {"figures", "pages"}),
    ("builder/charts/static.py", {"figures", "pages", "truth", "script"}),
    ("builder/site/truth.py", {"truth"}),
    ("builder/site/about.py", {"pages"}),
    ("builder/site/release.py", {"pages"}),
    ("builder/site/rawhtml.py", {"pages"}),
    ("builder/api.py", {"pages"}),
    ("builder/schemas/view.schema.json", {"pages", "truth"}),
    ("site_src/templates/truth.html", {"pages", "truth"}),
    ("site_src/assets/css/alignboard.css", {"pages", "truth"}),
    ("site_src/overrides/main.html", {"pages", "truth"}),
    ("mkdocs.yml", {"pages", "truth"}),
    ("requirements/run.txt", {*ALL, "truth", "script"}),
    ("builder/cli.py", set()),
    ("builder/pipeline.py", set()),
    ("builder/sitecheck/check.py", set()),
])  # fmt: skip
def test_what_changes_a_key(program: Path, path: str, expected: set[str]) -> None:
    assert changed(program, path) == expected


@pytest.mark.parametrize(("old", "new", "expected"), [
    ('title = "Tiny"', 'title = "Small"', ALL),
    ("min_coverage = 0.8", "min_coverage = 0.7", ALL),
    ('children = ["v1", "it"]', 'children = ["it", "v1"]', ALL),
    ("[data]", f'[dois]\n"{NEWER}" = "10.5281/zenodo.1"\n[data]', {"pages"}),
    ("[data]", f'[dois]\n"{OLDER}" = "10.5281/zenodo.1"\n[data]', set()),
    ('attribution = "nobody"\n', f'attribution = "nobody"\n{pinned_at("2025-06-30")}', set()),
    ('id = "tiny"', '# A remark.\nid = "tiny"', set()),
])  # fmt: skip
def test_what_of_a_study_changes_a_key(program: Path, old: str, new: str, expected: set[str]) -> None:
    """Not what is of other snapshots: one more costs one more."""
    put = old.encode(), new.encode()
    assert changed(program, "data/studies/tiny.toml", put=put) == expected


def test_a_newer_snapshot_changes_nothing_of_an_older_one(program: Path) -> None:
    assert changed(program, f"data/snapshots/tiny/{NEWER}/scores.csv", OLDER) == set()


def test_the_address_of_the_site_changes_what_is_written(program: Path) -> None:
    here, there = keys(program), keys(program, site_url="https://example.org/board/")
    assert {name for name in here if here[name] != there[name]} == {"pages", "truth"}


def test_another_version_of_a_library_changes_all(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(program)
    for name, expected in (
        ("pandas", {*ALL, "truth", "script"}), ("numexpr", {*ALL, "truth", "script"}), ("pytest", set()),
    ):  # fmt: skip
        place = program / f"{name}-path"
        (place / f"{name}-0.0.1.dist-info").mkdir(parents=True)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "path", [*sys.path, str(place)])
            after = keys(program)
        shutil.rmtree(place)
        assert {one for one in before if before[one] != after[one]} == expected, name


def test_sources_that_cannot_be_had_have_no_key(tmp_path: Path) -> None:
    folder = tmp_path / "data/studies"
    folder.mkdir(parents=True)
    (folder / "tiny.toml").write_text(STUDY + pinned_at("2025-01-31"), encoding="utf-8")
    (tmp_path / "data/snapshots").mkdir()
    shelf = library(tmp_path)
    (ref,) = shelf.choose("tiny")
    with pytest.raises(SourceError):
        Keyring(shelf, None).snapshot(ref)


WATCHED = """
import json, sys
from pathlib import Path
root, project, target = (Path(name) for name in sys.argv[1:])
opened = set()

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes, Path)):
        path = Path(arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]).absolute()
        code = path.suffix in {".pyc", ".py"} or ".venv" in path.parts
        if path.is_relative_to(root) and path.is_file() and not code:
            opened.add(path.relative_to(root).as_posix())

sys.addaudithook(watch)
found = {}

def stage(name):
    loaded = sorted(one for one in sys.modules if one == "builder" or one.startswith("builder."))
    found[name] = [loaded, sorted(opened)]

from builder.charts.static import javascript_bundle
javascript_bundle()
stage("script")
from builder.catalog.library import open_library
library = open_library(project, cache=target / "cache", offline=True)
ref = library.choose("tiny")[-1]
from builder.analysis import analyse
from builder.analysis.history import history
snapshot = library.load(ref)
results = analyse(ref.study, snapshot)
history(ref.study, snapshot, results, library.earlier(ref))
stage("results")
target.mkdir()
from builder.cache.kept import Kept
from builder.cache.keys import Keys
from builder.cache.store import Store
from builder.one_snapshot import build_snapshot
from builder.site.studio import studio
with studio(beside=False) as here:
    kept = Kept(Store(None), "tiny", Keys("", "", ""))
    build_snapshot(library, ref, target, "https://example.org/", here, kept)
stage("pages")
print(json.dumps(found))
"""


def test_all_that_a_build_reads_is_in_its_key(tmp_path: Path) -> None:
    """Python itself says what was imported and opened, stage after stage."""
    project = make_project(tmp_path / "project", dates=(OLDER, NEWER))
    command = [sys.executable, "-c", WATCHED, str(ROOT), str(project), str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    made = Made()
    code = {"script": made.modules(SCRIPT)}
    code["results"] = code["script"] | made.modules(RESULTS)
    code["pages"] = code["results"] | made.modules((*PAGES, *made.named))
    read = {"script": set(), "results": set(made.queries)}
    read["pages"] = read["results"] | set(made.looks)
    for stage, (modules, files) in found.items():
        assert set(modules) <= code[stage], stage
        assert {ROOT / file for file in files} <= read[stage], stage
    assert "builder.stats.schemes.kemeny" in found["results"][0]
    assert "queries/12_panel.sql" in found["results"][1]
    assert "mkdocs.yml" in found["pages"][1]
    assert "site_src/overrides/main.html" in found["pages"][1]


def test_what_a_stage_is_made_of_is_in_that_of_the_next() -> None:
    made = Made()
    results, figures, pages = (made.modules(names) for names in (RESULTS, FIGURES, PAGES))
    assert "builder.stats.correlation" in results
    assert not [
        name for name in results if name.startswith(("builder.site", "builder.charts", "builder.api"))
    ]
    assert figures <= pages
    assert results <= pages
    assert "builder.site.about" not in figures
    assert "builder.site.truth_page" in made.modules(TRUTH)
    assert not [
        name for name in pages if name.startswith(("builder.cli", "builder.pipeline", "builder.sitecheck"))
    ]


def spelled(root: Path, text: str) -> frozenset[str]:
    for name in ("one", "two", "pack/three"):
        path = root / f"builder/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    for folder in ("", "pack/"):
        (root / f"builder/{folder}__init__.py").write_text("", encoding="utf-8")
    (root / "builder/main.py").write_text(text, encoding="utf-8")
    return Made(root).modules(["builder.main"]) - {"builder", "builder.main"}


@pytest.mark.parametrize(("text", "expected"), [
    ("from builder.one import f\n", {"builder.one"}),
    ("import builder.one\n", {"builder.one"}),
    ("import builder.pack.three as x\n", {"builder.pack", "builder.pack.three"}),
    ("from builder import one, two as other\n", {"builder.one", "builder.two"}),
    ("from builder.pack import (  # why\n    three,\n)\n", {"builder.pack", "builder.pack.three"}),
    ("def f():\n    from builder.two import g\n", {"builder.two"}),
    ("if TYPE_CHECKING:\n\tfrom builder.two import g\n", {"builder.two"}),
    ("from numpy import one\n# from elsewhere import two\n", set()),
])  # fmt: skip
def test_every_way_to_import_is_seen(tmp_path: Path, text: str, expected: set[str]) -> None:
    assert spelled(tmp_path, text) == expected


def test_no_module_imports_in_a_way_that_is_not_seen() -> None:
    """Relative imports, several on a line, and names made into modules are none of the ways above."""
    unseen = re.compile(r"^\s*from\s+\.|import_module|__import__|;\s*(from|import)\s+builder", re.M)
    for path in (ROOT / "builder").rglob("*.py"):
        assert not unseen.search(path.read_text(encoding="utf-8")), path
