"""The page `/truth/`: how well each scheme, under each policy, finds an order of models that is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from builder.site.assets import asset_paths
from builder.site.swap import TRUTH
from builder.site.tables import Column, Table, text_cells
from builder.site.templates import environment
from builder.site.truth import (
    Findings,
    Series,
    compared,
    coverage_sentences,
    limit_sentences,
    n_best,
    once,
    outlier_sentences,
    partly_sentences,
    simulate,
    simulated,
)
from builder.site.truth_figures import pictures, titles
from builder.site.words import fixed, percent
from builder.stats.schemes import POLICIES, SCHEMES
from builder.views import frame_csv


def write_truth_page(staging: Path, *, site_url: str | None) -> None:
    """Simulate, and write `truth/index.html` with its CSV."""
    found = simulate()
    folder = staging / TRUTH
    folder.mkdir(parents=True, exist_ok=True)
    canonical = f"{site_url.rstrip('/')}/{TRUTH}/" if site_url else ""
    html = (
        environment()
        .get_template("truth.html")
        .render(
            simulated=simulated(found.draws),
            coverage=coverage_sentences(found),
            coverage_table=coverage_table(found),
            outliers=outlier_sentences(found),
            outlier_table=outlier_table(found),
            limits=limit_sentences(found),
            run_table=run_table(found),
            partly=partly_sentences(found),
            pictures=pictures(found),
            titles=titles(found),
            schemes=list(SCHEMES.values()),
            policies=[policy for policy in POLICIES.values() if policy.ranks_models],
            half=found.draws // 2 + found.draws % 2,
            draws=found.draws,
            best=n_best(),
            assets=asset_paths(),
            base="../",
            canonical=canonical,
        )
    )
    (folder / "index.html").write_text(html, encoding="utf-8")
    (folder / "recovery.csv").write_text(frame_csv(recovery_frame(found)), encoding="utf-8")


# Words


def coverage_table(found: Findings) -> Markup:
    """Falling coverage: the correlation, the share of the best, and how many are ranked in the end."""
    shares = [step.setting.coverage for step in found.falling]
    series = sorted(found.series(found.falling), key=lambda one: _last(one.rho))
    columns = [_schemes(series), _policies(series)]
    columns += _steps(series, [percent(share) for share in shares], "coverage")
    ranked = [one.ranked[-1] for one in series]
    columns.append(
        Column(
            f"Ranked, {percent(shares[-1])}",
            [percent(share) for share in ranked],
            "num",
            f"Mean share of the models that the ranking has at {percent(shares[-1])} coverage",
            _keys(ranked),
        )
    )
    return Table("Recovery of the true order as coverage falls", columns).html()


def outlier_table(found: Findings) -> Markup:
    """Growing outliers: the same, once a scheme."""
    series = sorted(once(found.series(found.growing)), key=lambda one: _last(one.rho))
    labels = [percent(step.setting.outliers) if step.setting.outliers else "none" for step in found.growing]
    columns = [_schemes(series), *_steps(series, labels, "outliers")]
    return Table("Recovery of the true order as outliers grow", columns).html()


def run_table(found: Findings) -> Markup:
    """The best scheme of each policy by who is run less."""
    series = compared(found)
    labels = [{"weak": "weak run less", "nobody": "at random", "strong": "strong run less"}[s.run_less]
              for s in found.by_run]  # fmt: skip
    columns = [_schemes(series), _policies(series), *_steps(series, labels, "holes")]
    return Table("Recovery of the true order by which models are run less", columns).html()


def _schemes(series: list[Series]) -> Column:
    return Column("Scheme", text_cells([SCHEMES[one.scheme].title for one in series]), "text", header=True)


def _policies(series: list[Series]) -> Column:
    return Column("Policy", text_cells([POLICIES[one.policy].title for one in series]))


def _steps(series: list[Series], labels: list[str], what: str) -> list[Column]:
    """A column a step with the correlation, then one a step with the share of the best."""
    columns = []
    for step, label in enumerate(labels):
        values = [one.rho[step] for one in series]
        title = f"Mean Spearman correlation with the true order; {what}: {label}"
        columns.append(
            Column(f"ρ, {label}", [fixed(value, 3) for value in values], "num", title, _keys(values))
        )
    for step, label in enumerate(labels):
        values = [one.top[step] for one in series]
        title = f"Mean share of the best {n_best()} found; {what}: {label}"
        columns.append(
            Column(f"Best, {label}", [percent(value) for value in values], "num", title, _keys(values))
        )
    return columns


def _keys(values: Sequence[float]) -> list[str]:
    return [f"{value:.6f}" for value in values]


def _last(values: Sequence[float]) -> float:
    """Sorts the highest last value first, and none behind all."""
    return math.inf if math.isnan(values[-1]) else -values[-1]


def recovery_frame(found: Findings) -> pd.DataFrame:
    """Every row of every setting."""
    return pd.DataFrame(
        {
            "models": one.setting.n_models,
            "metrics": one.setting.n_metrics,
            "groups": one.setting.n_groups,
            "coverage": one.setting.coverage,
            "failed": one.setting.failed,
            "outliers": one.setting.outliers,
            "run_less": one.run_less if one.setting.coverage < 1 else "nobody",
            "policy": row.policy,
            "scheme": row.scheme,
            "draws": row.draws,
            "correlated": row.correlated,
            "mean_spearman": row.spearman,
            "standard_error": row.error,
            "share_of_best": row.top,
            "share_ranked": row.ranked,
        }
        for one in found.measured
        for row in one.rows
    )
