"""Every result of one snapshot, as frozen values.

`analysis` computes them once; pages, charts, downloads and the API all read these and compute nothing.
Matrices are indexed like the `metrics` beside them; frames are sorted and their indices are plain ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.catalog.tree import MetricTree
from builder.results_agreement import Agreement as Agreement
from builder.results_agreement import Clustering as Clustering
from builder.results_agreement import Coefficient as Coefficient
from builder.results_agreement import GroupDifference as GroupDifference
from builder.results_agreement import Resampled as Resampled
from builder.results_agreement import Structure as Structure
from builder.results_robustness import Behind as Behind
from builder.results_robustness import History as History
from builder.results_robustness import LeftOutMetrics as LeftOutMetrics
from builder.results_robustness import Missing as Missing
from builder.results_robustness import Profiles as Profiles
from builder.results_robustness import Robustness as Robustness
from builder.results_robustness import Sensitivity as Sensitivity
from builder.results_robustness import Since as Since
from builder.results_robustness import SpecificationCurve as SpecificationCurve
from builder.results_robustness import WhatIf as WhatIf

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COMPLETE, PAIRWISE = "complete", "pairwise"
FEWEST_MODELS = 3
"""Fewer models than this give no correlation and no variance: the selection says so and stops there."""
MANY_PLACES = 10
"""Moves of more places than this are marked, as in Ahlert et al. (2024), Fig. 3."""


@dataclass(frozen=True)
class Selection:
    """A named set of metrics as it stands in one snapshot."""

    id: str
    title: str
    description: str
    metrics: tuple[str, ...]
    absent: tuple[str, ...]
    """Metrics that the study selects and this snapshot does not have (or not enough models for)."""
    tree: MetricTree
    """The snapshot's tree with only these metrics."""
    n_models: int
    """Models with at least one cell that was run."""
    n_complete: int
    """Models scored on every metric of the selection."""


def start_of(selections: Sequence[Selection], wanted: str) -> Selection | None:
    """The selection that a study's pages start from: the one it names, else the first that there is."""
    return next((one for one in selections if one.id == wanted), next(iter(selections), None))


@dataclass(frozen=True)
class Certainty:
    """How far the places of one ranking hold when its metrics are drawn anew (bootstrap over metrics)."""

    draws: int = 0
    n_tiers: int = 0
    """Tiers that the draws tell apart."""
    n_apart: int = 0
    """Neighbours of which one stands above the other in at least 95 % of the draws."""
    median_width: float = float("nan")
    """Median over the models of the upper less the lower bound of their place; pages say how many places that
    spans, which is one more."""
    reason: str = ""
    """Why there are no draws, as a sentence; empty where there are."""
    above: FloatArray | None = field(default=None, compare=False)
    """Shape (k, k) over the first k models, at most twenty: share of the draws in which the row's stands
    above the column's, a tie counting half; NaN on the diagonal and where no draw ranks both. None without
    draws."""
    shared: float = 0.0
    """Share of the draws in which several share the first place, which p_first shares out."""
    within_errors: bool = False
    """Whether the scores' own errors say how sure places are, too: sure_low and sure_high of the ranking."""


@dataclass(frozen=True)
class View:
    """One ranking: snapshot x selection x policy x scheme."""

    selection: str
    policy: str
    scheme: str
    title: str
    n_metrics: int
    ranking: pd.DataFrame
    """place (int, 1 = best, equal values share it), model (name), model_id, source_id, value (in the scheme's
    own units), display (min-max normalised, 1 = best), baseline_place (int or <NA>; arithmetic mean, same
    selection and policy where it admits it), moved (baseline_place - place: positive = up), n_scored,
    n_failed, n_missing, median_rank, best_rank, worst_rank (over the selection's metrics), low, high (int or
    <NA>: the middle 95 % of the places over the draws), p_first, p_above_next (shares of the draws), tier
    (int or <NA>), sure_low, sure_high (int or <NA>: places that the errors of the scores leave open, all at
    once at 95 %). Best first, ties by model_id."""
    digest: str
    """SHA-256 of the ranking's content."""
    certainty: Certainty
    remark: str = ""
    """What else is to be said of it: weights, how far it is proven best, who wins against all."""

    @property
    def n_models(self) -> int:
        return len(self.ranking)

    @property
    def address(self) -> str:
        """Path below the snapshot, without slashes at the ends."""
        return f"view/{self.selection}/{self.policy}/{self.scheme}"


def start_view(views: Sequence[View], selection: str, policy: str, scheme: str) -> View | None:
    """The view of a selection that a study's pages start from: the one it names, else the first that is."""
    of = [view for view in views if view.selection == selection]
    return next((v for v in of if (v.policy, v.scheme) == (policy, scheme)), next(iter(of), None))


@dataclass(frozen=True)
class Refusal:
    """A combination of selection, policy and scheme that would make no sense, and why."""

    selection: str
    policy: str
    scheme: str
    reason: str


@dataclass(frozen=True)
class SchemeComparison:
    """The schemes of one selection and policy against each other, on the same models."""

    selection: str
    policy: str
    n_models: int
    schemes: tuple[str, ...]
    spearman: FloatArray
    kendall: FloatArray
    places: pd.DataFrame
    """model_id, model, scheme, place, display, moved: one row a model and scheme."""
    n_moved: dict[str, int]
    """Scheme -> models that moved more than MANY_PLACES against the arithmetic mean."""


@dataclass(frozen=True)
class Contribution:
    """How much of an overall score's variance each group explains, per scheme."""

    selection: str
    policy: str
    n_models: int
    groups: tuple[str, ...]
    explained: pd.DataFrame
    """scheme, group, and shares of the variance of the overall score, which is the mean of the groups' values
    under that scheme: explained_variance (squared Pearson), explained_variance_rank (squared Spearman),
    explained_variance_robust (squared Pearson without the models beyond 3.5 robust z in any group);
    explained_variance_of_ranking (squared Pearson with the scheme's value over all metrics of the selection,
    which is what the view ranks by); n_outliers, std (of the group's value). Schemes: those of the
    registry, and the two ROLE_MEAN ones."""
    group_scores: pd.DataFrame
    """model_id, model, place (in the mean of the groups), overall, overall_z, then per group G its score `G`
    (the mean up the metric tree, turned so that higher is better), its z-transform `z:G`, and its mean rank
    `rank:G` over the group's metrics (1 = best; NaN where the policy has no ranks)."""


ROLE_MEAN, ROLE_Z_MEAN = "group-mean", "group-z-mean"
"""The overall score as the mean of the groups' means up the tree, raw and after z-transform of each group."""


@dataclass(frozen=True)
class Coverage:
    """Which cells are scored, failed and missing."""

    by_metric: pd.DataFrame
    """metric, name, group (top level), scored, failed, missing."""
    by_model: pd.DataFrame
    """model_id, model, scored, failed, missing."""
    by_state: dict[str, int]
    states: NDArray[np.int8]
    """Shape (n_models, n_metrics): models by falling coverage as in by_model, metrics in tree order;
    2 scored, 1 failed, 0 missing."""
    frontier: pd.DataFrame
    """selection, step (from 1), metric, n_models, lost: metrics of the selection added one at a time, always
    the one that costs fewest models; n_models stay complete on the first `step` metrics."""
    cost: pd.DataFrame
    """selection, metric, regained: complete models that the selection regains without this metric."""


@dataclass(frozen=True)
class PublishedCheck:
    """What the source gives for one inner node against what we compute from the leaves."""

    group: str
    policy: str
    n_models: int
    """Models that the source gives a value for."""
    n_equal: int
    """Of them, as near as the rounding of the scores and of the value allows."""
    n_same: int
    """Of them, rounded to the very value."""
    largest: float
    """Largest absolute difference; infinite where we have no value."""
    worst_model: str
    n_gaps: int
    """Of those that rounding does not explain, models with a cell without a score below the node."""
    n_silent: int
    """Models that the source gives no value for."""
    n_silent_scored: int
    """Of them, models with a score below the node."""
    decimals: int
    """Decimals of the source's values below 1; -1 where none is."""
    score_decimals: int
    """Decimals of the scores below 1; -1 where none is."""


@dataclass(frozen=True)
class SnapshotResults:
    """Everything that the site says of one snapshot."""

    study: str
    snapshot: str
    selections: tuple[Selection, ...]
    agreements: tuple[Agreement, ...]
    structures: tuple[Structure, ...]
    comparisons: tuple[SchemeComparison, ...]
    contributions: tuple[Contribution, ...]
    views: tuple[View, ...]
    """Every admitted combination with at least one model."""
    refusals: tuple[Refusal, ...]
    coverage: Coverage
    published: tuple[PublishedCheck, ...]
    robustness: Robustness | None = None
    """None in the results of a part, and where no view ranks any model."""
    missing: Missing | None = None
    """None in the results of a part, and where the study's first selection has no complete model."""
    profiles: Profiles | None = None
    """None in the results of a part."""
    history: History | None = None
    """None in the results of a part, and without an older snapshot or the view that the study starts from."""
    clusterings: tuple[Clustering, ...] = ()
    differences: tuple[GroupDifference, ...] = ()

    def agreement(self, selection: str, basis: str = COMPLETE) -> Agreement | None:
        """The agreement of a selection; None where it has too few models."""
        found = (a for a in self.agreements if (a.selection, a.basis) == (selection, basis))
        return next(found, None)

    def structure(self, selection: str) -> Structure | None:
        """What lies behind the agreement of a selection; None where it has too few complete models."""
        return next((one for one in self.structures if one.selection == selection), None)

    def clustering(self, selection: str) -> Clustering | None:
        """The clusters of a selection's metrics; None where not every two have a correlation."""
        return next((one for one in self.clusterings if one.selection == selection), None)

    def difference(self, selection: str) -> GroupDifference | None:
        """How agreement differs between groups of models; None where that cannot be told."""
        return next((one for one in self.differences if one.selection == selection), None)

    def comparison(self, selection: str, policy: str = COMPLETE) -> SchemeComparison | None:
        """The scheme comparison of a selection; None where it has too few models."""
        found = (c for c in self.comparisons if (c.selection, c.policy) == (selection, policy))
        return next(found, None)

    def contribution(self, selection: str, policy: str = COMPLETE) -> Contribution | None:
        """The contribution of a selection; None where it has too few models or groups."""
        found = (c for c in self.contributions if (c.selection, c.policy) == (selection, policy))
        return next(found, None)
