"""What a study file may say, key by key, and what is said of a key that is wrong."""

from __future__ import annotations

import datetime as dt
import re
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from builder.errors import Problem
from builder.names import SNAPSHOT_ID, STUDY_ID, did_you_mean

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
LocalFile = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*$")]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(?:/\S*)?$")]

Doi = Annotated[str, StringConstraints(pattern=r"^(?:10\.\d{4,9}/[^\s{}\\<>\"']+)?$")]
SnapshotId = Annotated[str, StringConstraints(pattern=f"^{SNAPSHOT_ID}$")]

_ENTRY = re.compile(r"@[A-Za-z]+\s*\{\s*[^\s{},\"#%'()=~\\]+\s*,")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _whole_entries(text: str) -> str:
    """The text as it is, if it is BibTeX entries and nothing besides; raises PydanticCustomError."""
    found = text.strip()
    rest = found
    while rest:
        start = _ENTRY.match(rest)
        if start is None:
            raise PydanticCustomError("bibtex", "must be BibTeX entries, each like '@article{key, ...}'")
        opened = rest.index("{")
        depths = accumulate({"{": 1, "}": -1}.get(sign, 0) for sign in rest[opened:])
        end = next((at for at, depth in enumerate(depths, opened + 1) if depth == 0), 0)
        if not end:
            raise PydanticCustomError("bibtex", "has a brace that is not closed")
        rest = rest[end:].lstrip()
    if _UNPRINTABLE.search(found):
        raise PydanticCustomError("bibtex", "must not hold control characters")
    return found


BibtexEntries = Annotated[str, AfterValidator(_whole_entries)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSpec(_Table):
    """One pinned file of a snapshot: at a `url`, or a `file` below data/sources/<study>/.

    `part` tells the adapter which file this is.
    """

    url: WebAddress | None = None
    file: LocalFile | None = None
    sha256: Sha256
    retrieved: dt.date
    part: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.url is None) == (self.file is None):
            raise PydanticCustomError("one_place", "needs either 'url' or 'file'")
        return self

    @property
    def address(self) -> str:
        """Where the file is, for messages and records."""
        return self.url or self.file or ""


class OriginSpec(_Table):
    """One of several systems whose scores a snapshot joins: its adapter, its files, and the metrics it gives.

    `gives` are metric ids, `*` patterns or `group:ID`.
    """

    name: Annotated[str, StringConstraints(pattern=f"^{STUDY_ID}$")]
    adapter: Text
    gives: Annotated[tuple[Text, ...], Field(min_length=1)]
    sources: Annotated[tuple[SourceSpec, ...], Field(min_length=1)]


class SnapshotSpec(_Table):
    """A snapshot made from pinned sources: by one adapter, or joined of several origins."""

    date: dt.date
    id: SnapshotId | None = None
    title: str = ""
    corrects: SnapshotId | None = None
    """The snapshot that this one stands in for, which stays as it was published."""
    note: str = ""
    """What was wrong with it."""
    adapter: str = ""
    sources: tuple[SourceSpec, ...] = ()
    origins: tuple[OriginSpec, ...] = ()
    published_note: str = ""
    """Why averages that the source publishes are not what its scores give, where that is known."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        alone = bool(self.adapter), bool(self.sources)
        if alone != ((False, False) if self.origins else (True, True)):
            raise PydanticCustomError("one_way", "needs 'adapter' and 'sources', or 'origins' alone")
        if bool(self.corrects) != bool(self.note.strip()):
            raise PydanticCustomError(
                "correction", "needs both 'corrects' and 'note', which says what was wrong, or neither"
            )
        return self

    @property
    def snapshot_id(self) -> str:
        """The id in addresses: the date unless the study gives another."""
        return self.id or self.date.isoformat()

    def of_origin(self, origin: OriginSpec) -> SnapshotSpec:
        """The snapshot that one origin alone gives."""
        return SnapshotSpec(
            date=self.date, id=self.id, title=self.title, adapter=origin.adapter, sources=origin.sources
        )


class RefreshSpec(_Table):
    """Where a study's newer data are, for 'alignboard refresh'.

    `since` asks a source that holds its own past for a snapshot at the end of each quarter from then on.
    """

    adapter: Text
    url: WebAddress
    part: str = ""
    since: dt.date | None = None


class GroupSpec(_Table):
    """An inner node of the tree. Children that are not groups themselves are metrics."""

    name: str = ""
    role: str = ""
    reference: str = ""
    children: Annotated[tuple[Text, ...], Field(min_length=1)]


class MetricSpec(_Table):
    """What a study says of one metric; all but the direction has a default."""

    name: str = ""
    higher_is_better: StrictBool | None = None
    reference: str = ""


class SelectionSpec(_Table):
    """A named set of metrics: ids, `*` patterns or `group:ID`, less those of `without`."""

    title: Text
    description: str = ""
    metrics: Annotated[tuple[Text, ...], Field(min_length=1)] = ("*",)
    without: tuple[Text, ...] = ()
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.0


class ViewSpec(_Table):
    """The view that a study's pages start from."""

    selection: Text
    policy: Text = "complete"
    scheme: Text = "arithmetic-mean"


class ModelGroupsSpec(_Table):
    """The column of models.csv that puts the models into two groups, and what it is in words."""

    by: Text
    title: str = ""


class DataTerms(_Table):
    """Whose the scores are and on what terms."""

    source: Text
    homepage: WebAddress | None = None
    licence: Text
    licence_url: WebAddress | None = None
    attribution: Text
    citation: str = ""
    bibtex: BibtexEntries = ""
    """The entries of what `citation` names, for those who cite a ranking."""
    redistribute: StrictBool = False


class StudyFile(_Table):
    id: Annotated[str, StringConstraints(pattern=f"^{STUDY_ID}$")]
    title: Text
    summary: Text
    authors: tuple[Text, ...] = ()
    doi: Doi = ""
    dois: dict[SnapshotId, Doi] = {}
    simulated: StrictBool = False
    models_are: str = "models"
    tree: Annotated[tuple[Text, ...], Field(min_length=1)]
    higher_is_better: StrictBool | None = None
    groups: dict[str, GroupSpec] = {}
    metrics: dict[str, MetricSpec] = {}
    selections: Annotated[dict[str, SelectionSpec], Field(min_length=1)]
    default_view: ViewSpec
    model_groups: ModelGroupsSpec | None = None
    data: DataTerms
    refresh: RefreshSpec | None = None
    snapshots: tuple[SnapshotSpec, ...] = ()


def schema_problems(path: Path, error: ValidationError) -> list[Problem]:
    problems = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            parent: Any = _fields_at(detail["loc"][:-1])
            remedy = did_you_mean(str(detail["loc"][-1]), parent) or "Remove it or correct its name."
            problems.append(Problem(f"{path}: key '{key}'", "is not a key that a study knows.", remedy))
        elif detail["type"] == "missing":
            problems.append(Problem(f"{path}: key '{key}'", "is missing.", "Add it."))
        else:
            shown = repr(detail["input"])
            shown = shown if len(shown) <= 80 else shown[:77] + "..."
            problems.append(Problem(f"{path}: key '{key}'", f"{detail['msg']}, but it is {shown}."))
    return problems


def _fields_at(location: tuple[int | str, ...]) -> list[str]:
    """The keys that the table at this place of a study file may have."""
    table: type[BaseModel] = StudyFile
    nested: dict[str, type[BaseModel]] = {
        "groups": GroupSpec,
        "metrics": MetricSpec,
        "selections": SelectionSpec,
        "snapshots": SnapshotSpec,
        "origins": OriginSpec,
        "sources": SourceSpec,
        "default_view": ViewSpec,
        "model_groups": ModelGroupsSpec,
        "data": DataTerms,
        "refresh": RefreshSpec,
    }
    parts = iter(location)
    for part in parts:
        if isinstance(part, str) and part in nested:
            table = nested[part]
            next(parts, None)  # the name or the position of one of them
    return sorted(table.model_fields)
