"""The command line as a whole: options, exit codes, and the one place where errors end (contract 5)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mergebot import __version__
from tests.cli_process import Ran, mergebot


def test_the_version(tmp_path: Path) -> None:
    assert mergebot("--version", cwd=tmp_path) == Ran(code=0, out=f"mergebot {__version__}\n", err="")


def test_help_lists_the_commands_that_exist_and_no_others(tmp_path: Path) -> None:
    ran = mergebot("--help", cwd=tmp_path)

    commands = [line.split()[0] for line in ran.out.split("Commands:\n")[1].splitlines()]
    assert (ran.code, ran.err, commands) == (
        0,
        "",
        ["plan", "run", "check", "status", "log", "doctor", "init", "completion", "demo"],
    )


@pytest.mark.parametrize("command", ["plan", "run", "check", "status", "log", "doctor", "init", "completion", "demo"])
def test_every_command_has_help_and_the_common_options(command: str, tmp_path: Path) -> None:
    ran = mergebot(command, "--help", cwd=tmp_path)

    assert (ran.code, ran.err) == (0, "")
    assert all(option in ran.out for option in ("--repo", "--local", "--config", "--verbose", "--no-color"))


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["plan", "--nonsense"],
        ["plan", "--format", "xml"],
        ["plan", "--local", ".", "--repo", "o/r"],
        ["plan", "--from", "x.json", "--local", "."],
        ["check", "--repo", "o/r"],
        ["check", "--config", "a.yml", "b.yml"],
        ["demo", "--local", "."],
        ["demo", "--stages", "0"],
    ],
)
def test_a_wrong_command_line_says_so_and_exits_2(args: list[str], tmp_path: Path) -> None:
    ran = mergebot(*args, cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert "Usage: mergebot" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["plan", "run", "status"])
def test_without_a_repository_the_current_folder_is_no_silent_fallback(command: str, tmp_path: Path) -> None:
    """It says how to name one, on GitHub or here."""
    ran = mergebot(command, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "--repo OWNER/NAME" in ran.err
    assert "--local" in ran.err


@pytest.mark.parametrize(
    "args", [["--local", "plan"], ["plan", "--local"], ["--local=.", "plan"], ["plan", "--local", "."]]
)
def test_local_alone_means_the_current_folder_before_and_after_the_command(args: list[str], tmp_path: Path) -> None:
    """Here that is no repository: exit 2, and the message names the folder, not a command."""
    ran = mergebot(*args, cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert "hint: " in ran.err


def test_a_config_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    ran = mergebot("plan", "--local", "--config", "none.yml", cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_what_nobody_expected_is_one_message_and_exit_1(tmp_path: Path) -> None:
    """Never 2 or 3: those say that nothing was done."""
    ran = _broken(tmp_path)

    assert ran == Ran(
        code=1,
        out="",
        err="unexpected error: ZeroDivisionError: \\x1b[31m a bug\n"
        "hint: this is a bug; run it again with -v and report what it prints at "
        "https://github.com/mergebot/mergebot/issues\n",
    )


def test_verbose_shows_where_the_unexpected_came_from(tmp_path: Path) -> None:
    ran = _broken(tmp_path, "-v")

    assert (ran.code, ran.out) == (1, "")
    assert "Traceback (most recent call last)" in ran.err
    assert "report it with the lines above" in ran.err


def test_in_a_job_of_actions_it_says_how_to_see_more_there(tmp_path: Path) -> None:
    """Nobody can add `-v` to what the Action runs."""
    setup = "import os; os.environ['GITHUB_ACTIONS'] = 'true'"
    assert "run the job again with debug logging" in _broken(tmp_path, setup=setup).err


def test_no_line_of_a_traceback_is_a_workflow_command(tmp_path: Path) -> None:
    """What a stranger has written may stand in the error."""
    ran = _broken(tmp_path, "-v", words="a bug\\n::stop-commands::x\\r::error::y")
    assert "stop-commands" in ran.err
    assert not [line for line in ran.err.splitlines() if line.strip().startswith("::")]


def _broken(folder: Path, *options: str, words: str = "\\x1b[31m a bug", setup: str = "") -> Ran:
    """The command line with a bug in `check`."""
    return _script(
        f"{setup}\nimport mergebot.cli.check as check\n"
        f"def broken(*_):\n    raise ZeroDivisionError('{words}')\n"
        "check._check_file = broken\n",
        *("check", "a.yml", *options),
        cwd=folder,
    )


def _script(setup: str, *args: str, cwd: Path) -> Ran:
    script = f"import sys\n{setup}\nfrom mergebot.cli import main\nmain(sys.argv[1:])\n"
    done = subprocess.run([sys.executable, "-c", script, *args], cwd=cwd, capture_output=True, text=True, check=False)
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


def test_an_interrupt_exits_130(tmp_path: Path) -> None:
    ran = _script(
        "import os, signal\nimport mergebot.cli.check as check\n"
        "check._check_file = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n",
        *("check", "a.yml"),
        cwd=tmp_path,
    )

    assert (ran.code, ran.out) == (128 + signal.SIGINT, "")
    assert ran.err == "\ninterrupted; if a pass was under way, the next one completes it\n"


def test_a_reader_that_went_away_is_no_news(tmp_path: Path) -> None:
    """As in `mergebot check | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "mergebot", "check"], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mergebot", "check"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert (done.returncode, done.stderr) == (1, b"error: cannot write the output: No space left on device\n")


def test_a_closed_stdout_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m mergebot check >&-', sys.executable],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, b"error: cannot write the output: stdout is closed\n")


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """`--version` and `check` are to start as fast as click itself."""
    setup = (
        "import atexit\n"
        "atexit.register(lambda: print(sorted({'rich', 'git', 'cattrs', 'tenacity', 'yaml'} & set(sys.modules))))\n"
    )

    assert _script(setup, "--help", cwd=tmp_path).out.endswith("[]\n")
    assert _script(setup, "check", cwd=tmp_path).out.endswith("[]\n")
