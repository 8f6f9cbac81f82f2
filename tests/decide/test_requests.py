"""Who may give commands in comments, and what the commands about labels make of a PR."""

import dataclasses
import time
from typing import Any

import pytest

from mergebot.model.ids import AgentName
from mergebot.model.people import Permission, Person, Remark, Reply
from mergebot.model.plan import Answer, EntryState, Hold, Merge, Plan
from mergebot.model.policy import DependencyFile, Policy, Queue
from tests.builders import pull_request, snapshot
from tests.decide.remarks import ALICE, BOB, BOT, MALLORY, UMA, said
from tests.decide.worlds import brief, entry_of, plan_of

MERGE = frozenset({"merge"})
NOBODY: frozenset[str] = frozenset()


def plan_with(*comments: Any, policy: Policy | None = None, remarks: tuple[Remark, ...] = (), **changes: Any) -> Plan:  # noqa: ANN401 (a builder takes any field)
    """The plan for #1 with these comments."""
    return plan_of(snapshot(pull_request(1, remarks=remarks or said(*comments), **changes)), policy)


def answered(plan: Plan) -> list[tuple[Reply, tuple[str, ...], tuple[str, ...]]]:
    """Each answer: how, and which labels it adds and removes."""
    return [(step.reply, step.add, step.remove) for step in plan.steps if isinstance(step, Answer)]


class TestLabels:
    CASES = (
        ("/mergebot merge", NOBODY, ("merge",), ()),
        ("/mergebot merge", frozenset({"Merge"}), (), ()),
        ("/mergebot merge", frozenset({"hold"}), ("merge",), ()),
        ("/mergebot cancel", frozenset({"MERGE", "hold"}), (), ("MERGE",)),
        ("/mergebot cancel", NOBODY, (), ()),
        ("/mergebot hold", MERGE, ("hold",), ()),
        ("/mergebot hold", frozenset({"merge", "HOLD"}), (), ()),
        ("/mergebot unhold", frozenset({"merge", "Hold"}), (), ("Hold",)),
        ("/mergebot explain", MERGE, (), ()),
        ("/mergebot unhold\n/mergebot merge", frozenset({"hold"}), ("merge",), ("hold",)),
        ("/mergebot hold\n/mergebot unhold", MERGE, (), ()),
    )

    @pytest.mark.parametrize(("body", "labels", "add", "remove"), CASES)
    def test_a_command_changes_its_label_and_nothing_else(
        self, body: str, labels: frozenset[str], add: tuple[str, ...], remove: tuple[str, ...]
    ) -> None:
        """Compared as the forge compares labels; removed as it is spelled there."""
        assert answered(plan_with(body, labels=labels)) == [(Reply.DONE, add, remove)]

    def test_the_labels_are_those_of_the_config(self) -> None:
        """`queue.label` and `queue.hold_label`."""
        policy = Policy(queue=Queue(label="ship", hold_label="wait"))
        assert answered(plan_with("/mergebot merge", "/mergebot hold", policy=policy)) == [
            (Reply.DONE, ("ship",), ()),
            (Reply.DONE, ("wait",), ()),
        ]

    def test_an_agents_pull_request_is_cancelled_by_the_hold_label(self) -> None:
        """It is in the queue without a label (`auto_agents`), so taking that away would change nothing."""
        pr = pull_request(1, agent=AgentName("backend"), remarks=said("/mergebot cancel"))
        file = DependencyFile(path="dependencies.json", dependencies={AgentName("backend"): ()})
        plan = plan_of(snapshot(pr, dependencies=file))
        assert answered(plan) == [(Reply.DONE, ("hold",), ("merge",))]
        assert entry_of(plan, 1).state is EntryState.HELD
        off = Policy(queue=Queue(auto_agents=False))
        assert answered(plan_of(snapshot(pr, dependencies=file), off)) == [(Reply.DONE, (), ("merge",))]


class TestWhoMay:
    @pytest.mark.parametrize("permission", [Permission.WRITE, Permission.MAINTAIN, Permission.ADMIN])
    def test_people_with_write_access_may(self, permission: Permission) -> None:
        """Whoever could do it by hand."""
        person = Person(login="ann", permission=permission)
        assert answered(plan_with(("/mergebot hold", person))) == [(Reply.DONE, ("hold",), ())]

    @pytest.mark.parametrize("permission", [Permission.NONE, Permission.READ, Permission.TRIAGE])
    def test_others_are_refused_and_change_nothing(self, permission: Permission) -> None:
        """Whatever they say, and politely."""
        person = Person(login="mallory", permission=permission)
        plan = plan_with(("/mergebot hold\n/mergebot retry\n/mergebot rebase", person), ("/mergebot foo", person))
        assert answered(plan) == [(Reply.REFUSED, (), ())] * 2
        assert all(not step.rerun and not step.forget for step in plan.steps if isinstance(step, Answer))
        assert brief(plan.steps) == ["answer 1", "answer 1", "merge 1"]

    def test_a_bot_may_where_the_config_lists_it(self) -> None:
        """A bot is nobody's collaborator, whatever the forge says of its rights."""
        listed = Policy(trusted_authors=("Planner[bot]",))
        assert answered(plan_with(("/mergebot hold", BOT), policy=listed)) == [(Reply.DONE, ("hold",), ())]
        assert answered(plan_with(("/mergebot hold", BOT))) == [(Reply.REFUSED, (), ())]

    def test_a_trusted_author_without_write_access_may_not(self) -> None:
        """Trust is about what an agent says of its own PR."""
        policy = Policy(trusted_authors=("mallory",))
        assert answered(plan_with(("/mergebot hold", MALLORY), policy=policy)) == [(Reply.REFUSED, (), ())]

    def test_who_cannot_be_judged_is_not_answered_yet_and_nothing_is_done(self) -> None:
        """It may be readable next time."""
        plan = plan_with(("/mergebot merge\n/mergebot rebase", UMA), labels=NOBODY)
        assert plan.steps == ()

    def test_a_text_that_somebody_else_has_changed_is_no_command(self) -> None:
        """Nor is it answered: nobody asked."""
        plan = plan_with(remarks=said("/mergebot hold", edited_by="mallory"))
        assert brief(plan.steps) == ["merge 1"]
        assert entry_of(plan, 1).answers == ()

    def test_a_stranger_with_long_comments_takes_no_time(self) -> None:
        """A pass decides many times over, and each time on all comments."""
        texts = [(f"/mergebot {number}\n" + "`\n" * 32_000, MALLORY) for number in range(30)]
        start = time.perf_counter()
        assert answered(plan_with(*texts)) == [(Reply.REFUSED, (), ())] * 30
        assert time.perf_counter() - start < 5

    def test_mergebot_gives_itself_no_commands(self) -> None:
        """Its own comment names them."""
        me = Person(login="mergebot[bot]", is_bot=True, is_me=True, permission=Permission.WRITE)
        assert brief(plan_with(("/mergebot hold", me)).steps) == ["merge 1"]

    @pytest.mark.parametrize("reply", Reply)
    def test_what_was_answered_is_not_answered_again(self, reply: Reply) -> None:
        """However it was; a doubled pass changes nothing."""
        assert brief(plan_with(("/mergebot hold", ALICE, reply)).steps) == ["merge 1"]


class TestHold:
    @pytest.mark.parametrize(
        ("comments", "because"),
        [
            (["/mergebot hold"], "alice asks in a comment to hold it"),
            (["/mergebot cancel"], "alice asks in a comment to take it out of the queue"),
            (["/mergebot unhold", ("/mergebot hold", BOB)], "bob asks in a comment to hold it"),
            (["/mergebot cancel", ("/mergebot hold", BOB)], "bob asks in a comment to hold it"),
            (["/mergebot merge\n/mergebot hold\n/mergebot fly"], "alice asks in a comment to hold it"),
        ],
    )
    def test_a_hold_counts_from_the_moment_it_is_read(self, comments: list[Any], because: str) -> None:
        """No merge slips in before the label is there, or where it cannot be set."""
        plan = plan_with(*comments)
        found = entry_of(plan, 1)
        assert (found.state, found.hold, found.because) == (EntryState.HELD, Hold.COMMENT, because)
        assert not any(isinstance(step, Merge) for step in plan.steps)

    @pytest.mark.parametrize("last", ["/mergebot unhold", "/mergebot hold\n/mergebot unhold"])
    def test_a_later_command_wins(self, last: str) -> None:
        """Those of one PR are done in their order."""
        plan = plan_with("/mergebot hold", (last, BOB))
        assert entry_of(plan, 1).state is EntryState.READY
        assert answered(plan)[0] == (Reply.DONE, ("hold",), ())
        assert answered(plan)[1] == (Reply.DONE, (), ("hold",))

    def test_an_answer_that_may_have_been_a_refusal_undoes_no_hold(self) -> None:
        """Another account has given it, and whether its author may do that cannot be read; a stop stands."""
        plan = plan_with("/mergebot hold", ("/mergebot unhold", UMA, Reply.SEEN))
        assert entry_of(plan, 1).state is EntryState.HELD
        plan = plan_with("/mergebot merge", ("/mergebot cancel", UMA, Reply.SEEN), labels=NOBODY)
        assert answered(plan) == [(Reply.PUZZLED, (), ())]

    def test_an_unauthorised_hold_holds_nothing(self) -> None:
        """Else a stranger could stop the queue."""
        assert entry_of(plan_with(("/mergebot hold", MALLORY)), 1).state is EntryState.READY

    def test_a_hold_by_someone_who_cannot_be_judged_holds_for_now(self) -> None:
        """It may be a good one; a person with write access lifts it."""
        plan = plan_with(("/mergebot hold", UMA))
        reason = "uma asks in a comment to hold it, and whether uma has write access could not be read"
        assert entry_of(plan, 1).because == reason
        assert plan.steps == ()
        lifted = plan_with(("/mergebot hold", UMA), ("/mergebot unhold", ALICE, Reply.DONE))
        assert entry_of(lifted, 1).state is EntryState.READY

    def test_a_command_that_was_passed_over_never_undoes_a_newer_one(self) -> None:
        """The older one failed, the newer one was done: it stands."""
        held = frozenset({"merge", "hold"})
        for reply in (Reply.DONE, Reply.SEEN, Reply.PUZZLED):
            plan = plan_with("/mergebot unhold", ("/mergebot hold", ALICE, reply), labels=held)
            assert answered(plan) == [(Reply.PUZZLED, (), ())]
            assert entry_of(plan, 1).answers[0] == "`/mergebot unhold` by alice: not done yet: a newer command stands"
        for who, reply in ((MALLORY, Reply.REFUSED), (MALLORY, Reply.SEEN)):
            plan = plan_with("/mergebot unhold", ("/mergebot hold", who, reply), labels=held)
            assert answered(plan) == [(Reply.DONE, (), ("hold",))]

    def test_comments_are_taken_by_number_however_they_are_listed(self) -> None:
        """The numbers rise with time."""
        remarks = said("/mergebot hold", "/mergebot unhold")
        plan = plan_with(remarks=remarks[::-1])
        assert entry_of(plan, 1).state is EntryState.READY
        assert [step.comment for step in plan.steps if isinstance(step, Answer)] == [71, 72]

    def test_the_labels_of_the_pull_request_come_first(self) -> None:
        """Who holds it is then said by the label."""
        plan = plan_with("/mergebot hold", labels=frozenset({"merge", "hold"}))
        assert entry_of(plan, 1).hold is Hold.LABEL
        draft = dataclasses.replace(pull_request(1, remarks=said("/mergebot hold")), draft=True)
        assert entry_of(plan_of(snapshot(draft)), 1).hold is Hold.DRAFT
