"""Reads a local repository as a forge (contract 6); writes nothing, so that a plan can be made at any moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mergebot.forge.local import journal
from mergebot.forge.local.checks import read_results
from mergebot.forge.local.landings import LandedCommit
from mergebot.forge.local.moving import pending, stray_words, strays, touched
from mergebot.forge.local.places import OWN_FILES, QUEUE, read_rules
from mergebot.forge.local.roster import ByHand, Opened
from mergebot.forge.local.state import State, StateReader
from mergebot.forge.local.worktrees import Checkout, checkouts, obstacle, shown_path
from mergebot.forge.protocol import ForgeState, Now, RuleTexts
from mergebot.git.repository import Repository
from mergebot.model.ids import AgentName, Branch, PrNumber, Sha
from mergebot.model.journal import Journal
from mergebot.model.people import Permission, Person
from mergebot.model.policy import Policy
from mergebot.model.problem import Problem, Severity
from mergebot.model.questions import Question
from mergebot.model.snapshot import (
    BranchState,
    Check,
    CheckList,
    CheckState,
    ClosedPullRequest,
    FleetAgent,
    Head,
    PullRequest,
    ReviewTally,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What is checked out where. `frozen`: begun moves that the user's changes keep from being completed.

    `passed_over`: for each work tree the paths of a begun move, which are not the user's changes.
    """

    by_branch: Mapping[Branch, tuple[Checkout, ...]]
    frozen: tuple[str, ...]
    passed_over: Mapping[str, frozenset[bytes]]

    def obstacle(self, branch: Branch) -> str:
        """Why this branch cannot be moved where it is checked out; "" if it can."""
        found = (
            obstacle(checkout, passed_over=self.passed_over.get(str(checkout.worktree.path), OWN_FILES))
            for checkout in self.by_branch.get(branch, ())
        )
        return next((reason for reason in found if reason), "")


class LocalReader:
    """The reading half of the local forge."""

    def __init__(self, state: StateReader) -> None:
        self._state = state

    @property
    def repository(self) -> str:
        """The folder's name."""
        return self._state.places.root.name.removesuffix(".git") or "repository"

    @property
    def runs_commands(self) -> bool:
        """Whoever runs it owns the repository (contract 6)."""
        return True

    def prepare(self, questions: Collection[Question]) -> None:
        """Nothing to do: every object is here."""

    def read_journal(self) -> Journal:
        """The whole journal."""
        return journal.read(self._state.git)

    def landed_since(self, branch: Branch, base: Sha) -> Mapping[PrNumber, Sha] | None:
        """The commits that came to a branch since, by the numbers in their subjects."""
        return journal.landed_since(self._state.git, branch, base)

    def read_rules(self, dependencies_path: str | None, given: tuple[str, bytes] | None = None) -> RuleTexts:  # noqa: ARG002 (the work tree has one base)
        """The rules in the main work tree; of a bare repository, at the tip of its default branch."""
        return read_rules(self._state.places, dependencies_path)

    def read(self, policy: Policy) -> ForgeState:
        """Everything about the queue.

        Raises:
            InputError: there is no base branch.
            MergebotError: git or a file cannot be read.
        """
        self._state.policy = policy
        state = self._state.read()
        desk = self.desk(state)
        opened = state.roster.opened
        closed = self._closed(state)
        return ForgeState(
            base=state.base,
            pull_requests=tuple(_pull_request(item, state, desk) for item in opened),
            closed=closed,
            branches=_branches(state, desk, closed),
            fleet=_fleet(state),
            frozen=_frozen(state, desk),
            problems=(
                *_shallow(self._state.git),
                *state.status.problems,
                *state.memory.problems,
                *state.roster.problems,
            ),
            test_results=read_results(self._state.places.checks, policy.checks.command),
            texts_from_commits=True,
        )

    def look_again(self, number: PrNumber) -> Now:
        """One pull request at this moment."""
        state = self._state.read()
        item = next((item for item in state.roster.opened if item.number == number), None)
        return Now(
            open=item is not None,
            head=item.head if item else state.refs.merged.get(number),
            base=state.base.branch,
            base_sha=state.base.sha,
            draft=item.record.draft if item else False,
            labels=item.record.labels if item else frozenset(),
            merged=state.refs.landed[number] if number in state.landed else None,
        )

    def desk(self, state: State) -> Desk:
        """What is checked out where, now."""
        worktrees = self._state.git.worktrees()
        frozen, passed_over = [], {}
        for move in pending(state.refs.checkouts, worktrees, OWN_FILES).values():
            if move is None:
                continue
            passed_over[str(move.folder)] = touched(move)
            if paths := strays(move):
                frozen.append(stray_words(shown_path(move.folder, self._state.places.root), paths))
        places = checkouts(worktrees, self._state.places.root)
        return Desk(by_branch=places, frozen=tuple(frozen), passed_over=passed_over)

    def _closed(self, state: State) -> tuple[ClosedPullRequest, ...]:
        """Merged by the bot (git's refs say so), or by hand."""
        words = self._state.landings.commits(state.refs)
        opened = {item.number for item in state.roster.opened}
        numbers = sorted(number for number in state.refs.landed if number not in opened)
        landed = [_landed(number, state, words.get(number)) for number in numbers]
        return (*landed, *(_by_hand(item, state) for item in state.roster.by_hand))


def merged_branch(number: PrNumber, state: State) -> Branch:
    """The branch that a merged pull request had: remembered, else that of its agent's record; "" if nobody knows."""
    remembered = state.memory.get(number)
    if remembered is not None and remembered.branch is not None:
        return remembered.branch
    agent = state.owners.get(number)
    records = (record.branch for record in state.status.records if record.name == agent)
    if (branch := next(records, None)) is not None:
        return branch
    tip = state.refs.merged.get(number)
    at_tip = [branch for branch, head in state.refs.heads.items() if head == tip and branch != state.base.branch]
    return at_tip[0] if len(at_tip) == 1 else Branch("")


def _pull_request(item: Opened, state: State, desk: Desk) -> PullRequest:
    record = item.record
    tests = CheckState.SUCCESS if record.tests else CheckState.FAILURE
    check = Check(name="tests_passing", state=tests, app="status.json")
    return PullRequest(
        number=item.number,
        title=record.title,
        body=record.body,
        head=Head(branch=item.branch, sha=item.head, locked=desk.obstacle(item.branch)),
        base=state.base.branch,
        author=_person(record.name),
        draft=record.draft,
        labels=record.labels,
        agent=record.name,
        checks=CheckList(checks=(check,) if record.tests is not None else ()),
        reviews=ReviewTally(approvals=record.approvals),
        score_status=record.score,
        former_tips=state.former_tips(item.number),
        refused=item.refusal,
    )


def _landed(number: PrNumber, state: State, words: LandedCommit | None) -> ClosedPullRequest:
    """What the bot has merged. Taken off base again by someone, it counts as closed unmerged: fail closed."""
    agent = state.owners.get(number)
    landed = state.refs.landed[number]
    on_base = number in state.landed
    return ClosedPullRequest(
        number=number,
        title=words.subject.removesuffix(f" (#{number})") if words else "",
        body=words.body if words else "",
        head=Head(branch=merged_branch(number, state), sha=state.refs.merged.get(number, landed)),
        base=state.base.branch,
        author=_person(agent or AgentName("")),
        merged=on_base,
        landed=landed if on_base else None,
        agent=agent,
        former_tips=state.former_tips(number),
        kept=number in state.refs.merged or not on_base,
    )


def _by_hand(item: ByHand, state: State) -> ClosedPullRequest:
    head = item.head or state.base.sha
    return ClosedPullRequest(
        number=item.number,
        title=item.agent,
        head=Head(branch=item.branch or Branch(""), sha=head),
        base=state.base.branch,
        author=_person(item.agent),
        merged=True,
        agent=item.agent,
        former_tips=state.former_tips(item.number),
        kept=item.kept or item.head is None,
    )


def _branches(state: State, desk: Desk, closed: tuple[ClosedPullRequest, ...]) -> dict[Branch, BranchState]:
    wanted = [item.branch for item in state.roster.opened] + [pr.head.branch for pr in closed]
    in_use = {branch: _used_by(desk.by_branch[branch]) for branch in wanted if branch in desk.by_branch}
    # An agent that is merely listed as completed may be at work on its next task there.
    claimed = {item.branch for item in state.roster.by_hand if not item.shown}
    claim = "its agent is listed as completed, but nothing shows that base has its commits"
    return {
        branch: BranchState(
            sha=state.refs.heads[branch],
            in_use=in_use.get(branch, "") or (claim if branch in claimed else ""),
        )
        for branch in wanted
        if branch in state.refs.heads
    }


def _used_by(places: tuple[Checkout, ...]) -> str:
    return f"it is checked out in {', '.join(place.shown for place in places)}"


def _fleet(state: State) -> tuple[FleetAgent, ...]:
    """Every agent that `status.json` names, also those it only lists as completed."""
    fleet = {record.name: record.fleet for record in state.status.records}
    for name in state.status.completed:
        fleet.setdefault(name, FleetAgent(name=name, status="completed"))
    return tuple(fleet.values())


def _shallow(git: Repository) -> tuple[Problem, ...]:
    """Without its history a branch seems to have nothing in common with base."""
    if not (git.common_dir / "shallow").exists():
        return ()
    message = "the repository is a shallow clone, so merge bases may be missing and branches may wait for that"
    hint = "get the whole history: git fetch --unshallow"
    return (Problem(where="shallow", message=message, hint=hint, severity=Severity.WARNING),)


def _frozen(state: State, desk: Desk) -> tuple[str, ...]:
    """A pause that someone has to lift, and a checkout of base that a merge would leave behind its branch."""
    reasons = []
    if state.memory.frozen:
        reasons.append(f"{state.memory.frozen} (to lift the pause, set `frozen` to null in {QUEUE})")
    if unclean := desk.obstacle(state.base.branch):
        reasons.append(f"{state.base.branch} is checked out: {unclean}")
    return (*reasons, *desk.frozen)


def _person(agent: AgentName) -> Person:
    """Agents of a local fleet write to the repository: whoever runs it owns it (contract 6)."""
    return Person(login=agent, permission=Permission.WRITE)
