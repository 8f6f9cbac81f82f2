"""What is merged, tested or held now (contract 4)."""

from typing import Any

import pytest

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.plan import (
    EntryState,
    Merge,
    Plan,
    RunChecks,
)
from mergebot.model.policy import Checks, Policy, Queue, Strategy
from mergebot.model.policy import Rebase as RebasePolicy
from mergebot.model.problem import Problem, Severity
from mergebot.model.questions import (
    Answer,
    Clean,
    ConflictedPath,
    Conflicts,
    Forecast,
    Landing,
    Overlap,
    Question,
    Replay,
    Truth,
    Unanswered,
)
from mergebot.model.snapshot import Check, CheckList, CheckState
from tests.builders import AUTHOR, pull_request, sha, snapshot
from tests.decide.worlds import Git, alive, brief, closed, easy, entry_of, lacking, plan_of, steps, tree_of

BASE = sha("base")
NO_CHECK = CheckList()
RED = CheckList(checks=(Check(name="ci", state=CheckState.FAILURE),))
LOG = Conflicts(paths=(ConflictedPath(path="log.md", kind="content"),))


class TestMerges:
    def test_every_ready_one_is_merged_in_order(self) -> None:
        """And nothing else is (contract 4.1)."""
        prs = [pull_request(1, checks=RED), pull_request(2), pull_request(3, body="Depends-On: #4"), pull_request(4)]
        assert steps(*prs, policy=Policy(rebase=RebasePolicy(dependents=False))) == ["merge 2", "merge 4"]

    def test_a_merge_carries_what_it_was_judged_on(self) -> None:
        """Head, base, labels and the tree that must land (design 3)."""
        authors = ("Ada Author <ada@example.org>", "Bo B <bo@example.org>")
        [step] = plan_of(snapshot(pull_request(1, authors=authors, body="Why."))).steps
        assert step == Merge(
            pr=PrNumber(1),
            branch=Branch("change-1"),
            head=sha(1001),
            base=Branch("main"),
            base_sha=BASE,
            tree=tree_of(sha(1001)),
            title="Change 1 (#1)",
            message="Why.\n\nReview-Score: 10/10\nCo-authored-by: Bo B <bo@example.org>",
            author="Ada Author <ada@example.org>",
            reason="every criterion holds",
            labels=frozenset({"merge"}),
        )

    @pytest.mark.parametrize(
        ("emails", "credited"),
        [
            ((), ["Ada <ada@example.org>", "agent-7 <agent-7@fleet.example>"]),
            (("ada@example.org",), ["agent-7 <agent-7@fleet.example>"]),
        ],
    )
    def test_on_a_forge_everyone_is_credited_in_whose_name_it_does_not_land(
        self, emails: tuple[str, ...], credited: list[str]
    ) -> None:
        """platform: a squash lands in the name of the PR's author, whoever committed (contract 4.1)."""
        noreply = f"A <7+{AUTHOR.login.upper()}@users.noreply.github.com>"
        authors = (noreply, "Ada <ada@example.org>", "agent-7 <agent-7@fleet.example>")
        pr = pull_request(1, authors=authors, own_emails=frozenset(emails))
        [step] = plan_of(snapshot(pr)).steps
        assert isinstance(step, Merge)
        lines = [line for line in step.message.splitlines() if line.startswith("Co-authored-by: ")]
        assert lines == [f"Co-authored-by: {author}" for author in credited]

    def test_the_tree_of_a_later_one_is_the_forecasts(self) -> None:
        """Base plus all that land before it; what stands between them in the order but does not land is not in it."""
        prs = (pull_request(1), pull_request(2, checks=NO_CHECK), pull_request(3))
        plan = plan_of(snapshot(*prs))
        assert plan.order == (1, 2, 3)
        assert [step.tree for step in plan.steps if isinstance(step, Merge)] == [
            tree_of(sha(1001)),
            tree_of(sha(1001) + sha(1003)),
        ]

    def test_one_that_no_longer_merges_after_those_before_is_left(self) -> None:
        """Those after it go on."""

        def git(question: Question) -> Answer | None:
            if not isinstance(question, Forecast):
                return None
            landing = easy(question)
            assert isinstance(landing, Landing)
            return Landing(links=tuple(LOG if n == 1 else link for n, link in enumerate(landing.links)))

        assert steps(pull_request(1), pull_request(2), pull_request(3), git=git) == ["merge 1", "merge 3"]

    def test_without_a_forecast_only_the_first_is_merged(self) -> None:
        """What git cannot say is not taken for clean."""

        def git(question: Question) -> Answer | None:
            return Unanswered(reason="broken") if isinstance(question, Forecast) else None

        assert steps(pull_request(1), pull_request(2), git=git) == ["merge 1"]

    def test_a_refused_head_is_not_tried_again(self) -> None:
        """The forge's words are the reason (contract 3)."""
        plan = plan_of(snapshot(pull_request(1, refused="two reviews are needed"), pull_request(2)))
        entry = entry_of(plan, 1)
        assert (entry.state, entry.because) == (EntryState.BLOCKED, "two reviews are needed")
        assert brief(plan.steps) == ["merge 2"]


class TestHeld:
    @pytest.mark.parametrize(
        ("changes", "because"),
        [
            ({"draft": True}, "it is a draft: mark it as ready for review"),
            ({"labels": frozenset({"merge", "hold"})}, "it is held by the label `hold`: remove it to go on"),
        ],
    )
    def test_a_draft_or_held_one_waits(self, changes: dict[str, Any], because: str) -> None:
        """Held before blocked or waiting (contract 3)."""
        plan = plan_of(snapshot(pull_request(1, checks=RED, **changes)))
        entry = entry_of(plan, 1)
        assert (entry.state, entry.because, plan.steps) == (EntryState.HELD, because, ())

    def test_a_frozen_queue_only_completes_what_has_landed(self) -> None:
        """No merges and no rebases; new bases and deleted branches all the same."""
        prs = (pull_request(1), pull_request(2, body="Depends-On: #5"), pull_request(3, base=Branch("change-5")))
        seen = snapshot(*prs, closed=(closed(5), closed(6)), branches=alive(5, 6), frozen=("release day",))
        plan = plan_of(seen, None, lacking((2, 5)))
        assert brief(plan.steps) == ["retarget 3", "deletebranch 6"]
        assert entry_of(plan, 1).because == "the queue is frozen: release day"

    def test_with_an_error_in_an_input_nothing_is_done(self) -> None:
        """With such an error `run` merges nothing (contract 2.1); a warning stops nothing."""
        problem = Problem(where="dependencies.json:4:3", message="a cycle: a -> b -> a")
        seen = snapshot(pull_request(1), closed=(closed(5),), branches=alive(5), problems=(problem,))
        plan = plan_of(seen)
        assert plan.steps == ()
        assert entry_of(plan, 1).because == (
            "nothing is merged before this is corrected: dependencies.json:4:3: a cycle: a -> b -> a"
        )
        warning = Problem(where="x", message="y", severity=Severity.WARNING)
        assert steps(pull_request(1), problems=(warning,)) == ["merge 1"]


class TestTheStrategyRebase:
    POLICY = Policy(queue=Queue(strategy=Strategy.REBASE))

    @staticmethod
    def overlapping(*numbers: int) -> Git:
        heads = {sha(1000 + n) for n in numbers}
        return lambda q: Truth(value=q.head in heads) if isinstance(q, Overlap) else None

    def test_only_the_next_in_line_is_rebased(self) -> None:
        """And nothing is merged before it, which would put it behind again."""
        prs = (pull_request(1), pull_request(2), pull_request(3))
        assert steps(*prs, policy=self.POLICY, git=self.overlapping(1, 2)) == ["restack 1"]
        assert steps(*prs, policy=self.POLICY, git=self.overlapping(2)) == ["merge 1", "merge 3"]

    def test_never_one_that_fails_for_another_reason(self) -> None:
        prs = (pull_request(1, checks=RED), pull_request(2))
        assert steps(*prs, policy=self.POLICY, git=self.overlapping(1)) == ["merge 2"]


class TestTestRuns:
    POLICY = Policy(checks=Checks(command="make test"))

    def test_the_next_in_line_is_tested_on_what_it_merges_to(self) -> None:
        """One at a time: a merge makes the others' results void."""
        plan = plan_of(snapshot(pull_request(1, checks=NO_CHECK), pull_request(2, checks=NO_CHECK)), self.POLICY)
        assert plan.steps == (
            RunChecks(
                pr=PrNumber(1),
                head=sha(1001),
                base_sha=BASE,
                tree=tree_of(sha(1001)),
                reason="everything else holds, and the test command has not been run on the merged result",
            ),
        )

    def test_only_where_nothing_else_is_missing(self) -> None:
        """A test run costs minutes."""
        prs = (
            pull_request(1, score_status="8/10"),
            pull_request(2, score_status=None),
            pull_request(3, body="Depends-On: #2"),
            pull_request(4, checks=RED),
            pull_request(5, draft=True),
            pull_request(6, labels=frozenset()),
        )
        assert steps(*prs, policy=self.POLICY) == []

    def test_what_is_tested_is_merged_before_others_are_tested(self) -> None:
        passed = {tree_of(sha(1002)): Check(name="make test", state=CheckState.SUCCESS)}
        prs = (pull_request(1), pull_request(2))
        assert steps(*prs, policy=self.POLICY, test_results=passed) == ["merge 2"]

    def test_a_failure_lets_the_next_one_be_tested(self) -> None:
        failed = {tree_of(sha(1001)): Check(name="make test", state=CheckState.FAILURE)}
        assert steps(pull_request(1), pull_request(2), policy=self.POLICY, test_results=failed) == ["runchecks 2"]

    def test_one_that_is_behind_is_tested_as_it_will_be(self) -> None:
        """The tree of its rebase is the tree that lands."""
        policy = Policy(checks=Checks(command="make test"), queue=Queue(strategy=Strategy.REBASE))

        def git(question: Question) -> Answer | None:
            if isinstance(question, Replay):
                return Clean(tree=sha("rebased"))
            return Truth(value=True) if isinstance(question, Overlap) else None

        plan: Plan = plan_of(snapshot(pull_request(1, checks=NO_CHECK)), policy, git)
        [step] = plan.steps
        assert isinstance(step, RunChecks)
        assert step.tree == sha("rebased")
