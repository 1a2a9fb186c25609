"""Identifiers that may stand in an address or a file name, made from text that may not; near ones."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

STUDY_ID = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
SNAPSHOT_ID = r"\d{4}-\d{2}-\d{2}(?:[-.][a-z0-9]+)*"
LONGEST_SLUG = 80
LONGEST_COMPARED = 200
"""Characters of a word that are compared with others, for it takes their number squared."""
NAMES_OF_PEOPLE = ("Baldwin", "Borda", "Bradley", "Copeland", "Dowdall", "Kemeny", "Spearman")


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits, dots inside words and hyphens, at most 80 characters; never empty.

    Text that is cut, or that has nothing to keep, ends in eight hex digits of its SHA-256.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    kept = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9.]+", "-", plain))
    kept = re.sub(r"\.{2,}", ".", kept).strip("-.")
    if kept and len(kept) <= LONGEST_SLUG:
        return kept
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{kept[: LONGEST_SLUG - 9].strip('-.')}-{mark}".lstrip("-")


def model_ids(names: Sequence[str], source_ids: Sequence[str]) -> list[str]:
    """An id for each model: the slug of its name, with its source's id where the name is not alone.

    Both sequences have shape (n_models,). Two names with one slug count as the same name, so that the
    ids do not depend on the order of the rows. Ids that still agree are told apart by -2, -3, ...
    """
    slugs = [slug(name) for name in names]
    shared = {one for one, times in Counter(slugs).items() if times > 1}
    wanted = [
        f"{one}-{slug(source_id)}" if one in shared else one
        for one, source_id in zip(slugs, source_ids, strict=True)
    ]
    taken: set[str] = set()
    found: list[str] = []
    for base in wanted:
        candidate, number = base, 1
        while candidate in taken:
            number += 1
            candidate = f"{base}-{number}"
        taken.add(candidate)
        found.append(candidate)
    return found


def telling_names(ids: Sequence[str], names: Sequence[str], source_ids: Sequence[str]) -> dict[str, str]:
    """Id -> name, with its source's id where the name stands more than once. All of shape (n_models,)."""
    times = Counter(names)
    return {
        one: f"{name} ({source})" if times[name] > 1 and source else name
        for one, name, source in zip(ids, names, source_ids, strict=True)
    }


def did_you_mean(word: str, known: list[str]) -> str:
    """A sentence that offers the nearest known word, or lists what there is; may be empty."""
    near = difflib.get_close_matches(word[:LONGEST_COMPARED], known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"Known: {', '.join(known)}." if 0 < len(known) <= 12 else ""


def inside(title: str) -> str:
    """A title as it stands inside a sentence: its first letter small, but for the name of a person, and for a
    first word that has other capitals or digits (ImageNet, V1, IT).
    """
    rest = title.split(" ", 1)[0][1:]
    named = title.startswith(NAMES_OF_PEOPLE) or (rest and not rest.islower())
    return title if named else title[:1].lower() + title[1:]
