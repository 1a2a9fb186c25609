"""What the explorer is given: one document a snapshot, with which a browser makes any ranking of it anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from builder.analysis.ranking import ZERO_IS_BEST
from builder.api_values import Document
from builder.names import inside
from builder.results import Selection, View
from builder.site.book import BASELINE, Book
from builder.stats import bootstrap
from builder.stats.bootstrap import DEAR, DEAR_DRAWS, DRAWS, FEWEST_DRAWS
from builder.stats.schemes import POLICIES, SCHEMES, fair, latent, refusal, scaled

FORMAT = 1
FILE = "explorer.json"
"""Below api/."""
NOT_OFFERED = ("kemeny", "bradley-terry")
"""Schemes that take too long while a reader waits; they have their views."""
OFFERED = tuple(scheme for scheme in SCHEMES.values() if scheme.id not in NOT_OFFERED)
OF_ONES_OWN = "explorer"
"""Names the draws of metrics that are no named selection."""
MOST_COMPARED = 3000
"""Models beyond which their pairs do not fit a browser's memory, or a reader's patience."""
SENTENCES = {
    "zero_is_best": ZERO_IS_BEST,
    "geometric_turned": scaled.TURNED,
    "geometric_low": scaled.NOT_ABOVE_ZERO,
    "component_tied": latent.TIED,
    "component_balanced": latent.BALANCED,
    "fair_one_group": fair.ONE_GROUP,
    "fair_constant": fair.CONSTANT,
    "fair_singular": fair.DEPENDENT,
    "fair_negative": fair.BELOW_ZERO,
    "too_many": f"More than {MOST_COMPARED} {{models}} are too many to compare two by two in a browser.",
}
_POLICIES = tuple(policy for policy in POLICIES.values() if policy.ranks_models)


def explorer_document(book: Book) -> Document:
    """All cells of a snapshot, its tree, and the schemes; models and metrics in the snapshot's order.

    A column of `scores` is of one metric: a number as the source has it, "failed", or null for missing.
    """
    snapshot, results = book.snapshot, book.results
    tree = snapshot.tree
    ids = snapshot.models["id"].tolist()
    paged = frozenset(book.model_pages)
    start = book.default
    wanted = book.study.default_view
    return {
        "format": FORMAT,
        "study": book.study.id,
        "snapshot": snapshot.id,
        "models_are": book.models_are,
        "source": book.source_line,
        "models": {
            "id": ids,
            "name": [book.model_names[model] for model in ids],
            "page": [model in paged for model in ids],
        },
        "groups": [
            {"id": group.id, "name": group.name, "parent": group.parent, "role": group.role}
            for group in tree.groups
        ],
        "metrics": [
            {
                "id": metric.id,
                "name": metric.name,
                "parent": metric.parent,
                "higher_is_better": metric.higher_is_better,
            }
            for metric in tree.metrics
        ],
        "scores": _columns(book),
        "selections": [_selection(selection, tree.metric_ids) for selection in results.selections],
        **rules(),
        "views": _views(book),
        "seeds": {
            name: {policy.id: str(bootstrap.seed_of("metrics", name, policy.id)) for policy in _POLICIES}
            for name in (*(one.id for one in results.selections), OF_ONES_OWN)
        },
        "default": {
            "selection": start.id if start is not None else "",
            "policy": wanted.policy,
            "scheme": wanted.scheme if wanted.scheme not in NOT_OFFERED else BASELINE,
        },
    }


def rules() -> Document:
    """What the document says of every snapshot: policies, schemes, their sentences, how many draws."""
    return {
        "policies": [
            {"id": policy.id, "title": policy.title, "sentence": policy.sentence} for policy in _POLICIES
        ],
        "schemes": [_scheme(scheme.id) for scheme in OFFERED],
        "sentences": SENTENCES,
        "draws": {
            "most": DRAWS,
            "fewest": FEWEST_DRAWS,
            "dear_most": DEAR_DRAWS,
            "dear": {name: room if np.isfinite(room) else None for name, room in DEAR.items()},
        },
        "baseline": BASELINE,
        "most_compared": MOST_COMPARED,
    }


def explorer_page() -> dict[str, Any]:
    """What the page says besides what the browser makes."""
    return {"file": FILE, "names_left_out": [inside(SCHEMES[scheme].title) for scheme in NOT_OFFERED]}


def explorer_query(book: Book, view: View) -> str:
    """What stands behind the explorer's address when it shows a view; empty where it does not offer it."""
    if view.scheme in NOT_OFFERED or not book.study.data.redistribute:
        return ""
    start, wanted = book.default, book.study.default_view
    parts = []
    if start is None or view.selection != start.id:
        parts.append(f"set={view.selection}")
    if view.policy != wanted.policy:
        parts.append(f"policy={view.policy}")
    if view.scheme != wanted.scheme or wanted.scheme in NOT_OFFERED:
        parts.append(f"scheme={view.scheme}")
    return "&".join(["v=1", *parts])


def _columns(book: Book) -> list[list[float | str | None]]:
    snapshot = book.snapshot
    row = {model: position for position, model in enumerate(snapshot.models["id"])}
    column = {metric: position for position, metric in enumerate(snapshot.tree.metric_ids)}
    found: list[list[float | str | None]] = [[None] * len(row) for _ in column]
    cells = snapshot.scores
    for model, metric, score, state in zip(
        cells["model"], cells["metric"], cells["score"].tolist(), cells["state"], strict=True
    ):
        found[column[metric]][row[model]] = score if state == "scored" else "failed"
    return found


def _selection(selection: Selection, metric_ids: tuple[str, ...]) -> dict[str, Any]:
    kept = set(selection.metrics)
    return {
        "id": selection.id,
        "title": selection.title,
        "metrics": [position for position, metric in enumerate(metric_ids) if metric in kept],
    }


def _scheme(scheme_id: str) -> dict[str, Any]:
    scheme = SCHEMES[scheme_id]
    reasons = {policy.id: refusal(scheme.id, policy.id) for policy in _POLICIES}
    return {
        "id": scheme.id,
        "title": scheme.title,
        "short": scheme.short,
        "formula": scheme.formula,
        "higher_is_better": scheme.higher_is_better,
        "refused": {policy: reason for policy, reason in reasons.items() if reason is not None},
    }


def _views(book: Book) -> dict[str, dict[str, list[str]]]:
    """Selection -> policy -> schemes that have a view."""
    found: dict[str, dict[str, list[str]]] = {}
    for view in book.results.views:
        found.setdefault(view.selection, {}).setdefault(view.policy, []).append(view.scheme)
    return found
