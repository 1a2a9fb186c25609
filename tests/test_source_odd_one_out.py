"""Odd-one-out: tables of results, and triplets with embeddings; damaged ones are counted again or refused."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import many_parts
from scipy.spatial.distance import cosine
from scipy.stats import sem

from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.errors import DataError

TABLE = """,model,zero-shot,probing,source,module,family
0,resnet50,0.4412,0.5671,torchvision,penultimate,CNN
1,resnet50,0.4801,0.5702,torchvision,logits,CNN
2,clip_RN50,0.4921,,custom,penultimate,CLIP
"""
RESULTS = ("zero-shot", "probing")


def read_table(tmp_path: Path, text: str, metrics: tuple[str, ...] = RESULTS) -> Snapshot:
    study, parts = many_parts(tmp_path, "odd-one-out-results", metrics, {"": ("r.csv", text.encode())})
    return ADAPTERS["odd-one-out-results"].read(study, study.snapshots[0], parts)


def test_a_table_as_pandas_writes_it_ranks_a_network_once_a_layer(tmp_path: Path) -> None:
    snapshot = read_table(tmp_path, TABLE)
    assert snapshot.models.to_dict("list") == {
        "id": ["clip-rn50", "resnet50-torchvision-logits", "resnet50-torchvision-penultimate"],
        "name": ["clip_RN50", "resnet50", "resnet50"],
        "source_id": [
            "clip_RN50/custom/penultimate", "resnet50/torchvision/logits", "resnet50/torchvision/penultimate",
        ],
        "source": ["custom", "torchvision", "torchvision"],
        "module": ["penultimate", "logits", "penultimate"],
        "family": ["CLIP", "CNN", "CNN"],
    }  # fmt: skip
    scores = snapshot.scores.set_index(["model", "metric"])["score"]
    assert scores["resnet50-torchvision-logits"].to_dict() == {"zero-shot": 0.4801, "probing": 0.5702}
    assert scores["clip-rn50"].to_dict() == {"zero-shot": 0.4921}


def test_a_metric_of_the_tree_that_the_table_lacks_and_bad_cells_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no column 'zero-shots'\. Did you mean 'zero-shot'"):
        read_table(tmp_path, TABLE, ("zero-shots",))
    bad = TABLE.replace("0.4412", "44.1%").replace("2,clip_RN50", "2,") + "3,,0.1,,custom,logits,x\n"
    bad = bad.replace("resnet50,0.4801,0.5702,torchvision,logits", "resnet50,1,1,torchvision,penultimate")
    with pytest.raises(DataError) as caught:
        read_table(tmp_path, bad)
    said = [str(problem).rpartition(".csv: ")[2] for problem in caught.value.problems]
    assert said == [
        "row 3, column 'model': 'resnet50', 'torchvision', 'penultimate' stands in row 2 already. "
        "Keep one row.",
        "row 4, column 'model': is empty. Fill it in.",
        "row 5, column 'model': is empty. Fill it in.",
        "row 2, column 'zero-shot': '44.1%' is not a number. Give the number without the percent sign.",
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_tables_are_all_loaded_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TABLE) - 1))
    put = data.draw(st.text(alphabet=',"\n\r\0xé.0nan%- ', max_size=3))
    text = TABLE[:at] + put + TABLE[at + data.draw(st.integers(0, 2)) :]
    try:
        snapshot = read_table(tmp_path, text)
    except DataError:
        return
    header, *lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    filled = [(row["model"].strip(), float(row[m])) for row in rows for m in RESULTS if row[m].strip()]
    names = dict(zip(snapshot.models["id"], snapshot.models["name"], strict=True))
    assert len(snapshot.models) == len(rows)
    assert sorted((names[c.model], c.score) for c in snapshot.scores.itertuples()) == sorted(filled)


# ---------- triplets ----------

EMBEDDING = np.array([[1.0, 0.0], [0.9, 0.2], [0.0, 1.0], [0.1, 3.0]])
CHOICES = np.array([[0, 1, 2], [0, 1, 3], [2, 3, 0], [0, 2, 1]])  # the last is against the embedding


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def read_triplets(
    tmp_path: Path, files: dict[str, tuple[str, bytes]], metrics: tuple[str, ...] = ("odd-one-out",)
) -> Snapshot:
    study, parts = many_parts(tmp_path, "odd-one-out-triplets", metrics, files)
    return ADAPTERS["odd-one-out-triplets"].read(study, study.snapshots[0], parts)


def good() -> dict[str, tuple[str, bytes]]:
    similarity = np.array([[1 - cosine(a, b) for a in EMBEDDING] for b in EMBEDDING])
    rows = [",".join(str(float(one)) for one in row) for row in (similarity + similarity.T) / 2]
    return {
        "triplets": ("t.npy", npy(CHOICES)),
        "embedding/net": ("net.npy", npy(EMBEDDING)),
        "similarity/other": ("other.csv", "\n".join(rows).encode()),
    }


def test_embeddings_and_similarities_are_scored_with_their_errors(tmp_path: Path) -> None:
    snapshot = read_triplets(tmp_path, good(), ("odd-one-out", "odd-one-out-dot"))
    scores = snapshot.scores.set_index(["model", "metric"])
    assert scores["score"].to_dict() == {
        ("net", "odd-one-out"): 3 / 4,
        # 0 1 3: the dot products are 0.9, 0.1 and 0.69; 2 3 0: 3, 0 and 0.1. So again all but the last.
        ("net", "odd-one-out-dot"): 3 / 4,
        ("other", "odd-one-out"): 3 / 4,
    }
    assert scores.loc[("net", "odd-one-out"), "error"] == pytest.approx(sem([1, 1, 1, 0]))
    assert snapshot.models["kind"].tolist() == ["embedding", "similarity"]
    assert math.isnan(snapshot.tree.metrics[0].ceiling)


def test_repeats_give_the_ceiling_and_participants_the_error(tmp_path: Path) -> None:
    files = good()
    files["repeats"] = ("r.csv", b"one,two,odd\n0,1,2\n1,0,2\n0,2,1\n0,1,2\n")
    judged = np.column_stack([CHOICES, [7, 7, 9, 9]])
    files["triplets"] = ("t.parquet", parquet(judged))
    snapshot = read_triplets(tmp_path, files)
    assert snapshot.tree.metrics[0].ceiling == 3 / 4
    # Two people, means 1 and 1/2: their standard error is 1/4.
    assert snapshot.scores["error"].tolist() == pytest.approx([1 / 4, 1 / 4])


def parquet(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    pd.DataFrame(array, columns=[f"c{i}" for i in range(array.shape[1])]).to_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"triplets": ("t.npy", npy(np.array([[0, 1, 1]])))}, "entry 0: 0, 1, 1 are not three objects."),
        ({"triplets": ("t.npy", npy(np.array([[0, 1, 2], [0.5, 1, 2]])))}, "entry 1: 0.5, 1, 2 are not"),
        ({"triplets": ("t.npy", npy(np.array([[0, 1, -2]])))}, "entry 0: 0, 1, -2 are not three objects."),
        ({"triplets": ("t.npy", npy(np.array([[0, 1, 4]])))}, "4 objects, but the triplets name object 4."),
        ({"triplets": ("t.npy", npy(np.array([[0, 1]])))}, "has 2 columns."),
        ({"similarity/other": ("o.npy", npy(EMBEDDING))}, "has 4 rows and 2 columns."),
        ({"similarity/other": ("o.npy", npy(np.arange(16.0).reshape(4, 4)))}, "not the same in both"),
        ({"embeding/x": ("x.npy", npy(EMBEDDING))}, "part 'embeding/x' is no model."),
        ({"repeats": ("r.csv", b"0,1,2\n0,1,3\n")}, "gives no ceiling: no triplet was judged more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, change: dict[str, tuple[str, bytes]], said: str) -> None:
    with pytest.raises(DataError) as caught:
        read_triplets(tmp_path, good() | change)
    assert said in str(caught.value)


def test_a_study_without_choices_models_or_known_metrics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_triplets(tmp_path, {"repeats": ("r.csv", b"0,1,2\n")}, ("odd-one-uot",))
    said = str(caught.value)
    for one in ("no source has the part 'triplets'", "has no models", "Did you mean 'odd-one-out'?"):
        assert one in said


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_triplets_are_all_counted_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    text = "one,two,odd\n" + "".join(",".join(map(str, row)) + "\n" for row in CHOICES.tolist())
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.text(alphabet='0123,.\n"x-\0', max_size=2))
    text = text[:at] + put + text[at + data.draw(st.integers(0, 2)) :]
    try:
        snapshot = read_triplets(tmp_path, good() | {"triplets": ("t.csv", text.encode())})
    except DataError:
        return
    lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    named = not any(cell.strip().lstrip("+-").replace(".", "", 1).isdigit() for cell in lines[0])
    rows = [[int(float(cell)) for cell in line[:3]] for line in lines[named:]]
    similar = lambda a, b: 1 - cosine(EMBEDDING[a], EMBEDDING[b])  # noqa: E731
    right = [similar(a, b) > max(similar(a, c), similar(b, c)) for a, b, c in rows]
    found = snapshot.scores.set_index("model").loc["net", "score"]
    assert found == pytest.approx(sum(right) / len(right))
