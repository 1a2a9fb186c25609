"""The page of each source: it is there, says its adapters, and its examples are what a study file takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from builder.catalog.sources import ADAPTERS
from builder.catalog.specs import RefreshSpec, SnapshotSpec
from builder.cli import app
from builder.site.assets import SOURCES, asset_paths
from builder.site.sources import FOLDER, source_pages, write_source_pages
from builder.site.words import inert

TEXTS = sorted((SOURCES / FOLDER).glob("*.md"))


def test_every_text_is_a_page_and_every_adapter_has_one() -> None:
    pages = source_pages()
    assert sorted(page.name for page in pages) == [path.stem for path in TEXTS]
    assert sorted(name for page in pages for name, _ in page.adapters) == sorted(ADAPTERS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_text_names_its_adapters_and_its_toml_is_what_a_study_takes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name, adapter in ADAPTERS.items():
        assert (f"`{name}`" in text) == (adapter.page == path.stem), name
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        said = tomllib.loads(
            block.replace('"https://..."', '"https://x.org/y"').replace('"..."', f'"{"0" * 64}"')
        )
        for snapshot in said.get("snapshots", []):
            assert SnapshotSpec.model_validate(snapshot).adapter in ADAPTERS
        if "refresh" in said:
            assert ADAPTERS[RefreshSpec.model_validate(said["refresh"]).adapter].holds_its_past
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
    assert set(re.findall(r"(?:`|^)alignboard ([a-z]+)", text, re.MULTILINE)) <= commands


def test_pages_are_written_below_the_site_with_its_address(tmp_path: Path) -> None:
    write_source_pages(tmp_path, asset_paths(), site_url="https://example.org/boards/")
    listed = (tmp_path / "sources" / "index.html").read_text()
    for page in source_pages():
        html = (tmp_path / "sources" / page.name / "index.html").read_text()
        assert f"<h1>{inert(page.title)}</h1>" in html
        assert f'href="https://example.org/boards/sources/{page.name}/"' in html
        assert f'href="../sources/{page.name}/"' in listed
        assert "<script>" not in html
