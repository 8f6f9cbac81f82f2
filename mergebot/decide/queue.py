"""`decide`: from a snapshot and a policy to a plan. Pure: what it cannot compute it asks git, by `Plan.questions`."""

from collections.abc import Iterator

from mergebot.decide.agents import claim_agents
from mergebot.decide.answers import Answers
from mergebot.decide.board import Board
from mergebot.decide.body import read_said
from mergebot.decide.criteria import Judge, Judged
from mergebot.decide.dependencies import find_tangle
from mergebot.decide.index import build_index, grouped
from mergebot.decide.needs import Needs, find_needs
from mergebot.decide.order import clashes, find_order, foresee
from mergebot.decide.replies import answer_lines
from mergebot.decide.steps import draw_steps
from mergebot.decide.words import numbered
from mergebot.model.ids import PrNumber
from mergebot.model.plan import Entry, EntryState, Plan
from mergebot.model.policy import Policy
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import Snapshot


def decide(snapshot: Snapshot, policy: Policy) -> Plan:
    """Judge every open PR, put them in order, and say what to do now.

    While `Plan.questions` is not empty there are no steps: what is not known yet is never taken for good.
    """
    answers = Answers(given=snapshot.answers)
    index = build_index(snapshot, policy)
    said = {number: read_said(pr.body) for number, pr in index.entries.items()}
    said |= {number: read_said(pr.body) for number, pr in index.pulls.closed.items()}
    claims = claim_agents(index, said)
    needs = find_needs(index, claims, said)
    tangle = find_tangle(needs)
    judge = Judge.of(index, claims, said, needs, tangle, answers)
    judged = {number: judge.judge(pr) for number, pr in index.entries.items()}
    line = find_order(index, claims, needs, tangle, judged, answers)
    foreseen = foresee(index, needs, judged, line.order, answers)
    board = Board(index=index, claims=claims, needs=needs, judged=judged, order=line.order, requests=judge.requests)
    steps = draw_steps(board, foreseen, answers)
    return Plan(
        repository=snapshot.repository,
        base=snapshot.base,
        taken_at=snapshot.taken_at,
        entries=_entries(board, answers),
        order=line.order,
        steps=() if answers.missing else steps,
        conflicts=line.collisions,
        clashes=clashes(index, line.order, foreseen),
        frozen=snapshot.frozen,
        stopped=judge.stopped,
        problems=(*snapshot.problems, *_notes(board)),
        landed=claims.merged,
        questions=tuple(answers.missing),
        url=snapshot.url,
    )


def _entries(board: Board, answers: Answers) -> tuple[Entry, ...]:
    """Every entry by number; those requested have a position: those in the order first, then the rest."""
    requested = [number for number, entry in board.judged.items() if entry.state is not EntryState.IGNORED]
    place = {number: at for at, number in enumerate(dict.fromkeys((*board.order, *requested)), start=1)}
    return tuple(
        _entry(board, entry, place.get(number), tuple(answer_lines(board, number, answers)))
        for number, entry in board.judged.items()
    )


def _notes(board: Board) -> Iterator[Problem]:
    for number, entry in board.judged.items():
        if entry.landable.note and entry.state is not EntryState.IGNORED:
            yield Problem(where=f"#{number}", message=entry.landable.note, severity=Severity.WARNING)
    yield from _twins(board)


def _twins(board: Board) -> Iterator[Problem]:
    """Open PRs with one head; platform: a review that objects to one of them keeps the other from merging too."""
    if not board.snapshot.url:
        return
    heads = grouped((pr.head.sha, number) for number, pr in board.index.pulls.open.items())
    for twins in heads.values():
        queued = any(n in board.judged and board.judged[n].state is not EntryState.IGNORED for n in twins)
        if len(twins) > 1 and queued:
            first, *others = twins
            message = f"{numbered(others)} has the same head: reviews of one hold up the other; close one of them"
            yield Problem(where=f"#{first}", message=message, severity=Severity.WARNING)


def _entry(board: Board, judged: Judged, position: int | None, answers: tuple[str, ...]) -> Entry:
    pr = judged.pr
    needs = board.needs[pr.number]
    return Entry(
        pr=pr.number,
        title=pr.title,
        agent=board.claims.agent.get(pr.number),
        head=pr.head,
        state=judged.state,
        because=judged.because,
        hold=judged.hold,
        criteria=judged.criteria,
        position=position,
        depends_on=_all_needed(needs),
        missing_agents=needs.missing,
        stacked_on=board.index.parents.get(pr.number, ()),
        score=judged.score,
        approvals=len(judged.approved_by),
        answers=answers,
    )


def _all_needed(needs: Needs) -> tuple[PrNumber, ...]:
    if not needs.merged and not needs.outside:
        return needs.open
    return tuple(sorted({*needs.open, *needs.merged, *needs.outside}))
