"""Whole queues on a forge, in thought: pushes that start no checks, branches that it deletes, stacks of its own."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import DeleteBranch, Dispatch, EntryState, Merge, Plan, Restack, Retarget, Step
from mergebot.model.policy import Checks, Policy
from mergebot.model.questions import Answer, Contains, Question, Truth
from mergebot.model.snapshot import Check, CheckList, CheckState, NativeStack
from tests.builders import GREEN, pull_request, sha, snapshot
from tests.decide.test_simulation import CASES, Case, Toy, toy
from tests.decide.worlds import entry_of, settled

POLICY = Policy(checks=Checks(dispatch=("ci.yml",)))
RAN = CheckList(checks=(Check(name="unit", state=CheckState.SUCCESS, workflow="CI"),), dispatched=True)


@dataclass
class Hub(Toy):
    """A forge that starts no checks for mergebot's pushes. `holds`: the heads of open PRs that each head contains."""

    holds: dict[Sha, frozenset[Sha]] = field(default_factory=dict)
    silent: frozenset[PrNumber] = frozenset()

    def git(self, question: Question) -> Answer | None:
        if isinstance(question, Contains) and question.commit in self.holds.get(question.head, frozenset()):
            return Truth(value=True)
        return super().git(question)

    def plan(self) -> Plan:
        return settled(replace(self.seen, answers={}), POLICY, self.git)[1]

    def do(self, step: Step) -> None:
        if isinstance(step, Dispatch):
            self.change(step.pr, checks=CheckList(dispatched=True) if step.pr in self.silent else RAN)
        super().do(step)

    def merge(self, step: Merge) -> None:
        """It deletes the branch, which closes what is open into it."""
        for pr in self.seen.pull_requests:
            if pr.base == step.branch and pr.native is None:
                assert step.head not in self.holds[pr.head.sha], f"#{pr.number} would have been closed"
                self.change(pr.number, base=Branch("main"))
        super().merge(step)

    def move(self, number: PrNumber, onto: Sha | PrNumber) -> None:
        super().move(number, onto)
        new = self.of(number).head
        below = () if isinstance(onto, str) else (self.of(PrNumber(onto)).head.sha,)
        self.holds[new.sha] = frozenset({*below, *(sha for head in below for sha in self.holds[head])})
        self.change(number, head=replace(new, pushed_at=self.seen.taken_at - 5), checks=CheckList())


def hub(cases: list[Case]) -> Hub:
    seen = toy(cases).seen
    heads = {pr.number: pr.head.sha for pr in seen.pull_requests}
    return Hub(
        seen=replace(seen, deletes_merged=True),
        holds={pr.head.sha: frozenset(heads[n] for n in pr.contains) for pr in seen.pull_requests},
        silent=frozenset(PrNumber(n) for n, case in enumerate(cases, start=1) if case[3]),
    )


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_everything_lands_although_pushes_start_no_checks_and_branches_vanish(cases: list[Case]) -> None:
    """Nothing lands before what it depends on, no PR is closed, and each new head is tested before it lands."""
    world = hub(cases)
    depends = {entry.pr: set(entry.depends_on) for entry in world.plan().entries}
    for _ in range(12 * len(cases) + 12):
        plan = world.plan()
        if not plan.steps:
            break
        step = plan.steps[0]
        if isinstance(step, Merge):
            assert depends[step.pr] <= set(world.landed)
            assert world.of(step.pr).checks in (GREEN, RAN)
        world.do(step)
    else:
        raise AssertionError(f"no end: {plan.steps}")

    stuck = {entry.pr for entry in plan.entries}
    assert all(number in world.silent or stuck & set(entry_of(plan, number).depends_on) for number in stuck)


SIZES = st.integers(1, 4)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.lists(st.booleans(), min_size=12, max_size=12), st.sets(st.integers(1, 4), max_size=1))
def test_a_stack_of_the_forges_own_lands_from_the_bottom_and_is_left_alone(
    size: int, turns: list[bool], untested: set[int]
) -> None:
    """Whenever GitHub gets round to pointing the next one at base, and to rebasing it (`turns`)."""
    world = stack(size, untested)
    for done in [*turns, *[True] * (3 * size + 1)]:
        plan = world.plan()
        for step in plan.steps[:1]:
            assert isinstance(step, Merge)
            assert step.native == (step.pr <= size)
            old = set(world.of(step.pr).contains) & set(world.landed)
            assert not old, "it still stood on what had landed before it"
            world.do(step)
        if done:
            catch_up(world)
        assert not any(isinstance(step, Retarget | Restack | DeleteBranch) for step in plan.steps)

    assert [n for n in world.landed if n <= size] == list(range(1, min({*untested, size + 1})))
    assert all(entry.state is not EntryState.BLOCKED for entry in plan.entries)


def stack(size: int, untested: set[int]) -> Toy:
    """A native stack, and an ordinary PR beside it."""
    below = [tuple(PrNumber(m) for m in range(1, n)) for n in range(1, size + 1)]
    members = [
        pull_request(
            n,
            native=NativeStack(number=1, position=n, size=size),
            base=Branch(f"change-{n - 1}") if n > 1 else Branch("main"),
            contains=below[n - 1],
            checks=CheckList() if n in untested else GREEN,
        )
        for n in range(1, size + 1)
    ]
    return Toy(seen=snapshot(*members, pull_request(size + 1)))


def catch_up(world: Toy) -> None:
    """GitHub points the lowest open member at base or, once that is done, rebases those that are left."""
    members = [pr for pr in world.seen.pull_requests if pr.native is not None]
    if not members or not world.landed:
        return
    if members[0].base != "main":
        world.change(members[0].number, base=Branch("main"))
        return
    for at, pr in enumerate(members):
        new = sha(int(pr.head.sha, 16) + 10_000 * len(world.landed))
        world.has[new] = frozenset(sha(5000 + n) for n in world.landed)
        world.change(pr.number, head=replace(pr.head, sha=new), contains=tuple(p.number for p in members[:at]))
