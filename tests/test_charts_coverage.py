"""Every cell's state, drawn once and only once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pictures import elements, ids, layers, names, picture, texts, words

from builder.charts.coverage import FAILED, MISSING, SCORED, States, coverage_matrix, state_runs
from builder.charts.text import short
from builder.charts.theme import ACCENT, Json

shapes = array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9)
matrices = arrays(np.int8, shapes, elements=st.integers(0, 2))


def labels(n: int) -> dict[str, str]:
    return {name: f"metric {i}" for i, name in enumerate(ids(n))}


def rectangles(states: States) -> dict[str, list[Json]]:
    """State -> its rectangles in the chart's specification."""
    chart = coverage_matrix(states, labels(states.shape[1]), names(states.shape[0]))
    return {layer["name"]: layer["rows"] for layer in layers(chart) if "name" in layer}


@given(matrices)
def test_rectangles_cover_each_scored_and_failed_cell_once_and_no_missing_one(states: States) -> None:
    drawn = np.zeros_like(states)
    times = np.zeros_like(states)

    for state, left, right, top, foot in state_runs(states).to_numpy().tolist():
        drawn[top:foot, left:right] = state
        times[top:foot, left:right] += 1

    assert (drawn == states).all()
    assert (times == (states != MISSING)).all()


@given(matrices)
def test_no_rectangle_could_be_joined_to_its_neighbour(states: States) -> None:
    runs = state_runs(states)

    beside = runs.merge(runs, on=["state", "model", "model_stop"])
    above = runs.merge(runs, on=["state", "metric", "metric_stop"])
    assert not (beside["metric_stop_x"] == beside["metric_y"]).any()
    assert not (above["model_stop_x"] == above["model_y"]).any()


def test_equal_neighbours_are_one_rectangle() -> None:
    states = np.full((300, 100), SCORED, dtype=np.int8)
    states[100:110, 20:30] = FAILED

    runs = state_runs(states)

    assert len(runs) == 5  # left, above, failed, below, right
    assert runs[runs["state"] == FAILED].to_dict("records") == [
        {"state": FAILED, "metric": 20, "metric_stop": 30, "model": 100, "model_stop": 110}
    ]


def test_the_chart_draws_exactly_the_runs_of_each_state() -> None:
    states = np.array([[2, 2, 1], [2, 0, 1], [0, 0, 2]], dtype=np.int8)

    found = rectangles(states)

    assert found["scored"] == [
        {"metric": "0", "metric_stop": "1", "model": "0", "model_stop": "2"},
        {"metric": "1", "metric_stop": "2", "model": "0", "model_stop": "1"},
        {"metric": "2", "metric_stop": "3", "model": "2", "model_stop": "3"},
    ]
    assert found["failed"] == [{"metric": "2", "metric_stop": "3", "model": "0", "model_stop": "2"}]
    assert set(found) == {"scored", "failed"}


def test_the_picture_has_as_many_coloured_marks_as_runs() -> None:
    states = np.random.default_rng(0).integers(0, 3, size=(20, 12)).astype(np.int8)
    runs = state_runs(states)

    svg = picture(coverage_matrix(states, labels(12), names(20)))

    coloured = [element for element in elements(svg) if element["fill"] == ACCENT and element.tag == "path"]
    assert len(coloured) == (runs["state"] == SCORED).sum() + 1  # the key's sample too


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((10, 0, 0), ["scored 100%", "failed 0%", "missing 0%"]),
        ((5, 3, 2), ["scored 50%", "failed 30%", "missing 20%"]),
        ((999, 1, 0), ["scored > 99%", "failed < 1%", "missing 0%"]),
        ((0, 0, 0), ["scored 0%", "failed 0%", "missing 0%"]),
    ],
)
def test_the_key_gives_each_states_share_and_rounds_none_away(
    counts: tuple[int, ...], said: list[str]
) -> None:
    column = np.repeat([SCORED, FAILED, MISSING], counts).astype(np.int8)[:, None]

    written = words(picture(coverage_matrix(column, labels(1), [f"m{i}" for i in range(len(column))])))

    assert [word for word in written if word.endswith("%")] == said


def test_a_few_models_are_named_and_many_are_counted() -> None:
    few, many = (np.full((n, 3), SCORED, dtype=np.int8) for n in (40, 41))

    named = words(picture(coverage_matrix(few, labels(3), [f"model {i}" for i in range(40)])))
    counted = words(picture(coverage_matrix(many, labels(3), [f"model {i}" for i in range(41)])))

    assert {f"model {i}" for i in range(40)} <= set(named)
    assert "model 0" not in counted
    assert {"1", "20", "41", "Models, the most complete first"} <= set(counted)


def test_metrics_are_named_where_their_columns_have_room() -> None:
    wide, narrow = (np.full((5, n), SCORED, dtype=np.int8) for n in (12, 80))

    assert "metric 11" in words(picture(coverage_matrix(wide, labels(12), names(5))))
    assert "metric 11" not in words(picture(coverage_matrix(narrow, labels(80), names(5))))


def test_hostile_names_stand_at_their_rows_in_order() -> None:
    hostile = names(9)
    states = np.full((9, 3), SCORED, dtype=np.int8)

    written = [t.text for t in texts(picture(coverage_matrix(states, labels(3), hostile)))]

    positions = [written.index(short(name)) for name in hostile]
    assert positions == sorted(positions)


def test_names_of_groups_stand_above_columns_wide_enough_for_them() -> None:
    states = np.full((5, 20), SCORED, dtype=np.int8)
    groups = pd.DataFrame(
        [("Neural", 0, 18, 0), ("V1", 0, 17, 1), ("Inferotemporal", 17, 18, 1), ("Behavior", 18, 20, 0)],
        columns=["name", "start", "stop", "level"],
    )

    found = texts(picture(coverage_matrix(states, labels(20), names(5), groups)))

    weights = {text.text: text["font-weight"] for text in found}
    assert weights["Neural"] == "bold"
    assert weights["V1"] != "bold"
    assert "Inferotemporal" not in weights


def test_columns_are_whole_pixels_so_that_no_seam_shows() -> None:
    for n in (3, 17, 50, 69, 109, 130):
        spec = coverage_matrix(np.zeros((5, n), dtype=np.int8), labels(n), names(5)).to_dict()

        assert spec["width"] % n == 0


def test_a_leaderboard_is_drawn_with_few_marks() -> None:
    rng = np.random.default_rng(0)
    states = np.where(np.arange(450)[:, None] < rng.integers(100, 450, 130), SCORED, MISSING).astype(np.int8)

    assert len(picture(coverage_matrix(states, labels(130), names(450)))) < 30_000
