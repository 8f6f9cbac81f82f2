"""What a forge shows of each PR: a commit status and a comment."""

import re

import pytest

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.notice import Notice, StatusState
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome, PassResult, Stale, StepResult
from mergebot.model.plan import (
    Criterion,
    CriterionName,
    DeleteBranch,
    Entry,
    EntryState,
    Evidence,
    Fail,
    Pending,
    Restack,
    Retarget,
    Step,
)
from mergebot.report.notices import COMMENT_LIMIT, DESCRIPTION_LIMIT, notices
from tests.builders import sha
from tests.report.plans import (
    CONFLICT,
    HOSTILE,
    LONG_COMMAND,
    entry,
    fleet,
    hostile,
    merge,
    plan,
    prs,
    rebase,
    score_of,
    waits_for,
)

NOTHING = PassResult()


def after(*pairs: tuple[Step, Outcome]) -> PassResult:
    return PassResult(results=tuple(StepResult(step=step, outcome=outcome) for step, outcome in pairs))


def notice(one: Entry, result: PassResult = NOTHING) -> Notice:
    [found] = notices(plan(one), result)
    return found


def pending(code: str, reason: str) -> Criterion:
    return Criterion(name=CriterionName.TESTS_PASSING, verdict=Pending(code=code, reason=reason))


class TestTheStatus:
    def test_its_state_follows_the_entrys(self) -> None:
        """Pending while waiting, ready or held, failure while blocked (contract 4.7); none where not requested."""
        found = notices(fleet(), NOTHING)
        assert {item.pr: item.state.value for item in found} == {
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

    def test_which_checks_are_still_running_is_no_news(self) -> None:
        """Nothing is written for each one that finishes."""
        first, second = (
            notice(entry(1, EntryState.WAITING, pending("tests.running", f"not done yet: {names}")))
            for names in ("lint, unit", "unit")
        )
        assert first == second
        assert first.description == "waiting: its checks are still running"


class TestTheComment:
    def test_a_blocked_one_is_told_everything_it_lacks_and_what_to_do(self) -> None:
        """What someone must do comes first; the commands can be pasted."""
        unread = pending("tests.unknown", "its checks could not be read: page 2 failed")
        one = entry(5, EntryState.BLOCKED, unread, waits_for(2), CONFLICT, depends_on=prs(2))
        found = notice(one)
        assert found.new_comment
        assert found.comment == (
            "**Blocked**: it is not merged before someone acts.\n\n"
            "- `merge_conflicts` (fails): conflicts with main in app/settings.py; #1 brought the other side; rebase it "
            "and solve the conflict\n"
            "- `tests_passing` (waits): its checks could not be read: page 2 failed\n"
            "- `dependencies_merged` (waits): waits for #2, which has not been merged yet\n\n"
            "Conflicting files: `app/settings.py`\n\n"
            f"```sh\n{LONG_COMMAND}\ngit rebase --continue\n```"
        )

    @pytest.mark.parametrize(
        ("one", "comment"),
        [
            (entry(1), "**Ready**: every criterion holds, it is merged in its turn."),
            (entry(1, EntryState.HELD, because="it is a draft"), "**Held**: it is a draft"),
            (
                entry(1, EntryState.WAITING, waits_for(2), depends_on=prs(2)),
                (
                    "**Waiting**: it is merged once this holds.\n\n"
                    "- `dependencies_merged` (waits): waits for #2, which has not been merged yet"
                ),
            ),
        ],
        ids=["ready", "held", "waiting"],
    )
    def test_nobody_has_to_act_for_others_so_none_is_made(self, one: Entry, comment: str) -> None:
        """One that is there already is brought up to date."""
        assert (notice(one).comment, notice(one).new_comment) == (comment, False)

    def test_a_refusal_of_the_forge_is_told_in_its_words(self) -> None:
        """No criterion knows of it."""
        one = entry(1, EntryState.BLOCKED, waits_for(2), because="2 approving reviews are required")
        found = notice(one)
        assert found.comment.startswith("**Blocked**: 2 approving reviews are required\n\n- `dependencies_merged`")
        assert found.new_comment

    def test_it_does_not_change_while_nothing_changes(self) -> None:
        """No time, no place in the queue, no commit of base (I5)."""
        one = entry(1, EntryState.BLOCKED, score_of(8))
        later = plan(entry(2), entry(1, EntryState.BLOCKED, score_of(8), position=7), taken_at=1.0, order=prs(2))
        assert notice(one) == notices(later, NOTHING)[0]


class TestMerged:
    def test_what_this_pass_merged_is_a_success(self) -> None:
        """Also one that someone else had merged just before; it is no entry any more."""
        done = after((merge(1), Done(sha=sha("landed"))), (merge(2), AlreadyDone(detail="landed as 0123456789")))
        first, second = notices(plan(), done)
        assert first == Notice(
            pr=PrNumber(1),
            head=sha(1001),
            state=StatusState.SUCCESS,
            description=f"merged as {sha('landed'):.10}",
            comment=f"**Merged** as {sha('landed')} into `main`.",
        )
        assert (second.pr, second.state, second.description) == (2, StatusState.SUCCESS, "merged")

    def test_it_stays_one_where_the_forge_still_calls_it_open(self) -> None:
        [found] = notices(plan(entry(1)), after((merge(1), Done(sha=sha("landed")))))
        assert found.state is StatusState.SUCCESS

    def test_a_tree_that_was_not_predicted_is_said_loudly(self) -> None:
        """It has landed, and yet not as it was judged."""
        wrong = Failed(reason="#1 landed as abc with tree d, but e was predicted", hint="the queue is frozen")
        [found] = notices(plan(entry(2)), after((merge(1), wrong)))[:1]
        assert (found.pr, found.state, found.new_comment) == (1, StatusState.FAILURE, True)
        assert found.comment == (
            "**Look at this merge**: #1 landed as abc with tree d, but e was predicted\n\nthe queue is frozen"
        )

    def test_what_is_left_to_do_for_a_merged_one_is_not_told_there(self) -> None:
        gone = DeleteBranch(pr=PrNumber(9), branch=Branch("x"), tip=sha(9), reason="landed")
        assert notices(plan(), after((gone, Failed(reason="protected")))) == ()


RETARGET = Retarget(
    pr=PrNumber(1), head=sha(1001), old_base=Branch("x"), new_base=Branch("main"), reason="its base x landed"
)


class TestFailedSteps:
    def test_its_words_are_in_the_comment_of_whom_it_hit(self) -> None:
        one = entry(1, EntryState.WAITING, waits_for(2), depends_on=prs(2))
        found = notice(one, after((RETARGET, Failed(reason="there are no new commits", hint="close it"))))
        assert (found.state, found.new_comment) == (StatusState.FAILURE, True)
        assert found.description == "failed: retarget: there are no new commits"
        assert found.comment.endswith(
            "In the last pass its change of base failed: there are no new commits\n\nclose it"
        )

    def test_what_blocks_it_anyway_stays_the_main_reason(self) -> None:
        found = notice(entry(1, EntryState.BLOCKED, score_of(8)), after((RETARGET, Failed(reason="no answer"))))
        assert found.description.startswith("blocked: the review score is 8/10")
        assert found.comment.endswith("In the last pass its change of base failed: no answer")

    def test_a_merge_that_was_refused_says_so_once(self) -> None:
        """The plan at the end of the pass has the words already."""
        one = entry(1, EntryState.BLOCKED, because="two reviews are needed")
        found = notice(one, after((merge(1), Failed(reason="two reviews are needed"))))
        assert found.comment == "**Blocked**: two reviews are needed"

    def test_of_a_stack_the_root_and_those_named_are_told(self) -> None:
        """A comment on each of ten PRs for one cause is noise; theirs are only brought up to date."""
        step = Restack(rebases=(rebase(1), rebase(2, PrNumber(1)), rebase(3, PrNumber(1))))
        entries = [entry(n, EntryState.WAITING, waits_for(9)) for n in (1, 2, 3)]
        found = notices(plan(*entries), after((step, Failed(reason="the branch of #3 is protected"))))
        assert [item.new_comment for item in found] == [True, False, True]
        assert all("its rebase failed" in item.comment for item in found)

    def test_what_went_well_at_another_try_is_no_trouble(self) -> None:
        """Nor is what only was out of date."""
        again = after((RETARGET, Failed(reason="no answer")), (RETARGET, Done()), (merge(1), Stale(reason="moved")))
        assert notice(entry(1), again) == notice(entry(1))


STRANGERS = [HOSTILE, "@everyone", "#99", "GH-99", "o/r#99", "a`b", "```", "<!-- mergebot -->", "![x](http://x.org)"]


class TestStrangers:
    """Titles, paths, branches and logins are anybody's."""

    @staticmethod
    def blocked(text: str) -> str:
        conflict = Fail(
            code="conflicts.merge",
            reason=f"conflicts with main in {text}, brought by #7",
            evidence=Evidence(files=(text,), prs=prs(7), commands=(f"git switch '{text}'",)),
        )
        one = entry(1, EntryState.BLOCKED, Criterion(name=CriterionName.MERGE_CONFLICTS, verdict=conflict))
        return notice(one).comment

    @pytest.mark.parametrize("text", STRANGERS)
    def test_nothing_of_theirs_acts(self, text: str) -> None:
        """No mention, no reference, no HTML, no marker, no fence: what is outside of code holds none of them."""
        comment = self.blocked(text)
        outside = re.sub(r"(?ms)^(`{3,})sh\n.*?^\1$", "", comment)  # the block of commands
        outside = re.sub(r"(?<!\\)(`+)(?!`).+?(?<!`)\1(?!`)", "", outside)  # spans
        assert not re.search(r"@\w|(?<!\\)<|#99|GH-99|(?<!\\)[`\[]|(?<!\\)://", outside)
        assert "brought by #7" in comment
        assert comment.count("\n```sh\n") + comment.count("\n````sh\n") == 1

    def test_a_whole_hostile_plan_makes_harmless_comments(self) -> None:
        for item in notices(hostile(), NOTHING):
            assert "\x1b" not in item.comment + item.description
            assert "\u202e" not in item.comment + item.description
            assert "@everyone" not in re.sub(r"(?m)^Conflicting files: .*$", "", item.comment)  # spans of code
            assert "\n" not in item.description

    def test_it_is_cut_without_leaving_a_fence_open(self) -> None:
        """A platform refuses comments that are too long."""
        command = Evidence(commands=("git switch " + "x" * COMMENT_LIMIT,))
        long = Fail(code="tests.failed", reason="y" * COMMENT_LIMIT, evidence=command)
        comment = notice(
            entry(1, EntryState.BLOCKED, Criterion(name=CriterionName.TESTS_PASSING, verdict=long))
        ).comment
        assert len(comment) <= COMMENT_LIMIT
        assert "```" not in comment
        assert comment.endswith("More of this is in the log of the run.")
