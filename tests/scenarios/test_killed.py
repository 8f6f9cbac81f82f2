"""SIGKILL of `mergebot run --local` before every write: the next pass completes it, nothing twice, nothing lost."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.world import World, marked

ROOT = Path(__file__).parents[2]


def run_killed(world: World, at: int, counter: Path) -> int:
    """Run the command line with a killer at its n-th write; the exit status, negative where it was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.killer", str(at), str(counter), "run", "--local", str(world.box.path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


def fleet(path: Path, *, checked_out: bool) -> World:
    """A parent, a branch stacked on it that must be carried over, and an independent one."""
    world = World.create(path)
    world.depend({"c": ["a"]})
    world.agent("a", {"a.txt": marked("a")})
    world.agent("b", {"b.txt": marked("b")}, on="feature/a")
    world.agent("c", {"c.txt": marked("c")})
    if checked_out:
        world.box.checkout("main")
    return world


@pytest.mark.parametrize("checked_out", [False, True], ids=["base not checked out", "base checked out"])
def test_killed_before_any_write_the_next_pass_completes_it(tmp_path: Path, checked_out: bool) -> None:
    """Whatever a killed pass left, one more pass brings what an undisturbed one brings (contract 4)."""
    undisturbed = fleet(tmp_path / "undisturbed", checked_out=checked_out)
    counter = tmp_path / "writes"
    assert run_killed(undisturbed, 0, counter) == 0
    writes = int(counter.read_text())
    assert undisturbed.landed() == ["a", "b", "c"]
    assert writes > 20, "the killer saw no writes"

    for at in range(1, writes + 1):
        world = fleet(tmp_path / f"killed-{at}", checked_out=checked_out)
        before, tips, records = world.box.sha("main"), world.tips(), world.status()["agents"]
        assert run_killed(world, at, counter) == -signal.SIGKILL
        world.check(before, tips, records)

        _, result = world.run()

        assert result.unread == (), f"killed before write {at}"
        assert world.landed() == undisturbed.landed(), f"killed before write {at}"
        assert world.box.tree("main") == undisturbed.box.tree("main")
        assert world.status() == undisturbed.status(), f"killed before write {at}"
        if checked_out:
            assert world.box.git("status", "--porcelain") == "", f"killed before write {at}"
        shutil.rmtree(world.box.path)
