"""`alignboard reduce`: trials in Parquet files to a sealed snapshot, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from test_cli import run
from test_reductions_trials import trials

from builder.catalog.library import open_library
from builder.reductions.trials import COLUMNS

STUDY = """
id = "mine"
title = "Mine"
summary = "Trials made by hand."
higher_is_better = true
tree = ["accuracy.e", "error-consistency.e", "accuracy.e.a"]
[default_view]
selection = "all"
[data]
source = "Own trials"
licence = "none stated"
attribution = "Own trials."
[selections.all]
title = "All"
"""
ANSWERS = {"subject-01": {"a": "++--"}, "subject-02": {"a": "+-+-"}, "net": {"a": "+---"}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    (tmp_path / "data" / "studies" / "mine.toml").write_text(STUDY)
    trials(ANSWERS)[list(COLUMNS)].to_parquet(tmp_path / "trials.parquet", index=False)
    return tmp_path


def reduce(project: Path, place: str, *more: str, **environment: str):  # type: ignore[no-untyped-def]
    return run("reduce", place, "--study", "mine", "--date", "2026-01-31", *more, cwd=project, **environment)


def test_trials_become_a_sealed_snapshot_that_is_built_without_them(project: Path) -> None:
    answer = reduce(project, "trials.parquet", "--memory-limit", "1GB")
    assert answer.returncode == 0, answer.stderr
    assert "trials.parquet: 9 scores of 3 observers." in answer.stdout
    folder = project / "data" / "snapshots" / "mine" / "2026-01-31"
    (source,) = json.loads((folder / "datapackage.json").read_text())["sources"]
    assert source["path"] == "trials.parquet"
    assert len(source["hash"]) == len("sha256:") + 64
    (project / "trials.parquet").unlink()
    library = open_library(project, cache=project, offline=True)
    snapshot = library.load(library.choose("mine")[0])
    scores = snapshot.scores.set_index(["model", "metric"])["score"]
    assert scores["net", "accuracy.e"] == 1 / 4
    assert scores["net", "error-consistency.e"] == 1 / 2  # both people: 3/4 where chance gives 1/2
    assert {metric.id: metric.ceiling for metric in snapshot.tree.metrics}["error-consistency.e"] == 0
    again = reduce(project, "not read.parquet")
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_a_folder_is_read_whole_and_its_faults_name_the_file(project: Path) -> None:
    folder = project / "parts"
    folder.mkdir()
    frame = pd.read_parquet(project / "trials.parquet")
    frame[:5].to_parquet(folder / "1.parquet", index=False)
    frame[5:].assign(category="").to_parquet(folder / "2.parquet", index=False)
    answer = reduce(project, "parts")
    assert answer.returncode == 1
    assert "2.parquet: row 1, column 'category': is empty." in answer.stderr
    frame[5:].to_parquet(folder / "2.parquet", index=False)
    assert reduce(project, "parts").returncode == 0
    kept = json.loads((project / "data/snapshots/mine/2026-01-31/datapackage.json").read_text())
    assert kept["sources"][0]["path"] == "parts"
    assert "hash" not in kept["sources"][0]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nothing.parquet", "cannot be read: IO Error: No files found"),
        ("data", "cannot be read: has no file named *.parquet."),
        ("s3a://trials", "is an address, and DuckDB reads files of this machine only."),
    ],
)
def test_where_no_trials_are_is_said(project: Path, place: str, said: str) -> None:
    answer = reduce(project, place)
    assert answer.returncode == 1
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("--spark-master", "local"),
        ("--engine", "flink"),
        ("--memory-limit", "much"),
        ("--engine", "spark", "--memory-limit", "1GB"),
    ],
)
def test_options_that_do_not_go_together_are_a_wrong_call(project: Path, wrong: tuple[str, ...]) -> None:
    assert reduce(project, "trials.parquet", *wrong).returncode == 2


def test_an_engine_that_is_not_here_is_exit_code_3_with_the_remedy(project: Path) -> None:
    for command in (("reduce", "trials.parquet", "--study", "mine", "--date", "2026-01-31"), ("build",)):
        answer = run(*command, "--engine", "spark", cwd=project, JAVA_HOME="/nowhere")
        assert answer.returncode == 3
        assert "error engine spark: " in answer.stderr
        assert "Install" in answer.stderr
        assert "Traceback" not in answer.stderr
    assert sorted(path.name for path in project.iterdir()) == ["data", "trials.parquet"]


def test_a_master_that_is_none_is_said_in_a_line(project: Path) -> None:
    pytest.importorskip("pyspark")
    answer = reduce(project, "trials.parquet", "--engine", "spark", "--spark-master", "nowhere")
    assert answer.returncode == 3
    assert "error engine spark at nowhere: gave up: " in answer.stderr
    assert "Traceback (most recent call last)" not in answer.stderr
