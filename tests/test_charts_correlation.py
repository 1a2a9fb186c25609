"""The square of glyphs, its numbers, and what is significant or undefined."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from pictures import Element, elements, names, picture, texts, words

from builder.charts.correlation import MOST_WITH_NUMBERS, cell_size, correlation_heatmap, square
from builder.charts.grid import BAR, SMALL
from builder.charts.text import short
from builder.charts.theme import NEGATIVE, POSITIVE

Pair = tuple[str, str, float, bool]


def cells(pairs: list[Pair]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["row", "column", "rho", "significant"])
    return frame.astype({"rho": float}).assign(n=20, p=0.02, p_bonferroni=0.04)


def labels(n: int) -> dict[str, str]:
    return {f"m{i}": f"metric {i}" for i in range(n)}


def random_pairs(n: int) -> list[Pair]:
    rng = np.random.default_rng(n)
    return [
        (f"m{a}", f"m{b}", float(rng.uniform(-1, 1)), bool(rng.random() < 0.5))
        for a, b in combinations(range(n), 2)
    ]


def numbers(svg: str) -> list[Element]:
    """The coefficients in the cells, without the key's sample."""
    found = [text for text in texts(svg) if re.fullmatch(r"−?(\.\d\d|1\.00)", text.text)]
    return [text for text in found if text.text != ".42"]


def glyph_shapes(svg: str) -> list[tuple[float, float, str, float]]:
    """Width, height, colour and opacity of every glyph, cells before the key's samples."""
    found = []
    for element in elements(svg):
        size = re.fullmatch(r"M[-\d.]+,[-\d.]+h([\d.]+)v([\d.]+)h-[\d.]+Z", element["d"])
        if size:
            opacity = float(element["fill-opacity"] or 1)
            found.append((float(size[1]), float(size[2]), element["fill"], opacity))
    return found


def test_a_pair_stands_on_both_sides_of_an_empty_diagonal() -> None:
    frame = square(cells([("m0", "m2", 0.3, True), ("m1", "m0", -0.2, False)]), labels(3))

    assert list(zip(frame["r"], frame["c"], frame["v"], frame["s"], strict=True)) == [
        (0, 1, -0.2, 0),
        (0, 2, 0.3, 1),
        (1, 0, -0.2, 0),
        (2, 0, 0.3, 1),
    ]


def test_a_pair_given_both_ways_round_and_with_itself_is_one_pair() -> None:
    both = cells([("m0", "m1", 0.3, True), ("m1", "m0", 0.3, True), ("m0", "m0", 1.0, True)])

    assert len(square(both, labels(2))) == 2


def test_every_coefficient_stands_in_its_two_cells() -> None:
    pairs = random_pairs(6)
    wanted = [f"{rho:.2f}".replace("0.", ".").replace("-", "−") for _, _, rho, _ in pairs]

    written = [text.text for text in numbers(picture(correlation_heatmap(cells(pairs), labels(6))))]

    assert sorted(written) == sorted(wanted * 2)


def test_only_significant_coefficients_are_bold() -> None:
    pairs = [("m0", "m1", 0.11, True), ("m0", "m2", -0.22, False), ("m1", "m2", -0.33, True)]

    found = numbers(picture(correlation_heatmap(cells(pairs), labels(3))))

    bold = sorted(text.text for text in found if text["font-weight"] == "bold")
    plain = sorted(text.text for text in found if text["font-weight"] != "bold")
    assert bold == [".11", ".11", "−.33", "−.33"]
    assert plain == ["−.22", "−.22"]


def test_only_significant_cells_with_numbers_are_tinted() -> None:
    pairs = [("m0", "m1", 0.5, True), ("m0", "m2", -0.9, False), ("m1", "m2", -0.5, True)]

    svg = picture(correlation_heatmap(cells(pairs), labels(3)))

    tinted = [shape for shape in glyph_shapes(svg) if shape[3]]
    assert [colour for _, _, colour, _ in tinted[:4]].count(POSITIVE) == 2
    assert [colour for _, _, colour, _ in tinted[:4]].count(NEGATIVE) == 2
    assert len(tinted) == 4 + 6  # the key's samples too


def test_an_undefined_pair_is_two_dots_and_the_key_says_so() -> None:
    pairs = [("m0", "m1", float("nan"), False), ("m0", "m2", 0.5, True), ("m1", "m2", 0.25, True)]

    svg = picture(correlation_heatmap(cells(pairs), labels(3)))

    dots = [element for element in elements(svg) if element.tag == "circle"]
    assert len(dots) == 2 + 1  # the key's sample too
    assert "not defined" in words(svg)
    assert len(numbers(svg)) == 4


def test_where_all_is_defined_nothing_is_said_of_undefined() -> None:
    svg = picture(correlation_heatmap(cells(random_pairs(4)), labels(4)))

    assert not [element for element in elements(svg) if element.tag == "circle"]
    assert "not defined" not in words(svg)


def test_up_to_twenty_five_metrics_have_numbers() -> None:
    for n, has_numbers in ((25, True), (26, False)):
        svg = picture(correlation_heatmap(cells(random_pairs(n)), labels(n)))

        assert bool(numbers(svg)) == has_numbers
        assert (".42" in words(svg)) == has_numbers


def test_without_numbers_shape_is_the_sign_size_the_significance_and_opacity_the_strength() -> None:
    n = MOST_WITH_NUMBERS + 5
    pairs = [
        ("m0", "m1", 0.9, True),
        ("m0", "m2", -0.9, True),
        ("m0", "m3", 0.2, False),
        ("m0", "m4", -0.2, False),
    ]

    shapes = glyph_shapes(picture(correlation_heatmap(cells(pairs), labels(n))))[:4]

    (strong, opposed, weak, weakly_opposed) = shapes
    side = strong[0]
    assert strong[:3] == (side, side, POSITIVE)
    assert opposed[:2] == pytest.approx((side, side * BAR), abs=0.02)
    assert (opposed[2], weakly_opposed[2]) == (NEGATIVE, NEGATIVE)
    assert weak[:2] == pytest.approx((side * SMALL, side * SMALL), abs=0.02)
    assert weakly_opposed[1] == pytest.approx(side * SMALL * BAR, abs=0.02)
    assert strong[3] == opposed[3] > 0.8 > 0.3 > weak[3] > 0


def test_every_metric_is_named_at_its_row_and_its_column() -> None:
    hostile = dict(zip(labels(7), names(7), strict=True))

    written = words(picture(correlation_heatmap(cells(random_pairs(7)), hostile)))

    for name in hostile.values():
        assert written.count(short(name)) == 2


def test_metrics_that_differ_in_their_middle_have_labels_that_differ() -> None:
    alike = {f"m{i}": f"a metric of the long kind, number {i}, error consistency" for i in range(30)}

    upright = [t for t in texts(picture(correlation_heatmap(cells([]), alike))) if "rotate" in t["transform"]]

    assert len({text.text for text in upright}) == 30


def test_groups_are_named_above_their_columns_and_beside_their_rows() -> None:
    groups = pd.DataFrame(
        [("Neural", 0, 6, 0), ("V1", 0, 4, 1), ("IT", 4, 6, 1), ("Behavior", 6, 9, 0)],
        columns=["name", "start", "stop", "level"],
    )

    found = texts(picture(correlation_heatmap(cells(random_pairs(9)), labels(9), groups)))

    times = {name: [t["font-weight"] for t in found if t.text == name] for name in groups["name"]}
    assert times["Neural"] == ["bold"]  # beside the rows stand its own groups
    assert times["Behavior"] == ["bold", "bold"]
    assert [weight for weight in times["V1"] if weight != "bold"] == times["V1"]
    assert len(times["V1"]) == len(times["IT"]) == 2


def test_a_groups_border_crosses_the_square_and_the_top_groups_is_thickest() -> None:
    groups = pd.DataFrame(
        [("Neural", 0, 6, 0), ("V1", 0, 4, 1), ("IT", 4, 6, 1), ("Behavior", 6, 9, 0)],
        columns=["name", "start", "stop", "level"],
    )
    svg = picture(correlation_heatmap(cells(random_pairs(9)), labels(9), groups))

    widths = [float(element["stroke-width"] or 1) for element in elements(svg) if element.tag == "line"]

    assert sorted(widths) == [0.9] * 2 + [1.8] * 6  # edges 0, 6 and 9, and within them 4, twice each


@pytest.mark.parametrize("n", [1, 5, 25, 26, 50, 81, 130])
def test_cells_are_large_enough_for_what_they_hold(n: int) -> None:
    assert cell_size(n) >= (24 if n <= MOST_WITH_NUMBERS else 9.5)
    assert cell_size(n) * n <= 1240


def test_labels_are_never_smaller_than_eight_pixels() -> None:
    svg = picture(correlation_heatmap(cells(random_pairs(60)), labels(60)))

    assert min(float(text["font-size"].removesuffix("px")) for text in texts(svg)) >= 8.5
