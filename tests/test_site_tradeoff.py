"""Diversity of metrics against sensitivity to rivals: its numbers, its title and its sentence."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from projects import book_of, study_of
from samples import STUDY
from scipy import stats

from builder.site import tradeoff


def many(n: int) -> dict[str, tuple[float, ...]]:
    scores = np.random.default_rng(9).random((n, 4)).round(4)
    return {f"m{i:02}": tuple(row) for i, row in enumerate(scores.tolist())}


def test_each_set_of_metrics_has_its_diversity_and_its_sensitivity(tmp_path: Path) -> None:
    cells = many(30)
    more = '[selections.pair]\ntitle = "Pair"\nmetrics = ["v1-a", "it"]\n'
    book = book_of(study_of(tmp_path, STUDY + more), cells)
    found = book.results.robustness
    assert found is not None
    rows = found.tradeoff.set_index("set")
    # `frequent` has the metrics of `everything`, behavior has one metric, V1 is two of neural's three.
    assert rows.index.tolist() == ["everything", "pair", "neural", "v1"]
    assert rows["group"].tolist() == [False, False, True, True]
    assert rows["n_metrics"].tolist() == [4, 2, 3, 2]
    assert (rows["n_relevant"] == 6).all()
    scores = np.array(list(cells.values()))
    ranks = stats.rankdata(scores, axis=0)
    sums = ranks.sum(axis=1)
    concordance = 12 * ((sums - sums.mean()) ** 2).sum() / (16 * (30**3 - 30))
    assert rows.loc["everything", "diversity"] == pytest.approx(1 - concordance)
    known = rows[["diversity", "sensitivity"]]
    assert found.tradeoff_rho == pytest.approx(stats.spearmanr(known).statistic)
    diverse, sensitive = known.to_numpy().T
    pairings = [abs(stats.spearmanr(diverse, one).statistic) for one in permutations(sensitive)]
    by_chance = np.mean(np.array(pairings) >= abs(found.tradeoff_rho) - 1e-9)
    assert found.tradeoff_p == pytest.approx(by_chance, abs=0.05)
    (figure,) = tradeoff.tradeoff_figures(book)
    assert figure.title.startswith("No clear relation between diversity of metrics"), "four sets show nothing"
    for shared, how in ((0.7, "go together at ρ = 0.70"), (-0.7, "run against each other at ρ = −0.70")):
        clear = replace(found, tradeoff_rho=shared, tradeoff_p=0.049)
        assert tradeoff.tradeoff_title(clear) == (
            f"Diversity of metrics and sensitivity to rivals {how} over 4 sets of metrics"
        )
    assert f"ρ = {found.tradeoff_rho:.2f}".replace("-", "−") in figure.title
    text = tradeoff.tradeoff_text(book, found)
    assert f"diversity is {1 - concordance:.2f}" in text
    assert "The order of the best 6 by mean win rate" in text


def test_few_sets_make_no_claim_and_agreeing_metrics_turn_nothing(study) -> None:
    few = book_of(study, many(12))
    assert few.results.robustness is not None
    assert few.results.robustness.tradeoff.empty, "two models are too few to follow"
    assert list(tradeoff.tradeoff_figures(few)) == []
    assert tradeoff.tradeoff_text(few, few.results.robustness) == ""
    alike = book_of(study, {f"m{i:02}": (i / 40,) * 4 for i in range(30)})
    assert alike.results.robustness is not None
    text = tradeoff.tradeoff_text(alike, alike.results.robustness)
    assert text.endswith("No set of other models turns the order of the best 6 by mean win rate.")
    three = replace(alike.results.robustness, tradeoff_rho=float("nan"))
    assert tradeoff.tradeoff_title(three).startswith("No rivals turn the order of the best")
