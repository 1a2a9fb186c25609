"""Why schemes and coverage policies put one model far apart."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from builder.names import inside
from builder.results import COMPLETE, MANY_PLACES, ROLE_MEAN, Contribution, Selection
from builder.site.book import Book, policy_title, scheme_title
from builder.site.words import count, counted, decimals_for, fixed, listed, signed
from builder.stats.schemes import POLICIES, SCHEMES

NEARLY = 1.1
"""Spreads of which one is less than so many times the other are said to be alike."""
COUNTS = {
    "attempted": "0 where it failed and nothing where it was never run",
    "zero": "0",
    "worst-rank": "as the last rank",
    "partial-order": "nothing",
}
"""Coverage policy -> what a cell without a score counts there."""


SENTENCE = re.compile(r"(?<=\.) (?=[A-Z])")
DEPENDS = "The value depends on which models take part."


class _Placed(NamedTuple):
    """One model's place by one scheme, of how many, and how many have that place."""

    scheme: str
    place: int
    of: int
    alike: int


def why_texts(book: Book, model: str) -> tuple[str, ...]:
    """Why rankings of the default selection put a model far apart, in paragraphs.

    First, of a model that is not complete, what its missing cells count; of any, the schemes that place it
    best and last, and the metrics on which it ranks best and last. Then, of a complete model, how it does on
    each group of metrics by score and by rank. Empty of a complete model whose places by the schemes of each
    policy are no more than `MANY_PLACES` apart, and of one that is not ranked.
    """
    chosen = book.default
    placed = _placed(book, chosen, model) if chosen is not None else {}
    if chosen is None or not placed:
        return ()
    apart = {policy: int(np.ptp([one.place for one in of])) for policy, of in placed.items()}
    far = max(apart.values()) > MANY_PLACES
    complete = COMPLETE in placed
    if complete and not far:
        return ()
    said = [] if complete else [_coverage_text(book, chosen, model, list(placed)), _policies_text(placed)]
    if far:
        policy = COMPLETE if apart.get(COMPLETE, 0) > MANY_PLACES else max(apart, key=apart.__getitem__)
        said += [_extremes_text(book, policy, placed[policy]), _metrics_text(book, chosen, model)]
    groups = _groups_text(book, chosen, model) if complete else ""
    return tuple(filter(None, (" ".join(filter(None, said)), groups)))


def _placed(book: Book, chosen: Selection, model: str) -> dict[str, list[_Placed]]:
    """Coverage policy -> the model's places under each scheme that goes with it."""
    found: dict[str, list[_Placed]] = {}
    for (selection, policy, scheme), of in book.places.items():
        if selection == chosen.id and model in of:
            alike = list(of.values()).count(of[model])
            found.setdefault(policy, []).append(_Placed(scheme, of[model], len(of), alike))
    return {policy: found[policy] for policy in POLICIES if policy in found}


def _coverage_text(book: Book, chosen: Selection, model: str, policies: list[str]) -> str:
    """What it is scored on, and what each policy makes of the rest."""
    known = book.turned.loc[model].notna()
    scored = {metric for metric in chosen.metrics if known[metric]}
    found = book.results.contribution(chosen.id)
    parts = [
        f"{count(len(scored.intersection(leaves)))} of {count(len(leaves))} of {book.node_name(group)}"
        for group in (found.groups if found is not None else ())
        if (leaves := chosen.tree.leaves(group))
    ]
    said = f"It is scored on {count(len(scored))} of these {counted(len(chosen.metrics), 'metric')}"
    said += f" ({', '.join(parts)})." if parts else "."
    counts = [f"{COUNTS[one]} under “{policy_title(one)}”" for one in policies if one in COUNTS]
    return f"{said} A cell without a score counts {listed(counts)}." if counts else said


def _policies_text(placed: dict[str, list[_Placed]]) -> str:
    """The places by the scheme whose place hangs most on the policy, of the main ones if it does for any.

    Nothing where none hangs on it much.
    """
    by_scheme: dict[str, dict[str, _Placed]] = {}
    for policy, of in placed.items():
        for one in of:
            by_scheme.setdefault(one.scheme, {})[policy] = one
    apart = {
        scheme: max(one.place for one in of.values()) - min(one.place for one in of.values())
        for scheme, of in by_scheme.items()
    }
    far = [scheme for scheme in by_scheme if apart[scheme] > MANY_PLACES]
    if not far:
        return ""
    scheme = max(far, key=lambda one: (SCHEMES[one].core, apart[one]))
    places = [
        f"{count(one.place)} of {count(one.of)} under “{policy_title(policy)}”"
        for policy, one in sorted(by_scheme[scheme].items(), key=lambda item: item[1].place)
    ]
    return f"By {inside(scheme_title(scheme))} it is {listed(places)}."


def _extremes_text(book: Book, policy: str, placed: list[_Placed]) -> str:
    """Which schemes place it best and last, and what these assume that the others do not."""
    best, last = min(one.place for one in placed), max(one.place for one in placed)
    first, other = ([one.scheme for one in placed if one.place == end] for end in (best, last))
    where = f"Among complete {book.models_are}" if policy == COMPLETE else f"Under “{policy_title(policy)}”"
    return (
        f"{where} its places run from {count(best)} of {count(placed[0].of)}{_shared(placed, best)}, by "
        f"{_by(first, other)}, to {count(last)}{_shared(placed, last)}, by {_by(other, first)}."
    )


def _shared(placed: list[_Placed], place: int) -> str:
    """That many have the place, where one scheme alone gives it."""
    alike = [one.alike for one in placed if one.place == place]
    return f" (which {count(alike[0])} share)" if len(alike) == 1 and alike[0] > 1 else ""


def _by(schemes: list[str], others: list[str]) -> str:
    """The schemes, the first two by name, and the last of what all of them assume and not all others do."""
    names = [inside(scheme_title(scheme)) for scheme in schemes]
    if len(schemes) > 2:
        names = [names[0], f"{count(len(schemes) - 1)} others"]
    alike = set.intersection(*(set(_assumptions(scheme)) for scheme in others))
    own = [
        text
        for text in _assumptions(schemes[0])
        if text not in alike and all(text in _assumptions(scheme) for scheme in schemes)
    ]
    return listed(names) + (f" (assumption: {inside(own[-1].rstrip('.'))})" if own else "")


def _assumptions(scheme: str) -> list[str]:
    """What a scheme assumes, by sentence, but for what says nothing of places."""
    return [one for one in SENTENCE.split(SCHEMES[scheme].assumes) if one != DEPENDS]


def _metrics_text(book: Book, chosen: Selection, model: str) -> str:
    """Where it ranks best and where last, of single metrics, by the share of the others that are better."""
    found = book.results.profiles
    if found is None:
        return ""
    columns = [found.metrics.index(metric) for metric in chosen.metrics]
    ranks = found.ranks[found.models.index(model), columns]
    n = (~np.isnan(found.ranks[:, columns])).sum(axis=0)
    known = [i for i in range(len(columns)) if not math.isnan(ranks[i]) and n[i] > 1]
    if len(known) < 2:
        return ""
    share = {i: round((ranks[i] - 1) / (n[i] - 1), 12) for i in known}
    low, high = min(share.values()), max(share.values())
    if low == high:
        return ""
    ends = []
    for end in (low, high):
        alike = [i for i in known if share[i] == end]
        at = alike[0]
        named = f"“{book.node_name(chosen.metrics[at])}”"
        if not end or end == 1:
            others = f" and {counted(len(alike) - 1, 'other')}" if len(alike) > 1 else ""
            ends.append(f"{'last' if end else 'first'} on {named}{others}")
        else:
            others = f" (and as far on {counted(len(alike) - 1, 'other')})" if len(alike) > 1 else ""
            ends.append(f"{ranks[at]:g} of {count(int(n[at]))} on {named}{others}")
    return (
        f"On single metrics it runs, by the share of the others that are better, from {ends[0]} to {ends[1]}."
    )


def _groups_text(book: Book, chosen: Selection, model: str) -> str:
    """How it does on each group, by score and by rank; nothing where there are no groups to tell apart."""
    found = book.results.contribution(chosen.id)
    if found is None or found.policy != COMPLETE:
        return ""
    rows = found.group_scores[found.group_scores["model_id"] == model]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    z = {group: float(row[f"z:{group}"]) for group in found.groups}
    means = found.explained[found.explained["scheme"] == ROLE_MEAN]
    spread = dict(zip(means["group"], means["std"].astype(float), strict=True))
    if not all(map(math.isfinite, z.values())) or not all(spread.values()):
        return ""
    stands = [
        f"{_deviations(z[group])} on {book.node_name(group)}" for group in sorted(z, key=lambda one: -z[one])
    ]
    said = (
        f"Among the {count(found.n_models)} complete {book.models_are} it stands {listed(stands)}, by each "
        "group's mean up the metric tree."
    )
    parts = (
        _spread_text(book, spread),
        _mean_text(book, chosen, row, found),
        _rank_text(book, chosen, row, found.groups),
    )
    return " ".join([said, *filter(None, parts)])


def _spread_text(book: Book, spread: Mapping[str, float]) -> str:
    wide, narrow = max(spread, key=spread.__getitem__), min(spread, key=spread.__getitem__)
    times = spread[wide] / spread[narrow]
    if times < NEARLY:
        return "Scores spread about as widely on each."
    digits = decimals_for(list(spread.values()))
    return (
        f"Scores spread {times:.1f} times as widely on {book.node_name(wide)} "
        f"(standard deviation {fixed(spread[wide], digits)}) as on "
        f"{book.node_name(narrow)} ({fixed(spread[narrow], digits)})."
    )


def _mean_text(book: Book, chosen: Selection, row: pd.Series[Any], found: Contribution) -> str:
    """What each group adds to its arithmetic mean and to the mean of the groups, against the average model.

    Nothing where a metric is in none of the groups, for then the parts are not all.
    """
    leaves = {group: chosen.tree.leaves(group) for group in found.groups}
    if sorted(metric for metrics in leaves.values() for metric in metrics) != sorted(chosen.metrics):
        return ""
    scores = book.turned.loc[found.group_scores["model_id"], list(chosen.metrics)]
    apart = (scores.loc[row["model_id"]] - scores.mean()) / len(chosen.metrics)
    flat = {group: float(apart[list(metrics)].sum()) for group, metrics in leaves.items()}
    centred = {group: row[group] - found.group_scores[group].mean() for group in found.groups}
    equal = {group: float(part) / len(centred) for group, part in centred.items()}
    digits = decimals_for([*flat.values(), *equal.values()])
    order = sorted(flat, key=lambda group: -flat[group])
    n_of = {group: counted(len(metrics), "metric") for group, metrics in leaves.items()}
    each = [
        f"{signed(flat[group], digits)} from the {n_of[group]} of {book.node_name(group)}" for group in order
    ]
    groups = [f"{signed(equal[group], digits)} from {book.node_name(group)}" for group in order]
    return (
        f"Against the average of these {book.models_are}, the arithmetic mean, in which every metric counts "
        f"once, has {listed(each)}; the mean of the groups, in which every group counts once, has "
        f"{listed(groups)}."
    )


def _rank_text(book: Book, chosen: Selection, row: pd.Series[Any], groups: tuple[str, ...]) -> str:
    """Its mean rank on each group, the best first; nothing where there are no ranks."""
    ranks = {group: float(row[f"rank:{group}"]) for group in groups}
    if not all(map(math.isfinite, ranks.values())):
        return ""
    parts = [
        f"{fixed(ranks[group], 1)} over the {counted(len(chosen.tree.leaves(group)), 'metric')} of "
        f"{book.node_name(group)}"
        for group in sorted(ranks, key=lambda one: ranks[one])
    ]
    return f"In the mean rank, too, every metric counts once: it is {listed(parts)}."


def _deviations(z: float) -> str:
    if abs(z) < 0.05:
        return "at the mean"
    size = f"{abs(z):.1f} standard deviation{'' if f'{abs(z):.1f}' == '1.0' else 's'}"
    return f"{size} {'better' if z > 0 else 'worse'} than the mean"
