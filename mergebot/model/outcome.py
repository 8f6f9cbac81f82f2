"""What became of a step."""

from dataclasses import dataclass
from typing import TypeAlias

from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """It was done; `sha` is what it made, where it made something; `moved`: the new head of each rebased PR."""

    detail: str = ""
    sha: Sha | None = None
    moved: tuple[tuple[PrNumber, Sha], ...] = ()


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
    """It could not be done; nothing is half done.

    A merge may have landed all the same, and nobody knows that it is the right one: `sha` is the commit then, and
    `froze` says how the queue was paused for that reason ("" = it was not).
    """

    reason: str
    hint: str = ""
    sha: Sha | None = None
    froze: str = ""


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
