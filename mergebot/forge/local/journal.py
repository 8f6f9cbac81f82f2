"""The journal in `refs/mergebot/journal` of the repository itself."""

from collections.abc import Sequence
from typing import Final

from mergebot.errors import GitError, RefMovedError
from mergebot.git import journal
from mergebot.git.landed import landed_since as landed_in
from mergebot.git.repository import Identity, RefUpdate, Repository
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.journal import REF, Journal
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome

TRIES: Final = 4
"""How often lines are appended to what others appended meanwhile."""


def record(repository: Repository, lines: Sequence[str], *, identity: Identity) -> Outcome:
    """Append these lines, after those that others have appended meanwhile."""
    if not lines:
        return AlreadyDone()
    encoded = [line.encode("ascii", "backslashreplace") for line in lines]
    # Git would follow it, and move the branch that it names.
    if not repository.git.finish("symbolic-ref", "--quiet", REF).returncode:
        return Failed(reason=f"{REF} only stands for another ref", hint="delete it: a run makes it anew")
    moved = GitError("")
    for _ in range(TRIES):
        try:
            tip = repository.refs(REF).get(REF)
            new = journal.append(repository, tip, encoded, identity)
            repository.update_refs([RefUpdate(ref=REF, old=tip, new=new)], message="mergebot: journal")
        except RefMovedError as error:
            moved = error
        except GitError as error:
            return Failed(reason=error.message, hint=error.hint)
        else:
            return Done()
    return Failed(reason=moved.message, hint=moved.hint)


def recorded(repository: Repository) -> tuple[bytes, ...]:
    """The lines of the newest segment."""
    tip = repository.refs(REF).get(REF)
    return tuple(filter(None, journal.newest(repository, tip).split(b"\n"))) if tip else ()


def read(repository: Repository) -> Journal:
    """The whole journal."""
    tip = repository.refs(REF).get(REF)
    return journal.as_lines(repository, tip) if tip else Journal()


def landed_since(repository: Repository, branch: Branch, base: Sha) -> dict[PrNumber, Sha] | None:
    """What came to a branch since, by number; None where that cannot be told."""
    tip = repository.refs(f"refs/heads/{branch}").get(f"refs/heads/{branch}")
    return landed_in(repository, tip, base) if tip else None
