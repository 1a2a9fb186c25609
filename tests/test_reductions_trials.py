"""Trials to scores: a case by hand, scikit-learn's kappa, published ceilings, and pandas on the same."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from bench.pandas_trials import reduce_with_pandas
from builder.reductions.engines import OnDuckDB
from builder.reductions.trials import COLUMNS, LEFT_OUT, WITHOUT_CONDITIONS, reduce_trials

RAW = "raw.githubusercontent.com/bethgelab/model-vs-human/79ed7cd1d9ac3a114e71b6638f0a98bdd627316c/raw-data"

# Mean error consistency of people, as Brain-Score's own tests of its Geirhos2021 benchmarks have it
# (github.com/brain-score/vision, benchmarks/geirhos2021/test.py, test_dataset_ceiling).
PUBLISHED_CEILINGS = {
    "colour": 0.41543, "contrast": 0.43703, "cue-conflict": 0.33105, "edge": 0.31844, "eidolonI": 0.38634,
    "eidolonII": 0.45402, "eidolonIII": 0.45953, "false-colour": 0.44405, "high-pass": 0.44014,
    "low-pass": 0.46888, "phase-scrambling": 0.44667, "power-equalisation": 0.51063, "rotation": 0.43851,
    "silhouette": 0.47571, "sketch": 0.36962, "stylized": 0.50058, "uniform-noise": 0.43406,
}  # fmt: skip


def trials(answers: dict[str, dict[str, str]], experiment: str = "e") -> pd.DataFrame:
    """One row a trial: observer -> condition -> an answer an image, '+' for the right one ("cat")."""
    rows = [
        (experiment, observer, "cat" if sign == "+" else "na", "cat", condition, f"{i}_x_image{i}.png", "", 0)
        for observer, by_condition in answers.items()
        for condition, signs in by_condition.items()
        for i, sign in enumerate(signs)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, "source", "row"])


def whole(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[scores["condition"].isna()].set_index("observer")


def assert_same(found: pd.DataFrame, peer: pd.DataFrame) -> None:
    """To 1e-12; how a whole experiment's missing condition is stored does not matter."""
    one, other = (frame.assign(condition=frame["condition"].fillna("")) for frame in (found, peer))
    other = other[one.columns]
    pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=0, atol=1e-12, check_dtype=False)


@pytest.fixture(scope="session")
def human_trials(mirror: Path) -> pd.DataFrame:
    """All trials of the mirror, read by the csv module."""
    rows: list[tuple[object, ...]] = []
    for file in sorted((mirror / RAW).glob("*/*.csv")):
        with file.open(newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                cells = (row[name] for name in COLUMNS[1:])
                rows.append((file.parent.name, *cells, file.stem, number))
    return pd.DataFrame(rows, columns=[*COLUMNS, "source", "row"])


def test_a_case_worked_by_hand() -> None:
    found = reduce_trials(
        trials(
            {
                "subject-01": {"a": "++--", "b": "++++"},
                "subject-02": {"a": "+-+-", "b": "++++"},
                "net": {"a": "+---", "b": "+++-"},
            }
        )
    ).scores
    net, first = whole(found).loc["net"], whole(found).loc["subject-01"]
    # In a: p = 1/4 against 1/2 twice; agree on images 1, 3, 4 and 1, 2, 4: 3/4. Chance 1/8 + 3/8 = 1/2.
    # Kappa (3/4 - 1/2) / (1 - 1/2) = 1/2. In b: agree 3/4, chance 3/4*1 + 1/4*0 = 3/4, kappa 0.
    assert net["accuracy"] == 4 / 8
    assert net["accuracy_difference"] == pytest.approx((1 / 16 + 1 / 16) / 2)
    assert net["observed"] == pytest.approx(3 / 4)
    assert net["kappa"] == pytest.approx((1 / 2 + 0) / 2)
    # The two people: in a they agree on images 1 and 4, as often as chance: kappa 0. In b always: kappa 1.
    assert (first["observed"], first["kappa"]) == pytest.approx((3 / 4, 1 / 2))
    by_condition = found[found["condition"] == "a"].set_index("observer")
    assert by_condition.loc["net", "kappa"] == pytest.approx(1 / 2)


def test_error_consistency_is_scikit_learn_s_kappa_of_right_and_wrong() -> None:
    random = np.random.default_rng(1)
    right = {
        name: random.random(200) < p for name, p in (("subject-01", 0.7), ("subject-02", 0.5), ("net", 0.2))
    }
    answers = {name: {"a": "".join("+" if one else "-" for one in listed)} for name, listed in right.items()}
    found = whole(reduce_trials(trials(answers)).scores)
    humans = [cohen_kappa_score(right["net"], right[name]) for name in ("subject-01", "subject-02")]
    assert found.loc["net", "kappa"] == pytest.approx(np.mean(humans), abs=1e-12)
    of_people = cohen_kappa_score(right["subject-01"], right["subject-02"])
    assert found.loc["subject-01", "kappa"] == pytest.approx(of_people, abs=1e-12)


def test_people_s_ceilings_are_those_that_brain_score_tests_for(human_trials: pd.DataFrame) -> None:
    found = whole(reduce_trials(human_trials).scores)
    means = found.groupby("experiment")["kappa"].mean()
    assert means.to_dict() == pytest.approx(PUBLISHED_CEILINGS, abs=6e-6)
    assert means.mean() == pytest.approx(0.43122, abs=6e-6)


def test_pandas_gives_the_same_on_all_human_trials(human_trials: pd.DataFrame) -> None:
    found = reduce_trials(human_trials).scores
    peer = reduce_with_pandas(human_trials, LEFT_OUT, WITHOUT_CONDITIONS)
    assert_same(found, peer)


def test_shape_bias_is_the_share_of_shape_among_shape_and_texture_decisions() -> None:
    images = ["dog1-cat2.png", "dog2-cat1.png", "dog3-car1.png", "dog4-dog5.png", "dog6-oven2.png"]
    answers = ["dog", "cat", "dog", "dog", "na"]  # shape, texture, shape, no conflict, neither
    frame = pd.DataFrame(
        {
            "experiment": "cue-conflict", "subj": "net", "object_response": answers, "category": "dog",
            "condition": "0", "imagename": [f"0001_s5n_s01_0_dog_00_{image}" for image in images],
            "source": "", "row": range(2, 7),
        }
    )  # fmt: skip
    found = reduce_trials(frame)
    assert found.decisions[["n_shape", "n_texture"]].to_numpy().tolist() == [[2, 1]]
    assert found.scores["condition"].isna().all()
    assert found.scores["kappa"].isna().all()  # nobody to compare with


def test_images_of_more_than_one_block_and_numbered_conditions() -> None:
    random = np.random.default_rng(2)
    signs = {name: "".join(random.choice(["+", "-"], 150)) for name in ("subject-1", "subject-2", "net")}
    frame = trials({name: {"0.50": one, "inf": one[::-1]} for name, one in signs.items()}, "uniform-noise")
    found = reduce_trials(frame).scores
    assert list(found["condition"].dropna().unique()) == ["0.5", "inf"]
    assert set(found.loc[found["condition"].notna(), "n_images"]) == {150}
    peer = reduce_with_pandas(frame, LEFT_OUT, WITHOUT_CONDITIONS)
    assert_same(found, peer)


def test_conditions_that_are_left_out_count_for_themselves_only() -> None:
    frame = trials(
        {"subject-01": {"cr": "++++", "bw": "+-+-"}, "subject-02": {"cr": "----", "bw": "+-+-"}}, "colour"
    )
    found = reduce_trials(frame).scores
    assert whole(found)["accuracy"].tolist() == [0.5, 0.5]
    assert whole(found)["kappa"].tolist() == [1.0, 1.0]
    assert found.set_index(["condition", "observer"]).loc[("cr", "subject-02"), "accuracy"] == 0


def test_an_image_judged_twice_or_not_at_all_is_told_and_nothing_is_reduced() -> None:
    frame = trials({"subject-01": {"a": "++--"}, "subject-02": {"a": "++-"}})
    found = reduce_trials(frame)
    assert found.scores.empty
    assert found.faults[["observer", "n_images", "n_listed"]].to_numpy().tolist() == [["subject-02", 3, 4]]
    twice = reduce_trials(pd.concat([frame[:4], frame[:1]]))
    assert twice.faults[["observer", "n_trials", "n_images"]].to_numpy().tolist() == [["subject-01", 5, 4]]


def test_a_parquet_file_is_reduced_as_its_frame_is_also_with_little_memory(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    names = ["subject-01", "subject-02", *(f"net-{i}" for i in range(40))]
    frame = trials({name: {c: "".join(random.choice(["+", "-"], 300)) for c in "abc"} for name in names})
    file = tmp_path / "trials.parquet"
    frame[list(COLUMNS)].to_parquet(file)
    expected = reduce_trials(frame).scores
    for limit in ("", "100MB"):
        found = reduce_trials(file, engine=OnDuckDB(tmp_path / "spilled", limit)).scores
        pd.testing.assert_frame_equal(found, expected)


def test_what_is_no_parquet_file_or_has_other_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "trials.parquet"
    file.write_text("no Parquet")
    with pytest.raises(ValueError, match=r"[Pp]arquet"):
        reduce_trials(file)
    trials({"subject-01": {"a": "+"}}).to_parquet(file)
    with pytest.raises(ValueError, match="unknown column row"):
        reduce_trials(file)
