"""What a pass leaves behind for others to read: statuses, comments, and mergebot's memory; only where it changed.

One notice that cannot be written does not keep the others back. Where a limit is reached the rest is left to the next
pass, which finds by itself what is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial

from mergebot.errors import AccessError, GitError, LockedError, MergebotError
from mergebot.forge.github import statuses
from mergebot.forge.github.comments import DUE, is_locked, put_comment, unsaid
from mergebot.forge.github.errors import DeniedError, LimitedError, NoAnswerError
from mergebot.forge.github.memory import Memory, OwnComment, Refusal, with_answers
from mergebot.forge.github.session import OwnStatus
from mergebot.forge.github.signs import unchanged
from mergebot.forge.github.standing import with_past
from mergebot.forge.github.state import write_memory
from mergebot.forge.github.writing import Writing
from mergebot.git.repository import Identity
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.notice import Notice, Report, StatusState
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome
from mergebot.model.plan import EntryState, Plan

MOST_SILENCES = 3
"""After so many things in a row of which GitHub took no note the rest is not tried: each takes its time to fail."""

MOST_DENIALS = 3
"""After so many comments that were denied the rest is not tried: the token has no right to write any."""


class _Tried(Enum):
    """What came of writing one thing; LOCKED: this conversation takes no words; DENIED: the token may not."""

    DONE = auto()
    LOCKED = auto()
    FAILED = auto()
    DENIED = auto()


def publish(writing: Writing, plan: Plan, report: Report, *, identity: Identity) -> Outcome:
    """Write what is new; `AlreadyDone` where nothing was written.

    Raises:
        LockedError: another pass is at work.
    """
    work = _Publishing(writing=writing, comments=dict(writing.session.seen.memory.comments))
    work.statuses(report)
    if writing.session.seen.viewer.login:  # else it could not find its own comments again
        work.comment(plan, report.notices)
        work.part(plan, report)
    work.memory(plan, report, identity)
    if work.failures:
        hint = "what could not be written is tried again by the next pass"
        return Failed(reason="; ".join(dict.fromkeys(work.failures)), hint=hint)
    return Done() if work.has_written else AlreadyDone(detail="nothing has changed")


@dataclass(kw_only=True, slots=True)
class _Publishing:
    writing: Writing
    comments: dict[PrNumber, OwnComment]
    failures: list[str] = field(default_factory=list)
    parted: set[PrNumber] = field(default_factory=set)
    has_written: bool = False
    silences: int = 0
    is_over: bool = False
    is_shut_out: bool = False

    def statuses(self, report: Report) -> None:
        """Without the right to set one, none of them can be set: that is said once."""
        session, notices = self.writing.session, report.notices
        told = {
            n: status.head
            for n, status in session.seen.statuses.items()
            if not statuses.is_of_landed(status.state, status.description)
        }
        heard = [notice for notice in notices if notice.new_status or told.get(notice.pr) == notice.head]
        gone = set() if report.partial else told.keys() - {notice.pr for notice in notices}
        for number, status in sorted(statuses.due(session, heard, gone).items()):
            if self._try(f"the status of #{number}", partial(self._status, number, status)) is _Tried.DENIED:
                return

    def _status(self, number: PrNumber, status: OwnStatus) -> None:
        self.has_written |= statuses.set_status(self.writing, number, status)

    def comment(self, plan: Plan, notices: Sequence[Notice]) -> None:
        """Conversations may be locked one by one, so a denial is first taken for that of one PR.

        Of a PR that was merged nothing more is to be said, unless that could not be said.
        """
        entries, denials = {entry.pr for entry in plan.entries}, 0
        for notice in notices:
            tried = _Tried.FAILED
            if denials < MOST_DENIALS:
                tried = self._try(f"the comment on #{notice.pr}", partial(self._comment, notice))
            denials += tried is _Tried.DENIED
            if notice.pr in entries:
                continue
            if tried is not _Tried.FAILED:
                self.parted.add(notice.pr)
            elif notice.new_comment:
                self.comments.setdefault(notice.pr, DUE)

    def _comment(self, notice: Notice) -> None:
        known = self.comments.pop(notice.pr, None)
        try:
            known, written = put_comment(self.writing, notice, known)
            self.has_written |= written
        except DeniedError as error:
            known = unsaid(notice, known) if is_locked(error) else known
            raise
        finally:
            if known is not None:
                self.comments[notice.pr] = known

    def part(self, plan: Plan, report: Report) -> None:
        """Bring the comments on PRs that are no longer entries up to date, once, and forget them."""
        if report.partial:
            return
        here = {entry.pr for entry in plan.entries} | {notice.pr for notice in report.notices}
        for number, known in sorted(self.comments.items()):
            if number in here:
                continue
            ending = report.endings.get(number)
            is_new = known == DUE and ending is not None
            last = _last_word(number, ending or report.farewell, is_new=is_new)
            if self._try(f"the comment on #{number}", partial(self._comment, last)) is not _Tried.FAILED:
                self.parted.add(number)

    def memory(self, plan: Plan, report: Report, identity: Identity) -> None:
        old = self.writing.session.seen.memory
        new = replace(self._new_memory(plan), status=with_past(report.status, old.status))
        new = replace(old, comments=new.comments) if report.partial else new
        forgotten = self.writing.session.deeds.forgotten & old.refusals.keys() or self.parted & old.comments.keys()
        if _is_part_of(new, old) and not forgotten:
            return  # what is only forgotten is forgotten with the next thing to remember: a quiet pass writes nothing

        def write() -> None:
            outcome = write_memory(self.writing, new, identity=identity)
            self.has_written |= isinstance(outcome, Done)
            if isinstance(outcome, Failed):
                raise GitError(outcome.reason)

        self.is_over = False  # what is wrong with requests need not be so with git
        self._try("mergebot's memory", write)

    def _new_memory(self, plan: Plan) -> Memory:
        seen, now = self.writing.session.seen, self.writing.session.deeds
        then, opened = seen.memory, seen.bases
        heads = {entry.pr: entry.head.sha for entry in plan.entries}
        needed = {number for entry in plan.entries for number in (*entry.depends_on, *entry.stacked_on)}
        watched = {entry.pr for entry in plan.entries if entry.state is not EntryState.IGNORED} | needed
        return Memory(
            heads={number: head for number, head in heads.items() if number in watched},
            outgrown={n: tips for n, tips in seen.outgrown.items() if n in needed or n not in opened},
            refusals=self._refusals(plan, heads),
            comments={number: comment for number, comment in self.comments.items() if number not in self.parted},
            answered={
                n: ids for n, ids in with_answers(then.answered, now.answered).items() if n in heads or n in opened
            },
            frozen=then.frozen,
            base=plan.base.branch,
            order=plan.order,
        )

    def _refusals(self, plan: Plan, heads: Mapping[PrNumber, Sha]) -> dict[PrNumber, Refusal]:
        session = self.writing.session
        then, now = session.seen.memory.refusals, session.seen.signs
        kept = {
            number: refusal
            for number, refusal in then.items()
            if number not in session.deeds.forgotten and unchanged(refusal.signs, now.get(number, ""), plan.base.sha)
        }
        known = {**kept, **session.deeds.refused}
        return {number: refusal for number, refusal in known.items() if heads.get(number) == refusal.head}

    def _try(self, what: str, write: Callable[[], None]) -> _Tried:
        """Write one thing."""
        if self.is_over or self.is_shut_out:
            return _Tried.FAILED
        try:
            write()
        except LockedError:
            raise
        except DeniedError as error:
            self.failures.append(f"{what} cannot be written: {error.message}")
            return _Tried.LOCKED if is_locked(error) else _Tried.DENIED
        except LimitedError as error:
            self.is_over = True
            self.failures.append(error.message)
        except MergebotError as error:
            self._note(error)
            self.failures.append(f"{what} cannot be written: {error.message}")
        else:
            self.silences = 0
            return _Tried.DONE
        return _Tried.FAILED

    def _note(self, error: MergebotError) -> None:
        if isinstance(error, NoAnswerError):
            self.silences += 1
            self.is_over = self.silences >= MOST_SILENCES
        else:
            # Where git lets nothing be pushed there is no lock, and each further try would be a push in vain.
            self.is_shut_out = type(error) is AccessError


def _last_word(number: PrNumber, text: str, *, is_new: bool) -> Notice:
    state = StatusState.PENDING
    return Notice(pr=number, head=Sha(""), state=state, description="", comment=text, new_comment=is_new)


def _is_part_of(new: Memory, old: Memory) -> bool:
    """Whether all that is to be remembered is remembered already, and what others read says the same."""
    return (
        new.heads.items() <= old.heads.items()
        and new.outgrown.items() <= old.outgrown.items()
        and new.refusals.items() <= old.refusals.items()
        and new.comments.items() <= old.comments.items()
        and new.answered.items() <= old.answered.items()
        and new.frozen == old.frozen
        and new.status == old.status
        and (new.order == () == old.order or (new.base, new.order) == (old.base, old.order))
    )
