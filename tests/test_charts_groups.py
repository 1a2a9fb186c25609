"""One group against another, and which points have a name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pictures import HOSTILE, elements, layers, picture, words

from builder.charts import static
from builder.charts.groups import group_scatter, named_points
from builder.charts.text import short
from builder.charts.theme import RANK


def cloud(n: int) -> pd.DataFrame:
    """Models around (0.5, 0.5), the first the best."""
    rng = np.random.default_rng(n)
    return pd.DataFrame(
        {
            "model": [f"model {i}" for i in range(1, n + 1)],
            "x": rng.normal(0.5, 0.1, n),
            "y": rng.normal(0.5, 0.1, n),
            "place": range(1, n + 1),
        }
    )


def circles(svg: str) -> int:
    return sum(element.tag == "circle" for element in elements(svg))


def domain(chart: static.Chart, channel: str) -> list[float]:
    found: list[float] = layers(chart)[0]["encoding"][channel]["scale"]["domain"]
    return found


def test_each_model_with_both_scores_is_one_point() -> None:
    frame = cloud(20)
    frame.loc[3, "x"] = np.nan
    frame.loc[[5, 6], "y"] = np.nan

    chart = group_scatter(frame, "Neural", "Behavior")

    assert circles(picture(chart)) == 17
    (points,) = [layer["rows"] for layer in layers(chart) if layer.get("name") == "points"]
    assert len(points) == 17


def test_the_first_three_places_and_the_farthest_outliers_are_named() -> None:
    frame = cloud(60)
    frame.loc[[40, 41, 42, 43], "x"] = [9, 8, 7, 6]

    written = words(picture(group_scatter(frame, "Neural", "Behavior")))

    named = {word for word in written if word.startswith("model ")}
    assert named == {"model 1", "model 2", "model 3", "model 41", "model 42", "model 43"}


def test_a_best_model_that_is_far_out_takes_no_outliers_name() -> None:
    frame = cloud(30)
    frame.loc[[0, 20, 21, 22], "x"] = [50, 40, 30, 20]

    written = words(picture(group_scatter(frame, "Neural", "Behavior")))

    named = [word for word in written if word.startswith("model ")]
    assert sorted(named) == ["model 1", "model 2", "model 21", "model 22", "model 23", "model 3"]


def test_a_point_within_three_and_a_half_robust_deviations_is_no_outlier() -> None:
    spread = np.concatenate([np.linspace(-1, 1, 41), [2.5]])  # median 0.025, MAD 0.525
    frame = pd.DataFrame({"x": spread, "y": 0.0, "place": np.arange(42) + 1})
    assert named_points(frame) == [0, 1, 2]

    frame.loc[41, "x"] = 2.9
    assert named_points(frame) == [0, 1, 2, 41]


def test_where_all_scores_are_equal_nothing_is_an_outlier_and_the_plot_has_room() -> None:
    frame = pd.DataFrame({"model": ["a", "b"], "x": 0.5, "y": 0.5, "place": [1, 1]})

    chart = group_scatter(frame, "Neural", "Behavior")

    assert domain(chart, "x") == [0.0, 1.0]
    assert circles(picture(chart)) == 2


def test_z_scores_share_their_axes_and_cross_at_the_means() -> None:
    frame = cloud(30).assign(x=lambda f: f["x"] * 20 - 10, y=lambda f: f["y"] - 0.5)

    chart = group_scatter(frame, "Neural", "Behavior", same_axes=True)

    assert domain(chart, "x") == domain(chart, "y")
    cross = [(row["x"], row["y"]) for row in layers(chart)[0]["rows"]]
    low = domain(chart, "x")[0]
    assert cross == [(0, pytest.approx(low)), (pytest.approx(low), 0)]


def test_raw_scores_have_axes_of_their_own() -> None:
    frame = cloud(30).assign(x=lambda f: f["x"] * 20)
    chart = group_scatter(frame, "Neural", "Behavior")

    assert domain(chart, "x") != domain(chart, "y")
    for axis in ("x", "y"):
        low, high = domain(chart, axis)
        assert low < frame[axis].min() <= frame[axis].max() < high


def test_the_first_place_is_brightest_and_lies_on_top() -> None:
    points = [e for e in elements(picture(group_scatter(cloud(40), "N", "B"))) if e.tag == "circle"]

    assert points[-1]["fill"] == RANK[-1]
    assert points[0]["fill"] == RANK[0]


def test_the_legend_runs_from_the_last_place_to_the_first() -> None:
    frame = cloud(2000)

    written = words(picture(group_scatter(frame, "N", "B", "Place in the mean")))

    assert {"2,000", "1", "Place in the mean"} <= set(written)


@pytest.mark.parametrize("title", ["two\nlines", "back\\slash", "\\", 'a\\", b: evil(), "c', *HOSTILE[:3]])
def test_hostile_titles_are_axes_and_nothing_more(title: str) -> None:
    written = words(picture(group_scatter(cloud(5), title, f"y {title}", f"place {title}")))

    assert {short(title), f"y {short(title)}", f"place {short(title)}"} <= set(written)
