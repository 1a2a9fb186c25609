"""Arrays of numbers from .npy (never pickled), Parquet and CSV files, checked before they are used."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.catalog.cells import CellFault, parse_number, raise_problems, read_csv_rows, shown
from builder.database import file_columns
from builder.errors import DataError, Problem

MOST_VALUES = 2_000_000_000
BLOCK = 1 << 24
Shape = tuple[int | None, ...]


def read_array(path: Path, address: str, where: str, shape: Shape) -> NDArray[Any]:
    """The numbers of a file as they are stored, of the wanted shape (None: any length but 0).

    `address` says by its end what the file is: .npy, .parquet, .txt for numbers parted by blanks, else CSV,
    with or without a line of column names. `where` names it in messages. A .npy file is mapped, not loaded.
    Raises DataError for a file that is none, for another shape, and for values that are no finite numbers.
    """
    suffix = PurePosixPath(address).suffix.lower()
    if suffix == ".npy":
        array = _mapped(path, where)
    elif suffix == ".parquet":
        array = _parquet(path, where)
    else:
        array = _csv(path, where, words=suffix == ".txt")
    fits = array.ndim == len(shape) and all(
        has > 0 and wanted in (None, has) for has, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        what = f"has the shape {_shape_text(array.shape)}, not {_shape_text(shape)}."
        raise DataError(Problem(where, what, "Give one row an entry, in the order of the other files."))
    _check_finite(array, where)
    return array


def _mapped(path: Path, where: str) -> NDArray[Any]:
    remedy = "Write it with numpy.save, as an array of numbers."
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read(file)
            begins = file.tell()
    except Exception as error:  # a damaged header makes numpy's parser fail in many ways
        raise DataError(Problem(where, f"is no .npy file ({shown(str(error))}).", remedy)) from None
    if dtype.kind not in "iuf" or dtype.hasobject:
        raise DataError(Problem(where, f"holds '{dtype}', not numbers.", remedy))
    # The header is only a claim: nothing is allocated before the file is found to be as long as it says.
    if math.prod(shape) > MOST_VALUES or begins + math.prod(shape) * dtype.itemsize != path.stat().st_size:
        what = f"is {path.stat().st_size} bytes, which are not {_shape_text(shape)} values of '{dtype}'."
        raise DataError(Problem(where, what, remedy))
    if math.prod(shape) == 0:
        return np.empty(shape, dtype)
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def _parquet(path: Path, where: str) -> NDArray[Any]:
    try:
        columns = file_columns("parquet_rows", path)
    except ValueError as error:
        raise DataError(Problem(where, f"cannot be read: {error}.", "Write it again.")) from None
    for name, column in columns.items():
        if column.dtype.kind not in "iuf":
            what = f"column '{shown(name)}' holds '{column.dtype}', not numbers."
            raise DataError(Problem(where, what, "Keep columns of numbers only."))
        if np.ma.is_masked(column):
            row = int(np.flatnonzero(np.ma.getmaskarray(column))[0]) + 1
            what = "has no value."
            raise DataError(Problem(f"{where}: row {row}, column '{shown(name)}'", what, "Fill it in."))
    return np.stack([np.asarray(column) for column in columns.values()], axis=1)


def _csv(path: Path, where: str, *, words: bool) -> NDArray[np.float64]:
    """A first line of which no cell is a number is the columns' names. `words` are parted by blanks."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(Problem(where, f"cannot be read: {error.strerror}.")) from None
    if words:
        data = b"\n".join(b",".join(line.split()) for line in data.splitlines())
    first = data.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip().split(",")
    named = all(isinstance(parse_number(cell), CellFault) for cell in first)
    header, rows = read_csv_rows(data, where, named=named)
    problems: list[Problem] = []
    values: list[list[float]] = []
    for row in rows:
        parsed = [parse_number(cell) for cell in row.cells]
        for name, one in zip(header, parsed, strict=True):
            if isinstance(one, CellFault):
                problems.append(one.at(where, row.number, name))
        values.append([math.nan if isinstance(one, CellFault) else one for one in parsed])
    raise_problems(problems, where)
    return np.array(values, dtype=np.float64).reshape(len(rows), len(header))


def _check_finite(array: NDArray[Any], where: str) -> None:
    flat = array.reshape(-1)
    for start in range(0, flat.size, BLOCK):
        bad = np.flatnonzero(~np.isfinite(flat[start : start + BLOCK]))
        if bad.size:
            at = np.unravel_index(start + int(bad[0]), array.shape)
            place = ", ".join(str(int(one)) for one in at)
            raise DataError(Problem(f"{where}: [{place}]", "is not a finite number.", "Leave no holes."))


def _shape_text(shape: Shape) -> str:
    return " x ".join("n" if one is None else str(one) for one in shape) or "a single value"
