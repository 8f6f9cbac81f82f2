"""What becomes of the commands in comments: the steps that carry them out and answer, and a line on each for people.

A line is drawn from the comment, its answer and the PR as it is, so that every later pass says the same.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from mergebot.decide.answers import Answers
from mergebot.decide.board import Board
from mergebot.decide.checks import newest
from mergebot.decide.effects import effect
from mergebot.decide.requests import LABELLING, Request, Standing, name_of
from mergebot.decide.spoken import Asked, Command, Puzzle
from mergebot.decide.wanted_rebase import Hindered, NotKnown, UpToDate, wanted_rebase
from mergebot.decide.words import listed
from mergebot.model.ids import PrNumber
from mergebot.model.people import CALL, Remark, Reply
from mergebot.model.plan import Answer, Restack
from mergebot.model.snapshot import CheckList, CheckState, PullRequest, Unknown

SHOWN = 3
"""So many of the newest requests have their line."""

_OUTDATED = "a newer command stands"
_NEEDS_MORE = frozenset({Command.REBASE, Command.RETRY})
"""What may fail for a reason of its own."""
_RERUN = frozenset({CheckState.FAILURE, CheckState.TIMED_OUT, CheckState.CANCELLED, CheckState.STALE})
"""What running the failed jobs again may change; the others want a person, or another workflow file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Good:
    """It is done, or will be by the answer; `text`: what is so then."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bad:
    """It cannot be done, and `text` says why."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """It cannot be done yet."""

    text: str


Fate = Good | Bad | Later | Restack


@dataclass(frozen=True, kw_only=True, slots=True)
class Replies:
    """The steps that comments ask for; a rebase comes first, and its answer once it is done."""

    answers: tuple[Answer, ...]
    restacks: tuple[Restack, ...]


def due_replies(board: Board, answers: Answers) -> Replies:
    """Every comment that is not answered yet, by PR and in their order."""
    steps: list[Answer] = []
    restacks: dict[PrNumber, Restack] = {}
    for number, requests in board.requests.items():
        for request in requests.every:
            if request.remark.reply is not None or request.standing is Standing.UNSURE:
                continue
            fates = _fates(board, number, request, answers)
            if first := [fate for fate in fates if isinstance(fate, Restack)]:
                restacks.setdefault(number, first[0])
            elif not any(isinstance(fate, Later) for fate in fates):
                steps.append(_answer(board, number, request, fates))
    return Replies(answers=tuple(steps), restacks=tuple(restacks.values()))


def answer_lines(board: Board, number: PrNumber, answers: Answers) -> Iterator[str]:
    """What became of the newest commands in an entry's comments, oldest first. Plain text."""
    requests = board.requests.get(number)
    for request in requests.every[-SHOWN:] if requests else ():
        yield f"{_who(request)}: {_told(board, number, request, answers)}"


def _answer(board: Board, number: PrNumber, request: Request, fates: list[Fate]) -> Answer:
    pr = board.index.pulls.open[number]
    reason = f"{_who(request)}: {_joined(fate.text for fate in fates if not isinstance(fate, Restack))}"
    if request.standing is Standing.MAY_NOT:
        return Answer(pr=number, comment=request.remark.id, reply=Reply.REFUSED, reason=reason)
    bad = any(isinstance(fate, Bad) for fate in fates)
    again = Command.RETRY in request.asked and number in board.index.entries
    return Answer(
        pr=number,
        comment=request.remark.id,
        reply=Reply.PUZZLED if bad else Reply.DONE,
        reason=reason,
        add=request.add,
        remove=request.remove,
        rerun=_failed_runs(board, pr, request.remark) if again else (),
        forget=again,
    )


def _failed_runs(board: Board, pr: PullRequest, remark: Remark) -> tuple[int, ...]:
    """What failed before somebody asked; what has started since was started again, by whoever, and is let be.

    Else an answer that waits for one slow run would start the fast ones in pass after pass.
    """
    if not isinstance(pr.checks, CheckList):
        return ()
    counting = newest(pr.checks.checks, board.policy.checks, board.snapshot.required_checks)
    asked = math.inf if remark.at is None else remark.at
    failed = (check for check in counting if check.state in _RERUN and (check.started or 0) <= asked)
    return tuple(sorted({check.run for check in failed if check.run}))


def _fates(board: Board, number: PrNumber, request: Request, answers: Answers) -> list[Fate]:
    """What becomes of each command of a request that is not answered, or of those of one that is."""
    if request.standing is Standing.MAY_NOT:
        return [Bad(text=_not_allowed(request))]
    if number not in board.index.entries:
        pr, base = board.index.pulls.open[number], board.snapshot.base.branch
        return [Bad(text=f"it is open into {pr.base}, and mergebot merges into {base}")]
    fates = [_fate(board, number, request, command, answers) for command in _commands(request)]
    odd = _not_understood(request)
    return [*fates, Bad(text=odd)] if odd else fates


def _commands(request: Request) -> list[Command]:
    """Each command once, in their order."""
    return list(dict.fromkeys(asked for asked in request.asked if isinstance(asked, Command)))


def _not_understood(request: Request) -> str:
    """What is no command, and which there are; empty if all are."""
    odd = list(dict.fromkeys(asked.words for asked in request.asked if isinstance(asked, Puzzle)))
    if not odd:
        return ""
    words = listed((f"`{words}`" for words in odd if words), most=3)
    said = f"{words if _commands(request) else 'this'} is no command" if len(odd) == 1 else f"{words} are no commands"
    said = said if words else "a command is missing"
    return f"{said}; after {CALL} comes one of: {', '.join(Command)}"


def _fate(board: Board, number: PrNumber, request: Request, asked: Command, answers: Answers) -> Fate:
    if asked in request.outdated:
        return Bad(text=_OUTDATED)
    if asked is Command.REBASE:
        return _rebase(board, number, request, answers)
    checks = board.index.entries[number].checks
    if asked is Command.RETRY and request.remark.reply is None and isinstance(checks, Unknown):
        return Later(text=f"its checks could not be read: {checks.reason}")
    return Good(text=effect(board, number, asked, done=request.remark.reply is not None))


def _rebase(board: Board, number: PrNumber, request: Request, answers: Answers) -> Fate:
    found = wanted_rebase(board, number, f"{name_of(request.remark)} asks for it in a comment", answers)
    match found:
        case Restack():
            return found
        case UpToDate():
            return Good(text=effect(board, number, Command.REBASE, done=True))
        case Hindered(reason=reason):
            return Bad(text=f"it is not rebased: {reason}")
        case NotKnown(reason=reason):
            return Later(text=reason)
        case _:
            assert_never(found)


def _not_allowed(request: Request) -> str:
    if request.remark.author.is_bot:
        return "of bots only those in `agents.trusted_authors` may do that"
    return "only people with write access may do that"


def _who(request: Request) -> str:
    words = dict.fromkeys(_spelled(asked) for asked in request.asked)
    return f"{listed(words, most=3)} by {name_of(request.remark)}"


def _spelled(asked: Asked) -> str:
    words = asked.words if isinstance(asked, Puzzle) else asked.value
    return f"`{CALL} {words}`" if words else f"`{CALL}`"


def _told(board: Board, number: PrNumber, request: Request, answers: Answers) -> str:
    """What became of a request, or will."""
    reply = request.remark.reply
    if reply is Reply.REFUSED or (reply in (None, Reply.SEEN) and request.standing is Standing.MAY_NOT):
        return _not_allowed(request)
    if reply is None:
        return _not_yet(board, number, request, answers)
    past = (_past(board, number, request, command, answers) for command in _commands(request))
    return _joined((*past, _not_understood(request)))


def _not_yet(board: Board, number: PrNumber, request: Request, answers: Answers) -> str:
    if request.standing is Standing.UNSURE:
        return f"not done yet, for whether {name_of(request.remark)} has write access could not be read"
    fates = _fates(board, number, request, answers)
    texts = _joined(fate.text for fate in fates if isinstance(fate, Bad | Later))
    return f"not done yet: {texts}" if texts else "not done yet"


def _past(board: Board, number: PrNumber, request: Request, asked: Command, answers: Answers) -> str:
    """What became of one command of a request that was answered."""
    puzzled, odd = request.remark.reply is Reply.PUZZLED, _not_understood(request)
    if puzzled and not odd and asked is Command.REBASE:
        # What this very pass has tried is not known to the next one, which has to say the same.
        stuck = board.index.entries[number].stuck
        fate = None if stuck else _rebase(board, number, request, answers)
        return fate.text if isinstance(fate, Bad) else "it could not be rebased"
    if puzzled and not odd and asked is Command.RETRY and Command.REBASE not in request.asked:
        return "not all failed jobs could be started again: run them by hand, or push again"
    if puzzled and not odd and asked in LABELLING and _NEEDS_MORE.isdisjoint(request.asked):
        return _OUTDATED
    return f"done, {effect(board, number, asked, done=True)}"


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
