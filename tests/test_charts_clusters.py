"""The tree, where its corners are, and half a heat map with a mark of each metric's group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pictures import elements, layers, picture, words
from test_charts_correlation import cells, glyph_shapes, labels, numbers, random_pairs

from builder.charts.clusters import branches, cluster_heatmap
from builder.charts.theme import ROLE_COLOURS

NOTHING = pd.NA


def merges(*rows: tuple[object, object, float]) -> pd.DataFrame:
    """Each row joins two, a metric by its id or an earlier cluster by its number."""
    columns: dict[str, object] = {"cluster": range(1, len(rows) + 1)}
    for side, at in (("a", 0), ("b", 1)):
        columns[f"metric_{side}"] = [row[at] if isinstance(row[at], str) else "" for row in rows]
        earlier = [NOTHING if isinstance(row[at], str) else row[at] for row in rows]
        columns[f"cluster_{side}"] = pd.array(earlier, dtype="Int64")
    return pd.DataFrame({**columns, "rho": [row[2] for row in rows], "n_metrics": 2})


TREE = merges(("m2", "m0", 0.8), ("m1", "m3", 0.5), (1, 2, -0.1))
LEAVES = ["m2", "m0", "m1", "m3"]


def test_corners_by_hand() -> None:
    found = branches(TREE, LEAVES)

    by_merge = [list(zip(some["r"], some["rho"], strict=True)) for _, some in found.groupby("k")]
    assert by_merge == [
        [(0, 1), (0, 0.8), (1, 0.8), (1, 1)],
        [(2, 1), (2, 0.5), (3, 0.5), (3, 1)],
        [(0.5, 0.8), (0.5, -0.1), (2.5, -0.1), (2.5, 0.5)],
    ]
    assert list(found["o"]) == [0, 1, 2, 3] * 3


def test_every_pair_stands_once_below_the_diagonal_in_the_order_of_the_leaves() -> None:
    pairs = random_pairs(4)
    order = {leaf: f"metric {leaf}" for leaf in LEAVES}
    chart = cluster_heatmap(cells(pairs), order, TREE, {})

    assert len(numbers(picture(chart))) == 6
    [drawn] = [layer for layer in layers(chart) if layer.get("name") == "cells"]
    found = {(LEAVES[int(row["c"])], LEAVES[int(row["r"])]): float(row["v"]) for row in drawn["rows"]}
    assert len(found) == 6
    for one, other, rho, _ in pairs:
        earlier, later = sorted((one, other), key=LEAVES.index)
        assert np.isclose(found[earlier, later], rho, atol=1e-4)


def test_marks_are_coloured_by_group_and_the_key_names_each_once() -> None:
    groups = {"m0": "Neural", "m1": "Behavior", "m2": "Neural"}
    svg = picture(cluster_heatmap(cells(random_pairs(4)), labels(4), TREE, groups))

    fills = [element["fill"] for element in elements(svg) if element.tag in {"path", "circle"}]
    assert fills.count(ROLE_COLOURS[0]) == 2 + 1  # two metrics, the key
    assert fills.count(ROLE_COLOURS[1]) == 1 + 1
    assert [word for word in words(svg) if word in {"Neural", "Behavior"}] == ["Neural", "Behavior"]


def test_twelve_groups_are_told_apart() -> None:
    n = 30
    chain = [("m0", "m1", 0.9), *((k, f"m{k + 1}", 0.9 - k / 40) for k in range(1, n - 1))]
    chart = cluster_heatmap(
        cells(random_pairs(n)), labels(n), merges(*chain), {f"m{i}": f"group {i % 12}" for i in range(n)}
    )
    [drawn] = [layer for layer in layers(chart) if "shape" in layer["encoding"]]
    scales = [drawn["encoding"][channel]["scale"]["range"] for channel in ("fill", "shape")]
    assert len(set(zip(*scales, strict=True))) == 12


def test_the_cut_lies_between_the_merges_that_it_parts() -> None:
    def cut_at(n_clusters: int) -> float:
        found = layers(cluster_heatmap(cells(random_pairs(4)), labels(4), TREE, {}, n_clusters))
        [dashed] = [layer for layer in found if "strokeDash" in layer["mark"]]
        return float(dashed["rows"][0]["c"])

    found = layers(cluster_heatmap(cells(random_pairs(4)), labels(4), TREE, {}))
    assert not [layer for layer in found if "strokeDash" in layer["mark"]]
    [line] = [layer for layer in found if layer["mark"]["type"] == "line"]
    column = {k: float(line["rows"][4 * (k - 1) + 1]["c"]) for k in (1, 2, 3)}  # where merge k joins
    assert column[3] < cut_at(2) < column[2] < cut_at(3) < column[1] < cut_at(4) < -0.5


def test_many_metrics_have_glyphs_instead_of_numbers() -> None:
    n = 30
    chain = [("m0", "m1", 0.9), *((k, f"m{k + 1}", 0.9 - k / 40) for k in range(1, n - 1))]
    svg = picture(cluster_heatmap(cells(random_pairs(n)), labels(n), merges(*chain), {}))

    assert numbers(svg) == []
    assert len(glyph_shapes(svg)) >= n * (n - 1) // 2
