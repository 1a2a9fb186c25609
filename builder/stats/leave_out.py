"""Rankings without some of the metrics: does the result hang on them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.stats.contribution import sub_panel
from builder.stats.correlation import spearman
from builder.stats.panel import Panel
from builder.stats.schemes import Scheme, places

IntArray = NDArray[np.int64]

TOP = 10
"""Places whose models are followed."""


@dataclass(frozen=True)
class LeftOut:
    """A ranking without some metrics, against the ranking with all of them.

    n_metrics     metrics that are left
    spearman      Spearman's rho of the places in both, over models that have one in both; NaN for fewer than
                  three or where all share a place
    left_top      models at place 10 or above with all metrics that are not so, or not ranked, without these
    first         positions of the models that are first without these, in the panel's order
    largest_move  most places that a model with a place in both moves, either way
    unfit         why the scheme makes no sense of the rest, as one sentence; empty where it does. Then
                  spearman is NaN, first is empty, and the counts are 0
    """

    n_metrics: int
    spearman: float
    left_top: int
    first: tuple[int, ...]
    largest_move: int
    unfit: str = ""


def leave_out(panel: Panel, scheme: Scheme, columns: Mapping[str, Sequence[int]]) -> dict[str, LeftOut]:
    """The scheme's ranking without each set of metrics, against its ranking with all.

    `columns` maps a label to the columns of the panel to leave out, each once or more; the result has its
    labels in its order. Ranks on a metric do not change when other metrics leave, so they stay as they are;
    the metric tree loses the metrics and the groups that have none left, so that in means up the tree what is
    left of a group keeps the group's weight. Places tie where values agree to 12 significant digits.
    Raises IndexError for a column that is none, ValueError if no metric would be left, or if the scheme makes
    no sense of the whole panel.
    """
    reason = scheme.unfit(panel)
    if reason:
        raise ValueError(reason)
    whole = places(scheme.aggregate(panel), scheme.higher_is_better)
    return {label: _without(panel, scheme, whole, label, left) for label, left in columns.items()}


def _without(panel: Panel, scheme: Scheme, whole: IntArray, label: str, left: Sequence[int]) -> LeftOut:
    metrics = panel.tree.metric_ids
    unknown = [column for column in left if not 0 <= column < len(metrics)]
    if unknown:
        raise IndexError(f"'{label}' leaves out column {unknown[0]} of {len(metrics)}")
    leaving = set(left)
    kept = [metric for column, metric in enumerate(metrics) if column not in leaving]
    if not kept:
        raise ValueError(f"'{label}' leaves out every metric")
    rest = sub_panel(panel, kept)
    reason = scheme.unfit(rest)
    if reason:
        return LeftOut(len(kept), float("nan"), 0, (), 0, reason)
    now = places(scheme.aggregate(rest), scheme.higher_is_better)
    both = (whole > 0) & (now > 0)
    in_top, still = (whole > 0) & (whole <= TOP), (now > 0) & (now <= TOP)
    return LeftOut(
        n_metrics=len(kept),
        spearman=float(spearman(np.column_stack([whole[both], now[both]])).value[0, 1]),
        left_top=int((in_top & ~still).sum()),
        first=tuple(np.flatnonzero(now == 1).tolist()),
        largest_move=int(np.abs(whole - now)[both].max(initial=0)),
    )
