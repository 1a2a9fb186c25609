"""What is done beside a build, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from builder.charts import static
from builder.site.studio import Studio, studio

SPEC = {"mark": "point", "data": {"values": []}}


class Desk(Executor):
    """Does what is submitted at once, and keeps a list of it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def submit(self, job: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        self.done.append(getattr(job, "__name__", "errand"))
        future: Future[Any] = Future()
        future.set_result(job(*args, **named))
        return future


def test_no_figure_waits_for_an_errand() -> None:
    desk = Desk()
    here = Studio(desk)
    errands = [here.errand(lambda: 6 * 7), here.errand(lambda: "b")]
    svg = here.draw(SPEC, "x", "A point")()
    assert desk.done == ["to_svg"]
    here.photograph(svg)
    here.no_more_figures()
    assert desk.done == ["to_svg", "to_png", "<lambda>", "<lambda>"]
    here.no_more_figures()
    assert [errand() for errand in errands] == [42, "b"]
    assert len(desk.done) == 4, "an errand is done once"


def test_an_errand_that_is_asked_back_before_figures_end_begins_then() -> None:
    desk = Desk()
    errand = Studio(desk).errand(lambda: 1)
    assert desk.done == []
    assert errand() == errand() == 1
    assert len(desk.done) == 1


@pytest.mark.parametrize("beside", [False, True])
def test_figures_and_errands_are_the_same_here_and_beside(beside: bool) -> None:
    with studio(beside=beside) as made:
        size = made.errand(static.javascript_bundle)
        svg = made.draw(SPEC, "x", "A point")
        made.no_more_figures()
        assert svg() == static.to_svg(SPEC, "x", "A point")
        assert size() == static.javascript_bundle()
