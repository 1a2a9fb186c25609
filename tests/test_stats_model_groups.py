"""builder.stats.model_groups by hand."""

from __future__ import annotations

import numpy as np
import pytest

from builder.stats.model_groups import DATE, NUMBER, WORD, TwoGroups, two_groups


def groups(values: list[str]) -> TwoGroups:
    found = two_groups(values)
    assert found is not None
    return found


def members(mask) -> list[int]:  # type: ignore[no-untyped-def]
    return np.flatnonzero(mask).tolist()


def test_numbers_halve_by_size_and_not_by_their_digits() -> None:
    found = groups(["100", "9", "", "20.5", "1e3"])
    assert (found.kind, found.first, found.second) == (NUMBER, "20.5", "100")
    assert members(found.in_first) == [1, 3]
    assert members(found.in_second) == [0, 4]


def test_equal_values_stay_together() -> None:
    found = groups(["1", "2", "2", "2", "3"])  # 1 : 4 or 4 : 1, as near; the lower
    assert (found.first, found.second) == ("1", "2")
    found = groups(["5", "5", "5", "7", "8"])
    assert members(found.in_first) == [0, 1, 2]


def test_days_halve_in_time() -> None:
    found = groups(["2024-02-10", "2019-12-31", "2020-01-01", "2023-05-05"])
    assert (found.kind, found.first, found.second) == (DATE, "2020-01-01", "2023-05-05")
    assert members(found.in_first) == [1, 2]


def test_of_words_the_two_most_frequent() -> None:
    found = groups(["b", "c", "a", "c", "b", "a", "", "d"])
    assert (found.kind, found.first, found.second) == (WORD, "a", "b")
    assert members(found.in_first) == [2, 5]
    assert members(found.in_second) == [0, 4]
    assert groups(["1", "x", "1"]).kind == WORD
    assert groups(["nan", "1", "2"]).kind == WORD  # no number to halve by


@pytest.mark.parametrize("values", [[], ["", ""], ["a", "a", ""], ["3", "3"]])
def test_one_value_makes_no_groups(values: list[str]) -> None:
    assert two_groups(values) is None


def test_one_number_in_two_spellings_is_two_words() -> None:
    assert groups(["1", "1.0"]).kind == WORD
