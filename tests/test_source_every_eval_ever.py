"""Every Eval Ever: documents of its schema made by hand; mutated ones are counted again by json."""

from __future__ import annotations

import copy
import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import many_parts

from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.errors import DataError

METRICS = ("MMLU", "lite/Arabic", "levels")


def result(name: str, score: object, dataset: str = "lite", **more: Any) -> dict[str, Any]:
    config = {"lower_is_better": False, "score_type": "continuous", "min_score": 0.0, "max_score": 1.0}
    return {
        "evaluation_name": name,
        "source_data": {"dataset_name": dataset, "source_type": "url", "url": ["https://example.org"]},
        "metric_config": config | more.pop("config", {}),
        "score_details": {"score": score, **more},
    }


def document(model: str, *results: dict[str, Any], at: str = "1770682039.8") -> dict[str, Any]:
    """What the schema (eval.schema.json 0.2.1) requires."""
    return {
        "schema_version": "0.2.1",
        "evaluation_id": f"lite/{model}/{at}",
        "retrieved_timestamp": at,
        "source_metadata": {
            "source_type": "documentation",
            "source_organization_name": "Nobody",
            "evaluator_relationship": "third_party",
        },
        "eval_library": {"name": "none", "version": "unknown"},
        "model_info": {"name": model.rpartition("/")[2], "id": model, "developer": model.partition("/")[0]},
        "evaluation_results": list(results),
    }


def good() -> list[dict[str, Any]]:
    return [
        document(
            "a/one",
            result("MMLU", 0.5, uncertainty={"standard_error": {"value": 0.01}}),
            result("Arabic", 0.25),
            result("Arabic", 0.75, dataset="other"),
            result("Yoruba", 0.1),
        ),
        document("b/one", result("MMLU", 0.75), result("levels", -1, config={"has_unknown_level": True})),
    ]


def read(tmp_path: Path, data: bytes, name: str = "x.jsonl") -> Snapshot:
    study, parts = many_parts(tmp_path, "every-eval-ever", METRICS, {"": (name, data)})
    return ADAPTERS["every-eval-ever"].read(study, study.snapshots[0], parts)


def lines(documents: list[Any]) -> bytes:
    return "\n".join(json.dumps(one) for one in documents).encode()


def refusal(tmp_path: Path, documents: list[Any]) -> str:
    with pytest.raises(DataError) as caught:
        read(tmp_path, lines(documents))
    return str(caught.value)


def test_results_that_the_tree_names_are_taken_and_the_others_counted(tmp_path: Path) -> None:
    snapshot = read(tmp_path, lines(good()))
    assert snapshot.models.set_index("source_id")[["id", "developer", "other_results"]].to_dict("index") == {
        "a/one": {"id": "one-a-one", "developer": "a", "other_results": 2.0},
        "b/one": {"id": "one-b-one", "developer": "b", "other_results": 0.0},
    }
    cells = snapshot.scores.set_index(["model", "metric"])
    assert cells["score"].dropna().to_dict() == {
        ("one-a-one", "MMLU"): 0.5,
        ("one-a-one", "lite/Arabic"): 0.25,
        ("one-b-one", "MMLU"): 0.75,
    }
    assert cells.loc[("one-b-one", "levels"), "state"] == "failed"
    assert cells.loc[("one-a-one", "MMLU"), "error"] == 0.01


def test_a_list_and_an_archive_give_the_same(tmp_path: Path) -> None:
    expected = read(tmp_path, lines(good()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, one in enumerate(good()):
            archive.writestr(f"repo/data/lite/dev/model/{number}.json", json.dumps(one))
        archive.writestr("repo/audit/summary.json", '{"not": "a document"}')
        archive.writestr("repo/data/lite/dev/model/samples.jsonl", "{}")
    for name, data in (("x.json", json.dumps(good()).encode()), ("x.zip", out.getvalue())):
        found = read(tmp_path, data, name)
        assert found.scores.equals(expected.scores)
        assert found.models.equals(expected.models)


def test_of_several_results_the_newest_document_s_counts(tmp_path: Path) -> None:
    old, new = document("a/one", result("MMLU", 0.1), at="1"), document("a/one", result("MMLU", 0.2), at="2")
    for order in ([old, new], [new, old]):
        snapshot = read(tmp_path, lines(order))
        assert snapshot.scores["score"].tolist() == [0.2]
        assert snapshot.models["superseded_results"].tolist() == [1.0]
    twin = document("a/one", result("MMLU", 0.3), at="2")
    said = refusal(tmp_path, [new, twin])
    assert "x.jsonl: row 2: evaluation_results.0: gives 'a/one' on 'MMLU' a second score" in said
    assert "x.jsonl: row 1: evaluation_results.0" in said


def test_a_direction_that_is_not_the_study_s_is_refused(tmp_path: Path) -> None:
    one = document("a/one", result("MMLU", 0.1, config={"lower_is_better": True}))
    assert "says that lower is better on 'MMLU'; the study says otherwise." in refusal(tmp_path, [one])


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("model_info", "id"), "", "model_info.id"),
        (("model_info",), None, "model_info"),
        (("retrieved_timestamp",), "yesterday", "retrieved_timestamp"),
        (("schema_version",), "0.1.0", "has the schema version '0.1.0', not 0.2."),
        (("evaluation_results", 0, "score_details", "score"), "0.5", "score_details.score"),
        (("evaluation_results", 0, "score_details", "score"), True, "score_details.score"),
        (("evaluation_results", 0, "score_details", "score"), math.nan, "is not a finite number."),
        (("evaluation_results", 0, "metric_config", "lower_is_better"), "no", "lower_is_better"),
        (("evaluation_results",), [], "evaluation_results"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, path: tuple[Any, ...], value: object, said: str
) -> None:
    documents = good()
    target: Any = documents[0]
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    message = refusal(tmp_path, documents)
    assert "x.jsonl: row 1" in message
    assert said in message


def test_every_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, b'{"a": \n' + lines(good()) + b'\n{"score": Infinity}\n\xff\n')
    said = [str(problem) for problem in caught.value.problems]
    wanted = ("row 1: is not JSON", "row 4: is not JSON", "row 5: is not UTF-8 text")
    assert [one in told for one, told in zip(wanted, said, strict=True)] == [True, True, True]
    assert "has no result that the tree names" in refusal(tmp_path, [document("a/x", result("Yoruba", 1))])


def places(value: object, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, one in steps for place in places(one, (*here, key)))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_documents_are_all_loaded_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    documents = copy.deepcopy(good())
    place = data.draw(st.sampled_from([place for place in places(documents) if len(place) > 1]))
    target: Any = documents
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = data.draw(
        st.sampled_from([None, "", "x", -1, 0.5, 1e400, True, [], {}, "MMLU", "lite", "\0", "1770682039.8"])
    )
    try:
        snapshot = read(tmp_path, lines(documents))
    except DataError:
        return
    taken: dict[tuple[str, str], float] = {}
    others = 0
    for one in documents:
        for entry in one["evaluation_results"]:
            source = entry.get("source_data")
            dataset = source.get("dataset_name", "") if isinstance(source, dict) else ""
            names = [f"{dataset}/{entry['evaluation_name']}", entry["evaluation_name"]]
            known = [name for name in names if name in METRICS]
            if known:
                taken[one["model_info"]["id"], known[0]] = entry["score_details"]["score"]
            else:
                others += 1
    found = snapshot.scores
    assert len(found) + snapshot.models["superseded_results"].sum() + others == sum(
        len(one["evaluation_results"]) for one in documents
    )
    assert snapshot.models["other_results"].sum() == others
    names = dict(zip(snapshot.models["id"], snapshot.models["source_id"], strict=True))
    for row in found.itertuples():
        if row.state == "scored":
            assert taken[names[row.model], row.metric] == row.score
