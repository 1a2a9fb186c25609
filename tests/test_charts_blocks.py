"""Squares of more metrics than have room: what a cell of several pairs is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pictures import picture, words
from test_charts_correlation import cells, glyph_shapes, labels, random_pairs

from builder.charts.blocks import MOST_METRICS, block_size, blocked
from builder.charts.correlation import correlation_heatmap

N = 2 * MOST_METRICS + 7
NO_GROUPS = pd.DataFrame(columns=["name", "start", "stop", "level"])


@pytest.mark.parametrize(
    ("n", "size"), [(1, 1), (MOST_METRICS, 1), (MOST_METRICS + 1, 2), (2 * MOST_METRICS, 2), (1000, 9)]
)
def test_blocks_are_no_larger_than_they_must_be(n: int, size: int) -> None:
    assert block_size(n) == size


def test_a_cell_is_the_mean_over_the_pairs_of_two_blocks() -> None:
    """Against NumPy on the whole matrix, with pairs that are not defined and one block without any."""
    pairs = cells(random_pairs(N))
    ends = pairs[["row", "column"]].map(lambda metric: int(metric[1:]))
    nothing = (ends["row"] < 3) & ends["column"].between(3, 5)
    pairs.loc[nothing | (np.arange(len(pairs)) % 11 == 0), "rho"] = np.nan
    rho, significant = np.full((N, N), np.nan), np.full((N, N), np.nan)
    for (a, b), value, sure in zip(ends.to_numpy(), pairs["rho"], pairs["significant"], strict=True):
        rho[a, b] = rho[b, a] = value
        significant[a, b] = significant[b, a] = sure if np.isfinite(value) else np.nan
    found, titles, _ = blocked(pairs, labels(N), NO_GROUPS)
    n_blocks = -(-N // 3)
    assert list(titles) == [str(block) for block in range(n_blocks)]
    assert titles["1"] == "metric 3 … metric 5"
    assert titles[str(n_blocks - 1)] == f"metric {N - 1}"  # 3 x 82 and one more
    assert len(found) == n_blocks * (n_blocks - 1) // 2
    for cell in found.itertuples():
        part = np.ix_(*(range(3 * int(at), min(N, 3 * int(at) + 3)) for at in (cell.row, cell.column)))
        defined = np.isfinite(rho[part])
        assert cell.n == defined.sum()
        if not defined.any():
            assert (cell.row, cell.column) == ("0", "1")
            assert np.isnan(cell.rho)
            assert not cell.significant
            continue
        assert cell.rho == pytest.approx(np.nanmean(rho[part]), abs=1e-12)
        assert cell.significant == (np.nanmean(significant[part]) >= 0.5)


def test_groups_keep_their_order_and_end_with_the_last_block() -> None:
    bounds = [0, 90, 91, 200, N]
    groups = pd.DataFrame({"name": list("abcd"), "start": bounds[:-1], "stop": bounds[1:], "level": 0})
    _, titles, found = blocked(cells(random_pairs(N)), labels(N), groups)
    assert found["name"].tolist() == ["a", "c", "d"]  # of one metric no third of a row is left
    assert found["start"].tolist() == [0, 30, 67]
    assert found["stop"].tolist() == [30, 67, len(titles)]


def test_a_square_of_very_many_metrics_says_that_its_cells_are_means() -> None:
    svg = picture(correlation_heatmap(cells(random_pairs(N)), labels(N)))
    n_blocks = -(-N // 3)
    assert n_blocks * (n_blocks - 1) <= len(glyph_shapes(svg)) < n_blocks * n_blocks
    assert {"mean ρ", "half of the pairs significant after Bonferroni", "fewer"} <= set(words(svg))
