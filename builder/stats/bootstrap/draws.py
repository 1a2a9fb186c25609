"""Sets of metrics drawn anew, as how often each metric is in each set."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from builder.catalog.tree import MetricTree
from builder.stats.schemes.fair import fair_groups

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def strata(tree: MetricTree) -> IntArray:
    """Which metrics are drawn from among each other: shape (n_metrics,), a number for each stratum.

    A stratum is a group (those with a role where there are two or more, else the top level) of at least two
    metrics; all others are one stratum together.
    """
    position = {metric: column for column, metric in enumerate(tree.metric_ids)}
    found = np.zeros(len(position), dtype=np.int64)
    for number, node in enumerate(fair_groups(tree), start=1):
        below = [position[metric] for metric in tree.leaves(node)] if tree.is_group(node) else []
        if len(below) > 1:
            found[below] = number
    return found


def seed_of(*names: str) -> int:
    """A seed that depends on names only, so that a rebuild draws the same."""
    return int.from_bytes(sha256("/".join(names).encode()).digest()[:8], "big")


def draw_counts(strata: Sequence[int] | IntArray, draws: int, seed: int) -> IntArray:
    """How often each item is in each draw: shape (draws, n_items), with as many of each stratum as it has.

    The bootstrap of Efron (1979) within strata. Draws are made from the raw output of PCG64, whose stream
    NumPy guarantees, so that they are the same with any version.
    """
    stratum = np.asarray(strata, dtype=np.int64)
    raw = np.random.PCG64(seed).random_raw(draws * len(stratum)).reshape(draws, len(stratum))
    counts = np.zeros((draws, len(stratum)), dtype=np.int64)
    row = np.arange(draws)[:, None]
    for number in np.unique(stratum):
        members = np.flatnonzero(stratum == number)
        high = raw[:, members] >> np.uint64(32)
        chosen = members[((high * np.uint64(len(members))) >> np.uint64(32)).astype(np.int64)]
        np.add.at(counts, (row, chosen), 1)
    return counts
