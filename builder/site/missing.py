"""What the page about coverage says of cells without a score: what each policy changes, and a what-if."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from markupsafe import Markup

from builder.names import inside
from builder.results import Missing, WhatIf
from builder.site.book import Book, policy_title, scheme_title
from builder.site.tables import Column, Table, count_cells, number_cells
from builder.site.words import DASH, capital, count, counted, fixed, inert, listed, percent
from builder.stats.specification import TOP


def missing(book: Book) -> dict[str, Any]:
    """Everything that the template needs."""
    found = book.results.missing
    if found is None:
        return dict.fromkeys(("missing", "policies_table", "entrants_table", "what_if_text", "what_if_table"))
    return {
        "missing": found,
        "policies_text": policies_text(book, found) if len(found.changes) else "",
        "policies_table": _policies_table(book, found) if len(found.changes) else None,
        "entrants_table": _entrants_table(book, found) if len(found.entrants) else None,
        "what_if_text": what_if_text(book, found.what_if) if found.what_if is not None else found.no_what_if,
        **(_what_if(book, found.what_if, found.selection) if found.what_if else {"what_if_table": None}),
    }


def _what_if(book: Book, what_if: WhatIf, selection: str) -> dict[str, Any]:
    if what_if.top.empty:
        return {"what_if_table": None}
    return {
        "what_if_table": _what_if_table(book, what_if, selection),
        "filled_text": _filled_text(what_if),
    }


def policies_text(book: Book, found: Missing) -> str:
    """Against what the policies are compared, and which changes most."""
    title = next(one.title for one in book.selections if one.id == found.selection)
    complete = counted(found.n_complete, f"complete {book.singular}", f"complete {book.models_are}")
    text = (
        f"{title}: the {complete} by the {inside(scheme_title(found.scheme))}, against every {book.singular} "
        "that was run on any of these metrics, under each other policy. Where a policy does not admit that "
        "scheme, both sides are ranked by the one that orders the complete "
        f"{book.models_are} most like it."
    )
    rows = found.changes
    worst = rows.assign(lost=rows["n_top"] - rows["top_shared"]).sort_values(
        ["lost", "spearman", "policy"], ascending=[False, True, True]
    )
    one = worst.iloc[0]
    alike = worst[(worst["lost"] == one["lost"]) & (worst["n_top"] == one["n_top"])]
    if one["lost"]:
        take = "takes" if len(alike) == 1 else "take"
        text += (
            f" {listed([f'“{policy_title(policy)}”' for policy in alike['policy']])} {take} most out of the "
            f"first ten: {count(int(one['lost']))} of {count(int(one['n_top']))}."
        )
    elif int(rows["n_models"].max()) > TOP:
        text += f" No {book.singular} leaves the first ten under any."
    least = float(rows["spearman"].min())
    if math.isnan(least):
        return text
    order = f" Among themselves the complete {book.models_are} "
    if (rows["largest_move"] == 0).all():
        return f"{text}{order}stand in the same order under each."
    # Rounded as in the table.
    least_of = " where it is lowest" if len(rows) > 1 else ""
    return f"{text}{order}keep their order at a Spearman ρ of {_three(least)}{least_of}."


def _three(value: float) -> str:
    """A correlation with three decimals; what is not 1 never reads as 1."""
    return "over 0.999" if value < 1 and fixed(value, 3) == "1.000" else fixed(value, 3)


def _policies_table(book: Book, found: Missing) -> Markup:
    rows = found.changes
    views = [book.views[found.selection, p, s] for p, s in zip(rows["policy"], rows["scheme"], strict=True)]
    links = [
        Markup('<a href="../{}/">{}</a>').format(view.address, inert(policy_title(view.policy)))
        for view in views
    ]
    movers = [book.linked(one, "../") if one else DASH for one in rows["mover"]]
    top = [f"{a} of {b}" for a, b in zip(rows["top_shared"], rows["n_top"], strict=True)]
    columns = [
        Column("Policy", links, "name", header=True),
        Column("Scheme", [str(inert(scheme_title(scheme))) for scheme in rows["scheme"]], "soft"),
        Column(capital(book.models_are), count_cells(rows["n_models"].tolist()), "num"),
        Column("ρ with complete", number_cells(rows["spearman"].tolist(), 3), "num",
               title="On the models that both rank"),
        Column("Still in the first 10", top, "num", keys=rows["top_shared"].tolist()),
        Column("Largest move", count_cells(rows["largest_move"].tolist()), "num",
               title="Among the models that both rank"),
        Column("By", movers, "name soft"),
    ]  # fmt: skip
    return Table(f"Each policy against the complete {book.models_are}", columns, sortable=False).html()


def _entrants_table(book: Book, found: Missing) -> Markup:
    """A row a model that no complete ranking has, a column a policy: its place in the first ten."""
    rows = found.entrants
    first = rows.sort_values(["place", "model_id"]).drop_duplicates("model_id")
    models = first["model_id"].tolist()
    columns = [
        Column(capital(book.singular), [book.linked(one, "../") for one in models], "name", header=True),
        Column("Failed", count_cells(first["n_failed"].tolist()), "num soft"),
        Column("Missing", count_cells(first["n_missing"].tolist()), "num soft"),
    ]
    for policy in found.changes["policy"]:
        mine = rows[rows["policy"] == policy].set_index("model_id")["place"]
        if len(mine):
            cells = [count(int(mine[one])) if one in mine.index else DASH for one in models]
            columns.append(Column(policy_title(policy), cells, "num"))
    label = f"Places in the first ten of {book.models_are} that are not complete"
    return Table(label, columns).html()


def what_if_text(book: Book, found: WhatIf) -> str:
    """How good guesses would be, judged on cells whose score is known."""
    cells = found.n_failed + found.n_missing
    text = (
        f"{capital(counted(cells, 'cell'))} of the {count(found.n_models)} {book.models_are} "
        f"{'has' if cells == 1 else 'have'} no score ({count(found.n_failed)} failed, "
        f"{count(found.n_missing)} missing). A table of rank {count(found.rank)} fitted to the scores there "
        f"are would fill them in. On {counted(found.n_held, 'scored cell')}, held out in the blocks in which "
        f"cells are missing, its guesses are off by {fixed(found.error)} standard deviations, the metric's "
        f"mean by {fixed(found.baseline)}"
    )
    if not found.error < found.baseline:
        return f"{text}. Guesses are no better than the mean, so no ranking is made of them."
    gain = 1 - (found.error / found.baseline) ** 2
    easier = "" if math.isnan(found.error_at_random) else (
        f" Held out one by one at random, as is common, cells are guessed to {fixed(found.error_at_random)}: "
        f"then more of the same {book.singular}'s scores are left to go by."
        if found.error_at_random < found.error else ""
    )  # fmt: skip
    return f"{text}: a mean square {percent(gain)} smaller.{easier}"


def _what_if_table(book: Book, found: WhatIf, selection: str) -> Markup:
    rows = found.top
    n = len(next(one for one in book.selections if one.id == selection).metrics)
    filled = [int(a + b) for a, b in zip(rows["n_failed"], rows["n_missing"], strict=True)]
    columns = [
        Column("Place", count_cells(rows["place"].tolist()), "num place"),
        Column(
            capital(book.singular), [book.linked(m, "../") for m in rows["model_id"]], "name", header=True
        ),
        Column(
            "Cells filled in", [f"{count(k)} of {n}" if k else "none" for k in filled], "num", keys=filled
        ),
        Column(
            f"Place among complete {book.models_are}",
            [DASH if pd.isna(place) else count(int(place)) for place in rows["complete_place"]],
            "num soft",
        ),
    ]
    label = "What if cells were filled in: the first ten by mean of z-scores"
    return Table(label, columns, sortable=False).html()


def _filled_text(found: WhatIf) -> str:
    """How much of the what-if's first ten is guessed."""
    n, guessed = len(found.top), int(((found.top["n_failed"] + found.top["n_missing"]) > 0).sum())
    who = "none of them has" if not guessed else (
        f"{'one' if guessed == 1 else 'all' if guessed == n else count(guessed)} of them "
        f"{'has' if guessed == 1 else 'have'}"
    )  # fmt: skip
    return f"The first ten by mean of z-scores would then be these; {who} cells filled in."
