"""What the page about robustness says: which choices move the models, and how far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from builder.charts.places import place_strip
from builder.charts.text import short
from builder.names import inside
from builder.results import LeftOutMetrics, Robustness, Sensitivity
from builder.site.book import Book, scheme_title
from builder.site.figure import Figure
from builder.site.specification import followed
from builder.site.tables import Column, Table, count_cells, number_cells
from builder.site.tradeoff import tradeoff_text
from builder.site.words import DASH, capital, count, counted, fixed, inert, listed, percent, rho
from builder.stats.multiverse import CROWDED, NOTHING
from builder.stats.schemes.kemeny import EXACT
from builder.stats.specification import TOP

SHOWN, LISTED, METRICS = 25, 50, 12
"""Models in the figure and in the table; metrics in the table of what is left out."""
NAMED = 12
"""As many models that no weights put first are named; more are in the CSV."""
EQUAL = 1e-9
"""Less weight than this to move is none."""
FIGURE = "standings"


def robustness(book: Book) -> dict[str, Any]:
    """Everything that the template needs."""
    found = book.results.robustness
    if found is None:
        return {"found": None}
    context = {
        "found": found,
        "lead": lead(book, found),
        "choices": f"{choices_text(found)}{crowds_text(book)}",
        "standings": _standings_table(book, found),
        "curves": [(figure, book.model_cell(curve.model_id)) for figure, curve in followed(book)],
        "tradeoff": tradeoff_text(book, found),
        "known": found.sensitivity,
    }
    return context | (_sensitivity(book, found.sensitivity) if found.sensitivity is not None else {})


def _sensitivity(book: Book, known: Sensitivity) -> dict[str, Any]:
    left = known.left_out
    return {
        "chosen": next(s for s in book.selections if s.id == known.selection),
        "left_out": _left_out_table(book, left, known.n_models) if left is not None else None,
        "left_out_text": left_out_text(book, left, known.n_models) if left is not None else "",
        "first_text": first_text(book, known),
        "first_table": _first_table(book, known) if len(known.first_places) else None,
        "irrelevant": _irrelevant_table(book, known),
        "searched": known.n_models > EXACT and (known.irrelevant["scheme"] == "kemeny").any(),
        "small_text": small_text(book, known),
    }


def robustness_figures(book: Book) -> Iterator[Figure]:
    """The spread of the first models over all rankings."""
    found = book.results.robustness
    if found is None or found.n_rankings < 2 or len(found.standings) < 2:
        return
    top = found.standings.head(SHOWN)
    yield Figure(
        FIGURE,
        _title(book, found),
        f"The {counted(len(top), book.singular, book.models_are)} with the best median place, relative to "
        f"how many are ranked, over {counted(found.n_rankings, 'ranking')}. A line runs from best to worst "
        "place, the bar holds the middle half, the dot is the median.",
        place_strip(top),
        found.standings,
    )


def _title(book: Book, found: Robustness) -> str:
    if found.n_first == 1:
        return f"One {book.singular} is first whichever way they are ranked"
    return f"{capital(count(found.n_first))} {book.models_are} are first in one ranking or another"


def lead(book: Book, found: Robustness) -> Markup:
    """Who leads over all rankings, and how often."""
    best = found.standings.iloc[0]
    n, first = int(best["n_rankings"]), float(best["top_1"])
    n_best = int((found.standings["relative"] == best["relative"]).sum())
    every = "the one that has it" if n == 1 else f"all {count(n)} that have it"
    said = f"it is first in {every}." if first >= 1 else (
        f"it is first in {_of_all(first)} of the {count(n)} that have it" + (
            "." if best["worst"] <= TOP else
            f", and among the first ten in {_of_all(float(best['top_10']))}."
        )
    )  # fmt: skip
    if n_best > 1:
        also = counted(n_best - 1, "other shares", "others share")
        none = f"None of these is first more often: {said.removeprefix('it is first ')}" if first > 0 else ""
        said = f"{also} it. {none}"
    many = counted(found.n_first, f"{book.singular} is", f"{book.models_are} are")
    others = f"{capital(many)} first in at least one."
    if found.n_first == 1 and first > 0:
        others = f"No other {book.singular} is first in any."
    rankings = counted(found.n_rankings, "ranking")
    if found.n_distinct < found.n_rankings:
        rankings += f", {count(found.n_distinct)} of them different"
    return Markup(
        "The same scores give {}. <b>{}</b> has the best median place, relative to how many are ranked; {} {}"
    ).format(rankings, book.model_cell(str(best["model_id"])), said, others)


def _of_all(share: float) -> str:
    if share >= 1 - 1e-9:
        return "all"
    return "none" if share < 1e-9 else percent(share)


def choices_text(found: Robustness) -> str:
    """Which choice explains how much of the movement."""
    # A choice that no model has two of explains nothing but rounding.
    known = {name: share for name, share in found.explained.items() if share > NOTHING}
    if not known:
        return "No choice moves any place."
    ordered = sorted(known, key=lambda name: -known[name])
    words = {"selection": "the selection of metrics", "policy": "the coverage policy", "scheme": "the scheme"}
    parts = [f"{words[name]} {percent(known[name])}" for name in ordered]
    return (
        f"Of the variance of places about each one's own mean, {listed(parts)} would explain if each stood "
        f"alone; all of them without their combinations explain {percent(found.together)}."
        if len(parts) > 1
        else f"Of the variance of places about each one's own mean, {parts[0]} explains."
    )


def crowds_text(book: Book) -> str:
    """Which schemes put more than half of many models on one place, so that they set hardly any apart."""
    crowds = [
        scheme
        for (_, _, scheme), view in book.views.items()
        if view.ranking["place"].value_counts().max() > max(CROWDED, view.n_models / 2)
    ]
    titles = [inside(scheme_title(scheme)) for scheme in dict.fromkeys(crowds)]
    if not titles:
        return ""
    gives = "gives" if len(titles) == 1 else "give"
    half = f"more than half of the {book.models_are}"
    return f" The places that count in this are also those of {listed(titles)}, which {gives} one to {half}."


def _standings_table(book: Book, found: Robustness) -> Markup:
    rows = found.standings.head(LISTED)
    columns = [
        Column(
            capital(book.singular), [book.linked(m, "../") for m in rows["model_id"]], "name", header=True
        ),
        Column("Rankings", count_cells(rows["n_rankings"].tolist()), "num soft"),
        Column("Median place", number_cells(rows["median"].tolist(), 1), "num"),
        Column("Middle half", _ranges(rows, "lower_quartile", "upper_quartile"), "num"),
        Column("Best to worst", _ranges(rows, "best", "worst"), "num soft"),
        *(
            Column(label, [percent(share) for share in rows[name]], "num", keys=rows[name].tolist())
            for name, label in (("top_1", "First"), ("top_3", "First 3"), ("top_10", "First 10"))
        ),
    ]
    return Table("Places over all rankings", columns).html()


def _models(book: Book, rows: pd.DataFrame) -> Column:
    cells = [book.linked(model, "../") for model in rows["model_id"]]
    return Column(capital(book.singular), cells, "name", header=True)


def _ranges(rows: pd.DataFrame, low: str, high: str) -> list[str]:
    ends = [(f"{round(a, 1):g}", f"{round(b, 1):g}") for a, b in zip(rows[low], rows[high], strict=True)]
    return [a if a == b else f"{a}{DASH}{b}" for a, b in ends]


def left_out_text(book: Book, left: LeftOutMetrics, n_models: int) -> str:
    """Which single metric, and which source, changes most."""
    rows = left.rows
    metrics, sources = (rows[rows["kind"] == kind] for kind in ("metric", "source"))
    title = inside(scheme_title(left.scheme))
    if metrics.empty or not (metrics["largest_move"] > 0).any():
        return f"Leaving out any one metric moves nothing in the ranking by the {title}."
    named = {metric: book.node_name(metric) for metric in metrics["node"]}
    name, effect = _most_decisive(book, metrics, named, n_models)
    most = "decides most about the first ten" if (metrics["left_top"] > 0).any() else "changes most"
    text = f"By the {title}, the one metric that {most} is “{name}”. {effect}"
    if (sources["largest_move"] > 0).any():
        name, effect = _most_decisive(book, sources, source_names(sources["node"]), n_models)
        text += f" Of the sources with several metrics it is {name}. {effect}"
    return text


def _most_decisive(
    book: Book, rows: pd.DataFrame, names: Mapping[str, str], n_models: int
) -> tuple[str, str]:
    """The name of what decides most about the first ten, and what is without it."""
    worst = rows.sort_values(["left_top", "spearman", "node"], ascending=[False, True, True]).iloc[0]
    moved = int(worst["left_top"])
    leave = "leaves" if moved < 2 else "leave"
    who = counted(moved, book.singular, book.models_are) if moved else f"no {book.singular}"
    left = f", and {who} {leave} the first ten" if n_models > TOP else ""
    return names[worst["node"]], (
        f"Without it the ranking has Spearman ρ {rho(float(worst['spearman']))} with the whole{left}."
    )


def source_names(references: Iterable[str]) -> dict[str, str]:
    """A short name for each reference: its authors and year where it begins with them, else its beginning.

    Of those that would have one name, all authors are named, then more of the text is kept.
    """
    pending = list(dict.fromkeys(references))
    names: dict[str, str] = {}
    for name_of in (_first_author, _authors, lambda one: short(one, 120)):
        found = {one: name_of(one) for one in pending}
        times = Counter(found.values())
        names |= found
        pending = [one for one, name in found.items() if times[name] > 1]
    return names


def _authors(reference: str) -> str:
    found = _AUTHORS_AND_YEAR.match(reference)
    return short(f"{found[1]} ({found[2]})" if found else reference, 60)


def _first_author(reference: str) -> str:
    found = _AUTHORS_AND_YEAR.match(reference)
    authors = re.split(r", | and ", found[1]) if found else []
    return (
        short(f"{authors[0]} et al. ({found[2]})", 60) if found and len(authors) > 2 else _authors(reference)
    )


_AUTHORS_AND_YEAR = re.compile(r"([^()]{1,400}?) \((\d{4}[a-z]?)\)")


def _left_out_table(book: Book, left: LeftOutMetrics, n_models: int) -> Markup:
    by_kind = [left.rows[left.rows["kind"] == kind] for kind in ("group", "source", "metric")]
    groups, sources, metrics = by_kind
    # The one that the text names comes first.
    keys, rising = ["left_top", "spearman", "node"], [False, True, True]
    worst = [part.sort_values(keys, ascending=rising).head(METRICS) for part in (sources, metrics)]
    rows = pd.concat([groups, *worst])
    shown = source_names(sources["node"])
    names = [
        shown[node] if kind == "source" else book.node_name(node)
        for node, kind in zip(rows["node"], rows["kind"], strict=True)
    ]
    firsts = [str(first) for first in rows["first"]]
    left_top = Column("Leave the first 10", count_cells(rows["left_top"].tolist()), "num")
    columns = [
        Column("Without", [str(inert(name)) for name in names], "name", header=True),
        Column("Kind", rows["kind"].tolist(), "soft"),
        Column("Metrics left", count_cells(rows["n_metrics"].tolist()), "num soft"),
        Column("ρ with all", [fixed(float(rho), 3) for rho in rows["spearman"]], "num"),
        *([left_top] if n_models > TOP else []),
        Column("Largest move", count_cells(rows["largest_move"].tolist()), "num"),
        Column("First then", [book.model_cells[f] if f else DASH for f in firsts], "name soft"),
    ]
    return Table("Rankings without a group, a source or a metric", columns).html()


def first_text(book: Book, found: Sensitivity) -> Markup:
    """How many models some weights can put first."""
    parts = []
    if found.groups:
        n, names = len(found.first_places), [book.node_name(group) for group in found.groups]
        who = counted(n, book.singular, book.models_are)
        parts.append(
            f"With weights on {listed([str(name) for name in names])}, none below zero, {who} of "
            f"{count(found.n_models)} can be made first by a weighted mean of the groups' scores; no weights "
            "do it for the others."
            if n < found.n_models
            else f"With some weights on the groups, each of the {count(found.n_models)} can be made first."
        )
    parts.append(_by_metrics_text(book, found))
    return Markup(" ").join(inert(part) for part in parts)


def _by_metrics_text(book: Book, found: Sensitivity) -> Markup:
    """How many models some weights on single metrics put first, and which none do."""
    rows = found.by_metrics
    possible, never = rows[rows["moved"].notna()], rows[rows["moved"].isna()]
    best = "" if len(rows) == found.n_models else " best by mean rank"
    who = "all" if never.empty else count(len(possible))
    text = f"With a weight for each metric, {who} of the {count(len(rows))}{best} can be made first"
    others = possible[possible["moved"] > EQUAL]["moved"]
    if len(others):
        text += (
            f"; {percent(float(others.min()))} of the weight must move for the nearest that is not first by "
            f"equal weights, {percent(float(others.median()))} in the median"
        )
    if 0 < len(never) <= NAMED:
        names = Markup(listed([book.model_cell(model) for model in never["model_id"]], "or"))  # noqa: S704 (escaped)
        return Markup("{}. No weights put {} first.").format(inert(text), names)
    return inert(f"{text}.")


def _first_table(book: Book, found: Sensitivity) -> Markup:
    rows = found.first_places.head(LISTED)
    columns = [
        _models(book, rows),
        Column("Weight that must move", [percent(share) for share in rows["moved"]], "num",
               keys=rows["moved"].tolist(), title="From equal weights to the nearest that put it first"),
        *(
            Column(
                book.node_name(group), [percent(w) for w in rows[group]], "num", keys=rows[group].tolist()
            )
            for group in found.groups
        ),
    ]  # fmt: skip
    return Table(f"Weights that put {book.models_are} first", columns).html()


def _irrelevant_table(book: Book, found: Sensitivity) -> Markup | None:
    rows = found.irrelevant
    if rows.empty:
        return None
    columns = [
        Column("Scheme", [str(inert(scheme_title(s))) for s in rows["scheme"]], "name", header=True),
        Column("Removals that turn a pair", [percent(s) for s in rows["share_of_removals"]], "num",
               keys=rows["share_of_removals"].tolist()),
        Column("Pairs turned per 10 000", [_per_10_000(s) for s in rows["share_of_pairs"]], "num"),
        Column("Most by removing", [book.model_cells[m] if m else DASH for m in rows["worst"]], "name soft"),
    ]  # fmt: skip
    return Table("Pairs that turn when a third leaves", columns).html()


def _per_10_000(share: float) -> str:
    return "under 0.1" if 0 < 1e4 * share < 0.05 else fixed(1e4 * share, 1)


def small_text(book: Book, found: Sensitivity) -> str:
    """How redundant the metrics are."""
    small = found.small_panel
    if small.empty:
        return ""
    names = [f"“{book.node_name(metric)}”" for metric in small["metric"]]
    total = len(next(s for s in book.selections if s.id == found.selection).metrics)
    rank = "ranks" if len(names) == 1 else "rank"
    return (
        f"Kendall's W over the metrics is {fixed(found.concordance)} (0: nothing in common, 1: they "
        f"agree). {capital(counted(len(names), 'metric'))} of the {count(total)}, chosen one by one, {rank} "
        f"as all do, at a Spearman ρ of {rho(float(small['agreement'].iloc[-1]))} by mean rank: "
        f"{listed(names)}."
    )
