"""Arrays from files: round trips of each format, and files that claim to be what they are not."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.catalog.sources.arrays import read_array
from builder.errors import DataError

ARRAY = np.array([[0.5, -1.25], [3.0, 1e-3], [2.0, 7.0]])


def npy(array: object) -> bytes:
    out = io.BytesIO()
    np.save(out, array)  # type: ignore[arg-type]
    return out.getvalue()


def read(tmp_path: Path, name: str, data: bytes, shape: tuple[int | None, ...] = (None, None)) -> np.ndarray:
    (tmp_path / "cached").write_bytes(data)
    return read_array(tmp_path / "cached", f"https://example.org/{name}", f"s: {name}", shape)


def test_every_format_gives_the_same_numbers(tmp_path: Path) -> None:
    parquet = io.BytesIO()
    pd.DataFrame(ARRAY, columns=["a", "b"]).to_parquet(parquet)
    written = pd.DataFrame(ARRAY, columns=["a", "b"]).to_csv(index=False)
    bare = written.partition("\n")[2]
    files = {
        "x.npy": npy(ARRAY),
        "x.parquet": parquet.getvalue(),
        "x.csv": written.encode(),
        "bare.csv": bare.encode(),
        "marked.csv": b"\xef\xbb\xbf" + bare.encode(),
        "x.txt": bare.replace(",", "  ").encode(),
    }
    for name, data in files.items():
        assert read(tmp_path, name, data).tolist() == ARRAY.tolist(), name


def test_whole_numbers_and_fortran_order(tmp_path: Path) -> None:
    assert read(tmp_path, "x.npy", npy(np.asfortranarray(ARRAY))).tolist() == ARRAY.tolist()
    assert read(tmp_path, "x.npy", npy(np.arange(6).reshape(2, 3)), (2, 3)).dtype.kind == "i"
    assert read(tmp_path, "x.npy", npy(np.zeros((2, 3, 4), "f4")), (None, 3, None)).shape == (2, 3, 4)


def refusal(tmp_path: Path, name: str, data: bytes, shape: tuple[int | None, ...] = (None, None)) -> str:
    with pytest.raises(DataError) as caught:
        read(tmp_path, name, data, shape)
    return str(caught.value)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (str(tmp_path / "exploded"),))

    assert "holds 'object', not numbers" in refusal(tmp_path, "x.npy", npy(np.array([Bomb()], dtype=object)))
    assert "is no .npy file" in refusal(tmp_path, "x.npy", pickle.dumps(Bomb()))
    assert not (tmp_path / "exploded").exists()


def test_a_header_that_claims_more_than_there_is_allocates_nothing(tmp_path: Path) -> None:
    data = npy(ARRAY)
    claims = data.replace(b"(3, 2), }", b"(10995116277760, 2), }"[:22])
    said = refusal(tmp_path, "x.npy", claims)
    assert "are not" in said or "is no .npy file" in said
    assert "are not 3 x 2 values" in refusal(tmp_path, "x.npy", data[:-1])
    assert "are not 3 x 2 values" in refusal(tmp_path, "x.npy", data + b"\0")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.npy", npy(np.array(["a"])), "not numbers"),
        ("x.npy", npy(np.array([True])), "not numbers"),
        ("x.npy", npy(np.array([1.0, 2.0])), "has the shape 2, not n x n."),
        ("x.npy", npy(np.zeros((0, 2))), "has the shape 0 x 2, not n x n."),
        ("x.npy", npy(np.array([[1.0, np.nan]])), "x.npy: [0, 1]: is not a finite number."),
        ("x.npy", npy(np.array([[1.0], [np.inf]])), "x.npy: [1, 0]: is not a finite number."),
        ("x.npy", b"", "is no .npy file"),
        ("x.parquet", b"PAR1", "cannot be read"),
        ("x.csv", b"1,2\n3,x\n", "row 2, column 'column 2': 'x' is not a number."),
        ("x.csv", b"a,b\n3,x\n", "row 2, column 'b': 'x' is not a number."),
        ("x.csv", b"1,2\n3\n", "row 2: has 1 cell, but the first row has 2."),
        ("x.csv", b"a,b\n", "has the shape 0 x 2"),
        ("x.csv", b"", "is empty"),
    ],
)
def test_what_is_no_array_is_said(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    assert said in refusal(tmp_path, name, data)


def test_holes_in_parquet_are_named(tmp_path: Path) -> None:
    out = io.BytesIO()
    pd.DataFrame({"a": pd.array([1, None], "Int64")}).to_parquet(out)
    assert "row 2, column 'a': has no value" in refusal(tmp_path, "x.parquet", out.getvalue())
    out = io.BytesIO()
    pd.DataFrame({"a": ["x"]}).to_parquet(out)
    assert "column 'a' holds 'object', not numbers" in refusal(tmp_path, "x.parquet", out.getvalue())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_files_are_read_as_numpy_does_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(npy(ARRAY))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read(tmp_path, "x.npy", bytes(raw))
    except DataError:
        return
    assert np.array_equal(found, np.load(io.BytesIO(bytes(raw)), allow_pickle=False))
