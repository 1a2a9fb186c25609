"""builder.stats.clusters against published and hand-worked numbers, SciPy, and enumeration."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score

from builder.stats.clusters import adjusted_rand, cophenetic_correlation, cut_into, nearest_in_group
from builder.stats.correlation import spearman
from builder.stats.dimensions import cluster_order


def rho_of(seed: int, n_metrics: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(40, 2)) @ generator.normal(size=(2, n_metrics))
    return spearman(scores + generator.normal(size=scores.shape)).value


def test_adjusted_rand_of_yeung_and_ruzzo() -> None:
    """Their contingency table, [[1, 1, 0], [1, 2, 1], [0, 0, 4]], gives 0.313 (Yeung and Ruzzo, Details of
    the adjusted Rand index and clustering algorithms, supplement to Bioinformatics 17 (2001))."""
    rows = "aabbbbcccc"
    columns = "xyxyyzzzzz"
    assert adjusted_rand(rows, columns) == pytest.approx(0.313, abs=5e-4)
    # By hand: 7 pairs together in both, 13 and 14 in either, of 45.
    assert adjusted_rand(rows, columns) == pytest.approx((7 - 13 * 14 / 45) / (13.5 - 13 * 14 / 45))
    assert adjusted_rand(columns, rows) == adjusted_rand(rows, columns)


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ("aabb", "2211", 1.0),
        ("aabb", "aabc", 4 / 7),  # 1 together, 2 and 1 in either, of 6: (1 - 1/3) / (3/2 - 1/3)
        ("aabb", "abab", -0.5),
        ("aaaa", "abcd", 0.0),
        ("aaaa", "aaaa", float("nan")),
        ("abcd", "abcd", float("nan")),
    ],
)
def test_adjusted_rand_by_hand(one: str, other: str, value: float) -> None:
    assert adjusted_rand(one, other) == pytest.approx(value, nan_ok=True)


def test_adjusted_rand_equals_scikit_learns() -> None:
    generator = np.random.default_rng(4)
    for size in (5, 12, 30):
        one, other = generator.integers(0, size // 2 + 1, (2, size)).tolist()
        assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))


def test_adjusted_rand_is_0_over_all_ways_of_giving_labels_out() -> None:
    found = [adjusted_rand("aaabbc", shuffled) for shuffled in permutations("xxxxyy")]
    assert np.mean(found) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_cuts_are_scipys(seed: int) -> None:
    tree = cluster_order(rho_of(seed, 12)).linkage
    for k in range(1, 13):
        ours, theirs = cut_into(tree, k), hierarchy.fcluster(tree, k, "maxclust")
        assert len(set(ours.tolist())) == k
        assert k in {1, 12} or adjusted_rand(ours, theirs) == 1
        first = [ours.tolist().index(number) for number in range(k)]
        assert first == sorted(first)


def test_ties_in_height_leave_as_many_clusters_as_asked() -> None:
    rho = np.full((5, 5), 0.5)
    tree = cluster_order(rho).linkage
    assert [len(set(cut_into(tree, k).tolist())) for k in range(1, 6)] == [1, 2, 3, 4, 5]


def test_cophenetic_correlation_is_scipys_and_1_for_a_tree() -> None:
    rho = rho_of(7, 9)
    tree = cluster_order(rho).linkage
    distance = squareform(1 - rho, checks=False)
    assert cophenetic_correlation(tree, rho) == pytest.approx(hierarchy.cophenet(tree, distance)[0])
    # Two pairs that agree at .9, at .2 with each other: heights .1, .1 and .8 are the distances.
    ultrametric = np.array([[1, 0.9, 0.2, 0.2], [0.9, 1, 0.2, 0.2], [0.2, 0.2, 1, 0.9], [0.2, 0.2, 0.9, 1]])
    assert cophenetic_correlation(cluster_order(ultrametric).linkage, ultrametric) == pytest.approx(1)
    equal = np.full((3, 3), 0.4)
    assert np.isnan(cophenetic_correlation(cluster_order(equal).linkage, equal))


def test_nearest_by_hand() -> None:
    rho = np.array(
        [
            [1.0, 0.8, 0.1, 0.3],  # nearest: the second
            [0.8, 1.0, 0.9, 0.2],  # the third
            [0.1, 0.9, 1.0, 0.9],  # the second and the fourth
            [0.3, 0.2, 0.9, 1.0],  # the third
        ]
    )
    assert nearest_in_group(rho, "aabb") == (2, pytest.approx(4 / 3))
    assert nearest_in_group(rho, "abbb") == (3, pytest.approx(2))
    assert nearest_in_group(rho, "abcd") == (0, 0)


def test_nearest_by_chance_is_the_mean_over_all_labellings() -> None:
    rho = rho_of(8, 6)
    found = [nearest_in_group(rho, labels)[0] for labels in set(permutations("aaabbc"))]
    assert np.mean(found) == pytest.approx(nearest_in_group(rho, "aaabbc")[1])


def test_what_is_refused() -> None:
    tree = cluster_order(rho_of(9, 4)).linkage
    for k in (0, 5):
        with pytest.raises(ValueError, match="1 to 4 clusters"):
            cut_into(tree, k)
    with pytest.raises(ValueError, match="3 and 2 things"):
        adjusted_rand("aab", "ab")
    with pytest.raises(ValueError, match="none to agree with"):
        nearest_in_group([[1.0]], "a")
