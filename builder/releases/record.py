"""What a release says of itself, in `release.json` beside its SHA256SUMS."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from typing import Any

from builder.errors import DataError, Problem
from builder.names import SNAPSHOT_ID, STUDY_ID
from builder.site.swap import FrontEntry

FILE = "release.json"
FORMAT = 1


@dataclass(frozen=True)
class Record:
    """A frozen snapshot: its digests, what froze it, and what the pages above the snapshots say of it."""

    frozen_by: str
    """Version of alignboard that froze it; its pages may be older."""
    tree_sha256: str
    """Of the files of the snapshot, as links.lock has it."""
    assets: tuple[str, ...]
    """Folders that its pages share with others, below the site's root, a slash at the end of each."""
    data_package: str
    """Path of its Data Package; empty where the scores may not be passed on."""
    front: FrontEntry

    @property
    def tree(self) -> str:
        """The folder of its pages below the site's root, with a slash at the end."""
        return tree_folder(self.front.study, self.front.snapshot)

    @property
    def folder(self) -> str:
        """The folder of this record and of SHA256SUMS."""
        return record_folder(self.front.study, self.front.snapshot)


def tree_folder(study: str, snapshot: str) -> str:
    """Where a snapshot's pages stand below the site's root."""
    return f"{study}/v/{snapshot}/"


def record_folder(study: str, snapshot: str) -> str:
    """Where what proves a frozen snapshot stands."""
    return f"{study}/releases/{snapshot}/"


def record_text(record: Record) -> str:
    """`release.json`."""
    front = dataclasses.asdict(record.front)
    held = {
        "format": FORMAT,
        "study": record.front.study,
        "snapshot": record.front.snapshot,
        "data_sha256": record.front.digest,
        "tree_sha256": record.tree_sha256,
        "frozen_by": record.frozen_by,
        "tree": record.tree,
        "assets": list(record.assets),
        "data_package": record.data_package or None,
        "front": front,
    }
    return json.dumps(held, ensure_ascii=False, indent=1) + "\n"


def read_record(text: str, where: str) -> Record:
    """The record that such a text holds. Raises DataError for any other.

    What a later version says of the snapshot beside what this one knows is left out.
    """
    try:
        held: dict[str, Any] = json.loads(text)
        if held["format"] != FORMAT:
            raise ValueError(f"format {held['format']}")
        known = {one.name: held["front"][one.name] for one in dataclasses.fields(FrontEntry)
                 if one.name in held["front"]}  # fmt: skip
        record = Record(
            frozen_by=str(held["frozen_by"]),
            tree_sha256=held["tree_sha256"],
            assets=tuple(held["assets"]),
            data_package=held["data_package"] or "",
            front=FrontEntry(**known),
        )
        if not (re.fullmatch(STUDY_ID, held["study"]) and re.fullmatch(SNAPSHOT_ID, held["snapshot"])):
            raise ValueError("it names no snapshot")
        said = (held["study"], held["snapshot"], held["data_sha256"], held["tree"])
        if said != (record.front.study, record.front.snapshot, record.front.digest, record.tree):
            raise ValueError("it speaks of two snapshots")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"is no record of a release ({error})."
        raise DataError(Problem(where, what, "Have the archive anew from where it was published.")) from None
    return record
