"""The explorer in headless Chromium: what a change costs, and how it scrolls with ten thousand models."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from bench.timing import Row
from builder.site.assets import SOURCES
from builder.site.explorer import OF_ONES_OWN, OFFERED, rules

CHANGE_SHAPE, SCROLL_SHAPE = (455, 50), (10_000, 50)
FRAME = 0.016
PAIRS = frozenset({"copeland", "minimax", "baldwin"})
POLICIES = ("complete", "zero", "worst-rank", "partial-order")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")

LOAD = """async (address) => {
  const { readSnapshot } = await import("/explorer/snapshot.js");
  const { rankModels } = await import("/explorer/compute.js");
  window.rankModels = rankModels;
  window.snapshot = readSnapshot(await (await fetch(address)).json());
}"""
CHANGE = """({ policy, scheme, rounds }) => {
  const all = snapshot.given.metrics.map((_, j) => j);
  let refused = "";
  // A metric leaves or comes back each time: the panel is made anew, and pairs are counted for that metric
  // only, as they are on the page.
  for (let round = 0; round < rounds; round++) {
    const metrics = round % 2 ? all : all.filter((j) => j !== round % all.length);
    const choice = { metrics, policy, scheme, baseline: "arithmetic-mean", weights: new Map() };
    refused = rankModels(snapshot, choice).refused;
  }
  return refused;
}"""
SCROLL = """async (frames) => {
  const box = document.querySelector(".ab-x__scroll"), area = box.getBoundingClientRect();
  const head = box.querySelector("thead").getBoundingClientRect().height;
  const rowAt = (y) => document.elementFromPoint(area.left + 60, y)?.closest("tbody tr[aria-rowindex]");
  let blank = 0, before = 0;
  for (let k = 0; k < frames; k++) {
    box.scrollTop += 300;
    // After the frame's own work and before the next one's: what a reader sees.
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const seen = [area.top + head + 8, area.top + area.height / 2, area.bottom - 8].map(rowAt);
    const first = Number(seen[0]?.getAttribute("aria-rowindex"));
    if (!seen.every(Boolean) || first <= before) blank++;
    before = first;
  }
  return blank;
}"""


def document(n_models: int, n_metrics: int, holes: float, seed: int = 0) -> dict[str, Any]:
    """A generated snapshot with one factor behind the scores, in two groups."""
    rng = np.random.default_rng(seed)
    scores = rng.random((n_models, 1)) + rng.random((n_models, n_metrics))
    states = rng.random(scores.shape)
    ids = [f"model-{i}" for i in range(n_models)]
    metrics = [
        {"id": f"m{j}", "name": f"Metric {j}", "parent": "ab"[2 * j // n_metrics], "higher_is_better": True}
        for j in range(n_metrics)
    ]
    columns = [
        [None if state < holes else float(score) for score, state in zip(*pair, strict=True)]
        for pair in zip(scores.T, states.T, strict=True)
    ]
    return {
        "format": 1, "study": "generated", "snapshot": "2025-01-01", "models_are": "models",
        "source": "generated", "models": {"id": ids, "name": ids, "page": [False] * n_models},
        "groups": [{"id": one, "name": one.upper(), "parent": "", "role": ""} for one in "ab"],
        "metrics": metrics, "scores": columns,
        "selections": [{"id": "all", "title": "All", "metrics": list(range(n_metrics))}],
        "views": {}, "seeds": dict.fromkeys(("all", OF_ONES_OWN), dict.fromkeys(POLICIES, "1")),
        "default": {"selection": "all", "policy": "zero", "scheme": "arithmetic-mean"},
        **rules(),
    }  # fmt: skip


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _page() -> Iterator[tuple[Path, str, Page]]:
    """A folder that is served with the modules in it, its address, and a page."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(SOURCES / "assets" / "js", folder, dirs_exist_ok=True)
        shutil.copytree(SOURCES / "assets" / "css", folder, dirs_exist_ok=True)
        (folder / "index.html").write_text(
            '<!doctype html><link rel="stylesheet" href="alignboard.css">'
            '<link rel="stylesheet" href="explorer.css">'
            '<body class="md-typeset" data-md-color-scheme="default">'
            '<div class="ab-x" data-explorer data-document="many.json"></div>',
            encoding="utf-8",
        )
        handler = functools.partial(_Quiet, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with sync_playwright() as playwright:
                path = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                yield folder, f"http://127.0.0.1:{server.server_port}", page
            server.shutdown()


class Clock:
    """Processor time of the page's thread in seconds, which other work on the machine does not lengthen."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def __call__(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def changes(page: Page, clock: Clock, address: str, rounds: int) -> list[tuple[float, str, str]]:
    """Seconds a change, scheme and policy, of every combination that is not refused."""
    page.evaluate(LOAD, address)
    found = []
    for scheme in OFFERED:
        for policy in POLICIES:
            asked = {"policy": policy, "scheme": scheme.id, "rounds": rounds}
            if page.evaluate(CHANGE, asked):
                continue
            before = clock()
            page.evaluate(CHANGE, asked)
            found.append(((clock() - before) / rounds, scheme.id, policy))
    return found


def scrolling(page: Page, clock: Clock, frames: int = 120) -> float:
    """Seconds a frame of scrolling by 300 pixels; raises AssertionError where one is blank anywhere."""
    page.evaluate(
        """async () => {
          const { explore } = await import("/explorer/page.js");
          await explore(document.querySelector("[data-explorer]"));
        }"""
    )
    page.wait_for_selector("[data-drawn=likely]", timeout=240_000)
    before = clock()
    blank = page.evaluate(SCROLL, frames)
    spent = clock() - before
    assert not blank, f"{blank} of {frames} frames have no rows where it was scrolled to"
    return spent / frames


def run(rounds: int = 20) -> list[Row]:
    """Rows: the slowest change of schemes that do not compare pairs, of those that do, and scrolling."""
    with _page() as (folder, address, page):
        given = {"few.json": document(*CHANGE_SHAPE, 0.0), "holes.json": document(*CHANGE_SHAPE, 0.1),
                 "many.json": document(*SCROLL_SHAPE, 0.1)}  # fmt: skip
        for name, content in given.items():
            (folder / name).write_text(json.dumps(content), encoding="utf-8")
        page.goto(f"{address}/index.html")
        clock = Clock(page)
        found = [*changes(page, clock, "/few.json", rounds), *changes(page, clock, "/holes.json", rounds)]
        assert {scheme for _, scheme, _ in found} == {scheme.id for scheme in OFFERED}
        frame = scrolling(page, clock)
    rows = []
    for label, some in (("means, ranks, positions", False), ("pairs", True)):
        seconds, scheme, policy = max(one for one in found if (one[1] in PAIRS) is some)
        what = f"Explorer, processor time of a change: slowest of {label} ({scheme}, {policy})"
        rows.append(Row(what, f"{CHANGE_SHAPE[0]} x {CHANGE_SHAPE[1]}", seconds, at_most=FRAME))
    data = f"{SCROLL_SHAPE[0]} x {SCROLL_SHAPE[1]}"
    rows.append(Row("Explorer, processor time of a frame while scrolling", data, frame, at_most=FRAME))
    return rows
