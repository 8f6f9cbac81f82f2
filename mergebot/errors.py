"""The error tree and the exit codes (contract 5). The command line is the only place that catches these."""

from collections.abc import Sequence
from enum import IntEnum

from mergebot.model.problem import Problem


class ExitCode(IntEnum):
    """What the process answers (contract 5)."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    LOCKED = 3


class MergebotError(Exception):
    """An expected failure: one message, one hint about what to do, one exit code."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(MergebotError):
    """Something the user wrote cannot be used; `problems` lists all of it, not only the first."""

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class AccessError(MergebotError):
    """The repository or forge cannot be reached, or not with the rights at hand."""

    exit_code = ExitCode.BAD_INPUT


class LockedError(MergebotError):
    """Another pass holds the lock."""

    exit_code = ExitCode.LOCKED


class GitError(MergebotError):
    """A git command failed in a way that is no answer (a conflict is a value, not an error)."""


class RefMovedError(GitError):
    """A ref was not where the compare-and-swap expected it; nothing was changed."""
