"""What follows from merges that have happened: kept tips, new bases, deleted branches (contract 4.3, 4.5).

Drawn from the state alone, so that a pass that was killed, or a merge by hand, is completed all the same.
"""

from collections.abc import Iterator

from mergebot.decide.board import Board
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import DeleteBranch, KeepTip, Retarget, Step


def complete(board: Board) -> Iterator[Step]:
    """What is left to do for PRs that have landed."""
    index = board.index
    for number, pr in index.pulls.closed.items():
        if not pr.kept and index.pulls.landed(number):
            yield KeepTip(pr=number, tip=pr.head.sha, reason=f"#{number} has landed, and its last commit is kept")
    for branch, number in index.left_bases.items():
        yield from (_retarget(board, child, number) for child in index.onto.get(branch, ()))
    for branch, number in index.left_bases.items():
        # A PR that still has it as its base keeps it until the next look, when it has been pointed elsewhere.
        if branch not in index.onto:
            yield from _delete(board, number, branch, index.pulls.closed[number].head.sha)


def follow(board: Board, merged: PrNumber) -> Iterator[Step]:
    """What will follow from a merge that is planned: a forecast."""
    head = board.index.entries[merged].head
    if head.fork or board.index.pulls.is_long_lived(head.branch):
        return
    for number in board.index.onto.get(head.branch, ()):
        yield _retarget(board, number, merged)
    if board.index.pulls.heads[head.branch] == (merged,):
        yield from _delete(board, merged, head.branch, head.sha)


def _retarget(board: Board, number: PrNumber, merged: PrNumber) -> Retarget:
    entry, base = board.index.entries[number], board.snapshot.base.branch
    reason = f"its base {entry.base} landed with #{merged}"
    return Retarget(pr=number, head=entry.head.sha, old_base=entry.base, new_base=base, reason=reason)


def _delete(board: Board, number: PrNumber, branch: Branch, tip: Sha) -> Iterator[DeleteBranch]:
    state = board.snapshot.branches.get(branch)
    if not board.policy.cleanup.delete_branch or state is None or state.sha != tip or state.in_use:
        return
    yield DeleteBranch(pr=number, branch=branch, tip=tip, reason=f"#{number} has landed, and nothing needs its branch")
