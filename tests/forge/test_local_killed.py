"""A pass killed at any write is completed by the next one, with nothing merged twice or lost (contract 4)."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mergebot.forge.registry import open_local
from tests.forge.fleet import NOW, STATE, Fleet
from tests.forge.killed import one_pass


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """An agent that is ready, one that is not, and base checked out, so that its work tree must follow."""
    fleet = Fleet.create(tmp_path / "start")
    fleet.agent("a")
    fleet.agent("b", status="in_progress")
    fleet.box.checkout("main")
    return fleet


def killed_at(fleet: Fleet, number: int) -> tuple[Fleet, str]:
    """A copy of the fleet after a pass that was killed before this write, and what it said if it got to its end."""
    folder = fleet.box.path.parent / f"killed-{number}"
    shutil.copytree(fleet.box.path, folder, symlinks=True)
    command = [sys.executable, "-m", "tests.forge.killed", str(number), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert done.returncode in {0, -9}, done.stderr
    return Fleet(type(fleet.box)(folder, fleet.box.ticks), folder), done.stdout


def outcome(fleet: Fleet) -> dict[str, Any]:
    """All that a user can see."""
    names = fleet.box.git("log", "--reverse", "--format=%s|%T|%an", "main").splitlines()
    files = sorted(path.name for path in (fleet.root / STATE).iterdir())
    queue = [(pr["number"], pr["agent"], pr["branch"], pr["head"], pr["state"]) for pr in fleet.queue()["prs"]]
    refs = {ref: sha for ref, sha in fleet.box.refs().items() if "landed" not in ref and "main" not in ref}
    clean = fleet.box.git("status", "--porcelain")
    return {"log": names, "files": files, "queue": queue, "refs": refs, "git": clean, "status": fleet.status()}


def test_every_write_of_a_pass_can_be_the_last_one(fleet: Fleet) -> None:
    """After the next pass, the repository is the one that an undisturbed pass leaves."""
    whole, writes = killed_at(fleet, 0)
    expected = outcome(whole)
    assert [line.split("|")[0] for line in expected["log"]] == ["initial", "Work (#1)"]
    assert expected["git"] == ""
    assert [agent["status"] for agent in expected["status"]["agents"].values()] == ["merged", "in_progress"]

    def check(number: int) -> None:
        struck, said = killed_at(fleet, number)
        assert said == "", f"write {number} is not reached"
        one_pass(struck.box.path, open_local(struck.box.path, clock=lambda: NOW))
        assert outcome(struck) == expected, f"killed before write {number} of {writes}"
        assert list((struck.box.path / ".git").rglob("*.lock")) == []

    assert int(writes) > 12
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(check, range(1, int(writes) + 1)))
