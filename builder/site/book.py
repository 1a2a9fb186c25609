"""What every page of one snapshot is written from, with the names that its texts need."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from markupsafe import Markup

from builder.catalog.package import data_digest
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.names import model_ids, telling_names
from builder.results import (
    ROLE_MEAN,
    ROLE_Z_MEAN,
    Selection,
    Sensitivity,
    SnapshotResults,
    View,
    start_of,
    start_view,
)
from builder.site.words import breakable, inert
from builder.stats.schemes import POLICIES, SCHEMES

BASELINE = "arithmetic-mean"
MOST_PAGES = 500
"""Models, and metrics, that have a page of their own, so that the number of pages stays bounded."""


@dataclass(frozen=True)
class Book:
    """One snapshot: its study, its scores, its results."""

    study: Study
    snapshot: Snapshot
    results: SnapshotResults
    site_url: str | None = None
    """Where the site will stand, if that is known."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the snapshot's data."""
        return data_digest(self.snapshot)

    @cached_property
    def turned(self) -> pd.DataFrame:
        """Scores, models by metrics, with more always better; NaN where there is none."""
        wide = self.snapshot.scores.pivot(index="model", columns="metric", values="score")
        lower = [one.id for one in self.snapshot.tree.metrics if not one.higher_is_better]
        return wide.mul(pd.Series(1, wide.columns).where(~wide.columns.isin(lower), -1))

    @cached_property
    def default(self) -> Selection | None:
        """The selection that the study's pages start from; the first where this snapshot lacks it."""
        return start_of(self.selections, self.study.default_view.selection)

    @property
    def sensitivity(self) -> Sensitivity | None:
        """What single metrics, weights and rivals decide."""
        found = self.results.robustness
        return found.sensitivity if found is not None else None

    @property
    def selections(self) -> tuple[Selection, ...]:
        return self.results.selections

    @property
    def models_are(self) -> str:
        return self.study.models_are

    @property
    def singular(self) -> str:
        """One of what is ranked."""
        return self.models_are.removesuffix("s")

    @cached_property
    def views(self) -> dict[tuple[str, str, str], View]:
        """(selection, policy, scheme) -> view."""
        return {(v.selection, v.policy, v.scheme): v for v in self.results.views}

    @cached_property
    def places(self) -> dict[tuple[str, str, str], dict[str, int]]:
        """(selection, policy, scheme) -> model id -> place."""
        return {
            key: dict(zip(view.ranking["model_id"], view.ranking["place"].tolist(), strict=True))
            for key, view in self.views.items()
        }

    @cached_property
    def refusals(self) -> dict[tuple[str, str, str], str]:
        """(selection, policy, scheme) -> why there is no such view."""
        return {(r.selection, r.policy, r.scheme): r.reason for r in self.results.refusals}

    @cached_property
    def default_view(self) -> View | None:
        """The study's default view; any view of the default selection where that is not there."""
        if self.default is None:
            return None
        wanted = self.study.default_view
        return start_view(self.results.views, self.default.id, wanted.policy, wanted.scheme)

    @cached_property
    def metric_names(self) -> dict[str, str]:
        """Metric id -> name."""
        return {metric.id: metric.name for metric in self.snapshot.tree.metrics}

    @cached_property
    def group_names(self) -> dict[str, str]:
        """Group id -> name."""
        return {group.id: group.name for group in self.snapshot.tree.groups}

    def node_name(self, node: str) -> str:
        """Name of a group or metric; "Overall" for the top of the tree."""
        return self.group_names.get(node) or self.metric_names.get(node, node) or "Overall"

    @cached_property
    def model_names(self) -> dict[str, str]:
        """Model id -> name, with its source's id where the name stands more than once."""
        models = self.snapshot.models
        return telling_names(models["id"].tolist(), models["name"].tolist(), models["source_id"].tolist())

    @cached_property
    def model_cells(self) -> dict[str, str]:
        """Model id -> its name as HTML, with its source's id where the name stands more than once."""
        models = self.snapshot.models
        times = Counter(models["name"])
        cells = {}
        for model_id, name, source_id in zip(models["id"], models["name"], models["source_id"], strict=True):
            extra = f' <small class="ab-source-id">{inert(source_id)}</small>' if times[name] > 1 else ""
            cells[model_id] = f"{breakable(name)}{extra}"
        return cells

    @property
    def source_line(self) -> str:
        """Whose scores a figure shows."""
        return f"{self.study.data.source}, snapshot of {self.snapshot.id}"

    def model_cell(self, model_id: str) -> Markup:
        """One model's name as HTML."""
        return Markup(self.model_cells[model_id])  # noqa: S704 (escaped above)

    @cached_property
    def model_pages(self) -> tuple[str, ...]:
        """Models that have a page: the first `MOST_PAGES` by their median place over all rankings."""
        found = self.results.robustness
        return tuple(found.standings["model_id"].head(MOST_PAGES)) if found is not None else ()

    @cached_property
    def metric_pages(self) -> dict[str, str]:
        """Metric id -> the last part of its page's address; at most `MOST_PAGES`."""
        ids = self.snapshot.tree.metric_ids[:MOST_PAGES]
        return dict(zip(ids, model_ids(ids, ids), strict=True))

    @cached_property
    def _links(self) -> dict[str, dict[str, Markup]]:
        """Root -> model or metric id -> its name as a link; the same tables stand on many pages."""
        return {}

    def linked(self, model_id: str, root: str) -> Markup:
        """One model's name, leading to its page where it has one; `root` is the snapshot's, from here."""
        links = self._links.setdefault(f"model {root}", {})
        if not links:
            paged = frozenset(self.model_pages)
            for one in self.model_cells:
                cell = self.model_cell(one)
                link = Markup('<a href="{}model/{}/">{}</a>').format(root, one, cell)
                links[one] = link if one in paged else cell
        return links[model_id]

    def linked_metric(self, metric: str, root: str) -> Markup:
        """One metric's name, leading to its page where it has one."""
        links = self._links.setdefault(f"metric {root}", {})
        if not links:
            for one in self.metric_names:
                name, end = breakable(self.node_name(one)), self.metric_pages.get(one)
                link = Markup('<a href="{}metric/{}/">{}</a>').format(root, end, name)
                links[one] = link if end else name
        return links[metric]


def scheme_title(scheme: str) -> str:
    """The name of a scheme, or of one of the two means of group scores."""
    role = {ROLE_MEAN: "Mean of the groups", ROLE_Z_MEAN: "Mean of the groups' z-scores"}
    return role.get(scheme) or SCHEMES[scheme].title


def scheme_short(scheme: str) -> str:
    """At most 14 characters or so, for column heads."""
    role = {ROLE_MEAN: "Group mean", ROLE_Z_MEAN: "Group z mean"}
    return role.get(scheme) or SCHEMES[scheme].short


def policy_title(policy: str) -> str:
    """The name of a coverage policy."""
    return POLICIES[policy].title
