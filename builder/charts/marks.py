"""What charts are put together from: inline data, typed layers, panels.

Altair's `mark_*` and `configure` methods are untyped; what is made here is not.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import altair as alt
import pandas as pd

from builder.charts.text import short
from builder.charts.theme import CONFIG, Json

Kind = Literal["line", "point", "rect", "rule", "text"]
LayeredOrConcat = TypeVar("LayeredOrConcat", alt.LayerChart, alt.ConcatChart)


def rows_of(frame: pd.DataFrame) -> list[Json]:
    """The frame's rows as dictionaries of plain Python values."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def inline(frame: pd.DataFrame, digits: int = 4) -> alt.InlineData:
    """The frame as CSV inside the specification: a third of the size of JSON records.

    Numbers keep `digits` significant digits, a missing one reads as null; text must be `short` already.
    """
    held = frame.copy()
    parse: dict[str, str] = {}
    for column in held.columns:
        if pd.api.types.is_bool_dtype(held[column]):
            held[column] = held[column].astype("int8")
        if pd.api.types.is_numeric_dtype(held[column]):
            parse[str(column)] = "number"
        if pd.api.types.is_float_dtype(held[column]):
            values = held[column].to_numpy(float)
            held[column] = ["" if v != v else f"{v:.{digits}g}" for v in values]
    text = io.StringIO()
    held.to_csv(text, index=False, lineterminator="\n")
    return alt.InlineData(values=text.getvalue(), format=alt.CsvDataFormat(type="csv", parse=parse))


def records(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    """A handful of rows (labels, rules, legend keys) as inline data."""
    # A tuple, because Altair copies each list in a layer again and again.
    return alt.InlineData(values=tuple(dict(row) for row in rows))


def mark(kind: Kind, data: alt.InlineData, **options: Any) -> alt.Chart:
    """One layer, still without channels. `options` are those of Vega-Lite's mark definition."""
    return alt.Chart(data, mark=alt.MarkDef(type=kind, **options))


def texts(rows: Sequence[Mapping[str, object]], channels: Json, **options: Any) -> alt.Chart:
    """A layer of the text (or list of lines) `t` of each row, where `channels` place it."""
    return mark("text", records(rows), **options).encode(text=alt.Text("t:N"), **channels)


def tooltip(field: str, title: str, number: str = "") -> alt.Tooltip:
    """A line of what a pointer shows: outside text as its title, `number` as the format.

    Vega-Lite writes the title into an expression and escapes its quotes, but not its backslashes.
    """
    said = short(title).replace("\\", "\\\\")
    return alt.Tooltip(field, title=said, format=number) if number else alt.Tooltip(field, title=said)


def with_names(chart: alt.Chart, labels: Iterable[str], **fields: str) -> alt.Chart:
    """The layer with new text fields: `name="k"` looks up the label at position `k`."""
    rows = [{"i": i, "l": short(label)} for i, label in enumerate(labels)]
    names = alt.LookupData(data=records(rows), key="i", fields=["l"])
    for name, position in fields.items():
        chart = chart.transform_lookup(position, names, as_=[name])
    return chart


def panel(layers: Sequence[alt.Chart], width: float, height: float) -> alt.LayerChart:
    """Layers on one pair of scales, the first at the bottom; `width` and `height` of the plot in pixels."""
    return alt.LayerChart(layer=list(layers), width=width, height=height)


def themed(chart: LayeredOrConcat) -> LayeredOrConcat:
    """The chart, now with the project's configuration."""
    chart["config"] = CONFIG  # `properties` would copy the chart
    return chart
