"""What pages say of a few observers on groups of one metric: nothing that could not be otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from projects import book_of, study_of

from builder.catalog.tree import Group, Metric, MetricTree
from builder.results import Robustness
from builder.site import contents, figures, missing, profiles, robustness
from builder.site.about import coverage
from builder.site.book import Book

TREE = MetricTree.ordered(
    [
        Group("accuracy", "Accuracy", role="accuracy"),
        Metric("a", "A", "accuracy"),
        Group("consistency", "Consistency", role="consistency"),
        Metric("b", "B", "consistency"),
        Group("bias", "Bias"),
        Metric("c", "C", "bias"),
    ]
)
STUDY = """
id = "tiny"
title = "Tiny"
summary = "Five people made by hand."
models_are = "observers"
tree = ["accuracy", "consistency", "bias"]
higher_is_better = true
[groups.accuracy]
role = "accuracy"
children = ["a"]
[groups.consistency]
role = "consistency"
children = ["b"]
[groups.bias]
children = ["c"]
[selections.all]
title = "All, of everyone"
[default_view]
selection = "all"
[data]
source = "hand"
licence = "CC0-1.0"
attribution = "nobody"
"""
CELLS = {
    "ann": (0.9, 0.3, 0.1),
    "bob": (0.7, 0.6, 0.3),
    "cat": (0.5, 0.1, 0.9),
    "dan": (0.4, 0.8, 0.2),
    "eve": (0.2, 0.2, 0.6),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book_of(study_of(tmp_path_factory.mktemp("few"), STUDY), CELLS, TREE)


def robust(book: Book) -> Robustness:
    assert book.results.robustness is not None
    return book.results.robustness


def test_groups_without_a_part_in_the_mean_are_named(book: Book) -> None:
    said = contents.overview(book)
    assert said["group_words"] == "Accuracy and Consistency"
    assert said["no_part"] == ["Bias"]


def test_nobody_of_ten_or_fewer_is_said_to_stay_among_the_first_ten(book: Book) -> None:
    for model in CELLS:
        assert "first ten" not in profiles.model(book, model)["lead"]
    assert "first ten" not in str(robustness.lead(book, robust(book)))
    assert "first ten" not in missing.missing(book)["policies_text"]


def test_how_far_schemes_move_is_a_number_where_none_moves_far(book: Book) -> None:
    (slopes,) = (one for one in figures._of_selection(book, book.selections[0]) if one.id == "schemes-all")
    comparison = book.results.comparison("all")
    assert comparison is not None
    core = comparison.places[comparison.places["scheme"].isin(contents.core_schemes(comparison))]
    most = 0
    for model in CELLS:
        mine = core[core["model_id"] == model].set_index("scheme")["place"]
        most = max(most, *(abs(int(place) - int(mine["arithmetic-mean"])) for place in mine))
    assert 0 < most < 10
    assert slopes.title == f"No observer moves more than {most} places from the mean of scores".replace(
        "1 places", "1 place"
    )


def test_metrics_that_cost_nobody_have_one_sentence_and_no_figure(book: Book) -> None:
    said = coverage(book)
    assert said["free"] == ["“All, of everyone”"]
    assert [table for _, table in said["costs"]] == [None]
    assert not list(figures._frontier(book))


def test_rankings_that_are_the_same_are_counted_once(book: Book) -> None:
    found = robust(book)
    columns = {tuple(view.ranking.sort_values("model_id")["place"].tolist()) for view in book.results.views}
    assert found.n_distinct == len(columns) < found.n_rankings
    assert f"{found.n_rankings} rankings, {len(columns)} of them different." in str(
        robustness.lead(book, found)
    )


def test_a_choice_that_nobody_has_two_of_is_not_said_to_explain(book: Book) -> None:
    found = robust(book)
    noise = replace(found, explained={"scheme": 0.9, "policy": 0.2, "selection": 1e-31}, together=0.95)
    assert "selection" not in robustness.choices_text(noise)
    assert "the scheme 90\u202f% and the coverage policy 20\u202f% would explain if each stood alone" in (
        robustness.choices_text(noise)
    )
    alone = replace(found, explained={"scheme": 1.0, "policy": 0.0}, together=1.0)
    assert robustness.choices_text(alone).endswith("the scheme 100\u202f% explains.")


def test_schemes_that_give_most_models_one_place_are_named(book: Book) -> None:
    assert robustness.crowds_text(book) == "", "five may share a place"
    cells = {f"p{i:02}": (i / 30, i / 40 if i else 0.9, 0.9 - i / 50) for i in range(24)}
    many = book_of(book.study, cells, TREE)
    crowds = set()
    for view in many.results.views:
        if max(view.ranking["place"].tolist().count(place) for place in view.ranking["place"]) > 12:
            crowds.add(view.scheme)
    assert "plurality" in crowds
    said = robustness.crowds_text(many)
    assert said.startswith(" The places that count in this are also those of ")
    assert said.endswith(" one to more than half of the observers.")
    assert ("plurality" in said, "arithmetic mean" in said) == (True, False)


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ([0.5, 0.25], "None of these is first more often: in 50\u202f% of the 4 that have it."),
        ([0.0, 0.0], ""),
    ],
)
def test_who_shares_the_best_median_place_is_told(book: Book, top: list[float], said: str) -> None:
    found = robust(book)
    rows = found.standings.head(2).assign(relative=0.0, top_1=top, n_rankings=4, best=1, worst=3)
    standings = pd.concat([rows, found.standings.tail(1).assign(relative=0.5)])
    assert f"; 1 other shares it. {said}" in str(robustness.lead(book, replace(found, standings=standings)))


def test_a_mean_that_trims_nothing_says_so(book: Book) -> None:
    remark = book.views["all", "complete", "trimmed-mean"].remark
    assert remark == "Of so few metrics none is left out, so that this is the arithmetic mean."
    wide = MetricTree.ordered([Metric(f"m{i}", f"M{i}") for i in range(10)])
    cells = {f"p{i}": tuple(np.random.default_rng(i).random(10)) for i in range(4)}
    assert book_of(book.study, cells, wide).views["all", "complete", "trimmed-mean"].remark == ""


def test_one_reason_for_many_selections_is_listed_once(tmp_path: Path) -> None:
    cells = {f"p{i}": (0.5 - i / 5, 0.3 - i / 7, 0.2) for i in range(5)}
    one = 'metrics = ["a", "c"]\n[selections.other]\ntitle = "Other"\nmetrics = ["b", "c"]\n'
    text = STUDY.replace('title = "All, of everyone"\n', f'title = "All, of everyone"\n{one}')
    book = book_of(study_of(tmp_path, text), cells, TREE)
    exact = {why for key, why in book.refusals.items() if key[2] == "geometric-mean" and "is 0 or" in why}
    assert {why.split("”")[0] for why in exact} == {"A score of “A", "A score of “B"}
    html, reasons = contents.view_matrix(book, book.selections, up="../")
    (common,) = (why for why in reasons if "is 0 or" in why)
    assert common.startswith("A score of a metric of the selection is 0 or below, and")
    assert all(why in str(html) for why in exact), "said of each cell"
    assert exact & set(contents.view_matrix(book, book.selections[:1], up="../")[1])
