"""Cells without a score filled in from the others: soft-impute, and how wrong it is on cells held out.

Tables have shape (n_models, n_metrics), NaN where a cell has no score. A filled-in cell is a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SHRINKAGE = tuple(0.5**k for k in range(1, 6))
"""Thresholds that are tried, as shares of the table's largest singular value: the strongest first."""
FOLDS = 5
FEWEST_HELD = 30
"""Cells that must be held out for their error to say anything."""
TOLERANCE, MOST_STEPS = 1e-4, 200
"""Relative change at which a fit is done, and steps after which it is in any case."""


@dataclass(frozen=True)
class Fit:
    """A low-rank table: shape (n_models, n_metrics) without NaN, and its rank."""

    table: FloatArray
    rank: int


@dataclass(frozen=True)
class Imputation:
    """Scores with every cell filled in, and how far such cells are off where the score is known.

    Errors are root mean squares in standard deviations of the metric, over the cells held out.

    filled           shape (n_models, n_metrics), in score units; the scores as they are where there are any
    rank             of the low-rank table that the rest comes from
    shrinkage        its threshold, as a share of the largest singular value
    n_held           cells held out as cells are missing
    error            of their filled-in values, at the shrinkage that the other folds choose
    baseline         of the mean of the metric's other scores in their place
    error_at_random  as `error`, of cells held out one by one at random
    """

    filled: FloatArray
    rank: int
    shrinkage: float
    n_held: int
    error: float
    baseline: float
    error_at_random: float


def soft_impute(
    table: ArrayLike,
    threshold: float,
    start: FloatArray | None = None,
    tolerance: float = TOLERANCE,
    most: int = MOST_STEPS,
) -> Fit:
    """The Z that minimises half the squared distance from the known cells plus `threshold` x nuclear norm.

    `table` has NaN where unknown. Each step puts Z into the unknown cells and shrinks the singular values of
    the result by `threshold`, those below it to 0; momentum (Nesterov 1983), restarted where it overshoots
    (O'Donoghue and Candes 2015), makes steps fewer. Stops once the squared change is at most tolerance^2 of
    the squared size, or after `most` steps. The minimum is unique in the known cells' fit; `start` (0) only
    saves steps.
    Raises ValueError if `table` is not two-dimensional or has an infinite value, or if `threshold` is not
    above 0.
    Source: Mazumder, Hastie and Tibshirani (2010), "Spectral regularization algorithms for learning large
    incomplete matrices", algorithm 1.
    """
    known = np.asarray(table, dtype=np.float64)
    if known.ndim != 2 or np.isinf(known).any():
        raise ValueError("a table to fill in has two dimensions and no infinite value")
    if not threshold > 0:
        raise ValueError(f"the threshold must be above 0, not {threshold}")
    if known.shape[0] < known.shape[1]:
        found = soft_impute(known.T, threshold, None if start is None else start.T, tolerance, most)
        return Fit(found.table.T, found.rank)
    seen = ~np.isnan(known)
    now = np.zeros_like(known) if start is None else start
    before, momentum, rank = now, 1.0, 0
    for _ in range(most):
        after = (1 + np.sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = now + (momentum - 1) / after * (now - before)
        new, rank = _shrunk(np.where(seen, known, ahead), threshold)
        overshoots = ((ahead - new) * (new - now)).sum() > 0
        momentum = 1.0 if overshoots else float(after)
        before, now = now, new
        if ((now - before) ** 2).sum() <= tolerance**2 * (now**2).sum():
            break
    return Fit(now, rank)


def impute(scores: ArrayLike, seed: int) -> Imputation | None:
    """Every cell filled in by soft-impute on z-scores, its shrinkage chosen by cross-validation.

    Models are dealt into `FOLDS` folds by `seed`. For each fold its models lose the cells that another
    incomplete model, drawn for each, lacks too (never all they have): so cells are held out as they are
    missing, in blocks, which is harder than at random. z-scores and fit see the other cells only. The
    shrinkage is the strongest whose error is within one standard error over folds of the least (Hastie,
    Tibshirani and Friedman 2009, sec. 7.10); the error of each fold is taken at the one that the other folds
    choose, so that no cell is judged by a choice that saw it. Metrics without two different scores are
    filled with their mean.
    None where every cell has a score, or where fewer than `FEWEST_HELD` cells can be held out.
    Raises ValueError as `soft_impute`, and for a metric without any score.
    """
    table = np.asarray(scores, dtype=np.float64)
    known = ~np.isnan(table)
    if known.all():
        return None
    if not known.any(axis=0).all():
        raise ValueError("a metric without any score cannot be filled in")
    random = np.random.PCG64(seed)
    fold = _dealt(len(table), random)
    held = [_held_as_missing(known, fold == number, random) for number in range(FOLDS)]
    n_held = int(sum(one.sum() for one in held))
    if n_held < FEWEST_HELD:
        return None
    errors = np.array([_errors(table, one) for one in held])
    counts = np.array([one.sum() for one in held])
    # A fold whose models have nothing to lose says nothing.
    errors, counts = errors[counts > 0], counts[counts > 0]
    if len(errors) < 2:
        return None
    judged = [_choice(np.delete(errors, k, axis=0)[:, 1:]) for k in range(len(errors))]
    chosen = _choice(errors[:, 1:])
    one_by_one = known & (_uniform(random, table.size).reshape(table.shape) < 1 / FOLDS)
    z, mean, spread = _standardised(table)
    fit = _path(z, chosen + 1)[-1]
    return Imputation(
        filled=np.where(known, table, mean + spread * fit.table),
        rank=fit.rank,
        shrinkage=SHRINKAGE[chosen],
        n_held=n_held,
        error=_root_mean(errors[np.arange(len(errors)), np.array(judged) + 1], counts),
        baseline=_root_mean(errors[:, 0], counts),
        error_at_random=float(np.sqrt(_errors(table, one_by_one, chosen + 1)[-1])),
    )


def _shrunk(table: FloatArray, threshold: float) -> tuple[FloatArray, int]:
    """The table with singular values less the threshold, and how many are left.

    By the eigenvectors of its Gram matrix, which is small: the table has no more columns than rows.
    """
    squares, vectors = np.linalg.eigh(table.T @ table)
    values = np.sqrt(np.maximum(squares, 0.0))
    kept = values > threshold
    basis = vectors[:, kept]
    return (table @ (basis * (1 - threshold / values[kept]))) @ basis.T, int(kept.sum())


def _path(z: FloatArray, n: int) -> list[Fit]:
    """Fits at the first `n` shrinkages, each from where the one before it ended."""
    largest = float(np.linalg.norm(np.nan_to_num(z), 2))
    fits: list[Fit] = []
    for share in SHRINKAGE[:n]:
        start = fits[-1].table if fits else None
        fits.append(soft_impute(z, max(share * largest, np.finfo(float).tiny), start))
    return fits


def _errors(table: FloatArray, held: BoolArray, n: int = len(SHRINKAGE)) -> FloatArray:
    """Mean squared error on the cells held out, of the metric's mean and of n shrinkages: shape (1 + n,)."""
    rest = np.where(held, np.nan, table)
    z, mean, spread = _standardised(rest)
    with np.errstate(invalid="ignore"):
        off = ((table - mean) / spread)[held]
    if not off.size:
        return np.full(1 + n, np.nan)
    guesses = [np.zeros_like(off), *(fit.table[held] for fit in _path(z, n))]
    return np.array([float(((off - guess) ** 2).mean()) for guess in guesses])


def _standardised(table: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """z-scores over each metric's known cells, its mean and its spread (1 where it does not vary)."""
    known = ~np.isnan(table)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, table, 0.0).sum(axis=0) / n
    spread = np.sqrt((np.where(known, table - mean, 0.0) ** 2).sum(axis=0) / n)
    # Rounding alone is no variation.
    flat = spread <= 1e-12 * np.maximum(np.abs(mean), np.finfo(float).tiny)
    spread = np.where(flat, 1.0, spread)
    return np.where(flat & known, 0.0, (table - mean) / spread), mean, spread


def _choice(errors: FloatArray) -> int:
    """Position of the strongest shrinkage within one standard error of the least; rows are folds."""
    mean = errors.mean(axis=0)
    best = int(np.argmin(mean))
    slack = errors[:, best].std(ddof=1) / np.sqrt(len(errors)) if len(errors) > 1 else 0.0
    return int(np.flatnonzero(mean <= mean[best] + slack)[0])


def _root_mean(squares: FloatArray, counts: IntArray) -> float:
    return float(np.sqrt((squares * counts).sum() / counts.sum()))


def _uniform(random: np.random.PCG64, n: int) -> FloatArray:
    """Numbers in [0, 1) from PCG64's raw output, whose stream NumPy guarantees."""
    return np.asarray(random.random_raw(n) >> np.uint64(11), dtype=np.float64) / 2.0**53


def _dealt(n: int, random: np.random.PCG64) -> IntArray:
    """A fold for each of n models, of nearly equal sizes."""
    fold = np.empty(n, dtype=np.int64)
    fold[np.argsort(_uniform(random, n), kind="stable")] = np.arange(n) % FOLDS
    return fold


def _held_as_missing(known: BoolArray, of: BoolArray, random: np.random.PCG64) -> BoolArray:
    """Cells that those models lose: each what another model, drawn among the incomplete ones, lacks.

    No model and no metric loses all that it has.
    """
    incomplete = np.flatnonzero(~known.all(axis=1))
    drawn = incomplete[(_uniform(random, len(known)) * len(incomplete)).astype(np.int64)]
    lost = known & ~known[drawn] & of[:, None]
    lost[lost.sum(axis=1) == known.sum(axis=1)] = False
    lost[:, lost.sum(axis=0) == known.sum(axis=0)] = False
    return lost
