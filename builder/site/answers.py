"""What visitors ask first: which is best and how sure is that, and why do schemes disagree about one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from builder.results import COMPLETE, MANY_PLACES, ROLE_MEAN, Contribution, Selection, View
from builder.site.book import Book
from builder.site.words import count, counted, decimals_for, fixed, listed, percent, signed

NEARLY = 1.1
"""Spreads of which one is less than so many times the other are said to be alike."""


def first_text(book: Book, view: View) -> Markup:
    """Who is first in a view, in how many draws, in how many rankings, and who else has a claim."""
    ranking = view.ranking
    firsts = ranking[ranking["place"] == 1]
    of = counted(view.n_models, book.singular, book.models_are)
    if len(firsts) > 1:
        names = [str(book.linked(model, "")) for model in firsts["model_id"].iloc[:3]]
        rest = f" and {count(len(firsts) - 3)} more" if len(firsts) > 3 else ""
        return Markup("{} share the first of {} places.").format(
            Markup(", ".join(names) + rest if rest else listed(names)),  # noqa: S704 (links of ours)
            count(view.n_models),
        )
    row, model = firsts.iloc[0], str(firsts["model_id"].iloc[0])
    said = Markup("{} is first of {}.").format(book.linked(model, ""), of)
    if view.certainty.draws:
        said += f" When the {counted(view.n_metrics, 'metric')} are drawn anew, it is first in "
        said += f"{percent(float(row['p_first']))} of {count(view.certainty.draws)} draws"
        said += (
            f"; its likely places are {row['low']} to {row['high']}."
            if row["low"] != row["high"]
            else f"; its likely place is {row['low']}."
        )
    return said + _over_rankings(book, model)


def _over_rankings(book: Book, model: str) -> Markup:
    robust = book.results.robustness
    if robust is None or robust.n_rankings < 2:
        return Markup("")
    standings = robust.standings
    mine = standings[standings["model_id"] == model]
    if mine.empty:
        return Markup("")
    n = int(mine["n_rankings"].iloc[0])
    said = Markup(" Of the {} of this snapshot that have it, it is first in {}").format(
        counted(n, "ranking"), percent(float(mine["top_1"].iloc[0]))
    )
    best = standings.iloc[0]
    if float(mine["relative"].iloc[0]) <= float(best["relative"]):
        return said + ", and no other has a better median place, relative to how many are ranked."
    return said + Markup(
        "; the best median place, relative to how many are ranked, is that of {}, "
        "which is first in {} of its rankings."
    ).format(book.linked(str(best["model_id"]), ""), percent(float(best["top_1"])))


def why_text(book: Book, model: str) -> str:
    """Why schemes put a model far apart: how it does on each group of metrics by score and by rank.

    Empty where they do not, where it is not complete, or where there are no groups to tell apart.
    """
    chosen = book.default
    found = None if chosen is None else book.results.contribution(chosen.id)
    if chosen is None or found is None or found.policy != COMPLETE:
        return ""
    places = [
        of[model]
        for (selection, policy, _), of in book.places.items()
        if (selection, policy) == (chosen.id, COMPLETE) and model in of
    ]
    rows = found.group_scores[found.group_scores["model_id"] == model]
    if rows.empty or not places or max(places) - min(places) <= MANY_PLACES:
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
    said = f"Among the {count(found.n_models)} complete {book.models_are} it stands {listed(stands)}."
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
    return f"By ranks each metric counts alike: its mean rank is {listed(parts)}."


def _deviations(z: float) -> str:
    if abs(z) < 0.05:
        return "at the mean"
    size = f"{abs(z):.1f} standard deviation{'' if f'{abs(z):.1f}' == '1.0' else 's'}"
    return f"{size} {'better' if z > 0 else 'worse'} than the mean"
