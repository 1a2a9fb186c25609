"""The site's JavaScript as files: what is left of it when it is written, its types, its size."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import material
import pytest
from conftest import ROOT

from builder.site.assets import SOURCES, without_comments


def test_modules_lose_their_comments_and_nothing_else() -> None:
    for path in (SOURCES / "assets" / "js").rglob("*.js"):
        source = path.read_text(encoding="utf-8")
        left = without_comments(source.encode()).decode()
        code = [re.sub(r"/\*\* @(?:type|param) .*?\*/ ?", "", line).lstrip() for line in source.split("\n")]
        dropped = [line for line in code if line not in left.split("\n")]
        assert all(re.match(r"\s*(/\*\*|\*|//|$)", line) for line in dropped), path.name
        assert "/**" not in left, path.name
        # Text that goes over the end of a line would lose its indent, too.
        assert all(line.count("`") % 2 == 0 for line in left.split("\n")), path.name
        assert left.count("{") - left.count("}") == 0, path.name


def test_what_modules_say_of_their_types_holds() -> None:
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("no TypeScript here")
    checked = subprocess.run([compiler, "--project", ROOT], capture_output=True, text=True, check=False)
    assert checked.stdout == ""


def weight(files: Iterable[Path]) -> int:
    return sum(len(gzip.compress(without_comments(path.read_bytes()), 9)) for path in files)


def test_what_the_explorer_loads_is_small() -> None:
    """The frame of a page is counted by itself: in its place a theme has a script of its own."""
    folder = SOURCES / "assets" / "js"
    elsewhere = {"figures", "missing", "palette", "redirect", "since"}
    own = [path for path in folder.rglob("*.js") if path.parent.name not in ("compare", "theme")]
    assert weight(path for path in own if path.stem not in elsewhere) < 40_000
    assert weight((folder / "theme").iterdir()) < 7_000


def test_the_frame_s_script_is_lighter_than_the_theme_s() -> None:
    folder = Path(material.__file__).parent / "templates" / "assets" / "javascripts"
    (theirs,) = folder.glob("bundle.*.js")
    ours = SOURCES / "assets" / "js" / "theme"
    assert 4 * weight(ours.iterdir()) < len(gzip.compress(theirs.read_bytes(), 9))
