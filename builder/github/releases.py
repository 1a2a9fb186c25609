"""Fetches the archives that are attached to the repository's releases, for a build to restore."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from builder.errors import AlignboardError
from builder.github.run import ask_github, run

ARCHIVE = ".tar.gz"


def fetch_releases(folder: Path, repository: str) -> list[str]:
    """Download every archive that `folder` does not have; their names. What they hold, the build checks."""
    folder.mkdir(parents=True, exist_ok=True)
    fetched: list[str] = []
    for release in (one for page in ask_github(f"repos/{repository}/releases", pages=True) for one in page):
        for asset in release["assets"]:
            name = str(asset["name"])
            if release["draft"] or not name.endswith(ARCHIVE) or "/" in name or (folder / name).exists():
                continue
            place = ["--repo", repository, "--pattern", name, "--dir", str(folder)]
            run(["gh", "release", "download", *place, "--", str(release["tag_name"])])
            fetched.append(name)
    return fetched


def main(arguments: list[str]) -> int:
    """`python -m builder.github.releases FOLDER`; the repository comes from the environment."""
    try:
        fetched = fetch_releases(Path(arguments[0]), os.environ["REPOSITORY"])
    except AlignboardError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"Fetched {len(fetched)} archives: {', '.join(fetched) or 'none'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
