"""A snapshot as a Data Package (version 2, datapackage.org) in a folder of its own, in and out.

    datapackage.json  name, version, created, sources, licences, and each file's bytes and SHA-256
    models.csv        id, name, source_id, then any attributes
    metrics.csv       the metric tree: id, name, parent, higher_is_better, role, reference, ceiling
    scores.csv        model, metric, score, state, and optionally error and date
    published.csv     optional: what the source itself gives for inner nodes of the tree
    truth.csv         optional: the latent values of simulated models

A packed folder is immutable: a file that no longer has the hash that datapackage.json says is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import ValidationError

from builder.catalog import tables
from builder.catalog.cells import read_csv_rows, restored, shown
from builder.catalog.descriptor import Descriptor
from builder.catalog.json_text import parse_json
from builder.catalog.snapshot import Snapshot, SourceRecord, no_truth
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import SNAPSHOT_ID

DESCRIPTOR = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
REQUIRED, OPTIONAL = ("models", "metrics", "scores"), ("published", "truth")
VERSION = "1.0.0"
Made = TypeVar("Made")


def list_snapshots(root: Path, study: str) -> list[Path]:
    """The folders of a study's embedded snapshots, sorted by name. Hidden ones do not count."""
    folder = root / study
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def read_snapshot(folder: Path, study: Study) -> Snapshot:
    """Read and check a packed folder, whose name is the snapshot's id.

    Raises DataError with the problems of every file: file, row, column and remedy.
    """
    descriptor = _read_descriptor(folder)
    listed = {resource.name: resource for resource in descriptor.resources}
    contents, problems = _read_files(folder)
    problems += _hash_problems(folder, descriptor, study, contents)
    if problems:
        raise DataError(problems)
    numeric = listed["models"].numeric
    snapshot = _from_tables(folder, study.id, contents, numeric)
    sources = tuple(
        SourceRecord(
            source.path,
            source.hash.removeprefix("sha256:"),
            source.retrieved,
            source.title,
            source.adapter,
            source.metrics,
        )
        for source in descriptor.sources
    )
    return replace(
        snapshot,
        title=descriptor.title or snapshot.title,
        sources=sources,
        corrects=descriptor.corrects,
        note=descriptor.note,
    )


def correction_of(folder: Path) -> tuple[str, str]:
    """Which snapshot a packed folder corrects and what was wrong with it; two empty texts for none.

    Raises DataError where its datapackage.json cannot be read.
    """
    descriptor = _read_descriptor(folder)
    return descriptor.corrects, descriptor.note


def pack(folder: Path, study: Study, *, corrects: str = "", note: str = "") -> Snapshot:
    """Check the tables of a folder and write its datapackage.json, which makes it a snapshot.

    `corrects` is the id of the snapshot that it stands in for, and `note` what was wrong with that one.
    Raises DataError with every problem; then nothing is written. A folder that is packed already is only
    checked: a snapshot is immutable.
    """
    if bool(corrects) != bool(note.strip()):
        what = "needs the snapshot that it corrects and a note that says what was wrong, or neither."
        raise DataError(Problem(str(folder), what, "Give both --corrects and --note."))
    if (folder / DESCRIPTOR).exists():
        packed = read_snapshot(folder, study)
        if corrects and (corrects, note.strip()) != (packed.corrects, packed.note):
            what = "is packed already, and does not say that it corrects this."
            remedy = "A snapshot never changes; of a copy, remove the file first."
            raise DataError(Problem(str(folder / DESCRIPTOR), what, remedy))
        return packed
    contents, problems = _read_files(folder)
    if problems:
        raise DataError(problems)
    snapshot = replace(_from_tables(folder, study.id, contents, []), corrects=corrects, note=note.strip())
    _write_descriptor(folder, snapshot, study, contents)
    return snapshot


def write_snapshot(snapshot: Snapshot, folder: Path, study: Study) -> None:
    """Write a snapshot as a Data Package into `folder`, which is made. Equal snapshots are equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = _tables(snapshot)
    for name, data in contents.items():
        (folder / f"{name}.csv").write_bytes(data)
    _write_descriptor(folder, snapshot, study, contents)


def tables_of(snapshot: Snapshot) -> list[str]:
    """Names of the tables that a snapshot's Data Package has, as the digest takes them."""
    return sorted(_tables(snapshot))


def data_digest(snapshot: Snapshot) -> str:
    """SHA-256 of a snapshot's scores, models and metric tree, however it was had.

    It is that of the lines `SHA-256  NAME.csv`, sorted by name, of the tables that `write_snapshot` writes:
    `sha256sum *.csv | sha256sum` in the folder gives it again.
    """
    lines = [
        f"{hashlib.sha256(data).hexdigest()}  {name}.csv\n"
        for name, data in sorted(_tables(snapshot).items())
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read_descriptor(folder: Path) -> Descriptor:
    path = folder / DESCRIPTOR
    try:
        raw = parse_json(path.read_bytes())
    except FileNotFoundError:
        raise DataError(
            Problem(str(path), "is missing.", f"Write it with 'alignboard pack {folder}'.")
        ) from None
    except OSError as error:
        raise DataError(Problem(str(path), f"cannot be read: {error.strerror}.")) from None
    except ValueError as error:
        raise DataError(Problem(str(path), f"is not valid JSON: {error}.", "Correct it.")) from None
    try:
        return Descriptor.model_validate(raw)
    except ValidationError as error:
        raise DataError(
            Problem(
                f"{path}: key '{'.'.join(str(part) for part in detail['loc'])}'",
                f"{detail['msg']}.",
                f"Remove the file and write it anew with 'alignboard pack {folder}'.",
            )
            for detail in error.errors()
        ) from None


def _read_files(folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Content of the tables that are there, by name, and what cannot be read."""
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name in (*REQUIRED, *OPTIONAL):
        path = folder / f"{name}.csv"
        try:
            contents[name] = path.read_bytes()
        except FileNotFoundError:
            if name in REQUIRED:
                problems.append(Problem(str(path), "is missing.", "A snapshot needs this table."))
        except OSError as error:
            problems.append(Problem(str(path), f"cannot be read: {error.strerror}."))
    return contents, problems


def _hash_problems(
    folder: Path, descriptor: Descriptor, study: Study, contents: Mapping[str, bytes]
) -> list[Problem]:
    listed = {resource.name: resource for resource in descriptor.resources}
    remedy = (
        "A snapshot never changes: undo the change, or correct it by a snapshot of its own "
        f"('alignboard import' with --corrects {folder.name}, or 'alignboard pack' of a folder without "
        f"{DESCRIPTOR})."
    )
    of = descriptor.name.removeprefix(f"{study.id}-")
    if of != folder.name and re.fullmatch(SNAPSHOT_ID, of):  # a copy that became a correction
        remedy = (
            f"It came with the copy of {of}: remove {DESCRIPTOR}, then give 'alignboard pack {folder}' with "
            f"--corrects {of} and --note."
        )
    where = str(folder / DESCRIPTOR)
    problems = [
        Problem(where, f"lists '{shown(resource.path)}', which is no table of a snapshot.", "Remove it.")
        for name, resource in listed.items()
        if name not in (*REQUIRED, *OPTIONAL) or resource.path != f"{name}.csv"
    ]
    for name, data in contents.items():
        if name not in listed:
            problems.append(Problem(where, f"does not list '{name}.csv', which is there.", "Pack it anew."))
        elif listed[name].hash != f"sha256:{hashlib.sha256(data).hexdigest()}":
            problems.append(
                Problem(
                    str(folder / f"{name}.csv"),
                    f"is not the file that {DESCRIPTOR} lists: its SHA-256 differs.",
                    remedy,
                )
            )
    problems += [
        Problem(str(folder / f"{name}.csv"), f"is missing, but {DESCRIPTOR} lists it.", "Put it back.")
        for name in listed
        if name in OPTIONAL and name not in contents
    ]
    return problems


def _from_tables(folder: Path, study: str, contents: Mapping[str, bytes], numeric: list[str]) -> Snapshot:
    """The snapshot that the tables say; every problem of all of them at once."""
    problems: list[Problem] = []

    def attempt(read: Callable[[], Made]) -> Made | None:
        try:
            return read()
        except DataError as error:
            problems.extend(error.problems)
            return None

    def where(name: str) -> str:
        return str(folder / f"{name}.csv")

    date = attempt(lambda: _date_of(folder))
    models = attempt(lambda: tables.read_models(contents["models"], where("models"), numeric))
    tree = attempt(lambda: tables.read_metrics(contents["metrics"], where("metrics")))
    if date is None or models is None or tree is None:
        raise DataError(problems)
    ids = models["id"].tolist()
    scores = attempt(lambda: tables.read_scores(contents["scores"], where("scores"), ids, tree.metric_ids))
    published = pd.DataFrame({"model": [], "group": [], "value": []}).astype({"value": float})
    truth = no_truth()
    if "published" in contents:
        groups = ["", *(group.id for group in tree.groups)]
        read = attempt(
            lambda: tables.read_values(
                contents["published"], where("published"), tables.PUBLISHED_COLUMNS, ids, groups
            )
        )
        published = published if read is None else read
    if "truth" in contents:
        read = attempt(
            lambda: tables.read_values(contents["truth"], where("truth"), tables.TRUTH_COLUMNS, ids, None)
        )
        truth = truth if read is None else read
    if scores is None or problems:
        raise DataError(problems)
    return Snapshot(
        study=study,
        id=folder.name,
        date=date,
        title=folder.name,
        tree=tree,
        models=models,
        scores=scores,
        published=published,
        sources=(),
        truth=truth,
    )


def _date_of(folder: Path) -> dt.date:
    remedy = "Name the folder by its date, such as 2025-05-07 or 2025-05-07.1."
    if not re.fullmatch(SNAPSHOT_ID, folder.name):
        raise DataError(Problem(str(folder), "is no name for a snapshot.", remedy))
    try:
        return dt.date.fromisoformat(folder.name[:10])
    except ValueError as error:
        raise DataError(Problem(str(folder), f"does not begin with a date ({error}).", remedy)) from None


def _tables(snapshot: Snapshot) -> dict[str, bytes]:
    frames = {
        "models": snapshot.models,
        "metrics": tables.tree_frame(snapshot.tree),
        "scores": tables.score_frame(snapshot.scores),
    }
    if len(snapshot.published):
        frames["published"] = snapshot.published
    if len(snapshot.truth):
        frames["truth"] = snapshot.truth
    return {name: tables.table_bytes(frame) for name, frame in frames.items()}


def _write_descriptor(folder: Path, snapshot: Snapshot, study: Study, contents: Mapping[str, bytes]) -> None:
    text = json.dumps(_descriptor(snapshot, study, contents), ensure_ascii=False, indent=2) + "\n"
    beside = folder / f".{DESCRIPTOR}.new"
    beside.write_text(text, encoding="utf-8")
    beside.replace(folder / DESCRIPTOR)


def _descriptor(snapshot: Snapshot, study: Study, contents: Mapping[str, bytes]) -> dict[str, Any]:
    terms = study.data
    licence: dict[str, str] = {"title": terms.licence}
    if re.fullmatch(r"[A-Za-z0-9.+-]+", terms.licence):
        licence = {"name": terms.licence}
    if terms.licence_url:
        licence["path"] = terms.licence_url
    sources: list[dict[str, Any]] = [
        {
            key: value
            for key, value in (
                ("title", source.title or source.path),
                ("path", source.path),
                ("hash", f"sha256:{source.sha256}" if source.sha256 else ""),
                ("retrieved", source.retrieved),
                ("adapter", source.adapter),
                ("metrics", list(source.metrics)),
            )
            if value
        }
        for source in snapshot.sources
    ] or [{"title": terms.source, **({"path": terms.homepage} if terms.homepage else {})}]
    numeric = [
        name for name in snapshot.models.columns if pd.api.types.is_numeric_dtype(snapshot.models[name])
    ]
    return {
        "$schema": PROFILE,
        "name": f"{study.id}-{snapshot.id}",
        "title": snapshot.title,
        "version": VERSION,
        "created": f"{snapshot.date.isoformat()}T00:00:00Z",
        **({"corrects": snapshot.corrects, "note": snapshot.note} if snapshot.corrects else {}),
        "sources": sources,
        "licenses": [licence],
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(data),
                "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
                "schema": _schema(name, data, numeric),
            }
            for name, data in contents.items()
        ],
    }


def _schema(name: str, data: bytes, numeric: list[str]) -> dict[str, Any]:
    """The Table Schema of one table."""
    header = read_csv_rows(data, f"{name}.csv").header
    types = {"score": "number", "error": "number", "value": "number", "date": "date"}
    types |= {"ceiling": "number"}
    types |= {"higher_is_better": "boolean"} | dict.fromkeys(numeric, "number")
    keys: dict[str, list[str]] = {"scores": ["model", "metric"], "published": ["model", "group"]}
    keys |= {"truth": ["model", "factor"]}
    found: dict[str, Any] = {
        "fields": [{"name": column, "type": types.get(restored(column), "string")} for column in header],
        "primaryKey": keys.get(name, ["id"]),
    }
    if name in keys:
        found["foreignKeys"] = [{"fields": ["model"], "reference": {"resource": "models", "fields": ["id"]}}]
    return found
