"""Whether a commit is the newest of the default branch, so that a tag of an older one is not deployed."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

from builder.github.run import ask_github, environment, run_main


def is_head(repository: str, branch: str, commit: str) -> bool:
    """Whether GitHub has the commit at the head of that branch now. Raises DataError without an answer."""
    return bool(ask_github(f"repos/{repository}/commits/{quote(branch, safe='')}")["sha"] == commit)


def main() -> int:
    """`python -m builder.github.head`: `head=true` or `head=false`, for the jobs after this one."""

    def say() -> str:
        repository, branch, commit, output = environment("REPOSITORY", "BRANCH", "COMMIT", "GITHUB_OUTPUT")
        found = is_head(repository, branch, commit)
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(f"head={str(found).lower()}\n")
        return f"{commit} is {'' if found else 'not '}the head of {branch}."

    return run_main(say)


if __name__ == "__main__":
    sys.exit(main())
