"""Diversity against sensitivity: one point a set, named, where its numbers say."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pictures import elements, picture, words

from builder.charts.static import WIDEST_ON_A_PHONE, render
from builder.charts.theme import ACCENT
from builder.charts.tradeoff import HIGH, SIDE, tradeoff

FRAME = pd.DataFrame(
    {
        "name": ["Neural", "Behavior", "V1", "Flat"],
        "group": [False, False, True, True],
        "diversity": [0.25, 1.0, 0.5, 0.1],
        "sensitivity": [0.1, 0.5, 0.25, float("nan")],
        "n_metrics": 5,
        "n_models": 40,
        "n_relevant": 8,
    }
)


def test_each_set_with_both_measures_is_one_point_where_they_say() -> None:
    svg = picture(tradeoff(FRAME))
    circles = [e for e in elements(svg) if e.tag == "circle"]
    assert {e["fill"] for e in circles} == {ACCENT}
    places = [[float(v) for v in re.findall(r"[\d.]+", e["transform"])] for e in circles]
    high = 0.5 * 1.12
    wanted = [[0.25 * SIDE, (1 - 0.1 / high) * HIGH], [SIDE, (1 - 0.5 / high) * HIGH]]
    np.testing.assert_allclose(places, wanted, atol=0.01)
    assert {"Neural", "Behavior", "V1"} <= set(words(svg))
    assert "Flat" not in words(svg)


def test_it_fits_a_phone() -> None:
    assert render(tradeoff(FRAME), "fig").width <= WIDEST_ON_A_PHONE
