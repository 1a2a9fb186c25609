"""The results as files: one JSON document each, in the form that builder/schemas/ describes.

    index.json                           every selection, scheme, policy, view and file, with SHA-256
    agreement/<selection>.json           correlations on the complete models
    agreement/<selection>.pairwise.json  correlations, each pair on its shared models
    structure/<selection>.json           how exact agreement is, where it holds, what lies behind it
    clusters/<selection>.json            which metrics agree with which: the tree and its order
    model-groups/<selection>.json        whether metrics agree alike in two groups of models
    contribution/<selection>.json        scheme -> group -> explained variance, complete models
    contribution/<selection>.<policy>.json   the same under another coverage policy
    comparison/<selection>.<policy>.json how the schemes agree and which models move
    view/<selection>/<policy>/<scheme>.json  one ranking
    coverage.json                        cell states, the frontier and what each metric costs
    robustness.json                      what each choice changes
    history.json                         places over the snapshots, and what has moved each since the last
    missing.json                         what cells without a score change
    explorer.json                        every cell, and what rankings are made of (builder/site/explorer.py)
    published.json                       what the source gives for inner nodes against what we compute

Numbers have 12 significant digits; a number that is undefined is null. Keys are in a fixed order and
documents end in a line feed, so equal results are equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from builder.api_agreement import (
    agreement_document,
    clusters_document,
    model_groups_document,
    structure_document,
)
from builder.api_values import Document, plain
from builder.api_values import matrix as _matrix
from builder.api_values import number as _number
from builder.api_values import records as _records
from builder.api_values import rows as _rows
from builder.results import (
    COMPLETE,
    Contribution,
    History,
    Missing,
    Robustness,
    SchemeComparison,
    Selection,
    Sensitivity,
    Since,
    SnapshotResults,
    SpecificationCurve,
    View,
)
from builder.stats.schemes import POLICIES, SCHEMES

FORMAT = 1
"""Raised when a document changes in a way that a reader must know of."""


def documents(results: SnapshotResults) -> dict[str, Document]:
    """Path below api/ -> document, for everything but index.json."""
    found: dict[str, Document] = {}
    for agreement in results.agreements:
        end = "" if agreement.basis == COMPLETE else f".{agreement.basis}"
        found[f"agreement/{agreement.selection}{end}.json"] = agreement_document(agreement)
    for structure in results.structures:
        found[f"structure/{structure.selection}.json"] = structure_document(structure)
    for clustering in results.clusterings:
        found[f"clusters/{clustering.selection}.json"] = clusters_document(clustering)
    for difference in results.differences:
        found[f"model-groups/{difference.selection}.json"] = model_groups_document(difference)
    for contribution in results.contributions:
        end = "" if contribution.policy == COMPLETE else f".{contribution.policy}"
        found[f"contribution/{contribution.selection}{end}.json"] = contribution_document(contribution)
    for comparison in results.comparisons:
        path = f"comparison/{comparison.selection}.{comparison.policy}.json"
        found[path] = comparison_document(comparison)
    for view in results.views:
        found[f"{view.address}.json"] = view_document(view)
    found["coverage.json"] = {
        "cells": results.coverage.by_state,
        "metrics": _records(results.coverage.by_metric),
        "models": _records(results.coverage.by_model),
        "frontier": _records(results.coverage.frontier),
        "cost": _records(results.coverage.cost),
    }
    found["published.json"] = {
        "checks": [
            {
                "group": check.group,
                "policy": check.policy,
                "n_models": check.n_models,
                "n_equal": check.n_equal,
                "n_same": check.n_same,
                "largest_difference": _number(check.largest),
                "worst_model": check.worst_model,
                "n_gaps": check.n_gaps,
                "n_silent": check.n_silent,
                "n_silent_scored": check.n_silent_scored,
                "decimals": check.decimals if check.decimals >= 0 else None,
                "score_decimals": check.score_decimals if check.score_decimals >= 0 else None,
            }
            for check in results.published
        ]
    }
    if results.robustness is not None:
        found["robustness.json"] = robustness_document(results.robustness)
    if results.history is not None:
        found["history.json"] = history_document(results.history)
    if results.missing is not None:
        found["missing.json"] = missing_document(results.missing)
    return found


def write_api(
    results: SnapshotResults, folder: Path, data_digest: str, more: Mapping[str, Document] | None = None
) -> None:
    """Write every document, `more` by path, and index.json below `folder`, which is made."""
    hashes: dict[str, str] = {}
    for path, document in {**documents(results), **(more or {})}.items():
        hashes[path] = _write(folder / path, document)
    _write(folder / "index.json", index_document(results, hashes, data_digest))


def write_schemas(folder: Path) -> None:
    """Write the JSON Schemas of all documents into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted((resources.files("builder") / "schemas").iterdir(), key=lambda file: file.name):
        (folder / source.name).write_bytes(source.read_bytes())


def index_document(results: SnapshotResults, hashes: Mapping[str, str], data_digest: str) -> Document:
    """The table of contents: what there is, where it is, and its SHA-256."""
    return {
        "format": FORMAT,
        "study": results.study,
        "snapshot": results.snapshot,
        "data_sha256": data_digest,
        "selections": [_selection(selection) for selection in results.selections],
        "policies": [{"id": policy.id, "title": policy.title} for policy in POLICIES.values()],
        "schemes": [
            {"id": scheme.id, "title": scheme.title, "higher_is_better": scheme.higher_is_better}
            for scheme in SCHEMES.values()
        ],
        "views": [
            {
                "selection": view.selection,
                "policy": view.policy,
                "scheme": view.scheme,
                "n_models": view.n_models,
                "digest": view.digest,
                "page": f"{view.address}/",
                "file": f"{view.address}.json",
            }
            for view in results.views
        ],
        "refused": [
            {
                "selection": refusal.selection,
                "policy": refusal.policy,
                "scheme": refusal.scheme,
                "reason": refusal.reason,
            }
            for refusal in results.refusals
        ],
        "files": [{"path": path, "sha256": sha256} for path, sha256 in sorted(hashes.items())],
    }


def contribution_document(contribution: Contribution) -> Document:
    """Scheme -> group -> shares of the overall score's variance."""
    found: Document = {}
    for row in contribution.explained.to_dict("records"):
        found.setdefault(row["scheme"], {})[row["group"]] = {
            "explained_variance": _number(row["explained_variance"]),
            "explained_variance_rank": _number(row["explained_variance_rank"]),
            "explained_variance_robust": _number(row["explained_variance_robust"]),
            "explained_variance_of_ranking": _number(row["explained_variance_of_ranking"]),
            "n_models": contribution.n_models,
            "n_outliers": int(row["n_outliers"]),
            "std": _number(row["std"]),
        }
    return found


def comparison_document(comparison: SchemeComparison) -> Document:
    """How far the schemes of one selection and policy agree; matrices are indexed like `schemes`."""
    return {
        "selection": comparison.selection,
        "policy": comparison.policy,
        "n_models": comparison.n_models,
        "schemes": list(comparison.schemes),
        "spearman": _matrix(comparison.spearman),
        "kendall": _matrix(comparison.kendall),
        "n_moved": dict(comparison.n_moved),
    }


def view_document(view: View) -> Document:
    """One ranking, best first: a row a model, in the order of `columns`."""
    return {
        "selection": view.selection,
        "policy": view.policy,
        "scheme": view.scheme,
        "title": view.title,
        "digest": view.digest,
        "remark": view.remark,
        "certainty": {
            "draws": view.certainty.draws,
            "n_tiers": view.certainty.n_tiers,
            "n_apart": view.certainty.n_apart,
            "median_width": _number(view.certainty.median_width),
            "reason": view.certainty.reason,
            "above": _matrix(view.certainty.above) if view.certainty.above is not None else [],
            "within_errors": view.certainty.within_errors,
        },
        "n_models": view.n_models,
        "n_metrics": view.n_metrics,
        "columns": [str(name) for name in view.ranking.columns],
        "ranking": _rows(view.ranking),
    }


def robustness_document(robust: Robustness) -> Document:
    """What each choice changes."""
    return {
        "n_rankings": robust.n_rankings,
        "n_first": robust.n_first,
        "standings": _records(robust.standings),
        "by_selection": _records(robust.by_selection),
        "explained": {name: _number(share) for name, share in robust.explained.items()},
        "explained_together": _number(robust.together),
        "curves": [_curve(curve) for curve in robust.curves],
        "tradeoff": _records(robust.tradeoff),
        "tradeoff_rho": _number(robust.tradeoff_rho),
        "sensitivity": _sensitivity(robust.sensitivity) if robust.sensitivity is not None else None,
    }


def _curve(curve: SpecificationCurve) -> Document:
    behind = curve.behind
    return {
        "model_id": curve.model_id,
        "n_rankings": len(curve.rankings),
        "n_first": curve.n_first,
        "n_below": curve.n_below,
        "behind": None if behind is None else asdict(behind),
    }


def _sensitivity(known: Sensitivity) -> Document:
    left = known.left_out
    return {
        "selection": known.selection,
        "n_models": known.n_models,
        "left_out": {"scheme": left.scheme, "rows": _records(left.rows)} if left is not None else None,
        "groups": list(known.groups),
        "first_places": _records(known.first_places),
        "by_metrics": _records(known.by_metrics),
        "irrelevant": _records(known.irrelevant),
        "concordance": _number(known.concordance),
        "diversity": _number(known.diversity),
        "small_panel": _records(known.small_panel),
        "with_rest": {metric: _number(rho) for metric, rho in known.with_rest.items()},
    }


def history_document(history: History | Since) -> Document:
    """One view over the snapshots: every field under its own name; a row of `places` has its model's place
    under the id of each snapshot that ranks any."""
    return {field.name: _plain_field(getattr(history, field.name)) for field in fields(history)}


def _plain_field(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return _records(value)
    if isinstance(value, Since):
        return history_document(value)
    return {name: plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def missing_document(missing: Missing) -> Document:
    """What each coverage policy changes, and what filling cells in would."""
    what_if = missing.what_if
    return {
        "selection": missing.selection,
        "scheme": missing.scheme,
        "n_complete": missing.n_complete,
        "changes": _records(missing.changes),
        "entrants": _records(missing.entrants),
        "what_if": None if what_if is None else {
            "n_models": what_if.n_models,
            "n_failed": what_if.n_failed,
            "n_missing": what_if.n_missing,
            "rank": what_if.rank,
            "n_held": what_if.n_held,
            "error": _number(what_if.error),
            "baseline": _number(what_if.baseline),
            "error_at_random": _number(what_if.error_at_random),
            "top": _records(what_if.top),
        },
        "no_what_if": missing.no_what_if,
    }  # fmt: skip


def schema(kind: str) -> Document:
    """The JSON Schema of a kind of document: agreement, clusters, comparison, contribution, coverage,
    explorer, history, index, missing, model-groups, published, robustness, structure or view.

    Raises FileNotFoundError for any other.
    """
    text = (resources.files("builder") / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8")
    found: Document = json.loads(text)
    return found


def schema_kind(path: str) -> str:
    """Which schema a path below api/ has to fit."""
    return path.split("/")[0].removesuffix(".json")


def _selection(selection: Selection) -> Document:
    return {
        "id": selection.id,
        "title": selection.title,
        "metrics": list(selection.metrics),
        "absent": list(selection.absent),
        "n_models": selection.n_models,
        "n_complete": selection.n_complete,
    }


def _write(path: Path, document: Document) -> str:
    """Write a document; its SHA-256."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return hashlib.sha256(text.encode()).hexdigest()
