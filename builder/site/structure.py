"""What the page about agreement says of how exact it is, where it holds and what lies behind it."""

from __future__ import annotations

import math

from markupsafe import Markup

from builder.results import Structure
from builder.site.book import Book
from builder.site.tables import Column, Table, count_cells, range_cells
from builder.site.words import count, counted, fixed, listed, percent, rho

SAME = {
    "group": "one top-level group",
    "subgroup": "one group of the lowest level",
    "reference": "one source",
}


def interval_text(found: Structure, mean: float, models_are: str) -> str:
    """How exact the mean correlation is."""
    if math.isnan(mean) or math.isnan(found.mean_low):
        return ""
    ends = f"{fixed(found.mean_low)} and {fixed(found.mean_high)}"
    return (
        f"Drawing as many {models_are} anew, {count(found.draws)} times, puts the mean ρ of {fixed(mean)} "
        f"between {ends} in 95 % of the draws."
    )


def resolution_text(book: Book, found: Structure) -> str:
    """Whether metrics agree less where it matters, among the best."""
    rows = found.resolution[:-1]
    rows = rows[~rows["top"].isna() & ~rows["random"].isna()]
    if rows.empty:
        return ""
    one = rows.iloc[0]
    k = f"{one['k']:g}"
    verdict = "as much about the best as about"
    if one["top"] < one["random_low"]:
        verdict = "less about the best than about"
    elif one["top"] > one["random_high"]:
        verdict = "more about the best than about"
    return (
        f"Among the best {k} {book.models_are} by mean rank two metrics agree at a mean ρ of "
        f"{rho(float(one['top']))}, among the last {k} at {rho(float(one['bottom']))}, among {k} at random "
        f"at {rho(float(one['random']))}. So metrics agree {verdict} a random set."
    )


def resolution_table(found: Structure) -> Markup:
    rows = found.resolution
    columns = [
        Column("Models", count_cells(rows["k"].tolist()), "num", header=True),
        Column("Best", [fixed(float(v)) for v in rows["top"]], "num"),
        Column("Last", [fixed(float(v)) for v in rows["bottom"]], "num"),
        Column("At random", [fixed(float(v)) for v in rows["random"]], "num"),
        Column("95 % of random sets", range_cells(rows["random_low"], rows["random_high"]), "num soft"),
    ]
    return Table("Mean ρ among the best, the last and random sets", columns, sortable=False).html()


def dimension_text(book: Book, found: Structure) -> str:
    """How many dimensions the metrics have, and which metrics the first is made of."""
    if not found.shares or math.isnan(found.shares[0]):
        return ""
    n = found.n_components
    many = (
        "No component holds more variance than it would by chance"
        if n == 0
        else f"{'One component holds' if n == 1 else f'{n} components hold'} more variance than by chance"
    )
    first = "The first holds" if len(found.shares) == 1 else f"The first {count(len(found.shares))} hold"
    text = (
        f"{many} (parallel analysis, {count(found.permutations)} permutations). {first} "
        f"{listed([percent(share) for share in found.shares])} of it."
    )
    frame = found.loadings.sort_values(["component_1", "metric"], ascending=[False, True])
    names = [f"“{book.node_name(metric)}”" for metric in frame["metric"].head(3)]
    against = int((frame["component_1"] < 0).sum())
    text += f" {listed(names)} {'loads' if len(names) == 1 else 'load'} highest on the first"
    return text + (
        f"; {counted(against, 'metric')} stand against it." if against != 1 else "; one stands against it."
    )


def regression_text(found: Structure) -> str:
    """What explains which pairs agree."""
    if found.regression.empty:
        return ""
    parts = []
    for row in found.regression.to_dict("records"):
        much = f"{fixed(abs(row['coefficient']))} {'more' if row['coefficient'] >= 0 else 'less'}"
        parts.append(f"two of {SAME[row['same']]} {much} (p = {_p(row['p'])})")
    return (
        f"How much more or less two metrics agree, in ρ and at equal others: {listed(parts)}; together this "
        f"explains {percent(found.r_squared)} of how far pairs differ."
    )


def _p(value: float) -> str:
    return fixed(value, 3)
