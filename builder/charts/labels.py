"""Where labels go so that they do not touch: plain geometry in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.charts.text import LONGEST_TEXT, short, text_width

WEIGHTS = ("bold", "normal")
"""Weight of a group's name, by its level in the tree."""
LEAST_ROOM = 56
"""Pixels: a cut name in less says nothing."""


def group_levels(groups: pd.DataFrame) -> int:
    """How many of the two top levels there are to name: 0, 1 or 2. Needs the column level (0 = top)."""
    return min(int(groups["level"].max()) + 1, len(WEIGHTS)) if len(groups) else 0


def fitting_groups(groups: pd.DataFrame, level: int, column: float) -> list[tuple[float, str]]:
    """(centre in columns from the left edge, name) of the groups of one level, cut at its end where it is too
    long for their columns; without those whose columns have no room for what a cut leaves.

    groups  name, start, stop (columns, stop excluded), level (0 = top)
    column  pixels of one column
    """
    some = groups[groups["level"] == level]
    bold = WEIGHTS[level] == "bold"
    found = []
    for name, start, stop in zip(some["name"], some["start"], some["stop"], strict=True):
        room = (stop - start) * column
        cuts = (short(name, longest) for longest in range(LONGEST_TEXT, 2, -1))
        if text_width(short(name), 12, bold) < room + 4:
            found.append(((start + stop) / 2, short(name)))
        elif room >= LEAST_ROOM:
            found.append(
                ((start + stop) / 2, next(cut for cut in cuts if text_width(cut, 12, bold) < room - 9))
            )
    return found


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, in [low, high] where they fit, as near to the wanted ones as can be.

    `wanted` may be in any order; the answer keeps its order. Neighbours that are too near form a block
    around the mean of what its members wanted.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[tuple[float, int]] = []  # centre, members
    for i in order:
        centre, size = min(max(wanted[i], low), high), 1
        while blocks and blocks[-1][0] + (blocks[-1][1] + size) * gap / 2 > centre:
            before, members = blocks.pop()
            centre = (before * members + centre * size) / (members + size)
            size += members
            half = (size - 1) * gap / 2
            centre = max(min(centre, high - half), low + half)
        blocks.append((centre, size))
    placed = [centre + gap * (k - (size - 1) / 2) for centre, size in blocks for k in range(size)]
    found = [0.0] * len(wanted)
    for i, position in zip(order, placed, strict=True):
        found[i] = position
    return found


Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Line = tuple[float, float, float, float]
"""From x, y to x, y."""


@dataclass(frozen=True)
class Placed:
    """One label beside its point: offsets in pixels from the point, and how the text is anchored."""

    index: int
    dx: float
    dy: float
    align: str

    @property
    def far(self) -> bool:
        """Whether a line should lead from the point to the label."""
        return max(abs(self.dx), abs(self.dy)) > NEAR

    @property
    def tip(self) -> tuple[float, float]:
        """Where that line ends, in pixels from the point: at the side of a label that stands far out, else
        at its lower or upper edge.
        """
        if abs(self.dx) > SIDEWAYS:
            return self.dx + (3 if self.dx < 0 else -3), self.dy
        return self.dx, self.dy + (6 if self.dy < 0 else -6)

    def box(self, x: float, y: float, wide: float, size: float) -> Box:
        """What the text covers if its point is at x, y."""
        left = x + self.dx - {"left": 0.0, "center": wide / 2, "right": wide}[self.align]
        return left, y + self.dy - size * 0.55, left + wide, y + self.dy + size * 0.55

    def line(self, x: float, y: float) -> Line:
        """The line to it; without length if there is none."""
        return (x, y, x + self.tip[0], y + self.tip[1]) if self.far else (x, y, x, y)


def beside_points(
    points: Sequence[tuple[float, float]],
    texts: dict[int, str],
    width: float,
    height: float,
    size: float = 12,
) -> list[Placed]:
    """A label for each point in `texts` (index -> text, most important first), clear of points and labels.

    Points are in pixels from the top left. Right, left, above and below are tried, near and then further; the
    place with the least overlap wins, and one that leaves the plot only if every place does. The line from a
    far label to its point crosses no other label or point if it can, and a label stands nearer to its own
    point than to others.
    """
    marks = [(x - 4, y - 4, x + 4, y + 4) for x, y in points]
    taken = np.array(marks, dtype=float).reshape(-1, 4)
    boxes: list[Box] = []
    lines: list[Line] = []
    placed: list[Placed] = []
    for index, text in texts.items():
        x, y = points[index]
        trials: list[tuple[float, Placed, Box, Line]] = []
        for dx, dy, align in _CANDIDATES:
            label = Placed(index, dx, dy, align)
            box, line = label.box(x, y, text_width(text, size), size), label.line(x, y)
            outside = max(0.0, -box[0], box[2] - width) + max(0.0, -box[1], box[3] - height)
            shared = _overlap(box, taken)
            crossed = sum(_inside(line, other) for other in boxes)
            crossed += sum(_inside(other, box) for other in lines)
            cost = outside * size * 4 + shared + crossed * size + hypot(dx, dy) / 2
            cost += sum(_inside(line, mark) for other, mark in enumerate(marks) if other != index)
            if not label.far and _nearest(box, points) != index:
                cost += STRAY
            trials.append((cost, label, box, line))
        _, label, box, line = min(trials, key=lambda trial: trial[0])
        placed.append(label)
        taken = np.vstack([taken, box])
        boxes.append(box)
        lines.append(line)
    return placed


STRAY = 60
"""What it costs, in square pixels of overlap, that a label without a line stands nearer to another point."""
NEAR = 14
"""Pixels: a label farther from its point than this needs a line to it."""
SIDEWAYS = 26
"""Pixels: a label farther to the side than this is met at its side."""
_CANDIDATES: tuple[tuple[float, float, str], ...] = (
    (8, 0, "left"), (-8, 0, "right"), (0, -12, "center"), (0, 13, "center"),
    *((side * (out + reach / 3), up * reach, align)
      for out in (6, 28, 52)
      for reach in (11, 21, 32, 44, 58)
      for up in (-1, 1)
      for side, align in ((1, "left"), (-1, "right"))),
)  # fmt: skip


def _inside(line: Line, box: Box, steps: int = 16) -> float:
    """Length of the line within the box or close to it, in pixels, about."""
    x0, y0, x1, y1 = line
    left, top, right, bottom = box[0] - 3, box[1] - 1, box[2] + 3, box[3] + 1
    if max(x0, x1) <= left or min(x0, x1) >= right or max(y0, y1) <= top or min(y0, y1) >= bottom:
        return 0.0
    along = [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(steps + 1)]
    within = sum(left < x < right and top < y < bottom for x, y in along)
    return within / steps * hypot(x1 - x0, y1 - y0)


def _nearest(box: Box, points: Sequence[tuple[float, float]]) -> int:
    """The point that is nearest to a box."""
    left, top, right, bottom = box
    return min(
        range(len(points)),
        key=lambda k: hypot(
            max(left - points[k][0], 0, points[k][0] - right),
            max(top - points[k][1], 0, points[k][1] - bottom),
        ),
    )


def _overlap(box: Box, others: NDArray[np.float64]) -> float:
    """Area that a box shares with others, in square pixels, added up. `others` has shape (n, 4)."""
    left, top, right, bottom = box
    wide = np.minimum(right, others[:, 2]) - np.maximum(left, others[:, 0])
    high = np.minimum(bottom, others[:, 3]) - np.maximum(top, others[:, 1])
    return float((np.maximum(wide, 0) * np.maximum(high, 0)).sum())
