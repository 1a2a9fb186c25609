"""Fetches the archives that are attached to the repository's releases, for a build to restore."""

from __future__ import annotations

import sys
from pathlib import Path

from builder.github.run import ask_github, environment, run, run_main

END = ".release.tar.gz"
"""How the name of a release's archive ends; whatever else is attached to a release is left alone."""


def fetch_releases(folder: Path, repository: str) -> list[str]:
    """Download every archive that `folder` does not have; their names. What they hold, the build checks."""
    folder.mkdir(parents=True, exist_ok=True)
    fetched: list[str] = []
    for release in (one for page in ask_github(f"repos/{repository}/releases", pages=True) for one in page):
        for asset in release["assets"]:
            name = str(asset["name"])
            if release["draft"] or not name.endswith(END) or "/" in name or (folder / name).exists():
                continue
            place = ["--repo", repository, "--pattern", name, "--dir", str(folder)]
            run(["gh", "release", "download", *place, "--", str(release["tag_name"])])
            fetched.append(name)
    return fetched


def main(arguments: list[str]) -> int:
    """`python -m builder.github.releases FOLDER`; the repository comes from the environment."""

    def fetch() -> str:
        fetched = fetch_releases(Path(arguments[0]), *environment("REPOSITORY"))
        return f"Fetched {len(fetched)} archives: {', '.join(fetched) or 'none'}."

    return run_main(fetch)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
