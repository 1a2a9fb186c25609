"""Votes that were held or published with their count: each ballot is a metric, each candidate a model."""

from __future__ import annotations

import numpy as np
import pytest
from elections import TENNESSEE, election, value, vote
from numpy.typing import NDArray

from builder.stats.panel import Panel
from builder.stats.schemes import SCHEMES, places
from builder.stats.schemes.majority import condorcet_winner, wins

FloatArray = NDArray[np.float64]


def tally(candidates: tuple[str, ...], received: list[list[int]]) -> Panel:
    """A published matrix of the votes each received over each: one metric of two models for every vote."""
    columns = []
    for i, row in enumerate(received):
        for k, times in enumerate(row):
            column = np.full(len(candidates), np.nan)
            column[[i, k]] = 1.0, 0.0
            columns += [column] * times
    return election(candidates, np.array(columns).T)


def order(scheme: str, panel: Panel) -> list[str]:
    """The candidates by place, those of one place together."""
    rule = SCHEMES[scheme]
    place = places(rule.aggregate(panel), rule.higher_is_better)
    return ["".join(np.array(panel.models)[place == one]) for one in sorted(set(place.tolist()))]


def over_less_under(panel: Panel) -> dict[str, float]:
    """Borda's count as published where ties are allowed: candidates ranked behind, less those before."""
    most = len(panel.tree.metrics) * (len(panel.models) - 1)
    return {one: 2 * count - most for one, count in value("borda", panel).items()}


# R. LeGrand, "Descriptions of ranked-ballot voting methods", cs.angelo.edu/~rlegrand/rbvote/desc.html: one
# vote in which Copeland's rule ties Abby (A) and Brad (B), Borda's count elects Abby, and Simpson's rule Cora
# (C), whom all others beat by one vote.
LEGRAND = vote(
    {
        "A>C>E>D>B": 98,
        "B>A>E>C>D": 64,
        "B>A>E>D>C": 12,
        "B>E>A>C>D": 98,
        "B>E>A>D>C": 13,
        "B>E>D>A>C": 125,
        "C>A>E>D>B": 124,
        "C>E>A>D>B": 76,
        "D>A>B>E>C": 21,
        "D>B>A>E>C": 30,
        "D>B>E>C>A": 98,
        "D>C>A>B>E": 139,
        "D>C>B>A>E": 23,
    }
)


def test_legrand_s_vote_has_the_published_matrix_and_four_outcomes() -> None:
    assert wins(LEGRAND).tolist() == [
        [0, 458, 461, 485, 511],
        [463, 0, 461, 312, 623],
        [460, 460, 0, 460, 460],
        [436, 609, 461, 0, 311],
        [410, 298, 461, 610, 0],
    ]
    assert condorcet_winner(LEGRAND) is None
    # Won 3-1, 3-1, 0-4, 2-2 and 2-2.
    assert value("copeland", LEGRAND) == {"A": 2, "B": 2, "C": -4, "D": 0, "E": 0}
    assert over_less_under(LEGRAND) == {"A": 146, "B": 34, "C": -4, "D": -50, "E": -126}
    assert value("minimax", LEGRAND) == {"A": 5, "B": 297, "C": 1, "D": 299, "E": 325}
    first = {one: 921 * share for one, share in value("plurality", LEGRAND).items()}
    assert first == pytest.approx({"A": 98, "B": 312, "C": 200, "D": 311, "E": 0})
    assert order("baldwin", LEGRAND)[0] in "ABDE", "of those who beat Cora, as in LeGrand's table of criteria"


def test_legrand_s_votes_for_borda_and_baldwin() -> None:
    """Alan, Beth, Carl; and Jana, Kurt, Lisa, of whom Kurt leaves first and Lisa then beats Jana."""
    assert over_less_under(vote({"A>B>C": 14, "B>C>A": 11, "C>A>B": 7})) == {"A": 6, "B": 8, "C": -14}
    again = vote({"J>K>L": 14, "K>L>J": 7, "L>J>K": 11})
    assert over_less_under(again) == {"J": 14, "K": -8, "L": -6}
    assert order("baldwin", again) == ["L", "J", "K"]


# Debian project leader, 2002 (debian.org/vote/2002/vote_0001) and 2003 (vote/2003/vote_0001): votes that the
# row received over the column, the last being "none of the above". Ballots may tie candidates.
DEBIAN_2002 = tally(
    ("Robinson", "Hertzog", "Garbee", "none"),
    [[0, 255, 178, 385], [199, 0, 134, 406], [291, 327, 0, 443], [68, 50, 18, 0]],
)
DEBIAN_2003 = tally(
    ("Zadka", "Garbee", "Robinson", "Michlmayr", "none"),
    [
        [0, 34, 66, 38, 228],
        [428, 0, 238, 224, 449],
        [385, 221, 0, 226, 405],
        [397, 228, 237, 0, 424],
        [202, 29, 65, 39, 0],
    ],
)


def test_debian_s_leader_of_2002() -> None:
    assert condorcet_winner(DEBIAN_2002) == "Garbee"
    # Published as won-lost-tied: 2-1-0 and 1-2-0 for the two who lost to the winner.
    assert value("copeland", DEBIAN_2002) == {"Robinson": 1, "Hertzog": -1, "Garbee": 3, "none": -3}
    assert order("kemeny", DEBIAN_2002) == ["Garbee", "Robinson", "Hertzog", "none"]


def test_debian_s_leader_of_2003_by_four_votes() -> None:
    assert condorcet_winner(DEBIAN_2003) == "Michlmayr"
    # Published: 1-3-0, 3-1-0, 2-2-0, 4-0-0, 0-4-0; "4 beats 2: 228 224 = 4", "2 beats 3: 238 221 = 17",
    # "2 beats 1: 428 34 = 394", "2 beats 5: 449 29 = 420".
    won_less_lost = {"Zadka": -2, "Garbee": 2, "Robinson": 0, "Michlmayr": 4, "none": -4}
    assert value("copeland", DEBIAN_2003) == won_less_lost
    worst = {"Zadka": 394, "Garbee": 4, "Robinson": 17, "Michlmayr": -4, "none": 420}
    assert value("minimax", DEBIAN_2003) == worst
    places_published = ["Michlmayr", "Garbee", "Robinson", "Zadka", "none"]
    for scheme in ("kemeny", "minimax"):
        assert order(scheme, DEBIAN_2003) == places_published, scheme


# Wikipedia, "Copeland's method": no Condorcet winner; A first, B, C and E tied, D last.
def test_copeland_without_a_condorcet_winner() -> None:
    panel = vote({"A>E>C>D>B": 31, "B>A>E": 30, "C>D>B": 29, "D>A>E": 10})
    assert condorcet_winner(panel) is None
    assert order("copeland", panel) == ["A", "BCE", "D"]


# Wikipedia, "Minimax Condorcet method": worst defeats by margins, with ties and with candidates left out.
def test_minimax_by_margins_with_ties_and_with_unranked() -> None:
    ties = vote({"A=C>B": 4, "A>C>B": 47, "C>B>A": 43, "B>A=C": 6})
    assert value("minimax", ties) == {"A": -2, "B": 88, "C": 4}
    assert condorcet_winner(ties) == "A"
    unranked = vote(
        {
            "A>C>B>D": 30,
            "D>B>A>C": 15,
            "D>B>C>A": 14,
            "B>C>A>D": 6,
            "D>C>A=B": 4,
            "C>A=B": 16,
            "B>C": 14,
            "C>A": 3,
        },
        unranked_last=False,
    )
    assert condorcet_winner(unranked) is None
    assert value("minimax", unranked) == {"A": 5, "B": 1, "C": 2, "D": 3}
    assert order("minimax", unranked) == ["B", "C", "D", "A"]


# Electowiki, "Dowdall method": Tennessee's capital again, by points.
def test_dowdall_in_tennessee() -> None:
    points = {one: 100 * mean for one, mean in value("dowdall", TENNESSEE).items()}
    assert points == pytest.approx({"M": 56.5, "N": 57.667, "C": 50.5, "K": 43.667}, abs=5e-4)


# A paradox that a fourth ballot decides.
def test_kemeny_after_a_fourth_ballot() -> None:
    assert order("kemeny", vote({"A>B>C": 2, "B>C>A": 1, "C>A>B": 1})) == ["A", "B", "C"]


# C. Benham, Election-methods list, 20 September 2007: three voters raise C, the winner, who then loses to B.
def test_baldwin_s_winner_may_lose_by_being_raised() -> None:
    before = vote({"A>B": 31, "B>C": 32, "A>C": 3, "C>A": 31, "C>B": 3})
    assert value("borda", before) == pytest.approx({"A": 99, "B": 98, "C": 103})
    after = vote({"A>B": 31, "B>C": 32, "C>A": 3 + 31, "C>B": 3})
    assert value("borda", after) == pytest.approx({"A": 96, "B": 98, "C": 106})
    assert (order("baldwin", before)[0], order("baldwin", after)[0]) == ("C", "B")


# M. Schulze, Election-methods list (message 625 of its archive): all ballots turned round, the same winner.
def test_baldwin_s_winner_may_stay_when_all_ballots_turn() -> None:
    for ballots in ({"A>C>B": 5, "B>A>C": 4, "C>B>A": 2}, {"B>C>A": 5, "C>A>B": 4, "A>B>C": 2}):
        assert order("baldwin", vote(ballots))[0] == "B"
