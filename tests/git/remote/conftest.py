"""A server with a repository, and a clone that pushes to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mergebot.git.process import Git
from mergebot.git.remote import Remote
from tests.git.gitserver import CREDENTIAL, GitServer, git_server
from tests.sandbox import Sandbox


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "server") as server:
        yield server


@pytest.fixture
def hub(server: GitServer, sandbox: Sandbox) -> Sandbox:
    """What is on the server: `main` with one commit more than `topic` began at."""
    sandbox.branch("topic")
    sandbox.commit("work", {"topic": "work\n"})
    sandbox.commit("more", {"README": "more\n"}, branch="main")
    return server.repository(source=sandbox)


@pytest.fixture
def clone(tmp_path: Path, hub: Sandbox) -> Git:
    """A bare repository that has all of it."""
    clone = Sandbox.create(tmp_path / "clone.git", bare=True)
    clone.git("fetch", "--quiet", str(hub.path), "refs/*:refs/kept/*")
    return Git(folder=clone.path)


@pytest.fixture
def remote(server: GitServer, clone: Git) -> Remote:
    return Remote(clone, f"{server.url}/o/r.git", lambda: CREDENTIAL, wait=lambda _seconds: None)
