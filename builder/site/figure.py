"""What one figure is: before it is drawn, and as pages show it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from builder.charts import static


@dataclass(frozen=True)
class Figure:
    """One figure before it is drawn. `data` is what its CSV holds; None where `table` has it already."""

    id: str
    title: str
    """The finding, where the numbers allow one."""
    sub: str
    """n, and what one mark is."""
    chart: static.Chart
    data: pd.DataFrame | None
    note: str = ""
    table: str = ""
    """Where below the snapshot's root its CSV stands; empty for among the figures."""


@dataclass(frozen=True)
class Drawn:
    """A figure as pages show it."""

    id: str
    title: str
    sub: str
    source: str
    note: str
    data: pd.DataFrame | None
    table: str
    rendered: static.Rendered

    @property
    def svg(self) -> Markup:
        return Markup(self.rendered.svg)  # noqa: S704 (made from escaped text by the renderer)

    @property
    def spec_json(self) -> str:
        return self.rendered.spec_json

    @property
    def wide(self) -> bool:
        return self.rendered.wide

    @property
    def width(self) -> int:
        return self.rendered.width
