"""What moved a model between two snapshots: each cause alone by hand, sums, and every state built anew."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from samples import CELLS, make_snapshot
from samples import TREE as SAMPLE_TREE
from samples import Cells as Sample

from builder.catalog.tree import Group, Metric, MetricTree
from builder.stats import history
from builder.stats.history import PARTS, Cells, Moves, panel_of, ranking, split_moves
from builder.stats.schemes import SCHEMES, places, refusal
from builder.warehouse import Warehouse

FloatArray = NDArray[np.float64]
MEAN = SCHEMES["arithmetic-mean"]
A, B, C = Metric("a", "A", "g"), Metric("b", "B", "g"), Metric("c", "C")
GROUP = Group("g", "G")
Rows = dict[str, tuple[float | str | None, ...]]
"""Model -> its cells; "X" failed, None was never run."""


def tree_of(*metrics: Metric) -> MetricTree:
    groups = [GROUP] if any(metric.parent == GROUP.id for metric in metrics) else []
    return MetricTree.ordered([*groups, *metrics])


def cells_of(rows: Rows, *metrics: Metric) -> Cells:
    tree = tree_of(*metrics)
    shape = (len(rows), len(tree.metrics))
    flat = [cell for row in rows.values() for cell in row]
    scores = np.array([np.nan if cell in (None, "X") else cell for cell in flat], dtype=float)
    run = np.array([cell is not None for cell in flat])
    return Cells(tuple(rows), scores.reshape(shape), run.reshape(shape), tree)


def parts_of(found: Moves, model: str) -> dict[str, float]:
    """The parts that are not 0."""
    at = found.models.index(model)
    return {name: float(part[at]) for name, part in found.parts.items() if part[at]}


OLD: Rows = {"x": (3.0, 3.0), "y": (2.0, 2.0), "z": (1.0, 1.0)}


def test_nothing_changed_moves_nothing() -> None:
    found = split_moves(cells_of(OLD, A, B), cells_of(OLD, A, B), "complete", MEAN)
    assert found.models == ("x", "y", "z")
    assert found.before.tolist() == found.after.tolist() == [1, 2, 3]
    assert all((part == 0).all() for part in (*found.parts.values(), found.scores))


def test_rivals_alone() -> None:
    """Two enter above y, of which one above x too; z, which was last, has left."""
    new: Rows = {"p": (9.0, 9.0), "q": (2.5, 2.5), "y": (2.0, 2.0), "x": (3.0, 3.0)}
    found = split_moves(cells_of(OLD, A, B), cells_of(new, A, B), "complete", MEAN)
    assert found.models == ("x", "y")
    assert (found.before.tolist(), found.after.tolist()) == ([1, 2], [2, 4])
    assert parts_of(found, "x") == {"entered": -1}
    assert parts_of(found, "y") == {"entered": -2}
    back = split_moves(cells_of(new, A, B), cells_of(OLD, A, B), "complete", MEAN)
    assert parts_of(back, "y") == {"left": 2}


def test_rivals_and_a_dropped_metric_are_told_apart() -> None:
    """Whoever enters was never run on the dropped metric: it counts as a rival nonetheless, not as half of
    what the metric does, which is nothing.
    """
    new: Rows = {"p": (9.0,), **{model: row[:1] for model, row in OLD.items()}}
    found = split_moves(cells_of(OLD, A, B), cells_of(new, A), "complete", MEAN)
    assert [parts_of(found, model) for model in "xyz"] == [{"entered": -1}] * 3
    back = split_moves(cells_of(new, A), cells_of(OLD, A, B), "complete", MEAN)
    assert [parts_of(back, model) for model in "xyz"] == [{"left": 1}] * 3


def test_metrics_alone() -> None:
    """On the new metric z is best by far: sums 3 + 3 + 0, 2 + 2 + 0, 1 + 1 + 9."""
    new: Rows = {"x": (3.0, 3.0, 0.0), "y": (2.0, 2.0, 0.0), "z": (1.0, 1.0, 9.0)}
    found = split_moves(cells_of(OLD, A, B), cells_of(new, A, B, C), "complete", MEAN)
    assert [parts_of(found, model) for model in "xyz"] == [{"metrics": -1}, {"metrics": -1}, {"metrics": 2}]


def test_a_metric_turned_round_counts_for_the_metrics() -> None:
    turned = Metric("c", "C", higher_is_better=False)
    rows: Rows = {"x": (3.0,), "y": (1.0,)}
    found = split_moves(cells_of(rows, C), cells_of(rows, turned), "complete", MEAN)
    assert (parts_of(found, "x"), parts_of(found, "y")) == ({"metrics": -1}, {"metrics": 1})


def test_a_tree_drawn_anew_counts_for_the_metrics() -> None:
    """Means over three metrics: x 6/3, y 7/3, z 8/3; with a and b in a group: x 1.5, y 3, z 2."""
    flat = (Metric("a", "A"), Metric("b", "B"), C)
    rows: Rows = {"x": (6.0, 0.0, 0.0), "y": (0.0, 2.0, 5.0), "z": (6.0, 2.0, 0.0)}
    found = split_moves(
        cells_of(rows, *flat), cells_of(rows, A, B, C), "complete", SCHEMES["hierarchical-mean"]
    )
    assert parts_of(found, "x") == {}
    assert (parts_of(found, "y"), parts_of(found, "z")) == ({"metrics": 1}, {"metrics": -1})


def test_own_scores_alone() -> None:
    new: Rows = OLD | {"z": (1.0, 9.0)}
    found = split_moves(cells_of(OLD, A, B), cells_of(new, A, B), "complete", MEAN)
    assert parts_of(found, "z") == {"own": 2}
    assert (parts_of(found, "x"), parts_of(found, "y")) == ({"others": -1}, {"others": -1})
    assert found.scores.tolist() == [-1, -1, 2]


def test_own_and_others_scores_meet_halfway() -> None:
    """x and y change places, and each change alone would do it: x falls to 1.5 and y rises to 2.5."""
    new: Rows = {"x": (1.5, 1.5), "y": (3.5, 3.5), "z": (1.0, 1.0)}
    found = split_moves(cells_of(OLD, A, B), cells_of(new, A, B), "complete", MEAN)
    assert parts_of(found, "x") == {"own": -0.5, "others": -0.5}
    assert parts_of(found, "y") == {"own": 0.5, "others": 0.5}
    assert parts_of(found, "z") == {}


def test_a_rival_that_becomes_complete_counts_for_what_made_it_so() -> None:
    """p was there without a score on b. It is scored now, or b is no longer asked for."""
    old: Rows = OLD | {"p": (9.0, "X")}
    scored = split_moves(cells_of(old, A, B), cells_of(OLD | {"p": (9.0, 9.0)}, A, B), "complete", MEAN)
    assert [parts_of(scored, model) for model in "xyz"] == [{"others": -1}] * 3
    assert "p" not in scored.models
    only_a: Rows = {model: row[:1] for model, row in old.items()}
    dropped = split_moves(cells_of(old, A, B), cells_of(only_a, A), "complete", MEAN)
    assert [parts_of(dropped, model) for model in "xyz"] == [{"metrics": -1}] * 3


def test_no_model_in_both() -> None:
    found = split_moves(cells_of(OLD, A, B), cells_of({"p": (1.0, 1.0)}, A, B), "complete", MEAN)
    assert found.models == ()
    assert found.scores.shape == (0,)


def test_a_state_that_the_scheme_makes_no_sense_of_leaves_the_parts_open() -> None:
    """Fair weights need both groups to vary. On c the common models had one score, and only z, which left,
    another; now they differ.
    """
    fair = SCHEMES["fair-contribution"]
    old = cells_of({"x": (1.0, 1.0), "y": (2.0, 1.0), "u": (4.0, 1.0), "z": (3.0, 2.0)}, A, C)
    new = cells_of({"x": (1.0, 1.0), "y": (2.0, 2.0), "u": (4.0, 5.0)}, A, C)
    found = split_moves(old, new, "complete", fair)
    assert found.models == ("u", "x", "y")
    assert found.before.tolist() == [ranking(old, "complete", fair)[model] for model in found.models]
    assert np.isnan(found.scores).all()
    assert all(np.isnan(part).all() for part in found.parts.values())
    constant = cells_of({"x": (1.0, 1.0), "y": (2.0, 1.0)}, A, C)
    assert ranking(constant, "complete", fair) == {}
    assert split_moves(constant, new, "complete", fair).models == ()


def test_where_rankings_are_dear_own_and_others_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    new = cells_of({"x": (1.5, 1.5), "y": (3.5, 3.5), "z": (1.0, 1.0)}, A, B)
    old = cells_of(OLD, A, B)
    for scheme in ("kemeny", "mean-rank"):
        monkeypatch.setattr(history, "FOLLOWED", 1)
        found = split_moves(old, new, "complete", SCHEMES[scheme])
        told = [model for model, own in zip(found.models, found.parts["own"], strict=True) if own == own]
        assert told == (["z"] if scheme == "kemeny" else ["x", "z"]), "z has no changed score"
        assert found.scores.tolist() == [-1, 1, 0]
        sums = found.parts["left"] + found.parts["metrics"] + found.parts["entered"] + found.scores
        assert sums.tolist() == [-1, 1, 0]


@pytest.mark.parametrize("policy", ["complete", "attempted", "zero", "worst-rank", "partial-order"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_panel_is_the_warehouses(policy: str, turned: bool) -> None:
    tree = SAMPLE_TREE
    if turned:
        nodes = [*tree.groups, *(Metric(m.id, m.name, m.parent, m.id != "it") for m in tree.metrics)]
        tree = MetricTree.ordered(nodes)
    ties: Sample = {**CELLS, "eta": (0.7, "X", 0.5, "X"), "theta": ("X", None, None, None)}
    snapshot = make_snapshot(ties, tree)
    rows = {model: tuple(row) for model, row in ties.items()}
    shape = (len(rows), 4)
    flat = [cell for row in rows.values() for cell in row]
    scores = np.array([np.nan if cell in (None, "X") else cell for cell in flat], dtype=float).reshape(shape)
    run = np.array([cell is not None for cell in flat]).reshape(shape)
    ours = panel_of(Cells(tuple(rows), scores, run, tree), policy)
    with Warehouse(snapshot) as warehouse:
        warehouse.add_selection("all", tree.metric_ids)
        theirs = warehouse.panel("all", policy).panel
    assert ours.models == theirs.models
    np.testing.assert_array_equal(ours.scores, theirs.scores)
    np.testing.assert_array_equal(ours.ranks, theirs.ranks)


SCHEME_IDS = ["arithmetic-mean", "hierarchical-mean", "z-mean", "mean-rank", "copeland"]
POLICY_IDS = ["complete", "attempted", "zero", "worst-rank", "partial-order"]


def random_cells(generator: np.random.Generator, version: int) -> Cells:
    """Up to six models on two or three metrics, with ties and holes."""
    metrics = [(A, B), (A, B, C), (B, C)][int(generator.integers(3))]
    names = [f"m{i}" for i in range(6) if generator.random() < 0.8] or ["m0"]
    if version:
        names.reverse()
    rows: Rows = {
        name: tuple(
            "X" if draw == 0 else None if draw == 1 else float(draw)
            for draw in generator.choice(8, size=len(metrics), p=[0.05, 0.05, *[0.15] * 6]).tolist()
        )
        for name in names
    }
    return cells_of(rows, *metrics)


def state_anew(older: Cells, newer: Cells, focal: str, done: frozenset[str]) -> Cells:
    """The cells of one state, cell by cell from the definition."""
    tree = newer.tree if "metrics" in done else older.tree
    pool = older.models if "metrics" not in done else newer.models
    if "left" in done and "entered" not in done:
        pool = tuple(model for model in pool if model in older.models and model in newer.models)
    scores, run = [], []
    for model in pool:
        for metric in tree.metric_ids:
            new = ("own" if model == focal else "others") in done
            if model not in older.models or metric not in older.tree.metric_ids:
                new = True
            if model not in newer.models or metric not in newer.tree.metric_ids:
                new = False
            source = newer if new else older
            at = source.models.index(model), source.tree.metric_ids.index(metric)
            scores.append(source.scores[at])
            run.append(source.run[at])
    shape = (len(pool), len(tree.metrics))
    return Cells(pool, np.array(scores).reshape(shape), np.array(run).reshape(shape), tree)


def parts_anew(older: Cells, newer: Cells, focal: str, policy: str, scheme_id: str) -> list[float]:
    """The parts of one model by going through all orders, a ranking a step; NaN where one has it not."""
    known: dict[frozenset[str], float] = {}

    def place(done: frozenset[str]) -> float:
        # An order may put 'metrics' before 'left' only in what is thrown away below.
        if done not in known:
            panel = panel_of(state_anew(older, newer, focal, done), policy)
            if focal not in panel.models or SCHEMES[scheme_id].unfit(panel):
                known[done] = float("nan")
            else:
                value = SCHEMES[scheme_id].aggregate(panel)
                found = places(value, SCHEMES[scheme_id].higher_is_better)
                known[done] = float(found[panel.models.index(focal)]) or float("nan")
        return known[done]

    def sums(orders: list[tuple[str, ...]], names: tuple[str, ...]) -> dict[str, float]:
        total = dict.fromkeys(names, 0.0)
        for order in orders:
            for step, name in enumerate(order):
                total[name] += place(frozenset(order[:step])) - place(frozenset(order[: step + 1]))
        return {name: one / len(orders) for name, one in total.items()}

    chain = ("left", "metrics", "entered")
    every = [o for o in permutations(PARTS) if tuple(n for n in o if n in chain) == chain]
    steps = {
        name: [(frozenset(o[: o.index(name)]), frozenset(o[: o.index(name) + 1])) for o in every]
        for name in PARTS
    }
    states = {state for pairs in steps.values() for pair in pairs for state in pair}
    if any(np.isnan(place(state)) for state in states):
        return [float("nan")] * len(PARTS)
    active = [name for name in PARTS if any(place(a) != place(b) for a, b in steps[name])]
    # A change that moves nothing anywhere may stand anywhere: beside its neighbours in the chain.
    orders = []
    for order in permutations(active):
        if [name for name in order if name in chain] != [name for name in chain if name in active]:
            continue
        whole: list[str] = []
        for name in order:
            if name in chain:
                whole += [c for c in chain[: chain.index(name)] if c not in whole]
            whole.append(name)
        orders.append((*whole, *(name for name in PARTS if name not in whole)))
    found = sums(orders, PARTS) if orders else dict.fromkeys(PARTS, 0.0)
    return [found[name] for name in PARTS]


@given(st.integers(0, 10**6), st.sampled_from(SCHEME_IDS), st.sampled_from(POLICY_IDS))
@settings(deadline=None, max_examples=150)
def test_parts_add_up_turn_round_and_are_those_of_every_order(seed: int, scheme: str, policy: str) -> None:
    if refusal(scheme, policy) is not None:
        policy = "complete"
    generator = np.random.default_rng(seed)
    older, newer = random_cells(generator, 0), random_cells(generator, 1)
    rule = SCHEMES[scheme]
    found = split_moves(older, newer, policy, rule)
    was, now = ranking(older, policy, rule), ranking(newer, policy, rule)
    assert found.models == tuple(sorted(was.keys() & now.keys()))
    assert found.before.tolist() == [was[model] for model in found.models]
    assert found.after.tolist() == [now[model] for model in found.models]
    total = sum(found.parts.values(), np.zeros(len(found.models)))
    known = ~np.isnan(total)
    if policy == "complete":
        assert known.all(), "a model that is complete in both is complete in every state"
    np.testing.assert_allclose(total[known], (found.before - found.after)[known], atol=1e-12)
    np.testing.assert_allclose(found.scores, found.parts["own"] + found.parts["others"], atol=1e-12)
    back = split_moves(newer, older, policy, rule)
    for name, turned in (("left", "entered"), ("metrics", "metrics"), ("own", "own"), ("others", "others")):
        np.testing.assert_allclose(found.parts[name], -back.parts[turned], atol=1e-12)
    for position, model in enumerate(found.models[:2]):
        expected = parts_anew(older, newer, model, policy, scheme)
        np.testing.assert_allclose([found.parts[n][position] for n in PARTS], expected, atol=1e-12)
