"""Keeps the journal of one pass: why a merge is begun is written before it is, all else with the next line, or at last.

A pass may be killed at any moment, also right after the forge has merged: so the grounds stand in the journal first. It
is for people who ask later, and nothing is decided by it: where it cannot be written the pass goes on, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mergebot.errors import LockedError, MergebotError
from mergebot.forge.protocol import Forge
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome
from mergebot.model.plan import Merge, Step
from mergebot.report import journal
from mergebot.report.journal import Fields, Grounds
from mergebot.report.journal_line import line


@dataclass
class Recorder:
    """The lines of one pass that are still to be written. `now` gives UTC seconds since 1970.

    `_is_due`: there is something to tell. A pass in which nothing was begun or done leaves no line: what it could not
    do is in its output, and would be the same each time.
    """

    forge: Forge
    now: Callable[[], float]
    _lines: list[str] = field(default_factory=list)
    _count: int = 0
    _is_due: bool = False
    _trouble: str = ""

    def begin(self, step: Step, grounds: Grounds) -> None:
        """Before a step: a merge is written down with its grounds.

        Raises:
            LockedError: another pass is at work.
        """
        if isinstance(step, Merge):
            self._add(journal.begun(step, grounds))
            self._is_due = True
            if not self._trouble:  # a server that does not answer is asked once more, at the end
                self._write()

    def end(self, step: Step, outcome: Outcome, grounds: Grounds) -> None:
        """After a step: what became of it is kept for the next line that is written."""
        for fields in journal.ended(step, outcome, grounds):
            self._add(fields)
        self._is_due |= isinstance(outcome, Done) or (isinstance(outcome, Failed) and outcome.sha is not None)

    def close(self) -> tuple[str, ...]:
        """Write what is left; why that could not be done, if it could not."""
        try:
            if self._lines and self._is_due:
                self._write()
        except LockedError as error:
            self._trouble = error.message
        return (f"the journal could not be written: {self._trouble}",) if self._trouble else ()

    def _add(self, fields: Fields) -> None:
        self._count += 1
        self._lines.append(line(fields, by=self.forge.writer.this_pass, at=self.now(), number=self._count))

    def _write(self) -> None:
        try:
            outcome = self.forge.writer.record(tuple(self._lines))
        except LockedError:
            raise
        except MergebotError as error:
            outcome = Failed(reason=error.message)
        if isinstance(outcome, Done | AlreadyDone):
            self._lines.clear()
            self._trouble = ""
        else:
            self._trouble = outcome.reason if isinstance(outcome, Failed) else "the forge did not try it"
