"""Archives read in place: both kinds give the same files, and damaged or hostile ones are refused."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.catalog.sources import archives
from builder.catalog.sources.archives import archive_files, archive_names
from builder.errors import DataError

FILES = {"a/one.json": b"{}", "a/b/two.json": b"[1, 2]", "note.md": b"# x"}


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def read(tmp_path: Path, data: bytes) -> dict[str, bytes]:
    (tmp_path / "cached").write_bytes(data)
    wanted: Callable[[str], bool] = lambda name: name.endswith(".json")  # noqa: E731
    names = archive_names(tmp_path / "cached", "s: x", wanted)
    found = dict(archive_files(tmp_path / "cached", "s: x", wanted))
    assert list(found) == names
    return found


@pytest.mark.parametrize("data", [zipped(FILES), tarred(FILES), tarred(FILES, "w"), tarred(FILES, "w:xz")])
def test_every_kind_gives_the_wanted_files(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) == {"a/one.json": b"{}", "a/b/two.json": b"[1, 2]"}


def refusal(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read(tmp_path, data)
    return str(caught.value)


def test_what_is_no_archive_or_cut_short_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"{}", zipped(FILES)[:-30], tarred(FILES)[:-30]):
        assert "is no archive that can be read" in refusal(tmp_path, data)


def test_a_link_is_refused_and_never_followed(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("x.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert "x.json: is a link or a device, no file." in refusal(tmp_path, out.getvalue())


def test_a_name_that_leads_outside_is_only_a_name(tmp_path: Path) -> None:
    assert read(tmp_path, tarred({"../../evil.json": b"{}"})) == {"../../evil.json": b"{}"}
    assert [path.name for path in tmp_path.iterdir()] == ["cached"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.json", "1")
        archive.writestr("x.json", "2")
    assert "x.json: is in the archive twice." in refusal(tmp_path, out.getvalue())


def test_contents_and_counts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = {"x.json": b"0" * 5000}
    monkeypatch.setattr(archives, "MOST_BYTES_OF_ONE", 1000)
    assert "x.json: makes more than 1000 bytes." in refusal(tmp_path, zipped(bomb))
    assert "x.json: makes more than 1000 bytes." in refusal(tmp_path, tarred(bomb))
    monkeypatch.setattr(archives, "MOST_BYTES", 3)
    assert "makes more than 3 bytes." in refusal(tmp_path, tarred(FILES))
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    for data in (zipped(FILES), tarred(FILES)):
        assert "has more than 2 files." in refusal(tmp_path, data)


def test_a_file_without_a_name_is_no_file(tmp_path: Path) -> None:
    """A zero where its name begins in the list of files, which `zipfile` takes for the name's end."""
    data = bytearray(zipped(FILES))
    data[data.rindex(b"a/one.json")] = 0
    assert set(read(tmp_path, bytes(data))) == {"a/b/two.json"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_archives_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([zipped(FILES), tarred(FILES), tarred(FILES, "w")])))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read(tmp_path, bytes(raw))
    except DataError:
        return
    assert all(name.endswith(".json") for name in found)
