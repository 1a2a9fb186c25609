"""What a ranking page says of how sure it is, from the plain case to every edge of it."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from projects import book_of
from samples import CELLS, TREE, make_snapshot
from test_stats_schemes import panel_of

from builder.analysis import analyse
from builder.analysis.uncertainty import RAW_MEANS, add_certainty, counts_of
from builder.catalog.tree import Group, Metric, MetricTree
from builder.results import Certainty, View
from builder.site.book import Book
from builder.site.certainty import above_frame, above_table, certainty_text
from builder.site.words import inert, percent
from builder.stats import bootstrap
from builder.stats.schemes import SCHEMES


def view_of(places: list[int], p_first: list[float], certainty: Certainty, n_metrics: int = 6) -> View:
    ranking = pd.DataFrame({"place": places, "p_first": p_first})
    return View("s", "complete", "mean-rank", "T", n_metrics, ranking, "0" * 64, certainty)


def text(view: View, name: str = "A<b>", tree: MetricTree = TREE) -> str:
    return str(certainty_text(view, tree, inert(name), "model", "models"))


def test_draws_are_within_groups_only_where_some_group_has_two_metrics() -> None:
    view = view_of([1, 2], [1.0, 0.0], Certainty(10, 2, 1, 0.0))
    alone = MetricTree.ordered(
        [Group("g", "G"), Metric("a", "A", "g"), Group("h", "H"), Metric("b", "B", "h")]
    )
    assert "with repetition and within their groups, " in text(view)
    assert "with repetition, A" in text(view, tree=alone)


def test_a_scheme_that_most_draws_leave_without_a_ranking_says_nothing() -> None:
    """Of two groups with one metric each, draws that have both are all alike; half of them lack one."""
    tree = MetricTree.ordered(
        [Group("a", "A", role="neural"), Metric("x", "X", "a"), Group("b", "B", role="behavior"),
         Metric("y", "Y", "b")]
    )  # fmt: skip
    scores = np.random.default_rng(0).normal(size=(8, 2))
    panel = panel_of(scores, tree)
    for scheme, says in (("fair-contribution", False), ("mean-rank", True)):
        ranking = pd.DataFrame({"model_id": panel.models, "place": range(1, 9)})
        frame, known = add_certainty(ranking, panel, SCHEMES[scheme], counts_of("s", "complete", panel))
        assert bool(known.draws) is says
        assert frame["low"].notna().all() == says
        assert ("give no ranking and the others all the same, so that" in known.reason) is not says


def test_the_plain_case() -> None:
    view = view_of([1, 2, 3, 4], [0.614, 0.2, 0.186, 0], Certainty(1000, 2, 1, 2.0))
    assert text(view) == (
        "In 1000 draws of the 6 metrics, with repetition and within their groups, "
        "A&#60;b&#62; is first in 61\u202f%. "
        "Half of the models have likely places that span 3 places or more. "
        "The draws tell 1 of the 3 pairs of neighbours apart; they make 2 tiers, in which no model is "
        "told from the first of its tier. "
        "This is about the choice of metrics, not about errors in the scores."
    )


@pytest.mark.parametrize(
    ("places", "p_first", "certainty", "said"),
    [
        ([1, 2], [1.0, 0.0], Certainty(10, 2, 1, 0.0), "is first in all. Half of the models or more"),
        ([1, 2], [1.0, 0.0], Certainty(10, 2, 1, 0.0), "tell the two apart; they make 2 tiers."),
        ([1, 2], [0.0, 1.0], Certainty(10, 1, 0, 1.0), "is first in none. "),
        ([1, 2], [0.5, 0.5], Certainty(10, 1, 0, 1.0), "that span 2 places or more. The draws tell no other"),
        ([1, 1, 3], [0.4, 0.4, 0.2], Certainty(10, 1, 0, 1.5), "one of the 2 that share the first place is"),
        ([1, 1, 3], [0.4, 0.4, 0.2], Certainty(10, 1, 0, 2.0), "likely places that span 3 places or more."),
        ([1, 2, 3], [1, 0, 0], Certainty(10, 3, 2, 0.0), "tell all neighbours apart; they make 3 tiers."),
        ([1, 2, 3], [1, 0, 0], Certainty(10, 2, 0, 0.0), "no two neighbours apart; they make 2 tiers, in"),
        ([1, 2, 3], [0.9995, 0, 0], Certainty(10, 2, 0, 0.0), "first in over 99\u202f%."),
        ([1], [1.0], Certainty(reason="Only one is ranked."), "Only one is ranked."),
    ],
)  # fmt: skip
def test_edges(places: list[int], p_first: list[float], certainty: Certainty, said: str) -> None:
    assert said in text(view_of(places, p_first, certainty))


def test_shared_first_places_are_said_to_count_in_part() -> None:
    view = view_of([1, 2], [0.75, 0.25], Certainty(10, 2, 1, 0.0, shared=0.5))
    assert "is first in 75\u202f%, where a first place that several share counts in part. Half" in text(view)
    rare = view_of([1, 2], [0.75, 0.25], Certainty(10, 2, 1, 0.0, shared=0.002))
    assert "is first in 75\u202f%. Half" in text(rare)
    panel = panel_of(
        np.array([[2.0, 1.0], [1.0, 2.0]]), MetricTree.ordered([Metric("a", "A"), Metric("b", "B")])
    )
    _, places = bootstrap.metric_bootstrap(panel, "copeland", np.array([[1, 1], [2, 0], [0, 2], [1, 1]]))
    assert bootstrap.place_uncertainty(places).shared == 0.5


def test_the_first_are_compared_two_by_two(study, tiny) -> None:
    book = Book(study, make_snapshot(), tiny)
    view = book.views["everything", "complete", "arithmetic-mean"]
    assert view.ranking["model_id"].tolist() == ["beta", "alpha", "gamma"]
    # A share for each direction of each pair, so that rows and columns can be told apart.
    above = np.array([[np.nan, 0.96, 0.7], [0.04, np.nan, 0.949], [0.25, 0.01, np.nan]])
    view = dataclasses.replace(view, certainty=dataclasses.replace(view.certainty, above=above))
    frame = above_frame(view)
    assert list(frame.columns) == ["model_id", "beta", "alpha", "gamma"]
    assert frame["model_id"].tolist() == ["beta", "alpha", "gamma"]
    np.testing.assert_array_equal(frame.iloc[:, 1:].to_numpy(dtype=float), above)
    rows = re.findall(r"<tr>.*?</tr>", str(above_table(book, view)))
    heads = re.findall(r"<th[^>]*>.*?</th>", rows[0])
    assert ['title="beta"' in heads[2], 'title="alpha"' in heads[3], 'title="gamma"' in heads[4]] == [
        True
    ] * 3
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row)[1:] for row in rows[1:]]
    dash = '<span class="ab-refused">–</span>'
    assert cells == [
        [dash, f"<b>{percent(0.96)}</b>", percent(0.7)],
        [percent(0.04), dash, percent(0.949)],
        [percent(0.25), percent(0.01), dash],
    ]


def test_shared_places_are_headed_as_in_the_ranking(study) -> None:
    cells = {"a": (0.9, 0.9, 0.9, 0.9), "b": (0.4, 0.6, 0.5, 0.5), "c": (0.6, 0.4, 0.5, 0.5)}
    book = book_of(study, cells)
    view = book.views["everything", "complete", "arithmetic-mean"]
    assert view.ranking["place"].tolist() == [1, 2, 2]
    table = str(above_table(book, view))
    assert re.findall(r'class="num place">([^<]*)<', table) == ["Place", "1", "2=", "2="]
    assert re.findall(r'class="num" title="[abc]">([^<]*)</th>', table) == ["1", "2=", "2="]


def test_above_is_how_often_the_row_stands_before_the_column(tiny) -> None:
    """Counted again from the draws' means, ties as halves."""
    view = next(
        one for one in tiny.views
        if (one.selection, one.policy, one.scheme) == ("everything", "complete", "arithmetic-mean")
    )  # fmt: skip
    above = view.certainty.above
    assert above is not None
    draws = bootstrap.draw_counts(
        bootstrap.strata(TREE), view.certainty.draws, bootstrap.seed_of("metrics", "everything", "complete")
    )
    scores = np.array([CELLS[model] for model in view.ranking["model_id"]], dtype=float)
    mean = np.round(draws @ scores.T, 9)
    for i, one in enumerate(mean.T):
        for k, other in enumerate(mean.T):
            if i != k:
                share = (one > other).mean() + (one == other).mean() / 2
                assert above[i, k] == pytest.approx(share), (i, k)


def test_nothing_is_compared_without_draws(study, tiny) -> None:
    book = Book(study, make_snapshot(), tiny)
    view = book.views["everything", "complete", "arithmetic-mean"]
    silent = dataclasses.replace(view, certainty=Certainty(reason="Only one is ranked."))
    assert above_table(book, silent) is None
    assert above_frame(silent).empty


def test_every_view_says_how_sure_it_is_or_why_not(tiny) -> None:
    assert tiny.views
    for view in tiny.views:
        known, frame = view.certainty, view.ranking
        assert bool(known.draws) != bool(known.reason)
        assert frame["tier"].notna().all() == bool(known.draws)
        if known.draws:
            assert (frame["low"] <= frame["high"]).all()
            assert frame["tier"].is_monotonic_increasing
            assert frame["p_first"].sum() == pytest.approx(1)
            assert (frame["low"] <= frame["place"]).mean() > 0.5


def test_a_second_analysis_draws_the_same(study, tiny) -> None:
    again = analyse(study, make_snapshot())
    for one, other in zip(tiny.views, again.views, strict=True):
        pd.testing.assert_frame_equal(one.ranking, other.ranking)
        assert one.certainty == other.certainty or one.certainty.reason


def test_errors_of_scores_leave_places_open_where_every_score_has_one(study, tiny) -> None:
    snapshot = make_snapshot()
    assert not any(view.certainty.within_errors for view in tiny.views)
    scored = snapshot.scores["state"] == "scored"
    for size, n_open in ((1e-6, 1), (10.0, 3)):
        errors = snapshot.scores.assign(error=np.where(scored, size, np.nan))
        found = analyse(study, dataclasses.replace(snapshot, scores=errors))
        known = {(v.selection, v.policy, v.scheme): v for v in found.views if v.certainty.within_errors}
        assert {key[2] for key in known} == {"arithmetic-mean", "hierarchical-mean"}
        assert {key[1] for key in known} == {"complete"}
        view = known["everything", "complete", "arithmetic-mean"]
        assert int((view.ranking["sure_low"] == 1).sum()) == n_open
        assert ("no other model could be first" if n_open == 1 else "3 models could be first") in text(view)
        assert view.digest == next(
            v.digest for v in tiny.views if (v.selection, v.policy, v.scheme) == (
                "everything", "complete", "arithmetic-mean")
        )  # fmt: skip


def test_one_score_without_an_error_says_nothing_of_errors(study) -> None:
    snapshot = make_snapshot(CELLS)
    scores = snapshot.scores.assign(error=np.where(snapshot.scores["state"] == "scored", 0.1, np.nan))
    mine = (scores["model"] == "alpha") & (scores["metric"] == "it")
    scores.loc[mine, "error"] = np.nan
    found = analyse(study, dataclasses.replace(snapshot, scores=scores))
    everything = [view for view in found.views if view.selection == "everything"]
    assert not any(view.certainty.within_errors for view in everything)


def test_metrics_weigh_in_an_error_as_they_do_in_the_mean() -> None:
    """Up the tree of the samples V1's two metrics weigh 1/8 each, IT 1/4, consistency 1/2."""
    np.testing.assert_allclose(RAW_MEANS["arithmetic-mean"](TREE), [0.25] * 4)
    np.testing.assert_allclose(RAW_MEANS["hierarchical-mean"](TREE), [1 / 8, 1 / 8, 1 / 4, 1 / 2])
