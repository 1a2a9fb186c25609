"""Outside text in a picture: made safe to draw, measured, cut and wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LONGEST_TEXT = 90
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]+")


def short(text: object, longest: int = LONGEST_TEXT) -> str:
    """Outside text as one line that XML may hold: control characters become spaces, a long tail `…`."""
    line = _UNPRINTABLE.sub(" ", str(text)).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in pixels, about: good enough to tell whether a label fits, a little generous."""
    narrow = sum(character in "iIjltfr.,:;'|!()[]- " for character in text)
    wide = sum(character in "mwMW@%" for character in text)
    square = sum(character >= "\u2e80" for character in text)
    units = 0.56 * (len(text) - narrow - wide - square) + 0.31 * narrow + 0.87 * wide + square
    return units * size * (1.08 if bold else 1.0)


def fit(text: object, width: float, size: float = 12, bold: bool = False) -> str:
    """Outside text cut in its middle to about `width` pixels: what tells metrics apart is often their end.

    Done here because the renderer takes milliseconds to cut one label by its `limit`.
    """
    line = short(text)
    if text_width(line, size, bold) <= width:
        return line
    return _cut_to(line, len(line), width, size, bold)


def fit_all(texts: Iterable[object], width: float, size: float = 12, bold: bool = False) -> list[str]:
    """Each text as `fit` cuts it, but those that it would make alike cut to show where they first differ."""
    lines = [short(text) for text in texts]
    found = [fit(line, width, size, bold) for line in lines]
    pending = _alike(range(len(lines)), lines, found)
    while pending:
        same = pending.pop()
        start = _first_difference([lines[i] for i in same])
        for i in same:
            found[i] = _cut_to(lines[i], start, width, size, bold)
        pending += [still for still in _alike(same, lines, found) if len(still) < len(same)]
    return found


def _alike(indices: Sequence[int], lines: list[str], cuts: list[str]) -> list[list[int]]:
    """Sets of different lines with one cut."""
    by_cut: dict[str, list[int]] = {}
    for i in indices:
        by_cut.setdefault(cuts[i], []).append(i)
    return [same for same in by_cut.values() if len({lines[i] for i in same}) > 1]


def _first_difference(lines: list[str]) -> int:
    columns = enumerate(zip(*lines, strict=False))
    return next((k for k, characters in columns if len(set(characters)) > 1), min(map(len, lines)))


def _cut_to(line: str, start: int, width: float, size: float, bold: bool) -> str:
    """The line's beginning and what stands at `start`, with the beginning of its word where there is room."""
    word = max(line.rfind(mark, 0, start) for mark in " _-:./") + 1
    for kept in range(len(line) - 1, 1, -1):
        head = kept * 2 // 5
        tail = kept - head
        begin = min(word if start - word < tail // 2 else start, len(line) - tail)
        end = "…" if begin + tail < len(line) else ""
        cut = f"{line[:head].rstrip()}…{line[begin : begin + tail].strip()}{end}"
        if begin <= head:
            cut = f"{line[:kept].rstrip()}…"
        if text_width(cut, size, bold) <= width:
            return cut
    return "…"


def wrap(text: object, width: float, lines: int, size: float = 12, bold: bool = False) -> list[str]:
    """Outside text in at most `lines` lines of about `width` pixels, broken at spaces, cut if need be."""
    found: list[str] = []
    for word in short(text).split(" "):
        longer = f"{found[-1]} {word}" if found else word
        if found and (len(found) == lines or text_width(longer, size, bold) <= width):
            found[-1] = longer
        else:
            found.append(word)
    return [fit(line, width, size, bold) for line in found]
