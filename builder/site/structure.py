"""What the page about agreement says of how exact it is, where it holds and what lies behind it."""

from __future__ import annotations

import math

from markupsafe import Markup

from builder.results import Agreement, Selection, Structure
from builder.site.book import Book
from builder.site.tables import Column, Table, count_cells, number_cells, range_cells, text_cells
from builder.site.words import count, counted, fixed, listed, percent, rho
from builder.stats.bootstrap import strata

TINY = 1e-9
SAME = {
    "group": "one top-level group",
    "subgroup": "one group of the lowest level",
    "reference": "one source",
}


def interval_text(book: Book, selection: Selection, found: Structure, mean: float) -> str:
    """How exact the mean correlation is, as models, metrics and both are drawn anew."""
    drawn = {
        "models": f"as many {book.models_are} are drawn anew",
        "metrics": f"as many metrics{' of each group' if strata(selection.tree).any() else ''} are",
        "both": "both are",
    }
    known = [
        f"between {fixed(row['low'])} and {fixed(row['high'])} when {drawn[row['over']]}"
        for row in found.means.to_dict("records")
        if not math.isnan(row["low"])
    ]
    if math.isnan(mean) or not known:
        return ""
    return f"In 95 % of {count(found.draws)} draws the mean ρ of {fixed(mean)} stays {listed(known)}."


def resampled_text(shown: Agreement, models_are: str) -> str:
    """Where draws and random pairings judge pairs otherwise than the formulas do."""
    found, n_pairs = shown.resampled, shown.spearman.n_pairs
    if found is None or not n_pairs:
        return ""
    pairs, changed = counted(n_pairs, "pair"), found.n_other_verdicts
    text = (
        f"Judged by {count(found.permutations)} random pairings of the scores and not by Student's t, "
        f"{count(changed)} of {pairs} {'changes' if changed == 1 else 'change'} the verdict at 5 %."
    )
    if math.isnan(found.median_width):
        return text
    return (
        f"{text} Judged by whether the 95 % interval over {count(found.draws)} draws of {models_are} "
        f"holds 0, and not by that of the formula, {count(found.n_other_intervals)} of {pairs} "
        f"{'does' if found.n_other_intervals == 1 else 'do'}; half of the drawn intervals are wider than "
        f"{fixed(found.median_width)}, half of those by formula than {fixed(found.median_width_by_formula)}."
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
    names = [
        f"“{book.node_name(metric)}”" for metric in frame.loc[frame["component_1"] > 0, "metric"].head(3)
    ]
    if not names:
        return text
    against = int((frame["component_1"] < 0).sum())
    stand = "none stands" if not against else "one stands" if against == 1 else f"{count(against)} stand"
    text += f" {listed(names)} {'loads' if len(names) == 1 else 'load'} highest on the first"
    return f"{text}; of the metrics {stand} against it."


def loadings_table(book: Book, found: Structure) -> Markup | None:
    """Which groups load where; None where there are none to compare."""
    rows = found.group_loadings
    if len(rows) < 2 or rows["component_1"].isna().all():
        return None
    columns = [
        Column("Group", text_cells([book.node_name(group) for group in rows["group"]]), header=True),
        Column("Metrics", count_cells(rows["n_metrics"].tolist()), "num"),
    ]
    columns += [
        Column(f"Component {k}", number_cells(rows[f"component_{k}"].tolist(), 2), "num")
        for k in range(1, len(found.shares) + 1)
    ]
    return Table("Mean loading of each group's metrics", columns).html()


def regression_text(found: Structure) -> str:
    """What explains which pairs agree."""
    if found.regression.empty:
        return ""
    parts = []
    for row in found.regression.to_dict("records"):
        much = f"{fixed(abs(row['coefficient']))} {'more' if row['coefficient'] >= 0 else 'less'}"
        parts.append(f"two of {SAME[row['same']]} {much} (p {_p(row['p'], found.permutations)})")
    equal, together = (", other things being equal", "together ") if len(parts) > 1 else ("", "")
    return (
        f"How much more or less two metrics agree, in ρ{equal}: {listed(parts)}; {together}this explains "
        f"{percent(found.r_squared)} of how far pairs differ."
    )


def _p(value: float, permutations: int) -> str:
    """A p-value from permutations, of which the least that there can be is an upper bound."""
    least = 1 / (1 + permutations)
    return f"{'=' if value > least + TINY else '≤'} {fixed(value, 3)}"
