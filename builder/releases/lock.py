"""`links.lock`: every address that was published for good, and the digest of what stands there.

    tiny/v/2025-01-31/                          tree:SHA-256    all files below, as SHA256SUMS lists them
    tiny/v/2025-01-31/methods/                  page:SHA-256    the page
    tiny/v/2025-01-31/view/all/zero/mean-rank/  view:SHA-256    the ranking
    tiny/latest/                                -               the address alone
    tiny/releases/2025-01-31/SHA256SUMS         sums:SHA-256    what its release lists, once that was restored

A line each, sorted; lines that begin with # say what the file is. An address is below the site's root, and
one that ends in a slash is that of a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.errors import BuildError, DataError, Problem

FILE = "links.lock"
INDEX = "index.html"
"""What an address that ends in a slash leads to."""
ADDRESS_ONLY = "-"
TREE, PAGE, VIEW, SUMS = "tree", "page", "view", "sums"
HEAD = """\
# Every published address and the digest of what stands there. 'alignboard freeze' adds to it; commit it.
# No line is ever removed or changed: a snapshot that was wrong is corrected by another one.
"""
_LINE = re.compile(r"([^\s#][^\s]*) (-|(?:tree|page|view|sums):[0-9a-f]{64})")


@dataclass(frozen=True)
class Lock:
    """Address below the site's root -> its digest with the kind before it, or `-`."""

    lines: Mapping[str, str] = field(default_factory=dict)

    @property
    def trees(self) -> dict[str, str]:
        """Folder that is frozen, with a slash at its end -> SHA-256."""
        return {a: d.partition(":")[2] for a, d in self.lines.items() if d.startswith(f"{TREE}:")}

    @property
    def addresses(self) -> list[str]:
        """All that a site has to have."""
        return [address for address, digest in self.lines.items() if not digest.startswith(f"{SUMS}:")]

    def within(self, folder: str) -> dict[str, str]:
        """What is locked of one folder; `folder` ends in a slash."""
        return {address: digest for address, digest in self.lines.items() if address.startswith(folder)}

    def with_lines(self, added: Mapping[str, str]) -> Lock:
        """This lock with lines added. Raises BuildError where one is locked with another digest."""
        changed = [
            address
            for address, digest in added.items()
            if len({digest, self.lines.get(address, ADDRESS_ONLY), ADDRESS_ONLY}) > 2
        ]
        if changed:
            raise BuildError(
                Problem(
                    FILE,
                    f"has another digest of {named(changed)}.",
                    "What is frozen never changes: publish a snapshot that corrects it.",
                )
            )
        kept = {a: d for a, d in added.items() if d != ADDRESS_ONLY or a not in self.lines}
        return Lock({**self.lines, **kept})


def read_lock(root: Path) -> Lock:
    """The lock of the project at `root`; an empty one where it has none.

    A line may stand there twice, as after a merge that kept both sides. Raises DataError with every line that
    is wrong.
    """
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Lock()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(Problem(str(path), f"cannot be read: {error}.", "Take it from Git again.")) from None
    lines: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            what = "is no address and digest."
        elif len({match[2], lines.get(match[1], ADDRESS_ONLY), ADDRESS_ONLY}) > 2:
            what = f"locks '{match[1]}' again, with another digest."
        else:
            if match[2] != ADDRESS_ONLY or match[1] not in lines:
                lines[match[1]] = match[2]
            continue
        problems.append(Problem(f"{path}:{number}", what, "Take the file from Git again."))
    if problems:
        raise DataError(problems)
    return Lock(lines)


def write_lock(root: Path, lock: Lock) -> None:
    """Write it beside and rename it, so that a kill leaves the old one or the new one."""
    text = HEAD + "".join(f"{address} {digest}\n" for address, digest in sorted(lock.lines.items()))
    beside = root / f".{FILE}.new"
    beside.write_text(text, encoding="utf-8")
    beside.replace(root / FILE)


def named(addresses: list[str], most: int = 20) -> str:
    """Addresses for a sentence: up to `most` of them, then how many more."""
    shown = ", ".join(f"'{one}'" for one in addresses[:most])
    return shown + (f" and {len(addresses) - most} more" if len(addresses) > most else "")
