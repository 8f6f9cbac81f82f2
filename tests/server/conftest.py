"""A hub with one repository, for the tests of the test server itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.asking import Asker
from tests.server.hub import GitHub
from tests.server.repo import Repo


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A server that listens."""
    with GitHub.start(tmp_path) as hub:
        hub.user("alice", permission="write")
        hub.user("rita", permission="maintain")
        yield hub


@pytest.fixture
def repo(hub: GitHub) -> Repo:
    """The repository `o/r`."""
    return hub.repository("o/r")


@pytest.fixture
def app(hub: GitHub, repo: Repo) -> Asker:
    """An installation of an app that may do what mergebot asks for."""
    del repo
    return Asker(hub, hub.token("mergebot", kind="app"))
