"""The identity of a view: how its numbers are written and the digest of the ranking it shows."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SIGNIFICANT_DIGITS = 12
IDENTITY = ("place", "model_id", "value")
"""The columns that make a ranking what it is; its CSV begins with them."""


def rounded(value: float) -> float:
    """The number that is published: 12 significant digits, so that floating-point noise is not."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def number_text(value: float) -> str:
    """A published number as text: the shortest that reads back as `rounded`; empty for NaN."""
    if math.isnan(value):
        return ""
    shown = rounded(value)
    return str(int(shown)) if shown.is_integer() and abs(shown) < 1e15 else repr(shown)


def number_texts(values: NDArray[np.float64]) -> list[str]:
    """`number_text` of each of many numbers; shape (n,)."""
    texts = [f"{value:.{SIGNIFICANT_DIGITS}g}" for value in values.tolist()]
    plain = (np.abs(values) < 1e11) & (values != 0)  # neither a NaN nor -0, and too small for an exponent
    for i in np.flatnonzero(~plain):
        texts[i] = number_text(float(values[i]))
    return texts


def ranking_digest(ranking: pd.DataFrame) -> str:
    """SHA-256 over the lines `place,model_id,value`, header first, each ended by a line feed.

    The first three columns of a view's CSV are these lines, so `cut -d, -f1-3 ranking.csv | sha256sum`
    gives it again.
    """
    lines = [",".join(IDENTITY)]
    values = number_texts(ranking["value"].to_numpy(np.float64))
    lines += [
        f"{place},{model_id},{value}"
        for place, model_id, value in zip(ranking["place"], ranking["model_id"], values, strict=True)
    ]
    return hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()


def frame_csv(frame: pd.DataFrame) -> str:
    """A frame as the CSV that the site offers: UTF-8, line feeds, numbers as published, empty for no value.

    Text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_cell, frame.columns))
    writer.writerows(zip(*(_column(frame[name]) for name in frame.columns), strict=True))
    return out.getvalue()


def ranking_csv(ranking: pd.DataFrame) -> str:
    """A view's ranking as CSV, the columns of its identity first."""
    return frame_csv(ranking_columns(ranking))


def ranking_columns(ranking: pd.DataFrame) -> pd.DataFrame:
    """A view's ranking with the columns of its identity first."""
    rest = [column for column in ranking.columns if column not in IDENTITY]
    return ranking[[*IDENTITY, *rest]]


def _column(column: pd.Series[Any]) -> list[str]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return number_texts(column.to_numpy(np.float64))
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return [str(value) for value in column.tolist()]
    return [_cell(value) for value in column.tolist()]


def _cell(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(float(value))  # type: ignore[arg-type]
