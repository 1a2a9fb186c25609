"""Where labels go so that they do not touch: plain geometry in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from builder.charts.theme import text_width


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, within [low, high] where they fit, as near to the wanted ones as can be.

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
        return abs(self.dy) > NEAR


def beside_points(
    points: Sequence[tuple[float, float]],
    texts: dict[int, str],
    width: float,
    height: float,
    size: float = 12,
) -> list[Placed]:
    """A label for each point in `texts` (index -> text, most important first), clear of points and labels.

    Points are in pixels from the top left. Right, left, above and below are tried, near and then further; the
    place with the least overlap wins, and one that leaves the plot only if every place does.
    """
    boxes: list[tuple[float, float, float, float]] = [(x - 4, y - 4, x + 4, y + 4) for x, y in points]
    placed: list[Placed] = []
    for index, text in texts.items():
        x, y = points[index]
        wide = text_width(text, size)
        best: tuple[float, Placed, tuple[float, float, float, float]] | None = None
        for trial, (dx, dy, align) in enumerate(_CANDIDATES):
            left = x + dx - {"left": 0.0, "center": wide / 2, "right": wide}[align]
            box = (left, y + dy - size * 0.55, left + wide, y + dy + size * 0.55)
            outside = max(0.0, -box[0], box[2] - width) + max(0.0, -box[1], box[3] - height)
            cost = outside * size * 4 + sum(_overlap(box, other) for other in boxes) + trial * 3
            if best is None or cost < best[0]:
                best = (cost, Placed(index, dx, dy, align), box)
        if best is not None:
            placed.append(best[1])
            boxes.append(best[2])
    return placed


NEAR = 14
"""Pixels: a label farther from its point than this needs a line to it."""
_CANDIDATES: tuple[tuple[float, float, str], ...] = (
    (8, 0, "left"), (-8, 0, "right"), (0, -12, "center"), (0, 13, "center"),
    *((side * (6 + reach / 3), up * reach, align)
      for reach in (11, 21, 32, 44, 58)
      for up in (-1, 1)
      for side, align in ((1, "left"), (-1, "right"))),
)  # fmt: skip


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Area that two boxes (left, top, right, bottom) share, in square pixels."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
