"""Which branch is base, where no forge and no config says it: never one that was merely checked out for work."""

from pathlib import Path

import pytest

from mergebot.errors import InputError
from tests.scenarios.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A fleet of two on a repository whose base is called trunk, with the first one's branch checked out."""
    world = World.create(tmp_path / "fleet")
    world.agent("one", {"one.txt": "1\n"})
    world.agent("two", {"two.txt": "2\n"})
    world.box.git("branch", "--move", "main", "trunk")
    world.box.git("checkout", "--quiet", "feature/one")
    return world


def test_an_agents_branch_is_not_taken_for_base_because_it_is_checked_out(world: World) -> None:
    """Else the other agents would be merged into it, and their branches deleted."""
    with pytest.raises(InputError, match="which branch is base cannot be told"):
        world.plan()


def test_base_is_what_is_checked_out_where_that_is_nobodys_branch(world: World) -> None:
    world.box.git("checkout", "--quiet", "trunk")

    assert world.plan().base.branch == "trunk"


def test_base_stays_what_it_was_while_an_agents_branch_is_checked_out(world: World) -> None:
    before = world.box.refs()
    (world.box.path / ".agent-coordination/merge-queue.json").write_text('{"schema": 1, "base": {"branch": "trunk"}}')

    assert world.plan().base.branch == "trunk"
    assert world.box.refs() == before


def test_another_branch_than_last_time_is_not_taken_for_base_without_a_word(world: World) -> None:
    """A person works on a branch of their own in the main work tree: nothing may be merged into that either."""
    (world.box.path / ".agent-coordination/merge-queue.json").write_text('{"schema": 1, "base": {"branch": "trunk"}}')
    world.box.git("checkout", "--quiet", "-b", "experiment")

    with pytest.raises(InputError, match="which branch is base cannot be told"):
        world.plan()
