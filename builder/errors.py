"""The one family of exceptions that a user may see: where, what, remedy.

The command line prints them without a traceback and exits with `exit_code`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and what to do about it."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" {self.remedy}" if self.remedy else "")


class AlignboardError(Exception):
    """One or more problems that a user can mend. Subclasses set the exit code."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DataError(AlignboardError):
    """A study, a snapshot or a score file is wrong (exit code 1)."""


class SourceError(AlignboardError):
    """A pinned source cannot be had, or is not the file that was pinned (exit code 3)."""

    exit_code = 3


class EngineError(AlignboardError):
    """An engine that was asked for is not here, or gave up (exit code 3)."""

    exit_code = 3


class BuildError(AlignboardError):
    """The site cannot be written (exit code 4)."""

    exit_code = 4
