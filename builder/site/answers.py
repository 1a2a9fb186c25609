"""What visitors ask first: which is best and how sure is that, and why do schemes disagree about one."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup

from builder.results import COMPLETE, MANY_PLACES, View
from builder.site.book import Book
from builder.site.words import count, counted, decimals_for, fixed, listed, percent

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
            Markup(listed(names) if not rest else ", ".join(names) + rest),  # noqa: S704 (links of ours)
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
    if best["model_id"] == model:
        return said + ", and no other has a better median place."
    return said + Markup(
        "; the best median place is that of {}, which is first in {} of its rankings."
    ).format(book.linked(str(best["model_id"]), ""), percent(float(best["top_1"])))


def why_text(book: Book, model: str) -> str:
    """Why schemes put a model far apart: how it does on each group, and how widely scores spread there.

    Empty where they do not differ, where it is not complete, or where there are no groups to tell apart.
    """
    chosen = book.default
    found = None if chosen is None else book.results.contribution(chosen.id)
    if chosen is None or found is None or found.policy != COMPLETE or len(found.groups) < 2:
        return ""
    places = [
        of[model]
        for (selection, policy, _), of in book.places.items()
        if selection == chosen.id and policy == COMPLETE and model in of
    ]
    rows = found.group_scores[found.group_scores["model_id"] == model]
    if rows.empty or not places or max(places) - min(places) <= MANY_PLACES:
        return ""
    z = {group: float(rows[f"z:{group}"].iloc[0]) for group in found.groups}
    spread = _spreads(found.group_scores, found.groups)
    if not all(map(math.isfinite, z.values())) or not all(spread.values()):
        return ""
    by_z = sorted(z, key=lambda group: -z[group])
    stands = [f"{_deviations(z[group])} on {book.node_name(group)}" for group in by_z]
    wide, narrow = max(spread, key=spread.__getitem__), min(spread, key=spread.__getitem__)
    times, digits = spread[wide] / spread[narrow], decimals_for(list(spread.values()))
    said = f"Among the {count(found.n_models)} complete {book.models_are} it stands {listed(stands)}."
    if times < NEARLY:
        return f"{said} {ALIKE}"
    widest, narrowest = book.node_name(wide), book.node_name(narrow)
    return (
        f"{said} Scores spread {times:.1f} times as widely on {widest} (standard deviation "
        f"{fixed(spread[wide], digits)}) as on {narrowest} ({fixed(spread[narrow], digits)}): a mean of raw "
        f"scores follows {widest} more, while z-scores and ranks let each metric count alike."
    )


ALIKE = "Scores spread about as widely on each, so that it is by single metrics that the schemes differ."


def _spreads(scores: pd.DataFrame, groups: tuple[str, ...]) -> dict[str, float]:
    return {group: float(scores[group].std(ddof=0)) for group in groups}


def _deviations(z: float) -> str:
    if abs(z) < 0.05:
        return "at the mean"
    size = f"{abs(z):.1f} standard deviation{'' if f'{abs(z):.1f}' == '1.0' else 's'}"
    return f"{size} {'above' if z > 0 else 'below'} the mean"
