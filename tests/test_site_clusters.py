"""What is said of clusters of metrics, and that results, page and downloads say the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from projects import book_of
from samples import TREE
from scipy import stats

from builder.api_agreement import clusters_document
from builder.results import PAIRWISE, Clustering
from builder.site.book import Book
from builder.site.clusters import cluster_figure, cluster_text, cluster_title

RNG = np.random.default_rng(8)
NEURAL, BEHAVIOR = RNG.normal(size=(2, 40, 1))
# Three neural metrics that follow one ability; the behavioral one stands alone.
SCORES = np.round(np.hstack([NEURAL + 0.4 * RNG.normal(size=(40, 3)), BEHAVIOR]), 3)
CELLS = {f"m{i:02}": tuple(row) for i, row in enumerate(SCORES.tolist())}


@pytest.fixture(scope="module")
def book(study) -> Book:
    return book_of(study, CELLS)


def found_in(book: Book) -> Clustering:
    found = book.results.clustering("everything")
    assert found is not None
    return found


def test_planted_groups_are_found(book: Book) -> None:
    found = found_in(book)
    assert found.groups == {"v1-a": "neural", "v1-b": "neural", "it": "neural", "consistency": "behavior"}
    assert found.rand == 1
    assert len({found.clusters[metric] for metric in ("v1-a", "v1-b", "it")}) == 1
    assert found.order[0] == "consistency" or found.order[-1] == "consistency"
    assert (found.n_near, found.near_by_chance) == (3, pytest.approx(2))
    # The last merge joins the one to the mean of its three correlations.
    shown = book.results.agreement("everything")
    assert shown is not None
    assert found.merges["rho"].iloc[-1] == pytest.approx(shown.spearman.value[3, :3].mean())
    assert cluster_title(book, found) == "Cut into 2 clusters, the metrics fall exactly into their 2 groups"
    [selection, *_] = book.results.selections
    said = cluster_text(book, selection)
    assert "clusters hold 3 and 1 of the metrics. 3 of 4 metrics agree most with one of their own" in said
    assert "by chance 2.0 would" in said
    [figure] = cluster_figure(book, selection)
    assert figure.title == cluster_title(book, found)
    assert "40 models scored on all 4" in figure.sub
    assert (figure.data, figure.table) == (None, "agreement/everything/pairs-complete.csv")


def test_titles_follow_the_index(book: Book) -> None:
    found = found_in(book)
    same = "0 by chance, 1 if the same)"
    assert cluster_title(book, replace(found, rand=0.4)) == (
        f"Cut into 2 clusters, the metrics follow their 2 groups in part (adjusted Rand index 0.40; {same}"
    )
    assert "in part (adjusted Rand index 0.999;" in cluster_title(book, replace(found, rand=0.999))
    assert cluster_title(book, replace(found, rand=0.004)) == (
        f"Cut into 2 clusters, the metrics do not follow their 2 groups (adjusted Rand index 0.00; {same}"
    )
    nothing = replace(found, groups={}, clusters={}, n_groups=0, rand=float("nan"))
    rho = stats.spearmanr(SCORES).statistic - 2 * np.eye(4)
    pair = np.unravel_index(np.argmax(rho), rho.shape)
    one, other = (book.node_name(TREE.metric_ids[int(at)]) for at in pair)
    agree = f"agree most, at ρ = {rho.max():.2f}"
    title = cluster_title(book, nothing)
    assert title in {f"“{one}” and “{other}” {agree}", f"“{other}” and “{one}” {agree}"}
    [selection, *_] = book.results.selections
    book = replace(book, results=replace(book.results, clusterings=(nothing,)))
    assert cluster_text(book, selection).startswith("The heights of the tree")
    flat = replace(nothing, cophenetic=float("nan"))
    book = replace(book, results=replace(book.results, clusterings=(flat,)))
    assert cluster_text(book, selection) == ""


def test_single_metrics_are_blamed_only_where_there_are_such_and_an_index_is_shown(book: Book) -> None:
    found = found_in(book)
    [selection, *_] = book.results.selections

    def said(rand: float, clusters: dict[str, int]) -> str:
        changed = replace(found, rand=rand, clusters=clusters)
        return cluster_text(replace(book, results=replace(book.results, clusterings=(changed,))), selection)

    neural = dict.fromkeys(("v1-a", "v1-b", "it"), 1)
    # The behavioral group has one metric: that it is alone costs the index nothing.
    assert "lower" not in said(0.4, neural | {"consistency": 2})
    one = {"v1-a": 1, "v1-b": 1, "it": 2, "consistency": 1}
    assert "(A single metric that is a cluster of its own lowers the index of the cut.) The h" in said(
        0.4, one
    )
    assert "lower" not in said(1.0, one)
    assert "lower" not in said(float("nan"), one)
    two = {"v1-a": 1, "v1-b": 2, "it": 3, "consistency": 3}
    assert "(Single metrics that are clusters of their own lower the index of the cut.) The h" in said(
        0.4, two
    )


def test_the_document_can_be_read_back_into_the_tree(book: Book) -> None:
    found = found_in(book)
    document = clusters_document(found)
    assert document["order"] == list(found.order)
    members: dict[object, set[str]] = {}
    for merge in document["merges"]:
        members[merge["cluster"]] = set().union(*(members.get(one, {one}) for one in merge["joins"]))
        assert len(members[merge["cluster"]]) == merge["n_metrics"]
    assert members[3] == set(found.order)


def test_pairwise_where_complete_models_leave_a_pair_undefined(study) -> None:
    # Three models are complete, and v1-a is constant on them; of the rest each lacks IT or consistency.
    cells = {}
    for i, (model, (a, b, it, consistency)) in enumerate(CELLS.items()):
        if i < 3:
            cells[model] = (0.5, b, it, consistency)
        else:
            cells[model] = (a, b, None, consistency) if i % 2 else (a, b, it, None)
    book = book_of(study, cells)
    complete = book.results.agreement("everything")
    assert complete is not None
    assert np.isnan(complete.spearman.value[0, 1])
    found = found_in(book)
    assert (found.basis, found.n_models) == (PAIRWISE, 40)
    [selection, *_] = book.results.selections
    [figure] = cluster_figure(book, selection)
    assert "each pair shares, between 3 and 40" in figure.sub
    assert figure.table == "agreement/everything/pairs-pairwise.csv"


def test_a_metric_without_correlations_leaves_no_tree(study) -> None:
    book = book_of(study, {model: (0.5, *scores[1:]) for model, scores in CELLS.items()})
    assert book.results.clustering("everything") is None
    [selection, *_] = book.results.selections
    assert list(cluster_figure(book, selection)) == []
    assert (
        cluster_text(book, selection)
        == "Not every two metrics have a correlation, so they are not clustered."
    )
    few = replace(selection, metrics=selection.metrics[:2])
    assert cluster_text(book, few) == ""
