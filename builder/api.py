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
    compare.json                         places and ranks of the models that have a page, side by side
    explorer.json                        every cell, and what rankings are made of (builder/site/explorer.py)
    published.json                       what the source gives for inner nodes against what we compute

Numbers have 12 significant digits; a number that is undefined is null. Keys are in a fixed order and
documents end in a line feed, so equal results are equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from builder.api_agreement import (
    agreement_document,
    clusters_document,
    model_groups_document,
    structure_document,
)
from builder.api_values import Document, document, number, records, rows
from builder.catalog.tree import Metric
from builder.results import (
    COMPLETE,
    Contribution,
    PublishedCheck,
    Robustness,
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
        found[path] = document(comparison, without=("places",))
    for view in results.views:
        found[f"{view.address}.json"] = view_document(view)
    found["coverage.json"] = {
        "cells": results.coverage.by_state,
        "metrics": records(results.coverage.by_metric),
        "models": records(results.coverage.by_model),
        "frontier": records(results.coverage.frontier),
        "cost": records(results.coverage.cost),
    }
    found["published.json"] = {"checks": [_check(check) for check in results.published]}
    if results.robustness is not None:
        found["robustness.json"] = robustness_document(results.robustness)
    if results.history is not None:
        found["history.json"] = document(results.history)
    if results.missing is not None:
        found["missing.json"] = document(results.missing)
    return found


@dataclass(frozen=True)
class Heading:
    """What index.json says of a snapshot beside its results."""

    data_digest: str
    metrics: tuple[Metric, ...]
    start: View | None
    """The view that the study's pages start from."""


def write_api(
    results: SnapshotResults, folder: Path, heading: Heading, more: Mapping[str, Document] | None = None
) -> None:
    """Write every document, `more` by path, and index.json below `folder`, which is made."""
    hashes: dict[str, str] = {}
    for path, content in {**documents(results), **(more or {})}.items():
        hashes[path] = _write(folder / path, content)
    _write(folder / "index.json", index_document(results, hashes, heading))


def write_schemas(folder: Path) -> None:
    """Write the JSON Schemas of all documents into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted((resources.files("builder") / "schemas").iterdir(), key=lambda file: file.name):
        (folder / source.name).write_bytes(source.read_bytes())


def index_document(results: SnapshotResults, hashes: Mapping[str, str], heading: Heading) -> Document:
    """The table of contents: what there is, where it is, and its SHA-256."""
    return {
        "format": FORMAT,
        "study": results.study,
        "snapshot": results.snapshot,
        "data_sha256": heading.data_digest,
        "start": None if heading.start is None else f"{heading.start.address}.json",
        "metrics": [
            {"id": metric.id, "name": metric.name, "higher_is_better": metric.higher_is_better}
            for metric in heading.metrics
        ],
        "selections": [document(one, without=("description", "tree")) for one in results.selections],
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
        "refused": [document(refusal) for refusal in results.refusals],
        "files": [{"path": path, "sha256": sha256} for path, sha256 in sorted(hashes.items())],
    }


def contribution_document(contribution: Contribution) -> Document:
    """Scheme -> group -> shares of the overall score's variance."""
    found: Document = {}
    for row in contribution.explained.to_dict("records"):
        found.setdefault(row["scheme"], {})[row["group"]] = {
            "explained_variance": number(row["explained_variance"]),
            "explained_variance_rank": number(row["explained_variance_rank"]),
            "explained_variance_robust": number(row["explained_variance_robust"]),
            "explained_variance_of_ranking": number(row["explained_variance_of_ranking"]),
            "n_models": contribution.n_models,
            "n_outliers": int(row["n_outliers"]),
            "std": number(row["std"]),
        }
    return found


def view_document(view: View) -> Document:
    """One ranking, best first: a row a model, in the order of `columns`."""
    return {
        "selection": view.selection,
        "policy": view.policy,
        "scheme": view.scheme,
        "title": view.title,
        "digest": view.digest,
        "remark": view.remark,
        "certainty": document(view.certainty),
        "n_models": view.n_models,
        "n_metrics": view.n_metrics,
        "columns": [str(name) for name in view.ranking.columns],
        "ranking": rows(view.ranking),
    }


def robustness_document(robust: Robustness) -> Document:
    """What each choice changes."""
    return {
        "n_rankings": robust.n_rankings,
        "n_distinct": robust.n_distinct,
        "n_first": robust.n_first,
        "standings": records(robust.standings),
        "by_selection": records(robust.by_selection),
        "explained": {name: number(share) for name, share in robust.explained.items()},
        "explained_together": number(robust.together),
        "curves": [_curve(curve) for curve in robust.curves],
        "tradeoff": records(robust.tradeoff),
        "tradeoff_rho": number(robust.tradeoff_rho),
        "tradeoff_p": number(robust.tradeoff_p),
        "sensitivity": document(robust.sensitivity) if robust.sensitivity is not None else None,
    }


def _curve(curve: SpecificationCurve) -> Document:
    return {**document(curve, without=("rankings",)), "n_rankings": len(curve.rankings)}


def _check(check: PublishedCheck) -> Document:
    digits = {name: getattr(check, name) for name in ("decimals", "score_decimals")}
    return {
        **document(check, without=("largest", *digits)),
        "largest_difference": number(check.largest),
        **{name: known if known >= 0 else None for name, known in digits.items()},
    }


def schema(kind: str) -> Document:
    """The JSON Schema of a kind of document: agreement, clusters, compare, comparison, contribution,
    coverage, explorer, history, index, missing, model-groups, published, robustness, structure or view.

    Raises FileNotFoundError for any other.
    """
    text = (resources.files("builder") / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8")
    found: Document = json.loads(text)
    return found


def schema_kind(path: str) -> str:
    """Which schema a path below api/ has to fit."""
    return path.split("/")[0].removesuffix(".json")


def _write(path: Path, document: Document) -> str:
    """Write a document; its SHA-256."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return hashlib.sha256(text.encode()).hexdigest()
