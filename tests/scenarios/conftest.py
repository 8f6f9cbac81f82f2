"""The worlds that scenarios play in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import World, marked
from tests.server.hub import GitHub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub of our own; whatever it was asked and does not know fails the test."""
    with GitHub.start(tmp_path / "hub") as started:
        yield started


@pytest.fixture
def github(hub: GitHub, tmp_path: Path) -> GithubWorld:
    """A repository on it, with mergebot as an app."""
    return GithubWorld.create(hub, tmp_path)


@pytest.fixture
def asked(github: GithubWorld) -> GithubWorld:
    """One pull request that is ready, with rules of its own."""
    github.configure("version: 1\n")
    github.depend({"b": ["a"]})
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    return github


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository of its own in local mode, with one agent that is ready."""
    world = World.create(tmp_path / "repo")
    world.agent("a", {"a.txt": marked("a")})
    return world
