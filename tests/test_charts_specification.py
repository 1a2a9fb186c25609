"""The specification curve: one column a ranking, a mark for each choice that makes it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from pictures import elements, picture, texts, words

from builder.charts.specification import BELOW, CURVE, ROW, WIDTH, specification_curve
from builder.charts.static import WIDEST_ON_A_PHONE, render
from builder.charts.theme import ACCENT

CHOICES = {"policy": {"c": "Complete", "z": "Zero"}, "scheme": {"m": "Mean", "r": "Rank", "x": "Unused"}}
PLACES = [1, 1, 5, 11, 41]
FRAME = pd.DataFrame(
    {
        "policy": ["c", "c", "z", "c", "z"],
        "scheme": ["m", "r", "r", "r", "m"],
        "place": PLACES,
        "n_models": 101,
        "relative": [(place - 1) / 100 for place in PLACES],
    }
)


def runs(svg: str, **look: str) -> list[tuple[float, int, int]]:
    """(row's height, first column, column after the last) of each bar with that look."""
    wanted = {name.replace("_", "-"): value for name, value in look.items()}
    (path,) = [e["d"] for e in elements(svg) if e["d"] and all(e[name] == v for name, v in wanted.items())]
    found = []
    for x, y, x2, y2 in re.findall(r"M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)", path):
        assert y == y2
        found.append((float(y), *(round(float(end) / WIDTH * len(FRAME)) for end in (x, x2))))
    return found


def test_each_ranking_is_marked_once_for_each_choice() -> None:
    svg = picture(specification_curve(FRAME, CHOICES))
    heights = {e.text: e for e in texts(svg)}
    rows = {label: y_of(heights[label]["transform"]) for label in ("Complete", "Zero", "Mean", "Rank")}
    # By median relative place: complete 0 before zero .22; rank .04 before mean .2.
    assert rows["Complete"] < rows["Zero"] < rows["Rank"] < rows["Mean"]
    assert rows["Zero"] - rows["Complete"] == ROW
    marks = {
        name: sorted((min(rows, key=lambda row: abs(rows[row] - y)), a, b) for y, a, b in runs(svg, **look))
        for name, look in {"top": {"stroke": ACCENT}, "below": {"stroke_opacity": str(BELOW)}}.items()
    }
    assert marks["top"] == [("Complete", 0, 2), ("Mean", 0, 1), ("Rank", 1, 3), ("Zero", 2, 3)]
    assert marks["below"] == [("Complete", 3, 4), ("Mean", 4, 5), ("Rank", 3, 4), ("Zero", 4, 5)]
    assert "Unused" not in heights


def y_of(transform: str) -> float:
    return float(re.findall(r"[\d.]+", transform)[1])


def test_the_curve_runs_from_the_first_place_down_by_the_square_root() -> None:
    svg = picture(specification_curve(FRAME, CHOICES))
    points = [e for e in elements(svg) if e.tag == "circle"]
    assert [y_of(e["transform"]) for e in points] == pytest.approx(
        [CURVE * np.sqrt(share / 0.4) for share in FRAME["relative"]], abs=0.01
    )
    assert [e["fill"] == ACCENT for e in points] == [True, True, True, False, False]
    assert {"first", "1\u202f%", "5\u202f%", "20\u202f%"} <= set(words(svg))
    assert "50\u202f%" not in words(svg)


def test_each_row_says_in_how_many_of_its_rankings_the_model_is_first() -> None:
    written = words(picture(specification_curve(FRAME, CHOICES)))
    assert [word for word in written if "/" in word] == ["2/3", "0/2", "1/3", "1/2"]


def test_a_model_first_everywhere_has_a_flat_curve() -> None:
    flat = FRAME.assign(place=1, relative=0.0)
    svg = picture(specification_curve(flat, CHOICES))
    assert {y_of(e["transform"]) for e in elements(svg) if e.tag == "circle"} == {0}
    assert [word for word in words(svg) if word.endswith("%")] == []


def test_two_hundred_and_forty_rankings_fit_a_phone_in_few_bytes() -> None:
    random = np.random.default_rng(0)
    n, schemes = 241, {f"s{k}": f"Scheme {k}" for k in range(23)}
    place = np.sort(random.integers(1, 200, n))
    frame = pd.DataFrame({"place": place, "n_models": 229, "relative": (place - 1) / 228})
    frame["policy"], frame["scheme"] = random.choice(list("cz"), n), random.choice(list(schemes), n)
    drawn = render(specification_curve(frame, CHOICES | {"scheme": schemes}), "fig")
    assert drawn.width <= WIDEST_ON_A_PHONE
    assert len(drawn.svg) < 45_000
