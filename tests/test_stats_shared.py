"""Rankings of partly different models: by hand, and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from builder.stats.shared import compare_shared


def test_by_hand() -> None:
    """Places among the shared 0, 1, 2, 4: 1, 2, 3, 4 and 2, 1, 3, 3."""
    found = compare_shared([1, 2, 3, 0, 4, 0], [4, 2, 5, 1, 5, 0])
    assert (found.n_shared, found.largest_move, found.mover) == (4, 1, 0)
    assert found.spearman == pytest.approx(stats.spearmanr([1, 2, 3, 4], [2, 1, 3, 3]).statistic)
    assert (found.n_top, found.top_shared, found.entrants) == (4, 4, (3,))


def test_the_top_ten() -> None:
    """Fifteen models; the second ranking leaves out the first five and puts five new ones in front."""
    first = np.concatenate([np.arange(1, 16), np.zeros(5, dtype=int)])
    second = np.concatenate([np.zeros(5, dtype=int), np.arange(6, 16), np.arange(1, 6)])
    found = compare_shared(first, second)
    assert (found.n_shared, found.spearman, found.largest_move, found.mover) == (10, 1, 0, None)
    assert (found.n_top, found.top_shared, found.entrants) == (10, 5, (15, 16, 17, 18, 19))


def test_nothing_shared_is_said_as_nothing() -> None:
    found = compare_shared([1, 0], [0, 1])
    assert (found.n_shared, found.largest_move, found.mover, found.top_shared) == (0, 0, None, 0)
    assert np.isnan(found.spearman)
    with pytest.raises(ValueError, match="same models"):
        compare_shared([1, 2], [1])
