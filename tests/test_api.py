"""Every document fits its JSON Schema, and says what the results say."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from projects import contents
from samples import CELLS, TREE, make_snapshot

from builder import api, api_agreement
from builder.analysis import analyse
from builder.analysis.history import history
from builder.api_agreement import agreement_document
from builder.catalog.library import Earlier
from builder.catalog.specs import ModelGroupsSpec
from builder.results import start_view

# More models than `CELLS`, so that every kind of document has something to say.
MORE = {
    **CELLS,
    **{
        f"model-{index}": tuple(round(float(x), 3) for x in row)
        for index, row in enumerate(np.random.default_rng(0).random((25, 4)))
    },
}
SAID = [("alpha", "neural", 0.675), ("alpha", "", 0.9)]
KINDS = {
    "agreement",
    "clusters",
    "comparison",
    "contribution",
    "coverage",
    "history",
    "index",
    "missing",
    "model-groups",
    "published",
    "robustness",
    "structure",
    "view",
}
HEADING = api.Heading("0" * 64, TREE.metrics, None)


def analysed(study):
    grouped = study.file.model_copy(update={"model_groups": ModelGroupsSpec(by="size")})
    study = replace(study, file=grouped)
    sizes = [float(i) for i in range(len(MORE))]
    snapshot = make_snapshot(MORE, published=SAID, attributes={"size": sizes})
    found = analyse(study, snapshot)
    older = make_snapshot({**CELLS, "gone": (0.1, 0.2, 0.3, 0.4)}, snapshot="2024-12-31")
    return replace(found, history=history(study, snapshot, found, [Earlier(older.id, older)]))


@pytest.fixture(scope="module")
def results(study):
    return analysed(study)


def heading_of(results):
    return replace(HEADING, start=start_view(results.views, "everything", "complete", "z-mean"))


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    api.write_api(results, folder, heading_of(results))
    api.write_schemas(folder / "schemas")
    return folder


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_schemas_are_schemas(kind):
    jsonschema.Draft202012Validator.check_schema(api.schema(kind))


def test_every_file_fits_its_schema(folder):
    seen = set()
    for path in folder.rglob("*.json"):
        relative = path.relative_to(folder).as_posix()
        if relative.startswith("schemas/"):
            continue
        kind = api.schema_kind(relative)
        seen.add(kind)
        jsonschema.Draft202012Validator(api.schema(kind)).validate(json.loads(path.read_text()))
    assert seen == KINDS


def test_schemas_refuse_what_is_wrong(results):
    view = next(iter(results.views))
    document = api.view_document(view)
    validator = jsonschema.Draft202012Validator(api.schema("view"))
    for broken in (
        document | {"digest": "short"},
        document | {"extra": 1},
        document | {"ranking": []},
        {key: value for key, value in document.items() if key != "digest"},
        document | {"columns": document["columns"][1:]},
        document | {"ranking": [document["ranking"][0][:-1]]},
        document | {"ranking": [[*document["ranking"][0], 1]]},
        document | {"ranking": [["first", *document["ranking"][0][1:]]]},
    ):
        assert not validator.is_valid(broken)


def test_index_names_every_file_with_its_hash(folder, results):
    index = json.loads((folder / "index.json").read_text())
    files = {file["path"]: file["sha256"] for file in index["files"]}
    written = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.json")
        if path.name != "index.json" and "schemas" not in path.parts
    }
    assert set(files) == written
    for path, sha256 in files.items():
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == sha256
    assert {view["file"] for view in index["views"]} <= written
    assert len(index["views"]) == len(results.views)
    directions = {metric["id"]: metric["higher_is_better"] for metric in index["metrics"]}
    assert directions == {metric.id: metric.higher_is_better for metric in TREE.metrics}
    assert index["start"] == "view/everything/complete/z-mean.json"


def test_agreement_document_is_the_results(results, folder):
    agreement = results.agreement("everything")
    document = json.loads((folder / "agreement" / "everything.json").read_text())
    assert document["n_models"] == 28
    assert document["metrics"] == ["v1-a", "v1-b", "it", "consistency"]
    np.testing.assert_allclose(document["rho"], agreement.spearman.value, rtol=1e-11)
    assert document["p"][0][0] is None, "a metric with itself is no test"
    upper = [document["rho"][row][column] for row in range(4) for column in range(row + 1, 4)]
    assert document["n_negative"] == sum(rho < 0 for rho in upper)
    assert document["mean_rho"] == pytest.approx(sum(upper) / 6)
    drawn = document["resampled"]
    np.testing.assert_allclose(np.array(drawn["p"], dtype=float), agreement.resampled.p, rtol=1e-11)
    assert drawn["rho_low"][0][1] <= document["rho"][0][1] <= drawn["rho_high"][0][1]


def test_of_very_many_metrics_there_are_rho_and_n_alone(results, monkeypatch):
    agreement = results.agreement("everything")
    whole = agreement_document(agreement)
    monkeypatch.setattr(api_agreement, "MOST_METRICS", 3)
    cut = agreement_document(agreement)
    jsonschema.validate(cut, api.schema("agreement"))
    assert (cut["rho"], cut["n"]) == (whole["rho"], whole["n"])
    assert cut.keys() == whole.keys()
    assert [name for name in whole if cut[name] is None and whole[name] is not None] == [
        "rho_low", "rho_high", "p", "p_bonferroni", "p_holm", "p_bh",
    ]  # fmt: skip
    assert (cut["kendall"]["value"], cut["pearson"]["p"], cut["resampled"]["p"]) == (None, None, None)
    assert cut["kendall"]["mean"] == whole["kendall"]["mean"]


def test_structure_document_has_the_mean_three_ways(folder):
    document = json.loads((folder / "structure" / "everything.json").read_text())
    assert [row["over"] for row in document["mean_rho"]] == ["models", "metrics", "both"]
    ends = [document["mean_rho_low"], document["mean_rho_high"]]
    assert ends == [document["mean_rho"][0]["low"], document["mean_rho"][0]["high"]]
    assert [row["group"] for row in document["group_loadings"]] == ["neural", "v1", "behavior"]


def test_model_groups_document_has_every_pair(results, folder):
    document = json.loads((folder / "model-groups" / "everything.json").read_text())
    found = results.difference("everything")
    assert (document["n_first"], document["n_second"]) == (found.n_first, found.n_second) == (14, 14)
    assert [row[:2] for row in document["pairs"]] == found.pairs[["metric_a", "metric_b"]].to_numpy().tolist()
    column = document["columns"].index("rho_second")
    assert [row[column] for row in document["pairs"]] == pytest.approx(found.pairs["rho_second"].tolist())


def test_contribution_document_maps_scheme_to_group(folder):
    document = json.loads((folder / "contribution" / "everything.json").read_text())
    assert {"arithmetic-mean", "z-mean", "mean-rank", "group-mean", "group-z-mean"} <= set(document)
    assert set(document["arithmetic-mean"]) == {"neural", "behavior"}
    assert 0 <= document["arithmetic-mean"]["neural"]["explained_variance"] <= 1


def test_view_document_rows(folder):
    path = folder / "view" / "everything" / "complete" / "arithmetic-mean.json"
    document = json.loads(path.read_text())
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["ranking"]]
    places = [row["place"] for row in rows]
    assert places == sorted(places)
    assert places[0] == 1
    assert {"place", "model", "model_id", "source_id", "value"} <= set(rows[0])
    assert document["n_models"] == len(rows)


def test_a_second_analysis_gives_equal_bytes(study, folder, tmp_path):
    again = analysed(study)
    api.write_api(again, tmp_path, heading_of(again))
    first, second = contents(folder), contents(tmp_path)
    assert second
    assert second == {path: data for path, data in first.items() if not path.startswith("schemas/")}
