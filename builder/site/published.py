"""What the source publishes for inner nodes beside the mean up the tree: a table and what it comes to."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from builder.analysis.published import SLACK
from builder.results import PublishedCheck, View
from builder.site.book import Book
from builder.site.tables import Column, Table, count_cells, number_cells
from builder.site.words import count, counted, fixed, inert

ZERO, ATTEMPTED = "zero", "attempted"
EXACT = 12
"""Decimals from which on a number is not called rounded."""
NAMED = 3
"""As many nodes that do not come back are told one by one."""


def published_table(book: Book) -> Markup | None:
    """One row a node: how many models agree with what the source gives, cells without a score as 0 or not."""
    checks = book.results.published
    if not checks:
        return None
    zero, beside = ([c for c in checks if c.policy == policy] for policy in (ZERO, ATTEMPTED))
    columns = [
        Column("Node", [_title(book, check) for check in zero], "name", header=True),
        Column("Compared", count_cells([c.n_models for c in zero]), "num"),
        Column("Same digits", count_cells([c.n_same for c in zero]), "num"),
        Column("Within rounding", count_cells([c.n_equal for c in zero]), "num"),
        Column("Largest difference", number_cells([c.largest for c in zero], 4), "num"),
        Column("Missing left out: within", count_cells([c.n_equal for c in beside]), "num"),
        Column("Largest difference", number_cells([c.largest for c in beside], 4), "num"),
    ]
    label = "What the source publishes for inner nodes against the mean up the tree"
    return Table(label, columns, sortable=False).html()


def published_sentences(book: Book) -> list[Markup]:
    """What the table comes to, a paragraph each: the overall score, then the other nodes."""
    zero = [check for check in book.results.published if check.policy == ZERO]
    overall = [check for check in zero if not check.group]
    others = [check for check in zero if check.group]
    found = [_of_node(book, check) for check in overall]
    if others:
        found.append(_of_nodes(book, others, "other " if overall else ""))
    notes = [one.published_note for one in book.study.snapshots if one.snapshot_id == book.snapshot.id]
    return found + [inert(note) for note in notes if note and found]


def published_of_view(book: Book, view: View) -> Markup | None:
    """How a mean up the tree compares with what the source gives for the same node; None without one."""
    if view.scheme != "hierarchical-mean":
        return None
    tree = book.snapshot.tree
    selection = next(one for one in book.selections if one.id == view.selection)
    below = tree.restrict(selection.metrics)
    for check in book.results.published:
        if check.policy != view.policy:
            continue
        tops = (check.group,) if check.group else tuple(tree.role_groups)
        leaves = {leaf for top in tops for leaf in tree.leaves(top)}
        # Of one node the mean up the tree is the node's; of several only where they are the tree's top.
        if set(selection.metrics) == leaves and (check.group or set(below.children()) == set(tops)):
            return _agreement(book, check)
    return None


def _of_node(book: Book, zero: PublishedCheck) -> Markup:
    """One node under both policies, and the models for which the source says nothing."""
    beside = next(c for c in book.results.published if (c.group, c.policy) == (zero.group, ATTEMPTED))
    text = Markup("{}, with every cell without a score as 0: {} ").format(
        _title(book, zero), _agreement(book, zero)
    )
    if zero.n_same == beside.n_same == zero.n_models:
        text += "The same holds with missing cells left out."
    else:
        text += Markup("With missing cells left out, {} of {} {} as near{}.").format(
            count(beside.n_equal), count(beside.n_models), _are(beside.n_equal), _largest(book, beside)
        )
    return text + _silent(book, zero)


def _silent(book: Book, check: PublishedCheck) -> str:
    """For how many models the source gives no value, and whether it could."""
    n, scored = check.n_silent, check.n_silent_scored
    if not n:
        return ""
    if n == 1:
        which = f"which has {'a' if scored else 'no'} score there"
    elif scored:
        which = f"{count(scored)} of which {'has' if scored == 1 else 'have'} a score there"
    else:
        which = "none of which has a score there"
    return f" The source gives no value for {counted(n, book.singular, book.models_are)}, {which}."


def _agreement(book: Book, check: PublishedCheck) -> Markup:
    """How many models have the published value, to its last digit or as near as rounding allows."""
    models = counted(check.n_models, book.singular, book.models_are)
    same, near, rest = check.n_same, check.n_equal - check.n_same, check.n_models - check.n_equal
    who = f"all {models}" if same == check.n_models > 1 else f"{count(same)} of {models}"
    parts = [f"{who} {'has' if same == 1 else 'have'} the published value to its last digit"]
    if near:
        others = f"{count(near)} more" if rest else f"the other {count(near)}"
        parts.append(f"{others} {_are(near)} as near as {_rounding(check)} allows")
    if rest:
        parts.append(f"{count(rest)} {_are(rest)} not")
    if not near and not rest:
        return Markup("{}.").format(parts[0])
    return Markup("{}{}.{}").format(Markup(", ").join(parts), _largest(book, check), _gaps(check, rest))


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _largest(book: Book, check: PublishedCheck) -> Markup:
    if not math.isfinite(check.largest):
        return Markup("; of {} we have no value").format(_worst(book, check))
    if check.largest <= SLACK:
        return Markup("")
    # Three decimals, or four where three would leave one digit.
    size = fixed(check.largest, 4 if check.largest < 0.01 else 3)
    size = "under 0.0001" if check.largest < 0.00005 else size
    return Markup("; the largest difference is {} ({})").format(size, _worst(book, check))


def _gaps(check: PublishedCheck, rest: int) -> str:
    """How many of those that rounding does not explain have cells that a source may count otherwise."""
    if not rest or not check.n_gaps:
        return ""
    if rest == 1:
        return " It has cells without a score there."
    who = "All" if check.n_gaps == rest else count(check.n_gaps)
    return f" {who} of these {'has' if check.n_gaps == 1 else 'have'} cells without a score there."


def _rounding(check: PublishedCheck) -> str:
    """What is rounded how, in words."""
    scores, averages = check.score_decimals, check.decimals
    if min(scores, averages) < 0 or max(scores, averages) >= EXACT:
        return "the rounding of scores and averages"
    if scores == averages:
        return f"the rounding of scores and averages (below 1 to {counted(averages, 'decimal')})"
    return (
        f"the rounding of scores (below 1 to {counted(scores, 'decimal')}) "
        f"and averages (to {counted(averages, 'decimal')})"
    )


def _of_nodes(book: Book, checks: Sequence[PublishedCheck], other: str) -> Markup:
    """Which of several nodes come back for every model."""
    apart = [check for check in checks if check.n_equal < check.n_models]
    if not apart:
        whole = (
            f"All {counted(len(checks), other + 'node')} come"
            if len(checks) > 1
            else f"The {other}node comes"
        )
        return Markup("{} back within rounding for every {}.").format(whole, inert(book.singular))
    text = Markup("Of {}, {} {} back within rounding for every {}.").format(
        counted(len(checks), other + "node"),
        count(len(checks) - len(apart)),
        "comes" if len(checks) - len(apart) == 1 else "come",
        inert(book.singular),
    )
    told = [
        Markup("{}: {} of {} {} by more than rounding{}.{}").format(
            _node(book, check),
            count(check.n_models - check.n_equal),
            count(check.n_models),
            "differs" if check.n_models - check.n_equal == 1 else "differ",
            _largest(book, check),
            _gaps(check, check.n_models - check.n_equal),
        )
        for check in apart[:NAMED]
    ]
    return Markup(" ").join([text, *told] if len(apart) <= NAMED else [text])


def _node(book: Book, check: PublishedCheck) -> Markup:
    return inert(book.node_name(check.group)) if check.group else Markup("overall score")


def _title(book: Book, check: PublishedCheck) -> Markup:
    """The node at the beginning of a sentence: a group's name stays as it is."""
    return _node(book, check) if check.group else Markup("Overall score")


def _worst(book: Book, check: PublishedCheck) -> Markup:
    return Markup(book.model_cells.get(check.worst_model, inert(check.worst_model)))  # noqa: S704 (escaped)
