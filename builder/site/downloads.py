"""The CSV that each table offers and that no figure has already."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from builder.database import write_parquet
from builder.results import COMPLETE, PAIRWISE, View
from builder.site.book import Book
from builder.site.certainty import above_frame
from builder.site.citations import FORMATS, citation
from builder.site.history import history_frames
from builder.site.pairs import pairs_file, pairs_frame
from builder.site.ranking_figure import write_ranking_figures
from builder.site.shown_sql import FILE, rankings_sql
from builder.views import IDENTITY, frame_csv, ranking_columns, ranking_csv, rounded


def write_tables(book: Book, docs: Path) -> None:
    """Write them into `docs`, each beside the page that shows it."""
    for view in book.results.views:
        write_text(docs / view.address / "ranking.csv", ranking_csv(view.ranking))
        if view.certainty.above is not None:
            write_text(docs / view.address / "above.csv", frame_csv(above_frame(view)))
        cited = citation(book, view)
        for _title, file_name, written in FORMATS:
            write_text(docs / view.address / file_name, written(cited))
    write_parquet(
        (docs / view.address / "ranking.parquet", _as_published(view)) for view in book.results.views
    )
    write_ranking_figures(book, docs)
    write_text(docs / FILE, rankings_sql())
    for basis in (COMPLETE, PAIRWISE):
        for selection in book.selections:
            found = book.results.agreement(selection.id, basis)
            if found is not None:
                write_text(docs / pairs_file(found), frame_csv(pairs_frame(found)))
    for clustered in book.results.clusterings:
        write_text(docs / "agreement" / clustered.selection / "clusters.csv", frame_csv(clustered.merges))
    for differing in book.results.differences:
        write_text(docs / "agreement" / differing.selection / "model-groups.csv", frame_csv(differing.pairs))
    for one in book.results.structures:
        folder = docs / "agreement" / one.selection
        write_text(folder / "resolution.csv", frame_csv(one.resolution))
        write_text(folder / "loadings.csv", frame_csv(one.loadings))
        write_text(folder / "mean.csv", frame_csv(one.means))
        if len(one.group_loadings):
            write_text(folder / "group-loadings.csv", frame_csv(one.group_loadings))
    coverage = book.results.coverage
    frames = {
        "rankings/views": _views(book),
        "agreement/coefficients": _coefficients(book),
        "agreement/groups": _groups(book),
        "contribution/shares": _shares(book),
        "coverage/metrics": coverage.by_metric,
        "coverage/models": coverage.by_model,
        "coverage/cost": coverage.cost,
        "data/check": _checks(book),
    }
    if book.results.robustness is not None:
        frames["robustness/standings"] = book.results.robustness.standings
        frames["robustness/by-selection"] = book.results.robustness.by_selection
        frames["robustness/places"] = _places(book)
    if book.sensitivity is not None:
        frames["robustness/first-places"] = book.sensitivity.first_places
        frames["robustness/first-by-metrics"] = book.sensitivity.by_metrics
        frames["robustness/irrelevant"] = book.sensitivity.irrelevant
        if book.sensitivity.left_out is not None:
            frames["robustness/left-out"] = book.sensitivity.left_out.rows
    if book.results.history is not None:
        frames |= history_frames(book.results.history)
    if book.results.missing is not None:
        frames["coverage/policies"] = book.results.missing.changes
        frames["coverage/entrants"] = book.results.missing.entrants
        if book.results.missing.what_if is not None:
            frames["coverage/what-if"] = book.results.missing.what_if.top
    if book.results.profiles is not None:
        known = book.results.profiles
        ranks = pd.DataFrame(known.ranks, columns=list(known.metrics))
        ranks.insert(0, "model_id", list(known.models))
        frames["coverage/ranks"] = ranks
    rankings = all_rankings(book)
    if not rankings.empty:
        (docs / "rankings").mkdir(parents=True, exist_ok=True)
        write_parquet([(docs / "rankings" / "rankings.parquet", rankings)])
    for path, frame in frames.items():
        if not frame.empty:
            write_text(docs / f"{path}.csv", frame_csv(frame))


def all_rankings(book: Book) -> pd.DataFrame:
    """The rows of every ranking, its selection, policy and scheme before them; numbers as published."""
    views = book.results.views
    if not views:
        return pd.DataFrame()
    frame = pd.concat([view.ranking for view in views], ignore_index=True)
    frame["value"] = [rounded(number) for number in frame["value"].tolist()]
    lengths = [len(view.ranking) for view in views]
    for position, key in enumerate(("selection", "policy", "scheme")):
        names = np.array([getattr(view, key) for view in views], dtype=object)
        frame.insert(position, key, np.repeat(names, lengths))
    rest = [column for column in frame.columns if column not in IDENTITY]
    return frame[[*rest[:3], *IDENTITY, *rest[3:]]]


def _as_published(view: View) -> pd.DataFrame:
    """A ranking with the columns, and the digits of its values, that its CSV has."""
    frame = ranking_columns(view.ranking)
    return frame.assign(value=[rounded(number) for number in frame["value"].tolist()])


def write_text(file: Path, text: str) -> None:
    """Write a file whose folder may not be there yet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")


def _checks(book: Book) -> pd.DataFrame:
    """What the source gives for inner nodes against ours; no difference where we have no value to compare."""
    frame = pd.DataFrame([asdict(check) for check in book.results.published])
    return frame.replace({math.inf: math.nan})


def _views(book: Book) -> pd.DataFrame:
    """Every combination that the study asks for: its ranking, or why there is none."""
    rows = [
        (v.selection, v.policy, v.scheme, v.n_models, v.digest, f"{v.address}/", "")
        for v in book.results.views
    ]
    rows += [(r.selection, r.policy, r.scheme, 0, "", "", r.reason) for r in book.results.refusals]
    return pd.DataFrame(
        rows, columns=["selection", "policy", "scheme", "n_models", "digest", "page", "refused_because"]
    )


def _places(book: Book) -> pd.DataFrame:
    """One row a model, one column a ranking; no value where it is not ranked."""
    columns = {"/".join(key): pd.Series(places, dtype="Int64") for key, places in book.places.items()}
    return pd.DataFrame(columns).sort_index().rename_axis("model_id").reset_index()


def _coefficients(book: Book) -> pd.DataFrame:
    """One row a selection, basis and coefficient."""
    rows = []
    for found in book.results.agreements:
        for name in ("spearman", "kendall", "pearson"):
            coefficient = getattr(found, name)
            rows.append(
                {
                    "selection": found.selection,
                    "basis": found.basis,
                    "coefficient": name,
                    "n_models": found.n_models,
                    "mean": coefficient.mean,
                    "median": coefficient.median,
                    "n_pairs": coefficient.n_pairs,
                    "n_negative": coefficient.n_negative,
                    **{f"n_significant_{key}": n for key, n in coefficient.n_significant.items()},
                }
            )
    return pd.DataFrame(rows)


def _groups(book: Book) -> pd.DataFrame:
    """Mean Spearman within and between groups, one row a selection, basis and pair of groups."""
    frames = [
        found.group_means.assign(selection=found.selection, basis=found.basis)
        for found in book.results.agreements
        if not found.group_means.empty
    ]
    if not frames:
        return pd.DataFrame()
    return pd.concat(frames, ignore_index=True)[
        ["selection", "basis", "group_a", "group_b", "n_pairs", "mean_rho"]
    ]


def _shares(book: Book) -> pd.DataFrame:
    """What each group explains, one row a selection, policy, scheme and group."""
    frames = [
        found.explained.assign(selection=found.selection, policy=found.policy, n_models=found.n_models)
        for found in book.results.contributions
    ]
    if not frames:
        return pd.DataFrame()
    together = pd.concat(frames, ignore_index=True)
    first = ["selection", "policy", "n_models"]
    return together[[*first, *(column for column in together.columns if column not in first)]]
