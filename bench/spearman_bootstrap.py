"""Pairwise-complete Spearman over resampled models against pandas on the resampled rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.matrices import leaderboard
from bench.timing import Row, best_times
from builder.stats.bootstrap import draw_counts
from builder.stats.correlation import FEWEST_SHARED
from builder.stats.correlation_intervals import bootstrap_spearman

DRAWS, PEER_DRAWS = 1000, 5


def run(rounds: int = 1, draws: int = DRAWS) -> list[Row]:
    """One row: the peer's time for its first draws, times as many as there are. Raises AssertionError unless
    all pairs of those draws agree to 1e-12, and are undefined in the same."""
    matrix = leaderboard()
    n_models = len(matrix.scores)
    counts = draw_counts([0] * n_models, draws, 1)
    few = counts[:PEER_DRAWS]

    def ours() -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
        return bootstrap_spearman(matrix.scores, counts)

    def peer() -> list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
        frames = (pd.DataFrame(matrix.scores[np.repeat(np.arange(n_models), times)]) for times in few)
        return [frame.corr(method="spearman", min_periods=FEWEST_SHARED).to_numpy() for frame in frames]

    found, wanted = ours()[: len(few)].copy(), np.stack(peer())
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12, equal_nan=True)
    own_time, peer_time = best_times([ours, peer], rounds)
    return [
        Row(
            what=f"Spearman, pairwise complete, {draws} draws of models",
            data=f"{matrix.shape}, {matrix.title}",
            ours=own_time,
            peer=f"pandas {pd.__version__} corr, {len(few)} draws x {draws // len(few)}",
            theirs=peer_time * draws / len(few),
            difference=float(np.nanmax(np.abs(found - wanted))),
            at_least=10.0,
        )
    ]
