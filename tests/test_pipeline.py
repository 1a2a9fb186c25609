"""The main path on small projects: same bytes, parts kept, nothing half-written, hostile text inert."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from projects import Page, build_project, contents, library, make_project
from samples import CELLS, STUDY

from builder import pipeline
from builder.errors import BuildError, DataError, SourceError
from builder.pipeline import BuildOptions, build, view_problems

HERE = "tiny/v/2025-01-31"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("project"), dates=("2024-12-31", "2025-01-31"))
    build_project(root, root / "site")
    return root / "site"


def test_two_builds_in_two_folders_are_byte_identical(site: Path, tmp_path: Path) -> None:
    root = make_project(tmp_path / "elsewhere", dates=("2024-12-31", "2025-01-31"))
    target = tmp_path / "another" / "place"
    command = [sys.executable, "-m", "builder", "build", "--root", str(root), "--output", str(target)]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "PYTHONPATH": str(ROOT)}
    environment.pop("ALIGNBOARD_MIRROR", None)  # it may be named from the folder that the tests run in
    subprocess.run([*command, "--jobs", "2", "--offline"], cwd=tmp_path, env=environment, check=True)
    one, other = contents(site), contents(target)
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []
    where = [str(root).encode(), str(site).encode(), b"/tmp/"]
    assert not [name for name, data in other.items() for path in where if path in data]


def test_every_page_kind_is_there(site: Path) -> None:
    for page in (
        "", "rankings", "rankings/everything", "agreement", "agreement/everything", "contribution",
        "contribution/everything", "coverage", "methods", "data", "view/everything/complete/mean-rank",
        "view/everything/zero/hierarchical-mean", "view/everything/worst-rank/mean-rank",
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


def test_the_digest_on_a_view_is_that_of_its_csv(site: Path) -> None:
    folder = site / HERE / "view/everything/complete/z-mean"
    shown = Page.read(folder / "index.html").text
    said = subprocess.run(
        ["bash", "-c", "cut -d, -f1-3 ranking.csv | sha256sum"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    digest = said.stdout.split()[0]
    assert digest in shown
    api = json.loads((site / HERE / "api/view/everything/complete/z-mean.json").read_text())
    assert api["digest"] == digest


def test_a_table_page_csv_and_api_say_the_same(site: Path) -> None:
    api = json.loads((site / HERE / "api/view/everything/complete/arithmetic-mean.json").read_text())
    lines = (site / HERE / "view/everything/complete/arithmetic-mean/ranking.csv").read_text().splitlines()
    rows = [line.split(",")[:3] for line in lines[1:]]
    known = [dict(zip(api["columns"], row, strict=True)) for row in api["ranking"]]
    assert rows == [[str(r["place"]), r["model_id"], str(r["value"])] for r in known]
    text = Page.read(site / HERE / "view/everything/complete/arithmetic-mean/index.html").text
    assert "0.750" in text  # beta: (0.7 + 0.8 + 0.6 + 0.9) / 4


def test_each_table_of_results_has_its_csv(site: Path) -> None:
    looked_at = 0
    for page in (site / HERE).rglob("index.html"):
        where = page.parent.relative_to(site / HERE).as_posix()
        if where == "methods":  # its tables are texts
            continue
        for section in re.split("<h[12]", page.read_text(encoding="utf-8"))[1:]:
            if "<table" in section and "SHA-256" not in section:
                looked_at += 1
                links = re.findall(r'href="([^"]+\.csv)"', section)
                assert links, (where, section[:80])
                for link in links:
                    assert (page.parent / link).is_file(), (where, link)
    assert looked_at > 20


def test_the_index_lists_every_file_with_its_hash(site: Path) -> None:
    folder = site / HERE / "api"
    index = json.loads((folder / "index.json").read_text())
    listed = {entry["path"]: entry["sha256"] for entry in index["files"]}
    there = {p for p in contents(folder) if p != "index.json" and not p.startswith("schemas/")}
    assert set(listed) == there
    for path, sha256 in listed.items():
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == sha256


def described_files(folder: Path) -> set[str]:
    """Files that croissant.json describes; fails where one is not there, or has other columns."""
    found = json.loads((folder / "croissant.json").read_text())
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    files = {one["@id"]: one for one in found["distribution"]}
    for one in files.values():
        content = (folder / one["contentUrl"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
    records = {one["name"]: one["field"] for one in found["recordSet"]}
    for field in (field for fields in records.values() for field in fields):
        assert field["source"]["fileObject"]["@id"] in files
    tables = sorted((folder / "data").glob("*.csv"))
    assert [path.stem for path in tables] == sorted(set(records) - {"rankings"})
    for path in tables:
        head = path.read_text().split("\n")[0]
        assert ",".join(field["source"]["extract"]["column"] for field in records[path.stem]) == head
    kinds = {field["name"]: field["dataType"] for field in records["rankings"]}
    assert (kinds["model_id"], kinds["place"], kinds["value"]) == ("sc:Text", "sc:Integer", "sc:Float")
    return {one["contentUrl"] for one in files.values()}


def test_a_study_without_leave_to_redistribute_gives_no_scores_away(site: Path, tmp_path: Path) -> None:
    assert not (site / HERE / "data/scores.csv").exists()
    root = make_project(tmp_path, study=STUDY.replace("[data]", "[data]\nredistribute = true"))
    build_project(root, tmp_path / "site")
    package = tmp_path / "site" / HERE / "data"
    assert sorted(p.name for p in package.iterdir()) == [
        "datapackage.json", "index.html", "metrics.csv", "models.csv", "scores.csv",
    ]  # fmt: skip
    rankings = "rankings/rankings.parquet"
    assert described_files(site / HERE) == {rankings}
    tables = {f"data/{name}.csv" for name in ("metrics", "models", "scores")}
    assert described_files(tmp_path / "site" / HERE) == {rankings, *tables}


def test_a_part_is_rebuilt_and_the_rest_kept(tmp_path: Path) -> None:
    root = make_project(tmp_path, dates=("2024-12-31", "2025-01-31"))
    build_project(root, root / "site")
    before = contents(root / "site")
    marked = root / "site/tiny/v/2024-12-31/index.html"
    marked.write_text(marked.read_text() + "<!-- kept -->")
    summary = build_project(root, root / "site", study="tiny", snapshot="2025-01-31")
    assert [line.snapshot for line in summary.built] == ["2025-01-31"]
    assert marked.read_text().endswith("<!-- kept -->")
    build_project(root, root / "site", study="tiny")
    assert contents(root / "site") == before


def test_wrong_data_leaves_the_old_site_as_it_was(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    build_project(root, root / "site")
    before = contents(root / "site")
    scores = root / "data/snapshots/tiny/2025-01-31/scores.csv"
    scores.write_text(scores.read_text().replace("0.9", "high"))
    with pytest.raises(DataError, match=r"scores\.csv"):
        build_project(root, root / "site")
    assert contents(root / "site") == before
    assert [p.name for p in root.iterdir() if "building" in p.name] == []


def test_a_directory_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    (root / "mine").mkdir()
    (root / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(BuildError, match="not a site of alignboard"):
        build_project(root, root / "mine")
    assert contents(root / "mine") == {"thesis.tex": b"x"}


@pytest.mark.parametrize("after", [0.6, 1.4, 2.2, 3.0])
def test_a_killed_build_leaves_the_old_site_whole(tmp_path: Path, after: float) -> None:
    root = make_project(tmp_path)
    build_project(root, root / "site")
    before = contents(root / "site")
    command = [sys.executable, "-m", "builder", "build", "--root", str(root), "-o", str(root / "site")]
    process = subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert contents(root / "site") == before
    build_project(root, root / "site")
    assert contents(root / "site") == before


def test_a_read_only_place_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_project(tmp_path)

    def refuse(*_arguments: object, **_options: object) -> str:
        raise OSError(30, "Read-only file system", str(tmp_path))

    monkeypatch.setattr(pipeline.tempfile, "mkdtemp", refuse)
    with pytest.raises(BuildError, match="Read-only file system"):
        build_project(root, root / "site")


HOSTILE = [
    "<script>window.hacked=1</script>",
    "\"><img src=x onerror='window.hacked=1'>",
    "{{ 7*7 }}{% raw %}",
    "[a](javascript:alert(1)) **b** `c` _d_",
    '=HYPERLINK("http://evil"),\'; DROP TABLE models; --',
    "../../etc/passwd 😀 " + "x" * 300,
]


METRIC = '[metrics.it]\nname = "</svg><script>hacked</script>"'


def test_hostile_names_are_shown_and_nothing_of_them_runs(tmp_path: Path) -> None:
    study = (
        STUDY.replace('title = "Tiny"', 'title = "<b>T</b> {{ 7*7 }} & co"')
        .replace('summary = "Six', 'summary = "<script>window.hacked=1</script> Six')
        .replace('title = "Everything"', 'title = "<img src=x onerror=hacked> | *all*"')
        .replace("[selections.everything]", f"{METRIC}\n[selections.everything]")
    )  # fmt: skip
    dates = ("2024-12-31", "2025-01-31")
    root = make_project(tmp_path, names=HOSTILE, study=study, dates=dates)
    build_project(root, root / "site")
    wanted = make_project(tmp_path / "tame", dates=dates)
    build_project(wanted, wanted / "site")
    for path in sorted((root / "site").rglob("*.html")):
        page = Page.read(path)
        tame = wanted / "site" / path.relative_to(root / "site")
        same = Page.read(tame)
        for tag in ("script", "img", "b", "iframe"):
            assert page.tags.count(tag) == same.tags.count(tag), (path, tag)
        assert not [a for a in page.attributes if a[1].startswith("on")], path
        assert not [link for link in page.links if "javascript:" in link], path
        of_study = "truth" not in path.parts  # whose numbers may hold a 49
        assert not of_study or "{{ 7*7 }}" in page.text or "49" not in page.text
    text = Page.read(root / "site" / HERE / "view/everything/attempted/arithmetic-mean/index.html").text
    for name in HOSTILE[:5]:
        assert name in text
    csv = (root / "site" / HERE / "view/everything/attempted/arithmetic-mean/ranking.csv").read_text()
    assert "'=HYPERLINK" in csv
    inside = {p.resolve().is_relative_to((root / "site").resolve()) for p in (root / "site").rglob("*")}
    assert inside == {True}


@pytest.mark.parametrize("n_complete", [0, 1, 2])
def test_fewer_than_three_complete_models_is_said_and_the_rest_builds(
    tmp_path: Path, n_complete: int
) -> None:
    # Each metric is scored by somebody, and nobody but the first has them all.
    holes = ((0.5, None, 0.2, 0.5), (None, 0.4, None, 0.5))
    cells = {
        model: row if i < n_complete else holes[i % 2]
        for i, (model, row) in enumerate({**CELLS, "zeta": holes[0]}.items())
    }
    root = make_project(tmp_path, cells)
    build_project(root, root / "site")
    text = Page.read(root / "site" / HERE / "rankings/everything/index.html").text
    assert "needs at least 3 models" in text
    assert f"This snapshot has {n_complete}." in text
    assert (root / "site" / HERE / "view/everything/attempted/arithmetic-mean/index.html").is_file()
    assert (root / "site" / HERE / "coverage/index.html").is_file()


@pytest.mark.parametrize("score", [0.5, 0.0])
def test_equal_scores_everywhere_build(tmp_path: Path, score: float) -> None:
    root = make_project(tmp_path, dict.fromkeys(CELLS, (score,) * 4))
    build_project(root, root / "site")
    text = Page.read(root / "site" / HERE / "view/everything/complete/mean-rank/index.html").text
    assert "6 share the first of 6 places" in text


def test_a_study_without_groups_or_roles_builds(tmp_path: Path) -> None:
    study = STUDY[: STUDY.index("[groups.neural]")] + STUDY[STUDY.index("[selections.everything]") :]
    flat = study.replace('tree = ["neural", "behavior"]', 'tree = ["a", "b", "c", "d"]')
    root = make_project(tmp_path, study=flat)
    build_project(root, root / "site")
    assert (root / "site" / HERE / "agreement/everything/index.html").is_file()
    assert "Contribution" in Page.read(root / "site" / HERE / "contribution/index.html").text


def test_one_metric_and_one_model_build(tmp_path: Path) -> None:
    study = STUDY[: STUDY.index("[groups.neural]")] + STUDY[STUDY.index("[selections.everything]") :]
    root = make_project(tmp_path, {"only": (0.5,)}, study=study.replace('["neural", "behavior"]', '["a"]'))
    build_project(root, root / "site")
    assert (
        "is first of 1 model"
        in Page.read(root / "site" / HERE / "view/everything/complete/arithmetic-mean/index.html").text
    )


def test_a_source_that_cannot_be_had_is_skipped_and_named(tmp_path: Path) -> None:
    pinned = (
        '\n[[snapshots]]\ndate = 2025-02-28\nadapter = "brain-score-export"\n[[snapshots.sources]]\n'
        f'url = "https://example.org/a.csv"\nsha256 = "{"0" * 64}"\nretrieved = 2025-03-01\n'
    )
    root = make_project(tmp_path, study=STUDY + pinned)
    summary = build_project(root, root / "site")
    assert [line.snapshot for line in summary.built] == ["2025-01-31"]
    assert [line.snapshot for line in summary.skipped] == ["2025-02-28"]
    assert "https://example.org/a.csv" in summary.skipped[0].why
    before = contents(root / "site")
    with pytest.raises(SourceError, match="tiny 2025-02-28"):
        build_project(root, root / "site", require=("tiny",))
    assert contents(root / "site") == before


def test_a_refused_default_view_is_a_problem(tmp_path: Path) -> None:
    study = STUDY.replace(
        'selection = "everything"', 'selection = "everything"\nscheme = "z-mean"\npolicy = "zero"'
    )
    found = view_problems(library(make_project(tmp_path, study=study)).study("tiny"))
    assert len(found) == 1
    assert "standard deviations" in str(found[0])


def test_an_address_is_carried_into_canonical_links(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    options = BuildOptions(root / "site", site_url="https://example.org/boards/", jobs=1)
    build(library(root), options, lambda _line: None)
    page = (root / "site" / HERE / "methods/index.html").read_text()
    assert '<link rel="canonical" href="https://example.org/boards/tiny/v/2025-01-31/methods/">' in page
