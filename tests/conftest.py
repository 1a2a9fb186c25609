"""What several test files share: the mirror of real score files, when there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from samples import STUDY

from builder.catalog.study import Study, load_study

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip


def find_mirror() -> Path | None:
    """The mirror that the environment names, or the one beside the checkout."""
    named = os.environ.get("ALIGNBOARD_MIRROR")
    for candidate in (Path(named) if named else None, ROOT.parent / "shared" / "mirror"):
        if candidate and candidate.is_dir():
            return candidate.resolve()
    return None


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Directory HOST/PATH with the pinned files of the real studies."""
    found = find_mirror()
    if found is None:
        pytest.skip("no mirror of real score files here (set ALIGNBOARD_MIRROR)")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("the browser tests need Chromium; .ci/run installs it")
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """The study of `samples.make_snapshot`."""
    path = tmp_path / "tiny.toml"
    path.write_text(STUDY, encoding="utf-8")
    return load_study(path)
