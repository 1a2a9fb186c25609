"""The worst set of rivals: by hand, against every subset there is, and with SciPy's tau."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from builder.stats.rivals import rival_sensitivity

FloatArray = NDArray[np.float64]


def wins(scores: FloatArray) -> FloatArray:
    """On how many metrics each is strictly better than each other, one pair at a time."""
    n = len(scores)
    return np.array([[(scores[i] > scores[j]).sum() for j in range(n)] for i in range(n)])


def distance(won: FloatArray, relevant: list[int], chosen: list[int]) -> float:
    """Of the orders by mean win rate, with SciPy's tau-b."""
    before, after = (won[np.ix_(relevant, among)].sum(axis=1) for among in (relevant, relevant + chosen))
    return float((1 - stats.kendalltau(before, after).statistic) / 2)


def worst_of_all(won: FloatArray, relevant: list[int], others: list[int]) -> float:
    """The largest distance over every subset of the others; orders that are alike are measured once."""
    seen: dict[tuple[float, ...], float] = {}
    for taken in product([False, True], repeat=len(others)):
        chosen = [one for one, is_in in zip(others, taken, strict=True) if is_in]
        key = tuple(stats.rankdata(won[np.ix_(relevant, relevant + chosen)].sum(axis=1)))
        if key not in seen:
            seen[key] = distance(won, relevant, chosen)
    known = [one for one in seen.values() if not np.isnan(one)]
    return max(known, default=float("nan"))


def test_by_hand() -> None:
    """a is better than b on two metrics of three. Both are better than c on two, a on one more; so beside one
    c they tie at four wins, and beside two of them b is first.
    """
    a, b, c = [9.0, 9, 1], [8, 8, 8], [8.5, 1, 5]
    scores = np.array([a, b, c, c, [0, 0, 0]])
    # Wins of a: 2 against b, 2 against each c. Of b: 1 against a, 2 against each c. So nothing turns.
    found = rival_sensitivity(scores)
    assert found is not None
    assert found.relevant.tolist() == [0, 1]
    assert (found.distance, found.rank_change) == (0, 0)
    # With [1, 1, 5] for c, b has 3 wins against each: 1 + 6 against 2 + 4.
    found = rival_sensitivity(np.array([a, b, [1.0, 1, 5], [1.0, 1, 5], [0, 0, 0]]))
    assert found is not None
    assert found.relevant.tolist() == [0, 1]
    assert set(found.chosen.tolist()) >= {2, 3}
    assert (found.distance, found.rank_change) == (1, 1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(15, 19), st.integers(2, 6), st.booleans())
def test_what_is_found_is_what_it_says(seed: int, n: int, m: int, ties: bool) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 6, (n, m)).astype(float) if ties else random.normal(size=(n, m))
    found = rival_sensitivity(scores)
    assert found is not None
    won, relevant, chosen = wins(scores), found.relevant.tolist(), found.chosen.tolist()
    assert len(relevant) == 3
    assert not set(relevant) & set(chosen)
    assert won.sum(axis=1)[relevant].min() >= np.delete(won.sum(axis=1), relevant).max()
    assert found.distance == pytest.approx(distance(won, relevant, chosen), nan_ok=True, abs=1e-12)
    alone, beside = (
        stats.rankdata(won[np.ix_(relevant, among)].sum(axis=1)) for among in (relevant, relevant + chosen)
    )
    assert found.rank_change == pytest.approx(np.abs(alone - beside).max() / 2)


def test_the_search_finds_the_worst_or_nearly() -> None:
    """Three relevant models and twelve others, of which the four last can turn nothing."""
    reached = []
    for seed in range(12):
        scores = np.random.default_rng(seed).normal(size=(11, 5))
        found = rival_sensitivity(np.vstack([scores, np.full((4, 5), -9.0)]))
        assert found is not None
        relevant = found.relevant.tolist()
        others = [one for one in range(11) if one not in relevant]
        reached.append((found.distance, worst_of_all(wins(scores), relevant, others)))
    ours, worst = np.array([pair for pair in reached if not np.isnan(pair).any()]).T
    assert len(ours) > 6
    assert (ours <= worst + 1e-12).all()
    assert ((ours > 1e-12) == (worst > 1e-12)).all()
    assert (ours >= worst - 1e-12).mean() >= 0.8


def test_a_board_whose_metrics_agree_cannot_be_turned() -> None:
    found = rival_sensitivity(np.arange(30.0)[:, None] * [1.0, 2.0, 3.0])
    assert found is not None
    assert found.relevant.tolist() == list(range(24, 30))
    assert (found.distance, found.rank_change, len(found.chosen)) == (0, 0, 0)


def test_too_little_and_too_much() -> None:
    assert rival_sensitivity(np.ones((2, 3))) is None
    assert rival_sensitivity(np.ones((4, 0))) is None
    flat = rival_sensitivity(np.ones((6, 2)))
    assert flat is not None
    assert np.isnan(flat.distance)
    big = rival_sensitivity(np.random.default_rng(0).normal(size=(400, 4)))
    assert big is not None
    assert len(big.relevant) == 50
    with pytest.raises(ValueError, match="none may be missing"):
        rival_sensitivity([[1.0, np.nan]])
