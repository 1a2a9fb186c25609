"""How much of an overall score's variance each group of metrics explains."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from builder.results import FEWEST_MODELS, ROLE_MEAN, ROLE_Z_MEAN, Contribution, FloatArray, Selection
from builder.stats import contribution
from builder.stats.panel import Panel
from builder.stats.schemes import Scheme, places

MEAN_RANK = "mean-rank"


def contributions(
    selection: Selection, policy: str, schemes: list[Scheme], panel: Panel, models: pd.DataFrame
) -> list[Contribution]:
    """Explained variance per scheme and group: role groups where the study has them, else the top level."""
    tree = selection.tree
    groups = tuple(tree.role_groups) or tuple(node for node in tree.children() if tree.is_group(node))
    if len(groups) < 2:
        return []
    scores = contribution.group_scores(panel, groups)
    kept = np.asarray(~np.isnan(scores).any(axis=1))
    if kept.sum() < FEWEST_MODELS:
        return []
    z = contribution.z_transform(scores[kept])
    overall, overall_z = scores[kept].mean(axis=1), z.mean(axis=1)
    rows = _shares(ROLE_MEAN, groups, scores[kept], overall, overall)
    rows += _shares(ROLE_Z_MEAN, groups, z, overall_z, overall_z)
    mean_ranks = np.full((int(kept.sum()), len(groups)), np.nan)
    for scheme in schemes:
        by_group = contribution.group_values(panel, scheme, groups)[kept]
        if scheme.id == MEAN_RANK:
            mean_ranks = by_group
        ranked_by = scheme.aggregate(panel)[kept]
        rows += _shares(scheme.id, groups, by_group, by_group.mean(axis=1), ranked_by)
    ids = [model for model, keep in zip(panel.models, kept, strict=True) if keep]
    frame = pd.DataFrame(
        {
            "model_id": ids,
            "model": models.set_index("id").loc[ids, "name"].to_numpy(),
            "place": places(overall, True),
            "overall": overall,
            "overall_z": overall_z,
        }
    )
    for index, group in enumerate(groups):
        frame[group] = scores[kept][:, index]
        frame[f"z:{group}"] = z[:, index]
        frame[f"rank:{group}"] = mean_ranks[:, index]
    return [
        Contribution(
            selection=selection.id,
            policy=policy,
            n_models=int(kept.sum()),
            groups=groups,
            explained=pd.DataFrame(rows),
            group_scores=frame,
        )
    ]


def _shares(
    scheme: str, groups: tuple[str, ...], by_group: FloatArray, overall: FloatArray, ranked_by: FloatArray
) -> list[Mapping[str, object]]:
    robust = contribution.explained_variance_robust(by_group, overall)
    return [
        {
            "scheme": scheme,
            "group": group,
            "explained_variance": _share(contribution.explained_variance, by_group[:, index], overall),
            "explained_variance_rank": _share(
                contribution.explained_variance_rank, by_group[:, index], overall
            ),
            "explained_variance_robust": float(robust.explained_variance[index]),
            "explained_variance_of_ranking": _share(
                contribution.explained_variance, by_group[:, index], ranked_by
            ),
            "n_outliers": robust.n_outliers,
            "std": float(by_group[:, index].std()),
        }
        for index, group in enumerate(groups)
    ]


def _share(
    measure: Callable[[FloatArray, FloatArray], float], group_score: FloatArray, overall: FloatArray
) -> float:
    """A share of variance; undefined where there is no variance."""
    constant = group_score.min() == group_score.max() or overall.min() == overall.max()
    return float("nan") if constant else measure(group_score, overall)
