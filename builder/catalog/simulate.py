"""The embedded study `simulated-alignment`: a generative model of scores whose truth is known.

Each model has two latent abilities, neural and behavioral, which correlate at about 0.45. A score is

    s = base + spread (l F + k G + sqrt(1 - l^2 - k^2) e)

with F the ability that the metric's family loads on, G what the model has in common on all metrics of one
group (a V1 property, the behavioral experiments), e noise of the one cell, l and k constants of the family,
base and spread those of the metric, drawn around the family's. F, G and e have mean 0 and variance 1 but for
what follows.

- Behavioral ability grows with the submission date; neural ability does not.
- Behavioral scores spread more than neural ones, and a few models are far out in their neural ability, as in
  Ahlert et al. (2024), Fig. 2.
- A family of metrics is run on a model or not, the likelier the earlier the model was submitted, and models
  that lack one family tend to lack others; a run ends some time after the submission and not before the
  family exists. Some runs fail, and some of the failed ones succeed later. Four metrics are measured again
  and get new scores.

A snapshot is what is known at its date: the last outcome of every cell by then.

Only sums, products and square roots of Python's Mersenne Twister are used, never a distribution of NumPy or a
function of the C library, so that every machine and version makes the same bytes.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from builder.catalog.package import write_snapshot
from builder.catalog.snapshot import FAILED, SCORED, Snapshot, SourceRecord
from builder.catalog.study import Study, load_study
from builder.catalog.tree import Metric, MetricTree

STUDY_ID = "simulated-alignment"
SEED = "arXiv:2407.07530"
DATES = (dt.date(2022, 12, 31), dt.date(2023, 12, 31), dt.date(2024, 12, 31))
FIRST_DAY = dt.date(2018, 3, 1)
N_MODELS = 241
AGREEMENT = 0.45
"""Correlation of the two abilities, before the outliers."""
TREND = 0.55
"""Correlation of behavioral ability with the submission date."""
OUTLIERS, FAR_OUT = 7, -5.0
"""So many models have this added to their neural ability."""
WITHDRAWN = 2
"""Models of the first snapshot that later ones no longer have."""
FAILING_MODELS, FAILURE = 0.12, 0.09
"""Share of models on which runs fail at all, and how often they do there."""
UNEQUAL = (0.25, 2.4)
"""A metric's spread is its family's, times the first and up to the second more."""
ALIKE = 0.8
"""How far the same model decides whether it is run on each family."""
BIRDS = (
    "Auk", "Bittern", "Crake", "Dipper", "Egret", "Finch", "Godwit", "Heron", "Ibis", "Jacana", "Kite",
    "Lapwing", "Merlin", "Nuthatch", "Oriole", "Plover", "Quail", "Rail", "Siskin", "Tern",
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """Metrics that are run together. `prefix` is how the ids of its metrics begin."""

    prefix: str
    ability: str
    base: float
    spread: float
    own: float
    """Loading on the ability."""
    shared: float
    """Loading on what its block has in common."""
    since: dt.date
    run_early: float
    run_late: float
    """Chance that a model of the first and of the last day is run."""


_START = dt.date(2018, 1, 1)
FAMILIES = (
    Family("v1-fit", "neural", 0.30, 0.030, 0.45, 0.0, _START, 1.0, 0.93),
    Family("v1-", "neural", 0.55, 0.070, 0.45, 0.28, dt.date(2021, 2, 1), 0.80, 0.36),
    Family("v2-fit", "neural", 0.31, 0.030, 0.45, 0.0, _START, 1.0, 0.93),
    Family("v4-fit", "neural", 0.52, 0.045, 0.55, 0.25, _START, 1.0, 0.95),
    Family("it-fit", "neural", 0.45, 0.050, 0.60, 0.25, _START, 1.0, 0.95),
    Family("images", "behavior", 0.42, 0.110, 0.75, 0.0, _START, 1.0, 0.95),
    Family("consistency-", "behavior", 0.26, 0.110, 0.55, 0.36, dt.date(2021, 6, 1), 0.92, 0.60),
    Family("accuracy-", "behavior", 0.62, 0.130, 0.55, 0.30, dt.date(2023, 2, 1), 0.90, 0.42),
    Family("shape-", "behavior", 0.35, 0.090, 0.25, 0.55, dt.date(2024, 2, 1), 0.97, 0.60),
)
MEASURED_AGAIN = {metric: dt.date(2024, 4, 15) for metric in ("it-fit-2", "it-fit-3", "v4-fit-1", "v4-fit-4")}


@dataclass(frozen=True)
class SimulatedModel:
    id: str
    name: str
    source_id: str
    submitted: dt.date
    neural: float
    behavior: float
    fails: bool
    neglect: float
    """0 to 1: how late the model comes where not all can be run."""

    @property
    def age(self) -> float:
        """0 for the first day, 1 for the last."""
        return (self.submitted - FIRST_DAY).days / (DATES[-1] - FIRST_DAY).days


@dataclass(frozen=True)
class _Outcome:
    """What a run gave: a score with its standard error, or nothing."""

    day: dt.date
    score: float
    error: float
    state: str


def simulate(study: Study) -> list[Snapshot]:
    """The snapshots of the embedded study, oldest first: always the same."""
    ever = models()
    withdrawn = {model.id for model in ever[5 : 5 + WITHDRAWN * 7 : 7]}
    runs = {metric.id: _runs(metric, study.tree, ever) for metric in study.tree.metrics}
    return [
        _snapshot(study, date, [m for m in ever if date == DATES[0] or m.id not in withdrawn], runs)
        for date in DATES
    ]


def is_there(root: Path, study_id: str = STUDY_ID) -> bool:
    """Whether the project at `root` still has an embedded study; who adopts it may leave it out."""
    return (root / "data" / "studies" / f"{study_id}.toml").is_file()


def write_simulated(root: Path) -> None:
    """Write the snapshots below data/snapshots of the project at `root`. Raises DataError, OSError."""
    study = load_study(root / "data" / "studies" / f"{STUDY_ID}.toml")
    for snapshot in simulate(study):
        write_snapshot(snapshot, root / "data" / "snapshots" / STUDY_ID / snapshot.id, study)


def differences(root: Path) -> list[str]:
    """Files below the embedded study's folder that are not, byte for byte, what the model generates."""
    study = load_study(root / "data" / "studies" / f"{STUDY_ID}.toml")
    there = _contents(root / "data" / "snapshots" / STUDY_ID)
    with tempfile.TemporaryDirectory(prefix="alignboard-") as scratch:
        for snapshot in simulate(study):
            write_snapshot(snapshot, Path(scratch) / snapshot.id, study)
        wanted = _contents(Path(scratch))
    return sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def normals(stream: str) -> Iterator[float]:
    """Numbers with mean 0 and variance 1, near enough to normal: sums of twelve uniform ones."""
    uniform = random.Random(f"{SEED}/{stream}").random  # noqa: S311 (no secret)
    while True:
        yield sum(uniform() for _ in range(12)) - 6.0


def chances(stream: str) -> Iterator[float]:
    """Uniform numbers in [0, 1)."""
    uniform = random.Random(f"{SEED}/{stream}").random  # noqa: S311 (no secret)
    while True:
        yield uniform()


def models() -> list[SimulatedModel]:
    """All models ever submitted, in the order of their submission."""
    chance, normal, out = chances("submission"), normals("ability"), chances("outlier")
    n_all = N_MODELS + WITHDRAWN
    n_days = (DATES[-1] - FIRST_DAY).days
    # The square root makes submissions grow more frequent.
    days = sorted(int(n_days * math.sqrt(next(chance))) for _ in range(n_all))
    far = set(sorted(range(n_all), key=lambda _: next(out))[:OUTLIERS])
    fails, neglect = chances("failing models"), chances("neglect")
    found = []
    for i, day in enumerate(days):
        # Submission dates have a density that grows linearly: mean 2/3, variance 1/18.
        trend = (day / n_days - 2 / 3) * math.sqrt(18.0)
        behavior = TREND * trend + math.sqrt(1 - TREND**2) * next(normal)
        neural = AGREEMENT * behavior + math.sqrt(1 - AGREEMENT**2) * next(normal)
        name = f"Sim {BIRDS[i % len(BIRDS)]} {i // len(BIRDS) + 1}"
        found.append(
            SimulatedModel(
                id=name.lower().replace(" ", "-"),
                name=name,
                source_id=f"simulated-{i + 1:03d}",
                submitted=FIRST_DAY + dt.timedelta(days=day),
                neural=neural + (FAR_OUT if i in far else 0.0),
                behavior=behavior,
                fails=next(fails) < FAILING_MODELS,
                neglect=next(neglect),
            )
        )
    return found


def _family(metric: str) -> Family:
    return next(family for family in FAMILIES if metric.startswith(family.prefix))


def _runs(metric: Metric, tree: MetricTree, models: list[SimulatedModel]) -> dict[str, list[_Outcome]]:
    """Model id -> what its runs on one metric gave, in order; models that were never run are left out."""
    family = _family(metric.id)
    block = tree.path(metric.id)[-2]
    ran, delay = chances(f"run/{family.prefix}"), chances(f"delay/{family.prefix}")
    common, noise, again = (
        normals(f"block/{block}"),
        normals(f"cell/{metric.id}"),
        normals(f"2/{metric.id}"),
    )
    fails, size = chances(f"failure/{metric.id}"), chances(f"error/{metric.id}")
    own = chances(f"metric/{metric.id}")
    spread = family.spread * (UNEQUAL[0] + UNEQUAL[1] * next(own) ** 2)
    base = family.base + family.base * 0.3 * (next(own) - 0.5)
    rest = math.sqrt(1 - family.own**2 - family.shared**2)
    found: dict[str, list[_Outcome]] = {}
    for model in models:
        likely = family.run_early + (family.run_late - family.run_early) * model.age
        is_run = (1 - ALIKE) * next(ran) + ALIKE * model.neglect < likely
        waits = next(delay)
        share, cell, second = next(common), next(noise), next(again)
        failed, mended, error = next(fails) < FAILURE and model.fails, next(fails), next(size)
        if not is_run:
            continue
        ability = model.neural if family.ability == "neural" else model.behavior
        signal = family.own * ability + family.shared * share
        first = max(model.submitted, family.since) + dt.timedelta(days=int(90 * waits))
        standard_error = round(spread * (0.05 + 0.15 * error), 4)

        def outcome(
            day: dt.date, noise: float, signal: float = signal, error: float = standard_error
        ) -> _Outcome:
            value = base + spread * (signal + rest * noise)
            return _Outcome(day, round(value, 3), error, SCORED)

        outcomes = [_Outcome(first, math.nan, math.nan, FAILED)] if failed else [outcome(first, cell)]
        if failed and mended < 0.3:
            outcomes.append(outcome(first + dt.timedelta(days=400), cell))
        elif not failed and metric.id in MEASURED_AGAIN and first < MEASURED_AGAIN[metric.id]:
            outcomes.append(outcome(MEASURED_AGAIN[metric.id], second))
        found[model.id] = outcomes
    return found


def _snapshot(
    study: Study, date: dt.date, models: list[SimulatedModel], runs: dict[str, dict[str, list[_Outcome]]]
) -> Snapshot:
    """What is known at a date."""
    known = [model for model in models if model.submitted <= date]
    rows = []
    for metric, outcomes in runs.items():
        for model in known:
            done = [one for one in outcomes.get(model.id, []) if one.day <= date]
            if done:
                last = done[-1]
                rows.append((model.id, metric, last.score, last.state, last.error, last.day.isoformat()))
    scores = pd.DataFrame(rows, columns=["model", "metric", "score", "state", "error", "date"])
    truth = [
        (model.id, factor, round(value, 6))
        for model in known
        for factor, value in (
            ("neural", model.neural),
            ("behavior", model.behavior),
            ("overall", (model.neural + model.behavior) / 2),
        )
    ]
    return Snapshot(
        study=study.id,
        id=date.isoformat(),
        date=date,
        title=date.isoformat(),
        tree=study.tree.restrict(scores["metric"]),
        models=pd.DataFrame(
            {
                "id": [model.id for model in known],
                "name": [model.name for model in known],
                "source_id": [model.source_id for model in known],
                "submitted": [model.submitted.isoformat() for model in known],
            }
        ).sort_values("id", ignore_index=True),
        scores=scores.sort_values(["model", "metric"], ignore_index=True),
        published=pd.DataFrame({"model": [], "group": [], "value": []}).astype({"value": float}),
        sources=(SourceRecord("", "", "", f"alignboard's generative model, seed '{SEED}'"),),
        truth=pd.DataFrame(truth, columns=["model", "factor", "value"]).sort_values(
            ["model", "factor"], ignore_index=True
        ),
    )
