"""What the tests of `init` share: no network, and a server of our own in GitHub's place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mergebot.init.pinning import HOME
from tests.scenarios.github_world import GithubWorld
from tests.server.hub import GitHub


@pytest.fixture(autouse=True)
def published(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where git finds the action's repository instead of on GitHub; nothing is there unless a test puts it there."""
    folder = tmp_path_factory.mktemp("published")
    place, config = folder / "mergebot.git", folder / "gitconfig"
    config.write_text(f'[init]\n\tdefaultBranch = main\n[url "file://{place}"]\n\tinsteadOf = {HOME}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    return place


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub of our own."""
    with GitHub.start(tmp_path / "hub") as started:
        yield started


@pytest.fixture
def github(hub: GitHub, tmp_path: Path) -> GithubWorld:
    """A repository on it."""
    return GithubWorld.create(hub, tmp_path)
