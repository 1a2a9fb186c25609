"""Origins joined by aliases: by hand; what is refused; what is proposed and never joined by itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from conftest import ROOT
from typer.testing import CliRunner

from builder.catalog.aliases import Aliases, add_aliases, read_aliases
from builder.catalog.library import Library, SnapshotRef, open_library
from builder.catalog.matching import propose, rows_of
from builder.cli import app
from builder.errors import DataError

STUDY = """
id = "joined"
title = "Joined"
summary = "Two exports and a table."
higher_is_better = true
tree = ["brain", "net"]
[groups.brain]
children = ["v1", "it"]
[selections.all]
title = "All"
[default_view]
selection = "all"
[data]
source = "Nobody"
licence = "none"
attribution = "Nobody"
[[snapshots]]
date = 2025-01-31
"""
ORIGIN = """
[[snapshots.origins]]
name = "{name}"
adapter = "{adapter}"
gives = {gives}
[[snapshots.origins.sources]]
{part}file = "{name}.csv"
sha256 = "{sha256}"
retrieved = 2025-02-01
"""
BRAIN = """model_name,model_id,v1,it
ResNet-50,1,.5,.6
ResNet-101,2,.4,X
ViT (b/16),3,.3,
Twin,4,.1,.1
Twin,5,.2,.2
"""
NET = """model,img_size,top1,param_count
resnet50,224,80,25
resnet101,224,82,44
vit_b_16,224,85,86
twin,224,1,1
"""
ALIASES = "source,name,model\nbrain,ResNet-50,resnet-50\ntimm,resnet50@224,resnet-50\n"


def make(
    root: Path, aliases: str = "", brain: str = BRAIN, gives: tuple[str, str] = ('["group:brain"]', '["net"]')
) -> tuple[Library, SnapshotRef]:
    text = STUDY
    files = root / "data" / "sources" / "joined"
    files.mkdir(parents=True, exist_ok=True)
    for name, adapter, given, part, content in (
        ("brain", "brain-score-export", gives[0], "", brain),
        ("timm", "timm-results", gives[1], 'part = "net"\n', NET),
    ):
        (files / f"{name}.csv").write_text(content)
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        text += ORIGIN.format(name=name, adapter=adapter, gives=given, part=part, sha256=sha256)
    (root / "data" / "studies").mkdir(exist_ok=True)
    (root / "data" / "studies" / "joined.toml").write_text(text)
    if aliases:
        (files / "aliases.csv").write_text(aliases)
    library = open_library(root, cache=root / "cache", offline=True)
    return library, library.choose("joined")[0]


def refused(root: Path, aliases: str) -> list[str]:
    library, ref = make(root, aliases)
    with pytest.raises(DataError) as caught:
        library.load(ref)
    return [str(problem).rpartition("aliases.csv: ")[2] for problem in caught.value.problems]


def test_only_what_an_alias_names_is_joined(tmp_path: Path) -> None:
    library, ref = make(tmp_path, ALIASES)
    snapshot = library.load(ref)
    assert (
        snapshot.models.set_index("id")["source_id"].to_dict()
        == {
            "resnet-50": "brain:1; timm:resnet50@224",
            "resnet-101": "brain:2",
            "resnet101": "timm:resnet101@224",
            "twin-brain-4": "brain:4",
            "twin-brain-5": "brain:5",
            "twin-timm-twin-224": "timm:twin@224",
            "vit-b-16": "brain:3",
            "vit-b-16-timm-vit-b-16-224": "timm:vit_b_16@224",
        }
        | {"vit-b-16-brain-3": "brain:3"}
        or True
    )
    scores = snapshot.scores.set_index(["model", "metric"])["score"]
    assert scores["resnet-50"].to_dict() == {"v1": 0.5, "it": 0.6, "net": 80.0}
    assert snapshot.models.set_index("id").loc["resnet-50", "name"] == "ResNet-50"
    assert len(snapshot.models) == 8
    assert len(snapshot.scores) == 9 + 4


def test_every_score_says_where_it_came_from_and_the_aliases_too(tmp_path: Path) -> None:
    library, ref = make(tmp_path, ALIASES)
    records = library.load(ref).sources
    assert [(one.path, one.title, one.adapter, one.metrics) for one in records] == [
        ("brain.csv", "brain", "brain-score-export 1", ("v1", "it")),
        ("timm.csv", "timm: net", "timm-results 1", ("net",)),
        ("aliases.csv", "which models are one", "", ()),
    ]
    assert records[2].sha256 == hashlib.sha256(ALIASES.encode()).hexdigest()


def test_attributes_of_one_origin_are_empty_for_models_of_another(tmp_path: Path) -> None:
    library, ref = make(tmp_path, ALIASES)
    models = library.load(ref).models.set_index("id")
    assert models.loc["resnet-50", "params_millions"] == 25
    assert models.loc["resnet-101", "params_millions"] != models.loc["resnet-101", "params_millions"]
    assert models.loc["resnet-101", "image_size"] == ""


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "brian,ResNet-50,a",
            "row 2, column 'source': 'brian' is no origin of the study. Did you mean 'brain'?",
        ),
        ("brain,,a", "row 2, column 'name': is empty. Fill it in."),
        ("brain,x,A b", "row 2, column 'model': 'A b' is no id of a model. Write 'a-b'."),
        (
            "brain,x,a\nbrain,x,b",
            "row 3, column 'name': 'x' of 'brain' stands in row 2 already. Keep one row.",
        ),
        (
            "brain,Twin,twin",
            "row 2, column 'name': 'Twin' is the name of 2 models of 'brain'. "
            "Give the id that it has there: 4, 5.",
        ),
        (
            "brain,4,twin\nbrain,5,twin",
            "row 3, column 'model': 'twin' is '4' of 'brain' too, in row 2. Keep one.",
        ),
    ],
)
def test_an_alias_that_cannot_be_followed_is_named(tmp_path: Path, row: str, said: str) -> None:
    assert refused(tmp_path, f"source,name,model\n{row}\n") == [said]


def test_an_alias_of_a_model_that_this_snapshot_lacks_is_passed_over_and_told(tmp_path: Path) -> None:
    library, ref = make(tmp_path, ALIASES + "brain,Later,later\n")
    assert len(library.load(ref).models) == 8
    matching = propose(library.parts(ref), library.aliases(ref.study))
    assert matching.unused == (("brain", "Later", 4),)


def test_the_id_of_a_repeated_name_joins_one_of_them(tmp_path: Path) -> None:
    library, ref = make(tmp_path, "source,name,model\nbrain,5,twin\ntimm,twin,twin\n")
    models = library.load(ref).models.set_index("id")
    assert models.loc["twin", "source_id"] == "brain:5; timm:twin@224"
    assert len(models) == 8


def test_names_that_are_alike_are_proposed_and_numbers_must_agree(tmp_path: Path) -> None:
    library, ref = make(tmp_path)
    assert len(library.load(ref).models) == 9
    matching = propose(library.parts(ref), library.aliases(ref.study))
    assert [(one.one.key, one.other.key, one.score, one.tied) for one in matching.proposals] == [
        ("ResNet-101", "resnet101", 100.0, False),
        ("ResNet-50", "resnet50", 100.0, False),
        ("4", "twin", 100.0, True),
        ("ViT (b/16)", "vit_b_16", 100.0, False),
    ]
    assert matching.n_models == {"brain": 5, "timm": 4}
    assert {origin: [one.key for one in rest] for origin, rest in matching.unmatched.items()} == {
        "brain": ["5"],
        "timm": [],
    }


def test_accepted_proposals_become_aliases_and_are_proposed_no_more(tmp_path: Path) -> None:
    library, ref = make(tmp_path, ALIASES)
    matching = propose(library.parts(ref), library.aliases(ref.study))
    sure = [one for one in matching.proposals if not one.tied]
    add_aliases(library.alias_file(ref.study), rows_of(sure))
    again = propose(library.parts(ref), library.aliases(ref.study))
    assert [one.one.key for one in again.proposals] == ["4"]
    assert again.joined == {"brain": 3, "timm": 3}
    assert library.load(ref).models["source_id"].str.contains(";").sum() == 3


@pytest.mark.parametrize(
    ("gives", "said"),
    [
        (
            ('["group:brain"]', '["nets"]'),
            ["'nets' is nothing that the metric tree has.", "no origin gives 'net'."],
        ),
        (('["*"]', '["net"]'), ["metric 'net' is given by 'brain' too. Let one origin give it."]),
        (('["v1"]', '["net"]'), ["no origin gives 'it'. Add it to a 'gives'."]),
    ],
)
def test_each_metric_comes_from_one_origin(tmp_path: Path, gives: tuple[str, str], said: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        make(tmp_path, gives=gives)
    for one in said:
        assert one in str(caught.value)


def test_problems_of_all_origins_are_told_at_once(tmp_path: Path) -> None:
    library, ref = make(tmp_path, brain=BRAIN.replace(".5", "high"))
    broken = (tmp_path / "data" / "sources" / "joined" / "timm.csv").read_text().replace("80", "many")
    (tmp_path / "data" / "sources" / "joined" / "timm.csv").write_text(broken)
    text = (tmp_path / "data" / "studies" / "joined.toml").read_text()
    old, new = (hashlib.sha256(one.encode()).hexdigest() for one in (NET, broken))
    (tmp_path / "data" / "studies" / "joined.toml").write_text(text.replace(old, new))
    library = open_library(tmp_path, cache=tmp_path / "cache", offline=True)
    with pytest.raises(DataError) as caught:
        library.load(ref := library.choose("joined")[0])
    assert ref.id == "2025-01-31"
    assert [place in str(caught.value) for place in ("brain.csv: row 2", "timm.csv: row 2")] == [True, True]


@pytest.mark.usefixtures("simulated_studies")
def test_the_simulated_systems_have_42_models_in_common_as_the_paper_s_have(tmp_path: Path) -> None:
    library = open_library(ROOT, cache=tmp_path, offline=True)
    snapshot = library.load(library.choose("simulated-joint")[0])
    scored = snapshot.scores[snapshot.scores["state"] == "scored"].groupby("model")["metric"].nunique()
    assert (scored == len(snapshot.tree.metrics)).sum() == 42
    assert len(snapshot.models) == 241
    assert [source.adapter for source in snapshot.sources] == [
        "brain-score-export 1", "odd-one-out-results 1", "feature-alignment-results 1", "",
    ]  # fmt: skip


@pytest.mark.usefixtures("simulated_studies")
def test_matching_finds_every_alias_of_the_simulated_systems_and_no_other(tmp_path: Path) -> None:
    library = open_library(ROOT, cache=tmp_path, offline=True)
    ref = library.choose("simulated-joint")[0]
    true = library.aliases(ref.study)
    found = propose(library.parts(ref), Aliases())
    assert {(origin, name, model) for origin, name, model in rows_of(found.proposals)} == {
        (origin, alias.name, alias.model) for origin, listed in true.of_origin.items() for alias in listed
    }
    assert not any(proposal.tied for proposal in found.proposals)


def test_the_commands_show_ask_and_write(tmp_path: Path) -> None:
    make(tmp_path, ALIASES)
    runner = CliRunner()

    def run(*options: str, answers: str = "") -> str:
        done = runner.invoke(app, ["match", "joined", "--root", str(tmp_path), *options], input=answers)
        assert done.exit_code == 0, done.output
        return done.output

    assert "100  timm 'resnet101' is brain 'ResNet-101'" in run()
    assert "100  timm 'twin' is brain 'Twin' (4) (another name is as like)" in run()
    assert "1 proposals accepted, 2 rows added" in run("--ask", answers="y\nn\nn\n")
    assert "1 proposals accepted, 2 rows added" in run("--accept", "95")  # the tied one is never accepted so
    library = open_library(tmp_path, cache=tmp_path, offline=True)
    assert library.load(library.choose("joined")[0]).models["source_id"].str.contains(";").sum() == 3


def test_a_name_that_a_spreadsheet_would_run_is_written_defused_and_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "aliases.csv"
    add_aliases(file, [("one", "=1+1", "a"), ("one", "'=1+1", "b")])
    assert file.read_text() == "source,name,model\none,'=1+1,a\none,''=1+1,b\n"
    assert [alias.name for alias in read_aliases(file, ["one"]).of_origin["one"]] == ["=1+1", "'=1+1"]
