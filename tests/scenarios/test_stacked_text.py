"""What the landed commit of a PR says: its own work, all of it, and never that of the PR it was built on."""

from pathlib import Path

from tests.scenarios.world import World


def authors_and_titles(world: World, commits: int) -> list[str]:
    return world.box.git("log", "--reverse", "--format=%an: %s", f"main~{commits}..main").splitlines()


def test_a_stacked_pr_that_cannot_be_rebased_lands_under_its_own_title_and_author(tmp_path: Path) -> None:
    """Its work tree is unclean, so it still stands on its parent's commits when its turn comes."""
    world = World.create(tmp_path / "fleet")
    world.agent("lower", {"lower.txt": "1\n"})
    world.agent("upper", {"upper.txt": "2\n"}, on="feature/lower")
    tree = world.box.path / "worktrees/upper"
    world.box.git("worktree", "add", "--quiet", str(tree), "feature/upper")
    (tree / "upper.txt").write_text("not committed\n")

    assert [entry.title for entry in world.plan().entries] == ["lower: part 1", "upper: part 1"]
    world.run()

    assert authors_and_titles(world, 2) == ["lower: lower: part 1 (#1)", "upper: upper: part 1 (#2)"]


def test_an_agent_that_goes_on_from_before_a_rebase_keeps_its_title_and_author(tmp_path: Path) -> None:
    """The tip that the bot had rebased is below its head again; that is its own work, not a parent's."""
    world = World.create(tmp_path / "fleet")
    world.agent("lower", {"lower.txt": "1\n"})
    world.agent("upper", {"upper.txt": "2\n"}, on="feature/lower", review_score=8)
    old = world.box.sha("feature/upper")
    world.run()
    assert world.box.sha("feature/upper") != old
    world.box.git("branch", "--force", "feature/upper", old)
    world.box.commit("a helper's touch", {"more.txt": "3\n"}, branch="feature/upper", author="helper <h@fleet.example>")
    world.box.git("checkout", "--quiet", "--detach", "main")

    assert [entry.title for entry in world.plan().entries] == ["upper: part 1"]
    world.say("upper", review_score=10)
    world.run()

    assert authors_and_titles(world, 1) == ["upper: upper: part 1 (#2)"]
