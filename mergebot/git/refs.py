"""Refs move by compare-and-swap, several at once or none (`git update-ref --stdin`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mergebot.errors import GitError, RefMovedError
from mergebot.git.paths import name
from mergebot.git.process import Git, last_words
from mergebot.model.ids import Sha

SECONDS_FOR_A_LOCK = 3.0
"""How long another git may hold a ref's lock file before we give up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefUpdate:
    """Move `ref` (a full name) from `old` to `new`; None as `old`: it must not exist, None as `new`: delete it."""

    ref: str
    old: Sha | None
    new: Sha | None


class _LockedRefError(GitError):
    """Another git holds a lock file that this transaction needs."""


def read_refs(git: Git, prefix: str) -> dict[str, Sha]:
    """Every ref whose full name starts with `prefix`, and the object that it points at."""
    listed = git.run("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    pairs = (line.split(b" ", 1) for line in listed)
    return {ref: Sha(sha.decode()) for sha, ref in ((sha, name(ref)) for sha, ref in pairs) if ref.startswith(prefix)}


def update_refs(git: Git, updates: Sequence[RefUpdate], *, message: str) -> None:
    """Make all these moves, or none.

    Raises:
        RefMovedError: a ref is not where it is expected.
        GitError: a ref cannot be written.
    """
    from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random  # noqa: PLC0415 (35 ms)

    if not updates:
        return
    patience = Retrying(
        retry=retry_if_exception_type(_LockedRefError),
        stop=stop_after_delay(SECONDS_FOR_A_LOCK),
        wait=wait_random(0.01, 0.1),
        reraise=True,
    )
    patience(_transaction, git, updates, message)


def _transaction(git: Git, updates: Sequence[RefUpdate], message: str) -> None:
    commands = b"".join(_command(update) for update in updates)
    done = git.finish("update-ref", "-m", message, "--stdin", "-z", stdin=b"start\0" + commands + b"prepare\0commit\0")
    if not done.returncode:
        return
    now = read_refs(git, "refs/")
    moved = [_moved(update, now) for update in updates if now.get(update.ref) != update.old]
    if moved:
        raise RefMovedError("; ".join(moved), hint="nothing was changed; look again")
    words = last_words(done.stderr)
    if ".lock': File exists" in done.stderr.decode(errors="replace"):
        hint = "another git process seems to be at work; if none is, remove that lock file"
        raise _LockedRefError(f"the branches could not be moved: {words}", hint=hint)
    raise GitError(f"the branches could not be moved: {words}")


def _command(update: RefUpdate) -> bytes:
    # A symbolic ref is followed when it moves, but never when it is deleted: that would delete its target.
    ref = update.ref.encode("utf-8", "surrogateescape")
    old = (update.old or "").encode()
    match update:
        case RefUpdate(new=None, old=None):
            return b"verify %b\0\0" % ref
        case RefUpdate(new=None):
            return b"option no-deref\0delete %b\0%b\0" % (ref, old)
        case RefUpdate(new=str() as new, old=None):
            return b"create %b\0%b\0" % (ref, new.encode())
        case RefUpdate(new=new):
            return b"update %b\0%b\0%b\0" % (ref, (new or "").encode(), old)


def _moved(update: RefUpdate, now: Mapping[str, Sha]) -> str:
    is_at = f"is at {now[update.ref][:12]}" if update.ref in now else "does not exist"
    expected = f"at {update.old[:12]}" if update.old else "not to exist"
    return f"{update.ref} {is_at}, but was expected {expected}"
