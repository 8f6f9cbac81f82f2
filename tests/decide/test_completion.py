"""What follows from merges that have happened (contract 4.3, 4.5)."""

from dataclasses import replace
from typing import Any

import pytest

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.plan import (
    DeleteBranch,
    KeepTip,
    Retarget,
)
from mergebot.model.policy import Cleanup, Criteria, Policy
from mergebot.model.questions import (
    Answer,
    ConflictedPath,
    Conflicts,
    Contains,
    Nothing,
    Question,
    Replay,
    Squash,
    Truth,
)
from mergebot.model.snapshot import BranchState, Check, CheckList, CheckState, ClosedPullRequest, Head
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import alive, brief, closed, plan_of, steps

BASE = sha("base")
NO_CHECK = CheckList()
RED = CheckList(checks=(Check(name="ci", state=CheckState.FAILURE),))
LOG = Conflicts(paths=(ConflictedPath(path="log.md", kind="content"),))


class TestCompletion:
    """Drawn from the state alone, so that a killed pass, or a merge by hand, is completed (contract 4.3, 4.5)."""

    def test_prs_based_on_a_merged_branch_are_pointed_at_base_before_it_is_deleted(self) -> None:
        prs = (pull_request(1, base=Branch("change-5")),)
        plan = plan_of(snapshot(*prs, closed=(closed(5),), branches=alive(5)))
        assert plan.steps == (
            Retarget(
                pr=PrNumber(1),
                head=sha(1001),
                old_base=Branch("change-5"),
                new_base=Branch("main"),
                reason="its base change-5 landed with #5",
            ),
        )
        assert steps(pull_request(1, checks=RED), closed=(closed(5),), branches=alive(5)) == ["deletebranch 5"]

    @pytest.mark.parametrize(("held", "expected"), [(True, []), (False, ["retarget 1"])])
    def test_one_whose_every_commit_base_has_keeps_its_base(self, *, held: bool, expected: list[str]) -> None:
        """Platform: it is refused, in every pass. One that only brings nothing new is pointed there."""

        def nothing(question: Question) -> Answer | None:
            if isinstance(question, Contains) and question == Contains(head=BASE, commit=sha(1001)):
                return Truth(value=held)
            return Nothing() if isinstance(question, (Squash, Replay)) else None

        child = pull_request(1, base=Branch("change-5"))
        assert steps(child, closed=(closed(5),), branches=alive(5), git=nothing) == expected

    def test_where_the_forge_deletes_branches_itself_children_are_pointed_at_base_before_the_merge(self) -> None:
        """Platform: the deletion of its base may close a PR. The merge waits until that has been done."""
        child = pull_request(2, base=Branch("change-1"), contains=(PrNumber(1),))
        prs = (pull_request(1), child, pull_request(3))
        deletes: dict[str, Any] = {"branches": alive(1, 2, 3), "deletes_merged": True}
        plan = plan_of(snapshot(*prs, **deletes))
        assert plan.steps == (
            Retarget(
                pr=PrNumber(2),
                head=sha(1002),
                old_base=Branch("change-1"),
                new_base=Branch("main"),
                reason="#1 is next to land, and its branch is then deleted by the repository's settings",
            ),
        )
        pointed = pull_request(2, contains=(PrNumber(1),))
        assert steps(pull_request(1), pointed, **deletes) == ["merge 1", "restack 2"]
        assert steps(*prs, branches=alive(1, 2, 3))[:2] == ["merge 1", "retarget 2"]

    def test_a_child_that_would_lose_its_parent_that_way_keeps_its_base(self) -> None:
        """One that does not hold the parent's head would bring some of its commits along, unjudged."""
        child = pull_request(2, base=Branch("change-1"), contains=(PrNumber(1),))

        def behind(question: Question) -> Answer | None:
            old = isinstance(question, Contains) and question.commit == sha(1001)
            return Truth(value=False) if old else None

        deletes: dict[str, Any] = {"branches": alive(1, 2), "deletes_merged": True}
        assert steps(pull_request(1), child, git=behind, **deletes)[0] == "merge 1"
        assert steps(pull_request(1), pull_request(2, base=Branch("change-1")), **deletes)[0] == "merge 1"
        off = Policy(criteria=Criteria(dependencies_merged=False))
        assert steps(pull_request(1), child, policy=off, **deletes)[0] == "merge 1"
        develop = Head(branch=Branch("develop"), sha=sha(1001))
        into = replace(child, base=Branch("develop"))
        assert steps(pull_request(1, head=develop), into, deletes_merged=True)[0] == "merge 1"
        fork = Head(branch=Branch("change-3"), sha=sha(1001), fork=True)
        namesake = (
            pull_request(1, head=fork),
            pull_request(3, checks=NO_CHECK),
            replace(child, base=Branch("change-3")),
        )
        assert steps(*namesake, branches=alive(2, 3), deletes_merged=True)[0] == "merge 1"
        refused = replace(child, refused="the forge does not let it be pointed elsewhere")
        assert steps(pull_request(1), refused, **deletes)[0] == "merge 1"

    def test_also_where_the_branch_is_gone_or_kept(self) -> None:
        """By hand, or with `cleanup.delete_branch: false`."""
        child = pull_request(1, base=Branch("change-5"))
        assert steps(child, closed=(closed(5),)) == ["retarget 1"]
        kept = Policy(cleanup=Cleanup(delete_branch=False))
        assert steps(child, closed=(closed(5),), branches=alive(5), policy=kept) == ["retarget 1"]
        assert steps(closed=(closed(5),), branches=alive(5), policy=kept) == []

    def test_what_is_open_into_a_long_lived_branch_stays_there(self) -> None:
        """`develop` was merged; its PRs are still meant for it."""
        develop = closed(5, head=Head(branch=Branch("develop"), sha=sha(1005)))
        branches = {Branch("develop"): BranchState(sha=sha(1005))}
        plan = plan_of(snapshot(pull_request(1, base=Branch("develop")), closed=(develop,), branches=branches))
        assert (plan.entries, plan.steps) == ((), ())

    @pytest.mark.parametrize(
        ("pr", "state"),
        [
            (closed(5), BranchState(sha=sha("moved"))),
            (closed(5), BranchState(sha=sha(1005), protected=True)),
            (closed(5), BranchState(sha=sha(1005), in_use="checked out in worktrees/a")),
            (closed(5, base=Branch("next")), BranchState(sha=sha(1005))),
            (closed(5, merged=False, landed=None), BranchState(sha=sha(1005))),
            (closed(5, head=Head(branch=Branch("change-5"), sha=sha(1005), fork=True)), BranchState(sha=sha(1005))),
        ],
        ids=["moved", "protected", "in use", "merged elsewhere", "not merged", "a fork's"],
    )
    def test_a_branch_that_may_be_needed_is_not_deleted(self, pr: ClosedPullRequest, state: BranchState) -> None:
        """I7: only exactly what was merged, and nothing protected."""
        assert steps(closed=(pr,), branches={Branch("change-5"): state}) == []

    def test_a_branch_that_is_open_again_is_not_deleted(self) -> None:
        """The agent goes on with the same branch."""
        again = pull_request(6, head=Head(branch=Branch("change-5"), sha=sha(1005)), checks=RED)
        assert steps(again, closed=(closed(5),), branches=alive(5)) == []

    def test_base_is_never_deleted(self) -> None:
        back = closed(5, head=Head(branch=Branch("main"), sha=BASE))
        assert steps(closed=(back,), branches={Branch("main"): BranchState(sha=BASE)}) == []

    def test_a_tip_that_is_not_kept_is_kept_first(self) -> None:
        plan = plan_of(snapshot(closed=(closed(5, kept=False),), branches=alive(5)))
        assert brief(plan.steps) == ["keeptip 5", "deletebranch 5"]
        assert isinstance(plan.steps[0], KeepTip)
        assert isinstance(plan.steps[1], DeleteBranch)
        assert plan.steps[0].tip == plan.steps[1].tip == sha(1005)
