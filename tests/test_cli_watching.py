"""`status --watch`: the dashboard again and again, on a screen of its own or as blocks, until it is interrupted."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from mergebot.demo.sample import STATUS, Sample
from tests.cli_process import mergebot
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, operation
from tests.server.hub import GitHub
from tests.terminal import at_a_terminal, words

SECOND_SCREEN, FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
SHOW_CURSOR = "\x1b[?25h"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """The sample repository, before its first pass."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    Sample(folder).build()
    return folder


def progress(fleet: Path, agent: str, share: float) -> None:
    """An agent says how far it is; written as one should, so that no half file is ever read."""
    state = json.loads((fleet / STATUS).read_text())
    state["agents"][agent]["progress"] = share
    written = fleet / "status.new"
    written.write_text(json.dumps(state))
    written.replace(fleet / STATUS)


def test_each_look_is_a_new_one_and_ctrl_c_gives_the_terminal_back(fleet: Path) -> None:
    with at_a_terminal("status", "--local", "--watch", "1", cwd=fleet) as terminal:
        first = terminal.wait_for(r"docs-agent.*60%.*Read at \d\d:\d\d:\d\d, again every 1 s; ctrl-C ends")
        progress(fleet, "docs-agent", 0.7)
        terminal.wait_for(r"docs-agent.*70%.*Read at")
        terminal.interrupt()
        code = terminal.end()

        assert code == 0
        assert first.index(SECOND_SCREEN) < first.index("docs-agent")
        restored = terminal.seen[terminal.seen.rindex(FIRST_SCREEN) :]
        assert SHOW_CURSOR in terminal.seen[terminal.seen.rindex("Read at") :]
        assert re.search(r"docs-agent \S+ 70%", words(restored)), "what was seen last stays to be read"
        assert "interrupted" not in terminal.seen


def test_a_terminated_watch_gives_the_terminal_back_too(fleet: Path) -> None:
    with at_a_terminal("status", "--local", "--watch", cwd=fleet) as terminal:
        terminal.wait_for("Read at .* every 5 s")
        terminal.process.send_signal(signal.SIGTERM)

        assert terminal.end() == 143
        assert FIRST_SCREEN in terminal.seen
        assert SHOW_CURSOR in terminal.seen


def test_ctrl_z_gives_the_terminal_back_and_fg_draws_anew(fleet: Path) -> None:
    """In a shell, which a person goes on typing into."""
    shell = ("-c", "import os, sys; os.execvp('bash', ['bash', '--norc', '--noprofile', '-i', *sys.argv[1:]])")
    with at_a_terminal(cwd=fleet, program=shell, env={"PS1": "prompt ", "LC_ALL": "C.UTF-8"}) as terminal:
        os.write(terminal.master, f"{sys.executable} -m mergebot status --local --watch 3600\n".encode())
        terminal.wait_for("Read at")
        os.write(terminal.master, b"\x1a")
        stopped = terminal.wait_for("Stopped")
        assert FIRST_SCREEN in stopped
        assert SHOW_CURSOR in stopped
        os.write(terminal.master, b"fg\n")
        assert SECOND_SCREEN in terminal.wait_for("docs-agent.*Read at")
        terminal.interrupt()
        assert FIRST_SCREEN in terminal.wait_for("prompt$")


def test_a_failed_look_leaves_the_last_good_picture_and_goes_on(fleet: Path) -> None:
    """The error stands below it, with its time."""
    with at_a_terminal("status", "--local", "--watch", "1", cwd=fleet) as terminal:
        terminal.wait_for("Read at")
        (fleet / ".git").rename(fleet / ".away")
        failed = terminal.wait_for(r"docs-agent.*the look at \d\d:\d\d:\d\d failed: .*the next in 1 s")
        (fleet / ".away").rename(fleet / ".git")
        terminal.wait_for("again every 1 s")
        terminal.interrupt()

        assert terminal.end() == 0
        assert "security-agent" in failed


def test_a_window_that_changes_is_drawn_anew(fleet: Path) -> None:
    """Also between two looks; a narrow one has no bars."""
    with at_a_terminal("status", "--local", "--watch", "3600", cwd=fleet) as terminal:
        assert "█" in terminal.wait_for("ctrl-C ends")
        terminal.resize(columns=44, lines=30)
        assert "█" not in terminal.wait_for("ctrl-C ends")
        terminal.interrupt()
        assert terminal.end() == 0


def test_a_low_window_counts_the_agents_that_have_no_room(fleet: Path) -> None:
    with at_a_terminal("status", "--local", "--watch", "3600", cwd=fleet) as terminal:
        terminal.wait_for("ctrl-C ends")
        terminal.resize(columns=80, lines=11)
        shown = terminal.wait_for("ctrl-C ends")
        low = words(shown)
        terminal.interrupt()

        assert terminal.end() == 0
        assert re.search(r"… \d more: .*; --all shows all", low)
        assert "PRs: 6 open, 0 merged, 0 failed" in low
        assert shown.rpartition("\x1b[H")[2].count("\n") == 10, "a full screen, and nothing that scrolls"


def test_without_a_terminal_each_change_is_a_block(fleet: Path) -> None:
    """A log grows only where something happened."""
    environ = {**os.environ, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "mergebot", "status", "--local", "--watch", "1"]
    with subprocess.Popen(command, cwd=fleet, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        first = block(process.stdout)
        time.sleep(3)  # looks at which nothing has changed
        progress(fleet, "docs-agent", 0.7)
        second = block(process.stdout)
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=30) == 0
        assert (process.stdout.read(), process.stderr.read()) == (b"\n", b"")
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n"
    assert re.match(rf"{moment}fleet, main at \w+\n\nAgent ", first)
    assert re.match(rf"\n{moment}fleet, main at \w+\n\nAgent ", second)
    assert ("60%" in first, "70%" in second) == (True, True)
    assert "\x1b" not in first + second


def block(stream: IO[bytes]) -> str:
    """What comes up to the last line of a dashboard."""
    lines = [""]
    while not lines[-1].startswith("Next to merge"):
        lines.append(stream.readline().decode())
        assert lines[-1], "it has ended"
    return "".join(lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [("0.5", "1 to 86400 seconds here"), ("soon", "a number of seconds"), ("nan", "1 to"), ("1e9", "1 to")],
)
def test_a_watch_that_makes_no_sense_is_refused(fleet: Path, seconds: str, words: str) -> None:
    ran = mergebot("status", "--local", "--watch", seconds, cwd=fleet)

    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_first_look_that_fails_is_an_error_as_without_watch(tmp_path: Path) -> None:
    ran = mergebot("status", "--local", "--watch", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[GithubWorld]:
    with GitHub.start(tmp_path) as hub:
        made = GithubWorld.create(hub, tmp_path)
        made.agent("a", {"a.txt": marked("a")}, labels=["merge"])
        made.answer()
        yield made


def test_on_github_it_looks_less_often(world: GithubWorld) -> None:
    """Each look costs requests."""
    env = {**world.environ, "GITHUB_REPOSITORY": NAME}
    assert "10 to 86400 seconds on GitHub" in mergebot("status", "--watch", "9", cwd=world.cache, env=env).err
    with at_a_terminal("status", "--watch", cwd=world.cache, env=env) as terminal:
        terminal.wait_for("again every 30 s")
        terminal.interrupt()
        assert terminal.end() == 0


def test_after_a_rate_limit_the_next_look_waits_for_its_end(world: GithubWorld) -> None:
    env = {**world.environ, "GITHUB_REPOSITORY": NAME}
    with at_a_terminal("status", "--watch", "10", cwd=world.cache, env=env) as terminal:
        terminal.wait_for("again every 10 s")
        limit = Fault(when=operation("MergebotQueue"), kind=FaultKind.PRIMARY, times=9, seconds=900)
        world.hub.faults.append(limit)
        waits = re.search(r"the next in (\d+) s", words(terminal.wait_for(r"rate limit.*the next in \d+ s")))
        terminal.interrupt()

        assert terminal.end() == 0
        assert waits
        assert 850 < int(waits[1]) <= 902
        assert limit.hits == 1
