"""The test command on the merged result (contract 6, `checks.command`)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mergebot.forge.local import commands
from mergebot.model.ids import Sha
from mergebot.model.outcome import AlreadyDone, Done, Failed, Outcome
from mergebot.model.plan import RunChecks
from mergebot.model.policy import Checks, Policy
from mergebot.model.snapshot import Check, CheckState
from tests.forge.fleet import Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    fleet = Fleet.create(tmp_path / "repo")
    fleet.agent("a")
    fleet.box.commit("base moves", {"base.txt": "base\n"}, branch="main")
    fleet.box.git("checkout", "--quiet", "--detach")
    return fleet


def policy(command: str | None) -> Policy:
    return Policy(checks=Checks(command=command))


def step_of(fleet: Fleet) -> RunChecks:
    merge = fleet.merge_step("a")
    return RunChecks(pr=merge.pr, head=merge.head, base_sha=merge.base_sha, tree=merge.tree, reason="")


def run(fleet: Fleet, command: str) -> Outcome:
    return fleet.forge.writer.run_checks(step_of(fleet), policy(command))


def result(fleet: Fleet, command: str) -> Check:
    [found] = fleet.read(policy(command)).test_results.values()
    return found


def log(fleet: Fleet, command: str) -> str:
    return Path(result(fleet, command).detail).read_text(errors="replace")


class TestWhereItRuns:
    def test_in_a_work_tree_of_the_merged_result_that_is_gone_afterwards(self, fleet: Fleet) -> None:
        """A real one, so that git commands work in it; nothing of it stays, neither on disk nor in git."""
        command = "cat a.txt base.txt && git rev-parse HEAD^ HEAD^{tree} && git status --short && pwd"
        before = fleet.everything()

        assert run(fleet, command) == Done(detail="it succeeded")

        step = step_of(fleet)
        lines = log(fleet, command).splitlines()
        assert lines[1:5] == ["a", "base", step.base_sha, step.tree]
        assert not Path(lines[5]).exists()
        assert lines[6:] == ["", "[mergebot: it succeeded]"]
        assert fleet.everything() == before
        assert fleet.box.git("worktree", "list").count("\n") == 0
        assert not (fleet.box.path / ".git/worktrees").exists()

    def test_with_the_callers_environment_but_no_secret_and_no_git_variable(
        self, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No secret appears in any output (I6)."""
        for name in ("GITHUB_TOKEN", "GH_TOKEN", "MY_SECRET", "DB_PASSWORD", "GIT_DIR_X", "NPM_TOKEN"):
            monkeypatch.setenv(name, "hunter2")
        monkeypatch.setenv("COLOUR", "blue")
        command = 'env; test "$CI" = true && test "$MERGEBOT_PR" = 1 && test "$COLOUR" = blue'
        assert run(fleet, command) == Done(detail="it succeeded")
        assert "hunter2" not in log(fleet, command)

    def test_without_input(self, fleet: Fleet) -> None:
        assert run(fleet, 'test -z "$(cat)"') == Done(detail="it succeeded")


class TestWhatItSays:
    def test_the_answer_is_read_by_the_merged_tree_with_its_log(self, fleet: Fleet) -> None:
        run(fleet, "echo out; echo err >&2; exit 3")
        [(tree, check)] = fleet.read(policy("echo out; echo err >&2; exit 3")).test_results.items()
        assert tree == step_of(fleet).tree
        assert check == Check(
            name="checks.command", state=CheckState.FAILURE, app="checks.command", detail=check.detail
        )
        assert Path(check.detail).read_text() == (
            "$ echo out; echo err >&2; exit 3\nout\nerr\n\n[mergebot: exit status 3]\n"
        )

    def test_the_same_result_is_never_tested_twice(self, fleet: Fleet, tmp_path: Path) -> None:
        command = f"echo x >> {tmp_path}/runs"
        assert run(fleet, command) == Done(detail="it succeeded")
        assert run(fleet, command) == AlreadyDone(detail="this result was tested before")
        assert (tmp_path / "runs").read_text() == "x\n"
        fleet.push("a")
        assert run(fleet, command) == Done(detail="it succeeded")

    def test_another_command_is_another_test(self, fleet: Fleet) -> None:
        run(fleet, "true")
        assert fleet.read(policy("false")).test_results == {}
        assert fleet.read(policy(None)).test_results == {}

    @pytest.mark.parametrize(
        ("command", "reason"),
        [
            ("no-such-command-anywhere", "exit status 127: the command was not found"),
            ("kill -9 $$", "it was ended by SIGKILL"),
            ("(", "exit status 2"),
        ],
    )
    def test_what_cannot_run_has_failed(self, fleet: Fleet, command: str, reason: str) -> None:
        assert run(fleet, command) == Done(detail=reason)
        assert result(fleet, command).state is CheckState.FAILURE
        assert reason in log(fleet, command)

    def test_without_a_command_nothing_is_run(self, fleet: Fleet) -> None:
        outcome = fleet.forge.writer.run_checks(step_of(fleet), policy(None))
        assert outcome == Failed(reason="no test command is set", hint="set `checks.command` in the config")

    def test_a_tree_that_is_not_the_merge_is_not_tested(self, fleet: Fleet) -> None:
        step = step_of(fleet)
        other = RunChecks(pr=step.pr, head=step.head, base_sha=step.base_sha, tree=Sha("1" * 40), reason="")
        assert isinstance(fleet.forge.writer.run_checks(other, policy("true")), Failed)

    def test_a_half_written_result_counts_as_none(self, fleet: Fleet) -> None:
        run(fleet, "true")
        [file] = (fleet.box.path / ".git/mergebot/checks").glob("*.json")
        file.write_text("{")
        assert fleet.read(policy("true")).test_results == {}
        assert run(fleet, "true") == Done(detail="it succeeded")


class TestBounds:
    def test_too_long_is_a_time_out_and_all_its_processes_are_ended(self, tmp_path: Path) -> None:
        """Killed as a group, also what it started."""
        command = f"sleep 300 & echo $! > {tmp_path}/child; wait"
        started = time.monotonic()
        done = commands.run_command(command, cwd=tmp_path, log=tmp_path / "log", env={}, time_limit=0.5)
        assert done.state is CheckState.TIMED_OUT
        assert time.monotonic() - started < 5
        assert not alive(int((tmp_path / "child").read_text()))

    def test_what_it_leaves_in_the_background_neither_delays_nor_survives_it(self, tmp_path: Path) -> None:
        started = time.monotonic()
        command = f"sleep 300 & echo $! > {tmp_path}/child; exit 0"
        done = commands.run_command(command, cwd=tmp_path, log=tmp_path / "log", env={})
        assert done.state is CheckState.SUCCESS
        assert time.monotonic() - started < 5
        assert not alive(int((tmp_path / "child").read_text()))

    def test_endless_output_keeps_its_beginning_and_its_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(commands, "MOST_OUTPUT", 10_000)
        commands.run_command("echo first; yes | head -c 3000000; echo last", cwd=tmp_path, log=tmp_path / "log", env={})
        text = (tmp_path / "log").read_text()
        assert len(text) < 21_000
        assert "\nfirst\n" in text
        assert "bytes are left out here]" in text
        assert text.endswith("last\n\n[mergebot: it succeeded]\n")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_ends_the_command_and_leaves_nothing(
        self, fleet: Fleet, tmp_path: Path, number: signal.Signals
    ) -> None:
        """The result is not kept: the next pass tests again."""
        process = start(fleet, f"echo $$ > {tmp_path}/shell; sleep 300")
        shell = int(wait_for(tmp_path / "shell"))
        process.send_signal(number)
        process.communicate(timeout=20)
        assert not alive(shell)
        assert "mergebot-check" not in fleet.box.git("worktree", "list")
        assert list((fleet.box.path / ".git/mergebot/checks").glob("*.json")) == []

    def test_what_a_killed_pass_left_is_cleaned_by_the_next(self, fleet: Fleet, tmp_path: Path) -> None:
        process = start(fleet, f"echo $$ > {tmp_path}/shell; sleep 300")
        shell = int(wait_for(tmp_path / "shell"))
        process.kill()
        process.communicate(timeout=20)
        os.killpg(shell, signal.SIGKILL)
        left = [line.split()[0] for line in fleet.box.git("worktree", "list").splitlines() if "mergebot-check" in line]
        assert len(left) == 1
        with fleet.forge.writer.lock():
            pass
        assert "mergebot-check" not in fleet.box.git("worktree", "list")
        assert not Path(left[0]).parent.exists()


DRIVER = """
import sys
from pathlib import Path
from mergebot.forge.registry import open_local
from mergebot.model.plan import RunChecks
from mergebot.model.policy import Checks, Policy

folder, command, pr, head, base, tree = sys.argv[1:]
step = RunChecks(pr=int(pr), head=head, base_sha=base, tree=tree, reason="")
forge = open_local(Path(folder), clock=lambda: 0.0)
with forge.writer.lock():
    forge.writer.run_checks(step, Policy(checks=Checks(command=command)))
"""


def start(fleet: Fleet, command: str) -> "subprocess.Popen[bytes]":
    """A pass in a process of its own that runs this command."""
    step = step_of(fleet)
    words = [str(fleet.root), command, str(step.pr), step.head, step.base_sha, step.tree]
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path.cwd()
    )


def wait_for(file: Path) -> str:
    """The text of a file that another process is about to write."""
    for _ in range(400):
        if file.exists() and (text := file.read_text()).endswith("\n"):
            return text
        time.sleep(0.025)
    raise AssertionError(f"{file} was not written")


def alive(process: int) -> bool:
    """Whether a process still runs; one that only waits to be collected does not."""
    for _ in range(40):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True
