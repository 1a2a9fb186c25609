"""Pairwise-complete Spearman over resampled models against pandas on the resampled rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.matrices import leaderboard
from bench.timing import Row, best_times
from builder.stats.agreement_draws import mean_of_pairs
from builder.stats.bootstrap import draw_counts
from builder.stats.correlation_intervals import bootstrap_spearman

DRAWS, PEER_DRAWS = 100, 5


def run(rounds: int = 1) -> list[Row]:
    """One row: the peer's time for a twentieth of the draws, times twenty. Raises AssertionError unless
    means over the pairs agree to 1e-12."""
    matrix = leaderboard()
    n_models = len(matrix.scores)
    counts = draw_counts([0] * n_models, DRAWS, 1)
    upper = np.triu_indices(matrix.scores.shape[1], 1)
    once = np.ones((DRAWS, matrix.scores.shape[1]), dtype=np.int64)

    def ours() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        pairs = bootstrap_spearman(matrix.scores, counts)[:, *upper]
        return mean_of_pairs(pairs, once)

    def peer() -> list[float]:
        found = []
        for times in counts[:PEER_DRAWS]:
            frame = pd.DataFrame(matrix.scores[np.repeat(np.arange(n_models), times)])
            rho = frame.corr(method="spearman", min_periods=3).to_numpy()
            found.append(float(np.nanmean(rho[np.triu_indices(len(rho), 1)])))
        return found

    difference = float(np.abs(ours()[:PEER_DRAWS] - np.array(peer())).max())
    if difference > 1e-12:
        raise AssertionError(f"mean correlations differ by {difference}")
    own_time, peer_time = best_times([ours, peer], rounds)
    return [
        Row(
            what=f"Spearman, pairwise complete, {DRAWS} draws of models",
            data=f"{matrix.shape}, {matrix.title}",
            ours=own_time,
            peer=f"pandas {pd.__version__} corr, {PEER_DRAWS} draws x {DRAWS // PEER_DRAWS}",
            theirs=peer_time * DRAWS / PEER_DRAWS,
            difference=difference,
            at_least=5.0,
        )
    ]
