"""Sentences about history: who is first and was, what came and went, what has moved the models."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd
from markupsafe import Markup

from builder.names import inside
from builder.results import History, Since
from builder.site.book import Book
from builder.site.words import capital, count, counted, fixed, inert, listed, signed

NAMED, NAMED_OF_ALL = 8, 3
"""Ranked models, or metrics, that a sentence names, and models of whole snapshots; more are counted."""
TINY = 1e-9
"""Places that are rounding."""
CAUSES = {
    "rivals": "rivals that {}",
    "metrics": "metrics that {}",
    "own": "changed scores of its own",
    "others": "changed scores of others",
    "scores": "changed scores",
}
SHORT = {
    "rivals": "rivals",
    "metrics": "metrics",
    "own": "own scores",
    "others": "others' scores",
    "scores": "scores",
}
CHANGED = {
    "new": ("is new", "are new"),
    "complete": ("was there before without a place", "were there before without a place"),
    "gone": ("is gone", "are gone"),
    "incomplete": ("is still there without a place", "are still there without a place"),
}
APART, TOGETHER = ("rivals", "metrics", "own", "others"), ("rivals", "metrics", "scores")


def causes_of(moves: pd.DataFrame) -> tuple[str, ...]:
    """The causes that the moves have: own and others apart where every one that is split tells them."""
    split = moves[moves["scores"].notna()]
    return TOGETHER if split["own"].isna().any() else APART


def cause_text(cause: str, since: Since) -> str:
    """A cause; of rivals and metrics, whether they came, went or did both."""
    came = went = True
    if cause == "rivals":
        came, went = (bool(since.models[place].notna().any()) for place in ("after", "before"))
    elif cause == "metrics":
        changes = set(since.metrics.loc[since.metrics["selected"].astype(bool), "change"])
        came, went = "new" in changes, "gone" in changes
    return CAUSES[cause].format("came or went" if came == went else "came" if came else "went")


def lead(book: Book, found: History) -> Markup:
    """Who is first and was, how many moved, and by what."""
    first = _firsts_text(book, found)
    if found.since is None:
        why = inert(inside(found.reason))
        return Markup("{} The snapshot of {}, the one before, is not compared: {}").format(
            first, found.previous, why
        )
    return Markup("{} {}").format(first, inert(moved_text(book, found.since)))


def _firsts_text(book: Book, found: History) -> Markup:
    places = found.places
    now = places[places[book.snapshot.id] == 1]
    ids = [str(model) for model in now["model_id"]]
    text = f"{capital(_many(book, now))} are first"
    who: str | Markup = inert(text)
    if len(ids) == 1:
        who = Markup("<b>{}</b> is first").format(book.model_cell(ids[0]))
    if found.previous not in places.columns:
        return Markup("{}.").format(who)
    before = places[places[found.previous] == 1]
    if set(before["model_id"]) == set(ids):
        return Markup("{}, as in {}.").format(who, found.previous)
    was = f"{before['model'].iloc[0]} was first" if len(before) == 1 else f"{_many(book, before)} were"
    return Markup("{}; in {} {}.").format(who, found.previous, inert(was))


def _many(book: Book, rows: pd.DataFrame) -> str:
    return counted(len(rows), book.singular, book.models_are)


def moved_text(book: Book, since: Since) -> str:
    """How many moved, and how many of them by which cause more than by any other."""
    n, moved = len(since.moves), since.moves[since.moves["moved"] != 0]
    if not n:
        return f"No {book.singular} is ranked in both."
    if n == 1:
        one = since.moves.iloc[0]
        return f"Only one {book.singular} is ranked in both: {one['model']}, {from_to(one)}."
    both = f"the {count(n)} {book.models_are} ranked in both"
    if moved.empty:
        return f"None of {both} has moved."
    many = count(len(moved)) if len(moved) < n else "All" if n > 2 else "Both"
    of = f"{many} of {both} {'has' if len(moved) == 1 else 'have'} moved"
    parts = sorted(((c, k) for c, k in since.largest.items() if k), key=lambda pair: -pair[1])
    untold = len(moved) - sum(k for _, k in parts)
    if not parts:
        return f"{of}."
    if len(parts) == 1 and not untold:
        return f"{of}, {'it' if len(moved) == 1 else 'each'} {_by(*parts[0], since, most=True)}."
    # "most" stands once, at the first that one cause moved.
    first = next((i for i, (cause, _) in enumerate(parts) if cause in CAUSES), 0)
    said = [f"{count(k)} {_by(cause, k, since, most=i == first)}" for i, (cause, k) in enumerate(parts)]
    if untold:
        said.append(f"{count(untold)} by what is not told apart")
    return f"{of}: {listed(said)}."


def _by(cause: str, k: int, since: Since, *, most: bool) -> str:
    """By which cause one or several moved, most of all."""
    if cause not in CAUSES:
        return "by several causes alike"
    name = cause_text(cause, since)
    if k > 1:
        name = name.replace("its own", "their own")
    return f"{'most ' if most else ''}by {name}"


def from_to(one: pd.Series[Any]) -> str:
    """From which place to which."""
    if one["before"] == one["after"]:
        return f"at place {count(one['after'])} in both"
    return f"from place {count(one['before'])} to {count(one['after'])}"


def mean_text(book: Book, since: Since) -> str:
    """What the moves come to on average, cause by cause; empty for fewer than two, or where it is nothing."""
    split = since.moves[since.moves["scores"].notna()]
    mean = since.mean
    parts = [(cause, mean[cause]) for cause in causes_of(since.moves) if round(mean[cause], 2)]
    if len(split) < 2 or not parts:
        return ""
    said = listed([f"{signed(value)} by {SHORT[cause]}" for cause, value in parts])
    moved = round(mean["moved"], 2)
    went = f"{'up' if moved > 0 else 'down'} {fixed(abs(moved))} places" if moved else "neither up nor down"
    return f"On average {a(book.singular)} went {went}: {said}."


def a(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def changes(book: Book, found: History, since: Since) -> list[tuple[str, str]]:
    """What came, went and changed: heading and text."""
    return [
        (capital(book.models_are), _models_text(book, found, since)),
        ("Metrics", _metrics_text(since)),
        ("Scores", _scores_text(book, since)),
    ]


def _models_text(book: Book, found: History, since: Since) -> str:
    """Of the whole snapshots, then of what they rank."""
    it = "it" if since.n_new else "the snapshot"
    numbers = (since.n_new, "new in the snapshot", "new"), (since.n_gone, f"gone from {it}", "gone")
    said = [f"{count(n)} {_are(n)} {word}{_unranked(since, kind)}" for n, word, kind in numbers if n]
    text = f"{capital(listed(said))}." if said else f"The snapshots have the same {book.models_are}."
    ranked = found.snapshots.set_index("snapshot")["n_ranked"]
    for when, snapshot, kinds in (
        ("now", book.snapshot.id, ("new", "complete")),
        ("before", found.previous, ("gone", "incomplete")),
    ):
        parts = []
        for kind in kinds:
            names = _ranked(since, kind)["model"].tolist()
            shown = f" ({', '.join(names)})" if len(names) <= NAMED else ""
            if names:
                parts.append(f"{count(len(names))} {CHANGED[kind][len(names) > 1]}{shown}")
        if parts:
            text += f" Of the {count(int(ranked[snapshot]))} ranked {when}, {listed(parts)}."
    return text


def _ranked(since: Since, kind: str) -> pd.DataFrame:
    """Models of one kind of change that have a place, before or now."""
    rows = since.models[since.models["change"] == kind]
    return rows[rows["before"].notna() | rows["after"].notna()]


def _unranked(since: Since, kind: str) -> str:
    """The names of the models that came, or went, if they are few and not all named as ranked ones."""
    names = since.models.loc[since.models["change"] == kind, "model"].tolist()
    few = len(names) <= NAMED_OF_ALL and len(names) > len(_ranked(since, kind))
    return f" ({', '.join(names)})" if few else ""


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _metrics_text(since: Since) -> str:
    mine, other = (since.metrics[since.metrics["selected"] == one] for one in (True, False))
    text = f"In the selection {_came_and_went(mine)}." if len(mine) else "The selection has the same metrics."
    return f"{text} Outside it {_came_and_went(other)}." if len(other) else text


def _came_and_went(rows: pd.DataFrame) -> str:
    said = []
    for change in ("new", "gone"):
        names = [f"“{name}”" for name in rows.loc[rows["change"] == change, "name"]]
        if names:
            shown = f" ({', '.join(names)})" if len(names) <= NAMED else ""
            said.append(f"{count(len(names))} {_are(len(names))} {change}{shown}")
    return listed(said)


def _scores_text(book: Book, since: Since) -> str:
    cells = since.cells
    scores = (
        f"{counted(cells['scored'], 'score')} of {book.models_are} and selected metrics of both snapshots"
    )
    if not cells["scored"]:
        return f"None is of {book.models_are} and selected metrics of both snapshots."
    changed = (cells["changed"], "changed"), (cells["gained"], "new"), (cells["lost"], "gone")
    said = [f"{count(n)} {_are(n)} {word}" for n, word in changed if n]
    if not said:
        return f"The {scores} {'are as they were' if cells['scored'] > 1 else 'is as it was'}."
    who = counted(cells["models"], book.singular, book.models_are)
    return f"Of {scores}, {listed(said)}, in {who}."


def since_text(book: Book, model_id: str) -> str:
    """One model: its places in the snapshot before and now, in the view that studies start from, and why."""
    found, view = book.results.history, book.default_view
    if found is None or found.since is None or view is None:
        return ""
    if (view.selection, view.policy, view.scheme) != (found.selection, found.policy, found.scheme):
        return ""
    rows = found.since.moves[found.since.moves["model_id"] == model_id]
    if rows.empty:
        changed = found.since.models.set_index("model_id")["change"].get(model_id, "")
        said = {
            "new": "It is new since",
            "complete": "It was not ranked in",
            "incomplete": "It was ranked in",
        }
        return f"{said[changed]} {found.previous}." if changed in said else ""
    one = rows.iloc[0]
    causes = causes_of(rows)
    shares = {cause: float(one[cause]) for cause in causes if abs(one[cause]) > TINY}
    digits = digits_of(shares.values())
    parts = [f"{SHORT[cause]} {signed(share, digits)}" for cause, share in shares.items()]
    because = f", because of {listed(parts)}" if parts else ""
    return f"Since {found.previous}: {from_to(one)}{because}."


def digits_of(parts: Iterable[float]) -> int:
    """The decimals that parts of moves need, so that a column aligns: none where all are whole, else one."""
    return int(any(abs(part - round(part)) > TINY for part in parts if not math.isnan(part)))
