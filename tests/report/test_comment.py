"""The one comment on a PR, as people read it (contract 4.7)."""

from dataclasses import replace

import pytest

from mergebot.model.ids import PrNumber
from mergebot.model.outcome import PassResult
from mergebot.model.plan import Clash, Entry, EntryState, Evidence, Fail, Hold, Pass, Pending
from mergebot.model.problem import Problem, Severity
from mergebot.model.questions import ConflictedPath
from mergebot.model.snapshot import BaseBranch
from mergebot.report.notices import notices
from tests.builders import sha
from tests.report.comments import (
    BEHIND_12,
    CONFLICTING,
    RED,
    RUNNING,
    UNAPPROVED,
    URL,
    judged,
    notice,
    people,
)
from tests.report.plans import BASE, collision, plan, prs

HEAD = "| Criterion | State | Reason | Evidence |\n|---|---|---|---|\n"
SCORED = (
    "| `review_score` | ✓\u00a0pass | 10/10 in the review by mia |"
    f" [review by mia](<{URL}/pull/12#pullrequestreview-1>) |\n"
)
GREEN = f"| `tests_passing` | ✓\u00a0pass | 3 of 3 checks succeeded | [checks](<{URL}/pull/1/checks>) |\n"
CLEAN = "| `merge_conflicts` | ✓\u00a0pass | merges cleanly |  |\n"
FREE = "| `dependencies_merged` | ✓\u00a0pass | it depends on nothing |  |\n"
UNSEEN = "| `approvals` | ◦\u00a0waits | 0 of 1 approval, from someone else with write access |  |"
APPROVED = (
    f"| `approvals` | ✓\u00a0pass | 1 of 1 approval: mia | [review by mia](<{URL}/pull/12#pullrequestreview-1>) |"
)
ALL_GOOD = HEAD + GREEN + SCORED + CLEAN + FREE + APPROVED


def comment(one: Entry) -> str:
    return people(notice(one).comment)


class TestTheWholeText:
    def test_blocked(self) -> None:
        """What failed, where to look at it, who acts: the others that wait do not matter yet."""
        assert comment(judged(1, EntryState.BLOCKED, RED, UNAPPROVED, because=RED.reason)) == (
            "**✗ Blocked**: it is not merged before someone acts.\n\n"
            "**Next**: the author, or whom the reason names, sees to the checks that did not succeed.\n\n"
            f"{HEAD}| `tests_passing` | **✗\u00a0fails** | lint (failed): fix it and push, or run it again |"
            f" [lint](<{URL}/actions/runs/1/job/2>) |\n{SCORED}{CLEAN}{FREE}{UNSEEN}\n\n"
            "**In the queue**: not in line while it is blocked."
        )

    def test_waiting(self) -> None:
        """Everyone who can act is told, for they need not wait for each other."""
        one = judged(1, EntryState.WAITING, RUNNING, BEHIND_12, UNAPPROVED, depends_on=prs(9, 12))
        assert comment(one) == (
            "**◦ Waiting**: it is merged once what waits below holds.\n\n"
            "**Next**: CI finishes its checks; #12 must land first; a reviewer with write access approves.\n\n"
            f"{HEAD}| `tests_passing` | ◦\u00a0waits | its checks are still running |"
            f" [checks](<{URL}/pull/1/checks>) |\n{SCORED}{CLEAN}"
            f"| `dependencies_merged` | ◦\u00a0waits | waits for #12 (backend-agent) | #12 |\n"
            f"{UNSEEN}\n\n"
            "**In the queue**: next in line once it is ready; it waits for #12."
        )

    def test_conflicting(self) -> None:
        """The files, the PR on the other side, and commands that can be pasted."""
        assert comment(judged(1, EntryState.BLOCKED, CONFLICTING)) == (
            "**✗ Blocked**: it is not merged before someone acts.\n\n"
            "**Next**: the author solves the conflict.\n\n"
            f"{HEAD}{GREEN}{SCORED}| `merge_conflicts` | **✗\u00a0fails** | conflicts with main in app/a.py, b\\|c.py,"
            f" brought by #11: merge it by hand and push | #11 |\n{FREE}{APPROVED}\n\n"
            "**In the queue**: not in line while it is blocked.\n\n"
            "**Conflicts** in `app/a.py`, `b|c.py`; the other side came with #11.\n\n"
            "To solve it:\n\n"
            "```sh\ngit fetch origin\ngit switch devops\ngit merge origin/main\ngit push origin devops\n```"
        )

    def test_ready(self) -> None:
        assert comment(judged(1, EntryState.READY)) == (
            "**✓ Ready**: every criterion holds.\n\n"
            f"**Next**: mergebot merges it.\n\n{ALL_GOOD}\n\n"
            "**In the queue**: next in line."
        )

    def test_held(self) -> None:
        one = judged(1, EntryState.HELD, because="it is held by the label `hold`: remove it to go on", hold=Hold.LABEL)
        assert comment(one) == (
            "**‖ Held**: it is held by the label `hold`: remove it to go on\n\n"
            f"**Next**: someone with write access takes the label off.\n\n{ALL_GOOD}\n\n"
            "**In the queue**: not in line while it is held."
        )

    def test_not_in_the_queue(self) -> None:
        """It says no more, so that no check and no push changes it."""
        one = judged(1, EntryState.IGNORED, RUNNING, because="not requested: add the label `merge` to queue it")
        assert comment(one) == "**Not in the queue**: add the label `merge` to queue it"

    def test_not_in_the_queue_but_spoken_to(self) -> None:
        """Whoever asks for an explanation gets the table."""
        one = judged(1, EntryState.IGNORED, because="not requested: add it", answers=("explain by @bob", "no #7"))
        assert comment(one) == (
            "**Not in the queue**: add it\n\n**Next**: someone with write access asks for the merge.\n\n"
            f"**Answers**\n\n- explain by @\u2060bob\n- no #\u20607\n\n{ALL_GOOD}"
        )


class TestWhatElseIsSaid:
    def test_a_refusal_of_the_forge_in_its_words(self) -> None:
        """No criterion knows of it; who has to act is nobody's guess but the reader's."""
        shown = comment(judged(1, EntryState.BLOCKED, because="2 approving reviews are required"))
        assert shown.startswith(
            "**✗ Blocked**: 2 approving reviews are required\n\n"
            "**Next**: a maintainer sees to what the reason says.\n\n| Criterion |"
        )

    def test_an_evidence_beyond_the_first_few_is_counted(self) -> None:
        links = tuple(replace(RED.evidence.links[0], text=f"job {n}") for n in range(7))
        red = Fail(code="tests.failed", reason="7 failed", evidence=Evidence(links=links))
        assert ", [job 4](<https://" in (shown := comment(judged(1, EntryState.BLOCKED, red)))
        assert "> and 2 more |" in shown.replace(")", ">")
        assert "job 5" not in shown

    def test_what_someone_should_know_although_nothing_fails(self) -> None:
        """Such as that mergebot may not rebase it (contract 4.4)."""
        notes = tuple(Problem(where=f"#{n}", message=f"about {n}", severity=Severity.WARNING) for n in (1, 2))
        shown = people(notice(judged(1, EntryState.READY), problems=notes).comment)
        assert shown.endswith("**Note**: about 1")

    def test_of_many_answers_the_newest(self) -> None:
        one = judged(1, EntryState.READY, answers=tuple(f"answer {n}" for n in range(12)))
        assert "**Answers**\n\n- answer 2\n" in comment(one)

    def test_a_criterion_that_is_turned_off_has_no_page(self) -> None:
        off = Pass(code="tests.off", reason="turned off by tests_passing: false")
        assert "| turned off by tests\\_passing: false |  |" in comment(judged(1, EntryState.READY, off))

    def test_without_pages_there_are_no_links(self) -> None:
        """A forge without pages, or a page that no browser should open."""
        red = replace(RED, evidence=Evidence(links=(replace(RED.evidence.links[0], url="javascript:alert(1)"),)))
        shown = people(notice(judged(1, EntryState.BLOCKED, red), url="").comment)
        assert "| lint |\n" in shown
        assert "javascript" not in shown


class TestItsPlace:
    @pytest.mark.parametrize(
        ("before", "place", "turn"),
        [
            (0, "next in line", "mergebot merges it"),
            (1, "second in line", "mergebot merges it after #101"),
            (2, "third in line", "mergebot merges it after #102"),
            (3, "among the next ten in line", "mergebot merges it in its turn"),
            (9, "among the next ten in line", "mergebot merges it in its turn"),
            (10, "ten or more are before it in line", "mergebot merges it in its turn"),
            (149, "ten or more are before it in line", "mergebot merges it in its turn"),
        ],
    )
    def test_it_is_coarse(self, before: int, place: str, turn: str) -> None:
        """One merge changes what is said of a few, not of a hundred and fifty."""
        order = (*prs(*range(101, 101 + before)), PrNumber(1))
        shown = people(notice(judged(1, EntryState.READY), order=order).comment)
        assert f"**Next**: {turn}.\n" in shown
        assert shown.endswith(f"**In the queue**: {place}.")

    def test_it_does_not_wait_for_what_has_landed(self) -> None:
        landed = Pass(code="dependencies.merged", reason="landed: #9", evidence=Evidence(prs=prs(9)))
        shown = comment(judged(1, EntryState.READY, landed, depends_on=prs(9)))
        assert shown.endswith("**In the queue**: next in line.")

    def test_behind_what_is_blocked_it_is_in_no_line(self) -> None:
        """And the agents that have no PR yet are named."""
        awaited = Pending(code="dependencies.awaited", reason="waits for docs-agent to open a pull request")
        one = judged(1, EntryState.WAITING, awaited, missing_agents=("docs-agent",))
        assert people(notice(one, order=()).comment).endswith(
            "**In the queue**: not in line while what it depends on is not; it waits for docs-agent."
        )


class TestConflictsToCome:
    def test_both_sides_are_told_alike(self) -> None:
        """Who lands first may still change, and need not change what is said."""
        entries = [judged(n, EntryState.READY) for n in (1, 2, 3)]
        found = notices(plan(*entries, order=prs(1, 2, 3), conflicts=(collision(1, 3, "a.py", "b.py"),)), PassResult())
        first, second, third = (people(item.comment).partition("\n\n**Will conflict**\n\n")[2] for item in found)
        words = "in `a.py`, `b.py`: whichever of the two lands second has to be rebased"
        assert (first, second, third) == (f"- with #3 {words}", "", f"- with #1 {words}")

    def test_a_pull_request_that_nobody_wants_merged_is_no_rival(self) -> None:
        entries = (judged(1, EntryState.READY), judged(2, EntryState.IGNORED, position=None))
        found = notices(plan(*entries, order=prs(1), conflicts=(collision(1, 2, "a.py"),)), PassResult())
        assert not any("conflict with" in item.comment or "Will conflict" in item.comment for item in found)

    def test_with_several_at_once(self) -> None:
        """No pair explains it."""
        clash = Clash(pr=PrNumber(1), paths=(ConflictedPath(path="b.py", kind="content"),))
        shown = people(notice(judged(1, EntryState.READY), clashes=(clash,)).comment)
        assert shown.endswith("- with what lands before it, in `b.py`: it has to be rebased when its turn comes")

    def test_beyond_the_first_ten_they_are_counted(self) -> None:
        entries = [judged(n, EntryState.READY) for n in range(1, 14)]
        pairs = tuple(collision(1, n, "a.py") for n in range(2, 14))
        shown = people(notices(plan(*entries, conflicts=pairs), PassResult())[0].comment)
        assert shown.count("whichever") == 10
        assert shown.endswith("\n- and with 2 more")


class TestItStaysTheSame:
    """What a quiet pass would write again is a comment that changes for nothing (I5)."""

    def test_whatever_time_it_is_and_wherever_base_is(self) -> None:
        one = judged(1, EntryState.BLOCKED, CONFLICTING)
        moved = BaseBranch(branch=BASE.branch, sha=sha("elsewhere"))
        assert notice(one) == notice(one, taken_at=1.0, base=moved)

    def test_whichever_checks_are_still_running(self) -> None:
        """Or are queued still."""
        fewer = replace(RUNNING, reason="not done yet: unit")
        queued = Pending(code="tests.queued", reason="1 suite of checks is queued and has not started")
        said = {notice(judged(1, EntryState.WAITING, one)).comment for one in (RUNNING, fewer, queued)}
        assert len(said) == 1

    def test_while_one_far_before_it_lands(self) -> None:
        one = judged(1, EntryState.READY)
        orders = [(*prs(*range(100, 100 + n)), PrNumber(1)) for n in (20, 19)]
        before, then = (notice(one, order=order) for order in orders)
        assert before == then
