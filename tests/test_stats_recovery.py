"""builder.stats.recovery: panels by hand and against the SQL, truths that must be found, and SciPy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from samples import make_snapshot
from scipy import stats

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats import recovery
from builder.stats.recovery import FULL, SETTINGS, Draw, Recovery, Setting
from builder.stats.schemes import ORDER_SCHEMES, POLICIES, SCHEMES
from builder.warehouse import Warehouse

FloatArray = NDArray[np.float64]
NAN = math.nan
SMALL = Setting(n_models=20, n_metrics=6, n_groups=2)
HOLES = replace(SMALL, coverage=0.7, failed=0.1)
ONLY_THE_WINNER = {"plurality", "minimax"}
"""Where all metrics agree these tell the best model from the others and nothing else."""


def found(setting: Setting, draws: int, seed: int = 1) -> dict[tuple[str, str], Recovery]:
    return {(row.policy, row.scheme): row for row in recovery.recover(setting, draws, seed)}


# Panels

TREE = MetricTree.ordered(
    [
        Group("g", "G", role="g"),
        Metric("a", "A", "g"),
        Metric("b", "B", "g"),
        Group("h", "H", role="h"),
        Metric("c", "C", "h"),
    ]
)
SCORES = np.array([[0.9, 0.2, 0.5], [0.7, 0.2, 0.1], [0.8, 0.3, 0.6], [0.5, 0.4, 0.7], [0.1, 0.1, 0.1]])
STATES = ["sss", "sss", "sfm", "mfm", "mmm"]
"""Of each model on a, b and c: scored, failed or missing. The last was never run."""


def hand_made() -> Draw:
    states = np.array([list(row) for row in STATES])
    return Draw(np.arange(5.0), SCORES, states != "m", states == "f")


def test_policies_cell_by_cell() -> None:
    panels = recovery.under_policies(hand_made(), TREE)
    assert list(panels) == [policy.id for policy in POLICIES.values() if policy.ranks_models]
    for name, panel in panels.items():
        assert panel.tree is TREE
        left = 2 if name == "complete" else 4
        assert panel.models == ("model-0000", "model-0001", "model-0002", "model-0003")[:left]
    for policy, third, fourth in (
        ("attempted", [0.8, 0.0, NAN], [NAN, 0.0, NAN]),
        ("zero", [0.8, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ("worst-rank", [0.8, NAN, NAN], [NAN, NAN, NAN]),
        ("partial-order", [0.8, NAN, NAN], [NAN, NAN, NAN]),
    ):
        np.testing.assert_array_equal(panels[policy].scores, [*SCORES[:2], third, fourth])
    # On a the scores are 0.9, 0.7 and 0.8; on b two tie and two have none; on c there are two.
    own = [[1, 1.5, 1], [3, 1.5, 2], [2, NAN, NAN], [NAN, NAN, NAN]]
    last = [[1, 1.5, 1], [3, 1.5, 2], [2, 3.5, 3.5], [4, 3.5, 3.5]]
    for policy in ("attempted", "zero", "partial-order"):
        np.testing.assert_array_equal(panels[policy].ranks, own)
    np.testing.assert_array_equal(panels["worst-rank"].ranks, last)
    np.testing.assert_array_equal(panels["complete"].scores, SCORES[:2])
    np.testing.assert_array_equal(panels["complete"].ranks, [[1, 1.5, 1], [2, 1.5, 2]])


@pytest.mark.parametrize("seed", range(4))
def test_panels_are_those_that_the_queries_make(seed: int) -> None:
    """The same cells through DuckDB: the policies' meaning is written there."""
    setting = replace(HOLES, coverage=0.6)
    drawn = recovery.draw(setting, seed)
    tree = recovery.metric_tree(setting.n_metrics, setting.n_groups)
    cells = {
        recovery.model_id(i): [
            None if not run else "X" if failed else score
            for score, run, failed in zip(
                drawn.scores[i].tolist(), drawn.run[i], drawn.failed[i], strict=True
            )
        ]
        for i in range(setting.n_models)
    }
    truth, panels = recovery.panels(setting, seed)
    np.testing.assert_array_equal(truth, drawn.truth)
    with Warehouse(make_snapshot(cells, tree)) as warehouse:
        warehouse.add_selection("all", tree.metric_ids)
        for policy, panel in panels.items():
            expected = warehouse.panel("all", policy).panel
            assert panel.models == expected.models
            np.testing.assert_array_equal(panel.scores, expected.scores)
            np.testing.assert_array_equal(panel.ranks, expected.ranks)


def test_groups_are_of_equal_size_and_have_roles() -> None:
    tree = recovery.metric_tree(24, 3)
    assert tree.metric_ids == tuple(f"metric-{i}" for i in range(24))
    assert len(tree.role_groups) == 3
    assert tree.children() == tuple(tree.role_groups)
    assert [len(tree.leaves(group)) for group in tree.role_groups] == [8, 8, 8]


# The simulation


@pytest.mark.parametrize("coverage", [0.4, 0.6, 0.8])
def test_coverage_and_failures_are_on_average_as_asked(coverage: float) -> None:
    """1440 cells and 60 draws; models' chances sum to what is asked in each, so cells are the only chance."""
    drawn = [recovery.draw(replace(FULL, coverage=coverage, failed=0.1), seed) for seed in range(60)]
    n = 60 * 1440
    assert np.mean([one.run for one in drawn]) == pytest.approx(coverage, abs=4 * math.sqrt(0.25 / n))
    failed = np.mean(np.concatenate([one.failed[one.run] for one in drawn]))
    assert failed == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / (coverage * n)))
    assert not any((one.failed & ~one.run).any() for one in drawn)


def test_chances_of_run_average_to_the_coverage_and_favour_able_models() -> None:
    random = np.random.default_rng(0)
    ability, luck = random.normal(size=(2, 500))
    for coverage in (0.02, 0.5, 0.999):
        chance = recovery.chances_of_run(ability, luck, coverage)
        assert chance.mean() == pytest.approx(coverage, abs=1e-9)
        assert stats.spearmanr(chance, ability).statistic > 0.5
    np.testing.assert_array_equal(recovery.chances_of_run(ability, luck, 1.0), 1.0)
    both = recovery.chances_of_run(np.array([-1.0, 1.0]), np.zeros(2), 0.5)
    np.testing.assert_allclose(both, [1 / (1 + math.exp(1.5)), 1 / (1 + math.exp(-1.5))], rtol=1e-9)


def test_weak_models_are_run_less() -> None:
    drawn = [recovery.draw(replace(FULL, coverage=0.6), seed) for seed in range(20)]
    strong = np.mean([one.run[one.truth > 0].mean() for one in drawn])
    weak = np.mean([one.run[one.truth < 0].mean() for one in drawn])
    assert strong > weak + 0.2


def test_full_coverage_has_no_holes_and_all_policies_one_panel() -> None:
    _, panels = recovery.panels(FULL, 3)
    for panel in panels.values():
        assert len(panel.models) == 60
        np.testing.assert_array_equal(panel.scores, panels["complete"].scores)
        np.testing.assert_array_equal(panel.ranks, panels["complete"].ranks)


def test_a_score_is_made_as_the_formula_says() -> None:
    """Many models: spreads, levels and correlations of the metrics, against the constants."""
    many = [recovery.draw(Setting(4000, 12, 3), seed) for seed in range(12)]
    shared = []
    for one in many:
        loading = np.array([np.corrcoef(one.truth, column)[0, 1] for column in one.scores.T])
        assert loading.min() > 0.3 - 0.06
        assert loading.max() < 0.9 + 0.02
        level = one.scores.mean(axis=0) / one.scores.std(axis=0)
        assert level.min() > 3 - 0.2
        assert level.max() < 6 + 0.4
        slope = loading * one.scores.std(axis=0)
        rest = one.scores - one.scores.mean(axis=0) - slope * (one.truth - one.truth.mean())[:, None]
        rho = np.corrcoef(rest, rowvar=False).reshape(3, 4, 3, 4)
        shared.append([rho[0, 0, 0, 1], rho[1, 2, 1, 3], rho[0, 0, 1, 0], rho[1, 1, 2, 3]])
    np.testing.assert_allclose(np.mean(shared, axis=0), [0.3, 0.3, 0, 0], atol=0.03)
    # 144 logarithms of scales, normal with deviation 1.
    scales = np.log(np.concatenate([one.scores.std(axis=0) for one in many]))
    assert scales.std() == pytest.approx(1.0, abs=0.25)


def test_shocks_are_ten_scales_up_or_down_in_as_many_cells_as_asked() -> None:
    """Same seed, with and without: the difference is the shocks alone."""
    setting = Setting(400, 24, 3)
    before = recovery.draw(setting, 5).scores
    shocked = recovery.draw(replace(setting, outliers=0.05), 5).scores - before
    hit = np.abs(shocked) > 0
    assert hit.mean() == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / hit.size))
    assert (shocked[hit] > 0).mean() == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / hit.sum()))
    sizes = shocked / before.std(axis=0)
    assert np.median(np.abs(sizes[hit])) == pytest.approx(10, abs=0.4)
    assert (before > 0).mean() > 0.995
    more = recovery.draw(replace(setting, outliers=0.1), 5).scores - before
    np.testing.assert_array_equal(more[hit], shocked[hit])


def test_negative_scores_occur_but_means_are_positive() -> None:
    drawn = [recovery.draw(FULL, seed).scores for seed in range(60)]
    assert all((scores.mean(axis=0) > 0).all() for scores in drawn)
    assert any((scores < 0).any() for scores in drawn)


# Recovery


def test_without_noise_every_order_scheme_finds_the_truth() -> None:
    rows = found(replace(SMALL, noise=0.0), 5)
    for scheme in ORDER_SCHEMES:
        for policy in scheme.policies:
            row = rows[policy, scheme.id]
            assert (row.draws, row.correlated, row.ranked) == (5, 5, 1.0)
            if scheme.id in ONLY_THE_WINNER:
                # One model is first and the other nineteen share the second place.
                expected = stats.spearmanr(np.arange(20), [0] * 19 + [1]).statistic
                assert row.spearman == pytest.approx(expected, abs=1e-12)
                assert row.top == pytest.approx((1 + 1 / 19) / 2, abs=1e-12)
            else:
                assert row.spearman == pytest.approx(1.0, abs=1e-12)
                assert row.error == pytest.approx(0.0, abs=1e-12)
                assert row.top == pytest.approx(1.0, abs=1e-12)


def test_without_noise_complete_models_keep_their_order_whatever_is_missing() -> None:
    rows = found(replace(HOLES, noise=0.0, coverage=0.9), 10)
    row = rows["complete", "mean-rank"]
    assert row.spearman == pytest.approx(1.0, abs=1e-12)
    assert 0 < row.ranked < 0.9
    assert row.top < rows["worst-rank", "mean-rank"].top


def test_more_noise_recovers_less() -> None:
    by_noise = [found(replace(FULL, noise=noise), 8) for noise in (0.3, 1.0, 3.0, 30.0)]
    for key in by_noise[0]:
        if key[1] in {"geometric-mean", "fair-contribution", *ONLY_THE_WINNER}:
            continue  # the first two refuse some draws, so that the draws differ
        falling = [rows[key].spearman for rows in by_noise]
        assert falling == sorted(falling, reverse=True), key
        assert abs(falling[-1]) < 0.3


def test_less_coverage_and_more_outliers_recover_less() -> None:
    by_coverage = [found(one, 10)["worst-rank", "mean-rank"].spearman for one in SETTINGS[:4]]
    assert by_coverage == sorted(by_coverage, reverse=True)
    by_outliers = [found(one, 10)["complete", "z-mean"].spearman for one in (SETTINGS[0], *SETTINGS[4:])]
    assert by_outliers == sorted(by_outliers, reverse=True)


def test_counting_holes_as_last_helps_only_where_weak_models_are_run_less() -> None:
    """What a hole says of a model is an assumption, and turned round it misleads these policies."""
    setting = replace(FULL, coverage=0.6)
    keys = [("worst-rank", "mean-rank"), ("zero", "arithmetic-mean"), ("partial-order", "mean-win-rate")]
    as_is = found(setting, 10)
    turned = found(replace(setting, by_ability=-1.5), 10)
    last, zero, pairs = (as_is[key].spearman for key in keys)
    assert min(last, zero, pairs) > 0.6
    last, zero, pairs = (turned[key].spearman for key in keys)
    assert max(last, zero) < 0 < 0.7 < pairs


def test_the_grid_is_the_one_documented() -> None:
    assert [(one.coverage, one.outliers) for one in SETTINGS] == [
        (1.0, 0.0), (0.8, 0.0), (0.6, 0.0), (0.4, 0.0), (1.0, 0.01), (1.0, 0.05), (1.0, 0.1),
    ]  # fmt: skip
    assert {(one.n_models, one.n_metrics, one.n_groups, one.noise) for one in SETTINGS} == {(60, 24, 3, 1.0)}


def test_one_seed_gives_one_result_and_another_another() -> None:
    first, again, other = (recovery.recover(HOLES, 3, seed) for seed in (1, 1, 2))
    assert repr(first) == repr(again)  # NaN equals no NaN, but is written the same
    assert repr(first) != repr(other)
    truth, panels = recovery.panels(HOLES, 7)
    same, as_before = recovery.panels(HOLES, 7)
    np.testing.assert_array_equal(truth, same)
    for policy, panel in panels.items():
        np.testing.assert_array_equal(panel.scores, as_before[policy].scores)


def test_what_is_set_changes_nothing_else() -> None:
    full, holed = recovery.draw(SMALL, 4), recovery.draw(HOLES, 4)
    np.testing.assert_array_equal(full.scores, holed.scores)
    fuller = recovery.draw(replace(HOLES, coverage=0.9), 4)
    assert (fuller.run >= holed.run).all()


def test_correlation_and_means_equal_scipys() -> None:
    """One draw against the scheme and scipy.stats.spearmanr; then means and errors of several."""
    seeds = np.random.SeedSequence(9).generate_state(4, np.uint64).tolist()
    expected: dict[tuple[str, str], list[float]] = {}
    for seed in seeds:
        truth, panels = recovery.panels(HOLES, seed)
        for policy, panel in panels.items():
            rows = [int(model[-4:]) for model in panel.models]
            for scheme in SCHEMES.values():
                if policy not in scheme.policies or not rows or scheme.unfit(panel):
                    continue
                value = scheme.together([panel])[0] if scheme.together else scheme.aggregate(panel)
                value = value * (1 if scheme.higher_is_better else -1)
                has = ~np.isnan(value)
                if has.sum() < 3:
                    continue
                # Twelve digits, as the ranking itself: equal but for rounding is equal.
                value = np.array([float(f"{one:.12g}") for one in value[has]])
                if np.ptp(value) > 0:
                    rho = stats.spearmanr(truth[rows][has], value).statistic
                    expected.setdefault((policy, scheme.id), []).append(float(rho))
    rows_found = found(HOLES, 4, seed=9)
    assert {key for key, row in rows_found.items() if row.correlated} == set(expected)
    for key, rhos in expected.items():
        row = rows_found[key]
        assert row.correlated == len(rhos)
        assert row.spearman == pytest.approx(np.mean(rhos), abs=1e-12)
        if len(rhos) > 1:
            assert row.error == pytest.approx(stats.sem(rhos), abs=1e-12)
        else:
            assert math.isnan(row.error)


def test_more_draws_begin_with_the_same_ones() -> None:
    one, two = (found(SMALL, draws)["zero", "arithmetic-mean"].spearman for draws in (1, 2))
    second = np.random.SeedSequence(1).generate_state(2, np.uint64).tolist()[1]
    truth, panels = recovery.panels(SMALL, second)
    rho = stats.spearmanr(truth, panels["zero"].scores.mean(axis=1)).statistic
    assert two == pytest.approx((one + rho) / 2, abs=1e-12)


def test_every_pair_that_goes_together_has_a_row() -> None:
    admitted = {(policy, scheme.id) for scheme in SCHEMES.values() for policy in scheme.policies}
    assert set(found(replace(SMALL, n_models=12), 1)) == admitted


def test_refused_draws_are_left_out() -> None:
    """With a shock in half of the cells some score is negative, and no geometric mean is taken."""
    row = found(replace(SMALL, outliers=0.5), 3)["complete", "geometric-mean"]
    assert (row.draws, row.correlated) == (0, 0)
    assert all(math.isnan(one) for one in (row.spearman, row.error, row.top, row.ranked))


def test_nobody_left_is_nobody_found() -> None:
    """Of models with a chance of 2 % on each of 24 metrics none is complete."""
    rows = found(replace(FULL, n_models=10, coverage=0.02), 3)
    row = rows["complete", "mean-rank"]
    assert (row.draws, row.correlated, row.top, row.ranked) == (3, 0, 0.0, 0.0)
    assert 0 < rows["worst-rank", "mean-rank"].ranked < 1


# The share of the best


def share(place: list[int], rows: list[int] | None = None) -> float:
    """Of twenty models, the first the best: the best tenth is models 0 and 1."""
    at = np.arange(len(place)) if rows is None else np.array(rows)
    return recovery.top_share(-np.arange(20.0), at, np.array(place))


def test_share_of_the_best_by_hand() -> None:
    rest = list(range(3, 21))
    assert share([1, 2, *rest]) == 1.0
    assert share([2, 1, *rest]) == 1.0
    assert share([1, 3, 2, *rest[1:]]) == 0.5
    assert share([20, 19, *range(1, 19)]) == 0.0
    # Model 1 is left out, or has no place: it is not found, though the ranking is right.
    assert share([1, 2, 3], [0, 2, 3]) == 0.5
    assert share([1, 0, 2], [0, 1, 3]) == 0.5
    # Of twenty that share the first place a tenth of each stands on the first two.
    assert share([1] * 20) == pytest.approx(0.1, abs=1e-12)
    # One first, nineteen second: the one place left is shared.
    assert share([1] + [2] * 19) == pytest.approx((1 + 1 / 19) / 2, abs=1e-12)
    # A tenth is rounded up.
    assert recovery.top_share(np.array([1.0, 2.0, 3.0]), np.arange(3), np.array([3, 2, 1])) == 1.0
    # Of eleven the best two are asked for: one is found and the other stands third.
    assert recovery.top_share(-np.arange(11.0), np.arange(11), np.array([1, 3, 2, *range(4, 12)])) == 0.5


# What is refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n_models": 0}, "0 models"),
        ({"n_metrics": 7}, "7 metrics cannot be put into 2 groups"),
        ({"n_groups": 0}, "0 groups"),
        ({"n_metrics": 0}, "0 metrics"),
        ({"coverage": 0.0}, "coverage is 0.0"),
        ({"coverage": 1.1}, "coverage is 1.1"),
        ({"coverage": NAN}, "coverage is nan"),
        ({"failed": 1.0}, "failed cells is 1.0"),
        ({"outliers": -0.1}, "outliers is -0.1"),
        ({"noise": -1.0}, "noise is -1.0"),
        ({"noise": math.inf}, "noise is inf"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SMALL, **change)  # type: ignore[arg-type]


def test_no_draw_is_refused_and_so_is_a_negative_seed() -> None:
    with pytest.raises(ValueError, match="0 draws"):
        recovery.recover(SMALL, 0, 1)
    for refused in (lambda: recovery.recover(SMALL, 1, -1), lambda: recovery.panels(SMALL, -1)):
        with pytest.raises(ValueError, match="non-negative"):
            refused()
