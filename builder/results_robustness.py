"""What choices, missing cells and time change, as frozen values: the part of `results` about robustness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LeftOutMetrics:
    """One scheme's ranking of the complete models without one group, source or metric at a time."""

    scheme: str
    rows: pd.DataFrame
    """node (group or metric id, or a source's reference), kind (group, source, metric), n_metrics (left),
    spearman (with the whole ranking), left_top (models that leave the first ten), first (model_id of the
    first model, of several the first in order), largest_move; groups in tree order, then sources, then
    metrics."""


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
    by_metrics: pd.DataFrame
    """model_id, model, moved (as before, NaN for a model that no weights put first), most (the metric with
    the most weight, of several the first in order), weight (its share): the nearest weights on the metrics
    that put each of the best models by mean rank first; the nearest first."""
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
class Behind:
    """The level of a choice that a model's places below the tenth go with."""

    choice: str
    """selection, policy or scheme."""
    level: str
    n_rankings: int
    """Rankings of that level that have the model."""
    n_below: int
    """Of these, in which it is below the tenth place."""


@dataclass(frozen=True)
class SpecificationCurve:
    """One model over all rankings that have it and at least one other."""

    model_id: str
    rankings: pd.DataFrame
    """selection, policy, scheme, n_models, place, relative (0 = first, 1 = last); best relative place
    first."""
    n_first: int
    n_below: int
    """Rankings in which it is below the tenth place."""
    behind: Behind | None
    """The level that has most more of these than its share; None where none has more."""


@dataclass(frozen=True)
class Robustness:
    """What the choices of selection, policy, scheme, metrics and weights change."""

    n_rankings: int
    n_distinct: int
    """Of these, that differ in a model or a place."""
    n_first: int
    """Models that are first in at least one ranking."""
    standings: pd.DataFrame
    """Over all rankings of the snapshot: model_id, model, n_rankings, best, lower_quartile, median,
    upper_quartile, worst (places), relative (median relative place, 0 = first, 1 = last), top_1, top_3,
    top_10 (shares of its rankings, without places that more than ten share); best median relative place
    first, of equal ones the most often first, ties by model_id."""
    by_selection: pd.DataFrame
    """As standings, of the rankings of one selection each: selection before the other columns; selections in
    their order, models without a ranking there left out."""
    explained: dict[str, float]
    """Choice -> share of the variance of relative places about each model's mean; NaN where nothing moves."""
    together: float
    """Share that the choices explain together, without their combinations."""
    curves: tuple[SpecificationCurve, ...]
    """Of the first models of the view that the study starts from, in its order; at most three."""
    tradeoff: pd.DataFrame
    """set (selection, or group of the selection that the study starts from), group (bool), n_models,
    n_metrics, diversity (1 - Kendall's W), sensitivity ((1 - tau-b) / 2 between the orders of the best fifth
    without and with the others that turn it most), rank_change (the largest there, over n_relevant - 1),
    n_relevant, n_chosen: complete models; after Zhang and Hardt (2024)."""
    tradeoff_rho: float
    """Spearman's rho of diversity and sensitivity over these sets; NaN for fewer than four."""
    tradeoff_p: float
    """Its p from random pairings, as if the sets did not overlap; NaN as the rho."""
    sensitivity: Sensitivity | None
    """Of the selection that the study starts from; None with fewer than three complete models."""


@dataclass(frozen=True)
class WhatIf:
    """What if the cells without a score were filled in from the others: a guess, and never a view."""

    n_models: int
    """Models with a score on at least one metric."""
    n_failed: int
    n_missing: int
    """Cells of these models that are filled in."""
    rank: int
    """Of the low-rank table that they come from."""
    n_held: int
    """Scored cells that were held out as cells are missing, to see how far off guesses are."""
    error: float
    baseline: float
    error_at_random: float
    """Root mean squares, in standard deviations of the metric: of the guesses, of the metric's mean in their
    place, and of guesses of cells held out one by one at random."""
    top: pd.DataFrame
    """place, model_id, n_failed, n_missing (filled in), complete_place (int or <NA>: among the complete
    models): the first ten by mean of z-scores. Empty where `error` is not below `baseline`."""


@dataclass(frozen=True)
class Missing:
    """What cells without a score change, in the selection that the study starts from."""

    selection: str
    scheme: str
    """That the complete models are ranked by."""
    n_complete: int
    changes: pd.DataFrame
    """policy, scheme (the same where the policy admits it, else the one that ranks the complete models most
    like it), n_models, n_shared, spearman, largest_move, mover (model_id or empty), n_top, top_shared: each
    policy's ranking against that of the complete models by that scheme."""
    entrants: pd.DataFrame
    """policy, place, model_id, n_failed, n_missing: models in a policy's first ten that are not complete."""
    what_if: WhatIf | None
    no_what_if: str
    """Why there is none, as a sentence; empty where there is, and where no cell lacks a score."""


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
class Since:
    """What changed since the snapshot before, in one view; a place up is positive."""

    moves: pd.DataFrame
    """model_id, model, before, after (places), moved, and of it: rivals (left + entered), left, entered,
    metrics, own, others, scores (own + others); who moved most first, ties by place. own and others are NaN
    where they are not told apart, all but `moved` where the move cannot be split."""
    mean: dict[str, float]
    """As the columns of `moves` from `moved` on -> mean over the models whose move is split."""
    largest: dict[str, int]
    """rivals, metrics, own, others, scores, several -> models moved by it more than by any other."""
    models: pd.DataFrame
    """model_id, model, change, before, after (place or <NA>): models that only one of the two has, 'new' and
    'gone', ranked or not; and that only one of the two ranks, 'complete' (now) and 'incomplete' where both
    have them."""
    n_new: int
    n_gone: int
    """Models that only this snapshot, or only the one before has."""
    metrics: pd.DataFrame
    """metric, name, change ('new', 'gone'), selected (bool: of the selection, else of the whole snapshot)."""
    cells: dict[str, int]
    """Of models and selected metrics of both: 'scored' in either, of those 'changed', 'gained' and 'lost';
    'models' that have any such."""


@dataclass(frozen=True)
class History:
    """The view that a study starts from in this snapshot and those before it."""

    selection: str
    policy: str
    scheme: str
    previous: str
    """Id of the snapshot before this one."""
    reason: str
    """Why it is not compared, as a sentence; empty where it is."""
    snapshots: pd.DataFrame
    """snapshot, n_models, n_metrics (selected), n_ranked, reason (why it ranks none); this one last."""
    places: pd.DataFrame
    """model_id, model, then for each snapshot that ranks any, by its id: place (int or <NA>)."""
    since: Since | None
    """None where there is a reason."""
