"""timm's result files: small ones made by hand, and the real ones of the mirror."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.catalog.fetch import mirror_path
from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.catalog.study import load_study
from builder.errors import DataError

STUDY = load_study(Path(__file__).resolve().parent.parent / "data" / "studies" / "timm-imagenet.toml")
METRICS = STUDY.tree.metric_ids
EARLY = "model,top1,top1_err,top5,top5_err,param_count,img_size,crop_pct,interpolation\n"
LATE = "model,img_size,top1,top1_err,top5,top5_err,param_count,crop_pct,interpolation\n"


def read(files: dict[str, str], tmp_path: Path) -> Snapshot:
    """The first snapshot of the study with these files in place of its own; the others have one network."""
    parts = {}
    for metric in METRICS:
        parts[metric] = tmp_path / f"{metric}.csv"
        parts[metric].write_text(files.get(metric, LATE + "net,224,50,50,90,10,5.5,1,bicubic\n"))
    return ADAPTERS["timm-results"].read(STUDY, STUDY.snapshots[0], parts)


def test_columns_come_in_either_order_and_separators_go(tmp_path: Path) -> None:
    early = EARLY + 'net,80.5,19.5,95,5,"1,013.01",224,1.000,bicubic\n'
    late = LATE + 'net,224,60.25,39.75,90,10,"1,013.01",1.000,bicubic\n'
    snapshot = read(dict.fromkeys(METRICS, late) | {"imagenet": early}, tmp_path)
    assert snapshot.models.to_dict("list") == {
        "id": ["net"],
        "name": ["net"],
        "source_id": ["net@224"],
        "image_size": ["224"],
        "params_millions": [1013.01],
    }
    scores = dict(zip(snapshot.scores["metric"], snapshot.scores["score"], strict=True))
    assert scores == dict.fromkeys(METRICS, 60.25) | {"imagenet": 80.5}


def test_a_network_at_two_sizes_is_two_models_and_an_absent_one_is_missing(tmp_path: Path) -> None:
    rows = "net,224,50,50,90,10,5.5,1,bicubic\nnet,288,51,49,90,10,5.5,1,bicubic\nnew,224,,,,,,1,bicubic\n"
    snapshot = read({"sketch": LATE + rows}, tmp_path)
    assert snapshot.models["id"].tolist() == ["net-224", "net-288", "new"]
    assert snapshot.models["name"].tolist() == ["net", "net", "new"]
    assert snapshot.models["source_id"].tolist() == ["net@224", "net@288", "new@224"]
    assert snapshot.models["params_millions"].isna().tolist() == [False, False, True]
    scored = snapshot.scores.groupby("model")["metric"].agg(list).to_dict()
    assert scored == {"net-224": sorted(METRICS), "net-288": ["sketch"]}


def test_every_problem_of_every_file_is_named(tmp_path: Path) -> None:
    files = {
        "imagenet": LATE + "net,224,high,0,0,0,5.5,1,bicubic\n",
        "imagenet-a": LATE + "net,big,50,0,0,0,5.5,1,bicubic\n,224,50,0,0,0,many,1,bicubic\n",
        "imagenet-r": LATE + "net,224,50,0,0,0,5.5,1,b\nnet,224,51,0,0,0,5.5,1,b\n",
        "sketch": LATE.replace("top1,", "top_1,") + "net,224,50,0,0,0,5.5,1,bicubic\n",
    }
    with pytest.raises(DataError) as caught:
        read(files, tmp_path)
    said = [str(problem).removeprefix("timm-imagenet/2022-07-27: ") for problem in caught.value.problems]
    assert said == [
        "results-imagenet.csv: row 2, column 'top1': 'high' is not a number. "
        "Write a number with '.' as decimal point, or leave the cell empty where nothing was measured.",
        "results-imagenet-a.csv: row 2, column 'img_size': 'big' is not a whole number of pixels. "
        "Correct it.",
        "results-imagenet-a.csv: row 3, column 'model': is empty. Fill it in.",
        "results-imagenet-a.csv: row 3, column 'param_count': 'many' is not a number. "
        "Write a number with '.' as decimal point, or leave the cell empty where nothing was measured.",
        "results-imagenet-r.csv: row 3, column 'model': 'net' at size 224 stands in row 2 already. "
        "Give it one row.",
        "results-sketch.csv: row 1: has no column 'top1'. Did you mean 'top_1'?",
        "results-sketch.csv: row 1, column 'top_1': is a column that is not known here. Did you mean 'top1'?",
    ]


def test_every_metric_has_one_part(tmp_path: Path) -> None:
    parts = {metric: tmp_path / "x.csv" for metric in METRICS if metric != "sketch"} | {
        "sketches": tmp_path / "x.csv"
    }
    with pytest.raises(DataError) as caught:
        ADAPTERS["timm-results"].read(STUDY, STUDY.snapshots[0], parts)
    said = [str(problem) for problem in caught.value.problems]
    assert said[0].endswith("part 'sketches' is no metric of the tree. Did you mean 'sketch'?")
    assert "no source has the part 'sketch'" in said[1]


def test_files_without_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no models"):
        read(dict.fromkeys(METRICS, LATE), tmp_path)


# The real files


@pytest.fixture(scope="module")
def snapshots(mirror: Path) -> dict[str, Snapshot]:
    return {
        spec.snapshot_id: ADAPTERS[spec.adapter].read(
            STUDY, spec, {source.part: mirror_path(mirror, source.url) for source in spec.sources}
        )
        for spec in STUDY.snapshots
    }


@pytest.mark.parametrize(
    ("snapshot_id", "n_models", "n_scores"),
    [
        ("2022-07-27", 668, 4008),
        ("2023-11-20", 1080, 6480),
        ("2024-08-22", 1445, 8670),
        # Two networks are not in every file.
        ("2025-10-30", 1557, 6 * 1556),
    ],
)
def test_the_four_commits_load(
    snapshots: dict[str, Snapshot], snapshot_id: str, n_models: int, n_scores: int
) -> None:
    snapshot = snapshots[snapshot_id]
    assert len(snapshot.models) == n_models
    assert snapshot.models["id"].is_unique
    assert snapshot.models["source_id"].is_unique
    assert snapshot.models["params_millions"].notna().all()
    assert len(snapshot.scores) == n_scores
    assert set(snapshot.scores["state"]) == {"scored"}
    assert snapshot.scores["score"].between(0, 100).all()


def test_scores_are_those_of_the_file(snapshots: dict[str, Snapshot], mirror: Path) -> None:
    snapshot = snapshots["2025-10-30"]
    source_id = snapshot.models.set_index("id")["source_id"]
    for source in STUDY.snapshots[-1].sources:
        with mirror_path(mirror, source.url).open(newline="") as file:
            said = {f"{row['model']}@{row['img_size']}": float(row["top1"]) for row in csv.DictReader(file)}
        ours = snapshot.scores[snapshot.scores["metric"] == source.part]
        assert dict(zip(ours["model"].map(source_id), ours["score"], strict=True)) == said


def test_a_network_at_one_size_has_one_source_id_in_every_snapshot(snapshots: dict[str, Snapshot]) -> None:
    # Names began to repeat in 2024; every network of 2023 is still found under its source id.
    early, late = snapshots["2023-11-20"].models, snapshots["2024-08-22"].models
    assert early["name"].is_unique
    assert not late["name"].is_unique
    assert set(early["source_id"]) < set(late["source_id"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_row_of_a_mutated_file_is_loaded_or_the_files_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    text = LATE + "net,224,50,50,90,10,5.5,1,bicubic\nnet,288,51.5,49,90,10,5.5,1,b\nnew,224,,,,,,1,b\n"
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.text(alphabet=',"\n\r\0é.0 nan-', max_size=3))
    text = text[:at] + put + text[at + data.draw(st.integers(0, 2)) :]
    try:
        snapshot = read({"sketch": text}, tmp_path)
    except DataError:
        return
    header, *lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    told = {(row["model"].strip(), row["img_size"].strip()): row["top1"].strip() for row in rows}
    sizes = snapshot.models.set_index("id")["source_id"]
    found = snapshot.scores[snapshot.scores["metric"] == "sketch"]
    loaded = {sizes[model]: score for model, score in zip(found["model"], found["score"], strict=True)}
    assert len(told) == len(rows)
    assert loaded == {f"{name}@{size}": float(score) for (name, size), score in told.items() if score}
