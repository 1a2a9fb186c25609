"""From one snapshot to every result of it: asks the warehouse, calls the statistics, computes nothing itself.

`analyse` is the table of contents.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.catalog.tree import MetricTree
from builder.results import (
    COMPLETE,
    FEWEST_MODELS,
    PAIRWISE,
    ROLE_MEAN,
    ROLE_Z_MEAN,
    Agreement,
    Coefficient,
    Contribution,
    Coverage,
    PublishedCheck,
    Refusal,
    SchemeComparison,
    Selection,
    SnapshotResults,
    View,
)
from builder.stats import comparison, contribution, correlation, multiple_testing
from builder.stats.panel import Panel
from builder.stats.schemes import POLICIES, SCHEMES, Scheme, min_max, places, refusal
from builder.views import ranking_digest
from builder.warehouse import PanelAnswer, Warehouse

FloatArray = NDArray[np.float64]

BASELINE = "arithmetic-mean"
ALPHA = 0.05
PUBLISHED_ROUNDING = 0.002
"""Sources publish three digits: two roundings and the children's own may add up to this."""
EVERYTHING = "*"
"""Not a selection of any study: all metrics, for the check against published inner nodes."""
ZEROED = ("attempted", "zero")


def analyse(study: Study, snapshot: Snapshot) -> SnapshotResults:
    """Every result of a snapshot, under all selections, policies and schemes of its study.

    Raises ValueError where the snapshot has no model or no metric.
    """
    with Warehouse(snapshot) as warehouse:
        coverage_of_metrics = warehouse.ask("coverage_of_metrics")
        selections = []
        for name in study.selections:
            selection = _resolve(study, snapshot, name, coverage_of_metrics, warehouse)
            if selection is not None:
                selections.append(selection)
        agreements: list[Agreement] = []
        comparisons: list[SchemeComparison] = []
        contributions: list[Contribution] = []
        views: list[View] = []
        refusals: list[Refusal] = []
        for selection in selections:
            shared = warehouse.panel(selection.id, "worst-rank").panel
            agreements += _agreements(selection, shared)
            counts = warehouse.ask("selection_coverage", selection=selection.id).set_index("model")
            for policy in POLICIES.values():
                if policy.id == PAIRWISE:
                    continue
                refused, admitted = _admitted(selection, policy.id)
                refusals += refused
                if not admitted:
                    continue
                answer = warehouse.panel(selection.id, policy.id)
                if not answer.panel.models:
                    continue
                ranked = _rank(selection, policy.id, admitted, answer, counts, snapshot.models)
                views += ranked
                if len(answer.panel.models) < FEWEST_MODELS:
                    continue
                if len(ranked) > 1:
                    comparisons.append(_compare(selection, policy.id, ranked))
                if policy.id == COMPLETE or policy.id in ZEROED:
                    contributions += _contribution(
                        selection, policy.id, admitted, answer.panel, snapshot.models
                    )
        return SnapshotResults(
            study=study.id,
            snapshot=snapshot.id,
            selections=tuple(selections),
            agreements=tuple(agreements),
            comparisons=tuple(comparisons),
            contributions=tuple(contributions),
            views=tuple(views),
            refusals=tuple(refusals),
            coverage=_coverage(selections, snapshot.tree, coverage_of_metrics, warehouse),
            published=_check_published(snapshot, warehouse),
        )


def _resolve(
    study: Study, snapshot: Snapshot, name: str, coverage: pd.DataFrame, warehouse: Warehouse
) -> Selection | None:
    """A selection as it stands in this snapshot; None where the snapshot has none of its metrics."""
    spec = study.selections[name]
    scored = dict(zip(coverage["metric"], coverage["scored"], strict=True))
    fewest = spec.min_coverage * len(snapshot.models)
    present = study.selected_metrics(name, snapshot.tree)
    metrics = tuple(metric for metric in present if scored[metric] >= max(fewest, 1))
    if not metrics:
        return None
    wanted = dict.fromkeys((*study.selected_metrics(name, study.tree), *present))
    warehouse.add_selection(name, metrics)
    counts = warehouse.ask("selection_coverage", selection=name)
    return Selection(
        id=name,
        title=spec.title,
        description=spec.description,
        metrics=metrics,
        absent=tuple(metric for metric in wanted if metric not in metrics),
        tree=snapshot.tree.restrict(metrics),
        n_models=int((counts["missing"] < len(metrics)).sum()),
        n_complete=len(warehouse.ask("complete_models", selection=name)),
    )


def _agreements(selection: Selection, panel: Panel) -> list[Agreement]:
    """Agreement on the complete models and on each pair's shared models; none with one metric."""
    if len(selection.metrics) < 2:
        return []
    complete = panel.scores[~np.isnan(panel.scores).any(axis=1)]
    found = []
    if len(complete) >= FEWEST_MODELS:
        found.append(_agreement(selection, COMPLETE, complete))
    if np.isnan(panel.scores).any() or not found:
        run = panel.scores[~np.isnan(panel.scores).all(axis=1)]
        if len(run) >= FEWEST_MODELS:
            found.append(_agreement(selection, PAIRWISE, run))
    return found


def _agreement(selection: Selection, basis: str, scores: FloatArray) -> Agreement:
    spearman = correlation.spearman(scores)
    kendall = correlation.kendall(scores)
    pearson = correlation.pearson(scores)
    return Agreement(
        selection=selection.id,
        basis=basis,
        metrics=selection.metrics,
        n_models=len(scores),
        n=spearman.n,
        spearman=_coefficient(spearman.value, spearman.p),
        kendall=_coefficient(kendall.value, kendall.p),
        pearson=_coefficient(pearson.value, pearson.p),
        group_means=_group_means(selection.tree, spearman.value),
    )


def _coefficient(value: FloatArray, p: FloatArray) -> Coefficient:
    upper = np.triu_indices_from(value, k=1)
    pairs, p_pairs = value[upper], p[upper]
    defined = pairs[~np.isnan(pairs)]
    adjusted = {
        "none": p_pairs,
        "bonferroni": multiple_testing.bonferroni(p_pairs),
        "holm": multiple_testing.holm(p_pairs),
        "bh": multiple_testing.benjamini_hochberg(p_pairs),
    }
    square = {name: _symmetric(values, len(value)) for name, values in adjusted.items()}
    return Coefficient(
        value=value,
        p=square["none"],
        p_bonferroni=square["bonferroni"],
        p_holm=square["holm"],
        p_bh=square["bh"],
        mean=float(defined.mean()) if defined.size else float("nan"),
        median=float(np.median(defined)) if defined.size else float("nan"),
        n_pairs=int(defined.size),
        n_negative=int((defined < 0).sum()),
        n_significant={name: int((values < ALPHA).sum()) for name, values in adjusted.items()},
    )


def _symmetric(pairs: FloatArray, size: int) -> FloatArray:
    """A square matrix from its upper triangle; the diagonal is undefined."""
    square = np.full((size, size), np.nan)
    upper = np.triu_indices(size, k=1)
    square[upper] = pairs
    square.T[upper] = pairs
    return square


def _group_means(tree: MetricTree, rho: FloatArray) -> pd.DataFrame:
    """Mean Spearman within and between the groups right below the top level, and the top-level ones."""
    position = {metric: index for index, metric in enumerate(tree.metric_ids)}
    top = [group for group in tree.children() if tree.is_group(group)]
    second = [child for group in top for child in tree.children(group) if tree.is_group(child)]
    members = {group: [position[metric] for metric in tree.leaves(group)] for group in (*top, *second)}
    rows = []
    names = list(members)
    for index, first in enumerate(names):
        for other in names[index:]:
            if first != other and set(members[first]) & set(members[other]):
                continue
            block = rho[np.ix_(members[first], members[other])]
            values = block[np.triu_indices_from(block, k=1)] if first == other else block.ravel()
            values = values[~np.isnan(values)]
            if values.size:
                rows.append((first, other, int(values.size), float(values.mean())))
    return pd.DataFrame(rows, columns=["group_a", "group_b", "n_pairs", "mean_rho"])


def _admitted(selection: Selection, policy: str) -> tuple[list[Refusal], list[Scheme]]:
    """The schemes that make sense under a policy for these metrics, and why the others do not."""
    turned = [metric.name for metric in selection.tree.metrics if not metric.higher_is_better]
    refused, admitted = [], []
    for scheme in SCHEMES.values():
        reason = refusal(scheme, POLICIES[policy])
        if reason is None and policy in ZEROED and turned:
            reason = (
                f"Lower is better on {turned[0]}, so a 0 for a cell without a score would be the best score."
            )
        if reason is None:
            admitted.append(scheme)
        else:
            refused.append(Refusal(selection.id, policy, scheme.id, reason))
    return refused, admitted


def _rank(
    selection: Selection,
    policy: str,
    schemes: list[Scheme],
    answer: PanelAnswer,
    counts: pd.DataFrame,
    models: pd.DataFrame,
) -> list[View]:
    """One view a scheme. A model to which a scheme gives no value is not ranked."""
    panel = answer.panel
    table = models.set_index("id").loc[list(panel.models), ["name", "source_id"]]
    seen = counts.loc[list(panel.models), ["scored", "failed", "missing"]].to_numpy()
    profile = answer.rank_profile
    baseline: NDArray[np.int64] | None = None
    found = []
    for scheme in schemes:
        value = scheme.aggregate(panel)
        place = places(value, scheme.higher_is_better)
        if scheme.id == BASELINE:
            baseline = place
        frame = pd.DataFrame(
            {
                "place": place,
                "model": table["name"].to_numpy(),
                "model_id": panel.models,
                "source_id": table["source_id"].to_numpy(),
                "value": value,
                "display": min_max(value, scheme.higher_is_better),
                "baseline_place": pd.array(
                    [pd.NA] * len(place) if baseline is None else baseline, dtype="Int64"
                ),
                "n_scored": seen[:, 0],
                "n_failed": seen[:, 1],
                "n_missing": seen[:, 2],
                "median_rank": profile["median_rank"],
                "best_rank": profile["best_rank"],
                "worst_rank": profile["worst_rank"],
            }
        )
        frame.insert(7, "moved", frame["baseline_place"] - frame["place"])
        frame = frame[~np.isnan(value)].sort_values(["place", "model_id"], ignore_index=True)
        found.append(
            View(
                selection=selection.id,
                policy=policy,
                scheme=scheme.id,
                title=f"{selection.title}: {scheme.title}, {POLICIES[policy].title}",
                n_metrics=len(selection.metrics),
                ranking=frame,
                digest=ranking_digest(frame),
            )
        )
    return found


def _compare(selection: Selection, policy: str, views: list[View]) -> SchemeComparison:
    order = sorted(views[0].ranking["model_id"])
    by_scheme = {view.scheme: view.ranking.set_index("model_id").loc[order] for view in views}
    values = {
        name: frame["value"].to_numpy() * (1.0 if SCHEMES[name].higher_is_better else -1.0)
        for name, frame in by_scheme.items()
    }
    agreement = comparison.scheme_agreement(values)
    rows = [
        frame.reset_index().assign(scheme=name)[["model_id", "model", "scheme", "place", "display", "moved"]]
        for name, frame in by_scheme.items()
    ]
    return SchemeComparison(
        selection=selection.id,
        policy=policy,
        n_models=len(order),
        schemes=tuple(by_scheme),
        spearman=agreement.spearman,
        kendall=agreement.kendall,
        places=pd.concat(rows, ignore_index=True),
        n_moved={name: comparison.n_many_places(frame["moved"]) for name, frame in by_scheme.items()},
    )


def _contribution(
    selection: Selection, policy: str, schemes: list[Scheme], panel: Panel, names: pd.Series[str]
) -> list[Contribution]:
    """Explained variance per scheme and group: role groups where the study has them, else the top level."""
    tree = selection.tree
    groups = tuple(tree.role_groups) or tuple(node for node in tree.children() if tree.is_group(node))
    if len(groups) < 2:
        return []
    scores = contribution.group_scores(panel, groups)
    kept = ~np.isnan(scores).any(axis=1)
    if kept.sum() < FEWEST_MODELS:
        return []
    z = contribution.z_transform(scores[kept])
    overall, overall_z = scores[kept].mean(axis=1), z.mean(axis=1)
    rows = _shares(ROLE_MEAN, groups, scores[kept], overall)
    rows += _shares(ROLE_Z_MEAN, groups, z, overall_z)
    for scheme in schemes:
        by_group = contribution.scheme_group_scores(panel, scheme.aggregate, groups)
        rows += _shares(scheme.id, groups, by_group[kept], scheme.aggregate(panel)[kept])
    ids = np.array(panel.models)[kept]
    frame = pd.DataFrame(
        {
            "model_id": ids,
            "model": names.loc[ids].to_numpy(),
            "place": places(overall, True),
            "overall": overall,
            "overall_z": overall_z,
        }
    )
    for index, group in enumerate(groups):
        frame[group] = scores[kept][:, index]
        frame[f"z:{group}"] = z[:, index]
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
    scheme: str, groups: tuple[str, ...], by_group: FloatArray, overall: FloatArray
) -> list[Mapping[str, object]]:
    robust, n_outliers = contribution.explained_variance_robust(by_group, overall)
    return [
        {
            "scheme": scheme,
            "group": group,
            "explained_variance": contribution.explained_variance(by_group[:, index], overall),
            "explained_variance_rank": contribution.explained_variance_rank(by_group[:, index], overall),
            "explained_variance_robust": float(robust[index]),
            "n_outliers": n_outliers,
            "std": float(by_group[:, index].std()),
        }
        for index, group in enumerate(groups)
    ]


def _coverage(
    selections: list[Selection], tree: MetricTree, of_metrics: pd.DataFrame, warehouse: Warehouse
) -> Coverage:
    of_models = warehouse.ask("coverage_of_models").rename(columns={"model": "model_id", "name": "model"})
    of_metrics = of_metrics.copy()
    of_metrics.insert(1, "name", [tree.metric(metric).name for metric in of_metrics["metric"]])
    of_metrics.insert(2, "group", [tree.top_group(metric) for metric in of_metrics["metric"]])
    totals = warehouse.ask("coverage_by_state").iloc[0]
    costs = [
        warehouse.ask("metric_cost", selection=selection.id).assign(selection=selection.id)
        for selection in selections
    ]
    frontier = warehouse.ask("coverage_frontier")
    return Coverage(
        by_metric=of_metrics,
        by_model=of_models,
        by_state={state: int(totals[state]) for state in ("scored", "failed", "missing")},
        states=warehouse.states(),
        frontier=frontier,
        cost=pd.concat(costs, ignore_index=True)[["selection", "metric", "regained"]],
    )


def _check_published(snapshot: Snapshot, warehouse: Warehouse) -> tuple[PublishedCheck, ...]:
    """What the source gives for inner nodes against the mean up the tree, under `zero` and `attempted`."""
    if snapshot.published.empty or not all(metric.higher_is_better for metric in snapshot.tree.metrics):
        return ()
    warehouse.add_selection(EVERYTHING, snapshot.tree.metric_ids)
    groups = [group for group in snapshot.published["group"].drop_duplicates() if group]
    roles = tuple(snapshot.tree.role_groups)
    has_overall = bool(roles) and (snapshot.published["group"] == "").any()
    found = []
    for policy in ("zero", "attempted"):
        panel = warehouse.panel(EVERYTHING, policy).panel
        computed = {group: contribution.group_scores(panel, (group,))[:, 0] for group in {*groups, *roles}}
        if has_overall:
            computed[""] = np.mean([computed[group] for group in roles], axis=0)
        for group in ([""] if has_overall else []) + groups:
            found.append(_check_one(group, policy, snapshot, panel.models, computed[group]))
    return tuple(found)


def _check_one(
    group: str, policy: str, snapshot: Snapshot, models: tuple[str, ...], computed: FloatArray
) -> PublishedCheck:
    said = snapshot.published[snapshot.published["group"] == group].set_index("model")["value"]
    ours = pd.Series(computed, index=list(models)).reindex(said.index)
    difference = (said - ours).abs().fillna(np.inf)
    return PublishedCheck(
        group=group,
        policy=policy,
        n_models=len(said),
        n_equal=int((difference <= PUBLISHED_ROUNDING).sum()),
        largest=float(difference.max()),
        worst_model=str(difference.idxmax()),
    )
