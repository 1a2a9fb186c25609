"""How far metrics agree, as frozen values: the part of `results` that the pages about agreement read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Coefficient:
    """One correlation coefficient over every pair: shape (n_metrics, n_metrics), NaN where undefined."""

    value: FloatArray
    p: FloatArray
    p_bonferroni: FloatArray
    p_holm: FloatArray
    p_bh: FloatArray
    mean: float
    median: float
    n_pairs: int
    """Pairs with a defined coefficient: the mean, the median and the corrections are over these."""
    n_negative: int
    n_significant: dict[str, int]
    """'none', 'bonferroni', 'holm', 'bh' -> pairs with p < 0.05 after that correction."""


@dataclass(frozen=True)
class Resampled:
    """What draws and random pairings of models say of each pair: shape (n_metrics, n_metrics), NaN on the
    diagonal and where undefined."""

    draws: int
    permutations: int
    low: FloatArray
    high: FloatArray
    """The middle 95 % of each Spearman correlation over draws of as many models anew."""
    p: FloatArray
    """Two-sided p-value of each Spearman correlation against random pairings of the models' scores."""
    n_other_verdicts: int
    """Pairs of which `p` is on the other side of 0.05 than the p-value by Student's t."""
    n_other_intervals: int
    """Pairs of which one of `low` to `high` and the interval by formula holds 0 and the other does not."""
    median_width: float
    median_width_by_formula: float
    """Of the intervals of the pairs that have both."""


@dataclass(frozen=True)
class Agreement:
    """How far the metrics of a selection agree, on the complete models or on each pair's shared models."""

    selection: str
    basis: str
    """COMPLETE or PAIRWISE."""
    metrics: tuple[str, ...]
    n_models: int
    """Models on which the coefficients rest: the complete ones; for PAIRWISE all with a score."""
    n: IntArray
    """Shared models of each pair; the diagonal is the metric's own number."""
    spearman: Coefficient
    spearman_low: FloatArray
    spearman_high: FloatArray
    """Bounds of the 95 % confidence interval of each Spearman correlation (Bonett and Wright 2000); NaN
    where it is 1 or -1."""
    kendall: Coefficient
    pearson: Coefficient
    group_means: pd.DataFrame
    """group_a, group_b, n_pairs, mean_rho: Spearman within (a = b) and between disjoint groups."""
    resampled: Resampled | None
    """None where models lack scores and drawing them anew would be dear."""


@dataclass(frozen=True)
class Structure:
    """How exact the agreement of a selection's metrics is, where it holds, and what lies behind it; on its
    complete models."""

    selection: str
    n_models: int
    draws: int
    means: pd.DataFrame
    """over (models, metrics, both), low, high: the middle 95 % of the mean Spearman correlation of two
    different metrics over draws of as many models, of as many metrics of each group, or of both; of the last
    two NaN where there are only two metrics."""
    permutations: int
    n_components: int
    """Principal components of the z-scores with more variance than chance gives (parallel analysis)."""
    shares: tuple[float, ...]
    """Shares of variance of the first components, at most three."""
    loadings: pd.DataFrame
    """metric, component_1, and as many more as there are shares: correlations of metric and component."""
    group_loadings: pd.DataFrame
    """group, n_metrics, then as in loadings: the mean loading of the metrics below each group of the two top
    levels, in the order of the tree; without rows where the tree has no groups."""
    resolution: pd.DataFrame
    """k, top, bottom, random, random_low, random_high: mean Spearman correlation among the best k models by
    mean rank, the last k, and random sets of k (mean, middle 95 %), for k up to half of the models; the last
    row is of all models."""
    regression: pd.DataFrame
    """same (group, subgroup or reference), coefficient, p: what pairs of metrics that share it agree more."""
    r_squared: float


@dataclass(frozen=True)
class Clustering:
    """The metrics of a selection clustered by how far they agree: average linkage on 1 - Spearman's rho."""

    selection: str
    basis: str
    """COMPLETE, or PAIRWISE where pairs have no coefficient on the complete models and all have one there."""
    n_models: int
    order: tuple[str, ...]
    """The metrics as the leaves stand, those next to each other that agree."""
    optimal: bool
    """Whether no other order that the tree allows has nearer neighbours."""
    merges: pd.DataFrame
    """cluster (from 1, the most agreeing first), metric_a or cluster_a (int or <NA>), metric_b or cluster_b
    (what it joins), rho (mean correlation between the two), n_metrics."""
    cophenetic: float
    """Correlation of the pairs' 1 - rho with the heights at which they are joined."""
    groups: dict[str, str]
    """Metric -> its group at the highest level of the tree that has two, itself where it has none there;
    empty where no level has."""
    n_groups: int
    clusters: dict[str, int]
    """Metric -> number of its cluster where as many are left as there are groups."""
    rand: float
    """Adjusted Rand index of those clusters and the groups."""
    n_near: int
    """Metrics that agree most with one of their own group."""
    near_by_chance: float


@dataclass(frozen=True)
class GroupDifference:
    """Whether the metrics of a selection agree alike in two groups of models."""

    selection: str
    basis: str
    """COMPLETE, or PAIRWISE where no pair can be tested on the complete models."""
    kind: str
    """number or date, which halve the models: the first group has the values up to `first`, the second those
    from `second` on; word: each group has that value."""
    first: str
    second: str
    n_first: int
    n_second: int
    n_neither: int
    """Models of unknown value, or of another word."""
    mean_first: float
    mean_second: float
    """Mean Spearman correlation over the tested pairs."""
    n_tested: int
    """Pairs with at least ten models in either group."""
    n_more_in_first: int
    n_more_in_second: int
    """Tested pairs that agree more there, p_bh below 0.05."""
    pairs: pd.DataFrame
    """metric_a, metric_b, n_first, n_second, rho_first, rho_second, difference (first less second), z, p,
    p_bh (Benjamini and Hochberg; the last three NaN where not tested): every pair, as in the matrix."""
