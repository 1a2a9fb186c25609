"""What cells without a score change: counted again from the views, and the words that follow the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from projects import book_of
from samples import make_snapshot
from scipy import stats

from builder.analysis.missing import _nearest as nearest_schemes
from builder.results import Missing
from builder.site import missing
from builder.site.book import Book


def cells_of(n: int, noise: float) -> dict[str, tuple[float | str | None, ...]]:
    """One factor and noise; every third model failed the third metric and was not run on the last."""
    random = np.random.default_rng(8)
    scores = 0.5 + 0.1 * random.normal(size=(n, 1)) + noise * random.normal(size=(n, 4))
    found: dict[str, tuple[float | str | None, ...]] = {}
    for i, row in enumerate(scores.round(4).tolist()):
        found[f"m{i:02}"] = (row[0], row[1], "X", None) if i % 3 == 0 else tuple(row)
    return found


ALIKE, UNLIKE = cells_of(60, 0.03), cells_of(60, 3.0)


@pytest.fixture(scope="module")
def book(study) -> Book:
    return book_of(study, ALIKE)


def known(book: Book) -> Missing:
    assert book.results.missing is not None
    return book.results.missing


def test_no_policy_is_judged_by_an_order_that_is_searched_for(book: Book) -> None:
    views = {(v.policy, v.scheme): v for v in book.results.views if v.selection == "everything"}
    start = views["complete", "arithmetic-mean"]
    # As near to the start as can be, and left out all the same.
    alike = views | {("complete", "kemeny"): replace(views["complete", "kemeny"], ranking=start.ranking)}
    order = nearest_schemes(start, alike)
    assert "kemeny" not in order
    assert order[0] == "arithmetic-mean"
    assert {scheme for policy, scheme in views if policy == "complete"} - set(order) == {"kemeny"}


def test_each_policy_is_compared_with_the_complete_models_under_one_scheme(book: Book) -> None:
    found = known(book)
    assert (found.selection, found.scheme, found.n_complete) == ("everything", "arithmetic-mean", 40)
    assert found.changes["policy"].tolist() == ["attempted", "zero", "worst-rank", "partial-order"]
    schemes = dict(zip(found.changes["policy"], found.changes["scheme"], strict=True))
    assert schemes["attempted"] == schemes["zero"] == "arithmetic-mean"
    for row in found.changes.to_dict("records"):
        one = book.places["everything", "complete", row["scheme"]]
        other = book.places["everything", row["policy"], row["scheme"]]
        shared = sorted(set(one) & set(other))
        assert (row["n_models"], row["n_shared"]) == (len(other), len(shared))
        a, b = (stats.rankdata([side[m] for m in shared], "min") for side in (one, other))
        assert row["spearman"] == pytest.approx(stats.spearmanr(a, b).statistic)
        assert row["largest_move"] == np.abs(a - b).max()
        first = {m for m, place in one.items() if place <= 10}
        assert row["top_shared"] == sum(other.get(m, 99) <= 10 for m in first)
        new = found.entrants[found.entrants["policy"] == row["policy"]]
        assert set(new["model_id"]) == {m for m, place in other.items() if place <= 10 and m not in one}
        assert ((new["n_failed"] == 1) & (new["n_missing"] == 1)).all()


def test_where_a_policy_refuses_the_scheme_the_most_alike_stands_in(book: Book) -> None:
    mean = pd.Series(book.places["everything", "complete", "arithmetic-mean"])
    for row in known(book).changes.to_dict("records"):
        likeness = {
            scheme: stats.spearmanr(mean, pd.Series(places)[mean.index]).statistic
            for (selection, policy, scheme), places in book.places.items()
            if (selection, policy) == ("everything", "complete")
            and ("everything", row["policy"], scheme) in book.places
        }
        assert likeness[row["scheme"]] == pytest.approx(max(likeness.values()))


def test_the_what_if_fills_in_and_ranks_by_z_scores(book: Book) -> None:
    found = known(book).what_if
    assert found is not None
    assert (found.n_models, found.n_failed, found.n_missing) == (60, 20, 20)
    assert found.error < 0.8 * found.baseline
    assert found.top["place"].tolist() == list(range(1, 11))
    complete = book.places["everything", "complete", "z-mean"]
    for row in found.top.to_dict("records"):
        lacking = sum(not isinstance(cell, float) for cell in ALIKE[row["model_id"]])
        assert row["n_failed"] + row["n_missing"] == lacking
        assert pd.isna(row["complete_place"]) == (lacking > 0)
        if not lacking:
            assert row["complete_place"] == complete[row["model_id"]]
    # With one factor, those with the best mean over what they have are the best.
    own = {m: np.mean([c for c in row if isinstance(c, float)]) for m, row in ALIKE.items()}
    best = sorted(own, key=lambda m: -own[m])[:10]
    assert len(set(best) & set(found.top["model_id"])) >= 8
    context = missing.missing(book)
    n_filled = int((found.top["n_failed"] > 0).sum())
    assert f"{n_filled} of them have cells filled in" in context["filled_text"]
    assert str(context["what_if_table"]).count("2 of 4") == n_filled


def test_guesses_that_are_no_better_than_the_mean_make_no_ranking(study) -> None:
    book = book_of(study, UNLIKE)
    found = known(book).what_if
    assert found is not None
    assert found.error >= found.baseline
    assert found.top.empty
    context = missing.missing(book)
    assert context["what_if_text"].endswith("no better than the mean, so no ranking is made of them.")
    assert context["what_if_table"] is None


def test_edges_say_what_can_be_said(study, tiny) -> None:
    few = Book(study, make_snapshot(), tiny)
    assert "Too few scored cells" in missing.missing(few)["what_if_text"]
    assert missing.missing(few)["policies_table"] is not None
    full = book_of(study, {f"m{i}": (0.9 - i / 10,) * 4 for i in range(5)})
    context = missing.missing(full)
    assert context["what_if_text"] == ""
    assert context["entrants_table"] is None
    assert "first ten" not in context["policies_text"], "five models have nowhere else to be"
    many = book_of(study, {f"m{i:02}": (0.9 - i / 20,) * 4 for i in range(11)})
    assert "No model leaves the first ten under any." in missing.missing(many)["policies_text"]
    assert "in the same order under each" in context["policies_text"]
    none = book_of(study, {"a": (0.1, None, 0.2, 0.3), "b": (None, 0.2, 0.1, 0.4)})
    assert set(missing.missing(none).values()) == {None}


@pytest.mark.parametrize(
    ("rhos", "said"),
    [
        ([0.9909, 1.0], "a Spearman ρ of 0.991 where it is lowest."),
        ([0.99999, 1.0], "a Spearman ρ of over 0.999 where it is lowest."),
        ([0.5], "a Spearman ρ of 0.500."),
    ],
)
def test_the_lowest_correlation_is_rounded_as_in_the_table(book: Book, rhos: list[float], said: str) -> None:
    known = book.results.missing
    assert known is not None
    rows = known.changes.head(len(rhos)).assign(spearman=rhos, largest_move=1)
    text = missing.policies_text(book, replace(known, changes=rows))
    assert text.endswith(f"Among themselves the complete models keep their order at {said}")


def test_names_are_escaped(book: Book) -> None:
    named = replace(book, snapshot=make_snapshot(ALIKE, names=[f"<b>{model}</b>" for model in ALIKE]))
    found = known(named)
    mover = found.changes.assign(mover="m01")
    results = replace(named.results, missing=replace(found, changes=mover))
    context = missing.missing(replace(named, results=results))
    for table in ("policies_table", "entrants_table", "what_if_table"):
        assert "&#60;b&#62;m" in str(context[table]), table
    assert not [name for name, text in context.items() if "<b>" in str(text) and name != "missing"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {},
            "40 cells of the 60 models have no score (25 failed, 15 missing). A table of rank 2 fitted to "
            "the scores there are would fill them in. On 90 scored cells, held out in the blocks in which "
            "cells are missing, its guesses are off by 0.60 standard deviations, the metric's mean by 1.00: "
            "a mean square 64\u202f% smaller. Held out one by one at random, as is common, cells are guessed "
            "to 0.40: then more of the same model's scores are left to go by.",
        ),
        (
            {"n_failed": 0, "n_missing": 1, "error_at_random": 0.7},
            "1 cell of the 60 models has no score (0 fail",
        ),
        ({"error_at_random": 0.7}, "by 1.00: a mean square 64\u202f% smaller."),
        ({"error_at_random": float("nan")}, "by 1.00: a mean square 64\u202f% smaller."),
        (
            {"error": 1.0},
            "by 1.00 standard deviations, the metric's mean by 1.00. Guesses are no better than the mean, so "
            "no ranking is made of them.",
        ),
    ],
)
def test_how_good_guesses_are_is_told(book: Book, fields: dict[str, float], said: str) -> None:
    found = known(book).what_if
    assert found is not None
    numbers = {"n_models": 60, "n_failed": 25, "n_missing": 15, "rank": 2, "n_held": 90, "error": 0.6,
               "baseline": 1.0, "error_at_random": 0.4}  # fmt: skip
    text = missing.what_if_text(book, replace(found, **{**numbers, **fields}))
    if said[0].isdigit():
        assert text.startswith(said)
    else:
        assert text.endswith(said)
    if not fields:
        assert text == said
