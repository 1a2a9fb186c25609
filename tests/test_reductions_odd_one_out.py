"""Odd-one-out accuracy: by hand, by loops over the definition, SciPy's intervals, and what must hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import cosine

from builder.reductions import odd_one_out as reduction
from builder.reductions.odd_one_out import hits, noise_ceiling, odd_one_out


def by_loop(triplets: np.ndarray, embedding: np.ndarray, measure: str) -> list[float]:
    found = []
    for one, two, odd in triplets:
        pairs = [(one, two), (one, odd), (two, odd)]
        if measure == "cosine":
            alike = [1 - cosine(embedding[a], embedding[b]) for a, b in pairs]
        else:
            alike = [float(np.dot(embedding[a], embedding[b])) for a, b in pairs]
        found.append(float(alike[0] > max(alike[1:])))
    return found


@pytest.mark.parametrize("measure", ["cosine", "dot"])
@pytest.mark.parametrize("gram", [0, 4096])
def test_the_most_similar_pair_is_that_of_a_loop(
    measure: str, gram: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reduction, "GRAM_OBJECTS", gram)
    monkeypatch.setattr(reduction, "CHUNK", 37)
    random = np.random.default_rng(1)
    embedding = random.normal(size=(12, 5)) * random.uniform(0.1, 3, size=(12, 1))
    triplets = np.array(list(itertools.permutations(range(12), 3)))
    assert hits(triplets, embedding, measure).tolist() == by_loop(triplets, embedding, measure)


def test_by_hand_with_ties() -> None:
    # Similarities of 0-1, 0-2, 1-2: .9 .1 .2; all alike in 3 4 5; in 6 7 8 two pairs tie.
    given_ = np.zeros((9, 9))
    for (a, b), value in {(0, 1): 0.9, (0, 2): 0.1, (1, 2): 0.2, (6, 7): 0.5, (6, 8): 0.5}.items():
        given_[a, b] = given_[b, a] = value
    triplets = np.array([[0, 1, 2], [0, 2, 1], [3, 4, 5], [6, 7, 8], [7, 8, 6]])
    assert hits(triplets, given_, "given").tolist() == [1, 0, pytest.approx(1 / 3), 0.5, 0]


def test_an_object_at_the_origin_is_unlike_all_and_alike_to_none() -> None:
    embedding = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.1]])
    assert hits(np.array([[1, 2, 0], [0, 1, 2]]), embedding, "cosine").tolist() == [1, 0]


def test_random_models_are_at_chance() -> None:
    random = np.random.default_rng(2)
    triplets = np.array([random.choice(200, 3, replace=False) for _ in range(20_000)])
    found = odd_one_out(hits(triplets, random.normal(size=(200, 30)), "cosine"))
    assert found.accuracy == pytest.approx(1 / 3, abs=4 * found.standard_error)


def test_the_interval_is_wilson_s_and_the_error_the_mean_s() -> None:
    correct = np.array([1.0] * 41 + [0.0] * 23)
    found = odd_one_out(correct)
    assert found.standard_error == pytest.approx(stats.sem(correct))
    # SciPy's interval of 41 of 64; ours has n - 1 in the variance, so 63 count.
    wilson = stats.binomtest(41, 64).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=1e-3)


def test_people_who_judge_alike_widen_the_interval_as_their_means_do() -> None:
    random = np.random.default_rng(3)
    skill = random.uniform(0.2, 0.9, 40)
    correct = (random.random((40, 50)) < skill[:, None]).astype(float)
    found = odd_one_out(correct.ravel(), np.repeat(np.arange(40), 50))
    # With as many judgements of each, the clusters' error is that of the people's means.
    assert found.standard_error == pytest.approx(stats.sem(correct.mean(axis=1)))
    assert found.standard_error > 2 * odd_one_out(correct.ravel()).standard_error


def test_all_right_and_none_right_have_intervals_inside_zero_and_one() -> None:
    assert odd_one_out(np.ones(10)).high == pytest.approx(1)
    assert odd_one_out(np.ones(10)).low == pytest.approx(
        stats.binomtest(10, 10).proportion_ci(method="wilson").low
    )
    assert odd_one_out(np.zeros(10)).low == 0


def test_the_ceiling_by_hand() -> None:
    # 0 1 2: odd 2 three times, odd 0 once. 3 4 5: odd 5 and odd 4. 6 7 8 once: left out.
    judged = np.array([[0, 1, 2], [1, 0, 2], [0, 1, 2], [2, 1, 0], [3, 4, 5], [3, 5, 4], [6, 7, 8]])
    found = noise_ceiling(judged)
    assert found.upper == pytest.approx((3 / 4 + 1 / 2) / 2)
    # Each of the three agrees with the most frequent of the others, the fourth does not; of two, none does.
    assert found.lower == pytest.approx((3 / 4 + 0) / 2)
    assert (found.n_triplets, found.n_judgements) == (2, 6)
    assert found.standard_error == pytest.approx(stats.sem([3 / 4, 1 / 2]))
    with pytest.raises(ValueError, match="no triplet was judged more than once"):
        noise_ceiling(judged[-1:])


def test_the_two_ceilings_lie_around_the_true_one_and_meet_with_many_judgements() -> None:
    random = np.random.default_rng(4)
    true_shares = random.dirichlet([1, 1, 1], 400)
    best = true_shares.max(axis=1).mean()
    widths = []
    for repeats in (3, 200):
        rows = [
            np.roll([3 * t, 3 * t + 1, 3 * t + 2], 2 - odd)
            for t, shares in enumerate(true_shares)
            for odd in random.choice(3, repeats, p=shares)
        ]
        found = noise_ceiling(np.array(rows))
        assert found.lower - 0.02 < best < found.upper + 0.02
        widths.append(found.upper - found.lower)
    assert widths[1] < 0.03 < widths[0]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_pair_does_not_matter(seed: int) -> None:
    random = np.random.default_rng(seed)
    embedding = random.integers(-2, 3, size=(6, 3)).astype(float)
    triplets = np.array(list(itertools.permutations(range(6), 3)))
    swapped = triplets[:, [1, 0, 2]]
    for measure in ("cosine", "dot"):
        assert np.array_equal(hits(triplets, embedding, measure), hits(swapped, embedding, measure))
        # Of the three choices of the odd one, exactly one is right, ties shared.
        sums = sum(hits(np.roll(triplets, k, axis=1), embedding, measure) for k in range(3))
        assert np.allclose(sums, 1)
