"""What the pages of single models and single metrics say."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from builder.results import COMPLETE, Agreement, FloatArray, Profiles, Sensitivity, View
from builder.site.book import BASELINE, Book, policy_title, scheme_title
from builder.site.compare import compare_query
from builder.site.history_words import since_text
from builder.site.over_time import places_over_time
from builder.site.robustness import EQUAL
from builder.site.sources import told_at
from builder.site.tables import Column, Table, count_cells, number_cells, range_cells
from builder.site.two_metrics import linked_rho
from builder.site.why import why_texts
from builder.site.words import DASH, capital, count, counted, fixed, inert, percent, rho
from builder.stats.schemes import POLICIES, SCHEMES
from builder.stats.specification import TOP

ROOT = "../../"
"""The snapshot's root as seen from these pages."""
NEAREST = 6
"""Metrics that agree most, and least, that are shown."""
FIRST = 10


def model(book: Book, model_id: str) -> dict[str, Any]:
    """One model: over all rankings, under every scheme, on every metric."""
    robust, found = book.results.robustness, _profiles(book)
    if robust is None:
        raise ValueError("a page of a model without a ranking")
    standing = robust.standings[robust.standings["model_id"] == model_id].iloc[0]
    mine = robust.by_selection
    row = found.models.index(model_id)
    ranks = found.ranks[row]
    view = book.default_view
    return {
        "standing": standing,
        "lead": _model_lead(standing, robust.n_rankings),
        "default": _default_place(view, model_id) if view is not None else "",
        "since": since_text(book, model_id),
        "over_time": places_over_time(book, model_id, ROOT),
        "compare": compare_query(book, [model_id, *(m for m in book.model_pages[:2] if m != model_id)]),
        "weights": _weights_text(book, model_id),
        "chosen": book.default,
        "places": _places_table(book, model_id),
        "why": why_texts(book, model_id),
        "selections": _selections_table(book, mine[mine["model_id"] == model_id]),
        "metrics": _metrics_table(book, found, row),
        "n_scored": int((~np.isnan(ranks)).sum()),
        "n_metrics": len(found.metrics),
    }


def _profiles(book: Book) -> Profiles:
    if book.results.profiles is None:
        raise ValueError("results of a part have no profiles")
    return book.results.profiles


def _model_lead(standing: pd.Series[Any], n_rankings: int) -> str:
    n = int(standing["n_rankings"])
    where = f"{count(n)} of the {counted(n_rankings, 'ranking')}" if n < n_rankings else (
        f"all {counted(n_rankings, 'ranking')}" if n_rankings > 1 else "the one ranking"
    )  # fmt: skip
    if standing["best"] == standing["worst"]:
        return f"Place {standing['best']:g} in {where} of this snapshot."
    tops = [
        f"first in {percent(standing['top_1'])} of them" if standing["top_1"] else "first in none",
        f"among the first ten in {percent(standing['top_10'])}"
        if standing["top_10"]
        else "never among the first ten",
    ]
    # Whoever never stands below the tenth place is always among the first ten.
    said = tops[0] if standing["worst"] <= TOP else ", ".join(tops)
    return (
        f"Median place {round(float(standing['median']), 1):g} over {where} of this snapshot, from "
        f"{standing['best']:g} to {standing['worst']:g}; {said}."
    )


def _default_place(view: View, model_id: str) -> Markup:
    rows = view.ranking[view.ranking["model_id"] == model_id]
    link = Markup('<a href="{}{}/">{}</a>').format(ROOT, view.address, view.title)
    if rows.empty:
        return Markup("It is not ranked in {}.").format(link)
    one = rows.iloc[0]
    likely = "" if pd.isna(one["low"]) else (
        f" Its likely places there are {one['low']} to {one['high']}." if one["low"] != one["high"]
        else f" Its likely place there is {one['low']} alone."
    )  # fmt: skip
    return Markup("Place {} of {} in {}.{}").format(
        count(int(one["place"])), count(view.n_models), link, likely
    )


def _weights_text(book: Book, model_id: str) -> str:
    """Which weights put it first; nothing of a model that is not complete, for only those were weighed."""
    known = book.sensitivity
    if known is None or model_id not in book.places.get((known.selection, COMPLETE, BASELINE), {}):
        return ""
    parts = [_group_weights(book, known, model_id)] if known.groups else []
    rows = known.by_metrics[known.by_metrics["model_id"] == model_id]
    return " ".join([*parts, *(_metric_weights(book, row) for row in rows.to_dict("records"))])


def _group_weights(book: Book, known: Sensitivity, model_id: str) -> str:
    rows = known.first_places[known.first_places["model_id"] == model_id]
    if rows.empty:
        return "No weights on the groups of metrics put it first by a weighted mean of their scores."
    one = rows.iloc[0]
    if one["moved"] < EQUAL:
        return "Equal weights on the groups of metrics put it first by a weighted mean of their scores."
    shares = ", ".join(f"{book.node_name(group)} {percent(float(one[group]))}" for group in known.groups)
    return (
        "The weights nearest to equal ones that put it first by a weighted mean of the groups' scores: "
        f"{shares}."
    )


def _metric_weights(book: Book, one: Mapping[Hashable, Any]) -> str:
    moved = float(one["moved"])
    if math.isnan(moved):
        return "With a weight for each metric, none put it first."
    if moved < EQUAL:
        return "With a weight for each metric, equal ones put it first."
    return (
        f"With a weight for each metric, {percent(moved)} of the weight must move from equal weights "
        f"to put it first; “{book.node_name(one['most'])}” then has most, {percent(float(one['weight']))}."
    )


def _places_table(book: Book, model_id: str) -> Markup | None:
    """Of the selection that the study starts from: a row a scheme, a column a policy; each place leads to its
    ranking. None where it is in none of them.
    """
    chosen = book.default.id if book.default is not None else ""
    policies = [policy.id for policy in POLICIES.values() if policy.ranks_models]
    rows = {s: [_place(book, (chosen, policy, s), model_id) for policy in policies] for s in SCHEMES}
    shown = [scheme for scheme, places in rows.items() if any(places)]
    if not shown:
        return None
    columns = [Column("Scheme", [str(inert(scheme_title(s))) for s in shown], "name", header=True)]
    for position, policy in enumerate(policies):
        cells = [rows[scheme][position] for scheme in shown]
        if any(cells):
            columns.append(Column(policy_title(policy), [cell or DASH for cell in cells], "num"))
    return Table("Place under every scheme, of how many", columns).html()


def _selections_table(book: Book, rows: pd.DataFrame) -> Markup:
    """A row a selection: its places over the rankings there."""
    titles = {selection.id: selection.title for selection in book.selections}
    links = [
        Markup('<a href="{}rankings/{}/">{}</a>').format(ROOT, one, inert(titles[one]))
        for one in rows["selection"]
    ]
    columns = [
        Column("Selection", links, "name", header=True),
        Column("Rankings", count_cells(rows["n_rankings"].tolist()), "num soft"),
        Column("Best", count_cells(rows["best"].astype(int).tolist()), "num"),
        Column("Median", number_cells(rows["median"].tolist(), 1), "num"),
        Column("Worst", count_cells(rows["worst"].astype(int).tolist()), "num"),
        Column("First 10", [percent(share) for share in rows["top_10"]], "num", keys=rows["top_10"].tolist()),
    ]
    return Table("Places over the rankings of each selection", columns).html()


def _place(book: Book, key: tuple[str, str, str], model_id: str) -> str:
    view = book.views.get(key)
    place = book.places[key].get(model_id) if view is not None else None
    if view is None or place is None:
        return ""
    return f'<a href="{ROOT}{view.address}/">{place}</a> <small>/ {view.n_models}</small>'


def _metrics_table(book: Book, found: Profiles, row: int) -> Markup:
    metrics = book.snapshot.tree.metrics
    ranks, scores = found.ranks[row], found.scores[row]
    n_scored = (~np.isnan(found.ranks)).sum(axis=0)
    better = [
        "" if math.isnan(r) else f'<i class="ab-bar" style="--v:{100 * (n - r) / max(n - 1, 1):.1f}%"></i>'
        for r, n in zip(ranks.tolist(), n_scored.tolist(), strict=True)
    ]
    columns = [
        Column("Metric", [book.linked_metric(m.id, ROOT) for m in metrics], "name", header=True),
        Column(
            "Group",
            [str(inert(book.node_name(m.parent))) if m.parent else DASH for m in metrics],
            "soft spare",
        ),
        *_scores(book, scores),
        Column("Rank", [DASH if math.isnan(r) else f"{r:g}" for r in ranks], "num"),
        Column("Of", count_cells(n_scored.tolist()), "num soft"),
        Column("", better, "bar", title="Share of the others that it is better than"),
    ]
    return Table("On every metric", columns).html()


def _scores(book: Book, scores: FloatArray) -> list[Column]:
    """The column of scores, where the terms of the data allow them to be handed on."""
    return [Column("Score", number_cells(scores.tolist()), "num")] if book.study.data.redistribute else []


def metric(book: Book, metric_id: str) -> dict[str, Any]:
    """One metric: its scores, its agreement with the others, its influence."""
    found = _profiles(book)
    column = found.metrics.index(metric_id)
    scores = found.scores[:, column]
    known = scores[~np.isnan(scores)]
    cells = book.results.coverage.by_metric.set_index("metric").loc[metric_id]
    left = book.sensitivity.left_out if book.sensitivity is not None else None
    agreement = _agreement_with(book, metric_id)
    return {
        "metric": book.snapshot.tree.metric(metric_id),
        "reference": book.snapshot.tree.metric(metric_id).reference.rstrip(". "),
        "path": [book.node_name(group) for group in _path(book, metric_id)],
        "cells": cells,
        "quartiles": [fixed(float(q), 3) for q in np.quantile(known, [0, 0.25, 0.5, 0.75, 1])]
        if known.size
        else [],
        "n": int(known.size),
        "rest": _rest_text(book, metric_id),
        "influence": _influence_text(book, metric_id),
        "basis": agreement,
        "agreement": _agreement_table(book, metric_id, agreement) if agreement is not None else None,
        "top": _top_table(book, found, column),
        "scheme_title": scheme_title(left.scheme) if left is not None else "",
        "titles": {selection.id: selection.title for selection in book.selections},
        "explained_at": told_at(book.snapshot, [metric_id]),
    }


def _path(book: Book, metric_id: str) -> list[str]:
    """Groups above a metric, the top one first."""
    path: list[str] = []
    node = book.snapshot.tree.metric(metric_id).parent
    while node:
        path.insert(0, node)
        node = book.snapshot.tree.group(node).parent
    return path


def _agreement_with(book: Book, metric_id: str) -> Agreement | None:
    """Of the agreements that have the metric, that of the study's own selection, else of the widest."""
    having = [one for one in book.results.agreements if metric_id in one.metrics]
    default = book.default.id if book.default is not None else ""
    having.sort(key=lambda one: (one.selection != default, -len(one.metrics), one.basis != COMPLETE))
    return having[0] if having else None


def _rest_text(book: Book, metric_id: str) -> str:
    known = book.sensitivity
    value = known.with_rest.get(metric_id, float("nan")) if known is not None else float("nan")
    if math.isnan(value):
        return ""
    return f"Its Spearman ρ with the mean rank over the other metrics is {rho(value)}."


def _influence_text(book: Book, metric_id: str) -> str:
    known = book.sensitivity
    if known is None or known.left_out is None:
        return ""
    rows = known.left_out.rows
    mine = rows[(rows["node"] == metric_id) & (rows["kind"] == "metric")]
    if mine.empty:
        return ""
    one = mine.iloc[0]
    left, move = int(one["left_top"]), int(one["largest_move"])
    if move == 0:
        return "Without it every place stays as it is."
    out = f", {counted(left, book.singular + ' leaves', book.models_are + ' leave')} the first ten,"
    if not left:
        out = ", the first ten stay the first ten,"
    if known.n_models <= TOP:
        out = ""
    return (
        f"Without it the ranking has Spearman ρ {rho(float(one['spearman']))} with the whole{out} and the "
        f"largest move is {counted(move, 'place')}."
    )


def _agreement_table(book: Book, metric_id: str, agreement: Agreement) -> Markup | None:
    row = agreement.metrics.index(metric_id)
    values, n = agreement.spearman.value[row], agreement.n[row]
    low, high = agreement.spearman_low[row], agreement.spearman_high[row]
    others = [i for i in range(len(values)) if i != row and not math.isnan(values[i])]
    if not others:
        return None
    others.sort(key=lambda i: (-values[i], agreement.metrics[i]))
    shown = others if len(others) <= 2 * NEAREST else others[:NEAREST] + others[-NEAREST:]
    columns = [
        Column(
            "Metric", [book.linked_metric(agreement.metrics[i], ROOT) for i in shown], "name", header=True
        ),
        Column(
            "ρ",
            [linked_rho(float(values[i]), (metric_id, agreement.metrics[i]), agreement, ROOT) for i in shown],
            "num",
        ),
        Column("95 %", range_cells(low[shown], high[shown]), "num soft"),
        Column(capital(book.models_are), count_cells([int(n[i]) for i in shown]), "num soft"),
        Column("Bonferroni p", [_p(agreement.spearman.p_bonferroni[row, i]) for i in shown], "num soft"),
    ]
    return Table("Metrics that agree most and least", columns).html()


def _p(value: float) -> str:
    if math.isnan(value):
        return DASH
    return "&lt; 0.001" if value < 0.001 else fixed(min(value, 1.0), 3)


def _top_table(book: Book, found: Profiles, column: int) -> Markup | None:
    ranks = found.ranks[:, column]
    scored = np.flatnonzero(~np.isnan(ranks))
    if not scored.size:
        return None
    order = scored[np.lexsort((scored, ranks[scored]))][:FIRST]
    names = [book.linked(found.models[i], ROOT) for i in order]
    columns = [
        Column("Rank", [f"{ranks[i]:g}" for i in order], "num place"),
        Column(capital(book.singular), names, "name", header=True),
        *_scores(book, found.scores[order, column]),
    ]
    return Table(f"The first {len(order)}", columns, sortable=False).html()
