"""What the pages about rankings say: overview, rankings, views."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from builder.results import (
    COMPLETE,
    MANY_PLACES,
    PAIRWISE,
    ROLE_MEAN,
    ROLE_Z_MEAN,
    Contribution,
    SchemeComparison,
    Selection,
    View,
)
from builder.site.answers import first_text
from builder.site.basis import models_text
from builder.site.book import BASELINE, Book, policy_title, scheme_short, scheme_title
from builder.site.ceilings import ceiling_groups, ceiling_id
from builder.site.certainty import above_table, certainty_text
from builder.site.citing import cited
from builder.site.compare import compare_query
from builder.site.explorer import explorer_query
from builder.site.published import published_of_view
from builder.site.shares import n_outliers, named_shares, shares_of_ranking, shares_without_outliers
from builder.site.shown_sql import FILE as SQL
from builder.site.sources import told_at
from builder.site.tables import Column, Table, count_cells, number_cells, place_cells
from builder.site.words import DASH, capital, count, counted, fixed, inert, listed
from builder.stats.schemes import ORDER_SCHEMES, POLICIES, SCHEMES, SCORE_SCHEMES, Scheme

Context = dict[str, Any]
TOP = 10
MOST_ROWS = 1000
"""Rows that a page lists of a ranking, so that pages stay bounded; the files beside it have all."""


def overview(book: Book) -> Context:
    """What the snapshot says, from the results of its default selection."""
    chosen = book.default
    if chosen is None:
        return {"chosen": None, "view": None}
    comparison = book.results.comparison(chosen.id)
    explained = book.results.contribution(chosen.id)
    groups = [book.node_name(group) for group in explained.groups] if explained is not None else []
    others = against_baseline(comparison)
    agreement = book.results.agreement(chosen.id) or book.results.agreement(chosen.id, PAIRWISE)
    by_rho = sorted((one for one in others if not math.isnan(one["rho"])), key=lambda one: -one["rho"])
    return {
        "chosen": chosen,
        "raw": named_shares(book, explained, ROLE_MEAN),
        "robust": shares_without_outliers(book, explained),
        "n_outliers": n_outliers(explained),
        "z": named_shares(book, explained, ROLE_Z_MEAN),
        "ranked": shares_of_ranking(book, explained),
        "ranked_by": scheme_title(book.default_view.scheme) if book.default_view is not None else "",
        "group_words": listed(groups),
        "agreement": agreement,
        "agreement_models": models_text(agreement, book.models_are) if agreement is not None else "",
        "comparison": comparison,
        "against_baseline": others,
        "nearest": by_rho[0] if by_rho else None,
        "farthest": by_rho[-1] if by_rho else None,
        "view": book.default_view,
        "first": first_text(book, book.default_view) if book.default_view is not None else "",
        "top": _top_table(book, comparison),
        "ceilings": [ceiling_id(group) for group in ceiling_groups(book)],
        "ceilings_at": told_at(
            book.snapshot, [metric.id for metrics in ceiling_groups(book).values() for metric in metrics]
        ),
        "no_part": _no_part(book, chosen, explained),
    }


def _no_part(book: Book, chosen: Selection, explained: Contribution | None) -> list[str]:
    """Names of the top nodes of a selection that have no part in the mean of the groups."""
    if explained is None:
        return []
    tops = {chosen.tree.path(group)[0] for group in explained.groups}
    return [str(book.node_name(node)) for node in chosen.tree.children() if node not in tops]


def core_schemes(comparison: SchemeComparison) -> list[str]:
    """The schemes that are shown where there is room for a few."""
    return [scheme for scheme in comparison.schemes if SCHEMES[scheme].core]


def against_baseline(comparison: SchemeComparison | None) -> list[dict[str, Any]]:
    """Each scheme's correlation with the arithmetic mean, and how many models it moves far."""
    if comparison is None or BASELINE not in comparison.schemes:
        return []
    row = comparison.schemes.index(BASELINE)
    return [
        {
            "id": scheme,
            "title": scheme_title(scheme),
            "rho": float(comparison.spearman[row, column]),
            "tau": float(comparison.kendall[row, column]),
            "moved": comparison.n_moved[scheme],
        }
        for column, scheme in enumerate(comparison.schemes)
        if scheme != BASELINE
    ]


def _top_table(book: Book, comparison: SchemeComparison | None) -> Markup | None:
    """The first places of the default view, with each model's place under every scheme."""
    view = book.default_view
    if view is None:
        return None
    top = view.ranking.head(TOP)
    ids = list(top["model_id"])
    columns = [
        Column("Place", place_cells(view.ranking["place"], TOP), "num place"),
        Column(capital(book.singular), [book.linked(m, "") for m in ids], "name", header=True),
        Column(_value_label(view), number_cells(view.ranking["value"].tolist())[:TOP], "num"),
    ]
    if comparison is not None and comparison.policy == view.policy:
        places = comparison.places.pivot_table(index="model_id", columns="scheme", values="place").loc[ids]
        for scheme in core_schemes(comparison):
            if scheme != view.scheme:
                moved = (top["place"].to_numpy() - places[scheme].to_numpy()).astype(int)
                cells = [_place_with_mark(p, m) for p, m in zip(places[scheme], moved, strict=True)]
                columns.append(Column(scheme_short(scheme), cells, "num", title=scheme_title(scheme)))
    return Table(f"First {len(ids)} places of {view.title}", columns, sortable=False).html()


def _place_with_mark(place: float, moved: int) -> str:
    many = abs(moved) > MANY_PLACES
    return f'<b class="ab-many">{int(place)}</b>' if many else str(int(place))


def _value_label(view: View) -> str:
    return SCHEMES[view.scheme].short


def rankings(book: Book, selection: Selection | None) -> Context:
    """The views of one selection or of all, and how the schemes of one agree."""
    chosen = selection or book.default
    if chosen is None:
        return {"chosen": None, "views": None, "reasons": [], "comparison": None, "others": []}
    shown = [selection] if selection is not None else list(book.selections)
    matrix, reasons = view_matrix(book, shown, up="../../" if selection is not None else "../")
    comparison = book.results.comparison(chosen.id)
    return {
        "chosen": chosen,
        "views": matrix,
        "reasons": reasons,
        "comparison": comparison,
        "against_baseline": against_baseline(comparison),
        "agreement_table": _scheme_table(comparison) if comparison is not None else None,
        "others": [c for c in book.results.comparisons if c.selection == chosen.id and c.policy != COMPLETE],
        "scheme_title": scheme_title,
        "policy_title": policy_title,
        "against": lambda other: [one for one in against_baseline(other) if SCHEMES[one["id"]].core],
    }


def view_matrix(book: Book, selections: Sequence[Selection], up: str) -> tuple[Markup, list[str]]:
    """Two tables, of schemes that combine scores and of schemes that see orders, and the numbered reasons.

    Selections x policies down, schemes across; a cell links to its view or refers to a reason.
    """
    reasons: dict[str, int] = {}
    parts = []
    kinds = ((SCORE_SCHEMES, "that combine scores"), (ORDER_SCHEMES, "that see only the order"))
    for schemes, label in kinds:
        parts.append(Markup("<h3>{}</h3>").format(f"Schemes {label}"))
        parts.append(_view_table(book, selections, up, reasons, schemes, label))
    return Markup("\n\n").join(parts), list(reasons)


def _view_table(
    book: Book,
    selections: Sequence[Selection],
    up: str,
    reasons: dict[str, int],
    schemes: Sequence[Scheme],
    label: str,
) -> Markup:
    kinds = {policy for scheme in schemes for policy in scheme.policies}
    policies = [policy for policy in POLICIES.values() if policy.id in kinds]
    rows = [(selection, policy) for selection in selections for policy in policies]
    columns = []
    if len(selections) > 1:
        # Said aloud in each row, shown in the first.
        names = [
            str(inert(s.title))
            if i % len(policies) == 0
            else f'<span class="ab-unseen">{inert(s.title)}</span>'
            for i, (s, _) in enumerate(rows)
        ]
        columns.append(Column("Selection", names, "text", header=True))
    columns.append(
        Column("Coverage policy", [str(inert(p.title)) for _, p in rows], "text", header=len(selections) == 1)
    )
    for scheme in schemes:
        alone = len(selections) == 1
        cells = [_view_cell(book, (s.id, p.id, scheme.id), up, reasons, alone=alone) for s, p in rows]
        columns.append(Column(scheme.short, cells, "num", title=scheme.title))
    starts = ["ab-first" if i % len(policies) == 0 else "" for i in range(len(rows))]
    title = f"Views of schemes {label}: {book.models_are} ranked under each selection and policy"
    return Table(title, columns, sortable=False, row_classes=starts).html()


_ON_A_METRIC = re.compile("^(Lower is better on|A score of) “[^”]*”")
"""Of many selections each has a metric of its own for the same reason."""


def _view_cell(
    book: Book, key: tuple[str, str, str], up: str, reasons: dict[str, int], *, alone: bool
) -> str:
    view = book.views.get(key)
    if view is not None:
        label = inert(f"{view.title}: {counted(view.n_models, book.singular, book.models_are)}")
        return f'<a href="{up}{view.address}/" aria-label="{label}">{count(view.n_models)}</a>'
    reason = book.refusals.get(key, f"No {book.models_are} remain under this policy.")
    listed_as = reason if alone else _ON_A_METRIC.sub(r"\1 a metric of the selection", reason)
    number = reasons.setdefault(listed_as, len(reasons) + 1)
    return (
        f'<span class="ab-refused" title="{inert(reason)}">{DASH}<sup><a href="#reason-{number}">'
        f'<span class="ab-unseen">No such view, reason </span>{number}</a></sup></span>'
    )


def _scheme_table(comparison: SchemeComparison) -> Markup:
    """Spearman of every scheme with each of the main ones, and how many models it moves far."""
    ids = comparison.schemes
    columns = [Column("Scheme", [str(inert(scheme_title(s))) for s in ids], "text", header=True)]
    for scheme in core_schemes(comparison):
        j = ids.index(scheme)
        cells = [
            '<span class="ab-refused">1</span>' if i == j else fixed(float(comparison.spearman[i, j]), 3)
            for i in range(len(ids))
        ]
        columns.append(Column(scheme_short(scheme), cells, "num", title=scheme_title(scheme)))
    moved = [DASH if s == BASELINE or BASELINE not in ids else str(comparison.n_moved[s]) for s in ids]
    columns.append(Column(f"Moved > {MANY_PLACES}", moved, "num", title="Against the arithmetic mean"))
    return Table("Spearman's ρ of every scheme with the main ones", columns, sortable=False).html()


def view(book: Book, shown: View) -> Context:
    """One ranking in full."""
    selection = next(s for s in book.selections if s.id == shown.selection)
    ranking = shown.ranking
    best = book.model_cell(str(ranking["model_id"].iloc[0]))
    return {
        "view": shown,
        "chosen": selection,
        "policy": POLICIES[shown.policy],
        "scheme": SCHEMES[shown.scheme],
        "table": ranking_table(book, shown),
        "n_listed": min(MOST_ROWS, shown.n_models),
        "is_baseline": shown.scheme == BASELINE,
        "sql": SQL,
        "has_baseline": bool(ranking["baseline_place"].notna().any()),
        "n_many": int((ranking["moved"].abs() > MANY_PLACES).fillna(False).sum()),
        "n_left_out": len(book.snapshot.models) - shown.n_models,
        "switches": _switches(book, shown),
        "best": best,
        "n_best": int((ranking["place"] == 1).sum()),
        **cited(book, shown),
        "explorer": explorer_query(book, shown),
        "compare": compare_query(book, ranking["model_id"].tolist()),
        "above": above_table(book, shown),
        "certainty": certainty_text(shown, selection.tree, best, book.singular, book.models_are),
        "compared": published_of_view(book, shown),
    }


def ranking_table(book: Book, shown: View) -> Markup:
    """Place, model, value and what moves; cell counts where the policy lets them differ."""
    ranking = shown.ranking.head(MOST_ROWS)
    places = place_cells(shown.ranking["place"], MOST_ROWS)
    columns = [
        Column("Place", places, "num place", keys=ranking["place"].tolist()),
        Column(
            capital(book.singular),
            [book.linked(m, "../../../../") for m in ranking["model_id"]],
            "name",
            header=True,
        ),
        Column(_value_label(shown), number_cells(ranking["value"].tolist()), "num value"),
        Column(
            "", _bars(ranking["display"]), "bar", title="Scaled to the range of the values, longer is better"
        ),
    ]
    if shown.certainty.draws:
        likely = zip(ranking["low"], ranking["high"], strict=True)
        columns += [
            Column(
                "Likely places", [_likely(low, high) for low, high in likely], "num",
                title="Where 95 % of the draws of metrics put it",
                keys=ranking["low"].fillna(0).tolist(),
            ),
            Column(
                "Tier", [str(tier) for tier in ranking["tier"]], "num soft",
                title="Within a tier the draws do not tell the first from the others",
            ),
        ]  # fmt: skip
    if shown.certainty.within_errors:
        open_places = zip(ranking["sure_low"], ranking["sure_high"], strict=True)
        columns.append(
            Column(
                "Within errors", [_likely(low, high) for low, high in open_places], "num",
                title="Places that the errors of the scores leave open, all at once at 95 %",
                keys=ranking["sure_low"].tolist(),
            )
        )  # fmt: skip
    if shown.scheme != BASELINE and ranking["baseline_place"].notna().any():
        in_mean = ranking["baseline_place"]
        keys = ranking["moved"].fillna(0).tolist()
        columns += [
            Column(
                "In the mean", ["" if pd.isna(p) else str(p) for p in in_mean], "num",
                title="Place by the arithmetic mean",
            ),
            Column(
                "Moved", [move_cell(m) for m in ranking["moved"]], "num move", keys=keys,
                title="Places moved against the arithmetic mean",
            ),
        ]  # fmt: skip
    if shown.policy != COMPLETE:
        for name in ("scored", "failed", "missing"):
            cells = ranking[f"n_{name}"].tolist()
            columns.append(Column(capital(name), count_cells(cells), "num soft", title=f"Cells {name}"))
    ranks = zip(ranking["best_rank"], ranking["worst_rank"], strict=True)
    columns += [
        Column("Median rank", number_cells(ranking["median_rank"].tolist(), 1), "num soft spare"),
        Column(
            "Best to worst", [_span(a, b) for a, b in ranks], "num soft spare", title="Ranks over the metrics"
        ),
    ]
    return Table(shown.title, columns, classes="ab-ranking").html()


def _span(best: float, worst: float) -> str:
    if math.isnan(best) or math.isnan(worst):
        return DASH
    return f"{best:g}" if best == worst else f"{best:g}{DASH}{worst:g}"


def _likely(low: Any, high: Any) -> str:
    if pd.isna(low):
        return DASH
    return f"{low}" if low == high else f"{low}{DASH}{high}"


def _bars(display: pd.Series[float]) -> list[str]:
    return [
        "" if math.isnan(share) else f'<i class="ab-bar" style="--v:{share * 100:.1f}%"></i>'
        for share in display.astype(float)
    ]


def move_cell(moved: Any) -> str:
    """Places moved, as an arrow and a number; a move of many places is filled, bold and red."""
    if pd.isna(moved):
        return ""
    steps = int(moved)
    if steps == 0:
        return f'<span class="ab-refused">{DASH}</span>'
    if abs(steps) > MANY_PLACES:
        return f'<b class="ab-many">{"▲" if steps > 0 else "▼"} {abs(steps)}</b>'
    return f"{'△' if steps > 0 else '▽'} {abs(steps)}"


def _switches(book: Book, shown: View) -> list[dict[str, Any]]:
    """The views beside this one, one thing changed at a time; and what has none, by reason."""
    here = (shown.selection, shown.policy, shown.scheme)
    rows = [
        ("Selection", 0, [(s.id, s.title) for s in book.selections]),
        ("Coverage", 1, [(p.id, p.title) for p in POLICIES.values() if p.ranks_models]),
        ("Scheme", 2, [(s.id, s.title) for s in SCHEMES.values()]),
    ]
    found = []
    for label, position, options in rows:
        choices, refused = [], dict[str, list[str]]()
        for option, title in options:
            selection, policy, scheme = (option if i == position else part for i, part in enumerate(here))
            key = (selection, policy, scheme)
            there = book.views.get(key)
            if there is not None:
                choices.append({"title": title, "here": there is shown, "address": there.address})
            else:
                reason = book.refusals.get(key, f"No {book.models_are} remain there.")
                refused.setdefault(reason, []).append(title)
        found.append({"label": label, "choices": choices, "refused": refused})
    return found
