"""A repository with a branch, three who may write, and a token, for what GraphQL says of checks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.hub import GitHub
from tests.server.repo import Repo


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub.start(tmp_path) as hub:
        for name in ("ada", "bob", "cyd"):
            hub.user(name, permission="write")
        yield hub


@pytest.fixture
def repo(hub: GitHub) -> Repo:
    repo = hub.repository("o/r")
    repo.push("feature", {"a.txt": "a\n"})
    return repo


@pytest.fixture
def token(hub: GitHub) -> str:
    return hub.token("mergebot", kind="app")
