"""What the same plan looks like on a terminal, in a pipe, and in other words than the usual ones (contract 5)."""

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from mergebot.model.codec import dump
from mergebot.model.policy import Policy
from tests.builders import pull_request, snapshot
from tests.cli_process import mergebot
from tests.terminal import at_a_terminal

COUNT = 60
LONG = "Answer every question that anybody has ever had about the documents " * 3


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A snapshot of sixty pull requests, without an answer of git: all of them wait, with one long reason."""
    path = tmp_path / "kept.json"
    path.write_text(dump(snapshot(*(pull_request(number, title=LONG) for number in range(1, COUNT + 1))), Policy()))
    return path


def rows(text: str) -> list[str]:
    """The rows of the queue."""
    return re.findall(r"^ +\d+ +#\d+ .* waiting .*$", text, re.MULTILINE)


def test_a_terminal_gets_colour_and_the_first_rows(kept: Path) -> None:
    with at_a_terminal("plan", "--from", str(kept), cwd=kept.parent, columns=70) as terminal:
        assert terminal.end() == 0

    assert "\x1b[33mwaiting" in terminal.seen
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.seen).replace("\r\n", "\n")
    assert len(rows(plain)) == 25
    assert "… 35 more, 35 waiting: #26, " in plain
    assert max(map(cell_len, plain.splitlines())) <= 70


def test_all_of_it_is_shown_on_demand(kept: Path) -> None:
    with at_a_terminal("plan", "--from", str(kept), "--all", "--no-color", cwd=kept.parent) as terminal:
        assert terminal.end() == 0

    assert len(rows(terminal.seen.replace("\r\n", "\n"))) == COUNT
    assert "--all shows all" not in terminal.seen
    assert "\x1b" not in terminal.seen


def test_a_pipe_gets_all_of_it_unwrapped_and_without_colour(kept: Path) -> None:
    """For `grep`, and for whoever reads a log: each fact is on one line."""
    ran = mergebot("plan", "--from", str(kept), cwd=kept.parent, env={"COLUMNS": "", "TERM": "xterm"})

    assert (ran.code, ran.err) == (0, "")
    assert len(rows(ran.out)) == COUNT
    assert not {"\x1b", "\u200e"} & set(ran.out)
    reason = json.loads(mergebot("plan", "--from", str(kept), "--format", "json", cwd=kept.parent).out)["entries"][0]
    assert f"  {reason['because']}\n" in ran.out
    assert all(LONG[:59] in row for row in rows(ran.out)), "as much of a title as any terminal gets"


def test_a_pipe_is_as_wide_as_columns_says(kept: Path) -> None:
    ran = mergebot("plan", "--from", str(kept), cwd=kept.parent, env={"COLUMNS": "50"})

    assert max(map(cell_len, ran.out.splitlines())) <= 50
    assert len(rows(ran.out)) == COUNT


def test_json_is_whole_on_a_terminal_too(kept: Path) -> None:
    with at_a_terminal("plan", "--from", str(kept), "--format", "json", cwd=kept.parent, columns=40) as terminal:
        assert terminal.end() == 0

    assert len(json.loads(terminal.seen)["entries"]) == COUNT


@pytest.mark.parametrize("command", [["plan", "--from", "kept.json"], ["plan", "--from", "kept.json", "--all"]])
def test_an_ascii_locale_gets_ascii(kept: Path, command: list[str]) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    with at_a_terminal(*command, cwd=kept.parent, env=env) as terminal:
        assert terminal.end() == 0

    assert terminal.seen.isascii()
    assert ("... 35 more" in terminal.seen) is ("--all" not in command)
