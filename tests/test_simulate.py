"""The embedded study: what is committed is what the model makes, and it has the shape that it says."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, need_simulated_studies
from typer.testing import CliRunner

from builder.catalog import simulate, simulate_joint
from builder.catalog.package import data_digest
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study, load_study
from builder.cli import app
from builder.results import SnapshotResults

pytestmark = pytest.mark.usefixtures("simulated_studies")


@pytest.fixture(scope="module")
def snapshots() -> list[Snapshot]:
    need_simulated_studies()
    return simulate.simulate(load_study(ROOT / "data" / "studies" / f"{simulate.STUDY_ID}.toml"))


def test_what_is_committed_is_what_the_model_generates() -> None:
    assert simulate.differences(ROOT) == []


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    study = ROOT / "data" / "studies" / f"{simulate.STUDY_ID}.toml"
    (tmp_path / "data" / "studies" / study.name).write_text(study.read_text())
    simulate.write_simulated(tmp_path)
    assert simulate.differences(tmp_path) == []
    changed = tmp_path / "data" / "snapshots" / simulate.STUDY_ID / "2023-12-31" / "scores.csv"
    changed.write_text(changed.read_text().replace("scored", "failed", 1))
    assert simulate.differences(tmp_path) == ["2023-12-31/scores.csv"]


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ((simulate.STUDY_ID, simulate_joint.STUDY_ID), ("simulated-alignment", "simulated-joint")),
        ((simulate.STUDY_ID,), ("simulated-alignment",)),
        ((simulate_joint.STUDY_ID,), ()),  # it is drawn from the other
        ((), ()),
    ],
)
def test_who_leaves_embedded_studies_out_is_told_nothing_of_them(
    tmp_path: Path, kept: tuple[str, ...], told: tuple[str, ...]
) -> None:
    studies = tmp_path / "data" / "studies"
    studies.mkdir(parents=True)
    for study in kept:
        (studies / f"{study}.toml").write_text((ROOT / "data" / "studies" / f"{study}.toml").read_text())
    for words in ([], ["--check"]):
        done = CliRunner().invoke(app, ["simulate", *words, "--root", str(tmp_path)])
        assert done.exit_code == 0, done.output
        for study in (simulate.STUDY_ID, simulate_joint.STUDY_ID):
            assert (study in done.output) == (study in told), done.output
        assert bool(told) != ("No embedded study is here" in done.output)
    written = {
        path.name for place in ("snapshots", "sources") for path in (tmp_path / "data" / place).glob("*")
    }
    assert written == set(told)


def test_the_stream_is_python_s_documented_generator() -> None:
    # Of CPython's Mersenne Twister seeded with the text: the same on every platform and version.
    normal = simulate.normals("cell/v1-fit")
    drawn = np.array([next(normal) for _ in range(20_000)])
    assert abs(drawn.mean()) < 0.03
    assert drawn.std() == pytest.approx(1.0, abs=0.03)


def test_the_newest_snapshot_has_the_paper_s_shape(
    embedded: tuple[Study, Snapshot, SnapshotResults], snapshots: list[Snapshot]
) -> None:
    _, newest, results = embedded
    assert data_digest(newest) == data_digest(snapshots[-1])
    assert (len(newest.models), len(newest.tree.metrics)) == (241, 69)
    assert len(newest.tree.leaves("neural")) + len(newest.tree.leaves("behavior")) == 50
    n_complete = {selection.id: selection.n_complete for selection in results.selections}
    # Ahlert et al. (2024): of 241 models 88 and 80 have all scores; the mean rho over 69 metrics is 0.198.
    assert n_complete["neural-and-behavior"] == pytest.approx(88, abs=15)
    assert n_complete["everything"] == pytest.approx(80, abs=15)
    agreement = results.agreement("everything")
    assert agreement is not None
    assert agreement.spearman.mean == pytest.approx(0.198, abs=0.03)
    contribution = results.contribution("everything")
    assert contribution is not None
    shares = contribution.explained.query("scheme == 'group-mean'").set_index("group")["explained_variance"]
    # Published: behavior 95 %, neural 33 %.
    assert shares["behavior"] > 0.8
    assert shares["neural"] == pytest.approx(0.33, abs=0.1)


def test_models_metrics_and_scores_change_between_snapshots(snapshots: list[Snapshot]) -> None:
    assert len(snapshots) == 3
    for before, after in itertools.pairwise(snapshots):
        assert len(after.models) > len(before.models)
        assert set(before.tree.metric_ids) < set(after.tree.metric_ids)
    first, second, third = snapshots
    assert set(first.models["id"]) - set(second.models["id"]), "nobody was withdrawn"
    keys = ["model", "metric"]
    both = second.scores.merge(third.scores, on=keys, suffixes=("_2", "_3"))
    changed = both[(both["state_2"] == "scored") & (both["score_2"] != both["score_3"])]
    assert set(changed["metric"]) == set(simulate.MEASURED_AGAIN)
    assert ((both["state_2"] == "failed") & (both["state_3"] == "scored")).any()


def test_coverage_follows_the_submission_date(snapshots: list[Snapshot]) -> None:
    newest = snapshots[-1]
    counts = newest.scores.groupby("model").size().reindex(newest.models["id"], fill_value=0).to_numpy()
    days = newest.models["submitted"].to_numpy(dtype="datetime64[D]").astype(int)
    assert np.corrcoef(days, counts)[0, 1] < -0.2


def test_scores_load_on_the_truth_that_stands_beside_them(snapshots: list[Snapshot]) -> None:
    newest = snapshots[-1]
    truth = newest.truth.pivot_table(index="model", columns="factor", values="value")
    assert set(truth.columns) == {"neural", "behavior", "overall"}
    assert len(truth) == len(newest.models)
    np.testing.assert_allclose(truth["overall"], (truth["neural"] + truth["behavior"]) / 2, atol=2e-6)
    scored = newest.scores[newest.scores["state"] == "scored"]
    for group, other in (("neural", "behavior"), ("behavior", "neural")):
        mine = scored[scored["metric"].isin(newest.tree.leaves(group))]
        z = mine.groupby("metric")["score"].transform(lambda s: (s - s.mean()) / s.std())
        mean = z.groupby(mine["model"]).mean()
        own = np.corrcoef(mean, truth.loc[mean.index, group])[0, 1]
        assert own > 0.7
        assert own > np.corrcoef(mean, truth.loc[mean.index, other])[0, 1] + 0.2


def test_no_model_has_the_name_of_a_real_one(snapshots: list[Snapshot]) -> None:
    assert all(name.startswith("Sim ") for name in snapshots[-1].models["name"])
    assert snapshots[-1].models["name"].is_unique


def test_every_score_has_its_error_and_its_date(snapshots: list[Snapshot]) -> None:
    for snapshot in snapshots:
        scored = snapshot.scores[snapshot.scores["state"] == "scored"]
        assert (scored["error"] > 0).all()
        assert (snapshot.scores["date"] <= snapshot.id).all()
