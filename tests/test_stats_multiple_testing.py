"""builder.stats.multiple_testing against SciPy, a published example and the properties of each adjustment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats

from builder.stats.multiple_testing import benjamini_hochberg, bonferroni, holm

FloatArray = NDArray[np.float64]
ALL = [bonferroni, holm, benjamini_hochberg]

# Benjamini and Hochberg (1995), section 4.1: thrombolysis after myocardial infarction, 15 comparisons. They
# reject 4 hypotheses at a false discovery rate of 0.05, where Bonferroni (and Hochberg) reject 3.
THROMBOLYSIS = np.array(
    [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
)

p_values = arrays.arrays(
    np.float64, st.integers(0, 12), elements=st.one_of(st.floats(0, 1), st.just(float("nan")))
)


def test_the_published_example() -> None:
    assert (bonferroni(THROMBOLYSIS) <= 0.05).sum() == 3
    assert (holm(THROMBOLYSIS) <= 0.05).sum() == 3
    assert (benjamini_hochberg(THROMBOLYSIS) <= 0.05).sum() == 4
    np.testing.assert_allclose(bonferroni(THROMBOLYSIS)[:4], [0.0015, 0.006, 0.0285, 0.1425], rtol=1e-12)


def test_holm_by_hand() -> None:
    """0.01 x 4, 0.02 x 3, then 0.022 x 2 = 0.044 held up by 0.06, 0.04 x 1 as well; order kept."""
    np.testing.assert_allclose(holm([0.04, 0.01, 0.022, 0.02]), [0.06, 0.04, 0.06, 0.06], rtol=1e-12)


def test_holm_counts_equal_p_alike() -> None:
    np.testing.assert_allclose(holm([0.02, 0.5, 0.02]), [0.06, 0.5, 0.06], rtol=1e-12)


def test_benjamini_hochberg_by_hand() -> None:
    """0.01 x 4/1, 0.02 x 4/2, 0.022 x 4/3, 0.04 x 4/4; the least of itself and all after it."""
    expected = [0.04, 0.022 * 4 / 3, 0.022 * 4 / 3, 0.022 * 4 / 3]
    np.testing.assert_allclose(benjamini_hochberg([0.04, 0.01, 0.022, 0.02]), expected, rtol=1e-12)


@pytest.mark.parametrize("adjust", ALL)
def test_nan_stays_and_is_not_counted(adjust: Callable[..., FloatArray]) -> None:
    p = [np.nan, 0.03, np.nan, 0.01, 0.2]
    found = adjust(p)
    np.testing.assert_array_equal(np.isnan(found), [True, False, True, False, False])
    np.testing.assert_array_equal(found[[1, 3, 4]], adjust([0.03, 0.01, 0.2]))


@pytest.mark.parametrize("adjust", ALL)
@pytest.mark.parametrize("p", [[], [np.nan], [0.0], [1.0], [0.3]])
def test_none_or_one_test_stays_as_it_is(adjust: Callable[..., FloatArray], p: list[float]) -> None:
    np.testing.assert_array_equal(adjust(p), p)


@pytest.mark.parametrize("adjust", ALL)
@pytest.mark.parametrize("p", [[-0.1], [1.1, 0.5], [np.inf], [[0.1, 0.2]]])
def test_what_is_no_list_of_p_values_is_refused(adjust: Callable[..., FloatArray], p: object) -> None:
    with pytest.raises(ValueError, match="p-values"):
        adjust(p)


@given(p_values)
def test_benjamini_hochberg_equals_scipy(p: FloatArray) -> None:
    done = p[~np.isnan(p)]
    expected = stats.false_discovery_control(done, method="bh") if done.size else done
    np.testing.assert_allclose(benjamini_hochberg(p)[~np.isnan(p)], expected, rtol=1e-12)


@given(p_values)
def test_adjustments_bound_each_other(p: FloatArray) -> None:
    p = p[~np.isnan(p)]
    slack = 1 + 1e-12
    fdr, step_down, flat = benjamini_hochberg(p), holm(p), bonferroni(p)
    assert (p <= fdr * slack).all()
    assert (fdr <= step_down * slack).all()
    assert (step_down <= flat * slack).all()
    assert (flat <= 1).all()


@pytest.mark.parametrize("adjust", ALL)
@given(p=p_values)
def test_a_smaller_p_stays_no_larger(adjust: Callable[..., FloatArray], p: FloatArray) -> None:
    order = np.argsort(p[~np.isnan(p)])
    assert (np.diff(adjust(p)[~np.isnan(p)][order]) >= 0).all()


@pytest.mark.parametrize("adjust", ALL)
@given(p=p_values, seed=st.integers(0, 99))
def test_order_does_not_matter(adjust: Callable[..., FloatArray], p: FloatArray, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(len(p))
    np.testing.assert_array_equal(adjust(p[shuffled]), adjust(p)[shuffled])
