"""Stacks of the forge's own (contract 4.6): merged from the bottom, and never touched otherwise."""

from typing import Any

import pytest

from mergebot.model.ids import Branch, PrNumber
from mergebot.model.plan import CriterionName, EntryState, Merge
from mergebot.model.policy import Criteria, Policy, Queue, Rebase, Strategy
from mergebot.model.questions import Answer, ConflictedPath, Conflicts, Question, Squash, Unanswered
from mergebot.model.snapshot import CheckList, NativeStack, PullRequest
from tests.builders import pull_request, sha, snapshot
from tests.decide.worlds import alive, closed, entry_of, lacking, plan_of, said, steps, verdict_of

SIZE = 3


def member(number: int, position: int | None = None, **changes: Any) -> PullRequest:  # noqa: ANN401 (a builder takes any field)
    """A member of stack 9: at its number's place, on the one before it."""
    place = position or number
    below = {"base": Branch(f"change-{number - 1}"), "contains": (PrNumber(number - 1),)} if number > 1 else {}
    return pull_request(number, native=NativeStack(number=9, position=place, size=SIZE), **{**below, **changes})


def conflicts_of(plan_args: tuple[PullRequest, ...], number: int, **changes: Any) -> tuple[str, str, str]:  # noqa: ANN401 (passed on)
    git = changes.pop("git", lambda _question: None)
    return said(verdict_of(plan_of(snapshot(*plan_args, **changes), None, git), number, CriterionName.MERGE_CONFLICTS))


def test_only_the_bottom_is_merged_and_says_that_it_is_native() -> None:
    """What is above waits for it; nothing of the stack is retargeted, rebased or deleted."""
    plan = plan_of(snapshot(member(1), member(2), member(3), branches=alive(1, 2, 3)))
    [step] = plan.steps
    assert isinstance(step, Merge)
    assert (step.pr, step.native) == (1, True)
    assert plan.order == (1, 2, 3)
    assert [entry_of(plan, n).depends_on for n in (2, 3)] == [(1,), (2,)]
    assert said(verdict_of(plan, 2, CriterionName.MERGE_CONFLICTS)) == (
        "pending",
        "conflicts.stack",
        "it is above #1 in a native stack, which lands from the bottom",
    )


def test_the_places_in_the_stack_decide_not_the_history() -> None:
    """A member depends on the open one below it also where git does not show it."""
    prs = (member(1, position=2, base=Branch("change-2")), member(2, position=1, base=Branch("main"), contains=()))
    plan = plan_of(snapshot(*prs))
    assert plan.order == (2, 1)
    assert entry_of(plan, 1).depends_on == (2,)
    top = member(3, contains=(PrNumber(1), PrNumber(2), PrNumber(7)))
    plan = plan_of(snapshot(member(1), member(2), top, pull_request(7)))
    assert entry_of(plan, 3).depends_on == (2, 7)


def test_a_member_that_does_not_pass_keeps_those_above_it_waiting() -> None:
    """Whatever the config says of dependencies: GitHub would merge those below along with it."""
    prs = (member(1, checks=CheckList()), member(2, base=Branch("main")), member(3))
    for policy in (Policy(), Policy(criteria=Criteria(dependencies_merged=False))):
        assert steps(*prs, policy=policy, branches=alive(1, 2, 3)) == []


def test_after_the_bottom_has_landed_the_next_waits_for_github_to_point_it_at_base() -> None:
    """GitHub does that by itself, after a while: no failure, and nothing for mergebot to do."""
    prs, landed = (member(2), member(3)), (closed(1, native=NativeStack(number=9, position=1, size=SIZE)),)
    assert steps(*prs, closed=landed, branches=alive(1, 2, 3), git=lacking((2, 1), (3, 1))) == []
    assert conflicts_of(prs, 2, closed=landed, branches=alive(1, 2, 3)) == (
        "pending",
        "conflicts.stack",
        "it is open into change-1: GitHub points it at main once that has landed",
    )


def old_commits_clash(question: Question) -> Answer | None:
    """The commits of 1 conflict with what 1 landed as."""
    if isinstance(question, Squash):
        return Conflicts(paths=(ConflictedPath(path="a.py", kind="content"),))
    return lacking((2, 1))(question)


def test_while_it_still_holds_the_old_commits_it_waits() -> None:
    """Those may conflict with the very commit that they landed as, which is nobody's fault."""
    prs = (member(2, base=Branch("main")), member(3))
    kind, code, reason = conflicts_of(prs, 2, closed=(closed(1),), git=old_commits_clash)
    assert (kind, code) == ("pending", "conflicts.stack")
    assert reason.startswith("it still stands on what #1 had before it landed")
    assert steps(*prs, closed=(closed(1),), branches=alive(1, 2, 3), git=old_commits_clash) == []


def test_whether_it_does_is_waited_for_too() -> None:
    def git(question: Question) -> Answer | None:
        return None if isinstance(question, Squash) else Unanswered(reason="a missing object")

    seen = snapshot(member(2, base=Branch("main")), closed=(closed(1),))
    for policy in (Policy(), Policy(rebase=Rebase(dependents=False))):
        verdict = verdict_of(plan_of(seen, policy, git), 2, CriterionName.MERGE_CONFLICTS)
        assert said(verdict)[:2] == ("pending", "conflicts.unknown")


def test_once_it_is_rebased_it_is_the_bottom() -> None:
    prs = (member(2, base=Branch("main"), contains=()), member(3))
    plan = plan_of(snapshot(*prs, closed=(closed(1),), branches=alive(2, 3)))
    assert [(type(step), step.pr) for step in plan.steps if isinstance(step, Merge)] == [(Merge, 2)]


def test_the_branch_of_a_merged_member_stays_while_others_are_open() -> None:
    """GitHub may still need it; afterwards it goes as any other."""
    landed = closed(1, native=NativeStack(number=9, position=1, size=SIZE))
    waits = member(2, base=Branch("main"), contains=(), checks=CheckList())
    assert steps(waits, closed=(landed,), branches=alive(1, 2)) == []
    assert steps(closed=(landed,), branches=alive(1)) == ["deletebranch 1"]
    silent = member(2, base=Branch("main"), checks=CheckList())
    assert steps(silent, closed=(closed(1),), branches=alive(1, 2), git=lacking((2, 1))) == []


def test_a_conflict_of_the_bottom_is_told_without_commands_that_would_take_the_stack_apart() -> None:
    kind, code, reason = conflicts_of((member(1), member(2)), 1, git=old_commits_clash)
    assert (kind, code) == ("fail", "conflicts.merge")
    assert reason == "conflicts with main in a.py: rebase the native stack on its page"


def test_a_stack_into_another_branch_is_not_in_the_queue() -> None:
    """All of it goes where its lowest member goes."""
    prs = (member(1, base=Branch("next")), member(2), member(3, base=Branch("change-2")))
    assert plan_of(snapshot(*prs)).entries == ()


def test_a_stack_on_an_ordinary_pr_is_none_of_ours_either() -> None:
    """GitHub would merge it into that branch."""
    prs = (pull_request(7), member(1, base=Branch("change-7"), contains=(PrNumber(7),)))
    assert [entry.pr for entry in plan_of(snapshot(*prs)).entries] == [7]


def test_what_is_stacked_on_a_member_is_an_ordinary_pr() -> None:
    """It is pointed at base when the member has landed."""
    child = pull_request(4, base=Branch("change-1"), contains=(PrNumber(1),))
    assert steps(member(1), child, branches=alive(1, 4)) == ["merge 1", "retarget 4", "restack 4"]


def test_a_member_is_not_rebased_with_its_dependency() -> None:
    """It is merged as it stands, and that is said."""
    bottom = member(1, body="Depends-On: #5")
    plan = plan_of(snapshot(bottom, closed=(closed(5),), branches=alive(1)), None, lacking((1, 5)))
    assert [step.pr for step in plan.steps if isinstance(step, Merge)] == [1]
    assert [problem.message for problem in plan.problems] == [
        "not rebased, although #5 has landed: it is in a native stack, which GitHub rebases itself"
    ]


@pytest.mark.parametrize("always", [False, True])
def test_a_held_bottom_holds_the_stack(*, always: bool) -> None:
    policy = Policy(queue=Queue(strategy=Strategy.REBASE if always else Strategy.DIRECT))
    held = member(1, labels=frozenset({"merge", "Hold"}))
    plan = plan_of(snapshot(held, member(2)), policy)
    assert (entry_of(plan, 1).state, plan.steps) == (EntryState.HELD, ())


def test_the_forecast_of_the_upper_ones_leaves_out_what_landed_before() -> None:
    """GitHub rebases them onto what those below landed as."""
    asked: list[tuple[int, tuple[str, ...]]] = []

    def git(question: Question) -> Answer | None:
        asked.extend((link.pr, link.excluded) for link in getattr(question, "links", ()))
        return None

    plan_of(snapshot(member(1), member(2)), None, git)
    assert (2, (sha(1001),)) in asked
