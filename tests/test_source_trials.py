"""The adapter of single trials: small files made by hand, the real study, and mutated files counted again."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import SOURCED

from builder.catalog.library import open_library
from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.catalog.study import Study, load_study
from builder.errors import DataError

HEAD = "subj,Session,trial,rt,object_response,category,condition,imagename\n"
TREE = """
id = "tiny"
title = "Tiny"
summary = "Trials made by hand."
higher_is_better = true
tree = [{metrics}]
"""
METRICS = (
    "accuracy.e",
    "accuracy.e.c1",
    "error-consistency.e",
    "accuracy-difference.e",
    "shape-bias.cue-conflict",
)
FILES = {
    "e_subject-01_session_1": {"c1": "++-", "c2": "+--"},
    "e_subject-02_session_1": {"c1": "+--", "c2": "-++"},
    "e_some_net_session_1": {"c1": "+++", "c2": "---"},
}


def file(part: str, answers: dict[str, str]) -> str:
    subj = part.split("_", 1)[1].rsplit("_session", 1)[0]
    rows = [
        f"{subj},1,{i},0.5,{'cat' if sign == '+' else 'dog'},cat,{c},{i:04}_e_s01_{c}_cat_10_image{i}.png\n"
        for c, signs in answers.items()
        for i, sign in enumerate(signs, start=1)
    ]
    return HEAD + "".join(rows)


def make_study(tmp_path: Path, parts: list[str], metrics: tuple[str, ...] = METRICS[:4]) -> Study:
    tree = TREE.format(metrics=", ".join(f'"{metric}"' for metric in metrics))
    source = (
        '[[snapshots.sources]]\npart = "{}"\nfile = "{}.csv"\nsha256 = "'
        + "0" * 64
        + '"\nretrieved = 2025-01-01\n'
    )
    head, _, _ = SOURCED.format(
        date="2025-01-31", adapter="model-vs-human-trials", url="https://x.org/y", sha256="0" * 64
    ).partition("[[snapshots.sources]]")
    (tmp_path / "tiny.toml").write_text(tree + head + "".join(source.format(part, part) for part in parts))
    return load_study(tmp_path / "tiny.toml")


def read(tmp_path: Path, files: dict[str, str], metrics: tuple[str, ...] = METRICS[:4]) -> Snapshot:
    study = make_study(tmp_path, list(files), metrics)
    for part, text in files.items():
        (tmp_path / f"{part}.csv").write_text(text)
    parts = {part: tmp_path / f"{part}.csv" for part in files}
    return ADAPTERS["model-vs-human-trials"].read(study, study.snapshots[0], parts)


def refused(tmp_path: Path, files: dict[str, str], metrics: tuple[str, ...] = METRICS[:4]) -> list[str]:
    with pytest.raises(DataError) as caught:
        read(tmp_path, files, metrics)
    return [str(problem).removeprefix("tiny/2025-01-31: ") for problem in caught.value.problems]


def good() -> dict[str, str]:
    return {part: file(part, answers) for part, answers in FILES.items()}


def test_people_are_ranked_by_experiment_and_models_over_all(tmp_path: Path) -> None:
    snapshot = read(tmp_path, good())
    assert snapshot.models.to_dict("list") == {
        "id": ["some-net", "subject-01-e", "subject-02-e"],
        "name": ["some_net", "subject-01 (e)", "subject-02 (e)"],
        "source_id": ["some_net", "e/subject-01", "e/subject-02"],
        "kind": ["model", "person", "person"],
        "experiment": ["", "e", "e"],
    }
    scores = snapshot.scores.set_index(["model", "metric"])
    assert scores.loc[("some-net", "accuracy.e"), "score"] == 3 / 6
    assert scores.loc[("some-net", "accuracy.e"), "error"] == pytest.approx((0.5 * 0.5 / 6) ** 0.5)
    assert scores.loc[("some-net", "accuracy.e.c1"), "score"] == 1
    assert [source.metrics for source in snapshot.sources] == [METRICS[:4]] * 3


def test_a_model_s_file_is_named_as_the_toolbox_names_it(tmp_path: Path) -> None:
    files = good()
    files["e_some-net_session-1"] = files.pop("e_some_net_session_1")
    snapshot = read(tmp_path, files)
    assert snapshot.models["source_id"].tolist() == ["some_net", "e/subject-01", "e/subject-02"]


def test_the_ceiling_is_what_people_reach_among_themselves(tmp_path: Path) -> None:
    snapshot = read(tmp_path, good())
    scores = snapshot.scores.set_index(["model", "metric"])["score"]
    people = [scores[f"subject-0{i}-e", "error-consistency.e"] for i in (1, 2)]
    # c1: p = 2/3, 1/3, agree 2/3, chance 4/9, kappa 2/5. c2: p = 1/3, 2/3, agree 0, chance 4/9, kappa -4/5.
    assert people == pytest.approx([-1 / 5, -1 / 5])
    ceilings = {metric.id: metric.ceiling for metric in snapshot.tree.metrics}
    assert ceilings["error-consistency.e"] == pytest.approx(-1 / 5)
    assert ceilings["accuracy.e"] != ceilings["accuracy.e"]


def test_who_names_neither_shapes_nor_textures_failed(tmp_path: Path) -> None:
    part = "cue-conflict_net_session_1"
    rows = "net,1,1,1,oven,dog,0,1_x_dog1-cat1.png\nnet,1,2,1,oven,dog,0,2_x_dog2-cat1.png\n"
    snapshot = read(tmp_path, {part: HEAD + rows}, ("accuracy.cue-conflict", "shape-bias.cue-conflict"))
    assert snapshot.scores["state"].tolist() == ["scored", "failed"]


def test_every_problem_of_every_file_is_named(tmp_path: Path) -> None:
    files = good() | {
        "e_subject-02_session_1": HEAD.replace("category", "categorie") + "x\n",
        "e_some_net_session_1": good()["e_some_net_session_1"].replace("some_net,1,2", "other,1,2"),
        "nothing": HEAD,
        "e_empty_session_1": HEAD,
    }
    said = refused(tmp_path, files)
    assert said[0] == (
        "e_subject-02_session_1.csv: row 2: has 1 cell, but the header has 8. "
        "Quote cells that hold a comma, and give every row one cell for each column."
    )
    assert said[1].startswith("e_some_net_session_1.csv: row 3, column 'subj': 'other' is not 'some_net'")
    assert said[3].startswith("nothing.csv: 'nothing' names no experiment and observer.")
    assert said[4] == "e_empty_session_1.csv: has no trials. Give it one row a trial."


def test_empty_cells_are_named_by_row_and_column(tmp_path: Path) -> None:
    text = good()["e_subject-01_session_1"].replace("0.5,cat,cat,c1", "0.5,,cat,c1", 1)
    assert refused(tmp_path, good() | {"e_subject-01_session_1": text}) == [
        "e_subject-01_session_1.csv: row 2, column 'object_response': is empty. Fill it in."
    ]


def test_images_that_others_judged_or_that_stand_twice_are_named(tmp_path: Path) -> None:
    lines = good()["e_subject-01_session_1"].splitlines(keepends=True)
    said = refused(tmp_path, good() | {"e_subject-01_session_1": "".join(lines[:-1])})
    place = "tiny/2025-01-31: experiment 'e', condition 'c2', 'subject-01': "
    assert [place.removeprefix("tiny/2025-01-31: ") in one for one in said] == [True]
    assert "judged 2 of 3 images that others judged." in said[0]
    assert "has 4 trials of 3 images." in refused(
        tmp_path, good() | {"e_subject-01_session_1": "".join([*lines, lines[-1]])}
    )[0]  # fmt: skip


def test_a_metric_that_no_trials_give_and_an_experiment_that_no_metric_takes(tmp_path: Path) -> None:
    said = refused(tmp_path, good(), ("accuracy.f", "accuracy.e.c11"))
    assert "metric 'accuracy.f': is given by no trials. Did you mean 'accuracy.e'?" in said[0]
    assert "metric 'accuracy.e.c11': is given by no trials. Did you mean 'accuracy.e.c1'?" in said[1]
    assert "the tree has no metric of experiment 'e'." in said[2]


def test_a_parquet_file_gives_the_same_snapshot(tmp_path: Path) -> None:
    frames = []
    for part, text in good().items():
        frame = pd.read_csv(io.StringIO(text)).drop(columns=["Session", "trial", "rt"])
        frames.append(frame.assign(experiment=part.split("_")[0]))
    pd.concat(frames).to_parquet(tmp_path / "trials.parquet", index=False)
    study = make_study(tmp_path, ["trials"])
    adapter = ADAPTERS["model-vs-human-trials"]
    found = adapter.read(study, study.snapshots[0], {"trials": tmp_path / "trials.parquet"})
    expected = read(tmp_path, good())
    pd.testing.assert_frame_equal(found.scores, expected.scores)
    pd.testing.assert_frame_equal(found.models, expected.models)
    frames[0].assign(category=None).to_parquet(tmp_path / "trials.parquet", index=False)
    with pytest.raises(DataError, match="row 1, column 'category': is empty"):
        adapter.read(study, study.snapshots[0], {"trials": tmp_path / "trials.parquet"})
    frames[0].drop(columns="category").to_parquet(tmp_path / "trials.parquet", index=False)
    with pytest.raises(DataError, match="has no column category"):
        adapter.read(study, study.snapshots[0], {"trials": tmp_path / "trials.parquet"})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_trials_are_all_counted_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Either every observer's accuracy is that of a recount by the csv module, or the files are refused."""
    files = good()
    part = data.draw(st.sampled_from(list(files)))
    text = files[part]
    at = data.draw(st.integers(0, len(text) - 1))
    end = min(len(text), at + data.draw(st.integers(0, 3)))
    put = data.draw(st.text(alphabet='+-,"\n\r\0 catdogs01_.Ã€', max_size=3))
    files[part] = text[:at] + put + text[end:]
    try:
        snapshot = read(tmp_path, files)
    except DataError:
        return
    right: dict[str, list[bool]] = {}
    for name in files:
        file = (tmp_path / f"{name}.csv").open(newline="", encoding="utf-8-sig")
        header, *lines = [line for line in csv.reader(file) if line]
        for line in lines:
            cells = {key.strip().lower(): cell.strip() for key, cell in zip(header, line, strict=True)}
            right.setdefault(cells["subj"], []).append(cells["object_response"] == cells["category"])
    names = dict(zip(snapshot.models["id"], snapshot.models["source_id"], strict=True))
    taken = snapshot.scores[snapshot.scores["metric"] == "accuracy.e"]
    found = {
        names[model].removeprefix("e/"): score
        for model, score in zip(taken["model"], taken["score"], strict=True)
    }
    assert found == pytest.approx({subj: sum(listed) / len(listed) for subj, listed in right.items()})


def test_the_real_study_has_every_observer_and_no_hole_in_an_experiment(mirror: Path, tmp_path: Path) -> None:
    library = open_library(ROOT, cache=tmp_path, mirror=mirror, offline=True)
    (ref,) = library.choose("human-observers")
    snapshot = library.load(ref)
    assert len(snapshot.models) == 90
    assert set(snapshot.scores["state"]) == {"scored"}
    of_experiment = snapshot.scores["metric"].str.split(".").str[1]
    kept = snapshot.scores.assign(experiment=of_experiment)
    n_observers = kept.groupby("metric")["model"].nunique()
    people = snapshot.models.groupby("experiment")["id"].nunique()
    assert all(n == people[metric.split(".")[1]] for metric, n in n_observers.items())
    ceilings = [
        metric.ceiling for metric in snapshot.tree.metrics if metric.id.startswith("error-consistency")
    ]
    assert sum(ceilings) / 17 == pytest.approx(0.43122, abs=6e-6)  # Brain-Score's test_mean_ceiling
