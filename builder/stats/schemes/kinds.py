"""What a scheme and a coverage policy are, and the policies there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel

FloatArray = NDArray[np.float64]
Invariance = Literal["order", "affine", "unit", "zero", "group", "common"]
UNCHANGED_BY: dict[Invariance, str] = {
    "order": "any change of a metric that keeps its order",
    "affine": "another zero or unit of any metric",
    "unit": "another unit of any metric",
    "zero": "another zero of any metric, another unit of all together",
    "group": "another zero of any metric, another unit of one group's together",
    "common": "another zero or unit of all metrics together",
}
"""What may be done to the scores of complete models without changing a place: how far scores of different
metrics are compared. Source: Roberts (1980), "Interpersonal comparability and social choice theory"."""


@dataclass(frozen=True)
class Policy:
    """What is done about cells without a score; `sentence` says it to a reader.

    `left_out` says what the models have in common that it does not rank.
    """

    id: str
    title: str
    sentence: str
    left_out: str = "run on none of these metrics"
    ranks_models: bool = True
    """False for a policy that only correlations can follow."""


def _nothing(_: Panel) -> str:
    return ""


def _no_remark(_: Panel, __: Mapping[str, str]) -> str:
    return ""


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
    """Schemes of one kind refuse the same policies for the same reasons."""
    policies: tuple[str, ...]
    aggregate: Callable[[Panel], FloatArray]
    """Panel -> shape (n_models,); NaN for a model without a value."""
    invariance: Invariance
    reverses: bool
    """Whether turning every score round turns the ranking round (Saari and Barney 2003)."""
    keeps: Literal["places", "first", "nothing"]
    """What a model cannot lose by one better score."""
    core: bool = False
    """Whether figures and tables that have room for a few schemes show it."""
    unfit: Callable[[Panel], str] = _nothing
    """Why the scheme makes no sense of these scores, as one sentence for a reader; empty where it does."""
    together: Callable[[Sequence[Panel]], list[FloatArray]] | None = None
    """In place of `aggregate` where hundreds of simulated panels are ranked: near enough, and quicker."""
    without: Callable[[Panel, Sequence[int]], list[FloatArray]] | None = None
    """The values of the others, in the panel's order, when one model leaves: for each of these positions. In
    place of `aggregate` of what is left, from the whole's result; of three models or more that all have a
    score or a rank."""
    remark: Callable[[Panel, Mapping[str, str]], str] = _no_remark
    """What else its view says, in a sentence or two; the second argument has the models' names by id."""


POLICIES: dict[str, Policy] = {
    policy.id: policy
    for policy in (
        Policy(
            "complete",
            "Complete models",
            "Only models that are scored on every metric of the selection take part.",
            "not scored on all of these metrics",
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
        Policy(
            "partial-order",
            "Pairs that both have",
            "Two models are compared on the metrics on which both have a score; "
            "a cell without one says nothing.",
            "scored on none of these metrics",
        ),
    )
}
