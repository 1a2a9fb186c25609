"""Odd-one-out accuracy: which two of three objects are most alike to a model, and which to people.

Hebart, Zheng, Pereira and Baker (2020), "Revealing the multidimensional mental representations of natural
objects underlying human similarity judgements"; Muttenthaler, Dippel, Linhardt, Vandermeulen and Kornblith
(2022), "Human alignment of neural network representations".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 18
"""Triplets at once, so that memory stays bounded."""
GRAM_OBJECTS = 4096
"""Up to so many objects all similarities are computed once; above, those of each triplet."""
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class OddOneOut:
    """Share of triplets on which a model and people choose the same odd one; chance is 1/3."""

    accuracy: float
    standard_error: float
    low: float
    high: float
    """Ends of Wilson's 95 % interval, of as many triplets as have that standard error."""
    n_triplets: int


@dataclass(frozen=True)
class NoiseCeiling:
    """The accuracy of the best model that always answers alike, from triplets that were judged several times.

    `upper` is the mean share of the most frequent answer (as Hebart et al. 2020): too high where a triplet
    was judged few times. `lower` is how often one judgement is the most frequent of the others: too low.
    """

    upper: float
    lower: float
    standard_error: float
    """Of `upper`, over triplets."""
    n_triplets: int
    n_judgements: int


def hits(triplets: NDArray[np.int64], model: NDArray[Any], measure: str) -> FloatArray:
    """1 where the model's most similar pair is the people's, shape (n_triplets,).

    `triplets` has shape (n_triplets, 3), the odd one last. `model` is an embedding of shape (n_objects,
    n_dimensions), compared by its `measure` ("cosine" or "dot"), or for "given" a matrix of similarities,
    shape (n_objects, n_objects). Where k pairs are the most similar, one of them the people's, it is 1/k. An
    object at the origin has cosine 0 with all.
    """
    if measure == "given":
        matrix: NDArray[Any] | None = model
        vectors = model
    else:
        vectors = np.asarray(model, dtype=np.float64)
        if measure == "cosine":
            length = np.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
        matrix = vectors @ vectors.T if len(vectors) <= GRAM_OBJECTS else None
    found = np.empty(len(triplets))
    for start in range(0, len(triplets), CHUNK):
        one, two, odd = triplets[start : start + CHUNK].T
        pairs = [(one, two), (one, odd), (two, odd)]
        if matrix is not None:
            alike = np.stack([np.asarray(matrix[a, b], dtype=np.float64) for a, b in pairs])
        else:
            alike = np.stack([np.einsum("ij,ij->i", vectors[a], vectors[b]) for a, b in pairs])
        most = alike.max(axis=0)
        found[start : start + CHUNK] = (alike[0] == most) / (alike == most).sum(axis=0)
    return found


def odd_one_out(correct: FloatArray, participants: NDArray[Any] | None = None) -> OddOneOut:
    """Accuracy with standard error and interval; `correct` as `hits` gives it.

    With `participants`, shape (n_triplets,), judgements of one person may hang together: the standard error
    is then that of clusters (Liang and Zeger 1986), with the factor g / (g - 1) for g people.
    """
    n = len(correct)
    accuracy = float(correct.mean())
    off = correct - accuracy
    if participants is None:
        variance = float((off**2).sum()) / max(n - 1, 1) / n
    else:
        _, of_person = np.unique(participants, return_inverse=True)
        sums = np.bincount(of_person, weights=off)
        variance = len(sums) / max(len(sums) - 1, 1) * float((sums**2).sum()) / n**2
    effective = accuracy * (1 - accuracy) / variance if variance > 0 else float(n)
    low, high = _wilson(accuracy, effective)
    return OddOneOut(accuracy, variance**0.5, low, high, n)


def _wilson(p: float, n: float) -> tuple[float, float]:
    """Wilson (1927), for a share p of n."""
    from scipy import stats  # takes a second to import, and a build with nothing to do needs none of it

    z = float(stats.norm.ppf(0.975))
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def noise_ceiling(judgements: NDArray[np.int64]) -> NoiseCeiling:
    """The ceiling from repeated triplets, shape (n_judgements, 3), the odd one last, others in any order.

    Triplets that were judged once say nothing and are left out. Raises ValueError where all were.
    """
    objects, of_triplet = np.unique(np.sort(judgements, axis=1), axis=0, return_inverse=True)
    of_triplet = of_triplet.reshape(-1)
    odd = (objects[of_triplet] == judgements[:, 2:]).argmax(axis=1)
    counts = np.zeros((len(objects), 3))
    np.add.at(counts, (of_triplet, odd), 1)
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts):
        raise ValueError("no triplet was judged more than once")
    n = counts.sum(axis=1)
    shares = counts.max(axis=1) / n
    # Of each answer, how often it is the most frequent of the other judgements, ties shared.
    agree = np.zeros(len(counts))
    for answer in range(3):
        others = counts.copy()
        others[:, answer] -= 1
        best = others.max(axis=1, keepdims=True)
        is_best = others == best
        agree += counts[:, answer] * is_best[:, answer] / is_best.sum(axis=1)
    error = float(shares.std(ddof=1)) / len(shares) ** 0.5 if len(shares) > 1 else float("nan")
    return NoiseCeiling(float(shares.mean()), float((agree / n).mean()), error, len(counts), int(n.sum()))
