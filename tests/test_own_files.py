"""Tables of one's own out of every kind of file: the same cells, and nothing that is lost or run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from projects import served

from builder.catalog.own_files import Reading, read_own_file
from builder.errors import DataError, SourceError

HEADER = ["model", "acc", "wer"]
ROWS: list[list[object]] = [["alpha", 0.81, 3], ["Beta, large", None, 0.25], ["Γ", -1e-3, None]]
CELLS = [("alpha", "0.81", "3"), ("Beta, large", "", "0.25"), ("Γ", "-0.001", "")]


def cells(given: Path | str, **reading: str) -> list[tuple[str, ...]]:
    table = read_own_file(str(given), Reading(**reading)).table
    assert list(table.header) == HEADER
    return [row.cells for row in table.rows]


def refusal(given: Path | str, **reading: str) -> str:
    with pytest.raises(DataError) as caught:
        read_own_file(str(given), Reading(**reading))
    return str(caught.value)


def excel(path: Path, rows: list[list[object]], **more: list[list[object]]) -> Path:
    book = Workbook()
    for title, listed in {"Scores": rows, **more}.items():
        sheet = book.active if title == "Scores" else book.create_sheet(title)
        sheet.title = title
        for row in listed:
            sheet.append(row)
    book.save(path)
    return path


def sqlite(path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE scores (model TEXT, acc REAL, wer REAL)")
    connection.executemany("INSERT INTO scores VALUES (?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return path


def test_every_kind_of_file_gives_the_same_cells_whatever_its_name(tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS, columns=HEADER)
    frame.astype({"wer": float}).to_parquet(tmp_path / "parquet")
    frame.to_csv(tmp_path / "tabs", sep="\t", index=False)
    frame.to_csv(tmp_path / "semicolons", sep=";", index=False, decimal=",")
    frame.to_json(tmp_path / "lines", orient="records", lines=True)
    excel(tmp_path / "excel", [HEADER, *ROWS])
    sqlite(tmp_path / "sqlite")
    with duckdb.connect(str(tmp_path / "duck")) as connection:
        connection.execute("CREATE TABLE scores AS SELECT * FROM frame")
    query = "SELECT model, acc, wer FROM scores"
    found = {
        "parquet": cells(tmp_path / "parquet"),
        "tabs": cells(tmp_path / "tabs"),
        "semicolons": cells(tmp_path / "semicolons", decimal=","),
        "lines": cells(tmp_path / "lines"),
        "excel": cells(tmp_path / "excel"),
        "sqlite": cells(tmp_path / "sqlite", query=query),
        "duck": cells(tmp_path / "duck", query=query),
    }
    for kind, rows in found.items():
        values = [
            (row[0], *(float(cell) if cell not in ("", "nan") else None for cell in row[1:])) for row in rows
        ]
        expected = [(row[0], *(float(cell) if cell else None for cell in row[1:])) for row in CELLS]
        assert values == expected, kind
    assert found["excel"] == CELLS


def test_an_address_is_fetched_and_named(tmp_path: Path) -> None:
    pd.DataFrame(ROWS, columns=HEADER).to_csv(tmp_path / "scores", index=False)
    with served(tmp_path) as address:
        file = read_own_file(f"{address}/scores?download=1", Reading())
        assert file.name == f"{address}/scores?download=1"
        assert len(file.table.rows) == 3
        with pytest.raises(SourceError, match="404"):
            read_own_file(f"{address}/nothing", Reading())


def test_a_sheet_begins_where_it_begins_and_rows_have_excel_s_numbers(tmp_path: Path) -> None:
    path = excel(tmp_path / "x.xlsx", [[], [None, *HEADER], [], [None, *ROWS[0]], [None, *ROWS[1]]])
    table = read_own_file(str(path), Reading()).table
    assert list(table.header) == HEADER
    assert [row.number for row in table.rows] == [4, 5]


def test_several_sheets_need_a_name(tmp_path: Path) -> None:
    path = excel(tmp_path / "x.xlsx", [["notes"]], Final=[HEADER, *ROWS])
    assert "has the sheets 'Scores', 'Final'. Name one with --sheet." in refusal(path)
    assert "has no sheet 'Finale'. Did you mean 'Final'?" in refusal(path, sheet="Finale")
    assert cells(path, sheet="Final") == CELLS
    assert read_own_file(str(path), Reading(sheet="Final")).part == "Final"


def test_what_is_no_number_in_excel_is_text_that_no_score_is(tmp_path: Path) -> None:
    row = ["a", True, dt.date(2025, 1, 2)]
    path = excel(tmp_path / "x.xlsx", [HEADER, row, ["b", "=1/0", "#DIV/0!"]])
    assert cells(path) == [("a", "TRUE", "2025-01-02T00:00:00"), ("b", "=1/0", "#DIV/0!")]


def test_columns_without_a_name_of_their_own_are_named_by_their_cell(tmp_path: Path) -> None:
    path = excel(tmp_path / "x.xlsx", [["model", "", "acc", "acc"], ["a", 1, 2, 3]])
    said = refusal(path)
    assert "x.xlsx: Scores!B1: names no column." in said
    assert "x.xlsx: Scores!D1: 'acc' names a second column." in said


def test_a_database_without_a_query_names_its_tables(tmp_path: Path) -> None:
    assert "Its tables: scores." in refusal(sqlite(tmp_path / "x.db"))
    with duckdb.connect(str(tmp_path / "d.db")) as connection:
        connection.execute("CREATE TABLE runs (i INTEGER)")
    assert "Its tables: runs." in refusal(tmp_path / "d.db")


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_query_changes_nothing_and_reaches_no_other_file(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    path = tmp_path / "x.db"
    if kind == "sqlite":
        sqlite(path)
        hostile = [
            f"ATTACH '{tmp_path}/other.db' AS o", "DELETE FROM scores", "PRAGMA user_version = 7",
            "SELECT 1; DELETE FROM scores", "SELECT load_extension('x')", "", "SELECT",
        ]  # fmt: skip
    else:
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE scores (i INTEGER)")
        hostile = [
            f"ATTACH '{tmp_path}/other.db' AS o", "DELETE FROM scores", f"FROM read_csv('{secret}')",
            f"FROM '{secret}'", f"COPY scores TO '{tmp_path}/out.csv'", "SELECT 1; SELECT 2",
            "SET enable_external_access = true", "INSTALL httpfs", "SELECT",
        ]  # fmt: skip
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    for query in hostile:
        said = refusal(path, query=query)
        assert "--query: failed" in said or "is a database" in said, query
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_options_that_do_not_fit_the_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("model,acc\na,1\n")
    assert "is no database. Leave --query out." in refusal(tmp_path / "x.csv", query="SELECT 1")
    assert "is no spreadsheet. Leave --sheet out." in refusal(tmp_path / "x.csv", sheet="A")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert "is of Excel before 2007. Save it as .xlsx." in refusal(tmp_path / "old.xls")
    assert "cannot be read: No such file" in refusal(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("")
    assert "is empty" in refusal(tmp_path / "empty.csv")


def test_decimal_commas_are_read_only_when_said(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("model;acc;wer\na;0,5;1.5\nb, c;1,25e-3;x,y\n")
    assert cells(tmp_path / "x.csv", decimal=",") == [("a", "0.5", "1.5"), ("b, c", "1.25e-3", "x,y")]
    assert cells(tmp_path / "x.csv")[0] == ("a", "0,5", "1.5")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=6),
            st.none()
            | st.floats(-1e6, 1e6)
            | st.integers(-999, 999)
            | st.booleans()
            | st.sampled_from(["n/a", "=A1"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_row_of_excel_and_sqlite_comes_in(tmp_path: Path, rows: list[tuple[str, object]]) -> None:
    """As many cells as openpyxl and sqlite3 themselves tell, with the same numbers."""
    path = excel(tmp_path / "x.xlsx", [["model", "acc"], *map(list, rows)])
    found = read_own_file(str(path), Reading()).table
    sheet = load_workbook(path)["Scores"]
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    told = [row for row in told if any(str(cell).strip() for cell in row if cell is not None)]
    assert len(found.rows) == len(told)
    for row, (name, value) in zip(found.rows, told, strict=True):
        padded = dict(zip(found.header, row.cells, strict=True))
        assert padded.get("model", "") == ("" if name is None else str(name))
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert float(padded["acc"]) == pytest.approx(float(value), rel=1e-15)
    base = tmp_path / "x.db"
    base.unlink(missing_ok=True)
    connection = sqlite3.connect(base)
    connection.execute("CREATE TABLE t (model, acc)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    connection.commit()
    connection.close()
    answered = read_own_file(str(base), Reading(query="SELECT * FROM t")).table
    assert [row.cells for row in answered.rows] == [
        (name, "" if value is None else str(int(value) if isinstance(value, bool) else value))
        for name, value in rows
    ]


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A spreadsheet and a database. Made once: a spreadsheet holds the time at which it was written."""
    folder = tmp_path_factory.mktemp("whole")
    return excel(folder / "x.xlsx", [HEADER, *ROWS]).read_bytes(), sqlite(folder / "x.db").read_bytes()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_spreadsheets_and_databases_are_read_or_refused(
    tmp_path: Path, whole_files: tuple[bytes, bytes], data: st.DataObject
) -> None:
    for whole, reading in zip(whole_files, (Reading(), Reading(query="SELECT * FROM scores")), strict=True):
        raw = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        (tmp_path / "mutated").write_bytes(bytes(raw))
        try:
            table = read_own_file(str(tmp_path / "mutated"), reading).table
        except DataError:
            continue
        assert all(len(row.cells) == len(table.header) for row in table.rows)


def test_a_csv_reads_as_the_csv_module_does_with_any_delimiter(tmp_path: Path) -> None:
    for delimiter in ",;\t":
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows([HEADER, *CELLS])
        (tmp_path / "x.csv").write_text(out.getvalue(), newline="")
        assert cells(tmp_path / "x.csv") == CELLS, repr(delimiter)
