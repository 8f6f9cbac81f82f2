"""Steps that go wrong: nothing half done, nothing silent. The forge is real; only what it would never do is played."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mergebot.act.steps import carry_out, restack
from mergebot.cycle import plan_once, run_once
from mergebot.errors import GitError
from mergebot.forge.protocol import Forge, ForgeReader, ForgeState, ForgeWriter
from mergebot.forge.registry import open_local
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome
from mergebot.model.plan import KeepTip, Merge, Rebase, Restack, Retarget
from mergebot.model.policy import Policy
from tests.scenarios.world import World, marked


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.create(tmp_path / "repo")
    world.agent("a", {"a.txt": marked("a")})
    world.agent("b", {"b.txt": marked("b")})
    return world


def local(world: World) -> Forge:
    return open_local(world.box.path, clock=world.clock)


@dataclass
class Swapping:
    """A writer whose forge lands another commit than it was asked to."""

    real: ForgeWriter
    other: Sha

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def merge(self, step: Merge) -> Outcome:
        self.real.merge(step)
        return Done(sha=self.other)


def test_another_tree_than_was_predicted_freezes_the_queue_and_says_so(world: World) -> None:
    """The tree that landed is compared with the predicted one (contract 4.1)."""
    forge = local(world)
    swapping = Swapping(forge.writer, world.box.sha("feature/b"))
    forge = replace(forge, writer=swapping)  # type: ignore[arg-type]  # a stand-in

    plan, result = run_once(forge, config=None, now=world.clock)

    assert world.landed() == ["a"]
    [step] = [item for item in result.results if isinstance(item.step, Merge)]
    assert isinstance(step.outcome, Failed)
    assert "was predicted" in step.outcome.reason
    assert step.outcome.reason in plan.frozen[0]
    assert "was predicted" in world.plan().frozen[0], "the next pass is frozen, too"


def test_a_tree_that_cannot_be_read_is_told_as_one_that_landed_and_was_not_compared(world: World) -> None:
    """Whoever reads that the merge failed must not take it for one that did not happen."""
    forge = local(world)
    gone = Swapping(forge.writer, Sha("f" * 40))

    _, result = run_once(replace(forge, writer=gone), config=None, now=world.clock)  # type: ignore[arg-type]  # as above

    [step] = [item for item in result.results if isinstance(item.step, Merge) and item.step.pr == 1]
    assert isinstance(step.outcome, Failed)
    assert step.outcome.reason.startswith("#1 landed as ffffffffff, and nobody has compared its tree: commit ffff")
    assert step.outcome.sha == "f" * 40


@dataclass
class FailingLater:
    """A reader that can be read only so many times."""

    real: ForgeReader
    left: int

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def read(self, policy: Policy) -> ForgeState:
        self.left -= 1
        if self.left < 0:
            raise GitError("the disk is gone")
        return self.real.read(policy)


def test_a_read_that_fails_in_the_middle_still_tells_what_was_done(world: World) -> None:
    """Exit 1: a read failed, the rest was done (contract 5); silence would be worse."""
    forge = local(world)
    forge = replace(forge, reader=FailingLater(forge.reader, 1))  # type: ignore[arg-type]  # a stand-in

    _, result = run_once(forge, config=None, now=world.clock)

    assert [type(item.step) for item in result.results] == [Merge]
    assert result.unread == ("the disk is gone",)
    assert world.landed() == ["a"]


def test_a_first_read_that_fails_is_an_error_and_nothing_is_done(world: World) -> None:
    forge = local(world)
    forge = replace(forge, reader=FailingLater(forge.reader, 0))  # type: ignore[arg-type]  # a stand-in

    with pytest.raises(GitError, match="the disk is gone"):
        run_once(forge, config=None, now=world.clock)

    assert world.landed() == []


def rebase(world: World, number: int, name: str, onto: Sha | PrNumber) -> Rebase:
    return Rebase(
        pr=PrNumber(number),
        branch=Branch(f"feature/{name}"),
        head=world.box.sha(f"feature/{name}"),
        excluded=(),
        onto=onto,
        reason="",
    )


class TestRestack:
    def test_one_that_conflicts_stays_and_the_others_move(self, world: World) -> None:
        """A dependent that conflicts is left as it was (contract 4.4)."""
        world.box.commit("by hand", {"a.txt": "other\n"}, branch="main")
        base, tip = world.box.sha("main"), world.box.sha("feature/a")
        step = Restack(rebases=(rebase(world, 1, "a", base), rebase(world, 2, "b", base)))

        outcome = restack(step, local(world), world.clock())

        assert isinstance(outcome, Done)
        assert "left as it was: #1 conflicts in a.txt" in outcome.detail
        assert world.box.sha("feature/a") == tip
        assert world.box.sha("feature/b~1") == base

    def test_where_none_can_move_it_fails_with_every_reason(self, world: World) -> None:
        world.box.commit("by hand", {"a.txt": "other\n"}, branch="main")
        step = Restack(rebases=(rebase(world, 1, "a", world.box.sha("main")),))

        assert restack(step, local(world), world.clock()) == Failed(reason="left as it was: #1 conflicts in a.txt")

    def test_a_branch_that_is_where_it_should_be_is_left_alone(self, world: World) -> None:
        step = Restack(rebases=(rebase(world, 1, "a", world.box.sha("main")),))

        outcome = restack(step, local(world), world.clock())

        assert outcome == AlreadyDone(detail="every branch already is where it should be")

    def test_what_base_has_already_is_left_and_named(self, world: World) -> None:
        world.box.checkout("main")
        world.box.git("cherry-pick", "feature/a")
        world.box.commit("more", {"c.txt": "c\n"})
        step = Restack(rebases=(rebase(world, 1, "a", world.box.sha("main")),))

        outcome = restack(step, local(world), world.clock())

        assert outcome == Failed(reason="left as it was: #1 has nothing left that base does not have")


def test_every_other_step_goes_to_the_forge(world: World) -> None:
    """Each can be repeated: what was done before is a success."""
    forge, tip = local(world), world.box.sha("feature/a")
    plan_once(forge, config=None, now=world.clock())
    keep = KeepTip(pr=PrNumber(1), tip=tip, reason="")
    retarget = Retarget(pr=PrNumber(1), head=tip, old_base=Branch("x"), new_base=Branch("main"), reason="")

    outcomes = [carry_out(step, forge, Policy(), world.clock()) for step in (keep, keep, retarget)]

    assert outcomes[:2] == [Done(), AlreadyDone()]
    assert isinstance(outcomes[2], AlreadyDone)
    assert world.box.refs()["refs/mergebot/merged/1"] == tip
