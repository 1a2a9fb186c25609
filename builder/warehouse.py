"""One snapshot in DuckDB, which answers the questions of queries/*.sql, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.catalog.snapshot import Snapshot
from builder.catalog.tree import MetricTree
from builder.database import Connection, connect, matrix, query_text
from builder.stats.panel import Panel


@dataclass(frozen=True)
class PanelAnswer:
    """A panel with what SQL says of its ranks.

    rank_profile  model, mean_rank, median_rank, best_rank, worst_rank, n_first: a row a model, in panel order
    """

    panel: Panel
    rank_profile: pd.DataFrame


class Warehouse:
    """One snapshot in memory. Use as a context manager.

    Raises ValueError where the snapshot has no model or no metric.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        if snapshot.models.empty or not snapshot.tree.metrics:
            raise ValueError(f"snapshot '{snapshot.id}' has no model or no metric")
        self._tree = snapshot.tree
        self._selections: dict[str, MetricTree] = {}
        self._held: tuple[str, bool] | None = None
        """Selection of the table `panel`, and whether it holds the complete models only."""
        self._connection = connect()
        tree = snapshot.tree
        directions = [metric.higher_is_better for metric in tree.metrics]
        self._tables(
            incoming_models=pd.DataFrame({"model": snapshot.models["id"]}),
            incoming_metrics=pd.DataFrame({"metric": tree.metric_ids, "higher_is_better": directions}),
            incoming_scores=snapshot.scores[["model", "metric", "score", "state"]],
        )
        self._connection.execute(query_text("cells"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def add_selection(self, name: str, metrics: tuple[str, ...]) -> None:
        """Name a set of metrics, for the questions that ask for a selection.

        Raises ValueError for a name that is taken: its metrics would stand twice.
        """
        if name in self._selections:
            raise ValueError(f"selection '{name}' is named already")
        rows = [{"selection": name, "metric": metric} for metric in metrics]
        self._connection.executemany(query_text("name_selection"), rows)
        self._selections[name] = self._tree.restrict(metrics)

    def ask(self, name: str, **parameters: str) -> pd.DataFrame:
        """The answer to queries/NN_<name>.sql, its parameters bound."""
        return pd.DataFrame(self._run(name, parameters).fetchnumpy())

    def states(self) -> NDArray[np.int8]:
        """States of all cells: shape (n_models, n_metrics), models by falling coverage.

        2 scored, 1 failed, 0 missing.
        """
        flat = self._run("coverage_matrix", {}).fetchnumpy()["state"]
        return np.asarray(flat, dtype=np.int8).reshape(-1, len(self._tree.metrics))

    def panel(self, selection: str, policy: str) -> PanelAnswer:
        """The scores and ranks of a selection under a coverage policy."""
        tree = self._selections[selection]
        held = (selection, policy == "complete")
        if held != self._held:
            self._run("panel", {"selection": selection, "complete": held[1]})
            self._held = held
        profile = self.ask("rank_aggregates", policy=policy)
        cells = self._run("panel_cells", {"policy": policy}).fetchnumpy()
        shape = (-1, len(tree.metrics))
        panel = Panel(
            models=tuple(str(model) for model in profile["model"]),
            scores=matrix(cells["score"], shape),
            ranks=matrix(cells["metric_rank"], shape),
            tree=tree,
        )
        return PanelAnswer(panel, profile)

    def _run(self, name: str, parameters: Mapping[str, str | bool]) -> Connection:
        return self._connection.execute(query_text(name), dict(parameters))

    def _tables(self, **frames: pd.DataFrame) -> None:
        """The tables, from frames of text, numbers and truth values; each row keeps its position."""
        for name, frame in frames.items():
            self._connection.register(name, frame.assign(position=np.arange(len(frame))))
        self._connection.execute(query_text("tables"))
        for name in frames:
            self._connection.unregister(name)
