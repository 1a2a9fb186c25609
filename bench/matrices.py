"""The score matrices that benchmarks run on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

N_MODELS, N_METRICS, SHARE_OF_HOLES = 455, 130, 0.4
COMPLETE_MODELS, COMPLETE_METRICS = 200, 69
EXPORT = (
    "raw.githubusercontent.com/brain-score/brain-score.web/19103cffc2971cab80e1c5ffeab44368d5866d73"
    "/benchmarks/tests/new_leaderboard.csv"
)
DESCRIBING = ("model_name", "model_id", "rank", "layers")


@dataclass(frozen=True)
class Matrix:
    """Scores of shape (n_models, n_metrics), NaN where there is none, and where they are from."""

    scores: FloatArray
    title: str

    @property
    def shape(self) -> str:
        return f"{self.scores.shape[0]} x {self.scores.shape[1]}"


def find_mirror() -> Path | None:
    """The mirror that the environment names, or the one beside the checkout, if it has the export."""
    named = os.environ.get("ALIGNBOARD_MIRROR")
    beside = Path(__file__).resolve().parents[2] / "shared" / "mirror"
    for mirror in (Path(named) if named else None, beside):
        if mirror and (mirror / EXPORT).is_file():
            return mirror.resolve()
    return None


def leaderboard() -> Matrix:
    """Brain-Score's export of 2025-05-07 from the mirror, or a simulated matrix of its shape without one."""
    mirror = find_mirror()
    return _brain_score(mirror / EXPORT) if mirror else _simulated()


def complete_part(matrix: Matrix, n_metrics: int) -> Matrix:
    """The metrics with most scores, and the models that are scored on all of them."""
    scored = (~np.isnan(matrix.scores)).sum(axis=0)
    columns = np.sort(np.argsort(-scored, kind="stable")[:n_metrics])
    part = matrix.scores[:, columns]
    return Matrix(part[~np.isnan(part).any(axis=1)], f"{matrix.title}, complete models")


def _brain_score(path: Path) -> Matrix:
    text = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    text = text.drop(columns=list(DESCRIBING))
    scores = text.apply(lambda column: pd.to_numeric(column.where(~column.isin(["", "X"]))))
    table = scores.to_numpy(dtype=np.float64)
    return Matrix(table, f"Brain-Score 2025-05-07, {np.isnan(table).mean():.0%} holes")


def _simulated() -> Matrix:
    """One latent factor and noise to three decimals, so with ties.

    The first models have every one of the first metrics; elsewhere later metrics have more holes.
    """
    generator = np.random.default_rng(20250507)
    ability = generator.normal(size=(N_MODELS, 1))
    noise = generator.normal(size=(N_MODELS, N_METRICS))
    scores = np.round(0.4 + 0.08 * ability + 0.12 * noise, 3)
    chance = np.broadcast_to(np.linspace(0.05, 0.9, N_METRICS), scores.shape).copy()
    chance[:COMPLETE_MODELS, :COMPLETE_METRICS] = 0.0
    chance *= SHARE_OF_HOLES / chance.mean()
    scores[generator.random(scores.shape) < chance] = np.nan
    return Matrix(scores, f"simulated, {np.isnan(scores).mean():.0%} holes")
