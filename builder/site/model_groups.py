"""What the page about agreement says of two groups of models: whether metrics agree alike in both."""

from __future__ import annotations

from markupsafe import Markup

from builder.results import COMPLETE, GroupDifference
from builder.site.book import Book
from builder.site.tables import Column, Table, number_cells, text_cells
from builder.site.words import count, fixed, signed
from builder.stats.model_groups import DATE, NUMBER

SHOWN = 8
ALPHA = 0.05


def groups_text(book: Book, found: GroupDifference) -> str:
    """Which groups, how many pairs differ, and where most."""
    spec = book.study.model_groups
    what = (spec.title or spec.by) if spec is not None else ""
    first, second = _names(found)
    basis = "scored on every metric" if found.basis == COMPLETE else "scored on any metric"
    halved = "Halved by" if found.kind in {NUMBER, DATE} else "The two largest groups by"
    text = (
        f"{halved} {what}, {book.models_are} {basis}: {first} (n = {count(found.n_first)}) and {second} "
        f"(n = {count(found.n_second)})"
    )
    text += (
        f"; {count(found.n_neither)} {'is' if found.n_neither == 1 else 'are'} in neither. "
        if found.n_neither
        else ". "
    )
    n_differ = found.n_more_in_first + found.n_more_in_second
    differ = f"{count(n_differ)} agree" if n_differ > 1 else f"{'one' if n_differ else 'none'} agrees"
    which = f"Of these {count(found.n_tested)} pairs" if found.n_tested > 1 else "Of the one such pair"
    text += (
        f"Over the pairs with at least 10 {book.models_are} in both, the mean ρ is "
        f"{fixed(found.mean_first)} and {fixed(found.mean_second)}. {which}, "
        f"{differ} differently in the two (p < 0.05 after Benjamini\N{EN DASH}Hochberg)"
    )
    if n_differ:
        more = f"{count(found.n_more_in_first)} more in the first, {count(found.n_more_in_second)} more in"
        text += f": {more} the second"
    return f"{text}. {_largest(book, found)}"


def _names(found: GroupDifference) -> tuple[str, str]:
    if found.kind == NUMBER:
        return f"up to {found.first}", f"{found.second} or more"
    if found.kind == DATE:
        return f"until {found.first}", f"from {found.second} on"
    return f"“{found.first}”", f"“{found.second}”"


def _largest(book: Book, found: GroupDifference) -> str:
    pairs = found.pairs[found.pairs["p"].notna()]
    row = pairs.iloc[int(pairs["difference"].abs().to_numpy().argmax())]
    told = row["p_bh"] < ALPHA
    return (
        f"The largest difference{'' if told else ', which chance could make,'} is of "
        f"“{book.node_name(row['metric_a'])}” with “{book.node_name(row['metric_b'])}”: "
        f"{fixed(row['rho_first'])} against {fixed(row['rho_second'])}."
    )


def groups_table(book: Book, found: GroupDifference) -> Markup | None:
    """The pairs that differ most of those that do; None where none does."""
    rows = found.pairs[found.pairs["p_bh"] < ALPHA]
    if rows.empty:
        return None
    order = rows["difference"].abs().sort_values(ascending=False, kind="stable").index[:SHOWN]
    rows = rows.loc[order]
    names = _names(found)
    models = [f"{count(a)}, {count(b)}" for a, b in zip(rows["n_first"], rows["n_second"], strict=True)]
    columns = [
        Column("Metric", text_cells([book.node_name(m) for m in rows["metric_a"]]), header=True),
        Column("with", text_cells([book.node_name(m) for m in rows["metric_b"]])),
        Column(f"ρ, {names[0]}", number_cells(rows["rho_first"].tolist(), 2), "num"),
        Column(f"ρ, {names[1]}", number_cells(rows["rho_second"].tolist(), 2), "num"),
        Column("Difference", [signed(value) for value in rows["difference"]], "num"),
        Column("p", [_p(value) for value in rows["p_bh"]], "num", title="Benjamini\N{EN DASH}Hochberg"),
        Column("n", models, "num soft"),
    ]
    return Table("Pairs whose agreement differs most between the two groups", columns, sortable=False).html()


def _p(value: float) -> str:
    return "under 0.001" if value < 0.001 else fixed(value, 3)
