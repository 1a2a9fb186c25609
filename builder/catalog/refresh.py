"""Adding the newest of a source that goes on: fetched, kept as a file of the project, pinned in the study.

The document is kept below data/sources/<study>/, because at its address it will be another one tomorrow. A
source that holds its own past gives more than today: with `since`, the snapshot of every quarter's end from
then on that the study does not have.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from builder.catalog.download import Part, Progress, Settings, download
from builder.catalog.library import Library
from builder.catalog.package import data_digest
from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import ADAPTERS
from builder.catalog.sources.frames import NothingYetError
from builder.catalog.specs import RefreshSpec, SnapshotSpec, SourceSpec
from builder.catalog.study import Study, load_study
from builder.errors import DataError, Problem
from builder.names import did_you_mean


@dataclass(frozen=True)
class Refreshed:
    """What came of a refresh. Where nothing was added, nothing was written."""

    added: tuple[Snapshot, ...]
    """Oldest first."""
    nothing_yet: tuple[dt.date, ...]
    """Quarters of which the source has nothing."""
    kept: Path | None
    """Where the fetched document lies."""


def refresh(library: Library, study: Study, today: dt.date, progress: Progress) -> Refreshed:
    """Fetch what the study's [refresh] names and pin every snapshot that it newly gives.

    The study file and the document are written together or not at all. Raises DataError for a study without
    [refresh] and for a document that cannot be read, SourceError where it cannot be fetched.
    """
    spec = _asked(study)
    with tempfile.TemporaryDirectory(prefix="alignboard-") as scratch:
        file = Path(scratch) / "document"
        with file.open("x+b") as opened:
            part = Part(file, opened)
            download(spec.url, part, Settings(), progress, {})
            sha256 = part.sha256()
        name = f"{today.isoformat()}-{sha256[:8]}{PurePosixPath(urlsplit(spec.url).path).suffix}"
        source = SourceSpec(file=name, sha256=sha256, retrieved=today, part=spec.part)
        added, nothing_yet = _read_all(library, study, spec, source, file, today)
        if not added:
            return Refreshed((), tuple(nothing_yet), None)
        kept = library.own_files(study) / name
        _write(study, file, kept, [(snapshot.date, spec.adapter, source) for snapshot in added])
    return Refreshed(tuple(added), tuple(nothing_yet), kept)


def _asked(study: Study) -> RefreshSpec:
    spec = study.file.refresh
    if spec is None:
        remedy = "Add [refresh] with 'adapter' and 'url'."
        raise DataError(Problem(str(study.path), "does not say where newer data are.", remedy))
    adapter = ADAPTERS.get(spec.adapter)
    if adapter is None:
        known = did_you_mean(spec.adapter, list(ADAPTERS))
        where = f"{study.path}: key 'refresh.adapter'"
        raise DataError(Problem(where, f"there is no adapter '{spec.adapter}'.", known))
    if spec.since is not None and not adapter.holds_its_past:
        what = f"'{spec.adapter}' reads today's scores only."
        raise DataError(Problem(f"{study.path}: key 'refresh.since'", what, "Remove it."))
    return spec


def _read_all(
    library: Library, study: Study, spec: RefreshSpec, source: SourceSpec, file: Path, today: dt.date
) -> tuple[list[Snapshot], list[dt.date]]:
    """The snapshots that are new, and the quarters of which there is nothing."""

    def read(date: dt.date) -> Snapshot:
        pinned = SnapshotSpec(date=date, adapter=spec.adapter, sources=(source,))
        return ADAPTERS[spec.adapter].read(study, pinned, {source.part: file})

    refs = library.snapshots(study)
    have = {ref.date for ref in refs}
    added: list[Snapshot] = []
    nothing_yet: list[dt.date] = []
    for date in quarter_ends(spec.since, today):
        if date not in have:
            try:
                added.append(read(date))
            except NothingYetError:
                nothing_yet.append(date)
    newest = read(today)
    before = [*(library.load(ref) for ref in refs[-1:]), *added]
    last = max(before, key=lambda one: one.date, default=None)
    if today not in have and (last is None or data_digest(last) != data_digest(newest)):
        added.append(newest)
    return added, nothing_yet


def quarter_ends(since: dt.date | None, today: dt.date) -> list[dt.date]:
    """The last days of the quarters that ended from `since` to the day before today; none without `since`."""
    if since is None:
        return []
    ends = [
        dt.date(year, month, day)
        for year in range(since.year, today.year + 1)
        for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
    ]
    return [end for end in ends if since <= end < today]


def _write(study: Study, file: Path, kept: Path, pinned: list[tuple[dt.date, str, SourceSpec]]) -> None:
    """Put the document in its place and append the snapshots to the study file, which must then be right."""
    before = study.path.read_text(encoding="utf-8-sig")
    text = before if before.endswith("\n") else before + "\n"
    for date, adapter, source in pinned:
        part = f"part = {json.dumps(source.part)}\n" if source.part else ""
        text += (
            f'\n[[snapshots]]\ndate = {date}\nadapter = "{adapter}"\n\n[[snapshots.sources]]\n{part}'
            f'file = "{source.file}"\nsha256 = "{source.sha256}"\nretrieved = {source.retrieved}\n'
        )
    try:
        with tempfile.TemporaryDirectory(prefix=".refresh-", dir=study.path.parent) as scratch:
            tried = Path(scratch) / study.path.name
            tried.write_text(text, encoding="utf-8")
            load_study(tried)
            kept.parent.mkdir(parents=True, exist_ok=True)
            beside = kept.with_name(f".{kept.name}.new")
            shutil.copyfile(file, beside)
            beside.replace(kept)
            tried.replace(study.path)
    except OSError as error:
        raise DataError(Problem(str(error.filename), f"cannot be written: {error.strerror}.")) from None
