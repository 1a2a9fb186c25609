"""What visitors ask first: which is best, and how sure is that."""

from __future__ import annotations

from markupsafe import Markup

from builder.results import View
from builder.site.book import Book
from builder.site.certainty import shared_words
from builder.site.words import count, counted, listed, percent


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
        said += shared_words(view)
        said += (
            f"; its likely places, where 95 % of the draws put it, are {row['low']} to {row['high']}."
            if row["low"] != row["high"]
            else f"; its likely place, where 95 % of the draws put it, is {row['low']}."
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
