"""Which branches are rebased now (contract 4.2, 4.4): a PR and what is stacked on it, parents first."""

from collections.abc import Collection, Iterator

from mergebot.decide.board import Board
from mergebot.decide.codes import Code
from mergebot.decide.conflicts import Due
from mergebot.decide.criteria import Judged
from mergebot.decide.rebasing import obstacle, tips_of
from mergebot.decide.words import numbered
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import CriterionName, EntryState, Pass, Rebase, Restack


def due_restacks(board: Board, behind: Collection[PrNumber]) -> Iterator[Restack]:
    """The restacks that are due as things are; `behind`: PRs that the strategy wants rebased now."""
    for number, entry in board.judged.items():
        if entry.pr.refused:
            continue  # by the forge, on this very head: only another one, or another answer, changes that
        match entry.landable.due:
            case Due.DEPENDENCY if not entry.held:
                reason = f"{numbered(entry.landable.landed)} has landed, which it depends on"
            case Due.UNION if _may_be_united(entry):
                reason = "it conflicts in union_paths alone, where both sides' lines are kept"
            case Due.BEHIND if number in behind:
                reason = "it is next in line, and what landed since touches its files"
            case _:
                continue
        yield draw_restack(board, number, entry.landable.excluded, reason)


def foreseen_restacks(board: Board, merged: Collection[PrNumber]) -> Iterator[Restack]:
    """The restacks that will be due once these have landed too: a forecast, onto a tip that is not known yet."""
    if not board.policy.rebase.dependents:
        return
    gone = frozenset(merged)
    for number, entry in board.judged.items():
        landing = [other for other in board.needs[number].open if other in gone]
        due = entry.landable.due is Due.DEPENDENCY
        if number in gone or entry.held or entry.pr.refused or not (landing or due) or obstacle(entry.pr, board.index):
            continue
        if any(parent not in gone for parent in board.index.parents.get(number, ())):
            continue
        tips = dict.fromkeys(entry.landable.excluded)
        tips.update(dict.fromkeys(tip for other in landing for tip in tips_of(board.index.entries[other])))
        reason = f"{numbered(sorted({*entry.landable.landed, *landing}))} will have landed, which it depends on"
        yield draw_restack(board, number, tuple(tips), reason, gone)


def _may_be_united(entry: Judged) -> bool:
    """Everything else holds; its tests may still have to be run on the result."""
    if entry.state is not EntryState.WAITING:
        return False
    others = [criterion for criterion in entry.criteria if criterion.name is not CriterionName.MERGE_CONFLICTS]
    return all(isinstance(c.verdict, Pass) or c.verdict.code == Code.TESTS_COMMAND for c in others)


def draw_restack(
    board: Board, root: PrNumber, excluded: tuple[Sha, ...], reason: str, gone: frozenset[PrNumber] = frozenset()
) -> Restack:
    """Rebase a PR onto base, and what is stacked on it along; `gone`: what will have landed by then."""
    pr, union = board.index.entries[root], board.policy.rebase.union_paths
    rebases = [
        Rebase(
            pr=root,
            branch=pr.head.branch,
            head=pr.head.sha,
            excluded=excluded,
            onto=board.snapshot.base.sha,
            reason=reason,
            union_paths=union,
        )
    ]
    for above in rebases:
        children = board.index.children.get(above.pr, ())
        rebases += [_rebase_on(board, n, above.pr) for n in children if _goes_along(board, n, above.pr, gone)]
    return Restack(rebases=tuple(rebases))


def _goes_along(board: Board, number: PrNumber, parent: PrNumber, gone: frozenset[PrNumber]) -> bool:
    """A child of this one parent alone, which nothing holds; the others keep sitting on the old commits."""
    if number in gone or any(other != parent and other not in gone for other in board.index.parents[number]):
        return False
    entry = board.judged[number]
    return not entry.held and not entry.pr.refused and not obstacle(entry.pr, board.index)


def _rebase_on(board: Board, number: PrNumber, parent: PrNumber) -> Rebase:
    pr = board.index.entries[number]
    landed = (board.index.pulls.closed[other] for other in board.index.merged_parents.get(number, ()))
    tips = [*tips_of(board.index.entries[parent]), *(tip for below in landed for tip in tips_of(below))]
    return Rebase(
        pr=number,
        branch=pr.head.branch,
        head=pr.head.sha,
        excluded=tuple(dict.fromkeys(tips)),
        onto=parent,
        reason=f"it is stacked on #{parent}",
        union_paths=board.policy.rebase.union_paths,
    )
