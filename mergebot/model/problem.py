"""A problem in an input: what is wrong, where, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem stops: an error stops every merge, a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One problem; `where` is `file:line:column` (from 1) as far as it is known, else a file or a PR."""

    where: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """The problem in one line."""
        return f"{self.where}: {self.message}" + (f" ({self.hint})" if self.hint else "")
