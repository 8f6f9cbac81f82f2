"""Whole queues in thought: `decide` and a toy of git, step by step, as a run would go, killed after any step."""

from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mergebot.decide.queue import decide
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.plan import EntryState, Merge, Pass, Plan, Restack, Retarget, Step
from mergebot.model.policy import Policy
from mergebot.model.questions import Answer, Contains, Question, Truth
from mergebot.model.snapshot import CheckList, PullRequest, Snapshot
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import closed, entry_of, settled

POLICY = Policy()


@dataclass
class Toy:
    """A repository in which nothing conflicts. `has`: what each head holds of what has landed."""

    seen: Snapshot
    landed: list[PrNumber] = field(default_factory=list)
    has: dict[Sha, frozenset[Sha]] = field(default_factory=dict)

    def git(self, question: Question) -> Answer | None:
        """Only what has landed is asked of it."""
        if not isinstance(question, Contains):
            return None
        if question.head == self.seen.base.sha:
            return Truth(value=True)
        return Truth(value=question.commit in self.has.get(question.head, frozenset()))

    def plan(self) -> Plan:
        return settled(replace(self.seen, answers={}), POLICY, self.git)[1]

    def do(self, step: Step) -> None:
        """Carry one step out."""
        if isinstance(step, Merge):
            self.merge(step)
        elif isinstance(step, Restack):
            for item in step.rebases:
                self.move(item.pr, item.onto)
        elif isinstance(step, Retarget):
            self.change(step.pr, base=step.new_base)

    def merge(self, step: Merge) -> None:
        pr = self.of(step.pr)
        self.landed.append(step.pr)
        commit = sha(5000 + step.pr)
        done = closed(step.pr, head=pr.head, body=pr.body, former_tips=pr.former_tips, landed=commit)
        self.seen = replace(
            self.seen,
            base=replace(self.seen.base, sha=sha(f"base {len(self.landed)}")),
            pull_requests=tuple(other for other in self.seen.pull_requests if other.number != step.pr),
            closed=(*self.seen.closed, done),
        )

    def move(self, number: PrNumber, onto: Sha | PrNumber) -> None:
        """A rebase: a new head that holds all that has landed, and its parent."""
        pr = self.of(number)
        new = sha(int(pr.head.sha, 16) + 100_000)
        self.has[new] = frozenset(sha(5000 + n) for n in self.landed)
        parent = PrNumber(int(onto)) if not isinstance(onto, str) else None
        contains = (parent, *self.of(parent).contains) if parent is not None else ()
        self.change(
            number, head=replace(pr.head, sha=new), former_tips=(*pr.former_tips, pr.head.sha), contains=contains
        )

    def of(self, number: PrNumber) -> PullRequest:
        return next(pr for pr in self.seen.pull_requests if pr.number == number)

    def change(self, number: PrNumber, **changes: object) -> None:
        pulls = (replace(pr, **changes) if pr.number == number else pr for pr in self.seen.pull_requests)  # type: ignore[arg-type]
        self.seen = replace(self.seen, pull_requests=tuple(pulls))


Case = tuple[list[int], bool, bool, bool]
CASES = st.lists(
    st.tuples(st.lists(st.integers(1, 7), max_size=2), st.booleans(), st.booleans(), st.booleans()),
    min_size=1,
    max_size=7,
)


def toy(cases: list[Case]) -> Toy:
    """PRs that depend on earlier ones only; some stacked by history or by base, some that never get a check."""
    pulls: list[PullRequest] = []
    for number, (others, history, base, untested) in enumerate(cases, start=1):
        needs = ", ".join(f"#{other}" for other in others if other < number)
        changes: dict[str, object] = {"body": f"Depends-On: {needs}"} if needs else {}
        if number > 1 and history:
            below = pulls[-1]
            changes["contains"] = (below.number, *below.contains)
        if number > 1 and base:
            changes["base"] = pulls[-1].head.branch
        if untested:
            changes["checks"] = CheckList()
        pulls.append(pull_request(number, **changes))
    return Toy(seen=snapshot(*pulls))


@settings(max_examples=60)
@given(CASES)
def test_everything_that_can_land_does_after_what_it_depends_on(cases: list[Case]) -> None:
    """I1 and I2 at every step; one step at a time is as good as a whole pass, and in the end nothing is left to do."""
    world = toy(cases)
    for _ in range(8 * len(cases) + 8):
        plan = world.plan()
        if not plan.steps:
            break
        step = plan.steps[0]
        if isinstance(step, Merge):
            entry = entry_of(plan, step.pr)
            assert entry.state is EntryState.READY
            assert all(isinstance(criterion.verdict, Pass) for criterion in entry.criteria)
            assert set(entry.depends_on) <= set(world.landed)
        world.do(step)
    else:
        raise AssertionError(f"no end: {plan.steps}")

    stuck = {entry.pr for entry in plan.entries}
    untested = {PrNumber(n) for n, case in enumerate(cases, start=1) if case[3]}
    assert all(number in untested or stuck & set(entry_of(plan, number).depends_on) for number in stuck)
    assert sorted([*world.landed, *stuck]) == sorted(range(1, len(cases) + 1))


@settings(max_examples=60)
@given(CASES, st.randoms(use_true_random=False))
def test_without_an_answer_nothing_is_ready_and_nothing_is_done(cases: list[Case], draw: Random) -> None:
    """What git has not said yet is asked, and pending until then."""
    world = toy(cases)
    plan = decide(world.seen, POLICY)
    assert plan.questions
    assert plan.steps == ()
    assert [entry.pr for entry in plan.entries if entry.state is EntryState.READY] == []

    whole, _ = settled(world.seen, POLICY, world.git)
    known = list(whole.answers.items())
    draw.shuffle(known)
    some = decide(replace(whole, answers=dict(known[: len(known) // 2])), POLICY)
    assert not (some.questions and some.steps)
