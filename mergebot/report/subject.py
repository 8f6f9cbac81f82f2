"""One open PR with everything that is said of it, and the few words that comment, status and JSON share."""

from collections.abc import Iterator
from dataclasses import dataclass

from mergebot.model.plan import CriterionName, Entry, EntryState, Link, Pass, Pending, Verdict
from mergebot.report.next_steps import Next, Who, next_steps
from mergebot.report.standing import Standing
from mergebot.report.troubles import Trouble

RUNNING = frozenset({"tests.running", "tests.queued"})
STILL_RUNNING = "its checks are still running"
"""Which ones is no news: nothing is written for each that finishes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """An open PR, where it stands, and which steps of this pass failed on it. `page`: its own ("" = it has none)."""

    entry: Entry
    standing: Standing
    troubles: tuple[Trouble, ...] = ()
    page: str = ""

    @property
    def is_left_out(self) -> bool:
        """Nobody has asked for anything: no more is said of it, so that no check or push changes that."""
        return self.entry.state is EntryState.IGNORED and not self.entry.answers

    @property
    def told(self) -> tuple[Trouble, ...]:
        """The failures that somebody has to see to, and that the plan does not speak of anyway."""
        if self.entry.state is EntryState.BLOCKED:
            return ()
        return tuple(trouble for trouble in self.troubles if trouble.told)

    @property
    def failures(self) -> tuple[Trouble, ...]:
        """The failures that say more than the main reason does.

        A refusal is the main reason, has no hint, and stays although the next pass does not try the step again: it must
        not be told twice, and then once (I5).
        """
        return tuple(one for one in self.troubles if one.failed.hint or one.failed.reason not in self.entry.because)

    @property
    def next(self) -> tuple[Next, ...]:
        """Who acts next, the first one first."""
        failed = (Next(who=Who.MAINTAINER, what=f"someone sees to why its {one.noun} failed") for one in self.told)
        return (*failed, *next_steps(self.entry, self.standing))

    def reason(self, verdict: Verdict) -> str:
        """Its reason, without the addresses that links lead to."""
        return STILL_RUNNING if verdict.code in RUNNING else self._short(verdict.reason)

    @property
    def because(self) -> str:
        """The main reason."""
        if self.entry.state is EntryState.WAITING:
            first = next((item.verdict for item in self.entry.criteria if isinstance(item.verdict, Pending)), None)
            if first is not None and first.code in RUNNING:
                return STILL_RUNNING
        return self._short(self.entry.because)

    def _short(self, reason: str) -> str:
        for item in self.entry.criteria:
            for link in item.verdict.evidence.links:
                reason = reason.replace(f", see {link.url}", "")
        return reason

    def links(self, name: CriterionName, verdict: Verdict) -> tuple[Link, ...]:
        """The pages of the evidence; of checks at least the page that lists them."""
        if verdict.evidence.links or name is not CriterionName.TESTS_PASSING or not self.page:
            return verdict.evidence.links
        return () if verdict.code == "tests.off" else (Link(text="checks", url=f"{self.page}/checks"),)

    def lacking(self) -> Iterator[Verdict]:
        """The verdicts that keep it back."""
        return (item.verdict for item in self.entry.criteria if not isinstance(item.verdict, Pass))
