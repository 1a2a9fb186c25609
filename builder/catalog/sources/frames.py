"""What every adapter does alike: name its files in messages, and make a snapshot's frames."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import pandas as pd

from builder.catalog.snapshot import Snapshot, SourceRecord
from builder.catalog.study import SnapshotSpec, SourceSpec, Study

ScoreCell = tuple[str, str, float, str]
"""Model id, metric, score (NaN unless scored), state."""
PublishedCell = tuple[str, str, float]
"""Model id, group, value."""


def file_name(study: Study, spec: SnapshotSpec, source: SourceSpec) -> str:
    """How messages name a source's file: study, snapshot and the end of its address."""
    return f"{study.id}/{spec.snapshot_id}: {urlsplit(source.url).path.rsplit('/', 1)[-1]}"


def make_snapshot(
    study: Study,
    spec: SnapshotSpec,
    models: Mapping[str, Iterable[object]],
    scores: Iterable[ScoreCell],
    published: Iterable[PublishedCell] = (),
) -> Snapshot:
    """A snapshot with the study's tree, its frames sorted by id. `models` has the columns by name."""
    listed = pd.DataFrame(models).sort_values("id", ignore_index=True)
    cells = pd.DataFrame(list(scores), columns=["model", "metric", "score", "state"])
    cells = cells.astype({"score": float}).assign(error=math.nan, date="")
    inner = pd.DataFrame(list(published), columns=["model", "group", "value"]).astype({"value": float})
    return Snapshot(
        study=study.id,
        id=spec.snapshot_id,
        date=spec.date,
        title=spec.title or spec.date.isoformat(),
        tree=study.tree,
        models=listed,
        scores=cells.sort_values(["model", "metric"], ignore_index=True),
        published=inner.sort_values(["model", "group"], ignore_index=True),
        sources=tuple(
            SourceRecord(source.url, source.sha256, source.retrieved.isoformat(), source.part)
            for source in spec.sources
        ),
    )
