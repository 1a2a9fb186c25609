"""What every page of one snapshot is written from, with the names that its texts need."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from builder.catalog.package import data_digest
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import ROLE_MEAN, ROLE_Z_MEAN, Selection, SnapshotResults, View
from builder.site.words import inert
from builder.stats.schemes import POLICIES, SCHEMES

BASELINE = "arithmetic-mean"


@dataclass(frozen=True)
class Book:
    """One snapshot: its study, its scores, its results."""

    study: Study
    snapshot: Snapshot
    results: SnapshotResults
    newest: bool

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the snapshot's data."""
        return data_digest(self.snapshot)

    @cached_property
    def default(self) -> Selection | None:
        """The selection that the study's pages start from; the first where this snapshot lacks it."""
        wanted = self.study.default_view.selection
        return next((s for s in self.selections if s.id == wanted), next(iter(self.selections), None))

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
    def refusals(self) -> dict[tuple[str, str, str], str]:
        """(selection, policy, scheme) -> why there is no such view."""
        return {(r.selection, r.policy, r.scheme): r.reason for r in self.results.refusals}

    @cached_property
    def default_view(self) -> View | None:
        """The study's default view; any view of the default selection where that is not there."""
        if self.default is None:
            return None
        wanted = self.study.default_view
        found = self.views.get((self.default.id, wanted.policy, wanted.scheme))
        return found or next((v for v in self.results.views if v.selection == self.default.id), None)

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
    def model_cells(self) -> dict[str, str]:
        """Model id -> its name as HTML, with its source's id where the name stands more than once."""
        models = self.snapshot.models
        times = Counter(models["name"])
        cells = {}
        for model_id, name, source_id in zip(models["id"], models["name"], models["source_id"], strict=True):
            extra = f' <small class="ab-source-id">{inert(source_id)}</small>' if times[name] > 1 else ""
            cells[model_id] = f"{inert(name)}{extra}"
        return cells

    @property
    def source_line(self) -> str:
        """Whose scores a figure shows."""
        return f"{self.study.data.source}, snapshot of {self.snapshot.id}"

    def model_cell(self, model_id: str) -> Markup:
        """One model's name as HTML."""
        return Markup(self.model_cells[model_id])  # noqa: S704 (escaped above)


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
