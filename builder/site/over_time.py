"""One model's places in the snapshots of its study."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from builder.site.book import Book
from builder.site.tables import Column, Table, count_cells, text_cells
from builder.site.words import DASH, count, inert


def places_over_time(book: Book, model_id: str, root: str) -> dict[str, Markup] | None:
    """The view that is followed, as a link, and the table of places, oldest first; None of fewer than two.

    `root` is the snapshot's, from the page. A snapshot that ranks models without this one has a dash.
    """
    found = book.results.history
    if found is None:
        return None
    known = [str(one) for one in found.snapshots["snapshot"] if one in found.places.columns]
    rows = found.places[found.places["model_id"] == model_id]
    view = book.views.get((found.selection, found.policy, found.scheme))
    if rows.empty or len(known) < 2 or view is None:
        return None
    mine = [rows.iloc[0][snapshot] for snapshot in known]
    ranked = found.snapshots.set_index("snapshot")["n_ranked"].loc[known]
    columns = [
        Column("Snapshot", text_cells(known), "name", header=True),
        Column("Place", [DASH if pd.isna(one) else count(int(one)) for one in mine], "num"),
        Column("Of", count_cells(ranked.tolist()), "num soft"),
    ]
    return {
        "view": Markup('<a href="{}{}/">{}</a>').format(root, view.address, inert(view.title)),
        "table": Table("Places over the snapshots", columns, sortable=False).html(),
    }
