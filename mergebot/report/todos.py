"""Who must act, and who waits for what: each reason once, in queue order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from mergebot.model.ids import PrNumber
from mergebot.model.plan import Entry, EntryState, Fail, Pending, Plan
from mergebot.report.render import ignored, queue

MANY: Final = 4
"""So many entries with the very same reasons are said in one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Todo:
    """What someone has to do for one entry: the reasons it is kept out, and commands that can be pasted.

    `also`: further entries with the very same reasons.
    """

    entry: Entry
    reasons: tuple[str, ...]
    commands: tuple[str, ...] = ()
    also: tuple[Entry, ...] = ()

    @property
    def numbers(self) -> tuple[PrNumber, ...]:
        """The PRs that it is about."""
        return (self.entry.pr, *(entry.pr for entry in self.also))


def todos(plan: Plan) -> tuple[Todo, ...]:
    """The entries that stay blocked until someone acts, each with every failing reason, in queue order."""
    return _alike(_todo(entry, Fail) for entry in queue(plan) if entry.state is EntryState.BLOCKED)


def waiting(plan: Plan) -> tuple[Todo, ...]:
    """The entries that wait, each with what for, and those that are held, by the reason; in queue order."""
    entries = queue(plan)
    alone = (_todo(entry, Pending) for entry in entries if entry.state is EntryState.WAITING)
    return (*_alike(alone), *_together(entry for entry in entries if entry.state is EntryState.HELD))


def left_out(plan: Plan) -> tuple[Todo, ...]:
    """The PRs that nobody has asked to merge, by the reason."""
    return _together(ignored(plan))


def _together(entries: Iterable[Entry]) -> tuple[Todo, ...]:
    """One line for all that have the same reason: a frozen queue is one fact, not a hundred and fifty."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.because, []).append(entry)
    return tuple(
        Todo(entry=first, reasons=(because,), also=tuple(others)) for because, (first, *others) in groups.items()
    )


def _alike(listed: Iterable[Todo]) -> tuple[Todo, ...]:
    """One for many that have the same reasons, in the place of the first; what has commands stays alone."""
    groups: dict[object, list[Todo]] = {}
    for todo in listed:
        groups.setdefault(todo.entry.pr if todo.commands else todo.reasons, []).append(todo)
    found: list[Todo] = []
    for first, *others in groups.values():
        if len(others) + 1 < MANY:
            found += [first, *others]
        else:
            found.append(replace(first, also=tuple(other.entry for other in others)))
    return tuple(found)


def _todo(entry: Entry, kind: type[Fail | Pending]) -> Todo:
    verdicts = [item.verdict for item in entry.criteria if isinstance(item.verdict, kind)]
    reasons = [verdict.reason for verdict in verdicts]
    if not reasons or entry.because not in reasons:
        reasons.insert(0, entry.because)  # the forge's refusal, which no criterion knows of
    commands = [command for verdict in verdicts for command in verdict.evidence.commands]
    return Todo(entry=entry, reasons=tuple(dict.fromkeys(reasons)), commands=tuple(dict.fromkeys(commands)))
