"""Pinned files of the project's own: read where they lie, checked, and never from outside their folder."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from pydantic import ValidationError

from builder.catalog.fetch import fetch
from builder.catalog.specs import SourceSpec
from builder.errors import SourceError


def test_a_file_of_the_projects_own_is_read_where_it_lies_and_checked(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "a.npy").write_bytes(b"abc")
    sha256 = hashlib.sha256(b"abc").hexdigest()
    spec = SourceSpec(file="maps/a.npy", sha256=sha256, retrieved=dt.date(2026, 1, 1))
    assert fetch(spec, cache=tmp_path / "cache", local=tmp_path, offline=True) == tmp_path / "maps" / "a.npy"
    (tmp_path / "maps" / "a.npy").write_bytes(b"abd")
    with pytest.raises(SourceError, match=r"a\.npy: is not the file that was pinned"):
        fetch(spec, cache=tmp_path / "cache", local=tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        fetch(spec, cache=tmp_path / "cache", local=tmp_path / "elsewhere")


@pytest.mark.parametrize("file", ["../x.csv", "/etc/passwd", "a/../../x", ".hidden", "a//b", ""])
def test_a_file_cannot_leave_its_folder(file: str) -> None:
    with pytest.raises(ValidationError):
        SourceSpec(file=file, sha256="0" * 64, retrieved=dt.date(2026, 1, 1))


def test_a_source_has_one_place() -> None:
    for places in ({}, {"url": "https://example.org/a", "file": "a"}):
        with pytest.raises(ValidationError, match="needs either 'url' or 'file'"):
            SourceSpec(sha256="0" * 64, retrieved=dt.date(2026, 1, 1), **places)
