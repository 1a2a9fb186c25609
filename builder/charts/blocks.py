"""More metrics than a square has room for: neighbours are put together, and a cell is a mean over pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

MOST_METRICS = 120
"""Metrics up to which each has a row and a column of its own."""


def block_size(n_metrics: int) -> int:
    """How many neighbouring metrics share a row; 1 where each has its own."""
    return max(1, -(-n_metrics // MOST_METRICS))


def blocked(
    cells: pd.DataFrame, labels: Mapping[str, str], groups: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, str], pd.DataFrame]:
    """The cells, labels and groups of `correlation_heatmap`, of blocks of neighbouring metrics.

    A cell's rho is the mean over the pairs of two blocks that have one (NaN where none has), its n is how
    many these are, and it is significant where half of them or more are. Borders of groups go to the
    nearest border of a block.
    """
    size = block_size(len(labels))
    items = list(labels.items())
    parts = [items[at : at + size] for at in range(0, len(items), size)]
    block = {metric: number for number, part in enumerate(parts) for metric, _ in part}
    ends = [cells[side].map(block).to_numpy(dtype=int) for side in ("row", "column")]
    held = pd.DataFrame(
        {
            "row": np.minimum(*ends),
            "column": np.maximum(*ends),
            "rho": cells["rho"].to_numpy(dtype=float),
            "significant": cells["significant"].to_numpy(dtype=float),
        }
    )
    held = held[(held["row"] != held["column"])]
    held.loc[held["rho"].isna(), "significant"] = np.nan
    found = held.groupby(["row", "column"], as_index=False).agg(
        rho=("rho", "mean"), significant=("significant", "mean"), n=("rho", "count")
    )
    found["significant"] = found["significant"].fillna(0) >= 0.5
    found = found.assign(p=np.nan, p_bonferroni=np.nan)
    names = {number: (part[0][1], part[-1][1]) for number, part in enumerate(parts)}
    titles = {str(number): one if one == last else f"{one} … {last}" for number, (one, last) in names.items()}
    found[["row", "column"]] = found[["row", "column"]].astype(str)
    start = (groups["start"] / size).round().astype(int)
    stop = (groups["stop"] / size).round().astype(int).clip(upper=len(parts))
    stop = stop.where(groups["stop"] < len(labels), len(parts))
    return found, titles, groups.assign(start=start, stop=stop)[stop > start]
