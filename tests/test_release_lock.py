"""`links.lock` in and out, and what a snapshot that corrects another has to say."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import library, make_project
from samples import SOURCED, STUDY
from typer.testing import CliRunner

from builder.catalog.package import pack
from builder.catalog.study import load_study
from builder.cli import app
from builder.errors import BuildError, DataError
from builder.releases.lock import FILE, Lock, named, read_lock, write_lock

A, B = "a" * 64, "b" * 64


def test_a_lock_is_sorted_and_reads_back(tmp_path: Path) -> None:
    lines = {"tiny/v/2024-12-31/": f"tree:{A}", "./": "-", "tiny/v/2024-12-31/methods/": f"page:{B}"}
    write_lock(tmp_path, Lock(lines))
    text = (tmp_path / FILE).read_text(encoding="utf-8").splitlines()
    assert [line for line in text if not line.startswith("#")] == [
        "./ -", f"tiny/v/2024-12-31/ tree:{A}", f"tiny/v/2024-12-31/methods/ page:{B}",
    ]  # fmt: skip
    assert read_lock(tmp_path).lines == lines
    assert read_lock(tmp_path).trees == {"tiny/v/2024-12-31/": A}
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert read_lock(tmp_path / "none").lines == {}


def test_every_wrong_line_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f"# head\na/ page:{B}\na/ page:{A}\nb/ page:123\nc/\n<<<<<<< HEAD\n")
    with pytest.raises(DataError) as caught:
        read_lock(tmp_path)
    wheres = [problem.where.rsplit(":", 1)[1] for problem in caught.value.problems]
    assert wheres == ["3", "4", "5", "6"]


def test_both_sides_of_a_merge_are_one_lock(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        f"./ -\n./ -\na/ page:{A}\na/ page:{A}\nb/ -\nb/ page:{B}\nc/ view:{A}\nc/ -\n"
    )
    assert read_lock(tmp_path).lines == {
        "./": "-", "a/": f"page:{A}", "b/": f"page:{B}", "c/": f"view:{A}",
    }  # fmt: skip


def test_lines_are_added_and_never_changed() -> None:
    lock = Lock({"a/": f"page:{A}", "b/": "-"})
    assert lock.with_lines({"a/": "-", "b/": f"page:{B}", "c/": "-"}).lines == {
        "a/": f"page:{A}", "b/": f"page:{B}", "c/": "-",
    }  # fmt: skip
    with pytest.raises(BuildError, match="'a/'"):
        lock.with_lines({"a/": f"page:{B}"})
    with pytest.raises(BuildError, match="'a/'"):
        lock.with_lines({"a/": f"view:{A}"})


def test_a_sensible_number_of_addresses_is_named() -> None:
    assert named(["a/", "b/"]) == "'a/', 'b/'"
    assert named([f"{i}/" for i in range(23)]).endswith("'19/' and 3 more")


# Corrections

CORRECTION = 'id = "2025-01-31.1"\ncorrects = "2025-01-31"\nnote = "Swapped."\nadapter = "any"'


def pinned(root: Path, *extra: str) -> Path:
    """A project with pinned snapshots of 2025-01-31: the first as it is, each other with keys of its own."""
    base = STUDY[: STUDY.index("[selections.everything]")]
    one = SOURCED.format(date="2025-01-31", adapter="any", url="https://example.org/x", sha256="0" * 64)
    again = one[one.index("[[snapshots]]") :]
    text = base + one + "".join(again.replace('adapter = "any"', keys) for keys in extra)
    (root / "data" / "studies").mkdir(parents=True)
    (root / "data" / "studies" / "tiny.toml").write_text(text, encoding="utf-8")
    return root


def test_a_pinned_snapshot_says_what_it_corrects(tmp_path: Path) -> None:
    shelf = library(pinned(tmp_path, CORRECTION))
    first, second = shelf.snapshots(shelf.study("tiny"))
    assert (first.id, first.corrects) == ("2025-01-31", "")
    assert (second.id, second.corrects, second.note) == ("2025-01-31.1", "2025-01-31", "Swapped.")


@pytest.mark.parametrize("key", ['corrects = "2025-01-31"\n', 'note = "Swapped."\n'])
def test_a_correction_needs_both_keys(tmp_path: Path, key: str) -> None:
    with pytest.raises(DataError, match="needs both 'corrects' and 'note'"):
        library(pinned(tmp_path, CORRECTION.replace(key, "")))


@pytest.mark.parametrize(
    ("corrects", "said"),
    [
        ("2025-01-30", "'2025-01-30', which is no older snapshot of 2025-01-31. Did you mean '2025-01-31'?"),
        ("2025-01-31.1", "'2025-01-31.1', which is no older snapshot"),
    ],
)
def test_a_correction_is_of_an_older_snapshot_of_its_day(tmp_path: Path, corrects: str, said: str) -> None:
    keys = CORRECTION.replace('corrects = "2025-01-31"', f'corrects = "{corrects}"')
    shelf = library(pinned(tmp_path, keys))
    with pytest.raises(DataError, match=r"snapshot '2025-01-31\.1'") as caught:
        shelf.snapshots(shelf.study("tiny"))
    assert said in str(caught.value)


def test_what_is_corrected_is_corrected_once(tmp_path: Path) -> None:
    shelf = library(pinned(tmp_path, CORRECTION, CORRECTION.replace("31.1", "31.2")))
    with pytest.raises(DataError, match=r"as '2025-01-31\.1' does. Correct '2025-01-31\.1' instead"):
        shelf.snapshots(shelf.study("tiny"))


def test_a_doi_is_of_a_snapshot_that_is_there(tmp_path: Path) -> None:
    study = f'[dois]\n"2025-01-30" = "10.5281/zenodo.1"\n{STUDY[STUDY.index("[groups.neural]") :]}'
    root = make_project(tmp_path, study=STUDY[: STUDY.index("[groups.neural]")] + study)
    shelf = library(root)
    with pytest.raises(DataError, match=r"key 'dois\.2025-01-30': is no snapshot"):
        shelf.snapshots(shelf.study("tiny"))


def test_later_snapshots_look_back_on_the_correction_alone(tmp_path: Path) -> None:
    root = make_project(tmp_path, dates=("2024-12-31", "2024-12-31.1", "2025-01-31"))
    study = load_study(root / "data" / "studies" / "tiny.toml")
    folder = root / "data" / "snapshots" / "tiny" / "2024-12-31.1"
    (folder / "datapackage.json").unlink()
    packed = pack(folder, study, corrects="2024-12-31", note=" Two were swapped. ")
    assert (packed.corrects, packed.note) == ("2024-12-31", "Two were swapped.")
    shelf = library(root)
    refs = {ref.id: ref for ref in shelf.snapshots(study)}
    assert [one.id for one in shelf.earlier(refs["2025-01-31"], 5)] == ["2024-12-31.1"]
    assert [one.id for one in shelf.earlier(refs["2024-12-31.1"], 5)] == ["2024-12-31"]
    assert shelf.load(refs["2024-12-31.1"]).corrects == "2024-12-31"


def test_a_packed_snapshot_does_not_become_a_correction(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    folder = root / "data" / "snapshots" / "tiny" / "2025-01-31"
    arguments = ["pack", str(folder), "--root", str(root), "--corrects", "2024-12-31"]
    answer = CliRunner().invoke(app, [*arguments, "--note", "Swapped."])
    assert (answer.exit_code, "is packed already" in answer.stderr) == (1, True)
    answer = CliRunner().invoke(app, arguments)
    assert (answer.exit_code, "Give both --corrects and --note" in answer.stderr) == (1, True)
