"""What a slow read is at: one line on stderr for a person at a terminal, and nothing anywhere else."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, operation
from tests.server.hub import GitHub
from tests.terminal import at_a_terminal

WIPE = "\r\x1b[K"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[GithubWorld]:
    with GitHub.start(tmp_path) as hub:
        made = GithubWorld.create(hub, tmp_path)
        made.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        made.answer()
        yield made


@contextmanager
def slow(world: GithubWorld, reading: str = "MergebotQueue") -> Iterator[Fault]:
    """GitHub takes its time over the list of pull requests, until it is released."""
    fault = Fault(when=operation(reading), kind=FaultKind.LATE)
    world.hub.faults.append(fault)
    try:
        yield fault
    finally:
        fault.release()


def environment(world: GithubWorld) -> Mapping[str, str]:
    return {**world.environ, "GITHUB_REPOSITORY": NAME}


def test_a_slow_read_says_what_it_is_at_and_leaves_no_trace(world: GithubWorld) -> None:
    """Redrawn in place, on stderr, and wiped before the result is shown."""
    with (
        slow(world) as fault,
        at_a_terminal("plan", "--format", "json", cwd=world.cache, env=environment(world), piped="stdout") as terminal,
    ):
        terminal.wait_for("Reading pull requests…")
        fault.release()
        code = terminal.end()

        assert code == 0
        assert terminal.piped.read().startswith(b'{\n  "schema": 1')
        assert "\n" not in terminal.seen
        assert terminal.seen.startswith(WIPE)
        assert terminal.seen.endswith(WIPE)


def test_it_counts_the_pages(world: GithubWorld) -> None:
    """How many are read, of how many."""
    for number in range(26):
        world.agent(f"more-{number}", {f"{number}.txt": marked("more")})
    with (
        slow(world, "MergebotPage") as fault,
        at_a_terminal("plan", cwd=world.cache, env=environment(world), piped="stdout") as terminal,
    ):
        terminal.wait_for("Reading pull requests: 25 of 27…")
        fault.release()
        assert terminal.end() == 0


QUICK = """
import sys, time
from mergebot.cli import progress
progress.PATIENCE = float(sys.argv[1])
with progress.progress_line() as doing:
    doing("Reading pull requests")
    time.sleep(1)
"""


@pytest.mark.parametrize(("patience", "seen"), [("1000", ""), ("0", f"{WIPE}Reading pull requests…{WIPE}")])
def test_what_is_over_before_anybody_minds_says_nothing(tmp_path: Path, patience: str, seen: str) -> None:
    """No line comes and goes at once; patience is set here, as a busy machine is never fast."""
    with at_a_terminal(patience, cwd=tmp_path, program=("-c", QUICK)) as terminal:
        assert terminal.end() == 0
        assert terminal.seen == seen


@pytest.mark.parametrize("env", [{"GITHUB_ACTIONS": "true"}, {"CI": "true"}, {"TERM": "dumb"}])
def test_where_nobody_looks_nothing_is_said(world: GithubWorld, env: Mapping[str, str]) -> None:
    """CI may have a terminal, too; a dumb one cannot draw a line again."""
    with (
        slow(world) as fault,
        at_a_terminal("plan", cwd=world.cache, env={**environment(world), **env}, piped="stdout") as terminal,
    ):
        terminal.rest(2.5)
        fault.release()
        assert terminal.end() == 0
        assert terminal.seen == ""


def test_a_pipe_gets_nothing_of_it(world: GithubWorld) -> None:
    """A stderr that is no terminal stays empty, also while stdout is one."""
    with (
        slow(world) as fault,
        at_a_terminal("plan", cwd=world.cache, env=environment(world), piped="stderr") as terminal,
    ):
        terminal.rest(2.5)
        fault.release()
        assert terminal.end() == 0
        assert "Reading" not in terminal.seen
        assert terminal.piped.read() == b""


def test_a_narrow_terminal_gets_a_line_that_fits(world: GithubWorld) -> None:
    """A line that wraps could not be wiped."""
    with (
        slow(world) as fault,
        at_a_terminal("plan", cwd=world.cache, env=environment(world), columns=12, piped="stdout") as terminal,
    ):
        assert terminal.wait_for("Reading pu…").endswith(f"{WIPE}Reading pu…")
        fault.release()
        assert terminal.end() == 0


def test_an_interrupt_wipes_the_line_and_says_so(world: GithubWorld) -> None:
    with (
        slow(world),
        at_a_terminal("plan", cwd=world.cache, env=environment(world), piped="stdout") as terminal,
    ):
        terminal.wait_for("Reading pull requests…")
        terminal.interrupt()
        assert terminal.end() == 130
        assert re.search(r"\r\x1b\[K\s*interrupted", terminal.seen)


def test_a_terminal_that_goes_away_breaks_nothing(world: GithubWorld) -> None:
    """What is left of the read is done; a hangup alone ends it, as it ends every program."""
    with (
        slow(world) as fault,
        at_a_terminal("plan", cwd=world.cache, env=environment(world), piped="stdout", stays=True) as terminal,
    ):
        terminal.wait_for("Reading pull requests…")
        terminal.hang_up()
        fault.release()
        assert b"What run would do now" in terminal.piped.read()
        assert terminal.process.wait(timeout=30) == 0
