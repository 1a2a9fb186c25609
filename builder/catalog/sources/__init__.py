"""The adapters: each turns the pinned files of one snapshot into a snapshot. One file an adapter.

To add one: write `read(study, spec, parts)` in a file of its own and give it a row here. `parts` holds the
fetched files by the `part` of their source. Raises DataError with every problem of the files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import (
    brain_score,
    brain_score_history,
    every_eval_ever,
    importance_maps,
    mteb,
    odd_one_out,
    results_table,
    timm,
    trials,
)
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.reductions.engines import Engine


@dataclass(frozen=True)
class Adapter:
    """How one kind of source is read. `version` is raised when the same file gives another snapshot."""

    read: Callable[[Study, SnapshotSpec, dict[str, Path]], Snapshot]
    version: int
    title: str
    """What it reads, in a few words."""
    page: str
    """Its page in site_src/sources, without the end of the file's name."""
    holds_its_past: bool = False
    """Whether one file gives the snapshot of any earlier date."""
    read_on: Callable[[Engine, Study, SnapshotSpec, dict[str, Path]], Snapshot] | None = None
    """`read` on an engine that is chosen; None where there is no choice."""


ADAPTERS: dict[str, Adapter] = {
    "brain-score-export": Adapter(
        brain_score.read, 1, "Brain-Score's leaderboard export (CSV)", "brain-score"
    ),
    "brain-score-history": Adapter(
        brain_score_history.read, 1, "Brain-Score's score history (JSON), as of any date", "brain-score", True
    ),
    "timm-results": Adapter(
        timm.read, 1, "results of pytorch-image-models (CSV, one file a test set)", "timm"
    ),
    "model-vs-human-trials": Adapter(
        trials.read,
        trials.VERSION,
        "single trials of the model-vs-human toolbox (CSV, Parquet), reduced in SQL",
        "model-vs-human",
        read_on=trials.read_on,
    ),
    "odd-one-out-results": Adapter(
        results_table.read_odd_one_out, 1, "tables of odd-one-out accuracies (CSV)", "odd-one-out"
    ),
    "odd-one-out-triplets": Adapter(
        odd_one_out.read, 1, "triplets, and embeddings or similarities (.npy, Parquet, CSV)", "odd-one-out"
    ),
    "feature-alignment-results": Adapter(
        results_table.read_feature_alignment,
        1,
        "tables of feature alignment (CSV)",
        "feature-alignment",
    ),
    "feature-alignment-maps": Adapter(
        importance_maps.read, 1, "importance maps of people and models (.npy)", "feature-alignment"
    ),
    "every-eval-ever": Adapter(
        every_eval_ever.read, 1, "results in Every Eval Ever's schema (JSON, archives)", "every-eval-ever"
    ),
    "mteb-results": Adapter(mteb.read, 1, "MTEB's results folders (archives)", "mteb"),
}
