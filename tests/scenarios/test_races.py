"""Somebody else moves between the look and the step: nothing is merged unjudged, and the pass still ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mergebot.cycle import STALE_TRIES, run_once
from mergebot.forge.protocol import BranchMove, Forge, ForgeReader, ForgeWriter, Now
from mergebot.forge.registry import open_local
from mergebot.model.ids import PrNumber
from mergebot.model.outcome import Failed, Outcome, PassResult, Stale
from mergebot.model.plan import EntryState, Merge, Restack
from tests.scenarios.world import World, marked


@dataclass
class Racing:
    """A reader or writer in front of the real one that lets somebody act right before each call of `before`."""

    real: ForgeReader | ForgeWriter
    before: str
    act: Callable[[], None]

    def __getattr__(self, name: str) -> object:
        real: object = getattr(self.real, name)
        if name != self.before:
            return real

        def raced(*args: object) -> object:
            self.act()
            return real(*args)  # type: ignore[operator]  # every member raced here is a method

        return raced


def run(world: World, *, before: str, act: Callable[[], None]) -> PassResult:
    forge = open_local(world.box.path, clock=world.clock)
    if hasattr(forge.reader, before):
        forge = replace(forge, reader=Racing(forge.reader, before, act))  # type: ignore[arg-type]  # a stand-in
    else:
        forge = replace(forge, writer=Racing(forge.writer, before, act))  # type: ignore[arg-type]  # a stand-in
    tip, tips = world.box.sha("main"), world.tips()
    records = world.status()["agents"]
    _, result = run_once(forge, config=None, now=world.clock)
    world.reload()
    world.check(tip, tips, records)
    return result


def once(action: Callable[[], None]) -> Callable[[], None]:
    """The action, but only the first time."""
    left = [action]
    return lambda: left.pop()() if left else None


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.create(tmp_path / "repo")
    world.depend({"b": ["a"]})
    world.agent("a", {"a.txt": marked("a")})
    world.agent("b", {"b.txt": marked("b")}, on="feature/a")
    return world


@pytest.mark.parametrize("before", ["look_again", "merge"])
class TestBeforeAMerge:
    def test_a_push_to_the_head_makes_it_stale_and_the_new_head_is_judged_afresh(
        self, world: World, before: str
    ) -> None:
        """A decision is only good for the commit it was made about (I1)."""
        result = run(world, before=before, act=once(lambda: world.push("a", "a: more", {"more.txt": "x\n"})))

        assert isinstance(result.results[0].outcome, Stale)
        assert world.landed()[0] == "a"
        assert world.box.read("more.txt") == "x\n"

    def test_a_push_to_base_makes_it_stale_and_nothing_of_it_is_lost(self, world: World, before: str) -> None:
        """Base moves by compare-and-swap (I3)."""

        def stranger() -> None:
            world.box.commit("by hand", {"hand.txt": "x\n"}, branch="main")
            world.box.git("checkout", "--quiet", "--detach")

        result = run(world, before=before, act=once(stranger))

        assert isinstance(result.results[0].outcome, Stale)
        assert world.box.history()[:2] == ["initial", "by hand"]
        assert world.landed() == ["a", "b"]

    def test_a_stranger_who_pushes_without_end_does_not_keep_the_pass(self, world: World, before: str) -> None:
        """A pass never hangs: a step that stays stale is given up for this pass."""
        count = iter(range(1_000))
        result = run(
            world, before=before, act=lambda: world.push("a", f"a: {next(count)}", {f"{next(count)}.txt": "x\n"})
        )

        assert [type(item.outcome) for item in result.results] == [Stale] * STALE_TRIES
        assert world.landed() == []


def test_a_push_to_a_dependent_during_its_rebase_is_kept(world: World) -> None:
    """Branches move with a lease on the old head (contract 4.4, I4)."""
    result = run(world, before="move_branches", act=once(lambda: world.push("b", "b: more", {"more.txt": "x\n"})))

    restacks = [item.outcome for item in result.results if isinstance(item.step, Restack)]
    assert isinstance(restacks[0], Stale)
    assert world.landed() == ["a", "b"]
    assert world.box.read("more.txt") == "x\n"


@dataclass
class Refusing:
    """A writer that cannot merge one PR, or cannot move branches."""

    real: ForgeWriter
    number: PrNumber

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def merge(self, step: Merge) -> Outcome:
        return Failed(reason="the disk is full") if step.pr == self.number else self.real.merge(step)

    def move_branches(self, moves: Sequence[BranchMove]) -> Outcome:
        return Failed(reason=f"{len(moves)} branches could not be moved")


def refusing(world: World, number: int) -> Forge:
    forge = open_local(world.box.path, clock=world.clock)
    return replace(forge, writer=Refusing(forge.writer, PrNumber(number)))  # type: ignore[arg-type]  # a stand-in


def test_a_merge_that_fails_does_not_keep_the_others_from_landing(world: World) -> None:
    """An error in one PR never blocks an unrelated one; the rest of the pass is done (contract 5, exit 1)."""
    world.agent("c", {"c.txt": marked("c")})

    _, result = run_once(refusing(world, 1), config=None, now=world.clock)

    assert world.landed() == ["c"]
    assert [item.outcome for item in result.results if isinstance(item.outcome, Failed)] == [
        Failed(reason="the disk is full")
    ]


def test_a_rebase_that_fails_is_tried_once_and_its_branch_does_not_merge_unrebased(world: World) -> None:
    """A dependent merges only after it was carried over (contract 4.4)."""
    _, result = run_once(refusing(world, 99), config=None, now=world.clock)

    assert world.landed() == ["a"]
    assert [type(item.outcome) for item in result.results if isinstance(item.step, Restack)] == [Failed]


def test_a_rebase_that_fails_does_not_keep_those_after_it_from_landing(world: World) -> None:
    """With strategy rebase the next in line holds up the others, but not once it has been given up (contract 4.2)."""
    world.configure("queue: {strategy: rebase}\n")
    lines = "one\n2\n3\n4\n5\n6\n"
    world.agent("first", {"same.txt": lines})
    world.run()
    world.agent("second", {"same.txt": lines.replace("one", "1")})
    world.agent("third", {"same.txt": lines.replace("6", "six")})
    world.agent("last", {"last.txt": marked("last")})

    plan, _ = run_once(refusing(world, 99), config=None, now=world.clock)

    assert world.landed()[-2:] == ["second", "last"]
    assert [(entry.agent, entry.state, entry.because) for entry in plan.entries] == [
        ("third", EntryState.BLOCKED, "it could not be rebased: 1 branches could not be moved")
    ]


def test_now_is_what_the_guard_sees(world: World) -> None:
    """The local forge reads a PR afresh: head, base, draft and labels (contract 4.1)."""
    world.say("a", draft=True, labels=["hold"])
    reader = open_local(world.box.path, clock=world.clock).reader
    reader.read_rules(None)

    now = reader.look_again(PrNumber(1))

    assert now == Now(
        open=True,
        head=world.box.sha("feature/a"),
        base=now.base,
        base_sha=world.box.sha("main"),
        draft=True,
        labels=frozenset({"hold"}),
    )
