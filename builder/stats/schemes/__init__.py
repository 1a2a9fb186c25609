"""The schemes, the coverage policies, and which go together.

To add a scheme: one function from a Panel to values of shape (n_models,), and one row in `score_schemes` or
`order_schemes`.
"""

from __future__ import annotations

from builder.stats.schemes.kinds import POLICIES, Policy, Scheme
from builder.stats.schemes.order import min_max, places, round_significant
from builder.stats.schemes.order_schemes import ORDER_SCHEMES
from builder.stats.schemes.score_schemes import SCORE_SCHEMES

__all__ = [
    "ORDER_SCHEMES",
    "POLICIES",
    "SCHEMES",
    "SCORE_SCHEMES",
    "Policy",
    "Scheme",
    "min_max",
    "places",
    "refusal",
    "round_significant",
]

_LISTED = (*SCORE_SCHEMES, *ORDER_SCHEMES)
SCHEMES: dict[str, Scheme] = {
    scheme.id: scheme for core in (True, False) for scheme in _LISTED if scheme.core is core
}
"""Those that figures show first, then the others, each kind from scores to orders."""

_NO_RANKS = "has no ranks, so there is no last rank to give an unscored cell."
_NO_PAIRS = (
    "It combines a model's own scores and compares no pairs; “Attempted metrics” leaves missing cells out."
)
_ARBITRARY = (
    "A score of 0 is an arbitrary opponent, better than any negative score; "
    "“Pairs that both have” leaves out what was not scored, “Unscored ranks last” counts it as lost."
)
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
        "“Unscored ranks last” says outright that unscored cells come last."
    ),
    ("mean", "partial-order"): _NO_PAIRS,
    ("z-mean", "partial-order"): _NO_PAIRS,
    ("trimmed", "attempted"): (
        "Of models with few cells hardly any would be trimmed, so that values would not mean the same."
    ),
    ("trimmed", "worst-rank"): f"A trimmed mean {_NO_RANKS}",
    ("trimmed", "partial-order"): _NO_PAIRS,
    ("geometric", "attempted"): "A failed cell's 0 would make the whole product 0.",
    ("geometric", "zero"): "One unscored cell would make the whole product 0.",
    ("geometric", "worst-rank"): f"A geometric mean {_NO_RANKS}",
    ("geometric", "partial-order"): _NO_PAIRS,
    ("fair", "attempted"): (
        "Groups' means would rest on other metrics for each model, and their correlations with them."
    ),
    ("fair", "zero"): (
        "Zeros of unscored cells would set the spread and the correlations that the weights come from."
    ),
    ("fair", "worst-rank"): f"A weighted mean of scores {_NO_RANKS}",
    ("fair", "partial-order"): _NO_PAIRS,
    ("rank", "partial-order"): (
        "A rank means little without the number ranked, which differs from metric to metric; "
        "schemes that compare pairs take this policy."
    ),
    ("margins", "attempted"): _ARBITRARY,
    ("margins", "zero"): _ARBITRARY,
    ("margins", "partial-order"): (
        "A model that was run on few metrics can lose few, so that being run on little would put it first."
    ),
    ("pairs", "attempted"): _ARBITRARY,
    ("pairs", "zero"): _ARBITRARY,
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
