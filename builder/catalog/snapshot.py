"""A snapshot: one dated, immutable table of scores of a study, with the metric tree of its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from builder.catalog.tree import MetricTree

SCORED, FAILED, MISSING = "scored", "failed", "missing"
STATES = (SCORED, FAILED, MISSING)


@dataclass(frozen=True)
class SourceRecord:
    """A file that a snapshot was made from."""

    path: str
    sha256: str
    retrieved: str
    title: str = ""


@dataclass(frozen=True)
class Snapshot:
    """Scores of one day. The frames are sorted and their indices are plain ranges.

    models     id, name, source_id (all text, id unique), then any attributes of the source
    scores     model, metric, score (float, NaN unless scored), state ('scored' or 'failed'),
               error (float, NaN if unknown), date (text, may be empty); a cell that is not there is missing
    published  model, group, value: what the source itself gives for inner nodes of the tree, only compared
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
