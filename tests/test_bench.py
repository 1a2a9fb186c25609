"""The benchmarks' own machinery; their ratios are for `python -m bench`, not for a test."""

from __future__ import annotations

import importlib
import itertools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import matrices, peers, scale, site, timing
from bench.__main__ import BENCHMARKS, main
from bench.timing import Row, best_times
from builder.catalog.library import open_library


@pytest.mark.parametrize("module", BENCHMARKS.values())
def test_every_registered_module_can_run(module: str) -> None:
    assert callable(importlib.import_module(module).run)


def test_a_row_knows_whether_it_reaches_what_is_asked() -> None:
    row = Row("what", "data", ours=0.5, peer="peer", theirs=2.0, at_least=4.0)
    assert row.ratio == 4.0
    assert row.reached
    assert not Row("what", "data", ours=0.6, peer="peer", theirs=2.0, at_least=4.0).reached
    assert Row("what", "data", ours=0.5).reached
    assert Row("what", "data", ours=6.0, at_most=6.0).reached
    assert not Row("what", "data", ours=6.1, at_most=6.0).reached


def test_times_are_the_shortest_and_taken_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "QUICK", 0.2)
    calls: list[str] = []
    sleeps = {"slow": iter([0.0, 0.5, 0.3]), "fast": itertools.repeat(0.0)}

    def work(name: str) -> None:
        calls.append(name)
        time.sleep(next(sleeps[name]))

    slow, fast = best_times([lambda: work("slow"), lambda: work("fast")], rounds=2)
    assert 0.3 <= slow < 0.5
    assert fast < slow
    turn = ["slow", *["fast"] * timing.REPEATS]  # what is quick runs again in its turn
    assert calls == ["slow", "fast", *turn, *turn]


def test_the_simulated_matrix_has_the_export_s_shape_and_holes() -> None:
    matrix = matrices._simulated()
    assert matrix.scores.shape == (455, 130)
    assert np.isnan(matrix.scores).mean() == pytest.approx(0.4, abs=0.02)
    part = matrices.complete_part(matrix, matrices.COMPLETE_METRICS)
    assert part.scores.shape == (matrices.COMPLETE_MODELS, matrices.COMPLETE_METRICS)
    assert not np.isnan(part.scores).any()


def test_a_benchmark_prints_its_row_and_checks_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spearman-complete"]) in (0, 1)  # the numbers were equal; the ratio is not a test's concern
    assert "spearmanr" in capsys.readouterr().out


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "no benchmark named nothing" in capsys.readouterr().err


def test_a_peer_that_is_not_there_is_left_out_with_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(peers.importlib, "import_module", nothing)
    assert peers.run() == []
    said = capsys.readouterr().out
    for package in ("scikit-criteria", "autorank", "scikit-posthocs", "benchbench"):
        assert f"{package} is not installed" in said


def test_the_cost_curve_tells_time_and_memory_of_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = scale.run(((30, 10),))
    assert row.ours > 0
    assert "30 x 10" in row.data
    said = capsys.readouterr().out
    assert all(stage in said for stage in scale.STAGES)
    assert " -" not in said


def test_a_site_that_hosts_would_not_publish_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = site.Size(models=100, metrics=10)
    cost = site.Cost(size, 25.0, 12.0, 500.0, views=45, pages=335, bytes=999_999_999, plain=10.0)

    def measured(**changes: float | None) -> Row:
        monkeypatch.setattr(site, "_cost", lambda _size: replace(cost, **changes))  # type: ignore[arg-type]
        (row,) = site.run((size,))
        return row

    assert measured().reached
    assert "1.50 x" in capsys.readouterr().out
    assert not measured(seconds=25.1).reached, "more than 1.5 times mkdocs on top of it"
    assert measured(seconds=600.0, plain=None).reached
    assert not measured(seconds=600.1, plain=None).reached
    with pytest.raises(AssertionError, match=r"1.00 GB"):
        measured(bytes=10**9)


def test_a_project_to_be_measured_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    site._write_project(site.Size(models=20, metrics=10, selections=3, snapshots=14), tmp_path)
    shelf = open_library(tmp_path, cache=tmp_path / "cache", offline=True)
    found = shelf.choose("scale")
    assert len({one.date for one in found}) == 14
    assert list(found[0].study.file.selections) == ["all", "s1", "s2"]
    snapshot = shelf.load(found[0])
    assert (len(snapshot.models), len(snapshot.tree.metrics)) == (20, 10)
