"""Text that is cut, wrapped and moved apart."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.charts.labels import beside_points, fitting_groups, group_levels, spread
from builder.charts.text import fit, fit_all, short, text_width, wrap

pixels = st.floats(-500, 1000, allow_nan=False)
outside_text = st.text(max_size=120)


@given(st.lists(pixels, max_size=20), st.floats(1, 40), st.floats(0, 600))
def test_spread_labels_keep_their_gap_and_their_order(wanted: list[float], gap: float, high: float) -> None:
    placed = spread(wanted, gap, 0, high)

    in_order = [placed[i] for i in sorted(range(len(wanted)), key=lambda i: wanted[i])]
    assert all(after - before >= gap - 1e-6 for before, after in pairwise(in_order))


@given(st.lists(pixels, min_size=1, max_size=20), st.floats(1, 40), st.floats(0, 600))
def test_spread_labels_stay_inside_where_they_fit(wanted: list[float], gap: float, slack: float) -> None:
    low, high = 10.0, 10.0 + gap * (len(wanted) - 1) + slack

    assert all(low - 1e-6 <= place <= high + 1e-6 for place in spread(wanted, gap, low, high))


@given(st.lists(st.integers(0, 40), max_size=15, unique=True))
def test_labels_that_are_far_enough_apart_stay_where_they_want_to_be(tens: list[int]) -> None:
    wanted = [10.0 * ten for ten in tens]

    assert spread(wanted, 10, 0, 400) == pytest.approx(wanted)


def test_labels_that_want_one_place_stand_around_it() -> None:
    assert spread([50, 50, 50], 10, 0, 100) == pytest.approx([40, 50, 60])


@given(outside_text, st.floats(10, 300))
def test_cut_text_fits_its_room(text: str, room: float) -> None:
    cut = fit(text, room)

    assert cut == "…" or text_width(cut, 12) <= room


@given(outside_text)
def test_text_that_fits_is_left_alone(text: str) -> None:
    line = short(text)

    assert fit(text, text_width(line, 12)) == line


@given(outside_text)
def test_text_is_one_line_that_xml_can_hold(text: str) -> None:
    line = short(text)

    assert len(line) <= 90
    assert len(line.splitlines()) <= 1
    assert ET.fromstring(f"<t>{escape(line)}</t>").text == (line or None)


@given(st.lists(outside_text, max_size=8), st.floats(10, 300))
def test_texts_cut_together_fit_their_room(texts: list[str], room: float) -> None:
    cuts = fit_all(texts, room)

    assert len(cuts) == len(texts)
    assert all(cut == "…" or text_width(cut, 12) <= room for cut in cuts)


def test_metrics_whose_ends_are_alike_stay_apart_when_they_are_cut() -> None:
    metrics = ["eidolon I, consistency", "eidolon II, consistency", "eidolon III, consistency"]
    assert len({fit(metric, 90) for metric in metrics}) == 1

    cuts = fit_all(metrics, 90)

    assert len(set(cuts)) == 3
    assert all(numeral in cut for numeral, cut in zip(("I,", "II,", "III,"), cuts, strict=True))


def test_models_whose_both_ends_are_alike_stay_apart_when_they_are_cut() -> None:
    models = [
        "effnetb1_cutmixpatch_SAM_robust32_avge6e8e9e10_manylayers_324x288",
        "effnetb1_cutmixpatch_augmix_robust32_avge4e7_manylayers_324x288",
        "effnetb1_cutmixrespatch_SAM_robust32_e10_manylayers_324x288",
        "effnetb1_cutmixrespatch_SAM_robust32_e2_manylayers_324x288",
        "vonenet",
    ]
    assert len({fit(model, 130, 11) for model in models[:4]}) == 1

    cuts = fit_all(models, 130, 11)

    assert len(set(cuts)) == 5
    assert cuts[4] == "vonenet"


def test_equal_names_are_cut_alike() -> None:
    assert len(set(fit_all(["a" * 80] * 3, 60))) == 1


def test_a_name_breaks_at_its_spaces_and_keeps_every_word() -> None:
    lines = wrap("Mean of z-scores up the metric tree", 120, 3)

    assert len(lines) > 1
    assert " ".join(lines) == "Mean of z-scores up the metric tree"


@given(outside_text, st.floats(20, 200), st.integers(1, 4))
def test_a_wrapped_name_keeps_to_its_lines_and_room(text: str, room: float, lines: int) -> None:
    found = wrap(text, room, lines)

    assert 1 <= len(found) <= lines
    assert all(line == "…" or text_width(line, 12) <= room for line in found)


def test_wide_scripts_are_measured_as_wide() -> None:
    assert text_width("模型", 12) > 1.6 * text_width("ab", 12)


def box(label_text: str, x: float, y: float, dx: float, dy: float, align: str) -> tuple[float, ...]:
    wide = text_width(label_text, 12)
    left = x + dx - {"left": 0.0, "center": wide / 2, "right": wide}[align]
    return left, y + dy - 6, left + wide, y + dy + 6


def apart(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 1.3 or b[3] <= a[1] + 1.3


def test_names_of_points_in_a_heap_do_not_overlap_and_stay_in_the_plot() -> None:
    points = [(300.0, 100.0), (304.0, 104.0), (298.0, 108.0), (40.0, 200.0), (44.0, 198.0)]
    named = {i: f"a model's name {i}" for i in range(5)}

    boxes = [
        box(named[label.index], *points[label.index], label.dx, label.dy, label.align)
        for label in beside_points(points, named, 360, 360)
    ]

    assert len(boxes) == 5
    assert all(apart(a, b) for a, b in combinations(boxes, 2))
    assert all(left >= 0 and right <= 360 and top >= 0 and foot <= 360 for left, top, right, foot in boxes)


@pytest.mark.parametrize("heap", [2, 3, 9, 15, 27])
def test_the_line_to_a_far_name_does_not_strike_another_name(heap: int) -> None:
    rng = np.random.default_rng(heap)
    around = rng.normal((300, 120), (12, 20), size=(30, 2)).round().tolist()
    points = [(x, y) for x, y in around]
    named = {i: f"a model's name {i}" for i in range(5)}
    placed = beside_points(points, named, 360, 360)
    boxes = {
        label.index: box(named[label.index], *points[label.index], label.dx, label.dy, label.align)
        for label in placed
    }

    far = [label for label in placed if label.far]
    assert far
    for label in far:
        x, y = points[label.index]
        for share in (k / 50 for k in range(51)):
            at = x + share * label.tip[0], y + share * label.tip[1]
            for index, (left, top, right, foot) in boxes.items():
                struck = left < at[0] < right and top + 1 < at[1] < foot - 1
                assert index == label.index or not struck


def test_a_lone_point_has_its_name_beside_it() -> None:
    (label,) = beside_points([(100, 100)], {0: "model"}, 360, 360)

    assert (label.dx, label.dy, label.align, label.far) == (8, 0, "left", False)


def test_names_of_groups_are_cut_to_their_columns_and_left_out_where_nothing_would_remain() -> None:
    groups = pd.DataFrame(
        [("Neural", 0, 10, 0), ("Behavior, error consistency", 10, 12, 0), ("V1", 0, 4, 1)],
        columns=["name", "start", "stop", "level"],
    )

    assert fitting_groups(groups, 0, 10.0) == [(5.0, "Neural")]
    assert fitting_groups(groups, 0, 40.0) == [(5.0, "Neural"), (11.0, "Behavior,…")]
    assert fitting_groups(groups, 1, 10.0) == [(2.0, "V1")]
    assert group_levels(groups) == 2
    assert group_levels(groups[groups["level"] == 0]) == 1
    assert group_levels(groups[:0]) == 0
