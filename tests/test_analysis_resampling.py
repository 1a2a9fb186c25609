"""What draws say of a mean and of each pair, by hand: which is which, and where they judge otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.analysis.resampling import DRAWS, Draws
from builder.results import Coefficient
from builder.stats.agreement_draws import AgreementDraws

NAN = float("nan")
FloatArray = NDArray[np.float64]


def square(*above: float) -> FloatArray:
    """A symmetric 3 x 3 matrix of its three pairs."""
    found = np.full((3, 3), NAN)
    upper = np.triu_indices(3, 1)
    found[upper] = found.T[upper] = above
    return found


def drawn(low: FloatArray, high: FloatArray, p: FloatArray) -> Draws:
    """Means of .1, .2 over models, .3, .4 over metrics, .5, .6 over both, each in half of the draws."""
    means = [np.repeat([first, first + 0.1], DRAWS // 2) for first in (0.1, 0.3, 0.5)]
    return Draws(AgreementDraws(low, high, *means), p)


def formula(p: FloatArray) -> Coefficient:
    return Coefficient(p, p, p, p, p, 0.0, 0.0, 3, 0, {})


def test_means_are_named_for_what_is_drawn() -> None:
    found = drawn(square(0, 0, 0), square(1, 1, 1), square(0.5, 0.5, 0.5)).means()
    assert found["over"].tolist() == ["models", "metrics", "both"]
    np.testing.assert_allclose(found["low"], [0.1, 0.3, 0.5])
    np.testing.assert_allclose(found["high"], [0.2, 0.4, 0.6])


def test_of_two_metrics_only_models_are_drawn() -> None:
    pair = np.full((2, 2), 0.5)
    found = drawn(pair, pair, pair).means().set_index("over")
    assert found.loc["models"].tolist() == pytest.approx([0.1, 0.2])
    assert found.loc[["metrics", "both"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("p", "by_formula", "n"),
    [
        ((0.04, 0.06, 0.5), (0.06, 0.04, 0.5), 2),
        ((0.05, 0.01, 0.5), (0.04, 0.02, 0.6), 1),  # 0.05 itself is no verdict
        ((0.01, NAN, 0.5), (0.02, 0.9, NAN), 0),
    ],
)
def test_verdicts_that_differ_are_counted(
    p: tuple[float, ...], by_formula: tuple[float, ...], n: int
) -> None:
    low, high = square(0, 0, 0), square(1, 1, 1)
    found = drawn(low, high, square(*p)).of_pairs(formula(square(*by_formula)), low, high)
    assert found.n_other_verdicts == n
    assert found.n_other_intervals == 0


def test_intervals_that_differ_are_counted_and_their_widths_are_medians() -> None:
    """The first pair's draws hold 0 and its formula does not, the second the other way, the third both."""
    p = square(0.5, 0.5, 0.5)
    low, high = square(-0.1, 0.2, -0.3), square(0.3, 0.4, 0.4)
    formula_low, formula_high = square(0.1, -0.2, -0.1), square(0.4, 0.3, 0.2)
    found = drawn(low, high, p).of_pairs(formula(p), formula_low, formula_high)
    assert found.n_other_intervals == 2
    assert found.median_width == pytest.approx(0.4)  # of .4, .2 and .7
    assert found.median_width_by_formula == pytest.approx(0.3)  # of .3, .5 and .3
    none = drawn(square(NAN, NAN, NAN), high, p).of_pairs(formula(p), formula_low, formula_high)
    assert (none.n_other_intervals, np.isnan(none.median_width)) == (0, True)
