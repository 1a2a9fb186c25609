"""A rule for the models that take part: those that have a score or a rank on any metric."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np
from numpy.typing import NDArray

from builder.stats.panel import Panel

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Rule = Callable[[Panel], FloatArray]


def only_present(panel: Panel) -> Panel:
    """The panel of the models that have a score or a rank."""
    has = _present(panel)
    if has.all():
        return panel
    models = tuple(model for model, kept in zip(panel.models, has, strict=True) if kept)
    return Panel(models, panel.scores[has], panel.ranks[has], panel.tree)


def among_present(rule: Rule) -> Rule:
    """The rule for the models that have a score or a rank; the others get NaN and change nothing."""

    @wraps(rule)
    def ruled(panel: Panel) -> FloatArray:
        has = _present(panel)
        if len(has) and has.all():
            return rule(panel)
        found = np.full(len(has), np.nan)
        if has.any():
            found[has] = rule(only_present(panel))
        return found

    return ruled


def _present(panel: Panel) -> BoolArray:
    unscored = np.isnan(panel.scores)
    if panel.scores.shape[1] and not unscored.any():
        return np.ones(len(panel.scores), dtype=np.bool_)
    return np.asarray(~(np.isnan(panel.ranks) & unscored).all(axis=1))
