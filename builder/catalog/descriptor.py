"""datapackage.json, validated: what a snapshot's Data Package says of itself."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from builder.names import SNAPSHOT_ID


class _Field(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str
    type: str = ""


class _Schema(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    fields_: tuple[_Field, ...] = Field((), alias="fields")


class Resource(BaseModel):
    """One file as datapackage.json describes it; what else it says is not ours to check."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str
    path: str
    hash: str = Field(pattern="^sha256:[0-9a-f]{64}$")
    table: _Schema = Field(_Schema(), alias="schema")

    @property
    def numeric(self) -> list[str]:
        """Columns that are numbers."""
        return [one.name for one in self.table.fields_ if one.type == "number"]


class Source(BaseModel):
    """A file that the snapshot was made from."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    title: str = ""
    path: str = ""
    hash: str = ""
    retrieved: str = ""
    adapter: str = ""
    metrics: tuple[str, ...] = ()


class Descriptor(BaseModel):
    """What datapackage.json says, as far as it is read."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str
    title: str = ""
    version: str
    created: dt.datetime
    corrects: str = Field("", pattern=f"^(?:{SNAPSHOT_ID})?$")
    note: str = ""
    sources: tuple[Source, ...] = ()
    licenses: tuple[dict[str, str], ...] = Field(min_length=1)
    resources: tuple[Resource, ...]
