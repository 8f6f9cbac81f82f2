"""Keeps the journal of one pass: why a merge is begun is written before it is, all else with the next line, or at last.

A pass may be killed at any moment, also right after the forge has merged: so the grounds stand in the journal first. It
is for people who ask later, and nothing is decided by it: where it cannot be written the pass goes on, and says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mergebot.errors import LockedError, MergebotError
from mergebot.forge.protocol import Forge
from mergebot.model.ids import PrNumber
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.plan import Merge, Step
from mergebot.model.snapshot import Snapshot
from mergebot.report import journal
from mergebot.report.journal import Fields, Grounds
from mergebot.report.journal_line import line
from mergebot.report.journal_reading import Tried, last_tries


@dataclass
class Recorder:
    """The lines of one pass that are still to be written. `now` gives UTC seconds since 1970.

    `_is_due`: there is something to tell; `_has_done`: something was changed. A pass in which nothing was begun or done
    leaves no line: what it could not do is in its output, and would be the same each time. So is a merge that is tried
    once more on the same grounds, and fails for the same reason: in a repository that allows no merge such lines would
    drive all others out.
    """

    forge: Forge
    now: Callable[[], float]
    _lines: list[str] = field(default_factory=list)
    _count: int = 0
    _is_due: bool = False
    _has_done: bool = False
    _trouble: str = ""
    _again: Tried | None = None
    _tried: Mapping[PrNumber, Tried] | None = None
    _landed: set[PrNumber] = field(default_factory=set)

    def begin(self, step: Step, grounds: Grounds) -> None:
        """Before a step: a merge is written down with its grounds, unless these very grounds stand there already.

        Raises:
            LockedError: another pass is at work.
        """
        if not isinstance(step, Merge):
            return
        self._add(journal.begun(step, grounds))
        before = self._earlier().get(step.pr)
        self._again = before if before and not before.has_landed and before.is_as(self._lines[-1]) else None
        if self._again is None:
            self._is_due = True
            if not self._trouble:  # a server that does not answer is asked once more, at the end
                self._write()

    def end(self, step: Step, outcome: Outcome, grounds: Grounds) -> None:
        """After a step: what became of it is kept for the next line that is written."""
        for fields in journal.ended(step, outcome, grounds):
            self._add(fields)
        again, self._again = self._again, None
        landed = isinstance(outcome, Done | Failed) and outcome.sha is not None
        if isinstance(step, Merge) and landed:
            self._landed.add(step.pr)
        if again and isinstance(outcome, Stale | Failed) and again.ended_as(self._lines[-1]):
            del self._lines[-2:]
        else:
            self._has_done |= isinstance(outcome, Done) or landed
            self._is_due |= self._has_done or again is not None

    def close(self, snapshot: Snapshot | None = None) -> tuple[str, ...]:
        """Write what is left; why that could not be done, if it could not.

        What a killed pass had begun, and was found merged by this one (`snapshot`), is written down along with it.
        """
        try:
            # What was begun in vain is not worth a second push where the first one failed: the token may have no right.
            if self._lines and self._is_due and (self._has_done or not self._trouble):
                self._find(snapshot)
                self._write()
        except LockedError as error:
            self._trouble = error.message
        return (f"the journal could not be written: {self._trouble}",) if self._trouble else ()

    def _find(self, snapshot: Snapshot | None) -> None:
        for pr in snapshot.closed if snapshot else ():
            tried = self._earlier().get(pr.number)
            if pr.landed is None or tried is None or tried.has_landed or pr.number in self._landed:
                continue
            if tried.begun.text("head", "sha") == pr.head.sha:
                self._add(journal.found(pr, tried.begun.text("pass") if tried.end is None else ""))

    def _earlier(self) -> Mapping[PrNumber, Tried]:
        """What the journal said last of each merge before this pass."""
        if self._tried is None:
            try:
                self._tried = last_tries(self.forge.writer.recorded())
            except LockedError:
                raise
            except MergebotError:  # whoever writes to it finds out, and says so
                self._tried = {}
        return self._tried

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
