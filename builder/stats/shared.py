"""Two rankings of partly different models: what changes on those in both, and who is new at the top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from builder.stats.correlation import spearman

TOP = 10
"""Places whose models are followed."""


@dataclass(frozen=True)
class Shared:
    """The second ranking against the first.

    n_shared      models that both rank
    spearman      Spearman's rho of their places; NaN for fewer than three or where all share a place
    largest_move  most places that a model moves, either way, when both rank the shared models alone
    mover         position of that model, of several the first; None where none moves
    n_top         models that the first has at place 10 or above
    top_shared    of these, those that the second has there, too
    entrants      positions of the models at place 10 or above in the second that the first does not rank
    """

    n_shared: int
    spearman: float
    largest_move: int
    mover: int | None
    n_top: int
    top_shared: int
    entrants: tuple[int, ...]


def compare_shared(first: ArrayLike, second: ArrayLike) -> Shared:
    """What another ranking of the same models, not all of them in each, changes.

    Places have shape (n_models,), 1 = best, 0 = not ranked, ties share the best of their places.
    Raises ValueError for different shapes.
    """
    one, other = (np.asarray(side, dtype=np.int64) for side in (first, second))
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"places of the same models are needed, not of {one.shape} and {other.shape}")
    both = np.flatnonzero((one > 0) & (other > 0))
    alone = [rankdata(side[both], method="min") for side in (one, other)]
    moves = np.abs(alone[0] - alone[1]).astype(np.int64)
    in_top, now_top = (one > 0) & (one <= TOP), (other > 0) & (other <= TOP)
    return Shared(
        n_shared=len(both),
        spearman=float(spearman(np.column_stack(alone)).value[0, 1]),
        largest_move=int(moves.max(initial=0)),
        mover=int(both[np.argmax(moves)]) if moves.any() else None,
        n_top=int(in_top.sum()),
        top_shared=int((in_top & now_top).sum()),
        entrants=tuple(np.flatnonzero(now_top & (one == 0)).tolist()),
    )
