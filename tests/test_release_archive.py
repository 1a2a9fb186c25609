"""The archive of a release: the same bytes everywhere, and nothing but plain files gets out of it."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT

from builder.errors import BuildError, DataError
from builder.releases import archive
from builder.releases.archive import read_archive, write_archive

DAY = dt.date(2024, 12, 31)
FILES = [
    ("tiny/v/2024-12-31/index.html", b"<p>here</p>"),
    ("tiny/v/2024-12-31/\u00e4.csv", b""),
    ("a", b"x" * 512),
]


def packed(folder: Path, *entries: tuple[tarfile.TarInfo, bytes], **options: object) -> Path:
    """An archive that another program wrote."""
    path = folder / "other.tar.gz"
    with tarfile.open(path, "w:gz", **options) as made:  # type: ignore[call-overload]
        for entry, content in entries:
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, to
    return found


def test_what_is_written_is_read_and_what_others_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    write_archive(path, iter(FILES), DAY)
    assert list(read_archive(path)) == FILES
    with tarfile.open(path) as found:
        assert [one.name for one in found] == [f"site/{name}" for name, _ in FILES]
        assert {(one.mtime, one.mode, one.uid, one.gid, one.uname, one.isreg()) for one in found} == {
            (1735603200, 0o644, 0, 0, "", True)
        }
    assert [one.name for one in tmp_path.iterdir()] == ["a.tar.gz"]


def test_bytes_depend_on_no_clock_user_locale_or_seed(tmp_path: Path) -> None:
    write_archive(tmp_path / "one.tar.gz", iter(FILES), DAY)
    script = (
        "import sys, datetime, pathlib; from builder.releases.archive import write_archive\n"
        f"write_archive(pathlib.Path(sys.argv[1]), {FILES!r}, datetime.date(2024, 12, 31))"
    )
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "TZ": "Pacific/Auckland", "LC_ALL": "C", "USER": "nobody",
        "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1",
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-c", script, tmp_path / "two.tar.gz"], env=environment, check=True, umask=0o77
    )
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "no path below": lambda to: packed(to, (entry("site/../../etc/passwd"), b"x")),
    "no path  below": lambda to: packed(to, (entry("/etc/passwd"), b"x")),
    "no path below ": lambda to: packed(to, (entry("other/index.html"), b"x")),
    "no path   below": lambda to: packed(to, (entry("site/a\\..\\b"), b"x")),
    "no path below  ": lambda to: packed(to, (entry("site/a//b"), b"x")),
    "no plain file": lambda to: packed(to, (entry("site/a", tarfile.SYMTYPE, "/etc/passwd"), b"")),
    "no plain  file": lambda to: packed(to, (entry("site/a", tarfile.LNKTYPE, "site/b"), b"")),
    "no plain file ": lambda to: packed(to, (entry("site/a", tarfile.CHRTYPE), b"")),
    "no plain  file ": lambda to: packed(to, (entry("site/a", tarfile.FIFOTYPE), b"")),
    "no plain   file": lambda to: packed(to, (entry("site/a", tarfile.DIRTYPE), b"")),
    "no plain file  ": lambda to: packed(to, (entry("site/" + "x" * 300), b""), format=tarfile.PAX_FORMAT),
    "no ustar header": lambda to: packed(to, (entry("site/a"), b""), format=tarfile.GNU_FORMAT),
    "there twice": lambda to: packed(
        to, (entry("site/a"), b"1"), (entry("site/a"), b"2"), format=tarfile.USTAR_FORMAT
    ),
}


@pytest.mark.parametrize("said", HOSTILE)
def test_another_kind_of_entry_is_refused(tmp_path: Path, said: str) -> None:
    path = HOSTILE[said](tmp_path)
    if "ustar" not in said:  # the default format has ustar headers
        assert gzip.decompress(path.read_bytes())[257:263] == b"ustar\0"
    with pytest.raises(DataError, match=" ".join(said.split())):
        list(read_archive(path))


def test_every_cut_and_every_changed_byte_of_a_small_archive_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    write_archive(path, iter(FILES[:1]), DAY)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"a\.tar\.gz"):
            list(read_archive(path))
    missed = []
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            found = list(read_archive(path))
        except DataError:
            continue
        assert found == FILES[:1]
        missed.append(at)
    assert set(missed) <= {3, 4, 5, 6, 7, 8, 9}  # gzip's flags, clock and system say nothing of the content


def test_what_comes_after_the_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    write_archive(path, iter(FILES), DAY)
    path.write_bytes(path.read_bytes() + gzip.compress(b"more"))
    with pytest.raises(DataError, match="something comes after its end"):
        list(read_archive(path))


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 2), ("MOST_BYTES", 100), ("MOST_OF_ONE", 100)])
def test_a_release_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    path = tmp_path / "a.tar.gz"
    write_archive(path, iter(FILES), DAY)
    monkeypatch.setattr(archive, limit, most)
    with pytest.raises(DataError, match="'a' is more than a release may hold"):
        list(read_archive(path))


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 2), ("MOST_BYTES", 522), ("MOST_OF_ONE", 511)])
def test_more_than_a_release_may_hold_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(archive, limit, most)
    with pytest.raises(BuildError, match="a: is more than a release may hold"):
        write_archive(tmp_path / "a.tar.gz", iter(FILES), DAY)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(archive, limit, most + 1)
    write_archive(tmp_path / "a.tar.gz", iter(FILES), DAY)
    assert list(read_archive(tmp_path / "a.tar.gz")) == FILES


def test_zeros_without_end_are_not_read_to_their_end(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(bytes(tarfile.RECORDSIZE + 1024)))
    with pytest.raises(DataError, match="something comes after its end"):
        list(read_archive(path))


def test_a_path_that_no_header_holds_is_said(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="Shorten the ids"):
        write_archive(tmp_path / "a.tar.gz", [("x" * 200, b"")], DAY)
    assert list(tmp_path.iterdir()) == []
