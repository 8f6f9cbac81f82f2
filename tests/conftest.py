"""Hermetic tests: real git in temporary folders, with no configuration but our own, fixed names and dates."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.hermetic import seal
from tests.sandbox import Sandbox

# `make test` is a gate: it draws the same examples on every run of the same code, so that what is red is red for a
# reason in the change. `--hypothesis-profile=explore` draws others each time: `make faults` looks for news with it.
settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("gate")


@pytest.fixture(autouse=True, scope="session")
def hermetic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """See `tests.hermetic`. What a shell runs in the background ignores ctrl-C; some tests press it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    patch = pytest.MonkeyPatch()
    seal(patch, tmp_path_factory.mktemp("home"))
    yield
    patch.undo()


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """An empty repository with `main` checked out and one commit, `initial`."""
    return Sandbox.create(tmp_path / "repo")
