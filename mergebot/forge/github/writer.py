"""The writer: every method is one guarded step on GitHub, done or not done, each in a module of its own.

What is expected to go wrong comes back as an outcome; only `LockedError` passes, for then another pass is at work.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from time import sleep

from mergebot.errors import LockedError, MergebotError
from mergebot.forge.github import (
    answering,
    branches,
    deleting,
    dispatching,
    freezing,
    journal,
    merging,
    native,
    publish,
    retargeting,
)
from mergebot.forge.github.lock import Lock
from mergebot.forge.github.session import Session
from mergebot.forge.github.writing import Writing
from mergebot.forge.protocol import BranchMove
from mergebot.git.repository import Identity
from mergebot.model.journal import ThisPass
from mergebot.model.notice import Report
from mergebot.model.outcome import Failed, Outcome, PassResult
from mergebot.model.plan import Answer, DeleteBranch, Dispatch, KeepTip, Merge, Plan, Retarget, RunChecks
from mergebot.model.policy import Policy


class GithubWriter:
    """Changes a repository on GitHub. `wait` sleeps for so many seconds."""

    def __init__(self, session: Session, *, wait: Callable[[float], None] = sleep) -> None:
        self._session = session
        self._lock = Lock(session)
        self._writing = Writing(session=session, latch=self._lock, sleep=wait)

    def lock(self) -> AbstractContextManager[None]:
        """Keep other passes away, from the first write on.

        Raises:
            LockedError: another pass is at work.
            MergebotError: the server cannot be read.
        """
        return self._lock.entered()

    def merge(self, step: Merge) -> Outcome:
        """Squash-merge a pull request, or change nothing."""
        one = native.merge if step.native else merging.merge
        return _outcome(lambda: one(self._writing, step))

    def move_branches(self, moves: Sequence[BranchMove]) -> Outcome:
        """Move all these branches, or none."""
        return _outcome(lambda: branches.move_branches(self._writing, moves))

    def retarget(self, step: Retarget) -> Outcome:
        """Change the base of an open pull request."""
        return _outcome(lambda: retargeting.retarget(self._writing, step))

    def keep_tip(self, step: KeepTip) -> Outcome:
        """Keep the tip of a merged pull request."""
        return _outcome(lambda: branches.keep_tip(self._writing, step))

    def delete_branch(self, step: DeleteBranch) -> Outcome:
        """Delete the branch of a merged pull request."""
        return _outcome(lambda: deleting.delete_branch(self._writing, step))

    def run_checks(self, step: RunChecks, policy: Policy) -> Outcome:  # noqa: ARG002 (no policy allows it)
        """Never: the code is a stranger's (I8), and GitHub has checks of its own."""
        return Failed(reason=f"no test command is run for #{step.pr} on a forge", hint="let CI test it")

    def dispatch(self, step: Dispatch) -> Outcome:
        """Start workflows on a branch that mergebot has pushed."""
        return _outcome(lambda: dispatching.dispatch(self._writing, step))

    def answer(self, step: Answer) -> Outcome:
        """Do what a comment asks for, then answer it with a reaction."""
        return _outcome(lambda: answering.answer(self._writing, step))

    def freeze(self, reason: str) -> Outcome:
        """Pause the queue until a person closes the issue that says so."""
        return _outcome(lambda: freezing.freeze(self._writing, reason, identity=self._now()))

    def publish(self, plan: Plan, result: PassResult, report: Report) -> Outcome:  # noqa: ARG002 (the report is drawn from it)
        """Write statuses, comments and mergebot's memory, where they changed."""
        return _outcome(lambda: publish.publish(self._writing, plan, report, identity=self._now()))

    def record(self, lines: Sequence[str]) -> Outcome:
        """Append these lines to the journal."""
        return _outcome(lambda: journal.record(self._writing, lines, identity=self._now()))

    def recorded(self) -> tuple[bytes, ...]:
        """The newest lines of the journal.

        Raises:
            MergebotError: the server gave no answer, or does not let us in.
        """
        return journal.recorded(self._session)

    @property
    def this_pass(self) -> ThisPass:
        """The run in Actions, else this machine."""
        me = self._lock.holder
        return ThisPass(id=me.id, url=me.url, host="" if me.url else me.host)

    def committer(self, when: int) -> Identity:
        """The account that mergebot acts as, by the address under which GitHub knows it."""
        viewer = self._session.seen.viewer
        if not viewer.login:
            return Identity(when=when)
        name = f"{viewer.login}[bot]" if viewer.is_bot else viewer.login
        return Identity(name=name, email=viewer.email(self._session.hosts), when=when)

    def _now(self) -> Identity:
        return self.committer(int(self._session.clock()))


def _outcome(step: Callable[[], Outcome]) -> Outcome:
    try:
        return step()
    except LockedError:
        raise
    except MergebotError as error:
        return Failed(reason=error.message, hint=error.hint)
