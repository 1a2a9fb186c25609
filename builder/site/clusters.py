"""What the page about agreement shows of clusters of metrics: one figure, and a sentence or two beside it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from builder.charts import clusters
from builder.charts.blocks import block_size
from builder.results import COMPLETE, PAIRWISE, Clustering, Selection
from builder.site.basis import ALPHA, models_text
from builder.site.book import Book
from builder.site.figure import Figure
from builder.site.pairs import pairs_file, pairs_frame
from builder.site.words import count, counted, fixed, listed, rho

FEWEST_METRICS = 3
NO_BETTER = 0.005
"""An adjusted Rand index that reads as 0.00 or less."""


def cluster_figure(book: Book, selection: Selection) -> Iterator[Figure]:
    """The clustered heat map of a selection; none where not every two metrics have a correlation, and none of
    more metrics than have room beside each other.
    """
    found = book.results.clustering(selection.id)
    shown = book.results.agreement(selection.id, found.basis) if found is not None else None
    if found is None or shown is None or block_size(len(selection.metrics)) > 1:
        return
    frame = pairs_frame(shown)
    cells = frame.rename(columns={"metric_a": "row", "metric_b": "column", "spearman": "rho"})
    cells["significant"] = cells["p_bonferroni"] < ALPHA
    named = {m: book.node_name(found.groups[m]) for m in shown.metrics if found.groups.get(m, m) != m}
    yield Figure(
        f"clusters-{selection.id}",
        cluster_title(book, found),
        f"{selection.title}: average linkage on 1 − ρ, over {models_text(shown, book.models_are)}. "
        "One leaf is one metric, one cell one pair."
        + (" The diagonal marks groups, the dashed line cuts the tree." if named else ""),
        clusters.cluster_heatmap(
            cells, {m: book.node_name(m) for m in found.order}, found.merges, named, found.n_groups
        ),
        None,
        table=pairs_file(shown),
        note="" if found.optimal else "Leaves stand as the clusters were joined.",
    )


def cluster_title(book: Book, found: Clustering) -> str:
    """Whether the clusters are the groups; without groups, which two metrics agree most."""
    if math.isnan(found.rand):
        first = found.merges.iloc[0]
        names = [f"“{book.node_name(str(first[f'metric_{side}']))}”" for side in "ab"]
        return f"{listed(names)} agree most, at ρ = {rho(float(first['rho']))}"
    start = f"Cut into {count(found.n_groups)} clusters, the metrics"
    groups = f"their {count(found.n_groups)} groups"
    if found.rand == 1:
        return f"{start} fall exactly into {groups}"
    index = f"adjusted Rand index {rho(found.rand)}; 0 by chance, 1 if the same"
    if found.rand < NO_BETTER:
        return f"{start} do not follow {groups} ({index})"
    return f"{start} follow {groups} in part ({index})"


def cluster_text(book: Book, selection: Selection) -> str:
    """How large the clusters are, whether neighbours share a group, and how well the tree fits."""
    found = book.results.clustering(selection.id)
    if found is None:
        agree = (book.results.agreement(selection.id, basis) for basis in (COMPLETE, PAIRWISE))
        if len(selection.metrics) < FEWEST_METRICS or not any(agree):
            return ""
        return "Not every two metrics have a correlation, so they are not clustered."
    text = ""
    if block_size(len(selection.metrics)) > 1:
        text = f"The tree of {count(len(selection.metrics))} metrics is too large to draw; the API has it. "
    if found.groups:
        sizes = sorted(Counter(found.clusters.values()).values(), reverse=True)
        text = (
            f"The {count(found.n_groups)} clusters hold {listed([count(size) for size in sizes])} of the "
            "metrics. "
            f"{count(found.n_near)} of {counted(len(found.order), 'metric')} "
            f"{'agrees' if found.n_near == 1 else 'agree'} most with one of their own group; by chance "
            f"{fixed(found.near_by_chance, 1)} would. {_alone_text(found)}"
        )
    if math.isnan(found.cophenetic):
        return text.strip()
    return (
        f"{text}The heights of the tree and the 1 − ρ of the pairs correlate at {rho(found.cophenetic)} "
        "(cophenetic correlation)."
    )


def _alone_text(found: Clustering) -> str:
    """What single metrics do to the index, where the figure's title gives one and there are such metrics."""
    if math.isnan(found.rand) or found.rand == 1 or block_size(len(found.order)) > 1:
        return ""
    clusters, groups = Counter(found.clusters.values()), Counter(found.groups.values())
    alone = sum(clusters[k] == 1 < groups[found.groups[metric]] for metric, k in found.clusters.items())
    if not alone:
        return ""
    if alone == 1:
        return "(A single metric that is a cluster of its own lowers the index of the cut.) "
    return "(Single metrics that are clusters of their own lower the index of the cut.) "
