"""One pass at a time on one repository: a commit in `refs/mergebot/lock` that says who is at work, and since when.

It only saves the second one's work: every step is a compare-and-swap and safe without it. Entering reads; the first
write of the pass takes the lock, so a pass that has nothing to do writes nothing. A killed pass's lock is taken over:
at once where its run or process is known to have ended, else when it is old.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mergebot.errors import GitError, LockedError, MergebotError
from mergebot.forge.github.holder import Holder
from mergebot.forge.github.plain import as_dict
from mergebot.forge.github.session import LOCK, Session
from mergebot.forge.github.writing import own_refs_refused
from mergebot.git.objects import Objects, ident_line, parse
from mergebot.git.remote import PushState, RefUpdate
from mergebot.git.repository import Identity
from mergebot.model.ids import Sha

STALE_AFTER: Final = 20 * 60.0
"""Seconds after which a lock holds nobody back."""

RENEW_AFTER: Final = 5 * 60.0
"""Seconds after which a pass that is still writing takes its lock anew."""

TRIES: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A lock that stands there: the commit, who holds it (None: it cannot be read), since when."""

    sha: Sha
    holder: Holder | None = None
    since: float = 0.0


class Lock:
    """The lock of one pass."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._me = Holder.here(session.environ, session.repository, secrets.token_hex(8))
        self._is_entered = False
        self._in_the_way: Sha | None = None
        self._own: Sha | None = None
        self._since = 0.0

    @property
    def holder(self) -> Holder:
        """Who this pass is."""
        return self._me

    @contextmanager
    def entered(self) -> Iterator[None]:
        """From here on writes take the lock; at the end it is given back.

        Raises:
            LockedError: another pass has it.
            MergebotError: the server cannot be read.
        """
        self._in_the_way = self._looked()
        self._is_entered = True
        try:
            yield
        finally:
            self._is_entered = False
            self._release()

    def take(self) -> None:
        """Before each write: take the lock, or take it anew when it is getting old; outside of a pass do nothing.

        Raises:
            LockedError: another pass has it.
            MergebotError: the server cannot be reached.
        """
        if not self._is_entered or not self._session.deeds.takes_own_refs:
            return
        if self._own is not None and self._session.clock() - self._since < RENEW_AFTER:
            return
        old = self._own or self._in_the_way
        for _ in range(TRIES):
            new = self._written()
            [answer] = self._session.mirror.remote.push([RefUpdate(ref=LOCK, old=old, new=new)])
            if answer.state is PushState.REFUSED:
                own_refs_refused(self._session)
                return
            if answer.state is PushState.DONE or self._stands() == new:
                self._own, self._since = new, self._session.clock()
                return
            old = self._looked()
        raise GitError("the lock could not be taken: the server gives no clear answer")

    def _release(self) -> None:
        if self._own is None:
            return
        own, self._own = self._own, None
        with suppress(MergebotError):  # it grows old by itself
            for _ in range(TRIES):
                [answer] = self._session.mirror.remote.push([RefUpdate(ref=LOCK, old=own, new=None)])
                if answer.state is not PushState.LOST:
                    break

    def _written(self) -> Sha:
        now = int(self._session.clock())
        who = ident_line(Identity(when=now))
        with Objects(self._session.mirror.repository) as objects:
            message = self._me.message().encode()
            return objects.write_commit(tree=objects.empty_tree, parents=[], author=who, committer=who, message=message)

    def _stands(self) -> Sha | None:
        return self._session.mirror.remote.refs(LOCK).refs.get(LOCK)

    def _looked(self) -> Sha | None:
        """The lock that is in the way and may be taken over, None where there is none.

        Raises:
            LockedError: it holds.
        """
        sha = self._stands()
        if sha is None:
            return None
        found = self._read(sha)
        if found.holder is not None and not self._is_over(found, found.holder):
            since = datetime.fromtimestamp(found.since, UTC)
            place = f", {found.holder.url}" if found.holder.url else ""
            raise LockedError(
                f"another pass is at work on this repository since {since:%H:%M:%S} UTC ({found.holder.shown}{place})",
                hint=f"wait for its end; a lock that is {STALE_AFTER / 60:.0f} minutes old is taken over",
            )
        return sha

    def _read(self, sha: Sha) -> _Found:
        """A lock that the server does not give, or that is no commit of ours, holds nobody back."""
        if self._session.mirror.fetch([sha]):
            return _Found(sha=sha)
        try:
            commit = parse(sha, self._session.mirror.repository.run("cat-file", "commit", sha))
        except GitError:
            return _Found(sha=sha)
        date = re.search(rb"> (\d{1,12}) [+-]\d{4}$", commit.committer)
        holder = Holder.parse(commit.message.decode("utf-8", "replace"))
        return _Found(sha=sha, holder=holder if date else None, since=float(date[1]) if date else 0.0)

    def _is_over(self, found: _Found, holder: Holder) -> bool:
        """Whether who took it has ended; a date from the future is no better than an old one."""
        if holder.id == self._me.id or abs(self._session.clock() - found.since) > STALE_AFTER:
            return True
        if holder.is_dead(self._me):
            return True
        return holder.run > 0 and self._run_is_over(holder)

    def _run_is_over(self, holder: Holder) -> bool:
        """Whether GitHub says that the run in Actions is at its end, or at a later attempt."""
        try:
            run = as_dict(self._session.client.get(f"{self._session.api}/actions/runs/{holder.run}"))
        except MergebotError:
            return False
        attempt = run.get("run_attempt")
        is_later = isinstance(attempt, int) and attempt > holder.attempt
        return run.get("id") == holder.run and (run.get("status") == "completed" or is_later)
