"""What the explorer is given: one document a snapshot, with which a browser makes any ranking of it anew.

Where a study may not pass its scores on, the document holds ranks in their place, and offers the schemes and
policies that take no more than the order of models on each metric.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from builder.analysis.ranking import ZERO_IS_BEST
from builder.api_values import Document
from builder.names import inside
from builder.results import Selection, View
from builder.site.book import BASELINE, Book
from builder.stats import bootstrap
from builder.stats.bootstrap import DEAR, DEAR_DRAWS, DRAWS
from builder.stats.schemes import POLICIES, SCHEMES, Policy, Scheme, fair, latent, refusal, scaled

FORMAT = 1
FILE = "explorer.json"
"""Below api/."""
NOT_OFFERED = ("kemeny", "bradley-terry")
"""Schemes that take too long while a reader waits; they have their views."""
OFFERED = tuple(scheme for scheme in SCHEMES.values() if scheme.id not in NOT_OFFERED)
BY_RANKS = tuple(scheme for scheme in OFFERED if scheme.invariance == "order")
"""Of these, those that no change of a metric alters that keeps its order."""
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


def offered(scores: bool) -> tuple[Scheme, ...]:
    """Schemes that an explorer has, of scores or of ranks alone."""
    return OFFERED if scores else BY_RANKS


def explorer_document(book: Book, *, scores: bool) -> Document:
    """All cells of a snapshot, its tree, and the schemes; models and metrics in the snapshot's order.

    A column of `scores` is of one metric: a number, "failed", or null for missing. Numbers are those of the
    source or, without `scores`, ranks among the models that are scored on the metric: 1 = best, ties average.
    """
    snapshot, results = book.snapshot, book.results
    tree = snapshot.tree
    ids = snapshot.models["id"].tolist()
    paged = frozenset(book.model_pages)
    policies = _policies(offered(scores))
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
                "higher_is_better": metric.higher_is_better if scores else False,
            }
            for metric in tree.metrics
        ],
        "scores": _columns(book) if scores else _ranked(book),
        "selections": [_selection(selection, tree.metric_ids) for selection in results.selections],
        **rules(scores),
        "views": _views(book),
        "seeds": {
            name: {policy.id: str(bootstrap.seed_of("metrics", name, policy.id)) for policy in policies}
            for name in (*(one.id for one in results.selections), OF_ONES_OWN)
        },
        "default": _start(book, scores),
    }


def rules(scores: bool = True) -> Document:
    """What the document says of every snapshot: policies, schemes, their sentences, how many draws."""
    schemes = offered(scores)
    return {
        "holds": "scores" if scores else "ranks",
        "policies": [
            {
                "id": policy.id,
                "title": policy.title,
                "sentence": policy.sentence,
                "left_out": policy.left_out,
            }
            for policy in _policies(schemes)
        ],
        "schemes": [_scheme(scheme) for scheme in schemes],
        "sentences": SENTENCES,
        "draws": {
            "most": DRAWS,
            "dear_most": DEAR_DRAWS,
            "dear": [scheme.id for scheme in schemes if scheme.id in DEAR],
        },
        "baseline": _baseline(scores),
        "most_compared": MOST_COMPARED,
    }


def explorer_page(book: Book) -> dict[str, Any]:
    """What the page says besides what the browser makes."""
    scores = book.study.data.redistribute
    return {
        "file": FILE,
        "holds_scores": scores,
        "n_schemes": len(offered(scores)),
        "names_left_out": [inside(SCHEMES[scheme].title) for scheme in NOT_OFFERED],
    }


def _baseline(scores: bool) -> str:
    """The scheme that others are compared with."""
    return BASELINE if scores else "mean-rank"


def _policies(schemes: Sequence[Scheme]) -> tuple[Policy, ...]:
    """Those under which one of the schemes at least ranks models."""
    return tuple(
        policy
        for policy in POLICIES.values()
        if policy.ranks_models and any(refusal(scheme.id, policy.id) is None for scheme in schemes)
    )


def _start(book: Book, scores: bool) -> dict[str, str]:
    """The view that the explorer starts from: the study's own, as far as it is offered."""
    start, wanted, schemes = book.default, book.study.default_view, offered(scores)
    known = wanted.scheme in {scheme.id for scheme in schemes}
    scheme = wanted.scheme if known else _baseline(scores)
    admitted = [policy.id for policy in _policies(schemes) if refusal(scheme, policy.id) is None]
    return {
        "selection": start.id if start is not None else "",
        "policy": wanted.policy if wanted.policy in admitted else admitted[0],
        "scheme": scheme,
    }


def explorer_query(book: Book, view: View) -> str:
    """What stands behind the explorer's address when it shows a view; empty where it does not offer it."""
    scores = book.study.data.redistribute
    if view.scheme not in {scheme.id for scheme in offered(scores)}:
        return ""
    start, parts = _start(book, scores), []
    if view.selection != start["selection"]:
        parts.append(f"set={view.selection}")
    parts += [
        f"{key}={getattr(view, key)}" for key in ("policy", "scheme") if getattr(view, key) != start[key]
    ]
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


def _ranked(book: Book) -> list[list[float | str | None]]:
    """The columns with ranks for scores, more always being worse."""
    found = _columns(book)
    for metric, column in zip(book.snapshot.tree.metrics, found, strict=True):
        scores = np.array([cell if isinstance(cell, float) else np.nan for cell in column])
        scored = np.flatnonzero(~np.isnan(scores))
        ranks = rankdata(-scores[scored] if metric.higher_is_better else scores[scored])
        for row, rank in zip(scored.tolist(), ranks.tolist(), strict=True):
            column[row] = rank
    return found


def _selection(selection: Selection, metric_ids: tuple[str, ...]) -> dict[str, Any]:
    kept = set(selection.metrics)
    return {
        "id": selection.id,
        "title": selection.title,
        "metrics": [position for position, metric in enumerate(metric_ids) if metric in kept],
    }


def _scheme(scheme: Scheme) -> dict[str, Any]:
    reasons = {
        policy.id: refusal(scheme.id, policy.id) for policy in POLICIES.values() if policy.ranks_models
    }
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
