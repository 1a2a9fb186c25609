"""What the pages about agreement say."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from builder.results import COMPLETE, PAIRWISE, Agreement, Coefficient, Selection
from builder.site import clusters, model_groups, structure, two_metrics
from builder.site.basis import basis_text, few_text
from builder.site.book import Book
from builder.site.contents import Context
from builder.site.pairs import pairs_frame
from builder.site.tables import Column, Table, count_cells, number_cells, range_cells, text_cells
from builder.site.words import DASH, count, fixed, inert

EXTREMES = 8
"""Most and least agreeing pairs shown."""
BASES = {COMPLETE: "Complete models", PAIRWISE: "Pairwise shared models"}
CORRECTIONS = {
    "none": "p < 0.05",
    "bonferroni": "Bonferroni",
    "holm": "Holm",
    "bh": "Benjamini\N{EN DASH}Hochberg",
}


def agreement(book: Book, selection: Selection | None) -> Context:
    """How far the metrics of a selection agree; of the default one with all selections beside it."""
    chosen = selection or book.default
    if chosen is None:
        return {"chosen": None}
    complete = book.results.agreement(chosen.id, COMPLETE)
    pairwise = book.results.agreement(chosen.id, PAIRWISE)
    shown = complete or pairwise
    root = "../" if selection is None else "../../"
    behind, differing = book.results.structure(chosen.id), book.results.difference(chosen.id)
    return {
        "chosen": chosen,
        "behind": behind,
        "interval": structure.interval_text(book, chosen, behind, complete.spearman.mean)
        if behind and complete
        else "",
        "resolution": structure.resolution_table(behind) if behind and len(behind.resolution) > 1 else None,
        "resolution_text": structure.resolution_text(book, behind) if behind else "",
        "dimensions": structure.dimension_text(book, behind) if behind else "",
        "group_loadings": structure.loadings_table(book, behind) if behind else None,
        "regression": structure.regression_text(behind) if behind else "",
        "clusters": clusters.cluster_text(book, chosen),
        "clustered": book.results.clustering(chosen.id) is not None,
        "alike": model_groups.groups_text(book, differing) if differing else "",
        "alike_table": model_groups.groups_table(book, differing) if differing else None,
        "resampled": structure.resampled_text(shown, book.models_are) if shown else "",
        "complete": complete,
        "pairwise": pairwise,
        "shown": shown,
        "rests_on": basis_text(complete, pairwise, book.models_are),
        "rough": few_text(shown, pairwise, book.models_are) if shown else "",
        "summary": _agreement_summary(book) if selection is None else None,
        "numbers": _coefficient_table([a for a in (complete, pairwise) if a is not None]),
        "groups": _group_table(book, shown) if shown is not None else None,
        "squares": two_metrics.squares(shown) if shown is not None else None,
        "most": _pair_table(book, shown, root, largest=True) if shown is not None else None,
        "least": _pair_table(book, shown, root, largest=False) if shown is not None else None,
        "extremes": EXTREMES,
    }


def _agreement_summary(book: Book) -> Markup:
    rows = [
        (s, book.results.agreement(s.id) or book.results.agreement(s.id, PAIRWISE)) for s in book.selections
    ]
    means = [fixed(a.spearman.mean) if a else DASH for _, a in rows]
    return Table(
        "Agreement under each selection",
        [
            Column(
                "Selection",
                [f'<a href="{s.id}/">{inert(s.title)}</a>' for s, _ in rows],
                "text",
                header=True,
            ),
            Column("Metrics", count_cells([len(s.metrics) for s, _ in rows]), "num"),
            Column("Complete", count_cells([s.n_complete for s, _ in rows]), "num",
                   title=f"{book.models_are} scored on every metric"),
            Column("Mean ρ", means, "num"),
            Column("Median ρ", [fixed(a.spearman.median) if a else DASH for _, a in rows], "num"),
            Column("Pairs", [count(a.spearman.n_pairs) if a else DASH for _, a in rows], "num"),
            Column("Negative", [count(a.spearman.n_negative) if a else DASH for _, a in rows], "num"),
            Column("Bonferroni", [_significant(a, "bonferroni") for _, a in rows], "num",
                   title="Pairs with p < 0.05 after Bonferroni"),
            Column("Models used", [_basis(a) for _, a in rows], "text"),
        ],
    ).html()  # fmt: skip


def _significant(found: Agreement | None, correction: str) -> str:
    return count(found.spearman.n_significant[correction]) if found is not None else DASH


def _basis(found: Agreement | None) -> str:
    return DASH if found is None else ("complete" if found.basis == COMPLETE else "shared by each pair")


def _coefficient_table(agreements: list[Agreement]) -> Markup | None:
    rows: list[tuple[str, str, Coefficient]] = []
    for found in agreements:
        named = (("Spearman ρ", found.spearman), ("Kendall τ-b", found.kendall), ("Pearson r", found.pearson))
        rows += [(BASES[found.basis], name, coefficient) for name, coefficient in named]
    if not rows:
        return None
    columns = [
        Column("Models used", text_cells([basis for basis, _, _ in rows])),
        Column("Coefficient", text_cells([name for _, name, _ in rows]), header=True),
        Column("Mean", number_cells([c.mean for _, _, c in rows], 3), "num"),
        Column("Median", number_cells([c.median for _, _, c in rows], 3), "num"),
        Column("Pairs", count_cells([c.n_pairs for _, _, c in rows]), "num"),
        Column("Negative", count_cells([c.n_negative for _, _, c in rows]), "num"),
    ]
    columns += [
        Column(label, count_cells([c.n_significant[key] for _, _, c in rows]), "num",
               title="Pairs with p < 0.05, no correction" if key == "none" else f"p < 0.05 after {label}")
        for key, label in CORRECTIONS.items()
    ]  # fmt: skip
    starts = ["ab-first" if i % 3 == 0 else "" for i in range(len(rows))]
    table = Table("Coefficients over all pairs", columns, sortable=False, row_classes=starts).html()
    if any(found.kendall.n_pairs == 0 < found.spearman.n_pairs for found in agreements):
        table += Markup(
            "<p>Kendall's τ-b looks at every two models on every two metrics: of so many it is left out.</p>"
        )
    return table


def _group_table(book: Book, shown: Agreement) -> Markup | None:
    frame = shown.group_means
    if frame.empty:
        return None
    within = frame["group_a"] == frame["group_b"]
    frame = pd.concat([frame[within], frame[~within]])
    names = [
        "within " + book.node_name(a) if a == b else f"{book.node_name(a)} with {book.node_name(b)}"
        for a, b in zip(frame["group_a"], frame["group_b"], strict=True)
    ]
    return Table(
        "Mean Spearman's ρ within and between groups",
        [
            Column("Pairs of metrics", text_cells(names), header=True),
            Column("Pairs", count_cells(frame["n_pairs"].tolist()), "num"),
            Column("Mean ρ", number_cells(frame["mean_rho"].tolist(), 2), "num"),
        ],
    ).html()


def _pair_table(book: Book, found: Agreement, root: str, *, largest: bool) -> Markup | None:
    frame = pairs_frame(found).dropna(subset=["spearman"])
    if frame.empty:
        return None
    order = frame.sort_values("spearman", ascending=not largest, kind="stable").head(EXTREMES)
    label = "most" if largest else "least"
    ends = order[["spearman", "metric_a", "metric_b"]].itertuples(index=False)
    return Table(
        f"The pairs of metrics that agree {label}",
        [
            Column("Metric", text_cells([book.node_name(m) for m in order["metric_a"]]), header=True),
            Column("with", text_cells([book.node_name(m) for m in order["metric_b"]])),
            Column("ρ", [two_metrics.linked_rho(value, (a, b), found, root) for value, a, b in ends], "num"),
            Column("95 %", range_cells(order["spearman_low"], order["spearman_high"]), "num soft"),
            Column("n", count_cells(order["n"].tolist()), "num"),
        ],
        sortable=False,
    ).html()
