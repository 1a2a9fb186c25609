"""The results of whole snapshots: a tiny one by hand, the real ones against pandas and SciPy."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from samples import TREE, make_snapshot
from scipy import stats

from builder.analysis import _resolve, analyse
from builder.catalog.library import open_library
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.catalog.tree import Group, Metric, MetricTree
from builder.results import SnapshotResults
from builder.stats.schemes import SCHEMES
from builder.warehouse import Warehouse


def view(results, policy, scheme, selection="everything"):
    found = [v for v in results.views if (v.selection, v.policy, v.scheme) == (selection, policy, scheme)]
    assert len(found) == 1
    return found[0]


def test_tiny_snapshot_by_hand(tiny):
    everything, frequent = tiny.selections
    assert (everything.n_models, everything.n_complete) == (5, 3)
    # Only 'consistency' has 80 % of the six models.
    assert frequent.metrics == ("consistency",)
    assert frequent.absent == ("v1-a", "v1-b", "it")
    assert tiny.agreement("frequent") is None
    # alpha (.9 + .8 + .5 + .4) / 4 = .65, beta .75, gamma .475.
    flat = view(tiny, "complete", "arithmetic-mean").ranking
    assert list(flat["model_id"]) == ["beta", "alpha", "gamma"]
    np.testing.assert_allclose(flat["value"], [0.75, 0.65, 0.475], rtol=1e-15)
    np.testing.assert_allclose(flat["display"], [1, (0.65 - 0.475) / 0.275, 0], rtol=1e-12)
    # Up the tree: neural = (mean V1 + IT) / 2; overall = (neural + behavior) / 2.
    tall = view(tiny, "complete", "hierarchical-mean").ranking.set_index("model_id")
    assert tall.loc["alpha", "value"] == pytest.approx(((0.85 + 0.5) / 2 + 0.4) / 2)
    assert tall.loc["beta", "value"] == pytest.approx(((0.75 + 0.6) / 2 + 0.9) / 2)
    # gamma: ((.3 + .7) / 2 + .6) / 2 = .55 is better than alpha's .5375: one place up.
    assert list(tall.index) == ["beta", "gamma", "alpha"]
    assert tall["moved"].to_dict() == {"beta": 0, "gamma": 1, "alpha": -1}


def test_every_admitted_combination_has_a_view_and_every_other_a_reason(tiny):
    seen = {(v.policy, v.scheme) for v in tiny.views if v.selection == "everything"}
    refused = {(r.policy, r.scheme): r.reason for r in tiny.refusals if r.selection == "everything"}
    policies = {"complete", "attempted", "zero", "worst-rank", "partial-order"}
    schemes = {s for _, s in seen | set(refused)}
    assert schemes == set(SCHEMES)
    assert not seen & set(refused)
    assert seen | set(refused) == set(itertools.product(policies, schemes))
    assert all(reason.endswith(".") for reason in refused.values())


def test_failed_and_missing_differ_only_where_the_policy_says(tiny):
    attempted = view(tiny, "attempted", "arithmetic-mean").ranking.set_index("model_id")
    zero = view(tiny, "zero", "arithmetic-mean").ranking.set_index("model_id")
    # delta failed v1-b: 0 under both. epsilon was never run on two metrics: left out, or 0.
    assert attempted.loc["delta", "value"] == zero.loc["delta", "value"] == pytest.approx(1.3 / 4)
    assert attempted.loc["epsilon", "value"] == pytest.approx(0.25)
    assert zero.loc["epsilon", "value"] == pytest.approx(0.125)
    assert zero.loc["epsilon", ["n_scored", "n_failed", "n_missing"]].tolist() == [2, 0, 2]
    assert "zeta" not in zero.index


def test_zero_is_refused_where_lower_is_better(study):
    tree = MetricTree.ordered(
        [Group("behavior", "B"), Metric("v1-a", "Error", "behavior", False), Metric("it", "IT", "behavior")]
    )
    results = analyse(study, make_snapshot({"a": (0.1, 0.2), "b": (0.3, 0.1), "c": (0.2, 0.6)}, tree))
    reasons = [r.reason for r in results.refusals if (r.policy, r.scheme) == ("zero", "arithmetic-mean")]
    assert reasons
    assert "Error" in reasons[0]
    assert not [v for v in results.views if v.policy == "zero"]


def test_too_few_complete_models_stop_that_selection_only(study):
    cells = {"a": (0.1, 0.2, 0.3, 0.4), "b": (0.2, 0.1, None, 0.3), "c": (0.3, None, 0.2, 0.2)}
    results = analyse(study, make_snapshot(cells))
    assert results.agreement("everything") is None
    assert results.comparison("everything") is None
    assert results.contribution("everything") is None
    assert results.comparison("everything", "zero") is not None
    # One complete model is still a ranking of one.
    assert view(results, "complete", "arithmetic-mean").n_models == 1


def test_published_inner_nodes_are_compared(study):
    # alpha's neural is ((.9 + .8) / 2 + .5) / 2 = .675; epsilon's with missing as 0 is (.2 + 0) / 2 = .1.
    published = [("alpha", "neural", 0.675), ("epsilon", "neural", 0.1), ("alpha", "", 0.9)]
    results = analyse(study, make_snapshot(published=published))
    checks = {(check.group, check.policy): check for check in results.published}
    assert (checks["neural", "zero"].n_models, checks["neural", "zero"].n_equal) == (2, 2)
    assert checks["neural", "attempted"].n_equal == 1, "leaving missing out gives epsilon .4"
    overall = checks["", "zero"]
    assert overall.n_equal == 0
    assert overall.largest == pytest.approx(0.9 - (0.675 + 0.4) / 2)
    assert overall.worst_model == "alpha"


def test_group_means_by_hand(tiny):
    agreement = tiny.agreement("everything")
    rho = pd.DataFrame(agreement.spearman.value, TREE.metric_ids, TREE.metric_ids)
    means = agreement.group_means.set_index(["group_a", "group_b"])["mean_rho"]
    assert means["v1", "v1"] == pytest.approx(rho.loc["v1-a", "v1-b"])
    between = rho.loc[["v1-a", "v1-b", "it"], "consistency"].mean()
    assert means["neural", "behavior"] == pytest.approx(between)
    assert ("neural", "v1") not in means.index, "groups that share metrics are not set against each other"


@pytest.fixture(scope="module")
def brain_score(tmp_path_factory, mirror: Path) -> tuple[Study, Snapshot]:
    library = open_library(ROOT, cache=tmp_path_factory.mktemp("cache"), mirror=mirror, offline=True)
    study = library.study("brain-score-vision")
    ref = next(ref for ref in library.snapshots(study) if ref.id == "2025-05-07")
    return study, library.load(ref)


@pytest.fixture(scope="module")
def brain_score_results(brain_score) -> SnapshotResults:
    """Of the selection that the site starts from, alone."""
    study, snapshot = brain_score
    alone = {"paper-50": study.selections["paper-50"]}
    study = replace(study, file=study.file.model_copy(update={"selections": alone}))
    return analyse(study, snapshot)


@pytest.fixture(scope="module")
def wide(brain_score) -> pd.DataFrame:
    """Models x metrics by pandas alone."""
    _, snapshot = brain_score
    return snapshot.scores.pivot(index="model", columns="metric", values="score")


@pytest.mark.parametrize(
    ("selection", "n_metrics", "n_complete"),
    # Counted independently with pandas on the export's columns.
    [
        ("paper-50", 50, 229),
        ("paper-69", 69, 203),
        ("neural", 38, 11),
        ("behavior", 43, 119),
        ("leaderboard", 81, 0),
    ],
)
def test_brain_score_complete_models(brain_score, wide, selection, n_metrics, n_complete):
    study, snapshot = brain_score
    with Warehouse(snapshot) as warehouse:
        found = _resolve(study, snapshot, selection, warehouse.ask("coverage_of_metrics"), warehouse)
    assert found is not None
    assert (len(found.metrics), found.n_complete) == (n_metrics, n_complete)
    assert len(wide[list(found.metrics)].dropna()) == n_complete


def test_brain_score_agreement_equals_scipy(brain_score_results, wide):
    agreement = brain_score_results.agreement("paper-50")
    table = wide[list(agreement.metrics)].dropna()
    expected = stats.spearmanr(table)
    np.testing.assert_allclose(agreement.spearman.value, expected.statistic, atol=1e-12)
    upper = np.triu_indices(50, k=1)
    np.testing.assert_allclose(agreement.spearman.p[upper], expected.pvalue[upper], rtol=1e-9, atol=1e-300)
    rho = expected.statistic[upper]
    half = stats.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (len(table) - 3))  # Bonett and Wright (2000)
    np.testing.assert_allclose(agreement.spearman_low[upper], np.tanh(np.arctanh(rho) - half), atol=1e-9)
    np.testing.assert_allclose(agreement.spearman_high[upper], np.tanh(np.arctanh(rho) + half), atol=1e-9)
    assert agreement.spearman.mean == pytest.approx(expected.statistic[upper].mean(), abs=1e-12)
    assert agreement.spearman.n_significant["bonferroni"] == (expected.pvalue[upper] * 1225 < 0.05).sum()
    bh = stats.false_discovery_control(expected.pvalue[upper])
    assert agreement.spearman.n_significant["bh"] == (bh < 0.05).sum()


def test_brain_score_schemes_equal_pandas(brain_score_results, wide):
    comparison = brain_score_results.comparison("paper-50")
    metrics = list(brain_score_results.agreement("paper-50").metrics)
    table = wide[metrics].dropna()
    mean = table.mean(axis="columns")
    z_mean = ((table - table.mean()) / table.std(ddof=0)).mean(axis="columns")
    mean_rank = table.rank(ascending=False).mean(axis="columns")
    # Models of equal scores tie here; pandas parts some of them by noise in the sixteenth digit.
    mean, z_mean, mean_rank = (
        values.map(lambda value: float(f"{value:.12g}")) for values in (mean, z_mean, mean_rank)
    )
    index = comparison.schemes.index
    rho = comparison.spearman[index("arithmetic-mean")]
    assert rho[index("z-mean")] == pytest.approx(stats.spearmanr(mean, z_mean).statistic, abs=1e-12)
    assert rho[index("mean-rank")] == pytest.approx(stats.spearmanr(mean, -mean_rank).statistic, abs=1e-12)
    places = mean.rank(ascending=False, method="min") - mean_rank.rank(method="min")
    assert comparison.n_moved["mean-rank"] == (places.abs() > 10).sum()
    assert comparison.n_moved["arithmetic-mean"] == 0


def test_brain_score_explained_variance_equals_pandas(brain_score_results, wide):
    contribution = brain_score_results.contribution("paper-50")
    assert contribution.groups == ("neural_vision", "behavior_vision")
    shares = contribution.explained.set_index(["scheme", "group"])
    metrics = brain_score_results.agreement("paper-50").metrics
    table = wide[list(metrics)].dropna()
    behavior = [m for m in metrics if m.endswith("-error_consistency") or m == "Rajalingham2018-i2n"]
    neural = [m for m in metrics if m not in behavior]
    flat = table.mean(axis="columns")
    overall = (table[neural].mean(axis="columns") + table[behavior].mean(axis="columns")) / 2
    for group, members in (("neural_vision", neural), ("behavior_vision", behavior)):
        score = table[members].mean(axis="columns")
        found = shares.loc[("arithmetic-mean", group)]
        assert found["explained_variance"] == pytest.approx(np.corrcoef(score, overall)[0, 1] ** 2, abs=1e-12)
        of_ranking = np.corrcoef(score, flat)[0, 1] ** 2
        assert found["explained_variance_of_ranking"] == pytest.approx(of_ranking, abs=1e-12)


@pytest.mark.parametrize(
    "group",
    ["", "neural_vision", "behavior_vision", "V1", "V2", "V4", "IT"],
    ids=lambda group: group or "overall",
)
def test_brain_scores_own_columns_come_back(brain_score_results, group):
    check = next(c for c in brain_score_results.published if (c.group, c.policy) == (group, "zero"))
    assert check.n_models > 400
    assert check.n_equal == check.n_models, f"differs by {check.largest} for {check.worst_model}"
