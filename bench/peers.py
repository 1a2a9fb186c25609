"""Packages that do some of the same: scikit-criteria, autorank, scikit-posthocs, benchbench.

They are no dependencies: `pip install -r bench/peers.txt` puts them into an environment of its own, for with
benchbench comes PyTorch. One that is not there is left out with a sentence. Ours and theirs get the same
data, on which no metric has ties, and must give the same numbers.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from bench.bootstrap import ALL_SHAPE, panel
from bench.timing import Row, best_times
from builder.stats import multiple_testing, redundancy
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, majority, places

FloatArray = NDArray[np.float64]
Timed = Callable[[], object]
TEN = 10.0
CORRECTIONS = (
    (multiple_testing.bonferroni, "bonferroni"),
    (multiple_testing.holm, "holm"),
    (multiple_testing.benjamini_hochberg, "fdr_bh"),
)
N_WINS, RANKED_SHAPE, N_TESTS = 100, (100, 20), 5565
"""Models compared two by two, of which benchbench takes a quarter of a minute for 455; what autorank ranks,
of which more models would leave no p-value above 0; pairs of 106 metrics."""


def run(rounds: int = 3) -> list[Row]:
    """A row for everything that a package there is does too. Raises AssertionError unless results agree."""
    data = panel(*ALL_SHAPE)
    rows: list[Row] = []
    for package, module, compare in (
        ("scikit-criteria", "skcriteria", _scikit_criteria),
        ("autorank", "autorank", _autorank),
        ("scikit-posthocs", "scikit_posthocs", _scikit_posthocs),
        ("benchbench", "benchbench.measures.cardinal", _benchbench),
    ):
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                importlib.import_module(module)
            except ImportError:
                missing = True
            else:
                missing = False
                rows += compare(data, f"{package} {version(package)}", rounds)
        if missing:
            print(f"{package} is not installed, so it is not compared: see bench/peers.txt.")
    return rows


def _row(
    what: str, data: str, peer: str, ours: Timed, theirs: Timed, rounds: int, *, difference: float,
    at_least: float | None,
) -> Row:  # fmt: skip
    own_time, peer_time = best_times([ours, theirs], rounds)
    return Row(what, data, own_time, peer, peer_time, difference, at_least)


def _scikit_criteria(data: Panel, peer: str, rounds: int) -> list[Row]:
    """Scaling, weighted sums and products, and the ranks that they give."""
    kit, simple, scalers = (
        importlib.import_module(name)
        for name in ("skcriteria", "skcriteria.agg.simple", "skcriteria.preprocessing.scalers")
    )
    n, m = data.scores.shape
    matrix = kit.mkdm(data.scores, [max] * m, weights=np.full(m, 1 / m))
    scaler = scalers.MinMaxScaler(target="matrix")

    def ours(scheme: str) -> tuple[FloatArray, NDArray[np.int64]]:
        value = SCHEMES[scheme].aggregate(data)
        return value, places(value, True)

    def weighted_sum() -> Any:
        return simple.WeightedSumModel().evaluate(scaler.transform(matrix))

    def weighted_product() -> Any:
        return simple.WeightedProductModel().evaluate(matrix)

    rows = []
    for what, scheme, theirs, of_score, at_least in (
        ("Min-max mean, and places", "min-max-mean", weighted_sum, np.asarray, TEN),
        ("Geometric mean, and places",
         "geometric-mean", weighted_product, lambda score: 10**score, TEN),
    ):  # fmt: skip
        (value, place), found = ours(scheme), theirs()
        np.testing.assert_array_equal(place, found.rank_)
        difference = float(np.abs(value / of_score(found.e_.score) - 1).max())
        assert difference < 1e-12, difference
        rows.append(
            _row(what, f"{n} x {m}", peer, partial(ours, scheme), theirs, 10 * rounds,
                 difference=difference, at_least=at_least)
        )  # fmt: skip
    return rows


def _autorank(_: Panel, peer: str, __: int) -> list[Row]:
    """Mean ranks, and Friedman's test: its statistic is m (n - 1) W."""
    rank = importlib.import_module("autorank").autorank
    few = panel(*RANKED_SHAPE)
    n, m = RANKED_SHAPE
    frame = pd.DataFrame(few.scores.T)

    def ours() -> tuple[FloatArray, float]:
        statistic = m * (n - 1) * redundancy.kendall_w(few.scores)
        return SCHEMES["mean-rank"].aggregate(few), float(chi2.sf(statistic, n - 1))

    def theirs() -> Any:
        return rank(frame, force_mode="nonparametric")

    (mean, p), found = ours(), theirs()
    np.testing.assert_allclose(p, found.pvalue, rtol=1e-9)
    difference = float(np.abs(mean - found.rankdf.meanrank.sort_index().to_numpy()).max())
    assert difference < 1e-12, difference
    what = "Mean ranks and Friedman's test; autorank gives effect sizes with them"
    return [_row(what, f"{n} x {m}", peer, ours, theirs, 1, difference=difference, at_least=TEN)]


def _scikit_posthocs(_: Panel, peer: str, rounds: int) -> list[Row]:
    """Corrections of p-values, which it has from statsmodels: as a page has them, and alone."""
    correct = importlib.import_module("scikit_posthocs._posthocs").multipletests
    p = np.random.default_rng(0).random(N_TESTS) ** 3

    def all_ours() -> FloatArray:
        return np.stack([ours(p) for ours, _ in CORRECTIONS])

    def all_theirs() -> FloatArray:
        return np.stack([correct(p, method=method)[1] for _, method in CORRECTIONS])

    difference = float(np.abs(all_ours() - all_theirs()).max())
    assert difference < 1e-12, difference
    rows = [
        _row("p-values by Bonferroni, Holm, and Benjamini and Hochberg, as a page shows them",
             f"{N_TESTS:,} tests", peer, all_ours, all_theirs, rounds, difference=difference, at_least=TEN)
    ]  # fmt: skip
    for what, ours, method, at_least in (
        ("p-values by Holm", multiple_testing.holm, "holm", TEN),
        ("p-values by Benjamini and Hochberg: one sort is all that either does",
         multiple_testing.benjamini_hochberg, "fdr_bh", None),
    ):  # fmt: skip
        mine, theirs = partial(ours, p), partial(correct, p, method=method)
        difference = float(np.abs(mine() - theirs()[1]).max())
        assert difference < 1e-12, difference
        rows.append(
            _row(
                what,
                f"{N_TESTS:,} tests",
                peer,
                mine,
                theirs,
                rounds,
                difference=difference,
                at_least=at_least,
            )
        )
    return rows


def _benchbench(data: Panel, peer: str, rounds: int) -> list[Row]:
    """Diversity (Zhang and Hardt), and how often each model beats each other."""
    diversity = importlib.import_module("benchbench.measures.cardinal").get_diversity
    winning = importlib.import_module("benchbench.utils.win_rate").WinningRate
    n, m = data.scores.shape
    metrics = list(data.tree.metric_ids)
    frame = pd.DataFrame(data.scores, columns=metrics)
    few, ranks = frame.iloc[:N_WINS], np.ascontiguousarray(data.ranks[:N_WINS])

    def ours() -> tuple[float, float]:
        found = redundancy.diversity(data.scores)
        return found.reversed_w, found.rank_change

    def wins() -> FloatArray:
        return np.asarray(majority.count_wins(ranks) / m)

    def theirs() -> Any:
        return diversity(frame, metrics)

    difference = float(np.abs(np.subtract(ours(), theirs())).max())
    assert difference < 1e-12, difference
    np.testing.assert_array_equal(wins(), winning(few, metrics).win_rate)
    return [
        _row("Diversity: W and change of rank", f"{n} x {m}", peer, ours, theirs, rounds,
             difference=difference, at_least=TEN),
        _row("How often each model beats each other", f"{N_WINS} x {m}", peer, wins,
             lambda: winning(few, metrics), rounds, difference=0.0, at_least=TEN),
    ]  # fmt: skip
