"""Study files: what loads, and what each fault says with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import study_of
from samples import pinned_at

from builder.catalog.sources import ADAPTERS
from builder.catalog.study import Study, load_study
from builder.errors import DataError

STUDIES = Path(__file__).resolve().parent.parent / "data" / "studies"

GOOD = """
id = "tiny"
title = "Tiny"
summary = "A study for tests."
higher_is_better = true
tree = ["neural", "behavior"]

[groups.neural]
role = "neural"
children = ["V1", "it"]

[groups.V1]
name = "Area V1"
children = ["v1-a", "v1-b"]

[groups.behavior]
role = "behavior"
children = ["match"]

[metrics.v1-a]
name = "V1 a"
higher_is_better = false
reference = "Nobody (2000)"

[selections.all]
title = "All"

[selections.some]
title = "Some"
metrics = ["group:V1", "mat*"]
without = ["v1-b"]

[default_view]
selection = "all"

[data]
source = "Nobody"
licence = "none"
attribution = "Nobody"
""" + pinned_at("2025-01-31", "any")
SOURCE = GOOD[GOOD.index("[[snapshots.sources]]") :]
SNAPSHOT = GOOD[GOOD.index("[[snapshots]]") :]


def load(text: str, tmp_path: Path) -> Study:
    return study_of(tmp_path, text)


def test_a_study_is_read(tmp_path: Path) -> None:
    study = load(GOOD, tmp_path)
    assert (study.id, study.title, study.models_are, study.simulated) == ("tiny", "Tiny", "models", False)
    assert study.tree.metric_ids == ("v1-a", "v1-b", "it", "match")
    assert study.tree.group("V1").name == "Area V1"
    assert study.tree.role_groups == {"neural": "neural", "behavior": "behavior"}
    metric = study.tree.metric("v1-a")
    assert (metric.name, metric.higher_is_better, metric.reference) == ("V1 a", False, "Nobody (2000)")
    assert study.tree.metric("it").higher_is_better
    assert study.snapshots[0].snapshot_id == "2025-01-31"
    assert (study.default_view.policy, study.default_view.scheme) == ("complete", "arithmetic-mean")


def test_a_selection_is_ids_patterns_and_groups_less_others_in_tree_order(tmp_path: Path) -> None:
    study = load(GOOD, tmp_path)
    assert study.selected_metrics("all", study.tree) == study.tree.metric_ids
    assert study.selected_metrics("some", study.tree) == ("v1-a", "match")
    assert study.selected_metrics("some", study.tree.restrict(["match", "it"])) == ("match",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Tiny"', 'titel = "Tiny"', "key 'titel': is not a key that a study knows."),
        ('title = "Tiny"', 'titel = "Tiny"', "Did you mean 'title'?"),
        ('title = "Tiny"', 'titel = "Tiny"', "key 'title': is missing. Add it."),
        ('title = "All"', 'title = "All"\nmetric = ["it"]', "key 'selections.all.metric': is not a key"),
        ('title = "All"', 'title = "All"\nmetric = ["it"]', "Did you mean 'metrics'?"),
        ("[selections.all]", "[selections.metrics]\ntitel = 1\n[selections.all]", "Did you mean 'title'?"),
        ("retrieved =", "retreived =", "snapshots.0.sources.0.retreived': is not a key"),
        ("retrieved =", "retreived =", "Did you mean 'retrieved'?"),
        ('id = "tiny"', 'id = "other"', "key 'id': is 'other', but the file is 'tiny.toml'."),
        ('id = "tiny"', 'id = "../tiny"', "key 'id':"),
        ("2025-01-31", "2025-13-31", "is not valid TOML"),
        ("2025-01-31", '"yesterday"', "key 'snapshots.0.date': Input should be a valid date"),
        ("2025-01-31", '2025-01-31\nid = "2024-01-31"', "does not begin with its date. Begin it with '2025"),
        ("2025-01-31", '2025-01-31\nid = "../up"', "key 'snapshots.0.id':"),
        ("https:", "file:", "key 'snapshots.0.sources.0.url':"),
        ('sha256 = "0', 'sha256 = "', "key 'snapshots.0.sources.0.sha256':"),
        ("higher_is_better = false", 'higher_is_better = "yes"', "metrics.v1-a.higher_is_better': Input sh"),
        ("higher_is_better = true\n", "", "'metrics.it.higher_is_better': is not said"),
        (
            "[metrics.v1-a]",
            "[metrics.v1-z]",
            "'metrics.v1-z': is a metric that the metric tree does not have.",
        ),
        ("[metrics.v1-a]", "[metrics.v1-z]", "Did you mean 'v1-b'?"),
        ('name = "V1 a"', 'name = "it"', "key 'metrics.v1-a.name': 'it' is the name of 'it' too."),
        ('"v1-a", "v1-b"', '"v1-a", "v1-a"', "names 'v1-a', which stands in 'V1' already."),
        ('"V1", "it"', '"V1", "it", "match"', "names 'match', which stands in 'neural' already."),
        ('["V1", "it"]', '["it"]', "key 'groups.V1': is in no group's children and not in 'tree'."),
        ('["V1", "it"]', '["it"]\n[groups.X]\nchildren=["V1"]', "key 'groups.X': is in no group's children"),
        ('"v1-a", "v1-b"', '"v1-a", "V1"', "groups.V1.children': names 'V1', which is or holds this group: "),
        (
            '"v1-a", "v1-b"',
            '"v1-a", "neural"',
            "names 'neural', which is or holds this group: the",
        ),
        (
            "[groups.behavior]",
            "[groups.x]\nchildren=['y']\n[groups.y]\nchildren=['x']\n[groups.behavior]",
            "key 'tree': the metric tree has a cycle: 'y', 'x' cannot be reached from the top.",
        ),
        ('"v1-a", "v1-b"]', '"v1-a", "v1-b"]\nrole = "v1"', "'groups.V1.role': has a role inside 'neural'"),
        ('children = ["match"]', "children = []", "key 'groups.behavior.children'"),
        ('"mat*"', '"mat-*"', "selection 'some' names 'mat-*', which the metric tree does not have."),
        (
            '"mat*"',
            '"matsch"',
            "selection 'some' names 'matsch', which the metric tree does not have. Did yo",
        ),
        (
            "group:V1",
            "group:V2",
            "names 'group:V2', which the metric tree does not have. Known: neural, V1, b",
        ),
        ('without = ["v1-b"]', 'without = ["v1-c"]', "key 'selections.some.without': selection 'some' names"),
        ("[selections.some]", '[selections."so/me"]', "'selections.so/me': is no name for an address."),
        ("[selections.some]", "[selections.-some]", "'selections.-some': is no name for an address."),
        ('selection = "all"', 'selection = "al"', "'al' is not a selection. Did you mean 'all'?"),
        ("adapter =", "adaptor =", "Did you mean 'adapter'?"),
        (SNAPSHOT, SNAPSHOT * 2, "key 'snapshots.1': a second snapshot '2025-01-31'."),
        (SOURCE, SOURCE * 2, "key 'snapshots.0.sources': 2 sources are the part ''."),
    ],
)
def test_a_fault_is_told_with_file_key_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(DataError) as caught:
        load(GOOD.replace(old, new, 1), tmp_path)
    assert said in str(caught.value)
    assert all(problem.where.startswith(str(tmp_path / "tiny.toml")) for problem in caught.value.problems)


def test_every_fault_is_told_not_only_the_first(tmp_path: Path) -> None:
    text = GOOD.replace("group:V1", "group:V2").replace("mat*", "matsch").replace('id = "tiny"', 'id = "x"')
    with pytest.raises(DataError) as caught:
        load(text, tmp_path)
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("data", [b"\xff\xfe", b"= 1", b"id = 1\nid = 2"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "tiny.toml"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"tiny\.toml: is not"):
        load_study(path)
    with pytest.raises(DataError, match="cannot be read"):
        load_study(tmp_path / "none.toml")


def test_a_byte_order_mark_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load_study(path).id == "tiny"


# The studies that are shipped


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_study_loads_and_its_snapshots_have_adapters(path: Path) -> None:
    study = load_study(path)
    specs = [one for spec in study.snapshots for one in (spec.origins or [spec])]
    assert {spec.adapter for spec in specs} <= set(ADAPTERS)
    assert study.default_view.selection in study.selections


def test_the_brain_score_selections_are_as_large_as_the_paper_says() -> None:
    study = load_study(STUDIES / "brain-score-vision.toml")
    sizes = {name: len(study.selected_metrics(name, study.tree)) for name in study.selections}
    assert sizes == {
        "paper-50": 50,
        "paper-69": 69,
        "neural": 38,
        "behavior": 43,
        "leaderboard": 81,
        "all": 106,
    }
    paper_50 = study.tree.restrict(study.selected_metrics("paper-50", study.tree))
    assert len(paper_50.leaves("Marques2020")) == 22
    assert [len(paper_50.leaves(area)) for area in ("V1", "V2", "V4", "IT")] == [23, 1, 4, 4]
    assert len(paper_50.leaves("behavior_vision")) == 18
    assert set(study.selected_metrics("paper-50", study.tree)) < set(
        study.selected_metrics("paper-69", study.tree)
    )
    assert study.tree.role_groups == {"neural_vision": "neural", "behavior_vision": "behavior"}
    assert [len(study.tree.leaves(child)) for child in study.tree.children("Marques2020")] == [
        7,
        2,
        3,
        4,
        3,
        1,
        2,
    ]


def test_metric_names_of_the_shipped_studies_fit_an_axis() -> None:
    for path in STUDIES.glob("*.toml"):
        assert all(len(metric.name) <= 32 for metric in load_study(path).tree.metrics), path
