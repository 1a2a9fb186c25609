"""The lines of the page of truth: which are drawn, which stand out, and that their names are clear."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from builder.charts import static
from builder.charts.recovery import LINE, Named, recovery_lines

STEPS = ("100 %", "80 %", "60 %")


def frame(**rhos: tuple[float, ...]) -> pd.DataFrame:
    rows = [
        (name, name.title(), "All", step, rho) for name, its in rhos.items() for step, rho in enumerate(its)
    ]
    return pd.DataFrame(rows, columns=["series", "scheme", "policy", "step", "rho"])


def texts_of(spec: static.Json) -> list[tuple[str, float, float]]:
    """Text, step and rho of each name."""
    return [
        (row["t"], row["step"], row["rho"])
        for layer in spec["layer"]
        if layer["mark"]["type"] == "text"
        for row in spec["datasets"][layer["data"]["name"]]
    ]


def test_every_line_is_drawn_once_and_the_best_in_colour() -> None:
    held = frame(one=(0.9, 0.8, 0.7), two=(0.9, 0.6, 0.5), three=(0.9, 0.2), four=(0.5, 0.5, 0.69))
    named = [Named("one", ("One", "All"), True), Named("two", ("Two", "All"), False)]
    spec = static.to_spec(recovery_lines(held, STEPS, "Coverage", named))
    lines = [layer for layer in spec["layer"] if layer["mark"]["type"] == "line"]
    drawn = [
        sorted({row.split(",")[0] for row in spec["datasets"][layer["data"]["name"]].splitlines()[1:]})
        for layer in lines
    ]
    assert drawn == [["four", "three"], ["two"], ["one"]]
    assert len({layer["mark"]["stroke"] for layer in lines}) == 2
    assert lines[-1]["mark"]["stroke"] != lines[0]["mark"]["stroke"]


def test_names_of_lines_that_end_alike_are_apart_and_within_the_plot() -> None:
    alike = {f"m{k}": (0.9, 0.9, 0.9 - k / 1000) for k in range(6)}
    named = [Named(name, (name, "all"), name == "m0") for name in alike]
    chart = recovery_lines(frame(**alike), STEPS, "Coverage", named)
    found = texts_of(static.to_spec(chart))
    assert {text for text, _, _ in found} == {*alike, "all"}
    assert {step for _, step, _ in found} == {2}
    heights = sorted(rho for _, _, rho in found)
    assert heights[0] > 0
    assert heights[-1] < 1
    assert min(b - a for a, b in pairwise(heights)) * 250 >= LINE - 1e-6
    first = {text: rho for text, _, rho in found if text != "all"}
    assert sorted(first, key=lambda one: -first[one]) == list(alike), "in the order of the lines"
    assert static.to_svg(static.to_spec(chart), "x", "Lines").startswith("<svg")


def test_a_correlation_below_zero_is_in_the_plot() -> None:
    spec = static.to_spec(recovery_lines(frame(one=(0.5, -0.4, -0.6)), STEPS, "Coverage", []))
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == [-0.6, 1]
