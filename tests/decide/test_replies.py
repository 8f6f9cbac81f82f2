"""How commands in comments are answered, and the lines that tell what became of them."""

from typing import Any

import pytest

from mergebot.decide.queue import decide
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.people import Reply
from mergebot.model.plan import Answer, EntryState, Plan
from mergebot.model.policy import Checks, Policy
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import Check, CheckList, CheckState, Unknown
from tests.builders import pull_request, snapshot
from tests.decide.remarks import ALICE, BOB, BOT, MALLORY, UMA, said
from tests.decide.worlds import brief, entry_of, plan_of

NOBODY: frozenset[str] = frozenset()
COMMANDS = "after /mergebot comes one of: merge, cancel, hold, unhold, rebase, retry, explain"
HELD = frozenset({"merge", "hold"})


def plan_with(*comments: Any, **changes: Any) -> Plan:  # noqa: ANN401 (a builder takes any field)
    """The plan for #1 with these comments."""
    return plan_of(snapshot(pull_request(1, remarks=said(*comments), **changes)))


def lines(*comments: Any, **changes: Any) -> list[str]:  # noqa: ANN401 (a builder takes any field)
    """What is told of these comments on #1."""
    return list(entry_of(plan_with(*comments, **changes), 1).answers)


def answers(plan: Plan) -> list[Answer]:
    """The answers of a plan."""
    return [step for step in plan.steps if isinstance(step, Answer)]


class TestSteps:
    def test_answers_come_first_by_pull_request_and_in_their_order(self) -> None:
        """Everything else is looked at afresh when they have been given."""
        prs = (
            pull_request(2, remarks=said("/mergebot explain", "/mergebot explain")),
            pull_request(1, remarks=said("/mergebot explain")),
        )
        assert brief(plan_of(snapshot(*prs)).steps)[:3] == ["answer 1", "answer 2", "answer 2"]

    def test_a_step_says_who_asks_for_what_and_what_comes_of_it(self) -> None:
        """In `plan`, before anything is done."""
        [step] = answers(plan_with("/mergebot hold"))
        assert step == Answer(
            pr=PrNumber(1),
            comment=71,
            reply=Reply.DONE,
            reason="`/mergebot hold` by alice: the label `hold` is set; `/mergebot unhold` goes on",
            add=("hold",),
        )

    def test_what_is_not_understood_is_answered_with_the_commands_and_the_rest_is_done(self) -> None:
        """The reaction is the worst of the replies."""
        [step] = answers(plan_with("/mergebot hold\n/mergebot dance"))
        assert (step.reply, step.add) == (Reply.PUZZLED, ("hold",))
        assert step.reason.endswith(f"; `dance` is no command; {COMMANDS}")

    def test_a_comment_without_a_command_gets_no_answer(self) -> None:
        """Nobody asked for anything."""
        assert brief(plan_with("see /mergebot docs", "> /mergebot hold").steps) == ["merge 1"]

    def test_commands_are_carried_out_while_the_queue_is_frozen(self) -> None:
        """A freeze holds merges, and not people."""
        seen = snapshot(pull_request(1, remarks=said("/mergebot cancel", "/mergebot rebase")), frozen=("red",))
        first, second = answers(plan_of(seen))
        assert (first.reply, first.remove) == (Reply.DONE, ("merge",))
        assert second.reply is Reply.PUZZLED
        assert second.reason == "`/mergebot rebase` by alice: it is not rebased: the queue is frozen: red"

    def test_nothing_is_carried_out_while_an_input_is_in_error(self) -> None:
        """The labels that the config names are not known then (contract 2.1); a hold counts all the same."""
        error = Problem(where="mergebot.yml", message="bad", severity=Severity.ERROR)
        seen = snapshot(pull_request(1, remarks=said("/mergebot hold")), problems=(error,))
        plan = plan_of(seen)
        assert plan.steps == ()
        assert entry_of(plan, 1).state is EntryState.HELD

    def test_a_pull_request_into_another_branch_is_told_so(self) -> None:
        """It is no entry, so the reaction has to do; strangers are refused there too."""
        pr = pull_request(1, base=Branch("dev"), remarks=said("/mergebot merge", ("/mergebot merge", MALLORY)))
        first, second = answers(plan_of(snapshot(pr)))
        assert (first.reply, first.add) == (Reply.PUZZLED, ())
        assert first.reason == "`/mergebot merge` by alice: it is open into dev, and mergebot merges into main"
        assert second.reply is Reply.REFUSED

    def test_no_answer_is_given_while_git_has_not_answered(self) -> None:
        """A plan with open questions has no steps."""
        plan = decide(snapshot(pull_request(1, remarks=said("/mergebot hold"))), Policy())
        assert plan.questions
        assert plan.steps == ()
        assert entry_of(plan, 1).state is EntryState.HELD


class TestRetry:
    def test_failed_runs_start_again_each_once_and_the_refusal_is_forgotten(self) -> None:
        """Only those that count: newest of their name, not ignored, not mergebot's own, and failed in that way."""
        checks = CheckList(
            checks=(
                Check(name="a", state=CheckState.FAILURE, run=9, workflow="CI"),
                Check(name="b", state=CheckState.TIMED_OUT, run=9, workflow="CI"),
                Check(name="c", state=CheckState.CANCELLED, run=5, workflow="Slow"),
                Check(name="old", state=CheckState.FAILURE, run=1, order=1, workflow="CI"),
                Check(name="old", state=CheckState.SUCCESS, run=9, order=2, workflow="CI"),
                Check(name="again", state=CheckState.FAILURE, run=6, workflow="Fast", started=101),
                Check(name="flaky", state=CheckState.FAILURE, run=2),
                Check(name="mergebot", state=CheckState.FAILURE, run=3, own=True),
                Check(name="waits", state=CheckState.ACTION_REQUIRED, run=4),
                Check(name="status", state=CheckState.FAILURE),
            )
        )
        pr = pull_request(1, checks=checks, refused="GitHub refuses it", remarks=said("/mergebot retry", at=100))
        [step] = answers(plan_of(snapshot(pr), Policy(checks=Checks(ignore=("flaky",)))))
        assert (step.reply, step.rerun, step.forget) == (Reply.DONE, (5, 9), True)

    def test_where_nothing_failed_there_is_nothing_to_start(self) -> None:
        """It is answered all the same."""
        [step] = answers(plan_with("/mergebot retry"))
        assert (step.reply, step.rerun, step.forget) == (Reply.DONE, (), True)

    def test_it_waits_while_the_checks_are_not_known(self) -> None:
        """What failed is not known."""
        plan = plan_with("/mergebot retry", checks=Unknown(reason="time-out"))
        assert answers(plan) == []
        expected = "`/mergebot retry` by alice: not done yet: its checks could not be read: time-out"
        assert entry_of(plan, 1).answers == (expected,)

    @pytest.mark.parametrize("command", ["merge", "hold", "explain", "rebase"])
    def test_nothing_else_starts_jobs_or_forgets(self, command: str) -> None:
        """Each command does one thing."""
        checks = CheckList(checks=(Check(name="a", state=CheckState.FAILURE, run=9),))
        [step] = answers(plan_with(f"/mergebot {command}", checks=checks))
        assert (step.rerun, step.forget) == ((), False)


BEFORE = (
    ("/mergebot hold", "`/mergebot hold` by alice: not done yet"),
    (("/mergebot hold", MALLORY), "`/mergebot hold` by mallory: only people with write access may do that"),
    (
        ("/mergebot hold", BOT),
        "`/mergebot hold` by planner[bot]: of bots only those in `agents.trusted_authors` may do that",
    ),
    (
        ("/mergebot hold", UMA),
        "`/mergebot hold` by uma: not done yet, for whether uma has write access could not be read",
    ),
    ("/mergebot", f"`/mergebot` by alice: not done yet: a command is missing; {COMMANDS}"),
    ("/mergebot `x` y", f"`/mergebot … y` by alice: not done yet: this is no command; {COMMANDS}"),
)
AFTER: tuple[tuple[str, Reply, dict[str, Any], str], ...] = (
    ("merge", Reply.DONE, {}, "done, the label `merge` is set"),
    ("merge", Reply.SEEN, {}, "done, the label `merge` is set"),
    ("merge", Reply.DONE, {"labels": NOBODY}, "done, but the label `merge` is not set any more"),
    (
        "merge",
        Reply.DONE,
        {"labels": HELD},
        "done, the label `merge` is set; the label `hold` still holds it: `/mergebot unhold` goes on",
    ),
    (
        "merge",
        Reply.DONE,
        {"draft": True},
        "done, the label `merge` is set; it is a draft: mark it as ready for review",
    ),
    ("cancel", Reply.DONE, {"labels": NOBODY}, "done, it is out of the queue; `/mergebot merge` puts it back"),
    ("cancel", Reply.DONE, {}, "done, but it is in the queue again"),
    ("hold", Reply.DONE, {"labels": HELD}, "done, the label `hold` is set; `/mergebot unhold` goes on"),
    ("hold", Reply.DONE, {}, "done, but the label `hold` is not set any more"),
    ("unhold", Reply.DONE, {}, "done, the label `hold` is not set"),
    ("unhold", Reply.DONE, {"labels": HELD}, "done, but the label `hold` is set again"),
    (
        "unhold",
        Reply.DONE,
        {"labels": NOBODY},
        "done, the label `hold` is not set; it is not in the queue: `/mergebot merge` puts it there",
    ),
    ("rebase", Reply.DONE, {}, "done, it was brought up to date with main"),
    ("rebase", Reply.PUZZLED, {}, "it could not be rebased"),
    ("rebase", Reply.PUZZLED, {"stuck": "the push was not taken", "refused": "no"}, "it could not be rebased"),
    ("retry", Reply.DONE, {}, "done, failed jobs are started again, and what was refused is tried again"),
    ("retry", Reply.PUZZLED, {}, "not all failed jobs could be started again: run them by hand, or push again"),
    ("explain", Reply.DONE, {}, "done, where it stands is said here"),
    ("unhold", Reply.PUZZLED, {"labels": HELD}, "a newer command stands"),
    ("dance", Reply.PUZZLED, {}, f"this is no command; {COMMANDS}"),
    ("hold", Reply.REFUSED, {}, "only people with write access may do that"),
)


class TestLines:
    @pytest.mark.parametrize(("comment", "line"), BEFORE)
    def test_before_it_is_answered(self, comment: Any, line: str) -> None:  # noqa: ANN401 (a text, or with its author)
        """What is still to be done, and what stands in its way."""
        assert lines(comment) == [line]

    @pytest.mark.parametrize(("word", "reply", "changes", "outcome"), AFTER)
    def test_after_it_was_answered(self, word: str, reply: Reply, changes: dict[str, Any], outcome: str) -> None:
        """Drawn from the comment, its answer and the PR as it is: every later pass says the same."""
        assert lines((f"/mergebot {word}", ALICE, reply), **changes) == [f"`/mergebot {word}` by alice: {outcome}"]

    def test_it_is_told_by_its_answer_also_when_the_rights_have_changed(self) -> None:
        """Who has left has not asked in vain; who has come was refused all the same."""
        told = lines(("/mergebot hold", MALLORY, Reply.DONE), ("/mergebot hold", BOB, Reply.REFUSED), labels=HELD)
        assert told == [
            "`/mergebot hold` by mallory: done, the label `hold` is set; `/mergebot unhold` goes on",
            "`/mergebot hold` by bob: only people with write access may do that",
        ]

    def test_the_newest_three_are_told(self) -> None:
        """A comment that only mentions mergebot takes nobody's place."""
        told = lines(*(f"/mergebot w{n}" for n in range(5)), "no /mergebot command")
        assert [line.split(" by ")[0] for line in told] == [f"`/mergebot w{n}`" for n in (2, 3, 4)]

    def test_many_commands_in_one_comment_make_one_line_of_a_sane_length(self) -> None:
        """A stranger's words are cut."""
        body = "\n".join(f"/mergebot {'x' * n}" for n in range(1, 2000))
        [line] = lines((body, MALLORY))
        assert line == (
            "`/mergebot x`, `/mergebot xx`, `/mergebot xxx` and 38 more by mallory: "
            "only people with write access may do that"
        )
        [line] = lines(body)
        assert line.endswith(f": not done yet: `x`, `xx`, `xxx` and 38 more are no commands; {COMMANDS}")

    def test_who_has_no_name_is_somebody(self) -> None:
        """An account that is gone."""
        nameless = type(ALICE)(login="", permission=ALICE.permission)
        assert lines(("/mergebot hold", nameless)) == ["`/mergebot hold` by somebody: not done yet"]
