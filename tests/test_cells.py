"""Cells and CSV tables: each odd file is read correctly, or refused with file, row, column and remedy."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builder.catalog.cells import CellFault, column_problems, parse_score, raise_problems, read_csv_rows
from builder.errors import DataError, Problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".467", 0.467),
        ("1.1", 1.1),
        ("-0.2", -0.2),
        ("+.5", 0.5),
        ("1e-3", 0.001),
        ("1.", 1.0),
        (" 2 ", 2.0),
        ("-0", 0.0),
    ],
)
def test_numbers_are_scored(text: str, value: float) -> None:
    assert parse_score(text) == (value, "scored")


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_cell_is_missing(text: str) -> None:
    parsed = parse_score(text)
    assert isinstance(parsed, tuple)
    assert math.isnan(parsed[0])
    assert parsed[1] == "missing"


def test_only_the_marker_that_the_source_names_is_failed() -> None:
    parsed = parse_score("X", failed="X")
    assert isinstance(parsed, tuple)
    assert math.isnan(parsed[0])
    assert parsed[1] == "failed"
    assert isinstance(parse_score("X"), CellFault)
    assert isinstance(parse_score("x", failed="X"), CellFault)


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("NaN", "not a finite number", "empty"),
        ("inf", "not a finite number", "empty"),
        ("-inf", "not a finite number", "empty"),
        ("∞", "not a finite number", "empty"),
        ("1e999", "too large", "Correct"),
        ("0,5", "not a number", "decimal point"),
        ("50%", "not a number", "percent"),
        ("−0.5", "not a number", "minus"),
        ("1_000", "not a number", "empty"),
        ("٣", "not a number", "empty"),
        ("=1+1", "not a number", "empty"),
        (".", "not a number", "empty"),
        ("good", "not a number", "empty"),
    ],
)
def test_anything_else_is_refused_with_a_remedy(text: str, what: str, remedy: str) -> None:
    fault = parse_score(text, failed="X")
    assert isinstance(fault, CellFault)
    assert what in fault.what
    assert remedy in fault.remedy


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_comes_back(value: float) -> None:
    assert parse_score(repr(value)) == (value, "scored")


@given(st.text())
@example("\x85nan")
def test_no_text_gives_an_unfinite_score_or_an_exception(text: str) -> None:
    parsed = parse_score(text)
    if isinstance(parsed, CellFault):
        assert parsed.what
        assert parsed.remedy
        assert "\n" not in parsed.what
    else:
        assert (parsed[1] == "scored") == math.isfinite(parsed[0])


def cells_of(data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in read_csv_rows(data, "s.csv").rows]


@pytest.mark.parametrize(
    "data",
    [
        b"model,score\na,1\nb,2\n",
        b"model,score\na,1\nb,2",
        b"\xef\xbb\xbfmodel,score\r\na,1\r\nb,2\r\n",
        b"model,score\ra,1\rb,2\r",
    ],
    ids=["LF", "no end", "mark and CRLF", "CR"],
)
def test_every_line_end_and_a_byte_order_mark_are_read(data: bytes) -> None:
    table = read_csv_rows(data, "s.csv")
    assert table.header == ("model", "score")
    assert cells_of(data) == [(2, ("a", "1")), (3, ("b", "2"))]


def test_rows_are_numbered_by_the_line_on_which_they_begin() -> None:
    data = b'model,score\n"two\nlines",1\n\n"quote "" and , comma",2\n'
    assert cells_of(data) == [(2, ("two\nlines", "1")), (5, ('quote " and , comma', "2"))]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "s.csv: is empty."),
        (b"\xef\xbb\xbf\r\n\r\n", "s.csv: is empty."),
        (b"a,b\n1,2\n1,\xff\n", "s.csv: row 3: is not UTF-8 text (byte 0xff)."),
        (b"a,b\r1,2\r\x00,1\r", "s.csv: row 3: holds a NUL byte."),
        (b"a,b\n1\n1,2,3\n", "s.csv: row 2: has 1 cell, but the header has 2."),
        (b"a,b\n1\n1,2,3\n", "s.csv: row 3: has 3 cells, but the header has 2."),
        (b"a,b,a\n1,2,3\n", "s.csv: row 1, column 'a': stands 2 times."),
        (b"a,,b\n1,2,3\n", "s.csv: row 1: column 2 has no name."),
        (b'a,b\n1,2\n"1,2\n3,4\n', "s.csv: row 3: cannot be read as CSV"),
        (b'a,b\n1,"2"x\n', "s.csv: row 2: cannot be read as CSV"),
        (b"a,b\n1," + b"2" * 200_000 + b"\n", "s.csv: row 2: cannot be read as CSV"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(data: bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        read_csv_rows(data, "s.csv")
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"s\.csv: cannot be read: No such file"):
        read_csv_rows(tmp_path / "s.csv", "s.csv")


@given(st.lists(st.lists(st.text(alphabet="ab,\"\n\r é<'"), min_size=2, max_size=2)))
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["one", "two"], *rows])
    table = read_csv_rows(file.getvalue().encode(), "s.csv")
    assert [list(row.cells) for row in table.rows] == rows


def test_columns_are_compared_with_those_that_are_known() -> None:
    problems = column_problems(
        ("model", "scor", "rank"), "s.csv", required=("model", "score"), optional=("rank",)
    )
    assert [str(problem) for problem in problems] == [
        "s.csv: row 1: has no column 'score'. Did you mean 'scor'?",
        "s.csv: row 1, column 'scor': is a column that is not known here. Did you mean 'score'?",
    ]


def test_problems_are_all_counted_and_the_first_ones_listed() -> None:
    raise_problems([], "s.csv")
    with pytest.raises(DataError) as caught:
        raise_problems([Problem("s.csv", f"wrong {n}.") for n in range(362)], "s.csv")
    lines = str(caught.value).splitlines()
    assert len(lines) == 51
    assert lines[49] == "s.csv: wrong 49."
    assert lines[50] == "s.csv: ... and 312 more."
