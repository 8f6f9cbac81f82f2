"""A rebase that someone asks for in a comment: onto base as it is now, whether or not the strategy wants it.

A hold or a draft does not stand in its way, for a person asks for it; what stands on the PR goes along.
"""

from dataclasses import dataclass

from mergebot.decide.answers import Answers
from mergebot.decide.board import Board
from mergebot.decide.criteria import why_stopped
from mergebot.decide.rebasing import obstacle, tips_of
from mergebot.decide.restacks import draw_restack
from mergebot.decide.words import listed, numbered
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import Restack
from mergebot.model.questions import Clean, Conflicts, Contains, Nothing, Replay, Unanswered


@dataclass(frozen=True, kw_only=True, slots=True)
class UpToDate:
    """Its head holds the tip of base."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hindered:
    """It cannot be rebased as things are, and `reason` says why."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotKnown:
    """Git could not say, or others moved the branches meanwhile; the next look, or pass, may know."""

    reason: str


Wanted = Restack | UpToDate | Hindered | NotKnown


def wanted_rebase(board: Board, number: PrNumber, reason: str, answers: Answers) -> Wanted:
    """The rebase that is asked for, or why there is none. It ends: once it is done, the head holds base."""
    pr, base = board.index.entries[number], board.snapshot.base
    if why := _hindrance(board, number):
        return NotKnown(reason=why) if pr.stalled and why == pr.stuck else Hindered(reason=why)
    holds = answers.truth(Contains(head=pr.head.sha, commit=base.sha))
    if holds is True:
        return UpToDate()
    if isinstance(holds, Unanswered):
        return NotKnown(reason=holds.reason)
    excluded = _landed_tips(board, number, answers)
    if isinstance(excluded, Unanswered):
        return NotKnown(reason=excluded.reason)
    union = board.policy.rebase.union_paths
    match answer := answers.ask(Replay(head=pr.head.sha, excluded=excluded, onto=base.sha, union_paths=union)):
        case Clean():
            return draw_restack(board, number, excluded, reason)
        case Conflicts(paths=paths):
            files = listed(path.path for path in paths)
            return Hindered(reason=f"its rebase onto {base.branch} conflicts in {files}: rebase it by hand")
        case Nothing():
            return Hindered(reason=f"{base.branch} already has all of it")
        case Unanswered():
            return NotKnown(reason=answer.reason)
        case _:
            return NotKnown(reason="git's answer does not fit the question")


def _hindrance(board: Board, number: PrNumber) -> str:
    """What stands in the way, whatever git says."""
    pr = board.index.entries[number]
    parents = board.index.parents.get(number, ())
    stacked = f"it is stacked on {numbered(parents)}: ask there, and it goes along" if parents else ""
    return obstacle(pr, board.index) or stacked or why_stopped(board.snapshot) or pr.stuck


def _landed_tips(board: Board, number: PrNumber, answers: Answers) -> tuple[Sha, ...] | Unanswered:
    """The old commits of what it depends on and has landed: they are in base in another form.

    A base that was set back has nothing of them, and they stay.
    """
    index, base = board.index, board.snapshot.base
    tips: dict[Sha, None] = {}
    for other in sorted({*board.needs[number].merged, *index.merged_parents.get(number, ())}):
        landed = index.pulls.closed[other].landed
        if landed is None:
            continue
        in_base = answers.truth(Contains(head=base.sha, commit=landed))
        if isinstance(in_base, Unanswered):
            return in_base
        tips.update(dict.fromkeys(tips_of(index.pulls.closed[other]) if in_base else ()))
    return tuple(tips)
