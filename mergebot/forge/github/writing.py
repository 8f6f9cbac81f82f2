"""What every write needs: the connection, the lock that comes before the first one, and a way to wait."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mergebot.errors import MergebotError
from mergebot.forge.github.session import Session
from mergebot.git.remote import PushedRef, PushState, RefUpdate
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.outcome import Failed, Outcome, Stale

MOST_UNDONE = 2
"""After so many PRs in a row whose merge GitHub did not answer, others are not waited for: it is out of order."""

OWN = "refs/mergebot/"
"""Where mergebot's own refs are; platform: they start no workflow and fall under no rule of a branch."""

OWN_REFUSED = f"the server does not take {OWN}*: old tips, the lock and mergebot's memory cannot be kept there"


class Latch(Protocol):
    """What has to be done before each write."""

    def take(self) -> None:
        """Take the lock unless it is held already.

        Raises:
            LockedError: another pass has it.
        """
        ...


@dataclass(kw_only=True, slots=True)
class Writing:
    """The writing end of a session."""

    session: Session
    latch: Latch
    sleep: Callable[[float], None]

    def send(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (JSON)
        """One write by REST below the repository's path, tried once; its errors are the client's."""
        self.latch.take()
        return self.session.client.send(verb, f"{self.session.api}{path}", body)

    def push(self, moves: Sequence[RefUpdate]) -> tuple[PushedRef, ...]:
        """One push, all or nothing."""
        self.latch.take()
        return self.session.mirror.remote.push(moves)

    def refs(self, *names: str) -> Mapping[str, Sha]:
        """The refs of these names (or that start with one) as they are now."""
        return self.session.mirror.remote.refs(*names).refs

    @property
    def is_patient(self) -> bool:
        """Whether it is worth while to wait for what GitHub makes of a merge."""
        return len(self.session.deeds.undone) < MOST_UNDONE

    def undone(self, pr: PrNumber, reason: str) -> Outcome:
        """GitHub did not get to this merge: it is tried again in this pass, unless that was so for others too."""
        was_patient = self.is_patient
        self.session.deeds.undone.add(pr)
        return Stale(reason=reason) if was_patient else Failed(reason=reason, hint="the next pass tries it again")

    def touch(self, prs: Iterable[PrNumber]) -> None:
        """Have these PRs read again."""
        self.session.deeds.touched.update(prs)


def own_refs_refused(session: Session) -> None:
    """The server does not take mergebot's own refs: say so once, and go on without them."""
    if session.deeds.takes_own_refs:
        session.deeds.warnings.append(OWN_REFUSED)
    session.deeds.takes_own_refs = False


def words_of(answers: Iterable[PushedRef], *states: PushState) -> str:
    """The server's words for those refs that came out so."""
    return "; ".join(dict.fromkeys(one.words for one in answers if one.state in states and one.words))


def missing(session: Session, shas: Sequence[Sha]) -> frozenset[Sha]:
    """Those of these commits that cannot be had from the server, for whatever reason."""
    try:
        return session.mirror.fetch(shas)
    except MergebotError:
        return frozenset(shas)
