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
    "FEWEST_DRAWS",
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
DRAWS, DEAR_DRAWS, FEWEST_DRAWS = 500, 200, 100
DEAR = {"threshold": np.inf, "copeland": 5e7, "minimax": 5e7, "baldwin": 5e7, "kemeny": 2.1e7}
"""Schemes whose draws are dear, and how many draws times the square of the number of models they may take."""


def draws_of(scheme: str, n_models: int) -> int:
    """How many draws a scheme gets: 500, at most 200 where each is dear, none where 100 are too dear.

    The number depends on the scheme and the number of models only, never on the machine.
    """
    if scheme not in DEAR:
        return DRAWS
    most = min(float(DEAR_DRAWS), DEAR[scheme] // max(n_models, 1) ** 2)
    return int(most) if most >= FEWEST_DRAWS else 0


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

    values = len(present.models) * len(counts)
    if values <= SMALL:
        return present.models, drawn(counts)
    pieces = np.array_split(counts, min(len(counts), max(AT_ONCE, -(-values // HELD))))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return present.models, np.concatenate(list(pool.map(drawn, pieces)), axis=1)
