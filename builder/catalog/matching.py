"""Which models of two origins may be one: proposals for a person to accept, never joined by themselves.

A proposal is the most alike pair of names, by RapidFuzz's ratio of the names in lower case without signs
between their parts. Names whose numbers differ are never proposed: resnet-50 is not resnet-101.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from builder.catalog.aliases import Aliases
from builder.catalog.joining import Part

LEAST = 60.0
"""Names less alike than this, of 100, are not proposed."""


@dataclass(frozen=True)
class Model:
    """A model as an origin has it. `key` is what aliases.csv calls it: its name, or its id if not alone."""

    origin: str
    key: str
    name: str
    id: str
    """Its id in the origin's own snapshot."""
    joined: str = ""
    """The id that an alias gives it already."""


@dataclass(frozen=True)
class Proposal:
    """Two models of two origins that may be one, and how alike their names are (0 to 100)."""

    one: Model
    other: Model
    score: float
    tied: bool
    """Whether another model of either origin is as alike."""


@dataclass(frozen=True)
class Matching:
    """Proposals, the likeliest first, and per origin: models, those joined, and those that nothing is like.

    `unused` are the aliases that name no model of the snapshot.
    """

    proposals: tuple[Proposal, ...]
    n_models: dict[str, int]
    joined: dict[str, int]
    unmatched: dict[str, tuple[Model, ...]]
    unused: tuple[tuple[str, str, int], ...]


def propose(parts: Sequence[Part], aliases: Aliases) -> Matching:
    """Match each origin with those before it, one to one. Raises DataError for aliases that do not fit."""
    models = {part.origin: _models(part, aliases) for part in parts}
    proposals: list[Proposal] = []
    proposed: set[Model] = set()
    for at, part in enumerate(parts):
        for before in parts[:at]:
            free = [m for m in models[part.origin] if not m.joined and m not in proposed]
            there = {m.joined for m in models[part.origin] if m.joined}
            against = [m for m in models[before.origin] if m.joined not in there or not m.joined]
            found = _pairs(against, free)
            proposals += found
            proposed |= {proposal.other for proposal in found}
    partnered = {side for proposal in proposals for side in (proposal.one, proposal.other)}
    return Matching(
        tuple(sorted(proposals, key=lambda one: (-one.score, one.other.origin, one.other.key))),
        {origin: len(listed) for origin, listed in models.items()},
        {origin: sum(bool(model.joined) for model in listed) for origin, listed in models.items()},
        {
            origin: tuple(model for model in listed if not model.joined and model not in partnered)
            for origin, listed in models.items()
        },
        _unused(parts, aliases),
    )


def rows_of(proposals: Sequence[Proposal]) -> list[tuple[str, str, str]]:
    """The rows (source, name, model) of aliases.csv that would join the models of these proposals.

    The joined id is the one that either has already, or the first origin's own. A proposal whose two models
    have different ids by then joins nothing.
    """
    ids: dict[tuple[str, str], str] = {}
    rows = []
    for proposal in proposals:
        pair = (proposal.one, proposal.other)
        known = [ids.get((side.origin, side.key), side.joined) for side in pair]
        model = known[0] or known[1] or proposal.one.id
        if all(known):
            continue
        for side, has in zip(pair, known, strict=True):
            ids[side.origin, side.key] = model
            if not has:
                rows.append((side.origin, side.key, model))
    return rows


def _models(part: Part, aliases: Aliases) -> list[Model]:
    frame = part.snapshot.models
    joined = aliases.joined(part.origin, frame)
    alone = ~frame["name"].duplicated(keep=False)
    return [
        Model(
            origin=part.origin,
            key=str(row.name if is_alone else row.source_id),
            name=str(row.name),
            id=str(row.id),
            joined=joined.get(str(row.id), ""),
        )
        for row, is_alone in zip(frame.itertuples(index=False), alone, strict=True)
    ]


def _pairs(these: Sequence[Model], those: Sequence[Model]) -> list[Proposal]:
    """The likeliest pairs first, each model at most once; of equally alike ones the first by name."""
    by_numbers: dict[tuple[str, ...], list[Model]] = {}
    for model in these:
        by_numbers.setdefault(_numbers(model.name), []).append(model)
    scored = [
        (fuzz.ratio(_plain(one.name), _plain(other.name)), one, other)
        for other in those
        for one in by_numbers.get(_numbers(other.name), ())
    ]
    scored = [entry for entry in scored if entry[0] >= LEAST]
    scored.sort(key=lambda entry: (-entry[0], entry[1].key, entry[2].key))
    taken: set[Model] = set()
    found = []
    for score, one, other in scored:
        if one in taken or other in taken:
            continue
        taken |= {one, other}
        rivals = sum(s == score and (one in pair or other in pair) for s, *pair in scored)
        found.append(Proposal(one, other, float(score), tied=rivals > 1))
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def _numbers(name: str) -> tuple[str, ...]:
    """The whole numbers in a name, in any order: what tells sizes and versions apart."""
    return tuple(sorted(re.findall(r"\d+", name)))


def _unused(parts: Sequence[Part], aliases: Aliases) -> tuple[tuple[str, str, int], ...]:
    names = {
        part.origin: {*part.snapshot.models["name"], *part.snapshot.models["source_id"]} for part in parts
    }
    return tuple(
        (origin, alias.name, alias.row)
        for origin, listed in aliases.of_origin.items()
        for alias in listed
        if alias.name not in names.get(origin, set())
    )
