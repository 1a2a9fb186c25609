"""The path of one who adopts the project: a table becomes a study, is pushed, the next one is previewed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from builder.cli import app
from builder.github.comment import NUMBER, Run, comment_body

FIRST = "Model,Accuracy,Error\nalpha,0.9,0.2\nbeta,0.8,0.1\ngamma,0.4,0.5\n"
SECOND = "Model,Accuracy,Error\nalpha,0.9,0.2\nbeta,0.95,0.1\ndelta,0.99,0.05\n"


def git(folder: Path, *words: str) -> None:
    who = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org"}
    who |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in who.items()}
    environment = {**os.environ, **who}
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env=environment)


def alignboard(root: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--root", str(root)])
    assert done.exit_code == 0, done.output
    return done.output


def test_from_the_template_to_a_preview(tmp_path: Path) -> None:
    template, remote, work = tmp_path / "template", tmp_path / "remote.git", tmp_path / "work"
    (template / "data" / "studies").mkdir(parents=True)
    (template / "data" / "studies" / ".keep").touch()
    git(template, "init", "--quiet", "--initial-branch=main")
    git(template, "add", ".")
    git(template, "commit", "--quiet", "-m", "Begin")
    git(tmp_path, "clone", "--quiet", "--bare", str(template), str(remote))
    git(tmp_path, "clone", "--quiet", str(remote), str(work))

    table = tmp_path / "scores.csv"
    table.write_text(FIRST, encoding="utf-8")
    alignboard(work, "new", "mine", "--like", str(table), "--lower", "Error")
    alignboard(work, "import", str(table), "--study", "mine", "--date", "2026-01-31")
    said = alignboard(work, "check")
    assert "1 study and 1 snapshot checked: nothing is wrong." in said
    sums = ["bash", "-c", "sha256sum *.csv | sha256sum"]
    folder = work / "data" / "snapshots" / "mine" / "2026-01-31"
    digest = subprocess.run(sums, cwd=folder, capture_output=True, text=True, check=True).stdout.split()[0]
    assert f"{digest}  mine 2026-01-31" in said
    git(work, "add", "data")
    git(work, "commit", "--quiet", "-m", "Add my leaderboard")
    git(work, "push", "--quiet", "origin", "main")

    git(work, "switch", "--quiet", "--create", "february")
    table.write_text(SECOND, encoding="utf-8")
    alignboard(work, "import", str(table), "--study", "mine", "--date", "2026-02-28")
    git(work, "add", "data")
    git(work, "commit", "--quiet", "-m", "Add February")
    built = tmp_path / "preview"
    asked = ("preview", "origin/main", "--output", str(built), "--pull-request", "7", "--offline")
    assert "Studies that differ from origin/main: mine." in alignboard(work, *asked)

    text = (built / "comment" / "comment.md").read_text(encoding="utf-8")
    assert "The study `mine` gains `2026-02-28`." in text
    assert "| models | 3 | 3 | 1 in, 1 out |" in text
    assert "| 1 | `delta` | new |\n| 2 | `beta` | 1, down 1 |" in text
    assert "published before" not in text, "what is published stays to the byte"
    assert (built / "comment" / NUMBER).read_text() == "7\n"
    assert (built / "site" / "mine" / "v" / "2026-02-28" / "index.html").is_file()
    assert not (built / "before" / "mine" / "v" / "2026-02-28").exists()
    assert text.splitlines()[-1] in comment_body(text, Run("me/mine", "a" * 40, "https://example.org/1"))

    # Another study, or code, is no change of this one's data: nothing is built.
    git(work, "push", "--quiet", "origin", "february:main")
    git(work, "fetch", "--quiet", "origin")
    (work / "README.md").write_text("Mine.\n")
    assert "Studies that differ from origin/main: none." in alignboard(work, *asked)
    assert "Nothing: every study says what it said before." in (built / "comment" / "comment.md").read_text()
    assert not (built / "site").exists()
