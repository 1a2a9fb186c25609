"""Data Packages in and out: round trips, and every kind of damage named with file, row, column and remedy."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import CELLS, make_snapshot

from builder.catalog import tables
from builder.catalog.package import data_digest, list_snapshots, pack, read_snapshot, write_snapshot
from builder.catalog.snapshot import Snapshot, SourceRecord
from builder.catalog.study import Study
from builder.catalog.tables import read_metrics, read_scores, table_bytes, tree_frame
from builder.errors import DataError

MODELS = "id,name\nalpha,Alpha\nbeta,Beta\n"
METRICS = (
    "id,name,parent,higher_is_better,role,reference\n"
    "neural,Neural,,,neural,\nv1,V1,neural,true,,Someone (2020)\nerror,Error,neural,false,,\n"
)
SCORES = "model,metric,score,state\nalpha,v1,0.5,scored\nalpha,error,,failed\nbeta,v1,,missing\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tables of a snapshot, not packed yet."""
    made = tmp_path / "tiny" / "2025-01-31"
    made.mkdir(parents=True)
    for name, text in (("models", MODELS), ("metrics", METRICS), ("scores", SCORES)):
        (made / f"{name}.csv").write_text(text)
    return made


def problems(folder: Path, study: Study) -> str:
    with pytest.raises(DataError) as caught:
        pack(folder, study)
    assert not (folder / "datapackage.json").exists()
    return str(caught.value)


def same(one: Snapshot, other: Snapshot) -> bool:
    frames = ("models", "scores", "published", "truth")
    for name in frames:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    return (one.id, one.date, one.tree) == (other.id, other.date, other.tree)


def test_tables_made_by_hand_become_a_snapshot(folder: Path, study: Study) -> None:
    snapshot = pack(folder, study)
    assert snapshot.models.to_dict("records") == [
        {"id": "alpha", "name": "Alpha", "source_id": "alpha"},
        {"id": "beta", "name": "Beta", "source_id": "beta"},
    ]
    assert snapshot.tree.metric("error").higher_is_better is False
    assert snapshot.tree.role_groups == {"neural": "neural"}
    assert snapshot.scores[["model", "metric", "state"]].values.tolist() == [
        ["alpha", "error", "failed"],
        ["alpha", "v1", "scored"],
    ]
    assert same(read_snapshot(folder, study), snapshot)


def test_the_descriptor_is_a_data_package_with_true_hashes(folder: Path, study: Study) -> None:
    pack(folder, study)
    descriptor = json.loads((folder / "datapackage.json").read_text())
    assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert descriptor["name"] == "tiny-2025-01-31"
    assert descriptor["created"] == "2025-01-31T00:00:00Z"
    assert descriptor["licenses"] == [{"name": "CC0-1.0"}]
    assert {"version", "sources"} <= descriptor.keys()
    for resource in descriptor["resources"]:
        data = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert [one["name"] for one in resource["schema"]["fields"]] == data.decode().split("\n")[0].split(
            ","
        )


def test_a_snapshot_survives_writing_and_reading(tmp_path: Path, study: Study) -> None:
    before = make_snapshot(published=[("alpha", "neural", 0.5), ("alpha", "", 0.25)])
    before = replace(
        before,
        title="A day in January",
        models=before.models.assign(size=[1.5, float("nan"), 3.0, 4.0, 5.0, 6.0]).sort_values(
            "id", ignore_index=True
        ),
        scores=before.scores.sort_values(["model", "metric"], ignore_index=True),
        published=before.published.sort_values(["model", "group"], ignore_index=True),
        sources=(SourceRecord("https://example.org/a.csv", "0" * 64, "2025-02-01", "a"),),
        truth=pd.DataFrame({"model": ["alpha"], "factor": ["skill"], "value": [1.25]}),
    )
    folder = tmp_path / before.id
    write_snapshot(before, folder, study)
    after = read_snapshot(folder, study)
    assert same(before, after)
    assert after.sources == before.sources
    assert data_digest(after) == data_digest(before)
    write_snapshot(after, tmp_path / "again" / before.id, study)
    for file in sorted(folder.iterdir()):
        assert (tmp_path / "again" / before.id / file.name).read_bytes() == file.read_bytes(), file.name


def test_the_digest_can_be_recomputed_with_sha256sum(tmp_path: Path, study: Study) -> None:
    folder = tmp_path / "2025-01-31"
    snapshot = make_snapshot()
    write_snapshot(snapshot, folder, study)
    said = subprocess.run(
        ["bash", "-c", "sha256sum *.csv | sha256sum"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert said.stdout.split()[0] == data_digest(snapshot)


def test_the_digest_moves_with_any_score_state_name_or_direction() -> None:
    first = data_digest(make_snapshot())
    changed = make_snapshot({**CELLS, "alpha": (0.9000001, 0.8, 0.5, 0.4)})
    failed = make_snapshot({**CELLS, "epsilon": ("X", 0.4, None, 0.1)})
    renamed = make_snapshot(names=["Alpha", "beta", "gamma", "delta", "epsilon", "zeta"])
    tree = make_snapshot().tree
    turned = make_snapshot(
        tree=replace(tree, metrics=(replace(tree.metrics[0], higher_is_better=False), *tree.metrics[1:]))
    )
    digests = {first, *map(data_digest, (changed, failed, renamed, turned))}
    assert len(digests) == 5


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(st.text(min_size=1).filter(lambda name: name.strip() == name), min_size=6, max_size=6),
    scores=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=6, max_size=6),
)
def test_any_name_and_any_finite_number_survive(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], scores: list[float]
) -> None:
    names = [name for name in names if name.isprintable() and not name.startswith("\ufeff")] or ["x"]
    names = (names * 6)[:6]
    cells = {f"m{i}": (score, None, None, "X") for i, score in enumerate(scores)}
    snapshot = make_snapshot(cells, names=names)
    folder = tmp_path_factory.mktemp("package") / snapshot.id
    study = _study(folder.parent)
    write_snapshot(snapshot, folder, study)
    after = read_snapshot(folder, study)
    assert after.models["name"].tolist() == names
    written = snapshot.scores.sort_values(["model", "metric"], ignore_index=True)
    pd.testing.assert_frame_equal(after.scores, written)


def _study(folder: Path) -> Study:
    from samples import STUDY

    from builder.catalog.study import load_study

    (folder / "tiny.toml").write_text(STUDY)
    return load_study(folder / "tiny.toml")


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "'=1", "''@x", "'quoted'", "- dash"])
def test_text_that_a_spreadsheet_would_run_is_defused_and_comes_back(
    tmp_path: Path, study: Study, text: str
) -> None:
    snapshot = make_snapshot(names=[text, *"bcdef"])
    folder = tmp_path / snapshot.id
    write_snapshot(snapshot, folder, study)
    raw = (folder / "models.csv").read_text().split("\n")[1].split(",")[1]
    assert raw[:1] not in {"=", "+", "-", "@"}
    assert read_snapshot(folder, study).models["name"].iloc[0] == text


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("models", "id,name", "id,nam", ["models.csv: row 1", "'name'", "Did you mean 'nam'?"]),
        ("models", "beta,Beta", "alpha,Beta", ["models.csv: row 3", "column 'id'", "row 2 already"]),
        ("models", "beta,Beta", "Be ta,Beta", ["row 3", "column 'id'", "Use 'be-ta'"]),
        ("models", "beta,Beta", "../beta,Beta", ["row 3", "cannot stand in an address"]),
        ("models", "beta,Beta", "beta,", ["row 3", "column 'name'", "is empty"]),
        ("models", "beta,Beta", "beta,Beta,x", ["row 3", "3 cells"]),
        ("metrics", "neural,true", "neural,yes", ["metrics.csv: row 3", "'yes' is not a direction"]),
        ("metrics", "neural,true", "neurla,true", ["'v1' names parent 'neurla'"]),
        ("metrics", "error,Error", "v1,Error", ["row 4", "row 3 already"]),
        ("metrics", "error,Error", "error,V1", ["row 4", "is the name of 'v1' too"]),
        ("metrics", "false,,", "false,engineering,", ["row 4", "column 'role'", "only groups have roles"]),
        ("metrics", "Neural,,,", "Neural,v1,,", ["not a group"]),
        ("scores", "score,state", "score,status", ["scores.csv: row 1", "no column 'state'"]),
        ("scores", "0.5,scored", "high,scored", ["scores.csv: row 2", "column 'score'", "not a number"]),
        ("scores", "0.5,scored", "NaN,scored", ["row 2", "not a finite number", "Leave the cell empty"]),
        ("scores", "0.5,scored", "inf,scored", ["row 2", "not a finite number"]),
        ("scores", "0.5,scored", '"0,5",scored', ["row 2", "Write the decimal point as '.'"]),
        ("scores", "0.5,scored", ",scored", ["row 2", "is empty, but the state is 'scored'"]),
        ("scores", ",failed", "0.1,failed", ["row 3", "the state is 'failed'"]),
        ("scores", ",failed", ",broken", ["row 3", "column 'state'", "'broken' is not a cell state"]),
        ("scores", "alpha,error", "alpha,v1", ["row 3", "'alpha', 'v1'", "row 2 already"]),
        ("scores", "alpha,error", "alpha,eror", ["row 3", "column 'metric'", "Did you mean 'error'?"]),
        ("scores", "beta,v1", "gamma,v1", ["row 4", "column 'model'", "not a model of models.csv"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_row_column_and_remedy(
    folder: Path, study: Study, table: str, old: str, new: str, said: list[str]
) -> None:
    file = folder / f"{table}.csv"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    message = problems(folder, study)
    for part in said:
        assert part in message


@pytest.mark.parametrize(
    ("columns", "cells", "said"),
    [
        ("error", "-0.1", "is negative"),
        ("error", "much", "not a number"),
        ("date", "31.1.2025", "is not a date"),
        ("colour", "red", "row 1, column 'colour'"),
    ],
)
def test_optional_columns_of_scores_are_checked(
    folder: Path, study: Study, columns: str, cells: str, said: str
) -> None:
    (folder / "scores.csv").write_text(f"model,metric,score,state,{columns}\nalpha,v1,0.5,scored,{cells}\n")
    assert said in problems(folder, study)


def test_problems_of_all_tables_come_at_once(folder: Path, study: Study) -> None:
    (folder / "models.csv").write_text(MODELS.replace("Beta", ""))
    (folder / "metrics.csv").write_text(METRICS.replace("true", "up"))
    message = problems(folder, study)
    assert "models.csv" in message
    assert "metrics.csv" in message


@pytest.mark.parametrize("table", ["models", "metrics", "scores"])
def test_an_empty_a_missing_and_a_binary_table_are_refused(folder: Path, study: Study, table: str) -> None:
    file = folder / f"{table}.csv"
    file.write_bytes(b"")
    assert f"{table}.csv: is empty" in problems(folder, study)
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in problems(folder, study)
    file.unlink()
    assert f"{table}.csv: is missing" in problems(folder, study)


def test_byte_order_mark_and_windows_line_ends_are_no_problem(folder: Path, study: Study) -> None:
    for name, text in (("models", MODELS), ("metrics", METRICS), ("scores", SCORES)):
        (folder / f"{name}.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert len(pack(folder, study).scores) == 2


def test_a_packed_snapshot_is_immutable(folder: Path, study: Study) -> None:
    pack(folder, study)
    scores = folder / "scores.csv"
    scores.write_text(SCORES.replace("0.5", "0.6"))
    for attempt in (read_snapshot, pack):
        with pytest.raises(DataError, match=r"--corrects 2025-01-31"):
            attempt(folder, study)


def test_a_copy_that_is_to_be_a_correction_is_told_from_a_change(folder: Path, study: Study) -> None:
    pack(folder, study)
    copy = folder.with_name("2025-01-31.1")
    shutil.copytree(folder, copy)
    (copy / "scores.csv").write_text(SCORES.replace("0.5", "0.6"))
    said = r"copy of 2025-01-31: remove datapackage\.json, .* with --corrects 2025-01-31 and --note"
    with pytest.raises(DataError, match=said):
        pack(copy, study)
    with pytest.raises(DataError, match=said):
        pack(copy, study, corrects="2025-01-31", note="One was wrong.")
    (copy / "datapackage.json").unlink()
    assert pack(copy, study, corrects="2025-01-31", note="One was wrong.").corrects == "2025-01-31"


def test_a_snapshot_without_descriptor_says_how_to_make_one(folder: Path, study: Study) -> None:
    with pytest.raises(DataError, match=r"alignboard pack .*2025-01-31"):
        read_snapshot(folder, study)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(version=3), "version"),
        (lambda d: d.pop("created"), "created"),
        (lambda d: d.update(licenses=[]), "licenses"),
        (lambda d: d["resources"][0].update(path="../models.csv"), "no table of a snapshot"),
        (lambda d: d["resources"][0].update(hash="md5:1"), "hash"),
        (lambda d: d["resources"].pop(), "does not list 'scores.csv'"),
        (lambda d: d["resources"][0]["schema"].update(fields=5), "resources.0.schema.fields"),
        (lambda d: d["resources"][0].update(schema=None), "resources.0.schema"),
        (lambda d: d["resources"][0]["schema"]["fields"][0].pop("name"), "schema.fields.0.name"),
        (lambda d: d.update(title="\ud800"), "is not valid JSON: it holds half a character"),
        (lambda d: d["resources"].append({**d["resources"][0], "name": "extra"}), "no table of a snapshot"),
    ],
)
def test_a_damaged_descriptor_is_named(folder: Path, study: Study, change, said: str) -> None:
    pack(folder, study)
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text())
    change(descriptor)
    path.write_text(json.dumps(descriptor))
    with pytest.raises(DataError, match="datapackage") as caught:
        read_snapshot(folder, study)
    assert said in str(caught.value)


def test_a_descriptor_that_is_no_json_is_named(folder: Path, study: Study) -> None:
    (folder / "datapackage.json").write_text("{")
    with pytest.raises(DataError, match="not valid JSON"):
        read_snapshot(folder, study)


def test_a_column_that_a_spreadsheet_would_run_is_defused_and_comes_back(
    tmp_path: Path, study: Study
) -> None:
    attributes = {"=1+1": [*"uvwxyz"], "@size": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
    snapshot = make_snapshot(attributes=attributes)
    folder = tmp_path / snapshot.id
    write_snapshot(snapshot, folder, study)
    assert (folder / "models.csv").read_text().startswith("id,name,source_id,'=1+1,'@size\n")
    again = read_snapshot(folder, study)
    for name, column in attributes.items():
        assert again.models.set_index("id")[name].to_dict() == dict(zip(CELLS, column, strict=True))
    (folder / "datapackage.json").unlink()
    (folder / "models.csv").write_text("id,name,=a,'=a\nalpha,Alpha,1,2\n")
    assert "names a column twice" in problems(folder, study)


def test_near_words_are_looked_for_only_where_the_problem_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(tables, "did_you_mean", lambda _, known: asked.append(known) or "")
    rows = "".join(f"m{i},v1,0.5,scored\n" for i in range(200))
    with pytest.raises(DataError, match="and 150 more"):
        read_scores(f"model,metric,score,state\n{rows}".encode(), "scores.csv", ["alpha"], ["v1"])
    assert asked == [["alpha"]] * 50 + [[]] * 150


@pytest.mark.parametrize("name", ["yesterday", "2025-13-01", "2025-01-31 final", "2025-01-31-Final"])
def test_a_folder_is_named_by_a_date(folder: Path, study: Study, name: str) -> None:
    with pytest.raises(DataError, match="2025-05-07"):
        pack(folder.rename(folder.with_name(name)), study)


def test_only_visible_folders_are_snapshots(folder: Path) -> None:
    (folder.parent / ".building").mkdir()
    (folder.parent / "note.txt").write_text("x")
    assert list_snapshots(folder.parent.parent, "tiny") == [folder]
    assert list_snapshots(folder.parent.parent, "none") == []


def test_a_noise_ceiling_is_kept_and_only_where_one_is_known() -> None:
    plain = read_metrics(METRICS.encode(), "metrics.csv")
    assert "ceiling" not in tree_frame(plain)
    first = replace(plain.metrics[0], ceiling=0.67)
    measured = replace(plain, metrics=(first, *plain.metrics[1:]))
    written = table_bytes(tree_frame(measured))
    again = read_metrics(written, "metrics.csv")
    assert again.metrics[0].ceiling == 0.67
    assert all(math.isnan(metric.ceiling) for metric in again.metrics[1:])
    with pytest.raises(DataError, match=r"row \d+, column 'ceiling': 'high' is not a number"):
        read_metrics(written.replace(b"0.67", b"high"), "metrics.csv")
