"""What would have to be true for a model to be first: the weights at which it has the highest mean.

For each model the weights of the groups (or metrics) are free, at least 0 and summing to 1. Whether any of
them puts the model first, and how far from equal they must be, are linear programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

FloatArray = NDArray[np.float64]

LEVEL = 1e-9
"""Weighted means this close, relative to the widest range of scores on a column, are level."""
SOLVED, MISSED = 1e-10, 2e-10
"""How exactly the solver keeps a constraint; by how much one that it was not told may be missed."""
ATTEMPTS = ((False, SOLVED), (True, SOLVED), (True, 1e-7))
"""Presolve and exactness, in turn until the solver finds an answer. Presolving takes longer than it saves on
small dense programs; the last is the solver's own exactness."""
AT_FIRST, ADDED = 60, 30
"""Rivals that a linear program starts with, and those it is given at a time when it overlooked some."""
STEPS, STEP = 60, 2.0
"""Steps towards the weights of the widest lead, to guess which rivals matter there, and their size."""

Solver = Callable[[FloatArray], tuple[FloatArray, float]]
"""Leads over some rivals -> weights, and the least lead that every rival must leave."""


@dataclass(frozen=True)
class FirstPlace:
    """What it takes for one model to be first.

    model      its row
    possible   whether weights exist with which no other model has a higher weighted mean
    margin     largest lead over the best other model that any weights give, in score units; 0 where it can
               only draw level, negative where it stays behind at best; infinite without another model, NaN
               where `beaten_by` says enough
    weights    shape (k,), weights nearest to equal ones with which it is first; None if there are none
    moved      share of the weight that must move from equal weights to these, 0 to 1 - 1/k: half the sum of
               |w_j - 1/k|; NaN if there are none
    beaten_by  row of a model that is better on every column, so that no weights help; of several the one
               whose least lead is largest; None if there is none
    """

    model: int
    possible: bool
    margin: float
    weights: FloatArray | None
    moved: float
    beaten_by: int | None = None


def first_places(scores: ArrayLike, candidates: Sequence[int] | None = None) -> tuple[FirstPlace, ...]:
    """Whether, and with which weights, each model's weighted mean is at least that of every other.

    `scores` has shape (n_models, k), higher is better, k groups or metrics in units that may be averaged.
    `candidates` are the rows to examine, in the order of the result; None examines all. Models that draw
    level are both first, so that equal rows do not exclude each other. A model that another one beats on
    every column is told without a linear program; one that is beaten on some and level on the rest may still
    draw level.

    With differences d_i = s_x - s_i, the margin is the largest t with w.d_i >= t for every other model i,
    over w >= 0 that sum to 1, which is the value of a matrix game; the nearest weights have the least
    sum |w_j - 1/k| with w.d_i >= 0. The share that moves has one value; of several weights that move it the
    solver's are given. Programs start with the rivals that are strongest at equal weights and are given
    those that they overlooked until none is, which changes no result. Both are exact to 1e-9 of the widest
    range of scores on a column, and smaller leads count as level; where columns' ranges differ by a factor of
    millions the solver may reach 1e-7 only.
    Raises ValueError unless `scores` is two-dimensional, finite and has a column, IndexError for a candidate
    that is no row.
    Sources: von Neumann (1928), "Zur Theorie der Gesellschaftsspiele", and Dantzig (1951), "A proof of the
    equivalence of the programming problem and the game problem" (the margin); Kelley (1960), "The
    cutting-plane method for solving convex programs" (rivals as they are needed). Solved by HiGHS.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise ValueError(f"scores need shape (n_models, k) with k of at least 1, not {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("weighted means need every score: none may be missing or infinite")
    rows = range(len(table)) if candidates is None else candidates
    unknown = [row for row in rows if not 0 <= row < len(table)]
    if unknown:
        raise IndexError(f"there is no model {unknown[0]} among {len(table)}")
    widest = float(np.ptp(table, axis=0).max()) if len(table) else 0.0
    return tuple(_first_place(table, row, widest or 1.0) for row in rows)


def _first_place(table: FloatArray, model: int, unit: float) -> FirstPlace:
    k = table.shape[1]
    equal = np.full(k, 1 / k)
    least_lead = (table - table[model]).min(axis=1)
    strongest = int(np.argmax(least_lead))
    if least_lead[strongest] > 0:
        return FirstPlace(model, False, math.nan, None, math.nan, strongest)
    lead = np.delete(table[model] - table, model, axis=0) / unit
    if len(lead) == 0:
        return FirstPlace(model, True, math.inf, equal, 0.0)
    at_best = _with_every_rival(lead, _approached(lead), _widest_lead)
    margin = float((lead @ at_best).min())
    if margin < -LEVEL:
        return FirstPlace(model, False, margin * unit, None, math.nan)
    if (lead @ equal).min() >= -LEVEL:
        weights = equal
    else:
        floor = min(margin, 0.0)
        weights = _with_every_rival(lead, equal, lambda told: (_nearest(told, floor), floor))
    moved = float(np.abs(weights - equal).sum() / 2)
    return FirstPlace(model, True, margin * unit if margin > LEVEL else 0.0, weights, moved)


def _with_every_rival(lead: FloatArray, guess: FloatArray, solve: Solver) -> FloatArray:
    """Weights that `solve` finds when it knows all rivals that matter; `lead` has shape (n_rivals, k).

    It is told those first that do best against the weights of the guess.
    """
    told = np.argsort(lead @ guess, kind="stable")[:AT_FIRST]
    while True:
        weights, floor = solve(lead[told])
        found = lead @ weights
        overlooked = np.setdiff1d(np.flatnonzero(found < floor - MISSED), told)
        if len(overlooked) == 0:
            return weights
        told = np.concatenate([told, overlooked[np.argsort(found[overlooked], kind="stable")[:ADDED]]])


def _approached(lead: FloatArray) -> FloatArray:
    """Weights near those of the widest lead: each step shifts weight to where the best rival is weak.

    Source: Freund and Schapire (1999), "Adaptive game playing using multiplicative weights".
    """
    weights = np.full(lead.shape[1], 1 / lead.shape[1])
    gained, total = np.zeros_like(weights), np.zeros_like(weights)
    for _ in range(STEPS):
        gained += STEP * lead[int(np.argmin(lead @ weights))]
        weights = np.exp(gained - gained.max())
        weights /= weights.sum()
        total += weights
    return np.asarray(total / STEPS, dtype=np.float64)


def _widest_lead(lead: FloatArray) -> tuple[FloatArray, float]:
    """The weights with the largest least lead, and that lead.

    Leads are moved up to be positive, m = lead + c; then t + c = 1 / sum z for the least sum of z >= 0 with
    m.z >= 1, and w = z / sum z.
    """
    lifted = lead - lead.min() + 1
    k = lead.shape[1]
    weights = _weights(_solution(np.ones(k), -lifted, [np.full(len(lead), -1.0)]))
    return weights, float((lead @ weights).min())


def _nearest(lead: FloatArray, floor: float) -> FloatArray:
    """The weights nearest to equal that lead by `floor` at least: w = 1/k + gained - lost."""
    k = lead.shape[1]
    found = _solution(
        np.concatenate([np.ones(k), np.zeros(k)]),
        np.hstack([-lead, lead]),
        # What holds at one point only may fail by rounding; then what counts as level is allowed.
        [lead.mean(axis=1) - floor, lead.mean(axis=1) - floor + LEVEL],
        balance=np.concatenate([np.ones(k), -np.ones(k)]),
        most=[math.inf] * k + [1 / k] * k,
    )
    return _weights(1 / k + found[:k] - found[k:])


def _solution(
    cost: FloatArray,
    sums: FloatArray,
    limits: Sequence[FloatArray],
    balance: FloatArray | None = None,
    most: Sequence[float] | None = None,
) -> FloatArray:
    """x >= 0 (and <= most) of least cost with sums @ x <= limits and balance @ x = 0.

    Of several limits those are taken, in turn, that the solver finds an answer for.
    """
    bounds = [(0.0, high) for high in (most or [math.inf] * len(cost))]
    for (presolve, exactness), limit in product(ATTEMPTS, limits):
        found = linprog(
            cost,
            A_ub=sums,
            b_ub=limit,
            A_eq=None if balance is None else balance[np.newaxis, :],
            b_eq=None if balance is None else np.zeros(1),
            bounds=bounds,
            method="highs",
            options={
                "presolve": presolve,
                "primal_feasibility_tolerance": exactness,
                "dual_feasibility_tolerance": exactness,
            },
        )
        if found.x is not None:
            return np.asarray(found.x, dtype=np.float64)
    raise RuntimeError(f"the linear program was not solved: {found.message}")


def _weights(found: FloatArray) -> FloatArray:
    kept = np.maximum(found, 0.0)
    return np.asarray(kept / kept.sum(), dtype=np.float64)
