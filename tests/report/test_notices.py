"""What a forge shows of each PR: a commit status and a comment (contract 4.7)."""

import pytest

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.notice import StatusState
from mergebot.model.outcome import Done, Failed, PassResult, Stale
from mergebot.model.people import Reply
from mergebot.model.plan import Answer, EntryState, Restack, Retarget
from mergebot.report.notices import DESCRIPTION_LIMIT, notices
from tests.builders import sha
from tests.report.comments import NOTHING, RED, RUNNING, UNAPPROVED, after, agents, judged, notice, people
from tests.report.plans import entry, fleet, merge, plan, rebase, score_of, waits_for


class TestTheStatus:
    def test_its_state_follows_the_entrys(self) -> None:
        """Pending while waiting, ready or held, failure while blocked (contract 4.7)."""
        found = notices(fleet(), NOTHING)
        assert {item.pr: item.state.value for item in found if item.new_status} == {
            1: "pending",
            2: "pending",
            3: "pending",
            4: "failure",
            5: "failure",
            6: "pending",
            7: "pending",
            8: "pending",
        }
        assert all(item.head == sha(1000 + item.pr) for item in found)

    def test_it_says_the_main_reason(self) -> None:
        found: dict[int, str] = {item.pr: item.description for item in notices(fleet(), NOTHING)}
        assert found[1] == "ready: every criterion passes"
        assert found[6] == "waiting: waits for #2, which has not been merged yet"
        assert found[8] == "held: draft"
        assert found[4].startswith("blocked: the review score is 8/10")

    def test_it_is_one_plain_line_of_at_most_140_characters(self) -> None:
        held = entry(1, EntryState.HELD, because="a\nb\x1b[31m\u202e " + "word " * 100)
        text = notice(held).description
        assert len(text) <= DESCRIPTION_LIMIT
        assert text.startswith("held: a b\\x1b[31m\\u202e word word")
        assert text.endswith("…")

    def test_it_needs_no_addresses_for_the_comment_has_links(self) -> None:
        """They would take up most of the line."""
        found = notice(judged(1, EntryState.BLOCKED, RED, because=RED.reason))
        assert found.description == "blocked: lint (failed): fix it and push, or run it again"

    def test_which_checks_are_still_running_is_no_news(self) -> None:
        """Nothing is written for each one that finishes."""
        found = notice(judged(1, EntryState.WAITING, RUNNING, because=RUNNING.reason))
        assert found.description == "waiting: its checks are still running"


class TestWhoIsTold:
    @pytest.mark.parametrize("state", [state for state in EntryState if state is not EntryState.IGNORED])
    def test_each_that_is_in_the_queue(self, state: EntryState) -> None:
        """One comment per PR, and a status."""
        found = notice(judged(1, state, UNAPPROVED))
        assert (found.new_comment, found.new_status) == (True, True)

    def test_one_that_has_left_the_queue_only_where_there_is_something_to_correct(self) -> None:
        """An old comment that calls it ready would lie for ever."""
        found = notice(judged(1, EntryState.IGNORED, because="not requested: add the label `merge` to queue it"))
        assert (found.new_comment, found.new_status) == (False, False)
        assert (found.state, found.description) == (
            StatusState.PENDING,
            "not in the queue: add the label `merge` to queue it",
        )

    def test_whoever_gave_a_command_is_answered_also_there(self) -> None:
        found = notice(judged(1, EntryState.IGNORED, answers=("explain: see below",)))
        assert (found.new_comment, found.new_status) == (True, False)


RETARGET = Retarget(
    pr=PrNumber(1), head=sha(1001), old_base=Branch("x"), new_base=Branch("main"), reason="its base x landed"
)


class TestFailedSteps:
    def test_its_words_are_in_the_comment_of_whom_it_hit(self) -> None:
        one = entry(1, EntryState.WAITING, waits_for(2))
        found = notice(one, after((RETARGET, Failed(reason="there are no new commits", hint="close it"))))
        assert (found.state, found.new_comment) == (StatusState.FAILURE, True)
        assert found.description == "failed: retarget: there are no new commits"
        assert people(found.comment).endswith(
            "In the last pass its change of base failed: there are no new commits\n\nclose it"
        )
        assert agents(found.comment)["failed_steps"] == [
            {"action": "retarget", "reason": "there are no new commits", "hint": "close it"}
        ]

    def test_what_blocks_it_anyway_stays_the_main_reason(self) -> None:
        found = notice(entry(1, EntryState.BLOCKED, score_of(8)), after((RETARGET, Failed(reason="no answer"))))
        assert found.description.startswith("blocked: the review score is 8/10")
        assert people(found.comment).endswith("In the last pass its change of base failed: no answer")

    def test_a_merge_that_was_refused_says_so_once(self) -> None:
        """The plan has the words already, and has them still when the next pass tries nothing again (I5)."""
        one = entry(1, EntryState.BLOCKED, because="two reviews are needed")
        assert notice(one, after((merge(1), Failed(reason="two reviews are needed")))) == notice(one)

    def test_what_to_do_is_said_also_where_the_failure_is_the_main_reason(self) -> None:
        """Each pass tries it again, so that each says it again."""
        one = entry(1, EntryState.BLOCKED, because="it may not be pointed elsewhere")
        failed = Failed(reason="it may not be pointed elsewhere", hint="the token lacks pull-requests: write")
        shown = people(notice(one, after((RETARGET, failed))).comment)
        assert shown.endswith("\n\nthe token lacks pull-requests: write")
        assert shown.count("pointed elsewhere") == 1

    def test_of_a_stack_the_root_and_those_named_are_told(self) -> None:
        """A red status on each of ten PRs for one cause is noise; theirs only have it in the comment."""
        step = Restack(rebases=(rebase(1), rebase(2, PrNumber(1)), rebase(3, PrNumber(1))))
        entries = [entry(n, EntryState.WAITING, waits_for(9)) for n in (1, 2, 3)]
        found = notices(plan(*entries), after((step, Failed(reason="the branch of #3 is protected"))))
        assert [item.state.value for item in found] == ["failure", "pending", "failure"]
        assert all("its rebase failed" in item.comment for item in found)

    def test_a_comment_that_got_no_answer_turns_no_status_red(self) -> None:
        """It keeps no PR from anything; it is said in the comment, for whoever waits for the answer."""
        step = Answer(pr=PrNumber(1), comment=5, reply=Reply.DONE, reason="asked for")
        found = notice(entry(1), after((step, Failed(reason="no right to react"))))
        assert (found.state, found.description) == (StatusState.PENDING, "ready: every criterion passes")
        assert "In the last pass its answer to a command failed: no right to react" in found.comment

    def test_what_went_well_at_another_try_is_no_trouble(self) -> None:
        """Nor is what only was out of date."""
        again = after((RETARGET, Failed(reason="no answer")), (RETARGET, Done()), (merge(1), Stale(reason="moved")))
        assert notice(entry(1), again) == notice(entry(1))


def test_a_tree_that_was_not_predicted_is_said_loudly() -> None:
    """It has landed, and yet not as it was judged."""
    wrong = Failed(reason="#1 landed as abc with tree d, but e was predicted", hint="the queue is frozen")
    [found] = notices(plan(entry(2)), after((merge(1), wrong)), ended=[PrNumber(1)])[:1]
    assert (found.pr, found.state, found.new_comment) == (1, StatusState.FAILURE, True)
    assert people(found.comment) == (
        "**✗ Look at this merge**: #1 landed as abc with tree d, but e was predicted\n\nthe queue is frozen"
    )
    assert agents(found.comment) == {
        "schema": 1,
        "pr": 1,
        "head": sha(1001),
        "state": "failed",
        "because": "#1 landed as abc with tree d, but e was predicted",
    }


def test_one_that_was_refused_and_then_closed_is_no_merge_to_look_at() -> None:
    """Nothing has landed, so nothing can have landed wrong."""
    refused = Failed(reason="two reviews are needed")
    assert notices(plan(), after((merge(1), refused)), ended=[PrNumber(2)]) == ()


def test_one_that_is_open_still_and_was_not_merged_is_told_by_its_entry() -> None:
    """A merge that failed has landed nothing, as long as the PR is open."""
    found = notices(plan(entry(1)), after((merge(1), Failed(reason="no answer"))))
    assert [(item.pr, item.description) for item in found] == [(1, "failed: merge: no answer")]


def test_nothing_is_said_of_no_pull_request() -> None:
    assert notices(plan(), PassResult()) == ()
