"""An address of every kind of page that the site of the browser tests has."""

from __future__ import annotations

from conftest import find_mirror

from builder.site.pages import PAGES

SIMULATED = "simulated-alignment/v/2024-12-31"
BRAIN_SCORE = "brain-score-vision/v/2025-05-07"
SELECTION = {SIMULATED: "neural-and-behavior", BRAIN_SCORE: "paper-50"}
ABOVE = {
    "front": "", "missing": "404.html", "sources": "sources/", "source": "sources/brain-score/",
    "truth": "truth/", "redirect": "simulated-alignment/latest/methods/",
}  # fmt: skip
"""Of no snapshot."""
_NODES = {
    (SIMULATED, "model"): "sim-finch-2",
    (SIMULATED, "metric"): "accuracy-colour",
    # The longest names.
    (BRAIN_SCORE, "model"): "effnetb1-cutmixpatch-sam-robust32-avge6e8e9e10-manylayers-324x288",
    (BRAIN_SCORE, "metric"): "marques2020-freemanziemba2013-abs-texture-modulation-index",
}


OTHERS = ("zero/hierarchical-mean", "worst-rank/mean-rank")
"""Views of other policies."""


def kinds_of(snapshot: str) -> dict[str, str]:
    """Kind of page -> an address of it in that snapshot, for all kinds that the builder knows."""
    found = {}
    for kind in PAGES:
        filled = kind.address.format(
            selection=SELECTION[snapshot],
            policy="complete",
            scheme="mean-rank",
            node=_NODES.get((snapshot, kind.name), ""),
        )
        found[kind.name] = f"{snapshot}/{filled}/" if filled else f"{snapshot}/"
    return found


def every_kind() -> list[str]:
    """Addresses of all kinds, of Brain-Score's too where there is a mirror, with views of other policies."""
    snapshots = [SIMULATED] if find_mirror() is None else [SIMULATED, BRAIN_SCORE]
    found = list(ABOVE.values())
    for one in snapshots:
        views = (
            f"view/{SELECTION[one]}/{rest}/" for rest in ("zero/hierarchical-mean", "worst-rank/mean-rank")
        )
        found += [*kinds_of(one).values(), *(f"{one}/{view}" for view in views)]
    return found
