"""Plays worlds until so many steps are done."""

import os
import sys
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.model_world.ground import Ground, clone
from tests.model_world.machine import Machine
from tests.model_world.tally import Tally

STEPS_IN_A_WORLD = 50
WORLDS_AT_ONCE = 40


def hermetic(home: Path) -> None:
    """No configuration of git's but our own, for a command; pytest has a fixture that does so."""
    home.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "GH_", "MERGEBOT_", "RUNNER_"))]:
        del os.environ[name]
    (home / ".gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
    os.environ.update(HOME=str(home), GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=str(home / ".gitconfig"), TZ="UTC")


def prepare(folder: Path) -> Ground:
    """A ground with mergebot's clones."""
    ground = Ground.create(folder)
    for where in ("here", "there"):
        clone(ground, where)
    return ground


def machine(ground: Ground, tally: Tally) -> type[Machine]:
    """The state machine on this ground."""
    return type("Machine", (Machine,), {"ground": ground, "tally": tally})


def play(folder: Path, *, steps: int, seed: int, shrinks: bool = True, worlds: int = WORLDS_AT_ONCE) -> int:
    """Play; gives the exit status. What breaks an invariant is printed, as short as hypothesis can make it."""
    tally = Tally()
    ground = prepare(folder)
    print(f"seed {seed}", flush=True)  # noqa: T201 (a command)
    chosen = settings(
        max_examples=worlds,
        stateful_step_count=STEPS_IN_A_WORLD,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, *([Phase.shrink] if shrinks else [])],
        derandomize=False,
    )
    batch, failed = 0, 0
    while tally.total < steps and not failed:
        made = seeded(seed + batch)(machine(ground, tally))
        try:
            run_state_machine_as_test(made, settings=chosen)
        except BaseException:  # noqa: BLE001 (whatever it is, it is what was looked for)
            traceback.print_exc(file=sys.stdout)
            failed = 1
        batch += 1
    ground.hub.stop()
    print(tally.table())  # noqa: T201 (a command)
    return failed
