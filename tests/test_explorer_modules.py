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

from builder.site.assets import SOURCES, minified

COMMENT = re.compile(r"/\*.*?\*/|(?:^|(?<=\s))//\s[^\n]*", re.DOTALL | re.MULTILINE)
TEXT = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""")


def bare(script: str) -> str:
    return re.sub(r"\s", "", script)


def test_modules_lose_their_comments_and_spaces_and_nothing_else() -> None:
    for path in (SOURCES / "assets" / "js").rglob("*.js"):
        source = path.read_text(encoding="utf-8")
        left = minified(source.encode()).decode()
        code = COMMENT.sub("", source)
        assert bare(left) == bare(code), path.name
        assert len(left) < len(source)
        # Where no pattern has a quote in it, texts are as they were, spaces and all.
        lines = [line for line in code.split("\n") if not re.search(r"/[^/ ]*[\"'`][^/ ]*/", line)]
        texts = [match.group() for line in lines for match in TEXT.finditer(line)]
        assert [text for text in texts if text not in left] == [], path.name


def test_no_template_stands_in_another() -> None:
    """The minifier would take the inner one's text for code."""
    for path in (SOURCES / "assets" / "js").rglob("*.js"):
        code = COMMENT.sub("", path.read_text(encoding="utf-8"))
        # Then each "${" has its end before the template's own, between two of its signs.
        for text in code.split("`")[1::2]:
            opened = re.sub(r"\{[^{}]*\}", "", re.sub(r"\{[^{}]*\}", "", text))
            assert "${" not in opened, (path.name, text)


def test_what_modules_say_of_their_types_holds() -> None:
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("no TypeScript here")
    checked = subprocess.run([compiler, "--project", ROOT], capture_output=True, text=True, check=False)
    assert checked.stdout == ""


def weight(files: Iterable[Path]) -> int:
    return sum(len(gzip.compress(minified(path.read_bytes()), 9)) for path in files)


def test_what_the_explorer_loads_is_small() -> None:
    """With all that the frame of every page runs, but for what other pages have and what searches."""
    elsewhere = {"copy", "figures", "missing", "picture", "redirect", "search", "since", "tables"}
    every = (SOURCES / "assets" / "js").rglob("*.js")
    own = [path for path in every if path.parent.name not in ("compare", "pair")]
    assert weight(path for path in own if path.stem not in elsewhere) < 40_000


def test_the_frame_s_script_is_lighter_than_the_theme_s() -> None:
    folder = Path(material.__file__).parent / "templates" / "assets" / "javascripts"
    (theirs,) = folder.glob("bundle.*.js")
    ours = SOURCES / "assets" / "js" / "theme"
    assert 4 * weight(ours.iterdir()) < len(gzip.compress(theirs.read_bytes(), 9))
