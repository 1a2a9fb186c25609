"""The page about history: who stood where in the snapshots before, and what has moved whom since the last."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from builder.charts.history import bump
from builder.results import MANY_PLACES, History, Since
from builder.site.book import Book
from builder.site.contents import move_cell
from builder.site.figure import Figure
from builder.site.history_words import (
    APART,
    SHORT,
    TINY,
    cause_text,
    causes_of,
    changes,
    digits_of,
    lead,
    mean_text,
)
from builder.site.tables import Column, Table, count_cells, text_cells
from builder.site.words import DASH, capital, count, inert, listed, signed

FIGURE = "history"
TOP, LISTED = 15, 15
"""Places that the figure has room for, and models in a table."""


def history(book: Book) -> dict[str, Any]:
    """Everything that the template needs."""
    found = _history(book)
    context: dict[str, Any] = {
        "found": found,
        "lead": lead(book, found),
        "snapshots": _snapshots_table(book, found),
        "since": found.since,
    }
    if found.since is not None:
        context |= {
            "changes": changes(book, found, found.since),
            "view": _view_link(book, found),
            "mean": mean_text(book, found.since),
            "moves": _moves_table(book, found.since, found.since.moves, "in all"),
            "by_own": _own_table(book, found.since),
            "n_unsplit": int(found.since.moves["scores"].isna().sum()),
        }
    return context


def _history(book: Book) -> History:
    if book.results.history is None:
        raise ValueError("a page about history where there is none")
    return book.results.history


def _view_link(book: Book, found: History) -> Markup:
    view = book.views[found.selection, found.policy, found.scheme]
    return Markup('<a href="../{}/">{}</a>').format(view.address, inert(view.title))


def _moves_table(book: Book, since: Since, moves: pd.DataFrame, by: str) -> Markup | None:
    """The first of these moves; None without any."""
    rows = moves[moves["moved"] != 0].head(LISTED) if by == "in all" else moves.head(LISTED)
    if rows.empty:
        return None
    names = [book.linked(model, "../") for model in rows["model_id"]]
    columns = [
        Column(capital(book.singular), names, "name", header=True),
        Column("From", count_cells(rows["before"].tolist()), "num soft"),
        Column("To", count_cells(rows["after"].tolist()), "num"),
        Column("Moved", [move_cell(m) for m in rows["moved"]], "num move", keys=rows["moved"].tolist()),
    ]
    for cause in causes_of(rows):
        cells, keys = _part_cells(rows[cause]), rows[cause].fillna(0).tolist()
        title = f"Places up or down by {cause_text(cause, since)}"
        columns.append(Column(capital(SHORT[cause]), cells, "num", title, keys))
    return Table(f"{capital(book.models_are)} that moved furthest {by}", columns).html()


def _own_table(book: Book, since: Since) -> Markup | None:
    """Those that their own changed scores moved furthest; None where they are not told apart for all."""
    moves = since.moves
    if causes_of(moves) != APART:
        return None
    by_own = moves[moves["own"].abs() > TINY]
    order = by_own["own"].abs().round(9).sort_values(ascending=False, kind="stable").index
    return _moves_table(book, since, by_own.loc[order], "by their own scores")


def _part_cells(parts: pd.Series[float]) -> list[str]:
    zero = f'<span class="ab-refused">{DASH}</span>'
    digits = digits_of(parts)
    return ["?" if math.isnan(one) else signed(one, digits) if abs(one) > TINY else zero for one in parts]


def _snapshots_table(book: Book, found: History) -> Markup:
    rows = found.snapshots
    columns = [
        Column("Snapshot", text_cells(rows["snapshot"].tolist()), "name", header=True),
        Column(capital(book.models_are), count_cells(rows["n_models"].tolist()), "num soft"),
        Column("Metrics selected", count_cells(rows["n_metrics"].tolist()), "num soft"),
        Column("Ranked", count_cells(rows["n_ranked"].tolist()), "num"),
        Column("First", [_first_cell(book, found, str(one)) for one in rows["snapshot"]], "name"),
    ]
    if (rows["reason"] != "").any():
        columns.append(Column("Why it ranks none", text_cells(rows["reason"].tolist()), "text"))
    return Table("The snapshots, oldest first", columns, sortable=False).html()


def _first_cell(book: Book, found: History, snapshot: str) -> str:
    if snapshot not in found.places.columns:
        return DASH
    first = found.places[found.places[snapshot] == 1]
    model_id, name = str(first["model_id"].iloc[0]), str(first["model"].iloc[0])
    cell = book.linked(model_id, "../") if model_id in book.model_cells else inert(name)
    return f"{cell} and {count(len(first) - 1)} more" if len(first) > 1 else str(cell)


def history_figures(book: Book) -> Iterator[Figure]:
    """The first models over the snapshots that rank any; none where only this one does."""
    found = book.results.history
    if found is None or len(found.places.columns) < 4:
        return
    snapshots = [str(name) for name in found.places.columns[2:]]
    frame = ordered(found.places, snapshots)
    n = [int((frame["k"] == k).sum()) for k in range(len(snapshots))]
    top = min(TOP, max(n))
    later = " A line to the lower edge leads to a later place." if max(n) > top else ""
    yield Figure(
        FIGURE,
        figure_title(book, frame, snapshots, top),
        f"{book.views[found.selection, found.policy, found.scheme].title}: {listed([count(k) for k in n])} "
        f"{book.models_are} ranked. One line is one {book.singular}, "
        f"in colour if it is among the first {top} now, from yellow (first) to violet."
        f"{later} Right: places up or down since {snapshots[-2]}, red if more than {MANY_PLACES}.",
        bump(frame, snapshots, top, MANY_PLACES),
        found.places,
    )


def ordered(places: pd.DataFrame, snapshots: list[str]) -> pd.DataFrame:
    """One row a model and snapshot that ranks it: model_id, model, k, row (0 = first), place."""
    frames = []
    for k, snapshot in enumerate(snapshots):
        some = places.loc[places[snapshot].notna(), ["model_id", "model", snapshot]]
        some = some.rename(columns={snapshot: "place"}).astype({"place": int})
        some = some.sort_values(["place", "model_id"], ignore_index=True)
        frames.append(some.assign(k=k, row=range(len(some))))
    return pd.concat(frames, ignore_index=True)


def figure_title(book: Book, frame: pd.DataFrame, snapshots: list[str], top: int) -> str:
    """How many of the first were not so in the snapshot before; `frame` is as `ordered` makes it."""
    now, before = (
        frame[(frame["k"] == k) & (frame["row"] < top)] for k in (len(snapshots) - 1, len(snapshots) - 2)
    )
    n_new, n = int((~now["model_id"].isin(before["model_id"])).sum()), len(now)
    last = snapshots[-2]
    first = f"the first {count(n)} {book.models_are}" if n > 1 else f"the one {book.singular} that is ranked"
    if n_new:
        who = first if n == n_new == 1 else f"{count(n_new)} of {first}"
        return f"{capital(who)} {'was' if n_new == 1 else 'were'} not among the first {top} in {last}"
    # Before, more may have been ranked than now.
    then = before.head(n)
    if now[["model_id", "place"]].to_numpy().tolist() == then[["model_id", "place"]].to_numpy().tolist():
        return f"{capital(first)} {'stand' if n > 1 else 'stands'} as in {last}"
    if set(now["model_id"]) != set(then["model_id"]):
        return f"{capital(first)} {'were all' if n > 1 else 'was'} among the first {top} in {last}"
    same_order = now["model_id"].tolist() == then["model_id"].tolist()
    how = "at other places" if same_order else "in another order"
    return f"{capital(first)} {'were' if n > 1 else 'was'} first in {last}, too, {how}"


def history_frames(found: History) -> dict[str, pd.DataFrame]:
    """Path -> table, for its CSV."""
    frames = {"history/places": found.places, "history/snapshots": found.snapshots}
    if found.since is not None:
        frames["history/moves"] = found.since.moves
        frames["history/models"] = found.since.models
        frames["history/metrics"] = found.since.metrics
    return frames
