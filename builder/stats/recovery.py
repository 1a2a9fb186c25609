"""How well each scheme, under each coverage policy, finds an order of models that is known.

A pure simulation. One ability stands behind all metrics; a score is

    s_ij = offset_j + scale_j (loading_j ability_i + √(1 − loading_j²) noise (√G g_ik + √(1 − G) e_ij))

with g_ik what model i has in common on all metrics of group k and e_ij what it has on metric j alone.
Ability, g and e are standard normal; with noise 1 a metric correlates with ability as its loading says.

- Scales are log-normal, so that metrics have very different spreads, and nothing else tells which counts.
- A cell may get a shock of ten scales, up or down, as likely for a good model as for a poor one.
- Cells are *not* missing at random: each model has a chance of its own of being run, the lower the weaker it
  is. So a hole says something of a model, and a policy that counts holes against it is helped; were strong
  models run less, the same policy would be hurt. Given its chance, a model's cells are run independently.
- Runs fail at random: a failed cell says nothing of a model.
- Offsets are some scales above 0, so that a mean of scores is positive, a negative score is rare but for
  shocks, and a cell that counts as 0 counts as very poor.

Settings with as many models, metrics and groups use the same random numbers at the same seed, in the same
places: what differs between their results is what was set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import rankdata

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats.correlation import spearman
from builder.stats.panel import Panel
from builder.stats.schemes import POLICIES, SCHEMES, Scheme, places, round_significant

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LOADINGS = (0.3, 0.9)
"""Metrics' loadings on ability are uniform between these."""
SHARED = 0.3
"""G: share of what ability does not explain that the metrics of a group have in common."""
SPREAD = 1.0
"""Standard deviation of the logarithm of the metrics' scales."""
ABOVE_ZERO = (3.0, 6.0)
"""Offsets, in scales of their metric, are uniform between these."""
SHOCK = 10.0
"""An outlier, in scales of its metric."""
RUN_BY_ABILITY, RUN_BY_CHANCE = 1.5, 1.5
"""What one standard deviation of ability, and one of luck, adds to the log-odds that a cell is run."""


@dataclass(frozen=True)
class Setting:
    """What one simulated leaderboard is like.

    n_models   models, before those without any run cell leave
    n_metrics  metrics, a multiple of n_groups
    n_groups   top-level groups of the metric tree, of equal sizes, each with a role
    coverage   expected share of all cells that are run, above 0 to 1; those that fail are among them
    failed     expected share of the run cells that fail, 0 to below 1
    outliers   expected share of cells that get a shock, 0 to 1
    noise      what is multiplied into all that is not ability, 0 or more; 1 keeps each loading a correlation
    by_ability what a standard deviation of ability adds to the log-odds that a cell is run: above 0 weak
               models are run less, below 0 strong ones

    Raises ValueError, with every fault in one message, for numbers outside of these.
    """

    n_models: int
    n_metrics: int
    n_groups: int
    coverage: float = 1.0
    failed: float = 0.0
    outliers: float = 0.0
    noise: float = 1.0
    by_ability: float = RUN_BY_ABILITY

    def __post_init__(self) -> None:
        faults = []
        if self.n_models < 1:
            faults.append(f"there are {self.n_models} models; one is the fewest")
        if self.n_groups < 1 or self.n_metrics < 1 or self.n_metrics % self.n_groups:
            faults.append(f"{self.n_metrics} metrics cannot be put into {self.n_groups} groups of equal size")
        if not 0 < self.coverage <= 1:
            faults.append(f"coverage is {self.coverage}, not above 0 and at most 1")
        if not 0 <= self.failed < 1:
            faults.append(f"the share of failed cells is {self.failed}, not in [0, 1)")
        if not 0 <= self.outliers <= 1:
            faults.append(f"the share of outliers is {self.outliers}, not in [0, 1]")
        if not 0 <= self.noise < math.inf:
            faults.append(f"noise is {self.noise}, not a number from 0 on")
        if faults:
            raise ValueError("; ".join(faults))


FULL = Setting(n_models=60, n_metrics=24, n_groups=3)
"""Every cell scored, no outlier: here all policies say the same but for the schemes they admit."""
SETTINGS: tuple[Setting, ...] = (
    FULL,
    *(Setting(60, 24, 3, coverage=coverage, failed=0.02) for coverage in (0.8, 0.6, 0.4)),
    *(Setting(60, 24, 3, outliers=outliers) for outliers in (0.01, 0.05, 0.1)),
)
"""Two lines that start at FULL: cells are missing more and more, and outliers are more and more.

Coverage falls from 1 to 0.8, 0.6 and 0.4 without outliers, and where cells are missing 2 % of the others
have failed, for a leaderboard that has the one has the other. Outliers grow from 0 to 1, 5 and 10 % of the
cells at full coverage.
"""


@dataclass(frozen=True)
class Draw:
    """One leaderboard, with what no leaderboard knows.

    truth   shape (n_models,), ability in standard deviations, higher is better
    scores  shape (n_models, n_metrics), in score units, of all cells: also of those that nobody sees
    run     shape (n_models, n_metrics), whether the cell is not missing
    failed  shape (n_models, n_metrics), whether it was run and gave no number
    """

    truth: FloatArray
    scores: FloatArray
    run: BoolArray
    failed: BoolArray


@dataclass(frozen=True)
class Recovery:
    """How well one scheme finds the truth under one coverage policy.

    draws       draws in which the scheme makes sense of the scores, over which `top` and `ranked` are means.
                A scheme that refuses some draws stands on others than one that refuses none
    correlated  draws with at least three models ranked, not all alike, over which `spearman` is the mean
    spearman    mean Spearman correlation of ranking and truth over the models ranked, -1 to 1, 1 = found.
                A policy that leaves models out is judged on fewer and more similar ones, so that only `top`
                can be compared between policies
    error       its standard error; NaN for fewer than two draws
    top         mean share, 0 to 1, of the truly best tenth of all models that stands on as many first places
                of the ranking; one that is left out is not found
    ranked      mean share of all models that the ranking has, 0 to 1

    Means over no draw are NaN.
    """

    policy: str
    scheme: str
    draws: int
    correlated: int
    spearman: float
    error: float
    top: float
    ranked: float


def recover(setting: Setting, draws: int, seed: int) -> tuple[Recovery, ...]:
    """How well each admitted scheme finds the truth under each policy, over `draws` simulated leaderboards.

    One row for each policy and scheme that go together, in the order of the registries. More draws with the
    same seed begin with the same ones. Where a policy leaves no model, every scheme has ranked nobody and
    found none of the best.
    Raises ValueError for fewer than one draw or a negative seed.
    """
    if draws < 1:
        raise ValueError(f"{draws} draws show nothing; one is the fewest")
    asked = [
        (policy.id, scheme)
        for policy in POLICIES.values()
        for scheme in SCHEMES.values()
        if policy.id in scheme.policies and policy.ranks_models
    ]
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {
        (policy, scheme.id): [] for policy, scheme in asked
    }
    seeds = np.random.SeedSequence(seed).generate_state(draws, np.uint64).tolist()
    drawn = [panels(setting, one) for one in seeds]
    for policy in dict.fromkeys(its for its, _ in asked):
        schemes = [scheme for its, scheme in asked if its == policy]
        of_policy = [by_policy[policy] for _, by_policy in drawn]
        known = {scheme.id: scheme.together(of_policy) for scheme in schemes if scheme.together is not None}
        for number, ((truth, _), panel) in enumerate(zip(drawn, of_policy, strict=True)):
            given = {scheme_id: values[number] for scheme_id, values in known.items()}
            for scheme_id, measured in _measured(panel, truth, schemes, given).items():
                found[policy, scheme_id].append(measured)
    return tuple(_summary(policy, scheme.id, found[policy, scheme.id]) for policy, scheme in asked)


def panels(setting: Setting, seed: int) -> tuple[FloatArray, dict[str, Panel]]:
    """The truth, shape (n_models,), and what each policy that ranks models makes of one leaderboard.

    Model i has the id `model_id(i)`; a panel has those that its policy leaves. The scores are those of
    `draw`, and the policies mean what queries/12_panel.sql and 13_panel_cells.sql say.
    Raises ValueError for a negative seed.
    """
    drawn = draw(setting, seed)
    return drawn.truth, under_policies(drawn, metric_tree(setting.n_metrics, setting.n_groups))


def draw(setting: Setting, seed: int) -> Draw:
    """One leaderboard, from PCG64 with this seed. Raises ValueError for a negative seed."""
    random = np.random.Generator(np.random.PCG64(seed))
    n, m = setting.n_models, setting.n_metrics
    # All numbers are drawn whatever the shares are, so that settings of one size have them in common.
    ability = random.standard_normal(n)
    loading = random.uniform(*LOADINGS, size=m)
    scale = np.exp(SPREAD * random.standard_normal(m))
    offset = scale * random.uniform(*ABOVE_ZERO, size=m)
    in_group = random.standard_normal((n, setting.n_groups)).repeat(m // setting.n_groups, axis=1)
    alone = random.standard_normal((n, m))
    shocked, upwards = random.random((n, m)) < setting.outliers, random.random((n, m)) < 0.5
    luck = random.standard_normal(n)
    run_by, fail_by = random.random((n, m)), random.random((n, m))

    rest = setting.noise * (math.sqrt(SHARED) * in_group + math.sqrt(1 - SHARED) * alone)
    standard = loading * ability[:, np.newaxis] + np.sqrt(1 - loading**2) * rest
    shock = np.where(shocked, np.where(upwards, SHOCK, -SHOCK), 0.0)
    run = run_by < chances_of_run(ability, luck, setting.coverage, setting.by_ability)[:, np.newaxis]
    return Draw(ability, offset + scale * (standard + shock), run, run & (fail_by < setting.failed))


def chances_of_run(
    ability: FloatArray, luck: FloatArray, coverage: float, by_ability: float = RUN_BY_ABILITY
) -> FloatArray:
    """Each model's chance that a cell of it is run: shape (n_models,), 0 to 1, its mean the coverage.

    Log-odds rise with ability (a weak model is run less) and with luck, both of shape (n_models,), in
    standard deviations. Coverage is above 0; at 1 every cell is run.
    """
    if coverage >= 1:
        return np.ones(len(ability))
    odds = by_ability * ability + RUN_BY_CHANCE * luck
    far = 100.0 + float(np.abs(odds).max())

    def above(level: float) -> float:
        return float(expit(level + odds).mean()) - coverage

    return np.asarray(expit(float(brentq(above, -far, far, xtol=1e-12)) + odds), dtype=np.float64)


def under_policies(drawn: Draw, tree: MetricTree) -> dict[str, Panel]:
    """Policy id -> panel, for the policies that rank models.

    Columns are those of tree.metric_ids, on all of which higher is better. Models without a run cell are in
    none of the panels.
    """
    scored = drawn.run & ~drawn.failed
    rows = np.flatnonzero(drawn.run.any(axis=1))
    models = tuple(model_id(row) for row in rows.tolist())
    seen, failed = scored[rows], drawn.failed[rows]
    scores = np.where(seen, drawn.scores[rows], np.nan)
    last = _ranks(scores)
    own = np.where(seen, last, np.nan)
    full = np.asarray(seen.all(axis=1))
    whole = scores[full]
    complete = tuple(model for model, kept in zip(models, full.tolist(), strict=True) if kept)
    return {
        "complete": Panel(complete, whole, _ranks(whole), tree),
        "attempted": Panel(models, np.where(failed, 0.0, scores), own, tree),
        "zero": Panel(models, np.where(seen, scores, 0.0), own, tree),
        "worst-rank": Panel(models, scores, last, tree),
        "partial-order": Panel(models, scores, own, tree),
    }


def metric_tree(n_metrics: int, n_groups: int) -> MetricTree:
    """Groups of equal sizes at the top level, each with a role; metrics stand group by group."""
    size = n_metrics // n_groups
    nodes: list[Group | Metric] = []
    for group in range(n_groups):
        nodes.append(Group(f"group-{group}", f"Group {group}", role=f"role-{group}"))
        nodes += [
            Metric(f"metric-{one}", f"Metric {one}", f"group-{group}")
            for one in range(group * size, (group + 1) * size)
        ]
    return MetricTree.ordered(nodes)


def model_id(position: int) -> str:
    """The id, in every panel, of the model at a position of the truth."""
    return f"model-{position:04d}"


def top_share(truth: FloatArray, rows: NDArray[np.int64], place: NDArray[np.int64]) -> float:
    """Share, 0 to 1, of the truly best tenth of all models that stands on as many first places of a ranking.

    `truth` has shape (n_models,), higher is better, and a tenth is rounded up. `rows` and `place`, shape
    (k,), are the positions in it of the models of a panel and their places, 1 = best, 0 = not ranked. Models
    that share places across the limit count as if lots were drawn: where the best six are asked for and three
    share places 6 to 8, each counts a third.
    """
    n_best = -(-len(truth) // 10)
    best = np.zeros(len(truth), dtype=bool)
    best[np.argsort(-truth, kind="stable")[:n_best]] = True
    n_tied = (place[:, np.newaxis] == place).sum(axis=1)
    within = np.where(place > 0, np.clip(n_best + 1 - place, 0, n_tied) / np.maximum(n_tied, 1), 0.0)
    return float(within[best[rows]].sum()) / n_best


def _ranks(scores: FloatArray) -> FloatArray:
    """Ranks metric by metric, 1 = best, ties average; cells without a score share the last."""
    if not scores.size:
        return scores.copy()
    return np.asarray(rankdata(np.where(np.isnan(scores), np.inf, -scores), axis=0), dtype=np.float64)


def _measured(
    panel: Panel, truth: FloatArray, schemes: list[Scheme], given: Mapping[str, FloatArray]
) -> dict[str, tuple[float, float, float]]:
    """Scheme id -> Spearman correlation, top share, share ranked; without schemes that refuse the panel.

    `given` are the values of those schemes that were asked already.
    """
    if not panel.models:
        return {scheme.id: (math.nan, 0.0, 0.0) for scheme in schemes}
    rows = np.array([int(model.removeprefix("model-")) for model in panel.models], dtype=np.int64)
    fit = [scheme for scheme in schemes if not scheme.unfit(panel)]
    values = [given[scheme.id] if scheme.id in given else scheme.aggregate(panel) for scheme in fit]
    upright = [
        round_significant(value) * (1.0 if scheme.higher_is_better else -1.0)
        for scheme, value in zip(fit, values, strict=True)
    ]
    rho = spearman(np.column_stack([truth[rows], *upright])).value[0, 1:].tolist()
    found: dict[str, tuple[float, float, float]] = {}
    for scheme, value, correlation in zip(fit, values, rho, strict=True):
        place = places(value, scheme.higher_is_better)
        ranked = float((place > 0).sum()) / len(truth)
        found[scheme.id] = correlation, top_share(truth, rows, place), ranked
    return found


def _summary(policy: str, scheme: str, measured: list[tuple[float, float, float]]) -> Recovery:
    table = np.array(measured, dtype=np.float64).reshape(-1, 3)
    rho = table[~np.isnan(table[:, 0]), 0]
    return Recovery(
        policy=policy,
        scheme=scheme,
        draws=len(table),
        correlated=len(rho),
        spearman=float(rho.mean()) if len(rho) else math.nan,
        error=float(rho.std(ddof=1)) / math.sqrt(len(rho)) if len(rho) > 1 else math.nan,
        top=float(table[:, 1].mean()) if len(table) else math.nan,
        ranked=float(table[:, 2].mean()) if len(table) else math.nan,
    )
