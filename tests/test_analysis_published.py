"""What a source publishes for inner nodes: how near rounding lets our means come, and the words for it."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from projects import book_of
from samples import TREE, make_snapshot

from builder.analysis.coverage import EVERYTHING
from builder.analysis.published import Digits, check_published, digits_of
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import PublishedCheck, View
from builder.site.book import Book
from builder.site.published import published_of_view, published_sentences, published_table
from builder.warehouse import Warehouse


def checks_of(snapshot: Snapshot) -> dict[tuple[str, str], PublishedCheck]:
    with Warehouse(snapshot) as warehouse:
        warehouse.add_selection(EVERYTHING, TREE.metric_ids)
        return {(check.group, check.policy): check for check in check_published(snapshot, warehouse)}


def test_digits_are_those_of_the_longest_number_small_and_large() -> None:
    assert digits_of(np.array([0.25, 0.125, 0.5, np.nan, 1.0, 1.25])) == Digits(3, 2)
    assert digits_of(np.array([0.0, -0.1])) == Digits(1, -1)
    assert digits_of(np.array([12.0, 1e-5])) == Digits(5, 1)
    assert digits_of(np.array([])) == Digits(-1, -1)
    found = Digits(3, 1).half_unit(np.array([0.2, -0.999, 1.0, np.nan]))
    np.testing.assert_allclose(found, [0.0005, 0.0005, 0.05, np.nan])


def printed(value: float, decimals: int) -> float:
    return float(Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.9, 1.4]))
def test_averages_of_the_unrounded_scores_are_always_within_rounding(
    seed: int, of_scores: int, of_averages: int, most: float
) -> None:
    """Numbers from 1 on keep one decimal, as in the Brain-Score export; a cell without a score counts 0."""
    random = np.random.default_rng(seed)
    true = random.uniform(0, most, (6, 4))
    gaps = random.random(true.shape) < 0.2
    true[gaps] = 0
    rows = {
        f"m{i}": [
            None if gap else printed(one, of_scores if one < 1 else 1)
            for one, gap in zip(row, without, strict=True)
        ]
        for i, (row, without) in enumerate(zip(true.tolist(), gaps.tolist(), strict=True))
    }
    assume(any(one is not None for row in rows.values() for one in row))
    neural = ((true[:, 0] + true[:, 1]) / 2 + true[:, 2]) / 2
    overall = (neural + true[:, 3]) / 2
    ran = [i for i in range(6) if not gaps[i].all()]
    said = [
        (f"m{i}", group, printed(value[i], of_averages if value[i] < 1 else 1))
        for i in ran
        for group, value in (("", overall), ("neural", neural))
    ]
    snapshot = make_snapshot(rows, published=said)
    # Where all that is printed happens to end in 0, fewer decimals are seen than there were.
    shown = digits_of(snapshot.scores["score"].to_numpy()).below_one
    assume(shown == of_scores)
    found = checks_of(snapshot)
    assert list(found) == [(g, p) for p in ("zero", "attempted") for g in ("", "neural")]
    for group in ("", "neural"):
        zero = found[group, "zero"]
        assume(zero.decimals == of_averages)
        assert (zero.n_models, zero.n_equal, zero.n_gaps) == (len(ran), len(ran), 0)
        assert zero.score_decimals == of_scores
        assert zero.n_same <= zero.n_equal


def test_one_digit_more_is_not_rounding() -> None:
    """Scores with two decimals may put their mean off by 0.005 at most, an average with four by 0.00005."""
    cells = {
        "alpha": (0.91, 0.82, 0.53, 0.44),
        "beta": (0.70, None, 0.61, 0.92),
        "gamma": (0.55, 0.15, 0.75, None),
        "delta": (None, None, None, 0.5),
    }
    # alpha: ((.91 + .82) / 2 + .53) / 2 = .6975, with .44 it is .56875; beta, with 0: (.48 + .92) / 2 = .7.
    said = [("alpha", "", 0.5738), ("beta", "", 0.7059), ("gamma", "", 0.4), ("alpha", "neural", 0.6975)]
    zero = checks_of(make_snapshot(cells, published=said))["", "zero"]
    # alpha is .00505 off, which the two just allow; beta .0059, and its missing cell, an eighth, is exact.
    assert (zero.n_models, zero.n_equal, zero.n_same) == (3, 1, 0)
    assert zero.n_gaps == 2
    assert (zero.n_silent, zero.n_silent_scored) == (1, 1)
    assert (zero.decimals, zero.score_decimals) == (4, 2)
    # gamma: ((.35 + .75) / 2 + 0) / 2 = .275.
    assert zero.worst_model == "gamma"
    assert zero.largest == pytest.approx(0.125)


def test_leaving_missing_cells_out_leaves_an_empty_group_out() -> None:
    cells = {"alpha": (0.9, 0.8, 0.5, 0.4), "beta": (None, None, None, 0.6), "gamma": (0.1, 0.2, 0.3, 0.4)}
    found = checks_of(make_snapshot(cells, published=[("beta", "", 0.6), ("alpha", "", 0.5375)]))
    assert (found["", "attempted"].n_same, found["", "zero"].n_same) == (2, 1)
    assert found["", "zero"].largest == pytest.approx(0.3)


# ---------- words ----------

SAID = [("alpha", "neural", 0.675), ("beta", "neural", 0.675), ("alpha", "", 0.5375), ("beta", "", 0.7875)]


@pytest.fixture(scope="module")
def book(study: Study) -> Book:
    return book_of(study, published=SAID)


def test_where_all_agrees_it_is_said_once(book: Book) -> None:
    assert [str(one) for one in published_sentences(book)] == [
        "Overall score, with every cell without a score as 0: all 2 models have the published value to its "
        "last digit. The same holds with missing cells left out. The source gives no value for 4 models, 3 "
        "of which have a score there.",
        "The other node comes back within rounding for every model.",
    ]
    table = str(published_table(book))
    assert "Overall" in table
    assert "Same digits" in table


def test_what_differs_is_told_with_its_model_and_its_gaps(study: Study) -> None:
    more = [("epsilon", "", 0.2), ("epsilon", "neural", 0.4), ("delta", "v1", 0.9)]
    book = book_of(study, published=[*SAID, *more])
    first, second = (str(one) for one in published_sentences(book))
    assert first.startswith(
        "Overall score, with every cell without a score as 0: 2 of 3 models have the published value to its "
        "last digit, 1 is not; the largest difference is 0.100 (epsilon). It has cells without a score "
        "there. With missing cells left out, 3 of 3 are as near; the largest difference is 0.050 (epsilon). "
    )
    assert second.startswith("Of 2 other nodes, 0 come back within rounding for every model.")
    assert (
        "Neural: 1 of 3 differs by more than rounding; the largest difference is 0.300 (epsilon)." in second
    )


HAVE = "models have the published value to its last digit, "


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"n_same": 7, "n_equal": 9},
            f"7 of 9 {HAVE}the other 2 are as near as the rounding of scores and averages (below 1 to 3 "
            "decimals) allows; the largest difference is 0.0007 (beta).",
        ),
        (
            {"n_same": 1, "n_equal": 2, "score_decimals": 2},
            "1 of 9 models has the published value to its last digit, 1 more is as near as the rounding of "
            "scores (below 1 to 2 decimals) and averages (to 3 decimals) allows, 7 are not; the largest "
            "difference is 0.0007 (beta). 3 of these have cells without a score there.",
        ),
        (
            {"n_same": 8, "n_equal": 9, "decimals": 16},
            f"8 of 9 {HAVE}the other 1 is as near as the rounding of scores and averages allows; the largest "
            "difference is 0.0007 (beta).",
        ),
        (
            {"n_models": 1, "n_same": 1, "n_equal": 1},
            "1 of 1 model has the published value to its last digit.",
        ),
        (
            {"n_models": 2, "n_same": 0, "n_equal": 0, "n_gaps": 2, "largest": float("inf")},
            f"0 of 2 {HAVE}2 are not; of beta we have no value. All of these have cells without a score "
            "there.",
        ),
    ],
)
def test_words_in_every_case(book: Book, changed: dict[str, int | float], said: str) -> None:
    check = PublishedCheck("", "zero", 9, 7, 7, 0.0007, "beta", 3, 0, 0, 3, 3)
    one = replace(check, **changed)  # type: ignore[arg-type]
    results = replace(book.results, published=(one, replace(one, policy="attempted")))
    found = published_sentences(replace(book, results=results))
    assert (
        str(found[0]).removeprefix("Overall score, with every cell without a score as 0: ").startswith(said)
    )


def test_a_view_of_the_published_mean_says_so(book: Book) -> None:

    def shown(policy: str, scheme: str) -> View:
        return next(
            v
            for v in book.results.views
            if (v.selection, v.policy, v.scheme) == ("everything", policy, scheme)
        )

    assert "all 2 models" in str(published_of_view(book, shown("zero", "hierarchical-mean")))
    assert published_of_view(book, shown("complete", "hierarchical-mean")) is None
    assert published_of_view(book, shown("zero", "arithmetic-mean")) is None
    bare = replace(book, results=replace(book.results, published=()))
    assert published_of_view(bare, shown("zero", "hierarchical-mean")) is None
    assert published_table(bare) is None
    assert published_sentences(bare) == []
