"""Rankings over sets of metrics drawn anew: how sure a place is.

`metric_bootstrap` is the whole of it for one panel and scheme.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from builder.stats.bootstrap.draws import draw_counts, seed_of, strata
from builder.stats.bootstrap.places import (
    LEVEL,
    PlaceArray,
    PlaceUncertainty,
    drawn_places,
    middle,
    place_uncertainty,
)
from builder.stats.bootstrap.weighted import WEIGHTED, tree_weights
from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES
from builder.stats.schemes.present import only_present

__all__ = [
    "DEAR",
    "DEAR_DRAWS",
    "DRAWS",
    "LEVEL",
    "WEIGHTED",
    "PlaceArray",
    "PlaceUncertainty",
    "draw_counts",
    "drawn_places",
    "draws_of",
    "metric_bootstrap",
    "middle",
    "place_uncertainty",
    "seed_of",
    "strata",
    "tree_weights",
]

IntArray = NDArray[np.int64]
HELD = 1 << 20
"""Values, models times draws, that are made at once."""
AT_ONCE = 2
"""Pieces that are made at the same time, whatever the machine, so that the same bytes come from every one."""
SMALL = 1 << 14
"""Values that are not worth a second thread."""
DRAWS, DEAR_DRAWS = 500, 200
DEAR = frozenset({"threshold", "copeland", "minimax", "baldwin", "kemeny"})
"""Schemes whose draws are dear: of these there are as many as have at most `DEAR_DRAWS` different ones."""


def draws_of(scheme: str, counts: IntArray) -> int:
    """How many of the draws, from the first, a scheme gets; `counts` as `draw_counts` gives it.

    The number depends on the draws only, never on the machine. Of few metrics hardly any draw is new.
    """
    new, _ = _apart(counts)
    return int(new[DEAR_DRAWS]) if scheme in DEAR and len(new) > DEAR_DRAWS else len(counts)


def metric_bootstrap(panel: Panel, scheme: str, counts: IntArray) -> tuple[tuple[str, ...], PlaceArray]:
    """Places of the panel's models when metrics count as often as each row of `counts` says.

    `counts` has shape (draws, n_metrics), as `draw_counts` gives it. The answer is the models that take part
    and their places, shape (n, draws), 0 where a draw gives a model no value.
    Raises KeyError for a scheme that is not registered.
    """
    present = only_present(panel)
    better = SCHEMES[scheme].higher_is_better

    def drawn(some: IntArray) -> PlaceArray:
        return drawn_places(WEIGHTED[scheme](present, some), better)

    first, which = _apart(counts)
    once = counts[first]
    values = len(present.models) * len(once)
    if values <= SMALL:
        return present.models, drawn(once)[:, which]
    pieces = np.array_split(once, min(len(once), max(AT_ONCE, -(-values // HELD))))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return present.models, np.concatenate(list(pool.map(drawn, pieces)), axis=1)[:, which]


def _apart(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Positions of the draws that no earlier one is like, and which of them each draw is like.

    Of few metrics the same are drawn time and again.
    """
    seen: dict[bytes, int] = {}
    which = np.array([seen.setdefault(draw.tobytes(), len(seen)) for draw in counts], dtype=np.int64)
    return np.unique(which, return_index=True)[1], which
