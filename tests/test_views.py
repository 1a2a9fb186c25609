"""How numbers are written, and that the digest is what `cut | sha256sum` gives."""

from __future__ import annotations

import csv
import io
import subprocess

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.views import frame_csv, number_text, ranking_csv, ranking_digest, rounded

RANKING = pd.DataFrame(
    {
        "place": [1, 2, 2],
        "model": ['a "quoted", one', "=SUM(A1)", "<b>"],
        "model_id": ["a", "b", "c"],
        "value": [0.1 + 0.2, 0.25, 0.25],
        "moved": pd.array([1, pd.NA, -2], dtype="Int64"),
    }
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.3"), (1.0, "1"), (-2.0, "-2"), (1 / 3, "0.333333333333"), (1e-9, "1e-09"), (0.0, "0")],
)
def test_numbers_are_published_with_twelve_digits(value, text):
    assert number_text(value) == text


def test_undefined_is_empty():
    assert number_text(float("nan")) == ""


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_text_reads_back_as_the_rounded_number(value):
    assert float(number_text(value)) == rounded(value)


def test_digest_can_be_recomputed_from_the_csv_with_one_command(tmp_path):
    path = tmp_path / "ranking.csv"
    path.write_text(ranking_csv(RANKING), encoding="utf-8", newline="")
    command = f"cut -d, -f1-3 '{path}' | sha256sum"
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert answer.split()[0] == ranking_digest(RANKING)


def test_digest_changes_with_the_order_and_ignores_noise():
    noise = RANKING.assign(value=RANKING["value"] * (1 + 1e-15))
    assert ranking_digest(noise) == ranking_digest(RANKING)
    assert ranking_digest(RANKING.iloc[::-1]) != ranking_digest(RANKING)


def test_csv_reads_back_and_defuses_formulae():
    rows = list(csv.DictReader(io.StringIO(frame_csv(RANKING))))
    assert [row["model"] for row in rows] == ['a "quoted", one', "'=SUM(A1)", "<b>"]
    assert [row["moved"] for row in rows] == ["1", "", "-2"]
    assert rows[0]["value"] == "0.3"


def test_neither_a_cell_nor_a_head_runs_in_a_spreadsheet() -> None:
    frame = pd.DataFrame({"=1+1": ["@x", "-y", "z"], "plain": [-1.0, 2.0, 3.0]})
    assert frame_csv(frame) == "'=1+1,plain\n'@x,-1\n'-y,2\nz,3\n"
