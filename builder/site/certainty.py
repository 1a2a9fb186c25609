"""How sure a ranking is, in words made from its numbers."""

from __future__ import annotations

from markupsafe import Markup

from builder.results import View
from builder.site.words import count, counted, percent


def certainty_text(view: View, best: Markup | str, singular: str, plural: str) -> Markup:
    """Two or three sentences on how far the places hold; `best` is the first one's name as HTML."""
    known = view.certainty
    if not known.draws:
        return Markup(known.reason)  # noqa: S704 (a sentence of ours)
    text = Markup("In {draws} draws of the {metrics} from among their groups, {first}. {width} {tiers}")
    return text.format(
        draws=count(known.draws),
        metrics=counted(view.n_metrics, "metric"),
        first=_first(view, best),
        width=_width(known.median_width, plural),
        tiers=_tiers(view, singular),
    )


def _first(view: View, best: Markup | str) -> Markup:
    places, shares = view.ranking["place"], view.ranking["p_first"]
    n_best = int((places == 1).sum())
    said = _share(float(shares[places == 1].sum()))
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
    apart = "one place" if width == 1 else f"{width:g} places"
    return f"The likely places of half of the {plural} span {apart} or more."


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
    return f"The draws tell {counted(known.n_tiers, 'tier')} apart, and {apart}."
