"""The two figures of the page `/truth/`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from builder.charts import static
from builder.charts.recovery import Named, recovery_lines
from builder.site.book import scheme_short
from builder.site.truth import STEADY, Findings, Series, once
from builder.site.words import count, counted, fixed, percent
from builder.stats.schemes import POLICIES, SCHEMES

LABELS = {
    "coverage": "Correlation with the true order as coverage falls; the table below has all numbers",
    "outliers": "Correlation with the true order as outliers grow; the table below has all numbers",
}


def pictures(found: Findings) -> dict[str, Markup]:
    """Name -> SVG: how near schemes come to the truth as coverage falls and as outliers grow."""
    falling, growing = found.series(found.falling), once(found.series(found.growing))
    shares = [percent(step.setting.coverage) for step in found.falling]
    outliers = [percent(step.setting.outliers) if step.setting.outliers else "none" for step in found.growing]
    drawn = {
        "coverage": recovery_lines(_lines(falling), shares, "Coverage", _leaders(falling)),
        "outliers": recovery_lines(_lines(growing), outliers, "Cells that are outliers", _told(growing)),
    }
    return {
        name: Markup(static.to_svg(static.to_spec(chart), f"truth-{name}", LABELS[name]))  # noqa: S704
        for name, chart in drawn.items()
    }


def titles(found: Findings) -> dict[str, str]:
    """Name of a figure -> what it shows."""
    falling, growing = found.series(found.falling), once(found.series(found.growing))
    leader = _ranked(falling)[0]
    lost = [one.rho[0] - one.rho[-1] for one in growing if not math.isnan(one.rho[-1])]
    steady = sum(loss < STEADY for loss in lost)
    run, odd = percent(found.falling[-1].setting.coverage), percent(found.growing[-1].setting.outliers)
    they_lose = f"{counted(len(lost), 'scheme')} {'loses' if steady == 1 else 'lose'}"
    return {
        "coverage": f"With {run} of the cells run, the {leader.under} comes nearest to the true order: "
        f"ρ = {fixed(leader.rho[-1])}",
        "outliers": f"{count(steady)} of {they_lose} less than {STEADY} of ρ when {odd} of the cells are "
        "outliers",
    }


def _ranked(series: Sequence[Series]) -> list[Series]:
    """Those with a correlation at the last step, the highest first."""
    return sorted((one for one in series if not math.isnan(one.rho[-1])), key=lambda one: -one.rho[-1])


def _leaders(series: Sequence[Series]) -> list[Named]:
    """The best of each policy."""
    by_policy: dict[str, Series] = {}
    for one in _ranked(series):
        by_policy.setdefault(one.policy, one)
    return [
        Named(_key(one), (scheme_short(one.scheme), POLICIES[policy].title), best=k == 0)
        for k, (policy, one) in enumerate(by_policy.items())
    ]


def _told(series: Sequence[Series]) -> list[Named]:
    """The best, the last, and the schemes that every page compares."""
    ranked = _ranked(series)
    chosen = [one for one in ranked if one in (ranked[0], ranked[-1]) or SCHEMES[one.scheme].core]
    return [Named(_key(one), (scheme_short(one.scheme),), best=one is ranked[0]) for one in chosen]


def _key(one: Series) -> str:
    return f"{one.policy}/{one.scheme}"


def _lines(series: Sequence[Series]) -> pd.DataFrame:
    rows = [
        (_key(one), SCHEMES[one.scheme].title, POLICIES[one.policy].title, step, rho)
        for one in series
        for step, rho in enumerate(one.rho)
        if not math.isnan(rho)
    ]
    return pd.DataFrame(rows, columns=["series", "scheme", "policy", "step", "rho"])
