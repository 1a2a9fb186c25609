"""Who is first and how sure that is, and why schemes disagree about a model, in words from the numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from projects import book_of
from samples import Cells

from builder.catalog.study import Study
from builder.results import Certainty, Robustness
from builder.site.answers import ALIKE, first_text, why_text
from builder.site.book import Book


@pytest.fixture(scope="module")
def book(study: Study) -> Book:
    """Models of which behavior sets apart the first and the last, and V1 and IT hardly any."""
    rng = np.random.default_rng(3)
    cells: Cells = {f"m{i:02d}": (*(0.5 + 0.01 * rng.normal(size=3)), i / 20) for i in range(20)}
    return book_of(study, cells)


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
        f"its likely place is {row['low']}." in said or f"places are {row['low']} to {row['high']}." in said
    )
    places = [of["m19"] for of in book.places.values() if "m19" in of]
    share = round(100 * places.count(1) / len(places))
    assert f"Of the {len(places)} rankings of this snapshot that have it, it is first in {share} %" in said


def test_another_with_a_better_median_place_is_named_and_linked(book: Book) -> None:
    view, robust = book.default_view, book.results.robustness
    assert view is not None
    assert robust is not None
    own, other = (robust.standings["model_id"] == name for name in ("m19", "m18"))
    turned = pd.concat([robust.standings[other], robust.standings[own]])
    said = str(first_text(altered(book, standings=turned), view))
    assert plain(said).endswith("% of its rankings.")
    assert 'the best median place is that of <a href="model/m18/">m18</a>' in said
    ahead = plain(first_text(altered(book, standings=robust.standings[own]), view))
    assert ahead.endswith(" %, and no other has a better median place.")


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


def test_why_schemes_disagree_is_said_by_groups_and_their_spread(book: Book) -> None:
    """Counted again from the group scores: deviations of the model, and the ratio of the spreads."""
    found = book.results.contribution("everything")
    assert found is not None
    scores = found.group_scores.set_index("model_id")[["neural", "behavior"]]
    z = ((scores - scores.mean()) / scores.std(ddof=0)).round(1)
    ratio = scores["behavior"].std(ddof=0) / scores["neural"].std(ddof=0)
    told = {model: plain(why_text(book, model)) for model in scores.index}
    assert any(told.values())
    for model, said in told.items():
        places = [of[model] for key, of in book.places.items() if key[:2] == ("everything", "complete")]
        assert bool(said) is (max(places) - min(places) > 10), model
        if not said:
            continue
        assert said.startswith("Among the 20 complete models it stands ")
        for group, name in (("neural", "Neural"), ("behavior", "Behavior")):
            value = z.loc[model, group]
            where = "at the mean" if value == 0 else "above the mean" if value > 0 else "below the mean"
            assert re.search(rf"{where} on {name}", said), (said, value)
        assert f"{ratio:.1f} times as widely on Behavior" in said
        assert "a mean of raw scores follows Behavior more" in said


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
    told = [why_text(book, model) for model in cells]
    said = [one for one in told if one]
    assert said
    assert all(one.endswith(ALIKE) for one in said)
