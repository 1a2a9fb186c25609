"""Pairwise-complete Kendall tau-b with p-values, against a loop over scipy.stats.kendalltau."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import stats

from bench.matrices import leaderboard
from bench.timing import Row, best_times
from builder.stats.correlation import FEWEST_SHARED, kendall, p_kendall

N_METRICS = 40
"""Both get the same part of the matrix: the loop over all 130 metrics takes seconds a round."""


def run(rounds: int = 5) -> list[Row]:
    """One row. Raises AssertionError unless both agree to 1e-12 on every pair."""
    matrix = leaderboard()
    scores = matrix.scores[:, :N_METRICS]

    def own() -> NDArray[np.float64]:
        result = kendall(scores)
        p_kendall(result.value, result.n, result.ties)
        return result.value

    ours, theirs = own(), _loop(scores)
    np.testing.assert_allclose(ours[np.triu_indices(N_METRICS, 1)], theirs, rtol=0, atol=1e-12)
    own_time, peer_time = best_times([own, lambda: _loop(scores)], rounds)
    return [
        Row(
            what="Kendall tau-b and p, pairwise complete",
            data=f"{scores.shape[0]} x {N_METRICS} (the first metrics), {matrix.title}",
            ours=own_time,
            peer=f"SciPy {scipy.__version__} kendalltau, each pair",
            theirs=peer_time,
            difference=float(np.nanmax(np.abs(ours[np.triu_indices(N_METRICS, 1)] - theirs))),
            at_least=1.0,
        )
    ]


def _loop(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tau-b of every pair above the diagonal, row by row."""
    observed = ~np.isnan(scores)
    found = []
    for x in range(scores.shape[1]):
        for y in range(x + 1, scores.shape[1]):
            shared = observed[:, x] & observed[:, y]
            if shared.sum() < FEWEST_SHARED:
                found.append(float("nan"))
                continue
            found.append(
                float(stats.kendalltau(scores[shared, x], scores[shared, y], method="asymptotic").statistic)
            )
    return np.array(found)
