"""The readers of outside text as functions of bytes: each gives a valid value or an AlignboardError.

A target raises AssertionError where a value is not valid; anything else that it raises is a fault of the
reader. `tests/fuzz.py` drives them with atheris, test_readers.py with hypothesis.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import test_source_brain_score_history as history
import test_source_every_eval_ever as every_eval_ever
from projects import many_parts, study_of
from samples import STUDY, make_snapshot

from builder.catalog import package, tables
from builder.catalog.aliases import read_aliases
from builder.catalog.cells import CellFault, parse_number, parse_score, read_csv_rows
from builder.catalog.snapshot import FAILED, MISSING, SCORED, Snapshot
from builder.catalog.sources import ADAPTERS
from builder.catalog.study import Study, load_study
from builder.errors import AlignboardError
from builder.names import slug

MODELS = b"id,name,source_id,size\nalpha,Alpha,1,0.5\nbeta,'=B,2,\n"
METRICS = (
    b"id,name,parent,higher_is_better,role,reference,ceiling\n"
    b"neural,Neural,,,neural,,\nv1,V1,neural,true,,Someone (2020),0.5\nerror,Error,neural,false,,,\n"
)
SCORES = (
    b"model,metric,score,state,error,date\n"
    b"alpha,v1,0.5,scored,0.1,2025-01-31\nalpha,error,,failed,,\nbeta,v1,,missing,,\n"
)
PUBLISHED = b"model,group,value\nalpha,neural,0.5\nalpha,,1e-3\n"
ALIASES = b"source,name,model\none,Alpha,alpha\nother,B,beta\n"


@dataclass(frozen=True)
class Target:
    """A reader, and texts that it accepts or nearly does, to begin from."""

    read: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...] = ()
    """What its language is made of, for mutation."""

    @property
    def head(self) -> bytes:
        """The names of a table's columns, without which a text is refused before its cells are read."""
        first, _, rest = self.seeds[0].partition(b"\n")
        return first + b"\n" if b"," in first and rest and not first.startswith(b"{") else b""


def run(target: Target, data: bytes) -> bool:
    """Whether the reader accepted the text. Raises what is a fault."""
    try:
        target.read(data)
    except AlignboardError as error:
        refused = error
    else:
        return True
    assert refused.problems
    assert all(problem.where and problem.what for problem in refused.problems)
    str(refused).encode()  # that it can be printed
    return False


@cache
def _folder() -> Path:
    """A folder of this process, in memory where there is one."""
    memory = Path("/dev/shm")  # noqa: S108
    return Path(tempfile.mkdtemp(prefix="alignboard-fuzz-", dir=memory if memory.is_dir() else None))


def _cells(data: bytes) -> None:
    header, rows = read_csv_rows(data, "x.csv")
    assert len(set(header)) == len(header)
    assert all(name.strip() for name in header)
    for row in rows:
        assert len(row.cells) == len(header)
        for cell in row.cells:
            number, score = parse_number(cell), parse_score(cell, failed="X")
            assert isinstance(number, CellFault) or math.isfinite(number)
            if not isinstance(score, CellFault):
                assert score[1] in (SCORED, FAILED, MISSING)
                assert math.isnan(score[0]) == (score[1] != SCORED)


def _models(data: bytes) -> None:
    frame = tables.read_models(data, "models.csv", ["size"])
    assert len(frame)
    assert frame["id"].is_unique
    assert all(slug(one) == one for one in frame["id"])
    assert all(frame["name"])
    again = tables.read_models(tables.table_bytes(frame), "models.csv", ["size"])
    assert again.equals(frame)


def _metrics(data: bytes) -> None:
    tree = tables.read_metrics(data, "metrics.csv")
    assert tree.metrics
    again = tables.read_metrics(tables.table_bytes(tables.tree_frame(tree)), "metrics.csv")
    assert again == tree


def _scores(data: bytes) -> None:
    frame = tables.read_scores(data, "scores.csv", ["alpha", "beta"], ["v1", "error"])
    assert set(frame["state"]) <= {SCORED, FAILED}
    assert (frame["score"].notna() == (frame["state"] == SCORED)).all()
    again = tables.read_scores(
        tables.table_bytes(tables.score_frame(frame)), "scores.csv", ["alpha", "beta"], ["v1", "error"]
    )
    assert again.equals(frame)


def _published(data: bytes) -> None:
    frame = tables.read_values(
        data, "published.csv", tables.PUBLISHED_COLUMNS, ["alpha", "beta"], ["", "neural"]
    )
    assert frame["value"].map(math.isfinite).all()


def _aliases(data: bytes) -> None:
    file = _folder() / "aliases.csv"
    file.write_bytes(data)
    read_aliases(file, ["one", "other"])


def _study(data: bytes) -> None:
    file = _folder() / "studies" / "tiny.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    study = load_study(file)
    assert study.id == "tiny"
    assert study.default_view.selection in study.selections
    for name in study.selections:
        assert set(study.selected_metrics(name, study.tree)) <= set(study.tree.metric_ids)


@cache
def _plain_study() -> Study:
    return study_of(_folder(), STUDY)


def _survives(snapshot: Snapshot, study: Study) -> None:
    """A snapshot that was accepted is written, and read again as the same."""
    folder = _folder() / "written" / snapshot.id
    package.write_snapshot(snapshot, folder, study)
    again = package.read_snapshot(folder, study)
    assert package.data_digest(again) == package.data_digest(snapshot)


@cache
def _packed() -> Path:
    folder = _folder() / "packed" / "2025-01-31"
    package.write_snapshot(
        make_snapshot(attributes={"size": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}), folder, _plain_study()
    )
    return folder


def _descriptor(data: bytes) -> None:
    (_packed() / package.DESCRIPTOR).write_bytes(data)
    _survives(package.read_snapshot(_packed(), _plain_study()), _plain_study())


def _every_eval_ever(data: bytes) -> None:
    folder = _folder() / "every"
    folder.mkdir(exist_ok=True)
    study, parts = _every_study(folder)
    parts[""].write_bytes(data)
    _survives(ADAPTERS["every-eval-ever"].read(study, study.snapshots[0], parts), study)


@cache
def _every_study(folder: Path) -> tuple[Study, dict[str, Path]]:
    return many_parts(folder, "every-eval-ever", every_eval_ever.METRICS, {"": ("x.jsonl", b"")})


def _history(data: bytes) -> None:
    folder = _folder() / "history"
    folder.mkdir(exist_ok=True)
    (folder / "data.json").write_bytes(data)
    study = _history_study(folder)
    parts = {"": folder / "data.json"}
    _survives(ADAPTERS["brain-score-history"].read(study, study.snapshots[0], parts), study)


@cache
def _history_study(folder: Path) -> Study:
    return history.study_of(folder, "2024-12-31")


def _packed_text() -> bytes:
    return (_packed() / package.DESCRIPTOR).read_bytes()


def _lines(documents: Sequence[object]) -> bytes:
    return "\n".join(json.dumps(one) for one in documents).encode()


CSV_WORDS = (",", '"', "\n", "\r\n", "\ufeff", "'=", "nan", "1e309", "-0", "\0", "é", "true", "X")
DEEP, LONG = "[" * 3000, "9" * 5000
JSON_WORDS = (
    "{", "}", "[", "]", ":", ",", '"', "null", "true", "NaN", "Infinity", "1e309", "-1",
    '"\\ud800"', DEEP, LONG,
)  # fmt: skip
TOML_WORDS = (
    "[", "]", "[[", "]]", "=", '"', '"""', "{", "}", "\n", "true", "nan", "2025-01-31", "*", "group:", "../",
    "https://x", DEEP, LONG,
)  # fmt: skip

TARGETS = {
    "cells": Target(_cells, (MODELS, SCORES, b'a,b\n"x\ny",X\n'), CSV_WORDS),
    "models": Target(_models, (MODELS,), CSV_WORDS),
    "metrics": Target(_metrics, (METRICS,), CSV_WORDS),
    "scores": Target(_scores, (SCORES,), CSV_WORDS),
    "published": Target(_published, (PUBLISHED,), CSV_WORDS),
    "aliases": Target(_aliases, (ALIASES,), CSV_WORDS),
    "study": Target(_study, (STUDY.encode(),), TOML_WORDS),
    "descriptor": Target(_descriptor, (_packed_text(),), JSON_WORDS),
    "every-eval-ever": Target(_every_eval_ever, (_lines(every_eval_ever.good()),), JSON_WORDS),
    "brain-score-history": Target(_history, (json.dumps(history.DOCUMENT).encode(),), JSON_WORDS),
}
