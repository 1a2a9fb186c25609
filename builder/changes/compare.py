"""What differs between two snapshots, and between two sites. Values only; `comment` tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from filecmp import cmp
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from builder.changes.boards import Board, Check, MetricCells, read_boards
from builder.errors import DataError, Problem
from builder.names import did_you_mean

DROP = 0.05
"""Share of the models by which coverage has to fall to be warned of."""
TOP = 10
T = TypeVar("T")


@dataclass(frozen=True)
class Moved:
    """A model that is, or was, among the first ten. No place: it had or has none."""

    model_id: str
    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Step:
    """From one snapshot to another of the same study; `before` is None where there is nothing before."""

    before: Board | None
    after: Board

    @property
    def same(self) -> bool:
        """Whether it is one snapshot, built twice, in place of two."""
        return self.before is not None and self.before.snapshot == self.after.snapshot

    @cached_property
    def models_in(self) -> dict[str, str]:
        """Model id -> name."""
        return _without(self.after.models, self._models_before)

    @cached_property
    def models_out(self) -> dict[str, str]:
        return _without(self._models_before, self.after.models)

    @cached_property
    def metrics_in(self) -> dict[str, MetricCells]:
        return _without(self.after.metrics, self._metrics_before)

    @cached_property
    def metrics_out(self) -> dict[str, MetricCells]:
        return _without(self._metrics_before, self.after.metrics)

    @cached_property
    def views_in(self) -> list[str]:
        """Files of views."""
        return list(_without(self.after.views, self._views_before))

    @cached_property
    def views_out(self) -> list[str]:
        return list(_without(self._views_before, self.after.views))

    @cached_property
    def views_in_both(self) -> list[str]:
        return [view for view in self.after.views if view in self._views_before]

    @cached_property
    def views_changed(self) -> list[str]:
        """Of those in both, the ones with another digest."""
        return [view for view in self.views_in_both if self._views_before[view] != self.after.views[view]]

    @cached_property
    def documents_changed(self) -> list[str]:
        """Of the API's documents that both have, the ones with other bytes."""
        old = self.before.documents if self.before else {}
        return [file for file, sha in self.after.documents.items() if old.get(file, sha) != sha]

    @property
    def documents_in(self) -> list[str]:
        """Of the API's documents but rankings, those that the one before has not."""
        return self._other_documents(self.after, self.before)

    @property
    def documents_out(self) -> list[str]:
        return self._other_documents(self.before, self.after)

    @property
    def is_any(self) -> bool:
        """Whether anything that a reader sees differs."""
        if self.before is None or self.before.data_digest != self.after.data_digest:
            return True
        documents = set(self.before.documents) == set(self.after.documents) and not self.documents_changed
        return not documents or self.before.start != self.after.start

    @cached_property
    def is_worded(self) -> bool:
        """Whether files of the same snapshot differ where its results do not: words, terms, figures."""
        if self.before is None:
            return False
        old, new = (_files_below(board.api.parent) for board in (self.before, self.after))
        return old.keys() != new.keys() or any(not cmp(old[one], new[one], shallow=False) for one in new)

    @property
    def moves_models(self) -> bool:
        """Whether a model, a metric or a ranking differs."""
        found = (self.models_in, self.models_out, self.metrics_in, self.metrics_out, self.views_changed)
        return any(found)

    @property
    def comparable(self) -> bool:
        """Whether the view that pages start from now ranked models before, too."""
        return self.after.start in self._views_before

    @cached_property
    def places_before(self) -> dict[str, int]:
        """Under the view that pages start from now."""
        return self.before.places(self.after.start) if self.before else {}

    @cached_property
    def places_after(self) -> dict[str, int]:
        return self.after.places(self.after.start)

    @cached_property
    def top(self) -> list[Moved]:
        """The models of the first ten places, best first; with ties at the tenth there are more."""
        return [self._moved(one) for one, place in self.places_after.items() if place <= TOP]

    @cached_property
    def dropped(self) -> list[Moved]:
        """Models that were among the first ten and are not, by the place they had."""
        stay = {one.model_id for one in self.top}
        return [
            self._moved(one) for one, place in self.places_before.items() if place <= TOP and one not in stay
        ]

    @cached_property
    def turned(self) -> dict[str, tuple[MetricCells, MetricCells]]:
        """Metrics whose better end is another one, before and after."""
        both = self._metrics_in_both()
        return {
            one: (old, new)
            for one, (old, new) in both.items()
            if None not in (old.higher_is_better, new.higher_is_better)
            and old.higher_is_better != new.higher_is_better
        }

    @cached_property
    def thinner(self) -> dict[str, tuple[MetricCells, MetricCells]]:
        """Metrics whose share of models with a score has fallen by `DROP` or more."""
        both = self._metrics_in_both()
        return {one: (old, new) for one, (old, new) in both.items() if old.share - new.share >= DROP - 1e-12}

    @property
    def empty(self) -> dict[str, MetricCells]:
        """Metrics on which no model has a score now, and some had or the metric is new."""
        old = self._metrics_before
        return {
            one: new
            for one, new in self.after.metrics.items()
            if new.scored == 0 and (one not in old or old[one].scored > 0)
        }

    @property
    def failing(self) -> list[tuple[Check, bool]]:
        """Published averages that our scores do not give, and whether that was so before."""
        old = self.before.checks if self.before else {}
        return [
            (check, group in old and old[group].fails)
            for group, check in self.after.checks.items()
            if check.fails
        ]

    def model_name(self, model_id: str) -> str:
        """The name of a model that either has."""
        return self.after.models.get(model_id) or self._models_before[model_id]

    @property
    def _models_before(self) -> dict[str, str]:
        return self.before.models if self.before else {}

    @property
    def _metrics_before(self) -> dict[str, MetricCells]:
        return self.before.metrics if self.before else {}

    @property
    def _views_before(self) -> dict[str, str]:
        return self.before.views if self.before else {}

    def _metrics_in_both(self) -> dict[str, tuple[MetricCells, MetricCells]]:
        old = self._metrics_before
        return {one: (old[one], new) for one, new in self.after.metrics.items() if one in old}

    def _other_documents(self, of: Board | None, but: Board | None) -> list[str]:
        if of is None:
            return []
        others = but.documents if but else {}
        return [file for file in of.documents if file not in others and file not in of.views]

    def _moved(self, model_id: str) -> Moved:
        name = self.model_name(model_id)
        return Moved(model_id, name, self.places_before.get(model_id), self.places_after.get(model_id))


@dataclass(frozen=True)
class StudyChanges:
    """What changes in one study."""

    study: str
    is_new: bool = False
    is_gone: bool = False
    gone: tuple[str, ...] = ()
    """Snapshots that are not there any more."""
    altered: tuple[Step, ...] = ()
    """Snapshots that are there as before and do not say the same, newest first."""
    worded: tuple[str, ...] = ()
    """Snapshots that are there as before, with the same numbers and other words, newest first."""
    steps: tuple[Step, ...] = ()
    """New snapshots, newest first, each from the one before it."""
    frozen: tuple[str, ...] = ()
    """Snapshots that would differ if they were not frozen, which is why they are in none of the above."""

    @property
    def is_any(self) -> bool:
        """Whether anything differs."""
        return bool(self.is_gone or self.gone or self.altered or self.worded or self.steps or self.frozen)


def compare_sites(before: Path | None, after: Path | None) -> list[StudyChanges]:
    """What differs between two built sites, study by study; those where nothing does are left out.

    None is a site without studies.
    """
    old = read_boards(before) if before is not None else {}
    new = read_boards(after) if after is not None else {}
    found = [_compare_study(study, old.get(study, []), new.get(study, [])) for study in sorted({*old, *new})]
    return [one for one in found if one.is_any]


def newest_steps(site: Path, study: str = "", snapshot: str = "") -> list[StudyChanges]:
    """Each study's newest snapshot, or the one named, from the one before it in the same site."""
    boards = read_boards(site)
    if study and study not in boards:
        where = f"study '{study}'"
        raise DataError(Problem(where, f"is not in {site}.", did_you_mean(study, list(boards))))
    found = []
    for one, listed in boards.items():
        if study in {"", one}:
            ids = [board.snapshot for board in listed]
            if snapshot and snapshot not in ids:
                where = f"snapshot '{snapshot}'"
                raise DataError(Problem(where, f"is not in {site}.", did_you_mean(snapshot, ids)))
            found.append(StudyChanges(one, steps=(_step(listed, ids.index(snapshot) if snapshot else -1),)))
    return found


def _compare_study(study: str, old: list[Board], new: list[Board]) -> StudyChanges:
    if not new:
        return StudyChanges(study, is_gone=True, gone=tuple(board.snapshot for board in old))
    before = {board.snapshot: board for board in old}
    kept = {board.snapshot for board in new}
    pairs = [Step(before[board.snapshot], board) for board in new if board.snapshot in before]
    added = [i for i, board in enumerate(new) if board.snapshot not in before]
    return StudyChanges(
        study,
        is_new=not old,
        gone=tuple(board.snapshot for board in old if board.snapshot not in kept),
        altered=tuple(step for step in reversed(pairs) if step.is_any),
        worded=tuple(step.after.snapshot for step in reversed(pairs) if not step.is_any and step.is_worded),
        steps=tuple(_step(new, i) for i in reversed(added)),
    )


def _step(boards: list[Board], position: int) -> Step:
    position %= len(boards)
    return Step(boards[position - 1] if position else None, boards[position])


def _files_below(tree: Path) -> dict[str, Path]:
    return {path.relative_to(tree).as_posix(): path for path in tree.rglob("*") if path.is_file()}


def _without(these: dict[str, T], those: Mapping[str, object]) -> dict[str, T]:
    return {one: value for one, value in these.items() if one not in those}
