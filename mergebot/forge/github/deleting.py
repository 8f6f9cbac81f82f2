"""Deletes the branch of a merged PR: never base, never one that moved, never one that an open PR needs.

Platform: a branch that is deleted by request or push takes the open PRs that are based on it with it: they are closed,
often for good. So GitHub is asked once more, right before.
"""

from typing import Any, Final

from mergebot.errors import MergebotError
from mergebot.forge.github.asking import Asker
from mergebot.forge.github.looking import look
from mergebot.forge.github.plain import as_dict, as_text, one_line
from mergebot.forge.github.session import Session
from mergebot.forge.github.writing import Writing
from mergebot.git.remote import HEADS, PushState, RefUpdate
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, Stale
from mergebot.model.plan import DeleteBranch

NEEDED: Final = """\
query MergebotBranchUsers($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name }
    based: pullRequests(states: [OPEN], baseRefName: $branch, first: 100) { nodes { number } }
    headed: pullRequests(states: [OPEN], headRefName: $branch, first: 100) { nodes { number isCrossRepository } }
  }
}
"""


def delete_branch(writing: Writing, step: DeleteBranch) -> Outcome:
    """Delete it, provided that it still is at its tip and nobody needs it.

    Raises:
        MergebotError: it was not tried (no access, locks, limits).
    """
    session, ref, shown = writing.session, f"{HEADS}{step.branch}", one_line(step.branch)
    tip = writing.refs(ref).get(ref)
    if tip is None:
        return AlreadyDone(detail="it is gone already")
    if tip != step.tip:
        return Stale(reason=f"{shown} moved to {tip:.10} after the decision")
    if step.branch in (session.seen.base, session.seen.refs.head):
        return Failed(reason=f"{shown} is base, which is never deleted")
    if (user := _needed_by(session, step.branch)) is not None:
        writing.touch([user])
        return Stale(reason=f"{shown} is needed by #{user}")
    [answer] = writing.push([RefUpdate(ref=ref, old=step.tip, new=None)])
    match answer.state:
        case PushState.DONE:
            return Done()
        case PushState.REFUSED:
            hint = "delete it by hand, name it in `cleanup.keep_branches`, or let mergebot delete it"
            return Failed(reason=f"GitHub refuses to delete {shown}: {answer.words}", hint=hint)
        case _:
            return _found_out(writing, step)


def _needed_by(session: Session, branch: Branch) -> PrNumber | None:
    """An open PR that has the branch as its base or head.

    Raises:
        MergebotError: that cannot be told, so the branch stays.
    """
    reply = Asker(client=session.client, repository=session.repository).query(NEEDED, branch=branch)
    found = as_dict(reply.data.get("repository"))
    if reply.errors or not found:
        words = one_line("; ".join(error.message for error in reply.errors)) or "no answer"
        raise MergebotError(f"it cannot be told who needs the branch {one_line(branch)}: {words}")
    if as_text(as_dict(found.get("defaultBranchRef")).get("name")) == branch:
        raise MergebotError(f"{one_line(branch)} is the default branch, which is never deleted")
    ours = [number for number, item in _nodes(found["headed"]) if item.get("isCrossRepository") is False]
    headed = [number for number in ours if number not in session.deeds.merged]  # lists may lag behind
    based = [number for number, _ in _nodes(found["based"]) if _is_based(session, number, branch)]
    return next(iter((*based, *headed)), None)


def _is_based(session: Session, number: PrNumber, branch: Branch) -> bool:
    """Whether it really is: one that we have just retargeted is looked at itself, as lists may lag behind."""
    if session.deeds.retargeted.get(number, branch) == branch:
        return True
    now = look(session, number)
    return now.open and now.base == branch


def _nodes(connection: object) -> list[tuple[PrNumber, dict[str, Any]]]:
    nodes = as_dict(connection).get("nodes")
    if not isinstance(nodes, list) or not all(isinstance(item, dict) and item.get("number") for item in nodes):
        raise MergebotError("GitHub's list of pull requests cannot be used")
    return [(PrNumber(item["number"]), item) for item in nodes]


def _found_out(writing: Writing, step: DeleteBranch) -> Outcome:
    """It moved, or no answer came."""
    ref = f"{HEADS}{step.branch}"
    tip = writing.refs(ref).get(ref)
    if tip is None:
        return Done()
    if tip != step.tip:
        return Stale(reason=f"{one_line(step.branch)} moved to {tip:.10} after the decision")
    return Stale(reason="the push got no answer, and deleted nothing")
