"""Models beside each other: what the page of comparison is given, and what it says before a script runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np

from builder.api_values import Document
from builder.site.book import Book
from builder.site.words import count
from builder.stats.schemes import POLICIES, SCHEMES

FORMAT = 1
FILE = "compare.json"
"""Below api/."""
MOST = 6
"""Models beside each other."""
START = 3
"""Models that the page starts with."""


def compare_document(book: Book) -> Document:
    """Places in every ranking and ranks on every metric, of the models that have a page.

    A row of `places` is of one ranking, a row of `ranks` of one metric; models in the order of `models`, null
    where one is not ranked or has no score. Ranks are among all models that are scored there, 1 = best.
    """
    results = book.results
    ids = list(book.model_pages)
    profiles = results.profiles
    if profiles is None:
        raise ValueError("results of a part have no profiles")
    row = {model: i for i, model in enumerate(profiles.models)}
    known = ~np.isnan(profiles.ranks)
    ranks = profiles.ranks[[row[model] for model in ids]].T
    return {
        "format": FORMAT,
        "study": book.study.id,
        "snapshot": book.snapshot.id,
        "models_are": book.models_are,
        "most": MOST,
        "models": {"id": ids, "name": [book.model_names[model] for model in ids]},
        "metrics": [
            {
                "id": metric.id,
                "name": metric.name,
                "group": book.node_name(metric.parent) if metric.parent else "",
                "page": book.metric_pages.get(metric.id, ""),
                "n_scored": n_scored,
            }
            for metric, n_scored in zip(book.snapshot.tree.metrics, known.sum(axis=0).tolist(), strict=True)
        ],
        "ranks": [[None if math.isnan(rank) else rank for rank in of] for of in ranks.tolist()],
        "selections": [{"id": one.id, "title": one.title} for one in book.selections],
        "policies": [{"id": one.id, "title": one.title} for one in POLICIES.values() if one.ranks_models],
        "schemes": [{"id": one.id, "title": one.title} for one in SCHEMES.values()],
        "rankings": [
            {"selection": v.selection, "policy": v.policy, "scheme": v.scheme, "n_models": v.n_models}
            for v in results.views
        ],
        "places": [
            [book.places[v.selection, v.policy, v.scheme].get(model) for model in ids] for v in results.views
        ],
        "start": _start(book),
    }


def _start(book: Book) -> Document:
    """What the page starts from: the first models of the study's default view."""
    view = book.default_view
    if view is None:
        return {"selection": "", "policy": "", "models": []}
    paged = frozenset(book.model_pages)
    first = [model for model in view.ranking["model_id"] if model in paged]
    return {"selection": view.selection, "policy": view.policy, "models": first[:START]}


def compare_query(book: Book, models: Sequence[str]) -> str:
    """What stands behind the page's address when it shows the first of these models that have a page; empty
    where fewer than two have.
    """
    paged = frozenset(book.model_pages)
    first = [model for model in models if model in paged][:START]
    return f"v=1&m={','.join(quote(model, safe='') for model in first)}" if len(first) > 1 else ""


def compare_page(book: Book) -> dict[str, Any]:
    """What the page says besides what the browser makes."""
    return {
        "file": FILE,
        "most": MOST,
        "offered": _offered_text(book),
    }


def _offered_text(book: Book) -> str:
    """Which models can be chosen, and why not all; empty where all can."""
    found = book.results.robustness
    n, n_all = len(book.model_pages), len(book.snapshot.models)
    if found is None or n == n_all:
        return ""
    n_ranked = len(found.standings)
    unranked, text = n_all - n_ranked, f"{count(n)} of {count(n_all)} {book.models_are} can be chosen"
    are = "is" if unranked == 1 else "are"
    if n == n_ranked:
        others = "other one" if unranked == 1 else f"other {count(unranked)}"
        return f"{text}; the {others} {are} in no ranking."
    if not unranked:
        return f"{text}: the first by their median place over all rankings."
    return (
        f"{text}: the first of the {count(n_ranked)} that are ranked, by their median place over all "
        f"rankings; {count(unranked)} {are} in none."
    )
