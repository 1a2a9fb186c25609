"""Every pair of metrics of a selection as one row, for tables, figures and downloads."""

from __future__ import annotations

import numpy as np
import pandas as pd

from builder.results import Agreement


def pairs_file(found: Agreement) -> str:
    """Where below the snapshot's root the table of its pairs stands."""
    return f"agreement/{found.selection}/pairs-{found.basis}.csv"


def pairs_frame(found: Agreement) -> pd.DataFrame:
    """Every pair once, in the order of the matrix: the three coefficients, n, Spearman's intervals and
    p-values by formula, from draws of models (`drawn`) and from random pairings (`permuted`)."""
    i, j = np.triu_indices(len(found.metrics), k=1)
    names = np.array(found.metrics, dtype=object)
    rho, drawn = found.spearman, found.resampled
    unknown = np.full(len(i), np.nan)
    return pd.DataFrame(
        {
            "metric_a": names[i],
            "metric_b": names[j],
            "n": found.n[i, j],
            "spearman": rho.value[i, j],
            "spearman_low": found.spearman_low[i, j],
            "spearman_high": found.spearman_high[i, j],
            "spearman_drawn_low": drawn.low[i, j] if drawn else unknown,
            "spearman_drawn_high": drawn.high[i, j] if drawn else unknown,
            "p": rho.p[i, j],
            "p_permuted": drawn.p[i, j] if drawn else unknown,
            "p_bonferroni": rho.p_bonferroni[i, j],
            "p_holm": rho.p_holm[i, j],
            "p_bh": rho.p_bh[i, j],
            "kendall": found.kendall.value[i, j],
            "pearson": found.pearson.value[i, j],
        }
    )
