"""What the pages about coverage, methods and data say."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup

from builder.catalog.package import tables_of
from builder.catalog.snapshot import SourceRecord
from builder.catalog.sources import ADAPTERS
from builder.results import Selection
from builder.site import shown_sql
from builder.site.book import Book
from builder.site.contents import Context
from builder.site.missing import missing
from builder.site.published import published_sentences, published_table
from builder.site.tables import Column, Table, count_cells, number_cells, text_cells
from builder.site.words import count, counted, inert
from builder.stats.schemes import POLICIES, SCHEMES
from builder.stats.schemes.kinds import UNCHANGED_BY


def coverage(book: Book) -> Context:
    """Which cells there are, and what each metric costs."""
    states = book.results.coverage.by_state
    total = sum(states.values())
    frame = book.results.coverage.by_metric
    table = Table(
        f"Cells of each metric, of {len(book.snapshot.models)} {book.models_are}",
        [
            Column("Metric", [book.linked_metric(m, "../") for m in frame["metric"]], "name", header=True),
            Column("Group", text_cells([book.node_name(group) for group in frame["group"]])),
            *(
                Column(s.capitalize(), count_cells(frame[s].tolist()), "num")
                for s in ("scored", "failed", "missing")
            ),
        ],
    ).html()
    return {
        "states": states,
        "total": total,
        "shares": {state: n / total for state, n in states.items()} if total else {},
        "table": table,
        "costs": [(s, _cost_table(book, s)) for s in book.selections],
        "free": [f"“{s.title}”" for s in book.selections if _most_costly(book, s) is None],
        "most_costly": {s.id: _most_costly(book, s) for s in book.selections},
        **missing(book),
    }


def _cost(book: Book, selection: Selection) -> pd.DataFrame:
    cost = book.results.coverage.cost
    mine = cost[(cost["selection"] == selection.id) & (cost["regained"] > 0)]
    return mine.sort_values("regained", ascending=False, kind="stable")


def _most_costly(book: Book, selection: Selection) -> tuple[str, int] | None:
    cost = _cost(book, selection)
    if cost.empty:
        return None
    return book.node_name(str(cost["metric"].iloc[0])), int(cost["regained"].iloc[0])


def _cost_table(book: Book, selection: Selection) -> Markup | None:
    cost = _cost(book, selection)
    if cost.empty:
        return None
    return Table(
        f"Complete {book.models_are} that the selection “{selection.title}” would gain without one metric",
        [
            Column(
                "Without the metric", text_cells([book.node_name(m) for m in cost["metric"]]), header=True
            ),
            Column("Gains", count_cells(cost["regained"].tolist()), "num"),
        ],
        sortable=False,
    ).html()


def methods(book: Book) -> Context:
    """Every scheme and policy as its registry states it."""
    admitted = {
        scheme.id: [POLICIES[p].title for p in scheme.policies if p in POLICIES]
        for scheme in SCHEMES.values()
    }
    return {
        "schemes": list(SCHEMES.values()),
        "policies": list(POLICIES.values()),
        "admitted": admitted,
        "claims": _claims_table(book),
        "metrics": _metrics_table(book),
    }


KEEPS = {
    "places": "never costs a place",
    "first": "never costs the first place",
    "nothing": "can cost places",
}
"""What one better score does to the model that has it."""


def _claims_table(book: Book) -> Markup:
    """What changes no place, and what a better score and scores turned round do: one row a scheme."""
    schemes = list(SCHEMES.values())
    links = [f'<a href="#{inert(scheme.id)}">{inert(scheme.title)}</a>' for scheme in schemes]
    columns = [
        Column("Scheme", links, "name", header=True),
        Column("Places are not changed by", text_cells([UNCHANGED_BY[s.invariance] for s in schemes])),
        Column("One better score", text_cells([KEEPS[s.keeps] for s in schemes])),
        Column(
            "All scores turned round",
            ["turn the ranking" if s.reverses else "need not turn it" for s in schemes],
        ),
    ]
    return Table(f"What changes the places of complete {book.models_are}", columns).html()


def _metrics_table(book: Book) -> Markup:
    metrics = book.snapshot.tree.metrics
    where = [" \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(
        book.node_name(node) for node in book.snapshot.tree.path(m.id)[:-1]) for m in metrics]  # fmt: skip
    columns = [
        Column("Metric", text_cells([m.name for m in metrics]), "name", header=True),
        Column("In the tree", text_cells(where)),
        Column("Better", ["higher" if m.higher_is_better else "lower" for m in metrics]),
    ]
    read_from = [_read_from(book, m.id) for m in metrics]
    if len(set(read_from)) > 1:
        columns.append(Column("Read from", read_from))
    if any(not math.isnan(m.ceiling) for m in metrics):
        columns.append(Column("Noise ceiling", number_cells([m.ceiling for m in metrics], 3), "num"))
    if any(m.reference for m in metrics):
        columns.append(Column("Reference", text_cells([m.reference for m in metrics])))
    return Table("Metrics and their place in the tree", columns).html()


def _read_from(book: Book, metric: str) -> str:
    """The file that gave a metric's scores, or how many did."""
    files = [source for source in book.snapshot.sources if metric in source.metrics]
    if len(files) == 1:
        return _source_cell(files[0].path, files[0].title)
    return counted(len(files), "file")


def data(book: Book) -> Context:
    """Where the scores come from, on what terms, and how they compare with what their source publishes."""
    sources = [source for source in book.snapshot.sources if source.sha256]
    table = None
    if sources:
        table = Table(
            "Files that this snapshot was made from",
            [
                Column("File", [_source_cell(s.path, s.title) for s in sources], "name", header=True),
                Column("Metrics", [_gives(book, s) for s in sources], "text"),
                Column("Read by", [_adapter_cell(s.adapter) for s in sources], "text"),
                Column("Retrieved", text_cells([s.retrieved for s in sources]), "date"),
                Column("SHA-256", [f"<code>{inert(s.sha256)}</code>" for s in sources], "hash"),
            ],
            sortable=False,
        ).html()
    return {
        "sources": table,
        "published": published_table(book),
        "compared": published_sentences(book),
        "terms": book.study.data,
        "states": book.results.coverage.by_state,
        "tables": tables_of(book.snapshot),
        "sql": shown_sql.FILE,
        "sql_sha256": shown_sql.rankings_sql_sha256(),
    }


def _gives(book: Book, source: SourceRecord) -> str:
    """The metrics that a file gives: by name up to three, else how many."""
    known = [metric for metric in source.metrics if metric in book.metric_names]
    if len(known) == len(book.metric_names):
        return "all"
    if len(known) > 3:
        return f"{count(len(known))} metrics"
    # Names hold commas.
    return str(inert("; ".join(book.metric_names[metric] for metric in known)))


def _source_cell(path: str, title: str) -> str:
    shown = inert(title or path)
    return f'<a href="{inert(path)}">{shown}</a>' if path.startswith(("https://", "http://")) else str(shown)


def _adapter_cell(text: str) -> str:
    """An adapter and its version, with a link to what the site says of it."""
    adapter = ADAPTERS.get(text.partition(" ")[0])
    return f'<a href="../../../../sources/{adapter.page}/">{inert(text)}</a>' if adapter else str(inert(text))
