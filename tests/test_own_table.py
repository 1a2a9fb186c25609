"""A table of one's own: what is understood, what is refused, and three commands from it to a site."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from samples import pinned_at
from typer.testing import CliRunner

from builder import database
from builder.catalog import own_table
from builder.catalog.cells import CsvTable
from builder.catalog.library import open_library
from builder.catalog.own_files import OwnFile, Reading, read_own_file
from builder.catalog.package import read_snapshot
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import load_study
from builder.cli import app
from builder.errors import DataError

WIDE = """Model,params,acc,wer,"top, 1"
alpha,1e9,.81,0.1,55
"Beta, large",2e9,.75,,60
Gamma <b>,3e9,X,.3,70
"""
LONG = """model,metric,score
alpha,acc,.81
alpha,wer,0.1
alpha,"top, 1",55
"Beta, large",acc,.75
"Beta, large","top, 1",60
Gamma <b>,acc,X
Gamma <b>,wer,.3
Gamma <b>,"top, 1",70
"""
DATE = dt.date(2026, 1, 31)


def read_table(path: Path, ignore: Sequence[str] = ()) -> own_table.OwnTable:
    return own_table.read_table(read_own_file(str(path), Reading()), ignore)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def snapshot_of(tmp_path: Path, text: str) -> Snapshot:
    table = read_table(write(tmp_path, text), ["params"])
    study_file = tmp_path / "data/studies/mine.toml"
    if not study_file.exists():
        own_table.write_study(tmp_path, "mine", table, own_table.directions(table.metrics, ["wer"], []))
    return own_table.make_snapshot(load_study(study_file), table, DATE, DATE, "X")


def test_a_wide_and_a_long_table_are_the_same_snapshot(tmp_path: Path) -> None:
    wide, long = snapshot_of(tmp_path, WIDE), snapshot_of(tmp_path, LONG)
    # Read off the table above: 3 models x 3 metrics, one failed, one empty.
    cells = {(r.model, r.metric): (r.state, r.score) for r in wide.scores.itertuples()}
    assert cells["alpha", "top, 1"] == ("scored", 55.0)
    assert cells["gamma-b", "acc"][0] == "failed"
    assert math.isnan(cells["gamma-b", "acc"][1])
    assert ("beta-large", "wer") not in cells
    assert len(cells) == 8
    assert wide.scores.equals(long.scores)
    assert wide.models.equals(long.models)
    assert wide.models["name"].tolist() == ["alpha", "Beta, large", "Gamma <b>"]
    assert [m.higher_is_better for m in wide.tree.metrics] == [True, False, True]
    (source,) = wide.sources
    assert (source.path, source.adapter, source.metrics) == (
        "scores.csv", "own-table 2", ("acc", "wer", "top, 1"),
    )  # fmt: skip


def test_parquet_and_json_lines_are_read_as_the_csv_is(tmp_path: Path) -> None:
    expected = snapshot_of(tmp_path, LONG).scores
    rows = [
        {"model": r.model, "metric": r.metric, "score": None if r.state == "failed" else r.score}
        for r in snapshot_of(tmp_path, LONG).scores.itertuples()
    ]
    names = {"alpha": "alpha", "beta-large": "Beta, large", "gamma-b": "Gamma <b>"}
    frame = pd.DataFrame(rows).assign(model=[names[row["model"]] for row in rows])
    (tmp_path / "scores.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in frame.to_dict("records")).replace("NaN", '"X"')
    )
    with database.connect() as connection:
        connection.register("frame", frame.assign(score=[s if s == s else None for s in frame["score"]]))
        connection.execute(f"COPY (SELECT * FROM frame) TO '{tmp_path / 'scores.parquet'}'")  # noqa: S608
    study = load_study(tmp_path / "data/studies/mine.toml")
    for name in ("scores.jsonl", "scores.parquet"):
        table = read_table(tmp_path / name)
        assert table.layout == "long"
        found = own_table.make_snapshot(study, table, DATE, DATE, "X").scores
        scored = expected[expected["state"] == "scored"].reset_index(drop=True)
        assert found[found["state"] == "scored"].reset_index(drop=True).equals(scored), name
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not at all")
    with pytest.raises(DataError, match=r"broken\.parquet: cannot be read"):
        read_table(tmp_path / "broken.parquet")
    (tmp_path / "bad.jsonl").write_text('{"model": "a"}\n[1]\n{"model"\n')
    with pytest.raises(DataError, match=r"row 2: is no JSON object.*\n.*row 3: is not JSON"):
        read_table(tmp_path / "bad.jsonl")
    (tmp_path / "nan.jsonl").write_text('{"model": "a", "metric": "acc", "score": "NaN"}\n')
    with pytest.raises(DataError, match=r"row 1, column 'acc': 'NaN' is not a finite number"):
        own_table.make_snapshot(study, read_table(tmp_path / "nan.jsonl"), DATE, DATE, "X")


def test_the_snapshot_is_kept_whole_and_never_overwritten(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, WIDE)
    study = load_study(tmp_path / "data/studies/mine.toml")
    folder = own_table.keep_snapshot(snapshot, study, tmp_path)
    again = read_snapshot(folder, study)
    assert again.scores.equals(snapshot.scores)
    assert again.sources == snapshot.sources
    with pytest.raises(DataError, match="is there already"):
        own_table.keep_snapshot(snapshot, study, tmp_path)
    assert [path.name for path in folder.parent.iterdir()] == ["2026-01-31"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WIDE.replace(".75", "0,75").replace('"Beta, large"', "Beta"), "row 3: has 6 cells"),
        (WIDE.replace(".75", '"0,75"'), r"row 3, column 'acc': '0,75' is not a number\. Write the decimal"),
        (WIDE.replace("alpha", ""), r"row 2, column 'Model': is empty"),
        (WIDE.replace("Gamma <b>", "alpha"), r"row 4, column 'Model': 'alpha' stands in row 2 already"),
        (LONG + "alpha,acc,.5\n", r"row 10, column 'metric': 'alpha' has a score of 'acc' in row 2 already"),
        (LONG + "alpha,acuity,.5\n", r"metric 'acuity': is not in the study's tree"),
        ("Model,params\na,1\n", "has no column of scores"),
        ("Model,acc\n", "has no models"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    snapshot_of(tmp_path, WIDE)
    with pytest.raises(DataError, match=said):
        snapshot_of(tmp_path, text)


def test_a_direction_is_never_guessed() -> None:
    with pytest.raises(DataError, match="metric 'word error rate': sounds as if a lower score were better"):
        own_table.directions(["acc", "word error rate"], [], [])
    assert own_table.directions(["error_consistency"], [], ["error_consistency"]) == {
        "error_consistency": True
    }
    with pytest.raises(DataError, match="told both ways"):
        own_table.directions(["a"], ["a"], ["a"])
    with pytest.raises(DataError, match=r"'b' is no metric of the table"):
        own_table.directions(["a"], ["b"], [])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.integers(0, len(WIDE)),
    cut=st.integers(0, 4),
    put=st.text(alphabet=st.sampled_from(list(",\"\n\r'X.0=é\0 -")), max_size=4),
    long=st.booleans(),
)
def test_every_cell_of_a_damaged_table_is_loaded_or_the_table_refused(
    tmp_path: Path, at: int, cut: int, put: str, long: bool
) -> None:
    text = LONG if long else WIDE
    snapshot_of(tmp_path, WIDE)
    damaged = text[:at] + put + text[at + cut :]
    try:
        found = snapshot_of(tmp_path, damaged)
    except DataError:
        return
    # Counted by the csv module alone.
    header, *rows = [row for row in csv.reader(io.StringIO(damaged, newline="")) if row]
    names = [name.strip() for name in header]
    lower = [name.lower() for name in names]
    if {"model", "metric", "score"} <= set(lower):
        model, score = lower.index("model"), lower.index("score")
        metric = lower.index("metric")
        run = [row[score] for row in rows if row[metric].strip() != "params"]
    else:
        model = lower.index("model") if "model" in lower else 0
        run = [cell for row in rows for at, cell in enumerate(row) if at != model and names[at] != "params"]
    assert len(found.scores) == sum(bool(cell.strip()) for cell in run)
    assert len(found.models) == len({row[model].strip() for row in rows})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.text(min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=4, unique=True)
)
def test_any_name_of_a_metric_can_stand_in_a_study_file(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "data/studies/mine.toml").unlink(missing_ok=True)
    metrics = tuple(dict.fromkeys(name.strip() for name in names))
    assume(not any("\ud800" <= c <= "\udfff" for name in metrics for c in name))  # no UTF-8 file holds these
    table = own_table.OwnTable(OwnFile("x", CsvTable((), ()), ""), "wide", {"a": "a"}, metrics, ())
    path = own_table.write_study(tmp_path, "mine", table, dict.fromkeys(metrics, True))
    assert load_study(path).tree.metric_ids == metrics


def test_one_name_with_two_ids_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "model,model_id,metric,score\na,1,acc,.5\na,2,wer,.5\n")
    with pytest.raises(DataError, match=r"row 3, column 'model_id': '2' is not '1', as 'a' has it above"):
        read_table(tmp_path / "scores.csv")


def test_three_commands_from_a_table_to_a_site(tmp_path: Path) -> None:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    write(tmp_path, WIDE)
    for command in (
        ["new", "mine", "--like", "scores.csv", "--ignore", "params", "--lower", "wer"],
        [
            "import",
            "scores.csv",
            "--study",
            "mine",
            "--date",
            "2026-01-31",
            "--ignore",
            "params",
            "--failed",
            "X",
        ],
        ["build", "--study", "mine", "--offline"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "builder", *command],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    page = tmp_path / "site/mine/v/2026-01-31/view/all/attempted/mean-rank/index.html"
    assert not page.exists()  # zero where lower is better is refused
    assert (tmp_path / "site/mine/v/2026-01-31/data/index.html").read_text().count("own-table 2") == 1


def test_on_a_terminal_a_direction_and_the_import_are_asked(tmp_path: Path) -> None:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    write(tmp_path, WIDE)

    def run(*arguments: str, answer: str) -> str:
        terminal, inside = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "builder", *arguments],
            cwd=tmp_path, stdin=inside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        ) as running:  # fmt: skip
            os.write(terminal, answer.encode())
            said, _ = running.communicate(timeout=60)
        os.close(terminal)
        os.close(inside)
        assert running.returncode == 0, said
        return said

    ignored = ("--ignore", "params")
    said = run("new", "mine", "--like", "scores.csv", *ignored, answer="y\ny\n")
    assert "Is a lower 'wer' better?" in said
    assert "May the site pass the scores themselves on?" in said
    made = load_study(tmp_path / "data/studies/mine.toml")
    assert not made.tree.metric("wer").higher_is_better
    assert made.data.redistribute
    given = ("import", "scores.csv", "--study", "mine", "--date", "2026-01-31", "--failed", "X", *ignored)
    assert "Nothing was written." in run(*given, answer="n\n")
    assert not (tmp_path / "data/snapshots/mine").exists()
    assert "Wrote data/snapshots/mine/2026-01-31" in run(*given, answer="y\n")


def alignboard(root: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--root", str(root)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize(
    ("said", "passed_on"), [([], False), (["--redistribute"], True), (["--no-redistribute"], False)]
)
def test_scores_are_passed_on_only_where_it_is_said(tmp_path: Path, said: list[str], passed_on: bool) -> None:
    table = write(tmp_path, WIDE)
    words = ("new", "mine", "--like", str(table), "--lower", "wer", "--ignore", "params")
    told = alignboard(tmp_path, *words, *said)
    assert ("passes the scores on" in told) == passed_on
    assert ("keeps the scores back" in told) != passed_on
    file = tmp_path / "data/studies/mine.toml"
    assert load_study(file).data.redistribute == passed_on
    lines = file.read_text(encoding="utf-8").splitlines()
    at = lines.index(f"redistribute = {str(passed_on).lower()}")
    assert lines[at - 2].startswith("# Whether the site passes the scores on"), "it says what it means"


def test_a_correction_is_one_command(tmp_path: Path) -> None:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    table = write(tmp_path, WIDE)
    alignboard(tmp_path, "new", "mine", "--like", str(table), "--lower", "wer", "--ignore", "params")
    given = ("import", str(table), "--study", "mine", "--failed", "X", "--ignore", "params")
    alignboard(tmp_path, *given, "--date", "2026-01-31")
    again = alignboard(tmp_path, *given, "--date", "2026-01-31", code=1)
    assert "to correct it, --corrects 2026-01-31 --note" in " ".join(again.split())

    first = tmp_path / "data/snapshots/mine/2026-01-31"
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    write(tmp_path, WIDE.replace(".81", ".82"))
    why = ("--corrects", "2026-01-31", "--note", "One was misread.")
    said = alignboard(tmp_path, *given, *why)
    assert f"Wrote {first}.1, which corrects 2026-01-31. Next: alignboard build --study mine" in said
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before
    library = open_library(tmp_path, cache=tmp_path / "cache", offline=True)
    old, new = library.snapshots(library.study("mine"))
    assert (new.id, new.date, new.corrects, new.note) == (
        "2026-01-31.1", DATE, "2026-01-31", "One was misread."
    )  # fmt: skip
    made = library.load(new)
    assert made.title == made.id == "2026-01-31.1"
    assert set(made.scores["score"].dropna()) - set(library.load(old).scores["score"].dropna()) == {0.82}
    assert "2 snapshots checked: nothing is wrong." in alignboard(tmp_path, "check")
    # What was corrected already is corrected by correcting the correction.
    assert "Give --corrects 2026-01-31.1." in " ".join(alignboard(tmp_path, *given, *why, code=1).split())
    alignboard(tmp_path, *given, "--corrects", "2026-01-31.1", "--note", "Another was.")
    assert (first.parent / "2026-01-31.2").is_dir()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "has no date"),
        (["--corrects", "2026-01-31"], "Give both --corrects and --note."),
        (["--note", "Wrong."], "Give both --corrects and --note."),
        (["--corrects", "2026-01-30", "--note", "Wrong."], "Did you mean '2026-01-31'?"),
        (["--corrects", "2026-01-31", "--note", "Wrong.", "--date", "2026-02-01"], "of the same day"),
        (["--corrects", "2026-03-31", "--note", "Wrong."], "is pinned in"),
    ],
)
def test_what_cannot_be_a_correction_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    snapshot = snapshot_of(tmp_path, WIDE)
    study = tmp_path / "data/studies/mine.toml"
    own_table.keep_snapshot(snapshot, load_study(study), tmp_path)
    study.write_text(study.read_text() + pinned_at("2026-03-31"))
    given = ("import", str(tmp_path / "scores.csv"), "--study", "mine", "--failed", "X", "--ignore", "params")
    told = alignboard(tmp_path, *given, *words, code=1)
    assert said in " ".join(told.split())
    assert [path.name for path in (tmp_path / "data/snapshots/mine").iterdir()] == ["2026-01-31"]


@pytest.mark.parametrize(
    ("others", "name"),
    [
        ([], "2026-01-31.1"),
        (["2026-01-31-rc", "2026-01-31.3"], "2026-01-31.4"),
        (["2026-01-31.9"], "2026-01-31.9.1"),
        (["2026-01-31.b"], "2026-01-31.b.1"),
    ],
)
def test_a_correction_comes_after_all_others_of_its_day(tmp_path: Path, others: list[str], name: str) -> None:
    snapshot = snapshot_of(tmp_path, WIDE)
    study = load_study(tmp_path / "data/studies/mine.toml")
    for one in (snapshot.id, *others):
        own_table.keep_snapshot(replace(snapshot, id=one), study, tmp_path)
    library = open_library(tmp_path, cache=tmp_path, offline=True)
    naming = own_table.name_snapshot(library, study, None, "2026-01-31", "Wrong.")
    assert naming.id == name
    own_table.keep_snapshot(naming.named(snapshot), study, tmp_path)
    assert library.snapshots(study)[-1].corrects == "2026-01-31"
