"""One snapshot of several origins: models that aliases name are one, all others stay apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pandas as pd

from builder.catalog.aliases import FILE, Aliases
from builder.catalog.snapshot import Snapshot, SourceRecord
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.names import model_ids, slug

BASE_COLUMNS = ("id", "name", "source_id")


@dataclass(frozen=True)
class Part:
    """What one origin gives: its snapshot, and the metrics that the study takes from it."""

    origin: str
    snapshot: Snapshot
    metrics: tuple[str, ...]


def join(study: Study, spec: SnapshotSpec, parts: list[Part], aliases: Aliases) -> Snapshot:
    """The snapshot of all origins, in their order, with the study's tree and the ceilings they measured.

    A joined model has the id of its alias and the name of its first origin; `source_id` names each origin
    with its own id. An attribute that several origins have is one column an origin. Raises DataError for
    aliases that cannot be followed.
    """
    new_ids = _ids(parts, aliases)
    scores, published, sources = [], [], []
    ceilings: dict[str, float] = {}
    groups = [group.id for group in study.tree.groups]
    for part in parts:
        ids, snapshot = new_ids[part.origin], part.snapshot
        taken = snapshot.scores[snapshot.scores["metric"].isin(part.metrics)]
        scores.append(taken.assign(model=taken["model"].map(ids)))
        inner = snapshot.published[snapshot.published["group"].isin(groups)]
        published.append(inner.assign(model=inner["model"].map(ids)))
        ceilings |= {m.id: m.ceiling for m in snapshot.tree.metrics if m.id in part.metrics}
        sources += [_named(source, part) for source in snapshot.sources]
    metrics = tuple(replace(one, ceiling=ceilings.get(one.id, one.ceiling)) for one in study.tree.metrics)
    return Snapshot(
        study=study.id,
        id=spec.snapshot_id,
        date=spec.date,
        title=spec.title or spec.date.isoformat(),
        tree=replace(study.tree, metrics=metrics),
        models=_models(parts, new_ids),
        scores=pd.concat(scores).sort_values(["model", "metric"], ignore_index=True),
        published=pd.concat(published).sort_values(["model", "group"], ignore_index=True),
        sources=(*sources, *_alias_record(aliases, spec)),
    )


def _ids(parts: list[Part], aliases: Aliases) -> dict[str, dict[str, str]]:
    """Origin -> id in its snapshot -> id in the joined one."""
    found = {part.origin: aliases.joined(part.origin, part.snapshot.models) for part in parts}
    taken = {model for ids in found.values() for model in ids.values()}
    apart = [
        (part.origin, str(model.id), str(model.name), str(model.source_id))
        for part in parts
        for model in part.snapshot.models.itertuples(index=False)
        if model.id not in found[part.origin]
    ]
    names = [f"{name} {origin}" if slug(name) in taken else name for origin, _, name, _ in apart]
    own = model_ids(names, [f"{origin} {source_id}" for origin, _, _, source_id in apart])
    for (origin, old, _, _), new in zip(apart, own, strict=True):
        found[origin][old] = new if new not in taken else f"{new}-{origin}"
    return found


def _models(parts: list[Part], new_ids: dict[str, dict[str, str]]) -> pd.DataFrame:
    columns = Counter(column for part in parts for column in part.snapshot.models.columns)
    joined: pd.DataFrame | None = None
    for part in parts:
        models = part.snapshot.models
        frame = models.assign(id=models["id"].map(new_ids[part.origin]))
        frame["source_id"] = part.origin + ":" + models["source_id"]
        shared = [column for column in models.columns if columns[column] > 1 and column not in BASE_COLUMNS]
        frame = frame.rename(columns={column: f"{part.origin}_{column}" for column in shared}).set_index("id")
        joined = frame if joined is None else _merged(joined, frame)
    if joined is None:
        raise ValueError("a joined snapshot needs an origin")
    texts = joined.select_dtypes(exclude="number").columns
    joined[texts] = joined[texts].fillna("")
    return joined.sort_index().reset_index()


def _merged(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    both = left.join(right.rename(columns={"name": "_name", "source_id": "_source_id"}), how="outer")
    in_both = both["source_id"].str.cat(both["_source_id"], sep="; ")
    both["source_id"] = in_both.fillna(both["source_id"]).fillna(both["_source_id"])
    both["name"] = both["name"].fillna(both["_name"])
    return both.drop(columns=["_name", "_source_id"])


def _named(source: SourceRecord, part: Part) -> SourceRecord:
    """A source's record, titled by its origin, with only the metrics that are taken from it."""
    title = f"{part.origin}: {source.title}" if source.title else part.origin
    taken = tuple(metric for metric in source.metrics if metric in part.metrics)
    return replace(source, title=title, metrics=taken)


def _alias_record(aliases: Aliases, spec: SnapshotSpec) -> list[SourceRecord]:
    """The aliases as one source more: they say which scores stand in one row."""
    if not any(aliases.of_origin.values()):
        return []
    return [SourceRecord(FILE, aliases.sha256, spec.date.isoformat(), "which models are one")]
