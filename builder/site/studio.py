"""Where figures are drawn: in this process, or in one beside it that is drawing while this one goes on.

The renderer keeps Python's lock while it draws, so a thread would gain nothing.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import TypeVar

from builder.charts import static
from builder.charts.theme import Json

Made = TypeVar("Made")
Promise = Callable[[], Made]
"""Gives what was asked for, and waits until it is drawn."""


class Studio:
    """Draws figures: in another process, in the order asked; or here, when they are asked back."""

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor
        self._errands: list[Callable[[], object]] = []

    def draw(self, spec: Json, figure_id: str, label: str) -> Promise[str]:
        """The SVG of a specification."""
        if self._executor is None:
            return partial(static.to_svg, spec, figure_id, label)
        return self._executor.submit(static.to_svg, spec, figure_id, label).result

    def photograph(self, svg: str) -> Promise[bytes]:
        """The PNG of an SVG."""
        if self._executor is None:
            return partial(static.to_png, svg)
        return self._executor.submit(static.to_png, svg).result

    def errand(self, job: Callable[[], Made]) -> Promise[Made]:
        """The job's result. No figure waits for it: the other process begins it when there are no more."""
        if self._executor is None:
            return job
        begin = cache(partial(self._executor.submit, job))
        self._errands.append(begin)
        return lambda: begin().result()

    def no_more_figures(self) -> None:
        """All figures were asked for: errands may begin."""
        while self._errands:
            self._errands.pop(0)()


@contextmanager
def studio(*, beside: bool) -> Iterator[Studio]:
    """A studio in this process, or in one of its own, which takes a second to start beside other work."""
    if not beside:
        yield Studio()
        return
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        executor.submit(_warm_up)
        try:
            yield Studio(executor)
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise


def _warm_up() -> None:
    """Start the renderer: its first chart takes a third of a second longer."""
    static.to_svg({"mark": "point", "data": {"values": []}}, "warm")
