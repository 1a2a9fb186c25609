"""The share of the overall score that each group explains."""

from __future__ import annotations

from itertools import combinations, pairwise

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import HOSTILE, Element, elements, layers, picture, texts, words

from builder.charts import static
from builder.charts.contribution import MARK, ROW, WIDTH, explained_variance
from builder.charts.text import short
from builder.charts.theme import ROLE_COLOURS, ROLE_SHAPES, Json

GROUPS = {"neural": "Neural", "behavior": "Behavior"}


def shares(rows: dict[str, tuple[float | None, ...]], robust: bool = False) -> pd.DataFrame:
    """Scheme -> the share of each group, in the order of `GROUPS`."""
    frame = pd.DataFrame(
        [(scheme, f"g{g}", share) for scheme, values in rows.items() for g, share in enumerate(values)],
        columns=["scheme", "group", "explained_variance"],
    ).astype({"explained_variance": float})
    if robust:
        frame["explained_variance_robust"] = frame["explained_variance"] / 2
    return frame


def draw(rows: dict[str, tuple[float | None, ...]], robust: bool = False) -> static.Chart:
    n_groups = max((len(values) for values in rows.values()), default=2)
    groups = {f"g{g}": f"Group {g}" for g in range(n_groups)}
    return explained_variance(shares(rows, robust), {scheme: scheme.title() for scheme in rows}, groups)


def named(chart: static.Chart, name: str) -> list[Json]:
    """The rows of a named layer; none without it."""
    return next((layer["rows"] for layer in layers(chart) if layer.get("name") == name), [])


def filled(svg: str, colour: str) -> list[Element]:
    """The marks of one colour."""
    return [e for e in elements(svg) if e["fill"] == colour and e.tag in ("circle", "path")]


def test_each_group_has_one_mark_in_each_row_and_one_in_the_key() -> None:
    svg = picture(draw({"mean": (0.3, 0.9), "mean rank": (0.5, 0.6), "z mean": (0.1, 0.2)}))

    for colour in ROLE_COLOURS[:2]:
        assert len(filled(svg, colour)) == 3 + 1
    assert {"Mean", "Mean Rank", "Z Mean", "Group 0", "Group 1"} <= set(words(svg))


def test_marks_stand_at_their_shares_in_the_order_of_the_schemes() -> None:
    rows = named(draw({"mean": (0.3, 0.9), "mean rank": (0.5, 0.7)}), "explained")

    assert [(row["scheme"], row["group"], float(row["v"]), float(row["r"])) for row in rows] == [
        ("Mean", "Group 0", 0.3, 0),
        ("Mean", "Group 1", 0.9, 0),
        ("Mean Rank", "Group 0", 0.5, 1),
        ("Mean Rank", "Group 1", 0.7, 1),
    ]


def test_an_undefined_share_has_no_mark_and_no_number() -> None:
    svg = picture(draw({"mean": (0.3, None), "mean rank": (0.5, 0.75)}))

    assert len(filled(svg, ROLE_COLOURS[1])) == 1 + 1
    values = [text.text for text in texts(svg) if text["font-weight"] == "bold"]
    assert values == ["30%", "50%", "75%"]


def test_hollow_marks_are_drawn_and_explained_only_where_there_are_robust_shares() -> None:
    plain, robust = (draw({"mean": (0.3, 0.9)}, robust=with_robust) for with_robust in (False, True))

    assert named(plain, "robust") == []
    assert "without outliers" not in words(picture(plain))
    assert [float(row["v"]) for row in named(robust, "robust")] == [0.15, 0.45]
    assert "without outliers" in words(picture(robust))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_no_group_hides_behind_another_of_the_same_share(row: list[float]) -> None:
    marks = named(draw({"mean": tuple(row)}), "explained")

    for one, other in combinations(marks, 2):
        across = abs(float(one["v"]) - float(other["v"])) * WIDTH
        down = abs(float(one["r"]) - float(other["r"])) * ROW
        assert across > MARK - 0.01 or down > 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_percentages_in_a_row_do_not_touch(row: list[float]) -> None:
    chart = draw({"mean": tuple(row)})

    (values,) = [
        layer["rows"]
        for layer in layers(chart)
        if layer["mark"]["type"] == "text" and layer["mark"].get("fontWeight") == "bold"
    ]
    places = sorted(value["v"] * WIDTH for value in values)
    assert len(places) == len(row)
    assert all(after - before >= 35.9 for before, after in pairwise(places))


def test_more_groups_than_fit_beside_each_other_make_a_key_of_several_lines() -> None:
    few, many = (picture(draw({"mean": (0.1,) * n})) for n in (2, 6))

    def heights(svg: str) -> set[str]:
        key = [text["transform"] for text in texts(svg) if text.text.startswith("Group")]
        return {place.rpartition(",")[2] for place in key}

    assert len(heights(few)) == 1
    assert len(heights(many)) > 1
    assert float(elements(many)[0]["width"]) < 560


def test_groups_beyond_the_colours_take_them_again() -> None:
    n = len(ROLE_COLOURS) + 1

    svg = picture(draw({"mean": tuple(k / n for k in range(n))}))

    assert len(filled(svg, ROLE_COLOURS[0])) == 2 * 2
    assert len(filled(svg, ROLE_COLOURS[1])) == 2


def test_colour_and_shape_of_a_group_do_not_depend_on_which_groups_have_shares() -> None:
    (layer,) = [x for x in layers(draw({"mean": (None, 0.5)})) if x.get("name") == "explained"]

    assert layer["encoding"]["fill"]["scale"]["range"] == list(ROLE_COLOURS[:2])
    assert layer["encoding"]["shape"]["scale"]["range"] == list(ROLE_SHAPES[:2])
    assert [row["g"] for row in layer["rows"]] == ["1"]


def test_rows_of_schemes_and_groups_that_were_not_asked_for_are_left_out() -> None:
    frame = shares({"mean": (0.3, 0.9), "other": (0.5, 0.7)})

    chart = explained_variance(frame, {"mean": "Mean"}, {"g1": "Behavior"})

    assert [(row["scheme"], row["group"]) for row in named(chart, "explained")] == [("Mean", "Behavior")]


def test_the_axis_is_the_whole_range_however_small_the_shares() -> None:
    written = words(picture(draw({"mean": (0.01, 0.02)})))

    assert {"0%", "25%", "50%", "75%", "100%"} <= set(written)


def test_hostile_names_of_schemes_and_groups_are_written_as_they_are() -> None:
    frame = shares({"mean": (0.3, 0.9)})

    for name in HOSTILE[:6]:
        svg = picture(explained_variance(frame, {"mean": name}, {"g0": f"{name}!", "g1": "Other"}))

        assert {short(name), short(f"{name}!")} <= set(words(svg))


def test_two_lines_of_a_name_stand_around_their_row() -> None:
    chart = explained_variance(
        shares({"mean": (0.3, 0.9)}), {"mean": "Mean of z-scores up the metric tree"}, GROUPS
    )

    (name,) = [row for layer in layers(chart) for row in layer["rows"] if isinstance(row.get("t"), list)]
    assert len(name["t"]) == 2
    assert name["r"] * ROW == -7  # half a line of 14 pixels
