"""Two passes at once, from two processes, in whatever order chance lets them go on: no harm, with the lock and without.

A few schedules of each kind, always the same seeds; `python -m tests.scenarios.two_passes --seeds 200` plays more.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.two_passes import Locally, OnGitHub
from tests.server.hub import GitHub


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnGitHub]:
    """GitHub, where the lock can be taken."""
    path: Path = tmp_path_factory.mktemp("locked")
    with GitHub.start(path / "hub") as hub:
        yield OnGitHub.create(hub, path, locks=True)


@pytest.fixture(scope="module")
def unlocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnGitHub]:
    """GitHub, where a rule refuses the refs that the lock needs."""
    path: Path = tmp_path_factory.mktemp("unlocked")
    with GitHub.start(path / "hub") as hub:
        yield OnGitHub.create(hub, path, locks=False)


@pytest.mark.parametrize("seed", range(3))
def test_two_processes_on_github_end_as_one_after_the_other(locked: OnGitHub, seed: int) -> None:
    """Nothing is merged twice, lost or said twice, whoever gets the lock and whenever (contract 4)."""
    assert locked.play(seed)["requests"] > 40


@pytest.mark.parametrize("seed", range(3))
def test_two_processes_on_github_need_no_lock_to_be_safe(unlocked: OnGitHub, seed: int) -> None:
    """Every step is a compare-and-swap: without the lock only work is done twice, and a comment perhaps."""
    assert unlocked.play(seed)["requests"] > 40


@pytest.mark.parametrize("seed", range(3))
def test_two_processes_in_one_folder_end_as_one_after_the_other(tmp_path: Path, seed: int) -> None:
    """The one that comes second does nothing, and exits with 3 (contract 5)."""
    played = Locally.create(tmp_path / "fleet", locks=True).play(seed)
    assert played["exits 0+3"] + played["exits 0+0"] == 1


@pytest.mark.parametrize("seed", range(3))
def test_two_processes_in_one_folder_need_no_lock_to_be_safe(tmp_path: Path, seed: int) -> None:
    """With the lock turned off in both, they still merge nothing twice, and lose nothing."""
    assert Locally.create(tmp_path / "fleet", locks=False).play(seed)["stops"] > 0
