"""What lies behind the agreement of metrics: numbers counted again, and the words made from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from samples import make_snapshot
from scipy import stats

from builder.analysis import analyse
from builder.results import Structure
from builder.site import structure
from builder.site.book import Book

RNG = np.random.default_rng(5)
ABILITY = RNG.normal(size=(30, 1))
SCORES = np.round(ABILITY + 0.7 * RNG.normal(size=(30, 4)), 3)
CELLS = {f"m{i:02}": tuple(row) for i, row in enumerate(SCORES.tolist())}


@pytest.fixture
def book(study) -> Book:
    snapshot = make_snapshot(CELLS)
    return Book(study, snapshot, analyse(study, snapshot), True)


def mean_rho(scores) -> float:
    return float(stats.spearmanr(scores).statistic[np.triu_indices(scores.shape[1], 1)].mean())


def test_numbers_are_those_of_scipy(book: Book) -> None:
    found = book.results.structure("everything")
    assert found is not None
    assert found.n_models == 30
    assert found.mean_low < mean_rho(SCORES) < found.mean_high
    values = np.linalg.eigvalsh(np.corrcoef(SCORES.T))[::-1]
    np.testing.assert_allclose(found.shares, values[:3] / 4)
    assert found.n_components == 1
    rows = found.resolution.set_index("k")
    assert list(rows.index) == [10, 20, 30]
    assert rows.loc[30, "top"] == pytest.approx(mean_rho(SCORES))
    order = np.argsort(stats.rankdata(-SCORES, axis=0).mean(axis=1), kind="stable")
    assert rows.loc[10, "top"] == pytest.approx(mean_rho(SCORES[order[:10]]))
    assert rows.loc[10, "bottom"] == pytest.approx(mean_rho(SCORES[order[-10:]]))


def test_an_order_over_a_wide_range_is_less_sure_among_the_best(book: Book) -> None:
    found = book.results.structure("everything")
    assert found is not None
    rows = found.resolution.set_index("k")
    assert rows.loc[10, "top"] < rows.loc[30, "top"]
    text = structure.resolution_text(book, found)
    assert text.startswith("Among the best 10 models by mean rank")
    assert f"{rows.loc[10, 'top']:.2f}" in text.replace("\N{MINUS SIGN}", "-")


def test_words_follow_the_numbers(book: Book) -> None:
    found = book.results.structure("everything")
    assert found is not None
    assert "One component holds more variance than by chance" in structure.dimension_text(book, found)
    assert "The first 3 hold" in structure.dimension_text(book, found)
    assert str(round(found.mean_low, 2)) in structure.interval_text(found, 0.5, "models")
    assert structure.interval_text(found, float("nan"), "models") == ""
    for row in found.regression.to_dict("records"):
        assert (
            f"{abs(row['coefficient']):.2f} {'more' if row['coefficient'] >= 0 else 'less'}"
            in structure.regression_text(found)
        )


def test_words_of_the_edges(book: Book) -> None:
    loadings = pd.DataFrame({"metric": ["v1-a", "v1-b"], "component_1": [0.9, -0.9]})
    rows = {"k": [10, 30], "top": [0.8, 0.5], "bottom": [0.2, 0.5], "random": [0.5, 0.5],
            "random_low": [0.3, 0.5], "random_high": [0.7, 0.5]}  # fmt: skip
    bare = Structure("everything", 30, 300, 0.1, 0.2, 199, 0, (0.9,), loadings, pd.DataFrame(rows),
                     pd.DataFrame({"same": [], "coefficient": [], "p": []}), float("nan"))  # fmt: skip
    text = structure.dimension_text(book, bare)
    assert "No component holds more variance than it would by chance" in text
    assert "The first holds 90" in text
    assert text.endswith("; one stands against it.")
    assert "more about the best than about a random set" in structure.resolution_text(book, bare)
    assert structure.regression_text(bare) == ""


def test_too_few_models_have_no_structure(study) -> None:
    results = analyse(study, make_snapshot(dict(list(CELLS.items())[:2])))
    assert results.structures == ()
