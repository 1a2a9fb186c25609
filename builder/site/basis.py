"""On how many models an agreement rests, and what it comes to, in words for pages and figures."""

from __future__ import annotations

import math

import numpy as np

from builder.results import COMPLETE, Agreement
from builder.site.words import count, counted, rho

ALPHA = 0.05
FEW = 30
"""Of fewer models than this a mean ρ is not said without saying of how few."""


def _shared(found: Agreement) -> tuple[int, int]:
    """The least and the most models that a pair with a ρ shares; 0 and 0 where none has one."""
    upper = np.triu_indices(len(found.metrics), k=1)
    n = found.n[upper][~np.isnan(found.spearman.value[upper])]
    return (int(n.min()), int(n.max())) if n.size else (0, 0)


def models_text(found: Agreement, models_are: str) -> str:
    """The models of an agreement, as figures name them below their title."""
    if found.basis == COMPLETE:
        return f"the {count(found.n_models)} {models_are} scored on all {count(len(found.metrics))}"
    low, high = _shared(found)
    many = f", {_between(low, high)}" if high else ""
    return f"the {models_are} that each pair shares{many}"


def _between(low: int, high: int) -> str:
    return count(low) if low == high else f"between {count(low)} and {count(high)}"


def basis_text(complete: Agreement | None, pairwise: Agreement | None, models_are: str) -> str:
    """On how many models the coefficients rest, complete and pairwise; empty without complete ones."""
    if complete is None:
        return ""
    if pairwise is None:
        return (
            f"No cell is missing among the {models_are} that were run, so complete and pairwise are the same."
        )
    n, n_metrics, found = count(complete.n_models), len(complete.metrics), pairwise.spearman
    alone = n_metrics == 2
    on_complete = f"the one pair rests on {n}" if alone else f"all pairs rest on the same {n}"
    said = f"On the complete {models_are} {on_complete}; pairwise, "
    if not found.n_pairs:
        return f"{said}{'it has no ρ' if alone else 'no pair has a ρ'}."
    with_rho = "" if found.n_pairs == n_metrics * (n_metrics - 1) // 2 else " with a ρ"
    each = "it rests" if alone else f"each pair{with_rho} rests"
    said += f"{each} on all that it shares, {_between(*_shared(pairwise))}."
    mean = "the ρ" if alone else "the mean ρ"
    if math.isnan(complete.spearman.mean):
        return f"{said} Pairwise {mean} is {rho(found.mean)}; on complete {models_are} there is none."
    return (
        f"{said} Pairwise {mean} is {rho(found.mean)}, on complete {models_are} "
        f"{rho(complete.spearman.mean)}."
    )


def few_text(shown: Agreement, pairwise: Agreement | None, models_are: str) -> str:
    """That an agreement rests on few complete models, and what it is pairwise; empty where it does not."""
    if not _rests_on_few(shown):
        return ""
    said = (
        f"Only {count(shown.n_models)} {models_are} are scored on all {count(len(shown.metrics))} metrics, "
        "so every number that rests on them is rough"
    )
    if pairwise is None or not pairwise.spearman.n_pairs:
        return f"{said}."
    here, there = rho(shown.spearman.mean), rho(pairwise.spearman.mean)
    low, high = _shared(pairwise)
    many = count(low) if low == high else f"{count(low)} to {count(high)}"
    mean = "ρ" if len(shown.metrics) == 2 else "mean ρ"
    return (
        f"{said}: their {mean} is {here}, that of all {models_are} that a pair shares ({many}) is "
        f"{there}{', too' if here == there else ''}."
    )


def _rests_on_few(shown: Agreement) -> bool:
    return shown.basis == COMPLETE and shown.n_models < FEW and shown.spearman.n_pairs > 0


def agreement_title(shown: Agreement, pairwise: Agreement | None, models_are: str) -> str:
    """How far two metrics agree on average, on how few models if they are, and how many pairs are negative.

    `pairwise` is told beside `shown` where that rests on few complete models.
    """
    found, m = shown.spearman, count(len(shown.metrics))
    alone = len(shown.metrics) == 2
    if not found.n_pairs:
        return "The two metrics have no ρ" if alone else f"No two of the {m} metrics have a ρ"
    few = _rests_on_few(shown)
    said = f"On only {count(shown.n_models)} {models_are} " if few else ""
    if alone:
        said += f"{'the' if few else 'The'} two metrics {'correlate' if found.mean < 0 else 'agree'} at"
    elif found.n_pairs == 1:
        said += f"{'one' if few else 'Only one'} pair of the {m} metrics has a"
    elif few:
        said += f"two of the {m} metrics agree on average at"
    else:
        said += f"On average two of the {m} metrics agree at"
    said += f" ρ = {rho(found.mean)}" if alone or found.n_pairs > 1 else f" ρ: {rho(found.mean)}"
    if few and pairwise is not None and pairwise.spearman.n_pairs:
        said += f" (on all that a pair shares at {rho(pairwise.spearman.mean)})"
    return said + _negative_text(shown)


def _negative_text(shown: Agreement) -> str:
    """How many pairs are negative, and how many of them the figure shows as significant."""
    found, n = shown.spearman, shown.spearman.n_negative
    if not n:
        return ""
    upper = np.triu_indices(len(shown.metrics), k=1)
    sure = int(((found.value[upper] < 0) & (found.p_bonferroni[upper] < ALPHA)).sum())
    if found.n_pairs == 1:
        return f", {'' if sure else 'not '}significantly"
    if n == 1:
        said = f"is negative, {'' if sure else 'not '}significantly"
    else:
        how = "all" if sure == n else "none" if not sure else count(sure)
        said = f"are negative, {how} of them significantly"
    pairs = counted(found.n_pairs, "pair")
    who = f"both {pairs.partition(' ')[2]}" if n == 2 == found.n_pairs else (
        f"all {pairs}" if n == found.n_pairs else f"{count(n)} of {pairs}"
    )  # fmt: skip
    return f"; {who} {said} (Bonferroni)"
