"""Whether metrics agree alike in two groups of models."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import COMPLETE, PAIRWISE, FloatArray, GroupDifference, Selection
from builder.stats.correlation_intervals import AgreementDifference, difference_between
from builder.stats.model_groups import TwoGroups, two_groups
from builder.stats.multiple_testing import benjamini_hochberg
from builder.stats.panel import Panel

ALPHA = 0.05
FEWEST = 10
"""Models of either group that a pair must share: on fewer Fisher's z is not near enough to normal."""


def attribute_values(study: Study, snapshot: Snapshot) -> dict[str, str]:
    """Model id -> its value of the attribute that the study groups models by, as text; empty where unknown.

    All are empty where the study names none.
    """
    models = snapshot.models
    if study.model_groups is None:
        return dict.fromkeys(models["id"], "")
    column = models[study.model_groups.by]
    numeric = pd.api.types.is_float_dtype(column)
    texts = [("" if math.isnan(v) else f"{v:.12g}") if numeric else str(v).strip() for v in column.tolist()]
    return dict(zip(models["id"], texts, strict=True))


def difference_of_groups(
    selection: Selection, panel: Panel, values: Mapping[str, str]
) -> GroupDifference | None:
    """Of the complete models if a pair can be tested there, else of those that each pair shares.

    `values` is model id -> value of the attribute, empty where unknown. None where no pair can be tested.
    """
    if len(selection.metrics) < 2:
        return None
    complete = np.flatnonzero(~np.isnan(panel.scores).any(axis=1))
    for basis, used in ((COMPLETE, complete), (PAIRWISE, np.arange(len(panel.models)))):
        scores = panel.scores[used]
        groups = two_groups([values[panel.models[position]] for position in used])
        if groups is None:
            continue
        found = difference_between(scores[groups.in_first], scores[groups.in_second])
        pairs = _pairs(selection, found)
        if pairs["p"].notna().any():
            return _difference(selection, basis, scores, groups, pairs)
    return None


def _pairs(selection: Selection, found: AgreementDifference) -> pd.DataFrame:
    """As `results.GroupDifference.pairs`."""
    i, j = np.triu_indices(len(selection.metrics), 1)
    names = np.array(selection.metrics, dtype=object)
    p = found.p[i, j].copy()
    p[(found.n_a[i, j] < FEWEST) | (found.n_b[i, j] < FEWEST)] = np.nan
    rho_a, rho_b = found.rho_a[i, j], found.rho_b[i, j]
    return pd.DataFrame(
        {
            "metric_a": names[i],
            "metric_b": names[j],
            "n_first": found.n_a[i, j],
            "n_second": found.n_b[i, j],
            "rho_first": rho_a,
            "rho_second": rho_b,
            "difference": rho_a - rho_b,
            "z": np.where(np.isnan(p), np.nan, found.z[i, j]),
            "p": p,
            "p_bh": benjamini_hochberg(p),
        }
    )


def _difference(
    selection: Selection, basis: str, scores: FloatArray, groups: TwoGroups, pairs: pd.DataFrame
) -> GroupDifference:
    tested = pairs[pairs["p"].notna()]
    differ = tested[tested["p_bh"] < ALPHA]
    run = ~np.isnan(scores).all(axis=1)
    return GroupDifference(
        selection=selection.id,
        basis=basis,
        kind=groups.kind,
        first=groups.first,
        second=groups.second,
        n_first=int((groups.in_first & run).sum()),
        n_second=int((groups.in_second & run).sum()),
        n_neither=int((~groups.in_first & ~groups.in_second & run).sum()),
        mean_first=float(tested["rho_first"].mean()),
        mean_second=float(tested["rho_second"].mean()),
        n_tested=len(tested),
        n_more_in_first=int((differ["difference"] > 0).sum()),
        n_more_in_second=int((differ["difference"] < 0).sum()),
        pairs=pairs,
    )
