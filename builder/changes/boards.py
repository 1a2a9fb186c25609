"""One snapshot of a built site, as the documents below its `api/` tell it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from builder.errors import DataError, Problem
from builder.names import slug
from builder.site.swap import MARKER, read_manifest

Document = dict[str, Any]


@dataclass(frozen=True)
class MetricCells:
    """A metric, and how many of a snapshot's models have a score on it."""

    name: str
    scored: int
    n_models: int
    higher_is_better: bool | None
    """None where the site is older than this field of the API."""

    @property
    def share(self) -> float:
        """Of the models, those with a score."""
        return self.scored / self.n_models


@dataclass(frozen=True)
class Check:
    """A group's averages as the source publishes them against ours, under the policy that comes nearest."""

    group: str
    n_models: int
    n_equal: int
    largest: float | None
    worst_model: str

    @property
    def fails(self) -> bool:
        return self.n_equal < self.n_models


@dataclass(frozen=True)
class Board:
    """A snapshot, read as it is asked. Raises DataError where a document cannot be read."""

    study: str
    snapshot: str
    api: Path

    @property
    def address(self) -> str:
        """Path of its pages below the site."""
        return f"{self.study}/v/{self.snapshot}"

    @cached_property
    def _index(self) -> Document:
        return self._read("index.json")

    @cached_property
    def _coverage(self) -> Document:
        return self._read("coverage.json")

    @property
    def data_digest(self) -> str:
        return str(self._index["data_sha256"])

    @cached_property
    def models(self) -> dict[str, str]:
        """Model id -> name as the data have it; beside one that is not alone, what its id has more."""
        rows = [(row["model_id"], row["model"]) for row in self._coverage["models"]]
        times = Counter(model for _, model in rows)
        return {
            model_id: model if times[model] == 1 else f"{model} ({_told_apart(model_id, model)})"
            for model_id, model in rows
        }

    @cached_property
    def metrics(self) -> dict[str, MetricCells]:
        """Metric id -> the metric, in the tree's order."""
        up = {row["id"]: row["higher_is_better"] for row in self._index.get("metrics", ())}
        return {
            row["metric"]: MetricCells(
                row["name"],
                row["scored"],
                row["scored"] + row["failed"] + row["missing"],
                up.get(row["metric"]),
            )
            for row in self._coverage["metrics"]
        }

    @property
    def n_scored(self) -> int:
        """Cells with a score."""
        return int(self._coverage["cells"]["scored"])

    @cached_property
    def n_complete(self) -> dict[str, int]:
        """Selection -> models with a score on every metric of it."""
        return {row["id"]: row["n_complete"] for row in self._index["selections"]}

    @cached_property
    def views(self) -> dict[str, str]:
        """File of a view -> its digest."""
        return {row["file"]: row["digest"] for row in self._index["views"]}

    @cached_property
    def refusals(self) -> dict[str, str]:
        """File that a refused view would have -> why there is none."""
        return {
            f"view/{row['selection']}/{row['policy']}/{row['scheme']}.json": row["reason"]
            for row in self._index["refused"]
        }

    @cached_property
    def documents(self) -> dict[str, str]:
        """File below api/ -> its SHA-256."""
        return {row["path"]: row["sha256"] for row in self._index["files"]}

    @cached_property
    def start(self) -> str:
        """File of the view that the study's pages start from; empty where no model has a place."""
        if "start" in self._index:
            return self._index["start"] or ""
        return next(iter(self.views), "")

    def places(self, view: str) -> dict[str, int]:
        """Model id -> its place in a view, best first; empty where this snapshot has no such view."""
        if view not in self.views:
            return {}
        document = self._read(view)
        model, place = (document["columns"].index(column) for column in ("model_id", "place"))
        return {row[model]: row[place] for row in document["ranking"]}

    @cached_property
    def checks(self) -> dict[str, Check]:
        """Group -> how its published averages compare; empty where the source publishes none."""
        found: dict[str, Check] = {}
        for row in self._read("published.json")["checks"]:
            check = Check(
                row["group"], row["n_models"], row["n_equal"], row["largest_difference"], row["worst_model"]
            )
            if check.group not in found or found[check.group].n_equal < check.n_equal:
                found[check.group] = check
        return found

    def _read(self, name: str) -> Document:
        file = self.api / name
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            what = f"cannot be read as a document of the API ({error})."
            raise DataError(Problem(str(file), what, "Build the site anew.")) from None
        if not isinstance(held, dict):
            raise DataError(Problem(str(file), "is no document of the API.", "Build the site anew."))
        return held


def _told_apart(model_id: str, model: str) -> str:
    """What an id says beyond the name; all of it where it does not begin with the name's."""
    return model_id.removeprefix(f"{slug(model)}-")


def read_boards(site: Path) -> dict[str, list[Board]]:
    """Study -> its snapshots in a built site, oldest first. Raises DataError where there is no site."""
    if not (site / MARKER).is_file():
        raise DataError(Problem(str(site), "is not a built site.", "Build it with 'alignboard build'."))
    return {
        study: [Board(study, one.snapshot, site / study / "v" / one.snapshot / "api") for one in newest[::-1]]
        for study, newest in read_manifest(site).by_study().items()
    }
