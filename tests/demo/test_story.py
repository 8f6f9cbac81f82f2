"""The demo tells a true story: real passes, the commands that were printed, and a proof."""

import re
from pathlib import Path

import pytest

from mergebot.demo.fleet import AGENTS
from mergebot.demo.run import run_demo
from mergebot.demo.story import STAGES, Teller
from mergebot.errors import InputError
from mergebot.report.look import Look
from tests.sandbox import Sandbox


class Listener:
    """Keeps what is told, and how long it was to be looked at (seconds)."""

    def __init__(self) -> None:
        self.text = ""
        self.seconds = 0.0

    def teller(self, look: Look | None = None) -> Teller:
        return Teller(say=self._hear, rest=self._rest, look=look or Look())

    def _hear(self, text: str) -> None:
        self.text += text

    def _rest(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Listener, Path]:
    """The whole story, told once in a quiet environment, and where it was left."""
    listener, into = Listener(), tmp_path_factory.mktemp("plain") / "demo"
    assert run_demo(listener.teller(), into=into, stages=STAGES)
    return listener, into


def test_all_eight_land_and_the_proof_holds(told: tuple[Listener, Path]) -> None:
    """To the end: eight commits on a linear main, merged branches gone, every tip kept, no work tree left."""
    listener, into = told
    main = Sandbox(into)

    landed = sorted(int(number) for subject in main.history()[1:] for number in re.findall(r"\(#(\d+)\)$", subject))
    assert landed == [*range(1, 9)]
    refs = main.refs()
    assert [ref for ref in refs if ref.startswith("refs/heads/")] == ["refs/heads/main"]
    assert {ref for ref in refs if ref.startswith("refs/mergebot/merged/")} == {
        f"refs/mergebot/merged/{number}" for number in range(1, 9)
    }
    assert main.git("worktree", "list").count("\n") == 0
    assert main.git("status", "--porcelain") == ""
    assert listener.text.count(" once, in ") == len(AGENTS)
    assert "Eight changes, 8 commits, no merge commit, nothing twice, nothing lost." in listener.text


def test_it_is_told_within_a_minute(told: tuple[Listener, Path]) -> None:
    assert 15 < told[0].seconds < 50


def test_the_commands_that_mergebot_printed_are_the_ones_that_are_run(told: tuple[Listener, Path]) -> None:
    printed, pasted = told[0].text.split("3. A conflict, solved as mergebot said")

    commands = re.findall(r"^  \$ (.*)$", pasted, re.MULTILINE)
    assert commands[:-1] == ["git switch feature/devops-infrastructure", "git merge main"]
    assert all(f"      {command}\n" in printed for command in commands[:-1])


def test_every_stage_can_be_looked_around_in(tmp_path: Path) -> None:
    listener = Listener()
    run_demo(listener.teller(), into=tmp_path / "an odd name", stages=1)

    assert listener.text.endswith(f"  mergebot status --local '{tmp_path}/an odd name'\n")
    assert len(Sandbox(tmp_path / "an odd name").history()) == 1


def test_a_temporary_folder_is_kept_when_the_story_stops_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    listener = Listener()
    run_demo(listener.teller(), into=None, stages=1)

    [kept] = tmp_path.iterdir()
    assert (kept / ".git").is_dir()
    assert str(kept) in listener.text


@pytest.mark.parametrize("place", ["full", "file", "file/below"])
def test_a_folder_that_is_in_use_is_refused(place: str, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")

    with pytest.raises(InputError):
        run_demo(Listener().teller(), into=tmp_path / place, stages=1)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "mine"]


def test_hostile_git_configuration_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: tuple[Listener, Path]
) -> None:
    """Signing that cannot work, hooks that refuse, no HOME, a foreign GIT_DIR: the same story; no folder is left."""
    for name in ("pre-commit", "reference-transaction", "post-checkout", "pre-rebase", "commit-msg"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    config = "[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n[merge]\n\tff = only\n\trenames = false\n"
    (tmp_path / "config").write_text(f"{config}[core]\n\thooksPath = {tmp_path}\n\tautocrlf = true\n")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.delenv("HOME")
    hostile = Listener()

    assert run_demo(hostile.teller(), into=None, stages=STAGES)
    assert told[0].text.startswith(hostile.text)
    assert list((tmp_path / "temporary").iterdir()) == []
