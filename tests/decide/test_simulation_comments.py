"""Whole queues in thought, with people who give commands: answers that fail, passes that are killed half-way."""

from dataclasses import dataclass, replace
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mergebot.decide.spoken import Command
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.people import Remark, Reply
from mergebot.model.plan import Answer, Merge, Plan, Step
from tests.builders import pull_request, snapshot
from tests.decide.remarks import ALICE, MALLORY, UMA
from tests.decide.test_simulation import POLICY, Toy
from tests.decide.worlds import settled

SPEAKERS = {"alice": ALICE, "mallory": MALLORY, "uma": UMA}
COMMENTS = st.lists(
    st.tuples(
        st.integers(1, 3), st.sampled_from([*SPEAKERS]), st.lists(st.sampled_from(Command), min_size=1, max_size=2)
    ),
    max_size=6,
)


@dataclass
class Forum(Toy):
    """A toy in which comments are answered. A head holds base if it was moved onto it."""

    def plan(self) -> Plan:
        return settled(replace(self.seen, answers={}), POLICY, self.git)[1]

    def do(self, step: Step) -> None:
        if isinstance(step, Answer):
            self.label(step)
            self.react(step)
        super().do(step)

    def label(self, step: Answer) -> None:
        """The first half of an answer."""
        labels = self.of(step.pr).labels
        self.change(step.pr, labels=(labels | {*step.add}) - {*step.remove})

    def react(self, step: Answer) -> None:
        """The second half."""
        remarks = self.of(step.pr).remarks
        [remark] = [remark for remark in remarks if remark.id == step.comment]
        assert remark.reply is None
        done = replace(remark, reply=step.reply)
        self.change(step.pr, remarks=tuple(done if one is remark else one for one in remarks))

    def move(self, number: PrNumber, onto: Sha | PrNumber) -> None:
        super().move(number, onto)
        head = self.of(number).head.sha
        self.has[head] |= {self.seen.base.sha}


def forum(comments: list[tuple[int, str, list[Command]]]) -> Forum:
    """Three ready PRs, the second stacked on the first, with these comments."""
    said: dict[int, list[Remark]] = {1: [], 2: [], 3: []}
    for place, (number, who, words) in enumerate(comments):
        body = "\n".join(f"/mergebot {word.value}" for word in words)
        said[number].append(Remark(id=place, author=SPEAKERS[who], body=body))
    prs = [pull_request(n, remarks=tuple(said[n]), contains=(PrNumber(1),) if n == 2 else ()) for n in said]
    return Forum(seen=snapshot(*prs))


def wanted(comments: list[tuple[int, str, list[Command]]], number: int) -> tuple[bool, bool]:
    """Whether a PR is asked for, and held, once everything that alice says has been done in order."""
    asked, held = True, False
    for place, who, words in comments:
        for word in words if place == number and who == "alice" else ():
            asked = {Command.MERGE: True, Command.CANCEL: False}.get(word, asked)
            held = {Command.HOLD: True, Command.UNHOLD: False}.get(word, held)
    return asked, held


@settings(max_examples=150, deadline=None, phases=set(Phase) - {Phase.shrink})
@given(COMMENTS, st.randoms(use_true_random=False))
def test_commands_are_done_in_order_whatever_fails_and_nothing_merges_against_them(
    comments: list[tuple[int, str, list[Command]]], draw: Random
) -> None:
    """Each comment is answered once; what alice says last holds; it ends."""
    world, patience = forum(comments), 8
    for _ in range(80):
        plan = world.plan()
        if not plan.steps:
            break
        step, trouble = plan.steps[0], draw.random() < 0.4 and patience > 0
        for later in plan.steps:
            assert not isinstance(later, Merge) or wanted(comments, later.pr) == (True, False)
        if isinstance(step, Answer) and trouble:
            patience -= 1
            if draw.random() < 0.5:
                world.label(step)
            elif others := [one for one in plan.steps[1:] if isinstance(one, Answer)]:
                world.do(others[0])
            continue
        world.do(step)
    else:
        raise AssertionError(f"no end: {plan.steps}")

    for pr in world.seen.pull_requests:
        for remark in pr.remarks:
            expected = {"alice": (Reply.DONE, Reply.PUZZLED), "mallory": (Reply.REFUSED,), "uma": (None,)}
            assert remark.reply in expected[remark.author.login]
        assert ("merge" in pr.labels, "hold" in pr.labels) == wanted(comments, pr.number)
