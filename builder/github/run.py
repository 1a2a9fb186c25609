"""Running `git` and `gh`: lists of arguments, never a shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from builder.errors import AlignboardError, DataError, Problem

BOT = "github-actions[bot]"
"""Who writes where a workflow does."""


def run(arguments: Sequence[str], *, into: Path | None = None, given: str | None = None) -> str:
    """What the command prints, run in the directory `into`. Raises DataError with what it complains of."""
    try:
        done = subprocess.run(
            list(arguments),
            cwd=into,
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
    except FileNotFoundError:
        raise DataError(Problem(arguments[0], "is not installed.")) from None
    except subprocess.CalledProcessError as error:
        what = f"{' '.join(arguments[:2])} failed: {(error.stderr or error.stdout).strip()}"
        raise DataError(Problem(arguments[0], what)) from None
    return done.stdout


def run_main(command: Callable[[], str]) -> int:
    """Print what a command says it did, or what is wrong; its exit code."""
    try:
        print(command())
    except AlignboardError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def environment(*names: str) -> list[str]:
    """What the variables of these names hold. Raises DataError with all that are empty or not set."""
    lacking = [name for name in names if not os.environ.get(name)]
    if lacking:
        what = "is not set; the workflow has to give it."
        raise DataError(Problem(f"environment variable {name}", what) for name in lacking)
    return [os.environ[name] for name in names]


def ask_github(path: str, *, method: str = "GET", body: object = None, pages: bool = False) -> Any:
    """What GitHub's API answers, read as JSON; of a list that has pages, all of them."""
    arguments = ["gh", "api", "--method", method, path]
    if pages:
        arguments += ["--paginate", "--slurp"]
    given = None
    if body is not None:
        arguments += ["--input", "-"]
        given = json.dumps(body)
    return json.loads(run(arguments, given=given) or "null")


def checkout(root: Path, revision: str, folder: str, into: Path) -> bool:
    """Write `folder` of the project at `root`, as it was at a revision, below `into`.

    Whether the revision has it. Raises DataError for a revision that the repository does not have.
    """
    commit = run(
        ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"], into=root
    ).strip()
    if not run(["git", "ls-tree", commit, "--", folder], into=root).strip():
        return False
    packed = into / "packed.tar"
    run(["git", "archive", f"--output={packed.absolute()}", commit, "--", folder], into=root)
    with tarfile.open(packed) as archive:
        archive.extractall(into, filter="data")
    packed.unlink()
    return True
