"""What no earlier build has is made: snapshots, several at once, and what all pages share."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from builder.cache.kept import Kept
from builder.catalog.library import Library, SnapshotRef
from builder.charts import static
from builder.errors import SourceError
from builder.one_snapshot import build_snapshot
from builder.site import studio as drawing
from builder.site.assets import write_bundle
from builder.site.studio import Studio
from builder.site.truth_page import write_truth_page
from builder.summary import Built, Skipped

Wanted = tuple[SnapshotRef, Kept]


@dataclass(frozen=True)
class Order:
    """What is to be made, and where it goes."""

    library: Library
    snapshots: tuple[Wanted, ...]
    staging: Path
    site_url: str | None
    jobs: int
    script: bool
    """Whether the script that makes figures live is to be written."""
    truth: bool
    """Whether the page about simulated truth is."""


def make(order: Order) -> Iterator[Built | Skipped]:
    """Make all of it; a line as each snapshot ends."""
    if len(order.snapshots) > 1 and order.jobs > 1:
        yield from _beside_each_other(order)
    else:
        yield from _in_turn(order)


def _in_turn(order: Order) -> Iterator[Built | Skipped]:
    """One snapshot after the other; what does not wait for it is done beside where there are cores for it."""
    with drawing.studio(beside=order.jobs > 1 and bool(order.snapshots)) as studio:
        script = studio.errand(static.javascript_bundle) if order.script else None
        truth = studio.errand(_truth(order)) if order.truth else None
        for wanted in order.snapshots:
            yield _attempt(order, wanted, studio)
        if script is not None:
            write_bundle(order.staging, script())
        if truth is not None:
            truth()


def _truth(order: Order) -> Callable[[], None]:
    return partial(write_truth_page, order.staging, site_url=order.site_url)


def _beside_each_other(order: Order) -> Iterator[Built | Skipped]:
    """Each snapshot in a process of its own, as many at once as there are jobs."""
    # spawn: a forked copy of a process with threads (progress display, V8) can deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(order.jobs, mp_context=context) as pool:
        jobs = [pool.submit(_attempt_alone, order, wanted) for wanted in order.snapshots]
        script = pool.submit(static.javascript_bundle) if order.script else None
        truth = pool.submit(_truth(order)) if order.truth else None
        try:
            for job in as_completed(jobs):
                yield job.result()
            if script is not None:
                write_bundle(order.staging, script.result())
            if truth is not None:
                truth.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _attempt_alone(order: Order, wanted: Wanted) -> Built | Skipped:
    """One snapshot of several: its process draws its own figures, for the other cores are busy."""
    with drawing.studio(beside=False) as studio:
        return _attempt(order, wanted, studio)


def _attempt(order: Order, wanted: Wanted, studio: Studio) -> Built | Skipped:
    ref, kept = wanted
    try:
        return build_snapshot(order.library, ref, order.staging, order.site_url, studio, kept)
    except SourceError as error:
        return Skipped(ref.study.id, ref.id, str(error))
