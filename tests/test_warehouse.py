"""The questions of queries/*.sql on a snapshot small enough to answer by hand."""

from __future__ import annotations

import hashlib
import itertools

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import CELLS, TREE, make_snapshot
from scipy import stats

from builder import warehouse as warehouse_module
from builder.catalog.tree import Group, Metric, MetricTree
from builder.database import QUERIES, query_text
from builder.site import shown_sql
from builder.warehouse import Warehouse


@pytest.fixture
def warehouse():
    with Warehouse(make_snapshot()) as opened:
        opened.add_selection("all", TREE.metric_ids)
        opened.add_selection("v1", TREE.leaves("v1"))
        yield opened


def test_queries_are_numbered_without_gaps_and_every_one_is_asked():
    numbers = [int(path.name[:2]) for path in sorted(QUERIES.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))
    sources = "".join(path.read_text() for path in (QUERIES.parent / "builder").rglob("*.py"))
    for path in QUERIES.glob("*.sql"):
        assert f'"{path.stem[3:]}"' in sources, f"{path.name} is asked by nobody"


def test_a_name_is_given_once(warehouse):
    with pytest.raises(ValueError, match="'all' is named already"):
        warehouse.add_selection("all", TREE.metric_ids)


def test_unknown_query_is_named():
    with pytest.raises(KeyError, match="no_such_question"):
        query_text("no_such_question")


def test_states_are_never_merged(warehouse):
    # By hand: 6 models x 4 metrics; delta failed one; epsilon lacks two, zeta all four.
    row = warehouse.ask("coverage_by_state").iloc[0]
    assert (row["scored"], row["failed"], row["missing"]) == (17, 1, 6)


def test_coverage_of_metrics_in_tree_order(warehouse):
    frame = warehouse.ask("coverage_of_metrics")
    assert list(frame["metric"]) == ["v1-a", "v1-b", "it", "consistency"]
    assert list(frame["scored"]) == [4, 4, 4, 5]
    assert list(frame["failed"]) == [0, 1, 0, 0]
    assert list(frame["missing"]) == [2, 1, 2, 1]


def test_coverage_of_models_best_first_and_matrix_alike(warehouse):
    frame = warehouse.ask("coverage_of_models")
    assert list(frame["model"]) == ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    states = warehouse.states()
    assert states.tolist()[3] == [2, 1, 2, 2]
    assert states.tolist()[4] == [0, 2, 0, 2]
    assert list((states == 2).sum(axis=1)) == list(frame["scored"])


def test_complete_models(warehouse):
    assert list(warehouse.ask("complete_models", selection="all")["model"]) == ["alpha", "beta", "gamma"]


def test_metric_cost_is_what_one_metric_alone_takes(warehouse):
    # delta lacks only v1-b; epsilon lacks two metrics and zeta four, so no single metric brings them back.
    frame = warehouse.ask("metric_cost", selection="all")
    assert list(zip(frame["metric"], frame["regained"], strict=True)) == [
        ("v1-b", 1),
        ("v1-a", 0),
        ("it", 0),
        ("consistency", 0),
    ]


def greedy_frontier(scored: np.ndarray) -> list[tuple[int, int]]:
    """The frontier by plain loops: (metric, models left), the cheapest metric first, ties in order."""
    alive = np.ones(len(scored), dtype=bool)
    left = list(range(scored.shape[1]))
    found = []
    while left:
        best = max(left, key=lambda metric: ((alive & scored[:, metric]).sum(), -metric))
        alive &= scored[:, best]
        left.remove(best)
        found.append((best, int(alive.sum())))
    return found


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=8))
def test_frontier_and_cost_against_plain_loops(pattern):
    tree = MetricTree.ordered([Group("g", "G"), *(Metric(f"m{i}", f"M{i}", "g") for i in range(3))])
    cells = {f"model-{index}": [0.5 if cell else None for cell in row] for index, row in enumerate(pattern)}
    scored = np.array(pattern)
    with Warehouse(make_snapshot(cells, tree)) as opened:
        opened.add_selection("all", tree.metric_ids)
        opened.add_selection("two", tree.metric_ids[:2])
        frontier = opened.ask("coverage_frontier")
        cost = opened.ask("metric_cost", selection="all")
    for name, width in (("all", 3), ("two", 2)):
        found = frontier[frontier["selection"] == name]
        expected = greedy_frontier(scored[:, :width])
        assert list(zip(found["metric"], found["n_models"], strict=True)) == [
            (f"m{metric}", n) for metric, n in expected
        ]
        assert list(found["lost"]) == [
            before - after for before, after in itertools.pairwise([len(cells), *(n for _, n in expected)])
        ]
    complete = scored.all(axis=1).sum()
    without = {f"m{i}": int(np.delete(scored, i, axis=1).all(axis=1).sum() - complete) for i in range(3)}
    assert dict(zip(cost["metric"], cost["regained"], strict=True)) == without


def test_complete_panel_ranks_equal_scipy(warehouse):
    panel = warehouse.panel("all", "complete").panel
    assert panel.models == ("alpha", "beta", "gamma")
    scores = np.array([CELLS[model] for model in panel.models], dtype=float)
    assert np.array_equal(panel.scores, scores)
    # v1-b has a tie at 0.8: both share 1.5.
    assert np.array_equal(panel.ranks, stats.rankdata(-scores, axis=0))
    assert panel.ranks[:, 1].tolist() == [1.5, 1.5, 3.0]


def test_attempted_counts_failed_as_zero_and_leaves_missing_out(warehouse):
    panel = warehouse.panel("all", "attempted").panel
    assert panel.models == ("alpha", "beta", "gamma", "delta", "epsilon")
    np.testing.assert_array_equal(panel.scores[3], [0.3, 0.0, 0.2, 0.8])
    np.testing.assert_array_equal(panel.scores[4], [np.nan, 0.4, np.nan, 0.1])


def test_zero_counts_failed_and_missing_as_zero(warehouse):
    panel = warehouse.panel("all", "zero").panel
    np.testing.assert_array_equal(panel.scores[4], [0.0, 0.4, 0.0, 0.1])
    assert "zeta" not in panel.models, "a model that was never run is not ranked"


def test_worst_rank_lets_unscored_cells_share_the_last_rank(warehouse):
    answer = warehouse.panel("all", "worst-rank")
    # v1-a: 0.9, 0.7, 0.5, 0.3 are ranks 1 to 4, epsilon is alone behind them.
    assert answer.panel.ranks[:, 0].tolist() == [1, 2, 3, 4, 5]
    # v1-b: two tie at 0.8 (1.5), epsilon 0.4 is 3, gamma 0.1 is 4, delta failed: 5.
    assert answer.panel.ranks[:, 1].tolist() == [1.5, 1.5, 4, 5, 3]
    # Ranks of a metric always add up to n (n + 1) / 2.
    assert answer.panel.ranks.sum(axis=0).tolist() == [15.0] * 4
    np.testing.assert_allclose(answer.rank_profile["mean_rank"], answer.panel.ranks.mean(axis=1), rtol=1e-15)
    np.testing.assert_allclose(answer.rank_profile["median_rank"], np.median(answer.panel.ranks, axis=1))


def test_lower_is_better_turns_the_score():
    tree = MetricTree.ordered([Metric("error", "Error", higher_is_better=False), Metric("top1", "Top-1")])
    with Warehouse(make_snapshot({"a": (0.1, 0.2), "b": (0.4, 0.3)}, tree)) as opened:
        opened.add_selection("all", tree.metric_ids)
        panel = opened.panel("all", "complete").panel
    assert panel.scores.tolist() == [[-0.1, 0.2], [-0.4, 0.3]]
    assert panel.ranks.tolist() == [[1, 2], [2, 1]]


def test_names_that_look_like_sql_are_data():
    hostile = "x'); DROP TABLE cells; --"
    tree = MetricTree.ordered([Metric(hostile, "Hostile"), Metric("other", "Other")])
    with Warehouse(make_snapshot({hostile: (0.1, 0.2), "b": (0.4, 0.3)}, tree)) as opened:
        opened.add_selection(hostile, tree.metric_ids)
        assert list(opened.ask("complete_models", selection=hostile)["model"]) == [hostile, "b"]


def test_a_snapshot_without_models_is_refused():
    with pytest.raises(ValueError, match="no model"):
        Warehouse(make_snapshot({}))


def test_the_sql_that_pages_show_is_what_a_ranking_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order asked; and DuckDB reads the file as so many statements."""
    asked: list[str] = []

    def noted(name: str) -> str:
        asked.append(name)
        return query_text(name)

    monkeypatch.setattr(warehouse_module, "query_text", noted)
    with Warehouse(make_snapshot()) as opened:
        opened.add_selection("all", TREE.metric_ids)
        opened.panel("all", "complete")
    assert tuple(asked) == shown_sql.QUERIES
    said = shown_sql.rankings_sql()
    for name in asked:
        assert query_text(name) in said
    n_statements = sum(len(duckdb.extract_statements(query_text(name))) for name in asked)
    assert len(duckdb.extract_statements(said)) == n_statements
    assert shown_sql.rankings_sql_sha256() == hashlib.sha256(said.encode()).hexdigest()
