"""Numbers, matrices, frames and results as JSON has them: 12 significant digits, null where undefined."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.views import rounded

Document = dict[str, Any]


def number(value: float) -> float | None:
    """As published: 12 significant digits, None for NaN and infinity."""
    return rounded(value) if math.isfinite(value) else None


def numbers(values: NDArray[np.float64]) -> list[float | None]:
    """`number` of each of many; shape (n,)."""
    return [number(value) for value in values.tolist()]


def matrix(values: NDArray[np.float64]) -> list[list[float | None]]:
    """Rows of numbers; shape (n, m)."""
    return [numbers(row) for row in values]


def symmetric(values: NDArray[np.float64]) -> list[list[float | None]]:
    """As `matrix`, for one that is its own mirror image: rounding is what takes the time."""
    upper = np.triu_indices_from(values)
    square = np.empty(values.shape, dtype=object)
    square[upper] = square.T[upper] = numbers(values[upper])
    found: list[list[float | None]] = square.tolist()
    return found


def rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The frame's rows, each a list in the order of its columns."""
    return [list(row) for row in zip(*(_column(frame[name]) for name in frame.columns), strict=True)]


def records(frame: pd.DataFrame) -> list[Document]:
    """The frame's rows, each by the names of its columns."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in rows(frame)]


def _column(column: pd.Series[Any]) -> list[Any]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return numbers(column.to_numpy(np.float64))
    return [value if type(value) in _AS_THEY_ARE else plain(value) for value in column.tolist()]


_AS_THEY_ARE = {str, int, bool}


def plain(value: Any) -> Any:
    """A frame's value as JSON has it: missing becomes null, numbers are rounded as published."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return number(float(value))
    return str(value)


def document(result: Any, without: Collection[str] = ()) -> Document:
    """A result's fields under their own names, but those of `without`."""
    names = [field.name for field in fields(result) if field.name not in without]
    return {name: _value(getattr(result, name)) for name in names}


def _value(value: Any) -> Any:
    """A frame as records, an array as rows, a result as its fields, what holds several as each of them."""
    if isinstance(value, pd.DataFrame):
        return records(value)
    if isinstance(value, np.ndarray):
        return matrix(value) if value.ndim > 1 else numbers(value)
    if is_dataclass(value):
        return document(value)
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _value(one) for name, one in value.items()}
    return plain(value)
