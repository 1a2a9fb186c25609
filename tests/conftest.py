"""What several test files share: the mirror of real score files, when there is one."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from projects import library, served
from releases import Published, publish
from samples import STUDY

from builder.analysis import analyse
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study, load_study
from builder.pipeline import BuildOptions, build
from builder.results import SnapshotResults
from builder.site.assets import SOURCES

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


def _build_site(folder: Path) -> None:
    """A site with the embedded study, and with Brain-Score's newest snapshot where there is a mirror."""
    target = folder / "site"
    mirror = find_mirror()
    shelf = library(ROOT, folder / "cache", mirror)
    build(shelf, BuildOptions(target, study="simulated-alignment"), lambda _line: None)
    if mirror is not None:
        name = "brain-score-vision"
        options = BuildOptions(target, study=name, snapshot="2025-05-07", require=(name,))
        build(shelf, options, lambda _line: None)


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that is made once: processes that test beside each other wait for the first."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).is_dir():
            make(folder / f"{name}.making")
            (folder / f"{name}.making").rename(folder / name)
    return folder / name


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """That site, served."""
    with served(_once(tmp_path_factory, "built", _build_site) / "site") as found:
        yield found


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A project with two frozen snapshots and a site that has a third; not to be changed."""
    return Published(_once(tmp_path_factory, "published", publish))


@pytest.fixture
def copied(published: Published, tmp_path: Path) -> Published:
    """A copy of it that a test may spoil."""
    shutil.copytree(published.root, tmp_path / "copy")
    return Published(tmp_path / "copy")


@dataclass
class Visit:
    """A page in a browser, and everything that it should not have done."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.address}/{path}", wait_until="networkidle")
        return self.page


@pytest.fixture
def visit(address: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visitor; `request.param` may give the width. Fails where the page errs or asks another host."""
    width = getattr(request, "param", 1440)
    context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
    page = context.new_page()
    visitor = Visit(page, address)
    page.on("pageerror", lambda error: visitor.complaints.append(f"error: {error}"))
    page.on(
        "console", lambda m: visitor.complaints.append(m.text) if m.type in {"error", "warning"} else None
    )
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:"))
            else visitor.complaints.append(f"asked {r.url}"))  # fmt: skip
    page.on(
        "response", lambda r: visitor.complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None
    )
    yield visitor
    context.close()
    assert visitor.complaints == []


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """The study of `samples.make_snapshot`."""
    path = tmp_path / "tiny.toml"
    path.write_text(STUDY, encoding="utf-8")
    return load_study(path)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Path, Page]]:
    """A folder that is served with the modules in it, and a page of it."""
    folder = tmp_path_factory.mktemp("bench")
    shutil.copytree(SOURCES / "assets" / "js" / "explorer", folder / "explorer")
    (folder / "index.html").write_text("<!doctype html><title>bench</title>", encoding="utf-8")
    with served(folder) as address:
        page = browser.new_page()
        page.goto(f"{address}/index.html")
        yield folder, page
        page.close()


def snapshot_of(study: str, snapshot: str, cache: Path) -> tuple[Study, Snapshot]:
    """A snapshot of the project's own or of the mirror, with its study."""
    shelf = library(ROOT, cache, find_mirror())
    ref = shelf.choose(study, snapshot)[0]
    return ref.study, shelf.load(ref)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Snapshot, SnapshotResults]:
    """The newest embedded snapshot and its results."""
    study, snapshot = snapshot_of("simulated-alignment", "2024-12-31", tmp_path_factory.mktemp("cache"))
    return study, snapshot, analyse(study, snapshot)
