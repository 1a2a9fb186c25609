"""What each metric costs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from pictures import HOSTILE, elements, layers, picture, texts, words

from builder.charts.frontier import ALONE, COSTLY, coverage_frontier
from builder.charts.text import short
from builder.charts.theme import ACCENT, Json


def steps(remaining: list[int], selection: str = "all", first_lost: int = 0) -> pd.DataFrame:
    lost = [first_lost, *(before - after for before, after in pairwise(remaining))]
    return pd.DataFrame(
        {
            "selection": selection,
            "step": range(1, len(remaining) + 1),
            "metric": [f"metric-{i}" for i in range(1, len(remaining) + 1)],
            "n_models": remaining,
            "lost": lost[: len(remaining)],
        }
    )


def costs(svg: str) -> list[str]:
    return [word for word in words(svg) if word.startswith("−")]


def x_ticks(panel: Json) -> list[int]:
    found: list[int] = panel["layer"][0]["encoding"]["x"]["axis"]["values"]
    return found


def test_each_metric_is_one_point_of_a_falling_line() -> None:
    svg = picture(coverage_frontier(steps([100, 98, 60, 60, 7]), {"all": "All"}))

    assert len([element for element in elements(svg) if element.tag == "circle"]) == 5
    (line,) = [e for e in elements(svg) if e["stroke"] == ACCENT and e["d"]]
    assert line["d"].count("L") >= 7  # a staircase, not a slope


def test_the_dearest_metrics_are_named_with_what_they_cost() -> None:
    svg = picture(
        coverage_frontier(steps([100, 98, 60, 58, 20, 15, 15]), {"all": "All"}, {"metric-3": "IT Kar"})
    )

    assert sorted(costs(svg)) == sorted(["−38  IT Kar", "−38  metric-5", "−5  metric-6"])
    assert len(costs(svg)) == COSTLY


def test_a_metric_that_costs_less_than_four_percent_is_not_named() -> None:
    assert costs(picture(coverage_frontier(steps([1000, 961, 922, 883]), {"all": "All"}))) == []
    assert costs(picture(coverage_frontier(steps([1000, 960, 922, 883]), {"all": "All"}))) == [
        "−40  metric-2"
    ]


def test_the_first_metric_costs_nobody_anything() -> None:
    assert costs(picture(coverage_frontier(steps([60, 60], first_lost=40), {"all": "All"}))) == []


def test_how_many_models_are_left_stands_at_the_end() -> None:
    svg = picture(coverage_frontier(steps([2000, 1555]), {"all": "All"}))

    (last,) = [text for text in texts(svg) if text["font-weight"] == "bold"]
    assert last.text == "1,555"


def test_one_selection_fills_the_width_and_has_no_title_of_its_own() -> None:
    spec = coverage_frontier(steps([10, 5]), {"all": "All metrics"}).to_dict()

    assert (spec["width"], spec["height"]) == ALONE
    assert "All metrics" not in words(picture(coverage_frontier(steps([10, 5]), {"all": "All metrics"})))


def test_each_selection_that_has_steps_is_a_panel_in_the_order_of_the_titles() -> None:
    frame = pd.concat([steps([10, 5], "b"), steps([300, 9], "a"), steps([7], "not asked for")])

    chart = coverage_frontier(frame, {"a": HOSTILE[0], "no steps": "Nothing", "b": "Second"})

    spec = chart.to_dict()
    assert [panel["title"]["text"] for panel in spec["concat"]] == [HOSTILE[0], "Second"]
    assert {short(HOSTILE[0]), "Second"} <= set(words(picture(chart)))
    heights = {tuple(p["layer"][0]["encoding"]["y"]["scale"]["domain"]) for p in spec["concat"]}
    assert len(heights) == 1  # so that heights can be compared


def test_hostile_metrics_are_named_as_they_are() -> None:
    for name in HOSTILE[:6]:
        svg = picture(coverage_frontier(steps([100, 50]), {"all": "All"}, {"metric-2": name}))

        assert costs(svg) == [f"−50  {short(name)}"]


@pytest.mark.parametrize("n", [1, 2, 8, 9, 20, 21, 50, 69, 71, 81, 130])
def test_ticks_hold_both_ends_and_do_not_touch(n: int) -> None:
    spec = coverage_frontier(pd.concat([steps([9] * n, s) for s in "ab"]), {"a": "A", "b": "B"}).to_dict()

    ticks, width = x_ticks(spec["concat"][0]), spec["concat"][0]["width"]
    assert (ticks[0], ticks[-1]) == (1, max(n, 2))
    assert all((b - a) / max(n - 1, 1) * width >= 24 for a, b in pairwise(ticks))


@pytest.mark.parametrize("seed", range(12))
def test_no_grid_line_strikes_the_name_of_a_single_dear_metric(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = sorted(rng.integers(1, 1000, 2), reverse=True)
    chart = coverage_frontier(steps([int(before)] * 5 + [int(after)] * 5), {"all": "All"})
    encoding = layers(chart)[0]["encoding"]["y"]
    per_pixel = encoding["scale"]["domain"][1] / ALONE[1]

    placed = [
        row["n_models"]
        for layer in layers(chart)
        if layer["mark"]["type"] == "text"
        for row in layer["rows"]
        if row["t"].startswith("−")
    ]

    for height in placed:
        assert min(abs(height - tick) for tick in encoding["axis"]["values"]) / per_pixel >= 7.9


def test_nothing_to_show_is_an_empty_figure() -> None:
    assert words(picture(coverage_frontier(steps([]), {"all": "All"}))) == []
