"""One model in every ranking: the figures and their titles."""

from __future__ import annotations

from collections.abc import Iterator

from builder.charts.specification import specification_curve
from builder.results_robustness import Behind, SpecificationCurve
from builder.site.book import Book, policy_title, scheme_short, scheme_title
from builder.site.figure import Figure
from builder.site.words import count
from builder.stats.schemes import POLICIES, SCHEMES


def followed(book: Book) -> list[tuple[str, SpecificationCurve]]:
    """Id of each figure, and what it shows: the models that at least two rankings have."""
    found = book.results.robustness
    curves = enumerate(found.curves if found is not None else (), start=1)
    return [(f"curve-{number}", curve) for number, curve in curves if len(curve.rankings) > 1]


def specification_figures(book: Book) -> Iterator[Figure]:
    """A figure for each model that is followed."""
    choices = {
        "selection": {one.id: one.title for one in book.selections},
        "policy": {policy: policy_title(policy) for policy in POLICIES},
        "scheme": {scheme: scheme_short(scheme) for scheme in SCHEMES},
    }
    for figure, curve in followed(book):
        yield Figure(
            figure,
            curve_title(book, curve),
            f"One column is one of the {count(len(curve.rankings))} rankings that have it, best first; a "
            "mark below says which selection, policy and scheme make it. Coloured: among the first ten.",
            specification_curve(curve.rankings, choices),
            curve.rankings,
        )


def curve_title(book: Book, curve: SpecificationCurve) -> str:
    """How often the model is first, how often it is low, and what the low places go with."""
    n = len(curve.rankings)
    often = f"all {count(n)} rankings" if curve.n_first == n else (
        f"{count(curve.n_first) if curve.n_first else 'none'} of {count(n)} rankings"
    )  # fmt: skip
    title = f"{book.model_names[curve.model_id]} is first in {often}"
    if not curve.n_below:
        worst = int(curve.rankings["place"].max())
        return title if worst == 1 else f"{title} and never below place {count(worst)}"
    title += f" and below the tenth place in {'all' if curve.n_below == n else count(curve.n_below)}"
    return title if curve.behind is None else title + _behind(book, curve.behind, curve.n_below)


def _behind(book: Book, behind: Behind, n_below: int) -> str:
    """The level that stands behind the low places, and how many of them are of it."""
    titles = {selection.id: selection.title for selection in book.selections}
    name = {
        "selection": lambda: titles[behind.level],
        "policy": lambda: policy_title(behind.level),
        "scheme": lambda: scheme_title(behind.level),
    }[behind.choice]()
    what = f"{behind.choice} “{name}”"
    if behind.n_below == n_below:
        return f", {'all ' if n_below > 1 else ''}under {what}"
    every = behind.n_below == behind.n_rankings
    many = f"all {count(behind.n_below)}" if every and behind.n_below > 1 else (
        f"{count(behind.n_below)} of the {count(behind.n_rankings)}" if behind.n_rankings > 1 else "the one"
    )  # fmt: skip
    return f", among them {many} under {what}"
