"""The steps that a run takes now, and the forecast of what follows (contract 4), from the state alone."""

from bisect import bisect
from collections.abc import Collection, Iterator, Mapping, Sequence

from mergebot.decide.answers import Answers
from mergebot.decide.board import Board
from mergebot.decide.codes import Code
from mergebot.decide.completion import complete, follow, retarget_first
from mergebot.decide.conflicts import Due
from mergebot.decide.criteria import Judged, why_stopped
from mergebot.decide.dispatches import due_dispatches
from mergebot.decide.message import body_of, title_of
from mergebot.decide.order import Foreseen, foresee
from mergebot.decide.replies import due_replies
from mergebot.decide.restacks import due_restacks, foreseen_restacks
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import CriterionName, EntryState, Merge, Pass, Restack, RunChecks, Step
from mergebot.model.problem import Severity
from mergebot.model.questions import Clean
from mergebot.model.snapshot import PullRequest

_NEXT = (Due.NO, Due.BEHIND)


def draw_steps(board: Board, foreseen: Mapping[PrNumber, Foreseen], answers: Answers) -> tuple[Step, ...]:
    """First what comments ask for; then, in the order of the queue, a ready PR is merged, or rebased where that is due.

    Those that are due but not ready are rebased once no merge is possible: each merge may save them one more rebase.
    Nothing is done while an input is in error (contract 2.1).
    """
    if any(problem.severity is Severity.ERROR for problem in board.snapshot.problems):
        return ()
    replies, completing = due_replies(board, answers), tuple(complete(board, answers))
    if why_stopped(board.snapshot) or replies.restacks:
        # A rebase that someone asks for comes before all that it changes, which is not foreseen then.
        return (*replies.answers, *completing, *replies.restacks)
    return (*replies.answers, *completing, *_queue_steps(board, foreseen, answers))


def _queue_steps(board: Board, foreseen: Mapping[PrNumber, Foreseen], answers: Answers) -> tuple[Step, ...]:
    ready = [number for number in board.order if board.judged[number].state is EntryState.READY]
    due = [number for number in ready if board.judged[number].landable.due is Due.DEPENDENCY]
    rest = [number for number in ready if board.judged[number].landable.due in _NEXT]
    # A PR that is behind holds up those after it for this look: they would put it behind again.
    behind = rest[:1] if rest and board.judged[rest[0]].landable.due is Due.BEHIND else []
    merges = [] if behind else _merges(board, rest, foreseen, answers)
    if not merges:
        restacks = tuple(due_restacks(board, behind))
        return (*restacks, *_test_run(board), *due_dispatches(board, restacks))
    if early := tuple(retarget_first(board, merges[0].pr, answers)):
        return early  # the merge has to wait for them
    place = {number: at for at, number in enumerate(board.order)}
    first = {number for number in due if place[number] < place[merges[0].pr]}
    now = (restack for restack in due_restacks(board, ()) if restack.rebases[0].pr in first)
    return (*now, *_landing(board, merges, first, answers))


def _landing(board: Board, merges: Sequence[Merge], done: Collection[PrNumber], answers: Answers) -> Iterator[Step]:
    """The merges, each with what follows from it, and the rebases of those whose turn comes after it."""
    place = {number: at for at, number in enumerate(board.order)}
    landing = {merge.pr: place[merge.pr] for merge in merges}
    turns = list(landing.values())
    after: dict[int, list[Restack]] = {}
    for restack in foreseen_restacks(board, landing):
        root = restack.rebases[0].pr
        if root not in done:
            # What it depends on comes before it in the order. Who cannot merge then is rebased after all merges.
            soon = root in place and _could_merge(board, root, landing)
            at = max(bisect(turns, place[root]) - 1, 0) if soon else len(turns) - 1
            after.setdefault(at, []).append(restack)
    for at, merge in enumerate(merges):
        yield merge
        yield from follow(board, merge.pr, answers)
        yield from after.get(at, ())


def _could_merge(board: Board, number: PrNumber, landed: Collection[PrNumber]) -> bool:
    """Whether a PR lacks nothing but dependencies, which will have landed."""
    needs = board.needs[number]
    if needs.missing or needs.outside or needs.faults or any(other not in landed for other in needs.open):
        return False
    others = (c.verdict for c in board.judged[number].criteria if c.name is not CriterionName.DEPENDENCIES_MERGED)
    return all(isinstance(verdict, Pass) for verdict in others)


def _merges(
    board: Board, ready: Sequence[PrNumber], foreseen: Mapping[PrNumber, Foreseen], answers: Answers
) -> list[Merge]:
    """The ready ones in order; those that would no longer be clean after the ones before are left for another look."""
    now = [number for number in ready if board.judged[number].landable.due is Due.NO]
    if len(now) > 1 and tuple(now) != board.order[: len(now)]:
        # Others stand between them in the order, which do not land now: their trees would be wrong.
        foreseen = foresee(board.index, board.needs, board.judged, now, answers)
    merges = []
    for number in now:
        entry = board.judged[number]
        tree = entry.landable.tree if number == now[0] else _tree(foreseen.get(number))
        if tree is not None:
            merges.append(_merge(board, entry, tree))
    return merges


def _tree(foreseen: Foreseen | None) -> Sha | None:
    return foreseen.tree if isinstance(foreseen, Clean) else None


def _merge(board: Board, entry: Judged, tree: Sha) -> Merge:
    pr, base = entry.pr, board.snapshot.base
    return Merge(
        pr=pr.number,
        branch=pr.head.branch,
        head=pr.head.sha,
        base=base.branch,
        base_sha=base.sha,
        tree=tree,
        title=title_of(pr),
        message=body_of(
            pr,
            agent=board.claims.agent.get(pr.number),
            score=entry.score,
            reviewers=entry.approved_by,
            further=_further_authors(pr),
        ),
        author=pr.authors[0] if pr.authors else "",
        reason=entry.because,
        labels=pr.labels,
        native=pr.native is not None,
    )


def _further_authors(pr: PullRequest) -> tuple[str, ...]:
    """Those in whose name the squash does not land; platform: it lands in that of the PR's author."""
    if pr.own_emails is None:
        return pr.authors[1:]
    return tuple(author for author in pr.authors if not _is_by(author, pr.author.login, pr.own_emails))


def _is_by(author: str, login: str, emails: Collection[str]) -> bool:
    """Whether `Name <email>` is this account's; platform: each has an address `ID+LOGIN@users.noreply.HOST`."""
    email = author.rpartition("<")[2].rstrip(">").casefold()
    name, _, host = email.rpartition("@")
    mailbox = name.rpartition("+")[2].removesuffix("[bot]")
    return email in emails or (host.startswith("users.noreply.") and mailbox == login.casefold())


def _test_run(board: Board) -> tuple[RunChecks, ...]:
    """For the next in line whose only lack is a run of the test command.

    One at a time: a merge changes the merged result of all others, so that testing them now would be in vain.
    """
    for number in board.order:
        entry = board.judged[number]
        tests = entry.verdict(CriterionName.TESTS_PASSING)
        lacking = [criterion for criterion in entry.criteria if not isinstance(criterion.verdict, Pass)]
        tree = entry.landable.tree
        if tests.code == Code.TESTS_COMMAND and len(lacking) == 1 and tree is not None and entry.landable.due in _NEXT:
            base, head = board.snapshot.base.sha, entry.pr.head.sha
            reason = "everything else holds, and the test command has not been run on the merged result"
            return (RunChecks(pr=number, head=head, base_sha=base, tree=tree, reason=reason),)
    return ()
