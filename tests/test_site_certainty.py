"""What a ranking page says of how sure it is, from the plain case to every edge of it."""

from __future__ import annotations

import pandas as pd
import pytest
from samples import CELLS, make_snapshot

from builder.analysis import analyse
from builder.results import Certainty, View
from builder.site.certainty import certainty_text
from builder.site.words import inert


def view_of(places: list[int], p_first: list[float], certainty: Certainty, n_metrics: int = 6) -> View:
    ranking = pd.DataFrame({"place": places, "p_first": p_first})
    return View("s", "complete", "mean-rank", "T", n_metrics, ranking, "0" * 64, certainty)


def text(view: View, name: str = "A<b>") -> str:
    return str(certainty_text(view, inert(name), "model", "models"))


def test_the_plain_case() -> None:
    view = view_of([1, 2, 3, 4], [0.614, 0.2, 0.186, 0], Certainty(1000, 2, 1, 2.0))
    assert text(view) == (
        "In 1000 draws of the 6 metrics from among their groups, A&#60;b&#62; is first in 61\u202f%. "
        "The likely places of half of the models span 2 places or more. "
        "The draws tell 2 tiers apart, and 1 of the 3 pairs of neighbours."
    )


@pytest.mark.parametrize(
    ("places", "p_first", "certainty", "said"),
    [
        ([1, 2], [1.0, 0.0], Certainty(10, 2, 1, 0.0), "is first in all. Half of the models or more"),
        ([1, 2], [1.0, 0.0], Certainty(10, 2, 1, 0.0), "2 tiers apart, and the two."),
        ([1, 2], [0.0, 1.0], Certainty(10, 1, 0, 1.0), "is first in none. "),
        ([1, 2], [0.5, 0.5], Certainty(10, 1, 0, 1.0), "one place or more. The draws tell no other model"),
        ([1, 1, 3], [0.4, 0.4, 0.2], Certainty(10, 1, 0, 1.5), "one of the 2 that share the first place is"),
        ([1, 2, 3], [1, 0, 0], Certainty(10, 3, 2, 0.0), "3 tiers apart, and all neighbours."),
        ([1, 2, 3], [1, 0, 0], Certainty(10, 2, 0, 0.0), "2 tiers apart, and no two neighbours."),
        ([1, 2, 3], [0.9995, 0, 0], Certainty(10, 2, 0, 0.0), "first in over 99\u202f%."),
        ([1], [1.0], Certainty(reason="Only one is ranked."), "Only one is ranked."),
    ],
)  # fmt: skip
def test_edges(places: list[int], p_first: list[float], certainty: Certainty, said: str) -> None:
    assert said in text(view_of(places, p_first, certainty))


def test_every_view_says_how_sure_it_is_or_why_not(study) -> None:
    results = analyse(study, make_snapshot(CELLS))
    assert results.views
    for view in results.views:
        known, frame = view.certainty, view.ranking
        assert bool(known.draws) != bool(known.reason)
        assert frame["tier"].notna().all() == bool(known.draws)
        if known.draws:
            assert (frame["low"] <= frame["high"]).all()
            assert frame["tier"].is_monotonic_increasing
            assert frame["p_first"].sum() == pytest.approx(1)
            assert (frame["low"] <= frame["place"]).mean() > 0.5


def test_a_second_analysis_draws_the_same(study) -> None:
    first, second = (analyse(study, make_snapshot(CELLS)) for _ in range(2))
    for one, other in zip(first.views, second.views, strict=True):
        pd.testing.assert_frame_equal(one.ranking, other.ranking)
        assert one.certainty == other.certainty or one.certainty.reason
