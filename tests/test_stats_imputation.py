"""Filling in cells: optimality conditions, another formulation, tables of known rank, a hand-worked case."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from builder.stats import imputation
from builder.stats.imputation import FOLDS, SHRINKAGE, impute, soft_impute

FloatArray = NDArray[np.float64]


def low_rank(n: int, m: int, rank: int, share: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """A table of that rank, and the same with a share of its cells unknown (no row, no column all)."""
    random = np.random.default_rng(seed)
    whole = random.normal(size=(n, rank)) @ random.normal(size=(rank, m))
    unknown = random.random((n, m)) < share
    unknown[np.arange(n), np.arange(n) % m] = False
    return whole, np.where(unknown, np.nan, whole)


def test_with_every_cell_known_it_shrinks_singular_values() -> None:
    """diag(3, 1) less 2: only the first is left, at 1."""
    found = soft_impute([[3.0, 0.0], [0.0, 1.0]], 2.0)
    np.testing.assert_allclose(found.table, [[1, 0], [0, 0]], atol=1e-12)
    assert found.rank == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 9), st.integers(2, 9), st.floats(0.05, 2.0))
def test_the_fit_is_optimal(seed: int, n: int, m: int, threshold: float) -> None:
    """The subgradient of the nuclear norm: what the known cells are off by is threshold x (U V' + W), with
    W orthogonal to both and no singular value above 1.
    """
    _, table = low_rank(n, m, 3, 0.3, seed)
    found = soft_impute(table, threshold, tolerance=1e-11, most=50_000)
    off = np.where(np.isnan(table), 0.0, table - found.table) / threshold
    left, values, right = np.linalg.svd(found.table, full_matrices=False)
    u, v = left[:, : found.rank], right[: found.rank]
    assert (values[found.rank :] < 1e-7).all()
    rest = off - u @ v
    assert np.abs(u.T @ rest).max(initial=0) < 2e-4
    assert np.abs(rest @ v.T).max(initial=0) < 2e-4
    assert np.linalg.norm(rest, 2) <= 1 + 2e-4


def test_it_agrees_with_a_search_over_two_factors() -> None:
    """The nuclear norm is the least of (|A|^2 + |B|^2) / 2 over A B' = Z: L-BFGS knows no singular value."""
    _, table = low_rank(12, 7, 2, 0.35, 5)
    known, width, threshold = ~np.isnan(table), 7, 0.8
    held = np.nan_to_num(table)

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        a, b = flat[: 12 * width].reshape(12, width), flat[12 * width :].reshape(7, width)
        off = np.where(known, a @ b.T - held, 0.0)
        value = 0.5 * (off**2).sum() + threshold / 2 * ((a**2).sum() + (b**2).sum())
        return float(value), np.concatenate(
            [(off @ b + threshold * a).ravel(), (off.T @ a + threshold * b).ravel()]
        )

    start = np.random.default_rng(1).normal(size=19 * width)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 20_000, "ftol": 1e-15, "gtol": 1e-9}
    )
    a, b = found.x[: 12 * width].reshape(12, width), found.x[12 * width :].reshape(7, width)
    ours = soft_impute(table, threshold, tolerance=1e-10, most=20_000)
    np.testing.assert_allclose(ours.table, a @ b.T, atol=2e-4)


def test_a_table_of_known_rank_comes_back() -> None:
    whole, table = low_rank(60, 20, 2, 0.3, 7)
    found = soft_impute(table, 1e-3, tolerance=1e-9, most=20_000)
    unknown = np.isnan(table)
    assert unknown.sum() > 200
    assert np.abs((found.table - whole)[unknown]).max() < 0.01
    assert found.rank == 2


def test_the_start_and_the_table_on_its_side_change_nothing() -> None:
    _, table = low_rank(15, 6, 2, 0.3, 3)
    one = soft_impute(table, 0.5, tolerance=1e-10, most=20_000).table
    other = soft_impute(table, 0.5, np.ones_like(table), tolerance=1e-10, most=20_000).table
    np.testing.assert_allclose(other, one, atol=1e-6)
    np.testing.assert_allclose(
        soft_impute(table.T, 0.5, tolerance=1e-10, most=20_000).table.T, one, atol=1e-6
    )


def in_blocks(n: int, m: int, seed: int, noise: float) -> tuple[FloatArray, FloatArray]:
    """One factor and noise; every third model was run on the first half of the metrics only."""
    random = np.random.default_rng(seed)
    whole = 10 + random.normal(size=(n, 1)) * random.uniform(1, 2, m) + noise * random.normal(size=(n, m))
    table = whole.copy()
    table[::3, m // 2 :] = np.nan
    return whole, table


def test_what_one_factor_makes_is_found_again() -> None:
    whole, table = in_blocks(90, 12, 1, 0.3)
    found = impute(table, 4)
    assert found is not None
    unknown = np.isnan(table)
    np.testing.assert_array_equal(found.filled[~unknown], table[~unknown])
    assert found.error < 0.5 * found.baseline
    spread = np.nanstd(table, axis=0)
    off = ((found.filled - whole) / spread)[unknown]
    # The error that was measured on held-out cells is that of the cells that are filled in.
    assert np.sqrt((off**2).mean()) == pytest.approx(found.error, rel=0.35)
    assert found.baseline == pytest.approx(1, abs=0.25)


def test_noise_is_not_filled_in_better_than_by_the_mean() -> None:
    """Metrics that have nothing to do with each other."""
    table = np.random.default_rng(2).normal(size=(90, 12))
    table[::3, 6:] = np.nan
    found = impute(table, 4)
    assert found is not None
    assert found.error >= 0.97 * found.baseline


def test_cells_are_held_out_as_they_are_missing() -> None:
    _, table = in_blocks(40, 8, 3, 0.5)
    known = ~np.isnan(table)
    random = np.random.PCG64(1)
    fold = imputation._dealt(40, random)
    assert np.bincount(fold).tolist() == [8] * FOLDS
    for number in range(FOLDS):
        held = imputation._held_as_missing(known, fold == number, random)
        assert not held[fold != number].any()
        assert not held[:, :4].any(), "nobody lacks these"
        assert {int(n) for n in held[known.all(axis=1) & (fold == number)].sum(axis=1)} == {4}
        assert not held[~known.all(axis=1)].any()


def test_nobody_loses_all_that_it_has() -> None:
    """Two kinds of models, each with what the other lacks: whoever is drawn, nothing may be held out."""
    alone = np.ones((6, 4), dtype=bool)
    alone[1:, 3] = False
    assert not imputation._held_as_missing(alone, np.ones(6, bool), np.random.PCG64(0)).any(), "a metric"
    known = np.zeros((20, 4), dtype=bool)
    known[::2, :2] = known[1::2, 2:] = True
    for seed in range(5):
        assert not imputation._held_as_missing(known, np.ones(20, bool), np.random.PCG64(seed)).any()


def test_the_strongest_shrinkage_within_a_standard_error_is_chosen() -> None:
    """Means over two folds .75, .69 and .6, whose two values .5 and .7 have the standard error .1."""
    errors = np.array([[0.7, 0.64, 0.5], [0.8, 0.74, 0.7]])
    assert imputation._choice(errors) == 1
    assert imputation._choice(errors - [0.06, 0, 0]) == 0
    assert imputation._choice(errors + np.array([0, 0.02, 0])) == 2
    assert imputation._choice(errors[:1]) == 2, "one fold has no standard error"


def test_folds_weigh_as_many_cells_as_they_hold() -> None:
    assert imputation._root_mean(np.array([1.0, 4.0]), np.array([3, 1])) == pytest.approx(np.sqrt(7 / 4))


def test_errors_are_of_cells_that_neither_scale_nor_fit_has_seen() -> None:
    _, table = in_blocks(40, 8, 3, 0.5)
    held = imputation._held_as_missing(~np.isnan(table), np.arange(40) < 20, np.random.PCG64(1))
    rest = pd.DataFrame(table).mask(held)
    mean, spread = rest.mean(), rest.std(ddof=0)
    z = ((rest - mean) / spread).to_numpy()
    off = ((pd.DataFrame(table) - mean) / spread).to_numpy()[held]
    largest = np.linalg.norm(np.nan_to_num(z), 2)
    guesses = [np.zeros_like(off)]
    for share in SHRINKAGE:
        guesses.append(soft_impute(z, share * largest, tolerance=1e-9, most=20_000).table[held])
    wanted = [float(((off - guess) ** 2).mean()) for guess in guesses]
    np.testing.assert_allclose(imputation._errors(table, held), wanted, rtol=2e-3)


def test_what_is_said_of_a_table_follows_from_its_folds() -> None:
    """Counted again fold by fold: who is held out, the error at the others' choice, and what is filled in."""
    chosen_otherwise = 0
    for seed in range(8):
        _, table = in_blocks(40, 8, seed, 1.6)
        found = impute(table, seed)
        assert found is not None
        known, random = ~np.isnan(table), np.random.PCG64(seed)
        fold = imputation._dealt(40, random)
        held = [imputation._held_as_missing(known, fold == k, random) for k in range(FOLDS)]
        errors = np.array([imputation._errors(table, one) for one in held])
        n = np.array([one.sum() for one in held])
        others = [imputation._choice(np.delete(errors, k, 0)[:, 1:]) for k in range(FOLDS)]
        at = [errors[k, 1 + others[k]] for k in range(FOLDS)]
        assert found.n_held == n.sum()
        assert found.error == pytest.approx(np.sqrt(np.average(at, weights=n)))
        assert found.baseline == pytest.approx(np.sqrt(np.average(errors[:, 0], weights=n)))
        one = imputation._choice(errors[:, 1:])
        chosen_otherwise += any(other != one for other in others)
        assert found.shrinkage == SHRINKAGE[one]
        alone = known & (imputation._uniform(random, table.size).reshape(table.shape) < 0.2)
        assert found.error_at_random == pytest.approx(np.sqrt(imputation._errors(table, alone)[1 + one]))
        mean, spread = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
        z = (table - mean) / spread
        fit = soft_impute(
            z, found.shrinkage * np.linalg.norm(np.nan_to_num(z), 2), tolerance=1e-9, most=20_000
        )
        np.testing.assert_allclose(found.filled[~known], (mean + spread * fit.table)[~known], atol=0.02)
        assert found.rank == fit.rank
    assert chosen_otherwise, "in none do the other folds choose another shrinkage"


def test_thirty_held_cells_are_enough_and_one_less_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    _, table = in_blocks(40, 8, 3, 0.5)
    found = impute(table, 1)
    assert found is not None
    assert imputation.FEWEST_HELD == 30
    monkeypatch.setattr(imputation, "FEWEST_HELD", found.n_held)
    assert impute(table, 1) is not None
    monkeypatch.setattr(imputation, "FEWEST_HELD", found.n_held + 1)
    assert impute(table, 1) is None


def test_the_same_seed_gives_the_same_and_units_do_not_matter() -> None:
    _, table = in_blocks(60, 10, 4, 0.5)
    one, same, other = impute(table, 1), impute(table, 1), impute(table, 2)
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.filled.tobytes() == same.filled.tobytes()
    assert (one.error, one.baseline, one.error_at_random) == (same.error, same.baseline, same.error_at_random)
    assert one.error != other.error
    scaled = impute(table * 100 - 7, 1)
    assert scaled is not None
    np.testing.assert_allclose(scaled.filled, one.filled * 100 - 7, rtol=1e-6)


def test_tables_that_allow_nothing() -> None:
    assert impute(np.ones((5, 3)), 1) is None, "nothing is missing"
    few = np.arange(12.0).reshape(4, 3)
    few[0, 0] = np.nan
    assert impute(few, 1) is None, "too few cells to hold out"
    with pytest.raises(ValueError, match="without any score"):
        impute([[1.0, np.nan], [2.0, np.nan]], 1)
    with pytest.raises(ValueError, match="above 0"):
        soft_impute([[1.0]], 0.0)
    with pytest.raises(ValueError, match="two dimensions"):
        soft_impute([1.0], 1.0)


def test_a_metric_that_is_the_same_for_all_is_filled_with_it() -> None:
    _, table = in_blocks(60, 10, 4, 0.5)
    table[:, 9] = np.where(np.isnan(table[:, 9]), np.nan, 0.1)
    found = impute(table, 1)
    assert found is not None
    np.testing.assert_allclose(found.filled[:, 9], 0.1, atol=1e-12)
