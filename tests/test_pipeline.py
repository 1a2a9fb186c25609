"""The main path on a small project: the same bytes anywhere, every page, and a default view that ranks."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from projects import Page, contents, library, make_project
from samples import STUDY

from builder.analysis.default_view import view_problems

HERE = "tiny/v/2025-01-31"


def test_two_builds_in_two_folders_are_byte_identical(site: Path, tmp_path: Path) -> None:
    root = make_project(tmp_path / "elsewhere", dates=("2024-12-31", "2025-01-31"))
    target = tmp_path / "another" / "place"
    command = [sys.executable, "-m", "builder", "build", "--root", str(root), "--output", str(target)]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "PYTHONPATH": str(ROOT)}
    environment |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # text is ASCII there
    environment.pop("ALIGNBOARD_MIRROR", None)  # it may be named from the folder that the tests run in
    command += ["--jobs", "2", "--offline", "--no-cache"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    one, other = contents(site), contents(target)
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []
    where = [str(root).encode(), str(site).encode(), b"/tmp/"]
    assert not [name for name, data in other.items() for path in where if path in data]


def test_a_packed_sitemap_names_no_system(site: Path) -> None:
    packed = (site / HERE / "sitemap.xml.gz").read_bytes()
    assert packed[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff", "as every version of Python writes it"
    assert gzip.decompress(packed) == (site / HERE / "sitemap.xml").read_bytes()


def test_every_page_kind_is_there(site: Path) -> None:
    for page in (
        "", "rankings", "rankings/everything", "agreement", "agreement/everything", "contribution",
        "contribution/everything", "coverage", "methods", "cite", "pair", "data",
        "view/everything/complete/mean-rank", "view/everything/zero/hierarchical-mean",
        "view/everything/worst-rank/mean-rank",
    ):  # fmt: skip
        assert (site / HERE / page / "index.html").is_file(), page
    for page in ("index.html", "404.html", "tiny/index.html", "tiny/latest/rankings/index.html"):
        assert (site / page).is_file(), page


def test_history_looks_back_only(site: Path) -> None:
    assert not (site / "tiny/v/2024-12-31/history").exists()
    assert not (site / "tiny/v/2024-12-31/api/history.json").exists()
    text = Page.read(site / HERE / "history/index.html").text
    assert "beta is first, as in 2024-12-31. None of the 3 models ranked in both has moved." in text
    for name in ("moves", "places", "snapshots"):
        assert (site / HERE / f"history/{name}.csv").is_file()
    assert "Since 2024-12-31: at place 1 in both." in Page.read(site / HERE / "model/beta/index.html").text


def test_versions_are_listed_as_material_reads_them(site: Path) -> None:
    versions = json.loads((site / "tiny/v/versions.json").read_text())
    assert versions == [
        {"version": "2025-01-31", "title": "2025-01-31", "aliases": ["latest"]},
        {"version": "2024-12-31", "title": "2024-12-31", "aliases": []},
    ]
    assert "v/2025-01-31/rankings/" in (site / "tiny/latest/rankings/index.html").read_text()


def test_a_refused_default_view_is_a_problem(tmp_path: Path) -> None:
    study = STUDY.replace(
        'selection = "everything"', 'selection = "everything"\nscheme = "z-mean"\npolicy = "zero"'
    )
    found = view_problems(library(make_project(tmp_path, study=study)).study("tiny"))
    assert len(found) == 1
    assert "standard deviations" in str(found[0])
