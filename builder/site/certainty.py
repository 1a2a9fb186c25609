"""How sure a ranking is, in words made from its numbers."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup

from builder.catalog.tree import MetricTree
from builder.results import View
from builder.site.book import Book
from builder.site.tables import Column, Table, place_cells
from builder.site.words import DASH, capital, count, counted, percent
from builder.stats.bootstrap import LEVEL, strata

SHOWN = 10
"""Models that the page compares two by two; the CSV has those of `above`."""


def shared_words(view: View) -> str:
    """That first places of draws are shared out, where that is more than rounding of a percentage."""
    return ", where a first place that several share counts in part" if view.certainty.shared >= 0.01 else ""


def certainty_text(view: View, tree: MetricTree, best: Markup | str, singular: str, plural: str) -> Markup:
    """A few sentences on how far the places hold; `best` is the first one's name as HTML.

    `tree` is that of the view's selection.
    """
    known = view.certainty
    errors = f" {_errors(view, singular, plural)}" if known.within_errors else ""
    if known.draws and not known.within_errors:
        errors = " This is about the choice of metrics, not about errors in the scores."
    if not known.draws:
        return Markup(known.reason + errors)  # noqa: S704 (sentences of ours)
    text = Markup(
        "In {draws} draws of the {metrics}, with repetition{within}, {first}. {width} {tiers}{errors}"
    )
    return text.format(
        draws=count(known.draws),
        metrics=counted(view.n_metrics, "metric"),
        within=" and within their groups" if strata(tree).any() else "",
        first=_first(view, best),
        width=_width(known.median_width, plural),
        tiers=_tiers(view, singular),
        errors=errors,
    )


def _first(view: View, best: Markup | str) -> Markup:
    places, shares = view.ranking["place"], view.ranking["p_first"]
    n_best = int((places == 1).sum())
    said = _share(float(shares[places == 1].sum())) + shared_words(view)
    if n_best == 1:
        return Markup("{} is first in {}").format(best, said)
    return Markup("one of the {} that share the first place is first in {}").format(count(n_best), said)


def _share(share: float) -> str:
    if share >= 1 - 1e-9:
        return "all"
    return "none" if share < 1e-9 else percent(share)


def _width(width: float, plural: str) -> str:
    if width == 0:
        return f"Half of the {plural} or more keep their place in at least 95 % of the draws."
    # From 1 to 4 are four places, where the bounds are three apart.
    return f"Half of the {plural} have likely places that span {width + 1:g} places or more."


def _tiers(view: View, singular: str) -> str:
    known, n = view.certainty, view.n_models
    neighbours = n - 1
    if known.n_tiers == 1:
        return f"The draws tell no other {singular} from the first."
    if known.n_apart == 0:
        apart = "no two neighbours"
    elif known.n_apart == neighbours:
        apart = "all neighbours" if neighbours > 1 else "the two"
    else:
        apart = f"{count(known.n_apart)} of the {count(neighbours)} pairs of neighbours"
    within = (
        f", in which no {singular} is told from the first of its tier"
        if known.n_tiers < view.n_models
        else ""
    )
    return f"The draws tell {apart} apart; they make {counted(known.n_tiers, 'tier')}{within}."


def _errors(view: View, singular: str, plural: str) -> str:
    """What the errors of the scores alone leave open about the first place."""
    n_open = int((view.ranking["sure_low"] == 1).sum())
    if n_open == 1:
        return f"Within the errors of the scores alone, no other {singular} could be first."
    return f"Within the errors of the scores alone, {count(n_open)} {plural} could be first."


def above_table(book: Book, view: View) -> Markup | None:
    """How often each of the first models stands above each other; None without draws."""
    above = view.certainty.above
    if above is None:
        return None
    rows = view.ranking.head(min(SHOWN, len(above)))
    ids, places = rows["model_id"].tolist(), place_cells(view.ranking["place"], len(rows))
    columns = [
        Column("Place", places, "num place"),
        Column(capital(book.singular), [book.linked(m, "../../../../") for m in ids], "name", header=True),
    ]
    for position, model in enumerate(ids):
        cells = [_share_above(share) for share in above[: len(ids), position].tolist()]
        columns.append(Column(places[position], cells, "num", title=book.model_names[model]))
    label = f"Share of the draws in which the {book.singular} of the row stands above that of the column"
    return Table(label, columns, sortable=False, classes="ab-above").html()


def _share_above(share: float) -> str:
    if math.isnan(share):
        return f'<span class="ab-refused">{DASH}</span>'
    return f"<b>{percent(share)}</b>" if share >= LEVEL else percent(share)


def above_frame(view: View) -> pd.DataFrame:
    """The whole of `above`, a row and a column a model; empty without draws."""
    above = view.certainty.above
    if above is None:
        return pd.DataFrame()
    ids = view.ranking["model_id"].head(len(above)).tolist()
    frame = pd.DataFrame(above, columns=ids)
    frame.insert(0, "model_id", ids)
    return frame
