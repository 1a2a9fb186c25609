"""What every adapter does alike: name its files in messages, and make a snapshot's frames."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

import pandas as pd

from builder.catalog.snapshot import Snapshot, SourceRecord
from builder.catalog.specs import SnapshotSpec, SourceSpec
from builder.catalog.study import Study
from builder.errors import DataError


class NothingYetError(DataError):
    """The source is right, but has nothing of the snapshot's date."""


class ScoreCell(NamedTuple):
    """One cell that was run. `score` is NaN unless `state` is 'scored'; `error` is NaN where unknown."""

    model: str
    metric: str
    score: float
    state: str
    error: float = math.nan
    date: str = ""


PublishedCell = tuple[str, str, float]
"""Model id, group, value."""


def file_name(study: Study, spec: SnapshotSpec, source: SourceSpec) -> str:
    """How messages name a source's file: study, snapshot and the end of its address."""
    return f"{study.id}/{spec.snapshot_id}: {urlsplit(source.address).path.rsplit('/', 1)[-1]}"


def make_snapshot(
    study: Study,
    spec: SnapshotSpec,
    models: Mapping[str, Iterable[object]],
    scores: Iterable[ScoreCell],
    published: Iterable[PublishedCell] = (),
    gives: Mapping[str, Iterable[str]] | None = None,
) -> Snapshot:
    """A snapshot with the study's tree, its frames sorted by id. `models` has the columns by name.

    `gives` has the metrics of each source by its part; None where every source gives all of them.
    """
    sources = tuple(
        SourceRecord(
            source.address,
            source.sha256,
            source.retrieved.isoformat(),
            source.part,
            metrics=study.tree.metric_ids if gives is None else tuple(gives.get(source.part, ())),
        )
        for source in spec.sources
    )
    snapshot = assemble(study, spec.snapshot_id, spec.date, models, scores, sources, published)
    return replace(snapshot, title=spec.title or snapshot.title)


def assemble(
    study: Study,
    snapshot_id: str,
    date: dt.date,
    models: Mapping[str, Iterable[object]],
    scores: Iterable[ScoreCell],
    sources: tuple[SourceRecord, ...],
    published: Iterable[PublishedCell] = (),
) -> Snapshot:
    """A snapshot with the study's tree, titled by its date; `models` has the columns by name."""
    listed = pd.DataFrame(models).sort_values("id", ignore_index=True)
    cells = pd.DataFrame(list(scores), columns=list(ScoreCell._fields))
    cells = cells.astype({"score": float, "error": float})
    inner = pd.DataFrame(list(published), columns=["model", "group", "value"]).astype({"value": float})
    return Snapshot(
        study=study.id,
        id=snapshot_id,
        date=date,
        title=date.isoformat(),
        tree=study.tree,
        models=listed,
        scores=cells.sort_values(["model", "metric"], ignore_index=True),
        published=inner.sort_values(["model", "group"], ignore_index=True),
        sources=sources,
    )


def with_ceilings(study: Study, ceilings: Mapping[str, float]) -> Study:
    """The study with the noise ceilings of these metrics, as an adapter measured them."""
    metrics = tuple(replace(one, ceiling=ceilings.get(one.id, one.ceiling)) for one in study.tree.metrics)
    return replace(study, tree=replace(study.tree, metrics=metrics))
