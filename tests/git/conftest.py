"""Fixtures of the git tests."""

from collections.abc import Iterator

import pytest

from mergebot.git.oracle import Oracle
from mergebot.git.repository import Repository
from tests.sandbox import Sandbox


@pytest.fixture
def oracle(sandbox: Sandbox) -> Iterator[Oracle]:
    with Oracle(Repository.open(sandbox.path)) as oracle:
        yield oracle
