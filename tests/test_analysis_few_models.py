"""Four models in one order say little: no pair is significant, no interval is given, and all bear it."""

from __future__ import annotations

import jsonschema
import numpy as np
import pytest
from projects import book_of

from builder import api
from builder.api_agreement import agreement_document
from builder.results import Agreement
from builder.site import evidence, profiles
from builder.site.book import Book
from builder.site.pairs import pairs_frame
from builder.site.structure import resampled_text

CELLS = {
    "alpha": (0.9, 0.8, 0.1, 0.9),
    "beta": (0.7, 0.6, 0.2, 0.5),
    "gamma": (0.4, 0.3, 0.5, 0.7),
    "delta": (0.2, 0.1, 0.6, 0.1),
}
"""The first two metrics agree fully, the third is against both, the fourth has two models exchanged."""


@pytest.fixture(scope="module")
def book(study) -> Book:
    return book_of(study, CELLS)


@pytest.fixture
def shown(book: Book) -> Agreement:
    found = book.results.agreement("everything")
    assert found is not None
    return found


def test_no_pair_of_four_models_is_significant(shown: Agreement) -> None:
    for coefficient in (shown.spearman, shown.kendall):
        assert coefficient.value[0, 1:3].tolist() == [1, -1]
        np.testing.assert_allclose(coefficient.p[0, 1:3], 1 / 12, rtol=1e-14)
        np.testing.assert_allclose(coefficient.p_bonferroni[0, 1:3], 1 / 2, rtol=1e-14)  # of six pairs
        assert set(coefficient.n_significant.values()) == {0}
    assert (pairs_frame(shown)["p"] > 0.05).all()


def test_a_perfect_pair_has_no_interval_and_pages_show_a_dash(book: Book, shown: Agreement) -> None:
    frame = pairs_frame(shown).set_index(["metric_a", "metric_b"])
    without = frame["spearman"].abs() == 1
    assert without.sum() == 3
    assert (frame[["spearman_low", "spearman_high"]].isna().all(axis=1) == without).all()
    pairs = evidence._pair_table(book, shown, "", largest=True)
    assert pairs is not None
    assert pairs.count('<td class="num soft">–</td>') == 3
    metric = profiles._agreement_table(book, shown.metrics[0], shown)
    assert metric is not None
    assert metric.count('<td class="num soft">–</td>') == 2
    for said in (pairs, metric, resampled_text(shown, "models")):
        assert "nan" not in said.lower()
        assert "1.00 to 1.00" not in said


def test_the_document_has_null_there(shown: Agreement) -> None:
    document = agreement_document(shown)
    jsonschema.validate(document, api.schema("agreement"))
    assert document["rho"][0][1] == 1
    assert document["rho_low"][0][1] is None
    assert document["rho_high"][0][1] is None
