"""How well each scheme, under each policy, finds an order of models that is known: numbers, and their words.

Its numbers come from no study: `builder.stats.recovery` simulates them. Its sentences are written from the
numbers, so that they stay right when the simulation, a scheme or a policy changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from builder.names import inside
from builder.site.words import NARROW, capital, counted, fixed, listed, percent
from builder.stats import recovery
from builder.stats.recovery import FULL, SETTINGS, Recovery, Setting, recover
from builder.stats.schemes import POLICIES, SCHEMES

FOLDER = "truth"
DRAWS, SEED = 20, 1
COUNT_HOLES = ("zero", "worst-rank")
"""Policies under which a cell without a score counts against its model."""
RUN_LESS: dict[str, tuple[str, float]] = {
    "weak": ("weak models are run less", 1.0),
    "nobody": ("cells are missing at random", 0.0),
    "strong": ("strong models are run less", -1.0),
}
"""Who is run less -> its words, and what a setting's `by_ability` is multiplied by."""
STEADY, FALLS = 0.05, 0.2
"""A scheme is steady if outliers cost it less correlation than the one, and falls if at least the other."""


@dataclass(frozen=True)
class Measured:
    """What `recover` gives for one setting; `run_less` is a key of RUN_LESS."""

    setting: Setting
    run_less: str
    rows: tuple[Recovery, ...]


@dataclass(frozen=True)
class Series:
    """One scheme under one policy, from setting to setting."""

    policy: str
    scheme: str
    rho: tuple[float, ...]
    """Mean Spearman correlation with the truth; NaN where fewer than half of the draws have one."""
    error: tuple[float, ...]
    top: tuple[float, ...]
    """Mean share of the best that it finds; NaN where it takes fewer than half of the draws, as `ranked`."""
    ranked: tuple[float, ...]
    draws: tuple[int, ...]
    """Leaderboards whose scores it takes."""

    @property
    def under(self) -> str:
        """The scheme and its policy inside a sentence."""
        return f"{inside(SCHEMES[self.scheme].title)} under {_quoted(self.policy)}"


@dataclass(frozen=True)
class Findings:
    """All that was simulated: SETTINGS, and the one of the lowest coverage with other models run less."""

    draws: int
    measured: tuple[Measured, ...]

    @property
    def falling(self) -> list[Measured]:
        """Coverage falls, there are no outliers, weak models are run less."""
        found = [one for one in self.measured if not one.setting.outliers and one.run_less == "weak"]
        return sorted(found, key=lambda one: -one.setting.coverage)

    @property
    def growing(self) -> list[Measured]:
        """Outliers grow, every cell is scored."""
        found = [one for one in self.measured if one.setting.coverage == 1]
        return sorted(found, key=lambda one: one.setting.outliers)

    @property
    def by_run(self) -> list[Measured]:
        """The lowest coverage, by who is run less, in the order of RUN_LESS."""
        lowest = self.falling[-1].setting
        found = {one.run_less: one for one in self.measured if one.setting == lowest}
        return [found[name] for name in RUN_LESS]

    def series(self, steps: Sequence[Measured]) -> list[Series]:
        """Every scheme under every policy, in the order of the registries."""
        return [self._series(rows) for rows in zip(*(step.rows for step in steps), strict=True)]

    def _series(self, rows: tuple[Recovery, ...]) -> Series:
        enough = [2 * row.correlated >= self.draws for row in rows]
        asked = [2 * row.draws >= self.draws for row in rows]
        return Series(
            rows[0].policy,
            rows[0].scheme,
            tuple(row.spearman if known else math.nan for row, known in zip(rows, enough, strict=True)),
            tuple(row.error if known else math.nan for row, known in zip(rows, enough, strict=True)),
            tuple(row.top if known else math.nan for row, known in zip(rows, asked, strict=True)),
            tuple(row.ranked if known else math.nan for row, known in zip(rows, asked, strict=True)),
            tuple(row.draws for row in rows),
        )


@cache
def simulate(draws: int = DRAWS, seed: int = SEED) -> Findings:
    """Some five seconds for the page's draws on one core; once in a process."""
    lowest = min(SETTINGS, key=lambda setting: setting.coverage)
    asked = [(setting, "weak") for setting in SETTINGS]
    asked += [(lowest, name) for name in RUN_LESS if name != "weak"]
    measured = []
    for setting, name in asked:
        held = replace(setting, by_ability=RUN_LESS[name][1] * setting.by_ability)
        measured.append(Measured(setting, name, recover(held, draws, seed)))
    return Findings(draws, tuple(measured))


def n_best() -> int:
    """How many models the best tenth are."""
    return -(-FULL.n_models // 10)


def simulated(draws: int) -> list[str]:
    """What is simulated, in three sentences."""
    low, high = recovery.LOADINGS
    failed = max(setting.failed for setting in SETTINGS)
    return [
        f"Each simulated leaderboard has {FULL.n_models} models and {FULL.n_metrics} metrics in "
        f"{counted(FULL.n_groups, 'group')}; one ability stands behind all metrics, and a metric, whose "
        f"scale and zero are its own, correlates with it at {low} to {high}, the rest being noise that the "
        "metrics of a group share in part.",
        f"Then either cells go missing, the more the weaker a model is, and {percent(failed)} of the others "
        f"fail; or a share of the cells is moved up or down by {recovery.SHOCK:.0f} standard deviations of "
        "their metric.",
        f"Each ranking is compared with the order of the abilities, over {draws} leaderboards that are the "
        "same for all schemes and policies: by its mean Spearman correlation ρ with that order over the "
        f"models that it ranks, and by the mean share of the truly best {n_best()} models that stand on its "
        f"first {n_best()} places.",
    ]


def coverage_sentences(found: Findings) -> list[str]:
    """Which policy and scheme lead as coverage falls, and what the other policies come to."""
    steps = found.falling
    shares = [step.setting.coverage for step in steps]
    all_series = found.series(steps)
    ranking = [one for one in all_series if _ranks_half(one)]
    said = []
    if ranking:
        ordered = sorted(ranking, key=lambda one: -one.rho[-1])
        leader = ordered[0]
        said.append(
            f"At {percent(shares[-1])} coverage the {leader.under} comes nearest to the true order: its ρ is "
            f"{_rhos(leader.rho)} at {_percents(shares)} coverage, and it still finds "
            f"{percent(leader.top[-1])} of the best {n_best()}."
        )
        led = _led(ranking, leader, shares)
        if len(ordered) > 1:
            second = ordered[1]
            said.append(
                f"{led}{', and' if led else 'The'} next at {percent(shares[-1])} is the "
                f"{_second(leader, second)}, with {fixed(second.rho[-1], 3)} (standard errors "
                f"{fixed(leader.error[-1], 3)} and {fixed(second.error[-1], 3)})."
            )
        others = [_best(ranking, policy) for policy in POLICIES if policy != leader.policy]
        kept = [one for one in others if one is not None]
        if kept:
            words = "; ".join(f"{one.under}, {fixed(one.rho[-1], 3)}" for one in kept)
            said.append(
                "Best under each other policy that ranks at least half of the models at that coverage: "
                f"{words}."
            )
    said += [_few_left(all_series, policy, shares) for policy in POLICIES]
    return [sentence for sentence in said if sentence]


def _led(ranking: list[Series], leader: Series, shares: list[float]) -> str:
    """Whether the leader leads at every coverage below 1, or where else which does."""
    elsewhere = []
    for step, share in enumerate(shares[:-1]):
        first = max(ranking, key=lambda one: one.rho[step])
        if share < 1 and first.rho[step] > leader.rho[step]:
            elsewhere.append(f"at {percent(share)} the {first.under} does, with {fixed(first.rho[step], 3)}")
    if elsewhere:
        return f"It does not lead throughout: {listed(elsewhere)}"
    return "It leads wherever cells are missing" if len(shares) > 2 else ""


def _second(leader: Series, second: Series) -> str:
    if second.policy == leader.policy:
        return f"{inside(SCHEMES[second.scheme].title)} under the same policy"
    return second.under


def _few_left(all_series: list[Series], policy: str, shares: list[float]) -> str:
    """Of a policy that ranks fewer than half of the models: how many, and how many of the best."""
    its = [one for one in all_series if one.policy == policy]
    steps = range(1, len(shares))
    if not its or any(one.ranked[-1] >= 0.5 for one in its):
        return ""
    ranked = [max((one.ranked[k] for one in its if one.ranked[k] >= 0), default=0.0) for k in steps]
    top = [max((one.top[k] for one in its if one.top[k] >= 0), default=0.0) for k in steps]
    return (
        f"The policy {_quoted(policy)} ranks only {_percents(ranked)} of the models at "
        f"{_percents(shares[1:])} coverage, so that no scheme under it finds more than {_percents(top)} of "
        f"the best {n_best()}."
    )


def partly_sentences(found: Findings) -> list[str]:
    """Which schemes take the scores of some leaderboards only, and of how many."""
    steps = found.falling
    said = []
    for one in found.series(steps):
        if min(one.draws) < found.draws:
            at = _percents([step.setting.coverage for step in steps])
            takes = listed([str(number) for number in one.draws])
            said.append(f"{capital(one.under)} takes the scores of {takes} of them at {at}.")
    return said


def outlier_sentences(found: Findings) -> list[str]:
    """Which schemes outliers cost little, which fall, which lead."""
    steps = found.growing
    share = percent(steps[-1].setting.outliers)
    series = once(found.series(steps))
    loss = {one.scheme: one.rho[0] - one.rho[-1] for one in series}
    steady = sorted((one for one in series if loss[one.scheme] < STEADY), key=lambda one: loss[one.scheme])
    fallen = sorted((one for one in series if loss[one.scheme] >= FALLS), key=lambda one: -loss[one.scheme])
    said = []
    if steady:
        n_schemes = counted(len(steady), "scheme loses", "schemes lose")
        said.append(
            f"With outliers in {share} of the cells, {n_schemes} less than {STEADY} of ρ: {_grouped(steady)}."
        )
    if fallen:
        n_schemes = counted(len(fallen), "scheme loses", "schemes lose")
        said.append(f"{n_schemes} {FALLS} or more: {_grouped(fallen)}.")
    first, last = (max(series, key=lambda one: one.rho[step]) for step in (0, -1))
    name, other = (inside(SCHEMES[one.scheme].title) for one in (first, last))
    if first.scheme == last.scheme:
        said.append(f"The {name} leads both without outliers and at {share}.")
    else:
        said.append(
            f"Without outliers the {name} leads with {fixed(first.rho[0], 3)}; at {share} the {other} does, "
            f"with {fixed(last.rho[-1], 3)}, and the {name} is at {fixed(first.rho[-1], 3)}."
        )
    lowest = min(series, key=lambda one: one.rho[0])
    said.append(
        f"Farthest from the truth without outliers: {inside(SCHEMES[lowest.scheme].title)}, "
        f"{fixed(lowest.rho[0], 3)}."
    )
    return said


def limit_sentences(found: Findings) -> list[str]:
    """What rests on who is run less, with the numbers of the other cases."""
    shown = compared(found)
    hurt = [one for one in shown if one.policy in COUNT_HOLES]
    if not hurt:
        return []
    share = percent(found.falling[-1].setting.coverage)
    cases = listed([RUN_LESS[step.run_less][0] for step in found.by_run])
    rows = "; ".join(f"{one.under}, {_rhos(one.rho)}" for one in hurt)
    said = [
        f"The results of the policies that count holes against a model, "
        f"{listed([_quoted(one.policy) for one in hurt])}, rest on weak models being run less: a hole then "
        "tells that its model is weak.",
        f"So the simulation was run again at {share} coverage with other holes. "
        f"This is ρ where {cases}: {rows}.",
    ]
    if shown[0] not in hurt:
        first = shown[0]
        said.append(
            f"For the {first.under} it is {_rhos(first.rho)}, and of the best {n_best()} it finds "
            f"{_percents(first.top)}."
        )
    return said


def compared(found: Findings) -> list[Series]:
    """By who is run less: of each policy that ranks at least half of the models the best scheme."""
    ranking = [one for one in found.series(found.falling) if _ranks_half(one)]
    best = [one for policy in POLICIES if (one := _best(ranking, policy)) is not None]
    by_run = {(one.policy, one.scheme): one for one in found.series(found.by_run)}
    return [by_run[one.policy, one.scheme] for one in sorted(best, key=lambda one: -one.rho[-1])]


def _ranks_half(one: Series) -> bool:
    return one.ranked[-1] >= 0.5 and not any(math.isnan(value) for value in one.rho)


def _best(ranking: list[Series], policy: str) -> Series | None:
    its = [one for one in ranking if one.policy == policy]
    return max(its, key=lambda one: one.rho[-1]) if its else None


def once(series: list[Series]) -> list[Series]:
    """Each scheme under the first policy that takes it: where every cell is scored all say the same."""
    found: dict[str, Series] = {}
    for one in series:
        found.setdefault(one.scheme, one)
    return list(found.values())


def _grouped(series: list[Series]) -> str:
    """`median rank (0.908 to 0.902), ...`; schemes of the same numbers together."""
    names: dict[str, list[str]] = {}
    for one in series:
        moved = f"{fixed(one.rho[0], 3)} to {fixed(one.rho[-1], 3)}"
        names.setdefault(moved, []).append(inside(SCHEMES[one.scheme].title))
    return "; ".join(f"{listed(its)} ({moved})" for moved, its in names.items())


def _quoted(policy: str) -> str:
    return f"“{inside(POLICIES[policy].title)}”"


def _rhos(values: Sequence[float]) -> str:
    return listed([fixed(value, 3) for value in values])


def _percents(shares: Sequence[float]) -> str:
    """`80, 60 and 40 %`; each with its own sign where one is under 1 % or over 99 %."""
    words = [percent(share) for share in shares]
    if all(word[0].isdigit() for word in words):
        return listed([word.removesuffix(f"{NARROW}%") for word in words]) + f"{NARROW}%"
    return listed(words)


# Tables
