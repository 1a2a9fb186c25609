"""Trials counted on Spark: a case by hand, DuckDB's scores to the last bit, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from test_reductions_trials import assert_same, trials, whole
from test_source_trials import make_study

from bench.pandas_trials import reduce_with_pandas
from builder import spark
from builder.catalog.library import open_library
from builder.catalog.package import data_digest
from builder.catalog.sources.trials import read, read_on
from builder.errors import DataError, EngineError
from builder.reductions.engines import OnSpark
from builder.reductions.trials import COLUMNS, LEFT_OUT, WITHOUT_CONDITIONS, TrialScores, reduce_trials

LOCAL = OnSpark("local[2]")
SEEDS = (1, 2, 3)
SMALL = "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'"
"""Settings for little data: what is compiled is compiled quickly."""
PARTS = ("scores", "decisions", "row_faults", "faults")


@pytest.fixture(scope="module")
def started() -> Iterator[None]:
    """Spark on this machine, which starts once."""
    required = os.environ.get("ALIGNBOARD_SPARK") == "required"
    try:
        spark.require_spark()
    except EngineError as error:
        if required:
            pytest.fail(str(error))
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", f"{SMALL} pyspark-shell")
        yield


def assert_equal(found: TrialScores, expected: TrialScores) -> None:
    """To the last bit, types included."""
    for part in PARTS:
        one, other = getattr(found, part), getattr(expected, part)
        if "source" in one:
            one, other = one.drop(columns="source"), other.drop(columns="source")
        pd.testing.assert_frame_equal(one, other, check_exact=True, obj=part)


def generated(seed: int) -> pd.DataFrame:
    """Trials of two experiments: 150 images a condition, no answers, the same answers twice, spellings."""
    random = np.random.default_rng(seed)
    names = ["subject-01", "subject-02", "subject-03", "net-a", "net-b"]
    categories = np.array(["cat", "dog", "bird"])
    rows = []
    for experiment, conditions in (
        ("uniform-noise", ("0.50", "00.1", "15", "inf", "1e-3")),
        ("sketch", ("0",)),
    ):
        for number, condition in enumerate(conditions):
            truth = random.choice(categories, 150)
            told = {
                name: np.where(random.random(150) < random.uniform(0.2, 0.9), truth, "na") for name in names
            }
            # One observer answers as another does, or never.
            told["net-b"] = told["net-a"] if number % 2 else np.full(150, "na")
            for name, answers in told.items():
                rows += [
                    (experiment, name, said, true, condition, f"{i:04}_x_n0{i % 75}_{i // 75}.png", "", i + 2)
                    for i, (said, true) in enumerate(zip(answers, truth, strict=True))
                ]
    order = random.permutation(len(rows))
    return pd.DataFrame([rows[i] for i in order], columns=[*COLUMNS, "source", "row"])


@pytest.mark.usefixtures("started")
def test_a_case_worked_by_hand() -> None:
    answers = {"subject-01": {"a": "++--", "b": "++++"}, "subject-02": {"a": "+-+-", "b": "++++"},
               "net": {"a": "+---", "b": "+++-"}}  # fmt: skip
    net = whole(reduce_trials(trials(answers), engine=LOCAL).scores).loc["net"]
    # In a: agree on images 1, 3, 4 and 1, 2, 4: 3/4; chance 1/8 + 3/8; kappa 1/2.
    # In b: agree on 3/4, chance 3/4 * 1 + 1/4 * 0; kappa 0.
    assert net["accuracy"] == 4 / 8
    assert net["accuracy_difference"] == pytest.approx((1 / 16 + 1 / 16) / 2, abs=1e-15)
    assert (net["observed"], net["kappa"]) == pytest.approx((3 / 4, 1 / 4), abs=1e-15)


@pytest.mark.usefixtures("started")
def test_the_human_trials_give_the_snapshot_that_duckdb_gives(mirror: Path, tmp_path: Path) -> None:
    library = open_library(ROOT, cache=tmp_path, mirror=mirror, offline=True)
    (ref,) = library.choose("human-observers")
    found, expected = replace(library, engine=LOCAL).load(ref), library.load(ref)
    assert len(found.models) == 90
    pd.testing.assert_frame_equal(found.scores, expected.scores, check_exact=True)
    assert data_digest(found) == data_digest(expected)


@pytest.mark.usefixtures("started")
def test_a_pinned_parquet_file_is_counted_on_the_engine_of_the_library(tmp_path: Path) -> None:
    study = make_study(tmp_path, ["trials"], ("accuracy.e", "error-consistency.e"))
    file = tmp_path / "trials.parquet"
    trials({"subject-01": {"a": "++-"}, "net": {"a": "+-+"}})[list(COLUMNS)].to_parquet(file)
    parts = {"trials": file}
    found = read_on(LOCAL, study, study.snapshots[0], parts)
    pd.testing.assert_frame_equal(found.scores, read(study, study.snapshots[0], parts).scores)
    trials({"net": {"a": "+"}})[list(COLUMNS)].assign(subj="").to_parquet(file)
    with pytest.raises(
        DataError, match=r"trials\.csv: row 1, column 'subj': is empty"
    ):  # as the study names it
        read_on(LOCAL, study, study.snapshots[0], parts)


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("seed", SEEDS)
def test_generated_trials_have_duckdb_s_scores_to_the_last_bit(seed: int) -> None:
    frame = generated(seed)
    found = reduce_trials(frame, engine=LOCAL)
    assert_equal(found, reduce_trials(frame))
    assert set(found.scores["condition"].dropna()) == {"0.5", "0.1", "15.0", "inf", "1e-3"}
    assert set(found.scores.loc[found.scores["condition"].notna(), "n_images"]) == {150}
    if seed == SEEDS[0]:
        plain = frame[frame["condition"] != "1e-3"]
        peer = reduce_with_pandas(plain, LEFT_OUT, WITHOUT_CONDITIONS)
        assert_same(reduce_trials(plain).scores, peer)


@pytest.mark.usefixtures("started")
def test_the_averages_too_are_those_of_duckdb_to_rounding_where_spark_takes_them() -> None:
    """They are taken in DuckDB for their order alone: the query says the same on Spark."""
    frame = generated(4)
    with spark.spark_tables(LOCAL.master) as tables:
        for name in ("raw_trials", "raw_trial_rows"):
            tables.hold(name, frame)
        held = pd.DataFrame({"experiment": sorted(WITHOUT_CONDITIONS)}, dtype=str)
        tables.hold("experiments_without_conditions", held)
        pairs = [(name, one) for name, listed in LEFT_OUT.items() for one in listed]
        tables.hold(
            "conditions_left_out", pd.DataFrame(pairs, columns=["experiment", "condition"], dtype=str)
        )
        for step in ("trials", "trial_images", "trial_masks", "trial_counts", "trial_pairs"):
            tables.make(step)
        found = tables.ask("trial_scores")
        assert len(tables.kept) == 4
    assert_same(found, reduce_trials(frame).scores)


@pytest.mark.usefixtures("started")
def test_missing_and_repeated_trials_and_empty_cells_are_told_as_duckdb_tells_them() -> None:
    frame = generated(5)
    repeated = frame[frame["experiment"] == "sketch"].head(3)
    spoiled = pd.concat([frame[7:], repeated], ignore_index=True)
    found = reduce_trials(spoiled, engine=LOCAL)
    assert len(found.faults) > 1
    assert found.scores.empty
    assert_equal(found, reduce_trials(spoiled))
    empty = frame.copy()
    empty.loc[[3, 5], "category"] = ""
    empty.loc[5, "subj"] = None
    found = reduce_trials(empty, engine=LOCAL)
    assert sorted(found.row_faults["column_name"]) == ["category", "category", "subj"]
    assert_equal(found, reduce_trials(empty))


@pytest.mark.usefixtures("started")
def test_a_folder_of_parquet_files_is_one_set_of_trials(tmp_path: Path) -> None:
    frame = generated(6)
    expected = reduce_trials(frame)
    folder = tmp_path / "all [of] them"
    for experiment, part in frame.groupby("experiment"):
        place = folder / f"experiment={experiment}"
        place.mkdir(parents=True)
        part = part[list(COLUMNS[1:])]
        part[:100].to_parquet(place / "1.parquet", index=False)
        part[100:].to_parquet(place / "2.parquet", index=False)
    assert_equal(reduce_trials(folder, engine=LOCAL), expected)
    plain = folder.rename(tmp_path / "plain")
    assert_equal(reduce_trials(plain), expected)


@pytest.mark.usefixtures("started")
def test_what_is_no_parquet_file_or_has_other_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "trials.parquet"
    with pytest.raises(ValueError, match=r"PATH_NOT_FOUND"):
        reduce_trials(file, engine=LOCAL)
    file.write_text("no Parquet file at all")
    with pytest.raises(ValueError, match=r"(?i)parquet|footer"):
        reduce_trials(file, engine=LOCAL)
    frame = generated(7)[list(COLUMNS)]
    frame.assign(rt=1).to_parquet(file)
    with pytest.raises(ValueError, match="unknown column rt"):
        reduce_trials(file, engine=LOCAL)
    frame.drop(columns="subj").to_parquet(file)
    with pytest.raises(ValueError, match="no column subj"):
        reduce_trials(file, engine=LOCAL)
    frame.assign(condition=0.1).to_parquet(file)
    with pytest.raises(ValueError, match="column condition of type double, which is no text"):
        reduce_trials(file, engine=LOCAL)


@pytest.mark.usefixtures("started")
def test_what_spark_fails_at_is_said_in_a_line() -> None:
    with spark.spark_tables(LOCAL.master) as tables, pytest.raises(EngineError) as caught:
        tables.ask("trial_faults")  # of tables that nobody made
    (problem,) = caught.value.problems
    assert problem.where == "engine spark at local[2]"
    assert "TABLE_OR_VIEW_NOT_FOUND" in problem.what
    assert "\n" not in str(problem)


def test_without_its_packages_or_java_spark_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: None if name == "sqlglot" else name)
    with pytest.raises(EngineError, match=r"needs sqlglot.*requirements/spark\.txt"):
        spark.require_spark()
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: name)
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(EngineError, match=r"no Java in JAVA_HOME \(/nowhere\)\. Install Java 17"):
        spark.require_spark()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match=r"finds no Java\. Install Java 17"):
        spark.require_spark()
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")  # spark-submit has found it
    spark.require_spark()
    assert EngineError.exit_code == 3


def test_paths_are_of_this_machine_and_no_patterns() -> None:
    assert spark._address("s3a://trials/*.parquet") == "s3a://trials/*.parquet"
    assert spark._address("/data/a [b]*") == "file:///data/a \\[b\\]\\*"
