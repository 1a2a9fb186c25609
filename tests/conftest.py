"""What several test files share: the mirror of real score files, when there is one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, sync_playwright
from projects import build_project, library, make_project, served, study_of
from releases import Published, publish
from samples import make_snapshot
from servers import Server

from builder import one_snapshot
from builder.analysis import analyse
from builder.catalog.snapshot import Snapshot
from builder.catalog.study import Study
from builder.pipeline import BuildOptions, build
from builder.results import SnapshotResults
from builder.site.assets import SOURCES

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
"""Of other hosts none is found, so that what a page asks of one is blocked."""
LONGEST = "test_browser_pages.py"
"""Of the files that want the real site."""


def find_mirror() -> Path | None:
    """The mirror that the environment names, or the one beside the checkout."""
    named = os.environ.get("ALIGNBOARD_MIRROR")
    for candidate in (Path(named) if named else None, ROOT.parent / "shared" / "mirror"):
        if candidate and candidate.is_dir():
            return candidate.resolve()
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that want the real site come last, but for the longest, which comes first of all: so one process
    builds it while the other tests what does without.
    """
    wanting = {item.path: False for item in items}
    for item in items:
        wanting[item.path] |= not {"address", "brain_score"}.isdisjoint(getattr(item, "fixturenames", ()))
    items.sort(key=lambda item: (item.path.name != LONGEST, wanting[item.path]))


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No command that a test runs reads or fills the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache-home")))
        yield


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


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` makes, once: processes that test beside each other wait for the first."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).is_dir():
            make(folder / f"{name}.building")
            (folder / f"{name}.building").rename(folder / name)
    return folder / name


def _build_real(folder: Path) -> None:
    """A site with the embedded study's newest two snapshots, and with Brain-Score's newest where there is a
    mirror; beside it, what the build found of the latter.
    """
    target, kept = folder / "site", folder / "kept"
    mirror = find_mirror()
    shelf = library(ROOT, folder / "cache", mirror)
    for date in ("2023-12-31", "2024-12-31"):
        options = BuildOptions(target, study="simulated-alignment", snapshot=date, kept=kept)
        build(shelf, options, lambda _line: None)
    if mirror is not None:
        name = "brain-score-vision"
        options = BuildOptions(target, study=name, snapshot="2025-05-07", require=(name,), kept=kept)

        def recorded(study: Study, snapshot: Snapshot, *tell: Callable[[SnapshotResults], None]) -> object:
            found = analyse(study, snapshot, *tell)
            (folder / "results.pickle").write_bytes(pickle.dumps((study, snapshot, found)))
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(one_snapshot, "analyse", recorded)
            build(shelf, options, lambda _line: None)


def need_simulated_studies() -> None:
    """Skip what reads the studies that come with the project, where who adopted it left them out."""
    for study in ("simulated-alignment", "simulated-joint"):
        if not (ROOT / "data" / "studies" / f"{study}.toml").is_file():
            pytest.skip(f"the study {study} was left out")


@pytest.fixture(scope="session")
def simulated_studies() -> None:
    """As a fixture, for tests that read them themselves."""
    need_simulated_studies()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """That site, served."""
    need_simulated_studies()
    with served(once(tmp_path_factory, "real", _build_real) / "site") as found:
        yield found


@pytest.fixture(scope="session")
def brain_score(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Snapshot, SnapshotResults]:
    """Brain-Score's newest snapshot and its results, as the build of that site found them."""
    if find_mirror() is None:
        pytest.skip("no mirror of real score files here (set ALIGNBOARD_MIRROR)")
    need_simulated_studies()
    held = once(tmp_path_factory, "real", _build_real) / "results.pickle"
    study, snapshot, found = pickle.loads(held.read_bytes())  # noqa: S301 (ours, of this session)
    return study, snapshot, found


def _build_tiny(folder: Path) -> None:
    build_project(make_project(folder, dates=("2024-12-31", "2025-01-31")), folder / "site")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of two snapshots of the samples, to read only; its project is the folder that it is in."""
    return once(tmp_path_factory, "tiny", _build_tiny) / "site"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A project with two frozen snapshots and a site that has a third; not to be changed."""
    return Published(once(tmp_path_factory, "published", publish))


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
    asked: set[Request] = field(default_factory=set)
    """What the page waits for."""

    def go(self, path: str) -> Page:
        """Open it, and wait until it has asked for nothing more for a tenth of a second."""
        self.asked.clear()
        self.page.goto(f"{self.address}/{path}")
        quiet = 0
        while quiet < 5:
            self.page.wait_for_timeout(20)
            quiet = 0 if self.asked else quiet + 1
        return self.page


SHEET: ViewportSize = {"width": 695, "height": 1024}
"""A4 between margins of 13 mm, in CSS pixels: (210 - 26) / 25.4 x 96."""
SHIFTS = """window.shifted = 0;
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });"""
"""Has a page sum up its layout shifts, in `window.shifted`."""


@contextlib.contextmanager
def visiting(address: str, browser: Browser, width: int) -> Iterator[Visit]:
    """A visitor with a window of that width."""
    context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
    page = context.new_page()
    visitor = Visit(page, address)

    def asks(request: Request) -> None:
        visitor.asked.add(request)
        if not request.url.startswith((address, "data:", "blob:")):
            visitor.complaints.append(f"asked {request.url}")

    def has(request: Request) -> None:
        visitor.asked.discard(request)

    page.on("pageerror", lambda error: visitor.complaints.append(f"error: {error}"))
    page.on(
        "console", lambda m: visitor.complaints.append(m.text) if m.type in {"error", "warning"} else None
    )
    page.on("request", asks)
    page.on("requestfinished", has)
    page.on("requestfailed", has)
    page.on(
        "response", lambda r: visitor.complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None
    )
    yield visitor
    context.close()


@pytest.fixture
def visit(address: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visitor; `request.param` may give the width. Fails where the page errs or asks another host."""
    with visiting(address, browser, getattr(request, "param", 1440)) as visitor:
        yield visitor
    assert visitor.complaints == []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The study of `samples.make_snapshot`."""
    return study_of(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def tiny(study: Study) -> SnapshotResults:
    """The results of `samples.make_snapshot()`."""
    return analyse(study, make_snapshot())


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Path, Page]]:
    """A folder that is served with the modules in it, and a page of it."""
    folder = tmp_path_factory.mktemp("bench")
    shutil.copytree(SOURCES / "assets" / "js", folder, dirs_exist_ok=True)
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


def _analyse_embedded(folder: Path) -> None:
    study, snapshot = snapshot_of("simulated-alignment", "2024-12-31", folder / "cache")
    found = analyse(study, snapshot)
    folder.mkdir(exist_ok=True)
    (folder / "results.pickle").write_bytes(pickle.dumps((study, snapshot, found)))


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Snapshot, SnapshotResults]:
    """The newest embedded snapshot and its results, which are found once for all processes."""
    need_simulated_studies()
    held = once(tmp_path_factory, "embedded", _analyse_embedded) / "results.pickle"
    study, snapshot, found = pickle.loads(held.read_bytes())  # noqa: S301 (ours, of this session)
    return study, snapshot, found
