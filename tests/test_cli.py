"""The command line as a person runs it: help, exit codes, and errors without a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
import typer
from conftest import ROOT
from rich.text import Text
from samples import STUDY, pinned_at

from builder.cli import app

COMMANDS = ("fetch", "build", "serve", "check", "pack", "studies", "simulate")


def run(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with no mirror and no network in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALIGNBOARD_")}
    command = [sys.executable, "-m", "builder", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def project(tmp_path) -> Path:
    """A project with one study and nothing else."""
    (tmp_path / "data" / "studies").mkdir(parents=True)
    (tmp_path / "data" / "studies" / "tiny.toml").write_text(STUDY)
    return tmp_path


def test_help_names_every_command_and_the_exit_codes():
    answer = run("--help")
    assert answer.returncode == 0
    for command in COMMANDS:
        assert command in answer.stdout
    assert "Exit codes" in answer.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    answer = run(command, "--help")
    assert answer.returncode == 0
    assert "Usage:" in answer.stdout


def test_no_word_of_the_help_is_lost_as_markup():
    """Where rich reads [word] as a style, nothing is printed."""
    for name, command in typer.main.get_command(app).commands.items():
        texts = [command.help, *(getattr(one, "help", None) for one in command.params)]
        for text in filter(None, texts):
            assert Text.from_markup(text).plain == text.replace("\\[", "["), name
    assert run("refresh", "--help").stdout.count("[refresh]") == 3


def test_what_was_not_fetched_is_said_once(project):
    study = project / "data" / "studies" / "tiny.toml"
    study.write_text(STUDY + pinned_at("2025-02-28") + pinned_at("2025-03-31"))
    (project / "mirror" / "example.org").mkdir(parents=True)
    asked = ("check", "--root", project, "--cache", project / "cache")
    answer = run(*asked)
    assert answer.returncode == 0
    told, last = answer.stdout.splitlines()
    assert told == (
        "not checked tiny 2025-02-28, tiny 2025-03-31: a source is in neither the cache nor a mirror. "
        "'alignboard fetch' gets it."
    )
    assert last == "1 study and 0 snapshots checked, 2 not: nothing is wrong."
    # What is there and is not the file is another thing.
    (project / "mirror" / "example.org" / "a.csv").write_text("another\n")
    said = run(*asked, "--mirror", project / "mirror").stdout
    assert said.count("a.csv: is not the file that was pinned") == 2, said


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_documents_every_command(command):
    assert f"`alignboard {command}`" in (ROOT / "README.md").read_text()


def test_unknown_option_is_a_wrong_call():
    assert run("build", "--no-such-option").returncode == 2
    assert run("build", "--snapshot", "2025-01-31").returncode == 2


def test_not_a_project(tmp_path):
    answer = run("check", cwd=tmp_path)
    assert answer.returncode == 1
    assert "data/studies" in answer.stderr
    assert "--root" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_every_problem_is_listed_not_the_first(project):
    studies = project / "data" / "studies"
    (studies / "broken.toml").write_text(STUDY.replace('id = "tiny"', 'id = "broken"\ncolour = "red"'))
    (studies / "other.toml").write_text("title = ")
    answer = run("check", "--root", project)
    assert answer.returncode == 1
    assert "broken.toml" in answer.stderr
    assert "colour" in answer.stderr
    assert "other.toml" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_unknown_study_is_named_with_a_remedy(project):
    answer = run("build", "--root", project, "--study", "tinny")
    assert answer.returncode == 1
    assert "Did you mean 'tiny'?" in answer.stderr


def test_a_name_that_the_terminal_cannot_write_is_no_failure(project):
    (project / "data" / "studies" / "tiny.toml").write_text(
        STUDY.replace('title = "Tiny"', 'title = "Größe → 😀"'), encoding="utf-8"
    )
    answer = run("studies", "--root", project, PYTHONIOENCODING="ascii")
    assert answer.returncode == 0, answer.stderr
    assert "Gr\\xf6\\xdfe \\u2192 \\U0001f600" in answer.stdout


def test_unknown_scheme_of_the_default_view(project):
    path = project / "data" / "studies" / "tiny.toml"
    path.write_text(STUDY.replace('selection = "everything"', 'selection = "everything"\nscheme = "z-meen"'))
    answer = run("check", "--root", project)
    assert answer.returncode == 1
    assert "Did you mean 'z-mean'?" in answer.stderr


def test_a_build_without_anything_to_build_leaves_no_site(project):
    answer = run("build", "--root", project, "--output", project / "site")
    assert answer.returncode == 1
    assert not (project / "site").exists()
    assert [path.name for path in project.iterdir()] == ["data"]


@pytest.mark.parametrize("required", [("--require", "timm-imagenet"), ("--require-all",)])
def test_a_required_source_that_cannot_be_had_is_exit_code_3(tmp_path, required):
    answer = run(
        "build", "--study", "timm-imagenet", *required, "--offline",
        "--cache", tmp_path / "cache", "--output", tmp_path / "site",
    )  # fmt: skip
    assert answer.returncode == 3, answer.stderr
    assert "timm-imagenet" in answer.stderr
    assert not (tmp_path / "site").exists()


@pytest.mark.usefixtures("simulated_studies")
def test_studies_lists_what_there_is():
    answer = run("studies")
    assert answer.returncode == 0
    for study in ("simulated-alignment", "brain-score-vision", "timm-imagenet"):
        assert study in answer.stdout
    assert "2025-05-07" in answer.stdout


def test_fetch_from_the_mirror_fills_the_cache_and_then_needs_it_no_more(tmp_path, mirror):
    cache = tmp_path / "cache"
    first = run("fetch", "--study", "timm-imagenet", "--mirror", mirror, "--cache", cache)
    assert first.returncode == 0, first.stderr
    assert "24 files of 4 snapshots" in first.stdout
    empty = tmp_path / "empty"
    empty.mkdir()
    again = run("fetch", "--study", "timm-imagenet", "--mirror", empty, "--cache", cache)
    assert "24 files of 4 snapshots" in again.stdout


def test_a_changed_file_in_the_mirror_is_refused_and_named(tmp_path, mirror):
    copy = tmp_path / "mirror"
    shutil.copytree(mirror, copy, ignore=shutil.ignore_patterns("bethgelab"))
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    changed = next(copy.rglob("results-imagenet-a.csv"))
    changed.write_text(changed.read_text() + "x,1,2\n")
    answer = run(
        "fetch", "--study", "timm-imagenet", "--require", "timm-imagenet",
        "--mirror", copy, "--cache", tmp_path / "cache",
    )  # fmt: skip
    assert answer.returncode == 3
    assert "results-imagenet-a.csv" in answer.stderr
    assert "SHA-256" in answer.stderr


def test_scores_of_one_s_own_become_a_site_as_the_readme_says(project):
    folder = project / "data" / "snapshots" / "tiny" / "2025-01-31"
    folder.mkdir(parents=True)
    (folder / "models.csv").write_text("id,name\na,A\nb,B\nc,C\n")
    (folder / "metrics.csv").write_text("id,name,parent,higher_is_better\nm,M,,true\nn,N,,true\n")
    (folder / "scores.csv").write_text("model,metric,score,state\na,m,high,scored\nb,x,1,scored\n")
    wrong = run("pack", folder, "--root", project)
    assert wrong.returncode == 1
    assert "row 2, column 'score': 'high' is not a number" in wrong.stderr
    assert "row 3, column 'metric'" in wrong.stderr
    assert "2 problems." in wrong.stderr
    rows = "".join(f"{model},{metric},{i},scored\n" for i, model in enumerate("abc") for metric in "mn")
    (folder / "scores.csv").write_text("model,metric,score,state\n" + rows)
    packed = run("pack", folder, "--root", project)
    assert packed.returncode == 0, packed.stderr
    assert "3 models, 2 metrics, 6 cells" in packed.stdout
    assert run("check", "--root", project).returncode == 0
    built = run("build", "--root", project, "--study", "tiny", "--output", project / "site")
    assert built.returncode == 0, built.stderr
    assert (project / "site" / "tiny" / "v" / "2025-01-31" / "index.html").is_file()


def test_serve_shows_a_site(tmp_path):
    (tmp_path / "index.html").write_text("<p>here</p>")
    command = [sys.executable, "-u", "-m", "builder", "serve", str(tmp_path), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        watchdog = threading.Timer(60, server.kill)
        watchdog.start()
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            address = next(word for word in line.split() if word.startswith("http://"))
            assert urllib.request.urlopen(address, timeout=20).read() == b"<p>here</p>"
        finally:
            watchdog.cancel()
            server.terminate()


def test_serve_refuses_what_is_not_a_site(tmp_path):
    answer = run("serve", tmp_path)
    assert answer.returncode == 1
    assert "alignboard build" in answer.stderr
