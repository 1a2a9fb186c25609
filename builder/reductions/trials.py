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

from builder.reductions.engines import ON_THIS_MACHINE, Engine, open_tables

RAW = ("raw_trials", "raw_trial_rows")
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
    trials: pd.DataFrame | Path | str,
    *,
    left_out: Mapping[str, Collection[str]] = LEFT_OUT,
    without_conditions: Collection[str] = WITHOUT_CONDITIONS,
    engine: Engine = ON_THIS_MACHINE,
) -> TrialScores:
    """Scores of every observer in every experiment and condition, the same to the last bit on any engine.

    `trials` is a frame with `COLUMNS`, `source` and `row`, or where Parquet files with `COLUMNS` are: a file,
    a folder, or for Spark an address, which are read as a stream. Observers whose name begins with "subject-"
    are people. Raises ValueError where there are no Parquet files with these columns, and EngineError where
    the engine cannot be had.
    """
    with open_tables(engine) as tables:
        if isinstance(trials, pd.DataFrame):
            for name in RAW:
                tables.hold(name, trials)
        else:
            tables.hold_parquet(RAW, str(trials), COLUMNS)
        row_faults = tables.ask("trial_row_faults")
        if len(row_faults):
            return TrialScores(_NOTHING, _NOTHING, row_faults, _NOTHING)
        whole = pd.DataFrame({"experiment": sorted(without_conditions)}, dtype=str)
        tables.hold("experiments_without_conditions", whole)
        for step in ("trials", "trial_images", "trial_masks", "trial_counts"):
            tables.make(step)
        faults = tables.ask("trial_faults")
        if len(faults):
            return TrialScores(_NOTHING, _NOTHING, row_faults, faults)
        decisions = tables.ask("trial_decisions")
        tables.make("trial_pairs")
        counted = tables.in_order("trial_counts", "trial_pairs")
        pairs = [(name, one) for name, listed in left_out.items() for one in listed]
        counted.hold(
            "conditions_left_out", pd.DataFrame(pairs, columns=["experiment", "condition"], dtype=str)
        )
        return TrialScores(counted.ask("trial_scores"), decisions, row_faults, faults)


_NOTHING = pd.DataFrame()
