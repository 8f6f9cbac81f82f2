"""The criterion `merge_conflicts` (contract 3) and when a rebase comes first (contract 4.2, 4.4)."""

from dataclasses import replace
from typing import Any

import pytest

from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import CriterionName, Evidence, Plan
from mergebot.model.policy import Cleanup, Policy, Queue, Rebase, Strategy
from mergebot.model.questions import (
    IN_A_MERGE,
    Answer,
    Clean,
    ConflictedPath,
    Conflicts,
    Contains,
    Nothing,
    Overlap,
    Question,
    Replay,
    Squash,
    Truth,
    Unanswered,
)
from mergebot.model.snapshot import BranchState, Head
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import Git, alive, brief, closed, plan_of, verdict_of
from tests.decide.worlds import said as told

BASE = sha("base")
STOP = Conflicts(
    paths=(ConflictedPath(path="a.py", kind="content"), ConflictedPath(path="log.md", kind="content")),
    brought_by=(sha(5007), sha("someone")),
)
ON_5 = "Depends-On: #5"


def said(plan: Plan, number: int = 1) -> tuple[str, str, str]:
    return told(verdict_of(plan, number, CriterionName.MERGE_CONFLICTS))


def evidence(plan: Plan) -> Evidence:
    return verdict_of(plan, 1, CriterionName.MERGE_CONFLICTS).evidence


def answering(*rules: tuple[type[Question], Answer]) -> Git:
    """Every question of a kind gets this answer."""
    return lambda question: next((answer for kind, answer in rules if isinstance(question, kind)), None)


def one(git: Git, policy: Policy | None = None, **changes: Any) -> Plan:  # noqa: ANN401 (a builder takes any field)
    return plan_of(snapshot(pull_request(1, **changes), closed=(closed(5), closed(7))), policy, git)


SIMPLE = {
    "clean": (Clean(tree=sha("t")), ("pass", "conflicts.none", "merges cleanly")),
    "nothing": (
        Nothing(),
        (
            "fail",
            "conflicts.nothing",
            "nothing is left to merge, main already has all of it: close it, or push what is missing",
        ),
    ),
    "unknown": (
        Unanswered(reason="object missing"),
        ("pending", "conflicts.unknown", "not known yet: object missing"),
    ),
    "conflicts": (
        STOP,
        (
            "fail",
            "conflicts.merge",
            f"conflicts with main in a.py, log.md, brought by #7, {sha('someone')[:10]}: merge it by hand",
        ),
    ),
    "an answer that does not fit": (
        Truth(value=True),
        ("pending", "conflicts.unknown", "not known yet: git's answer does not fit the question"),
    ),
}


@pytest.mark.parametrize(("answer", "expected"), SIMPLE.values(), ids=SIMPLE.keys())
def test_git_says_whether_it_merges(answer: Answer, expected: tuple[str, str, str]) -> None:
    """Conflicts name the files and who brought the other side (contract 3)."""
    assert said(one(answering((Squash, answer)))) == expected


def test_the_evidence_has_commands_to_paste() -> None:
    """Exact, and quoted for a shell."""
    git = answering((Squash, STOP))
    branch = Head(branch=Branch("it's;rm -rf"), sha=sha(1001))
    local = one(git, head=branch)
    assert evidence(local) == Evidence(
        files=("a.py", "log.md"),
        prs=(PrNumber(7),),
        shas=(sha("someone"),),
        commands=("git switch 'it'\"'\"'s;rm -rf'", "git merge main"),
    )
    forge = plan_of(snapshot(pull_request(1), repository="o/r"), None, git)
    assert evidence(forge).commands == (
        "git fetch origin",
        "git switch change-1",
        "git merge --ff-only origin/change-1",
        "git merge origin/main",
        "git push origin change-1",
    )


class TestARebaseThatIsDue:
    """A dependency has landed, and the PR does not have it yet."""

    @staticmethod
    def git(replay: Answer, *, contains: bool = False) -> Git:
        def answer(question: Question) -> Answer | None:
            if isinstance(question, Contains) and question.head == sha(1001):
                return Truth(value=contains or question.commit not in (sha(5005), sha(5007)))
            if isinstance(question, Contains) and question.commit in (sha(1005), sha(1007)):
                return Truth(value=False)
            return replay if isinstance(question, Replay) else None

        return answer

    def test_it_is_judged_by_the_rebase(self) -> None:
        """Clean: it is rebased, then merged."""
        plan = one(self.git(Clean(tree=sha("t"))), body=ON_5)
        assert said(plan) == ("pass", "conflicts.none", "merges cleanly, once it is rebased onto main")

    def test_one_that_has_the_dependency_is_judged_by_the_merge(self) -> None:
        assert said(one(self.git(STOP, contains=True), body=ON_5)) == ("pass", "conflicts.none", "merges cleanly")

    def test_so_is_one_where_rebases_are_off(self) -> None:
        """`rebase.dependents: false`."""
        policy = Policy(rebase=Rebase(dependents=False))
        assert said(one(self.git(STOP), policy, body=ON_5))[0] == "pass"

    @pytest.mark.parametrize(
        "head",
        [
            Head(branch=Branch("x"), sha=sha(1001), fork=True),
            Head(branch=Branch("x"), sha=sha(1001), locked="it is checked out"),
            Head(branch=Branch("release/2"), sha=sha(1001)),
        ],
    )
    def test_so_is_one_whose_branch_may_not_be_moved(self, head: Head) -> None:
        """A fork's, a locked one, one of `cleanup.keep_branches`."""
        assert said(one(self.git(STOP), body=ON_5, head=head))[2] == "merges cleanly"

    def test_a_protected_branch_may_not_be_moved(self) -> None:
        """I7: protected branches are never rewritten."""
        branches = {Branch("change-1"): BranchState(sha=sha(1001), protected=True)}
        seen = snapshot(pull_request(1, body=ON_5), closed=(closed(5),), branches=branches)
        assert said(plan_of(seen, None, self.git(STOP)))[2] == "merges cleanly"

    def test_a_branch_of_several_prs_may_not_be_moved(self) -> None:
        """The other one would change under its reviewers."""
        other = pull_request(2, base=Branch("release"), head=Head(branch=Branch("change-1"), sha=sha(1001)))
        seen = snapshot(pull_request(1, body=ON_5), other, closed=(closed(5),))
        assert said(plan_of(seen, None, self.git(STOP)))[2] == "merges cleanly"

    def test_a_base_that_was_set_back_makes_no_rebase_due(self) -> None:
        """Otherwise each pass would rebase it again, in vain."""
        git = answering((Contains, Truth(value=False)), (Replay, STOP))
        assert said(one(git, body=ON_5))[0] == "pass"

    def test_conflicts_tell_how_to_rebase(self) -> None:
        """Only its own commits: what landed in another form is left out."""
        plan = one(self.git(STOP), body=ON_5)
        assert said(plan) == (
            "fail",
            "conflicts.rebase",
            (
                f"its rebase onto main conflicts in a.py, log.md, brought by #7, {sha('someone')[:10]}: "
                "rebase it by hand"
            ),
        )
        assert evidence(plan).commands == (f"git rebase --onto main {sha(1005)} change-1",)

    def test_what_was_solved_in_a_merge_is_not_lost(self) -> None:
        """A rebase leaves merges out; one that stands on no old commits is merged, another one merges base by hand."""
        stop = Conflicts(paths=(ConflictedPath(path="a.py", kind=IN_A_MERGE),), commit=sha("merge"))
        assert said(one(self.git(stop), body=ON_5))[2] == "merges cleanly"
        plan = one(self.git(stop), contains=(PrNumber(5),))
        assert said(plan) == (
            "fail",
            "conflicts.in_merge",
            (
                f"its rebase onto main would lose what its merge {sha('merge')[:10]} holds in a.py: "
                f"merge main into it by hand"
            ),
        )
        assert evidence(plan).commands == ("git switch change-1", "git merge main")

    def test_several_old_histories_are_left_out_together(self) -> None:
        """Git's rebase takes one upstream, so they are joined."""
        plan = one(self.git(STOP), body=f"{ON_5}, #7")
        joined = f'"$(git commit-tree -p {sha(1005)} -p {sha(1007)} -m old main^{{tree}})"'
        assert evidence(plan).commands == (f"git rebase --onto main {joined} change-1",)

    def test_the_question_leaves_every_old_tip_out(self) -> None:
        """The last tip and the former ones of what has landed."""
        asked: list[Question] = []

        def git(question: Question) -> Answer | None:
            asked.append(question)
            return self.git(Clean(tree=sha("t")))(question)

        policy = Policy(rebase=Rebase(union_paths=("*.md",)))
        old = closed(5, former_tips=(sha("former"),))
        plan_of(snapshot(pull_request(1, body=ON_5), closed=(old,)), policy, git)
        tips: tuple[Sha, ...] = (sha(1005), sha("former"))
        assert Replay(head=sha(1001), excluded=tips, onto=BASE, union_paths=("*.md",)) in asked


class TestUnionPaths:
    """Files where both sides' lines are kept (contract 2.4)."""

    POLICY = Policy(rebase=Rebase(union_paths=("*.md",)))
    ONLY_LOG = Conflicts(paths=(ConflictedPath(path="docs/log.md", kind="content"),))

    def test_conflicts_in_these_alone_are_solved_by_a_rebase(self) -> None:
        git = answering((Squash, self.ONLY_LOG), (Replay, Clean(tree=sha("t"))))
        assert said(one(git, self.POLICY))[:2] == ("pending", "conflicts.union")

    def test_conflicts_elsewhere_too_are_not(self) -> None:
        git = answering((Squash, STOP), (Replay, Clean(tree=sha("t"))))
        assert said(one(git, self.POLICY))[:2] == ("fail", "conflicts.merge")

    def test_a_rebase_that_conflicts_all_the_same_is_no_way_out(self) -> None:
        git = answering((Squash, self.ONLY_LOG), (Replay, STOP))
        assert said(one(git, self.POLICY))[:2] == ("fail", "conflicts.merge")

    def test_a_branch_that_may_not_be_moved_stays_in_conflict(self) -> None:
        git = answering((Squash, self.ONLY_LOG), (Replay, Clean(tree=sha("t"))))
        head = Head(branch=Branch("x"), sha=sha(1001), locked="no right to push")
        assert said(one(git, self.POLICY, head=head))[2].endswith("(mergebot may not: no right to push)")


class TestTheStrategyRebase:
    """A PR whose files overlap with what landed is rebased first (contract 4.2)."""

    POLICY = Policy(queue=Queue(strategy=Strategy.REBASE))
    OVERLAPS = (Overlap, Truth(value=True))

    def test_one_that_overlaps_is_judged_by_the_rebase(self) -> None:
        git = answering(self.OVERLAPS, (Replay, STOP))
        assert said(one(git, self.POLICY))[1] == "conflicts.rebase"
        assert said(one(answering((Replay, STOP)), self.POLICY))[1] == "conflicts.none"
        assert said(one(git))[1] == "conflicts.none"

    def test_always_means_any_that_is_behind(self) -> None:
        """`rebase.always`."""
        policy = Policy(queue=Queue(strategy=Strategy.REBASE), rebase=Rebase(always=True))
        behind = answering((Contains, Truth(value=False)))
        assert said(one(behind, policy))[2] == "merges cleanly, once it is rebased onto main"
        assert said(one(answering(), policy))[2] == "merges cleanly"

    def test_one_that_may_not_be_moved_is_told_to_catch_up(self) -> None:
        head = Head(branch=Branch("x"), sha=sha(1001), fork=True)
        assert said(one(answering(self.OVERLAPS), self.POLICY, head=head)) == (
            "fail",
            "conflicts.behind",
            "it is behind, and mergebot may not rebase it (the branch is in a fork): bring the branch up to date",
        )


def test_one_that_is_open_into_another_branch_waits_to_be_pointed_at_base() -> None:
    """It would merge into that branch, not into base."""
    plan = plan_of(snapshot(pull_request(1), pull_request(2, base=Branch("change-1"))), Policy(cleanup=Cleanup()))
    assert said(plan, 2) == (
        "pending",
        "conflicts.base",
        "it is open into change-1; once that has landed it is pointed at main",
    )


@pytest.mark.parametrize("fork", [False, True])
def test_one_whose_base_has_landed_and_whose_branch_is_open_into_base_already_is_told_so(fork: bool) -> None:
    """Platform: there is one pull request of a branch into a base; to point the other one there is refused."""
    gone, head = closed(1), Head(branch=Branch("both"), sha=sha(5), fork=fork)
    prs = (pull_request(2, base=gone.head.branch, head=head), pull_request(3, head=head))
    elsewhere = replace(prs[1], head=replace(head, fork=not fork))
    plan = plan_of(snapshot(*prs, closed=(gone,), branches=alive(1)))
    assert said(plan, 2) == (
        "fail",
        "conflicts.twin",
        "its base change-1 landed with #1, and #3 is open from the same branch into main: close one of the two",
    )
    assert said(plan, 3)[1] == "conflicts.none"
    assert "retarget 2" not in brief(plan.steps)
    assert "retarget 2" in brief(plan_of(snapshot(prs[0], elsewhere, closed=(gone,), branches=alive(1))).steps)


def test_one_whose_base_has_landed_and_moved_since_is_told_so() -> None:
    """What was pushed there is in no pull request: nobody has judged it, and it may not come along (contract 4.3)."""
    gone = closed(1)
    world = snapshot(
        pull_request(2, base=gone.head.branch, contains=frozenset({PrNumber(1)})),
        closed=(gone,),
        branches={gone.head.branch: BranchState(sha=sha(77))},
    )
    assert said(plan_of(world, Policy(cleanup=Cleanup())), 2) == (
        "fail",
        "conflicts.base_moved",
        f"its base {gone.head.branch} landed with #1, and was pushed to since: point it at main",
    )
