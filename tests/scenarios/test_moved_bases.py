"""Somebody pushes to a branch that has landed, into which others are open still (contract 4.3)."""

from mergebot.model.plan import EntryState
from tests.scenarios.github_world import AUTHOR, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, to
from tests.server.state_rules import Protection


def push_by_hand(world: GithubWorld, branch: str) -> None:
    world.repo.push(branch, {"late.txt": "late\n"}, by=AUTHOR)


def moves_after_landing(world: GithubWorld) -> None:
    pushed = Fault(to("PUT", "/merge"), FaultKind.AFTER, run=lambda: push_by_hand(world, "feature/one"))
    world.hub.faults.append(pushed)


def test_who_is_open_into_a_branch_that_has_landed_and_moved_since_is_told(github: GithubWorld) -> None:
    """Nobody but its author knows whether it is meant for base still: it is not pointed there, nor is it forgotten."""
    github.chain("one", "two", "three")
    github.answer()
    moves_after_landing(github)
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


def test_one_that_changes_what_its_parent_made_is_told_of_the_moved_base_too(github: GithubWorld) -> None:
    github.agent("one", {"a.txt": marked("one")}, labels=["merge"])
    github.agent("two", {"a.txt": "mark:one\nmark:two\n"}, on="feature/one", base="feature/one", labels=["merge"])
    github.answer()
    moves_after_landing(github)
    plan, _ = github.run()
    [two] = plan.entries
    assert two.because == "its base feature/one landed with #1, and was pushed to since: point it at main"


def test_one_whose_base_has_landed_twice_and_moved_is_told(github: GithubWorld) -> None:
    github.chain("one", "two")
    github.answer()
    moves_after_landing(github)
    github.run()
    rest = github.repo.open_pull("feature/one", base="main", title="The rest", author=AUTHOR)
    github.repo.merge(rest.number)
    push_by_hand(github, "feature/one")
    github.repo.push("feature/one", {"later.txt": "later\n"}, by=AUTHOR)
    plan, _ = github.run()
    assert [entry.pr for entry in plan.entries] == [github.pulls["two"]]


def test_a_native_stack_whose_base_has_landed_and_moved_is_told(github: GithubWorld) -> None:
    github.repo.settings.native_stacks = True
    numbers = github.chain("one", "two", "three")
    github.answer()
    moves_after_landing(github)
    github.run()
    github.repo.stack(numbers[1:])
    plan, _ = github.run()
    assert [entry.pr for entry in plan.entries] == numbers[1:]


def test_what_is_open_into_a_protected_branch_is_left_alone(github: GithubWorld) -> None:
    """It was merged into base once, by hand; work goes on there."""
    github.depend({"worker": []})
    github.repo.push("integration", {"first.txt": "first\n"}, by=AUTHOR, start="main")
    github.repo.protect(Protection(1, "integration"))
    once = github.repo.open_pull("integration", base="main", title="First delivery", author=AUTHOR)
    github.repo.merge(once.number)
    github.repo.push("integration", {"second.txt": "second\n"}, by=AUTHOR)
    github.repo.push("feature/worker", {"w.txt": "w\n"}, by=AUTHOR, start="integration")
    pull = github.repo.open_pull("feature/worker", base="integration", title="Work", author=AUTHOR)
    github.answer()
    plan, _ = github.run()
    assert plan.entries == ()
    assert github.repo.data.issues[pull.number].comments == []
