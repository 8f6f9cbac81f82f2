"""What is so once a command has been carried out, in words; also where somebody has changed it since."""

from collections.abc import Iterator

from mergebot.decide.board import Board
from mergebot.decide.index import is_among
from mergebot.decide.requests import Labels, is_auto
from mergebot.decide.spoken import Command
from mergebot.model.ids import PrNumber


def effect(board: Board, number: PrNumber, command: Command, *, done: bool) -> str:
    """One line. `done`: it was carried out before; else it is among the commands that are due now."""
    pr, requests = board.index.entries[number], board.requests.get(number)
    labels = requests.labels if requests and not done else pr.labels
    match command:
        case Command.MERGE:
            return _label(labels, board.policy.queue.label, *_still(board, number, labels))
        case Command.HOLD:
            return _label(labels, board.policy.queue.hold_label, "`/mergebot unhold` goes on")
        case Command.UNHOLD:
            return _unhold(board, number, labels)
        case Command.CANCEL:
            return _cancel(board, number, labels)
        case Command.REBASE:
            return f"it was brought up to date with {board.snapshot.base.branch}"
        case Command.RETRY:
            return "failed jobs are started again, and what was refused is tried again"
        case Command.EXPLAIN:
            return "where it stands is said here"


def _label(labels: Labels, label: str, *more: str) -> str:
    if not is_among(label, labels):
        return f"but the label `{label}` is not set any more"
    return "; ".join((f"the label `{label}` is set", *more))


def _still(board: Board, number: PrNumber, labels: Labels) -> Iterator[str]:
    """What holds it all the same."""
    hold = board.policy.queue.hold_label
    if board.index.entries[number].draft:
        yield "it is a draft: mark it as ready for review"
    if is_among(hold, labels):
        yield f"the label `{hold}` still holds it: `/mergebot unhold` goes on"


def _unhold(board: Board, number: PrNumber, labels: Labels) -> str:
    queue = board.policy.queue
    if is_among(queue.hold_label, labels):
        return f"but the label `{queue.hold_label}` is set again"
    parts = [f"the label `{queue.hold_label}` is not set", *_still(board, number, labels)]
    if not is_among(queue.label, labels) and not is_auto(number, queue, board.claims):
        parts.append("it is not in the queue: `/mergebot merge` puts it there")
    return "; ".join(parts)


def _cancel(board: Board, number: PrNumber, labels: Labels) -> str:
    queue = board.policy.queue
    if is_auto(number, queue, board.claims):
        if not is_among(queue.hold_label, labels):
            return "but it is in the queue again"
        words = "an agent's pull request is in the queue without a label, so the label"
        return f"{words} `{queue.hold_label}` keeps it back; `/mergebot unhold` goes on"
    if is_among(queue.label, labels):
        return "but it is in the queue again"
    return "it is out of the queue; `/mergebot merge` puts it back"
