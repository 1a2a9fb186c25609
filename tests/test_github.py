"""What is written on GitHub: a `gh` that remembers what it was asked, and a bare repository as the remote."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import markdown
import pytest
from conftest import ROOT

from builder.errors import DataError
from builder.github.comment import MARK, MOST, NUMBER, TEXT, Run, comment_body, quiet, write_comment
from builder.github.comment import main as comment_main
from builder.github.head import main as head_main
from builder.github.propose import LOGIN, propose
from builder.github.releases import fetch_releases
from builder.github.run import checkout

RUN = Run("us/board", "a" * 40, "https://example.org/runs/7")
TODAY = dt.date(2026, 1, 5)
GH = """#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
given = sys.stdin.read() if "--input" in sys.argv else ""
with (folder / "asked.jsonl").open("a") as file:
    file.write(json.dumps([sys.argv[1:], given]) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
place = next((one for one in sys.argv if one.startswith("repos/")), " ".join(sys.argv[1:3]))
method = sys.argv[sys.argv.index("--method") + 1] if "--method" in sys.argv else ""
key = method + " " + place
if key not in answers:
    sys.exit("no answer for " + key)
print(json.dumps(answers[key]))
"""


class Gh:
    """A `gh` on the path that gives the answers it was told to give."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "gh").write_text(GH.format(python=sys.executable, folder=str(folder)))
        (folder / "gh").chmod(0o755)
        self.answer({})

    def answer(self, answers: dict[str, Any]) -> None:
        (self.folder / "answers.json").write_text(json.dumps(answers))

    @property
    def asked(self) -> list[tuple[str, Any]]:
        """(method and path, body) of all that was not only read."""
        return [(" ".join(words[1:4]), json.loads(given)) for words, given in self._rows if given]

    @property
    def commands(self) -> list[list[str]]:
        """The arguments of all that was asked."""
        return [words for words, _ in self._rows]

    @property
    def _rows(self) -> list[tuple[list[str], str]]:
        file = self.folder / "asked.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Gh(folder)


def preview(folder: Path, number: str = "12\n", text: str = f"{MARK}\nWhat changes.\n") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / NUMBER).write_text(number)
    (folder / TEXT).write_text(text, encoding="utf-8")
    return folder


def answers(comments: list[list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "GET repos/us/board/pulls/12": {"head": {"sha": RUN.commit}},
        "GET repos/us/board/issues/12/comments?per_page=100": comments,
        "POST repos/us/board/issues/12/comments": {"html_url": "https://example.org/new"},
        "PATCH repos/us/board/issues/comments/5": {"html_url": "https://example.org/5"},
    }


def test_a_comment_is_written_once_and_then_over_itself(tmp_path: Path, gh: Gh) -> None:
    folder = preview(tmp_path / "comment")
    others = [
        {"id": 3, "user": None, "body": f"{MARK}\nby an account that is gone"},
        {"id": 4, "user": {"login": "someone"}, "body": f"{MARK}\nnot ours"},
    ]
    gh.answer(answers([others]))
    assert write_comment(folder, RUN) == "https://example.org/new"
    ours = {"id": 5, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\nold"}
    gh.answer(answers([others, [ours]]))
    assert write_comment(folder, RUN) == "https://example.org/5"
    asked = gh.asked
    assert [where for where, _ in asked] == [
        "--method POST repos/us/board/issues/12/comments",
        "--method PATCH repos/us/board/issues/comments/5",
    ]
    body = asked[0][1]["body"]
    assert body.startswith(f"{MARK}\nPreview of {'a' * 12}, told by its own build. [The built site](")
    assert body.endswith("What changes.\n")


def test_a_preview_that_failed_is_said_in_the_place_of_the_last_one(
    gh: Gh, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ours = {"id": 5, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\nof the commit before"}
    heads = {11: "b" * 40, 12: RUN.commit}
    pulls = [[{"number": number, "head": {"sha": sha}} for number, sha in heads.items()]]
    gh.answer({**answers([[ours]]), "GET repos/us/board/pulls?state=open&per_page=100": pulls})
    given = {"REPOSITORY": RUN.repository, "PREVIEW_COMMIT": RUN.commit, "PREVIEW_RUN": RUN.page}
    for name, value in {**given, "PREVIEW_CONCLUSION": "failure"}.items():
        monkeypatch.setenv(name, value)
    assert comment_main([str(tmp_path / "never made")]) == 0
    [(where, body)] = gh.asked
    assert where == "--method PATCH repos/us/board/issues/comments/5"
    assert body["body"] == (
        f"{MARK}\n**There is no preview of aaaaaaaaaaaa:** [its build failed]({RUN.page}). "
        "What was said here of an earlier commit no longer holds.\n"
    )
    monkeypatch.setenv("PREVIEW_COMMIT", "c" * 40)
    assert comment_main([str(tmp_path / "never made")]) == 0
    assert len(gh.asked) == 1, "nothing is said of a commit that is no head"
    assert capsys.readouterr().out.splitlines() == [
        "https://example.org/5", f"No open pull request has the head {'c' * 40}.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "number", ["", "0", "12; rm -rf /", "../12", "12\n13", "\u0661\u0662", "-1", "1e3", "1" * 30, "$(id)"]
)
def test_what_is_no_number_of_a_pull_request_is_refused(tmp_path: Path, gh: Gh, number: str) -> None:
    with pytest.raises(DataError, match="pull-request"):
        write_comment(preview(tmp_path / "comment", number), RUN)
    assert gh.asked == []


def test_a_pull_request_of_another_commit_is_not_written_on(tmp_path: Path, gh: Gh) -> None:
    gh.answer({**answers([]), "GET repos/us/board/pulls/12": {"head": {"sha": "b" * 40}}})
    with pytest.raises(DataError, match="whose head is not the commit that was built"):
        write_comment(preview(tmp_path / "comment"), RUN)
    assert gh.asked == []


def test_a_folder_that_points_elsewhere_or_is_too_large_is_refused(tmp_path: Path, gh: Gh) -> None:
    folder = preview(tmp_path / "comment")
    (folder / TEXT).write_bytes(b"x" * (4 * MOST + 1))
    with pytest.raises(DataError, match="at most"):
        write_comment(folder, RUN)
    (folder / TEXT).unlink()
    (folder / TEXT).symlink_to("/etc/hostname")
    with pytest.raises(DataError, match="is not a file"):
        write_comment(folder, RUN)
    assert gh.asked == []


def test_a_foreign_text_mentions_nobody_hides_nothing_and_fits() -> None:
    body = comment_body(f"{MARK}\nHello @team/all and @[x] <!-- hidden -->\n" + "y" * 100_000, RUN)
    assert "@t" not in body
    assert "@[" not in body
    assert body.count("<!--") == 1
    assert len(body) <= 65_536
    assert body.endswith("The rest is left out.\n")


ACTS = [
    "@octocat", "ask @us/team.", "&#64;octocat", "&commat;octocat", "[x](https://evil.example)", "[x](/evil)",
    "![x](//evil.example/x.png)", "[x][1]\n\n[1]: /evil", "https://evil.example", "see www.evil.example",
    "<img src=x>", "<https://evil.example>", "#12", "us/board#12", "GH-12", "a" * 40, "0123abc",
    "us/board@0123abc", "x CVE-2024-1234", "GHSA-jfh8-c2jp-5v3q", "> [!WARNING]\n> x", "$x$", "$`x`$",
    "$$\nx\n$$", "~~~mermaid\nx\n~~~",
]  # fmt: skip
WAYS = [
    "{}", "\\{}", "\\`{}`", "`{}", "`a\n`{}` b", "`\n\n{}`", "| ` | {} ` |", "``{}`", "`a`{}`b`", "\\\\`{}`",
]  # fmt: skip
"""Alone, and where it only looks as if it were in a code span."""
ACTIVE = re.compile(
    r"@\w|&(?=[#a-z])|\]\(|\]\[|\]:|://|www\.|<\w|<!--|#\d|GH-\d|!\[[^\]]*\]\(|(?<![0-9a-f])[0-9a-f]{7,40}(?![0-9a-f])"
    r"|CVE-\d|GHSA-|\[!|\$|~~",
    re.IGNORECASE,
)


@pytest.mark.parametrize("what", ACTS)
def test_a_foreign_text_does_nothing_outside_of_code(what: str) -> None:
    assert ACTIVE.search(what)
    for way in WAYS:
        shown = quiet(way.format(what))
        html = markdown.markdown(shown, extensions=["tables"])
        outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
        assert not re.search(r"<(?:a|img)\b", outside), shown
        plain = re.sub(r"(?<![`\\])(`+)(?!`)[^\n|]+?(?<!`)\1(?!`)", "", shown)
        assert not ACTIVE.search(plain), shown
        assert "`" not in plain, "what is left opens no code span"
        assert quiet(shown) == shown


def test_code_spans_stay_as_they_are() -> None:
    text = "The model `@x &#64; GH-1 www.a.b` and ``a`@b`` are `<new>` in a table:\n\n| `a` | 1 |\n"
    assert quiet(text) == text
    assert quiet("`$x$` and `0123abc`") == "`$x$` and `0123abc`"
    text = "## What\n\n- 3 & 4, a: b, [no] link (here), 2026-01-31, 123,456 of 654321, ~3"
    assert quiet(text) == text


def test_a_span_that_the_limit_cuts_is_none() -> None:
    body = comment_body(f"{MARK}\n" + "x" * (MOST - 300) + " `" + "@octocat " * 100 + "`", RUN)
    assert len(body) <= 65_536
    assert body.endswith("The rest is left out.\n")
    assert "`" not in body.split("artifact `site`.", 1)[1]
    assert "@o" not in body


@pytest.mark.parametrize(
    ("module", "arguments", "names"),
    [
        ("comment", ["x"], ["REPOSITORY", "PREVIEW_COMMIT", "PREVIEW_RUN", "PREVIEW_CONCLUSION"]),
        ("propose", ["x", "y"], ["REPOSITORY", "BASE"]),
        ("releases", ["x"], ["REPOSITORY"]),
        ("head", [], ["REPOSITORY", "BRANCH", "COMMIT", "GITHUB_OUTPUT"]),
    ],
)
def test_a_variable_that_the_workflow_forgot_is_named(
    module: str, arguments: list[str], names: list[str]
) -> None:
    asked = [sys.executable, "-m", f"builder.github.{module}", *arguments]
    environment = {key: value for key, value in os.environ.items() if key not in names}
    found = subprocess.run(
        asked, cwd=ROOT, env={**environment, names[-1]: ""}, capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    assert [line.split(":")[0] for line in found.stderr.splitlines()] == [
        f"environment variable {name}" for name in names
    ]


def test_a_commit_is_the_head_or_it_is_not(
    tmp_path: Path, gh: Gh, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gh.answer({"GET repos/us/board/commits/main%2Fone": {"sha": "a" * 40}})
    output = tmp_path / "output"
    for name, value in {"REPOSITORY": "us/board", "BRANCH": "main/one", "GITHUB_OUTPUT": str(output)}.items():
        monkeypatch.setenv(name, value)
    for commit in ("a" * 40, "b" * 40):
        monkeypatch.setenv("COMMIT", commit)
        assert head_main() == 0
    assert output.read_text() == "head=true\nhead=false\n"
    assert capsys.readouterr().out.splitlines()[1] == f"{'b' * 40} is not the head of main/one."


def test_the_modules_that_hold_a_token_need_nothing_installed() -> None:
    look = (
        "[name for name in sys.modules if 'site-packages' in str(getattr(sys.modules[name], '__file__', ''))]"
    )
    for module in ("comment", "head", "propose", "releases"):
        code = f"import builder.github.{module}, sys; print({look})"
        asked = [sys.executable, "-S", "-c", code]
        found = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
        assert found.stdout.strip() == "[]"


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout with one file of data, whose remote is a bare repository beside it."""
    folder, bare = tmp_path / "clone", tmp_path / "bare.git"
    (folder / "data" / "studies").mkdir(parents=True)
    (folder / "data" / "studies" / "tiny.toml").write_text("id = 'tiny'\n")
    (folder / "code.py").write_text("1\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "Begin")
    git(tmp_path, "clone", "--quiet", "--bare", str(folder), str(bare))
    git(folder, "remote", "add", "origin", str(bare))
    return folder


def a_patch(clone: Path, tmp_path: Path) -> Path:
    """New data in a file that is there and in one that is not; and a change of code, which is not wanted."""
    (clone / "data" / "studies" / "tiny.toml").write_text("id = 'tiny'\n[[snapshots]]\n")
    (clone / "data" / "sources").mkdir()
    (clone / "data" / "sources" / "new.bin").write_bytes(bytes(range(256)))
    (clone / "code.py").write_text("evil\n")
    git(clone, "add", "--intent-to-add", ".")
    patch = tmp_path / "data.patch"
    patch.write_text(git(clone, "diff", "--binary"))
    git(clone, "reset", "--quiet", "--hard")
    git(clone, "clean", "--quiet", "-fd")
    return patch


def logged_git(gh: Gh) -> Path:
    """Where a `git` on the path writes what it is asked, before it does it."""
    log, real = gh.folder / "git.log", shutil.which("git")
    (gh.folder / "git").write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {real} "$@"\n')
    (gh.folder / "git").chmod(0o755)
    return log


def test_new_data_become_a_pull_request_of_data_only(clone: Path, tmp_path: Path, gh: Gh) -> None:
    patch, text = a_patch(clone, tmp_path), tmp_path / "comment.md"
    text.write_text("What changes.\n")
    gh.answer({
        "GET repos/us/board/pulls?state=open&per_page=100": [[
            {"number": 3, "head": {"ref": "refresh/2026-01-01", "repo": {"full_name": "fork/board"}}},
            {"number": 4, "head": {"ref": "mine", "repo": None}},
            {"number": 5, "head": {"ref": "mine/refresh/", "repo": {"full_name": "us/board"}}},
        ]],
        "POST repos/us/board/pulls": {"html_url": "https://example.org/pull/9"},
    })  # fmt: skip
    log = logged_git(gh)
    said = propose(clone, patch, text, "us/board", "main", TODAY)
    for command in ("ls-remote", "push"):  # what asks the remote, which may be private
        [words] = [line for line in log.read_text().splitlines() if f" {command} " in line]
        assert words.startswith(f"{' '.join(LOGIN)} {command} ")
    assert said == "Opened https://example.org/pull/9"
    [(_, body)] = gh.asked
    assert body == {
        "title": "Add the newest data (2026-01-05)", "head": "refresh/2026-01-05", "base": "main",
        "body": "What changes.\n",
    }  # fmt: skip
    bare = tmp_path / "bare.git"
    changed = git(bare, "diff", "--name-only", "main", "refresh/2026-01-05").split()
    assert changed == ["data/sources/new.bin", "data/studies/tiny.toml"]
    assert git(bare, "log", "-1", "--format=%an", "refresh/2026-01-05") == "github-actions[bot]\n"


def test_nothing_is_pushed_while_one_is_open_over_a_branch_or_without_a_change(
    clone: Path, tmp_path: Path, gh: Gh
) -> None:
    patch, text = a_patch(clone, tmp_path), tmp_path / "comment.md"
    empty = tmp_path / "empty.patch"
    empty.touch()
    assert propose(clone, empty, text, "us/board", "main", TODAY) == "Nothing differs."
    ours = {"number": 8, "head": {"ref": "refresh/2025-12-29", "repo": {"full_name": "us/board"}}}
    gh.answer({"GET repos/us/board/pulls?state=open&per_page=100": [[ours]]})
    assert (
        propose(clone, patch, text, "us/board", "main", TODAY)
        == "Pull request 8 is still open; nothing was pushed."
    )
    git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/refresh/2026-01-05")
    before = git(tmp_path / "bare.git", "rev-parse", "refresh/2026-01-05")
    gh.answer({"GET repos/us/board/pulls?state=open&per_page=100": [[]]})
    with pytest.raises(DataError, match="is there already"):
        propose(clone, patch, text, "us/board", "main", TODAY)
    assert git(tmp_path / "bare.git", "rev-parse", "refresh/2026-01-05") == before
    assert gh.asked == []


def test_archives_of_releases_are_fetched_once_and_nothing_else_is(tmp_path: Path, gh: Gh) -> None:
    folder = tmp_path / "releases"
    folder.mkdir()
    (folder / "there.release.tar.gz").touch()
    names = ("there.release.tar.gz", "new.release.tar.gz", "data.tar.gz", "notes.txt", "../x.release.tar.gz")
    assets = [{"name": name} for name in names]
    gh.answer({
        "GET repos/us/board/releases": [[
            {"tag_name": "v1", "draft": False, "assets": assets},
            {"tag_name": "v2", "draft": True, "assets": [{"name": "draft.release.tar.gz"}]},
        ]],
        " release download": None,
    })  # fmt: skip
    assert fetch_releases(folder, "us/board") == ["new.release.tar.gz"]
    assert gh.commands[1:] == [[
        "release", "download", "--repo", "us/board", "--pattern", "new.release.tar.gz", "--dir", str(folder),
        "--", "v1",
    ]]  # fmt: skip


def test_a_folder_is_checked_out_as_it_was(clone: Path, tmp_path: Path) -> None:
    (clone / "data" / "studies" / "tiny.toml").write_text("later\n")
    into = tmp_path / "into"
    into.mkdir()
    assert checkout(clone, "HEAD", "data", into)
    assert (into / "data" / "studies" / "tiny.toml").read_text() == "id = 'tiny'\n"
    assert sorted(path.name for path in into.iterdir()) == ["data"]
    assert not checkout(clone, "HEAD", "nothing", into)
    for revision in ("nowhere", "--output=x", "HEAD; id"):
        with pytest.raises(DataError, match="git rev-parse failed"):
            checkout(clone, revision, "data", into)
