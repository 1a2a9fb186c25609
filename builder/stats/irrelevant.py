"""Independence of irrelevant alternatives: does the order of two models hang on a third one?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from builder.stats.panel import Panel
from builder.stats.schemes import Scheme, places
from builder.stats.schemes.present import only_present

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FEWEST = 3
"""Models from which on a pair is left when one leaves."""


@dataclass(frozen=True)
class Irrelevance:
    """What removing one model at a time does to the order of the others.

    Arrays have shape (n_removals,), over the removals that left a ranking; pairs are those of other models
    that have a place before and after.

    removed            positions of the models that were removed
    n_pairs            pairs compared
    turned             pairs that stood strictly one way before and strictly the other way after
    parted             pairs that tied before and do not after
    tied               pairs that tie after and did not before
    n_unfit            removals after which the scheme made no sense of the scores; they are in no other count
    share_of_removals  share of the removals that turned any pair, 0 to 1; NaN without a removal
    mean_turned        mean number of turned pairs of a removal; NaN without a removal
    share_of_pairs     turned pairs over pairs compared, 0 to 1, all removals together; NaN without a pair
    worst              position of the model whose removal turned most pairs, of several the first; None if
                       no pair turned
    """

    removed: IntArray
    n_pairs: IntArray
    turned: IntArray
    parted: IntArray
    tied: IntArray
    n_unfit: int
    share_of_removals: float
    mean_turned: float
    share_of_pairs: float
    worst: int | None


def irrelevant_alternatives(panel: Panel, scheme: Scheme, most: int | None = None) -> Irrelevance:
    """Remove models one at a time, rank the rest anew and count the pairs whose order changed.

    At most `most` models are removed: every s-th from the first, with the smallest stride s that does; None
    removes each. On the rest every metric is ranked again (1 = best, ties average, cells without a score have
    none), so that a scheme that reads only each model's own scores, as the arithmetic mean does, turns
    nothing, and whatever turns is due to the removed model. The panel's own ranks are taken anew as well;
    places are those of `places`, whose ties are values that agree to 12 significant digits. Where a scheme
    has `without`, that ranks the rest: of equally good orders under Kemeny-Young the whole's is kept.
    Raises ValueError if `most` is below 1, if a cell has a rank without a score or the other way round (such
    ranks, as the policy worst-rank gives, cannot be taken anew), or if the scheme makes no sense of the whole
    panel.
    Source: Arrow (1951), Social Choice and Individual Values, condition 3; as a question to benchmarks, Zhang
    and Hardt (2024), "Inherent trade-offs between diversity and stability in multi-task benchmarks", who
    search for the set of models that changes most, where this removes one model at a time.
    """
    if most is not None and most < 1:
        raise ValueError(f"at least one model is to be removed, not {most}")
    if not np.array_equal(np.isnan(panel.scores), np.isnan(panel.ranks)):
        raise ValueError("a rank without a score cannot be taken anew when a model leaves")
    reason = scheme.unfit(panel)
    if reason:
        raise ValueError(reason)
    n_models = len(panel.models)
    stride = 1 if most is None else max(1, -(-n_models // most))
    anew = _ranked_anew(panel)
    whole = _places(anew, scheme)
    tried = range(0, n_models, stride)
    removed = [model for model in tried if not scheme.unfit(_without(anew, model))]
    afterwards = zip(removed, _afterwards(anew, scheme, removed), strict=True)
    counts = [_changes(np.delete(whole, model), after) for model, after in afterwards]
    n_pairs, turned, parted, tied = np.array(counts, dtype=np.int64).reshape(-1, 4).T
    any_pair = int(n_pairs.sum())
    return Irrelevance(
        removed=np.array(removed, dtype=np.int64),
        n_pairs=n_pairs,
        turned=turned,
        parted=parted,
        tied=tied,
        n_unfit=len(tried) - len(removed),
        share_of_removals=float((turned > 0).mean()) if removed else float("nan"),
        mean_turned=float(turned.mean()) if removed else float("nan"),
        share_of_pairs=float(turned.sum()) / any_pair if any_pair else float("nan"),
        worst=removed[int(np.argmax(turned))] if turned.any() else None,
    )


def _ranked_anew(panel: Panel) -> Panel:
    """The panel with the ranks that its models have among each other."""
    # One order in memory: sums of a row must not depend on how many rows there are.
    scores = np.ascontiguousarray(panel.scores)
    # Without a cell there is nothing to rank, and SciPy warns.
    ranks = rankdata(-scores, axis=0, nan_policy="omit") if scores.size else scores.copy()
    return Panel(panel.models, scores, np.ascontiguousarray(ranks, dtype=np.float64), panel.tree)


def _without(panel: Panel, model: int) -> Panel:
    """The panel without a model: those behind it move up one rank, those that tied with it half of one."""
    mine, others = panel.ranks[model], np.delete(panel.ranks, model, axis=0)
    ranks = others - (others > mine) - 0.5 * (others == mine)
    models = panel.models[:model] + panel.models[model + 1 :]
    return Panel(models, np.delete(panel.scores, model, axis=0), ranks, panel.tree)


def _afterwards(panel: Panel, scheme: Scheme, removed: Sequence[int]) -> Iterator[IntArray]:
    """Places of the other models, once for each of `removed` that leaves."""
    # A model of which nothing is known has no place, and changes no other's.
    present = only_present(panel)
    if scheme.without is None or len(present.models) < FEWEST:
        for model in removed:
            yield _places(_without(panel, model), scheme)
        return
    row = {model: k for k, model in enumerate(present.models)}
    known = [panel.models[model] for model in removed if panel.models[model] in row]
    values = dict(zip(known, scheme.without(present, [row[model] for model in known]), strict=True))
    whole = dict(zip(present.models, scheme.aggregate(present).tolist(), strict=True))
    for model in removed:
        own = panel.models[model]
        after = whole
        if own in values:
            others = (one for one in present.models if one != own)
            after = dict(zip(others, values[own].tolist(), strict=True))
        left = [one for one in panel.models if one != own]
        yield places(np.array([after.get(one, np.nan) for one in left]), scheme.higher_is_better)


def _places(panel: Panel, scheme: Scheme) -> IntArray:
    return places(scheme.aggregate(panel), scheme.higher_is_better)


def _changes(before: IntArray, after: IntArray) -> tuple[int, int, int, int]:
    """Pairs compared, turned, parted and tied, of places with 0 for models that have none."""
    both = (before > 0) & (after > 0)
    below = before[both][:, np.newaxis] > before[both]
    below_after = after[both][:, np.newaxis] > after[both]
    n = int(both.sum())
    apart, apart_after = below | below.T, below_after | below_after.T
    return (
        n * (n - 1) // 2,
        int((below & below_after.T).sum()),
        int((below_after & ~apart).sum()),
        int((below & ~apart_after).sum()),
    )
