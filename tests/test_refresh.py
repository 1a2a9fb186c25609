"""Adding the newest: a score history served on this machine, whose document changes between two fetches."""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from projects import served
from test_source_brain_score_history import DOCUMENT, STUDY, score
from typer.testing import CliRunner

from builder.catalog.library import Library, open_library
from builder.catalog.refresh import Refreshed, quarter_ends, refresh
from builder.cli import app
from builder.errors import DataError, SourceError

REST = """
[selections.all]
title = "All"
[default_view]
selection = "all"
[data]
source = "Nobody"
licence = "none"
attribution = "Nobody"
"""
FIRST, LATER = dt.date(2023, 1, 15), dt.date(2023, 3, 1)


def project(root: Path, rest: str) -> Library:
    (root / "data" / "studies").mkdir(parents=True, exist_ok=True)
    (root / "data" / "studies" / "history.toml").write_text(STUDY + REST + rest)
    return reopened(root)


def reopened(root: Path) -> Library:
    return open_library(root, cache=root / "cache", offline=True)


def asking(address: str, since: str = "") -> str:
    said = f"since = {since}\n" if since else ""
    return f'[refresh]\nadapter = "brain-score-history"\nurl = "{address}/data.json"\n{said}'


def run(library: Library, today: dt.date) -> Refreshed:
    return refresh(library, library.study("history"), today, lambda *_: None)


def serve_document(folder: Path, document: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "data.json").write_text(json.dumps(document))


def ids(root: Path) -> list[str]:
    library = reopened(root)
    return [ref.id for ref in library.snapshots(library.study("history"))]


def test_one_fetch_gives_a_snapshot_a_quarter_and_today_s(tmp_path: Path) -> None:
    serve_document(tmp_path / "site", DOCUMENT)
    with served(tmp_path / "site") as address:
        found = run(project(tmp_path, asking(address, "2020-09-01")), FIRST)
    # Nothing had been submitted in 2020.
    assert [day.isoformat() for day in found.nothing_yet] == ["2020-09-30", "2020-12-31"]
    assert ids(tmp_path) == [
        "2021-03-31", "2021-06-30", "2021-09-30", "2021-12-31", "2022-03-31", "2022-06-30", "2022-09-30",
        "2022-12-31", "2023-01-15",
    ]  # fmt: skip
    library = reopened(tmp_path)
    loaded = {ref.id: library.load(ref) for ref in library.snapshots(library.study("history"))}
    assert loaded["2021-03-31"].scores["score"].tolist() == [0.55]
    assert loaded["2022-12-31"].scores["score"].tolist() == [0.3]
    assert found.kept is not None
    assert json.loads(found.kept.read_text()) == DOCUMENT
    assert [source.adapter for source in loaded["2023-01-15"].sources] == ["brain-score-history 1"]


def test_a_second_fetch_adds_what_is_new_and_leaves_the_old_as_it_was(tmp_path: Path) -> None:
    serve_document(tmp_path / "site", DOCUMENT)
    with served(tmp_path / "site") as address:
        run(project(tmp_path, asking(address)), FIRST)
        before = (tmp_path / "data" / "studies" / "history.toml").read_text()
        changed: dict[str, Any] = copy.deepcopy(DOCUMENT)
        changed["models"][1]["scores"]["v1"].append(score(2, 0.9, "2023-02-01T00:00:00Z"))
        serve_document(tmp_path / "site", changed)
        found = run(reopened(tmp_path), LATER)
    assert [snapshot.id for snapshot in found.added] == ["2023-03-01"]
    assert ids(tmp_path) == ["2023-01-15", "2023-03-01"]
    assert (tmp_path / "data" / "studies" / "history.toml").read_text().startswith(before)
    library = reopened(tmp_path)
    old, new = (library.load(ref) for ref in library.snapshots(library.study("history")))
    assert old.scores["state"].tolist() == ["scored", "failed"]
    assert new.scores["score"].tolist()[-1] == 0.9


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    serve_document(tmp_path / "site", DOCUMENT)
    with served(tmp_path / "site") as address:
        run(project(tmp_path, asking(address)), dt.date(2023, 2, 15))
        before = {path: path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()}
        found = run(reopened(tmp_path), LATER)
    assert (found.added, found.kept) == ((), None)
    assert before == {path: path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()}


@pytest.mark.parametrize("document", [{"domain": "vision"}, "nothing", {**DOCUMENT, "models": []}])
def test_a_document_that_cannot_be_read_leaves_the_study_as_it_was(tmp_path: Path, document: object) -> None:
    serve_document(tmp_path / "site", document)
    with served(tmp_path / "site") as address:
        library = project(tmp_path, asking(address, "2020-01-01"))
        before = {path: path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()}
        with pytest.raises(DataError):
            run(library, FIRST)
    assert before == {path: path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()}


def test_what_cannot_be_asked_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not say where newer data are"):
        run(project(tmp_path, ""), FIRST)
    wrong = asking("http://127.0.0.1:9").replace("score-history", "score-histroy")
    with pytest.raises(DataError, match=r"histroy'\. Did you mean 'brain-score-history'"):
        run(project(tmp_path, wrong), FIRST)
    today_only = asking("http://127.0.0.1:9", "2020-01-01").replace("score-history", "score-export")
    with pytest.raises(DataError, match="reads today's scores only"):
        run(project(tmp_path, today_only), FIRST)
    (tmp_path / "site").mkdir()
    with served(tmp_path / "site") as address, pytest.raises(SourceError, match="404"):
        run(project(tmp_path, asking(address)), FIRST)


def test_quarters_end_when_they_do() -> None:
    assert [day.isoformat() for day in quarter_ends(dt.date(2020, 3, 31), dt.date(2020, 12, 31))] == [
        "2020-03-31", "2020-06-30", "2020-09-30",
    ]  # fmt: skip
    assert quarter_ends(None, dt.date(2020, 12, 31)) == []


def test_the_command_says_what_was_added_and_that_nothing_is_new(tmp_path: Path) -> None:
    serve_document(tmp_path / "site", DOCUMENT)
    with served(tmp_path / "site") as address:
        project(tmp_path, asking(address, "2022-12-01"))
        arguments = ["refresh", "history", "--root", str(tmp_path), "--cache", str(tmp_path / "cache")]
        first = CliRunner().invoke(app, arguments)
        assert first.exit_code == 0, first.output
        assert "added history 2022-12-31: 2 models, 1 metrics" in first.output
        assert "Next: alignboard build --study history" in first.output
        assert "Nothing new." in CliRunner().invoke(app, arguments).output


def test_all_studies_are_asked_and_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    serve_document(tmp_path / "site", DOCUMENT)
    with served(tmp_path / "site") as address:
        project(tmp_path, asking(address))
        studies = tmp_path / "data" / "studies"
        text = (studies / "history.toml").read_text()
        (studies / "away.toml").write_text(
            text.replace('id = "history"', 'id = "away"').replace("data.json", "not-there.json")
        )
        (studies / "still.toml").write_text(
            text.replace('id = "history"', 'id = "still"').partition("[refresh]")[0]
        )
        arguments = ["refresh", "--root", str(tmp_path), "--cache", str(tmp_path / "cache")]
        found = CliRunner().invoke(app, arguments)
        assert found.exit_code == SourceError.exit_code
        assert "not-there.json" in found.output
        assert "added history" in found.output
        assert "still" not in found.output
        one = CliRunner().invoke(app, arguments, env={"ALIGNBOARD_STUDY": "history"})
        assert (one.exit_code, "history: Nothing new." in one.output) == (0, True)
        none = CliRunner().invoke(app, [*arguments, "--only", "still"])
        assert (none.exit_code, "No study says where newer data are" in none.output) == (0, True)
