"""A snapshot: one dated, immutable table of scores of a study, with the metric tree of its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pandas as pd

from builder.catalog.tree import MetricTree

SCORED, FAILED, MISSING = "scored", "failed", "missing"
STATES = (SCORED, FAILED, MISSING)


def no_truth() -> pd.DataFrame:
    """The truth of a snapshot of which nobody knows it."""
    return pd.DataFrame({"model": [], "factor": [], "value": []}).astype({"value": float})


@dataclass(frozen=True)
class SourceRecord:
    """What a snapshot was made from: a file at an address, or in words where there is no file."""

    path: str
    sha256: str
    retrieved: str
    title: str = ""
    adapter: str = ""
    """What read it, and in which version: "brain-score-export 1"."""
    metrics: tuple[str, ...] = ()
    """Ids of the metrics that it gave scores of."""


@dataclass(frozen=True)
class Snapshot:
    """Scores of one day. The frames are sorted and their indices are plain ranges.

    models     id, name, source_id (all text, id unique), then any attributes of the source (text or float)
    scores     model, metric, score (float, NaN unless scored), state ('scored' or 'failed'),
               error (float, NaN if unknown), date (text, may be empty); a cell that is not there is missing
    published  model, group, value: what the source itself gives for inner nodes of the tree, only compared
    truth      model, factor, value: the latent values that simulated scores were drawn from; else empty
    """

    study: str
    id: str
    date: dt.date
    title: str
    tree: MetricTree
    models: pd.DataFrame
    scores: pd.DataFrame
    published: pd.DataFrame
    sources: tuple[SourceRecord, ...]
    truth: pd.DataFrame = field(default_factory=no_truth)
    corrects: str = ""
    """Id of the snapshot that this one corrects; empty for none."""
    note: str = ""
    """What was wrong with that one."""
