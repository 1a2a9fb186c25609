"""The schemes, the coverage policies, and which go together.

To add a scheme: one function from a Panel to values of shape (n_models,), and one row in SCHEMES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes import means, ranks
from builder.stats.schemes.order import min_max, places, round_significant

__all__ = [
    "POLICIES",
    "SCHEMES",
    "Policy",
    "Scheme",
    "min_max",
    "places",
    "refusal",
    "round_significant",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Policy:
    """What is done about cells without a score; `sentence` says it to a reader."""

    id: str
    title: str
    sentence: str
    ranks_models: bool = True
    """False for a policy that only correlations can follow."""


@dataclass(frozen=True)
class Scheme:
    """A rule that turns a panel into one value for each model, and what a reader must know of it."""

    id: str
    title: str
    short: str
    """At most 14 characters, for charts."""
    formula: str
    """Plain Unicode text."""
    source: str
    assumes: str
    """What it takes for granted of the scores' scale."""
    ties: str
    higher_is_better: bool
    """Of the value, not of the metrics."""
    kind: str
    """Key of _REFUSALS: schemes of one kind refuse the same policies for the same reasons."""
    policies: tuple[str, ...]
    aggregate: Callable[[Panel], FloatArray]
    """Panel -> shape (n_models,); NaN for a model without a value."""


POLICIES: dict[str, Policy] = {
    policy.id: policy
    for policy in (
        Policy(
            "complete",
            "Complete models",
            "Only models that are scored on every metric of the selection take part.",
        ),
        Policy(
            "pairwise",
            "Pairwise complete",
            "Each pair of metrics is compared on the models that are scored on both.",
            ranks_models=False,
        ),
        Policy(
            "attempted",
            "Attempted metrics",
            "A model is judged on the metrics that it was run on: "
            "a failed cell counts as a score of 0, a missing one is left out.",
        ),
        Policy(
            "zero",
            "Unscored counts 0",
            "A failed cell and a missing one both count as a score of 0.",
        ),
        Policy(
            "worst-rank",
            "Unscored ranks last",
            "All models without a score on a metric share its last rank.",
        ),
    )
}

_AHLERT = "Ahlert, Klein, Wichmann and Geirhos (2024), How aligned are different alignment metrics?, Fig. 3"
_BRAIN_SCORE = "Schrimpf et al. (2018), Brain-Score, doi:10.1101/407007"
_ONE_SCALE = (
    "Scores of all metrics are on one interval scale: a difference of 0.1 is worth the same on each. "
    "A metric on which models differ more weighs more."
)
_OWN_SPREAD = (
    "Each metric's scores are on an interval scale of their own; one standard deviation over the models "
    "ranked is worth the same on each metric. The value depends on which models take part."
)
_ORDER_ONLY = (
    "Only the order of the models within each metric; one place is worth the same anywhere "
    "and on each metric. The value depends on which models take part."
)
_UP_THE_TREE = (
    " Every group of the metric tree counts equally among its siblings, however many metrics it has."
)
_EQUAL_SCORES = "Models with equal values share a place."
_EQUAL_RANKS = "Models with equal scores share the average of their ranks; equal values share a place."

SCHEMES: dict[str, Scheme] = {
    scheme.id: scheme
    for scheme in (
        Scheme(
            id="arithmetic-mean",
            title="Arithmetic mean",
            short="Mean",
            formula="value(i) = (1/m) Σⱼ sᵢⱼ over the m metrics j on which model i counts",
            source=f"{_AHLERT} (arithmetic mean)",
            assumes=_ONE_SCALE,
            ties=_EQUAL_SCORES,
            higher_is_better=True,
            kind="mean",
            policies=("complete", "attempted", "zero"),
            aggregate=means.arithmetic_mean,
        ),
        Scheme(
            id="hierarchical-mean",
            title="Mean up the metric tree",
            short="Tree mean",
            formula="value(i, g) = (1/|C|) Σ_c value(i, c) over the children C of group g on which "
            "model i counts; value(i, j) = sᵢⱼ for a metric j; value(i) is that of the whole tree",
            source=_BRAIN_SCORE,
            assumes=_ONE_SCALE + _UP_THE_TREE,
            ties=_EQUAL_SCORES,
            higher_is_better=True,
            kind="mean",
            policies=("complete", "attempted", "zero"),
            aggregate=means.hierarchical_mean,
        ),
        Scheme(
            id="z-mean",
            title="Mean of z-scores",
            short="z mean",
            formula="value(i) = (1/m) Σⱼ zᵢⱼ with zᵢⱼ = (sᵢⱼ − mean of sⱼ) / sd of sⱼ over models "
            "(dividing by n); zᵢⱼ = 0 for a metric j on which all models score the same",
            source=f"{_AHLERT} (z-transformed mean)",
            assumes=_OWN_SPREAD,
            ties=_EQUAL_SCORES,
            higher_is_better=True,
            kind="z-mean",
            policies=("complete",),
            aggregate=means.z_mean,
        ),
        Scheme(
            id="hierarchical-z-mean",
            title="Mean of z-scores up the metric tree",
            short="Tree z mean",
            formula="as the mean up the metric tree, with zᵢⱼ in place of sᵢⱼ; "
            "groups are not z-transformed again",
            source=f"{_AHLERT} (z-transformed mean), with the tree of {_BRAIN_SCORE}",
            assumes=_OWN_SPREAD + _UP_THE_TREE,
            ties=_EQUAL_SCORES,
            higher_is_better=True,
            kind="z-mean",
            policies=("complete",),
            aggregate=means.hierarchical_z_mean,
        ),
        Scheme(
            id="mean-rank",
            title="Mean rank",
            short="Mean rank",
            formula="value(i) = (1/m) Σⱼ rᵢⱼ with rᵢⱼ the rank of model i on metric j, 1 = best",
            source=f"{_AHLERT} (mean rank)",
            assumes=_ORDER_ONLY,
            ties=_EQUAL_RANKS,
            higher_is_better=False,
            kind="rank",
            policies=("complete", "worst-rank"),
            aggregate=ranks.mean_rank,
        ),
        Scheme(
            id="hierarchical-mean-rank",
            title="Mean rank up the metric tree",
            short="Tree mean rank",
            formula="as the mean up the metric tree, with rᵢⱼ in place of sᵢⱼ; groups are not ranked again",
            source=f"{_AHLERT} (mean rank), with the tree of {_BRAIN_SCORE}",
            assumes=_ORDER_ONLY + _UP_THE_TREE,
            ties=_EQUAL_RANKS,
            higher_is_better=False,
            kind="rank",
            policies=("complete", "worst-rank"),
            aggregate=ranks.hierarchical_mean_rank,
        ),
    )
}

_REFUSALS: dict[tuple[str, str], str] = {
    (
        "mean",
        "worst-rank",
    ): "A mean of scores has no ranks, so there is no last rank to give an unscored cell.",
    ("z-mean", "attempted"): (
        "Each metric would be standardised over other models, so that z-scores of different metrics "
        "could not be compared, and a failed cell's 0 would be an arbitrary number of standard deviations."
    ),
    ("z-mean", "zero"): (
        "A score of 0 would become an arbitrary number of standard deviations, "
        "and the zeros themselves would set the mean and the spread that scores are measured by."
    ),
    ("z-mean", "worst-rank"): (
        "A mean of z-scores has no ranks, so there is no last rank to give an unscored cell."
    ),
    ("rank", "attempted"): (
        "A rank means little without the number ranked: fifth of ten would count the same as fifth of four "
        "hundred, and a model would gain by being run only where few others were."
    ),
    ("rank", "zero"): (
        "A score of 0 is an arbitrary place among the ranks, better than any negative score; "
        "the policy 'worst-rank' says outright that unscored cells come last."
    ),
}


def refusal(scheme: str, policy: str) -> str | None:
    """Why a scheme does not go with a coverage policy, as one sentence for a reader; None if it does.

    Raises KeyError for a scheme or policy that is not registered.
    """
    if policy in SCHEMES[scheme].policies:
        return None
    if not POLICIES[policy].ranks_models:
        return (
            "Each pair of metrics would rest on other models, which gives a correlation for the pair "
            "but no one set of models to rank."
        )
    return _REFUSALS[SCHEMES[scheme].kind, policy]
