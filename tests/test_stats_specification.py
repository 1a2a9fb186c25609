"""Specification curves: by hand, and against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.stats.specification import TOP, specifications


def test_by_hand() -> None:
    """Twelve models; the first is at 1, 12, 3 and 11, not ranked in the fifth and alone in the sixth."""
    places = np.zeros((12, 6), dtype=int)
    for column, own in enumerate((1, 12, 3, 11)):
        places[:, column] = [own, *(p for p in range(1, 13) if p != own)]
    places[1:, 4] = range(1, 12)
    places[0, 5] = 1
    scheme = ["mean", "rank", "mean", "rank", "rank", "mean"]
    found = specifications(places, 0, {"policy": ["p"] * 6, "scheme": scheme})
    assert found.order.tolist() == [0, 2, 3, 1]
    assert found.relative.tolist() == pytest.approx([0, 2 / 11, 10 / 11, 1])
    assert (found.n_first, found.n_below) == (1, 2)
    assert found.behind is not None
    assert (found.behind.choice, found.behind.level) == ("scheme", "rank")
    assert (found.behind.n_rankings, found.behind.n_below) == (2, 2)


def test_nothing_stands_behind_what_is_the_same_everywhere() -> None:
    places = np.tile(np.arange(1, 13)[:, None], (1, 4))
    choices = {"scheme": ["a", "b", "c", "d"]}
    assert specifications(places, 0, choices).behind is None
    last = specifications(places, 11, choices)
    assert (last.n_first, last.n_below, last.behind) == (0, 4, None)
    assert last.order.tolist() == [0, 1, 2, 3]


def test_a_model_in_no_ranking_has_an_empty_curve() -> None:
    found = specifications(np.array([[1, 2], [2, 1], [0, 0]]), 2, {"scheme": ["a", "b"]})
    assert (len(found.order), found.n_first, found.n_below, found.behind) == (0, 0, 0, None)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(11, 16), st.integers(1, 14))
def test_counts_are_those_of_pandas(seed: int, n_models: int, n_rankings: int) -> None:
    random = np.random.default_rng(seed)
    places = np.stack([random.permutation(n_models) + 1 for _ in range(n_rankings)], axis=1)
    choices = {name: random.choice(list("abc"), n_rankings).tolist() for name in ("selection", "scheme")}
    found = specifications(places, 3, choices)
    frame = pd.DataFrame({"place": places[3], **choices}).assign(below=lambda f: f["place"] > TOP)
    assert found.relative.tolist() == pytest.approx(sorted((frame["place"] - 1) / (n_models - 1)))
    assert frame["place"][found.order].is_monotonic_increasing
    assert (found.n_first, found.n_below) == ((frame["place"] == 1).sum(), frame["below"].sum())
    mean = frame["below"].mean()
    excess = {
        (name, level): (part["below"] - mean).sum() for name in choices for level, part in frame.groupby(name)
    }
    if found.behind is None:
        assert max(excess.values()) == pytest.approx(0, abs=1e-9)
    else:
        own = excess[found.behind.choice, found.behind.level]
        assert own == pytest.approx(max(excess.values()))
        assert own > 0
