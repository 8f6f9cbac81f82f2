"""Branches into which base was merged by hand: what was solved in the merge is never lost by a rebase."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from mergebot.model.plan import EntryState
from tests.scenarios.world import World, marked


@pytest.fixture
def world(tmp_path: Path) -> World:
    """`b` depends on `a`, which is not ready yet; `c` has landed."""
    world = World.create(tmp_path / "repo")
    world.depend({"b": ["a"]})
    world.agent("a", {"a.txt": marked("a")}, review_score=8)
    world.agent("c", {"names.txt": "bar\n" + marked("c")})
    return world


def merge_base_by_hand(world: World, name: str, files: Mapping[str, str]) -> None:
    """The agent merges main, writes these files in the merge itself, and pushes."""
    box = world.box
    box.checkout(f"feature/{name}")
    box.ticks += 1
    box.git("merge", "--quiet", "--no-commit", "--no-ff", "--strategy-option=ours", "main")
    for path, content in files.items():
        box.write(path, content)
    box.git("add", "--all", "--", *files) if files else None
    box.git("commit", "--quiet", "--message", f"{name}: merge main")
    box.git("checkout", "--quiet", "--detach", "main")


def test_an_edit_in_a_merge_is_not_lost_when_a_dependency_lands(world: World) -> None:
    """Git's rebase leaves merges out, and with them what was adapted there; the ordinary merge keeps it (I4)."""
    world.agent("b", {"b.txt": "call foo\n" + marked("b")}, status="working")
    world.run()
    merge_base_by_hand(world, "b", {"b.txt": "call bar\n" + marked("b")})
    world.say("b", status="ready")
    world.say("a", review_score=10)

    world.run()

    assert world.landed() == ["c", "a", "b"]
    assert world.box.read("b.txt") == "call bar\n" + marked("b")


def test_a_conflict_solved_in_a_merge_does_not_stop_the_queue_again(world: World) -> None:
    """What merges cleanly as it is need not be rebased by a person, only because a dependency has landed."""
    world.agent("b", {"names.txt": "foo\n" + marked("b")}, status="working")
    world.run()
    merge_base_by_hand(world, "b", {"names.txt": "foo and bar\n" + marked("b", "c")})
    world.say("b", status="ready")
    world.say("a", review_score=10)

    world.run()

    assert world.landed() == ["c", "a", "b"]
    assert world.box.read("names.txt") == "foo and bar\n" + marked("b", "c")


def test_what_stands_on_the_old_commits_of_a_parent_is_left_and_told_to_merge(world: World) -> None:
    """The commands that are given do not lose it either, and once they were followed it lands (contract 4.4)."""
    world.agent("b", {"b.txt": "call foo\n" + marked("b")}, on="feature/a", status="working")
    world.run()
    merge_base_by_hand(world, "b", {"b.txt": "call bar\n" + marked("b")})
    world.say("b", status="ready")
    world.say("a", review_score=10)

    plan, _ = world.run()

    [entry] = plan.entries
    merge = world.box.sha("feature/b")
    assert entry.state is EntryState.BLOCKED
    assert entry.because == (
        f"its rebase onto main would lose what its merge {merge:.10} holds in b.txt: merge main into it by hand"
    )
    assert entry.criteria[2].verdict.evidence.commands == ("git switch feature/b", "git merge main")

    merge_base_by_hand(world, "b", {})
    world.run()

    assert world.landed() == ["c", "a", "b"]
    assert world.box.read("b.txt") == "call bar\n" + marked("b")
