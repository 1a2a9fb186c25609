"""Brain-Score's history: a document made by hand, one made of the simulated study, and damaged ones."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import served
from samples import SOURCED

from builder.catalog.fetch import fetch_snapshot
from builder.catalog.package import read_snapshot
from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.catalog.study import Study, load_study
from builder.errors import DataError

STUDY = """
id = "history"
title = "History"
summary = "History."
higher_is_better = true
tree = ["neural"]
[groups.neural]
name = "Neural"
role = "neural"
children = ["v1"]
[metrics.v1]
name = "Primary visual cortex"
"""


def version(number: int, start: str, end: str | None = None) -> dict[str, Any]:
    return {"version": number, "identifier": f"x_v{number}", "valid_from": start, "valid_to": end}


def benchmark(
    type_id: str, parent: str | None, *versions: dict[str, Any], leaf: bool = True
) -> dict[str, Any]:
    return {
        "id": f"{type_id}_v{versions[-1]['version']}", "type_id": type_id, "label": type_id.upper(),
        "parent_id": parent, "is_leaf": leaf, "is_engineering": False, "display_domain": "vision",
        "versions": list(versions),
    }  # fmt: skip


def score(number: int, value: object, when: str, error: object = None) -> dict[str, Any]:
    return {"version": number, "value": value, "error": error, "timestamp": when}


DOCUMENT: dict[str, Any] = {
    "domain": "vision",
    "datetime_range": {"min": "2020-01-01", "max": "2024-12-31", "min_unix": 0, "max_unix": 1},
    "benchmarks": [
        benchmark("neural", None, version(1, "2020-01-01T00:00:00Z"), leaf=False),
        # v1 changes its version in the middle of 2022; it comes before and after.
        benchmark(
            "v1", "neural_v1",
            version(1, "2020-01-01T00:00:00Z", "2022-06-01T00:00:00Z"), version(2, "2022-06-01T00:00:00Z"),
        ),
        benchmark("it", "neural", version(1, "2023-01-01T00:00:00+00:00")),  # a late one
    ],
    "models": [
        {
            "id": 1, "name": "resnet", "submission_timestamp": "2021-01-01T12:00:00Z",
            "scores": {
                "neural": [score(1, 0.45, "2021-01-02T00:00:00Z")],
                "v1": [
                    score(1, 0.5, "2021-01-02T00:00:00Z", 0.01),
                    score(1, 0.55, "2021-03-02T00:00:00Z", 0.02),  # run again
                    score(2, 0.3, "2022-07-01T00:00:00Z", 0.03),
                ],
                "it": [score(1, "NaN", "2023-02-01T00:00:00Z")],
            },
        },
        {
            "id": 2, "name": "resnet", "submission_timestamp": "2022-12-31T23:59:59Z",
            "scores": {"v1": [score(2, None, "2023-01-05T00:00:00Z")]},
        },
    ],
}  # fmt: skip


def study_of(tmp_path: Path, date: str, url: str = "https://example.org/d", sha256: str = "0" * 64) -> Study:
    path = tmp_path / "history.toml"
    path.write_text(
        STUDY + SOURCED.format(date=date, adapter="brain-score-history", url=url, sha256=sha256),
        encoding="utf-8",
    )
    return load_study(path)


def read(document: object, tmp_path: Path, date: str) -> Snapshot:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    study = study_of(tmp_path, date)
    return ADAPTERS["brain-score-history"].read(study, study.snapshots[0], {"": path})


def cells(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    return [
        (row.model, row.metric, None if math.isnan(row.score) else row.score, row.state)
        for row in snapshot.scores.itertuples()
    ]


def test_before_and_after_a_version_changes(tmp_path: Path) -> None:
    before = read(DOCUMENT, tmp_path, "2022-05-31")
    assert cells(before) == [("resnet", "v1", 0.55, "scored")]
    assert before.scores["error"].tolist() == [0.02]
    assert before.scores["date"].tolist() == ["2021-03-02"]
    assert before.tree.metric_ids == ("v1",)
    assert before.published["value"].tolist() == [0.45]
    # On the day of the change the new version is valid, and nobody has a score of it yet.
    assert cells(read(DOCUMENT, tmp_path, "2022-06-01")) == []
    assert cells(read(DOCUMENT, tmp_path, "2022-07-01")) == [("resnet", "v1", 0.3, "scored")]


def test_of_a_score_that_was_run_again_the_last_by_then_counts(tmp_path: Path) -> None:
    assert cells(read(DOCUMENT, tmp_path, "2021-02-28")) == [("resnet", "v1", 0.5, "scored")]


def test_failed_is_not_missing_and_repeated_names_are_two_models(tmp_path: Path) -> None:
    late = read(DOCUMENT, tmp_path, "2024-12-31")
    assert late.models["source_id"].tolist() == ["1", "2"]
    assert late.models["id"].tolist() == ["resnet-1", "resnet-2"]
    assert late.models["submitted"].tolist() == ["2021-01-01", "2022-12-31"]
    assert cells(late) == [
        ("resnet-1", "it", None, "failed"),
        ("resnet-1", "v1", 0.3, "scored"),
        ("resnet-2", "v1", None, "failed"),
    ]
    assert late.tree.metric("v1").name == "Primary visual cortex"  # the study's
    assert late.tree.metric("it").name == "IT"  # the document's
    assert late.tree.role_groups == {"neural": "neural"}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_calendar_has_in_utc_is_refused(tmp_path: Path, moment: str) -> None:
    damaged = copy.deepcopy(DOCUMENT)
    damaged["models"][0]["submission_timestamp"] = moment
    with pytest.raises(DataError, match=r"models\.0\.submission_timestamp: .*before the first or after"):
        read(damaged, tmp_path, "2024-12-31")


def test_blanks_around_names_are_no_part_of_them(tmp_path: Path) -> None:
    blank = copy.deepcopy(DOCUMENT)
    blank["models"][0]["name"], blank["benchmarks"][2]["label"] = " resnet\t", " "
    snapshot = read(blank, tmp_path, "2024-12-31")
    assert snapshot.models["name"].tolist() == ["resnet", "resnet"]
    assert snapshot.tree.metric("it").name == "it"
    blank["models"][0]["name"] = "\u2003"
    with pytest.raises(DataError, match=r"models\.0\.name"):
        read(blank, tmp_path, "2024-12-31")


def test_two_metrics_never_share_a_name(tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["benchmarks"][2]["label"] = "Primary visual cortex"  # which the study calls v1
    tree = read(document, tmp_path, "2024-12-31").tree
    assert [metric.name for metric in tree.metrics] == ["Primary visual cortex", "it"]


def test_before_anything_was_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no model had been submitted by 2020-06-30"):
        read(DOCUMENT, tmp_path, "2020-06-30")


def simulated(dates: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Snapshot]]:
    """A document in which each snapshot of the simulated study is what stands at its date."""
    study = load_study(ROOT / "data/studies/simulated-alignment.toml")
    folder = ROOT / "data/snapshots/simulated-alignment"
    snapshots = {date: read_snapshot(folder / date, study) for date in dates}
    models: dict[str, dict[str, Any]] = {}
    metrics: dict[str, str] = {}
    for date, snapshot in snapshots.items():
        for row in snapshot.models.itertuples():
            made = {"id": row.id, "name": row.name, "submission_timestamp": f"{date}T06:00:00Z", "scores": {}}
            models.setdefault(row.id, made)
        for metric in snapshot.tree.metric_ids:
            metrics.setdefault(metric, date)
        for row in snapshot.scores.itertuples():
            value = "NaN" if math.isnan(row.score) else row.score
            models[row.model]["scores"].setdefault(row.metric, []).append(
                score(1, value, f"{date}T07:00:00Z")
            )
    tree = list(snapshots.values())[-1].tree
    nodes = [
        benchmark(g.id, g.parent or None, version(1, "2020-01-01T00:00:00Z"), leaf=False) for g in tree.groups
    ]
    nodes += [
        benchmark(m.id, m.parent or None, version(1, f"{metrics[m.id]}T00:00:00Z")) for m in tree.metrics
    ]
    return {"domain": "vision", "benchmarks": nodes, "models": list(models.values())}, snapshots


@pytest.mark.usefixtures("simulated_studies")
def test_one_document_served_gives_every_snapshot_of_the_simulated_study(tmp_path: Path) -> None:
    document, snapshots = simulated(("2022-12-31", "2023-12-31"))
    data = json.dumps(document).encode()
    site = tmp_path / "site" / "vision" / "compare"
    site.mkdir(parents=True)
    (site / "data").write_bytes(data)
    with served(tmp_path / "site") as address:
        for date in snapshots:
            url = f"{address}/vision/compare/data"
            study = study_of(tmp_path, date, url, hashlib.sha256(data).hexdigest())
            parts = fetch_snapshot(study.snapshots[0], cache=tmp_path / "cache")
            found = ADAPTERS["brain-score-history"].read(study, study.snapshots[0], parts)
            # By hand: a cell is what the newest snapshot by then says of it; what was there once stays.
            expected: dict[tuple[str, str], tuple[str, float]] = {}
            for day, earlier in snapshots.items():
                if day <= date:
                    for row in earlier.scores.itertuples():
                        expected[row.model, row.metric] = (row.state, row.score)
            names = dict(zip(found.models["id"], found.models["source_id"], strict=True))
            ours = {
                (names[row.model], row.metric): (row.state, row.score) for row in found.scores.itertuples()
            }
            assert set(ours) == set(expected)
            for key, (state, value) in expected.items():
                assert ours[key] == (state, pytest.approx(value, nan_ok=True, abs=0, rel=0)), key
            assert set(names.values()) == {
                model for day, one in snapshots.items() if day <= date for model in one.models["id"]
            }


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("models", 0, "scores", "v1", 0, "value"), "high", r"models\.0\.scores\.v1\.0\.value"),
        (("models", 0, "scores", "v1", 0, "value"), "0.5", r"models\.0\.scores\.v1\.0\.value"),
        (("models", 0, "scores", "v1", 0, "value"), True, r"models\.0\.scores\.v1\.0\.value"),
        (("models", 0, "submission_timestamp"), "yesterday", r"models\.0\.submission_timestamp"),
        (("models", 1, "id"), 1, r"id '1' stands 2 times"),
        (("benchmarks", 2, "parent_id"), "nobody", r"names parent 'nobody'"),
        (("benchmarks", 2, "type_id"), "v1", r"'v1' stands 2 times"),
        (("benchmarks", 0, "parent_id"), "neural", r"cycle"),
        (("models", 0, "scores", "it", 0, "value"), 10**400, r"models\.0\.scores\.it"),
        (("benchmarks",), [], r"benchmarks"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    path: tuple[Any, ...], value: object, said: str, tmp_path: Path
) -> None:
    document = copy.deepcopy(DOCUMENT)
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(DataError, match=said):
        read(document, tmp_path, "2024-12-31")


def places(value: object, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(found for key, below in steps for found in places(below, (*here, key)))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(places(DOCUMENT)[1:]),
    value=st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]), st.just({})
    ),
)
def test_a_damaged_document_loads_or_is_refused(
    place: tuple[Any, ...], value: object, tmp_path: Path
) -> None:
    document = copy.deepcopy(DOCUMENT)
    at: Any = document
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    try:
        found = read(document, tmp_path, "2024-12-31")
    except DataError:
        return
    assert found.date == dt.date(2024, 12, 31)
    if place[0] == "models" and len(place) > 3:
        # What is wrong with one benchmark of one model leaves every other cell as it was.
        hurt = (str(DOCUMENT["models"][place[1]]["id"]), place[3])
        source_ids = dict(zip(found.models["id"], found.models["source_id"], strict=True))
        ours = {(source_ids[m], k): (v, s) for m, k, v, s in cells(found) if (source_ids[m], k) != hurt}
        whole = {
            ("1", "it"): (None, "failed"), ("1", "v1"): (0.3, "scored"), ("2", "v1"): (None, "failed"),
        }  # fmt: skip
        assert ours == {key: cell for key, cell in whole.items() if key != hurt}
