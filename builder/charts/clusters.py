"""Metrics in the order of a tree that joins those that agree: its branches, half a heat map, their groups."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.correlation import LABEL_ROOM, MOST_WITH_NUMBERS, cell_size, glyph_key, square
from builder.charts.grid import Grid, glyphs, named_cells, number_cells
from builder.charts.marks import inline, mark, panel, records, rows_of, themed
from builder.charts.text import fit_all, text_width
from builder.charts.theme import INK, ROLE_COLOURS, ROLE_SHAPES, SOFT, Json

TREE_ROOM, GAP = 130.0, 7.0
"""Pixels of the tree from its leaves to its root, and between its leaves and the cells."""
NAME_ROOM = 150
"""Pixels for a group's name in the key."""
TICKS = (1.0, 0.5, 0.0, -0.5, -1.0)


@debug_mode(False)
def cluster_heatmap(
    cells: pd.DataFrame,
    labels: Mapping[str, str],
    merges: pd.DataFrame,
    groups: Mapping[str, str],
    n_clusters: int = 0,
) -> alt.LayerChart:
    """Correlations below the diagonal, in the order of `labels`, beside the tree that this order is of.

    cells       as `correlation_heatmap` has them, every rho defined
    labels      metric id -> short label, in the order of the tree's leaves
    merges      cluster, metric_a, cluster_a, metric_b, cluster_b, rho, n_metrics: what joins what, and at
                which mean correlation, an earlier cluster by its number
    groups      metric id -> name of its group, the groups in the order of the metric tree; a metric that is
                not there has no mark
    n_clusters  where a line cuts the tree: so many clusters are left; 0 for no line

    Glyphs are those of `correlation_heatmap`. The diagonal, where a metric would meet itself, marks its group
    by colour and shape.
    """
    grid = Grid(max(len(labels), 1), cell_size(len(labels)), numbers=len(labels) <= MOST_WITH_NUMBERS)
    frame = square(cells, labels)
    below = frame[frame["c"] < frame["r"]]
    drawn = glyphs(grid, below, 0.5 - grid.cells(0.8 if grid.numbers else 0.4))
    layers = [named_cells(drawn, labels.values(), "ρ")]
    if grid.numbers:
        layers.append(number_cells(grid, below))
    if len(merges):
        layers += _tree(grid, merges, list(labels), n_clusters)
    names = list(dict.fromkeys(groups.values()))
    layers += _marks(grid, [(i, names.index(groups[m])) for i, m in enumerate(labels) if m in groups])
    layers.append(_labels(grid, labels))
    key = glyph_key(grid, 22.0, False, "ρ", ("significant after Bonferroni", "not significant"))
    layers += [*key, *_group_key(grid, names, 44.0 if grid.side >= 500 else 64.0)]
    return themed(panel(layers, grid.side, grid.side))


def branches(merges: pd.DataFrame, leaves: list[str]) -> pd.DataFrame:
    """The four corners of each merge, from one side to the other: k (merge), o (corner), r (row), rho.

    A leaf's row is its position in `leaves` and its rho 1; a cluster's row is midway between the two that it
    joins.
    """
    position = {leaf: i for i, leaf in enumerate(leaves)}
    known: dict[int, tuple[float, float]] = {}
    corners: list[tuple[int, int, float, float]] = []
    for row in rows_of(merges):
        k, rho = int(row["cluster"]), float(row["rho"])
        ends = [
            (float(position[row[f"metric_{side}"]]), 1.0)
            if row[f"metric_{side}"]
            else known[int(row[f"cluster_{side}"])]
            for side in "ab"
        ]
        (r1, rho1), (r2, rho2) = ends
        corners += [(k, 0, r1, rho1), (k, 1, r1, rho), (k, 2, r2, rho), (k, 3, r2, rho2)]
        known[k] = ((r1 + r2) / 2, rho)
    return pd.DataFrame(corners, columns=["k", "o", "r", "rho"])


def _at(grid: Grid, across: float, rho: float) -> float:
    """Column of a height of the tree; `across` is pixels from a rho of 1 to a rho of 0."""
    return -0.5 - grid.cells(GAP + across * (1 - rho))


def _tree(grid: Grid, merges: pd.DataFrame, leaves: list[str], n_clusters: int) -> list[alt.Chart]:
    """The tree, what its heights are, and where it is cut."""
    least = float(merges["rho"].min())
    across = TREE_ROOM / max(1e-9, 1 - least)
    tree = branches(merges, leaves)
    held = tree.assign(c=-0.5 - (GAP + across * (1 - tree["rho"])) / grid.size)[["k", "o", "c", "r"]]
    line = mark("line", inline(held, digits=6), stroke=INK, strokeWidth=1, strokeOpacity=SOFT)
    drawn = line.encode(order=alt.Order("o:Q"), detail=alt.Detail("k:N"), **grid.axes())
    cut = _cut(grid, merges, across, n_clusters) if n_clusters > 1 else []
    return [drawn, *_scale(grid, across, least), *cut]


def _scale(grid: Grid, across: float, least: float) -> list[alt.Chart]:
    """What the tree's heights are, below it: the mean rho at which two clusters are joined."""
    low = grid.n - 0.5 + grid.cells(6)
    steps = [tick for tick in TICKS if tick >= least - 0.02 and across * 0.5 >= 22]
    ticks = steps if len(steps) > 1 else [1.0, least]
    shown = [f"{tick:.2g}".replace("-", "−") for tick in ticks]
    places = [_at(grid, across, tick) for tick in ticks]
    lines = [{"c": c, "c2": c, "r": low, "r2": low + grid.cells(4)} for c in places]
    lines.append({"c": places[0], "c2": _at(grid, across, least), "r": low, "r2": low})
    rule = mark("rule", records(lines), strokeWidth=1, strokeOpacity=0.5)
    under = low + grid.cells(8)
    texts = [{"c": c, "r": under, "t": t} for c, t in zip(places, shown, strict=True)]
    title = {"c": _at(grid, across, least), "r": under + grid.cells(16), "t": "mean ρ where they join"}
    soft: Json = {"baseline": "top", "opacity": SOFT}
    return [
        rule.encode(x2=alt.X2("c2:Q"), y2=alt.Y2("r2:Q"), **grid.axes()),
        grid.texts(texts, align="center", **soft),
        grid.texts([title], align="left", **soft),
    ]


def _cut(grid: Grid, merges: pd.DataFrame, across: float, n_clusters: int) -> list[alt.Chart]:
    """A dashed line through the branches that are left when so many clusters are."""
    heights = np.concatenate([[1.0], merges["rho"].to_numpy(float)])
    last = len(heights) - n_clusters  # merges that are done
    c = _at(grid, across, float(heights[last] + heights[last + 1]) / 2)
    line = [{"c": c, "c2": c, "r": -0.5, "r2": grid.n - 0.5}]
    rule = mark("rule", records(line), strokeWidth=1.2, strokeDash=[4, 3], strokeOpacity=0.8)
    return [rule.encode(x2=alt.X2("c2:Q"), y2=alt.Y2("r2:Q"), **grid.axes())]


def _marks(grid: Grid, places: list[tuple[int, int]]) -> list[alt.Chart]:
    """The mark of each metric's group on the diagonal."""
    if not places:
        return []
    held = pd.DataFrame([{"c": i, "r": i, "g": g} for i, g in places])
    domain = sorted({g for _, g in places})
    fill = alt.Fill("g:O", scale=alt.Scale(domain=domain, range=[_colour(g) for g in domain]), legend=None)
    shapes = alt.Scale(domain=domain, range=[_shape(g) for g in domain])
    side = min(11.0, grid.size * 0.8)
    drawn = mark("point", inline(held), size=side * side, opacity=1, strokeWidth=0)
    return [drawn.encode(fill, shape=alt.Shape("g:N", scale=shapes, legend=None), **grid.axes())]


def _colour(g: int) -> str:
    return ROLE_COLOURS[g % len(ROLE_COLOURS)]


def _shape(g: int) -> str:
    """Once the colours are used up, each comes again with another shape."""
    return ROLE_SHAPES[(g + g // len(ROLE_COLOURS)) % len(ROLE_SHAPES)]


def _labels(grid: Grid, labels: Mapping[str, str]) -> alt.Chart:
    """Each metric's name after its mark, down the diagonal."""
    size = min(12.0, max(8.5, grid.size - 1))
    names = fit_all(labels.values(), LABEL_ROOM, size)
    after = grid.cells(min(grid.size / 2 + 2, 13))
    rows = [{"c": i + after, "r": i, "t": name} for i, name in enumerate(names)]
    return grid.texts(rows, align="left", baseline="middle", fontSize=size, opacity=SOFT)


def _group_key(grid: Grid, names: list[str], lift: float) -> list[alt.Chart]:
    """Names of the groups beside their marks, in as many lines as they need; the last `lift` pixels above."""
    shown = fit_all(names, NAME_ROOM)
    places: list[tuple[float, int]] = []
    x, line = 0.0, 0
    for name in shown:
        wide = 11 + text_width(name, 12)
        if x > 0 and x + wide > max(grid.side, 300.0):
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide + 22
    layers = []
    for g, (name, (x, at)) in enumerate(zip(shown, places, strict=True)):
        r = -0.5 - grid.cells(lift + 18 * (line - at))
        paint: Json = {"shape": _shape(g), "fill": _colour(g), "size": 90, "opacity": 1, "strokeWidth": 0}
        layers.append(
            mark("point", records([{"c": grid.cells(x) - 0.5, "r": r}]), **paint).encode(**grid.axes())
        )
        text = {"c": grid.cells(x + 11) - 0.5, "r": r, "t": name}
        layers.append(grid.texts([text], align="left", baseline="middle"))
    return layers
