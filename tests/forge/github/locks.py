"""Locks of others, for the tests of the lock."""

from mergebot.forge.github.lock import Lock
from mergebot.forge.github.session import Session
from tests.forge.github.desk import Desk

RUN = {
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_SERVER_URL": "https://github.com",
}


def elsewhere(session: Session) -> Lock:
    """A pass on another machine."""
    lock = Lock(session)
    lock._me = lock._me.__class__(id=f"{lock._me.id}x", host="elsewhere", machine="another", process=1)
    return lock


def kill(lock: Lock) -> None:
    """A pass that takes the lock, and is killed."""
    lock._in_the_way = lock._looked()
    lock._is_entered = True
    lock.take()
    assert lock._stands() == lock._own is not None


def raw(desk: Desk, text: str) -> bytes:
    """A commit of this moment with this message, as it is stored."""
    who = f"a <b> {desk.now:.0f} +0000"
    return f"tree {desk.box.tree('main')}\nauthor {who}\ncommitter {who}\n\n{text}".encode()
