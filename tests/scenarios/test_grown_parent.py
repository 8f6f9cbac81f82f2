"""Somebody pushes to a branch that others stand on, before it has landed or after (contract 1, 4.3)."""

from mergebot.model.plan import EntryState, Plan
from tests.scenarios.github_world import AUTHOR, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, to


def below(plan: Plan, number: int) -> tuple[int, ...]:
    """What a PR is stacked on."""
    [entry] = [entry for entry in plan.entries if entry.pr == number]
    return entry.stacked_on


def grown(world: GithubWorld) -> None:
    """`child` stands on what `parent` was before its agent added to it; on GitHub both are into base."""
    world.agent("parent", {"a.txt": marked("parent")}, labels=["merge"])
    world.agent("child", {"b.txt": marked("child")}, on="feature/parent", labels=["merge"])
    world.review("parent", score=3)
    world.answer()
    world.run()
    world.push("parent", {"more.txt": "more\n"})
    world.answer()


def test_who_stands_on_an_older_head_waits_for_the_grown_one_in_every_pass(github: GithubWorld) -> None:
    grown(github)
    for _ in range(3):
        plan, _ = github.run()
        assert below(plan, github.pulls["child"]) == (github.pulls["parent"],)
    assert github.landed() == []


def test_once_the_grown_one_has_landed_the_other_lands_with_its_own_change_alone(github: GithubWorld) -> None:
    grown(github)
    github.run()
    github.run()
    github.review("parent")
    assert github.settle() == ["parent", "child"]
    changed = github.repo.box.git("diff", "--name-only", f"{github.base}^", github.base)
    assert changed.split() == ["b.txt"]


def test_who_is_open_into_a_branch_that_has_landed_and_moved_since_is_told(github: GithubWorld) -> None:
    """Nobody but its author knows whether it is meant for base still: it is not pointed there, nor is it forgotten."""
    github.chain("one", "two", "three")
    github.answer()
    pushed = Fault(to("PUT", "/merge"), FaultKind.AFTER, run=lambda: push_by_hand(github, "feature/one"))
    github.hub.faults.append(pushed)
    plan, _ = github.run()
    assert github.landed() == ["one"]
    two, three = plan.entries
    assert (two.state, two.because) == (
        EntryState.BLOCKED,
        "its base feature/one landed with #1, and was pushed to since: point it at main",
    )
    assert three.state is EntryState.WAITING
    assert "point it at main" in github.repo.data.issues[two.pr].comments[0].body

    github.repo.edit(two.pr, base="main", by=AUTHOR)
    assert github.settle() == ["one", "two", "three"]


def push_by_hand(world: GithubWorld, branch: str) -> None:
    world.repo.push(branch, {"late.txt": "late\n"}, by=AUTHOR)
