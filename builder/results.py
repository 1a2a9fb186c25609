"""Every result of one snapshot, as frozen values.

`analysis` computes them once; pages, charts, downloads and the API all read these and compute nothing.
Matrices are indexed like the `metrics` beside them; frames are sorted and their indices are plain ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Median over the models of the upper less the lower bound of their place."""
    reason: str = ""
    """Why there are no draws, as a sentence; empty where there are."""
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
    """model_id, model, place (in the mean of the groups), overall, then per group G its score `G`
    and its z-transform `z:G`, and overall_z. Group scores are means up the metric tree."""


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
    n_equal: int
    """Models within the source's rounding."""
    largest: float
    """Largest absolute difference."""
    worst_model: str


@dataclass(frozen=True)
class LeftOutMetrics:
    """One scheme's ranking of the complete models without one group or metric at a time."""

    scheme: str
    rows: pd.DataFrame
    """node (group or metric id), group (bool), n_metrics (left), spearman (with the whole ranking),
    left_top (models that leave the first ten), first (model_id of the first model, of several the first in
    order), largest_move; groups in tree order, then metrics."""


@dataclass(frozen=True)
class Sensitivity:
    """What single metrics, weights and rivals decide, on the complete models of one selection."""

    selection: str
    n_models: int
    left_out: LeftOutMetrics | None
    """None with a single metric, and where the scheme makes no sense of the scores."""
    groups: tuple[str, ...]
    """Groups that are weighed against each other; empty where there are fewer than two."""
    first_places: pd.DataFrame
    """model_id, model, moved (share of the weight that must move from equal weights), a column of weights
    for each group: models that some weights on the groups put first, the nearest first."""
    n_tried: int
    n_possible: int
    """Of the first `n_tried` models by mean rank, those that some weights on the metrics put first."""
    irrelevant: pd.DataFrame
    """scheme, n_removed, share_of_removals, share_of_pairs, worst (model_id or empty): what the removal of
    one model does to the order of the others."""
    concordance: float
    """Kendall's W over the metrics, corrected for ties."""
    diversity: float
    """1 - W without that correction, as Zhang and Hardt (2024) define it."""
    small_panel: pd.DataFrame
    """metric, agreement: metrics added one by one until their mean rank has Spearman 0.95 with that of all
    metrics."""
    with_rest: dict[str, float]
    """Metric -> Spearman with the mean rank over the other metrics of the selection; NaN where undefined."""


@dataclass(frozen=True)
class Robustness:
    """What the choices of selection, policy, scheme, metrics and weights change."""

    n_rankings: int
    n_first: int
    """Models that are first in at least one ranking."""
    standings: pd.DataFrame
    """Over all rankings of the snapshot: model_id, model, n_rankings, best, lower_quartile, median,
    upper_quartile, worst (places), relative (median relative place, 0 = first, 1 = last), top_1, top_3,
    top_10 (shares of its rankings); best median relative place first, ties by model_id."""
    by_selection: pd.DataFrame
    """As standings, of the rankings of one selection each: selection before the other columns; selections in
    their order, models without a ranking there left out."""
    explained: dict[str, float]
    """Choice -> share of the variance of relative places about each model's mean; NaN where nothing moves."""
    together: float
    """Share that the choices explain together, without their combinations."""
    sensitivity: Sensitivity | None
    """Of the selection that the study starts from; None with fewer than three complete models."""


@dataclass(frozen=True)
class Profiles:
    """Every cell of the snapshot with its place: rows are models by id, columns metrics in tree order."""

    models: tuple[str, ...]
    metrics: tuple[str, ...]
    scores: FloatArray
    """Shape (n_models, n_metrics), as the source has them; NaN where there is none."""
    ranks: FloatArray
    """Shape (n_models, n_metrics): among the models scored on the metric, 1 = best, ties average."""


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
    profiles: Profiles | None = None
    """None in the results of a part."""
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
