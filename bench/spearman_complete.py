"""Spearman with p-values on complete models, against scipy.stats.spearmanr."""

from __future__ import annotations

import numpy as np
import scipy
from scipy import stats

from bench.matrices import complete_part, leaderboard
from bench.timing import Row, best_times
from builder.stats.correlation import p_spearman, spearman

N_METRICS = 69
"""As many metrics as Ahlert et al. (2024) take at most."""


def run(rounds: int = 15) -> list[Row]:
    """One row. Raises AssertionError unless coefficients and p-values agree to 1e-12."""
    matrix = complete_part(leaderboard(), N_METRICS)

    def own() -> tuple[object, object]:
        result = spearman(matrix.scores)
        return result, p_spearman(result.value, result.n)

    ours, theirs = spearman(matrix.scores), stats.spearmanr(matrix.scores)
    off_diagonal = ~np.eye(len(ours.value), dtype=bool)
    np.testing.assert_allclose(ours.value, theirs.statistic, rtol=0, atol=1e-12)
    p = p_spearman(ours.value, ours.n)
    np.testing.assert_allclose(p[off_diagonal], np.asarray(theirs.pvalue)[off_diagonal], rtol=0, atol=1e-12)
    own_time, peer_time = best_times([own, lambda: stats.spearmanr(matrix.scores)], rounds)
    return [
        Row(
            what="Spearman and p, complete",
            data=f"{matrix.shape}, {matrix.title}",
            ours=own_time,
            peer=f"SciPy {scipy.__version__} spearmanr",
            theirs=peer_time,
            difference=float(np.abs(ours.value - theirs.statistic).max()),
            at_least=1.0,
        )
    ]
