"""Outside text in a comment on a pull request, where it may not link, mention anyone or end a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from builder.github.comment import quiet
from builder.site.words import listed

NAMED = 20
"""Names in one list; more are counted."""
LONGEST = 80
SPACES, HIDDEN = {"Cc", "Zl", "Zp"}, {"Cf", "Cs", "Co", "Cn"}
"""Categories of Unicode: signs that break a line or are none; signs that hide or turn what stands beside."""
_ACTIVE = re.compile(r"[\\*_{}\[\]#!|~]")


def name(text: str) -> str:
    """A name as a code span, in which GitHub acts on nothing: one line, at most 80 characters.

    A vertical bar, which would end a cell of a table, becomes a broken one.
    """
    shown = "".join(_shown(sign) for sign in text)
    shown = " ".join(shown.split()).replace("|", "\N{BROKEN BAR}")
    if len(shown) > LONGEST:
        shown = shown[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if not shown:
        return "(no name)"
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def harmless(text: str) -> str:
    """A reason that may hold a name, as text on one line on which neither Markdown nor GitHub acts."""
    shown = "".join(_shown(sign) for sign in text).replace("`", "'")
    return quiet(_ACTIVE.sub(r"\\\g<0>", " ".join(shown.split())))


def some(told: Sequence[str], most: int = NAMED) -> str:
    """All of a list, or its first and how many more."""
    if len(told) <= most:
        return listed(list(told))
    return f"{', '.join(told[:most])} and {len(told) - most} more"


def view_name(file: str) -> str:
    """A view, `selection/policy/scheme`, from its file below `api/`."""
    return name(file.removeprefix("view/").removesuffix(".json"))


def _shown(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in HIDDEN:
        return "\N{REPLACEMENT CHARACTER}"
    return " " if category in SPACES else sign
