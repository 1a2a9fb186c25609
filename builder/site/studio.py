"""Where figures are drawn: in this process, or in one beside it that is drawing while this one goes on.

The renderer keeps Python's lock while it draws, so a thread would gain nothing.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from builder.charts import static
from builder.charts.theme import Json

P = ParamSpec("P")
Made = TypeVar("Made")


class _Here(Executor):
    """Does at once what it is given."""

    def submit(self, fn: Callable[P, Made], /, *args: P.args, **kwargs: P.kwargs) -> Future[Made]:
        done: Future[Made] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


class Studio:
    """Draws figures; what is asked first is drawn first."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def draw(self, spec: Json, figure_id: str, label: str) -> Future[str]:
        """The SVG of a specification."""
        return self._executor.submit(static.to_svg, spec, figure_id, label)

    def print(self, svg: str) -> Future[bytes]:
        """The PNG of an SVG."""
        return self._executor.submit(static.to_png, svg)


@contextmanager
def studio(*, beside: bool) -> Iterator[Studio]:
    """A studio in this process, or in one of its own, which takes a second to start beside other work."""
    if not beside:
        yield Studio(_Here())
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
