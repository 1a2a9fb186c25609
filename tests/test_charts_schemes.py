"""Rankings side by side, and how far schemes agree."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import Element, elements, layers, picture, texts, words

from builder.charts.schemes import NAMED, scheme_agreement, scheme_slopes, slopes
from builder.charts.text import fit
from builder.charts.theme import MOVED

SCHEMES = {"mean": "Mean", "z": "z mean", "rank": "Mean rank"}


def places(moved: dict[str, list[int | None]]) -> pd.DataFrame:
    """Scheme -> how far each model moves there; models keep their order of display."""
    n = len(next(iter(moved.values())))
    frame = pd.DataFrame(
        [
            (f"id-{i}", f"model {i}", scheme, i + 1, 1 - i / max(n - 1, 1), by)
            for scheme, moves in moved.items()
            for i, by in enumerate(moves)
        ],
        columns=["model_id", "model", "scheme", "place", "display", "moved"],
    )
    return frame.astype({"moved": "Int64"})


def lines_between_columns(svg: str, gap: int = 124) -> list[Element]:
    """Vega writes a line from its right end to its left."""
    return [element for element in elements(svg) if element.tag == "line" and element["x2"] == f"-{gap}"]


moves = st.lists(st.tuples(*[st.one_of(st.none(), st.integers(-25, 25))] * 2), min_size=1, max_size=12)


@given(moves)
@settings(max_examples=25, deadline=None)
def test_every_move_over_ten_is_red_and_no_other(moved: list[tuple[int | None, int | None]]) -> None:
    z, rank = ([pair[k] for pair in moved] for k in (0, 1))
    frame = places({"mean": [0] * len(moved), "z": z, "rank": rank})

    lines = lines_between_columns(picture(scheme_slopes(frame, SCHEMES)))

    far = sum(by is not None and abs(by) > 10 for by in (*z, *rank))
    assert len(lines) == 2 * len(moved)
    assert sum(line["stroke"] == MOVED for line in lines) == far


def test_red_lines_are_thicker_and_lie_on_top() -> None:
    frame = places({"mean": [0] * 4, "z": [11, 0, -12, 10], "rank": [0, 30, 0, -10]})

    lines = lines_between_columns(picture(scheme_slopes(frame, SCHEMES)))

    assert [line["stroke"] == MOVED for line in lines] == [False] * 5 + [True] * 3
    thin, thick = ({float(line["stroke-width"]) for line in some} for some in (lines[:5], lines[5:]))
    assert max(thin) < min(thick)


def test_another_threshold_is_another_red() -> None:
    frame = places({"mean": [0] * 3, "z": [3, -4, 5], "rank": [0, 0, 0]})

    svg = picture(scheme_slopes(frame, SCHEMES, many=3))

    assert sum(line["stroke"] == MOVED for line in lines_between_columns(svg)) == 2
    assert "2 move > 3" in words(svg)


def test_each_column_says_how_many_move_far_in_it() -> None:
    frame = places({"mean": [0] * 4, "z": [11, 0, -12, 10], "rank": [0, 30, 0, 0]})

    found = {text.text: text["fill"] for text in texts(picture(scheme_slopes(frame, SCHEMES)))}

    assert found["2 move > 10"] == found["1 moves > 10"] == MOVED
    assert found["baseline"] != MOVED


def test_a_column_in_which_none_moves_far_is_not_red() -> None:
    frame = places({"mean": [0] * 4, "z": [10, 0, -10, None], "rank": [0] * 4})

    svg = picture(scheme_slopes(frame, SCHEMES))

    assert words(svg).count("none moves far") == 2
    assert MOVED not in svg


def test_the_first_five_of_both_ends_are_named() -> None:
    frame = places({"mean": [0] * 9, "rank": [0] * 9})
    frame.loc[frame["scheme"] == "rank", "place"] = range(9, 0, -1)

    found = texts(picture(scheme_slopes(frame, {"mean": "Mean", "rank": "Mean rank"})))

    left, right = (
        sorted(text.text for text in found if text["text-anchor"] == side and "model" in text.text)
        for side in ("end", "start")
    )
    assert left == [f"model {i}" for i in range(NAMED)]
    assert right == [f"model {i}" for i in range(9 - NAMED, 9)]


def test_who_rises_and_who_falls_most_in_the_last_column_is_named_in_red() -> None:
    by: list[int | None] = [0] * 20
    by[9], by[12], by[15], by[18] = 14, 31, -11, -25
    frame = places({"mean": [0] * 20, "rank": by})

    found = texts(picture(scheme_slopes(frame, {"mean": "Mean", "rank": "Mean rank"})))

    assert sorted(t.text for t in found if t["fill"] == MOVED and "model" in t.text) == [
        "model 12 ▲31",
        "model 18 ▼25",
    ]


def test_a_model_keeps_one_line_from_column_to_column() -> None:
    frame = slopes(places({"mean": [0, 0], "z": [0, 0], "rank": [0, 0]}), list(SCHEMES), "display", 10)

    assert frame["v0"].isna().sum() == 2
    one = frame[frame["model_id"] == "id-0"].sort_values("k")
    assert one["v0"].tolist()[1:] == one["v"].tolist()[:-1]


def test_models_are_told_apart_by_their_id_not_their_name() -> None:
    frame = places({"mean": [0, 0, 0], "rank": [0, 0, 0]}).assign(model="the same name")

    svg = picture(scheme_slopes(frame, {"mean": "Mean", "rank": "Mean rank"}))

    assert len(lines_between_columns(svg)) == 3
    assert words(svg).count("the same name") == 6


def test_names_that_differ_in_their_middle_stay_apart() -> None:
    long = [f"effnetb1_cutmixpatch_{kind}_robust32_manylayers_324x288" for kind in ("SAM", "augmix", "plain")]
    assert len({fit(name, 130, 11) for name in long}) == 1
    frame = places({"mean": [0, 0, 0], "rank": [0, 0, 0]})
    frame["model"] = long * 2

    written = words(picture(scheme_slopes(frame, {"mean": "Mean", "rank": "Mean rank"})))

    assert len({word for word in written if word.startswith("eff")}) == 3


def test_places_run_from_the_first_at_the_top_to_the_last() -> None:
    frame = places({"mean": [0] * 30, "rank": [0] * 30})

    svg = picture(scheme_slopes(frame, {"mean": "Mean", "rank": "Mean rank"}, y="place"))

    height = {t.text: float(t["transform"].rpartition(",")[2].rstrip(")")) for t in texts(svg)}
    assert height["1"] < height["10"] < height["20"] < height["30"]
    assert "Place" in words(svg)


def test_a_crowd_is_drawn_with_a_finer_pen() -> None:
    weights = []
    for n in (50, 200, 600):
        svg = picture(scheme_slopes(places({"mean": [0] * n, "z": [0] * n}), {"mean": "Mean", "z": "z mean"}))
        lines = lines_between_columns(svg)
        (pen,) = {(float(line["stroke-width"]), float(line["stroke-opacity"])) for line in lines}
        weights.append(pen)

    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == 3


def test_one_scheme_alone_names_its_models_once() -> None:
    written = words(picture(scheme_slopes(places({"mean": [0, 0]}), {"mean": "Mean"})))

    assert sorted(word for word in written if "model" in word) == ["model 0", "model 1"]


def matrix(values: list[list[float]]) -> pd.DataFrame:
    ids = list(SCHEMES)[: len(values)]
    return pd.DataFrame(np.array(values, dtype=float), index=ids, columns=ids)


def test_each_pair_of_schemes_has_one_number() -> None:
    svg = picture(scheme_agreement(matrix([[1, 9, 9], [0.5, 1, 9], [-0.25, 0.996, 1]]), SCHEMES))

    numbers = [text.text for text in texts(svg) if re.fullmatch(r"−?\d?\.\d\d", text.text)]
    assert sorted(numbers) == sorted([".50", "−.25", "1.00"])
    assert set(SCHEMES.values()) <= set(words(svg))


def test_a_pair_of_schemes_without_a_coefficient_is_a_dot() -> None:
    svg = picture(scheme_agreement(matrix([[1, 9, 9], [np.nan, 1, 9], [0.5, np.nan, 1]]), SCHEMES))

    assert sum(element.tag == "circle" for element in elements(svg)) == 2
    assert ".50" in words(svg)
    assert "NaN" not in svg


def test_a_scheme_that_the_matrix_lacks_has_no_step() -> None:
    written = words(picture(scheme_agreement(matrix([[1, 9], [0.5, 1]]), SCHEMES)))

    assert "Mean rank" not in written
    assert {"Mean", "z mean"} <= set(written)


def test_the_steps_follow_the_order_of_the_labels() -> None:
    turned = dict(reversed(SCHEMES.items()))
    chart = scheme_agreement(matrix([[1, 0.1, 0.2], [0.1, 1, 0.3], [0.2, 0.3, 1]]), turned)

    (cells,) = [layer["rows"] for layer in layers(chart) if layer.get("name") == "cells"]
    found = {(int(row["r"]), int(row["c"])): float(row["v"]) for row in cells}
    assert found == {(1, 0): pytest.approx(0.3), (2, 0): pytest.approx(0.2), (2, 1): pytest.approx(0.1)}
