"""Brain-Score's leaderboard export: one CSV file, one row a model, one column a node of the benchmark tree.

Columns: `model_name` (repeats), `model_id` (does not), `rank`, in the later layout `layers`, then the nodes.
A column that is a metric of the study's tree gives scores: a number is scored, `X` failed, empty missing.
A column that is a group of the tree is what Brain-Score itself computed: it goes to `published`, without
empty cells and `X`. `average_vision`, the mean of the groups with a role, is `published` under the group "".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builder.catalog.cells import (
    CellFault,
    Row,
    cell_place,
    column_problems,
    parse_score,
    raise_problems,
    read_csv_rows,
)
from builder.catalog.snapshot import MISSING, SCORED, Snapshot
from builder.catalog.sources.frames import PublishedCell, ScoreCell, file_name, make_snapshot
from builder.catalog.specs import SnapshotSpec
from builder.catalog.study import Study
from builder.errors import Problem
from builder.names import model_ids

NAME, SOURCE_ID, OVERALL, FAILED_MARK = "model_name", "model_id", "average_vision", "X"
OTHER_COLUMNS = ("rank", "layers")


def read(study: Study, spec: SnapshotSpec, parts: dict[str, Path]) -> Snapshot:
    """The snapshot of an export in either layout; its one source has no `part`.

    Raises DataError with every problem: file, row, column and remedy.
    """
    where = file_name(study, spec, spec.sources[0])
    if list(parts) != [""]:
        raise_problems(
            [Problem(where, "is read from one source without a 'part'.", "Correct the study.")], where
        )
    header, rows = read_csv_rows(parts[""], where)
    groups = {group.id: group.id for group in study.tree.groups} | {OVERALL: ""}
    metrics = study.tree.metric_ids
    problems = column_problems(
        header, where, required=(NAME, SOURCE_ID, *metrics), optional=(*OTHER_COLUMNS, *groups)
    )
    raise_problems(problems, where)
    if not rows:
        raise_problems([Problem(where, "has no models.", "Give it one row a model.")], where)

    names, source_ids = _identities(header, rows, where, problems)
    ids = model_ids(names, source_ids)
    scores: list[ScoreCell] = []
    published: list[PublishedCell] = []
    known_metrics = set(metrics)
    for model, row in zip(ids, rows, strict=True):
        for column, text in zip(header, row.cells, strict=True):
            if column not in known_metrics and column not in groups:
                continue
            parsed = parse_score(text, failed=FAILED_MARK)
            if isinstance(parsed, CellFault):
                problems.append(parsed.at(where, row.number, column))
                continue
            value, state = parsed
            if column in known_metrics and state != MISSING:
                scores.append(ScoreCell(model, column, value, state))
            elif column in groups and state == SCORED:
                published.append((model, groups[column], value))
    raise_problems(problems, where)
    models = {"id": ids, "name": names, "source_id": source_ids}
    return make_snapshot(study, spec, models, scores, published)


def _identities(
    header: Sequence[str], rows: Sequence[Row], where: str, problems: list[Problem]
) -> tuple[list[str], list[str]]:
    """Name and source id of every row; blanks around them are no part of them."""
    name_at, id_at = header.index(NAME), header.index(SOURCE_ID)
    first_row: dict[str, int] = {}
    for row in rows:
        source_id = row.cells[id_at].strip()
        for column, text in ((NAME, row.cells[name_at]), (SOURCE_ID, source_id)):
            if not text.strip():
                problems.append(Problem(cell_place(where, row.number, column), "is empty.", "Fill it in."))
        if source_id and source_id in first_row:
            place = cell_place(where, row.number, SOURCE_ID)
            what = f"'{source_id}' stands in row {first_row[source_id]} already."
            problems.append(Problem(place, what, "Give every model one row and its own id."))
        first_row.setdefault(source_id, row.number)
    return [row.cells[name_at].strip() for row in rows], [row.cells[id_at].strip() for row in rows]
