"""The explorer's engine as a page calls it, and what it is given."""

from __future__ import annotations

from typing import Any

import numpy as np

from builder.analysis import analyse
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.results import SnapshotResults
from builder.site.book import Book
from builder.site.explorer import explorer_document

Json = dict[str, Any]
CLOSE = 1e-9
POLICIES = ("complete", "attempted", "zero", "worst-rank", "partial-order")
BASELINE = "arithmetic-mean"

RANK = """async ({ given, choices }) => {
  const { readSnapshot } = await import("/explorer/snapshot.js");
  const { rankModels } = await import("/explorer/compute.js");
  const snapshot = readSnapshot(given);
  return choices.map((choice) => {
    const found = rankModels(snapshot, { ...choice, weights: new Map(Object.entries(choice.weights)) });
    return {
      refused: found.refused, models: [...found.panel.models].map((model) => snapshot.ids[model]),
      values: [...found.values].map((value) => (Number.isNaN(value) ? null : value)),
      places: [...found.places], bars: [...found.bars].map((bar) => (Number.isNaN(bar) ? null : bar)),
      baseline: [...found.baselinePlaces], cells: found.cells.map((column) => [...column]),
    };
  });
}"""
LIKELY = """async ({ address, questions }) => {
  const worker = new Worker("/explorer/worker.js", { type: "module" });
  const answers = [];
  for (const [id, question] of questions.entries()) {
    const choice = { ...question.choice, weights: new Map(Object.entries(question.choice.weights)) };
    worker.postMessage({ ...question, id, choice, address });
    const answer = await new Promise((resolve) => { worker.onmessage = (event) => resolve(event.data); });
    const [low, high] = [[...answer.low ?? []], [...answer.high ?? []]];
    answers.push({ draws: answer.draws ?? 0, low, high, why: answer.why ?? "" });
  }
  worker.terminate();
  return answers;
}"""


def document(
    study: Study, snapshot: Snapshot, results: SnapshotResults | None = None, *, scores: bool = True
) -> Json:
    return explorer_document(Book(study, snapshot, results or analyse(study, snapshot)), scores=scores)


def same(found: list[float | None], wanted: np.ndarray) -> bool:
    """Equal to 1e-9, of the number or of 1, and undefined in the same places."""
    numbers = np.array([np.nan if one is None else one for one in found], dtype=float)
    return bool(np.allclose(numbers, wanted, rtol=CLOSE, atol=CLOSE, equal_nan=True))
