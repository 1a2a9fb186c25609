"""Correlations of maps: SciPy's, image by image; undefined ones; memory bounded by chunks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from builder.reductions import importance_maps
from builder.reductions.importance_maps import alignment, correlations

RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize("chunk", [1, 7 * 35, 1 << 22])
def test_each_correlation_is_scipy_s_ties_included(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importance_maps, "CHUNK_VALUES", chunk)
    one = RANDOM.integers(0, 9, size=(17, 5, 7)).astype("f4")
    other = RANDOM.normal(size=(17, 5, 7)) + one
    expected = [stats.spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(one, other, strict=True)]
    assert correlations(one, other) == pytest.approx(np.array(expected), abs=1e-12)


def test_a_map_keeps_its_correlation_under_any_rising_change() -> None:
    one, other = RANDOM.normal(size=(2, 4, 6, 6))
    assert correlations(np.exp(one), other**3) == pytest.approx(correlations(one, other), abs=1e-12)
    assert correlations(one, one) == pytest.approx(np.ones(4))
    assert correlations(one, -one) == pytest.approx(-np.ones(4))


def test_a_map_that_is_the_same_everywhere_is_undefined_and_counts_as_no_alignment() -> None:
    one, other = RANDOM.normal(size=(2, 3, 4, 4))
    one[1] = 0.5
    rho = correlations(one, other)
    assert np.isnan(rho).tolist() == [False, True, False]
    found = alignment(rho)
    assert found.mean == pytest.approx((rho[0] + 0 + rho[2]) / 3)
    assert (found.n_images, found.n_constant) == (3, 1)
    assert found.standard_error == pytest.approx(stats.sem([rho[0], 0, rho[2]]))


def test_maps_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="maps of shape"):
        correlations(np.zeros((2, 3, 3)), np.zeros((2, 3, 4)))
