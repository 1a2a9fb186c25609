"""The pages about robustness, single models and single metrics: their numbers and their words, edges too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from projects import book_of
from samples import CELLS, TREE
from scipy import stats

from builder.analysis.robustness import left_out_sets
from builder.catalog.tree import Group, Metric, MetricTree
from builder.results import Behind, SpecificationCurve
from builder.site import profiles, robustness, specification
from builder.site.book import Book

RNG = np.random.default_rng(3)
MORE = {
    **CELLS,
    **{f"model-{i}": tuple(round(float(x), 3) for x in row) for i, row in enumerate(RNG.random((8, 4)))},
}


@pytest.fixture(scope="module")
def book(study) -> Book:
    return book_of(study, MORE)


def test_standings_are_those_of_the_views_counted_again(book: Book) -> None:
    found = book.results.robustness
    assert found is not None
    assert found.n_rankings == len(book.results.views)
    places: dict[str, list[int]] = {}
    for view in book.results.views:
        for model, place in zip(view.ranking["model_id"], view.ranking["place"], strict=True):
            places.setdefault(model, []).append(int(place))
    assert set(found.standings["model_id"]) == set(places)
    for row in found.standings.to_dict("records"):
        mine = places[row["model_id"]]
        assert (row["n_rankings"], row["best"], row["worst"]) == (len(mine), min(mine), max(mine))
        assert row["median"] == np.median(mine)
        assert row["top_3"] == pytest.approx(np.mean([p <= 3 for p in mine]))
    for row in found.by_selection.to_dict("records"):
        mine = [
            int(view.ranking.set_index("model_id")["place"][row["model_id"]])
            for view in book.results.views
            if view.selection == row["selection"] and row["model_id"] in set(view.ranking["model_id"])
        ]
        assert (row["n_rankings"], row["best"], row["worst"]) == (len(mine), min(mine), max(mine))
        assert row["median"] == np.median(mine)
    assert found.n_first == sum(1 in mine for mine in places.values())
    assert found.standings["relative"].is_monotonic_increasing


def test_weights_that_put_a_model_first_do_so(book: Book) -> None:
    found = book.sensitivity
    assert found is not None
    assert found.groups == ("neural", "behavior")
    views = {v.scheme: v for v in book.results.views if (v.selection, v.policy) == ("everything", "complete")}
    complete = list(views["arithmetic-mean"].ranking["model_id"])
    cells = {model: MORE[model] for model in complete}
    neural = {m: ((c[0] + c[1]) / 2 + c[2]) / 2 for m, c in cells.items()}
    for row in found.first_places.to_dict("records"):
        mean = {m: row["neural"] * neural[m] + row["behavior"] * c[3] for m, c in cells.items()}
        assert mean[row["model_id"]] >= max(mean.values()) - 1e-7
        assert row["neural"] + row["behavior"] == pytest.approx(1)
        assert row["moved"] == pytest.approx(abs(row["neural"] - 0.5), abs=1e-7)
    # On a line of weights, whoever is first somewhere is found on a fine grid, too.
    firsts = set()
    for weight in np.linspace(0, 1, 2001):
        mean = {m: weight * neural[m] + (1 - weight) * c[3] for m, c in cells.items()}
        firsts.add(max(mean, key=lambda m: mean[m]))
    assert firsts <= set(found.first_places["model_id"])


def test_leaving_a_metric_out_is_ranking_without_it(book: Book) -> None:
    found = book.sensitivity
    assert found is not None
    assert found.left_out is not None
    rows = found.left_out.rows.set_index("node")
    view = next(v for v in book.results.views if (v.selection, v.policy, v.scheme) == (
        "everything", "complete", "arithmetic-mean"))  # fmt: skip
    models = sorted(view.ranking["model_id"])
    scores = np.array([MORE[m] for m in models], dtype=float)
    rho = stats.spearmanr(scores.mean(axis=1), scores[:, 1:].mean(axis=1)).statistic
    assert rows.loc["v1-a", "spearman"] == pytest.approx(rho)
    assert rows.loc["v1-a", "first"] == models[int(np.argmax(scores[:, 1:].mean(axis=1)))]
    assert rows.loc["neural", "n_metrics"] == 1
    assert (found.irrelevant.set_index("scheme").loc["arithmetic-mean"][["share_of_pairs"]] == 0).all()


def test_a_rival_leaves_under_every_scheme(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    schemes = [v.scheme for v in book.results.views if (v.selection, v.policy) == ("everything", "complete")]
    assert len(schemes) > 20
    found = book.sensitivity
    assert found is not None
    assert set(found.irrelevant["scheme"]) == set(schemes)
    assert not robustness.robustness(book)["searched"]
    monkeypatch.setattr("builder.site.robustness.EXACT", 2)
    assert robustness.robustness(book)["searched"]


def test_profiles_have_every_cell_and_its_rank(book: Book) -> None:
    found = book.results.profiles
    assert found is not None
    assert "zeta" not in found.models, "a model that was never run has no profile"
    column = found.metrics.index("consistency")
    values = [float(MORE[m][3]) for m in found.models]
    np.testing.assert_array_equal(found.scores[:, column], values)
    np.testing.assert_array_equal(found.ranks[:, column], stats.rankdata(-np.array(values)))
    assert np.isnan(found.scores[found.models.index("delta"), found.metrics.index("v1-b")])


def test_published_values_change_no_profile(study, book: Book) -> None:
    """Both ask the warehouse for all metrics, which it must hold once."""
    said = [("alpha", "neural", 0.575), ("alpha", "", 0.5)]
    found, bare = book_of(study, MORE, published=said).results, book.results
    assert found.published
    assert found.profiles is not None
    assert bare.profiles is not None
    np.testing.assert_array_equal(found.profiles.scores, bare.profiles.scores)
    np.testing.assert_array_equal(found.profiles.ranks, bare.profiles.ranks)


def test_words_of_a_model_follow_its_numbers(book: Book) -> None:
    found = book.results.robustness
    assert found is not None
    for model in book.model_pages:
        context = profiles.model(book, model)
        standing = context["standing"]
        assert f"from {standing['best']:g} to {standing['worst']:g}" in context["lead"]
        assert ("first in none" in context["lead"]) == (standing["top_1"] == 0)
        first = model in set(book.sensitivity.first_places["model_id"])
        complete = all(isinstance(cell, float) for cell in MORE[model])
        assert ("No weights" in context["weights"]) == (complete and not first)
        assert bool(context["weights"]) == complete
        assert (str(context["places"]).count("<tr>") > 20) == complete
        assert str(context["selections"]).count("<tr>") == 1 + len(book.selections)


def test_words_of_a_metric_follow_its_numbers(book: Book) -> None:
    context = profiles.metric(book, "v1-b")
    scored = [cells[1] for cells in MORE.values() if isinstance(cells[1], float)]
    assert context["n"] == len(scored)
    assert context["quartiles"][0] == f"{min(scored):.3f}"
    assert context["quartiles"][2] == f"{np.median(scored):.3f}"
    assert "Without it" in context["influence"]
    assert str(context["agreement"]).count("<tr>") == 1 + 3


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_models_say_what_can_be_said(study, n: int) -> None:
    book = book_of(study, dict(list(CELLS.items())[:n]))
    found = book.results.robustness
    assert found is not None
    context = robustness.robustness(book)
    assert "has the best median place" in str(context["lead"])
    assert (found.sensitivity is not None) == (n >= 3)
    assert bool(context.get("first_text")) == (n >= 3)
    for model in book.model_pages:
        assert profiles.model(book, model)["lead"].endswith(".")


def test_one_ranking_moves_nothing(study) -> None:
    book = book_of(study, {"alpha": (0.9, 0.8, 0.5, 0.4)})
    context = robustness.robustness(book)
    assert context["choices"] == "No choice moves any place."
    assert list(robustness.robustness_figures(book)) == []


def test_a_model_first_everywhere_is_alone_first(study) -> None:
    cells = {f"m{i}": (0.9 - i / 10,) * 4 for i in range(5)}
    book = book_of(study, cells)
    found = book.results.robustness
    assert found is not None
    assert found.n_first == 1
    assert found.sensitivity is not None
    assert found.sensitivity.concordance == pytest.approx(1)
    assert f"it is first in all {found.n_rankings} that have it. No" in str(robustness.lead(book, found))
    assert "No other model is first in any." in str(robustness.lead(book, found))
    assert list(found.sensitivity.first_places["model_id"]) == ["m0"]
    assert isinstance(found.standings, pd.DataFrame)


def test_the_first_of_the_default_view_is_followed_through_every_ranking(book: Book) -> None:
    found = book.results.robustness
    assert found is not None
    view = book.default_view
    assert view is not None
    assert [curve.model_id for curve in found.curves] == view.ranking["model_id"].head(3).tolist()
    for curve in found.curves:
        seen = {
            (v.selection, v.policy, v.scheme): int(v.ranking.set_index("model_id")["place"][curve.model_id])
            for v in book.results.views
            if v.n_models > 1 and curve.model_id in set(v.ranking["model_id"])
        }
        rows = curve.rankings
        keys = zip(rows["selection"], rows["policy"], rows["scheme"], strict=True)
        assert dict(zip(keys, rows["place"], strict=True)) == seen
        relative = (rows["place"] - 1) / (rows["n_models"] - 1)
        assert rows["relative"].tolist() == pytest.approx(relative.tolist())
        assert rows["relative"].is_monotonic_increasing
        assert curve.n_first == sum(place == 1 for place in seen.values())


def curve_of(places: list[int], behind: Behind | None = None) -> SpecificationCurve:
    frame = pd.DataFrame({"place": places})
    below = sum(place > 10 for place in places)
    return SpecificationCurve("alpha", frame, sum(place == 1 for place in places), below, behind)


@pytest.mark.parametrize(
    ("curve", "said"),
    [
        (curve_of([1, 1]), "alpha is first in all 2 rankings"),
        (curve_of([1, 2, 4]), "alpha is first in 1 of 3 rankings and never below place 4"),
        (curve_of([2, 3]), "alpha is first in none of 2 rankings and never below place 3"),
        (curve_of([11, 12]), "alpha is first in none of 2 rankings and below the tenth place in all"),
        (
            curve_of([1, 11, 12], Behind("selection", "frequent", 2, 2)),
            "alpha is first in 1 of 3 rankings and below the tenth place in 2, all under selection "
            "“Frequent”",
        ),
        (
            curve_of([1, 11], Behind("policy", "zero", 1, 1)),
            "alpha is first in 1 of 2 rankings and below the tenth place in 1, under policy "
            "“Unscored counts 0”",
        ),
        (
            curve_of([1, 1, 11, 12], Behind("scheme", "mean-rank", 2, 1)),
            "alpha is first in 2 of 4 rankings and below the tenth place in 2, among them 1 of the 2 under "
            "scheme “Mean rank”",
        ),
    ],
)
def test_titles_of_curves_follow_their_numbers(book: Book, curve: SpecificationCurve, said: str) -> None:
    assert specification.curve_title(book, curve) == said


def referring(**references: str) -> MetricTree:
    """The tree of the samples with a reference for some metrics."""
    nodes = [replace(m, reference=references.get(m.id.replace("-", "_"), "")) for m in TREE.metrics]
    return MetricTree.ordered([*TREE.groups, *nodes])


@pytest.mark.parametrize(
    ("references", "sources"),
    [
        ({"v1_a": "Ada", "it": "Ada", "v1_b": "Bob"}, [("Ada", (0, 2))]),
        ({"v1_a": "neural", "it": "neural", "v1_b": "Bob", "consistency": "Bob"},
         [("neural", (0, 2)), ("Bob", (1, 3))]),
        ({"v1_a": "Ada", "v1_b": "Ada", "it": "Bob"}, []),
        ({"v1_a": "Ada", "it": "Ada"}, []),
        ({"v1_a": "Ada", "v1_b": "Bob", "it": "Cy"}, []),
        ({}, []),
    ],
    ids=["two", "named-like-a-group", "same-as-a-group", "one-reference", "one-metric-each", "none"],
)  # fmt: skip
def test_sources_are_metrics_that_share_a_reference(references, sources) -> None:
    found = left_out_sets(referring(**references))
    assert [(one.node, one.columns) for one in found if one.kind == "source"] == sources
    assert [one.node for one in found if one.kind == "group"] == ["neural", "v1"], "behavior is one metric"
    assert [one.columns for one in found if one.kind == "metric"] == [(0,), (1,), (2,), (3,)]


def test_what_holds_the_same_metrics_is_left_out_once() -> None:
    tree = MetricTree.ordered([
        Group("outer", "Outer", ""), Group("inner", "Inner", "outer"), Group("lone", "Lone", ""),
        *(Metric(name, name, parent, reference="Ada" if parent == "inner" else name)
          for name, parent in (("a", "inner"), ("b", "inner"), ("c", "lone"), ("d", ""))),
    ])  # fmt: skip
    assert [(one.node, one.kind) for one in left_out_sets(tree)] == [
        ("outer", "group"), ("a", "metric"), ("b", "metric"), ("c", "metric"), ("d", "metric"),
    ]  # fmt: skip


@pytest.mark.parametrize("extra", [0, 1])
def test_a_ranking_of_ten_says_nothing_of_the_first_ten_without_a_metric(study, extra) -> None:
    complete = [(model, cells) for model, cells in MORE.items() if {None, "X"}.isdisjoint(cells)]
    few = dict(complete[: 10 + extra])
    shown = str(robustness.robustness(book_of(study, few))["left_out"])
    assert "Largest move" in shown
    assert ("Leave the first 10" in shown) == bool(extra)


def test_a_source_is_left_out_with_all_its_metrics(study) -> None:
    book = book_of(study, MORE, referring(v1_a="A <b>", it="A <b>", v1_b="B"))
    assert book.sensitivity is not None
    left = book.sensitivity.left_out
    assert left is not None
    (row,) = left.rows[left.rows["kind"] == "source"].to_dict("records")
    assert (row["node"], row["n_metrics"]) == ("A <b>", 2)
    view = next(v for v in book.results.views if v.address == "view/everything/complete/arithmetic-mean")
    scores = np.array([MORE[m] for m in sorted(view.ranking["model_id"])], dtype=float)
    rho = stats.spearmanr(scores.mean(axis=1), scores[:, [1, 3]].mean(axis=1)).statistic
    assert row["spearman"] == pytest.approx(rho)
    context = robustness.robustness(book)
    assert "Of the sources with several metrics it is A <b>." in context["left_out_text"]
    assert "<b>" not in str(context["left_out"])


def test_names_of_sources_are_short_and_different() -> None:
    texts = [
        "Ng, Roe and Poe (2013). On cells. Journal 1.",
        "Kim and Oh (2020). One. Journal 2.",
        "Kim and Oh (2020). Other. Journal 3.",
        "Lee, Fox and Orr (2021). A.",
        "Lee, Fox and Ash (2021). B.",
        "Smith2020",
        "x" * 300,
    ]
    names = robustness.source_names(texts)
    assert [names[one] for one in texts[:6]] == [
        "Ng et al. (2013)",
        "Kim and Oh (2020). One. Journal 2.",
        "Kim and Oh (2020). Other. Journal 3.",
        "Lee, Fox and Orr (2021)",
        "Lee, Fox and Ash (2021)",
        "Smith2020",
    ]
    assert len(names[texts[6]]) <= 60


def test_weights_on_metrics_are_told_of_every_model(book: Book) -> None:
    known = book.sensitivity
    assert known is not None
    rows = known.by_metrics
    complete = book.views["everything", "complete", "arithmetic-mean"].ranking
    assert set(rows["model_id"]) == set(complete["model_id"])
    # Counted again: a model with the best score on some metric alone needs no weights but that metric's.
    view = book.results.profiles
    assert view is not None
    scores = pd.DataFrame(view.scores, view.models, view.metrics).loc[complete["model_id"]]
    alone = {scores[m].idxmax() for m in scores if (scores[m] == scores[m].max()).sum() == 1}
    assert alone <= set(rows.loc[rows["moved"].notna(), "model_id"])
    beaten = [a for a in scores.index if any((scores.loc[b] > scores.loc[a]).all() for b in scores.index)]
    assert set(beaten) <= set(rows.loc[rows["moved"].isna(), "model_id"])
    first = complete["model_id"].iloc[0]
    assert float(rows.set_index("model_id").loc[first, "moved"]) < 1e-9
    assert "put it first" in str(profiles.model(book, first)["weights"])


def test_models_that_no_weights_put_first_are_named(book: Book) -> None:
    known = book.sensitivity
    assert known is not None
    rows = known.by_metrics.assign(moved=[0.0, 0.25, 0.5] + [np.nan] * (len(known.by_metrics) - 3))
    text = robustness.first_text(book, replace(known, by_metrics=rows))
    assert f"3 of the {len(rows)} can be made first; 25\u202f% of the weight must move" in text
    assert "38\u202f% in the median. No weights put " in text
    every = robustness.first_text(book, replace(known, by_metrics=rows.assign(moved=0.0)))
    assert f"all of the {len(rows)} can be made first." in every
