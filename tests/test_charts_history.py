"""Lines over snapshots: which models, where lines leave the picture, what stands beside them."""

from __future__ import annotations

import pandas as pd
import pytest
from pictures import layers, picture, texts, words

from builder.charts.history import BELOW, NARROWEST_GAP, WIDTH, bump
from builder.charts.theme import MOVED

DAYS = ["2023-12-31", "2024-12-31", "2024-12-31-again"]


def frame_of(*columns: str) -> pd.DataFrame:
    """One column of models a snapshot, first to last, as letters."""
    rows = [
        (model, f"model {model}", k, row, row + 1)
        for k, column in enumerate(columns)
        for row, model in enumerate(column)
    ]
    return pd.DataFrame(rows, columns=["model_id", "model", "k", "row", "place"])


def lines_of(chart) -> list[dict[str, float]]:
    return [
        {name: float(row[name]) for name in ("k", "r", "k2", "r2")}
        for layer in layers(chart)
        if layer["mark"]["type"] == "rule"
        for row in layer["rows"]
    ]


def test_only_models_that_were_among_the_first_are_drawn() -> None:
    chart = bump(frame_of("abcde", "abdce", "bacde"), DAYS, 2, many=1)
    shown = {
        row["model"] for layer in layers(chart) if layer["mark"]["type"] == "point" for row in layer["rows"]
    }
    assert shown == {"model a", "model b"}
    assert sorted((one["k"], one["r"], one["r2"]) for one in lines_of(chart)) == [
        (0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0),
    ]  # fmt: skip


def test_a_line_to_a_later_place_leaves_at_the_edge_on_its_way() -> None:
    chart = bump(frame_of("abcde", "bcdea"), DAYS[:2], 2, many=10)
    edge = 1 + BELOW
    down = next(one for one in lines_of(chart) if one["r"] == 0)
    assert (down["k"], down["r2"]) == (0, edge)
    assert down["k2"] == pytest.approx(edge / 4)  # on the straight line from row 0 to row 4
    up = next(one for one in lines_of(chart) if one["r"] == edge and one["k2"] == 1)
    assert up["r2"] == 1
    assert up["k"] == pytest.approx((2 - edge) / 1)  # c comes from row 2 to row 1


def test_places_names_and_moves_stand_beside_the_last_column() -> None:
    svg = picture(bump(frame_of("abc", "cabd"), DAYS[:2], 4, many=1))
    written = words(svg)
    for text in ("1", "2", "3", "4", "model a", "model b", "model c", "model d", "▲ 2", "▼ 1", "new"):
        assert text in written
    assert {one.text for one in texts(svg) if one["fill"] == MOVED} == {"▲ 2"}


def test_shared_places_are_written_as_they_are() -> None:
    frame = frame_of("ab", "ab").assign(place=1)
    written = words(picture(bump(frame, DAYS[:2], 2, many=1)))
    assert written.count("1") == 2
    assert written.count("–") == 2


def test_a_model_that_sat_out_a_snapshot_has_no_line_over_it() -> None:
    chart = bump(frame_of("ab", "b", "ab"), DAYS, 2, many=1)
    assert [(one["k"], one["k2"]) for one in lines_of(chart)] == [(0, 1), (1, 2)]
    assert words(picture(chart)).count("new") == 1


def test_columns_are_headed_by_year_day_and_the_rest() -> None:
    written = words(picture(bump(frame_of("a", "a", "a"), DAYS, 1, many=1)))
    assert [one for one in written if "12-31" in one] == ["2023 12-31", "2024 12-31", "2024 12-31 again"]


@pytest.mark.parametrize("n", [2, 4, 12])
def test_it_stays_narrow_enough_for_a_phone_while_columns_are_few(n: int) -> None:
    days = [f"20{10 + k}-12-31" for k in range(n)]
    frame = frame_of(*["abcdefgh"] * n).assign(
        model="a very long name of a model that has to be cut in its middle"
    )
    width = float(texts_width(picture(bump(frame, days, 8, many=10))))
    assert width < max(WIDTH + 40, NARROWEST_GAP * n + 300)


def texts_width(svg: str) -> str:
    return svg.split('width="')[1].split('"')[0]
