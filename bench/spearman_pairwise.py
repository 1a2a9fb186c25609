"""Pairwise-complete Spearman against pandas, on the same matrix with the same holes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.matrices import leaderboard
from bench.timing import Row, best_times
from builder.stats.correlation import FEWEST_SHARED, spearman


def run(rounds: int = 11) -> list[Row]:
    """One row. Raises AssertionError unless both agree to 1e-12 and are undefined on the same pairs."""
    matrix = leaderboard()
    frame = pd.DataFrame(matrix.scores)

    def peer() -> pd.DataFrame:
        return frame.corr(method="spearman", min_periods=FEWEST_SHARED)

    ours, theirs = spearman(matrix.scores).value, peer().to_numpy()
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12, equal_nan=True)
    own_time, peer_time = best_times([lambda: spearman(matrix.scores), peer], rounds)
    return [
        Row(
            what="Spearman, pairwise complete",
            data=f"{matrix.shape}, {matrix.title}",
            ours=own_time,
            peer=f"pandas {pd.__version__} corr",
            theirs=peer_time,
            difference=float(np.nanmax(np.abs(ours - theirs))),
            at_least=5.0,
        )
    ]
