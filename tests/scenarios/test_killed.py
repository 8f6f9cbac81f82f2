"""SIGKILL of `mergebot run --local` before every write: the next pass completes it, nothing twice, nothing lost."""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.scenarios.world import World, marked

FEW = 5
"""By so many the number of writes may differ: an object that is there already is not written again."""

ROOT = Path(__file__).parents[2]


def run_killed(world: World, at: int, counter: Path) -> int:
    """Run the command line with a killer at its n-th write; the exit status, negative where it was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.killer", str(at), str(counter), "run", "--local", str(world.box.path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
        # What is killed leaves no figures of coverage, and measuring it takes time.
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


def fleet(path: Path) -> World:
    """A parent, a branch stacked on it that must be carried over, and one that depends on it; base is checked out."""
    world = World.create(path)
    world.depend({"c": ["a"]})
    world.agent("a", {"a.txt": marked("a")})
    world.agent("b", {"b.txt": marked("b")}, on="feature/a")
    world.agent("c", {"c.txt": marked("c")})
    world.box.checkout("main")
    return world


def test_killed_before_any_write_the_next_pass_completes_it(tmp_path: Path) -> None:
    """Whatever a killed pass left, one more pass brings what an undisturbed one brings (contract 4)."""
    undisturbed = fleet(tmp_path / "undisturbed")
    counter = tmp_path / "writes"
    assert run_killed(undisturbed, 0, counter) == 0
    writes = int(counter.read_text())
    assert undisturbed.landed() == ["a", "b", "c"]
    assert writes > 30, "the killer saw too few writes"

    def kill_and_recover(at: int) -> None:
        world = fleet(tmp_path / f"killed-{at}")
        before, tips, records = world.box.sha("main"), world.tips(), world.status()["agents"]
        killed = run_killed(world, at, tmp_path / f"unused-{at}") == -signal.SIGKILL
        assert killed or at > writes - FEW, f"there was no write {at}"
        world.check(before, tips, records)

        _, result = world.run()

        assert result.unread == (), f"killed before write {at}"
        assert world.landed() == undisturbed.landed(), f"killed before write {at}"
        assert world.box.tree("main") == undisturbed.box.tree("main")
        assert world.status() == undisturbed.status(), f"killed before write {at}"
        assert world.box.git("status", "--porcelain") == "", f"killed before write {at}"
        shutil.rmtree(world.box.path)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(kill_and_recover, range(1, writes + 1)))
