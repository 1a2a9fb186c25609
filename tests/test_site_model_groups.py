"""Two groups of models: the study's key, the test pair by pair, and what the page says of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from projects import book_of, library, make_project, study_of
from samples import LEAN, Cells, make_snapshot
from scipy import stats

from builder.analysis import analyse
from builder.catalog.study import Study
from builder.errors import DataError
from builder.results import PAIRWISE
from builder.site.book import Book
from builder.site.model_groups import groups_table, groups_text

RNG = np.random.default_rng(12)
N = 60
ABILITY = RNG.normal(size=(N, 1))
SCORES = np.round(ABILITY + 0.5 * RNG.normal(size=(N, 4)), 3)
SCORES[30:, 1] = np.round(RNG.normal(size=30), 3)  # v1-b measures something else in the later half
CELLS = {f"m{i:02}": tuple(row) for i, row in enumerate(SCORES.tolist())}
BY = '[model_groups]\nby = "{by}"\ntitle = "size"\n'


def study_with(folder: Path, by: str = "size") -> Study:
    return study_of(folder, LEAN.replace("[data]", BY.format(by=by) + "[data]"))


def book_by(folder: Path, sizes: Sequence[object], cells: Cells = CELLS) -> Book:
    return book_of(study_with(folder), cells, attributes={"size": sizes})


def test_a_planted_difference_is_found_and_told(tmp_path: Path) -> None:
    book = book_by(tmp_path, [float(i) for i in range(N)])
    found = book.results.difference("everything")
    assert found is not None
    assert (found.kind, found.first, found.second) == ("number", "29", "30")
    assert (found.n_first, found.n_second, found.n_neither, found.n_tested) == (30, 30, 0, 6)
    pairs = found.pairs.set_index(["metric_a", "metric_b"])
    row = pairs.loc[("v1-a", "v1-b")]
    assert row["rho_first"] == pytest.approx(stats.spearmanr(SCORES[:30, 0], SCORES[:30, 1]).statistic)
    assert row["rho_second"] == pytest.approx(stats.spearmanr(SCORES[30:, 0], SCORES[30:, 1]).statistic)
    errors = [np.sqrt((1 + rho**2 / 2) / 27) for rho in (row["rho_first"], row["rho_second"])]
    z = (np.arctanh(row["rho_first"]) - np.arctanh(row["rho_second"])) / np.hypot(*errors)
    assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(z)))
    adjusted = stats.false_discovery_control(found.pairs["p"])
    np.testing.assert_allclose(found.pairs["p_bh"], adjusted)
    assert found.n_more_in_first == (adjusted < 0.05).sum() == 3  # v1-b with each other
    assert found.mean_first == pytest.approx(found.pairs["rho_first"].mean())
    said = groups_text(book, found)
    assert said.startswith(
        "Halved by size, models scored on every metric: up to 29 (n = 30) and 30 or more (n = 30). "
    )
    assert "Of these 6 pairs, 3 agree differently" in said
    assert "3 more in the first, 0 more in the second" in said
    table = groups_table(book, found)
    assert table is not None
    assert table.count("<tr>") == 1 + 3


def test_without_a_difference_there_is_no_table(tmp_path: Path) -> None:
    book = book_by(tmp_path, ["even", "odd"] * (N // 2))
    found = book.results.difference("everything")
    assert found is not None
    assert (found.kind, found.n_more_in_first, found.n_more_in_second) == ("word", 0, 0)
    assert groups_table(book, found) is None
    said = groups_text(book, found)
    assert "The two largest groups by size" in said
    assert "“even” (n = 30) and “odd” (n = 30)." in said
    assert "none agrees differently" in said
    assert ", which chance could make, is of" in said


def test_models_without_a_value_are_in_neither(tmp_path: Path) -> None:
    sizes = [f"2020-01-{1 + i % 28:02}" if i >= 10 else "" for i in range(N)]
    book = book_by(tmp_path, sizes)
    found = book.results.difference("everything")
    assert found is not None
    assert (found.kind, found.n_neither, found.n_first + found.n_second) == ("date", 10, 50)
    assert "10 are in neither." in groups_text(book, found)


def test_fewer_than_ten_models_in_a_group_are_not_tested(tmp_path: Path) -> None:
    # Nineteen are complete: no pair has ten in both halves. Pairwise only it and consistency lack some.
    cells = {m: row if i < 19 else (*row[:3], None) for i, (m, row) in enumerate(CELLS.items())}
    book = book_by(tmp_path, [float(i) for i in range(N)], cells)
    found = book.results.difference("everything")
    assert found is not None
    assert (found.basis, found.n_tested) == (PAIRWISE, 3)
    untested = found.pairs[(found.pairs["metric_b"] == "consistency")]
    assert untested["p"].isna().all()
    assert untested["p_bh"].isna().all()
    few = {m: CELLS[m] for m in list(CELLS)[:19]}
    book = book_by(tmp_path, [float(i) for i in range(19)], few)
    assert book.results.difference("everything") is None


def test_without_the_key_nothing_is_said(study: Study) -> None:
    assert analyse(study, make_snapshot(CELLS)).differences == ()


def test_an_attribute_that_is_not_there_is_named(tmp_path: Path) -> None:
    make_project(tmp_path, study=LEAN.replace("[data]", BY.format(by="sorce_id") + "[data]"))
    found = library(tmp_path)
    [ref] = found.choose("tiny")
    with pytest.raises(DataError, match=r"model_groups.by.*'sorce_id' is no attribute.*source_id"):
        found.load(ref)


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="model_groups"):
        study_of(tmp_path, LEAN.replace("[data]", '[model_groups]\nbuy = "x"\n[data]'))
