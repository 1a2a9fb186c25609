"""On how many models agreement rests, and how it is said in a line, from many pairs down to none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from projects import book_of

from builder.results import COMPLETE, PAIRWISE, Agreement, Coefficient
from builder.site import evidence
from builder.site.basis import agreement_title, basis_text, few_text, models_text
from builder.site.book import Book
from builder.site.figures import telling_figure

NAN = float("nan")


def agreement(
    values: list[float], n: list[int] | int, basis: str = COMPLETE, p: list[float] | None = None
) -> Agreement:
    """Of as many metrics as have so many pairs; `n` of one number is that of all."""
    m = next(m for m in range(2, 9) if m * (m - 1) // 2 == len(values))
    upper = np.triu_indices(m, 1)
    shared, value, p_value = np.zeros((m, m), dtype=np.int64), np.full((m, m), NAN), np.full((m, m), NAN)
    for square, cells in ((shared, n), (value, values), (p_value, p or [1.0] * len(values))):
        square[upper] = cells
        square.T[upper] = cells
    known = [one for one in values if not np.isnan(one)]
    rho = Coefficient(
        value, p_value, p_value, p_value, p_value, float(np.mean(known)) if known else NAN, NAN, len(known),
        sum(one < 0 for one in known), {},
    )  # fmt: skip
    n_models = n if isinstance(n, int) else 99
    return Agreement(
        "s",
        basis,
        tuple("abcdefgh"[:m]),
        n_models,
        shared,
        rho,
        value,
        value,
        rho,
        rho,
        None,
        None,  # type: ignore[arg-type]
    )


MANY = agreement([0.5, 0.2, -0.1], 40)
PAIRS = agreement([0.5, 0.2, 0.2], [50, 80, 60], PAIRWISE)


@pytest.mark.parametrize(
    ("complete", "pairwise", "said"),
    [
        (None, PAIRS, ""),
        (
            MANY,
            None,
            "No cell is missing among the models that were run, so complete and pairwise are the same.",
        ),
        (
            MANY,
            PAIRS,
            "On the complete models all pairs rest on the same 40; pairwise, each pair rests on all that it "
            "shares, between 50 and 80. Pairwise the mean ρ is 0.30, on complete models 0.20.",
        ),
        (
            MANY,
            agreement([0.5, 0.2, NAN], [50, 50, 2], PAIRWISE),
            "On the complete models all pairs rest on the same 40; pairwise, each pair with a ρ rests on all "
            "that it shares, 50. Pairwise the mean ρ is 0.35, on complete models 0.20.",
        ),
        (
            MANY,
            agreement([NAN] * 3, 2, PAIRWISE),
            "On the complete models all pairs rest on the same 40; pairwise, no pair has a ρ.",
        ),
        (
            agreement([NAN] * 3, 3),
            PAIRS,
            "On the complete models all pairs rest on the same 3; pairwise, each pair rests on all that it "
            "shares, between 50 and 80. Pairwise the mean ρ is 0.30; on complete models there is none.",
        ),
        (
            agreement([0.5], 40),
            agreement([0.4], 50, PAIRWISE),
            "On the complete models the one pair rests on 40; pairwise, it rests on all that it shares, 50. "
            "Pairwise the ρ is 0.40, on complete models 0.50.",
        ),
    ],
)
def test_on_how_many_models_pairs_rest(
    complete: Agreement | None, pairwise: Agreement | None, said: str
) -> None:
    assert basis_text(complete, pairwise, "models") == said


def test_a_figure_names_the_models_of_its_pairs() -> None:
    assert models_text(MANY, "nets") == "the 40 nets scored on all 3"
    assert models_text(PAIRS, "nets") == "the nets that each pair shares, between 50 and 80"
    assert models_text(agreement([0.1], 7, PAIRWISE), "nets") == "the nets that each pair shares, 7"
    assert models_text(agreement([NAN], 7, PAIRWISE), "nets") == "the nets that each pair shares"


@pytest.mark.parametrize(
    ("values", "p", "said"),
    [
        ([0.5, 0.2, 0.2], None, "On average two of the 3 metrics agree at ρ = 0.30"),
        (
            [0.5, 0.2, -0.1],
            None,
            "On average two of the 3 metrics agree at ρ = 0.20; 1 of 3 pairs is negative, not significantly "
            "(Bonferroni)",
        ),
        (
            [0.5, 0.2, -0.4],
            [1.0, 1.0, 0.01],
            "On average two of the 3 metrics agree at ρ = 0.10; 1 of 3 pairs is negative, significantly "
            "(Bonferroni)",
        ),
        (
            [0.5, -0.1, -0.4],
            None,
            "On average two of the 3 metrics agree at ρ = 0.00; 2 of 3 pairs are negative, none of them "
            "significantly (Bonferroni)",
        ),
        (
            [0.5, -0.1, -0.4],
            [0.01, 0.2, 0.01],
            "On average two of the 3 metrics agree at ρ = 0.00; 2 of 3 pairs are negative, 1 of them "
            "significantly (Bonferroni)",
        ),
        (
            [-0.5, -0.1, -0.3],
            [0.01, 0.01, 0.01],
            "On average two of the 3 metrics agree at ρ = \N{MINUS SIGN}0.30; all 3 pairs are negative, all "
            "of them significantly (Bonferroni)",
        ),
        (
            [-0.5, -0.1, NAN],
            None,
            "On average two of the 3 metrics agree at ρ = \N{MINUS SIGN}0.30; both pairs are negative, none "
            "of them significantly (Bonferroni)",
        ),
        ([NAN, 0.2, NAN], None, "Only one pair of the 3 metrics has a ρ: 0.20"),
        (
            [NAN, -0.2, NAN],
            None,
            "Only one pair of the 3 metrics has a ρ: \N{MINUS SIGN}0.20, not significantly",
        ),
        ([NAN] * 3, None, "No two of the 3 metrics have a ρ"),
        ([0.2], None, "The two metrics agree at ρ = 0.20"),
        ([-0.2], [0.01], "The two metrics correlate at ρ = \N{MINUS SIGN}0.20, significantly"),
        ([NAN], None, "The two metrics have no ρ"),
    ],
)
def test_a_title_counts_negative_pairs_and_those_that_are_sure(
    values: list[float], p: list[float] | None, said: str
) -> None:
    assert agreement_title(agreement(values, 40, p=p), PAIRS, "models") == said


def test_few_models_are_said_first_with_what_is_pairwise_beside() -> None:
    few = agreement([0.5, 0.2, -0.1], 11)
    start = "Only 11 models are scored on all 3 metrics, so every number that rests on them is rough"
    assert few_text(few, None, "models") == f"{start}."
    assert few_text(few, PAIRS, "models") == (
        f"{start}: their mean ρ is 0.20, that of all models that a pair shares (50 to 80) is 0.30."
    )
    alike = agreement([0.2], 50, PAIRWISE)
    assert few_text(agreement([0.2], 11), alike, "models").endswith(
        "2 metrics, so every number that rests on them is rough: their ρ is 0.20, that of all models that a "
        "pair shares (50) is 0.20, too."
    )
    assert few_text(agreement([0.5], 29), None, "models")
    assert few_text(agreement([0.5], 30), alike, "models") == ""
    assert few_text(agreement([NAN], 11), alike, "models") == ""
    assert few_text(agreement([0.5], 11, PAIRWISE), alike, "models") == ""
    negative = "1 of 3 pairs is negative, not significantly (Bonferroni)"
    assert agreement_title(few, None, "models") == (
        f"On only 11 models two of the 3 metrics agree on average at ρ = 0.20; {negative}"
    )
    assert agreement_title(few, PAIRS, "models") == (
        "On only 11 models two of the 3 metrics agree on average at ρ = 0.20 (on all that a pair shares at "
        f"0.30); {negative}"
    )
    assert agreement_title(agreement([0.2], 11), alike, "models") == (
        "On only 11 models the two metrics agree at ρ = 0.20 (on all that a pair shares at 0.20)"
    )
    assert agreement_title(agreement([0.2, NAN, NAN], 11), None, "models") == (
        "On only 11 models one pair of the 3 metrics has a ρ: 0.20"
    )


@pytest.fixture(scope="module")
def book(study) -> Book:
    """Eight of 31 models complete; no two metrics share all."""
    scores = np.round(np.random.default_rng(3).normal(size=(31, 4)), 3).tolist()
    cells = {
        f"m{i:02}": tuple(None if i >= 8 and k == i % 4 else one for k, one in enumerate(row))
        for i, row in enumerate(scores)
    }
    return book_of(study, cells)


def test_the_page_and_its_figure_say_that_few_are_complete(book: Book) -> None:
    said = evidence.agreement(book, book.results.selections[0])
    assert said["rough"].startswith("Only 8 models are scored on all 4 metrics, so every number")
    frame = said["pairwise"].n[np.triu_indices(4, 1)]
    low, high = frame.min(), frame.max()
    assert high < said["pairwise"].n_models == 31
    assert f"each pair rests on all that it shares, between {low} and {high}. " in said["rests_on"]
    without = replace(book, results=replace(book.results, contributions=()))
    assert telling_figure(without)[1].startswith("On only 8 models two of the 4 metrics agree on average at")
