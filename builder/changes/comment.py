"""What changes, as the Markdown of a comment on a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Sized
from urllib.parse import quote

from builder.changes.boards import Board
from builder.changes.compare import TOP, Moved, Step, StudyChanges
from builder.changes.locked import LockChanges, lock_additions, lock_warning
from builder.changes.names import harmless, name, some, view_name
from builder.changes.rankings import told_moves
from builder.changes.warnings import warnings_of
from builder.github.comment import MARK
from builder.names import inside
from builder.site.words import count, counted, listed, signed

MOST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
STEPS = 3
"""New snapshots of one study that are told, and published ones that change; the others are named."""
IN_SUMMARY = 3
SAME_LOCK = LockChanges()

Section = tuple[str, str]
"""A study's id, and what is said of it."""


def comment(found: Sequence[StudyChanges], site_url: str | None = None, lock: LockChanges = SAME_LOCK) -> str:
    """The comment for what `compare_sites` or `newest_steps` found, at most `MOST` characters.

    With the address at which the site stands, or will stand, pages are linked; else their paths are given.
    `lock` is what the change does to links.lock.
    """
    head = f"{MARK}\n## What changes\n\n{lock_warning(lock)}"
    added = lock_additions(lock)
    if not found:
        nothing = "Every" if added or lock.breaks else "Nothing: every"
        return f"{head}{nothing} study says what it said before.{f' {added}' if added else ''}\n"
    head += f"{_summary(found)}{f' {added}' if added else ''}\n"
    sections = [section for one in found for section in _sections(one, site_url)]
    kept: list[str] = []
    room = MOST - len(head) - 3000  # what is left out is said in fewer
    while len(kept) < len(sections) and len(sections[len(kept)][1]) <= room:
        kept.append(sections[len(kept)][1])
        room -= len(kept[-1])
    return head + "".join(kept) + _left_out(sections[len(kept) :])


def _left_out(sections: Sequence[Section]) -> str:
    if not sections:
        return ""
    studies = [name(study) for study in dict.fromkeys(study for study, _ in sections)]
    return (
        f"\nLeft out, because a comment may not be longer: {counted(len(sections), 'section')}, on "
        f"{some(studies)}. `alignboard changes --study STUDY` tells of one study.\n"
    )


def _summary(found: Sequence[StudyChanges]) -> str:
    told = " ".join(_in_a_sentence(one) for one in found[:10])
    more = len(found) - 10
    return told + (f" {counted(more, 'more study changes', 'more studies change')}." if more > 0 else "")


def _in_a_sentence(one: StudyChanges) -> str:
    if one.is_gone:
        stays = f" {_frozen(one.frozen)}" if one.frozen else ""
        return f"The study {name(one.study)} is gone.{stays}"
    parts = []
    if one.steps:
        ids = some([name(step.after.snapshot) for step in one.steps], IN_SUMMARY)
        parts.append(f"is new, with {ids}" if one.is_new else f"gains {ids}")
    if one.altered:
        ids = some([name(step.after.snapshot) for step in one.altered], IN_SUMMARY)
        parts.append(f"says something else of {ids}, published before{',' if one.gone else ''}")
    if one.gone:
        parts.append(f"loses {some([name(snapshot) for snapshot in one.gone], IN_SUMMARY)}")
    told = [f"The study {name(one.study)} {listed(parts)}."] if parts else []
    if one.worded:
        ids = some([name(snapshot) for snapshot in one.worded], IN_SUMMARY)
        of = ids if parts else f"the study {name(one.study)} ({ids})"
        told.append(f"No number of {of} differs; words or terms do.")
    if one.frozen:
        told.append(
            _frozen(one.frozen) if told else f"The study {name(one.study)} differs. {_frozen(one.frozen)}"
        )
    return " ".join(told)


def _frozen(snapshots: Sequence[str]) -> str:
    one = len(snapshots) == 1
    stay = "stays as it is" if one else "stay as they are"
    ids = some([name(snapshot) for snapshot in snapshots], IN_SUMMARY)
    return f"Frozen, so {'it' if one else 'they'} {stay}, whatever this preview's own site shows: {ids}."


def _sections(one: StudyChanges, site_url: str | None) -> Iterator[Section]:
    if one.gone:
        head = f"\n### {name(one.study)}: {counted(len(one.gone), 'snapshot')} gone\n\n"
        ids = some([name(snapshot) for snapshot in one.gone])
        what = "**Warning.** Their addresses vanish, and what was cited there is not found again: "
        yield one.study, f"{head}{what}{ids}.\n"
    groups: list[tuple[Sequence[Step], Callable[[Step, str | None], str], str]] = [
        (one.altered, _altered, "Published snapshots of {} that say something else, too: {}."),
        (one.steps, _step, "New in {}, too: {}."),
    ]
    for steps, tell, rest in groups:
        yield from ((one.study, tell(step, site_url)) for step in steps[:STEPS])
        if len(steps) > STEPS:
            ids = some([name(step.after.snapshot) for step in steps[STEPS:]])
            yield one.study, f"\n{rest.format(name(one.study), ids)}\n"


def _step(step: Step, site_url: str | None) -> str:
    """A snapshot from the one before it."""
    study, after = name(step.after.study), name(step.after.snapshot)
    if step.before is None:
        head = f"{after}, the first snapshot"
    else:
        head = f"from {name(step.before.snapshot)} to {after}"
    parts = (warnings_of(step), _sizes(step), _who(step), _top(step), _views(step))
    pages = _pages(step.after, site_url, history=step.before is not None)
    return f"\n### {study}: {head}\n\n{''.join(parts)}{pages}"


def _altered(step: Step, site_url: str | None) -> str:
    """A snapshot that was published before and does not say the same."""
    study, after = name(step.after.study), name(step.after.snapshot)
    parts = [warnings_of(step)]
    if step.moves_models:
        parts += [_sizes(step), _who(step), _top(step)]
    parts += [_views(step), _pages(step.after, site_url, history=False)]
    return f"\n### {study}: {after}, published before\n\n{''.join(parts)}"


def _sizes(step: Step) -> str:
    old, new = step.before, step.after
    if old is None:
        sizes = [(len(new.models), "model"), (len(new.metrics), "metric"), (new.n_scored, "score")]
        told = listed([counted(n, what) for n, what in (*sizes, (len(new.views), "ranking"))])
        return f"It has {told}.\n\n"
    head = ("before", "now") if step.same else (name(old.snapshot), name(new.snapshot))
    rows = [
        ("models", len(old.models), len(new.models), _in_out(step.models_in, step.models_out)),
        ("metrics", len(old.metrics), len(new.metrics), _in_out(step.metrics_in, step.metrics_out)),
        ("scores", old.n_scored, new.n_scored, _difference(old.n_scored, new.n_scored)),
        ("rankings", len(old.views), len(new.views), _in_out(step.views_in, step.views_out)),
    ]
    lines = [f"| {what} | {count(was)} | {count(now)} | {told} |\n" for what, was, now, told in rows]
    return f"| | {head[0]} | {head[1]} | |\n|---|--:|--:|---|\n{''.join(lines)}\n"


def _who(step: Step) -> str:
    """Which models and metrics come and go."""
    if step.before is None:
        return ""
    rows = {
        "Models in": list(step.models_in.values()),
        "Models out": list(step.models_out.values()),
        "Metrics in": [metric.name for metric in step.metrics_in.values()],
        "Metrics out": [metric.name for metric in step.metrics_out.values()],
    }
    lines = [f"- {what}: {some([name(one) for one in names])}.\n" for what, names in rows.items() if names]
    return "".join(lines) + "\n" if lines else ""


def _top(step: Step) -> str:
    """The first ten under the view that pages start from, and who is no longer among them."""
    view = step.after.start
    if not step.top:
        return "No model has a place in the view that the study's pages start from.\n\n"
    shown = step.top[: 2 * TOP]
    lines = [
        f"The first {len(shown)} of {counted(len(step.places_after), 'model')} under the view that the "
        f"study's pages start from, {view_name(view)}{_other_start(step)}:\n\n"
    ]
    if step.comparable:
        rows = [f"| {one.after} | {name(one.name)} | {_was(step, one)} |\n" for one in shown]
        lines.append(f"| place | model | before |\n|--:|---|---|\n{''.join(rows)}\n")
    else:
        rows = [f"| {one.after} | {name(one.name)} |\n" for one in shown]
        lines.append(f"| place | model |\n|--:|---|\n{''.join(rows)}\n")
        if step.before is not None:
            lines.append(f"{name(step.before.snapshot)} has no such ranking to compare with.\n\n")
    if len(step.top) > len(shown):
        lines.append(
            f"{counted(len(step.top) - len(shown), 'more model')} share the last of these places.\n\n"
        )
    if step.dropped:
        left = [f"{name(one.name)} (was {one.before}, {_where(step, one)})" for one in step.dropped]
        lines.append(f"No longer among the first {TOP}: {some(left)}.\n\n")
    return "".join(lines)


def _other_start(step: Step) -> str:
    if step.before is None or step.before.start in {"", step.after.start}:
        return ""
    return f" (it was {view_name(step.before.start)})"


def _was(step: Step, one: Moved) -> str:
    if one.before is None or one.after is None:
        return "new" if one.model_id in step.models_in else "without a place"
    if one.before == one.after:
        return "same"
    direction = "up" if one.before > one.after else "down"
    return f"{one.before}, {direction} {abs(one.before - one.after)}"


def _where(step: Step, one: Moved) -> str:
    if one.after is not None:
        return f"is {one.after}"
    return "gone" if one.model_id in step.models_out else "has no place now"


def _views(step: Step) -> str:
    if step.before is None:
        return ""
    lines = []
    if step.same and step.views_changed:
        changed = some([view_name(view) for view in step.views_changed])
        lines.append(f"Rankings with another digest: {changed}.")
    if not step.same or step.views_changed:
        lines += told_moves(step)
    if step.views_in:
        lines.append(f"Rankings that appear: {some([view_name(view) for view in step.views_in])}.")
    if step.views_out:
        lines.append(f"Rankings that vanish: {some([_vanished(step, view) for view in step.views_out])}.")
    if step.same and step.documents_changed:
        n, of = len(step.documents_changed), counted(len(step.after.documents), "document")
        lines.append(f"Of {of} below `api/`, {n} {'differs' if n == 1 else 'differ'}.")
    if step.same:
        lines += [
            f"Documents below `api/` that {what}: {some([name(one) for one in files])}."
            for what, files in (("appear", step.documents_in), ("vanish", step.documents_out))
            if files
        ]
        if step.after.start and not step.moves_models and _other_start(step):
            lines.append(
                f"The view that pages start from is {view_name(step.after.start)}{_other_start(step)}."
            )
    return "".join(f"{line}\n\n" for line in lines)


def _vanished(step: Step, view: str) -> str:
    why = step.after.refusals.get(view, "").rstrip(".")
    return f"{view_name(view)} ({harmless(inside(why))})" if why else view_name(view)


def _pages(board: Board, site_url: str | None, *, history: bool) -> str:
    pages = [("Overview", ""), ("Rankings", "rankings/"), ("Coverage", "coverage/"), ("Data", "data/")]
    if history:
        pages.insert(1, ("History", "history/"))
    if site_url is None:
        return f"Pages: {name(f'{board.address}/')} in the built site.\n"
    base = f"{site_url.rstrip('/')}/{quote(board.address)}/"
    return f"Pages: {listed([f'[{title}]({base}{path})' for title, path in pages])}.\n"


def _in_out(came: Sized, went: Sized) -> str:
    return ", ".join(f"{len(those)} {what}" for those, what in ((came, "in"), (went, "out")) if those)


def _difference(old: int, new: int) -> str:
    return "" if old == new else signed(new - old, 0)
