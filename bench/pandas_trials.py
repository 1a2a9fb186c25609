"""The reduction of trials in plain pandas: the peer of the benchmark, and an independent check of the SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

KEYS = ["experiment", "condition", "observer"]


def reduce_with_pandas(
    trials: pd.DataFrame, left_out: Mapping[str, Collection[str]], without_conditions: Collection[str]
) -> pd.DataFrame:
    """The same columns and rows as `TrialScores.scores`, by pivoted tables and matrix products."""
    frame = pd.DataFrame(
        {
            "experiment": trials["experiment"],
            "observer": trials["subj"],
            "condition": _conditions(trials, without_conditions),
            "image": _images(trials["imagename"]),
            "correct": trials["object_response"] == trials["category"],
        }
    )
    found = []
    for experiment, part in frame.groupby("experiment", sort=True):
        out = left_out.get(str(experiment), ())
        by_condition = {str(name): _one_condition(one) for name, one in part.groupby("condition", sort=True)}
        kept = {name: one for name, one in by_condition.items() if name not in out}
        if kept:
            found.append(_whole(kept).assign(experiment=experiment, condition=None))
        for name, (accuracies, pairs) in by_condition.items():
            if name:
                found.append(_joined(accuracies, pairs).assign(experiment=experiment, condition=name))
    columns = [*KEYS, "accuracy", "n_images", "accuracy_difference", "observed", "kappa"]
    listed = pd.concat(found, ignore_index=True)[columns]
    return listed.sort_values(KEYS, na_position="first", ignore_index=True)


Condition = tuple[pd.DataFrame, pd.DataFrame]
"""Accuracy and number of images by observer; and each observer with each human."""


def _conditions(trials: pd.DataFrame, without_conditions: Collection[str]) -> pd.Series:
    text = trials["condition"].astype(str)
    distinct = {one: _spelling(one) for one in text.unique()}
    return text.map(distinct).mask(trials["experiment"].isin(list(without_conditions)), "")


def _spelling(text: str) -> str:
    try:
        return str(float(text))
    except ValueError:
        return text.lower()


def _images(names: pd.Series) -> pd.Series:
    """The last word, and the one before where it is an ImageNet synset."""
    words = names.str.rsplit("_", n=2)
    last, before = words.str[-1], words.str[-2]
    return (before + "_" + last).where(before.str.startswith("n0"), last)


def _one_condition(part: pd.DataFrame) -> Condition:
    right = part.pivot(index="image", columns="observer", values="correct").astype(float)
    n = len(right)
    p = right.mean()
    human = [name for name in right.columns if name.startswith("subject-")]
    both = (right.T @ right[human]) / n
    neither = ((1 - right).T @ (1 - right[human])) / n
    observed = both + neither
    expected = pd.DataFrame(np.outer(p, p[human]) + np.outer(1 - p, 1 - p[human]), p.index, human)
    kappa = ((observed - expected) / (1 - expected)).mask(observed == 1, 1.0)
    difference = pd.DataFrame(np.subtract.outer(p.to_numpy(), p[human].to_numpy()) ** 2, p.index, human)
    named = {"accuracy_difference": difference, "observed": observed, "kappa": kappa}
    pairs = pd.concat({name: table.stack() for name, table in named.items()}, axis=1)
    pairs.index.names = ["observer", "human"]
    pairs = pairs[pairs.index.get_level_values(0) != pairs.index.get_level_values(1)]
    return pd.DataFrame({"n_correct": right.sum(), "n_images": n}), pairs


def _whole(conditions: dict[str, Condition]) -> pd.DataFrame:
    accuracies = pd.concat([one for one, _ in conditions.values()]).groupby(level=0).sum()
    pairs = pd.concat([one for _, one in conditions.values()]).groupby(level=[0, 1]).mean()
    return _joined(accuracies, pairs)


def _joined(accuracies: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    accuracy = accuracies["n_correct"] / accuracies["n_images"]
    means = pairs.groupby(level="observer").mean()
    return (
        accuracies[["n_images"]].assign(accuracy=accuracy).join(means).rename_axis("observer").reset_index()
    )
