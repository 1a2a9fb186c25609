"""The identity of a view: how its numbers are written and the digest of the ranking it shows."""

from __future__ import annotations

import csv
import hashlib
import io
import math

import pandas as pd

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


def ranking_digest(ranking: pd.DataFrame) -> str:
    """SHA-256 over the lines `place,model_id,value`, header first, each ended by a line feed.

    The first three columns of a view's CSV are these lines, so `cut -d, -f1-3 ranking.csv | sha256sum`
    gives it again.
    """
    lines = [",".join(IDENTITY)]
    lines += [
        f"{place},{model_id},{number_text(value)}"
        for place, model_id, value in zip(*(ranking[column] for column in IDENTITY), strict=True)
    ]
    return hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()


def frame_csv(frame: pd.DataFrame) -> str:
    """A frame as the CSV that the site offers: UTF-8, line feeds, numbers as published, empty for no value.

    Text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    columns = [[_cell(value) for value in frame[name]] for name in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def ranking_csv(ranking: pd.DataFrame) -> str:
    """A view's ranking as CSV, the columns of its identity first."""
    rest = [column for column in ranking.columns if column not in IDENTITY]
    return frame_csv(ranking[[*IDENTITY, *rest]])


def _cell(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(float(value))  # type: ignore[arg-type]
