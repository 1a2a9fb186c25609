"""Models against noise ceilings: what is drawn, where, and its ends."""

from __future__ import annotations

import pandas as pd
import pytest
from pictures import HOSTILE, elements, picture, words

from builder.charts.ceilings import _ends, ceiling_strip
from builder.charts.text import short
from builder.charts.theme import ACCENT


def frame(scores: dict[str, list[float]], ceilings: dict[str, float]) -> pd.DataFrame:
    rows = [
        (metric, f"model {i}", score, ceilings[metric])
        for metric, listed in scores.items()
        for i, score in enumerate(listed)
    ]
    return pd.DataFrame(rows, columns=["metric", "model", "score", "ceiling"])


def test_a_point_a_score_a_bar_a_metric_and_the_ceilings_in_numbers() -> None:
    held = frame({"a": [0.1, 0.25], "b": [0.3]}, {"a": 0.2, "b": 0.45})
    svg = picture(ceiling_strip(held, {"a": "First", "b": "Second"}))
    dots = [e for e in elements(svg) if e["fill"] == ACCENT and e.tag == "circle"]
    assert len(dots) == 3
    for word in ("First", "Second", "ceiling", "0.20", "0.45"):
        assert word in words(svg)


def test_rows_follow_the_labels_and_metrics_without_one_are_left_out() -> None:
    held = frame({"a": [0.1], "b": [0.3], "c": [0.5]}, {"a": 0.2, "b": 0.4, "c": 0.6})
    shown = words(picture(ceiling_strip(held, {"b": "B", "a": "A"})))
    assert shown.index("B") < shown.index("A")
    assert "0.60" not in shown


@pytest.mark.parametrize(
    ("scores", "ceiling", "ends"),
    [
        ([0.31, 0.62], 0.5, (0.3, 0.65)),
        ([-0.12, 0.3], 0.2, (-0.15, 0.3)),
        ([55.0, 61.0], 70.0, (54.0, 70.0)),
        ([0.5], 0.5, (0.5, 0.5)),
    ],
)
def test_the_axis_ends_on_round_numbers_around_all(
    scores: list[float], ceiling: float, ends: tuple[float, float]
) -> None:
    low, high = _ends(frame({"a": scores}, {"a": ceiling}))
    assert low <= min(*scores, ceiling)
    assert high >= max(*scores, ceiling)
    assert (low, high) == pytest.approx(ends, abs=0.051 if ends[0] < 50 else 2)


def test_hostile_names_are_shown_as_they_are_and_nothing_is_an_empty_figure() -> None:
    held = frame({"a": [0.1]}, {"a": 0.2})
    for name in HOSTILE:
        shown = words(picture(ceiling_strip(held, {"a": name})))
        assert any(word[:8] == short(name)[:8] for word in shown), name
    assert picture(ceiling_strip(held[:0], {}))
