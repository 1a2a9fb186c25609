"""Diversity against sensitivity: the figure, and what it says of the study's own selection."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from builder.charts.tradeoff import tradeoff
from builder.results import Robustness
from builder.site.book import Book
from builder.site.figure import Figure
from builder.site.words import count, fixed, percent, rho

FIGURE = "tradeoff"
FEWEST, CLEAR = 2, 0.05


def tradeoff_figures(book: Book) -> Iterator[Figure]:
    """One figure, where there are two sets of metrics to compare."""
    found = book.results.robustness
    if found is None or len(_known(found)) < FEWEST:
        return
    frame = found.tradeoff
    titles = {selection.id: selection.title for selection in book.selections}
    names = [
        book.node_name(one) if group else titles[one]
        for one, group in zip(frame["set"], frame["group"], strict=True)
    ]
    groups = int(_known(found)["group"].sum())
    shapes = "One point is one selection"
    if groups and book.default is not None:
        shapes = f"Circles are selections, diamonds the groups of “{book.default.title}”"
    yield Figure(
        FIGURE,
        tradeoff_title(found),
        f"{shapes}, on their complete {book.models_are}. Sensitivity: how far the order of the best fifth, "
        f"at most fifty, by mean win rate turns when the worst set of other {book.models_are} stands beside "
        "it; 0: not at all, 1: it is reversed.",
        tradeoff(frame.assign(name=names)),
        frame,
        note="Sets overlap, and what they share they share in both measures.",
    )


def _known(found: Robustness) -> pd.DataFrame:
    return found.tradeoff.dropna(subset=["diversity", "sensitivity"])


def tradeoff_title(found: Robustness) -> str:
    """Whether diverse sets are the sensitive ones; with too few sets, which is the most sensitive."""
    known = _known(found)
    shared = found.tradeoff_rho
    if not math.isnan(shared):
        over = f"ρ = {rho(shared)} over {count(len(known))} sets of metrics"
        if not found.tradeoff_p < CLEAR:
            return f"No clear relation between diversity of metrics and sensitivity to rivals: {over}"
        how = "go together" if shared > 0 else "run against each other"
        return f"Diversity of metrics and sensitivity to rivals {how} at {over}"
    least, most = (fixed(float(one)) for one in (known["sensitivity"].min(), known["sensitivity"].max()))
    if not known["sensitivity"].any():
        return "No rivals turn the order of the best"
    much = least if least == most else f"{least} to {most}"
    return f"Rivals can turn the order of the best by {much} of what there is to turn"


def tradeoff_text(book: Book, found: Robustness) -> str:
    """What rivals do to the best of the selection that the study starts from."""
    rows = found.tradeoff
    default = book.default
    rows = rows[(rows["set"] == (default.id if default is not None else "")) & ~rows["group"]]
    if rows.empty or default is None:
        return ""
    one = rows.iloc[0]
    relevant, chosen, others = (
        int(one["n_relevant"]), int(one["n_chosen"]), int(one["n_models"] - one["n_relevant"]),
    )  # fmt: skip
    start = f"{default.title}: diversity is {fixed(float(one['diversity']))}. "
    if math.isnan(float(one["sensitivity"])):
        return f"{start}The best {count(relevant)} by mean win rate all tie, so rivals have nothing to turn."
    if not float(one["sensitivity"]):
        return (
            f"{start}No set of other {book.models_are} turns the order of the best {count(relevant)} by mean "
            "win rate."
        )
    moved = round(float(one["rank_change"]) * (relevant - 1), 1)
    return (
        f"{start}The order of the best {count(relevant)} by mean win rate among themselves and their order "
        f"beside {count(chosen)} of the {count(others)} others differ by "
        f"{percent(float(one['sensitivity']))} of a full reversal; one moves {moved:g} "
        f"{'place' if moved == 1 else 'places'}. The search may miss a worse set."
    )
