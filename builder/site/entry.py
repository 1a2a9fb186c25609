"""What the pages above the snapshots say of one of them."""

from __future__ import annotations

from builder.results import PAIRWISE
from builder.site.book import Book
from builder.site.figures import telling_figure
from builder.site.swap import FrontEntry


def front_entry(book: Book, position: int) -> FrontEntry:
    """What the front page says of a snapshot: its size, its default selection and one telling figure.

    `position` counts the study's snapshots, oldest first.
    """
    study, snapshot, results = book.study, book.snapshot, book.results
    chosen = book.default
    agreement = None
    if chosen is not None:
        agreement = results.agreement(chosen.id) or results.agreement(chosen.id, PAIRWISE)
    mean_rho = agreement.spearman.mean if agreement is not None else float("nan")
    figure, figure_title = telling_figure(book)
    return FrontEntry(
        study=study.id,
        study_title=study.title,
        summary=study.summary,
        simulated=study.simulated,
        models_are=study.models_are,
        snapshot=snapshot.id,
        snapshot_title=snapshot.title,
        date=snapshot.date.isoformat(),
        position=position,
        n_models=len(snapshot.models),
        n_metrics=len(snapshot.tree.metrics),
        n_views=len(results.views),
        selection_title=chosen.title if chosen is not None else "",
        n_complete=chosen.n_complete if chosen is not None else 0,
        n_selected=len(chosen.metrics) if chosen is not None else 0,
        mean_rho=mean_rho if mean_rho == mean_rho else None,
        figure=figure,
        figure_title=figure_title,
        digest=book.digest,
        corrects=snapshot.corrects,
        note=snapshot.note,
    )
