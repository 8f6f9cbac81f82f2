"""What follows from merges that have happened: kept tips, new bases, deleted branches (contract 4.3, 4.5).

Drawn from the state alone, so that a pass that was killed, or a merge by hand, is completed all the same.
"""

from collections.abc import Iterator

from mergebot.decide.answers import Answers
from mergebot.decide.board import Board
from mergebot.decide.codes import Code
from mergebot.decide.index import twin_into_base
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import DeleteBranch, KeepTip, Retarget, Step
from mergebot.model.questions import Contains
from mergebot.model.snapshot import PullRequest


def complete(board: Board, answers: Answers) -> Iterator[Step]:
    """What is left to do for PRs that have landed."""
    index = board.index
    for number, pr in index.pulls.closed.items():
        if not pr.kept and index.pulls.landed(number):
            yield KeepTip(pr=number, tip=pr.head.sha, reason=f"#{number} has landed, and its last commit is kept")
    for branch, number in index.left_bases.items():
        yield from (_retarget(board, child, number) for child in _children(board, branch, answers))
    for branch, number in index.left_bases.items():
        # A PR that still has it as its base keeps it until the next look, when it has been pointed elsewhere.
        if branch not in index.onto and not _is_in_open_stack(board, number):
            yield from _delete(board, number, branch, index.pulls.closed[number].head.sha)


def follow(board: Board, merged: PrNumber, answers: Answers) -> Iterator[Step]:
    """What will follow from a merge that is planned: a forecast."""
    head = board.index.entries[merged].head
    if head.fork or board.index.pulls.is_long_lived(head.branch):
        return
    for number in _children(board, head.branch, answers):
        yield _retarget(board, number, merged)
    native = board.index.entries[merged].native is not None
    if board.index.pulls.heads[head.branch] == (merged,) and not native and not board.snapshot.deletes_merged:
        yield from _delete(board, merged, head.branch, head.sha)


def retarget_first(board: Board, number: PrNumber, answers: Answers) -> Iterator[Retarget]:
    """What has to be pointed elsewhere before a merge, where the forge then deletes the branch by itself.

    Platform: that may close the PRs that are open into the branch. Only those that hold its head: they go on waiting
    for it wherever they are open into; another one would bring some of its commits along, unjudged.
    """
    index, head = board.index, board.index.entries[number].head
    kept = head.fork or index.pulls.is_long_lived(head.branch) or not board.policy.criteria.dependencies_merged
    if not board.snapshot.deletes_merged or kept:
        return
    for child in _children(board, head.branch, answers):
        entry = index.entries[child]
        holds = answers.truth(Contains(head=entry.head.sha, commit=head.sha))
        if number in entry.contains and holds is True and not entry.refused:
            reason = f"#{number} is next to land, and its branch is then deleted by the repository's settings"
            yield _pointed(board, child, reason)


def _children(board: Board, branch: Branch, answers: Answers) -> list[PrNumber]:
    """The entries into a branch that mergebot points elsewhere; GitHub does it for those in a native stack.

    Not those of which GitHub would refuse it in every pass; their `merge_conflicts` says why they stay.
    """
    entries = board.index.entries
    return [
        number
        for number in board.index.onto.get(branch, ())
        if entries[number].native is None and not _would_be_refused(board, entries[number], answers)
    ]


def _would_be_refused(board: Board, pr: PullRequest, answers: Answers) -> bool:
    """Platform: 422 where the branch is open into base already, or where base has the head's every commit."""
    if twin_into_base(pr, board.index.pulls) is not None:
        return True
    if board.judged[pr.number].landable.verdict.code != Code.CONFLICTS_NOTHING:
        return False
    return answers.truth(Contains(head=board.snapshot.base.sha, commit=pr.head.sha)) is True


def _is_in_open_stack(board: Board, merged: PrNumber) -> bool:
    """Whether a merged PR was in a native stack of which others are still open, so that GitHub may need its branch."""
    closed, index = board.index.pulls.closed[merged], board.index
    if closed.native is not None and closed.native.number in index.pulls.natives:
        return True
    return any(merged in index.merged_parents.get(stack[0], ()) for stack in index.pulls.natives.values())


def _retarget(board: Board, number: PrNumber, merged: PrNumber) -> Retarget:
    return _pointed(board, number, f"its base {board.index.entries[number].base} landed with #{merged}")


def _pointed(board: Board, number: PrNumber, reason: str) -> Retarget:
    entry, base = board.index.entries[number], board.snapshot.base.branch
    return Retarget(pr=number, head=entry.head.sha, old_base=entry.base, new_base=base, reason=reason)


def _delete(board: Board, number: PrNumber, branch: Branch, tip: Sha) -> Iterator[DeleteBranch]:
    state = board.snapshot.branches.get(branch)
    if not board.policy.cleanup.delete_branch or state is None or state.sha != tip or state.in_use or state.protected:
        return
    yield DeleteBranch(pr=number, branch=branch, tip=tip, reason=f"#{number} has landed, and nothing needs its branch")
