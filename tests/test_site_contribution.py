"""What is said of how much each group explains: titles, what is left out, and why shares are missing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from projects import book_of, study_of
from samples import STUDY

from builder.results import COMPLETE, ROLE_MEAN, ROLE_Z_MEAN, Contribution
from builder.site import about, contribution
from builder.site.book import Book

RNG = np.random.default_rng(11)
SCORES = np.round(RNG.normal(size=(20, 4)), 3)
SCORES[0, 3] = 40.0
"""Far out in behaviour; no rank is."""
CELLS = {f"m{i:02}": tuple(row) for i, row in enumerate(SCORES.tolist())}
NAN = float("nan")


@pytest.fixture(scope="module")
def book(study) -> Book:
    return book_of(study, CELLS)


def found_in(book: Book, **explained: float) -> Contribution:
    """The shares of the sample, those of `explained` put in place of them."""
    found = book.results.contribution("everything")
    assert found is not None
    frame = found.explained.copy()
    for group, share in explained.items():
        frame.loc[frame["group"] == group, "explained_variance"] = share
    return replace(found, explained=frame)


def test_each_row_says_how_many_its_robust_share_leaves_out(book: Book) -> None:
    found = found_in(book)
    counts = found.explained.drop_duplicates("scheme").set_index("scheme")["n_outliers"]
    assert counts[ROLE_MEAN] >= 1
    assert counts["mean-rank"] == 0
    table = str(contribution.contribution(book, None)["table"])
    heads = re.findall(r"<th scope=.col[^>]*>(.*?)</th>", table)
    at = heads.index("Left out")
    assert heads[at - 1] == "Behavior, robust"
    rows = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in table.split("<tr>")[2:]]
    assert [int(row[at]) for row in rows] == counts.tolist()


@pytest.mark.parametrize(
    ("neural", "behavior", "said", "explained"),
    [
        (0.31, 0.89, "Neural explains 31\u202f% and Behavior 89\u202f% of the variance of the overall score",
         "Behavior explains 89\u202f% of the variance of the overall score, Neural 31\u202f%"),
        (0.62, 0.621, "Neural and Behavior each explain 62\u202f% of the variance of the overall score",
         "Behavior explains 62\u202f% of the variance of the overall score, Neural 62\u202f%"),
        (NAN, 1.0, "Behavior explains 100\u202f% of the variance of the overall score",
         "Behavior explains 100\u202f% of the variance of the overall score"),
        (NAN, NAN, "", "How much of the overall score each group explains"),
    ],
)  # fmt: skip
def test_titles_are_sentences(book: Book, neural: float, behavior: float, said: str, explained: str) -> None:
    found = found_in(book, neural=neural, behavior=behavior)
    for z, how in ((False, "As scores stand"), (True, "After z-transforming both")):
        title = f"{how}, {said}" if said else "Neural against Behavior"
        assert contribution.scatter_title(book, found, z=z) == title
    assert contribution.explained_title(book, found) == explained


def test_who_takes_part_under_the_policies_is_said(study, book: Book) -> None:
    everything = book.results.selections[0]
    assert [one.policy for one in book.results.contributions if one.selection == "everything"].count(COMPLETE)
    holes = {m: (*row[:3], None) if i < 3 else row for i, (m, row) in enumerate(CELLS.items())}
    with_holes = book_of(study, {**holes, "empty": (None,) * 4})
    assert contribution.policies_text(with_holes, everything) == (
        "Models with a score in every group; where unscored counts 0, all 20 that were run on any of these "
        "metrics."
    )
    kept = tuple(one for one in with_holes.results.contributions if one.policy != "zero")
    without = replace(with_holes, results=replace(with_holes.results, contributions=kept))
    assert contribution.policies_text(without, everything) == "Models with a score in every group."
    alone = replace(with_holes, results=replace(with_holes.results, contributions=kept[:1]))
    assert contribution.policies_text(alone, everything) == ""


def test_dashes_are_explained(tmp_path, book: Book) -> None:
    assert contribution.missing_text(book) == ""
    neural = '[selections.neural]\ntitle = "Neural only"\nmetrics = ["v1-a", "v1-b", "it"]\n'
    text = STUDY.replace("[default_view]", f"{neural}[default_view]")
    several = book_of(study_of(tmp_path, text), CELLS)
    assert contribution.missing_text(several) == (
        "No share is given where a selection has fewer than two groups (“Neural only”)."
    )
    no_complete = tuple(one for one in several.results.contributions if one.selection != "frequent")
    bare = replace(several, results=replace(several.results, contributions=no_complete))
    assert contribution.missing_text(bare) == (
        "No share is given where a selection has fewer than two groups (“Neural only”) and where fewer "
        "than 3 models are complete (“Frequent”)."
    )
    constant = found_in(several, neural=NAN)
    results = replace(several.results, contributions=(constant,))
    assert contribution.missing_text(replace(several, results=results)).endswith(
        "where all models score the same in a group (“Everything”)."
    )
    shares = found_in(several)
    narrow = replace(
        shares, groups=("neural",), explained=shares.explained[shares.explained["group"] == "neural"]
    )
    results = replace(several.results, contributions=(narrow, replace(shares, selection="frequent")))
    assert contribution.missing_text(replace(several, results=results)).endswith(
        "and where a selection lacks a group (“Everything”)."
    )
    assert ROLE_Z_MEAN in set(shares.explained["scheme"])


def test_a_metric_is_quoted_where_it_stands_in_a_sentence(study) -> None:
    holes = {m: (None, *row[1:]) if i < 2 else row for i, (m, row) in enumerate(CELLS.items())}
    found = about.coverage(book_of(study, holes))
    assert found["most_costly"]["everything"] == ("V1 a", 2)
    low = book_of(study, CELLS)
    reasons = {why for key, why in low.refusals.items() if key[2] == "geometric-mean"}
    assert any(why.startswith("A score of “V1 a” is 0 or below, and") for why in reasons)
