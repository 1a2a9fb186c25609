"""From single trials to scores of observers, in SQL: accuracy, shape bias, and how alike errors are.

As the model-vs-human toolbox defines them (Geirhos, Narayanappa, Mitzkus, Thieringer, Bethge, Wichmann and
Brendel 2021, "Partial success in closing the gap between human and machine vision"): error consistency is
Cohen's kappa of two observers' right and wrong answers to the same images of one condition (Geirhos, Meding
and Wichmann 2020), averaged over conditions and then over people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from builder.database import Connection, average_in_order, connect_for_counting, parquet_view, query_text

COLUMNS = ("experiment", "subj", "object_response", "category", "condition", "imagename")

LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "colour": ("cr",),
    "contrast": ("c100", "c03", "c01"),
    "high-pass": ("inf", "0.55", "0.45", "0.4"),
    "low-pass": ("0.0", "15.0", "40.0"),
    "phase-scrambling": ("0.0", "150.0", "180.0"),
    "power-equalisation": ("0.0",),
    "false-colour": ("true",),
    "rotation": ("0.0",),
    "eidolonI": ("1-10-10", "64-10-10", "128-10-10"),
    "eidolonII": ("1-3-10", "32-3-10", "64-3-10", "128-3-10"),
    "eidolonIII": ("1-0-10", "16-0-10", "32-0-10", "64-0-10", "128-0-10"),
    "uniform-noise": ("0.0", "0.6", "0.9"),
}
"""Conditions that the toolbox leaves out of an experiment's averages (`plot.py`, EXCLUDE_CONDITIONS): images
that are not changed, and those on which people are right less than one time in five."""

WITHOUT_CONDITIONS = ("cue-conflict", "edge", "silhouette", "sketch", "stylized")
"""Experiments that the toolbox takes as a whole."""


@dataclass(frozen=True)
class TrialScores:
    """What trials come to.

    scores     experiment, condition (None for the whole experiment), observer, accuracy, n_images,
               accuracy_difference (squared, to people), observed (consistency with people), kappa (error
               consistency with people); NaN where there is nobody else to compare with
    decisions  experiment, observer, n_shape, n_texture, of images with a cue conflict
    row_faults source, row, column_name of values that are not there; then the others are empty
    faults     experiment, condition, observer, n_trials, n_images, n_listed: who judged an image twice, or
               not all images of a condition; then `scores` and `decisions` are empty
    """

    scores: pd.DataFrame
    decisions: pd.DataFrame
    row_faults: pd.DataFrame
    faults: pd.DataFrame


def reduce_trials(
    trials: pd.DataFrame | Path,
    *,
    left_out: Mapping[str, Collection[str]] = LEFT_OUT,
    without_conditions: Collection[str] = WITHOUT_CONDITIONS,
    temporary: Path | None = None,
    memory_limit: str = "",
) -> TrialScores:
    """Scores of every observer in every experiment and condition.

    `trials` is a frame with `COLUMNS`, `source` and `row`, or a Parquet file with `COLUMNS`, which is read as
    a stream. Observers whose name begins with "subject-" are people. `temporary` is where DuckDB may put
    what does not fit into `memory_limit` ("2GB"). Raises ValueError where a file is no Parquet file with
    these columns.
    """
    with connect_for_counting(temporary, memory_limit) as connection:
        if isinstance(trials, Path):
            parquet_view(connection, "raw_trials", trials, COLUMNS)
        else:
            connection.register("raw_trials", trials)
        row_faults = _ask(connection, "trial_row_faults")
        if len(row_faults):
            return TrialScores(_NOTHING, _NOTHING, row_faults, _NOTHING)
        pairs = [(name, one) for name, listed in left_out.items() for one in listed]
        connection.register("conditions_left_out", pd.DataFrame(pairs, columns=["experiment", "condition"]))
        whole = pd.DataFrame({"experiment": sorted(without_conditions)}, dtype=str)
        connection.register("experiments_without_conditions", whole)
        for step in ("trials", "trial_images", "trial_masks"):
            connection.execute(query_text(step))
        faults = _ask(connection, "trial_faults")
        if len(faults):
            return TrialScores(_NOTHING, _NOTHING, row_faults, faults)
        decisions = _ask(connection, "trial_decisions")
        connection.execute(query_text("trial_pairs"))
        average_in_order(connection)
        return TrialScores(_ask(connection, "trial_scores"), decisions, row_faults, faults)


_NOTHING = pd.DataFrame()


def _ask(connection: Connection, name: str) -> pd.DataFrame:
    return connection.execute(query_text(name)).df()
