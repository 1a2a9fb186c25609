"""What earlier builds have of one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from builder.cache.keys import Keys
from builder.cache.store import Store
from builder.summary import Built

if TYPE_CHECKING:  # a build with nothing to do does without
    from builder.catalog.snapshot import Snapshot
    from builder.results import SnapshotResults
    from builder.site.figure import Drawn

Analysed: TypeAlias = "tuple[Snapshot, SnapshotResults]"
"""A snapshot as it was read, and its results."""
Pictured: TypeAlias = "tuple[dict[str, Drawn], dict[str, bytes]]"
"""Figures by id, and their PNGs."""


@dataclass(frozen=True)
class Kept:
    """Results, figures and pages of one snapshot in a store, under the keys that they have now."""

    store: Store
    place: str
    keys: Keys

    def analysed(self) -> Analysed | None:
        """The snapshot and its results; None where they have to be computed."""
        found: Analysed | None = self.store.value(f"{self.place}/results", self.keys.results)
        return found

    def keep_analysed(self, analysed: Analysed) -> None:
        """Keep them for the next build."""
        self.store.keep(f"{self.place}/results", self.keys.results, analysed)

    def pictured(self) -> Pictured | None:
        """The figures; None where they have to be drawn."""
        found: Pictured | None = self.store.value(f"{self.place}/figures", self.keys.figures)
        return found

    def keep_pictured(self, pictured: Pictured) -> None:
        """Keep them for the next build."""
        self.store.keep(f"{self.place}/figures", self.keys.figures, pictured)

    def restore(self, tree: Path) -> Built | None:
        """Put the pages, and all beside them, to `tree`; None where they have to be made."""
        found: Built | None = self.store.tree(f"{self.place}/pages", self.keys.pages, tree)
        return found

    def keep_pages(self, tree: Path, built: Built) -> None:
        """Keep them for the next build."""
        self.store.keep_tree(f"{self.place}/pages", self.keys.pages, tree, built)
