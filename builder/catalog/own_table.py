"""A table of one's own, its study and its snapshot.

The table is wide (a row a model, a column a metric) or long (a row a score).

What is understood is shown before anything is written, and nothing is guessed that changes a ranking: a
metric whose name sounds as if lower were better needs to be told.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from builder.catalog import package
from builder.catalog.cells import (
    CellFault,
    CsvTable,
    Row,
    cell_place,
    parse_score,
    raise_problems,
    shown,
)
from builder.catalog.library import Library
from builder.catalog.own_files import OwnFile
from builder.catalog.snapshot import MISSING, Snapshot, SourceRecord
from builder.catalog.sources.frames import ScoreCell, assemble
from builder.catalog.study import Study
from builder.errors import DataError, Problem
from builder.names import STUDY_ID, did_you_mean, model_ids

READER = "own-table 2"
MODEL_HEADERS, ID_HEADERS = ("model", "model_name", "name"), ("model_id", "id")
METRIC_HEADERS, SCORE_HEADERS = ("metric", "benchmark", "task", "dataset"), ("score", "value")
SOUNDS_LOWER = re.compile(
    r"(?<![a-z])(err(or)?|loss|rmse|mse|mae|ppl|perplexity|wer|cer|fid|latency|time|cost|distance|rank)(?![a-z])"
)


@dataclass(frozen=True)
class OwnTable:
    """What a file was understood to be. `cells` are (row, model, metric, text of the score)."""

    file: OwnFile
    layout: str
    """'wide' or 'long'."""
    models: dict[str, str]
    """Name -> the source's own id, in the order of the file."""
    metrics: tuple[str, ...]
    cells: tuple[tuple[int, str, str, str], ...]


def read_table(file: OwnFile, ignore: Collection[str] = ()) -> OwnTable:
    """Understand the cells of a file.

    `ignore` names columns, and in a long table metrics, that are left out.
    Raises DataError with every problem: file, row, column and remedy.
    """
    where, table = file.name, file.table
    kept = [at for at, text in enumerate(table.header) if text.strip() not in ignore]
    table = CsvTable(
        tuple(table.header[at] for at in kept),
        tuple(Row(row.number, tuple(row.cells[at] for at in kept)) for row in table.rows),
    )
    if not kept:
        raise DataError(Problem(f"{where}: row 1", "has no column that is not ignored.", "Ignore fewer."))
    names = {text.strip().lower(): at for at, text in reversed(list(enumerate(table.header)))}
    model_at = _first(names, MODEL_HEADERS)
    metric_at, score_at = _first(names, METRIC_HEADERS), _first(names, SCORE_HEADERS)
    id_at = _first(names, ID_HEADERS)
    if model_at is not None and metric_at is not None and score_at is not None:
        metric_of = [row.cells[metric_at].strip() for row in table.rows]
        rows = tuple(row for row, name in zip(table.rows, metric_of, strict=True) if name not in ignore)
        return _long(file, CsvTable(table.header, rows), (model_at, metric_at, score_at, id_at))
    return _wide(file, table, 0 if model_at is None else model_at, id_at)


def _first(names: dict[str, int], wanted: Sequence[str]) -> int | None:
    return next((names[name] for name in wanted if name in names), None)


def _wide(file: OwnFile, table: CsvTable, model_at: int, id_at: int | None) -> OwnTable:
    where = file.name
    columns = [(at, text.strip()) for at, text in enumerate(table.header) if at not in {model_at, id_at}]
    problems: list[Problem] = []
    models: dict[str, str] = {}
    first: dict[str, int] = {}
    cells: list[tuple[int, str, str, str]] = []
    for row in table.rows:
        name = row.cells[model_at].strip()
        place = cell_place(where, row.number, table.header[model_at])
        if not name:
            problems.append(Problem(place, "is empty.", "Name the model."))
        elif name in first:
            what = f"'{shown(name)}' stands in row {first[name]} already."
            problems.append(Problem(place, what, "Give each model one row, or tell them apart by name."))
        first.setdefault(name, row.number)
        models.setdefault(name, (row.cells[id_at].strip() if id_at is not None else "") or name)
        cells += [(row.number, name, metric, row.cells[at]) for at, metric in columns]
    if not columns:
        problems.append(Problem(f"{where}: row 1", "has no column of scores.", "Add one a metric."))
    if not table.rows:
        problems.append(Problem(where, "has no models.", "Give it one row a model."))
    raise_problems(problems, where)
    return OwnTable(file, "wide", models, tuple(text for _, text in columns), tuple(cells))


def _long(file: OwnFile, table: CsvTable, at: tuple[int, int, int, int | None]) -> OwnTable:
    where = file.name
    model_at, metric_at, score_at, id_at = at
    problems: list[Problem] = []
    models: dict[str, str] = {}
    first: dict[tuple[str, str], int] = {}
    cells: list[tuple[int, str, str, str]] = []
    for row in table.rows:
        model, metric = row.cells[model_at].strip(), row.cells[metric_at].strip()
        for text, column in ((model, model_at), (metric, metric_at)):
            if not text:
                place = cell_place(where, row.number, table.header[column])
                problems.append(Problem(place, "is empty.", "Fill it in."))
        if (model, metric) in first:
            place = cell_place(where, row.number, table.header[metric_at])
            what = f"'{shown(model)}' has a score of '{shown(metric)}' in row {first[model, metric]} already."
            problems.append(Problem(place, what, "Keep one row."))
        first.setdefault((model, metric), row.number)
        own_id = (row.cells[id_at].strip() if id_at is not None else "") or model
        if models.setdefault(model, own_id) != own_id:
            place = cell_place(where, row.number, table.header[model_at if id_at is None else id_at])
            what = f"'{shown(own_id)}' is not '{shown(models[model])}', as '{shown(model)}' has it above."
            problems.append(Problem(place, what, "Give two models two names."))
        cells.append((row.number, model, metric, row.cells[score_at]))
    if not table.rows:
        problems.append(Problem(where, "has no scores.", "Give it one row a score."))
    raise_problems(problems, where)
    metrics = tuple(dict.fromkeys(metric for _, metric in first))
    return OwnTable(file, "long", models, metrics, tuple(cells))


def directions(metrics: Sequence[str], lower: Collection[str], higher: Collection[str]) -> dict[str, bool]:
    """Whether higher is better, for each metric; higher unless told or the name sounds otherwise.

    Raises DataError for a told metric that is not there, and for each that sounds as if lower were better
    and of which nothing was told.
    """
    problems = [
        Problem(option, f"'{shown(name)}' is no metric of the table.", did_you_mean(name, list(metrics)))
        for option, told in (("--lower", lower), ("--higher", higher))
        for name in told
        if name not in metrics
    ]
    problems += [
        Problem(f"metric '{shown(metric)}'", "is told both ways.", "Tell it one way.")
        for metric in metrics
        if metric in lower and metric in higher
    ]
    problems += [
        Problem(
            f"metric '{shown(metric)}'",
            "sounds as if a lower score were better.",
            f"Say --lower '{metric}' or --higher '{metric}'.",
        )
        for metric in unsure(metrics, lower, higher)
    ]
    raise_problems(problems, "the metrics")
    return {metric: metric not in lower for metric in metrics}


def unsure(metrics: Sequence[str], lower: Collection[str], higher: Collection[str]) -> list[str]:
    """The metrics that sound as if lower were better, and of which nothing was told."""
    return [
        metric
        for metric in metrics
        if metric not in {*lower, *higher} and SOUNDS_LOWER.search(metric.lower().replace("_", " "))
    ]


def write_study(
    root: Path,
    study_id: str,
    table: OwnTable,
    higher_is_better: dict[str, bool],
    *,
    redistribute: bool = False,
) -> Path:
    """Write data/studies/<study>.toml for the metrics of a table, ready to build; its path.

    `redistribute` is whether the site may pass the scores on. Not unless it is said: a table at hand need not
    be its reader's to give away, and what was published cannot be called back.

    Raises DataError where the id is none or the file is there.
    """
    path = root / "data" / "studies" / f"{study_id}.toml"
    if not re.fullmatch(STUDY_ID, study_id):
        remedy = "Use lower-case letters, digits and hyphens."
        raise DataError(Problem(f"study '{shown(study_id)}'", "is no name for an address.", remedy))
    if path.exists():
        raise DataError(Problem(str(path), "is there already.", "Edit it, or choose another name."))
    quoted = {metric: _quoted(metric) for metric in table.metrics}
    lines = [
        f"id = {json.dumps(study_id)}",
        f"title = {json.dumps(study_id.replace('-', ' ').capitalize())}",
        f"summary = {json.dumps(f'{len(table.models)} models on {len(table.metrics)} metrics.')}",
        'models_are = "models"',
        "# Groups are optional: list a group's id here and its metrics under [groups.ID] as `children`.",
        f"tree = [{', '.join(quoted.values())}]",
        "",
        "[default_view]",
        'selection = "all"',
        "",
        "[data]",
        'source = "Own scores"  # whose the scores are',
        'licence = "none stated"',
        'attribution = "Own scores."',
        "# Whether the site passes the scores on: as files, on pages of models, in the explorer, which else",
        "# has ranks and fewer schemes. Say true of scores that are yours to give away.",
        f"redistribute = {str(redistribute).lower()}",
        "",
        "[selections.all]",
        'title = "All metrics"',
    ]
    for metric, higher in higher_is_better.items():
        lines += ["", f"[metrics.{quoted[metric]}]", f"higher_is_better = {str(higher).lower()}"]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def _quoted(text: str) -> str:
    """A TOML string: as JSON has it, but that TOML wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def make_snapshot(study: Study, table: OwnTable, date: dt.date, today: dt.date, failed: str) -> Snapshot:
    """The snapshot that a table is. `failed` marks a metric that was run and gave no number; empty: none.

    Raises DataError with every cell that is no score, and for a metric that the study does not have.
    """
    where, known = table.file.name, list(study.tree.metric_ids)
    problems = [
        Problem(f"{where}: metric '{shown(name)}'", "is not in the study's tree.", did_you_mean(name, known))
        for name in table.metrics
        if name not in known
    ]
    ids = dict(zip(table.models, model_ids(list(table.models), list(table.models.values())), strict=True))
    cells: list[ScoreCell] = []
    for number, model, metric, text in table.cells:
        parsed = parse_score(text, failed=failed or None)
        if isinstance(parsed, CellFault):
            problems.append(parsed.at(where, number, metric))
        elif parsed[1] != MISSING:
            cells.append(ScoreCell(ids[model], metric, *parsed))
    raise_problems(problems, where)
    models = {"id": list(ids.values()), "name": list(ids), "source_id": list(table.models.values())}
    file = table.file
    is_address = file.name.startswith(("http://", "https://"))
    path = file.name if is_address else Path(file.name).name
    title = f"{PurePosixPath(urlsplit(path).path).name or path}: {file.part}" if file.part else path
    source = SourceRecord(path, file.sha256, today.isoformat(), title, READER, table.metrics)
    return assemble(study, date.isoformat(), date, models, cells, (source,))


def new_folder(root: Path, study: Study, snapshot_id: str) -> Path:
    """Where a snapshot is to be written. Raises DataError where there is one of that name."""
    folder = root / "data" / "snapshots" / study.id / snapshot_id
    if folder.exists():
        remedy = f"Give another --date; or, to correct it, --corrects {snapshot_id} --note 'What was wrong'."
        raise DataError(Problem(str(folder), "is there already.", remedy))
    return folder


@dataclass(frozen=True)
class Naming:
    """What a snapshot is to be called, and what it corrects: nothing, where both texts are empty."""

    id: str
    date: dt.date
    corrects: str = ""
    note: str = ""

    def named(self, snapshot: Snapshot) -> Snapshot:
        """A snapshot of that date, under this name."""
        titled = self.id if snapshot.title == snapshot.id else snapshot.title
        return replace(snapshot, id=self.id, title=titled, corrects=self.corrects, note=self.note)


def name_snapshot(library: Library, study: Study, date: dt.date | None, corrects: str, note: str) -> Naming:
    """The name of a new snapshot: its date, or for a correction the day of what it corrects and a number.

    Raises DataError where neither is given, where a folder of that name is there, and for a correction that
    has no note, has another day, or is of a snapshot that it cannot stand in for.
    """
    note = note.strip()
    if bool(corrects) != bool(note):
        what = "needs the snapshot that it corrects and a note that says what was wrong, or neither."
        raise DataError(Problem("the snapshot", what, "Give both --corrects and --note."))
    if not corrects:
        if date is None:
            remedy = "Give --date YYYY-MM-DD, or for a correction --corrects and --note."
            raise DataError(Problem("the snapshot", "has no date.", remedy))
        new_folder(library.root, study, date.isoformat())
        return Naming(date.isoformat(), date)
    refs = library.snapshots(study)
    chosen = next((ref for ref in refs if ref.id == corrects), None)
    where = f"snapshot '{shown(corrects)}'"
    if chosen is None:
        raise DataError(Problem(where, "is not there.", did_you_mean(corrects, [ref.id for ref in refs])))
    by = next((ref.id for ref in refs if ref.corrects == corrects), "")
    if by:
        raise DataError(Problem(where, f"was corrected by '{by}'.", f"Give --corrects {by}."))
    if chosen.folder is None:
        remedy = "Add the right one to that file, with 'id', 'corrects' and 'note' (docs/releases.md)."
        raise DataError(Problem(where, f"is pinned in {study.path}.", remedy))
    if date is not None and date != chosen.date:
        remedy = "Leave --date out."
        raise DataError(Problem(where, f"is of {chosen.date}; a correction is of the same day.", remedy))
    # After all others of its day, also in the order of their names, by which the older is told.
    newest = max(ref.id for ref in refs if ref.date == chosen.date)
    numbered = (f"{chosen.date}.{number}" for number in range(1, 10))
    name = next((one for one in numbered if one > newest), f"{newest}.1")
    return Naming(name, chosen.date, corrects, note)


def keep_snapshot(snapshot: Snapshot, study: Study, root: Path) -> Path:
    """Write a snapshot below data/snapshots, whole or not at all; its folder.

    Raises DataError where there is one of that name: a snapshot never changes.
    """
    folder = new_folder(root, study, snapshot.id)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        package.write_snapshot(snapshot, aside, study)
        aside.chmod(0o755)
        aside.rename(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return folder
