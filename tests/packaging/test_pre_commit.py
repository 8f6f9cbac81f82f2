"""The hook `mergebot-check` gets the files that mergebot reads, and stops a commit that would break the queue."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from mergebot.config import CONFIG_PLACES
from mergebot.dependencies import DEPENDENCY_PLACES
from tests.cli_process import Ran, mergebot

ROOT = Path(__file__).parents[2]
[HOOK] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def hook(folder: Path, *files: str) -> Ran:
    """What pre-commit does: it searches each path of the commit with the pattern, and gives those that match."""
    program, *args = shlex.split(HOOK["entry"])
    assert program == "mergebot"
    return mergebot(*args, *(file for file in files if re.search(HOOK["files"], file)), cwd=folder)


@pytest.mark.parametrize("path", [*CONFIG_PLACES, *DEPENDENCY_PLACES])
def test_every_place_that_mergebot_reads_is_checked(path: str) -> None:
    assert re.search(HOOK["files"], path)


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/mergebot.yml",
        "mergebot.yml",
        "src/dependencies.json",
        "config/mergebot.yml.j2",
        "xdependencies.json",
    ],
)
def test_no_other_file_is_taken_for_one(path: str) -> None:
    """The workflow has the same name as the config."""
    assert not re.search(HOOK["files"], path)


def test_it_stops_a_commit_with_an_error_and_lets_a_good_one_pass(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    config = tmp_path / ".github" / "mergebot.yml"
    config.write_text("version: 1\n")
    assert hook(tmp_path, ".github/mergebot.yml", "README.md").code == 0
    config.write_text("version: 1\nqueue: {stratgey: train}\n")
    ran = hook(tmp_path, ".github/mergebot.yml", "README.md")
    assert ran.code == 1
    assert "strategy" in ran.out + ran.err
