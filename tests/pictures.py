"""Charts of made-up data at any size, and a reader of the pictures that they give."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from builder.charts import (
    clusters,
    contribution,
    correlation,
    coverage,
    frontier,
    groups,
    history,
    schemes,
    specification,
    static,
    tradeoff,
)
from builder.charts.theme import Json

SVG = "{http://www.w3.org/2000/svg}"
INERT = {"svg", "g", "path", "line", "circle", "rect", "text", "tspan", "defs", "linearGradient", "stop"}
INHERITED = (
    "font-family",
    "fill",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "font-size",
    "font-weight",
    "text-anchor",
)

HOSTILE = [
    "<b>&'\"</b>",
    'a, "b"; c',
    "naïve 🦊",
    "two\nlines",
    "bell\x07null\x00",
    "</script>",
    "back\\slash",
    "=1+1",
    "]]>-->",
    "x" * 300,
]


@dataclass(frozen=True)
class Element:
    """One element of a picture, with what it inherits."""

    tag: str
    attributes: dict[str, str]
    text: str

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


def elements(svg: str) -> list[Element]:
    """Every element of the picture in document order; a wrapped label is one element, its lines joined."""

    def walk(node: ET.Element, inherited: dict[str, str]) -> Iterator[Element]:
        attributes = inherited | node.attrib
        yield Element(node.tag.removeprefix(SVG), attributes, " ".join(filter(None, node.itertext())))
        for child in node:
            yield from walk(child, {name: attributes[name] for name in INHERITED if name in attributes})

    return list(walk(ET.fromstring(svg), {}))


def texts(svg: str) -> list[Element]:
    """Every text of the picture."""
    return [element for element in elements(svg) if element.tag == "text"]


def words(svg: str) -> list[str]:
    """What is written in the picture."""
    return [element.text for element in texts(svg)]


def picture(chart: static.Chart, figure_id: str = "figure") -> str:
    """The chart as SVG."""
    return static.render(chart, figure_id).svg


def layers(chart: static.Chart) -> list[Json]:
    """The layers of the chart's specification, each with its rows under `rows`."""
    spec = static.to_spec(chart)
    return [layer | {"rows": _rows(spec["datasets"][layer["data"]["name"]])} for layer in spec["layer"]]


def _rows(values: str | list[Json]) -> list[Json]:
    return list(csv.DictReader(io.StringIO(values))) if isinstance(values, str) else values


def names(n: int) -> list[str]:
    """So many different names, each hostile in its way."""
    return [HOSTILE[i % len(HOSTILE)] + (f" {i}" if i >= len(HOSTILE) else "") for i in range(n)]


def ids(n: int) -> list[str]:
    return [f"id-{i}" for i in range(n)]


def halves(n: int) -> pd.DataFrame:
    """Two top groups, the first with two groups in it; none for fewer than four columns."""
    rows = [
        (HOSTILE[0], 0, n // 2, 0),
        ("A", 0, n // 4, 1),
        (HOSTILE[-1], n // 4, n // 2, 1),
        ("B", n // 2, n, 0),
    ]
    columns = ["name", "start", "stop", "level"]
    return pd.DataFrame(rows if n >= 4 else [], columns=columns)


def draw_heatmap(n_models: int, n_metrics: int) -> static.Chart:
    rng = np.random.default_rng(n_metrics)
    pairs = list(combinations(ids(n_metrics), 2))
    cells = pd.DataFrame(
        {
            "row": [a for a, _ in pairs],
            "column": [b for _, b in pairs],
            "rho": rng.uniform(-1, 1, len(pairs)),
            "n": n_models,
            "p": rng.uniform(0, 1, len(pairs)),
            "p_bonferroni": 1.0,
            "significant": rng.random(len(pairs)) < 0.5,
        }
    )
    cells.loc[::7, ["rho", "p", "p_bonferroni"]] = np.nan
    labels = dict(zip(ids(n_metrics), names(n_metrics), strict=True))
    return correlation.correlation_heatmap(cells, labels, halves(n_metrics))


def draw_clusters(n_models: int, n_metrics: int) -> static.Chart:
    rng = np.random.default_rng(n_metrics)
    pairs = list(combinations(ids(n_metrics), 2))
    cells = pd.DataFrame(pairs, columns=["row", "column"]).assign(n=n_models, p=0.5, p_bonferroni=1.0)
    cells["rho"] = rng.uniform(-1, 1, len(pairs))
    cells["significant"] = rng.random(len(pairs)) < 0.5
    before = [pd.NA if k == 1 else k - 1 for k in range(1, n_metrics)]
    merges = pd.DataFrame(
        {
            "cluster": range(1, n_metrics),
            "metric_a": ["id-0" if k == 1 else "" for k in range(1, n_metrics)],
            "cluster_a": pd.array(before, dtype="Int64"),
            "metric_b": ids(n_metrics)[1:],
            "cluster_b": pd.array([pd.NA] * len(before), dtype="Int64"),
            "rho": np.linspace(0.9, -0.4, max(n_metrics - 1, 0)),
            "n_metrics": range(2, n_metrics + 1),
        }
    )
    labels = dict(zip(ids(n_metrics), names(n_metrics), strict=True))
    of = {metric: HOSTILE[i % 8] for i, metric in enumerate(labels) if i % 5}
    return clusters.cluster_heatmap(cells, labels, merges, of, min(3, n_metrics))


def draw_coverage(n_models: int, n_metrics: int) -> static.Chart:
    states = np.random.default_rng(1).integers(0, 3, size=(n_models, n_metrics)).astype(np.int8)
    labels = dict(zip(ids(n_metrics), names(n_metrics), strict=True))
    return coverage.coverage_matrix(states, labels, names(n_models), halves(n_metrics))


def draw_frontier(n_models: int, n_metrics: int) -> static.Chart:
    remaining = np.linspace(n_models, n_models // 3, n_metrics).astype(int)
    steps = pd.DataFrame(
        {
            "step": range(1, n_metrics + 1),
            "metric": ids(n_metrics),
            "n_models": remaining,
            "lost": -np.diff(remaining, prepend=n_models),
        }
    )
    frame = pd.concat([steps.assign(selection="one"), steps.assign(selection="other")], ignore_index=True)
    labels = dict(zip(ids(n_metrics), names(n_metrics), strict=True))
    return frontier.coverage_frontier(frame, {"one": HOSTILE[0], "other": HOSTILE[-1]}, labels)


def draw_scatter(n_models: int, n_metrics: int) -> static.Chart:
    rng = np.random.default_rng(n_metrics)
    frame = pd.DataFrame(
        {
            "model": names(n_models),
            "x": rng.normal(size=n_models),
            "y": rng.normal(size=n_models),
            "overall": rng.normal(size=n_models),
            "place": range(1, n_models + 1),
        }
    )
    return groups.group_scatter(frame, "\n".join(HOSTILE[:4]), HOSTILE[6], "\\", same_axes=True)


def draw_explained(n_models: int, n_metrics: int) -> static.Chart:
    n_schemes, n_groups = min(n_models, 12), min(n_metrics, 6)
    rng = np.random.default_rng(2)
    rows = [(scheme, group, *rng.random(2)) for scheme in ids(n_schemes) for group in ids(n_groups)]
    columns = ["scheme", "group", "explained_variance", "explained_variance_robust"]
    frame = pd.DataFrame(rows, columns=columns)
    labels = dict(zip(ids(n_schemes), names(n_schemes), strict=True))
    return contribution.explained_variance(
        frame, labels, dict(zip(ids(n_groups), names(n_groups), strict=True))
    )


def draw_slopes(n_models: int, n_metrics: int) -> static.Chart:
    labels = dict(zip(ids(min(n_metrics, 7)), names(min(n_metrics, 7)), strict=True))
    rng = np.random.default_rng(3)
    rows = [
        (model, name, scheme, int(place), 1 - place / (n_models + 1), int(rng.integers(-20, 20)))
        for scheme in labels
        for model, name, place in zip(
            ids(n_models), names(n_models), rng.permutation(n_models) + 1, strict=True
        )
    ]
    columns = ["model_id", "model", "scheme", "place", "display", "moved"]
    return schemes.scheme_slopes(pd.DataFrame(rows, columns=columns), labels)


def draw_staircase(n_models: int, n_metrics: int) -> static.Chart:  # noqa: ARG001 (one signature for all)
    n = min(n_metrics, 8)
    matrix = pd.DataFrame(np.random.default_rng(4).uniform(-1, 1, (n, n)), index=ids(n), columns=ids(n))
    return schemes.scheme_agreement(matrix, dict(zip(ids(n), names(n), strict=True)))


def draw_bump(n_models: int, n_metrics: int) -> static.Chart:
    n_snapshots = min(n_metrics, 12)
    rng = np.random.default_rng(5)
    rows = [
        (model, name, k, row, row + 1)
        for k in range(n_snapshots)
        for model, name, row in zip(ids(n_models), names(n_models), rng.permutation(n_models), strict=True)
        if rng.random() < 0.9
    ]
    frame = pd.DataFrame(rows, columns=["model_id", "model", "k", "row", "place"])
    return history.bump(frame, [f"2025-01-{10 + k}-again" for k in range(n_snapshots)], 15, many=10)


def draw_curve(n_models: int, n_metrics: int) -> static.Chart:
    rng = np.random.default_rng(5)
    place = np.sort(rng.integers(1, 40, n_models))
    levels = ids(max(n_metrics, 1))
    frame = pd.DataFrame({"place": place, "n_models": 40, "relative": (place - 1) / 39})
    frame["scheme"], frame["policy"] = rng.choice(levels, n_models), rng.choice(levels[:3], n_models)
    labels = dict(zip(levels, names(len(levels)), strict=True))
    return specification.specification_curve(frame, {"scheme": labels, "policy": labels})


def draw_tradeoff(n_models: int, n_metrics: int) -> static.Chart:
    n = min(n_metrics, 20)
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"name": names(n), "group": np.arange(n) % 3 > 0, "n_models": n_models})
    frame["diversity"], frame["sensitivity"] = rng.random(n), rng.random(n) / 2
    frame["n_metrics"], frame["n_relevant"] = 4, 9
    frame.loc[5:5, "sensitivity"] = np.nan
    return tradeoff.tradeoff(frame)


Draw = Callable[[int, int], static.Chart]
DRAWS: dict[str, Draw] = {
    "heatmap": draw_heatmap,
    "clusters": draw_clusters,
    "coverage": draw_coverage,
    "frontier": draw_frontier,
    "scatter": draw_scatter,
    "explained": draw_explained,
    "slopes": draw_slopes,
    "staircase": draw_staircase,
    "bump": draw_bump,
    "curve": draw_curve,
    "tradeoff": draw_tradeoff,
}
