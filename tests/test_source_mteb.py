"""MTEB's results folders: made by hand, averages worked out, revisions chosen as the leaderboard does."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import many_parts
from test_archives import tarred, zipped

from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.errors import DataError


def task(name: str, version: str | None = "1.12.0", **splits: dict[str, object]) -> dict[str, Any]:
    """A file as mteb writes it since 1.11."""
    scores = {
        split: [{"main_score": value, "hf_subset": subset, "languages": ["eng-Latn"], "accuracy": 0.1}
                for subset, value in subsets.items()]
        for split, subsets in splits.items()
    }  # fmt: skip
    return {
        "dataset_revision": "abc", "task_name": name, "mteb_version": version, "scores": scores,
        "evaluation_time": 1.5, "kg_co2_emissions": None,
    }  # fmt: skip


FILES: dict[str, object] = {
    "results/org__big/r1/model_meta.json": {"name": "org/big", "revision": "r1"},
    "results/org__big/r1/Banking.json": task("Banking", test={"default": 0.8}),
    "results/org__big/r1/Massive.json": task(
        "Massive", test={"en": 0.6, "de": 0.4}, validation={"en": 0.9, "de": 0.7}
    ),
    "results/org__big/r1/Other.json": task("Other", test={"default": 0.1}),
    "results/small/r9/Banking.json": task("Banking", test={"default": None}),
    "results/small/r9/Massive.json": task("Massive", test={"en": 0.5}),
    "results/small/r9/Dev.json": task("Dev", dev={"default": 0.25}, train={"default": 0.75}),
}
METRICS = ("Banking", "Massive", "Massive@validation", "Massive@test@en", "Dev")


def packed(files: dict[str, object]) -> dict[str, bytes]:
    return {
        name: value if isinstance(value, bytes) else json.dumps(value).encode()
        for name, value in files.items()
    }


def read(
    tmp_path: Path, files: dict[str, object], metrics: tuple[str, ...] = METRICS, *, as_tar: bool = False
) -> Snapshot:
    data = (tarred if as_tar else zipped)(packed(files))
    study, parts = many_parts(tmp_path, "mteb-results", metrics, {"": ("r.zip", data)})
    return ADAPTERS["mteb-results"].read(study, study.snapshots[0], parts)


def test_the_main_score_is_averaged_over_splits_and_subsets(tmp_path: Path) -> None:
    for as_tar in (False, True):
        snapshot = read(tmp_path, FILES, as_tar=as_tar)
        cells = snapshot.scores.set_index(["model", "metric"])
        assert cells["score"].dropna().to_dict() == pytest.approx(
            {
                ("org-big", "Banking"): 0.8,
                ("org-big", "Massive"): (0.6 + 0.4) / 2,  # of test alone, which is there
                ("org-big", "Massive@validation"): (0.9 + 0.7) / 2,
                ("org-big", "Massive@test@en"): 0.6,
                ("small", "Massive@test@en"): 0.5,
                ("small", "Dev"): (0.25 + 0.75) / 2,  # no split is called test
            }
        )
        assert cells.loc[("small", "Banking"), "state"] == "failed"


def test_who_lacks_a_subset_that_others_have_has_no_score_and_is_counted(tmp_path: Path) -> None:
    snapshot = read(tmp_path, FILES)
    assert ("small", "Massive") not in set(
        zip(snapshot.scores["model"], snapshot.scores["metric"], strict=True)
    )
    assert snapshot.models.set_index("name")[["incomplete_tasks", "other_tasks"]].to_dict("index") == {
        "org/big": {"incomplete_tasks": 0.0, "other_tasks": 1.0},
        "small": {"incomplete_tasks": 2.0, "other_tasks": 0.0},  # Massive, and its validation split
    }


@pytest.mark.parametrize(
    ("one", "other", "taken"),
    [
        (("r1", "1.9.0"), ("r2", "1.12.3"), 2),  # the later version, which is not the later text
        (("r1", None), ("external", "1.0.0"), 2),  # a version at all before a revision
        (("no_revision_available", "2.0.0"), ("r2", "1.0.0"), 2),  # a revision before a later version
        (("b", "1.0.0"), ("a", "1.0.0"), 1),  # nothing else to go by
        (("r1", "1.38.9"), ("r2", "1.38.9.dev0"), 1),
    ],
)
def test_of_several_revisions_one_is_taken_for_each_task(
    tmp_path: Path, one: tuple[str, str | None], other: tuple[str, str | None], taken: int
) -> None:
    files: dict[str, object] = {
        f"m/{revision}/T.json": task("T", version, test={"default": score})
        for (revision, version), score in ((one, 1.0), (other, 2.0))
    }
    for order in (files, dict(reversed(files.items()))):
        snapshot = read(tmp_path, order, ("T",))
        assert snapshot.scores["score"].tolist() == [taken]
        assert snapshot.models["other_revisions"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"Banking.json": task("Banking", test={"default": 1})}, "lies in no folder MODEL/REVISION."),
        ({"m/r/Banking.json": b"{"}, "m/r/Banking.json: is not JSON"),
        ({"m/r/Banking.json": {"task_name": "Banking"}}, "m/r/Banking.json: scores: Field required"),
        ({"m/r/Banking.json": task("Banking")}, "has no scores."),
        ({"m/r/Banking.json": task("Banking", test={"default": "0.5"})}, "main_score"),
        ({"m/r/Banking.json": {"mteb_dataset_name": "Banking", "test": {}}}, "the form of mteb before 1.11"),
        ({"m/r/Other.json": task("Other", test={"default": 1})}, "has no task that the tree names."),
        ({"m/r/Banking.json": task("Banking", test={"default": 1})}, "metric 'Massive': is in no result."),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, files: dict[str, object], said: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, files)
    assert said in str(caught.value)


def test_a_file_of_another_task_that_cannot_be_read_is_counted_with_the_others(tmp_path: Path) -> None:
    snapshot = read(tmp_path, FILES | {"results/small/r9/Old.json": {"mteb_dataset_name": "Old"}})
    assert snapshot.models.set_index("name").loc["small", "other_tasks"] == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_files_are_all_counted_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    files = packed(FILES)
    name = data.draw(st.sampled_from(sorted(files)))
    text = files[name].decode()
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.text(alphabet='0.9e"-,{}[]nulNaT', max_size=3))
    files[name] = (text[:at] + put + text[at + data.draw(st.integers(0, 3)) :]).encode()
    try:
        snapshot = read(tmp_path, dict(files), ("Banking",))
    except DataError:
        return
    expected: dict[str, float] = {}
    n_others = 0
    for path, raw in files.items():
        model, _, stem = path.removesuffix(".json").split("/")[-3:]
        if stem == "model_meta":
            continue
        try:
            value = json.loads(raw)
        except ValueError:
            n_others += 1
            continue
        if isinstance(value, dict) and value.get("task_name") == "Banking":
            (score,) = (one["main_score"] for split in value["scores"].values() for one in split)
            expected[model.replace("__", "/")] = math.nan if score is None else score
        else:
            n_others += 1
    names = dict(zip(snapshot.models["id"], snapshot.models["name"], strict=True))
    found = {names[row.model]: row.score for row in snapshot.scores.itertuples()}
    assert found == pytest.approx({model: expected[model] for model in found}, nan_ok=True)
    assert len(found) + snapshot.models["incomplete_tasks"].sum() == len(expected)
    assert snapshot.models["other_tasks"].sum() == n_others
