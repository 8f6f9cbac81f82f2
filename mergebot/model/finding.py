"""What `mergebot doctor` finds: a fault, or a part that nobody could look at, with its remedy."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters, the worst first."""

    ERROR = "error"
    """The queue cannot work."""
    WARNING = "warning"
    """It will surprise you."""
    UNSEEN = "unseen"
    """It could not be looked at; that never means that it is fine."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding. `code` is stable, `message` one line, `where` its evidence, `remedy` says exactly what to do.

    `lines`: what to write or to run, ready to be copied. All but `code` and `level` may hold a stranger's text.
    """

    code: str
    level: Level
    message: str
    where: str
    remedy: str = ""
    lines: tuple[str, ...] = ()
