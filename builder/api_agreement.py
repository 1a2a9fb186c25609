"""What the API says of agreement: one function a kind of document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from builder.api_values import Document, document, number, records, rows, symmetric
from builder.results import Agreement, Clustering, Coefficient, GroupDifference, Resampled, Structure

Matrix: TypeAlias = Callable[[NDArray[np.float64]], Any]
MOST_METRICS = 300
"""Metrics up to which a document has every matrix: a dozen of 1,000 x 1,000 are 170 MB."""


def agreement_document(agreement: Agreement) -> Document:
    """Correlations of a selection's metrics; matrices are indexed like `metrics`.

    Of more than `MOST_METRICS` metrics there are `n` and `rho` alone, and null for the other matrices, which
    the table of pairs has (agreement/<selection>/pairs-<basis>.csv on the site).
    """
    spearman = agreement.spearman
    held = symmetric if len(agreement.metrics) <= MOST_METRICS else _left_out
    return {
        "selection": agreement.selection,
        "basis": agreement.basis,
        "n_models": agreement.n_models,
        "metrics": list(agreement.metrics),
        "n_pairs": spearman.n_pairs,
        "mean_rho": number(spearman.mean),
        "median_rho": number(spearman.median),
        "n_negative": spearman.n_negative,
        "n_significant": spearman.n_significant["none"],
        "n_significant_bonferroni": spearman.n_significant["bonferroni"],
        "n_significant_holm": spearman.n_significant["holm"],
        "n_significant_bh": spearman.n_significant["bh"],
        "group_means": records(agreement.group_means),
        "n": agreement.n.tolist(),
        "rho": symmetric(spearman.value),
        "rho_low": held(agreement.spearman_low),
        "rho_high": held(agreement.spearman_high),
        "resampled": _resampled(agreement.resampled, held) if agreement.resampled is not None else None,
        "p": held(spearman.p),
        "p_bonferroni": held(spearman.p_bonferroni),
        "p_holm": held(spearman.p_holm),
        "p_bh": held(spearman.p_bh),
        "kendall": _coefficient(agreement.kendall, held),
        "pearson": _coefficient(agreement.pearson, held),
    }


def _left_out(_: NDArray[np.float64]) -> None:
    return None


def _resampled(resampled: Resampled, held: Matrix) -> Document:
    return {
        "draws": resampled.draws,
        "permutations": resampled.permutations,
        "rho_low": held(resampled.low),
        "rho_high": held(resampled.high),
        "p": held(resampled.p),
        "n_other_verdicts": resampled.n_other_verdicts,
        "n_other_intervals": resampled.n_other_intervals,
        "median_width": number(resampled.median_width),
        "median_width_by_formula": number(resampled.median_width_by_formula),
    }


def clusters_document(clustering: Clustering) -> Document:
    """Which metrics agree with which; `clusters` are those left when there are as many as groups."""
    return {
        "selection": clustering.selection,
        "basis": clustering.basis,
        "n_models": clustering.n_models,
        "order": list(clustering.order),
        "order_optimal": clustering.optimal,
        "merges": [
            {
                "cluster": int(row["cluster"]),
                "joins": [row[f"metric_{side}"] or int(row[f"cluster_{side}"]) for side in "ab"],
                "rho": number(row["rho"]),
                "n_metrics": int(row["n_metrics"]),
            }
            for row in clustering.merges.to_dict("records")
        ],
        "cophenetic_correlation": number(clustering.cophenetic),
        "groups": clustering.groups,
        "clusters": clustering.clusters,
        "adjusted_rand": number(clustering.rand),
        "n_nearest_in_group": clustering.n_near,
        "n_nearest_by_chance": number(clustering.near_by_chance),
    }


def model_groups_document(difference: GroupDifference) -> Document:
    """Whether metrics agree alike in two groups of models: a row a pair, in the order of `columns`."""
    return {
        "selection": difference.selection,
        "basis": difference.basis,
        "kind": difference.kind,
        "first": difference.first,
        "second": difference.second,
        "n_first": difference.n_first,
        "n_second": difference.n_second,
        "n_neither": difference.n_neither,
        "mean_rho_first": number(difference.mean_first),
        "mean_rho_second": number(difference.mean_second),
        "n_tested": difference.n_tested,
        "n_more_in_first": difference.n_more_in_first,
        "n_more_in_second": difference.n_more_in_second,
        "columns": [str(name) for name in difference.pairs.columns],
        "pairs": rows(difference.pairs),
    }


def structure_document(structure: Structure) -> Document:
    """How exact agreement is, where it holds, and what lies behind it."""
    over_models = structure.means.iloc[0]
    return {
        **document(structure, without=("means",)),
        "mean_rho_low": number(float(over_models["low"])),
        "mean_rho_high": number(float(over_models["high"])),
        "mean_rho": records(structure.means),
    }


def _coefficient(coefficient: Coefficient, held: Matrix) -> Document:
    return {
        "mean": number(coefficient.mean),
        "median": number(coefficient.median),
        "n_pairs": coefficient.n_pairs,
        "n_negative": coefficient.n_negative,
        "n_significant_bonferroni": coefficient.n_significant["bonferroni"],
        "value": held(coefficient.value),
        "p": held(coefficient.p),
    }
