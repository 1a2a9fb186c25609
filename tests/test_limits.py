"""What grows with the square of the models or metrics is bounded, and done in blocks that change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import make_snapshot
from scipy import stats
from test_stats_schemes import panel_of

from builder.analysis import analyse
from builder.catalog.study import Study
from builder.catalog.tree import Metric, MetricTree
from builder.results import SnapshotResults
from builder.site.evidence import _coefficient_table
from builder.stats import bootstrap, correlation
from builder.stats.bootstrap import weighted_pairs, weighted_sorted
from builder.stats.schemes import SCHEMES, places, round_significant
from builder.stats.schemes.majority import MOST_MODELS, count_wins, too_many

PAIRED = {"baldwin", "copeland", "minimax", "kemeny", "bradley-terry"}


def tree_of(n_metrics: int) -> MetricTree:
    return MetricTree.ordered([Metric(f"m{k}", f"M{k}") for k in range(n_metrics)])


def test_too_many_models_are_not_compared_two_by_two() -> None:
    scores = np.arange(MOST_MODELS + 1.0)[:, np.newaxis] + np.zeros((1, 2))
    whole = panel_of(scores, tree_of(2))
    for scheme in SCHEMES.values():
        assert ("3001" in scheme.unfit(whole)) == (scheme.id in PAIRED)
    assert not too_many(panel_of(scores[1:], tree_of(2)))


def test_a_refused_scheme_says_so_and_the_others_rank(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.stats.schemes.majority.MOST_MODELS", 3)
    found = analyse(study, make_snapshot())
    refused = {(one.policy, one.scheme) for one in found.refusals if "up to 3 of them" in one.reason}
    assert {scheme for policy, scheme in refused if policy == "worst-rank"} == PAIRED
    ranked = {(view.policy, view.scheme) for view in found.views if view.selection == "everything"}
    # Three models are complete, so that there every scheme ranks.
    assert {("complete", scheme) for scheme in PAIRED} <= ranked
    assert ("worst-rank", "borda") in ranked


def test_kendall_is_left_out_where_there_are_too_many_pairs(
    study: Study, tiny: SnapshotResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "left out" not in str(_coefficient_table(list(tiny.agreements)))
    monkeypatch.setattr(correlation, "MOST_SIGNS", 100)
    none = correlation.kendall(np.random.default_rng(0).normal(size=(6, 4)))
    assert np.isnan(none.value).all()
    assert (none.n == 6).all()
    assert np.isnan(correlation.p_kendall(none.value, none.n, none.ties)).all()
    again = analyse(study, make_snapshot())
    assert "left out" in str(_coefficient_table(list(again.agreements)))
    np.testing.assert_array_equal(again.agreements[0].spearman.value, tiny.agreements[0].spearman.value)


@pytest.mark.parametrize("holes", [0.0, 0.4])
def test_wins_are_those_counted_one_by_one(holes: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    ranks = rng.integers(1, 9, size=(7, 600)) / 2
    ranks[rng.random(ranks.shape) < holes] = np.nan
    wanted = np.zeros((7, 7))
    for i in range(7):
        for k in range(7):
            if i != k:
                wanted[i, k] = (ranks[i] < ranks[k]).sum() + (ranks[i] == ranks[k]).sum() / 2
    np.testing.assert_array_equal(count_wins(ranks), wanted)
    monkeypatch.setattr("builder.stats.schemes.majority.BLOCK", 2000)
    np.testing.assert_array_equal(count_wins(ranks), wanted)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_draws_in_blocks_are_those_made_at_once(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = panel_of(np.round(np.exp(np.random.default_rng(2).normal(size=(9, 5))), 1), tree_of(5))
    counts = bootstrap.draw_counts([0] * 5, 23, 3)
    _, whole = bootstrap.metric_bootstrap(panel, scheme, counts)
    monkeypatch.setattr(bootstrap, "SMALL", 0)
    monkeypatch.setattr(bootstrap, "HELD", 9 * 4)
    monkeypatch.setattr(weighted_pairs, "BLOCK", 81 * 3)
    monkeypatch.setattr(weighted_pairs, "CHUNK", 9 * 5 * 2)
    monkeypatch.setattr(weighted_pairs, "TOGETHER", 9 * 2)
    monkeypatch.setattr(weighted_sorted, "TOGETHER", 2 * 4)
    np.testing.assert_array_equal(bootstrap.metric_bootstrap(panel, scheme, counts)[1], whole)
    assert bootstrap.metric_bootstrap(panel, scheme, counts[:0])[1].shape == (9, 0)


STEPS = st.sampled_from([0.0, 1e-16, 1e-13, 4.9e-12, 5e-12, 1e-11, 1e-3])
NUMBERS = st.sampled_from([1.0, -3.0, 9.99999999999e5, 1e-300, 0.0, np.nan])


@given(st.lists(st.tuples(NUMBERS, st.integers(-3, 3), STEPS), max_size=12), st.booleans())
def test_places_are_those_of_all_values_rounded(parts: list[tuple[float, int, float]], higher: bool) -> None:
    values = np.array([number * (1 + k * step) for number, k, step in parts], dtype=np.float64)
    rounded = round_significant(values)
    ranked = ~np.isnan(rounded)
    upright = rounded * (-1 if higher else 1)
    wanted = [1 + int((upright[ranked] < one).sum()) if ok else 0
              for one, ok in zip(upright, ranked, strict=True)]  # fmt: skip
    assert places(values, higher).tolist() == wanted


@pytest.mark.parametrize("higher", [True, False])
def test_places_of_infinities_ties_and_nothing_are_scipy_s(higher: bool) -> None:
    for values in ([np.inf, np.inf, 1.0, np.nan, -np.inf], [3.0, 1.0, np.nan, 2.0], [2.0, 2.0], [np.nan], []):
        array = np.array(values)
        ranked = ~np.isnan(array)
        wanted = np.zeros(len(array), dtype=int)
        wanted[ranked] = stats.rankdata(array[ranked] * (-1 if higher else 1), method="min")
        np.testing.assert_array_equal(places(array, higher), wanted)
