"""Which branches are rebased, and in which order (contract 4.4)."""

from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import (
    EntryState,
    Rebase,
    Restack,
)
from mergebot.model.policy import Policy
from mergebot.model.policy import Rebase as RebasePolicy
from mergebot.model.questions import (
    Answer,
    ConflictedPath,
    Conflicts,
    Question,
    Replay,
    Squash,
)
from mergebot.model.snapshot import BranchState, Check, CheckList, CheckState, Head, ReviewTally
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import alive, brief, closed, entry_of, lacking, plan_of, steps

BASE = sha("base")
NO_CHECK = CheckList()
RED = CheckList(checks=(Check(name="ci", state=CheckState.FAILURE),))
LOG = Conflicts(paths=(ConflictedPath(path="log.md", kind="content"),))


class TestRestacks:
    ON_5 = "Depends-On: #5"

    def test_a_dependent_of_what_landed_is_rebased_before_it_is_merged(self) -> None:
        """Only its own commits are carried over (contract 4.4)."""
        seen = snapshot(pull_request(1, body=self.ON_5), closed=(closed(5, former_tips=(sha("former"),)),))
        plan = plan_of(seen, None, lacking((1, 5)))
        assert plan.steps == (
            Restack(
                rebases=(
                    Rebase(
                        pr=PrNumber(1),
                        branch=Branch("change-1"),
                        head=sha(1001),
                        excluded=(sha(1005), sha("former")),
                        onto=BASE,
                        reason="#5 has landed, which it depends on",
                    ),
                )
            ),
        )
        assert entry_of(plan, 1).state is EntryState.READY

    def test_what_is_stacked_on_it_goes_along_parents_first(self) -> None:
        """All in one restack, each onto its parent's new tip."""
        prs = (
            pull_request(1, body=self.ON_5),
            pull_request(2, contains=(PrNumber(1),), former_tips=(sha("former"),)),
            pull_request(3, contains=(PrNumber(1), PrNumber(2))),
            pull_request(4, base=Branch("change-1")),
        )
        plan = plan_of(snapshot(*prs, closed=(closed(5),)), None, lacking((1, 5)))
        [step] = plan.steps
        assert isinstance(step, Restack)
        found: list[tuple[int, Sha | PrNumber, tuple[Sha, ...]]] = [(r.pr, r.onto, r.excluded) for r in step.rebases]
        assert found == [
            (1, BASE, (sha(1005),)),
            (2, PrNumber(1), (sha(1001),)),
            (4, PrNumber(1), (sha(1001),)),
            (3, PrNumber(2), (sha(1002), sha("former"))),
        ]

    def test_held_locked_and_forked_ones_stay_and_so_does_what_is_stacked_on_them(self) -> None:
        """They keep sitting on the old commits."""
        locked = Head(branch=Branch("change-3"), sha=sha(1003), locked="checked out")
        prs = (
            pull_request(1, body=self.ON_5),
            pull_request(2, contains=(PrNumber(1),), draft=True),
            pull_request(3, contains=(PrNumber(1),), head=locked),
            pull_request(4, contains=(PrNumber(1), PrNumber(2))),
        )
        assert steps(*prs, closed=(closed(5),), git=lacking((1, 5))) == ["restack 1"]

    def test_one_with_several_open_parents_waits(self) -> None:
        """Onto which of them it will go is not known before they have landed."""
        prs = (
            pull_request(1, body=self.ON_5),
            pull_request(2, checks=NO_CHECK),
            pull_request(3, contains=(PrNumber(1), PrNumber(2)), body=self.ON_5),
        )
        assert steps(*prs, closed=(closed(5),), git=lacking((1, 5), (3, 5))) == ["restack 1"]

    def test_one_that_conflicts_is_left_as_it_was(self) -> None:
        """With all that is stacked on it."""

        def git(question: Question) -> Answer | None:
            return LOG if isinstance(question, Replay) else lacking((1, 5))(question)

        prs = (pull_request(1, body=self.ON_5), pull_request(2, contains=(PrNumber(1),)))
        assert steps(*prs, closed=(closed(5),), git=git) == []

    def test_a_draft_is_not_rebased_but_an_unrequested_dependent_is(self) -> None:
        """Dependents are the open PRs that depend on it, requested or not (contract 1)."""
        prs = (
            pull_request(1, body=self.ON_5, draft=True),
            pull_request(2, body=self.ON_5, labels=frozenset()),
            pull_request(3, body=self.ON_5, labels=frozenset({"hold"})),
        )
        assert steps(*prs, closed=(closed(5),), git=lacking((1, 5), (2, 5), (3, 5))) == ["restack 2"]

    def test_in_its_turn_it_is_rebased_before_others_merge(self) -> None:
        """The forecast order is the order in which PRs land; what follows from a merge is shown as a forecast."""
        prs = (
            pull_request(1, body=self.ON_5),
            pull_request(2),
            pull_request(3, body="Depends-On: #2"),
            pull_request(4, base=Branch("change-2")),
        )
        plan = plan_of(snapshot(*prs, closed=(closed(5),), branches=alive(1, 2, 3)), None, lacking((1, 5)))
        expected = ["restack 1", "merge 2", "retarget 4", "deletebranch 2", "restack 3", "restack 4"]
        assert brief(plan.steps) == expected
        moved = {Branch("change-2"): BranchState(sha=sha("moved"))}
        assert steps(pull_request(2), branches=moved) == ["merge 2"]
        [last] = [s for s in plan.steps if isinstance(s, Restack) and s.rebases[0].pr == PrNumber(3)]
        assert last.rebases[0].excluded == (sha(1002),)

    def test_while_it_cannot_merge_yet_others_merge_first_so_that_it_is_rebased_once(self) -> None:
        """Each merge may save it one more rebase."""
        prs = (pull_request(1, body=self.ON_5, reviews=ReviewTally(approvals=0)), pull_request(2))
        plan = plan_of(snapshot(*prs, closed=(closed(5),), branches=alive(1, 2)), None, lacking((1, 5)))
        assert brief(plan.steps) == ["merge 2", "deletebranch 2", "restack 1"]

    def test_conflicts_in_union_paths_are_solved_once_all_else_holds(self) -> None:
        """And tested again."""

        def git(question: Question) -> Answer | None:
            return LOG if isinstance(question, Squash) else None

        policy = Policy(rebase=RebasePolicy(union_paths=("*.md",)))
        plan = plan_of(snapshot(pull_request(1), pull_request(2, checks=NO_CHECK)), policy, git)
        assert brief(plan.steps) == ["restack 1"]
        [step] = plan.steps
        assert isinstance(step, Restack)
        assert step.rebases[0].union_paths == ("*.md",)
