"""What a change does to `links.lock`, and which snapshots it keeps as they were, for those who review it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from builder.changes.compare import StudyChanges
from builder.changes.names import harmless, name, some
from builder.releases.lock import ADDRESS_ONLY, FILE, TREE, Lock
from builder.site.words import counted, listed


@dataclass(frozen=True)
class LockChanges:
    """Addresses of the lock's lines that differ between two revisions, each sorted."""

    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """With another digest, or with none where there was one."""
    added: tuple[str, ...] = ()
    """Also those that had no digest and have one."""
    thawed: tuple[str, ...] = ()
    """Folders that were frozen and are not; also among `removed`."""
    frozen: tuple[str, ...] = ()
    """Folders of snapshots that are frozen now and were not; also among `added`."""
    unread: str = ""
    """Why the lock as it was cannot be read, so that nothing is compared; empty where it can."""

    @property
    def breaks(self) -> bool:
        """Whether something that was promised may be promised no more."""
        return bool(self.removed or self.changed or self.unread)


def compare_locks(old: Lock, new: Lock) -> LockChanges:
    """What differs between the lock as it was and as it would be."""
    before, after = old.lines, new.lines
    both = sorted(address for address in before.keys() & after.keys() if before[address] != after[address])
    removed = sorted(before.keys() - after.keys())
    frozen = sorted(address for address in new.trees.keys() - old.trees.keys() if "/v/" in address)
    return LockChanges(
        removed=tuple(removed),
        changed=tuple(address for address in both if before[address] != ADDRESS_ONLY),
        added=tuple(
            sorted({*(after.keys() - before.keys()), *(one for one in both if before[one] == ADDRESS_ONLY)})
        ),
        thawed=tuple(address for address in removed if before[address].startswith(f"{TREE}:")),
        frozen=tuple(frozen),
    )


def frozen_in_both(old: Lock, new: Lock) -> dict[str, set[str]]:
    """Study -> its snapshots that both locks freeze to the same bytes: nothing changes what they say."""
    found: dict[str, set[str]] = {}
    for tree, digest in new.trees.items():
        parts = tree.split("/")
        if len(parts) == 4 and parts[1] == "v" and old.trees.get(tree) == digest:
            found.setdefault(parts[0], set()).add(parts[2])
    return found


def keep_frozen(found: Iterable[StudyChanges], frozen: Mapping[str, set[str]]) -> list[StudyChanges]:
    """What was found, in which frozen snapshots neither come, nor go, nor say something else."""
    kept = []
    for one in found:
        ids = frozen.get(one.study, set())
        named = (
            *one.gone,
            *one.worded,
            *(step.after.snapshot for step in (*one.altered, *one.steps)),
        )
        kept.append(
            replace(
                one,
                gone=tuple(snapshot for snapshot in one.gone if snapshot not in ids),
                altered=tuple(step for step in one.altered if step.after.snapshot not in ids),
                worded=tuple(snapshot for snapshot in one.worded if snapshot not in ids),
                steps=tuple(step for step in one.steps if step.after.snapshot not in ids),
                frozen=tuple(sorted(ids.intersection(named))),
            )
        )
    return kept


def lock_warning(lock: LockChanges) -> str:
    """What a maintainer has to see first, as Markdown; empty where lines were only added."""
    if lock.unread:
        return (
            f"**Warning: {name(FILE)} is not compared with what it was,** for that cannot be read "
            f"({harmless(lock.unread)}). Compare them line by line: none may be removed or changed.\n\n"
        )
    if not lock.breaks:
        return ""
    parts = []
    if lock.removed:
        parts.append(f"loses {counted(len(lock.removed), 'line')}")
    if lock.changed:
        parts.append(f"has {counted(len(lock.changed), 'line')} changed")
    lists = {
        "Folders that are frozen no more": lock.thawed,
        "Removed": lock.removed,
        "Changed": lock.changed,
    }
    lines = [f"- {what}: {some([name(one) for one in of])}.\n" for what, of in lists.items() if of]
    return (
        f"**Warning: {name(FILE)} {listed(parts)}.** No line is ever removed or changed, for it holds every "
        f"later site to what was published.\n\n{''.join(lines)}\n"
        f"Take the file from the branch that this is compared with, unless a study is dropped for good "
        f"({name('docs/releases.md')}).\n\n"
    )


def lock_additions(lock: LockChanges) -> str:
    """What else it does, as a sentence; empty for nothing."""
    if not lock.added:
        return ""
    freezes = f", and freezes {some([name(one) for one in lock.frozen])}" if lock.frozen else ""
    return f"{name(FILE)} gains {counted(len(lock.added), 'line')}{freezes}."
