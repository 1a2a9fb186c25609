"""Two groups of models, by a number, a date or a word that each has."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
NUMBER, DATE, WORD = "number", "date", "word"


@dataclass(frozen=True)
class TwoGroups:
    """Two groups of the models; those in neither have no value, or another word.

    kind    NUMBER or DATE, which halve the models: the first has the values up to `first`, the second those
            above; WORD, of which `first` and `second` are the two that most models have
    first   the last value of the first group, or its word
    second  the first value of the second group, or its word
    in_first, in_second  shape (n_models,)
    """

    kind: str
    first: str
    second: str
    in_first: BoolArray
    in_second: BoolArray


def two_groups(values: Sequence[str]) -> TwoGroups | None:
    """Two groups of models by one text each, empty where unknown; None where all known values are one.

    Values that are all numbers, or all dates (YYYY-MM-DD), halve the models: as nearly as equal values, which
    stay together, allow, and at the lower of two places that are as near. Any others are words: the two that
    most models have, of equally frequent ones the first in alphabetical order.
    """
    known = np.array([value != "" for value in values], dtype=bool)
    texts = [value for value in values if value]
    if len(set(texts)) < 2:
        return None
    for kind, read in ((NUMBER, _number), (DATE, _day)):
        found = [read(text) for text in texts]
        keys = [key for key in found if key is not None]
        if len(keys) == len(found) and len(set(keys)) > 1:
            return _halves(kind, np.array(keys), texts, known)
    (first, _), (second, _) = sorted(Counter(texts).items(), key=lambda pair: (-pair[1], pair[0]))[:2]
    listed = np.array(list(values), dtype=object)
    return TwoGroups(WORD, first, second, listed == first, listed == second)


def _halves(kind: str, keys: NDArray[np.float64], texts: list[str], known: BoolArray) -> TwoGroups:
    distinct, times = np.unique(keys, return_counts=True)
    below = np.cumsum(times)[:-1]
    cut = int(np.argmin(np.abs(2 * below - len(keys))))
    last, first_above = distinct[cut], distinct[cut + 1]
    in_first, in_second = np.zeros(len(known), dtype=bool), np.zeros(len(known), dtype=bool)
    in_first[known], in_second[known] = keys <= last, keys > last
    said = [texts[int(np.flatnonzero(keys == key)[0])] for key in (last, first_above)]
    return TwoGroups(kind, said[0], said[1], in_first, in_second)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _day(text: str) -> float | None:
    try:
        return float(dt.date.fromisoformat(text).toordinal())
    except ValueError:
        return None
