"""What the pages about contribution say: how much of the overall score each group of metrics explains."""

from __future__ import annotations

import math

from markupsafe import Markup

from builder.results import FEWEST_MODELS, ROLE_MEAN, ROLE_Z_MEAN, Contribution, Selection
from builder.site.book import Book, policy_title, scheme_title
from builder.site.contents import Context
from builder.site.shares import named_shares, shares
from builder.site.tables import Column, Table, count_cells, text_cells
from builder.site.words import DASH, capital, count, inert, listed, percent

ROBUST = "explained_variance_robust"
ZERO = "zero"
"""The policy under which every model has a score in every group."""


def contribution(book: Book, selection: Selection | None) -> Context:
    """How much of the overall score's variance each group explains."""
    chosen = selection or book.default
    if chosen is None:
        return {"chosen": None}
    found = book.results.contribution(chosen.id)
    roles = bool(chosen.tree.role_groups)
    return {
        "chosen": chosen,
        "contribution": found,
        "roles": roles,
        "n_groups": _n_groups(chosen),
        "table": _contribution_table(book, found) if found is not None else None,
        "policies": _policy_table(book, chosen),
        "policies_text": policies_text(book, chosen),
        "summary": _contribution_summary(book) if selection is None else None,
        "summary_text": missing_text(book) if selection is None else "",
        "raw": named_shares(book, found, ROLE_MEAN),
        "z": named_shares(book, found, ROLE_Z_MEAN),
    }


def _n_groups(selection: Selection) -> int:
    tree = selection.tree
    return len(tree.role_groups or [node for node in tree.children() if tree.is_group(node)])


def _contribution_table(book: Book, found: Contribution) -> Markup:
    frame = found.explained
    schemes = list(dict.fromkeys(frame["scheme"]))
    columns = [Column("Overall score", text_cells([scheme_title(s) for s in schemes]), header=True)]
    labels = {
        "explained_variance": "",
        "explained_variance_rank": ", by ranks",
        ROBUST: ", robust",
        "explained_variance_of_ranking": ", of the ranking",
    }
    for field, extra in labels.items():
        wide = frame.pivot_table(index="scheme", columns="group", values=field, dropna=False).reindex(schemes)
        for group in found.groups:
            cells = [percent(float(value)) for value in wide[group]]
            keys = [f"{value:.6f}" for value in wide[group]]
            columns.append(Column(book.node_name(group) + extra, cells, "num", keys=keys))
        if field == ROBUST:
            left_out = frame.drop_duplicates("scheme").set_index("scheme")["n_outliers"].loc[schemes]
            columns.append(
                Column(
                    "Left out", count_cells(left_out.tolist()), "num", f"{capital(book.models_are)}, robust"
                )
            )
    label = "Share of the overall score's variance that each group explains"
    return Table(label, columns, sortable=False).html()


def _policy_table(book: Book, chosen: Selection) -> Markup | None:
    """The mean of the groups under every coverage policy that admits it."""
    found = [c for c in book.results.contributions if c.selection == chosen.id]
    if len(found) < 2:
        return None
    groups = list(dict.fromkeys(group for c in found for group in c.groups))
    columns = [
        Column("Coverage policy", text_cells([policy_title(c.policy) for c in found]), header=True),
        Column(capital(book.models_are), count_cells([c.n_models for c in found]), "num"),
    ]
    for group in groups:
        cells = [percent(shares(c, ROLE_MEAN).get(group, float("nan"))) for c in found]
        columns.append(Column(book.node_name(group), cells, "num"))
    return Table("Explained variance under every coverage policy", columns, sortable=False).html()


def policies_text(book: Book, chosen: Selection) -> str:
    """Which models take part under each policy; empty where there is one policy or none."""
    found = [one for one in book.results.contributions if one.selection == chosen.id]
    if len(found) < 2:
        return ""
    text = f"{capital(book.models_are)} with a score in every group"
    zero = next((one for one in found if one.policy == ZERO), None)
    if zero is None:
        return f"{text}."
    every = f"all {count(zero.n_models)} that were run on any of these metrics"
    return f"{text}; where unscored counts 0, {every}."


def missing_text(book: Book) -> str:
    """Why selections have no shares; empty where all have all of them."""
    found = [(one, book.results.contribution(one.id)) for one in book.selections]
    groups = {group for _, c in found if c is not None for group in c.groups}
    if not groups:
        return ""
    few_groups: list[str] = []
    few_models: list[str] = []
    lacking: list[str] = []
    constant: list[str] = []
    for selection, known in found:
        title = f"“{selection.title}”"
        if known is None:
            (few_groups if _n_groups(selection) < 2 else few_models).append(title)
            continue
        if groups - set(known.groups):
            lacking.append(title)
        if any(math.isnan(s) for scheme in (ROLE_MEAN, ROLE_Z_MEAN) for s in shares(known, scheme).values()):
            constant.append(title)
    reasons = {
        "a selection has fewer than two groups": few_groups,
        f"fewer than {FEWEST_MODELS} {book.models_are} are complete": few_models,
        "a selection lacks a group": lacking,
        f"all {book.models_are} score the same in a group": constant,
    }
    said = [f"where {reason} ({listed(titles)})" for reason, titles in reasons.items() if titles]
    return f"No share is given {listed(said)}." if said else ""


def scatter_title(book: Book, found: Contribution, *, z: bool) -> str:
    """What the first two groups explain of the overall score, as scores stand or z-transformed."""
    one, other = found.groups[:2]
    of = shares(found, ROLE_Z_MEAN if z else ROLE_MEAN)
    known = [
        (book.node_name(group), percent(of[group])) for group in (one, other) if not math.isnan(of[group])
    ]
    how = "After z-transforming both" if z else "As scores stand"
    if not known:
        return f"{book.node_name(one)} against {book.node_name(other)}"
    first, *rest = known
    said = f"{first[0]} explains {first[1]}"
    if rest and rest[0][1] == first[1]:
        said = f"{first[0]} and {rest[0][0]} each explain {first[1]}"
    elif rest:
        said += f" and {rest[0][0]} {rest[0][1]}"
    return f"{how}, {said} of the variance of the overall score"


def explained_title(book: Book, found: Contribution) -> str:
    """Which group decides the mean of the groups, with each group's share."""
    known = [(name, share) for name, share in named_shares(book, found, ROLE_MEAN) if not math.isnan(share)]
    if not known:
        return "How much of the overall score each group explains"
    (first, most), *rest = sorted(known, key=lambda pair: -pair[1])
    said = f"{first} explains {percent(most)} of the variance of the overall score"
    return f"{said}, {listed([f'{name} {percent(share)}' for name, share in rest])}" if rest else said


def _contribution_summary(book: Book) -> Markup | None:
    found = [(s, book.results.contribution(s.id)) for s in book.selections]
    groups = list(dict.fromkeys(group for _, c in found if c is not None for group in c.groups))
    if not groups:
        return None
    columns = [
        Column("Selection", [f'<a href="{s.id}/">{inert(s.title)}</a>' for s, _ in found], header=True),
        Column("Complete", count_cells([s.n_complete for s, _ in found]), "num"),
    ]
    for scheme, extra in ((ROLE_MEAN, ""), (ROLE_Z_MEAN, ", z-scores")):
        for group in groups:
            cells = [
                percent(shares(c, scheme).get(group, float("nan"))) if c is not None else DASH
                for _, c in found
            ]
            columns.append(Column(book.node_name(group) + extra, cells, "num"))
    return Table("Explained variance under each selection", columns, sortable=False).html()
