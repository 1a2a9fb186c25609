"""Parts of the explorer's engine: sums, draws, correlations, words, and what is kept between changes."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from engines import document, same

from builder.site import words
from builder.stats import bootstrap, correlation
from builder.views import number_text, rounded
from builder.warehouse import Warehouse

pytestmark = pytest.mark.browser


# Parts


def test_numbers_are_rounded_and_written_as_published(bench):
    draw = random.Random(1)
    values = [draw.uniform(-1, 1) * 10.0 ** draw.randint(-8, 13) for _ in range(2000)]
    # Exact halves at the thirteenth digit, which go to even; and numbers that only look like one.
    values += [k + 0.5 for k in range(100_000_000_000, 100_000_000_020)] + [0.1234567890125, 0.1234567890135]
    values += [1234567890.125, -1234567890.125, 1234567890.375, 0.0, -0.5, 1e-7, 1e15, 123456.0, 1 / 3, 1e-12]
    script = """async (values) => {
      const { rounded, numberText } = await import("/explorer/numbers.js");
      return values.map((value) => [rounded(value), numberText(value)]);
    }"""
    found = bench[1].evaluate(script, values)
    assert [pair[0] for pair in found] == [rounded(value) for value in values]
    assert [pair[1] for pair in found] == [number_text(value) for value in values]


def test_numbers_on_the_page_are_those_of_other_pages(bench):
    draw = random.Random(2)
    values = [draw.uniform(-1, 1) * 10.0 ** draw.randint(-4, 4) for _ in range(1000)]
    values += [k / 16 for k in range(-80, 80)] + [
        0.5,
        1.5,
        2.5,
        -0.5,
        0.125,
        0.375,
        1e-40,
        0.0,
        -0.0,
        float("nan"),
    ]
    rhos = [
        0.99,
        0.994,
        0.995,
        -0.996,
        0.9996,
        0.99996,
        -0.99999,
        1.0,
        -1.0,
        0.0,
        -0.001,
        0.125,
        float("nan"),
    ]
    script = """async ([values, rhos]) => {
      const { fixed, rho } = await import("/explorer/words.js");
      const read = (value) => (value === null ? NaN : value);
      const written = (value) => [0, 1, 2, 3].map((digits) => fixed(value, digits));
      return [values.map(read).map(written), rhos.map(read).map(rho)];
    }"""
    sent = [[None if np.isnan(one) else one for one in some] for some in (values, rhos)]
    numbers, coefficients = bench[1].evaluate(script, sent)
    assert numbers == [[words.fixed(one, digits) for digits in range(4)] for one in values]
    assert coefficients == [words.rho(one) for one in rhos]


def test_close_components_are_told_apart(bench):
    """Two blocks of metrics, of which one holds a little more: an eigenvalue each, by SVD."""
    script = """async ({ scores, weights }) => {
      const { componentFault, firstComponent } = await import("/explorer/latent.js");
      const n = scores[0].length;
      const columns = scores.map((one) => Float64Array.from(one));
      const panel = { scores: columns, models: new Int32Array(n), held: new Map() };
      return weights.map((flat) => {
        const given = flat && { flat: Float64Array.from(flat) };
        return [componentFault(panel, given), [...firstComponent(panel, given)]];
      });
    }"""
    z, _ = np.linalg.qr(np.column_stack([np.ones(30), np.random.default_rng(3).standard_normal((30, 2))]))
    columns = z[:, [1, 1, 2, 2]] * np.sqrt(30)
    weights = [[1, 1, 1, 1 + close] for close in (0.3, 1e-3, 1e-6, 1e-8, 0)]
    found = bench[1].evaluate(script, {"scores": columns.T.tolist(), "weights": [None, *weights]})
    assert [fault for fault, _ in found] == ["component_tied", "", "", "", "", "component_tied"]
    for flat, (_, values) in zip(weights[:3], found[1:4], strict=True):
        _, _, directions = np.linalg.svd(columns * np.sqrt(flat), full_matrices=False)
        wanted = columns @ (directions[0] * np.sqrt(flat))
        assert np.allclose(values, wanted * np.sign(directions[0].sum()), atol=1e-8)


def test_figures_read_what_pandas_writes(bench):
    """The reader of the CSV within a live figure's specification."""
    frame = pd.DataFrame({
        "name": ["plain", "with, comma", 'with "quotes"', "two\nlines", "", "ü", '"'],
        "constructor": ["", "a", "b,c", "", '""', "\n", "x"],
        "value": [1.5, np.nan, -2e-7, 1e21, 0.1, 3.0, np.nan],
    })  # fmt: skip
    script = """async (texts) => {
      const { rows } = await import("/figures.js");
      return texts.map((text) => rows(text, { value: "number" }).map((row) => Object.entries(row)));
    }"""
    parts = [
        frame,
        frame.iloc[:0],
        frame[["value"]],
        frame[["value", "name"]].iloc[::-1],
        frame[["name"]].iloc[:4],
    ]
    found = bench[1].evaluate(script, [part.to_csv(index=False) for part in parts])
    for part, records in zip(parts, found, strict=True):
        wanted = [
            [
                [name, None if isinstance(cell, float) and np.isnan(cell) else cell]
                for name, cell in row.items()
            ]
            for row in part.to_dict("records")
        ]
        assert records == wanted


def test_sums_are_numpys_to_the_last_digit(bench):
    rows = [
        np.random.default_rng(n).standard_normal(n).tolist() for n in (1, 7, 8, 9, 50, 106, 128, 129, 777)
    ]
    script = """async (rows) => {
      const { sum } = await import("/explorer/numbers.js");
      return rows.map((row) => sum(row, 0, row.length));
    }"""
    assert bench[1].evaluate(script, rows) == [float(np.array(row).sum()) for row in rows]


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, bootstrap.seed_of("metrics", "neural", "complete")])
def test_draws_are_the_builders(bench, seed):
    strata = [1, 1, 0, 2, 2, 2, 0, 3]
    script = """async ([strata, seed]) => {
      const { drawer } = await import("/explorer/draws.js");
      const draw = drawer(strata, BigInt(seed));
      return Array.from({ length: 40 }, () => [...draw()]);
    }"""
    found = bench[1].evaluate(script, [strata, str(seed)])
    assert found == bootstrap.draw_counts(strata, 40, seed).tolist()


@pytest.mark.parametrize("policy", ["complete", "zero"])
def test_correlations_are_the_builders(bench, embedded, policy):
    study, snapshot, results = embedded
    given = document(study, snapshot, results)
    metrics = list(range(0, len(snapshot.tree.metrics), 3))
    script = """async ({ given, metrics, policy }) => {
      const { readSnapshot } = await import("/explorer/snapshot.js");
      const { makePanel } = await import("/explorer/panel.js");
      const { spearman } = await import("/explorer/correlation.js");
      const rho = spearman(makePanel(readSnapshot(given), metrics, policy));
      return [...rho].map((value) => (Number.isNaN(value) ? null : value));
    }"""
    found = bench[1].evaluate(script, {"given": given, "metrics": metrics, "policy": policy})
    with Warehouse(snapshot) as warehouse:
        warehouse.add_selection("some", tuple(snapshot.tree.metric_ids[one] for one in metrics))
        scores = warehouse.panel("some", "complete" if policy == "complete" else "worst-rank").panel.scores
    assert same(found, correlation.spearman(scores).value.ravel())


def test_what_is_kept_from_the_last_change_does_not_show(bench, embedded):
    """Margins are added to those of the last change, where few metrics changed."""
    study, snapshot, results = embedded
    script = """async ({ given, changes }) => {
      const { readSnapshot } = await import("/explorer/snapshot.js");
      const { rankModels } = await import("/explorer/compute.js");
      const { slice } = Float64Array.prototype;
      let kept = 0, pairs = 0;
      // Margins are copied where they are added to, and nothing else has their size.
      Float64Array.prototype.slice = function (...given) {
        kept += Number(this.length === pairs);
        return slice.apply(this, given);
      };
      const run = (snapshotOf) => changes.map((change) => {
        const weights = new Map(Object.entries(change.weights));
        const found = rankModels(snapshotOf(), { ...change, weights });
        pairs = found.panel.models.length ** 2;
        return [found.values, found.baselinePlaces].map((numbers) => [...numbers]);
      });
      const held = readSnapshot(given), first = run(() => held), reached = kept;
      const anew = run(() => readSnapshot(given));
      Float64Array.prototype.slice = slice;
      return { first, anew, reached, again: kept - reached };
    }"""
    draw = random.Random(11)
    chosen = set(range(30))
    changes = []
    for number in range(60):
        chosen ^= set(draw.sample(range(len(snapshot.tree.metrics)), draw.choice((1, 1, 2, 20))))
        weighed = snapshot.tree.metric_ids[draw.choice(sorted(chosen))]
        changes.append({
            "metrics": sorted(chosen), "policy": ("worst-rank", "partial-order")[number // 30],
            "scheme": ("copeland", "minimax" if number < 30 else "mean-win-rate")[number % 2],
            "baseline": "copeland",
            "weights": {weighed: draw.choice((0.1, 0.25, 2))} if number % 5 == 0 else {},
        })  # fmt: skip
    given = document(study, snapshot, results)
    found = bench[1].evaluate(script, {"given": given, "changes": changes})
    assert found["first"] == found["anew"]
    assert found["reached"] > 20
    assert found["again"] == 0
