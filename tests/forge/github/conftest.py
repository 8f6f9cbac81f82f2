"""What several test modules of the GitHub backend need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge.github.desk import Desk
from tests.forge.github.lab import Lab
from tests.forge.github.scripted import Line, Server, connected, serving
from tests.server.hub import GitHub


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with GitHub.start(tmp_path) as hub:
        yield Lab.start(hub, tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.create(tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def line(server: Server) -> Line:
    return connected(server)
