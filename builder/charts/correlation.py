"""How far metrics agree: one glyph for each pair (Ahlert et al., 2024, Figs 1, 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from builder.charts.blocks import block_size, blocked
from builder.charts.grid import Grid, glyphs, named_cells, number_cells, undefined_cells
from builder.charts.labels import WEIGHTS, fitting_groups, group_levels, spread
from builder.charts.marks import mark, panel, records, rows_of, themed
from builder.charts.text import fit_all, text_width, wrap
from builder.charts.theme import SOFT, Json

MOST_WITH_NUMBERS = 25
"""Metrics up to which each cell has room for its coefficient."""
LABEL_ROOM = 150
"""Pixels for a metric's label."""
GROUP_ROOM = 116
"""Pixels for a line of a group's name."""
NO_GROUPS = pd.DataFrame(columns=["name", "start", "stop", "level"])
BORDERS = ((1.8, 0.9), (0.9, 0.6), (0.6, 0.28))
"""Width and opacity of a group's border, by its level in the tree."""


@debug_mode(False)
def correlation_heatmap(
    cells: pd.DataFrame,
    labels: Mapping[str, str],
    groups: pd.DataFrame | None = None,
    coefficient: str = "ρ",
    significance: tuple[str, str] = ("significant after Bonferroni", "not significant"),
) -> alt.LayerChart:
    """Correlations between every two metrics, in the order of `labels`, with the borders of their groups.

    cells   row, column (metric ids), rho (NaN: undefined), n (models), p, p_bonferroni, significant (bool).
            A pair may stand once or both ways round; the diagonal is left out.
    labels  metric id -> short label, in tree order
    groups  name, start, stop (positions, stop excluded), level (0 = top), in tree order; None for no groups

    Hue and shape are the sign (a negative cell is a bar), opacity is the size, a small glyph is not
    significant, a dot is not defined. Up to 25 metrics the coefficients stand in the cells, significant
    ones bold. Of more than 120 metrics neighbours share a row and a column (`blocked`).
    """
    pairs = block_size(len(labels)) == 1
    if not pairs:
        cells, labels, groups = blocked(cells, labels, groups if groups is not None else NO_GROUPS)
        coefficient, significance = (
            f"mean {coefficient}",
            ("half of the pairs significant after Bonferroni", "fewer"),
        )
    n_metrics = len(labels)
    grid = Grid(max(n_metrics, 1), cell_size(n_metrics), numbers=n_metrics <= MOST_WITH_NUMBERS)
    frame = square(cells, labels)
    defined, undefined = frame[frame["v"].notna()], frame[frame["v"].isna()]
    listed = groups if groups is not None else NO_GROUPS
    drawn = glyphs(grid, defined, 0.5 - grid.cells(0.8 if grid.numbers else 0.4))
    layers = [named_cells(drawn, labels.values(), coefficient, pairs=pairs)]
    if len(undefined):
        layers.append(undefined_cells(grid, undefined))
    if grid.numbers:
        layers.append(number_cells(grid, defined))
    layers += [*_borders(grid, listed), *_metric_labels(grid, labels)]
    layers += [*_groups_on_top(grid, listed), *_groups_on_the_right(grid, listed)]
    layers += glyph_key(grid, 22 + 16 * group_levels(listed), len(undefined) > 0, coefficient, significance)
    return themed(panel(layers, grid.side, grid.side))


def cell_size(n_metrics: int) -> float:
    """Pixels a side of a cell: numbers need about 24; fifty metrics fill a column of text."""
    if n_metrics <= MOST_WITH_NUMBERS:
        return min(44.0, max(24.0, 440 / max(n_metrics, 1)))
    return max(9.5, 550 / n_metrics)


def square(cells: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Both triangles without the diagonal, in reading order: c, r (positions), v, s, n, p, q.

    v is rho, s whether it is significant (0, 1), q the corrected p.
    """
    positions = {metric: i for i, metric in enumerate(labels)}
    frame = pd.DataFrame(
        {
            "c": cells["column"].map(positions),
            "r": cells["row"].map(positions),
            "v": cells["rho"].astype(float),
            "s": cells["significant"].astype("int8"),
            "n": cells["n"],
            "p": cells["p"].astype(float),
            "q": cells["p_bonferroni"].astype(float),
        }
    )
    mirrored = frame.assign(c=frame["r"], r=frame["c"])
    both = pd.concat([frame, mirrored], ignore_index=True).drop_duplicates(["r", "c"])
    return both[both["r"] != both["c"]].sort_values(["r", "c"], ignore_index=True)


def _borders(grid: Grid, groups: pd.DataFrame) -> list[alt.Chart]:
    """Lines around groups, the thicker the higher the group; across the square at the two top levels."""
    level: dict[int, int] = {0: 0, grid.n: 0}
    for group in rows_of(groups.sort_values("level", kind="stable")):
        for edge in (int(group["start"]), int(group["stop"])):
            level.setdefault(edge, int(group["level"]))
    low, high = -0.5, grid.n - 0.5
    layers = []
    for depth, (width, opacity) in enumerate(BORDERS):
        edges = [edge - 0.5 for edge, at in level.items() if min(at, len(BORDERS) - 1) == depth]
        if not edges:
            continue
        rows = [{"c": e, "c2": e, "r": low, "r2": high} for e in edges]
        rows += [{"c": low, "c2": high, "r": e, "r2": e} for e in edges]
        line = mark("rule", records(rows), strokeWidth=width, strokeOpacity=opacity, strokeCap="square")
        layers.append(line.encode(x2=alt.X2("c2:Q"), y2=alt.Y2("r2:Q"), **grid.axes()))
    return layers[::-1]


def _metric_labels(grid: Grid, labels: Mapping[str, str]) -> list[alt.Chart]:
    """Short labels left of the rows and, upright, below the columns."""
    size = min(12.0, max(8.5, grid.size - 1))
    names = fit_all(labels.values(), LABEL_ROOM, size)
    shared: Json = {"fontSize": size, "opacity": SOFT, "align": "right"}
    gap = grid.cells(5)
    left = [{"c": -0.5 - gap, "r": i, "t": name} for i, name in enumerate(names)]
    below = [{"c": i, "r": grid.n - 0.5 + gap, "t": name} for i, name in enumerate(names)]
    return [
        grid.texts(left, baseline="middle", **shared),
        grid.texts(below, baseline="middle", angle=270, **shared),
    ]


def _groups_on_top(grid: Grid, groups: pd.DataFrame) -> list[alt.Chart]:
    """Names of the two top levels above the square, where they fit their columns."""
    layers = []
    for level, weight in enumerate(WEIGHTS):
        r = -0.5 - grid.cells(7 + 16 * (group_levels(groups) - 1 - level))
        rows = [{"c": c - 0.5, "r": r, "t": name} for c, name in fitting_groups(groups, level, grid.size)]
        if rows:
            layers.append(grid.texts(rows, baseline="bottom", fontWeight=weight, fontSize=12))
    return layers


def _groups_on_the_right(grid: Grid, groups: pd.DataFrame) -> list[alt.Chart]:
    """Names of the second level, and of top groups without one, beside their rows; moved apart if need be."""
    second = groups[groups["level"] == 1]
    has_second = {
        g["start"]
        for g in rows_of(groups[groups["level"] == 0])
        if ((second["start"] >= g["start"]) & (second["stop"] <= g["stop"])).any()
    }
    alone = (groups["level"] == 0) & ~groups["start"].isin(has_second)
    shown = rows_of(groups[(groups["level"] == 1) | alone])
    rows: list[list[Json]] = [[] for _ in WEIGHTS]
    wanted = [(g["start"] + g["stop"]) / 2 * grid.size for g in shown]
    for g, y in zip(shown, spread(wanted, 13, 6, grid.side - 6), strict=True):
        height = (g["stop"] - g["start"]) * grid.size
        lines = wrap(g["name"], GROUP_ROOM, max(1, round(height / 15)), bold=g["level"] == 0)
        top = y - 7.5 * (len(lines) - 1)
        at = {"c": grid.n - 0.5 + grid.cells(7), "r": grid.cells(top) - 0.5}
        rows[g["level"]].append({**at, "t": lines})
    return [
        grid.texts(found, align="left", baseline="middle", lineHeight=15, fontWeight=weight)
        for weight, found in zip(WEIGHTS, rows, strict=True)
        if found
    ]


def glyph_key(
    grid: Grid, top: float, with_undefined: bool, coefficient: str, significance: tuple[str, str]
) -> list[alt.Chart]:
    """What the glyphs mean, `top` pixels above the square and made of the same glyphs."""
    side, sign_from = min(max(grid.size, 11.0), 15.0), text_width(coefficient, 12) + 34
    second_line = grid.side < 500
    lift = top + (20 if second_line else 0)
    steps = (-0.9, -0.6, -0.3, 0.3, 0.6, 0.9)
    marks = [(sign_from + k * (side + 3), 0.0, v, 1) for k, v in enumerate(steps)]
    end = marks[-1][0] + side / 2 + 5
    x, y = (6.0, 20.0) if second_line else (end + 48, 0.0)
    after = x + 14 + text_width(significance[0], 12) + 22
    texts = [(0.0, 0.0, coefficient), (sign_from - side / 2 - 20, 0.0, "−1"), (end, 0.0, "+1")]
    texts += [(x + 14, y, significance[0]), (after + 12, y, significance[1])]
    if grid.numbers:
        texts.append((after - 8, y, ".42"))
    else:
        marks += [(x, y, 0.9, 1), (after, y, 0.9, 0)]
    dot = after + 130

    def at(x: float, y: float) -> Json:
        return {"c": grid.cells(x) - 0.5, "r": -0.5 - grid.cells(lift - y)}

    soft: Json = {"align": "left", "baseline": "middle", "opacity": SOFT}
    samples = pd.DataFrame([at(x, y) | {"v": v, "s": s} for x, y, v, s in marks])
    layers = [glyphs(grid, samples, grid.cells(side / 2 - 0.4))]
    if grid.numbers:
        layers.append(grid.texts([at(x - 8, y) | {"t": ".42"}], fontWeight="bold", **soft))
    if with_undefined:
        layers.append(undefined_cells(grid, pd.DataFrame([at(dot, y)])))
        texts.append((dot + 8, y, "not defined"))
    return [*layers, grid.texts([at(x, y) | {"t": t} for x, y, t in texts], **soft)]
