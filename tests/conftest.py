"""Hermetic tests: real git in temporary folders, with no configuration but our own, fixed names and dates."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.sandbox import Sandbox

# `make test` is a gate: it draws the same examples on every run of the same code, so that what is red is red for a
# reason in the change. `--hypothesis-profile=explore` draws others each time: `make faults` looks for news with it.
settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("gate")


@pytest.fixture(autouse=True, scope="session")
def hermetic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No system or user configuration, no prompts, the same names and dates everywhere, so that shas are stable."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in [
        name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "GH_", "MERGEBOT_", "RUNNER_", "XDG_"))
    ]:
        patch.delenv(name)
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    (home / ".gitconfig").write_text("[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n")
    patch.setenv("GIT_TERMINAL_PROMPT", "0")
    patch.setenv("LC_ALL", "C.UTF-8")
    patch.setenv("TZ", "UTC")
    patch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        patch.delenv(name, raising=False)
    yield
    patch.undo()


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """An empty repository with `main` checked out and one commit, `initial`."""
    return Sandbox.create(tmp_path / "repo")
