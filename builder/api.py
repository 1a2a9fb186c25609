"""The results as files: one JSON document each, in the form that builder/schemas/ describes.

    index.json                           every selection, scheme, policy, view and file, with SHA-256
    agreement/<selection>.json           correlations on the complete models
    agreement/<selection>.pairwise.json  correlations, each pair on its shared models
    structure/<selection>.json           how exact agreement is, where it holds, what lies behind it
    contribution/<selection>.json        scheme -> group -> explained variance, complete models
    contribution/<selection>.<policy>.json   the same under another coverage policy
    comparison/<selection>.<policy>.json how the schemes agree and which models move
    view/<selection>/<policy>/<scheme>.json  one ranking
    coverage.json                        cell states, the frontier and what each metric costs
    robustness.json                      what each choice changes
    missing.json                         what cells without a score change
    published.json                       what the source gives for inner nodes against what we compute

Numbers have 12 significant digits; a number that is undefined is null. Keys are in a fixed order and
documents end in a line feed, so equal results are equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.results import (
    COMPLETE,
    Agreement,
    Coefficient,
    Contribution,
    SchemeComparison,
    Selection,
    SnapshotResults,
    Structure,
    View,
)
from builder.results_robustness import Missing, Robustness, SpecificationCurve
from builder.stats.schemes import POLICIES, SCHEMES
from builder.views import rounded

FORMAT = 1
"""Raised when a document changes in a way that a reader must know of."""

Document = dict[str, Any]


def documents(results: SnapshotResults) -> dict[str, Document]:
    """Path below api/ -> document, for everything but index.json."""
    found: dict[str, Document] = {}
    for agreement in results.agreements:
        end = "" if agreement.basis == COMPLETE else f".{agreement.basis}"
        found[f"agreement/{agreement.selection}{end}.json"] = agreement_document(agreement)
    for structure in results.structures:
        found[f"structure/{structure.selection}.json"] = structure_document(structure)
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
                "largest_difference": _number(check.largest),
                "worst_model": check.worst_model,
            }
            for check in results.published
        ]
    }
    if results.robustness is not None:
        found["robustness.json"] = robustness_document(results.robustness)
    if results.missing is not None:
        found["missing.json"] = missing_document(results.missing)
    return found


def write_api(results: SnapshotResults, folder: Path, data_digest: str) -> None:
    """Write every document and index.json below `folder`, which is made."""
    hashes: dict[str, str] = {}
    for path, document in documents(results).items():
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


def agreement_document(agreement: Agreement) -> Document:
    """Correlations of a selection's metrics; matrices are indexed like `metrics`."""
    spearman = agreement.spearman
    return {
        "selection": agreement.selection,
        "basis": agreement.basis,
        "n_models": agreement.n_models,
        "metrics": list(agreement.metrics),
        "n_pairs": spearman.n_pairs,
        "mean_rho": _number(spearman.mean),
        "median_rho": _number(spearman.median),
        "n_negative": spearman.n_negative,
        "n_significant": spearman.n_significant["none"],
        "n_significant_bonferroni": spearman.n_significant["bonferroni"],
        "n_significant_holm": spearman.n_significant["holm"],
        "n_significant_bh": spearman.n_significant["bh"],
        "group_means": _records(agreement.group_means),
        "n": agreement.n.tolist(),
        "rho": _symmetric(spearman.value),
        "rho_low": _symmetric(agreement.spearman_low),
        "rho_high": _symmetric(agreement.spearman_high),
        "p": _symmetric(spearman.p),
        "p_bonferroni": _symmetric(spearman.p_bonferroni),
        "p_holm": _symmetric(spearman.p_holm),
        "p_bh": _symmetric(spearman.p_bh),
        "kendall": _coefficient(agreement.kendall),
        "pearson": _coefficient(agreement.pearson),
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
        "sensitivity": _value(robust.sensitivity),
    }


def _curve(curve: SpecificationCurve) -> Document:
    found = _fields(curve)
    return {name: len(value) if name == "rankings" else value for name, value in found.items()}


def missing_document(missing: Missing) -> Document:
    """What each coverage policy changes, and what filling cells in would."""
    return _fields(missing)


def structure_document(structure: Structure) -> Document:
    """How exact agreement is, where it holds, and what lies behind it."""
    return {
        "selection": structure.selection,
        "n_models": structure.n_models,
        "draws": structure.draws,
        "mean_rho_low": _number(structure.mean_low),
        "mean_rho_high": _number(structure.mean_high),
        "permutations": structure.permutations,
        "n_components": structure.n_components,
        "shares": [_number(share) for share in structure.shares],
        "loadings": _records(structure.loadings),
        "resolution": _records(structure.resolution),
        "regression": _records(structure.regression),
        "r_squared": _number(structure.r_squared),
    }


def schema(kind: str) -> Document:
    """The JSON Schema of a kind of document: agreement, comparison, contribution, coverage, index,
    missing, published, robustness, structure or view. Raises FileNotFoundError for any other."""
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


def _coefficient(coefficient: Coefficient) -> Document:
    return {
        "mean": _number(coefficient.mean),
        "median": _number(coefficient.median),
        "n_pairs": coefficient.n_pairs,
        "n_negative": coefficient.n_negative,
        "n_significant_bonferroni": coefficient.n_significant["bonferroni"],
        "value": _symmetric(coefficient.value),
        "p": _symmetric(coefficient.p),
    }


def _number(value: float) -> float | None:
    return rounded(value) if math.isfinite(value) else None


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    """`_number` of each of many; shape (n,)."""
    return [_number(value) for value in values.tolist()]


def _matrix(values: NDArray[np.float64]) -> list[list[float | None]]:
    return [_numbers(row) for row in values]


def _symmetric(values: NDArray[np.float64]) -> list[list[float | None]]:
    """As `_matrix`, for one that is its own mirror image: rounding is what takes the time."""
    upper = np.triu_indices_from(values)
    square = np.empty(values.shape, dtype=object)
    square[upper] = square.T[upper] = _numbers(values[upper])
    found: list[list[float | None]] = square.tolist()
    return found


def _fields(result: Any) -> Document:
    """A result's fields under their names."""
    return {field.name: _value(getattr(result, field.name)) for field in fields(result)}


def _value(value: Any) -> Any:
    """A frame as records, a result as its fields, what holds several as each of them."""
    if isinstance(value, pd.DataFrame):
        return _records(value)
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _value(one) for name, one in value.items()}
    return _plain(value)


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in zip(*(_column(frame[name]) for name in frame.columns), strict=True)]


def _records(frame: pd.DataFrame) -> list[Document]:
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in _rows(frame)]


def _column(column: pd.Series[Any]) -> list[Any]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return _numbers(column.to_numpy(np.float64))
    return [value if type(value) in _AS_THEY_ARE else _plain(value) for value in column.tolist()]


_AS_THEY_ARE = {str, int, bool}


def _plain(value: Any) -> Any:
    """A frame's value as JSON has it: missing becomes null, numbers are rounded as published."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return _number(float(value))
    return str(value)


def _write(path: Path, document: Document) -> str:
    """Write a document; its SHA-256."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return hashlib.sha256(text.encode()).hexdigest()
