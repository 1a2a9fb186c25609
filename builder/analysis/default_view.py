"""Whether the view that a study's pages start from is one."""

from __future__ import annotations

from builder.catalog.study import Study
from builder.errors import Problem
from builder.names import did_you_mean
from builder.stats.schemes import POLICIES, SCHEMES, refusal


def view_problems(study: Study) -> list[Problem]:
    """What is wrong with a study's default view: an unknown policy or scheme, or a refused combination."""
    view = study.default_view
    where = f"{study.path}: key 'default_view"
    found = []
    if view.scheme not in SCHEMES:
        remedy = did_you_mean(view.scheme, list(SCHEMES))
        found.append(Problem(f"{where}.scheme'", f"'{view.scheme}' is not a scheme.", remedy))
    if view.policy not in POLICIES:
        remedy = did_you_mean(view.policy, list(POLICIES))
        found.append(Problem(f"{where}.policy'", f"'{view.policy}' is not a coverage policy.", remedy))
    if not found:
        reason = refusal(view.scheme, view.policy)
        if reason is not None:
            found.append(Problem(f"{where}'", reason))
    return found
