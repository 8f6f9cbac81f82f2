"""What became of a step."""

from dataclasses import dataclass
from typing import TypeAlias

from mergebot.model.ids import Sha
from mergebot.model.plan import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """It was done; `sha` is what it made, where it made something."""

    detail: str = ""
    sha: Sha | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AlreadyDone:
    """Someone, or an earlier pass, had done it: a success."""

    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stale:
    """Something moved after the decision; nothing was done, the next look decides again."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """It could not be done; nothing is half done."""

    reason: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WouldDo:
    """A dry run: it was not tried."""


Outcome: TypeAlias = Done | AlreadyDone | Stale | Failed | WouldDo


@dataclass(frozen=True, kw_only=True, slots=True)
class StepResult:
    """A step and what became of it."""

    step: Step
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class PassResult:
    """What a whole pass did, in order; `unread` are the reasons for which something could not be read."""

    results: tuple[StepResult, ...] = ()
    unread: tuple[str, ...] = ()
