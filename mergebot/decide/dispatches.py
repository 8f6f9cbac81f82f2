"""Which workflows are started by hand (`checks.dispatch`): where mergebot's own push has started no checks."""

from collections.abc import Iterable, Iterator

from mergebot.decide.board import Board
from mergebot.decide.checks import awaits_dispatch
from mergebot.model.plan import Dispatch, EntryState, Restack


def due_dispatches(board: Board, restacks: Iterable[Restack]) -> Iterator[Dispatch]:
    """One for each requested PR whose head mergebot has pushed and on which no workflow has run.

    `restacks`: those that come before; what they move gets another head, on which the checks have to run then.
    Drawn from the state alone, so that a pass that was killed before is completed.
    """
    policy, snapshot = board.policy, board.snapshot
    if not policy.checks.dispatch or not policy.criteria.tests_passing:
        return
    moving = {rebase.pr for restack in restacks for rebase in restack.rebases}
    for number, entry in board.judged.items():
        pr = entry.pr
        out = entry.held or pr.refused or entry.state is EntryState.IGNORED or number in moving
        if out or not awaits_dispatch(pr, policy.checks, snapshot.required_checks):
            continue
        yield Dispatch(
            pr=number,
            branch=pr.head.branch,
            head=pr.head.sha,
            workflows=policy.checks.dispatch,
            reason="mergebot pushed its head, and no workflow has run on it",
        )
