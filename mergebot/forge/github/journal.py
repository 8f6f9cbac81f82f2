"""The journal in `refs/mergebot/journal`: who asks for it reads it whole, a pass only where it has lines to add."""

import json
from collections.abc import Sequence
from typing import Any, Final

from mergebot.errors import MergebotError
from mergebot.forge.github.session import JOURNAL, Session
from mergebot.forge.github.words import without_secrets
from mergebot.forge.github.writing import Writing, own_refs_refused
from mergebot.git import journal
from mergebot.git.landed import landed_since as landed_in
from mergebot.git.remote import HEADS, PushState, RefUpdate
from mergebot.git.repository import Identity
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.journal import Journal
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome

TRIES: Final = 4
"""How often lines are appended to what others appended meanwhile."""


def record(writing: Writing, lines: Sequence[str], *, identity: Identity) -> Outcome:
    """Append these lines, after those that others have appended meanwhile.

    Raises:
        LockedError: another pass is at work.
        MergebotError: the server gave no answer, or does not let us in.
    """
    session = writing.session
    if not session.deeds.takes_own_refs or not lines:
        return AlreadyDone(detail="the server takes no journal")
    secrets = session.client.secrets()
    clean = [_scrubbed(line, secrets).encode("ascii", "backslashreplace") for line in lines]
    repository = session.mirror.repository
    tip = _tip(session)
    for _ in range(TRIES):
        _bring(session, tip)
        new = journal.append(repository, tip, clean, identity)
        [answer] = writing.push([RefUpdate(ref=JOURNAL, old=tip, new=new)])
        if answer.state is PushState.REFUSED:
            own_refs_refused(session)
            return AlreadyDone(detail="the server takes no journal")
        now = new if answer.state is PushState.DONE else writing.refs(JOURNAL).get(JOURNAL)
        if now == new or _arrived(session, now, clean):
            session.deeds.journal = now
            return Done()
        tip = now
    return Failed(reason="others wrote to the journal each time", hint="nothing else is missing")


def recorded(session: Session) -> tuple[bytes, ...]:
    """The lines of the newest segment.

    Raises:
        MergebotError: the server gave no answer, or does not let us in.
    """
    if (tip := _tip(session)) is None or not session.deeds.takes_own_refs:
        return ()
    _bring(session, tip)
    return tuple(filter(None, journal.newest(session.mirror.repository, tip).split(b"\n")))


def read(session: Session) -> Journal:
    """The whole journal.

    Raises:
        AccessError: the repository cannot be seen.
        MergebotError: git failed.
    """
    tip = session.mirror.remote.refs(JOURNAL).refs.get(JOURNAL)
    if tip is None:
        return Journal()
    if session.mirror.fetch([tip]):
        return Journal(tip=tip, faults=(f"the server does not have {tip}",))
    repository = session.mirror.repository
    session.mirror.fetch_blobs(journal.blobs(repository, tip).values())
    return journal.as_lines(repository, tip)


def landed_since(session: Session, branch: Branch, base: Sha) -> dict[PrNumber, Sha] | None:
    """What came to a branch since, by number; None where that cannot be told."""
    try:
        tip = session.mirror.remote.refs(f"{HEADS}{branch}").branch(branch)
        if tip is None or session.mirror.fetch([tip]):
            return None
        return landed_in(session.mirror.repository, tip, base)
    except MergebotError:
        return None


def _tip(session: Session) -> Sha | None:
    """Where the journal ends, as this pass has left or seen it."""
    return session.deeds.journal or session.seen.refs.refs.get(JOURNAL)


def _bring(session: Session, tip: Sha | None) -> None:
    """Have here what a line is appended to; what this pass has written is."""
    if tip is None or tip == session.deeds.journal:
        return
    session.mirror.fetch([tip])
    blob = journal.blobs(session.mirror.repository, tip).get(journal.CURRENT)
    session.mirror.fetch_blobs([blob] if blob else [])


def _arrived(session: Session, tip: Sha | None, lines: Sequence[bytes]) -> bool:
    """Whether a push of which there was no answer, or none that says so, has been done, and others came after it."""
    if tip is None:
        return False
    _bring(session, tip)
    return journal.holds(session.mirror.repository, tip, lines)


def _scrubbed(line: str, secrets: Sequence[str]) -> str:
    """The line with what looks like a secret left out of each of its texts, so that it stays the JSON that it is."""
    return json.dumps(_without(json.loads(line), secrets), separators=(",", ":"))


def _without(value: Any, secrets: Sequence[str]) -> Any:  # noqa: ANN401 (JSON)
    match value:
        case str():
            return without_secrets(value, secrets)
        case list():
            return [_without(item, secrets) for item in value]
        case dict():
            return {key: _without(item, secrets) for key, item in value.items()}
        case _:
            return value
