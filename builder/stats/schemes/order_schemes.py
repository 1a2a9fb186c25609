"""The schemes that see only the order of the models within each metric."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from builder.stats.panel import Panel
from builder.stats.schemes import kemeny, latent, majority, positions, ranks
from builder.stats.schemes.kinds import Scheme
from builder.stats.schemes.present import only_present
from builder.stats.schemes.score_schemes import (
    AHLERT,
    BRAIN_SCORE,
    EQUAL,
    EQUAL_RANKS,
    NARROW,
    ORDER_ONLY,
    UP_THE_TREE,
)

RANKED = ("complete", "worst-rank")
PAIRED = ("complete", "worst-rank", "partial-order")
VOTE_N_RANK = "Rofin et al. (2023), Vote'n'Rank, EACL"
NAMED_INSTEAD = 3
"""Models that are named because they could be first in an order that is nearly as good."""
MAJORITIES = (
    "Only which of two models is better on each metric; by how much does not count, and every "
    "metric counts the same."
)


def _condorcet_remark(panel: Panel, names: Mapping[str, str]) -> str:
    winner = majority.condorcet_winner(only_present(panel))
    if winner is None:
        return (
            "No model is better than each other one on a majority of metrics: there is no Condorcet winner."
        )
    return (
        f"{names[winner]} is better than each other one on a majority of metrics: it is the Condorcet winner."
    )


def _kemeny_remark(panel: Panel, names: Mapping[str, str]) -> str:
    present = only_present(panel)
    won = majority.wins(present)
    found = kemeny.kemeny_order(won)
    everything = float(won.sum())
    share = f"{100 * found.cost / everything:.0f}{NARROW}%" if everything else "none"
    said = (
        f"It disagrees with {_many(found.cost)} of {_many(everything)} comparisons of two models on one "
        f"metric ({share}), a tie counting half"
    )
    if found.cost <= found.bound:
        return f"{said}, and no order disagrees with fewer."
    fewer = ceil(1e4 * (1 - found.bound / found.cost)) / 100
    said += (
        f". It is the best order found, not one that is proven best: the best disagrees with at most "
        f"{fewer:.2f}{NARROW}% fewer."
    )
    if not found.instead:
        return f"{said} {names[present.models[found.order[0]]]} is first in every best order."
    others = ", ".join(
        f"{names[present.models[model]]} ({'with no' if not more else f'with {_many(more)}'} more)"
        for model, more in found.instead[:NAMED_INSTEAD]
    )
    return (
        f"{said} Who is first in a best order is not proven; orders were found with another model first, "
        "and with few more disagreements: "
        f"{others}."
    )


def _many(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0").replace(",", NARROW)


ORDER_SCHEMES: tuple[Scheme, ...] = (
    Scheme(
        id="mean-rank",
        title="Mean rank",
        short="Mean rank",
        formula="value(i) = (1/m) Σⱼ rᵢⱼ with rᵢⱼ the rank of model i on metric j, 1 = best",
        source=f"{AHLERT} (mean rank)",
        assumes=ORDER_ONLY,
        ties=EQUAL_RANKS,
        higher_is_better=False,
        kind="rank",
        policies=("complete", "worst-rank"),
        aggregate=ranks.mean_rank,
        invariance="order",
        reverses=True,
        keeps="places",
        core=True,
    ),
    Scheme(
        id="hierarchical-mean-rank",
        title="Mean rank up the metric tree",
        short="Tree mean rank",
        formula="as the mean up the metric tree, with rᵢⱼ in place of sᵢⱼ; groups are not ranked again",
        source=f"{AHLERT} (mean rank), with the tree of {BRAIN_SCORE}",
        assumes=ORDER_ONLY + UP_THE_TREE,
        ties=EQUAL_RANKS,
        higher_is_better=False,
        kind="rank",
        policies=("complete", "worst-rank"),
        aggregate=ranks.hierarchical_mean_rank,
        invariance="order",
        reverses=True,
        keeps="places",
        core=True,
    ),
    Scheme(
        id="median-rank",
        title="Median rank",
        short="Median rank",
        formula="value(i) = the median of rᵢⱼ over the metrics j",
        source="Balinski and Laraki (2010), Majority judgment, on medians of grades",
        assumes=ORDER_ONLY + " Fewer than half of the metrics may be wrong by any amount.",
        ties=EQUAL_RANKS,
        higher_is_better=False,
        kind="rank",
        policies=RANKED,
        aggregate=positions.median_rank,
        invariance="order",
        reverses=True,
        keeps="places",
    ),
    Scheme(
        id="borda",
        title="Borda count",
        short="Borda",
        formula="value(i) = Σⱼ (number of models ranked behind i on j, a tie counting ½)",
        source="de Borda (1781); " + VOTE_N_RANK,
        assumes=ORDER_ONLY,
        ties=EQUAL_RANKS,
        higher_is_better=True,
        kind="rank",
        policies=RANKED,
        aggregate=positions.borda,
        invariance="order",
        reverses=True,
        keeps="places",
    ),
    Scheme(
        id="plurality",
        title="Plurality",
        short="Plurality",
        formula="value(i) = share of the metrics on which i is best; models that are best together share one",
        source=VOTE_N_RANK,
        assumes="Only who is best on a metric; all other places count nothing.",
        ties=EQUAL,
        higher_is_better=True,
        kind="rank",
        policies=RANKED,
        aggregate=positions.plurality,
        invariance="order",
        reverses=False,
        keeps="places",
    ),
    Scheme(
        id="dowdall",
        title="Dowdall rule",
        short="Dowdall",
        formula="value(i) = (1/m) Σⱼ 1/rᵢⱼ; tied models share the average of what their places give",
        source="Reilly (2002), Social choice in the south seas; " + VOTE_N_RANK,
        assumes="Only the order within each metric; the first place is worth twice the second, and so on.",
        ties=EQUAL,
        higher_is_better=True,
        kind="rank",
        policies=RANKED,
        aggregate=positions.dowdall,
        invariance="order",
        reverses=False,
        keeps="places",
    ),
    Scheme(
        id="threshold",
        title="Threshold rule",
        short="Threshold",
        formula="models in the order of their worst rank over the metrics, then of their next worst, and "
        "so on",
        source="Aleskerov, Chistyakov and Kalyagin (2010), The threshold aggregation; " + VOTE_N_RANK,
        assumes="Only the order within each metric; a model is as good as where it is worst.",
        ties="Models with the same ranks share a place.",
        higher_is_better=False,
        kind="rank",
        policies=RANKED,
        aggregate=positions.threshold,
        invariance="order",
        reverses=False,
        keeps="places",
    ),
    Scheme(
        id="baldwin",
        title="Baldwin rule",
        short="Baldwin",
        formula="the model with the lowest Borda count leaves, the counts are made anew, until none is "
        "left; value(i) = the "
        "place at which i leaves, 1 = stays longest",
        source="Baldwin (1926); " + VOTE_N_RANK,
        assumes=ORDER_ONLY + " A Condorcet winner is first.",
        ties="Models that have the lowest count together leave together and share a place.",
        higher_is_better=False,
        kind="rank",
        policies=RANKED,
        aggregate=majority.baldwin,
        invariance="order",
        reverses=False,
        keeps="nothing",
        unfit=majority.too_many,
    ),
    Scheme(
        id="mean-win-rate",
        title="Mean win rate",
        short="Win rate",
        formula="value(i) = mean over the metrics j of (number of models behind i on j, a tie counting ½) "
        "/ (number of other "
        "models with a rank on j)",
        source="Liang et al. (2022), Holistic evaluation of language models",
        assumes=ORDER_ONLY,
        ties=EQUAL_RANKS,
        higher_is_better=True,
        kind="pairs",
        policies=PAIRED,
        aggregate=positions.mean_win_rate,
        invariance="order",
        reverses=True,
        keeps="places",
    ),
    Scheme(
        id="copeland",
        title="Copeland score",
        short="Copeland",
        formula="value(i) = (number of models that i beats on a majority of metrics) − (number that beat "
        "i so)",
        source="Copeland (1951); " + VOTE_N_RANK,
        assumes=MAJORITIES,
        ties="Models with equal scores share a place; a pair that is tied counts for neither.",
        higher_is_better=True,
        kind="pairs",
        policies=PAIRED,
        aggregate=majority.copeland,
        invariance="order",
        reverses=True,
        keeps="places",
        unfit=majority.too_many,
        remark=_condorcet_remark,
    ),
    Scheme(
        id="minimax",
        title="Minimax (Simpson)",
        short="Minimax",
        formula="value(i) = max over k ≠ i of (metrics on which k is better than i) − (metrics on which i "
        "is better than k)",
        source="Simpson (1969); Kramer (1977); " + VOTE_N_RANK,
        assumes=MAJORITIES,
        ties=EQUAL,
        higher_is_better=False,
        kind="margins",
        policies=RANKED,
        aggregate=majority.minimax,
        invariance="order",
        reverses=False,
        keeps="places",
        unfit=majority.too_many,
        remark=_condorcet_remark,
    ),
    Scheme(
        id="kemeny",
        title="Kemeny-Young order",
        short="Kemeny",
        formula="the order of the models that disagrees with the metrics the least: the sum, over every i "
        "before k, of the number of metrics on which k is better than i, a tie counting ½",
        source="Kemeny (1959); Young and Levenglick (1978)",
        assumes=MAJORITIES,
        ties="Two neighbours that stand alike to all others and to each other share a place. Of several best "
        "orders one is taken: in parts of up to sixteen models the one that Borda counts and then ids put "
        "first, in larger ones the one that the search ends at.",
        higher_is_better=False,
        kind="pairs",
        policies=PAIRED,
        aggregate=kemeny.kemeny,
        together=kemeny.kemeny_together,
        without=kemeny.kemeny_without,
        invariance="order",
        reverses=True,
        keeps="first",
        unfit=majority.too_many,
        remark=_kemeny_remark,
    ),
    Scheme(
        id="bradley-terry",
        title="Bradley-Terry strength",
        short="Bradley-Terry",
        formula="value = the b that maximise Σ over pairs and metrics of log 1/(1 + e^(bₖ − bᵢ)) for i "
        "better than k, with half a "
        "win and half a loss of each model against b = 0 added",
        source="Bradley and Terry (1952)",
        assumes=MAJORITIES
        + " All metrics measure one ability, and how often one model beats another depends on the "
        "difference of theirs alone.",
        ties=EQUAL + " A tie on a metric is half a win to each.",
        higher_is_better=True,
        kind="pairs",
        policies=PAIRED,
        aggregate=latent.bradley_terry,
        without=latent.bradley_terry_without,
        invariance="order",
        reverses=True,
        keeps="places",
        unfit=majority.too_many,
    ),
)
