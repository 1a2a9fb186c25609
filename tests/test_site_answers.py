"""Who is first and how sure that is, and why schemes disagree about a model, in words from the numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from projects import book_of, study_of
from samples import STUDY, TREE, Cells
from scipy import stats

from builder.catalog.study import Study
from builder.results import Certainty, Robustness
from builder.site import shares
from builder.site.answers import first_text
from builder.site.book import Book
from builder.site.pages import all_pages
from builder.site.render import page_text
from builder.site.why import COUNTS, _by, why_texts
from builder.site.words import percent
from builder.stats.schemes import POLICIES, SCHEMES

ALL_COMPLETE = ("everything", "complete")


@pytest.fixture(scope="module")
def book(study: Study) -> Book:
    """Models of which behavior sets apart the first and the last, and V1 and IT hardly any."""
    rng = np.random.default_rng(3)
    cells: Cells = {f"m{i:02d}": (*(0.5 + 0.01 * rng.normal(size=3)), i / 20) for i in range(20)}
    return book_of(study, cells)


def why_text(book: Book, model: str) -> str:
    return " ".join(why_texts(book, model))


def plain(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text).replace("\u202f", " ")


def altered(book: Book, **changes: object) -> Book:
    robust = book.results.robustness
    assert isinstance(robust, Robustness)
    results = replace(book.results, robustness=replace(robust, **changes))  # type: ignore[arg-type]
    return replace(book, results=results)


def test_the_first_is_said_with_its_draws_and_its_rankings(book: Book) -> None:
    view = book.default_view
    assert view is not None
    row = view.ranking.iloc[0]
    said = plain(first_text(book, view))
    assert said.startswith("m19 is first of 20 models. When the 4 metrics are drawn anew, it is first in ")
    assert f"{round(float(row['p_first']) * 100)} % of 500 draws" in said
    assert (
        f"its likely place, where 95 % of the draws put it, is {row['low']}." in said
        or f"its likely places, where 95 % of the draws put it, are {row['low']} to {row['high']}." in said
    )
    places = [of["m19"] for of in book.places.values() if "m19" in of]
    share = round(100 * places.count(1) / len(places))
    assert f"Of the {len(places)} rankings of this snapshot that have it, it is first in {share} %" in said


def test_another_with_a_better_median_place_is_named_and_linked(book: Book) -> None:
    view, robust = book.default_view, book.results.robustness
    assert view is not None
    assert robust is not None
    own, other = (robust.standings["model_id"] == name for name in ("m19", "m18"))
    turned = pd.concat([robust.standings[other].assign(relative=-1.0), robust.standings[own]])
    said = str(first_text(altered(book, standings=turned), view))
    assert plain(said).endswith("% of its rankings.")
    assert 'relative to how many are ranked, is that of <a href="model/m18/">m18</a>' in said
    ahead = plain(first_text(altered(book, standings=robust.standings[own]), view))
    assert ahead.endswith(" %, and no other has a better median place, relative to how many are ranked.")


def test_a_shared_first_place_and_a_place_without_draws(book: Book) -> None:
    view = book.default_view
    assert view is not None
    tied = view.ranking.assign(place=[1, 1, *range(3, 21)])
    assert plain(first_text(book, replace(view, ranking=tied))) == "m19 and m18 share the first of 20 places."
    many = view.ranking.assign(place=1)
    assert "and 17 more share the first of 20 places." in plain(first_text(book, replace(view, ranking=many)))
    silent = replace(view, certainty=Certainty(reason="Only one is ranked."))
    assert "drawn anew" not in first_text(book, silent)
    alone = replace(book, results=replace(book.results, robustness=None))
    assert "rankings" not in first_text(alone, view)


def test_the_best_median_place_is_relative_and_may_be_shared(book: Book) -> None:
    """As many places off the first among half as many is farther off."""
    view, robust = book.default_view, book.results.robustness
    assert view is not None
    assert robust is not None
    rows = robust.standings.set_index("model_id").loc[["m18", "m19"]].reset_index()
    shared = plain(first_text(altered(book, standings=rows.assign(relative=0.25, median=[4.0, 8.0])), view))
    assert shared.endswith("and no other has a better median place, relative to how many are ranked.")
    behind = plain(first_text(altered(book, standings=rows.assign(relative=[0.2, 0.25], median=8.0)), view))
    assert "the best median place, relative to how many are ranked, is that of m18" in behind


def far_apart(book: Book, model: str) -> bool:
    places = [of[model] for key, of in book.places.items() if key[:2] == ("everything", "complete")]
    return max(places) - min(places) > 10


def test_why_schemes_disagree_is_said_by_scores_and_by_ranks(book: Book) -> None:
    """Counted again from the cells: z of the mean of V1's mean and IT, ranks as SciPy gives them."""
    names = sorted(book.model_names)
    wide = book.snapshot.scores.pivot(index="model", columns="metric", values="score").loc[names]
    groups = {"Neural": (wide["v1-a"] + wide["v1-b"]) / 4 + wide["it"] / 2, "Behavior": wide["consistency"]}
    metrics = {"Neural": ["v1-a", "v1-b", "it"], "Behavior": ["consistency"]}
    spread = {name: float(np.std(values)) for name, values in groups.items()}
    assert spread["Behavior"] > spread["Neural"]
    told = {model: plain(why_text(book, model)) for model in names}
    assert (
        {model for model, said in told.items() if said} == {m for m in names if far_apart(book, m)} != set()
    )
    for at, said in enumerate(told.values()):
        if not said:
            continue
        for name, values in groups.items():
            z = float((values.iloc[at] - values.mean()) / spread[name])
            side = "at the mean" if abs(z) < 0.05 else "better than" if z > 0 else "worse than"
            number = re.search(rf"([\d.]+) standard deviations? {side} the mean on {name}", said)
            assert side == "at the mean" or (number and float(number[1]) == pytest.approx(abs(z), abs=0.0501))
            rank = stats.rankdata(-wide[metrics[name]], axis=0).mean(axis=1)[at]
            n = len(metrics[name])
            assert f"{rank:.1f} over the {n} metric{'s' if n > 1 else ''} of {name}" in said
        flat = {
            name: (wide[of].iloc[at] - wide[of].mean()).sum() / len(wide.columns)
            for name, of in metrics.items()
        }
        equal = {name: (values.iloc[at] - values.mean()) / 2 for name, values in groups.items()}
        assert sum(flat.values()) == pytest.approx(wide.iloc[at].mean() - wide.to_numpy().mean())
        parts = [float(part.replace("\u2212", "-")) for part in re.findall(r"([+\u2212]?\d\.\d+) from", said)]
        order = sorted(flat, key=lambda name: -flat[name])
        assert parts == pytest.approx([*(flat[o] for o in order), *(equal[o] for o in order)], abs=0.00051)
        assert re.findall(r"from the (\d) metrics? of (\w+)", said) == [
            (str(len(metrics[name])), name) for name in order
        ]
        times = spread["Behavior"] / spread["Neural"]
        assert f"{times:.1f} times as widely on Behavior" in said


def test_a_group_where_lower_is_better_is_told_by_better_and_worse(tmp_path: Path) -> None:
    """The same board with every score turned says the same of everyone."""
    rng = np.random.default_rng(3)
    up: Cells = {f"m{i:02d}": (*(0.5 + 0.01 * rng.normal(size=3)), i / 20) for i in range(20)}
    down: Cells = {model: tuple(-float(one) for one in scores) for model, scores in up.items()}  # type: ignore[arg-type]
    text = STUDY.replace("higher_is_better = true", "higher_is_better = false")
    lower = replace(TREE, metrics=tuple(replace(one, higher_is_better=False) for one in TREE.metrics))
    plainly, turned = book_of(study_of(tmp_path), up), book_of(study_of(tmp_path, text), down, lower)
    said = {model: why_text(turned, model) for model in up if why_text(turned, model)}
    both = {model for model in said if why_text(plainly, model)}
    assert len(both) >= 3
    for model in both:
        assert why_text(plainly, model) == said[model]


def test_parts_of_a_mean_are_not_said_where_groups_leave_metrics_out(book: Book) -> None:
    (found,) = [
        one for one in book.results.contributions if (one.selection, one.policy) == ("everything", "complete")
    ]
    some = replace(found, groups=found.groups[:1])
    others = [one for one in book.results.contributions if one is not found]
    part = replace(book, results=replace(book.results, contributions=(some, *others)))
    said = [text for model in book.model_names if (text := why_text(part, model))]
    assert said
    assert not any("the arithmetic mean, in which" in text for text in said)


def test_the_schemes_that_place_a_model_best_and_last_are_named(book: Book) -> None:
    """Counted again from the rankings and, for single metrics, by SciPy from the cells."""
    wide = book.snapshot.scores.pivot(index="model", columns="metric", values="score")
    ranks = wide.rank(ascending=False)
    told = {model: text for model in book.model_names if (text := why_text(book, model))}
    assumed = 0
    for model, said in told.items():
        of = {key[2]: places[model] for key, places in book.places.items() if key[:2] == ALL_COMPLETE}
        end = r"(\d+)(?: of 20)?(?: \(which (\d+) share\))?, by (.+?)"
        run = re.search(rf"Among complete models its places run from {end}, to {end}\. On", said)
        assert run
        for place, shared, by in (run.groups()[:3], run.groups()[3:]):
            schemes = [scheme for scheme, at in of.items() if at == int(place)]
            assert SCHEMES[schemes[0]].title.lower() in by.lower()
            if len(schemes) > 2:
                assert f" and {len(schemes) - 1} others" in by
            alike = list(book.places[(*ALL_COMPLETE, schemes[0])].values()).count(int(place))
            assert shared == (str(alike) if alike > 1 and len(schemes) == 1 else None)
            told_of = by.partition("(assumption: ")[2].rstrip(")")
            assert all(told_of in SCHEMES[scheme].assumes.lower() for scheme in schemes)
            assumed += bool(told_of)
        assert (int(run[1]), int(run[4])) == (min(of.values()), max(of.values()))
        for word, end in (("from", ranks.loc[model].min()), ("to", ranks.loc[model].max())):
            alike = ranks.loc[model].eq(end).sum() - 1
            at = {1: "first", 20: "last"}.get(end, f"{end:g} of 20")
            others = f"{alike} other{'s' if alike > 1 else ''}"
            more = (
                "" if not alike else f" and {others}" if end in (1, 20) else f" \\(and as far on {others}\\)"
            )
            assert re.search(rf" {word} {re.escape(at)} on “[^”]+”{more}( to |\.)", said)
    assert assumed


def test_of_an_assumption_it_says_what_the_other_end_does_not_share() -> None:
    of_tree = "every group of the metric tree counts equally among its siblings, however many metrics it has"
    trees = ["hierarchical-mean", "hierarchical-z-mean", "hierarchical-mean-rank"]
    assert _by(trees, ["plurality"]) == f"mean up the metric tree and 2 others (assumption: {of_tree})"
    only_best = "only who is best on a metric; all other places count nothing"
    assert _by(["plurality"], trees) == f"plurality (assumption: {only_best})"
    assert _by(["hierarchical-z-mean"], ["z-mean"]).endswith(f"(assumption: {of_tree})")
    assert _by(["mean-rank"], ["borda"]) == "mean rank"  # the same is assumed
    assert _by(["mean-rank", "z-mean"], ["plurality"]) == "mean rank and mean of z-scores"


def test_a_model_with_holes_is_told_what_they_count(study: Study) -> None:
    rng = np.random.default_rng(3)
    cells: Cells = {f"m{i:02d}": (*(0.5 + 0.01 * rng.normal(size=3)), i / 20) for i in range(20)}
    cells["m19"] = (*cells["m19"][:3], None)
    cells["m18"] = (None, None, *cells["m18"][2:])
    book = book_of(study, cells)
    said = why_text(book, "m19")
    assert said.startswith(
        "It is scored on 3 of these 4 metrics (3 of 3 of Neural, 0 of 1 of Behavior). "
        "A cell without a score counts "
    )
    assert "0 under “Unscored counts 0”" in said
    assert "as the last rank under “Unscored ranks last”" in said
    assert "Among complete" not in said
    widest = max(
        np.ptp([of["m19"] for key, of in book.places.items() if key[1] == policy and "m19" in of] or [0])
        for policy in POLICIES
    )
    assert ("its places run from" in said) == (widest > 10)
    assert "It is scored on 2 of these 4 metrics (1 of 3 of Neural, 1 of 1 of Behavior)." in why_text(
        book, "m18"
    )


def test_every_policy_that_ranks_models_with_holes_is_explained() -> None:
    assert set(COUNTS) == {one.id for one in POLICIES.values() if one.ranks_models} - {"complete"}


def test_nothing_is_said_where_there_is_nothing_to_say(book: Book, study: Study) -> None:
    assert why_text(book, "nobody") == ""
    few = book_of(study)  # three complete models: no places are far apart
    assert few.results.contribution("everything") is not None
    assert why_text(few, "alpha") == ""


def test_groups_that_spread_alike_are_said_to(study: Study) -> None:
    """The same numbers in both groups, in another order."""
    rng = np.random.default_rng(5)
    one, other = rng.normal(0.5, 0.1, 20), rng.permutation(20)
    cells: Cells = {f"m{i:02d}": (one[i], one[i], one[i], one[other[i]]) for i in range(20)}
    book = book_of(study, cells)
    said = [text for model in cells if (text := why_text(book, model))]
    assert said
    assert all("Scores spread about as widely on each." in text for text in said)


@pytest.mark.parametrize("n", [1, 2])
def test_shares_that_hang_on_few_models_say_so(study: Study, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Squared correlations from NumPy with and without the models that are far out on the neural metrics."""
    rng = np.random.default_rng(4)
    neural, behavior = rng.normal(0.5, 0.01, 30), rng.normal(0.5, 0.2, 30)
    neural[:n] += 3
    cells: Cells = {f"m{i:02d}": (neural[i],) * 3 + (behavior[i],) for i in range(30)}
    book = book_of(study, cells)
    (page,) = [page for page in all_pages(book) if page.address == ""]
    text = plain(page_text(page, book, {}))
    overall = (neural + behavior) / 2
    before, after = (
        [np.corrcoef(one[k:], overall[k:])[0, 1] ** 2 for one in (behavior, neural)] for k in (0, n)
    )
    who = "1 model that stands" if n == 1 else "2 models that stand"
    said = (
        f"Neural explains {percent(before[1])} of its variance, Behavior {percent(before[0])}. That hangs on "
        f"{who} far from the others in some group; without {'it' if n == 1 else 'them'}: "
        f"Behavior {percent(after[0])}, Neural {percent(after[1])}."
    )
    assert said.replace("\u202f", " ") in text
    monkeypatch.setattr(shares, "OTHERWISE", 1.1)
    assert "That hangs on" not in page_text(page, book, {})


def test_whose_variance_is_explained_is_said_where_the_ranking_is_of_another_score(book: Book) -> None:
    """Squared correlations of each group's mean with the mean of all metrics, from NumPy."""
    (page,) = [page for page in all_pages(book) if page.address == ""]
    text = plain(page_text(page, book, {}))
    wide = book.snapshot.scores.pivot(index="model", columns="metric", values="score")
    mean = wide.mean(axis=1)
    neural = wide[["v1-a", "v1-b", "it"]].mean(axis=1)
    parts = [np.corrcoef(one, mean)[0, 1] ** 2 for one in (wide["consistency"], neural)]
    assert (
        "The ranking below is of another score, the arithmetic mean over all 4 metrics; of its variance the "
        f"same over the metrics of Behavior alone explains {percent(parts[0])}, of Neural "
        f"{percent(parts[1])}."
    ).replace("\u202f", " ") in text
    same = replace(book, results=replace(book.results, views=tuple(
        view for view in book.results.views if view.scheme == "hierarchical-mean"
    )))  # fmt: skip
    assert same.default_view is not None
    assert "is of another score" not in page_text(page, same, {})
