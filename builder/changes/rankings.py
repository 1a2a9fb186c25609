"""Which rankings of two snapshots put another model first, and which models move farthest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from builder.changes.compare import Step
from builder.changes.names import name, some, view_name
from builder.site.words import count, counted, listed

FIRSTS = 10
"""Rankings of which it is told who was first and who is; more are counted."""
TIED = 3
"""Models that share the first place and are named."""
FARTHEST = 5
"""Models whose longest move is told."""


@dataclass(frozen=True)
class Move:
    """A model's longest move: the view in which it is, and its place before and after."""

    model_id: str
    view: str
    before: int
    after: int

    @property
    def length(self) -> int:
        return abs(self.before - self.after)


@dataclass(frozen=True)
class Moves:
    """What differs in the rankings that two snapshots have."""

    firsts: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    """File of a view -> ids of the models in the first place before and after, where they are others."""
    farthest: Sequence[Move]
    """One of each model that has another place in any, longest first."""


def moves_of(step: Step) -> Moves:
    """The moves of one step. Raises DataError where a ranking cannot be read."""
    if step.before is None:
        return Moves({}, ())
    firsts: dict[str, tuple[list[str], list[str]]] = {}
    longest: dict[str, Move] = {}
    for view in step.views_changed:
        old, new = step.before.places(view), step.after.places(view)
        first = _first(old), _first(new)
        if set(first[0]) != set(first[1]):
            firsts[view] = first
        for model, place in new.items():
            move = Move(model, view, old.get(model, place), place)
            if move.length > (longest[model].length if model in longest else 0):
                longest[model] = move
    return Moves(firsts, sorted(longest.values(), key=lambda move: (-move.length, move.model_id)))


def told_moves(step: Step) -> list[str]:
    """What of the rankings that both have is not what it was, as paragraphs; none where they have none."""
    both = len(step.views_in_both)
    if not both:
        return []
    moves = moves_of(step)
    same = both - len(step.views_changed)
    lines = [_how_many(both, len(moves.firsts), same, "" if step.same else " that both snapshots have")]
    if moves.firsts:
        rows = [
            f"\n| {view_name(view)} | {_models(step, old)} | {_models(step, new)} |"
            for view, (old, new) in list(moves.firsts.items())[:FIRSTS]
        ]
        lines.append(f"| ranking | first before | first now |\n|---|---|---|{''.join(rows)}")
        more = len(moves.firsts) - FIRSTS
        if more > 0:
            lines.append(f"{counted(more, 'more ranking has', 'more rankings have')} another first model.")
    if moves.farthest:
        told = [
            f"{_models(step, [one.model_id])} from {one.before} to {one.after} in {view_name(one.view)}"
            for one in moves.farthest[:FARTHEST]
        ]
        lines.append(f"The longest moves, one a model: {listed(told)}.")
    return lines


def _how_many(both: int, firsts: int, same: int, whose: str) -> str:
    if both == 1:
        what = (
            "is the same to the last value"
            if same
            else f"has {'another' if firsts else 'the same'} first model"
        )
        return f"The one ranking{whose} {what}."
    if same == both:
        return f"Of {count(both)} rankings{whose}, all are the same to the last value."
    has = {0: "none has", 1: "1 has", both: "all have"}.get(firsts, f"{count(firsts)} have")
    are = f" and {count(same)} {'is' if same == 1 else 'are'} the same to the last value" if same else ""
    return f"Of {count(both)} rankings{whose}, {has} another first model{are}."


def _first(places: Mapping[str, int]) -> list[str]:
    return [model for model, place in places.items() if place == 1]


def _models(step: Step, ids: Sequence[str]) -> str:
    return some([name(step.model_name(one)) for one in ids], TIED)
