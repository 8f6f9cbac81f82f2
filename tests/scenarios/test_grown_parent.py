"""A branch that others stand on grows: they go on standing on it, however many passes later (contract 4.4)."""

from mergebot.model.plan import Plan
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked


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
