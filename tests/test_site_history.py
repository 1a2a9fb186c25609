"""The page about history: its numbers and its words, edges too."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from samples import CELLS, Cells, make_snapshot

from builder.analysis import analyse
from builder.analysis.history import history
from builder.catalog.library import Earlier
from builder.catalog.snapshot import Snapshot
from builder.results import Since, SnapshotResults
from builder.site import history as page
from builder.site import history_words as words
from builder.site.book import Book
from builder.site.over_time import places_over_time

NEWER = make_snapshot({**CELLS, "omega": (0.9, 0.9, 0.9, 0.9), "gamma": (0.5, 0.9, 0.7, 0.9)})
"""Means: omega .9, beta .75, gamma .75, alpha .65."""


@pytest.fixture(scope="module")
def results(study) -> SnapshotResults:
    return analyse(study, NEWER)


def book_of(study, results: SnapshotResults, *earlier: Snapshot | Earlier) -> Book:
    given = [one if isinstance(one, Earlier) else Earlier(one.id, one) for one in earlier]
    return Book(study, NEWER, replace(results, history=history(study, NEWER, results, given)))


def before(cells: Cells = CELLS, day: str = "2024-12-31", names: list[str] | None = None) -> Snapshot:
    return make_snapshot(cells, snapshot=day, names=names)


def moves_of(**rows: tuple[float, ...]) -> pd.DataFrame:
    """Per model: before, after, left, entered, metrics, own, others."""
    frame = pd.DataFrame.from_dict(
        rows, orient="index", columns=["before", "after", "left", "entered", "metrics", "own", "others"]
    )
    frame = frame.assign(
        model_id=frame.index, model=frame.index, moved=frame["before"] - frame["after"],
        rivals=frame["left"] + frame["entered"], scores=frame["own"] + frame["others"],
    )  # fmt: skip
    return frame.reset_index(drop=True).astype({"before": int, "after": int, "moved": int})


NO_CELLS = dict.fromkeys(("scored", "changed", "gained", "lost", "models"), 0)


def since_of(moves: pd.DataFrame, largest: dict[str, int] | None = None, **fields: object) -> Since:
    split = moves[moves["scores"].notna()]
    names = ["moved", "rivals", "metrics", "own", "others", "scores"]
    none = pd.DataFrame({"model_id": [], "model": [], "change": [], "before": [], "after": []})
    found = Since(
        moves, {name: float(split[name].mean()) for name in names}, largest or {}, none, 0, 0,
        pd.DataFrame({"metric": [], "name": [], "change": [], "selected": []}), NO_CELLS,
    )  # fmt: skip
    return replace(found, **fields)


def test_words_and_numbers_of_a_usual_page(study, results) -> None:
    book = book_of(study, results, before({**CELLS, "lost": (0.95, 0.95, 0.95, 0.95)}))
    shown = page.history(book)
    assert str(shown["lead"]) == (
        "<b>omega</b> is first; in 2024-12-31 lost was first. 2 of the 3 models ranked in both have moved: "
        "1 most by changed scores of its own and 1 by changed scores of others."
    )
    found = book.results.history
    assert found is not None
    assert found.since is not None
    moves = found.since.moves.set_index("model_id")
    # Then lost, beta, alpha, gamma; now omega, beta and gamma, alpha.
    assert moves[["before", "after"]].to_numpy().tolist() == [[4, 2], [3, 4], [2, 2]]
    assert list(moves.index) == ["gamma", "alpha", "beta"]
    assert moves.loc["gamma", ["left", "entered", "own", "others"]].tolist() == [1, -1, 2, 0]
    assert moves.loc["alpha", ["left", "entered", "own", "others"]].tolist() == [1, -1, 0, -1]
    assert str(shown["moves"]).count("<tr>") == 1 + 2, "beta has not moved"
    assert str(shown["by_own"]).count("<tr>") == 1 + 1
    texts = dict(shown["changes"])
    assert texts["Models"] == (
        "1 is new in the snapshot and 1 is gone from it. Of the 4 ranked now, 1 is new (omega). "
        "Of the 4 ranked before, 1 is gone (lost)."
    )
    assert texts["Metrics"] == "The selection has the same metrics."
    assert texts["Scores"] == (
        "Of 17 scores of models and selected metrics of both snapshots, 2 are changed, in 1 model."
    )


def test_words_of_a_model(study, results) -> None:
    book = book_of(study, results, before())
    assert words.since_text(book, "gamma") == (
        "Since 2024-12-31: from place 3 to 2, because of rivals −1 and own scores +2."
    )
    assert words.since_text(book, "omega") == "It is new since 2024-12-31."
    assert words.since_text(book, "delta") == "", "ranked in neither"
    assert words.since_text(book, "beta") == ("Since 2024-12-31: from place 1 to 2, because of rivals −1.")
    incomplete = {**CELLS, "gamma": (0.5, "X", 0.7, 0.6), "delta": (0.9, 0.9, 0.9, 0.9)}
    book = book_of(study, results, before(incomplete))
    assert words.since_text(book, "gamma") == "It was not ranked in 2024-12-31."
    assert words.since_text(book, "delta") == "It was ranked in 2024-12-31."
    assert words.since_text(Book(study, NEWER, results), "beta") == ""


def test_places_of_a_model_over_the_snapshots(study, results) -> None:
    book = book_of(study, results, before(day="2024-06-30"), before({**CELLS, "gamma": (0.5, "X", 0.7, 0.6)}))

    def rows(model: str) -> list[list[str]]:
        found = places_over_time(book, model, "../../")
        assert found is not None
        assert str(found["view"]).startswith('<a href="../../view/everything/complete/arithmetic-mean/">')
        table = str(found["table"]).split("<tbody>")[1]
        return [re.findall(r">([^<>]+)<", row) for row in table.split("<tr>")[1:]]

    # Means before: beta .75, alpha .65, gamma .6; gamma then failed; now omega, beta and gamma, alpha.
    dates, ranked = ("2024-06-30", "2024-12-31", NEWER.id), ("3", "2", "4")
    for model, places in (("gamma", "3–2"), ("beta", "112"), ("omega", "––1")):
        assert rows(model) == [list(row) for row in zip(dates, places, ranked, strict=True)], model
    assert places_over_time(book, "delta", "../../") is None, "ranked in none"
    assert places_over_time(Book(study, NEWER, results), "beta", "../../") is None, "no other snapshot"


def test_a_single_model_in_both(study, results) -> None:
    book = book_of(study, results, before({"alpha": CELLS["alpha"], "older": (0.1, 0.1, 0.1, 0.1)}))
    assert "Only one model is ranked in both: alpha, from place 1 to 4." in str(page.history(book)["lead"])


def test_no_model_in_both(study, results) -> None:
    book = book_of(study, results, before({"older": (0.1, 0.1, 0.1, 0.1)}))
    shown = page.history(book)
    assert str(shown["lead"]).endswith("No model is ranked in both.")
    assert shown["moves"] is None
    assert shown["by_own"] is None
    assert shown["mean"] == ""
    assert dict(shown["changes"])["Scores"] == "None is of models and selected metrics of both snapshots."


def test_a_snapshot_that_is_not_to_be_had_is_named_with_why(study, results) -> None:
    lost = Earlier("2024-12-31", None, "https://example.org/a.csv is in neither the cache nor a mirror.")
    book = book_of(study, results, before(day="2023-12-31"), lost)
    shown = page.history(book)
    assert (
        "<b>omega</b> is first. The snapshot of 2024-12-31, the one before, is not compared: it could not"
        in (str(shown["lead"]))
    )
    assert shown["since"] is None
    assert "example.org" in str(shown["snapshots"])
    assert [figure.id for figure in page.history_figures(book)] == ["history"]
    assert words.since_text(book, "beta") == ""
    alone = book_of(study, results, lost)
    assert list(page.history_figures(alone)) == []


def test_names_of_the_past_are_inert(study, results) -> None:
    cells = {"lost": (0.95, 0.95, 0.95, 0.95), **CELLS}
    names = ["<img src=x>*{{ 1 }}", *CELLS]
    shown = page.history(book_of(study, results, before(cells, names=names)))
    html = str(shown["lead"]) + str(shown["snapshots"])
    assert "<img" not in html
    assert "{{" not in html
    assert "&#60;img" in html


@pytest.mark.parametrize(
    ("largest", "said"),
    [
        (
            {"rivals": 3},
            "3 of the 4 models ranked in both have moved, each most by rivals that came or went.",
        ),
        (
            {"rivals": 2, "own": 1},
            "3 of the 4 models ranked in both have moved: 2 most by rivals that came or went "
            "and 1 by changed scores of its own.",
        ),
        (
            {"several": 1, "rivals": 1, "others": 1},
            "3 of the 4 models ranked in both have moved: 1 by several causes alike, 1 most by rivals "
            "that came or went and 1 by changed scores of others.",
        ),
        ({}, "3 of the 4 models ranked in both have moved."),
    ],
)
def test_words_of_what_moved_most(study, results, largest: dict[str, int], said: str) -> None:
    moved = (1, 2, 0, -1, 0, 0, 0)
    moves = moves_of(a=moved, b=moved, c=moved, d=(4, 4, 0, 0, 0, 0, 0))
    book = Book(study, NEWER, results)
    assert words.moved_text(book, since_of(moves, largest)) == said


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ("nc", "rivals that came"), ("gi", "rivals that went"), ("ng", "rivals that came or went"),
        ("", "rivals that came or went"),
    ],
)  # fmt: skip
def test_rivals_are_said_to_do_only_what_they_did(study, results, kinds: str, said: str) -> None:
    named = {"n": "new", "c": "complete", "g": "gone", "i": "incomplete"}
    rows = [(k, k, named[k], *((None, 2) if k in "nc" else (2, None))) for k in kinds]
    # Whoever came without a place is nobody's rival.
    rows += [("u", "U", "new", None, None), ("v", "V", "gone", None, None)]
    models = pd.DataFrame(rows, columns=["model_id", "model", "change", "before", "after"])
    since = since_of(
        moves_of(a=(1, 2, 0, -1, 0, 0, 0), b=(4, 4, 0, 0, 0, 0, 0)), {"rivals": 1}, models=models
    )
    assert words.moved_text(Book(study, NEWER, results), since) == (
        f"1 of the 2 models ranked in both has moved, it most by {said}."
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("new", True), ("gone", False)], "metrics that came"),
        ([("gone", True)], "metrics that went"),
        ([("new", True), ("gone", True)], "metrics that came or went"),
    ],
)
def test_so_are_metrics(rows: list[tuple[str, bool]], said: str) -> None:
    metrics = pd.DataFrame(
        [("a", "A", *row) for row in rows], columns=["metric", "name", "change", "selected"]
    )
    assert words.cause_text("metrics", since_of(moves_of(), metrics=metrics)) == said
    assert words.cause_text("own", since_of(moves_of(), metrics=metrics)) == "changed scores of its own"


def test_models_without_a_place_are_named_up_to_three(study, results) -> None:
    fresh = {"omega": (0.9, 0.9, 0.9, 0.9)}
    gone: Cells = {f"lost{k}": (None, 0.1, 0.1, 0.1) for k in range(4)}
    for n, named in ((1, " (lost0)"), (3, " (lost0, lost1, lost2)"), (4, "")):
        cells = {**CELLS, **fresh, **dict(list(gone.items())[:n])}
        book = book_of(study, results, before(cells))
        found = book.results.history
        assert found is not None
        assert found.since is not None
        said = dict(words.changes(book, found, found.since))["Models"]
        assert said == f"{n} {'is' if n == 1 else 'are'} gone from the snapshot{named}."
        rows = page.history_frames(found)["history/models"]
        assert rows["model_id"].tolist() == list(gone)[:n]
        assert rows[["before", "after"]].isna().all(axis=None)
    same = book_of(study, results, before({**CELLS, **fresh}))
    assert same.results.history is not None
    assert same.results.history.since is not None
    assert dict(words.changes(same, same.results.history, same.results.history.since))["Models"] == (
        "The snapshots have the same models."
    )
    # Of several that came, one without a place: all are named once at least.
    mixed = before({**CELLS, "lost": (0.1, 0.1, 0.1, 0.1), "lost0": gone["lost0"]})
    book = book_of(study, results, mixed)
    found = book.results.history
    assert found is not None
    assert found.since is not None
    assert dict(words.changes(book, found, found.since))["Models"] == (
        "1 is new in the snapshot and 2 are gone from it (lost, lost0). Of the 4 ranked now, 1 is new "
        "(omega). Of the 4 ranked before, 1 is gone (lost)."
    )


def test_words_of_few_that_moved(study, results) -> None:
    book = Book(study, NEWER, results)
    one = moves_of(a=(1, 2, 0, -1, 0, 0, 0), b=(4, 4, 0, 0, 0, 0, 0))
    assert words.moved_text(book, since_of(one, {"rivals": 1})) == (
        "1 of the 2 models ranked in both has moved, it most by rivals that came or went."
    )
    still = moves_of(a=(1, 1, 0, 0, 0, 0, 0), b=(2, 2, 0, 0, 0, 0, 0))
    assert words.moved_text(book, since_of(still)) == "None of the 2 models ranked in both has moved."
    both = moves_of(a=(1, 2, 0, 0, 0, -1, 0), b=(2, 1, 0, 0, 0, 0, 1))
    assert words.moved_text(book, since_of(both, {"own": 1, "others": 1})).startswith("Both of the 2 models")


def test_words_of_the_mean(study, results) -> None:
    book = Book(study, NEWER, results)
    moves = moves_of(a=(1, 4, 0, -3.5, 0, 0.5, 0), b=(2, 3, 0, -1, 0, 0, 0))
    assert words.mean_text(book, since_of(moves)) == (
        "On average a model went down 2.00 places: −2.25 by rivals and +0.25 by own scores."
    )
    even = moves_of(a=(1, 2, 0, -1, 0, 0, 0), b=(2, 1, 1, 0, 0, 0, 0))
    assert words.mean_text(book, since_of(even)) == ""
    evened = moves_of(a=(1, 1, 0, -1, 0, 1, 0), b=(2, 2, 0, -1, 0, 1, 0))
    assert words.mean_text(book, since_of(evened)) == (
        "On average a model went neither up nor down: −1.00 by rivals and +1.00 by own scores."
    )
    unsplit = moves_of(a=(1, 2, np.nan, np.nan, np.nan, np.nan, np.nan))
    assert words.mean_text(book, since_of(unsplit)) == ""


def test_scores_that_are_not_told_apart_stand_together(study, results) -> None:
    nan = np.nan
    moves = moves_of(a=(1, 3, 0, -1, 0, nan, nan), b=(2, 3, 0, -1, 0, 0, 0)).assign(scores=[-1.0, 0.0])
    assert words.causes_of(moves) == ("rivals", "metrics", "scores")
    assert "by scores" in words.mean_text(Book(study, NEWER, results), since_of(moves))
    unsplit = moves_of(a=(1, 2, nan, nan, nan, nan, nan), b=(2, 4, 0, -2, 0, 0, 0))
    assert words.causes_of(unsplit) == ("rivals", "metrics", "own", "others")


def test_words_of_metrics_and_scores(study, results) -> None:
    book = book_of(study, results, before())
    found = book.results.history
    assert found is not None
    metrics = pd.DataFrame(
        [
            ("a", "A", "new", True),
            ("b", "B", "gone", True),
            ("c", "C", "gone", False),
            ("d", "D", "gone", False),
        ],
        columns=["metric", "name", "change", "selected"],
    )
    many = pd.DataFrame(
        [(f"m{i}", f"M{i}", "new", True) for i in range(9)], columns=["metric", "name", "change", "selected"]
    )
    moves = moves_of(a=(1, 1, 0, 0, 0, 0, 0))
    said = dict(words.changes(book, found, since_of(moves, metrics=metrics, cells=NO_CELLS | {"scored": 1})))
    assert (
        said["Metrics"]
        == "In the selection 1 is new (“A”) and 1 is gone (“B”). Outside it 2 are gone (“C”, “D”)."
    )
    assert said["Scores"] == "The 1 score of models and selected metrics of both snapshots is as it was."
    cells = {"scored": 9, "changed": 3, "gained": 1, "lost": 2, "models": 2}
    said = dict(words.changes(book, found, since_of(moves, metrics=many, cells=cells)))
    assert said["Metrics"] == "In the selection 9 are new."
    assert said["Scores"] == (
        "Of 9 scores of models and selected metrics of both snapshots, 3 are changed, 1 is new "
        "and 2 are gone, in 2 models."
    )


def test_the_figure_is_titled_by_who_came_to_the_top(study, results) -> None:
    figure = next(page.history_figures(book_of(study, results, before())))
    assert figure.title == "1 of the first 4 models was not among the first 4 in 2024-12-31"
    assert "3 and 4 models ranked" in figure.sub
    same = next(page.history_figures(book_of(study, results, replace(NEWER, id="2024-12-31"))))
    assert same.title == "The first 4 models stand as in 2024-12-31"
    assert "lower edge" not in same.sub
    swapped = {**CELLS, "omega": (0.1, 0.1, 0.1, 0.1)}
    other = next(page.history_figures(book_of(study, results, before(swapped))))
    assert other.title == "The first 4 models were first in 2024-12-31, too, in another order"


def test_rows_of_the_figure_are_in_the_order_of_places(study, results) -> None:
    book = book_of(study, results, before())
    found = book.results.history
    assert found is not None
    frame = page.ordered(found.places, ["2024-12-31", "2025-01-31"])
    assert frame[["k", "model_id", "row", "place"]].to_numpy().tolist() == [
        [0, "beta", 0, 1], [0, "alpha", 1, 2], [0, "gamma", 2, 3],
        [1, "omega", 0, 1], [1, "beta", 1, 2], [1, "gamma", 2, 2], [1, "alpha", 3, 4],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("cab", "ab", "The first 2 models were all among the first 3 in old"),
        ("abc", "a", "The one model that is ranked stands as in old"),
        ("ba", "a", "The one model that is ranked was among the first 2 in old"),
        ("b", "a", "The one model that is ranked was not among the first 1 in old"),
        ("abc", "bac", "The first 3 models were first in old, too, in another order"),
        ("abc", "abd", "1 of the first 3 models was not among the first 3 in old"),
    ],
)
def test_the_title_of_the_lines_says_what_became_of_the_first(
    study, results, before: str, now: str, said: str
) -> None:
    book = Book(study, NEWER, results)
    rows = [(m, m, k, i, i + 1) for k, names in enumerate((before, now)) for i, m in enumerate(names)]
    frame = pd.DataFrame(rows, columns=["model_id", "model", "k", "row", "place"])
    title = page.figure_title(book, frame, ["old", "new"], max(len(before), len(now)))
    assert title == said


def test_places_that_tie_now_are_not_as_they_were(study, results) -> None:
    book = Book(study, NEWER, results)
    frame = pd.DataFrame(
        [("a", "a", 0, 0, 1), ("b", "b", 0, 1, 2), ("a", "a", 1, 0, 1), ("b", "b", 1, 1, 1)],
        columns=["model_id", "model", "k", "row", "place"],
    )
    title = page.figure_title(book, frame, ["old", "new"], 2)
    assert title.endswith("were first in old, too, at other places")
