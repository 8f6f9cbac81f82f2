"""A GitHub with a repository, as the scenarios have it, and an App's keys."""

from tests.scenarios.conftest import github, hub
from tests.server.conftest import keys

__all__ = ["github", "hub", "keys"]
