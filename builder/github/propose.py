"""Opens a pull request with new data, unless one is open. Nothing is ever pushed over what is there."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from builder.errors import DataError, Problem
from builder.github.run import BOT, ask_github, environment, run, run_main

BRANCHES = "refresh/"
DATA = "data/"
TITLE = "Add the newest data"
EMAIL = f"41898282+{BOT}@users.noreply.github.com"
AUTHOR = ("-c", f"user.name={BOT}", "-c", f"user.email={EMAIL}")
LOGIN = ("-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential")
"""Has git ask `gh` for the token, so that it stands in no file."""


def propose(root: Path, patch: Path, text: Path, repository: str, base: str, today: dt.date) -> str:
    """Apply `patch` to the data of the checkout at `root`, push it as a branch of its own, ask for a review.

    What was done, as a sentence. A patch may change files below `data/` only. Raises DataError where git or
    GitHub refuses, and where the day's branch is there already.
    """
    if not patch.stat().st_size:
        return "Nothing differs."
    open_ones = ask_github(f"repos/{repository}/pulls?state=open&per_page=100", pages=True)
    for one in (one for page in open_ones for one in page):
        if (
            one["head"]["ref"].startswith(BRANCHES)
            and (one["head"]["repo"] or {}).get("full_name") == repository
        ):
            return f"Pull request {one['number']} is still open; nothing was pushed."
    branch = f"{BRANCHES}{today.isoformat()}"
    if run(["git", *LOGIN, "ls-remote", "--heads", "origin", branch], into=root).strip():
        what = "is there already, without an open pull request."
        raise DataError(Problem(f"branch '{branch}'", what, "Delete it, or wait until tomorrow."))
    run(["git", "switch", "--create", branch], into=root)
    run(["git", "apply", "--index", f"--include={DATA}*", str(patch.absolute())], into=root)
    run(["git", *AUTHOR, "commit", "--quiet", "--message", TITLE], into=root)
    run(["git", *LOGIN, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}"], into=root)
    body = {
        "title": f"{TITLE} ({today.isoformat()})",
        "head": branch,
        "base": base,
        "body": text.read_text(encoding="utf-8"),
    }
    made = ask_github(f"repos/{repository}/pulls", method="POST", body=body)
    return f"Opened {made['html_url']}"


def main(arguments: list[str]) -> int:
    """`python -m builder.github.propose PATCH TEXT`, in a checkout; the rest from the environment."""
    patch, text = map(Path, arguments)
    today = dt.datetime.now(dt.UTC).date()

    def ask() -> str:
        repository, base = environment("REPOSITORY", "BASE")
        return propose(Path(), patch, text, repository, base, today)

    return run_main(ask)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
