"""The figures of one snapshot: which there are, the title that says what each shows, and their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd

from builder.catalog.tree import MetricTree
from builder.charts import contribution, correlation, coverage, frontier, groups, schemes, static
from builder.charts.blocks import block_size
from builder.charts.theme import Json
from builder.results import (
    COMPLETE,
    MANY_PLACES,
    PAIRWISE,
    Agreement,
    Contribution,
    SchemeComparison,
    Selection,
)
from builder.site.basis import ALPHA, agreement_title, models_text
from builder.site.book import BASELINE, Book, scheme_short, scheme_title
from builder.site.ceilings import ceiling_figures
from builder.site.clusters import cluster_figure
from builder.site.contribution import explained_title, scatter_title
from builder.site.figure import Drawn, Figure
from builder.site.history import history_figures
from builder.site.pairs import pairs_file, pairs_frame
from builder.site.robustness import robustness_figures
from builder.site.specification import specification_figures
from builder.site.studio import Promise, Studio
from builder.site.tradeoff import tradeoff_figures
from builder.site.words import capital, count, counted, listed, percent, rho
from builder.stats.schemes import SCHEMES


def ask_selection_figures(book: Book, studio: Studio) -> list[Promise[Drawn]]:
    """Have the studio draw the figures of each selection that `book` has results of."""
    return _ask((figure for one in book.selections for figure in _of_selection(book, one)), book, studio)


def ask_coverage_figures(book: Book, studio: Studio) -> list[Promise[Drawn]]:
    """Have the studio draw the figures of the whole snapshot; `book` has all its results."""
    whole = chain(
        [_coverage_matrix(book)],
        _frontier(book),
        ceiling_figures(book),
        robustness_figures(book),
        history_figures(book),
        specification_figures(book),
        tradeoff_figures(book),
    )
    return _ask(whole, book, studio)


def _ask(figures: Iterable[Figure], book: Book, studio: Studio) -> list[Promise[Drawn]]:
    asked: list[Promise[Drawn]] = []
    for figure in figures:
        spec = static.to_spec(figure.chart)
        svg = studio.draw(spec, figure.id, figure.title)
        asked.append(partial(_drawn, figure, book.source_line, spec, svg))
    return asked


def _drawn(figure: Figure, source: str, spec: Json, svg: Promise[str]) -> Drawn:
    rendered = static.rendered(spec, svg())
    table = figure.table or f"figures/{figure.id}.csv"
    return Drawn(figure.id, figure.title, figure.sub, source, figure.note, figure.data, table, rendered)


def telling_figure(book: Book) -> tuple[str, str]:
    """Id and title of the figure that stands for a snapshot; both empty where there is none."""
    if book.default is None:
        return "", ""
    found = book.results.contribution(book.default.id)
    if found is not None:
        return f"explained-{book.default.id}", explained_title(book, found)
    shown = book.results.agreement(book.default.id) or book.results.agreement(book.default.id, PAIRWISE)
    if shown is not None:
        return f"agreement-{book.default.id}", _agreement_title(book, shown)
    return "", ""


def _of_selection(book: Book, selection: Selection) -> Iterator[Figure]:
    complete = book.results.agreement(selection.id, COMPLETE)
    shown = complete or book.results.agreement(selection.id, PAIRWISE)
    if shown is not None:
        yield _agreement(book, selection, shown)
    yield from cluster_figure(book, selection)
    comparison = book.results.comparison(selection.id)
    if comparison is not None:
        yield _slopes(book, selection, comparison)
        yield _scheme_agreement(book, comparison)
    shares = book.results.contribution(selection.id)
    if shares is not None:
        yield _explained(book, selection, shares)
        yield _scatter(book, shares, z=False)
        yield _scatter(book, shares, z=True)


def _agreement(book: Book, selection: Selection, shown: Agreement) -> Figure:
    frame = pairs_frame(shown)
    cells = frame.rename(columns={"metric_a": "row", "metric_b": "column", "spearman": "rho"})
    cells["significant"] = cells["p_bonferroni"] < ALPHA
    labels = {metric: book.node_name(metric) for metric in shown.metrics}
    return Figure(
        f"agreement-{selection.id}",
        _agreement_title(book, shown),
        f"{selection.title}: Spearman's ρ of every two, over {models_text(shown, book.models_are)}. "
        f"{_cell_text(len(labels))}",
        correlation.correlation_heatmap(cells, labels, group_spans(selection.tree)),
        None,
        table=pairs_file(shown),
    )


def _cell_text(n_metrics: int) -> str:
    size = block_size(n_metrics)
    if size == 1:
        return "One cell is one pair."
    return (
        f"One cell is the mean over up to {count(size * size)} pairs: {size} neighbouring metrics by {size}."
    )


def _agreement_title(book: Book, shown: Agreement) -> str:
    return agreement_title(shown, book.results.agreement(shown.selection, PAIRWISE), book.models_are)


def group_spans(tree: MetricTree) -> pd.DataFrame:
    """name, start, stop (stop excluded), level (0 = top) of every group, in the order of the metrics."""
    position = {metric: i for i, metric in enumerate(tree.metric_ids)}
    rows = []
    for group in tree.groups:
        members = [position[metric] for metric in tree.leaves(group.id)]
        rows.append((group.name, min(members), max(members) + 1, len(tree.path(group.id)) - 1))
    return pd.DataFrame(rows, columns=["name", "start", "stop", "level"])


def _slopes(book: Book, selection: Selection, comparison: SchemeComparison) -> Figure:
    labels = {scheme: scheme_short(scheme) for scheme in comparison.schemes if SCHEMES[scheme].core}
    title = f"{capital(book.models_are)} under {len(labels)} schemes"
    if BASELINE in labels:
        most = max(labels, key=lambda scheme: comparison.n_moved[scheme])
        n_moved = comparison.n_moved[most]
        title = (
            f"{count(n_moved)} of {counted(comparison.n_models, book.singular, book.models_are)} "
            f"{'moves' if n_moved == 1 else 'move'} more than {MANY_PLACES} places from the mean of "
            f"scores to the {scheme_title(most)[0].lower()}{scheme_title(most)[1:]}"
            if n_moved
            else _never_far(book, comparison.places[comparison.places["scheme"].isin(labels)])
        )
    return Figure(
        f"schemes-{selection.id}",
        title,
        f"{selection.title}: {count(comparison.n_models)} {book.models_are} scored on all "
        f"{len(selection.metrics)}. One line is one {book.singular}, coloured by its place in the "
        f"arithmetic mean from yellow (first) to violet (last); red: more than {MANY_PLACES} places from it.",
        schemes.scheme_slopes(
            comparison.places[comparison.places["scheme"].isin(labels)], labels, many=MANY_PLACES
        ),
        comparison.places,
        note="Each scheme's values are scaled to its own range.",
    )


def _never_far(book: Book, places: pd.DataFrame) -> str:
    """How far at most places by other schemes are from those by the mean of scores."""
    table = places.pivot(index="model_id", columns="scheme", values="place")
    most = int(table.sub(table[BASELINE], axis=0).abs().to_numpy().max())
    if not most:
        return f"All schemes put the {book.models_are} in the same order"
    return f"No {book.singular} moves more than {counted(most, 'place')} from the mean of scores"


def _scheme_agreement(book: Book, comparison: SchemeComparison) -> Figure:
    ids = list(comparison.schemes)
    matrix = pd.DataFrame(comparison.spearman, index=ids, columns=ids)
    i, j = np.triu_indices(len(ids), k=1)
    values = comparison.spearman[i, j]
    title = "How far the schemes agree"
    if values.size and np.isfinite(values).any():
        least = int(np.nanargmin(values))
        one, other = scheme_title(ids[i[least]]), scheme_title(ids[j[least]])
        title = f"{one} and {other[0].lower()}{other[1:]} agree least: ρ = {rho(float(values[least]))}"
    frame = pd.DataFrame(
        {
            "scheme_a": [ids[a] for a in i],
            "scheme_b": [ids[b] for b in j],
            "n": comparison.n_models,
            "spearman": values,
            "kendall": comparison.kendall[i, j],
        }
    )
    return Figure(
        f"scheme-agreement-{comparison.selection}",
        title,
        f"Spearman's ρ of every two schemes' values for the same {count(comparison.n_models)} "
        f"{book.models_are}. One cell is one pair of schemes.",
        schemes.scheme_agreement(matrix, {scheme: scheme_short(scheme) for scheme in ids}),
        frame,
    )


def _scatter(book: Book, found: Contribution, *, z: bool) -> Figure:
    one, other = found.groups[:2]
    before = "z:" if z else ""
    frame = found.group_scores.rename(columns={f"{before}{one}": "x", f"{before}{other}": "y"})
    if z:
        frame["overall"] = frame["overall_z"]
    unit = "z-score" if z else "score"
    return Figure(
        f"scatter-{'z-' if z else ''}{found.selection}",
        scatter_title(book, found, z=z),
        f"{book.node_name(one)} against {book.node_name(other)}, {count(found.n_models)} {book.models_are}. "
        f"One point is one {book.singular}, coloured by its place in the mean of the raw group scores.",
        groups.group_scatter(
            frame, f"{book.node_name(one)}, {unit}", f"{book.node_name(other)}, {unit}", same_axes=z
        ),
        found.group_scores,
    )


def _explained(book: Book, selection: Selection, found: Contribution) -> Figure:
    labels = {scheme: scheme_title(scheme) for scheme in dict.fromkeys(found.explained["scheme"])}
    return Figure(
        f"explained-{selection.id}",
        explained_title(book, found),
        f"{selection.title}: squared correlation of each group's score with the overall score, which is the "
        f"mean of the groups' scores as each scheme makes them; {count(found.n_models)} {book.models_are} "
        f"scored on all {len(selection.metrics)}. One mark is one group; a hollow one leaves out the "
        f"{book.models_are} that stand far from the others in some group (a robust z-score beyond 3.5).",
        contribution.explained_variance(
            found.explained, labels, {group: book.node_name(group) for group in found.groups}
        ),
        found.explained,
        note="The title is of the mean of the groups. Shares of groups that correlate do not add up "
        "to 100\u202f%.",
    )


def _coverage_matrix(book: Book) -> Figure:
    held = book.results.coverage
    states, total = held.by_state, sum(held.by_state.values())
    title = "Which cells are scored, failed and missing"
    if total:
        shares = [f"{percent(states[state] / total)} {word}" for state, word in _STATE_WORDS.items()]
        title = f"Of all cells, {listed(shares)}"
    tree = book.snapshot.tree
    return Figure(
        "coverage",
        title,
        f"{count(len(held.by_model))} {book.models_are} from most to least scored, {len(tree.metrics)} "
        f"metrics in the order of the tree. One cell is one {book.singular} on one metric.",
        coverage.coverage_matrix(
            held.states,
            book.metric_names,
            held.by_model["model"].tolist(),
            group_spans(tree),
            models_are=capital(book.models_are),
        ),
        _cells(book),
    )


_STATE_WORDS = {"scored": "are scored", "failed": "failed", "missing": "were never run"}
_STATE_NAMES = np.array(["missing", "failed", "scored"], dtype=object)


def _cells(book: Book) -> pd.DataFrame:
    """One row a model: its id, then the state of each metric."""
    held = book.results.coverage
    wide = pd.DataFrame(_STATE_NAMES[held.states], columns=list(book.snapshot.tree.metric_ids))
    wide.insert(0, "model_id", held.by_model["model_id"].to_numpy())
    return wide


def _frontier(book: Book) -> Iterator[Figure]:
    frame = book.results.coverage.frontier
    frame = frame[frame["step"] >= 1].reset_index(drop=True)
    counts = frame.groupby("selection")["n_models"].agg(["min", "max"])
    falling = set(counts.index[counts["max"] > counts["min"]])
    if not falling:
        return
    title = f"How many {book.models_are} remain as metrics are required"
    if book.default is not None and book.default.id in falling:
        steps = frame[frame["selection"] == book.default.id]
        early = steps[steps["step"] <= max(1, len(steps) // 2)]
        if len(early) and len(steps) > 1:
            title = (
                f"{capital(book.default.title)}: {counted(int(early['step'].iloc[-1]), 'metric')} keep "
                f"{count(int(early['n_models'].iloc[-1]))} {book.models_are}, all {len(steps)} keep "
                f"{count(int(steps['n_models'].iloc[-1]))}"
            )
    yield Figure(
        "frontier",
        title,
        f"{capital(book.models_are)} that are left as the metrics of each selection are required one after "
        "the other. One step is one metric; the one that loses fewest comes first.",
        frontier.coverage_frontier(
            frame,
            {one.id: one.title for one in book.selections if one.id in falling},
            dict(book.metric_names),
            models_are=capital(book.models_are),
        ),
        frame,
    )
