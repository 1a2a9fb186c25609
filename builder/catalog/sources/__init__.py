"""The adapters: each turns the pinned files of one snapshot into a snapshot. One file an adapter.

To add one: write `read(study, spec, parts)` in a file of its own and give it a row here. `parts` holds the
fetched files by the `part` of their source. Raises DataError with every problem of the files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from builder.catalog.snapshot import Snapshot
from builder.catalog.sources import brain_score, timm
from builder.catalog.study import SnapshotSpec, Study

Adapter = Callable[[Study, SnapshotSpec, dict[str, Path]], Snapshot]

ADAPTERS: dict[str, Adapter] = {
    "brain-score-export": brain_score.read,
    "timm-results": timm.read,
}
