"""What lies behind the agreement of metrics: numbers counted again, and the words made from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from projects import book_of
from samples import make_snapshot
from scipy import stats

from builder.analysis import analyse, resampling
from builder.results import PAIRWISE, Structure
from builder.site import evidence, structure
from builder.site.book import Book
from builder.site.pairs import pairs_frame
from builder.stats.bootstrap import seed_of
from builder.stats.correlation_intervals import permutation_p

RNG = np.random.default_rng(5)
ABILITY = RNG.normal(size=(30, 1))
SCORES = np.round(ABILITY + 0.7 * RNG.normal(size=(30, 4)), 3)
CELLS = {f"m{i:02}": tuple(row) for i, row in enumerate(SCORES.tolist())}


@pytest.fixture(scope="module")
def book(study) -> Book:
    return book_of(study, CELLS)


def mean_rho(scores) -> float:
    return float(stats.spearmanr(scores).statistic[np.triu_indices(scores.shape[1], 1)].mean())


def test_numbers_are_those_of_scipy(book: Book) -> None:
    found = book.results.structure("everything")
    assert found is not None
    assert found.n_models == 30
    means = found.means.set_index("over")
    assert list(means.index) == ["models", "metrics", "both"]
    assert (means["low"] < mean_rho(SCORES)).all()
    assert (mean_rho(SCORES) < means["high"]).all()
    values = np.linalg.eigvalsh(np.corrcoef(SCORES.T))[::-1]
    np.testing.assert_allclose(found.shares, values[:3] / 4)
    assert found.n_components == 1
    rows = found.resolution.set_index("k")
    assert list(rows.index) == [10, 30]  # the best 20 of 30 and the last 20 share ten
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
    (everything, *_) = book.results.selections
    said = structure.interval_text(book, everything, found, 0.5)
    ends = [f"between {low:.2f} and {high:.2f} when" for low, high in found.means[["low", "high"]].to_numpy()]
    places = [said.index(end) for end in ends]
    assert places == sorted(places)
    assert "as many metrics of each group are" in said
    assert structure.interval_text(book, everything, found, float("nan")) == ""
    for row in found.regression.to_dict("records"):
        assert (
            f"{abs(row['coefficient']):.2f} {'more' if row['coefficient'] >= 0 else 'less'}"
            in structure.regression_text(found)
        )


def test_the_best_are_set_against_others_only_where_others_are_left(study) -> None:
    for n, sizes in ((19, [19]), (20, [10, 20])):
        found = book_of(study, dict(list(CELLS.items())[:n]))
        known = found.results.structure("everything")
        assert known is not None
        assert known.resolution["k"].tolist() == sizes
        said = evidence.agreement(found, found.results.selections[0])
        assert (said["resolution"] is None, said["resolution_text"] == "") == (n == 19, n == 19)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [("group", 0.1, 0.005), ("reference", -0.2, 0.045)],
            "How much more or less two metrics agree, in ρ, other things being equal: two of one top-level "
            "group 0.10 more (p ≤ 0.005) and two of one source 0.20 less (p = 0.045); together this explains "
            "4\u202f% of how far pairs differ.",
        ),
        (
            [("subgroup", 0.1, 0.01)],
            "How much more or less two metrics agree, in ρ: two of one group of the lowest level 0.10 more "
            "(p = 0.010); this explains 4\u202f% of how far pairs differ.",
        ),
    ],
)
def test_a_p_at_the_floor_of_the_permutations_is_a_bound(
    book: Book, rows: list[tuple[str, float, float]], said: str
) -> None:
    found = book.results.structure("everything")
    assert found is not None
    frame = pd.DataFrame(rows, columns=["same", "coefficient", "p"])
    assert structure.regression_text(replace(found, regression=frame, r_squared=0.04)) == said


def test_words_of_the_edges(book: Book) -> None:
    loadings = pd.DataFrame({"metric": ["v1-a", "v1-b"], "component_1": [0.9, -0.9]})
    rows = {"k": [10, 30], "top": [0.8, 0.5], "bottom": [0.2, 0.5], "random": [0.5, 0.5],
            "random_low": [0.3, 0.5], "random_high": [0.7, 0.5]}  # fmt: skip
    means = pd.DataFrame({"over": ["models", "metrics", "both"], "low": [0.1, None, None],
                          "high": [0.2, None, None]}).astype({"low": float, "high": float})  # fmt: skip
    no_groups = pd.DataFrame({"group": [], "n_metrics": [], "component_1": []})
    bare = Structure("everything", 30, 300, means, 199, 0, (0.9,), loadings, no_groups, pd.DataFrame(rows),
                     pd.DataFrame({"same": [], "coefficient": [], "p": []}), float("nan"))  # fmt: skip
    (everything, *_) = book.results.selections
    assert structure.interval_text(book, everything, bare, 0.15) == (
        "In 95 % of 300 draws the mean ρ of 0.15 stays between 0.10 and 0.20 when as many models are drawn "
        "anew."
    )
    assert structure.loadings_table(book, bare) is None
    text = structure.dimension_text(book, bare)
    assert "No component holds more variance than it would by chance" in text
    assert "The first holds 90" in text
    assert text.endswith("; of the metrics one stands against it.")
    assert "more about the best than about a random set" in structure.resolution_text(book, bare)
    assert structure.regression_text(bare) == ""


def test_too_few_models_have_no_structure(study) -> None:
    results = analyse(study, make_snapshot(dict(list(CELLS.items())[:2])))
    assert results.structures == ()


def test_groups_load_as_their_metrics_do_on_average(book: Book) -> None:
    found = book.results.structure("everything")
    assert found is not None
    of = found.loadings.set_index("metric")["component_1"]
    rows = found.group_loadings.set_index("group")
    assert list(rows.index) == ["neural", "v1", "behavior"]
    assert rows.loc["neural", "component_1"] == pytest.approx(of[["v1-a", "v1-b", "it"]].mean())
    assert rows.loc["behavior", "component_1"] == pytest.approx(of["consistency"])
    assert list(rows["n_metrics"]) == [3, 2, 1]
    table = structure.loadings_table(book, found)
    assert table is not None
    assert f"{of[['v1-a', 'v1-b']].mean():.2f}" in table


def test_pairs_are_judged_by_draws_and_pairings_too(book: Book) -> None:
    shown = book.results.agreement("everything")
    assert shown is not None
    drawn = shown.resampled
    assert drawn is not None
    one = drawn.p[0, 1]
    assert one == permutation_p(SCORES[:, 0], SCORES[:, 1], drawn.permutations,
                                seed_of("pairings", "everything"))  # fmt: skip
    frame = pairs_frame(shown)
    assert frame["p_permuted"][0] == one
    differ = ((frame["p_permuted"] < 0.05) != (frame["p"] < 0.05)).sum()
    assert drawn.n_other_verdicts == differ
    by_formula = (frame["spearman_low"] > 0) | (frame["spearman_high"] < 0)
    by_draws = (frame["spearman_drawn_low"] > 0) | (frame["spearman_drawn_high"] < 0)
    assert drawn.n_other_intervals == (by_formula != by_draws).sum()
    width = (frame["spearman_drawn_high"] - frame["spearman_drawn_low"]).median()
    assert drawn.median_width == pytest.approx(width)
    said = structure.resampled_text(shown, "models")
    assert f"Student's t, {differ} of 6 pairs change" in said
    assert f"wider than {width:.2f}" in said
    assert structure.resampled_text(replace(shown, resampled=None), "models") == ""


def test_too_dear_draws_are_left_out(study, monkeypatch: pytest.MonkeyPatch) -> None:
    holes = {
        model: (None, *scores[1:]) if i < 28 else scores for i, (model, scores) in enumerate(CELLS.items())
    }
    snapshot = make_snapshot(holes)
    shown = analyse(study, snapshot).agreement("everything", PAIRWISE)
    assert shown is not None
    assert shown.resampled is not None  # 30 models, 4 metrics
    alone = SCORES[28:, 0], SCORES[28:, 1]
    assert np.isnan(shown.resampled.p[0, 1]) == (len(alone[0]) < 3)
    monkeypatch.setattr(resampling, "MOST_WITH_HOLES", 30 * 16 - 1)
    dear = analyse(study, snapshot).agreement("everything", PAIRWISE)
    assert dear is not None
    assert dear.resampled is None
    frame = pairs_frame(dear)
    assert frame[["spearman_drawn_low", "spearman_drawn_high", "p_permuted"]].isna().all(axis=None)
