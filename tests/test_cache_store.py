"""What is kept between builds comes back whole and as it was, or not at all."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from projects import contents

from builder.cache.store import KEPT, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "kept")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree/view").mkdir(parents=True)
    (tmp_path / "tree/index.html").write_text("front", encoding="utf-8")
    (tmp_path / "tree/view/ranking.csv").write_bytes(b"place,model\n")
    return tmp_path / "tree"


def names(store: Store, place: str) -> set[str]:
    assert store.folder is not None
    return {path.name for path in (store.folder / place).iterdir()}


def test_a_value_comes_back_under_its_key_alone(store: Store) -> None:
    store.keep("a/results", "k1", {"x": [1.5, float("inf")]})
    assert store.value("a/results", "k1") == {"x": [1.5, float("inf")]}
    assert store.value("a/results", "k2") is None
    assert store.value("b/results", "k1") is None


@pytest.mark.parametrize("spoil", [
    lambda held: held[:-1] + bytes([held[-1] ^ 1]), lambda held: held[:40],
    lambda _: b"", lambda held: held + b" ",
])  # fmt: skip
def test_a_value_that_was_damaged_is_not_there(store: Store, spoil: object) -> None:
    store.keep("a", "k", list(range(1000)))
    assert store.folder is not None
    path = store.folder / "a/k"
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    assert store.value("a", "k") is None
    store.keep("a", "k", "anew")
    assert store.value("a", "k") == "anew"


class Elsewhere:
    """Of a module that is there when a value is kept."""


@pytest.mark.parametrize("lost", ["module", "class"])
def test_a_value_that_needs_what_is_not_installed_is_not_there(
    store: Store, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the environment that kept it had one package more."""
    module = ModuleType("an_optional_package")
    module.Elsewhere = Elsewhere  # type: ignore[attr-defined]
    monkeypatch.setattr(Elsewhere, "__module__", "an_optional_package")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "an_optional_package", module)
        store.keep("a", "k", [Elsewhere()])
        assert store.value("a", "k") is not None
        if lost == "class":
            del module.Elsewhere
            assert store.value("a", "k") is None
    assert store.value("a", "k") is None


def test_a_tree_comes_back_with_its_value(store: Store, tree: Path, tmp_path: Path) -> None:
    store.keep_tree("a/pages", "k", tree, "built")
    assert store.tree("a/pages", "k", tmp_path / "back") == "built"
    assert contents(tmp_path / "back") == contents(tree)
    assert store.tree("a/pages", "other", tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


def test_a_tree_outlives_the_site_that_it_was_kept_of(store: Store, tree: Path, tmp_path: Path) -> None:
    before = contents(tree)
    store.keep_tree("a", "k", tree, "built")
    for path in (tree / "index.html", tree / "view/ranking.csv"):
        path.unlink()
        path.write_text("something else", encoding="utf-8")
    assert store.tree("a", "k", tmp_path / "back") == "built"
    assert contents(tmp_path / "back") == before


def test_a_tree_with_a_file_written_over_is_not_there(store: Store, tree: Path, tmp_path: Path) -> None:
    store.keep_tree("a", "k", tree, "built")
    assert store.folder is not None
    with (store.folder / "a/k/files/view/ranking.csv").open("r+b") as file:
        file.write(b"P")
    assert store.tree("a", "k", tmp_path / "back") is None
    assert not (tmp_path / "back").exists()


def test_a_tree_that_lacks_a_file_is_not_there(store: Store, tree: Path, tmp_path: Path) -> None:
    store.keep_tree("a", "k", tree, "built")
    assert store.folder is not None
    (store.folder / "a/k/files/index.html").unlink()
    assert store.tree("a", "k", tmp_path / "back") is None
    assert not (tmp_path / "back").exists()
    store.keep_tree("a", "k", tree, "built")
    assert store.tree("a", "k", tmp_path / "back") == "built"


def test_the_entries_that_were_used_last_are_kept(store: Store, tree: Path) -> None:
    assert store.folder is not None
    for number in range(KEPT):
        store.keep("a", f"k{number}", number)
        os.utime(store.folder / f"a/k{number}", (number, number))
    assert store.value("a", "k0") == 0
    store.keep("a", "new", "new")
    assert names(store, "a") == {"k0", "new"}
    for number in range(KEPT + 1):
        store.keep_tree("pages", f"k{number}", tree, number)
        os.utime(store.folder / f"pages/k{number}", (number, number))
    assert names(store, "pages") == {f"k{number + 1}" for number in range(KEPT)}


def test_what_a_killed_build_left_is_cleared_when_it_is_old(store: Store) -> None:
    store.keep("a", "k", 1)
    assert store.folder is not None
    for name, age in (("old", 48 * 3600), ("young", 60)):
        part = store.folder / f"a/.part-{name}"
        part.mkdir()
        os.utime(part, (time.time() - age,) * 2)
    store.keep("a", "k2", 2)
    assert names(store, "a") == {"k", "k2", ".part-young"}


def test_what_cannot_be_kept_is_let_go(store: Store, tree: Path) -> None:
    assert store.folder is not None
    store.folder.write_text("a file, not a folder", encoding="utf-8")
    store.keep("a", "k", 1)
    store.keep_tree("a", "k", tree, 1)
    assert store.value("a", "k") is None
    assert store.folder.read_text(encoding="utf-8") == "a file, not a folder"


def test_a_store_of_nothing_keeps_nothing(tree: Path, tmp_path: Path) -> None:
    nowhere = Store(None)
    nowhere.keep("a", "k", 1)
    nowhere.keep_tree("a", "k", tree, 1)
    assert nowhere.value("a", "k") is None
    assert nowhere.tree("a", "k", tmp_path / "back") is None
    assert {path.name for path in tmp_path.iterdir()} == {"tree"}
