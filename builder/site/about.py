"""What the pages about coverage, methods and data say."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup

from builder.catalog.snapshot import SourceRecord
from builder.catalog.sources import ADAPTERS
from builder.names import inside
from builder.results import PublishedCheck, Selection
from builder.site.book import Book, policy_title
from builder.site.contents import Context
from builder.site.missing import missing
from builder.site.tables import Column, Table, count_cells, number_cells, text_cells
from builder.site.words import count, counted, inert
from builder.stats.schemes import POLICIES, SCHEMES


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
        f"Complete {book.models_are} that {selection.title} regains without one metric",
        [
            Column(
                "Without the metric", text_cells([book.node_name(m) for m in cost["metric"]]), header=True
            ),
            Column("regains", count_cells(cost["regained"].tolist()), "num"),
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
        "metrics": _metrics_table(book),
    }


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
        "published": _published_table(book),
        "n_published": len(book.results.published),
        "terms": book.study.data,
        "states": book.results.coverage.by_state,
    }


def _gives(book: Book, source: SourceRecord) -> str:
    """The metrics that a file gives: by name up to three, else how many."""
    known = [metric for metric in source.metrics if metric in book.metric_names]
    if len(known) == len(book.metric_names):
        return "all"
    if len(known) > 3:
        return f"{count(len(known))} metrics"
    return str(inert(", ".join(book.metric_names[metric] for metric in known)))


def _source_cell(path: str, title: str) -> str:
    shown = inert(title or path)
    return f'<a href="{inert(path)}">{shown}</a>' if path.startswith(("https://", "http://")) else str(shown)


def _adapter_cell(text: str) -> str:
    """An adapter and its version, with a link to what the site says of it."""
    adapter = ADAPTERS.get(text.partition(" ")[0])
    return f'<a href="../../../../sources/{adapter.page}/">{inert(text)}</a>' if adapter else str(inert(text))


def _published_table(book: Book) -> Markup | None:
    """One row a node: how many models agree with what the source publishes, under each policy."""
    checks = book.results.published
    if not checks:
        return None
    nodes = list(dict.fromkeys(check.group for check in checks))
    columns = [
        Column("Node", text_cells([book.node_name(node) for node in nodes]), header=True),
        Column("Compared", count_cells([c.n_models for c in checks if c.policy == checks[0].policy]), "num"),
    ]
    for policy in dict.fromkeys(check.policy for check in checks):
        of = {check.group: check for check in checks if check.policy == policy}
        title = policy_title(policy)
        columns += [
            Column("Equal", count_cells([of[node].n_equal for node in nodes]), "num", title=title),
            Column(
                "Largest difference",
                number_cells([of[node].largest for node in nodes], 4),
                "num",
                title=title,
            ),
            Column(f"Where ({inside(title)})", [_worst(book, of[node]) for node in nodes], "name"),
        ]
    label = "What the source publishes for inner nodes against the mean up the tree"
    return Table(label, columns, sortable=False).html()


def _worst(book: Book, check: PublishedCheck) -> str:
    if check.n_equal == check.n_models:
        return ""
    return book.model_cells.get(check.worst_model, str(inert(check.worst_model)))
