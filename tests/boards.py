"""Built sites of which only the API is there, made by hand; every document is held to its schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jsonschema

from builder import api
from builder.site.swap import FrontEntry, Manifest, write_manifest

COLUMNS = api.schema("view")["properties"]["columns"]["const"]
START = ("all", "complete", "arithmetic-mean")


@dataclass(frozen=True)
class Made:
    """One snapshot. `ranking`: model -> place under each of `views`; `metrics`: name -> scored, higher."""

    snapshot: str = "2025-01-31"
    ranking: Mapping[str, int] = field(default_factory=lambda: {"alpha": 1, "beta": 2, "gamma": 3})
    unranked: Sequence[str] = ()
    metrics: Mapping[str, tuple[int, bool]] = field(
        default_factory=lambda: {"acc": (3, True), "err": (3, False)}
    )
    views: Sequence[tuple[str, str, str]] = (START, ("all", "complete", "z-mean"))
    start: tuple[str, str, str] | None = START
    refused: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    checks: Sequence[Mapping[str, Any]] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    n_complete: int = 3
    data: str = "d"

    def but(self, **changes: Any) -> Made:
        return replace(self, **changes)


def check(group: str, n_models: int, n_equal: int, policy: str = "zero") -> dict[str, Any]:
    return {
        "group": group, "policy": policy, "n_models": n_models, "n_equal": n_equal, "n_same": n_equal,
        "largest_difference": 0.0125, "worst_model": "gamma", "n_gaps": 0, "n_silent": 0,
        "n_silent_scored": 0, "decimals": 3, "score_decimals": 3,
    }  # fmt: skip


def site(folder: Path, studies: Mapping[str, Sequence[Made]]) -> Path:
    """A site with those studies, their snapshots oldest first."""
    rows = []
    for study, snapshots in studies.items():
        for position, made in enumerate(snapshots):
            _write(folder / study / "v" / made.snapshot / "api", study, made)
            rows.append(_front(study, made.snapshot, position))
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(folder, Manifest().with_entries(rows))
    return folder


def _front(study: str, snapshot: str, position: int) -> FrontEntry:
    return FrontEntry(
        study=study, study_title=study, summary="", simulated=False, models_are="models", snapshot=snapshot,
        snapshot_title=snapshot, date=snapshot[:10], position=position, n_models=1, n_metrics=1, n_views=1,
        selection_title="All", n_complete=1, n_selected=1, mean_rho=None, figure="", figure_title="",
        digest="",
    )  # fmt: skip


def _write(folder: Path, study: str, made: Made) -> None:
    models = [*made.ranking, *made.unranked]
    cells = {
        name: {"scored": scored, "failed": 0, "missing": len(models) - scored}
        for name, (scored, _) in made.metrics.items()
    }
    documents: dict[str, Any] = {
        "published.json": {"checks": list(made.checks)},
        "coverage.json": {
            "cells": {
                state: sum(row[state] for row in cells.values()) for state in ("scored", "failed", "missing")
            },
            "metrics": [
                {"metric": name, "name": made.names.get(name, name), "group": "", **row}
                for name, row in cells.items()
            ],
            "models": [
                {"model_id": one, "model": made.names.get(one, one), "scored": 1, "failed": 0, "missing": 0}
                for one in models
            ],
            "frontier": [],
            "cost": [],
        },
        **{_file(view): _view(view, made) for view in made.views},
    }
    hashes = {path: _put(folder / path, path, document) for path, document in documents.items()}
    _put(folder / "index.json", "index.json", _index(study, made, hashes))


def _view(view: tuple[str, str, str], made: Made) -> dict[str, Any]:
    rows = [
        [place, made.names.get(one, one), one, "", 1.0 / place, 1.0, None, None, 1, 0, 0, 1.0, 1.0, 1.0]
        + [None] * (len(COLUMNS) - 14)
        for one, place in made.ranking.items()
    ]
    return {
        "selection": view[0], "policy": view[1], "scheme": view[2], "title": "A view",
        "digest": _digest(view, made), "remark": "", "n_models": len(rows), "n_metrics": len(made.metrics),
        "certainty": {
            "draws": 0, "n_tiers": 0, "n_apart": 0, "median_width": None, "reason": "none",
            "above": None, "within_errors": False,
        },
        "columns": COLUMNS, "ranking": rows,
    }  # fmt: skip


def _index(study: str, made: Made, hashes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": api.FORMAT, "study": study, "snapshot": made.snapshot,
        "data_sha256": hashlib.sha256(made.data.encode()).hexdigest(),
        "start": None if made.start is None else _file(made.start),
        "metrics": [
            {"id": name, "name": made.names.get(name, name), "higher_is_better": up}
            for name, (_, up) in made.metrics.items()
        ],
        "selections": [
            {
                "id": "all", "title": "All", "metrics": list(made.metrics), "absent": [],
                "n_models": len(made.ranking), "n_complete": made.n_complete,
            }
        ],
        "policies": [{"id": "complete", "title": "Complete models"}],
        "schemes": [{"id": "arithmetic-mean", "title": "Arithmetic mean", "higher_is_better": True}],
        "views": [
            {
                "selection": view[0], "policy": view[1], "scheme": view[2], "n_models": len(made.ranking),
                "digest": _digest(view, made), "page": f"view/{'/'.join(view)}/", "file": _file(view),
            }
            for view in made.views
        ],
        "refused": [
            {"selection": view[0], "policy": view[1], "scheme": view[2], "reason": reason}
            for view, reason in made.refused.items()
        ],
        "files": [{"path": path, "sha256": sha256} for path, sha256 in sorted(hashes.items())],
    }  # fmt: skip


def _file(view: tuple[str, str, str]) -> str:
    return f"view/{'/'.join(view)}.json"


def _digest(view: tuple[str, str, str], made: Made) -> str:
    return hashlib.sha256(json.dumps([view, dict(made.ranking)]).encode()).hexdigest()


def _put(file: Path, path: str, document: Any) -> str:
    kind = api.schema_kind(path)
    jsonschema.validate(document, api.schema(kind))
    text = json.dumps(document)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()
