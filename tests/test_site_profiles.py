"""Sentences about robustness, single models and single metrics, word by word, from numbers set by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import CELLS, make_snapshot
from scipy import stats

from builder.catalog.study import Study
from builder.results import LeftOutMetrics, Robustness, Sensitivity, SnapshotResults
from builder.site import profiles
from builder.site.book import Book
from builder.site.robustness import choices_text, left_out_text, small_text

NAN = float("nan")
THIN = "\N{NARROW NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def book(study: Study, tiny: SnapshotResults) -> Book:
    return Book(study, make_snapshot(), tiny)


def robust(book: Book) -> Robustness:
    assert book.results.robustness is not None
    return book.results.robustness


def known(book: Book) -> Sensitivity:
    assert book.sensitivity is not None
    return book.sensitivity


def with_sensitivity(book: Book, **fields: object) -> Book:
    decided = replace(known(book), **fields)  # type: ignore[arg-type]
    return replace(book, results=replace(book.results, robustness=replace(robust(book), sensitivity=decided)))


def test_choices_are_told_from_the_one_that_explains_most(book: Book) -> None:
    explained = {"selection": 0.1, "policy": 0.004, "scheme": 0.62}
    said = choices_text(replace(robust(book), explained=explained, together=0.7))
    assert said == (
        f"Of the variance of places about each one's own mean, the scheme 62{THIN}%, the selection of "
        f"metrics 10{THIN}% and the coverage policy under 1{THIN}% would explain if each stood alone; all of "
        f"them without their combinations explain 70{THIN}%."
    )
    some = choices_text(replace(robust(book), explained={**explained, "policy": NAN}, together=0.7))
    assert "policy" not in some
    assert choices_text(replace(robust(book), explained={"scheme": NAN})) == "No choice moves any place."


ROWS = ["node", "kind", "n_metrics", "spearman", "left_top", "first", "largest_move"]


def left_out(*rows: tuple[object, ...]) -> LeftOutMetrics:
    return LeftOutMetrics("mean-rank", pd.DataFrame(list(rows), columns=ROWS))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [("it", "metric", 3, 1.0, 0, "beta", 0)],
            "Leaving out any one metric moves nothing in the ranking by the mean rank.",
        ),
        (
            [("it", "metric", 3, 0.9, 0, "beta", 1), ("v1-a", "metric", 3, 0.5, 0, "beta", 2)],
            "By the mean rank, the one metric that changes most is “V1 a”. Without it the ranking has "
            "Spearman ρ 0.50 with the whole, and no model leaves the first ten.",
        ),
        (
            # What moves the first ten comes before what moves the whole order more.
            [("it", "metric", 3, 0.9, 1, "beta", 1), ("v1-a", "metric", 3, 0.5, 0, "beta", 2)],
            "By the mean rank, the one metric that decides most about the first ten is “IT”. Without it the "
            "ranking has Spearman ρ 0.90 with the whole, and 1 model leaves the first ten.",
        ),
        (
            [("neural", "group", 1, 0.1, 9, "beta", 9), ("Ng (2013)", "source", 2, 0.7, 3, "beta", 2),
             ("it", "metric", 3, 0.9, 2, "beta", 1)],
            "By the mean rank, the one metric that decides most about the first ten is “IT”. Without it the "
            "ranking has Spearman ρ 0.90 with the whole, and 2 models leave the first ten. Of the sources "
            "with several metrics it is Ng (2013). Without it the ranking has Spearman ρ 0.70 with the "
            "whole, and 3 models leave the first ten.",
        ),
    ],
)  # fmt: skip
def test_what_decides_most_is_named_with_what_is_without_it(
    book: Book, rows: list[tuple[object, ...]], said: str
) -> None:
    assert left_out_text(book, left_out(*rows), 11) == said
    few = left_out_text(book, left_out(*rows), 10)
    assert "first ten." not in few
    assert re.sub(r", and \w+ models? leaves? the first ten", "", said) == few


def test_a_small_panel_is_named_in_the_order_that_it_was_chosen(book: Book) -> None:
    def told(*rows: tuple[str, float]) -> str:
        panel = pd.DataFrame(list(rows), columns=["metric", "agreement"])
        return small_text(book, replace(known(book), small_panel=panel, concordance=0.456))

    start = "Kendall's W over the metrics is 0.46 (0: nothing in common, 1: they agree). "
    assert told(("it", 0.8), ("v1-a", 0.96)) == (
        f"{start}2 metrics of the 4, chosen one by one, rank as all do, at a Spearman ρ of 0.96 by mean "
        "rank: “IT” and “V1 a”."
    )
    assert told(("it", 0.9996)) == (
        f"{start}1 metric of the 4, chosen one by one, ranks as all do, at a Spearman ρ of 0.9996 by mean "
        "rank: “IT”."
    )
    assert told() == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Median place 2.5 over 3 of the 7 rankings of this snapshot, from 1 to 12; first in 20 % of "
             "them, among the first ten in 60 %."),
        ({"n_rankings": 7, "top_1": 0.0, "top_10": 0.0, "best": 11},
         "Median place 2.5 over all 7 rankings of this snapshot, from 11 to 12; first in none, never among "
         "the first ten."),
        ({"best": 4, "worst": 4}, "Place 4 in 3 of the 7 rankings of this snapshot."),
    ],
)  # fmt: skip
def test_a_model_is_introduced_by_its_places(book: Book, fields: dict[str, Any], said: str) -> None:
    row = {"model_id": "beta", "n_rankings": 3, "best": 1, "worst": 12, "median": 2.5, "top_1": 0.2,
           "top_10": 0.6, **fields}  # fmt: skip
    standings = robust(book).standings
    mine = standings["model_id"] == "beta"
    for name, value in row.items():
        standings = standings.assign(**{name: standings[name].astype(object).where(~mine, value)})
    changed = replace(robust(book), standings=standings, n_rankings=7)
    shown = replace(book, results=replace(book.results, robustness=changed))
    assert profiles.model(shown, "beta")["lead"] == said.replace(" %", f"{THIN}%")


def test_the_weights_that_put_a_model_first_are_told(book: Book) -> None:
    def told(moved: float, of_metrics: float) -> str:
        groups = pd.DataFrame(
            {"model_id": ["beta"], "model": ["beta"], "moved": moved, "neural": 0.7, "behavior": 0.3}
        )
        if np.isnan(moved):
            groups = groups[:0]
        metrics = pd.DataFrame(
            {"model_id": ["beta"], "model": ["beta"], "moved": of_metrics, "most": ["it"], "weight": [0.55]}
        )
        shown = with_sensitivity(book, first_places=groups, by_metrics=metrics)
        return str(profiles.model(shown, "beta")["weights"])

    assert told(0.2, 0.3) == (
        "The weights nearest to equal ones that put it first by a weighted mean of the groups' scores: "
        f"Neural 70{THIN}%, Behavior 30{THIN}%. With a weight for each metric, 30{THIN}% of the "
        f"weight must move from equal weights to put it first; “IT” then has most, 55{THIN}%."
    )
    assert told(0.0, 0.0) == (
        "Equal weights on the groups of metrics put it first by a weighted mean of their scores. "
        "With a weight for each metric, equal ones put it first."
    )
    assert told(NAN, NAN) == (
        "No weights on the groups of metrics put it first by a weighted mean of their scores. "
        "With a weight for each metric, none put it first."
    )


def test_the_place_in_the_view_that_the_study_starts_from_is_told(book: Book) -> None:
    view = book.default_view
    assert view is not None
    link = f'<a href="../../{view.address}/">{view.title}</a>'
    assert profiles.model(book, "delta")["default"] == f"It is not ranked in {link}."
    row = view.ranking["model_id"] == "alpha"
    for low, high, said in ((1, 3, "Its likely places there are 1 to 3."),
                            (2, 2, "Its likely place there is 2 alone.")):  # fmt: skip
        ranking = view.ranking.assign(
            low=view.ranking["low"].where(~row, low), high=view.ranking["high"].where(~row, high)
        )
        views = tuple(
            replace(one, ranking=ranking) if one.address == view.address else one
            for one in book.results.views
        )
        shown = replace(book, results=replace(book.results, views=views))
        assert profiles.model(shown, "alpha")["default"] == f"Place 2 of 3 in {link}. {said}"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((0.5, 0, 0), "Without it every place stays as it is."),
        ((0.5, 0, 1), "Without it the ranking has Spearman ρ 0.50 with the whole, the first ten stay the "
                      "first ten, and the largest move is 1 place."),
        ((-0.5, 1, 2), "Without it the ranking has Spearman ρ −0.50 with the whole, 1 model leaves the first "
                       "ten, and the largest move is 2 places."),
        ((0.5, 4, 20), "Without it the ranking has Spearman ρ 0.50 with the whole, 4 models leave the first "
                       "ten, and the largest move is 20 places."),
    ],
)  # fmt: skip
def test_what_a_metric_changes_is_told(book: Book, row: tuple[float, int, int], said: str) -> None:
    rho, left, move = row
    # The group of the same name says nothing of the metric.
    rows = left_out(("it", "source", 2, 0.1, 9, "beta", 9), ("it", "metric", 3, rho, left, "beta", move))
    shown = with_sensitivity(book, left_out=rows, n_models=11)
    assert profiles.metric(shown, "it")["influence"] == said
    few = profiles.metric(with_sensitivity(book, left_out=rows, n_models=10), "it")["influence"]
    assert few == re.sub(r", [^,]* the first ten,", "", said)
    assert profiles.metric(shown, "v1-a")["influence"] == ""
    assert profiles.metric(with_sensitivity(book, left_out=None), "it")["influence"] == ""


def test_a_metric_is_set_against_the_mean_rank_over_the_others(book: Book) -> None:
    table = np.array([row for row in CELLS.values() if all(isinstance(cell, float) for cell in row)])
    ranks = stats.rankdata(table, axis=0)
    rho = stats.spearmanr(table[:, 0], ranks[:, 1:].mean(axis=1)).statistic
    said = f"Its Spearman ρ with the mean rank over the other metrics is {rho:.2f}."
    assert profiles.metric(book, "v1-a")["rest"] == said.replace("-0", "−0")
    assert profiles.metric(with_sensitivity(book, with_rest={"v1-a": NAN}), "v1-a")["rest"] == ""
