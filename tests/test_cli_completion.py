"""Shell completion: the scripts, and what they get to know when they ask."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mergebot.cli.group import COMMANDS
from tests.cli_process import mergebot

HEAVY = ("rich", "git", "github", "yaml", "mergebot.cycle")
"""What the list of commands must not wait for."""


def asked(words: str, tmp_path: Path) -> dict[str, str]:
    """What a shell is told could come in place of the last word: each completion with its kind."""
    split = words.split(" ")
    env = {"_MERGEBOT_COMPLETE": "zsh_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(split) - 1)}
    ran = mergebot(cwd=tmp_path, env=env)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    return dict(zip(lines[1::3], lines[::3], strict=True))


def in_bash(words: list[str], tmp_path: Path) -> list[str]:
    """What bash itself offers after it has read the script."""
    script = tmp_path / "mergebot.bash"
    script.write_text(mergebot("completion", "bash", cwd=tmp_path).out)
    program = tmp_path / "mergebot"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mergebot "$@"\n')
    program.chmod(0o755)
    lines = [
        f". {script}",
        f"COMP_WORDS=({' '.join(words)})",
        f"COMP_CWORD={len(words) - 1}",
        "_mergebot_completion mergebot",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "\n".join(lines)],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["mergebot", "pl"], ["plan"]),
        (["mergebot", "co"], ["completion"]),
        (["mergebot", "plan", "--fr"], ["--from"]),
        (["mergebot", "plan", "--format", "m"], ["markdown"]),
        (["mergebot", "completion", ""], ["bash", "zsh", "fish"]),
        (["mergebot", "--local", "check", "--no"], ["--no-color"]),
    ],
)
def test_bash_completes_commands_options_and_choices(words: list[str], offered: list[str], tmp_path: Path) -> None:
    assert in_bash([word or "''" for word in words], tmp_path) == offered


def test_every_command_is_offered_with_its_line_of_help(tmp_path: Path) -> None:
    offered = asked("mergebot ", tmp_path)
    assert list(offered) == list(COMMANDS)
    assert set(offered.values()) == {"plain"}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("mergebot check ", "file"),
        ("mergebot check a.yml ", "file"),
        ("mergebot plan --config ", "file"),
        ("mergebot plan --save ", "file"),
        ("mergebot plan --from ", "file"),
        ("mergebot --local ", "dir"),
    ],
)
def test_files_and_folders_are_left_to_the_shell(words: str, kind: str, tmp_path: Path) -> None:
    assert list(asked(words, tmp_path).values()) == [kind]


@pytest.mark.parametrize(
    ("shell", "holds"), [("bash", "complete "), ("zsh", "#compdef mergebot"), ("fish", "complete ")]
)
def test_each_shell_has_a_script_that_asks_mergebot(shell: str, holds: str, tmp_path: Path) -> None:
    ran = mergebot("completion", shell, cwd=tmp_path)

    assert (ran.code, ran.err) == (0, "")
    assert holds in ran.out
    assert f"_MERGEBOT_COMPLETE={shell}_complete" in ran.out


@pytest.mark.parametrize("args", [[], ["tcsh"], ["bash", "zsh"], ["bash", "--local"]])
def test_a_shell_that_has_none_is_refused(args: list[str], tmp_path: Path) -> None:
    ran = mergebot("completion", *args, cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert "Usage: mergebot completion" in ran.err


def test_the_list_of_commands_imports_no_command(tmp_path: Path) -> None:
    """A key press must not wait for git and GitHub to be loaded."""
    code = (
        "import sys, os, atexit\n"
        f"atexit.register(lambda: sys.stderr.write(' '.join(set({HEAVY!r}) & set(sys.modules)) + '.'))\n"
        "from mergebot.cli import main\n"
        "main([])\n"
    )
    env = {**os.environ, "_MERGEBOT_COMPLETE": "bash_complete", "COMP_WORDS": "mergebot ", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert (len(done.stdout.splitlines()), done.stderr) == (len(COMMANDS), ".")
