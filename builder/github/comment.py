"""Writes the comment of a preview on its pull request.

What the preview leaves is not trusted: whoever opened the pull request may have changed what builds it. So
the text is data, and it is written only on a pull request whose head is the commit that was built, which
GitHub itself says. Of a preview that failed nothing is read: that it failed is said in its place.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from builder.errors import DataError, Problem
from builder.github.run import BOT, ask_github, environment, run_main

SUCCESS = "success"
TEXT, NUMBER = "comment.md", "pull-request.txt"
MARK = "<!-- alignboard: what changes -->"
"""The first line of a comment, by which it is found again."""
MOST = 65_000
"""Characters that GitHub takes, with room for the first lines."""
LEFT_OUT = "\n\nThe rest is left out."
_SPAN = re.compile(r"((?<![`\\])(`+)(?!`)[^\n|]+?(?<!`)\2(?!`))")
_ACTS = re.compile(
    r"@(?=[^\s\u200b])|<(?!\u200b)|&(?=[#a-z])|\](?=[(:\[])|\[(?=!)|:(?=//)|\bwww(?=\.)|~(?=~)"
    r"|\b(?:GH|CVE)(?=-\d)|\bGHSA(?=-)|#(?=\d)|[0-9a-f]{6}(?=[0-9a-f])",
    re.IGNORECASE,
)
"""What GitHub makes a mention, an element, a sign, a link, a box, a fence or a reference of, each with what
comes after. A commit it knows by 7 digits of its hash or more."""
_SIGNS = {
    ord("`"): "\N{MODIFIER LETTER GRAVE ACCENT}",  # opens code
    ord("$"): "\N{FULLWIDTH DOLLAR SIGN}",  # opens mathematics, which may hold a code span
}


@dataclass(frozen=True)
class Run:
    """The preview that ended, as GitHub tells it."""

    repository: str
    commit: str
    """Head of the pull request."""
    page: str
    """Address of the run, where the built site lies as an artifact."""
    conclusion: str = SUCCESS
    """How it ended, in GitHub's word."""


def write_comment(folder: Path, run: Run) -> str:
    """Write what `folder` holds on its pull request, over what stood there before; the comment's address.

    Raises DataError where the folder is not what a preview leaves, or names a pull request of another commit.
    """
    number, text = _read_number(folder / NUMBER), _read_text(folder / TEXT)
    head = ask_github(f"repos/{run.repository}/pulls/{number}")["head"]["sha"]
    if head != run.commit:
        what = f"names pull request {number}, whose head is not the commit that was built."
        raise DataError(Problem(str(folder / NUMBER), what, "A newer preview may be on its way."))
    return _write(number, comment_body(text, run), run)


def write_failure(run: Run) -> list[str]:
    """Say that a preview failed, on each open pull request with that head; the comments' addresses.

    There is none where the head has gone on, for a newer preview is then on its way. Which pull requests
    these are, and all that is said, is GitHub's own word.
    """
    open_ones = ask_github(f"repos/{run.repository}/pulls?state=open&per_page=100", pages=True)
    numbers = [one["number"] for page in open_ones for one in page if one["head"]["sha"] == run.commit]
    return [_write(number, failure_body(run), run) for number in numbers]


def failure_body(run: Run) -> str:
    """The comment that stands in the place of a preview."""
    return (
        f"{MARK}\n**There is no preview of {run.commit[:12]}:** [its build failed]({run.page}). "
        "What was said here of an earlier commit no longer holds.\n"
    )


def _write(number: int, text: str, run: Run) -> str:
    """Write a comment on a pull request, over our own that stands there; its address."""
    body, comments = {"body": text}, f"repos/{run.repository}/issues/{number}/comments"
    for page in ask_github(f"{comments}?per_page=100", pages=True):
        for one in page:
            if (one["user"] or {}).get("login") == BOT and (one["body"] or "").startswith(MARK):
                place = f"repos/{run.repository}/issues/comments/{one['id']}"
                return str(ask_github(place, method="PATCH", body=body)["html_url"])
    return str(ask_github(comments, method="POST", body=body)["html_url"])


def comment_body(text: str, run: Run) -> str:
    """The comment: whose words these are, where the site is, and the text, which mentions nobody."""
    plain = text.removeprefix(MARK).strip()
    head = (
        f"{MARK}\nPreview of {run.commit[:12]}, told by its own build. "
        f"[The built site]({run.page}#artifacts) is the artifact `site`.\n\n"
    )
    room = MOST - len(head) - len(LEFT_OUT)
    kept = plain[:room]
    while len(shown := quiet(kept)) > room:
        kept = kept[: len(kept) - (len(shown) - room)]
    return f"{head}{shown.rstrip()}{'' if kept == plain else LEFT_OUT}\n"


def quiet(text: str) -> str:
    """Markdown in which GitHub links and mentions nothing, refers to no issue, commit or advisory, and shows
    no picture, diagram, formula or coloured box.

    Headings, lists, quotes, tables and emphasis stay, for a preview's text has them; they prove nothing of
    who wrote them. Prefixes that a repository has GitHub link (custom autolinks) are not known here.

    Outside of code spans an invisible space parts what it would act on. A code span is one within a line and
    without a vertical bar, which would end the cell of a table; any other backtick becomes another sign, so
    that GitHub sees the same spans, and so does a dollar sign beside them. Done twice it is the same.
    """
    parts = _SPAN.split(text)
    for i in range(0, len(parts), 3):  # text, span, fence
        inert = _ACTS.sub(lambda found: f"{found[0]}\N{ZERO WIDTH SPACE}", parts[i])
        parts[i] = inert.translate(_SIGNS)
    return "".join(part for i, part in enumerate(parts) if i % 3 != 2)


def _read_number(file: Path) -> int:
    text = _read(file, most=20).strip()
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise DataError(Problem(str(file), "is no number of a pull request."))
    return int(text)


def _read_text(file: Path) -> str:
    return _read(file, most=4 * MOST)


def _read(file: Path, most: int) -> str:
    """A regular file of at most so many bytes, as text."""
    if file.is_symlink() or not file.is_file() or file.stat().st_size > most:
        raise DataError(Problem(str(file), f"is not a file of at most {most} bytes."))
    return file.read_text(encoding="utf-8", errors="replace")


def main(arguments: list[str]) -> int:
    """`python -m builder.github.comment FOLDER`; the run comes from the environment."""

    def write() -> str:
        names = "REPOSITORY", "PREVIEW_COMMIT", "PREVIEW_RUN", "PREVIEW_CONCLUSION"
        run = Run(*environment(*names))
        if run.conclusion == SUCCESS:
            return write_comment(Path(arguments[0]), run)
        return "\n".join(write_failure(run)) or f"No open pull request has the head {run.commit}."

    return run_main(write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
