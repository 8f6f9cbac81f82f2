"""`mergebot check`: every problem of the inputs, offline (contract 5)."""

import os
from pathlib import Path

import pytest

from tests.cli_process import Ran, mergebot

GOOD_CONFIG = "version: 1\nbase: main\n"
GOOD_GRAPH = '{"dependencies": {"b": ["a"]}}\n'
BAD_GRAPH = '{\n  "dependencies": {"a": ["a"]}\n}\n'


def write(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def test_nothing_to_check_is_fine(tmp_path: Path) -> None:
    assert mergebot("check", cwd=tmp_path) == Ran(
        code=0,
        out="nothing to check: there is neither a config nor a dependency file; the defaults apply\n",
        err="",
    )


def test_without_files_it_says_which_it_checked(tmp_path: Path) -> None:
    """The ones that count (contract 2.1 and 2.4), found from any folder of the repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    write(tmp_path, "config/mergebot.yml", GOOD_CONFIG)
    write(tmp_path, ".agent-coordination/dependencies.json", GOOD_GRAPH)
    write(tmp_path, "dependencies.json", BAD_GRAPH)

    here = "checked config/mergebot.yml, .agent-coordination/dependencies.json: no problems\n"
    there = "checked ../config/mergebot.yml, ../.agent-coordination/dependencies.json: no problems\n"
    assert mergebot("check", cwd=tmp_path) == Ran(code=0, out=here, err="")
    assert mergebot("check", cwd=tmp_path / "src") == Ran(code=0, out=there, err="")
    assert mergebot("check", "--local", str(tmp_path / "src"), cwd=tmp_path) == Ran(code=0, out=here, err="")


def test_two_configs_at_once_are_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "config/mergebot.yml", GOOD_CONFIG)
    write(tmp_path, ".github/mergebot.yaml", GOOD_CONFIG)
    ran = mergebot("check", cwd=tmp_path)

    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[0].startswith(
        ".github/mergebot.yaml: error: there is another config: `config/mergebot.yml`"
    )
    assert ran.out.splitlines()[-1] == "checked .github/mergebot.yaml, config/mergebot.yml: 1 problem"


def test_the_config_names_the_dependency_file(tmp_path: Path) -> None:
    """Contract 2.1: it must then exist."""
    write(tmp_path, "config/mergebot.yml", GOOD_CONFIG + "dependencies: graph/agents.json\n")
    ran = mergebot("check", cwd=tmp_path)

    assert (ran.code, ran.err) == (1, "")
    assert ran.out == (
        "graph/agents.json: error: no such file\nchecked config/mergebot.yml, graph/agents.json: 1 problem\n"
    )


def test_a_config_given_by_hand_stands_for_the_repositorys(tmp_path: Path) -> None:
    write(tmp_path, "config/mergebot.yml", "nonsense: 1\n")
    write(tmp_path, "new.yml", GOOD_CONFIG)

    assert mergebot("check", "--config", "new.yml", cwd=tmp_path) == Ran(
        code=0, out="checked new.yml: no problems\n", err=""
    )


def test_every_problem_of_every_file_is_listed(tmp_path: Path) -> None:
    write(tmp_path, "bad.yml", "bas: main\nversion: 2\n")
    write(tmp_path, "bad.json", BAD_GRAPH)
    write(tmp_path, "good.yaml", GOOD_CONFIG)
    ran = mergebot("check", "bad.yml", "bad.json", "good.yaml", cwd=tmp_path)

    places = [line.split(": ")[0] for line in ran.out.splitlines() if ": error: " in line]
    assert (ran.code, ran.err) == (1, "")
    assert places == ["bad.yml:1:1", "bad.yml:2:10", "bad.json:2:26"]
    assert ran.out.splitlines()[-1] == "checked bad.yml, bad.json, good.yaml: 3 problems"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.yml", "none.yml: error: no such file"),
        ("folder.json", "folder.json: error: is a folder"),
        ("notes.txt", "notes.txt: error: is neither a config (.yml, .yaml) nor a dependency file (.json)"),
        ("/dev/zero", "/dev/zero: error: is neither a config (.yml, .yaml) nor a dependency file (.json)"),
        ("pipe.json", "pipe.json: error: is no regular file"),
        ("long.yml" * 60, f"{'long.yml' * 60}: error: cannot be read: File name too long"),
        ("--x.yml", "--x.yml: error: no such file"),
        ("a\x1b[31m\n.yml", "a\\x1b[31m\\n.yml: error: no such file"),
    ],
)
def test_what_is_no_file_to_check_is_said(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    write(tmp_path, "notes.txt", "x")
    os.mkfifo(tmp_path / "pipe.json")
    ran = mergebot("check", "--", name, cwd=tmp_path)

    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[0] == said


@pytest.mark.parametrize("name", ["x.yml", "x.json"])
@pytest.mark.parametrize("content", [b"\x00\xff\xfe\x01" * 50, b"[" * 100_000, b"", b"\xef\xbb\xbf{}"])
def test_any_content_gives_an_answer(name: str, content: bytes, tmp_path: Path) -> None:
    write(tmp_path, name, content)
    ran = mergebot("check", name, cwd=tmp_path)

    assert ran.code in (0, 1)
    assert ran.err == ""
    assert ran.out.splitlines()[-1].startswith(f"checked {name}: ")
